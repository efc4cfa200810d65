//===- Pointers.cpp - Where pointers come from ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Analysis/Pointers.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace triton_ext {

namespace {
/// Values still to be looked at, each one once.
using Worklist = llvm::SetVector<Value>;
} // namespace

/// Whether the pointers of the result are those of the operands, moved or
/// placed otherwise.
static bool passesOn(Operation *op) {
  static const llvm::StringSet<> names{
      "tt.addptr",  "tt.splat",   "tt.broadcast", "tt.expand_dims",
      "tt.bitcast", "tt.reshape", "tt.trans",     "ttg.convert_layout",
      "tt.cat",     "tt.join",    "tt.split",     "tt.gather"};
  return names.contains(op->getName().getStringRef());
}

static bool holdsPointers(Value value) {
  return isa<triton::PointerType>(getElementTypeOrSelf(value.getType()));
}

/// What an argument of a structured loop's body can be; false where it is none.
static bool sourcesOf(BlockArgument argument, Worklist &sources) {
  Operation *parent = argument.getOwner()->getParentOp();
  unsigned number = argument.getArgNumber();
  if (auto loop = dyn_cast<scf::ForOp>(parent)) {
    OpOperand *init = loop.getTiedLoopInit(argument);
    if (!init)
      return false;
    sources.insert(init->get());
    sources.insert(loop.getTiedLoopYieldedValue(argument)->get());
    return true;
  }
  auto loop = dyn_cast<scf::WhileOp>(parent);
  if (!loop)
    return false;
  if (argument.getOwner() == loop.getAfterBody()) {
    sources.insert(loop.getConditionOp().getArgs()[number]);
    return true;
  }
  sources.insert(loop.getInits()[number]);
  sources.insert(loop.getYieldOp().getOperand(number));
  return true;
}

/// What a result of an operation can be; false where that is not known.
static bool sourcesOf(OpResult result, Worklist &sources) {
  Operation *op = result.getOwner();
  unsigned number = result.getResultNumber();
  if (passesOn(op)) {
    for (Value operand : op->getOperands())
      if (holdsPointers(operand))
        sources.insert(operand);
    return true;
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    sources.insert(select.getTrueValue());
    sources.insert(select.getFalseValue());
    return true;
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    sources.insert(branch.thenYield().getOperand(number));
    sources.insert(branch.elseYield().getOperand(number));
    return true;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    sources.insert(loop.getInitArgs()[number]);
    sources.insert(loop.getYieldedValues()[number]);
    return true;
  }
  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    sources.insert(loop.getConditionOp().getArgs()[number]);
    return true;
  }
  return false;
}

static bool isFunctionArgument(BlockArgument argument) {
  Block *block = argument.getOwner();
  return isa<triton::FuncOp>(block->getParentOp()) && block->isEntryBlock();
}

BlockArgument baseArgument(Value pointer,
                           llvm::function_ref<void(Operation *)> visit) {
  Worklist seen;
  seen.insert(pointer);
  BlockArgument base;
  for (unsigned next = 0; next < seen.size(); ++next) {
    Value value = seen[next];
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && isFunctionArgument(argument)) {
      if (base && base != argument)
        return {};
      base = argument;
      continue;
    }
    if (argument ? !sourcesOf(argument, seen)
                 : !sourcesOf(cast<OpResult>(value), seen))
      return {};
    if (visit && !argument)
      visit(value.getDefiningOp());
  }
  return base;
}

std::string argumentName(BlockArgument argument) {
  if (auto name = dyn_cast<NameLoc>(argument.getLoc()))
    return name.getName().str();
  return std::to_string(argument.getArgNumber());
}

} // namespace triton_ext
