//===- TensorOps.cpp - the tt operations the analysis reads -----*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "TensorOps.h"
#include "dialects/Triton/Triton.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace triton_ext {

TensorOp matchTensorOp(Operation *op) {
  auto ofSource = [op](TensorOp::Kind kind) {
    TensorOp match;
    match.kind = kind;
    match.source = op->getOperand(0);
    return match;
  };
  auto ofGrid = [](TensorOp::Kind kind, triton::ProgramIDDim axis) {
    TensorOp match;
    match.kind = kind;
    match.axis = static_cast<unsigned>(axis);
    return match;
  };
  // Layouts belong to a dialect that is not typed here.
  if (op->getName().getStringRef() == "ttg.convert_layout" &&
      op->getNumOperands() == 1 && op->getNumResults() == 1)
    return ofSource(TensorOp::Identity);

  return llvm::TypeSwitch<Operation *, TensorOp>(op)
      .Case([&](triton::GetProgramIdOp id) {
        return ofGrid(TensorOp::ProgramId, id.getAxis());
      })
      .Case([&](triton::GetNumProgramsOp count) {
        return ofGrid(TensorOp::NumPrograms, count.getAxis());
      })
      .Case([&](triton::MakeRangeOp range) {
        TensorOp match;
        match.kind = TensorOp::MakeRange;
        match.start = range.getStartAttr().getInt();
        return match;
      })
      .Case([&](triton::ExpandDimsOp expand) {
        TensorOp match = ofSource(TensorOp::ExpandDims);
        match.axis = expand.getAxis();
        return match;
      })
      .Case([&](triton::TransOp trans) {
        TensorOp match = ofSource(TensorOp::Trans);
        match.order = trans.getOrder();
        return match;
      })
      .Case([&](triton::SplatOp) { return ofSource(TensorOp::Splat); })
      .Case([&](triton::BroadcastOp) { return ofSource(TensorOp::Broadcast); })
      .Case<triton::UnsplatOp, triton::ReshapeOp, triton::GatherOp>(
          [&](auto) { return ofSource(TensorOp::Rearrange); })
      .Default([](Operation *) { return TensorOp(); });
}

} // namespace triton_ext
