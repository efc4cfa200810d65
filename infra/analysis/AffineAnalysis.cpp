//===- AffineAnalysis.cpp - affine forms, ranges, predicates ----*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "AnalysisImpl.h"
#include "mlir/IR/BuiltinOps.h"
#include "triton_ext/Request.h"

using namespace mlir;

namespace triton_ext {

/// Whether the module around `op` says that it is compiled for CUDA.
static bool targetsCuda(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  if (!module)
    return false;
  if (auto target = module->getAttrOfType<StringAttr>("ttg.target"))
    return target.getValue().starts_with("cuda:");
  auto request = module->getAttrOfType<DictionaryAttr>(Request::attributeName);
  auto backend = request ? request.getAs<StringAttr>("backend") : StringAttr();
  return backend && backend.getValue() == "cuda";
}

AffineAnalysis::Impl::Impl(Operation *root, AffineOptions options)
    : root(root), options(options),
      cudaGrid(options.cudaGrid ? *options.cudaGrid : targetsCuda(root)) {}

AffineAnalysis::AffineAnalysis(Operation *root, AffineOptions options)
    : impl(std::make_unique<Impl>(root, options)) {}

AffineAnalysis::~AffineAnalysis() = default;

std::optional<Interval> AffineAnalysis::rangeOf(Value value) {
  std::optional<unsigned> width = integerWidth(value.getType());
  if (!width)
    return std::nullopt;
  auto known = impl->ranges.find(value);
  if (known != impl->ranges.end())
    return known->second;
  Interval range = impl->factsOf(value).range;
  const AffineForm &form = impl->formOf(value, {});
  if (*width > 1 && form.exact && form.conditions.empty()) {
    Interval both = range.intersect(impl->boundsOf(form));
    if (!both.isEmpty())
      range = both;
  }
  impl->ranges[value] = range;
  return range;
}

Congruence AffineAnalysis::congruenceOf(Value value) {
  if (!integerWidth(value.getType()))
    return Congruence::any();
  return impl->factsOf(value).congruence;
}

const AffineForm *AffineAnalysis::formOf(Value value) {
  return formOf(value, {});
}

const AffineForm *AffineAnalysis::formOf(Value value, scf::ForOp loop) {
  if (!integerWidth(value.getType()))
    return nullptr;
  return &impl->formOf(value, loop);
}

bool AffineAnalysis::isInvariant(Value value, scf::ForOp loop) {
  return impl->isInvariant(value, loop);
}

std::optional<int64_t> AffineAnalysis::constantStep(scf::ForOp loop) {
  return impl->constantStep(loop);
}

ScalarExpr AffineAnalysis::tripCount(scf::ForOp loop) {
  return impl->tripCount(loop);
}

SmallVector<Obligation, 2> AffineAnalysis::incrementFits(scf::ForOp loop) {
  // The last value is at most ub - distance.
  LinearExpr after = impl->formOf(loop.getUpperBound(), {}).base +
                     -impl->distanceToUpperBound(loop) +
                     Integer(*impl->constantStep(loop));
  unsigned width = *integerWidth(loop.getInductionVar().getType());
  Integer limit = Interval::signedRange(width).hi;
  SmallVector<Obligation, 2> obligations;
  if (impl->boundsOf(after).hi > limit) {
    obligations.push_back({after, std::nullopt, limit});
    impl->makeComputable(after, obligations);
  }
  return obligations;
}

LaneClass AffineAnalysis::classify(Value predicate) {
  PredicateOverLoop result = impl->classify(predicate, {});
  return result.obligations.empty() ? result.overall() : LaneClass::Mixed;
}

std::optional<Multiple> AffineAnalysis::alignmentOf(Value comparison,
                                                    scf::ForOp loop) {
  Operation *compare = comparison.getDefiningOp();
  return compare ? impl->alignmentOf(compare, loop) : std::nullopt;
}

std::optional<SmallVector<Obligation, 2>>
AffineAnalysis::allTrueIf(Value predicate, Operation *before) {
  SmallVector<Obligation, 2> obligations;
  if (!impl->allTrueIf(predicate, before, obligations))
    return std::nullopt;
  return obligations;
}

PredicateOverLoop AffineAnalysis::classify(Value predicate, scf::ForOp loop) {
  return impl->classify(predicate, loop);
}

} // namespace triton_ext
