//===- Bounds.cpp - bounds of linear sums -----------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The least value of c0 + c1 * s1 + c2 * s2 + ... Taken as independent, the
// symbols give an interval. It gets better by replacing a symbol by a sum that
// bounds it, so that what the two have in common cancels: an induction variable
// by a bound of its loop, a quotient by what is divided, a minimum by one of
// its sides. Which replacement helps is found by trying, up to a budget. What
// comes back is rounded up to the residue class of the sum:
//
//   K - 64*i - 64, K a multiple of 64, i in [0, q), q = (K + 63) / 64
//     >= K - 64*q            i <= q - 1
//     >= K - (K + 63)        64*q <= K + 63, as q > 0 where the loop runs
//      = -63  ==>  0         a multiple of 64
//===----------------------------------------------------------------------===//

#include "AnalysisImpl.h"

using namespace mlir;

namespace triton_ext {

using Impl = AffineAnalysis::Impl;

/// How many sums one search looks at.
static constexpr unsigned searchBudget = 48;

static Integer absolute(const Integer &x) { return x < 0 ? -x : x; }

static Congruence congruenceOfTerms(const LinearExpr &expr, Impl &impl) {
  Congruence congruence = Congruence::constant(expr.constant());
  for (const LinearExpr::Term &term : expr.terms())
    congruence =
        congruence + impl.congruenceOf(term.symbol).scaled(term.coefficient);
  return congruence;
}

Congruence Impl::congruenceOf(const LinearExpr &expr) {
  Congruence best = congruenceOfTerms(expr, *this);
  for (const Multiple &known : assumedMultiples()) {
    // A sum of one symbol is among that symbol's facts, if it is of any use.
    if (best.modulus == 0 || known.expr.terms().empty() ||
        expr.coefficientOf(known.expr.terms()[0].symbol) == 0)
      continue;
    for (int sign : {1, -1}) {
      LinearExpr rest = expr - known.expr.scaled(Integer(sign));
      Congruence found = congruenceOfTerms(rest, *this) +
                         Congruence::make(known.divisor, Integer(0));
      if (found.modulus > best.modulus)
        best = found;
    }
  }
  return best;
}

Interval Impl::intervalOf(const LinearExpr &expr) {
  Interval range = Interval::point(expr.constant());
  for (const LinearExpr::Term &term : expr.terms())
    range = range + rangeOf(term.symbol).scaled(term.coefficient);
  Interval tight = congruenceOf(expr).tighten(range);
  return tight.isEmpty() ? range : tight;
}

Integer Impl::distanceToUpperBound(scf::ForOp loop) {
  std::optional<int64_t> step = constantStep(loop);
  if (!step)
    return Integer(1);
  // ub - iv is positive, and congruent to ub - lb modulo the step; there may be
  // hints about iv itself.
  LinearExpr upper = formOf(loop.getUpperBound(), {}).base;
  LinearExpr lower = formOf(loop.getLowerBound(), {}).base;
  Congruence grid = Congruence::make(Integer(*step), Integer(0)) +
                    congruenceOf(upper - lower);
  Congruence hinted =
      congruenceOf(upper - LinearExpr(Symbol{loop.getInductionVar()}));
  Integer distance(1);
  for (const Congruence &known : {grid, hinted})
    if (known.modulus != 0)
      distance = std::max(distance,
                          Integer(1) + mod(known.remainder - 1, known.modulus));
  return distance;
}

static unsigned loopDepth(scf::ForOp loop) {
  unsigned depth = 0;
  for (Operation *op = loop; op; op = op->getParentOp())
    ++depth;
  return depth;
}

/// The term whose symbol is the induction variable of the innermost loop.
static const LinearExpr::Term *innermostInductionVar(const LinearExpr &expr) {
  const LinearExpr::Term *innermost = nullptr;
  unsigned innermostDepth = 0;
  for (const LinearExpr::Term &term : expr.terms()) {
    scf::ForOp loop = loopOfInductionVar(term.symbol.value);
    if (!loop || term.symbol.kind == SymbolKind::Unsigned)
      continue;
    unsigned depth = loopDepth(loop);
    if (depth > innermostDepth) {
      innermost = &term;
      innermostDepth = depth;
    }
  }
  return innermost;
}

namespace {
/// Searches for a lower bound of one sum.
class LowerBound {
public:
  explicit LowerBound(Impl &impl) : impl(impl) {}

  Integer search(const LinearExpr &expr);

private:
  // Each of these raises `best` to what it finds.
  void tryInductionVar(const LinearExpr &expr, const LinearExpr::Term &term,
                       Integer &best);
  void tryRelations(const LinearExpr &expr, const LinearExpr::Term &term,
                    Integer &best);
  void tryAssumed(const LinearExpr &expr, Integer &best);
  /// `search` where moreover `fact` >= 0.
  Integer searchGiven(const LinearExpr &fact, const LinearExpr &expr);
  Integer leastOf(const Symbol &symbol, unsigned depth);
  bool contradicts(const Symbol &symbol, const LinearExpr &value);

  Impl &impl;
  unsigned budget = searchBudget;
  /// Sums known not to be negative on this path: loops run.
  SmallVector<LinearExpr> facts;
};
} // namespace

Integer LowerBound::search(const LinearExpr &expr) {
  Integer best = impl.intervalOf(expr).lo;
  if (expr.isConstant() || budget == 0)
    return best;
  --budget;
  if (const LinearExpr::Term *term = innermostInductionVar(expr))
    tryInductionVar(expr, *term, best);
  for (const LinearExpr::Term &term : expr.terms())
    tryRelations(expr, term, best);
  tryAssumed(expr, best);

  Congruence congruence = impl.congruenceOf(expr);
  if (congruence.modulus > 1)
    best += mod(congruence.remainder - best, congruence.modulus);
  return best;
}

Integer LowerBound::searchGiven(const LinearExpr &fact,
                                const LinearExpr &expr) {
  facts.push_back(fact);
  Integer bound = search(expr);
  facts.pop_back();
  return bound;
}

/// Replaces an induction variable by the bound of its loop that is least; these
/// bring in outer ones only.
void LowerBound::tryInductionVar(const LinearExpr &expr,
                                 const LinearExpr::Term &term, Integer &best) {
  scf::ForOp loop = loopOfInductionVar(term.symbol.value);
  LinearExpr lower = impl.formOf(loop.getLowerBound(), {}).base;
  LinearExpr upper = impl.formOf(loop.getUpperBound(), {}).base;
  if (term.symbol.kind == SymbolKind::Iteration) {
    Integer step(*impl.constantStep(loop));
    if (mod(term.coefficient, step) != 0)
      return;
    // number = (iv - lb) / step
    LinearExpr rest = expr - LinearExpr(term.symbol).scaled(term.coefficient);
    LinearExpr distance = LinearExpr(Symbol{loop.getInductionVar()}) - lower;
    LinearExpr next = rest + distance.scaled(floorDiv(term.coefficient, step));
    best = std::max(best, search(next));
    return;
  }
  if (!impl.countsUp(loop))
    return;
  LinearExpr last = upper + -impl.distanceToUpperBound(loop);
  best = std::max(
      best, searchGiven(upper - lower + Integer(-1),
                        expr.substitute(term.symbol,
                                        term.coefficient > 0 ? lower : last)));
}

/// At least the symbol's interval, at best what the facts of this path say.
Integer LowerBound::leastOf(const Symbol &symbol, unsigned depth) {
  Integer least = impl.rangeOf(symbol).lo;
  if (depth == 0)
    return least;
  // fact = c * symbol + rest >= 0
  for (const LinearExpr &fact : facts) {
    Integer coefficient = fact.coefficientOf(symbol);
    if (coefficient <= 0)
      continue;
    Integer greatestRest = fact.constant();
    for (const LinearExpr::Term &term : fact.terms()) {
      if (term.symbol == symbol)
        continue;
      Integer extreme = term.coefficient > 0 ? impl.rangeOf(term.symbol).hi
                                             : leastOf(term.symbol, depth - 1);
      greatestRest += term.coefficient * extreme;
    }
    least = std::max(least, ceilDiv(-greatestRest, coefficient));
  }
  return least;
}

/// Whether a loop that runs says that the symbol is not this sum.
bool LowerBound::contradicts(const Symbol &symbol, const LinearExpr &value) {
  return llvm::any_of(facts, [&](const LinearExpr &fact) {
    return fact.coefficientOf(symbol) != 0 &&
           impl.intervalOf(fact.substitute(symbol, value)).hi < 0;
  });
}

void LowerBound::tryRelations(const LinearExpr &expr,
                              const LinearExpr::Term &term, Integer &best) {
  bool wantsLow = term.coefficient > 0;
  const Relations &known = impl.relationsOf(term.symbol);
  LinearExpr rest = expr - LinearExpr(term.symbol).scaled(term.coefficient);
  for (const Relation &relation : known.relations) {
    const auto &side = wantsLow ? relation.low : relation.high;
    if (!side)
      continue;
    if (relation.ifAtLeast &&
        leastOf(term.symbol, /*depth=*/3) < *relation.ifAtLeast)
      continue;
    LinearExpr difference =
        LinearExpr(term.symbol).scaled(relation.factor) - *side;
    // A multiple of the sum, where the factor does not divide the coefficient.
    Integer times = floorDiv(relation.factor,
                             gcd(relation.factor, absolute(term.coefficient)));
    LinearExpr next =
        rest.scaled(times) +
        side->scaled(floorDiv(term.coefficient * times, relation.factor));
    Integer bound = searchGiven(
        wantsLow ? difference : difference.scaled(Integer(-1)), next);
    best = std::max(best, ceilDiv(bound, times));
  }
  std::optional<Integer> worst;
  for (const LinearExpr &alternative : known.alternatives) {
    if (contradicts(term.symbol, alternative))
      continue;
    Integer bound = search(rest + alternative.scaled(term.coefficient));
    worst = worst ? std::min(*worst, bound) : bound;
  }
  if (worst)
    best = std::max(best, *worst);
}

/// expr = k * assumed + rest, k > 0, is at least rest.
void LowerBound::tryAssumed(const LinearExpr &expr, Integer &best) {
  for (const LinearExpr &assumed : impl.assumedNonNegative())
    for (const LinearExpr::Term &term : assumed.terms()) {
      Integer coefficient = expr.coefficientOf(term.symbol);
      if (coefficient == 0 || (coefficient > 0) != (term.coefficient > 0) ||
          mod(absolute(coefficient), absolute(term.coefficient)) != 0)
        continue;
      Integer times =
          floorDiv(absolute(coefficient), absolute(term.coefficient));
      best = std::max(best, search(expr - assumed.scaled(times)));
    }
}

Interval Impl::boundsOf(const LinearExpr &expr) {
  return {LowerBound(*this).search(expr),
          -LowerBound(*this).search(expr.scaled(Integer(-1)))};
}

Interval Impl::boundsOf(const AffineForm &form) {
  return boundsOf(form.base) + form.laneRange();
}

} // namespace triton_ext
