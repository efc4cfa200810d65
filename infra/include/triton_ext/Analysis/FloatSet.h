//===- FloatSet.h - what kinds of floats a value can be ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Floats fall into seven kinds; a FloatSet says which of them a value can be.
// The operations on sets are the algebra by which loop-bounds proves that
// iterations change nothing. Each holds for every IEEE format, rounding to
// nearest, subnormals not flushed: a result that can come out is in the set.
// All NaNs are one value.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_FLOATSET_H
#define TRITON_EXT_ANALYSIS_FLOATSET_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/raw_ostream.h"

namespace triton_ext {

class FloatSet {
public:
  enum Kind : uint8_t {
    NaN = 1,
    NegInf = 2,
    /// Finite, below zero.
    Neg = 4,
    NegZero = 8,
    PosZero = 16,
    /// Finite, above zero.
    Pos = 32,
    PosInf = 64,
  };
  static constexpr uint8_t zeros = NegZero | PosZero;
  static constexpr uint8_t finites = Neg | zeros | Pos;
  static constexpr uint8_t all = 127;

  constexpr FloatSet(uint8_t kinds = all) : kinds(kinds) {}
  /// The kind of one number.
  static FloatSet of(const llvm::APFloat &value);

  uint8_t bits() const { return kinds; }
  bool has(uint8_t kind) const { return kinds & kind; }
  bool isWithin(uint8_t others) const { return (kinds & ~others) == 0; }
  bool isFinite() const { return isWithin(finites); }
  bool isZero() const { return isWithin(zeros); }
  FloatSet operator|(FloatSet other) const { return kinds | other.kinds; }
  FloatSet operator&(FloatSet other) const { return kinds & other.kinds; }
  bool operator==(FloatSet other) const { return kinds == other.kinds; }
  void print(llvm::raw_ostream &os) const;

  /// The number that the set is, of `semantics`, if it is one number: a zero,
  /// an infinity or NaN.
  std::optional<llvm::APFloat>
  onlyMember(const llvm::fltSemantics &semantics) const;

private:
  uint8_t kinds;
};

FloatSet negated(FloatSet a);
FloatSet absolute(FloatSet a);
FloatSet sum(FloatSet a, FloatSet b);
inline FloatSet difference(FloatSet a, FloatSet b) {
  return sum(a, negated(b));
}
FloatSet product(FloatSet a, FloatSet b);
/// exp and exp2: exact at the infinities.
FloatSet exponential(FloatSet a);
/// A conversion to a format of less range or precision.
FloatSet narrowed(FloatSet a);

/// The greater one. A NaN gives way to the other (`arith.maxnumf`), or wins
/// (`arith.maximumf`).
FloatSet greater(FloatSet a, FloatSet b, bool propagatesNaN);
inline FloatSet lesser(FloatSet a, FloatSet b, bool propagatesNaN) {
  return negated(greater(negated(a), negated(b), propagatesNaN));
}
/// Whether the greater one is always `a`.
bool firstIsGreater(FloatSet a, FloatSet b, bool propagatesNaN);

/// What a comparison can be. `isSame`: both sides are one and the same value.
struct Outcome {
  bool canBeTrue = false, canBeFalse = false;
};
Outcome compared(mlir::arith::CmpFPredicate predicate, FloatSet a, FloatSet b,
                 bool isSame);

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_FLOATSET_H
