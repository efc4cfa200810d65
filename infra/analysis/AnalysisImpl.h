//===- AnalysisImpl.h - the parts of AffineAnalysis -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Four parts, each a file, each standing on the ones before:
//   Facts.cpp        interval and residue class of a value, from its operands'
//   Forms.cpp        affine forms, and bounds of linear sums
//   Predicates.cpp   where an i1 is all true, all false or mixed
//   Materialize.cpp  expressions to IR
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_ANALYSISIMPL_H
#define TRITON_EXT_ANALYSIS_ANALYSISIMPL_H

#include "triton_ext/Analysis/AffineAnalysis.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

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

  //--- Forms.cpp -----------------------------------------------------------//

  const AffineForm &formOf(mlir::Value value, mlir::scf::ForOp loop);
  bool isInvariant(mlir::Value value, mlir::scf::ForOp loop);
  /// What AffineAnalysis::rangeOf has answered.
  llvm::DenseMap<mlir::Value, Interval> ranges;
  /// All values of the sum, its symbols taken as independent.
  Interval intervalOf(const LinearExpr &expr);
  /// The same, using also that induction variables keep to their (symbolic)
  /// bounds.
  Interval boundsOf(const LinearExpr &expr);
  /// The values of all lanes.
  Interval boundsOf(const AffineForm &form);
  /// ub - iv >= this, whenever iv runs.
  Integer distanceToUpperBound(mlir::scf::ForOp loop);

  //--- Predicates.cpp ------------------------------------------------------//

  /// `loop` null: over all times.
  PredicateOverLoop classify(mlir::Value predicate, mlir::scf::ForOp loop);
  ScalarExpr tripCount(mlir::scf::ForOp loop);
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
  void collectAssumptions();
  void applyAssumption(mlir::Value value, mlir::Operation *compare,
                       Facts &facts);

  AffineForm computeForm(mlir::Value value, mlir::scf::ForOp loop);
  std::optional<AffineForm> decompose(mlir::Value value, mlir::scf::ForOp loop);
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
  Integer lowerBound(LinearExpr expr);

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

  mlir::Operation *root;
  AffineOptions options;
  bool cudaGrid;
  unsigned depth = 0;

  llvm::DenseMap<mlir::Value, Facts> facts;
  llvm::DenseSet<mlir::Value> factsInProgress;
  bool assumptionsCollected = false;
  /// Comparisons assumed true, by the values they are about.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Operation *, 1>>
      assumptions;

  using ValueInLoop = std::pair<mlir::Value, mlir::Operation *>;
  llvm::DenseMap<ValueInLoop, std::unique_ptr<AffineForm>> forms;
  llvm::DenseMap<ValueInLoop, bool> invariants;
  llvm::DenseMap<ValueInLoop, PredicateOverLoop> predicates;
};

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_ANALYSISIMPL_H
