//===- LoopInvariant.cpp - Computing in front of a loop ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Analysis/LoopInvariant.h"
#include "TensorOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace triton_ext {

bool isHoistable(Operation *op) {
  if (op->getNumRegions() != 0)
    return false;
  // Too far a shift is poison, and a loop's bound must not be.
  if (isa<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(op)) {
    APInt amount;
    if (!matchPattern(op->getOperand(1), m_ConstantInt(&amount)) ||
        amount.uge(amount.getBitWidth()))
      return false;
  }
  return (isMemoryEffectFree(op) && isSpeculatable(op)) ||
         matchTensorOp(op).kind != TensorOp::None;
}

bool isAvailable(Value value, Operation *before) {
  Operation *op = value.getDefiningOp();
  for (Operation *at = before; at; at = at->getParentOp()) {
    if (at->getBlock() == value.getParentBlock())
      return !op || op->isBeforeInBlock(at);
    // Another block of these dominates this one, or its value is not used here.
    if (at->getParentRegion() == value.getParentRegion())
      return true;
  }
  return false;
}

Value cloneInFront(OpBuilder &builder, Operation *before, Value value,
                   IRMapping &clones) {
  if (isAvailable(value, before))
    return value;
  if (Value clone = clones.lookupOrNull(value))
    return clone;
  Operation *op = value.getDefiningOp();
  assert(op && "expects a value that can be computed in front");
  for (Value operand : op->getOperands())
    clones.map(operand, cloneInFront(builder, before, operand, clones));
  Operation *clone = builder.clone(*op, clones);
  if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(clone))
    clone->setAttr(flags.getIntegerOverflowAttrName(),
                   arith::IntegerOverflowFlagsAttr::get(
                       clone->getContext(), arith::IntegerOverflowFlags::none));
  return clones.lookup(value);
}

} // namespace triton_ext
