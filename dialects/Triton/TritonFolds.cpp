//===- TritonFolds.cpp - Folds and canonicalisations ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What becomes trivial after a transform, and only what leaves every bit and
// every volatile access as it was.

#include "dialects/Triton/Triton.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::triton;

//===----------------------------------------------------------------------===//
// Rearranging one repeated element gives that element, repeated
//===----------------------------------------------------------------------===//

/// `source`, where it is a splat, in the shape of `type`.
static OpFoldResult foldSplatTo(Attribute source, Type type) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(source);
  if (!splat)
    return {};
  return splat.resizeSplat(cast<ShapedType>(type));
}

namespace {
/// op(splat(x)) ==> splat(x)
template <typename OpTy> struct ThroughSplat : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto splat = op.getSrc().template getDefiningOp<SplatOp>();
    if (!splat)
      return failure();
    rewriter.replaceOpWithNewOp<SplatOp>(op, op.getType(), splat.getSrc());
    return success();
  }
};
} // namespace

OpFoldResult SplatOp::fold(FoldAdaptor adaptor) {
  Attribute source = adaptor.getSrc();
  if (!isa_and_nonnull<IntegerAttr, FloatAttr>(source))
    return {};
  return SplatElementsAttr::get(cast<ShapedType>(getType()), source);
}

OpFoldResult UnsplatOp::fold(FoldAdaptor adaptor) {
  if (auto splat = getSrc().getDefiningOp<SplatOp>())
    return splat.getSrc();
  if (auto elements = dyn_cast_or_null<SplatElementsAttr>(adaptor.getSrc()))
    return elements.getSplatValue<Attribute>();
  return {};
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getSrc().getType() == getType())
    return getSrc();
  return foldSplatTo(adaptor.getSrc(), getType());
}

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<ThroughSplat<BroadcastOp>>(context);
}

OpFoldResult ExpandDimsOp::fold(FoldAdaptor adaptor) {
  return foldSplatTo(adaptor.getSrc(), getType());
}

void ExpandDimsOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<ThroughSplat<ExpandDimsOp>>(context);
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getSrc().getType() == getType() && !getAllowReorder())
    return getSrc();
  return foldSplatTo(adaptor.getSrc(), getType());
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<ThroughSplat<ReshapeOp>>(context);
}

OpFoldResult TransOp::fold(FoldAdaptor adaptor) {
  bool isIdentity = llvm::equal(
      getOrder(),
      llvm::seq<int32_t>(0, static_cast<int32_t>(getOrder().size())));
  if (isIdentity && getSrc().getType() == getType())
    return getSrc();
  return foldSplatTo(adaptor.getSrc(), getType());
}

void TransOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<ThroughSplat<TransOp>>(context);
}

LogicalResult SplitOp::fold(FoldAdaptor adaptor,
                            SmallVectorImpl<OpFoldResult> &results) {
  auto join = getSrc().getDefiningOp<JoinOp>();
  if (join && join.getLhs().getType() == getOutLHS().getType()) {
    results.assign({join.getLhs(), join.getRhs()});
    return success();
  }
  OpFoldResult half = foldSplatTo(adaptor.getSrc(), getOutLHS().getType());
  if (!half)
    return failure();
  results.assign({half, half});
  return success();
}

OpFoldResult MakeRangeOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getType());
  if (type.getNumElements() != 1)
    return {};
  return SplatElementsAttr::get(
      type, IntegerAttr::get(type.getElementType(), getStartAttr().getInt()));
}

//===----------------------------------------------------------------------===//
// Casts and pointers
//===----------------------------------------------------------------------===//

/// The operand of the `Inverse` that made `source`, where it has `type`.
template <typename Inverse>
static OpFoldResult foldInverse(Value source, Type type) {
  auto inverse = source.getDefiningOp<Inverse>();
  if (inverse && inverse.getSrc().getType() == type)
    return inverse.getSrc();
  return {};
}

OpFoldResult IntToPtrOp::fold(FoldAdaptor) {
  return foldInverse<PtrToIntOp>(getSrc(), getType());
}

OpFoldResult PtrToIntOp::fold(FoldAdaptor) {
  return foldInverse<IntToPtrOp>(getSrc(), getType());
}

OpFoldResult BitcastOp::fold(FoldAdaptor) {
  if (getSrc().getType() == getType())
    return getSrc();
  return foldInverse<BitcastOp>(getSrc(), getType());
}

OpFoldResult FpToFpOp::fold(FoldAdaptor) {
  if (getSrc().getType() == getType())
    return getSrc();
  return {};
}

OpFoldResult AddPtrOp::fold(FoldAdaptor adaptor) {
  if (matchPattern(adaptor.getOffset(), m_Zero()))
    return getPtr();
  return {};
}

OpFoldResult AdvanceOp::fold(FoldAdaptor adaptor) {
  bool stays = llvm::all_of(adaptor.getOffsets(), [](Attribute offset) {
    return matchPattern(offset, m_Zero());
  });
  return stays ? OpFoldResult(getPtr()) : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Masks that are known
//===----------------------------------------------------------------------===//

static bool isConstantMask(Value mask, bool lanes) {
  Attribute value;
  if (!mask || !matchPattern(mask, m_Constant(&value)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(value))
    return splat.getSplatValue<bool>() == lanes;
  auto scalar = dyn_cast<IntegerAttr>(value);
  return scalar && scalar.getValue().isOne() == lanes;
}

/// What a load yields whose mask is all false: null if it is no constant.
static Value buildUntouched(LoadOp op, PatternRewriter &rewriter) {
  if (op.getOther())
    return op.getOther();
  TypedAttr zero = rewriter.getZeroAttr(op.getType());
  if (!zero)
    return {};
  return arith::ConstantOp::create(rewriter, op.getLoc(), zero);
}

namespace {
struct DropTrueLoadMask : OpRewritePattern<LoadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LoadOp op,
                                PatternRewriter &rewriter) const override {
    if (!isConstantMask(op.getMask(), true))
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getOtherMutable().clear();
      op.getMaskMutable().clear();
    });
    return success();
  }
};

struct ReplaceUntouchedLoad : OpRewritePattern<LoadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LoadOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getIsVolatile() || !isConstantMask(op.getMask(), false))
      return failure();
    Value value = buildUntouched(op, rewriter);
    if (!value)
      return failure();
    rewriter.replaceOp(op, value);
    return success();
  }
};

struct SimplifyStoreMask : OpRewritePattern<StoreOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StoreOp op,
                                PatternRewriter &rewriter) const override {
    if (isConstantMask(op.getMask(), false)) {
      rewriter.eraseOp(op);
      return success();
    }
    if (!isConstantMask(op.getMask(), true))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getMaskMutable().clear(); });
    return success();
  }
};
} // namespace

void LoadOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<DropTrueLoadMask, ReplaceUntouchedLoad>(context);
}

void StoreOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<SimplifyStoreMask>(context);
}
