//===- SkippedIterations.cpp - what skipping iterations leaves --*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "triton_ext/Analysis/SkippedIterations.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

using K = FloatSet::Kind;

/// How many times the body is evaluated for one proof.
static constexpr unsigned maxEvaluations = 400;

/// By how much `loop` advances its carried value in each iteration, or null.
static Value amountIn(scf::ForOp loop, unsigned index,
                      AffineAnalysis &analysis) {
  Value arg = loop.getRegionIterArg(index);
  Operation *op = loop.getYieldedValues()[index].getDefiningOp();
  if (!isa_and_nonnull<arith::AddIOp, tt::AddPtrOp>(op) ||
      !isa<IntegerType, tt::PointerType>(getElementTypeOrSelf(arg.getType())))
    return {};
  for (unsigned i : {0, 1}) {
    if (i == 1 && isa<tt::AddPtrOp>(op))
      break;
    Value amount = op->getOperand(1 - i);
    if (op->getOperand(i) == arg && analysis.isInvariant(amount, loop))
      return amount;
  }
  return {};
}

SkippedIterations::SkippedIterations(scf::ForOp loop, AffineAnalysis &analysis,
                                     Assumptions assumptions)
    : loop(loop), assumptions(assumptions) {
  for (unsigned i = 0; i != loop.getNumRegionIterArgs(); ++i)
    amounts.push_back(amountIn(loop, i, analysis));
  orderArguments();
}

/// The carried values that `value` is computed from.
static void collectArguments(Value value, scf::ForOp loop,
                             llvm::SmallPtrSetImpl<Operation *> &seen,
                             llvm::SmallPtrSetImpl<void *> &arguments) {
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    if (arg.getOwner() == loop.getBody())
      arguments.insert(arg.getAsOpaquePointer());
    return;
  }
  Operation *op = value.getDefiningOp();
  if (!loop->isProperAncestor(op) || !seen.insert(op).second)
    return;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      collectArguments(operand, loop, seen, arguments);
  });
}

void SkippedIterations::orderArguments() {
  SmallVector<unsigned> dependents(amounts.size());
  for (Value yielded : loop.getYieldedValues()) {
    llvm::SmallPtrSet<Operation *, 32> seen;
    llvm::SmallPtrSet<void *, 8> arguments;
    collectArguments(yielded, loop, seen, arguments);
    for (auto [index, arg] : llvm::enumerate(loop.getRegionIterArgs()))
      dependents[index] += arguments.contains(arg.getAsOpaquePointer());
  }
  for (auto [index, arg] : llvm::enumerate(loop.getRegionIterArgs()))
    if (isa<FloatType>(getElementTypeOrSelf(arg.getType())))
      order.push_back(index);
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return dependents[a] > dependents[b];
  });
}

/// Whether a proof has to say what becomes of the carried value.
bool SkippedIterations::isCounted(unsigned index) const {
  scf::ForOp whole = loop;
  bool isDead = whole.getResult(index).use_empty() &&
                whole.getRegionIterArg(index).use_empty();
  return !amounts[index] && !isDead;
}

void SkippedIterations::fail(Obstacle obstacle, Operation *at) {
  failed = obstacle;
  failedAt = at;
}

void SkippedIterations::failAt(unsigned index, const LaneValue &value) {
  Operation *op = loop.getYieldedValues()[index].getDefiningOp();
  bool isNaN = value.constant && value.kinds.isWithin(K::NaN);
  fail(isNaN ? Obstacle::BecomesNaN : Obstacle::StateChanges,
       op && loop->isProperAncestor(op) ? op : loop.getOperation());
}

//===----------------------------------------------------------------------===//
// Effects
//===----------------------------------------------------------------------===//

/// The first operation that does more than to compute and to read.
Operation *SkippedIterations::effectIn(Block &block, BodyEvaluator &evaluator) {
  for (Operation &op : block) {
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      std::optional<bool> decided = evaluator.truthOf(branch.getCondition());
      for (bool side : {true, false}) {
        Block *taken = side ? branch.thenBlock() : branch.elseBlock();
        if (!taken || decided == !side)
          continue;
        if (Operation *effect = effectIn(*taken, evaluator))
          return effect;
      }
      continue;
    }
    if (auto inner = dyn_cast<scf::ForOp>(op)) {
      if (Operation *effect = effectIn(*inner.getBody(), evaluator))
        return effect;
      continue;
    }
    // It may run for ever.
    if (isa<scf::WhileOp>(op))
      return &op;
    Value mask;
    if (auto store = dyn_cast<tt::StoreOp>(op))
      mask = store.getMask();
    else if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op))
      mask = atomic.getMask();
    if (mask && evaluator.truthOf(mask) == false)
      continue;
    if (op.hasTrait<OpTrait::IsTerminator>())
      continue;
    auto effects = getEffectsRecursively(&op);
    if (!effects || llvm::any_of(*effects, [](const auto &effect) {
          return !isa<MemoryEffects::Read>(effect.getEffect());
        }))
      return &op;
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Proofs
//===----------------------------------------------------------------------===//

void SkippedIterations::forgetAdvancing(BodyEvaluator &evaluator,
                                        State &state) const {
  for (auto [index, value] : llvm::enumerate(state))
    if (!isCounted(index))
      value = evaluator.anything();
}

bool SkippedIterations::isSame(ArrayRef<LaneValue> a,
                               ArrayRef<LaneValue> b) const {
  for (unsigned i = 0; i != a.size(); ++i)
    if (isCounted(i) && a[i].number != b[i].number)
      return false;
  return true;
}

std::optional<SkippedIterations::Proof>
SkippedIterations::proveLeading(const Known &known) {
  return prove(known, /*isLeading=*/true);
}

std::optional<SkippedIterations::Proof>
SkippedIterations::proveTrailing(const Known &known) {
  return prove(known, /*isLeading=*/false);
}

std::optional<SkippedIterations::Proof>
SkippedIterations::prove(const Known &known, bool isLeading) {
  for (bool positiveScalars : {false, true}) {
    BodyEvaluator::Options options;
    options.finiteValues = assumptions.finiteValues || assumptions.finiteFills;
    options.positiveScalars = positiveScalars;
    options.finiteFills = assumptions.finiteFills && !isLeading;
    BodyEvaluator evaluator(loop, known, options);
    evaluator.iterate(evaluator.anyState());
    if (Operation *effect = effectIn(*loop.getBody(), evaluator)) {
      fail(Obstacle::Effect, effect);
      return std::nullopt;
    }
    budget = maxEvaluations;
    std::optional<Proof> proof =
        isLeading ? leadingBy(evaluator) : trailingBy(evaluator);
    if (!proof && isLeading && assumptions.finiteFills)
      proof = leadingByFills(known, positiveScalars);
    if (proof) {
      fail(Obstacle::None, nullptr);
      if (proof->positives.empty())
        proof->positives = evaluator.scalars();
      return proof;
    }
    // What keeps zeros from being proved comes before what follows from it.
    if (Operation *op = evaluator.needsFinite())
      fail(Obstacle::NeedsFinite, op);
    else if (Operation *op = evaluator.hasFiniteFill();
             op && !assumptions.finiteFills)
      fail(Obstacle::FiniteFill, op);
  }
  return std::nullopt;
}

std::optional<SkippedIterations::Proof>
SkippedIterations::leadingBy(BodyEvaluator &evaluator) {
  State before = evaluator.initialState();
  forgetAdvancing(evaluator, before);
  State after = evaluator.iterate(before);
  Proof proof;
  proof.state.resize(after.size());
  for (auto [index, value] : llvm::enumerate(after)) {
    if (!isCounted(index))
      continue;
    if (value.number == before[index].number && !value.isTouched)
      continue;
    if (!value.constant || value.kinds.isWithin(K::NaN)) {
      failAt(index, value);
      return std::nullopt;
    }
    proof.state[index] = value.constant;
  }
  forgetAdvancing(evaluator, after);
  State next = evaluator.iterate(after);
  if (isSame(after, next))
    return proof;
  for (auto [index, value] : llvm::enumerate(next))
    if (isCounted(index) && value.number != after[index].number) {
      failAt(index, value);
      break;
    }
  return std::nullopt;
}

/// Fills that are finite leave garbage behind, which the first thing seen wipes
/// out: an iteration that sees something makes the same of the initial values
/// as of what fills have left.
std::optional<SkippedIterations::Proof>
SkippedIterations::leadingByFills(const Known &known, bool positiveScalars) {
  BodyEvaluator::Options options{/*finiteValues=*/true, positiveScalars,
                                 /*finiteFills=*/true, /*isSeen=*/false};
  BodyEvaluator filling(loop, known, options);
  State before = filling.initialState();
  forgetAdvancing(filling, before);
  State after = filling.iterate(before);
  SmallVector<TypedAttr> lows(after.size());
  for (auto [index, value] : llvm::enumerate(after))
    if (isCounted(index) && value.isLow && value.constant &&
        (before[index].kinds.isWithin(K::NegInf) ||
         before[index].number == value.number))
      lows[index] = value.constant;
  if (llvm::none_of(lows, [](TypedAttr low) { return bool(low); }))
    return std::nullopt;

  /// What fills can have left.
  auto garbage = [&](BodyEvaluator &evaluator, State state) {
    for (auto [index, value] : llvm::enumerate(state)) {
      Type type = loop.getRegionIterArg(index).getType();
      if (!isCounted(index))
        continue;
      if (lows[index]) {
        value = evaluator.constant(lows[index]);
        value.isLow = true;
      } else if (isa<FloatType>(getElementTypeOrSelf(type))) {
        value =
            evaluator.restricted(evaluator.anything(), FloatSet::finites, type);
      }
    }
    return state;
  };
  State again = filling.iterate(garbage(filling, before));
  for (auto [index, value] : llvm::enumerate(again)) {
    if (!isCounted(index))
      continue;
    bool isFloat = isa<FloatType>(
        getElementTypeOrSelf(loop.getRegionIterArg(index).getType()));
    if (lows[index] ? !value.isLow
                    : !isFloat && value.number != before[index].number)
      return std::nullopt;
  }

  Known nothing;
  options.isSeen = true;
  BodyEvaluator seeing(loop, nothing, options);
  State fresh = seeing.initialState();
  forgetAdvancing(seeing, fresh);
  State fromInit = seeing.iterate(fresh);
  State fromGarbage = seeing.iterateAgain(garbage(seeing, fresh));
  if (!isSame(fromInit, fromGarbage))
    return std::nullopt;
  Proof proof;
  proof.state.resize(after.size());
  proof.positives = filling.scalars();
  proof.positives.insert_range(seeing.scalars());
  return proof;
}

std::optional<SkippedIterations::Proof>
SkippedIterations::trailingBy(BodyEvaluator &evaluator) {
  State any = evaluator.anyState();
  forgetAdvancing(evaluator, any);
  State after = evaluator.iterate(any);
  bool isUntouched = true;
  for (auto [index, value] : llvm::enumerate(after))
    if (isCounted(index) &&
        (value.number != any[index].number || value.isTouched)) {
      if (isUntouched)
        failAt(index, value);
      isUntouched = false;
    }
  Proof proof;
  if (isUntouched)
    return proof;
  proof.kept = 1;
  if (settles(evaluator, any))
    return proof;
  return std::nullopt;
}

/// Whether a second iteration leaves what the first one makes of `state`.
bool SkippedIterations::settles(BodyEvaluator &evaluator, const State &state) {
  if (budget == 0)
    return false;
  --budget;
  State after = evaluator.iterate(state);
  unsigned first = after.size();
  for (auto [index, value] : llvm::enumerate(after))
    value = evaluator.dependingOn(value, first + index,
                                  loop.getRegionIterArg(index).getType());
  forgetAdvancing(evaluator, after);
  return isFixed(evaluator, after) ||
         splitsInto(evaluator, state, [&](const State &part) {
           return settles(evaluator, part);
         });
}

/// Whether an iteration leaves `state` as it is.
bool SkippedIterations::isFixed(BodyEvaluator &evaluator, const State &state) {
  if (budget == 0)
    return false;
  --budget;
  return isSame(state, evaluator.iterate(state)) ||
         splitsInto(evaluator, state, [&](const State &part) {
           return isFixed(evaluator, part);
         });
}

/// Whether `holds` for every kind of one carried value that can be of several.
bool SkippedIterations::splitsInto(
    BodyEvaluator &evaluator, const State &state,
    llvm::function_ref<bool(const State &)> holds) {
  static constexpr uint8_t coarse[] = {K::NegInf, FloatSet::finites, K::PosInf,
                                       K::NaN};
  static constexpr uint8_t fine[] = {K::NegZero, K::PosZero, K::Neg | K::Pos};
  for (unsigned index : order) {
    const LaneValue &value = state[index];
    if (!isCounted(index) || value.constant)
      continue;
    ArrayRef<uint8_t> parts = coarse;
    if (value.kinds.isFinite())
      parts = fine;
    if (llvm::any_of(parts,
                     [&](uint8_t part) { return value.kinds.isWithin(part); }))
      continue;
    for (uint8_t part : parts) {
      if (!value.kinds.has(part))
        continue;
      State narrowed = state;
      narrowed[index] = evaluator.restricted(
          value, part, loop.getRegionIterArg(index).getType());
      if (!holds(narrowed))
        return false;
    }
    return true;
  }
  return false;
}

} // namespace triton_ext
