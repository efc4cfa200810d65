//===- ScalarExpr.h - exact sums over SSA scalars ---------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The value types of the affine analysis: intervals, congruences, linear sums
// and the slightly richer scalar expressions in which loop cuts are given.
//
// Everything here is arithmetic in Z, the mathematical integers: nothing ever
// wraps. What a machine integer contributes is its value read as signed
// (or, for `SymbolKind::Unsigned`, as unsigned); whether a wrapped machine
// computation agrees with the expression is stated by whoever hands it out.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_SCALAREXPR_H
#define TRITON_EXT_ANALYSIS_SCALAREXPR_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DynamicAPInt.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <optional>

namespace triton_ext {

/// An integer of Z: arbitrary precision, no overflow. Fast while it fits 64
/// bits.
using Integer = llvm::DynamicAPInt;

/// The closed interval [lo, hi] of Z. `lo > hi` is the empty set, which only
/// arises for values in code that never runs.
struct Interval {
  Integer lo, hi;

  static Interval point(const Integer &value) { return {value, value}; }
  /// All values of a `width`-bit integer, 1 <= width <= 64.
  static Interval signedRange(unsigned width);
  static Interval unsignedRange(unsigned width);

  bool isEmpty() const { return lo > hi; }
  bool isPoint() const { return lo == hi; }
  bool contains(const Integer &value) const {
    return lo <= value && value <= hi;
  }
  /// True if `other` is a subset. The empty set is a subset of everything.
  bool contains(const Interval &other) const {
    return other.isEmpty() || (lo <= other.lo && other.hi <= hi);
  }
  Interval intersect(const Interval &other) const;
  /// The smallest interval that holds both.
  Interval hull(const Interval &other) const;
  bool operator==(const Interval &other) const {
    return lo == other.lo && hi == other.hi;
  }

  Interval operator+(const Interval &other) const;
  Interval scaled(const Integer &factor) const;
};

/// The residue class { remainder + k * modulus : k in Z }. `modulus` 0 is the
/// single value `remainder`, `modulus` 1 says nothing. Otherwise
/// 0 <= remainder < modulus.
struct Congruence {
  Integer modulus{1}, remainder{0};

  static Congruence any() { return {}; }
  static Congruence constant(const Integer &value) {
    return {Integer(0), value};
  }
  /// The class, with the remainder brought into range. `modulus` >= 0.
  static Congruence make(const Integer &modulus, const Integer &remainder);

  /// The largest number that divides every member; 0 for the single value 0.
  Integer divisor() const;
  bool contains(const Integer &value) const;
  /// The smallest class that holds both.
  Congruence join(const Congruence &other) const;
  Congruence operator+(const Congruence &other) const;
  Congruence scaled(const Integer &factor) const;
  /// What is left once only the value modulo 2^width is known: the odd part of
  /// the modulus goes.
  Congruence wrapped(unsigned width) const;
  /// The members of `range`, as the tightest interval.
  Interval tighten(Interval range) const;
};

enum class SymbolKind {
  /// `value` read as a signed integer.
  Signed,
  /// `value` read as an unsigned integer (an operand of `arith.extui`).
  Unsigned,
  /// The number of the iteration, 0, 1, 2, ..., of the `scf.for` whose
  /// induction variable `value` is.
  Iteration,
};

/// An unknown of an expression. For kinds Signed and Unsigned `value` is an
/// integer or index scalar, or, inside an AffineForm only, a tensor that was
/// not understood: its element at the lane in question.
struct Symbol {
  mlir::Value value;
  SymbolKind kind = SymbolKind::Signed;

  bool operator==(const Symbol &other) const {
    return value == other.value && kind == other.kind;
  }
  bool operator!=(const Symbol &other) const { return !(*this == other); }
};

/// constant + sum of coefficient * symbol. Terms keep the order in which they
/// first appeared (so that IR made from them is deterministic), symbols are
/// distinct and coefficients are not zero.
class LinearExpr {
public:
  struct Term {
    Symbol symbol;
    Integer coefficient;
  };

  LinearExpr() = default;
  explicit LinearExpr(const Integer &constant) : constantTerm(constant) {}
  explicit LinearExpr(Symbol symbol) {
    termList.push_back({symbol, Integer(1)});
  }

  const Integer &constant() const { return constantTerm; }
  llvm::ArrayRef<Term> terms() const { return termList; }
  bool isConstant() const { return termList.empty(); }
  /// Zero where the symbol is absent.
  Integer coefficientOf(const Symbol &symbol) const;

  LinearExpr operator+(const LinearExpr &other) const;
  LinearExpr operator-(const LinearExpr &other) const;
  LinearExpr operator+(const Integer &value) const;
  LinearExpr scaled(const Integer &factor) const;
  /// This expression with `symbol` replaced.
  LinearExpr substitute(const Symbol &symbol,
                        const LinearExpr &replacement) const;
  bool operator==(const LinearExpr &other) const;

  Integer evaluate(llvm::function_ref<Integer(const Symbol &)> valueOf) const;
  void print(llvm::raw_ostream &os) const;

private:
  Integer constantTerm{0};
  llvm::SmallVector<Term, 2> termList;
};

/// A scalar expression: linear sums closed under floor and ceiling division by
/// positive constants, minimum and maximum. Immutable, cheap to copy.
class ScalarExpr {
public:
  enum class Kind { Linear, FloorDiv, CeilDiv, Sum, Scale, Min, Max };
  struct Node;

  /// Zero.
  ScalarExpr();
  /*implicit*/ ScalarExpr(const LinearExpr &linear);
  static ScalarExpr constant(int64_t value);

  /// `divisor` > 0; rounds to minus (floor) or plus (ceil) infinity.
  ScalarExpr floorDiv(const Integer &divisor) const;
  ScalarExpr ceilDiv(const Integer &divisor) const;
  ScalarExpr operator+(const ScalarExpr &other) const;
  ScalarExpr scaled(const Integer &factor) const;
  static ScalarExpr min(const ScalarExpr &a, const ScalarExpr &b);
  static ScalarExpr max(const ScalarExpr &a, const ScalarExpr &b);

  Kind kind() const;
  /// Kind::Linear only.
  const LinearExpr &linear() const;
  /// Empty for Kind::Linear, one for FloorDiv, CeilDiv and Scale, else two.
  llvm::ArrayRef<ScalarExpr> operands() const;
  /// The divisor of FloorDiv and CeilDiv, the factor of Scale.
  const Integer &factor() const;

  std::optional<Integer> constantValue() const;
  /// Structural equality.
  bool operator==(const ScalarExpr &other) const;
  bool operator!=(const ScalarExpr &other) const { return !(*this == other); }

  /// The values this can take where symbol s ranges over `rangeOf(s)`.
  Interval range(llvm::function_ref<Interval(const Symbol &)> rangeOf) const;
  Integer evaluate(llvm::function_ref<Integer(const Symbol &)> valueOf) const;
  /// Calls `visit` once for each occurrence of a symbol.
  void walkSymbols(llvm::function_ref<void(const Symbol &)> visit) const;
  void print(llvm::raw_ostream &os) const;

private:
  explicit ScalarExpr(std::shared_ptr<const Node> node);
  static ScalarExpr make(Kind kind, llvm::ArrayRef<ScalarExpr> operands,
                         const Integer &factor);
  std::shared_ptr<const Node> node;
};

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Interval &x);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Congruence &x);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const LinearExpr &x);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const ScalarExpr &x);

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_SCALAREXPR_H
