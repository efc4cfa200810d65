//===- AffineAnalysis.h - affine forms, ranges, loop predicates -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What is known about integer SSA values, scalars and tensors: an interval, a
// residue class, an affine form over program ids, induction variables, lanes
// and opaque scalars; and for an i1 value, where it is all true, all false or
// mixed, also as a function of the iteration of an enclosing scf.for.
//
// What every statement here means
// -------------------------------
// * "The value" of a w-bit integer is its bits read as signed, unless said
//   otherwise. i1 is read as 0 or 1. `index` has 64 bits. Wider integers than
//   64 bits are not analysed.
// * A statement about a value holds for every lane, every time the defining
//   operation runs, in every execution that is not undefined already (that
//   divides by zero, shifts too far, breaks an llvm.intr.assume, passes an
//   argument that contradicts its tt.divisibility, ...).
// * Machine arithmetic wraps. Nothing is concluded from nsw/nuw flags: a pass
//   emits its own uses of a value, at places where the original may not have
//   looked at it, so that poison must not be relied on.
// * An scf.for runs for lb, lb + step, ... while < ub, in Z: this is what the
//   operation says. A lowering that computes the increment in the width of the
//   induction variable goes astray when the last increment overflows;
//   `AffineAnalysis::incrementFits` says when that cannot be.
// * Obligations are conditions on values available before a loop, tested in 64
//   bits, under which a conclusion holds. No obligation: it holds always.
//
// The analysis is lazy and memoised, and knows nothing of changes: after the
// IR below its root changed, make a new one.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_AFFINEANALYSIS_H
#define TRITON_EXT_ANALYSIS_AFFINEANALYSIS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "triton_ext/Analysis/ScalarExpr.h"

namespace triton_ext {

/// "min <= expr <= max", an absent end being open. The symbols are
/// materialisable before the loop in question, see AffineAnalysis.
struct Obligation {
  ScalarExpr expr;
  std::optional<Integer> min, max;
};

/// A value as a function of its lane: for lane (i0, i1, ...)
///
///     base + sum over d of strides[d] * i_d
///
/// A scalar has no strides. Let w be `width`, the bits of the element type.
/// Whenever all `conditions` hold, the value equals the form modulo 2^w; if
/// moreover `exact`, or the form's value lies in the signed range of w bits,
/// the value equals the form in Z.
struct AffineForm {
  LinearExpr base;
  llvm::SmallVector<Integer, 2> strides;
  llvm::SmallVector<int64_t, 2> shape;
  unsigned width = 0;
  bool exact = false;

  /// "`min` <= expr + lane offset <= `max` for every lane", where the offset
  /// ranges over [laneMin, laneMax]. They stem from sign and zero extensions
  /// of narrower values that could not be proved not to wrap.
  struct Condition {
    LinearExpr expr;
    Integer laneMin, laneMax;
    Integer min, max;
  };
  llvm::SmallVector<Condition, 1> conditions;

  bool isUniform() const;
  /// Smallest and largest value of the lane part over all lanes.
  Interval laneRange() const;
  void print(llvm::raw_ostream &os) const;
};

/// What the lanes of an i1 value are, over all times it is computed.
enum class LaneClass {
  AllTrue,
  AllFalse,
  /// Anything: not all lanes equal, not the same each time, or not known.
  Mixed,
};

/// A set of iteration numbers of a loop, { k : begin <= k < end }, intersected
/// with the iterations that the loop makes. An absent end is open; `begin` >=
/// `end` is the empty set, as is `empty`.
struct IterationRange {
  std::optional<ScalarExpr> begin, end;
  bool empty = false;

  static IterationRange all() { return {}; }
  static IterationRange none() { return {std::nullopt, std::nullopt, true}; }
  bool isAll() const { return !empty && !begin && !end; }
  IterationRange intersect(const IterationRange &other) const;
};

/// One stretch of iterations in which a predicate has one class.
struct Segment {
  LaneClass lanes;
  /// First iteration number of the segment; it ends where the next one begins,
  /// the last one with the loop. The first segment begins at 0. Later starts
  /// may lie outside [0, trip count] as they stand: a start is to be clamped
  /// to that range, where starts are nondecreasing (`materializeCut` clamps).
  ScalarExpr begin;
};

/// Where in a loop an i1 value is all true, all false or mixed. Iterations are
/// numbered 0, 1, 2, ...; induction variable = lb + step * number.
///
/// If all `obligations` hold, then whenever the predicate is computed during
/// an iteration k of the loop,
///   - k in `inside`:        every lane is  !outsideValue
///   - k not in `possible`:  every lane is   outsideValue
///   - otherwise anything ("mixed").
/// Where the loop runs a predicate at all, `inside` is a subset of `possible`.
/// Both are exact for a single <, <=, > or >= of forms whose symbols do not
/// vary with the loop: a mixed iteration then really has lanes of both kinds.
/// Of a formula they are what intersecting stretches of iterations gives; a set
/// that is not one stretch (`iv != a && iv != b`) is lost to the safe side.
struct PredicateOverLoop {
  mlir::scf::ForOp loop;
  bool outsideValue = false;
  IterationRange inside = IterationRange::none();
  IterationRange possible = IterationRange::all();
  llvm::SmallVector<Obligation, 2> obligations;

  /// Nothing is known: every iteration may be mixed.
  bool isUnknown() const { return inside.empty && possible.isAll(); }
  /// The same class in all iterations, as far as is known at compile time
  /// (AllTrue, AllFalse, or Mixed for "not the same in all, or unknown").
  LaneClass overall() const;
  /// The iterations in order, at most five stretches (outside, mixed, inside,
  /// mixed, outside), those dropped that are empty for any input. One segment
  /// if nothing is known or nothing changes. Examples:
  ///   om[:,None] >= (s+on)[None,:]  : AllTrue, Mixed, AllFalse
  ///   iv < k                        : AllTrue, AllFalse
  ///   a window a <= j < b : AllFalse, Mixed, AllTrue, Mixed, AllFalse
  llvm::SmallVector<Segment, 5> segments() const;
};

/// "`expr` is a multiple of `divisor`".
struct Multiple {
  LinearExpr expr;
  Integer divisor;
};

struct AffineOptions {
  /// Trust tt.divisibility on operations (tl.multiple_of) and on arguments of
  /// loops, and llvm.intr.assume (tl.assume), of single values and of sums.
  /// What arguments of functions carry (tt.divisibility, tt.equal_to) is
  /// checked by the launcher and always used.
  bool trustHints = true;
  /// Launch grids obey CUDA's limits, 2^31-1, 65535, 65535. If absent: true if
  /// the root's module says so (`ttg.target = "cuda:..."`, or a
  /// `triton_ext.request` whose backend is cuda). Otherwise each program id is
  /// in [0, 2^31-2].
  std::optional<bool> cudaGrid;
  /// Taken for granted of values of the whole function: what a pass is about to
  /// test at run time (see `alignmentOf`).
  llvm::SmallVector<Multiple, 2> multiples;
};

class AffineAnalysis {
public:
  /// Looks at nothing yet. `root` contains all values that will be asked for.
  explicit AffineAnalysis(mlir::Operation *root, AffineOptions options = {});
  ~AffineAnalysis();
  AffineAnalysis(const AffineAnalysis &) = delete;
  AffineAnalysis &operator=(const AffineAnalysis &) = delete;

  //--- Single values -------------------------------------------------------//

  /// An interval that holds the value, of all lanes. For a value that is not
  /// an integer, an index or a ranked tensor of them, or is wider than 64
  /// bits: nullopt.
  std::optional<Interval> rangeOf(mlir::Value value);

  /// The residue class of the value, of all lanes. `divisor()` of it is the
  /// divisibility. `any()` where nothing is known.
  Congruence congruenceOf(mlir::Value value);

  /// The affine form. Null where rangeOf is nullopt. Scalars: a computation
  /// that may wrap becomes an opaque symbol, so that the form is always exact
  /// and without conditions; at worst it is the value itself. Tensors: a
  /// tensor that is not affine is a symbol of its own. May be inexact.
  /// The pointer is valid until the analysis is destroyed.
  const AffineForm *formOf(mlir::Value value);

  /// The same in terms of the iterations of `loop`: what varies with `loop` is
  /// expanded down to Symbol{iv, Iteration} even where that needs conditions
  /// or exactness is lost; what does not stays opaque where it may wrap. The
  /// induction variable itself is lb + step * number, and a loop-carried value
  /// that grows by a constant c per iteration is init + c * number. A loop
  /// whose step is not a positive constant keeps its induction variable as a
  /// symbol.
  const AffineForm *formOf(mlir::Value value, mlir::scf::ForOp loop);

  /// True if the scalar or tensor is the same in each iteration of `loop` (of
  /// one execution of it), and can be computed before it: it is defined
  /// outside, or by operations without effects, that are safe to speculate, on
  /// such values.
  bool isInvariant(mlir::Value value, mlir::scf::ForOp loop);

  /// The number the loop counts by, if it is a positive constant and the loop
  /// compares as signed (or cannot tell the difference).
  std::optional<int64_t> constantStep(mlir::scf::ForOp loop);

  /// max(0, ceil((ub - lb) / step)). `constantStep` must be known.
  ScalarExpr tripCount(mlir::scf::ForOp loop);

  /// Under these obligations (none: always) the increment after the last
  /// iteration does not overflow the type of the induction variable. Not part
  /// of any PredicateOverLoop, see the head of this file; a pass whose output
  /// should also agree with stock where stock's loop runs away adds them.
  llvm::SmallVector<Obligation, 2> incrementFits(mlir::scf::ForOp loop);

  //--- Predicates ----------------------------------------------------------//

  /// What an i1 scalar or tensor is whenever it is computed, without any
  /// obligation. Follows comparisons, andi, ori, xori with true, shape
  /// operations (splat, broadcast, expand_dims, trans), constants, extensions
  /// of i1 compared with zero, and selects of i1.
  LaneClass classify(mlir::Value predicate);

  /// Where in `loop`, which must contain the predicate's uses (the predicate
  /// may be defined in a loop nested in it), the predicate is what. Follows
  /// the same operations. Comparisons may be signed or unsigned and of any
  /// width; both sides may depend on the loop as long as the difference of
  /// their forms is c0 + c * iteration + lanes with a constant c. Loops nested
  /// in `loop` are covered over all of their iterations.
  PredicateOverLoop classify(mlir::Value predicate, mlir::scf::ForOp loop);

  //--- What to test at run time --------------------------------------------//

  /// What makes `comparison` all true in the last iteration of `loop`, too,
  /// where it is so in all others: of
  ///
  ///   for k in range(0, K, 64): k + arange(0, 64) < K
  ///
  /// that K is a multiple of 64. The sum speaks of values that are available
  /// before the loop; it can be computed in 64 bits. Whether it suffices says
  /// an analysis that has it among its options' `multiples`. Null for anything
  /// but a comparison that a constant takes towards false each iteration.
  std::optional<Multiple> alignmentOf(mlir::Value comparison,
                                      mlir::scf::ForOp loop);

  /// Conditions under which every lane of `predicate` is true, now and each
  /// time it is computed before `before` is reached anew, or a loop around that
  /// goes on: of pid * 64 + arange(0, 64) < n that pid * 64 + 63 - n < 0, in 64
  /// bits. They speak of what is available before the operation `before`, or
  /// may be computed there. Null where there are none: the predicate is not put
  /// together from orderings by `and`, it hangs on what comes later, or is
  /// false.
  std::optional<llvm::SmallVector<Obligation, 2>>
  allTrueIf(mlir::Value predicate, mlir::Operation *before);

  //--- From expressions to IR ----------------------------------------------//
  //
  // Each of these emits arith operations at the builder's insertion point,
  // which must lie before the loop in a block that dominates it, and after the
  // definitions that the loop itself can see (directly before the loop always
  // does). Invariant scalars that are computed inside the loop are cloned. What
  // takes an operation `before` takes any, and so clones what comes after it.
  // Arithmetic is in i64; that it does not overflow was proved when the
  // expression was made, given its obligations. What is emitted is lowered by
  // every stock release: add, sub, mul, shifts, divsi, cmpi, select, minsi,
  // maxsi, extensions.

  /// The expression as an i64. Symbols are invariant in `loop`.
  mlir::Value materialize(mlir::OpBuilder &builder, mlir::Location loc,
                          const ScalarExpr &expr, mlir::Operation *before);

  /// An i1: all obligations hold, and all multiples are such. Null if there are
  /// none.
  mlir::Value materializeGuard(mlir::OpBuilder &builder, mlir::Location loc,
                               llvm::ArrayRef<Obligation> obligations,
                               mlir::Operation *before,
                               llvm::ArrayRef<Multiple> multiples = {});

  /// Which bound a cut falls back to where its guard is false.
  enum class CutFallback { LowerBound, UpperBound };

  /// The first value of the induction variable whose iteration number is at
  /// least `begin`, for use as a bound of `loop` (its type, not i64): on the
  /// grid lb + k * step, at least lb; the upper bound where no iteration is
  /// left. If `guard` is not null and false, the fallback: LowerBound makes
  /// what comes before the cut empty, UpperBound what comes after it. For cuts
  /// of nondecreasing segments so made, [lb, cut1), [cut1, cut2), ...,
  /// [cutn, ub) with the loop's own step make up exactly its iterations.
  mlir::Value materializeCut(mlir::OpBuilder &builder, mlir::scf::ForOp loop,
                             const ScalarExpr &begin, mlir::Value guard,
                             CutFallback fallback);

  /// Whether `bound` looks as `materializeCut` makes it, also within bounds of
  /// others, which no bound does that stands in a kernel's source.
  static bool isCut(mlir::Value bound);

  /// Internal.
  struct Impl;

private:
  std::unique_ptr<Impl> impl;
};

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_AFFINEANALYSIS_H
