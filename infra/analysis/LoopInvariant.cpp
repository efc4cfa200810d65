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

Value cloneInFront(OpBuilder &builder, scf::ForOp loop, Value value,
                   IRMapping &clones) {
  if (loop.isDefinedOutsideOfLoop(value))
    return value;
  if (Value clone = clones.lookupOrNull(value))
    return clone;
  Operation *op = value.getDefiningOp();
  assert(op && "expects a value that is invariant in the loop");
  for (Value operand : op->getOperands())
    clones.map(operand, cloneInFront(builder, loop, operand, clones));
  Operation *clone = builder.clone(*op, clones);
  if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(clone))
    clone->setAttr(flags.getIntegerOverflowAttrName(),
                   arith::IntegerOverflowFlagsAttr::get(
                       clone->getContext(), arith::IntegerOverflowFlags::none));
  return clones.lookup(value);
}

} // namespace triton_ext
