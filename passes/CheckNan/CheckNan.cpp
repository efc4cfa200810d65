//===- CheckNan.cpp - Assert that values are numbers ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A device assertion for each chosen value, whose message has the Python
// line:
//
//   tt.store p, v, m   ==>   assert(isNumber(v) or not m)
//                              "check-nan: softmax.py:28:8: a stored value is
//                              NaN"
//                            tt.store p, v, m
//
// `at` chooses: what is stored, the results of dots, what is loaded, the
// results of floating-point arithmetic, or all of that. With `inf` infinities
// count, too. Lanes that a mask leaves out do not count, nor what is computed
// from them, element by element.
//
// When it declines. There is no such value; it is in a loop with
// `tt.warp_specialize`; its 8-bit format has no NaN; the assertion is there
// already.
//
// Why it pays. The first assertion that fails names the line where the NaN
// comes from, in a kernel that nobody edited.
//
// How. The test is one of integers, on the bits: absolute value at most
// infinity. So no floating-point flag can fold it away, and 8-bit formats need
// no conversion. Products that the compiler may contract with a sum are not
// tested, a further use could keep them apart and round otherwise; the sum is
// tested in their place, and is NaN where the product is.
//
//===----------------------------------------------------------------------===//

#include "CheckNanBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "triton_ext/Analysis/Accesses.h"
#include "triton_ext/Transforms/Instrument.h"
#include "triton_ext/Transforms/Masks.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// A value to be tested.
struct Candidate {
  Operation *op;
  Value value;
  /// What a message calls it.
  std::string words;
  bool isResult;
};

FloatType floatType(Value value) {
  return dyn_cast<FloatType>(getElementTypeOrSelf(value.getType()));
}

//===----------------------------------------------------------------------===//
// Which values
//===----------------------------------------------------------------------===//

/// The value that `op` writes to memory, or null.
Value storedBy(Operation *op) {
  if (std::optional<Access> access = accessOf(op))
    return access->stored;
  if (auto store = dyn_cast<tt::DescriptorStoreOp>(op))
    return store.getSrc();
  if (auto reduce = dyn_cast<tt::DescriptorReduceOp>(op))
    return reduce.getSrc();
  if (auto scatter = dyn_cast<tt::DescriptorScatterOp>(op))
    return scatter.getSrc();
  return {};
}

bool isLoad(Operation *op) {
  return isa<tt::LoadOp, tt::AtomicLoadOp, tt::DescriptorLoadOp,
             tt::DescriptorGatherOp>(op);
}

/// Whether `op` hands values on that are numbers where its operands are.
bool makesNoNaN(Operation *op, bool countsInf) {
  return isa<arith::ConstantOp, arith::SelectOp, arith::SIToFPOp,
             arith::UIToFPOp, arith::NegFOp, arith::ExtFOp, math::AbsFOp>(op) ||
         (isa<arith::TruncFOp, tt::FpToFpOp>(op) && !countsInf);
}

bool isArithmetic(Operation *op, bool countsInf) {
  StringRef dialect = op->getName().getDialectNamespace();
  if (dialect == "arith" || dialect == "math")
    return !makesNoNaN(op, countsInf);
  return isa<tt::PreciseSqrtOp, tt::PreciseDivFOp, tt::ApproxDivFOp,
             tt::ClampFOp, tt::ExternElementwiseOp, tt::ElementwiseInlineAsmOp,
             tt::MapElementwiseOp, tt::ReduceOp, tt::ScanOp>(op) ||
         (isa<tt::FpToFpOp>(op) && countsInf) ||
         // Bits of an integer can be any float.
         (isa<tt::BitcastOp>(op) && !floatType(op->getOperand(0)));
}

/// Whether a device's compiler may make `product` and a sum of it one fused
/// multiply-add. The sum of a reduction is one.
bool mayBeContracted(arith::MulFOp product) {
  llvm::SetVector<Operation *> users;
  auto addUsers = [&](Operation *op) {
    users.insert(op->user_begin(), op->user_end());
  };
  addUsers(product);
  for (unsigned next = 0; next < users.size(); ++next) {
    Operation *user = users[next];
    if (isa<arith::AddFOp, arith::SubFOp, tt::ReduceOp, tt::ScanOp>(user) ||
        user->hasTrait<OpTrait::IsTerminator>())
      return true;
    if (isa<arith::NegFOp, arith::ExtFOp, arith::SelectOp>(user) ||
        isShapeOp(user))
      addUsers(user);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Lanes that count
//===----------------------------------------------------------------------===//

/// Makes the mask of the lanes of a value that come from memory, or from no
/// load at all.
class CountedLanes {
public:
  /// Null: all of them.
  Value of(Value value) {
    auto [known, isNew] = masks.try_emplace(value);
    if (!isNew)
      return known->second;
    Operation *op = value.getDefiningOp();
    Value mask = op && op->getNumResults() == 1 ? make(op) : Value();
    return masks[value] = mask;
  }

private:
  Value make(Operation *op) {
    if (auto load = dyn_cast<tt::LoadOp>(op))
      return load.getMask();
    if (auto select = dyn_cast<arith::SelectOp>(op))
      return ofSelect(select);
    if (isShapeOp(op))
      return reshaped(op);
    if (OpTrait::hasElementwiseMappableTraits(op) ||
        op->hasTrait<OpTrait::Elementwise>())
      return ofAll(op);
    return {};
  }

  Value ofAll(Operation *op) {
    Value all;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    for (Value operand : op->getOperands()) {
      Value mask = of(operand);
      if (!mask || mask == all)
        continue;
      all =
          all ? arith::AndIOp::create(builder, op->getLoc(), all, mask) : mask;
    }
    return all;
  }

  Value ofSelect(arith::SelectOp select) {
    Value onTrue = of(select.getTrueValue());
    Value onFalse = of(select.getFalseValue());
    if (onTrue == onFalse)
      return onTrue;
    OpBuilder builder(select->getContext());
    builder.setInsertionPointAfter(select);
    Value allLanes = constantTrue(builder, select.getLoc(), select.getType());
    return arith::SelectOp::create(
        builder, select.getLoc(), select.getCondition(),
        onTrue ? onTrue : allLanes, onFalse ? onFalse : allLanes);
  }

  Value reshaped(Operation *op) {
    Value mask = of(op->getOperand(0));
    if (!mask)
      return {};
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    IRMapping mapping;
    mapping.map(op->getOperand(0), mask);
    Operation *copy = builder.clone(*op, mapping);
    copy->getResult(0).setType(tt::getI1SameShape(op->getResult(0).getType()));
    return copy->getResult(0);
  }

  static Value constantTrue(OpBuilder &builder, Location loc, Type like) {
    Type type = tt::getI1SameShape(like);
    TypedAttr value = builder.getBoolAttr(true);
    if (auto shaped = dyn_cast<ShapedType>(type))
      value = DenseElementsAttr::get(shaped, true);
    return arith::ConstantOp::create(builder, loc, type, value);
  }

  DenseMap<Value, Value> masks;
};

//===----------------------------------------------------------------------===//
// The test
//===----------------------------------------------------------------------===//

/// What the bits of a number are: their absolute value at most `limit`, or, in
/// formats whose only NaN is the negative zero, not that.
struct NumberBits {
  llvm::APInt limit;
  bool onlyNegativeZero = false;
};

/// Nothing for a format that has no NaN as Triton uses it.
std::optional<NumberBits> numberBits(FloatType type, bool countsInf) {
  const llvm::fltSemantics &format = type.getFloatSemantics();
  // Triton's fp8e4b15.
  if (isa<Float8E4M3B11FNUZType>(type) ||
      !llvm::APFloat::semanticsHasNaN(format))
    return std::nullopt;
  llvm::APInt nan = llvm::APFloat::getNaN(format).bitcastToAPInt();
  if (nan.isSignMask())
    return NumberBits{nan, true};
  bool allowsInf = llvm::APFloat::semanticsHasInf(format) && !countsInf;
  llvm::APFloat most = allowsInf ? llvm::APFloat::getInf(format)
                                 : llvm::APFloat::getLargest(format);
  return NumberBits{most.bitcastToAPInt()};
}

/// A constant of `type`, an integer or a tensor of them.
Value constant(OpBuilder &builder, Location loc, Type type,
               const llvm::APInt &bits) {
  TypedAttr value;
  if (auto shaped = dyn_cast<ShapedType>(type))
    value = DenseElementsAttr::get(shaped, bits);
  else
    value = IntegerAttr::get(type, bits);
  return arith::ConstantOp::create(builder, loc, type, value);
}

/// i1 lanes: whether each is a number.
Value isNumber(OpBuilder &builder, Location loc, Value value,
               const NumberBits &number) {
  Type bitsType = builder.getIntegerType(floatType(value).getWidth());
  if (auto tensor = dyn_cast<RankedTensorType>(value.getType()))
    bitsType = tensor.clone(bitsType);
  Value bits = tt::BitcastOp::create(builder, loc, bitsType, value);
  Value limit = constant(builder, loc, bitsType, number.limit);
  if (number.onlyNegativeZero)
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bits,
                                 limit);
  llvm::APInt magnitude =
      llvm::APInt::getSignedMaxValue(floatType(value).getWidth());
  Value absolute = arith::AndIOp::create(
      builder, loc, bits, constant(builder, loc, bitsType, magnitude));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule,
                               absolute, limit);
}

/// i1 lanes: `condition`, or not `counted`.
Value whereCounted(OpBuilder &builder, Location loc, Value condition,
                   Value counted) {
  if (!counted)
    return condition;
  Value isTrue = constant(builder, loc, counted.getType(), llvm::APInt(1, 1));
  Value left = arith::XOrIOp::create(builder, loc, counted, isTrue);
  return arith::OrIOp::create(builder, loc, condition, left);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class CheckNan : public CheckNanBase<CheckNan> {
  void runOnOperation() override {
    SmallVector<Candidate> candidates = collect();
    if (candidates.empty())
      return decline(getOperation(), "no-value",
                     "there is no floating-point value of that kind");
    Assertions assertions(getOperation(), getArgument());
    CountedLanes lanes;
    for (const Candidate &candidate : candidates)
      check(candidate, assertions, lanes);
  }

  SmallVector<Candidate> collect() {
    SmallVector<Candidate> found;
    getOperation().walk([&](Operation *op) {
      if (canInstrument(op))
        collect(op, found);
    });
    return found;
  }

  void collect(Operation *op, SmallVectorImpl<Candidate> &found) {
    if (Value stored = storedBy(op); stored && floatType(stored))
      if (wants(CheckNanAt::Stores))
        found.push_back({op, stored, "a stored value", false});
    std::string words = wordsFor(op);
    if (words.empty())
      return;
    for (Value result : op->getResults())
      if (floatType(result))
        found.push_back({op, result, words, true});
  }

  bool wants(CheckNanAt kind) const {
    return at == kind || at == CheckNanAt::All;
  }

  /// What a message calls the results of `op`; empty where they are not tested.
  std::string wordsFor(Operation *op) {
    if (isLoad(op))
      return wants(CheckNanAt::Loads) ? "a loaded value" : "";
    if (isa<tt::DotOp, tt::DotScaledOp>(op))
      return wants(CheckNanAt::Dots) ? "a result of a matrix product" : "";
    if (!wants(CheckNanAt::Arithmetic) || !isArithmetic(op, inf))
      return "";
    auto product = dyn_cast<arith::MulFOp>(op);
    if (product && request().enableFpFusion() && mayBeContracted(product))
      return "";
    return "a result of " + op->getName().getStringRef().str();
  }

  void check(const Candidate &candidate, const Assertions &assertions,
             CountedLanes &lanes) {
    Operation *op = candidate.op;
    if (warpSpecializedLoop(op))
      return decline(op, "warp-specialized",
                     "the parts of the loop run in different warps, which an "
                     "assertion would stop");
    FloatType type = floatType(candidate.value);
    std::optional<NumberBits> number = numberBits(type, inf);
    if (!number)
      return decline(op, "no-nan-in-format", "the format has no NaN");
    std::string message = assertions.message(
        op, candidate.words + (inf ? " is NaN or infinite" : " is NaN"));
    if (assertions.isThere(message))
      return decline(op, "already-checked", "an assertion is there");

    Value counted = candidate.isResult ? lanes.of(candidate.value)
                    : accessOf(op)     ? accessOf(op)->mask
                                       : Value();
    OpBuilder builder(op);
    if (candidate.isResult)
      setAfter(builder, op, counted);
    Value isFine = isNumber(builder, op->getLoc(), candidate.value, *number);
    isFine = whereCounted(builder, op->getLoc(), isFine, counted);
    assertions.add(builder, op, isFine, message);
    fired(op, "asserts that " + candidate.words + " is a number");
  }

  /// Behind `op`, and behind the mask, which may be made behind `op`.
  static void setAfter(OpBuilder &builder, Operation *op, Value counted) {
    Operation *mask = counted ? counted.getDefiningOp() : nullptr;
    bool isBehind =
        mask && mask->getBlock() == op->getBlock() && op->isBeforeInBlock(mask);
    builder.setInsertionPointAfter(isBehind ? mask : op);
  }
};

} // namespace
} // namespace triton_ext
