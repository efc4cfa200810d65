//===- CarriedValues.cpp - Values that a loop carries along -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/CarriedValues.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "triton_ext/Analysis/LoopInvariant.h"

using namespace llvm;
using namespace mlir;

namespace triton_ext {

namespace {
/// A tensor that the loop advances by `amount`, the same in every lane.
struct Carried {
  unsigned index;
  /// What the yield carries on: the tensor plus a splat of `amount`.
  Operation *advance;
  /// A loop-invariant scalar, or null for `constant`.
  Value amount;
  IntegerAttr constant;
};
} // namespace

/// Whether `value` can be computed in front of the loop.
static bool isInvariant(Value value, scf::ForOp loop) {
  if (loop.isDefinedOutsideOfLoop(value))
    return true;
  Operation *op = value.getDefiningOp();
  return op && isHoistable(op) && all_of(op->getOperands(), [&](Value operand) {
           return isInvariant(operand, loop);
         });
}

/// Finds the scalar that `addend` is a splat of, if it is invariant.
static bool findAmount(Value addend, scf::ForOp loop, Carried &carried) {
  DenseElementsAttr elements;
  if (matchPattern(addend, m_Constant(&elements)) && elements.isSplat()) {
    carried.constant = elements.getSplatValue<IntegerAttr>();
    return true;
  }
  auto splat = addend.getDefiningOp<triton::SplatOp>();
  if (!splat || !isInvariant(splat.getSrc(), loop))
    return false;
  carried.amount = splat.getSrc();
  return true;
}

static std::optional<Carried> carriedAt(scf::ForOp loop, unsigned index) {
  BlockArgument value = loop.getRegionIterArg(index);
  if (!isa<RankedTensorType>(value.getType()) ||
      !loop.getResult(index).use_empty())
    return std::nullopt;
  Carried carried{
      index, loop.getYieldedValues()[index].getDefiningOp(), {}, {}};
  if (auto add = dyn_cast_or_null<triton::AddPtrOp>(carried.advance)) {
    if (add.getPtr() == value && findAmount(add.getOffset(), loop, carried))
      return carried;
  } else if (auto add = dyn_cast_or_null<arith::AddIOp>(carried.advance)) {
    if (add.getLhs() == value && findAmount(add.getRhs(), loop, carried))
      return carried;
    if (add.getRhs() == value && findAmount(add.getLhs(), loop, carried))
      return carried;
  }
  return std::nullopt;
}

/// `value`, an integer or index, as i64.
static Value asI64(OpBuilder &builder, Location loc, Value value) {
  Type i64 = builder.getI64Type();
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(builder, loc, i64, value);
  if (value.getType().isInteger(64))
    return value;
  return arith::ExtSIOp::create(builder, loc, i64, value);
}

static Value i64Constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI64IntegerAttr(value));
}

/// The number of the iteration at `counter`, from 0 on. The difference of two
/// 64-bit numbers may be beyond the signed ones, never beyond the unsigned.
static Value iterationNumber(OpBuilder &builder, scf::ForOp loop, Value counter,
                             int64_t step) {
  Location loc = loop.getLoc();
  Value number = asI64(builder, loc, counter);
  if (!matchPattern(loop.getLowerBound(), m_Zero()))
    number = arith::SubIOp::create(builder, loc, number,
                                   asI64(builder, loc, loop.getLowerBound()));
  if (step != 1)
    number = arith::DivUIOp::create(builder, loc, number,
                                    i64Constant(builder, loc, step));
  return number;
}

/// What is added to the initial value in iteration `number`.
static Value distance(OpBuilder &builder, Location loc, const Carried &carried,
                      Value number) {
  Value amount = carried.amount
                     ? asI64(builder, loc, carried.amount)
                     : i64Constant(builder, loc,
                                   carried.constant.getValue().getSExtValue());
  return arith::MulIOp::create(builder, loc, number, amount);
}

static Value valueIn(OpBuilder &builder, scf::ForOp loop,
                     const Carried &carried, Value number) {
  Location loc = carried.advance->getLoc();
  Value initial = loop.getInitArgs()[carried.index];
  auto type = cast<RankedTensorType>(initial.getType());
  Value offset = distance(builder, loc, carried, number);
  if (isa<triton::AddPtrOp>(carried.advance)) {
    Value offsets = triton::SplatOp::create(
        builder, loc, type.clone(builder.getI64Type()), offset);
    return triton::AddPtrOp::create(builder, loc, type, initial, offsets);
  }
  if (!type.getElementType().isInteger(64))
    offset =
        arith::TruncIOp::create(builder, loc, type.getElementType(), offset);
  Value offsets = triton::SplatOp::create(builder, loc, type, offset);
  return arith::AddIOp::create(builder, loc, initial, offsets);
}

/// The loop without the iteration arguments at `indices`, which nothing uses.
static scf::ForOp dropIterArgs(scf::ForOp loop, ArrayRef<Carried> dropped) {
  BitVector drop(loop.getNumRegionIterArgs());
  for (const Carried &carried : dropped)
    drop.set(carried.index);
  SmallVector<Value> initial;
  SmallVector<Value> keptResults;
  for (unsigned i = 0; i < drop.size(); ++i)
    if (!drop[i]) {
      initial.push_back(loop.getInitArgs()[i]);
      keptResults.push_back(loop.getResult(i));
    }

  OpBuilder builder(loop);
  auto replacement =
      scf::ForOp::create(builder, loop.getLoc(), loop.getLowerBound(),
                         loop.getUpperBound(), loop.getStep(), initial);
  replacement->setAttrs(loop->getAttrDictionary());
  loop.getBody()->getTerminator()->eraseOperands(drop);
  BitVector arguments(drop.size() + 1);
  for (unsigned i : drop.set_bits())
    arguments.set(i + loop.getNumInductionVars());
  loop.getBody()->eraseArguments(arguments);
  replacement.getRegion().takeBody(loop.getRegion());
  for (auto [before, after] : zip(keptResults, replacement.getResults()))
    before.replaceAllUsesWith(after);
  loop->erase();
  return replacement;
}

/// The number that the loop counts up by, if it is a constant.
static std::optional<int64_t> stepOf(scf::ForOp loop) {
  APInt step;
  if (loop.getUnsignedCmp() ||
      !matchPattern(loop.getStep(), m_ConstantInt(&step)) ||
      !step.isStrictlyPositive() || step.getActiveBits() > 63)
    return std::nullopt;
  return step.getSExtValue();
}

/// The tensors that the loop advances, with their amounts in front of it.
static SmallVector<Carried> findCarried(OpBuilder &builder, scf::ForOp loop) {
  SmallVector<Carried> found;
  IRMapping clones;
  for (unsigned i = 0; i < loop.getNumRegionIterArgs(); ++i) {
    std::optional<Carried> carried = carriedAt(loop, i);
    if (!carried)
      continue;
    if (carried->amount)
      carried->amount = cloneInFront(builder, loop, carried->amount, clones);
    found.push_back(*carried);
  }
  return found;
}

SmallVector<Value> restartCarriedTensors(OpBuilder &builder, scf::ForOp loop,
                                         Value lower, ValueRange handed) {
  SmallVector<Value> values(handed);
  std::optional<int64_t> step = stepOf(loop);
  SmallVector<Carried> found;
  if (step)
    found = findCarried(builder, loop);
  if (found.empty())
    return values;
  Value number = iterationNumber(builder, loop, lower, *step);
  for (const Carried &carried : found)
    values[carried.index] = valueIn(builder, loop, carried, number);
  return values;
}

scf::ForOp recomputeCarriedTensors(scf::ForOp loop) {
  std::optional<int64_t> step = stepOf(loop);
  if (!step)
    return loop;
  OpBuilder builder(loop);
  SmallVector<Carried> found = findCarried(builder, loop);
  if (found.empty())
    return loop;

  builder.setInsertionPointToStart(loop.getBody());
  Value number = iterationNumber(builder, loop, loop.getInductionVar(), *step);
  for (const Carried &carried : found)
    loop.getRegionIterArg(carried.index)
        .replaceAllUsesWith(valueIn(builder, loop, carried, number));
  // Yields of what nothing takes up any more.
  SmallVector<Operation *> advances;
  for (const Carried &carried : found)
    advances.push_back(carried.advance);
  scf::ForOp replacement = dropIterArgs(loop, found);
  for (Operation *advance : advances)
    if (advance->use_empty())
      advance->erase();
  return replacement;
}

} // namespace triton_ext
