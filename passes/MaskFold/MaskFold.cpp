//===- MaskFold.cpp - Take away masks that are known ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A mask that is all true, each time it is computed, goes; so does what a
// mask that is all false keeps from happening:
//
//   for k in range(0, K, 64):          K a multiple of 64
//     m = k + arange(0, 64) < K
//     x = load(p, m, other=0.0)   ==>    x = load(p)
//     y = where(m, a, b)          ==>    y = a
//     z = load(q, ~m & c)         ==>    z = 0
//     store(r, x, m & c)          ==>    store(r, x, c)
//
// Loads, stores, atomics, selects and branches count. Of an `and`, `or` or
// `xor` only the part that is known goes. A load that is all false gives
// `other`, or zeros; a store that is all false goes, as does an atomic that
// orders nothing and whose result nobody wants.
//
// With `version`, what hangs on run-time values is tested once before a loop,
// which is then there twice:
//
//   for k in range(0, K, 64): ...  ==>   if K % 64 == 0: the loop without masks
//                                        else: the loop
//
// `aligned` tests what makes the last iteration whole, `all` also whether tiles
// that do not change in the loop lie inside, and in kernels without any loop
// whether the program's tile does: the whole body is there twice then.
//
// When it declines. No mask; a mask that nothing proves; a volatile load; an
// atomic that is all false and orders other accesses or gives a result; a load
// of pointers that is all false without `other`; or the rounding of stock could
// not be kept. `version`: no test would rid a loop of a mask; the loop makes a
// constant number of iterations, is warp-specialized or very large; it is a
// copy already.
//
// Why it pays. Of 1,157 public kernels 187 have masks that integer ranges and
// divisibility prove. By itself that is worth about nothing on kernels that
// stream (1.00x); it is what lets loads become descriptors, and loops be split.
//
// How. The affine analysis is asked for each i1 value that a mask is put
// together from; what it proves is folded by the shared folding of masks, which
// keeps stock's rounding (a select between a product and a sum keeps LLVM from
// contracting the two). Stock's compiler may prove the same masks: a select of
// a product that meets a sum stays therefore. In the copy made by `version`
// such a product is guarded instead, as the mask hangs on run-time values.
//
//===----------------------------------------------------------------------===//

#include "MaskFoldBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Transforms/Masks.h"
#include "triton_ext/Transforms/Rounding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// Loops with more operations than this are not worth a copy.
constexpr unsigned maxOperations = 2000;

/// Iterations up to which stock's compiler is taken to unroll a loop.
constexpr int64_t maxUnrolled = 4096;

/// Why a loop that is there twice stays, and the loops around it do.
constexpr StringLiteral alreadyVersioned = "already-versioned";

llvm::SetVector<Value> predicatesOf(ArrayRef<Operation *> sinks) {
  llvm::SetVector<Value> predicates;
  for (Operation *sink : sinks)
    collectPredicates(maskOf(sink), predicates);
  return predicates;
}

//===----------------------------------------------------------------------===//
// What is proved
//===----------------------------------------------------------------------===//

/// Whether `predicate` is the constant of a negation, which is none without it.
bool onlyNegates(Value predicate) {
  return isConstant(predicate) &&
         llvm::all_of(predicate.getUsers(),
                      [](Operation *user) { return isa<arith::XOrIOp>(user); });
}

/// The predicates of these masks that are the same in all lanes, always.
KnownPredicates prove(ArrayRef<Operation *> sinks, AffineAnalysis &analysis) {
  KnownPredicates known;
  for (Value predicate : predicatesOf(sinks)) {
    if (onlyNegates(predicate))
      continue;
    LaneClass lanes = analysis.classify(predicate);
    if (lanes != LaneClass::Mixed)
      known[predicate] = lanes == LaneClass::AllTrue;
  }
  return known;
}

/// Whether the mask is put together from comparisons of integers at least in
/// part: nothing else is ever proved.
bool comparesIntegers(Value mask) {
  llvm::SetVector<Value> predicates;
  collectPredicates(mask, predicates);
  return llvm::any_of(predicates, [](Value predicate) {
    return predicate.getDefiningOp<arith::CmpIOp>() != nullptr;
  });
}

/// Why `op` stays, though its mask is known to be `constant`.
Reason whyKept(Operation *op, bool constant) {
  if (isa<tt::AtomicRMWOp>(op) && !constant)
    return {"atomic-orders",
            "an atomic without effect orders accesses or gives a result"};
  if (auto load = dyn_cast<tt::LoadOp>(op); load && !constant) {
    if (load.getIsVolatile())
      return {"volatile", "a volatile load stays"};
    if (!load.getOther() &&
        !getElementTypeOrSelf(load.getType()).isIntOrFloat())
      return {"no-zeros", "there are no zeros of what is loaded"};
  }
  return {"rounding-not-kept",
          "without the select, the compiler could round differently"};
}

/// What folding a mask that is `constant` does to `op`.
StringRef whatBecomesOf(Operation *op, bool constant) {
  if (isa<scf::IfOp>(op))
    return constant ? "the branch is always taken"
                    : "the branch is never taken";
  if (constant)
    return "the mask is all true";
  if (isa<tt::LoadOp>(op))
    return "the mask is all false: nothing is loaded";
  if (isa<tt::StoreOp>(op))
    return "the mask is all false: nothing is stored";
  return "the mask is all false";
}

/// Which masks are folded: less and less, where folding more would not keep the
/// rounding.
bool foldsAll(Operation *, const Verdict &) { return true; }
bool foldsAccesses(Operation *op, const Verdict &) { return !conditionOf(op); }
bool foldsTrueAccesses(Operation *op, const Verdict &verdict) {
  return !conditionOf(op) && verdict.constant != false;
}

//===----------------------------------------------------------------------===//
// What is tested
//===----------------------------------------------------------------------===//

/// What to test before a stretch of code so that masks in it are all true.
struct Plan {
  SmallVector<Value> predicates;
  SmallVector<Multiple> multiples;
  SmallVector<Obligation> obligations;
};

bool operator==(const Multiple &a, const Multiple &b) {
  return a.divisor == b.divisor && a.expr == b.expr;
}

bool operator==(const Obligation &a, const Obligation &b) {
  return a.expr == b.expr && a.min == b.min && a.max == b.max;
}

template <typename T> void addOnce(SmallVector<T> &all, const T &added) {
  if (llvm::none_of(all, [&](const T &present) { return present == added; }))
    all.push_back(added);
}

/// The comparisons that `sinks` hang on and that nothing is known about.
SmallVector<Value> openComparisons(ArrayRef<Operation *> sinks,
                                   AffineAnalysis &analysis) {
  SmallVector<Value> open;
  for (Value predicate : predicatesOf(sinks))
    if (predicate.getDefiningOp<arith::CmpIOp>() &&
        analysis.classify(predicate) == LaneClass::Mixed)
      open.push_back(predicate);
  return open;
}

/// Adds comparisons that the loop takes to its end, with the multiples under
/// which an analysis shows that they are all true.
void planAligned(FunctionOpInterface function, scf::ForOp loop,
                 ArrayRef<Value> open, AffineAnalysis &analysis, Plan &plan) {
  std::vector<std::pair<Value, Multiple>> candidates;
  for (Value comparison : open)
    if (auto multiple = analysis.alignmentOf(comparison, loop))
      candidates.push_back({comparison, *multiple});
  // What is of no use is not tested: without it, others may be of none either.
  while (!candidates.empty()) {
    AffineOptions options;
    SmallVector<Multiple> supposed;
    for (const auto &[comparison, multiple] : candidates)
      addOnce(supposed, multiple);
    options.multiples.assign(supposed.begin(), supposed.end());
    AffineAnalysis supposing(function, options);
    auto isUseless = [&](const auto &candidate) {
      return supposing.classify(candidate.first, loop).overall() !=
             LaneClass::AllTrue;
    };
    size_t before = candidates.size();
    llvm::erase_if(candidates, isUseless);
    if (candidates.size() != before)
      continue;
    for (const auto &[comparison, multiple] : candidates) {
      plan.predicates.push_back(comparison);
      for (const Obligation &obligation :
           supposing.classify(comparison, loop).obligations)
        addOnce(plan.obligations, obligation);
    }
    llvm::append_range(plan.multiples, supposed);
    return;
  }
}

/// Adds comparisons that do not change after `before`, with what makes them all
/// true.
void planInside(Operation *before, ArrayRef<Value> open,
                AffineAnalysis &analysis, Plan &plan) {
  for (Value comparison : open) {
    auto conditions = analysis.allTrueIf(comparison, before);
    if (!conditions)
      continue;
    plan.predicates.push_back(comparison);
    for (const Obligation &obligation : *conditions)
      addOnce(plan.obligations, obligation);
  }
}

//===----------------------------------------------------------------------===//
// Two copies
//===----------------------------------------------------------------------===//

/// Operations of one block, `first` to `last`.
struct Stretch {
  Operation *first, *last;

  SmallVector<Operation *> operations() const {
    SmallVector<Operation *> all;
    for (Operation *op = first; op != last; op = op->getNextNode())
      all.push_back(op);
    all.push_back(last);
    return all;
  }
};

/// A stretch that is there twice, in the branches of `branch`; the second copy
/// is the original.
struct Copies {
  scf::IfOp branch;
  /// From the original to the first copy.
  IRMapping mapping;
  SmallVector<Value> results;
};

Copies makeCopies(const Stretch &stretch, Value guard) {
  Copies copies;
  SmallVector<Operation *> operations = stretch.operations();
  llvm::SmallPtrSet<Operation *, 16> inside(operations.begin(),
                                            operations.end());
  Block *block = stretch.first->getBlock();
  for (Operation *op : operations)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !inside.contains(block->findAncestorOpInBlock(*user));
          }))
        copies.results.push_back(result);

  OpBuilder builder(stretch.first);
  Location loc = stretch.first->getLoc();
  copies.branch = scf::IfOp::create(
      builder, loc, TypeRange(ValueRange(copies.results)), guard,
      /*addThenBlock=*/true, /*addElseBlock=*/true);
  for (auto [result, outside] :
       llvm::zip_equal(copies.results, copies.branch.getResults()))
    result.replaceUsesWithIf(outside, [&](OpOperand &use) {
      return !inside.contains(block->findAncestorOpInBlock(*use.getOwner()));
    });
  builder.setInsertionPointToStart(copies.branch.thenBlock());
  for (Operation *op : operations)
    builder.clone(*op, copies.mapping);
  SmallVector<Value> cloned = llvm::map_to_vector(
      copies.results, [&](Value v) { return copies.mapping.lookup(v); });
  scf::YieldOp::create(builder, loc, cloned);
  builder.setInsertionPointToStart(copies.branch.elseBlock());
  Operation *yield = scf::YieldOp::create(builder, loc, copies.results);
  for (Operation *op : operations)
    op->moveBefore(yield);
  return copies;
}

/// Whether `op` is in the first of two copies, where the masks go. `branch` may
/// be a copy of itself, which is in no block.
bool isInFirstCopy(Operation *op, scf::IfOp branch) {
  Operation *at = op;
  while (at->getParentOp() != branch && at->getParentOp()->getBlock())
    at = at->getParentOp();
  return cast<scf::IfOp>(at->getParentOp()).thenBlock() == at->getBlock();
}

/// Takes `makeCopies` back.
void dropCopies(Copies &copies) {
  for (auto [result, outside] :
       llvm::zip_equal(copies.results, copies.branch.getResults()))
    outside.replaceAllUsesWith(result);
  Block *original = copies.branch.elseBlock();
  original->getTerminator()->erase();
  copies.branch->getBlock()->getOperations().splice(
      copies.branch->getIterator(), original->getOperations());
  copies.branch->erase();
}

/// Whether two values are computed alike from the same values.
bool isSameComputation(Value a, Value b, unsigned depth = 64) {
  if (a == b)
    return true;
  Operation *one = a.getDefiningOp(), *other = b.getDefiningOp();
  if (depth == 0 || !one || !other || one->getName() != other->getName() ||
      one->getNumRegions() != 0 || !isMemoryEffectFree(one) ||
      one->getNumResults() != 1 || a.getType() != b.getType() ||
      one->getNumOperands() != other->getNumOperands() ||
      one->getAttrDictionary() != other->getAttrDictionary())
    return false;
  return llvm::all_of(llvm::zip(one->getOperands(), other->getOperands()),
                      [&](auto pair) {
                        return isSameComputation(std::get<0>(pair),
                                                 std::get<1>(pair), depth - 1);
                      });
}

/// The guard without the parts that are known, which another run would fold and
/// then not find its own test again; null where that leaves nothing to test.
/// `before` stands in front of it, or is null.
Value dropKnownParts(Value guard, Operation *before) {
  Operation *last = guard.getDefiningOp();
  AffineAnalysis analysis(last->getParentOfType<FunctionOpInterface>());
  llvm::SetVector<Value> parts;
  collectPredicates(guard, parts);
  KnownPredicates known;
  for (Value part : parts)
    if (LaneClass lanes = analysis.classify(part); lanes != LaneClass::Mixed)
      known[part] = lanes == LaneClass::AllTrue;
  Verdict verdict = judgeMask(guard, known);
  if (verdict.constant)
    return {};
  if (!verdict.isSimpler())
    return guard;
  guard = MaskSimplifier(known).simplify(guard);
  for (Operation *op = last; op != before;) {
    Operation *previous = op->getPrevNode();
    if (op != guard.getDefiningOp() && isOpTriviallyDead(op))
      op->erase();
    op = previous;
  }
  return guard;
}

/// Whether `op` is where a branch on such a guard found it false.
bool isCopyFor(Operation *op, Value guard) {
  for (Operation *at = op; at; at = at->getParentOp())
    if (auto branch = dyn_cast_or_null<scf::IfOp>(at->getParentOp()))
      if (branch.elseBlock() == at->getBlock() &&
          isSameComputation(branch.getCondition(), guard))
        return true;
  return false;
}

/// Whether `op` is a loop that the other branch has, too.
bool isOneOfTwo(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
  if (!loop || !branch || !branch.elseBlock())
    return false;
  Block *other = op->getBlock() == branch.thenBlock() ? branch.elseBlock()
                                                      : branch.thenBlock();
  return llvm::any_of(other->getOps<scf::ForOp>(), [&](scf::ForOp copy) {
    return copy.getLowerBound() == loop.getLowerBound() &&
           copy.getUpperBound() == loop.getUpperBound() &&
           copy.getStep() == loop.getStep();
  });
}

/// The part of a kernel without loops that is worth two copies: from the first
/// operation that computes floating-point values, which round by what they meet
/// in one block, or has effects, to the end.
std::optional<Stretch> bodyOf(FunctionOpInterface function) {
  Block &block = function.getFunctionBody().front();
  auto belongs = [](Operation &op) {
    if (op.hasTrait<OpTrait::IsTerminator>() || matchPattern(&op, m_Constant()))
      return false;
    return op.getNumRegions() != 0 || !isMemoryEffectFree(&op) ||
           llvm::any_of(op.getResultTypes(), [](Type type) {
             return isa<FloatType>(getElementTypeOrSelf(type));
           });
  };
  auto first = llvm::find_if(block, belongs);
  if (first == block.end())
    return std::nullopt;
  return Stretch{&*first, block.getTerminator()->getPrevNode()};
}

bool hasLoops(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return isa<LoopLikeOpInterface>(inner) ? WalkResult::interrupt()
                                               : WalkResult::advance();
      })
      .wasInterrupted();
}

unsigned operationsIn(Operation *op) {
  unsigned count = 0;
  op->walk([&](Operation *) { ++count; });
  return count;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class MaskFold : public MaskFoldBase<MaskFold> {
public:
  using MaskFoldBase::MaskFoldBase;

  void runOnOperation() override {
    getOperation()->walk([&](FunctionOpInterface function) {
      if (function.isExternal())
        return;
      foldProven(function);
      if (version == MaskFoldVersion::None)
        return;
      if (hasLoops(function))
        versionLoops(function);
      else if (version == MaskFoldVersion::All)
        versionBody(function);
    });
  }

private:
  void foldProven(FunctionOpInterface function);
  void report(ArrayRef<Operation *> sinks, const KnownPredicates &known,
              FoldFilter filter, const Rounding &rounding);
  void versionLoops(FunctionOpInterface function);
  void versionBody(FunctionOpInterface function);
  std::optional<Reason> versionLoop(FunctionOpInterface function,
                                    scf::ForOp loop);
  std::optional<Reason> makeVersion(const Stretch &stretch, const Plan &plan,
                                    AffineAnalysis &analysis,
                                    const Rounding &rounding);
};

/// Says what becomes of each mask, while all of them are there.
void MaskFold::report(ArrayRef<Operation *> sinks, const KnownPredicates &known,
                      FoldFilter filter, const Rounding &rounding) {
  llvm::SmallPtrSet<void *, 8> said;
  for (Operation *sink : sinks) {
    Value mask = maskOf(sink);
    Verdict verdict = judgeMask(mask, known);
    if (!verdict.isSimpler()) {
      if (comparesIntegers(mask) &&
          said.insert(mask.getAsOpaquePointer()).second)
        decline(sink, "not-proved",
                "nothing shows that the mask is all true or all false");
    } else if (!filter(sink, verdict) ||
               (verdict.constant &&
                !canFold(sink, *verdict.constant, rounding))) {
      Reason reason = whyKept(sink, verdict.constant.value_or(true));
      decline(sink, reason);
    } else if (verdict.constant) {
      fired(sink, whatBecomesOf(sink, *verdict.constant));
    } else {
      fired(sink, "the mask loses a part that is known");
    }
  }
}

void MaskFold::foldProven(FunctionOpInterface function) {
  SmallVector<Operation *> sinks = sinksIn(function);
  if (sinks.empty())
    return decline(function, "no-mask", "nothing in the kernel has a mask");
  AffineAnalysis analysis(function);
  Rounding rounding(keepRounding, request());
  rounding.setAllKnowable();
  KnownPredicates known = prove(sinks, analysis);
  auto keepsRounding = [&](FoldFilter filter) {
    return known.empty() ||
           foldKeepsRounding(function, known, rounding, filter);
  };
  // What was true of an access, and computes nothing, changes no rounding.
  FoldFilter filter = keepsRounding(foldsAll)        ? FoldFilter(foldsAll)
                      : keepsRounding(foldsAccesses) ? FoldFilter(foldsAccesses)
                                                     : foldsTrueAccesses;
  report(sinks, known, filter, rounding);
  if (!known.empty())
    foldKnown(function, known, rounding, filter);
}

/// Puts the stretch behind a test of the plan, once without the masks, or says
/// why not.
std::optional<Reason> MaskFold::makeVersion(const Stretch &stretch,
                                            const Plan &plan,
                                            AffineAnalysis &analysis,
                                            const Rounding &rounding) {
  if (plan.predicates.empty())
    return Reason{"no-test", "no test before it would rid it of a mask"};
  OpBuilder builder(stretch.first);
  Operation *before = stretch.first->getPrevNode();
  Value guard = analysis.materializeGuard(builder, stretch.first->getLoc(),
                                          plan.obligations, stretch.first,
                                          plan.multiples);
  auto dropGuard = [&](Operation *after) {
    while (after->getPrevNode() != before)
      after->getPrevNode()->erase();
  };
  if (guard)
    guard = dropKnownParts(guard, before);
  if (!guard) {
    dropGuard(stretch.first);
    return Reason{"no-test", "no test before it would rid it of a mask"};
  }
  if (isOneOfTwo(stretch.first) || isCopyFor(stretch.first, guard)) {
    dropGuard(stretch.first);
    return Reason{alreadyVersioned, "it is one of two copies"};
  }
  Copies copies = makeCopies(stretch, guard);
  KnownPredicates known;
  for (Value predicate : plan.predicates)
    known[copies.mapping.lookupOrDefault(predicate)] = true;
  // A predicate may stand before both copies.
  auto isFirst = [&](Operation *op, const Verdict &) {
    return op != copies.branch && op->getBlock() &&
           isInFirstCopy(op, copies.branch);
  };
  // A select that were to stay in the copy would be up to stock's compiler, for
  // which the test can decide it.
  bool foldsAll = llvm::all_of(sinksIn(copies.branch), [&](Operation *sink) {
    Verdict verdict = judgeMask(maskOf(sink), known);
    return !conditionOf(sink) || !verdict.isSimpler() ||
           !isFirst(sink, verdict) ||
           (verdict.constant && canFold(sink, *verdict.constant, rounding));
  });
  if ((rounding.isKept() && !foldsAll) ||
      !foldKeepsRounding(copies.branch, known, rounding, isFirst)) {
    dropCopies(copies);
    dropGuard(stretch.first);
    return Reason{"rounding-not-kept",
                  "without the masks, the compiler could round differently"};
  }
  Folded folded = foldKnown(copies.branch, known, rounding, isFirst);
  fired(copies.branch,
        llvm::formatv("two copies by a test; masks that went from one: {0}, "
                      "that lost a part: {1}",
                      folded.count, folded.simplified)
            .str());
  return std::nullopt;
}

std::optional<Reason> MaskFold::versionLoop(FunctionOpInterface function,
                                            scf::ForOp loop) {
  if (loop->hasAttr("tt.warp_specialize"))
    return Reason{"warp-specialized",
                  "warp specialization has one partition for the whole loop"};
  if (operationsIn(loop) > maxOperations)
    return Reason{"body-too-large", "a copy would cost more than it saves"};
  AffineAnalysis analysis(function);
  if (!analysis.constantStep(loop))
    return Reason{"step-not-constant", "the step is not a positive constant"};
  // Unrolled, what is around the loop rounds together with what is in it.
  if (analysis.tripCount(loop).constantValue())
    return Reason{"trips-constant", "the number of iterations is a constant"};

  SmallVector<Value> open = openComparisons(sinksIn(loop), analysis);
  Plan plan;
  planAligned(function, loop, open, analysis, plan);
  if (version == MaskFoldVersion::All)
    planInside(loop, open, analysis, plan);

  Rounding rounding(keepRounding, request());
  Integer trips = ceilDiv(analysis.rangeOf(loop.getUpperBound())->hi -
                              analysis.rangeOf(loop.getLowerBound())->lo,
                          Integer(*analysis.constantStep(loop)));
  std::optional<int64_t> unrolled;
  if (trips <= maxUnrolled)
    unrolled = std::max(int64_t(trips), int64_t(1));
  bool isPeelable = llvm::any_of(plan.predicates, [&](Value predicate) {
    return llvm::any_of(
        llvm::drop_begin(analysis.classify(predicate, loop).segments()),
        [](const Segment &s) { return s.begin.constantValue().has_value(); });
  });
  rounding.setResolvable(unrolled, isPeelable);
  return makeVersion({loop, loop}, plan, analysis, rounding);
}

/// Inner loops first; a loop around one that is there twice stays.
void MaskFold::versionLoops(FunctionOpInterface function) {
  SmallVector<scf::ForOp> loops;
  function->walk([&](scf::ForOp loop) { loops.push_back(loop); });
  llvm::SmallPtrSet<Operation *, 4> around;
  for (scf::ForOp loop : loops) {
    if (around.contains(loop) || sinksIn(loop).empty())
      continue;
    SmallVector<Operation *> parents;
    for (Operation *at = loop->getParentOp(); at; at = at->getParentOp())
      parents.push_back(at);
    std::optional<Reason> reason = versionLoop(function, loop);
    if (reason)
      decline(loop, *reason);
    if (!reason || reason->id == alreadyVersioned)
      around.insert(parents.begin(), parents.end());
  }
}

/// Whether a product may meet a sum in `body`. Of two copies in branches, LLVM
/// takes in front what both begin with: a product there is apart from its sum,
/// and of two products that are added it may contract the other one.
bool mayContract(const Stretch &body) {
  bool hasProduct = false, hasSum = false;
  for (Operation *op : body.operations())
    op->walk([&](Operation *inner) {
      hasProduct |= isa<arith::MulFOp>(inner);
      hasSum |= isa<arith::AddFOp, arith::SubFOp>(inner);
    });
  return hasProduct && hasSum;
}

void MaskFold::versionBody(FunctionOpInterface function) {
  std::optional<Stretch> body = bodyOf(function);
  if (!body)
    return;
  if (operationsIn(function) > maxOperations)
    return decline(function, "body-too-large",
                   "a copy would cost more than it saves");
  SmallVector<Operation *> sinks;
  for (Operation *op : body->operations())
    if (maskOf(op) && !isa<scf::IfOp>(op))
      sinks.push_back(op);
  AffineAnalysis analysis(function);
  Plan plan;
  planInside(body->first, openComparisons(sinks, analysis), analysis, plan);
  Rounding rounding(keepRounding, request());
  if (!plan.predicates.empty() && rounding.isKept() && mayContract(*body))
    return decline(function, "rounding-not-kept",
                   "in two copies, the compiler could round differently");
  if (auto reason = makeVersion(*body, plan, analysis, rounding))
    decline(function, *reason);
}

} // namespace
} // namespace triton_ext
