//===- ScalarExpr.cpp - exact sums over SSA scalars -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "triton_ext/Analysis/ScalarExpr.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cassert>

using namespace llvm;

namespace triton_ext {

static Integer powerOfTwo(unsigned exponent) {
  return Integer(APInt::getOneBitSet(exponent + 2, exponent));
}

static Integer absolute(const Integer &x) { return x < 0 ? -x : x; }

//===----------------------------------------------------------------------===//
// Interval
//===----------------------------------------------------------------------===//

Interval Interval::signedRange(unsigned width) {
  Integer half = powerOfTwo(width - 1);
  return {-half, half - 1};
}

Interval Interval::unsignedRange(unsigned width) {
  return {Integer(0), powerOfTwo(width) - 1};
}

Interval Interval::intersect(const Interval &other) const {
  return {std::max(lo, other.lo), std::min(hi, other.hi)};
}

Interval Interval::hull(const Interval &other) const {
  if (isEmpty())
    return other;
  if (other.isEmpty())
    return *this;
  return {std::min(lo, other.lo), std::max(hi, other.hi)};
}

Interval Interval::operator+(const Interval &other) const {
  return {lo + other.lo, hi + other.hi};
}

Interval Interval::scaled(const Integer &factor) const {
  if (factor < 0)
    return {hi * factor, lo * factor};
  return {lo * factor, hi * factor};
}

//===----------------------------------------------------------------------===//
// Congruence
//===----------------------------------------------------------------------===//

Congruence Congruence::make(const Integer &modulus, const Integer &remainder) {
  assert(modulus >= 0 && "expects a modulus that is not negative");
  if (modulus == 0)
    return constant(remainder);
  return {modulus, mod(remainder, modulus)};
}

Integer Congruence::divisor() const {
  return gcd(modulus, absolute(remainder));
}

bool Congruence::contains(const Integer &value) const {
  if (modulus == 0)
    return value == remainder;
  return mod(value, modulus) == remainder;
}

Congruence Congruence::join(const Congruence &other) const {
  Integer common = gcd(modulus, other.modulus);
  return make(gcd(common, absolute(remainder - other.remainder)), remainder);
}

Congruence Congruence::operator+(const Congruence &other) const {
  return make(gcd(modulus, other.modulus), remainder + other.remainder);
}

Congruence Congruence::scaled(const Integer &factor) const {
  return make(modulus * absolute(factor), remainder * factor);
}

Congruence Congruence::wrapped(unsigned width) const {
  return make(gcd(modulus, powerOfTwo(width)), remainder);
}

Interval Congruence::tighten(Interval range) const {
  if (modulus == 0)
    return range.intersect(Interval::point(remainder));
  if (modulus == 1)
    return range;
  return {range.lo + mod(remainder - range.lo, modulus),
          range.hi - mod(range.hi - remainder, modulus)};
}

//===----------------------------------------------------------------------===//
// LinearExpr
//===----------------------------------------------------------------------===//

Integer LinearExpr::coefficientOf(const Symbol &symbol) const {
  for (const Term &term : termList)
    if (term.symbol == symbol)
      return term.coefficient;
  return Integer(0);
}

LinearExpr LinearExpr::operator+(const LinearExpr &other) const {
  LinearExpr sum = *this;
  sum.constantTerm += other.constantTerm;
  for (const Term &term : other.termList) {
    auto *same = find_if(
        sum.termList, [&](const Term &t) { return t.symbol == term.symbol; });
    if (same == sum.termList.end())
      sum.termList.push_back(term);
    else
      same->coefficient += term.coefficient;
  }
  erase_if(sum.termList, [](const Term &t) { return t.coefficient == 0; });
  return sum;
}

LinearExpr LinearExpr::operator-(const LinearExpr &other) const {
  return *this + other.scaled(Integer(-1));
}

LinearExpr LinearExpr::operator+(const Integer &value) const {
  LinearExpr sum = *this;
  sum.constantTerm += value;
  return sum;
}

LinearExpr LinearExpr::scaled(const Integer &factor) const {
  if (factor == 0)
    return LinearExpr();
  LinearExpr product = *this;
  product.constantTerm *= factor;
  for (Term &term : product.termList)
    term.coefficient *= factor;
  return product;
}

LinearExpr LinearExpr::substitute(const Symbol &symbol,
                                  const LinearExpr &replacement) const {
  Integer coefficient = coefficientOf(symbol);
  if (coefficient == 0)
    return *this;
  LinearExpr rest = *this - LinearExpr(symbol).scaled(coefficient);
  return rest + replacement.scaled(coefficient);
}

bool LinearExpr::operator==(const LinearExpr &other) const {
  LinearExpr difference = *this - other;
  return difference.isConstant() && difference.constantTerm == 0;
}

Integer
LinearExpr::evaluate(function_ref<Integer(const Symbol &)> valueOf) const {
  Integer sum = constantTerm;
  for (const Term &term : termList)
    sum += term.coefficient * valueOf(term.symbol);
  return sum;
}

//===----------------------------------------------------------------------===//
// ScalarExpr
//===----------------------------------------------------------------------===//

struct ScalarExpr::Node {
  Kind kind;
  LinearExpr linear;
  SmallVector<ScalarExpr, 2> operands;
  Integer factor;
};

ScalarExpr::ScalarExpr(std::shared_ptr<const Node> node)
    : node(std::move(node)) {}

ScalarExpr::ScalarExpr() : ScalarExpr(LinearExpr()) {}

ScalarExpr::ScalarExpr(const LinearExpr &linear)
    : node(std::make_shared<Node>(Node{Kind::Linear, linear, {}, Integer(0)})) {
}

ScalarExpr ScalarExpr::constant(int64_t value) {
  return LinearExpr(Integer(value));
}

ScalarExpr ScalarExpr::make(Kind kind, ArrayRef<ScalarExpr> operands,
                            const Integer &factor) {
  return ScalarExpr(std::make_shared<Node>(Node{
      kind, LinearExpr(),
      SmallVector<ScalarExpr, 2>(operands.begin(), operands.end()), factor}));
}

/// The linear expression with each coefficient divided, if all of them can be;
/// the constant is rounded by `round`.
static std::optional<LinearExpr>
divideTerms(const LinearExpr &linear, const Integer &divisor,
            Integer (*round)(const Integer &, const Integer &)) {
  LinearExpr quotient(round(linear.constant(), divisor));
  for (const LinearExpr::Term &term : linear.terms()) {
    if (mod(term.coefficient, divisor) != 0)
      return std::nullopt;
    quotient =
        quotient +
        LinearExpr(term.symbol).scaled(floorDiv(term.coefficient, divisor));
  }
  return quotient;
}

static Integer roundDown(const Integer &a, const Integer &b) {
  return floorDiv(a, b);
}

static Integer roundUp(const Integer &a, const Integer &b) {
  return ceilDiv(a, b);
}

ScalarExpr ScalarExpr::floorDiv(const Integer &divisor) const {
  assert(divisor > 0 && "expects a positive divisor");
  if (divisor == 1)
    return *this;
  if (kind() == Kind::Linear)
    if (auto quotient = divideTerms(linear(), divisor, roundDown))
      return *quotient;
  return make(Kind::FloorDiv, *this, divisor);
}

ScalarExpr ScalarExpr::ceilDiv(const Integer &divisor) const {
  assert(divisor > 0 && "expects a positive divisor");
  if (divisor == 1)
    return *this;
  if (kind() == Kind::Linear)
    if (auto quotient = divideTerms(linear(), divisor, roundUp))
      return *quotient;
  return make(Kind::CeilDiv, *this, divisor);
}

ScalarExpr ScalarExpr::operator+(const ScalarExpr &other) const {
  if (kind() == Kind::Linear && other.kind() == Kind::Linear)
    return linear() + other.linear();
  if (constantValue() == Integer(0))
    return other;
  if (other.constantValue() == Integer(0))
    return *this;
  // One linear part is kept, on the right.
  if (other.kind() == Kind::Linear && kind() == Kind::Sum &&
      operands()[1].kind() == Kind::Linear)
    return operands()[0] + ScalarExpr(operands()[1].linear() + other.linear());
  if (kind() == Kind::Linear)
    return other + *this;
  return make(Kind::Sum, {*this, other}, Integer(0));
}

ScalarExpr ScalarExpr::scaled(const Integer &factor) const {
  if (kind() == Kind::Linear)
    return linear().scaled(factor);
  if (factor == 1)
    return *this;
  if (factor == 0)
    return ScalarExpr();
  return make(Kind::Scale, *this, factor);
}

/// The expression without the constant that is added last, and that constant.
static std::pair<ScalarExpr, Integer> splitConstant(const ScalarExpr &expr) {
  if (expr.kind() == ScalarExpr::Kind::Linear)
    return {expr.linear() + -expr.linear().constant(),
            expr.linear().constant()};
  if (expr.kind() == ScalarExpr::Kind::Sum)
    if (auto constant = expr.operands()[1].constantValue())
      return {expr.operands()[0], *constant};
  return {expr, Integer(0)};
}

/// True if a <= b whatever the symbols are, and that is plain to see.
static bool isPlainlyAtMost(const ScalarExpr &a, const ScalarExpr &b) {
  using Kind = ScalarExpr::Kind;
  auto isBelow = [&](const ScalarExpr &x) { return isPlainlyAtMost(x, b); };
  auto isAbove = [&](const ScalarExpr &x) { return isPlainlyAtMost(a, x); };
  if (a == b)
    return true;
  if (a.kind() == Kind::Max)
    return all_of(a.operands(), isBelow);
  if (b.kind() == Kind::Min)
    return all_of(b.operands(), isAbove);
  if ((a.kind() == Kind::Min && any_of(a.operands(), isBelow)) ||
      (b.kind() == Kind::Max && any_of(b.operands(), isAbove)))
    return true;

  auto [x, xConstant] = splitConstant(a);
  auto [y, yConstant] = splitConstant(b);
  if (xConstant > yConstant)
    return false;
  if (x == y)
    return true;
  bool sameDivision = x.kind() == y.kind() && x.factor() == y.factor() &&
                      (x.kind() == Kind::FloorDiv || x.kind() == Kind::CeilDiv);
  return sameDivision && isPlainlyAtMost(x.operands()[0], y.operands()[0]);
}

ScalarExpr ScalarExpr::min(const ScalarExpr &a, const ScalarExpr &b) {
  if (isPlainlyAtMost(a, b))
    return a;
  if (isPlainlyAtMost(b, a))
    return b;
  return make(Kind::Min, {a, b}, Integer(0));
}

ScalarExpr ScalarExpr::max(const ScalarExpr &a, const ScalarExpr &b) {
  if (isPlainlyAtMost(a, b))
    return b;
  if (isPlainlyAtMost(b, a))
    return a;
  return make(Kind::Max, {a, b}, Integer(0));
}

ScalarExpr::Kind ScalarExpr::kind() const { return node->kind; }

const LinearExpr &ScalarExpr::linear() const {
  assert(kind() == Kind::Linear && "expects a linear expression");
  return node->linear;
}

ArrayRef<ScalarExpr> ScalarExpr::operands() const { return node->operands; }

const Integer &ScalarExpr::factor() const { return node->factor; }

std::optional<Integer> ScalarExpr::constantValue() const {
  if (kind() == Kind::Linear && linear().isConstant())
    return linear().constant();
  return std::nullopt;
}

bool ScalarExpr::operator==(const ScalarExpr &other) const {
  if (node == other.node)
    return true;
  if (kind() != other.kind())
    return false;
  if (kind() == Kind::Linear)
    return linear() == other.linear();
  return factor() == other.factor() && equal(operands(), other.operands());
}

Interval
ScalarExpr::range(function_ref<Interval(const Symbol &)> rangeOf) const {
  if (kind() == Kind::Linear) {
    Interval sum = Interval::point(linear().constant());
    for (const LinearExpr::Term &term : linear().terms())
      sum = sum + rangeOf(term.symbol).scaled(term.coefficient);
    return sum;
  }
  Interval a = operands()[0].range(rangeOf);
  switch (kind()) {
  case Kind::FloorDiv:
    return {llvm::floorDiv(a.lo, factor()), llvm::floorDiv(a.hi, factor())};
  case Kind::CeilDiv:
    return {llvm::ceilDiv(a.lo, factor()), llvm::ceilDiv(a.hi, factor())};
  case Kind::Scale:
    return a.scaled(factor());
  default:
    break;
  }
  Interval b = operands()[1].range(rangeOf);
  if (kind() == Kind::Sum)
    return a + b;
  if (kind() == Kind::Min)
    return {std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
  return {std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
}

Integer
ScalarExpr::evaluate(function_ref<Integer(const Symbol &)> valueOf) const {
  return range([&](const Symbol &symbol) {
           return Interval::point(valueOf(symbol));
         })
      .lo;
}

void ScalarExpr::walkSymbols(function_ref<void(const Symbol &)> visit) const {
  if (kind() == Kind::Linear)
    for (const LinearExpr::Term &term : linear().terms())
      visit(term.symbol);
  for (const ScalarExpr &operand : operands())
    operand.walkSymbols(visit);
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static void printSymbol(raw_ostream &os, const Symbol &symbol) {
  if (symbol.kind == SymbolKind::Iteration)
    os << "iteration(";
  if (symbol.kind == SymbolKind::Unsigned)
    os << "unsigned(";
  mlir::OpPrintingFlags flags;
  symbol.value.printAsOperand(os, flags.useLocalScope());
  if (symbol.kind != SymbolKind::Signed)
    os << ")";
}

void LinearExpr::print(raw_ostream &os) const {
  for (const Term &term : termList) {
    if (term.coefficient != 1)
      os << term.coefficient << "*";
    printSymbol(os, term.symbol);
    os << " + ";
  }
  os << constantTerm;
}

void ScalarExpr::print(raw_ostream &os) const {
  static constexpr StringLiteral names[] = {"",    "floordiv", "ceildiv", "sum",
                                            "mul", "min",      "max"};
  if (kind() == Kind::Linear)
    return linear().print(os);
  os << names[static_cast<unsigned>(kind())] << "(";
  interleaveComma(operands(), os);
  if (operands().size() == 1)
    os << ", " << factor();
  os << ")";
}

raw_ostream &operator<<(raw_ostream &os, const Interval &x) {
  return os << "[" << x.lo << ", " << x.hi << "]";
}

raw_ostream &operator<<(raw_ostream &os, const Congruence &x) {
  return os << x.remainder << " mod " << x.modulus;
}

raw_ostream &operator<<(raw_ostream &os, const LinearExpr &x) {
  x.print(os);
  return os;
}

raw_ostream &operator<<(raw_ostream &os, const ScalarExpr &x) {
  x.print(os);
  return os;
}

} // namespace triton_ext
