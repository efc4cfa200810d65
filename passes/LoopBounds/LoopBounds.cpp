//===- LoopBounds.cpp - Leave out iterations that are masked ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A loop whose mask is all false in its first iterations, or in its last
// ones, runs over the others only:
//
//   m = -inf, l = 0, acc = 0                 m = -inf, l = 0, acc = 0
//   for s in [0, n) step 64:                 for s in [lo, hi) step 64:
//     seen = om >= s + on                      ... the same body ...
//            and om < s + on + window   ==>
//     qk = where(seen, dot(q, k), -inf)      lo: the first s of which a lane is
//     ... running maximum m, sum l, acc      seen; hi: behind the last one, and
//                                            one iteration more
//
// The body stays as it is. Bounds may be run-time values, nothing is assumed
// about their range: what cannot be proved not to wrap around is tested before
// the loop, and where the test fails it runs over all iterations.
//
// When it declines. No mask is known to be all false at either end, or the
// bounds leave those iterations out already; the step is not a positive
// constant; what would be left out stores, prints, traps or waits under another
// mask; it changes the carried values, as `-inf - -inf` does in a kernel that
// does not guard its maximum; `dot(0, v)` is met where v may not be finite
// (`assume-finite-values`), or a fill that is finite (`assume-finite-fill`);
// the loop is short enough to be unrolled, or rounds across iterations, so that
// other bounds could round otherwise; or it has been shortened before.
//
// Why it pays. Kernels for sliding windows often visit every block: of 16384
// keys and a window of 1024 they use one block in fifteen. What it brings on
// such a kernel stands in docs/loop-bounds.md.
//
// How. The affine analysis says for each i1 value of the loop in which
// iterations it is all true, all false or mixed. What is the same over leading
// or trailing iterations is taken as known there, and the body is evaluated on
// that (SkippedIterations): leading iterations may go where they turn the
// initial values into constants that stay; the loop then starts from those if
// any was left out. Trailing ones may go where an iteration undoes nothing that
// the one before it did; the first of them stays. Counters and pointers that
// advance by the same amount each time are advanced by as many iterations as
// are left out.
//
//===----------------------------------------------------------------------===//

#include "LoopBoundsBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Analysis/LoopInvariant.h"
#include "triton_ext/Analysis/SkippedIterations.h"
#include "triton_ext/Transforms/LoopRounds.h"
#include "triton_ext/Transforms/Masks.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// So many places where iterations could begin to be skipped are looked at.
constexpr size_t maxStretches = 8;

//===----------------------------------------------------------------------===//
// Stretches of iterations
//===----------------------------------------------------------------------===//

/// Leading or trailing iterations, and what is known there.
struct Stretch {
  /// The first iteration behind the leading ones; the first trailing one.
  ScalarExpr cut;
  KnownPredicates known;
  SmallVector<Obligation> obligations;
  /// Something is all false there.
  bool hasAllFalse = false;

  void add(Value predicate, const PredicateOverLoop &where, LaneClass lanes) {
    known[predicate] = lanes == LaneClass::AllTrue;
    hasAllFalse |= lanes == LaneClass::AllFalse;
    llvm::append_range(obligations, where.obligations);
  }
};

/// The stretches at one end of a loop in which some predicates are known.
struct Stretches {
  SmallVector<Stretch> leading, trailing;
};

void addTo(SmallVector<Stretch> &stretches, const ScalarExpr &cut, Value value,
           const PredicateOverLoop &where, LaneClass lanes) {
  auto same = llvm::find_if(
      stretches, [&](const Stretch &stretch) { return stretch.cut == cut; });
  if (same == stretches.end()) {
    stretches.push_back(Stretch());
    stretches.back().cut = cut;
    same = std::prev(stretches.end());
  }
  same->add(value, where, lanes);
}

/// What is known where all of `stretches` lie: before the first cut, or from
/// the last one on.
void addJoint(SmallVector<Stretch> &stretches, bool isLeading) {
  if (stretches.size() < 2)
    return;
  Stretch joint = stretches.front();
  for (const Stretch &stretch : llvm::drop_begin(stretches)) {
    joint.cut = isLeading ? ScalarExpr::min(joint.cut, stretch.cut)
                          : ScalarExpr::max(joint.cut, stretch.cut);
    for (auto [value, truth] : stretch.known)
      joint.known[value] = truth;
    llvm::append_range(joint.obligations, stretch.obligations);
    joint.hasAllFalse |= stretch.hasAllFalse;
  }
  stretches.push_back(joint);
}

Stretches findStretches(scf::ForOp loop, AffineAnalysis &analysis) {
  Stretches found;
  KnownPredicates always;
  loop.getBody()->walk([&](Operation *op) {
    for (Value value : op->getResults()) {
      if (!isPredicate(value.getType()))
        continue;
      PredicateOverLoop where = analysis.classify(value, loop);
      LaneClass overall = where.overall();
      if (overall != LaneClass::Mixed && where.obligations.empty()) {
        always[value] = overall == LaneClass::AllTrue;
        continue;
      }
      SmallVector<Segment, 5> segments = where.segments();
      if (segments.size() < 2)
        continue;
      if (segments.front().lanes != LaneClass::Mixed)
        addTo(found.leading, segments[1].begin, value, where,
              segments.front().lanes);
      if (segments.back().lanes != LaneClass::Mixed)
        addTo(found.trailing, segments.back().begin, value, where,
              segments.back().lanes);
    }
  });
  for (auto *stretches : {&found.leading, &found.trailing}) {
    if (stretches->size() > maxStretches)
      stretches->resize(maxStretches);
    addJoint(*stretches, stretches == &found.leading);
    llvm::stable_sort(*stretches, [](const Stretch &a, const Stretch &b) {
      return a.hasAllFalse > b.hasAllFalse;
    });
    for (Stretch &stretch : *stretches)
      stretch.known.insert_range(always);
  }
  return found;
}

//===----------------------------------------------------------------------===//
// Whether there is anything to skip
//===----------------------------------------------------------------------===//

/// Bounds of integers as they are mostly: as if nothing wrapped around. Good
/// for guesses.
class Guess {
public:
  /// A bound of `expr`, or none.
  static std::optional<Integer> bound(LinearExpr expr, bool upper,
                                      unsigned depth = 24);
};

Value operandOf(Value value, unsigned index) {
  return value.getDefiningOp()->getOperand(index);
}

std::optional<Integer> constantOf(Value value) {
  APInt bits;
  if (matchPattern(value, m_ConstantInt(&bits)))
    return Integer(bits.getSExtValue());
  return std::nullopt;
}

LinearExpr linearOf(Value value) {
  if (std::optional<Integer> constant = constantOf(value))
    return LinearExpr(*constant);
  return LinearExpr(Symbol{value, SymbolKind::Signed});
}

std::optional<Integer> Guess::bound(LinearExpr expr, bool upper,
                                    unsigned depth) {
  if (expr.isConstant())
    return expr.constant();
  if (depth == 0)
    return std::nullopt;
  // Sums and products first: what is left may cancel.
  for (const LinearExpr::Term &term : expr.terms()) {
    Value value = term.symbol.value;
    Operation *op = value.getDefiningOp();
    auto with = [&](const LinearExpr &replacement) {
      return bound(expr.substitute(term.symbol, replacement), upper, depth - 1);
    };
    if (isa_and_nonnull<arith::AddIOp>(op))
      return with(linearOf(operandOf(value, 0)) +
                  linearOf(operandOf(value, 1)));
    if (isa_and_nonnull<arith::SubIOp>(op))
      return with(linearOf(operandOf(value, 0)) -
                  linearOf(operandOf(value, 1)));
    if (isa_and_nonnull<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
            op))
      return with(linearOf(operandOf(value, 0)));
    if (isa_and_nonnull<arith::MulIOp>(op))
      if (auto factor = constantOf(operandOf(value, 1)))
        return with(linearOf(operandOf(value, 0)).scaled(*factor));
  }
  for (const LinearExpr::Term &term : expr.terms()) {
    Value value = term.symbol.value;
    Operation *op = value.getDefiningOp();
    bool wantsUpper = (term.coefficient > 0) == upper;
    auto with = [&](const LinearExpr &replacement) {
      return bound(expr.substitute(term.symbol, replacement), upper, depth - 1);
    };
    if (isa_and_nonnull<arith::MinSIOp, arith::MaxSIOp>(op)) {
      auto a = with(linearOf(operandOf(value, 0)));
      auto b = with(linearOf(operandOf(value, 1)));
      // One of the two bounds a minimum from above, both do from below.
      bool oneIsEnough = isa<arith::MinSIOp>(op) == wantsUpper;
      if (!a || !b)
        return oneIsEnough ? (a ? a : b) : std::nullopt;
      return oneIsEnough == upper ? std::min(*a, *b) : std::max(*a, *b);
    }
    // x / c * c lies between x - c + 1 and x.
    if (isa_and_nonnull<arith::DivSIOp>(op))
      if (auto divisor = constantOf(operandOf(value, 1));
          divisor && *divisor > 0 && mod(term.coefficient, *divisor) == 0) {
        Integer times = floorDiv(term.coefficient, *divisor);
        LinearExpr rest =
            expr - LinearExpr(term.symbol).scaled(term.coefficient);
        LinearExpr dividend = linearOf(operandOf(value, 0)) +
                              (wantsUpper ? Integer(0) : Integer(1) - *divisor);
        return bound(rest + dividend.scaled(times), upper, depth - 1);
      }
  }
  return std::nullopt;
}

/// `expr` as floor(result.first / result.second), if it is one quotient.
std::optional<std::pair<LinearExpr, Integer>>
quotientOf(const ScalarExpr &expr) {
  using Kind = ScalarExpr::Kind;
  switch (expr.kind()) {
  case Kind::Linear:
    return std::pair(expr.linear(), Integer(1));
  case Kind::FloorDiv:
  case Kind::CeilDiv: {
    const ScalarExpr &dividend = expr.operands()[0];
    if (dividend.kind() != Kind::Linear)
      return std::nullopt;
    Integer up = expr.kind() == Kind::CeilDiv ? expr.factor() - 1 : Integer(0);
    return std::pair(dividend.linear() + up, expr.factor());
  }
  case Kind::Sum: {
    auto quotient = quotientOf(expr.operands()[0]);
    auto added = expr.operands()[1].constantValue();
    if (!quotient || !added)
      return std::nullopt;
    quotient->first = quotient->first + *added * quotient->second;
    return quotient;
  }
  default:
    return std::nullopt;
  }
}

/// Whether cutting at `cut` leaves out no iteration, as far as can be told.
/// Minima and maxima are of what may be cut: any of a minimum will do for
/// leading iterations, any of a maximum for trailing ones.
bool isIdle(const ScalarExpr &cut, scf::ForOp loop, bool isLeading,
            unsigned kept, const Integer &step) {
  using Kind = ScalarExpr::Kind;
  if (cut.kind() == Kind::Min || cut.kind() == Kind::Max) {
    auto isOneIdle = [&](const ScalarExpr &one) {
      return isIdle(one, loop, isLeading, kept, step);
    };
    return (cut.kind() == Kind::Min) == isLeading
               ? llvm::any_of(cut.operands(), isOneIdle)
               : llvm::all_of(cut.operands(), isOneIdle);
  }
  auto quotient = quotientOf(cut);
  if (!quotient)
    return false;
  const auto &[dividend, divisor] = *quotient;
  if (isLeading) {
    // floor(e / d) <= 0 where e < d.
    auto most = Guess::bound(dividend, /*upper=*/true);
    return most && *most < divisor;
  }
  // The same quotient, as a ceiling of the bound itself.
  Operation *end = loop.getUpperBound().getDefiningOp();
  if (step == 1 && isa_and_nonnull<arith::DivSIOp>(end) &&
      constantOf(loop.getLowerBound()) == Integer(0) &&
      constantOf(end->getOperand(1)) == divisor) {
    auto least = Guess::bound(dividend + Integer(kept) * divisor -
                                  linearOf(end->getOperand(0)),
                              /*upper=*/false);
    if (least && *least >= 0)
      return true;
  }
  // lower + step * (floor(e / d) + kept) >= upper where
  // d * lower + step * (e - d + 1 + kept * d) >= d * upper.
  LinearExpr first =
      dividend + (Integer(1) - divisor + Integer(kept) * divisor);
  LinearExpr distance = linearOf(loop.getLowerBound()).scaled(divisor) +
                        first.scaled(step) -
                        linearOf(loop.getUpperBound()).scaled(divisor);
  auto least = Guess::bound(distance, /*upper=*/false);
  return least && *least >= 0;
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// Whether other bounds leave all iterations rounded as stock's are. What is
/// contracted does not change within an iteration; across iterations that are
/// unrolled, and where masks are known in those, it can.
class Rounded {
public:
  Rounded(scf::ForOp loop, AffineAnalysis &analysis, const Request &request)
      : loop(loop), analysis(analysis), contracts(request.enableFpFusion()),
        threads(32 * request.integer("num_warps").value_or(32)) {}

  bool isKept() {
    return !contracts || (!carriesProduct() && !decidesProducts() &&
                          !(isShort() && masksProducts()));
  }

private:
  static bool isFloat(Type type) {
    return isa<FloatType>(getElementTypeOrSelf(type));
  }

  /// A product that one iteration hands to the next is contracted there where
  /// the two are unrolled together.
  bool carriesProduct() {
    return llvm::any_of(loop.getYieldedValues(), [](Value yielded) {
      return isFloat(yielded.getType()) && mayBeProduct(yielded);
    });
  }

  /// Scalar conditions on the counter: what the bounds say of them may be more
  /// or less than before.
  bool decidesProducts() {
    WalkResult walk = loop.getBody()->walk([&](Operation *op) {
      Value condition = conditionOf(op);
      if (!condition || isa<ShapedType>(rootOf(condition).getType()) ||
          analysis.isInvariant(condition, loop))
        return WalkResult::advance();
      bool isPlain = llvm::none_of(op->getResults(), [](Value result) {
        return isFloat(result.getType()) && mayBeProduct(result);
      });
      for (Region &region : op->getRegions())
        region.walk([&](Operation *inner) {
          for (Value operand : inner->getOperands())
            isPlain &=
                op->isAncestor(operand.getParentBlock()->getParentOp()) ||
                loop.isDefinedOutsideOfLoop(operand) ||
                !isFloat(operand.getType()) || !mayBeProduct(operand);
        });
      return isPlain ? WalkResult::advance() : WalkResult::interrupt();
    });
    return walk.wasInterrupted();
  }

  /// Whether some select keeps a product apart from what uses it.
  bool masksProducts() {
    return loop.getBody()
        ->walk([](arith::SelectOp select) {
          return isFloat(select.getType()) && mayBeProduct(select.getResult())
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  }

  /// Whether stock's compiler may unroll the loop as a whole, or peel off
  /// iterations at a constant distance from the first: LLVM does up to a size
  /// of 1200, and of 150.
  bool isShort() {
    constexpr int64_t few = 4096;
    int64_t size = 0;
    loop.getBody()->walk([&](Operation *op) {
      if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
          op->getNumResults() != 1)
        return;
      auto tensor = dyn_cast<RankedTensorType>(op->getResult(0).getType());
      size += tensor ? tensor.getNumElements() / threads : 1;
    });
    Interval lower = *analysis.rangeOf(loop.getLowerBound());
    Interval upper = *analysis.rangeOf(loop.getUpperBound());
    Integer trips =
        ceilDiv(upper.hi - lower.lo, Integer(*analysis.constantStep(loop)));
    if (trips <= few && Integer(size) * trips <= 1200)
      return true;
    bool isPeeled = false;
    loop.getBody()->walk([&](arith::CmpIOp compare) {
      for (const Segment &segment :
           llvm::drop_begin(analysis.classify(compare, loop).segments()))
        if (auto begin = segment.begin.constantValue())
          isPeeled |= *begin <= few;
    });
    return isPeeled && size <= 150;
  }

  scf::ForOp loop;
  AffineAnalysis &analysis;
  bool contracts;
  int64_t threads;
};

//===----------------------------------------------------------------------===//
// One loop
//===----------------------------------------------------------------------===//

class LoopShortener {
public:
  LoopShortener(scf::ForOp loop, AffineAnalysis &analysis,
                SkippedIterations::Assumptions assumptions, LoopBoundsEnds ends)
      : loop(loop), analysis(analysis), skipped(loop, analysis, assumptions),
        ends(ends), step(*analysis.constantStep(loop)) {}

  /// Finds what can be left out, or says why nothing can.
  std::optional<Reason> prepare();
  /// Leaves it out, and says what.
  std::string apply();

private:
  struct Skip {
    Stretch stretch;
    SkippedIterations::Proof proof;
  };

  bool wants(bool isLeading) const;
  std::optional<Skip> choose(ArrayRef<Stretch> stretches, bool isLeading);
  Reason whyNot() const;
  bool canAdvance(const Skip &skip, bool isLeading);
  Value materialize(OpBuilder &builder, const Skip &skip, bool isLeading);
  void skipTrailing();
  void skipLeading();
  Value iterationsBefore(OpBuilder &builder, Value lower, Value cut);
  Value advanced(OpBuilder &builder, Value init, Value amount, Value count);

  scf::ForOp loop;
  AffineAnalysis &analysis;
  SkippedIterations skipped;
  LoopBoundsEnds ends;
  Integer step;
  std::optional<Skip> leading, trailing;
  Reason reason{"never-all-false",
                "no mask is all false over leading or trailing iterations",
                nullptr};
  /// Clones of what the amounts are computed from, in front of the loop.
  IRMapping clones;
};

bool LoopShortener::wants(bool isLeading) const {
  return ends == LoopBoundsEnds::Both ||
         (ends == LoopBoundsEnds::Leading) == isLeading;
}

/// Why the last proof failed.
Reason LoopShortener::whyNot() const {
  using Obstacle = SkippedIterations::Obstacle;
  Operation *at = skipped.obstacleAt();
  switch (skipped.obstacle()) {
  case Obstacle::Effect:
    return {"has-effects",
            "this does more than to compute and to read, and is not masked",
            at};
  case Obstacle::NeedsFinite:
    return {"values-may-be-infinite",
            "adds zero times values that may be NaN or infinite: see "
            "`assume-finite-values`",
            at};
  case Obstacle::FiniteFill:
    return {"finite-fill",
            "what it puts in place of masked values is not -inf: see "
            "`assume-finite-fill`",
            at};
  case Obstacle::BecomesNaN:
    return {"becomes-nan", "this is NaN once an iteration is masked", at};
  case Obstacle::StateChanges:
  case Obstacle::None:
    return {"state-changes", "this changes although all is masked", at};
  }
  llvm_unreachable("all obstacles are listed");
}

/// Advancing takes a number of iterations in 64 bits.
bool LoopShortener::canAdvance(const Skip &skip, bool isLeading) {
  Type type = loop.getInductionVar().getType();
  bool isNarrow = type.isInteger() && type.getIntOrFloatBitWidth() <= 32;
  for (unsigned i = 0; i != loop.getNumRegionIterArgs(); ++i)
    if (skipped.amountOf(i) && !isNarrow &&
        (isLeading || !loop.getResult(i).use_empty()))
      return false;
  return true;
}

std::optional<LoopShortener::Skip>
LoopShortener::choose(ArrayRef<Stretch> stretches, bool isLeading) {
  for (const Stretch &stretch : stretches) {
    if (isIdle(stretch.cut, loop, isLeading, /*kept=*/0, step)) {
      if (reason.id == "never-all-false")
        reason = {"nothing-to-skip",
                  "its bounds leave out already what is masked", loop};
      continue;
    }
    auto proof = isLeading ? skipped.proveLeading(stretch.known)
                           : skipped.proveTrailing(stretch.known);
    if (!proof) {
      bool isNews = reason.id == "never-all-false" ||
                    reason.id == "nothing-to-skip" ||
                    reason.id == "state-changes";
      if (stretch.hasAllFalse && isNews)
        reason = whyNot();
      continue;
    }
    if (isIdle(stretch.cut, loop, isLeading, proof->kept, step)) {
      reason = {"nothing-to-skip",
                "its bounds leave out already what is masked", loop};
      continue;
    }
    Skip skip{stretch, *proof};
    if (canAdvance(skip, isLeading))
      return skip;
    reason = {"carried-too-wide",
              "what it carries along advances with a 64-bit counter", loop};
  }
  return std::nullopt;
}

std::optional<Reason> LoopShortener::prepare() {
  reason.at = loop;
  // Other bounds can tell more about the other end: once is enough.
  if (AffineAnalysis::isCut(loop.getLowerBound()) ||
      AffineAnalysis::isCut(loop.getUpperBound()))
    return Reason{"already-shortened", "the loop has been shortened before",
                  loop};
  Stretches stretches = findStretches(loop, analysis);
  if (wants(true))
    leading = choose(stretches.leading, /*isLeading=*/true);
  if (wants(false))
    trailing = choose(stretches.trailing, /*isLeading=*/false);
  if (leading || trailing)
    return std::nullopt;
  return reason;
}

//===----------------------------------------------------------------------===//
// New bounds
//===----------------------------------------------------------------------===//

/// The cut as a bound of the loop; where it is not proved to hold, the bound
/// that there is.
Value LoopShortener::materialize(OpBuilder &builder, const Skip &skip,
                                 bool isLeading) {
  using Fallback = AffineAnalysis::CutFallback;
  Location loc = loop.getLoc();
  Value guard =
      analysis.materializeGuard(builder, loc, skip.stretch.obligations, loop);
  auto require = [&](arith::CmpFPredicate predicate, Value value,
                     const APFloat &limit) {
    Value bound = arith::ConstantOp::create(
        builder, loc, FloatAttr::get(value.getType(), limit));
    Value holds = arith::CmpFOp::create(builder, loc, predicate, value, bound);
    guard = guard ? arith::AndIOp::create(builder, loc, guard, holds) : holds;
  };
  for (Value value : skip.proof.positives) {
    const auto &semantics =
        cast<FloatType>(value.getType()).getFloatSemantics();
    require(arith::CmpFPredicate::OGT, value, APFloat::getZero(semantics));
    require(arith::CmpFPredicate::OLT, value, APFloat::getInf(semantics));
  }
  ScalarExpr cut = skip.stretch.cut;
  if (!isLeading && skip.proof.kept)
    cut = ScalarExpr::max(cut, ScalarExpr()) +
          ScalarExpr::constant(skip.proof.kept);
  return analysis.materializeCut(builder, loop, cut, guard,
                                 isLeading ? Fallback::LowerBound
                                           : Fallback::UpperBound);
}

Value widened(OpBuilder &builder, Location loc, Value value) {
  Type i64 = builder.getI64Type();
  return value.getType() == i64
             ? value
             : arith::ExtSIOp::create(builder, loc, i64, value);
}

/// How many iterations lie in [lower, cut), as i64; bounds of 32 bits at most.
Value LoopShortener::iterationsBefore(OpBuilder &builder, Value lower,
                                      Value cut) {
  Location loc = loop.getLoc();
  Value distance = arith::SubIOp::create(
      builder, loc, widened(builder, loc, cut), widened(builder, loc, lower));
  // A loop without iterations may end below where it begins.
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 64);
  distance = arith::MaxSIOp::create(builder, loc, distance, zero);
  if (step == 1)
    return distance;
  // Where nothing is left, the cut is the upper bound, on the grid or not.
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, loc, value, 64);
  };
  distance = arith::AddIOp::create(builder, loc, distance,
                                   constant(int64_t(step) - 1));
  return arith::DivUIOp::create(builder, loc, distance,
                                constant(int64_t(step)));
}

/// `init` after `count` iterations that add `amount`, modulo its width, which
/// for pointers is 64.
Value LoopShortener::advanced(OpBuilder &builder, Value init, Value amount,
                              Value count) {
  Location loc = loop.getLoc();
  bool isPointer = isa<tt::PointerType>(getElementTypeOrSelf(init.getType()));
  Type element =
      isPointer ? builder.getI64Type() : getElementTypeOrSelf(init.getType());
  Value times = count;
  if (element != times.getType())
    times = arith::TruncIOp::create(builder, loc, element, times);
  auto tensor = dyn_cast<RankedTensorType>(amount.getType());
  Type type = tensor ? Type(tensor.clone(element)) : element;
  if (tensor)
    times = tt::SplatOp::create(builder, loc, type, times);
  if (amount.getType() != type)
    amount = arith::ExtSIOp::create(builder, loc, type, amount);
  Value distance = arith::MulIOp::create(builder, loc, times, amount);
  if (isPointer)
    return tt::AddPtrOp::create(builder, loc, init.getType(), init, distance);
  return arith::AddIOp::create(builder, loc, init, distance);
}

void LoopShortener::skipTrailing() {
  OpBuilder builder(loop);
  // What is carried along ends where it ended.
  Value count;
  for (unsigned i = 0; i != loop.getNumRegionIterArgs(); ++i) {
    Value amount = skipped.amountOf(i);
    if (!amount || loop.getResult(i).use_empty())
      continue;
    if (!count)
      count = analysis.materialize(builder, loop.getLoc(),
                                   analysis.tripCount(loop), loop);
    loop.getResult(i).replaceAllUsesWith(
        advanced(builder, loop.getInitArgs()[i],
                 cloneInFront(builder, loop, amount, clones), count));
  }
  loop.setUpperBound(materialize(builder, *trailing, /*isLeading=*/false));
}

void LoopShortener::skipLeading() {
  OpBuilder builder(loop);
  Location loc = loop.getLoc();
  Value lower = loop.getLowerBound();
  Value cut = materialize(builder, *leading, /*isLeading=*/true);
  Value isSkipped, count;
  for (unsigned i = 0; i != loop.getNumRegionIterArgs(); ++i) {
    OpOperand &init = loop.getInitArgsMutable()[i];
    Type type = init.get().getType();
    if (Value amount = skipped.amountOf(i)) {
      if (!count)
        count = iterationsBefore(builder, lower, cut);
      init.set(advanced(builder, init.get(),
                        cloneInFront(builder, loop, amount, clones), count));
    } else if (TypedAttr element = leading->proof.state[i]) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      TypedAttr attr = element;
      if (tensor)
        attr = DenseElementsAttr::get(tensor, Attribute(element));
      Value settled = arith::ConstantOp::create(builder, loc, attr);
      if (!isSkipped)
        isSkipped = arith::CmpIOp::create(
            builder, loc, arith::CmpIPredicate::sgt, cut, lower);
      Value condition = isSkipped;
      if (tensor)
        condition = tt::SplatOp::create(
            builder, loc, tensor.clone(builder.getI1Type()), condition);
      init.set(arith::SelectOp::create(builder, loc, condition, settled,
                                       init.get()));
    }
  }
  loop.setLowerBound(cut);
}

std::string LoopShortener::apply() {
  // The trailing iterations first: leading ones are cut off where the loop then
  // ends at the latest.
  if (trailing)
    skipTrailing();
  if (leading)
    skipLeading();
  StringRef which = leading && trailing ? "leading and trailing"
                    : leading           ? "leading"
                                        : "trailing";
  return ("leaves out the masked " + which + " iterations").str();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class LoopBounds : public LoopBoundsBase<LoopBounds> {
public:
  using LoopBoundsBase::LoopBoundsBase;

  void runOnOperation() override {
    getOperation()->walk([&](FunctionOpInterface function) {
      changeLoops(
          function, [&](scf::ForOp loop) { return shorten(function, loop); },
          [&](Operation *at, const Reason &reason) { decline(at, reason); });
    });
  }

private:
  /// Shortens `loop`, or says why not.
  std::optional<Reason> shorten(FunctionOpInterface function, scf::ForOp loop) {
    AffineAnalysis analysis(function);
    if (!analysis.constantStep(loop))
      return Reason{"step-not-constant", "the step is not a positive constant",
                    loop};
    if (request().boolean("allow_flush_denorm").value_or(false))
      return Reason{"flushes-subnormals",
                    "what a product with 1 makes of a subnormal is open", loop};
    LoopShortener shortener(loop, analysis,
                            {assumeFiniteValues, assumeFiniteFill}, ends);
    if (std::optional<Reason> reason = shortener.prepare())
      return reason;
    if (!Rounded(loop, analysis, request()).isKept())
      return Reason{"rounding-not-kept",
                    "with other bounds, the compiler could round differently",
                    loop};
    fired(loop, shortener.apply());
    return std::nullopt;
  }
};

} // namespace
} // namespace triton_ext
