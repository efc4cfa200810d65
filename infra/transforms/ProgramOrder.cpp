//===- ProgramOrder.cpp - Programs of a grid in another order ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/ProgramOrder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include <limits>

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Whether the order matters
//===----------------------------------------------------------------------===//

/// Whether any order of such updates leaves the same in memory.
static bool commutes(tt::AtomicRMWOp atomic) {
  switch (atomic.getAtomicRmwOp()) {
  case tt::RMWOp::AND:
  case tt::RMWOp::OR:
  case tt::RMWOp::XOR:
  case tt::RMWOp::ADD:
  case tt::RMWOp::MAX:
  case tt::RMWOp::MIN:
  case tt::RMWOp::UMAX:
  case tt::RMWOp::UMIN:
    return getElementTypeOrSelf(atomic.getType()).isInteger();
  default:
    return false;
  }
}

static bool waits(Operation *op) {
  if (auto load = dyn_cast<tt::LoadOp>(op))
    return load.getIsVolatile();
  if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op))
    return !atomic->use_empty();
  return isa<scf::WhileOp, tt::AtomicCASOp, tt::AtomicLoadOp, tt::AtomicPollOp>(
      op);
}

static bool isOrdered(Operation *op) {
  if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op))
    return !commutes(atomic);
  if (auto reduce = dyn_cast<tt::DescriptorReduceOp>(op))
    return !getElementTypeOrSelf(reduce.getSrc().getType()).isInteger();
  return isa<tt::AtomicStoreOp>(op);
}

/// Whether what `op` does is known.
static bool isKnown(Operation *op) {
  if (auto assembly = dyn_cast<tt::ElementwiseInlineAsmOp>(op))
    return assembly.getPure();
  if (auto function = dyn_cast<tt::ExternElementwiseOp>(op))
    return function.getPure();
  if (isa<CallOpInterface>(op))
    return false;
  return op->getName().getStringRef() == "llvm.intr.assume" ||
         op->hasTrait<OpTrait::IsTerminator>() || isa<tt::FuncOp>(op) ||
         op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
         isa<MemoryEffectOpInterface>(op);
}

/// Whether the loop goes over tiles, beginning at that of the program's id.
static bool handsTilesOut(scf::ForOp loop) {
  return loop.getLowerBound().getDefiningOp<tt::GetProgramIdOp>() != nullptr;
}

static bool jumpsBack(Block &block) {
  return llvm::any_of(block.getSuccessors(), [&](Block *next) {
    return next == &block ||
           next->computeBlockNumber() < block.computeBlockNumber();
  });
}

static std::optional<Reason> obstacleAt(Operation *op) {
  if (waits(op))
    return Reason{"waits-for-programs",
                  "a program may wait here for another one", op};
  if (isOrdered(op))
    return Reason{"atomic-order",
                  "what is left in memory depends on the order in which "
                  "programs come here",
                  op};
  if (isa<tt::PrintOp>(op))
    return Reason{"prints-ids",
                  "what is printed begins with the hardware's ids", op};
  if (!isKnown(op))
    return Reason{"unknown-operation", "nothing is known about what this does",
                  op};
  if (auto loop = dyn_cast<scf::ForOp>(op); loop && handsTilesOut(loop))
    return Reason{"persistent-loop",
                  "the loop hands out tiles, in an order of its own", op};
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (jumpsBack(block))
        return Reason{"waits-for-programs",
                      "a program may wait in this loop for another one",
                      block.getTerminator()};
  return std::nullopt;
}

std::optional<Reason> findOrderObstacle(tt::FuncOp kernel) {
  std::optional<Reason> obstacle;
  kernel->walk([&](Operation *op) {
    obstacle = obstacleAt(op);
    return obstacle ? WalkResult::interrupt() : WalkResult::advance();
  });
  return obstacle;
}

//===----------------------------------------------------------------------===//
// What depends on what
//===----------------------------------------------------------------------===//

/// Calls `visit` with all that `value` is computed from in one step. False if
/// that is not known.
static bool forEachSource(Value value, llvm::function_ref<void(Value)> visit) {
  Operation *op = value.getDefiningOp();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    op = argument.getOwner()->getParentOp();
    if (isa<FunctionOpInterface>(op))
      return argument.getOwner()->isEntryBlock();
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop)
      return false;
    visit(loop.getLowerBound());
    visit(loop.getStep());
    if (OpOperand *init = loop.getTiedLoopInit(argument)) {
      visit(init->get());
      visit(loop.getTiedLoopYieldedValue(argument)->get());
    }
    return true;
  }
  llvm::for_each(op->getOperands(), visit);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (block.mightHaveTerminator())
        llvm::for_each(block.getTerminator()->getOperands(), visit);
  return true;
}

/// Follows what `from` is computed from, up to `stops`. False if that led to
/// something unknown.
static bool followSources(llvm::ArrayRef<Value> from,
                          llvm::function_ref<bool(Value)> stops) {
  llvm::SetVector<Value> seen(from.begin(), from.end());
  for (size_t next = 0; next < seen.size(); ++next) {
    Value value = seen[next];
    if (!stops(value) &&
        !forEachSource(value, [&](Value source) { seen.insert(source); }))
      return false;
  }
  return true;
}

static llvm::SmallVector<Value> addressOf(Operation *load) {
  if (auto plain = dyn_cast<tt::LoadOp>(load))
    return {plain.getPtr()};
  return llvm::to_vector(load->getOperands());
}

llvm::SmallVector<Operation *> tileLoadsOf(tt::FuncOp kernel) {
  llvm::SmallVector<Operation *> loads;
  kernel->walk([&](Operation *op) {
    if (isa<tt::LoadOp, tt::DescriptorLoadOp, tt::DescriptorGatherOp>(op) &&
        isa<RankedTensorType>(op->getResult(0).getType()))
      loads.push_back(op);
  });
  return loads;
}

unsigned addressDependsOn(Operation *load, llvm::ArrayRef<Value> values) {
  unsigned found = 0;
  bool isKnown = followSources(addressOf(load), [&](Value at) {
    for (auto [bit, value] : llvm::enumerate(values))
      if (at == value) {
        found |= 1u << bit;
        return true;
      }
    return false;
  });
  return isKnown ? found : (1u << values.size()) - 1;
}

static bool isDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp>(
      op);
}

/// Follows an id through scalar arithmetic to the divisions at its end.
static bool collectDivisions(Value value, llvm::DenseSet<Value> &seen,
                             llvm::SetVector<Value> &last) {
  if (!seen.insert(value).second)
    return false;
  bool found = false;
  for (Operation *user : value.getUsers()) {
    if (user->getNumResults() != 1 ||
        !user->getResult(0).getType().isIntOrIndex() ||
        !isa<arith::ArithDialect>(user->getDialect()))
      continue;
    Value result = user->getResult(0);
    bool isLast = isDivision(user) && user->getOperand(0) == value;
    bool goesOn = collectDivisions(result, seen, last);
    if (isLast && !goesOn)
      last.insert(result);
    found |= isLast || goesOn;
  }
  return found;
}

llvm::SmallVector<ProgramPart> partsOf(tt::FuncOp kernel) {
  llvm::SmallVector<ProgramPart> parts;
  kernel->walk([&](tt::GetProgramIdOp id) {
    llvm::DenseSet<Value> seen;
    llvm::SetVector<Value> last;
    collectDivisions(id, seen, last);
    if (last.empty())
      last.insert(id);
    for (Value value : last) {
      auto known = llvm::find_if(
          parts, [&](const ProgramPart &part) { return part.value == value; });
      if (known == parts.end())
        parts.push_back({value, id.getAxisAsInt()});
      else
        known->axis = std::min(known->axis, id.getAxisAsInt());
    }
  });
  return parts;
}

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

static Value constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(value));
}

GridPlace groupRows(OpBuilder &b, Location loc, GridPlace place, GridPlace size,
                    int64_t group) {
  Value one = constant(b, loc, 1);
  Value fits = arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::ule, size.column,
      constant(b, loc, std::numeric_limits<int32_t>::max() / group));
  Value height = constant(b, loc, group);
  height = arith::SelectOp::create(b, loc, fits, height, one);
  // The band, and the number of the place in it, row by row.
  Value inBand = arith::RemUIOp::create(b, loc, place.row, height);
  Value first = arith::SubIOp::create(b, loc, place.row, inBand);
  Value number = arith::AddIOp::create(
      b, loc, arith::MulIOp::create(b, loc, inBand, size.column), place.column);
  // How many rows the band has; one for a place outside of the grid.
  Value left = arith::SubIOp::create(b, loc, size.row, first);
  Value rows = arith::MinSIOp::create(b, loc, left, height);
  rows = arith::MaxSIOp::create(b, loc, rows, one);
  // The place that has this number, column by column.
  Value row = arith::AddIOp::create(
      b, loc, first, arith::RemUIOp::create(b, loc, number, rows));
  return {row, arith::DivUIOp::create(b, loc, number, rows)};
}

Value idInChunks(OpBuilder &b, Location loc, Value id, Value count,
                 int64_t chunks) {
  Value parts = constant(b, loc, chunks);
  Value chunk = arith::RemUIOp::create(b, loc, id, parts);
  Value inChunk = arith::DivUIOp::create(b, loc, id, parts);
  // Of the programs, count % chunks places get one more than the others: those
  // that come first.
  Value length = arith::DivUIOp::create(b, loc, count, parts);
  Value longer = arith::RemUIOp::create(b, loc, count, parts);
  Value before = arith::MulIOp::create(b, loc, chunk, length);
  Value more = arith::MinUIOp::create(b, loc, chunk, longer);
  before = arith::AddIOp::create(b, loc, before, more);
  return arith::AddIOp::create(b, loc, before, inChunk);
}

//===----------------------------------------------------------------------===//
// Replacing ids
//===----------------------------------------------------------------------===//

ProgramRemap::ProgramRemap(tt::FuncOp kernel)
    : kernel(kernel), location(kernel.getLoc()),
      atEntry(OpBuilder::atBlockBegin(&kernel.getBody().front())) {
  kernel->walk([&](tt::GetProgramIdOp id) { originalIds.push_back(id); });
  if (!originalIds.empty())
    location = originalIds.front().getLoc();
}

Value ProgramRemap::hardwareId(int axis) {
  return tt::GetProgramIdOp::create(atEntry, location, axis);
}

Value ProgramRemap::gridSize(int axis) {
  return tt::GetNumProgramsOp::create(atEntry, location, axis);
}

bool ProgramRemap::isKnownAtBeginning(Value value) const {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getOwner() == &kernel->getRegion(0).front();
  Operation *op = value.getDefiningOp();
  return op->getNumRegions() == 0 && isPure(op) &&
         !isa<tt::GetProgramIdOp>(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return isKnownAtBeginning(operand);
         });
}

Value ProgramRemap::atBeginning(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return value;
  IRMapping copies;
  for (Value operand : op->getOperands())
    copies.map(operand, atBeginning(operand));
  return atEntry.clone(*op, copies)
      ->getResult(cast<OpResult>(value).getResultNumber());
}

void ProgramRemap::replaceIds(llvm::ArrayRef<std::pair<int, Value>> ids) {
  for (tt::GetProgramIdOp original : originalIds)
    for (auto [axis, id] : ids)
      if (original.getAxisAsInt() == axis)
        original->replaceAllUsesWith(ValueRange(id));
  for (tt::GetProgramIdOp original : originalIds)
    if (original->use_empty())
      original->erase();
  originalIds.clear();
}

} // namespace triton_ext
