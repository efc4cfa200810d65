//===- TensorOps.cpp - the tt operations the analysis reads -----*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "TensorOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace triton_ext {

TensorOp matchTensorOp(Operation *op) {
  TensorOp match;
  match.kind =
      llvm::StringSwitch<TensorOp::Kind>(op->getName().getStringRef())
          .Case("tt.get_program_id", TensorOp::ProgramId)
          .Case("tt.get_num_programs", TensorOp::NumPrograms)
          .Case("tt.make_range", TensorOp::MakeRange)
          .Case("tt.splat", TensorOp::Splat)
          .Case("tt.expand_dims", TensorOp::ExpandDims)
          .Case("tt.broadcast", TensorOp::Broadcast)
          .Case("tt.trans", TensorOp::Trans)
          .Case("ttg.convert_layout", TensorOp::Identity)
          .Cases({"tt.unsplat", "tt.reshape", "tt.gather"}, TensorOp::Rearrange)
          .Default(TensorOp::None);
  if (op->getNumResults() != 1)
    return {};
  if (op->getNumOperands() > 0)
    match.source = op->getOperand(0);

  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"))
    match.axis = axis.getInt();
  if (auto start = op->getAttrOfType<IntegerAttr>("start"))
    match.start = start.getInt();
  if (auto order = op->getAttrOfType<DenseI32ArrayAttr>("order"))
    match.order = order.asArrayRef();
  return match;
}

} // namespace triton_ext
