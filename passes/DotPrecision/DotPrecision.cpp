//===- DotPrecision.cpp - Choose how f32 products are made ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A product of f32 tiles is made as the knob says: in full precision
// without tensor cores, in tf32, or from parts of fewer bits that the tensor
// cores multiply. Where both operands are extensions of 16-bit values, these
// are multiplied instead:
//
//   tt.dot %a, %b, %c, inputPrecision = ieee         inputPrecision = bf16x6
//
//   %x = arith.extf %a : f16 to f32                ==>
//   %y = arith.extf %b : f16 to f32
//   tt.dot %x, %y, %c : f32 * f32                    tt.dot %a, %b, %c : f16 *
//   f16
//
// When it declines. There is no product of f32 tiles; it stands on none of the
// lines that were asked for; it has that precision already; the target does not
// take it, or the request does not say what the target takes; the tile has less
// of the inner dimension than the instruction.
//
// Why it pays. Without tensor cores an f32 product runs at a fraction of what
// the machine can do, and tf32 keeps 11 of 24 bits. By hand on an H200, 2048^3:
// bf16x6 is 1.45 to 1.51 times as fast as ieee at a smaller error (2e-7 against
// 8e-7), bf16x3 2.2 to 2.3 times (4e-6), tf32 1.8 times (8e-4); tf32x3 is
// slower, 0.84 times. What each does to range and error: docs/dot-precision.md.
//
// How. The property of the product is set; Triton's own F32DotTC does the rest
// at TTGIR. Which precisions there are comes with the request, from the options
// of Triton's backend, so that nothing is emitted that it does not know. An
// extension is looked for through operations that only move elements
// (transpose, reshape, broadcast), which are copied for the narrow value. The
// products of two values of 11 or of 8 significant bits are exact in f32, where
// they neither overflow nor underflow; what differs from ieee is how they are
// summed, by the tensor cores instead of one fused multiply-add after another.
//
//===----------------------------------------------------------------------===//

#include "DotPrecisionBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "triton_ext/LoopSelection.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// Nothing where the precision stays as it is.
std::optional<tt::InputPrecision> precisionOf(DotPrecisionMode mode) {
  switch (mode) {
  case DotPrecisionMode::Keep:
    return std::nullopt;
  case DotPrecisionMode::Ieee:
    return tt::InputPrecision::IEEE;
  case DotPrecisionMode::Tf32:
    return tt::InputPrecision::TF32;
  case DotPrecisionMode::Tf32x3:
    return tt::InputPrecision::TF32x3;
  case DotPrecisionMode::Bf16x3:
    return tt::InputPrecision::BF16x3;
  case DotPrecisionMode::Bf16x6:
    return tt::InputPrecision::BF16x6;
  }
  llvm_unreachable("a mode without a precision");
}

//===----------------------------------------------------------------------===//
// What the target takes
//===----------------------------------------------------------------------===//

/// NVIDIA's tensor cores know tf32 and bf16 from this capability on.
constexpr int64_t firstWithTf32 = 80;

bool hasTf32AndBf16(const Request &request) {
  return request.backend() != "cuda" ||
         request.capability().value_or(0) >= firstWithTf32;
}

/// Why the target does not take a precision, if it does not.
std::optional<Reason> whyNotTaken(tt::InputPrecision precision,
                                  const Request &request) {
  auto taken = request.words("allowed_dot_input_precisions");
  if (!taken)
    return Reason{"precisions-unknown",
                  "the request does not say which precisions the target takes"};
  if (!llvm::is_contained(*taken, tt::stringifyInputPrecision(precision)))
    return Reason{"mode-not-taken",
                  "the target takes " + llvm::join(*taken, ", ") + " only"};
  if (precision != tt::InputPrecision::IEEE && !hasTf32AndBf16(request))
    return Reason{"mode-not-taken", "only sm_80 and later multiply in it"};
  return std::nullopt;
}

/// What an instruction takes of the inner dimension at least.
int64_t leastInner(tt::InputPrecision precision) {
  switch (precision) {
  case tt::InputPrecision::TF32:
  case tt::InputPrecision::TF32x3:
    return 8;
  case tt::InputPrecision::BF16x3:
  case tt::InputPrecision::BF16x6:
    return 16;
  case tt::InputPrecision::IEEE:
    return 1;
  }
  llvm_unreachable("a precision without an instruction");
}

int64_t innerSize(tt::DotOp dot) {
  return cast<RankedTensorType>(dot.getA().getType()).getShape().back();
}

bool isF32(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}

//===----------------------------------------------------------------------===//
// Extensions of 16-bit values
//===----------------------------------------------------------------------===//

/// Whether `op` only moves elements, in a way that its copy repeats.
bool movesElements(Operation *op) {
  if (auto reshape = dyn_cast_or_null<tt::ReshapeOp>(op))
    return !reshape.getAllowReorder();
  return isa_and_nonnull<tt::TransOp, tt::BroadcastOp, tt::ExpandDimsOp,
                         tt::SplatOp>(op);
}

/// f16 or bf16 where every element of `value` is an extension of one, or null.
Type narrowTypeOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (movesElements(op))
    return narrowTypeOf(op->getOperand(0));
  if (!isa_and_nonnull<arith::ExtFOp>(op))
    return {};
  Type type = getElementTypeOrSelf(op->getOperand(0).getType());
  return type.isF16() || type.isBF16() ? type : Type();
}

/// The values that `value`, for which narrowTypeOf is not null, extends.
Value narrow(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa<arith::ExtFOp>(op))
    return op->getOperand(0);
  Value source = narrow(op->getOperand(0));
  IRMapping mapping;
  mapping.map(op->getOperand(0), source);
  Value copy = OpBuilder(op).clone(*op, mapping)->getResult(0);
  auto type = cast<RankedTensorType>(copy.getType());
  copy.setType(type.clone(getElementTypeOrSelf(source.getType())));
  return copy;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class DotPrecision : public DotPrecisionBase<DotPrecision> {
public:
  using DotPrecisionBase::DotPrecisionBase;

  void runOnOperation() override {
    SmallVector<tt::DotOp> dots;
    getOperation()->walk([&](tt::DotOp dot) { dots.push_back(dot); });
    if (dots.empty())
      return decline(getOperation(), "no-dot", "there is no product of tiles");
    for (tt::DotOp dot : dots)
      if (std::optional<Reason> reason = change(dot))
        decline(dot, *reason);
  }

private:
  /// Changes how `dot` is made, or says why not.
  std::optional<Reason> change(tt::DotOp dot) {
    if (!isF32(dot.getA()) || !isF32(dot.getB()) || !isF32(dot.getC()))
      return Reason{"not-f32", "it is no product of f32 tiles"};
    if (!isOnLines(dot, lines))
      return Reason{"not-on-line", "it is not on a line that was asked for"};
    if (mode != DotPrecisionMode::Ieee && demote && demoteOperands(dot))
      return std::nullopt;
    return setPrecision(dot);
  }

  /// Multiplies the 16-bit values that both operands extend, if they do.
  bool demoteOperands(tt::DotOp dot) {
    Type type = narrowTypeOf(dot.getA());
    if (!type || type != narrowTypeOf(dot.getB()) ||
        innerSize(dot) < leastInner(tt::InputPrecision::BF16x3) ||
        !hasTf32AndBf16(request()))
      return false;
    dot.getAMutable().assign(narrow(dot.getA()));
    dot.getBMutable().assign(narrow(dot.getB()));
    fired(dot, "multiplies the " + typeName(type) +
                   " values that its operands extend");
    return true;
  }

  std::optional<Reason> setPrecision(tt::DotOp dot) {
    std::optional<tt::InputPrecision> wanted = precisionOf(mode);
    if (!wanted)
      return Reason{"not-extended",
                    "its operands are no extensions of values of 16 bits"};
    tt::InputPrecision before = dot.getInputPrecision();
    if (before == *wanted)
      return Reason{"same-precision", "it has that precision already"};
    if (std::optional<Reason> reason = whyNotTaken(*wanted, request()))
      return reason;
    if (innerSize(dot) < leastInner(*wanted))
      return Reason{"tile-too-small",
                    "the instruction takes more of the inner dimension"};
    dot.setInputPrecision(*wanted);
    fired(dot, "f32 product in " + tt::stringifyInputPrecision(*wanted) +
                   " instead of " + tt::stringifyInputPrecision(before));
    return std::nullopt;
  }

  static StringRef typeName(Type type) { return type.isF16() ? "f16" : "bf16"; }
};

} // namespace
} // namespace triton_ext
