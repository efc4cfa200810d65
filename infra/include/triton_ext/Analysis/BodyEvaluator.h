//===- BodyEvaluator.h - a loop's body on what is known ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Runs the body of an scf.for once, not on numbers but on what is known of the
// carried values and of some masks:
//
//   masks all false, m = -inf, l = 0        state after the iteration
//     qk = select(mask, dot(q, k), -inf)      qk = -inf
//     m' = max(m, rowmax(qk))                 m' = -inf
//     s  = select(m' == -inf, 0, m')          s  = 0
//     p  = exp2(qk - s)                       p  = 0
//     l' = l * exp2(m - s) + sum(p)           l' = 0
//
// What is known of a value is its number (equal numbers, equal values), the
// kinds of floats it can be (FloatSet), and the constant that it is. A claim
// holds in every lane for which the claims about the state hold.
//
// Exactness. A claim is about what the compiled loop computes, which contracts
// products into sums and computes exponentials approximately. So nothing is
// concluded from arithmetic that rounds: constants are folded where the result
// is exact, and beyond that only these are used, x finite where it says so:
//
//   x + -0 = x        x + +0 = x, x not -0     x - x = +0, x finite, no product
//   x * 1 = x         x * 0 = a zero, x finite
//   max(x, y) = x, x always greater            exp(0) = 1, exp(-inf) = 0
//   dot(0, y, c) = c, y finite, c not -0       dot(NaN, y, c) = NaN
//   a load under a false mask is its `other`
//
// and what follows for the kinds by FloatSet's rules. All NaNs are one value.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_BODYEVALUATOR_H
#define TRITON_EXT_ANALYSIS_BODYEVALUATOR_H

#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "triton_ext/Analysis/FloatSet.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include <map>

namespace triton_ext {

/// What is known of a value of the body, in every lane.
struct LaneValue {
  /// Values of one number are equal, lane by lane.
  unsigned number = 0;
  /// Floats only.
  FloatSet kinds;
  /// The element that all lanes are, a FloatAttr or an IntegerAttr, or null.
  mlir::TypedAttr constant;
  /// Arithmetic has been done to come from another value to this number: it
  /// equals that one as numbers do, not as bits do where it is NaN.
  bool isTouched = false;
  /// A large negative constant that stands for minus infinity, or so much below
  /// something finite.
  bool isLow = false;

  /// The claims hold in a lane where claims about `state` hold in the lane
  /// given by `dims`: dimension d of the state runs along dimension dims[d] of
  /// the value.
  struct Dependence {
    unsigned state;
    llvm::SmallVector<int, 3> dims;
    bool operator==(const Dependence &other) const {
      return state == other.state && dims == other.dims;
    }
  };
  llvm::SmallVector<Dependence, 2> dependences;

  bool isZero() const;
};

/// Whether stock's compiler may see a product in `value`, which it contracts
/// into a sum.
bool mayBeProduct(mlir::Value value);

class BodyEvaluator {
public:
  struct Options {
    /// What is loaded and the float arguments are finite; no sum, product or
    /// dot of finite values overflows; and what a zero is added to is no
    /// negative zero.
    bool finiteValues = false;
    /// Float scalars from outside the loop are finite and above zero; those
    /// that were looked at are in `scalars`, for a test at run time.
    bool positiveScalars = false;
    /// Constants of at most `fillLimit` that a select chooses stand for minus
    /// infinity: everything else is far greater. Goes with `finiteValues`.
    bool finiteFills = false;
    /// With `finiteFills`: a maximum that is not of fills alone is of at least
    /// one other value.
    bool isSeen = false;
  };
  static constexpr double fillLimit = -1e4;

  using State = llvm::SmallVector<LaneValue>;

  /// `known`: i1 values of the loop and what they are.
  BodyEvaluator(mlir::scf::ForOp loop,
                const llvm::DenseMap<mlir::Value, bool> &known,
                Options options);

  /// The values that the loop starts from.
  State initialState();
  /// Anything, numbered; entry k depends on itself as state `first` + k.
  State anyState(unsigned first = 0);
  /// The state after one more iteration.
  State iterate(llvm::ArrayRef<LaneValue> state);
  /// An iteration with the data that the last one had.
  State iterateAgain(llvm::ArrayRef<LaneValue> state);

  /// What the condition or mask was in the last iteration, if that is known.
  std::optional<bool> truthOf(mlir::Value condition);

  LaneValue constant(mlir::TypedAttr element);
  LaneValue anything();
  /// `value`, known to be of some kinds only.
  LaneValue restricted(LaneValue value, FloatSet kinds, mlir::Type type);
  /// `value` with entry k of a state as what it depends on, too.
  LaneValue dependingOn(LaneValue value, unsigned state, mlir::Type type);

  const llvm::SetVector<mlir::Value> &scalars() const { return positives; }
  /// The first operation that adds zero times values that may not be finite.
  mlir::Operation *needsFinite() const { return needsFiniteAt; }
  /// The first select that chooses a large finite constant, if that is not
  /// taken for minus infinity.
  mlir::Operation *hasFiniteFill() const { return finiteFillAt; }

private:
  using Key = std::vector<uintptr_t>;

  State run(llvm::ArrayRef<LaneValue> state);
  void runBlock(mlir::Block &block);
  void evaluate(mlir::Operation *op);
  LaneValue lookup(mlir::Value value);
  LaneValue outside(mlir::Value value);
  void set(mlir::Value value, LaneValue result);

  /// Unknown, but the same whenever operation and operands are.
  LaneValue computed(mlir::Operation *op, llvm::ArrayRef<LaneValue> operands);
  unsigned numberOf(Key key);
  LaneValue finish(LaneValue value, mlir::Type type);
  bool mergeDependences(LaneValue &into, const LaneValue &from);
  LaneValue join(const LaneValue &a, const LaneValue &b, mlir::Type type);
  std::optional<LaneValue> remap(LaneValue value,
                                 llvm::function_ref<int(int)> dimOf);

  void evaluateBranch(mlir::scf::IfOp branch);
  void evaluateLoop(mlir::scf::ForOp inner);
  void evaluateReduce(mlir::Operation *op);
  LaneValue combined(mlir::Operation *op, const LaneValue &value);
  LaneValue evaluateShape(mlir::Operation *op, const LaneValue &value);
  LaneValue evaluateSelect(mlir::arith::SelectOp op);
  LaneValue evaluateCompare(mlir::arith::CmpFOp op);
  LaneValue zeroLike(const LaneValue &value, mlir::Type type);
  LaneValue evaluateDot(mlir::triton::DotOp op);
  LaneValue evaluateLoad(mlir::Operation *op);
  LaneValue evaluateUnary(mlir::Operation *op, const LaneValue &value);
  LaneValue evaluateFloat(mlir::Operation *op, const LaneValue &a,
                          const LaneValue &b);
  LaneValue evaluateSum(mlir::Operation *op, const LaneValue &a,
                        const LaneValue &b);
  LaneValue evaluateProduct(mlir::Operation *op, const LaneValue &a,
                            const LaneValue &b);
  LaneValue evaluateMaximum(mlir::Operation *op, const LaneValue &a,
                            const LaneValue &b);
  LaneValue evaluateByFolding(mlir::Operation *op);
  std::optional<LaneValue> foldExactly(mlir::Operation *op, const LaneValue &a,
                                       const LaneValue &b);
  FloatSet dataKinds() const;
  FloatSet withoutOverflow(FloatSet kinds, FloatSet a, FloatSet b) const;

  mlir::scf::ForOp loop;
  const llvm::DenseMap<mlir::Value, bool> &known;
  Options options;

  unsigned nextNumber = 1;
  /// Which iteration it is: data differs from one to the next.
  unsigned epoch = 0;
  std::map<Key, unsigned> numbers;
  llvm::DenseMap<mlir::Value, LaneValue> values;
  llvm::DenseMap<mlir::Value, LaneValue> outsideValues;
  llvm::DenseMap<mlir::Operation *, mlir::Attribute> attributesOf;
  llvm::SetVector<mlir::Value> positives;
  unsigned outsideDepth = 0;
  mlir::Operation *needsFiniteAt = nullptr;
  mlir::Operation *finiteFillAt = nullptr;
};

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_BODYEVALUATOR_H
