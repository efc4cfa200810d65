//===- SkippedIterations.h - what skipping iterations leaves ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Whether a loop that does not run its first, or its last, iterations computes
// what it did, where it is known of some of its masks what they are in those
// iterations (all false, mostly). Every answer is a proof by BodyEvaluator.
//
// Leading. The iteration is evaluated on the initial values. If all that comes
// out is constant or as it was, and another iteration leaves it so, then that
// is the state S after any number of such iterations from one on: the loop may
// start behind them, from S where there is one at least, else from the initial
// values.
//
// Trailing. Either an iteration leaves every state as it was, bit by bit; then
// all may go. Or a second one leaves what the first one made, of any state;
// then all but the first may go. Carried values are told apart by kinds of
// floats, each lane by itself: a running maximum of -inf, one that is finite.
//
// Values that advance by the same amount each time (counters, pointers) count
// as neither: whoever skips iterations advances them by as much.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_SKIPPEDITERATIONS_H
#define TRITON_EXT_ANALYSIS_SKIPPEDITERATIONS_H

#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Analysis/BodyEvaluator.h"

namespace triton_ext {

class SkippedIterations {
public:
  /// What may be taken for granted.
  struct Assumptions {
    /// BodyEvaluator::Options::finiteValues.
    bool finiteValues = false;
    /// The same with `finiteFills`, and every row that is used has seen more
    /// than fills where a loop ends.
    bool finiteFills = false;
  };

  enum class Obstacle {
    None,
    /// `at` writes, prints, traps or waits.
    Effect,
    /// `at` adds zero times values that may not be finite.
    NeedsFinite,
    /// `at` chooses a large negative constant in place of minus infinity.
    FiniteFill,
    /// The state becomes NaN: of which bits is not known.
    BecomesNaN,
    /// The state is another after each iteration, or hangs on data.
    StateChanges,
  };

  struct Proof {
    /// Leading: what each carried value is behind the skipped iterations, null
    /// where it is as in front of them.
    llvm::SmallVector<mlir::TypedAttr> state;
    /// Trailing: how many of the iterations must stay.
    unsigned kept = 0;
    /// Scalars that must be finite and above zero for the proof to hold.
    llvm::SetVector<mlir::Value> positives;
  };

  SkippedIterations(mlir::scf::ForOp loop, AffineAnalysis &analysis,
                    Assumptions assumptions);

  using Known = llvm::DenseMap<mlir::Value, bool>;
  /// `known`: i1 values of the loop, the same in all iterations to be skipped.
  std::optional<Proof> proveLeading(const Known &known);
  std::optional<Proof> proveTrailing(const Known &known);

  /// Why the last proof failed, and where.
  Obstacle obstacle() const { return failed; }
  mlir::Operation *obstacleAt() const { return failedAt; }

  /// By how much carried value `index` advances in each iteration, or null.
  mlir::Value amountOf(unsigned index) const { return amounts[index]; }

private:
  using State = BodyEvaluator::State;

  std::optional<Proof> prove(const Known &known, bool isLeading);
  std::optional<Proof> leadingBy(BodyEvaluator &evaluator);
  std::optional<Proof> trailingBy(BodyEvaluator &evaluator);
  std::optional<Proof> leadingByFills(const Known &known, bool positiveScalars);
  bool settles(BodyEvaluator &evaluator, const State &state);
  bool isFixed(BodyEvaluator &evaluator, const State &state);
  bool splitsInto(BodyEvaluator &evaluator, const State &state,
                  llvm::function_ref<bool(const State &)> holds);
  bool isSame(llvm::ArrayRef<LaneValue> a, llvm::ArrayRef<LaneValue> b) const;
  void forgetAdvancing(BodyEvaluator &evaluator, State &state) const;
  bool isCounted(unsigned index) const;
  mlir::Operation *effectIn(mlir::Block &block, BodyEvaluator &evaluator);
  void orderArguments();
  void fail(Obstacle obstacle, mlir::Operation *at);
  void failAt(unsigned index, const LaneValue &value);

  mlir::scf::ForOp loop;
  Assumptions assumptions;
  llvm::SmallVector<mlir::Value> amounts;
  /// Carried floats, those that most others hang on first.
  llvm::SmallVector<unsigned> order;
  unsigned budget = 0;
  Obstacle failed = Obstacle::None;
  mlir::Operation *failedAt = nullptr;
};

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_SKIPPEDITERATIONS_H
