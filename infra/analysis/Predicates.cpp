//===- Predicates.cpp - all true, all false or mixed ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Every comparison becomes "D >= 0 in every lane" for a form D, the difference
// of the two sides in Z; the least lane decides "all true", the greatest one
// "any true". In a loop, D = d + c * number + lanes, and the iterations in
// which d + lanes >= -c * number are a half-line. Equality is the intersection
// of two half-lines, conjunction intersects, negation swaps the meaning.
//
// D is right only if both sides hold in Z. That is proved, or asked for at the
// first and last iteration by obligations.
//===----------------------------------------------------------------------===//

#include "AnalysisImpl.h"
#include "TensorOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace triton_ext {

using Impl = AffineAnalysis::Impl;

/// Deeper formulas than this are not looked at.
static constexpr unsigned maxDepth = 192;

//===----------------------------------------------------------------------===//
// Sets of iterations
//===----------------------------------------------------------------------===//

IterationRange IterationRange::intersect(const IterationRange &other) const {
  if (empty || other.empty)
    return none();
  auto merge = [](const std::optional<ScalarExpr> &a,
                  const std::optional<ScalarExpr> &b, auto pick) {
    if (!a || !b)
      return a ? a : b;
    return std::optional(pick(*a, *b));
  };
  return {merge(begin, other.begin, ScalarExpr::max),
          merge(end, other.end, ScalarExpr::min)};
}

/// What is not in `range`, where that is one stretch again.
static std::optional<IterationRange> complement(const IterationRange &range) {
  if (range.empty)
    return IterationRange::all();
  if (range.isAll())
    return IterationRange::none();
  if (range.begin && range.end)
    return std::nullopt;
  IterationRange rest;
  rest.begin = range.end;
  rest.end = range.begin;
  return rest;
}

/// Obligations of one expression are kept as one.
static void addObligation(SmallVectorImpl<Obligation> &all,
                          const Obligation &added) {
  for (Obligation &present : all) {
    if (present.expr != added.expr)
      continue;
    if (added.min)
      present.min =
          present.min ? std::max(*present.min, *added.min) : *added.min;
    if (added.max)
      present.max =
          present.max ? std::min(*present.max, *added.max) : *added.max;
    return;
  }
  all.push_back(added);
}

static PredicateOverLoop unknown(scf::ForOp loop) {
  PredicateOverLoop result;
  result.loop = loop;
  return result;
}

static PredicateOverLoop always(bool value, scf::ForOp loop) {
  PredicateOverLoop result;
  result.loop = loop;
  result.inside = result.possible =
      value ? IterationRange::all() : IterationRange::none();
  return result;
}

/// The same statement with outsideValue false, if it can be said so.
static PredicateOverLoop preferTrueInside(PredicateOverLoop p) {
  if (!p.outsideValue)
    return p;
  auto inside = complement(p.possible);
  auto possible = complement(p.inside);
  if (!inside || !possible)
    return p;
  p.outsideValue = false;
  p.inside = *inside;
  p.possible = *possible;
  return p;
}

static PredicateOverLoop negate(PredicateOverLoop p) {
  p.outsideValue = !p.outsideValue;
  return preferTrueInside(std::move(p));
}

static PredicateOverLoop conjunction(const PredicateOverLoop &a,
                                     const PredicateOverLoop &b) {
  // A set that is not one stretch is replaced by nothing, or by everything,
  // whichever is the safe side.
  for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (!one->obligations.empty())
      continue;
    if (one->overall() == LaneClass::AllFalse)
      return *one;
    if (one->overall() == LaneClass::AllTrue)
      return *other;
  }
  auto allTrue = [](const PredicateOverLoop &p) {
    return p.outsideValue
               ? complement(p.possible).value_or(IterationRange::none())
               : p.inside;
  };
  auto maybeTrue = [](const PredicateOverLoop &p) {
    return p.outsideValue ? complement(p.inside).value_or(IterationRange::all())
                          : p.possible;
  };
  PredicateOverLoop result = unknown(a.loop);
  result.inside = allTrue(a).intersect(allTrue(b));
  result.possible = maybeTrue(a).intersect(maybeTrue(b));
  result.obligations = a.obligations;
  for (const Obligation &obligation : b.obligations)
    addObligation(result.obligations, obligation);
  return result;
}

LaneClass PredicateOverLoop::overall() const {
  if (inside.isAll())
    return outsideValue ? LaneClass::AllFalse : LaneClass::AllTrue;
  if (possible.empty)
    return outsideValue ? LaneClass::AllTrue : LaneClass::AllFalse;
  return LaneClass::Mixed;
}

SmallVector<Segment, 5> PredicateOverLoop::segments() const {
  LaneClass in = outsideValue ? LaneClass::AllFalse : LaneClass::AllTrue;
  LaneClass out = outsideValue ? LaneClass::AllTrue : LaneClass::AllFalse;
  ScalarExpr zero;
  SmallVector<Segment, 5> result;
  // A segment that has the start of the one before it makes that one empty.
  auto append = [&](LaneClass lanes, const ScalarExpr &begin) {
    if (!result.empty() && result.back().begin == begin)
      result.pop_back();
    if (result.empty() || result.back().lanes != lanes)
      result.push_back({lanes, result.empty() ? zero : begin});
  };
  if (possible.empty || inside.isAll()) {
    append(possible.empty ? out : in, zero);
    return result;
  }

  // Starts are made nondecreasing: out | first | mixed | core | mixed | last.
  // Not below zero they are by what Segment::begin says.
  auto notBefore = [&](const ScalarExpr &x, const ScalarExpr &low) {
    return low == zero ? x : ScalarExpr::max(x, low);
  };
  append(out, zero);
  ScalarExpr first = possible.begin.value_or(zero);
  append(LaneClass::Mixed, first);
  std::optional<ScalarExpr> last;
  if (possible.end)
    last = notBefore(*possible.end, first);
  auto clamp = [&](const ScalarExpr &x, const ScalarExpr &low) {
    ScalarExpr high = notBefore(x, low);
    return last ? ScalarExpr::min(high, *last) : high;
  };
  if (!inside.empty) {
    ScalarExpr core = inside.begin ? clamp(*inside.begin, first) : first;
    append(in, core);
    if (inside.end && inside.end != possible.end)
      append(LaneClass::Mixed, clamp(*inside.end, core));
  }
  if (last)
    append(out, *last);
  return result;
}

//===----------------------------------------------------------------------===//
// Obligations
//===----------------------------------------------------------------------===//

/// Values beyond this are not let into computations without a test.
static Integer wideSymbolLimit() { return Integer(int64_t(1) << 48); }
static Integer computationLimit() { return Integer(int64_t(1) << 62); }

/// An upper bound of the absolute value of everything that is computed on the
/// way to `expr`, whatever the order of the additions.
static Integer magnitude(const ScalarExpr &expr,
                         llvm::function_ref<Interval(const Symbol &)> rangeOf) {
  auto absolute = [](const Integer &x) { return x < 0 ? -x : x; };
  if (expr.kind() == ScalarExpr::Kind::Linear) {
    Integer sum = absolute(expr.linear().constant());
    for (const LinearExpr::Term &term : expr.linear().terms()) {
      Interval range = rangeOf(term.symbol);
      sum += absolute(term.coefficient) *
             std::max(absolute(range.lo), absolute(range.hi));
    }
    return sum;
  }
  Integer sum(0);
  for (const ScalarExpr &operand : expr.operands())
    sum += magnitude(operand, rangeOf);
  switch (expr.kind()) {
  case ScalarExpr::Kind::Scale:
    return sum * absolute(expr.factor());
  case ScalarExpr::Kind::FloorDiv:
  case ScalarExpr::Kind::CeilDiv:
    return sum + expr.factor();
  default:
    return sum;
  }
}

bool Impl::makeComputable(const ScalarExpr &expr,
                          SmallVectorImpl<Obligation> &obligations) {
  auto known = [&](const Symbol &symbol) { return rangeOf(symbol); };
  if (magnitude(expr, known) < computationLimit())
    return true;
  Integer limit = wideSymbolLimit();
  auto limitOf = [&](const Symbol &symbol) {
    Integer low = symbol.kind == SymbolKind::Unsigned ? Integer(0) : -limit;
    return Interval{low, limit};
  };
  auto limited = [&](const Symbol &symbol) {
    return rangeOf(symbol).intersect(limitOf(symbol));
  };
  if (magnitude(expr, limited) >= computationLimit())
    return false;
  expr.walkSymbols([&](const Symbol &symbol) {
    Interval allowed = limitOf(symbol);
    if (!allowed.contains(rangeOf(symbol)))
      addObligation(obligations, {LinearExpr(symbol), allowed.lo, allowed.hi});
  });
  return true;
}

std::optional<LinearExpr> Impl::eliminate(LinearExpr expr, scf::ForOp loop,
                                          bool lower) {
  auto isUsable = [&](const Symbol &symbol) {
    if (symbol.kind == SymbolKind::Iteration)
      return symbol.value == loop.getInductionVar();
    return !isa<ShapedType>(symbol.value.getType()) &&
           isInvariant(symbol.value, loop);
  };
  while (true) {
    // Inner loops first: their bounds may speak of outer ones.
    const LinearExpr::Term *next = nullptr;
    unsigned nextDepth = 0;
    for (const LinearExpr::Term &term : expr.terms()) {
      if (isUsable(term.symbol))
        continue;
      unsigned depth = 1;
      if (scf::ForOp inner = loopOfInductionVar(term.symbol.value))
        for (Operation *op = inner; op; op = op->getParentOp())
          ++depth;
      if (depth > nextDepth) {
        next = &term;
        nextDepth = depth;
      }
    }
    if (!next)
      return expr;
    Symbol symbol = next->symbol;
    bool wantLow = (next->coefficient > 0) == lower;
    scf::ForOp inner = loopOfInductionVar(symbol.value);
    if (inner && inner != loop && symbol.kind == SymbolKind::Signed &&
        countsUp(inner)) {
      const AffineForm &bound =
          formOf(wantLow ? inner.getLowerBound() : inner.getUpperBound(), loop);
      if (bound.exact && bound.conditions.empty()) {
        Integer offset = wantLow ? Integer(0) : -distanceToUpperBound(inner);
        expr = expr.substitute(symbol, bound.base + offset);
        continue;
      }
    }
    Interval range = rangeOf(symbol);
    expr = expr.substitute(symbol, LinearExpr(wantLow ? range.lo : range.hi));
  }
}

/// Asks for min <= expr, or expr <= max, in all iterations of the loop.
bool Impl::dischargeSide(const LinearExpr &expr, std::optional<Integer> min,
                         std::optional<Integer> max, scf::ForOp loop,
                         SmallVectorImpl<Obligation> &obligations) {
  std::optional<LinearExpr> extreme =
      eliminate(expr, loop, /*lower=*/min.has_value());
  if (!extreme)
    return false;
  Symbol number{loop.getInductionVar(), SymbolKind::Iteration};
  Integer slope = extreme->coefficientOf(number);
  LinearExpr rest = *extreme - LinearExpr(number).scaled(slope);
  ScalarExpr worst = rest;
  bool worstIsLast = min ? slope < 0 : slope > 0;
  if (worstIsLast) {
    Integer step(*constantStep(loop));
    LinearExpr span = formOf(loop.getUpperBound(), {}).base -
                      formOf(loop.getLowerBound(), {}).base;
    // lb + step * number <= ub - distance
    if (mod(slope, step) == 0)
      worst =
          rest +
          (span + -distanceToUpperBound(loop)).scaled(floorDiv(slope, step));
    else
      worst = ScalarExpr(rest + -slope) +
              ScalarExpr(span).ceilDiv(step).scaled(slope);
  }
  Interval range =
      worst.kind() == ScalarExpr::Kind::Linear
          ? boundsOf(worst.linear())
          : worst.range([&](const Symbol &s) { return rangeOf(s); });
  if ((min && range.lo >= *min) || (max && range.hi <= *max))
    return true;
  if ((min && range.hi < *min) || (max && range.lo > *max))
    return false;
  addObligation(obligations, {worst, min, max});
  return makeComputable(worst, obligations);
}

bool Impl::discharge(const AffineForm::Condition &condition, scf::ForOp loop,
                     SmallVectorImpl<Obligation> &obligations) {
  Integer min = condition.min - condition.laneMin;
  Integer max = condition.max - condition.laneMax;
  if (min > max)
    return false;
  Interval bounds = boundsOf(condition.expr);
  bool lowHolds = bounds.lo >= min, highHolds = bounds.hi <= max;
  if (lowHolds && highHolds)
    return true;
  if (!loop || !constantStep(loop))
    return false;
  return (lowHolds || dischargeSide(condition.expr, min, std::nullopt, loop,
                                    obligations)) &&
         (highHolds ||
          dischargeSide(condition.expr, std::nullopt, max, loop, obligations));
}

/// Asks for all that makes the form hold in Z and lie in `allowed`.
bool Impl::dischargeAll(const AffineForm &form, const Interval &allowed,
                        scf::ForOp loop,
                        SmallVectorImpl<Obligation> &obligations) {
  Interval lanes = form.laneRange();
  AffineForm::Condition own{form.base, lanes.lo, lanes.hi, allowed.lo,
                            allowed.hi};
  return llvm::all_of(form.conditions,
                      [&](const AffineForm::Condition &condition) {
                        return discharge(condition, loop, obligations);
                      }) &&
         discharge(own, loop, obligations);
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

ScalarExpr Impl::tripCount(scf::ForOp loop) {
  LinearExpr span = formOf(loop.getUpperBound(), {}).base -
                    formOf(loop.getLowerBound(), {}).base;
  return ScalarExpr::max(ScalarExpr(span).ceilDiv(Integer(*constantStep(loop))),
                         ScalarExpr());
}

/// The iterations with expr >= 0, where that depends on the iteration number
/// alone; nullopt if it hangs on anything else.
std::optional<IterationRange> Impl::solve(const LinearExpr &expr,
                                          scf::ForOp loop) {
  Interval bounds = boundsOf(expr);
  if (bounds.lo >= 0)
    return IterationRange::all();
  if (bounds.hi < 0)
    return IterationRange::none();
  if (!loop)
    return std::nullopt;
  Symbol number{loop.getInductionVar(), SymbolKind::Iteration};
  Integer slope = expr.coefficientOf(number);
  LinearExpr rest = expr - LinearExpr(number).scaled(slope);
  IterationRange range;
  if (slope == 0)
    return std::nullopt;
  if (slope > 0)
    range.begin = ScalarExpr(rest.scaled(Integer(-1))).ceilDiv(slope);
  else
    range.end = ScalarExpr(rest).floorDiv(-slope) + ScalarExpr::constant(1);
  simplify(range, loop);
  return range;
}

/// Drops what the possible iteration numbers decide.
void Impl::simplify(IterationRange &range, scf::ForOp loop) {
  Integer trips = maxTripCount(loop);
  auto rangeOfExpr = [&](const ScalarExpr &expr) {
    return expr.range([&](const Symbol &s) { return rangeOf(s); });
  };
  if (range.begin) {
    Interval begin = rangeOfExpr(*range.begin);
    if (begin.lo >= trips)
      range = IterationRange::none();
    else if (begin.hi <= 0)
      range.begin.reset();
  }
  if (range.end) {
    Interval end = rangeOfExpr(*range.end);
    if (end.hi <= 0)
      range = IterationRange::none();
    else if (end.lo >= trips)
      range.end.reset();
  }
}

PredicateOverLoop Impl::atLeastZero(const AffineForm &difference,
                                    scf::ForOp loop) {
  Interval lanes = difference.laneRange();
  LinearExpr least = difference.base + lanes.lo;
  LinearExpr greatest = difference.base + lanes.hi;
  PredicateOverLoop result = unknown(loop);
  auto decide = [&](const LinearExpr &expr, bool lower) {
    // As it stands first: replacing symbols by bounds loses what cancels.
    if (auto decided = solve(expr, {}))
      return decided;
    if (!loop || !constantStep(loop))
      return std::optional<IterationRange>();
    auto extreme = eliminate(expr, loop, lower);
    return extreme ? solve(*extreme, loop) : std::nullopt;
  };
  result.inside = decide(least, true).value_or(IterationRange::none());
  result.possible = decide(greatest, false).value_or(IterationRange::all());

  // Every bound ends up as lb + step * bound.
  for (const IterationRange *range : {&result.inside, &result.possible})
    for (const std::optional<ScalarExpr> &bound : {range->begin, range->end}) {
      if (!bound)
        continue;
      ScalarExpr cut = ScalarExpr(formOf(loop.getLowerBound(), {}).base) +
                       bound->scaled(Integer(*constantStep(loop)));
      ScalarExpr end(formOf(loop.getUpperBound(), {}).base);
      if (!makeComputable(cut, result.obligations) ||
          !makeComputable(end, result.obligations))
        return unknown(loop);
    }
  return result;
}

static AffineForm subtract(const AffineForm &a, const AffineForm &b) {
  AffineForm difference = a;
  difference.base = a.base - b.base;
  for (auto [mine, other] : llvm::zip_equal(difference.strides, b.strides))
    mine -= other;
  return difference;
}

static AffineForm minusOne(AffineForm form) {
  form.base = form.base + Integer(-1);
  return form;
}

static bool comparesUnsigned(arith::CmpIPredicate predicate) {
  using P = arith::CmpIPredicate;
  return predicate == P::ult || predicate == P::ule || predicate == P::ugt ||
         predicate == P::uge;
}

/// What is not negative where the comparison holds; null for (in)equality.
static std::optional<AffineForm> ordering(arith::CmpIPredicate predicate,
                                          const AffineForm &lhs,
                                          const AffineForm &rhs) {
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::sge:
  case P::uge:
    return subtract(lhs, rhs);
  case P::sgt:
  case P::ugt:
    return minusOne(subtract(lhs, rhs));
  case P::sle:
  case P::ule:
    return subtract(rhs, lhs);
  case P::slt:
  case P::ult:
    return minusOne(subtract(rhs, lhs));
  case P::eq:
  case P::ne:
    return std::nullopt;
  }
  llvm_unreachable("all predicates are listed");
}

/// `predicate != 0` for comparisons of an i1, or of an extension of one, with a
/// constant: +1 for the i1 itself, -1 for its negation, 0 for neither.
static int readAsTruth(arith::CmpIOp compare, Value &truth) {
  using P = arith::CmpIPredicate;
  P predicate = compare.getPredicate();
  if (predicate != P::eq && predicate != P::ne)
    return 0;
  truth = compare.getLhs();
  if (isa_and_nonnull<arith::ExtUIOp, arith::ExtSIOp>(truth.getDefiningOp()))
    truth = truth.getDefiningOp()->getOperand(0);
  if (!getElementTypeOrSelf(truth.getType()).isInteger(1))
    return 0;
  bool isZero = matchPattern(compare.getRhs(), m_Zero());
  // True is 1 in an i1 only; extensions are compared with zero.
  bool isOne =
      truth == compare.getLhs() && matchPattern(compare.getRhs(), m_NonZero());
  if (!isZero && !isOne)
    return 0;
  return (predicate == P::ne) == isZero ? 1 : -1;
}

PredicateOverLoop Impl::compare(Operation *op, scf::ForOp loop) {
  using P = arith::CmpIPredicate;
  auto compare = cast<arith::CmpIOp>(op);
  Value truth;
  if (int sign = readAsTruth(compare, truth)) {
    const PredicateOverLoop &inner = classify(truth, loop);
    return sign > 0 ? inner : negate(inner);
  }
  std::optional<unsigned> width = integerWidth(compare.getLhs().getType());
  if (!width || *width == 1)
    return unknown(loop);

  P predicate = compare.getPredicate();
  bool isUnsigned = comparesUnsigned(predicate);
  AffineForm lhs = formOf(compare.getLhs(), loop);
  AffineForm rhs = formOf(compare.getRhs(), loop);
  SmallVector<Obligation, 2> obligations;
  for (AffineForm *side : {&lhs, &rhs}) {
    if (isUnsigned && readUnsigned(*side))
      continue;
    Interval allowed = isUnsigned ? Interval::unsignedRange(*width)
                                  : Interval::signedRange(*width);
    if (side->exact && !isUnsigned && side->conditions.empty())
      continue;
    if (!dischargeAll(*side, allowed, loop, obligations))
      return unknown(loop);
  }

  PredicateOverLoop result;
  if (std::optional<AffineForm> difference = ordering(predicate, lhs, rhs)) {
    result = atLeastZero(*difference, loop);
  } else {
    result = conjunction(atLeastZero(subtract(lhs, rhs), loop),
                         atLeastZero(subtract(rhs, lhs), loop));
    if (predicate == P::ne)
      result = negate(result);
  }
  for (const Obligation &obligation : obligations)
    addObligation(result.obligations, obligation);
  return result;
}

//===----------------------------------------------------------------------===//
// What to test at run time
//===----------------------------------------------------------------------===//

std::optional<Multiple> Impl::alignmentOf(Operation *op, scf::ForOp loop) {
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare || !constantStep(loop) ||
      integerWidth(compare.getLhs().getType()).value_or(1) == 1)
    return std::nullopt;
  std::optional<AffineForm> difference =
      ordering(compare.getPredicate(), formOf(compare.getLhs(), loop),
               formOf(compare.getRhs(), loop));
  if (!difference)
    return std::nullopt;
  std::optional<LinearExpr> least =
      eliminate(difference->base + difference->laneRange().lo, loop,
                /*lower=*/true);
  Symbol number{loop.getInductionVar(), SymbolKind::Iteration};
  if (!least || least->coefficientOf(number) >= -1)
    return std::nullopt;
  // What is a multiple anyway does not matter.
  Integer divisor = -least->coefficientOf(number);
  LinearExpr rest(mod(least->constant(), divisor));
  for (const LinearExpr::Term &term : least->terms())
    if (mod(term.coefficient, divisor) != 0)
      rest = rest + LinearExpr(term.symbol).scaled(term.coefficient);
  SmallVector<Obligation, 2> obligations;
  if (rest.isConstant() || !makeComputable(rest, obligations) ||
      !obligations.empty())
    return std::nullopt;
  return Multiple{rest, divisor};
}

/// Asks for min <= expr <= max.
bool Impl::holdsIf(const LinearExpr &expr, std::optional<Integer> min,
                   std::optional<Integer> max, Operation *before,
                   SmallVectorImpl<Obligation> &obligations) {
  Interval bounds = boundsOf(expr);
  if ((min && bounds.hi < *min) || (max && bounds.lo > *max))
    return false;
  if (min && bounds.lo >= *min)
    min.reset();
  if (max && bounds.hi <= *max)
    max.reset();
  if (!min && !max)
    return true;
  for (const LinearExpr::Term &term : expr.terms())
    if (term.symbol.kind == SymbolKind::Iteration ||
        isa<ShapedType>(term.symbol.value.getType()) ||
        !canStandBefore(term.symbol.value, before))
      return false;
  addObligation(obligations, {expr, min, max});
  return makeComputable(expr, obligations);
}

bool Impl::compareHoldsIf(Operation *op, Operation *before,
                          SmallVectorImpl<Obligation> &obligations) {
  auto compare = cast<arith::CmpIOp>(op);
  std::optional<unsigned> width = integerWidth(compare.getLhs().getType());
  if (!width || *width == 1)
    return false;
  bool isUnsigned = comparesUnsigned(compare.getPredicate());
  Interval allowed = isUnsigned ? Interval::unsignedRange(*width)
                                : Interval::signedRange(*width);
  AffineForm lhs = formOf(compare.getLhs(), {});
  AffineForm rhs = formOf(compare.getRhs(), {});
  for (AffineForm *side : {&lhs, &rhs}) {
    if ((isUnsigned && readUnsigned(*side)) ||
        (!isUnsigned && side->exact && side->conditions.empty()))
      continue;
    Interval lanes = side->laneRange();
    for (const AffineForm::Condition &condition : side->conditions)
      if (!holdsIf(condition.expr, condition.min - condition.laneMin,
                   condition.max - condition.laneMax, before, obligations))
        return false;
    if (!holdsIf(side->base, allowed.lo - lanes.lo, allowed.hi - lanes.hi,
                 before, obligations))
      return false;
  }
  std::optional<AffineForm> difference =
      ordering(compare.getPredicate(), lhs, rhs);
  return difference && holdsIf(difference->base + difference->laneRange().lo,
                               Integer(0), std::nullopt, before, obligations);
}

bool Impl::allTrueIf(Value predicate, Operation *before,
                     SmallVectorImpl<Obligation> &obligations) {
  if (integerWidth(predicate.getType()) != 1u)
    return false;
  if (auto constant = constantOf(predicate))
    return *constant != 0;
  Operation *op = predicate.getDefiningOp();
  if (!op || depth >= maxDepth)
    return false;
  auto follow = [&](Value value) {
    ++depth;
    bool result = allTrueIf(value, before, obligations);
    --depth;
    return result;
  };
  if (isa<arith::CmpIOp>(op))
    return compareHoldsIf(op, before, obligations);
  if (isa<arith::AndIOp>(op))
    return follow(op->getOperand(0)) && follow(op->getOperand(1));
  TensorOp tensorOp = matchTensorOp(op);
  return tensorOp.kind != TensorOp::None && tensorOp.source &&
         integerWidth(tensorOp.source.getType()) == 1u &&
         follow(tensorOp.source);
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

PredicateOverLoop Impl::classify(Value predicate, scf::ForOp loop) {
  ValueInLoop key(predicate, loop ? loop.getOperation() : nullptr);
  auto known = predicates.find(key);
  if (known != predicates.end())
    return known->second;
  if (depth >= maxDepth)
    return unknown(loop);
  ++depth;
  PredicateOverLoop result = compute(predicate, loop);
  --depth;
  predicates[key] = result;
  return result;
}

PredicateOverLoop Impl::compute(Value predicate, scf::ForOp loop) {
  if (integerWidth(predicate.getType()) != 1u)
    return unknown(loop);
  if (auto constant = constantOf(predicate))
    return always(*constant != 0, loop);
  Operation *op = predicate.getDefiningOp();
  if (!op)
    return unknown(loop);
  auto operand = [&](unsigned i) { return classify(op->getOperand(i), loop); };
  auto either = [&](const PredicateOverLoop &a, const PredicateOverLoop &b) {
    return negate(conjunction(negate(a), negate(b)));
  };

  if (isa<arith::CmpIOp>(op))
    return compare(op, loop);
  if (isa<arith::AndIOp>(op))
    return conjunction(operand(0), operand(1));
  if (isa<arith::OrIOp>(op))
    return either(operand(0), operand(1));
  if (isa<arith::XOrIOp>(op)) {
    for (auto [i, j] : {std::pair(0, 1), std::pair(1, 0)})
      if (auto constant = constantOf(op->getOperand(j)))
        return *constant == 0 ? operand(i) : negate(operand(i));
    return unknown(loop);
  }
  if (isa<arith::SelectOp>(op)) {
    PredicateOverLoop condition = operand(0);
    return either(conjunction(condition, operand(1)),
                  conjunction(negate(condition), operand(2)));
  }
  TensorOp tensorOp = matchTensorOp(op);
  if (tensorOp.kind != TensorOp::None && tensorOp.source &&
      integerWidth(tensorOp.source.getType()) == 1u)
    return classify(tensorOp.source, loop);
  return unknown(loop);
}

} // namespace triton_ext
