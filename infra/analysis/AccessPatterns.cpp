//===- AccessPatterns.cpp - Who reads the same memory again -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Same addresses. Every value gets a number; values that are computed by the
// same operation from operands of the same numbers share it, so do counters of
// loops that start and step alike, and values that such loops advance alike.
// How long the loops run does not count.
//
// Shared. The coordinates of an address are the values computed from program
// ids, and from nothing else that differs, that enter into it: a remainder or
// quotient of ids as a whole, of a sum or a multiple its parts. If some access
// of the kernel has a coordinate that those of another one do not determine,
// programs that differ in it alone access the same there.
//===----------------------------------------------------------------------===//

#include "triton_ext/Analysis/AccessPatterns.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "triton_ext/Analysis/Accesses.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

/// The operands that are the address of an access; none for other operations.
static ValueRange addressOf(Operation *op) {
  if (accessOf(op))
    return op->getOperands().take_front();
  if (auto load = dyn_cast<tt::DescriptorLoadOp>(op))
    return op->getOperands().take_front(1 + load.getIndices().size());
  if (isa<tt::DescriptorStoreOp>(op))
    return op->getOperands();
  return {};
}

/// A value that computes the same from the same operands at any time.
static bool isPlain(Operation *op) {
  return op && op->getNumRegions() == 0 && isMemoryEffectFree(op);
}

static scf::ForOp loopOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp())
                  : scf::ForOp();
}

static bool isCounter(Value value, scf::ForOp loop) {
  return value == loop.getInductionVar();
}

AccessPatterns::AccessPatterns(Operation *function) {
  SmallVector<Operation *> accesses;
  function->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!addressOf(op).empty())
      accesses.push_back(op);
  });
  for (Operation *access : accesses) {
    Sources sources;
    llvm::DenseSet<Value> seen;
    for (Value value : addressOf(access))
      collectSources(value, sources, seen);
    patterns[access].isKnown = sources.isKnown;
  }
  findReadAgain(accesses);
  findShared(accesses);
}

AccessPattern AccessPatterns::of(Operation *access) const {
  return patterns.lookup(access);
}

//===----------------------------------------------------------------------===//
// Where an address comes from
//===----------------------------------------------------------------------===//

void AccessPatterns::collectSources(Value value, Sources &sources,
                                    llvm::DenseSet<Value> &seen) const {
  if (!seen.insert(value).second)
    return;
  auto follow = [&](ValueRange values) {
    for (Value each : values)
      collectSources(each, sources, seen);
  };
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (scf::ForOp loop = loopOf(value)) {
      sources.loops.insert(loop);
      follow({loop.getLowerBound(), loop.getStep()});
      if (!isCounter(value, loop))
        follow({loop.getTiedLoopInit(argument)->get(),
                loop.getTiedLoopYieldedValue(argument)->get()});
    } else if (!isa<FunctionOpInterface>(argument.getOwner()->getParentOp()) ||
               !argument.getOwner()->isEntryBlock()) {
      sources.isKnown = false;
    }
    return;
  }
  Operation *op = value.getDefiningOp();
  if (isPlain(op))
    return follow(op->getOperands());
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop) {
    sources.isKnown = false;
    return;
  }
  auto result = cast<OpResult>(value);
  follow({loop.getTiedLoopInit(result)->get(),
          loop.getYieldedValues()[result.getResultNumber()]});
}

//===----------------------------------------------------------------------===//
// Values that are computed alike
//===----------------------------------------------------------------------===//

unsigned AccessPatterns::numberOfKey(std::vector<uintptr_t> key) {
  auto [it, isNew] = keys.try_emplace(std::move(key), nextNumber);
  nextNumber += isNew;
  return it->second;
}

unsigned AccessPatterns::numberOfArgument(BlockArgument argument) {
  scf::ForOp loop = loopOf(argument);
  if (!loop)
    return nextNumber++;
  enum : uintptr_t { Counter = 1, Advanced = 2 };
  uintptr_t lower = numberOf(loop.getLowerBound());
  uintptr_t step = numberOf(loop.getStep());
  if (isCounter(argument, loop))
    return numberOfKey({Counter, lower, step});
  // Until it is known how it is advanced, it is like nothing else.
  numbers[argument] = nextNumber++;
  Operation *next =
      loop.getTiedLoopYieldedValue(argument)->get().getDefiningOp();
  if (!isa_and_nonnull<tt::AddPtrOp, arith::AddIOp>(next) ||
      next->getOperand(0) != argument)
    return numbers[argument];
  uintptr_t first = numberOf(loop.getTiedLoopInit(argument)->get());
  uintptr_t amount = numberOf(next->getOperand(1));
  return numberOfKey({Advanced, lower, step, first, amount});
}

unsigned AccessPatterns::numberOf(Value value) {
  if (auto it = numbers.find(value); it != numbers.end())
    return it->second;
  unsigned number;
  Operation *op = value.getDefiningOp();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    number = numberOfArgument(argument);
  } else if (isPlain(op)) {
    std::vector<uintptr_t> key{
        uintptr_t(op->getName().getAsOpaquePointer()),
        uintptr_t(value.getType().getAsOpaquePointer()),
        uintptr_t(op->getAttrDictionary().getAsOpaquePointer()),
        cast<OpResult>(value).getResultNumber()};
    for (Value operand : op->getOperands())
      key.push_back(numberOf(operand));
    number = numberOfKey(std::move(key));
  } else {
    number = nextNumber++;
  }
  numbers[value] = number;
  return number;
}

void AccessPatterns::findReadAgain(ArrayRef<Operation *> accesses) {
  llvm::DenseMap<unsigned, Operation *> lastLoad;
  for (Operation *access : accesses) {
    AccessPattern &pattern = patterns[access];
    if (!pattern.isKnown || !isa<tt::LoadOp>(access))
      continue;
    Value address = addressOf(access).front();
    auto [it, isFirst] = lastLoad.try_emplace(numberOf(address), access);
    if (!isFirst) {
      pattern.isReadBefore = true;
      patterns[it->second].isReadLater = true;
      it->second = access;
    }
    Sources sources;
    llvm::DenseSet<Value> seen;
    collectSources(address, sources, seen);
    for (Operation *loop = access->getParentOfType<scf::ForOp>(); loop;
         loop = loop->getParentOfType<scf::ForOp>())
      pattern.isReadLater |= !sources.loops.contains(loop);
  }
}

//===----------------------------------------------------------------------===//
// What other programs access, too
//===----------------------------------------------------------------------===//

bool AccessPatterns::dependsOnProgram(Value value) {
  auto [it, isNew] = programDependence.try_emplace(value, false);
  if (!isNew)
    return it->second;
  bool depends = false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (scf::ForOp loop = loopOf(value)) {
      depends = dependsOnProgram(loop.getLowerBound());
      if (!isCounter(value, loop))
        depends =
            dependsOnProgram(loop.getTiedLoopInit(argument)->get()) ||
            dependsOnProgram(loop.getTiedLoopYieldedValue(argument)->get());
    }
  } else if (isa<tt::GetProgramIdOp>(value.getDefiningOp())) {
    depends = true;
  } else if (isPlain(value.getDefiningOp())) {
    depends =
        llvm::any_of(value.getDefiningOp()->getOperands(),
                     [&](Value operand) { return dependsOnProgram(operand); });
  }
  return programDependence[value] = depends;
}

/// The first value seen that is computed like this one.
Value AccessPatterns::canonical(Value value) {
  return representatives.try_emplace(numberOf(value), value).first->second;
}

void AccessPatterns::collectCoordinates(Value value, Values &coordinates) {
  if (!dependsOnProgram(value))
    return;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    scf::ForOp loop = loopOf(value);
    collectCoordinates(loop.getLowerBound(), coordinates);
    if (!isCounter(value, loop))
      collectCoordinates(loop.getTiedLoopInit(argument)->get(), coordinates);
    return;
  }
  Operation *op = value.getDefiningOp();
  bool isSum = isa<arith::AddIOp, arith::SubIOp, tt::AddPtrOp, tt::SplatOp,
                   tt::BroadcastOp, tt::ExpandDimsOp, tt::ReshapeOp,
                   tt::TransOp, arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp,
                   tt::MakeTensorDescOp>(op);
  bool isMultiple = isa<arith::MulIOp, arith::ShLIOp>(op) &&
                    llvm::count_if(op->getOperands(), [&](Value operand) {
                      return dependsOnProgram(operand);
                    }) == 1;
  if (!isSum && !isMultiple) {
    coordinates.insert(canonical(value));
    return;
  }
  for (Value operand : op->getOperands())
    collectCoordinates(operand, coordinates);
}

/// Whether programs that agree in `by` agree in `coordinate`.
bool AccessPatterns::isDetermined(Value coordinate, const Values &by) {
  if (!dependsOnProgram(coordinate) || by.contains(canonical(coordinate)))
    return true;
  Operation *op = coordinate.getDefiningOp();
  return isPlain(op) && !isa<tt::GetProgramIdOp>(op) &&
         llvm::all_of(op->getOperands(),
                      [&](Value operand) { return isDetermined(operand, by); });
}

void AccessPatterns::findShared(ArrayRef<Operation *> accesses) {
  Values all;
  llvm::DenseMap<Operation *, Values> own;
  for (Operation *access : accesses) {
    if (!patterns[access].isKnown)
      continue;
    for (Value value : addressOf(access))
      collectCoordinates(value, own[access]);
    all.insert(own[access].begin(), own[access].end());
  }
  for (auto &[access, coordinates] : own)
    patterns[access].isShared = llvm::any_of(all, [&](Value coordinate) {
      return !isDetermined(coordinate, coordinates);
    });
}

} // namespace triton_ext
