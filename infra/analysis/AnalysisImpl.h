//===- AnalysisImpl.h - the parts of AffineAnalysis -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The parts, each a file, each standing on the ones before:
//   Facts.cpp        interval and residue class of a value, from its operands'
//   Hints.cpp        what assumptions and hints say of values and of sums
//   Forms.cpp        affine forms
//   Relations.cpp    a symbol against the sums it was made from
//   Bounds.cpp       bounds of linear sums
//   Predicates.cpp   where an i1 is all true, all false or mixed
//   Materialize.cpp  expressions to IR
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_ANALYSISIMPL_H
#define TRITON_EXT_ANALYSIS_ANALYSISIMPL_H

#include "triton_ext/Analysis/AffineAnalysis.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <array>
#include <memory>

namespace triton_ext {

/// Bits of the integer, index, or element of a ranked tensor of static shape;
/// nullopt for what is not analysed.
std::optional<unsigned> integerWidth(mlir::Type type);

/// The scf.for whose induction variable `value` is, or null.
mlir::scf::ForOp loopOfInductionVar(mlir::Value value);

/// How far the loop moves a loop-carried argument each iteration, if it is the
/// same constant (modulo the width of the type) each time.
std::optional<Integer> constantIncrement(
    mlir::BlockArgument arg,
    llvm::function_ref<std::optional<Integer>(mlir::Value)> constantOf);

/// The power of two whose multiples `mask` keeps, 2^k for -2^k, or nothing.
std::optional<Integer> alignmentOfMask(std::optional<Integer> mask);
/// The power of two that follows `mask`, 2^k for 2^k - 1, or nothing.
std::optional<Integer> afterLowBits(std::optional<Integer> mask);

/// low <= factor * symbol <= high, an absent end being open; factor > 0. Holds
/// where the symbol is at least `ifAtLeast`.
struct Relation {
  Integer factor{1};
  std::optional<LinearExpr> low, high;
  std::optional<Integer> ifAtLeast;
};

/// What is known of a symbol beyond its interval and residue class.
struct Relations {
  llvm::SmallVector<Relation, 2> relations;
  /// If not empty, the symbol is one of these.
  llvm::SmallVector<LinearExpr, 2> alternatives;
};

struct AffineAnalysis::Impl {
  Impl(mlir::Operation *root, AffineOptions options);

  //--- Facts.cpp -----------------------------------------------------------//

  struct Facts {
    Interval range;
    Congruence congruence;
  };
  /// `value` has an integerWidth. The range is never empty.
  Facts factsOf(mlir::Value value);
  std::optional<Integer> constantOf(mlir::Value value);
  Interval rangeOf(const Symbol &symbol);
  Congruence congruenceOf(const Symbol &symbol);
  std::optional<int64_t> constantStep(mlir::scf::ForOp loop);
  /// The loop counts upwards and compares as signed: lb <= iv < ub.
  bool countsUp(mlir::scf::ForOp loop);
  /// An upper bound of the trip count. The step must be constant.
  Integer maxTripCount(mlir::scf::ForOp loop);

  //--- Hints.cpp -----------------------------------------------------------//

  /// Sums that are not negative, by llvm.intr.assume.
  llvm::ArrayRef<LinearExpr> assumedNonNegative();
  /// Sums with divisors, by options, llvm.intr.assume and tl.multiple_of.
  llvm::ArrayRef<Multiple> assumedMultiples();

  //--- Forms.cpp -----------------------------------------------------------//

  const AffineForm &formOf(mlir::Value value, mlir::scf::ForOp loop);
  bool isInvariant(mlir::Value value, mlir::scf::ForOp loop);
  /// Whether the value is available before that operation, or may be computed
  /// there.
  bool canStandBefore(mlir::Value value, mlir::Operation *before);
  /// What AffineAnalysis::rangeOf has answered.
  llvm::DenseMap<mlir::Value, Interval> ranges;
  /// The form in terms of the operands' forms, right modulo 2^width; nullopt
  /// where there is none.
  std::optional<AffineForm> decompose(mlir::Value value, mlir::scf::ForOp loop);

  //--- Relations.cpp, Bounds.cpp -------------------------------------------//

  const Relations &relationsOf(const Symbol &symbol);
  Congruence congruenceOf(const LinearExpr &expr);
  /// All values of the sum, its symbols taken as independent.
  Interval intervalOf(const LinearExpr &expr);
  /// The same, using also how symbols hang together: induction variables keep
  /// to their (symbolic) bounds, quotients to what is divided, and so on.
  Interval boundsOf(const LinearExpr &expr);
  /// The values of all lanes.
  Interval boundsOf(const AffineForm &form);
  /// ub - iv >= this, whenever iv runs.
  Integer distanceToUpperBound(mlir::scf::ForOp loop);

  //--- Predicates.cpp ------------------------------------------------------//

  /// `loop` null: over all times.
  PredicateOverLoop classify(mlir::Value predicate, mlir::scf::ForOp loop);
  ScalarExpr tripCount(mlir::scf::ForOp loop);
  std::optional<Multiple> alignmentOf(mlir::Operation *compare,
                                      mlir::scf::ForOp loop);
  /// Adds what makes the predicate all true; false if nothing does.
  bool allTrueIf(mlir::Value predicate, mlir::Operation *before,
                 llvm::SmallVectorImpl<Obligation> &obligations);
  /// Makes sure that `expr` can be computed in i64 (each step of it), adding
  /// bounds for wide symbols to `obligations`. False if it cannot.
  bool makeComputable(const ScalarExpr &expr,
                      llvm::SmallVectorImpl<Obligation> &obligations);

private:
  Facts computeFacts(mlir::Value value);
  Facts blockArgumentFacts(mlir::BlockArgument arg, Facts type);
  Facts operationFacts(mlir::OpResult result, Facts type);
  std::optional<Interval> transferRange(mlir::Operation *op,
                                        const Interval &type);
  Congruence transferCongruence(mlir::Operation *op);
  void applyHints(mlir::Value value, Facts &facts);
  void applySupposed(mlir::Value value, Facts &facts);
  void collectAssumptions();
  void applyAssumption(mlir::Value value, mlir::Operation *compare,
                       Facts &facts);
  void collectSums();
  void collectSum(mlir::Operation *compare, mlir::Block *block);
  void collectTensorHint(mlir::Operation *op);
  bool holdsFor(const LinearExpr &expr, mlir::Block *block);
  void addSumHint(const LinearExpr &expr, mlir::Block *block,
                  std::optional<Integer> divisor);

  AffineForm computeForm(mlir::Value value, mlir::scf::ForOp loop);
  std::optional<AffineForm> decomposeArgument(mlir::BlockArgument arg,
                                              mlir::scf::ForOp loop);
  std::optional<AffineForm> decomposeShape(mlir::Operation *op,
                                           mlir::scf::ForOp loop);
  std::optional<AffineForm> decomposeArith(mlir::Operation *op,
                                           mlir::scf::ForOp loop);
  std::optional<AffineForm> decomposeExtension(mlir::Operation *op,
                                               mlir::scf::ForOp loop);
  std::optional<AffineForm> decomposeDivision(mlir::Operation *op,
                                              mlir::scf::ForOp loop);
  AffineForm opaque(mlir::Value value);
  void require(AffineForm &form, const Interval &allowed);
  bool readUnsigned(AffineForm &form);
  Relations computeRelations(const Symbol &symbol);
  std::optional<AffineForm> plainForm(mlir::Value value);

  PredicateOverLoop compute(mlir::Value predicate, mlir::scf::ForOp loop);
  PredicateOverLoop compare(mlir::Operation *op, mlir::scf::ForOp loop);
  PredicateOverLoop atLeastZero(const AffineForm &difference,
                                mlir::scf::ForOp loop);
  std::optional<IterationRange> solve(const LinearExpr &expr,
                                      mlir::scf::ForOp loop);
  std::optional<LinearExpr> eliminate(LinearExpr expr, mlir::scf::ForOp loop,
                                      bool lower);
  bool discharge(const AffineForm::Condition &condition, mlir::scf::ForOp loop,
                 llvm::SmallVectorImpl<Obligation> &obligations);
  bool dischargeSide(const LinearExpr &expr, std::optional<Integer> min,
                     std::optional<Integer> max, mlir::scf::ForOp loop,
                     llvm::SmallVectorImpl<Obligation> &obligations);
  bool dischargeAll(const AffineForm &form, const Interval &allowed,
                    mlir::scf::ForOp loop,
                    llvm::SmallVectorImpl<Obligation> &obligations);
  void simplify(IterationRange &range, mlir::scf::ForOp loop);
  bool holdsIf(const LinearExpr &expr, std::optional<Integer> min,
               std::optional<Integer> max, mlir::Operation *before,
               llvm::SmallVectorImpl<Obligation> &obligations);
  bool compareHoldsIf(mlir::Operation *compare, mlir::Operation *before,
                      llvm::SmallVectorImpl<Obligation> &obligations);

  mlir::Operation *root;
  AffineOptions options;
  bool cudaGrid;
  unsigned depth = 0;
  unsigned relationDepth = 0;

  llvm::DenseMap<mlir::Value, Facts> facts;
  llvm::DenseSet<mlir::Value> factsInProgress;
  bool assumptionsCollected = false;
  /// Comparisons assumed true, by the values they are about.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Operation *, 1>>
      assumptions;
  /// The comparisons assumed true, and tensors with hints, with their blocks.
  llvm::SmallVector<std::pair<mlir::Operation *, mlir::Block *>> assumed;
  llvm::SmallVector<mlir::Operation *> hintedTensors;
  bool sumsCollected = false;
  llvm::SmallVector<LinearExpr> nonNegative;
  llvm::SmallVector<Multiple> multiples;
  /// tt.get_num_programs, by axis; the first of each.
  std::array<mlir::Value, 3> gridSizes;

  using ValueInLoop = std::pair<mlir::Value, mlir::Operation *>;
  llvm::DenseMap<ValueInLoop, std::unique_ptr<AffineForm>> forms;
  llvm::DenseMap<ValueInLoop, bool> invariants;
  llvm::DenseMap<mlir::Value, std::unique_ptr<Relations>> relations;
  llvm::DenseMap<ValueInLoop, PredicateOverLoop> predicates;
};

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_ANALYSISIMPL_H
