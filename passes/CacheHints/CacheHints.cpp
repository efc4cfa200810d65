//===- CacheHints.cpp - Cache hints by how memory is read -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. Loads and stores of tiles get cache hints by how often what they access
// is read. A row that is read in two loops is kept, and given up by the second:
//
//   for ... { tt.load %x }      for ... { tt.load %x evictionPolicy =
//   evict_last } for ... { tt.load %x }  ==> for ... { tt.load %x
//   evictionPolicy = evict_first }
//
// When it declines. There is no load or store of a tile; it is not on a line
// that was asked for; its author gave it a hint; it is volatile; its addresses
// were loaded; its class gets none; the target makes no use of the hint; or it
// does not show how the release spells hints.
//
// Why it pays. Where rows fit into the caches it rarely does: by hand on an
// H200 0.99 to 1.06 times stock's speed for rows read twice. A knob for a
// tuner.
//
// How. The access patterns (triton_ext/Analysis/AccessPatterns.h) tell, by the
// form of the addresses, whether a tile is read again by the same program, was
// read before, or is read by other programs, too; each of these classes has a
// knob. Hints are set as the module's release spells them. They are hints: no
// value, no order and no address changes.
//
//===----------------------------------------------------------------------===//

#include "CacheHintsBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "triton_ext/Analysis/AccessPatterns.h"
#include "triton_ext/LoopSelection.h"
#include "triton_ext/Transforms/CacheSpelling.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// What a class of accesses is, and what it gets.
struct Choice {
  StringRef what;
  CacheHint hint;
};

/// The hint that a value of one of the knobs stands for; all of them share the
/// names that they have in common.
template <typename Knob> CacheHint hintOf(Knob knob) {
  switch (knob) {
  case Knob::EvictFirst:
    return {tt::CacheModifier::NONE, tt::EvictionPolicy::EVICT_FIRST};
  case Knob::EvictLast:
    return {tt::CacheModifier::NONE, tt::EvictionPolicy::EVICT_LAST};
  case Knob::Cg:
    return {tt::CacheModifier::CG, tt::EvictionPolicy::NORMAL};
  default:
    break;
  }
  if constexpr (std::is_same_v<Knob, CacheHintsStores>)
    if (knob == CacheHintsStores::Cs)
      return {tt::CacheModifier::CS, tt::EvictionPolicy::NORMAL};
  return {};
}

/// "evict_last", "cg": as Triton calls it.
StringRef wordOf(CacheHint hint) {
  return hint.modifier == tt::CacheModifier::NONE
             ? tt::stringifyEvictionPolicy(hint.eviction)
             : tt::stringifyCacheModifier(hint.modifier);
}

/// Whether the target's instructions differ by such a hint. AMD's know nothing
/// of eviction, and their stores nothing of `cg`.
bool isOfUse(CacheHint hint, bool isStore, const Request &request) {
  if (request.backend() != "hip")
    return true;
  return hint.modifier ==
         (isStore ? tt::CacheModifier::CS : tt::CacheModifier::CG);
}

bool accessesTile(Operation *op) {
  return isa<tt::LoadOp, tt::StoreOp>(op) &&
         isa<RankedTensorType>(op->getOperand(0).getType());
}

class CacheHints : public CacheHintsBase<CacheHints> {
public:
  using CacheHintsBase::CacheHintsBase;

  void runOnOperation() override {
    std::optional<CacheSpelling> spelling = cacheSpellingOf(getOperation());
    if (!spelling)
      return decline(getOperation(), "spelling-unknown",
                     "it does not show how the release spells hints");
    getOperation()->walk([&](FunctionOpInterface function) {
      SmallVector<Operation *> accesses;
      function->walk([&](Operation *op) {
        if (accessesTile(op))
          accesses.push_back(op);
      });
      if (accesses.empty())
        return decline(function, "no-tile", "no tile is loaded or stored");
      AccessPatterns patterns(function);
      for (Operation *access : accesses)
        if (auto reason = hint(access, patterns.of(access), *spelling))
          decline(access, *reason);
    });
  }

private:
  /// What an access gets by its class.
  Choice choiceFor(Operation *access, const AccessPattern &pattern) const {
    if (isa<tt::StoreOp>(access))
      return {"stored", hintOf<CacheHintsStores>(stores)};
    if (pattern.isReadLater)
      return {"read again", hintOf<CacheHintsReadAgain>(readAgain)};
    if (pattern.isReadBefore)
      return {"read for the last time", hintOf<CacheHintsReadLast>(readLast)};
    if (pattern.isShared)
      return {"shared by programs", hintOf<CacheHintsShared>(shared)};
    return {"read once", hintOf<CacheHintsReadOnce>(readOnce)};
  }

  /// Gives an access its hint, or says why not.
  std::optional<Reason> hint(Operation *access, const AccessPattern &pattern,
                             CacheSpelling spelling) {
    if (!isOnLines(access, lines))
      return Reason{"not-on-line", "it is not on a line that was asked for"};
    auto load = dyn_cast<tt::LoadOp>(access);
    if (load && load.getIsVolatile())
      return Reason{"volatile", "it is volatile"};
    std::optional<CacheHint> before = cacheHintOf(access);
    if (!before || !before->isNone())
      return Reason{"has-hint", "it has a hint already"};
    if (!pattern.isKnown)
      return Reason{
          "address-unknown",
          "its addresses are not made of arguments, ids and counters"};
    Choice choice = choiceFor(access, pattern);
    if (choice.hint.isNone())
      return Reason{"class-without-hint", "its class gets no hint"};
    if (!isOfUse(choice.hint, !load, request()))
      return Reason{"no-use-on-target", "the target makes no use of the hint"};
    setCacheHint(access, choice.hint, spelling);
    fired(access, choice.what + ": " + wordOf(choice.hint));
    return std::nullopt;
  }
};

} // namespace
} // namespace triton_ext
