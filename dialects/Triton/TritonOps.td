//===- TritonOps.td - The operations of tt -----------------*- tablegen -*-===//
// SPDX-License-Identifier: MIT
//
// Three rules hold throughout.
//  - A property that some release leaves out is optional here, and a default is
//    its accessor's business (DefaultValuedOptionalAttr), never stored: MLIR
//    stores a DefaultValuedAttr while parsing, and prints what was not there.
//  - Tensor encodings belong to a dialect that we do not know. They are neither
//    inferred nor judged; only shapes and element types are.
//  - An operation without an effect may be merged, moved and erased. Whatever
//    another program or the host can observe has one.

#ifndef TRITON_EXT_DIALECTS_TRITON_OPS
#define TRITON_EXT_DIALECTS_TRITON_OPS

include "TritonDialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def GlobalMemory : Resource<"::mlir::triton::GlobalMemory">;
def GlobalRead : MemoryEffects<[MemRead<GlobalMemory>]>;
def GlobalWrite : MemoryEffects<[MemWrite<GlobalMemory>]>;
def GlobalReadWrite
    : MemoryEffects<[MemRead<GlobalMemory>, MemWrite<GlobalMemory>]>;

class TT_Op<string mnemonic, list<Trait> traits = []>
    : Op<Triton_Dialect, mnemonic, traits>;

// Result types follow from the operands as long as no tensor has an encoding.
// With one, building without explicit result types fails, and verification
// leaves the types alone.
class TT_InferringOp<string mnemonic, list<Trait> traits = []>
    : TT_Op<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<InferTypeOpInterface,
                                  ["refineReturnTypes"]>])> {
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::refineReturnTypes(
        ::mlir::MLIRContext *context,
        ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &returnTypes) {
      if (!comparesTypes(operands.getTypes(), returnTypes))
        return ::mlir::success();
      ::llvm::SmallVector<::mlir::Type> inferred;
      if (failed(inferReturnTypes(context, location, operands, attributes,
                                  properties, regions, inferred)))
        return ::mlir::failure();
      return checkInferred(location, getOperationName(), inferred, returnTypes);
    }
  }];
}

class TT_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : TT_Op<mnemonic, !listconcat([Elementwise, Pure], traits)>;

// Hints as words, up to 3.8; in either order, the defaults left out.
defvar cacheHints = [{oilist(`cacheModifier` `=` custom<EnumValue>($cache) |
                             `evictionPolicy` `=` custom<EnumValue>($evict))}];

class TT_MaskMatches<string like, string transform>
    : OptionalTypesMatchWith<"mask has the shape of " # like, like, "mask",
                             transform>;

//===----------------------------------------------------------------------===//
// Elementwise: casts, arithmetic, pointers
//===----------------------------------------------------------------------===//

class TT_CastOp<string mnemonic>
    : TT_ElementwiseOp<mnemonic, [SameOperandsAndResultShape]> {
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_IntToPtrOp : TT_CastOp<"int_to_ptr"> {
  let summary = "An address as a pointer";
  let arguments = (ins TT_I64Like:$src);
  let results = (outs TT_PtrLike:$result);
  let hasFolder = 1;
}

def TT_PtrToIntOp : TT_CastOp<"ptr_to_int"> {
  let summary = "A pointer as an address";
  let arguments = (ins TT_PtrLike:$src);
  let results = (outs TT_I64Like:$result);
  let hasFolder = 1;
}

def TT_BitcastOp : TT_CastOp<"bitcast"> {
  let summary = "The same bits as another type, pointers included";
  let arguments = (ins TT_Type:$src);
  let results = (outs TT_Type:$result);
  let hasFolder = 1;
  let hasVerifier = 1;
}

def TT_FpToFpOp : TT_ElementwiseOp<"fp_to_fp", [SameOperandsAndResultShape]> {
  let summary = "Converts between floating-point types, narrow ones included";
  let description = [{
    `rounding` is required where the result has fewer bits than the source.
  }];
  let arguments = (ins TT_FloatLike:$src,
                       OptionalAttr<TT_RoundingModeAttr>:$rounding);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = [{
    $src attr-dict (`,` `rounding` `=` custom<EnumValue>($rounding)^)?
    `:` type($src) `->` type($result)
  }];
  let hasFolder = 1;
}

def TT_ClampFOp : TT_ElementwiseOp<"clampf", [SameOperandsAndResultType]> {
  let summary = "Limits x to [min, max]";
  let arguments = (ins TT_FloatLike:$x, TT_FloatLike:$min, TT_FloatLike:$max,
                       TT_PropagateNanAttr:$propagateNan);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = [{
    $x `,` $min `,` $max `,` `propagateNan` `=` custom<EnumValue>($propagateNan)
    attr-dict `:` type($result)
  }];
}

def TT_PreciseSqrtOp
    : TT_ElementwiseOp<"precise_sqrt", [SameOperandsAndResultType]> {
  let summary = "Square root rounded as IEEE 754 says";
  let arguments = (ins TT_FloatLike:$x);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

class TT_BinaryOp<string mnemonic, Type operandType>
    : TT_ElementwiseOp<mnemonic, [SameOperandsAndResultType]> {
  let arguments = (ins operandType:$x, operandType:$y);
  let results = (outs operandType:$result);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x)";
}

def TT_PreciseDivFOp : TT_BinaryOp<"precise_divf", TT_FloatLike> {
  let summary = "Quotient rounded as IEEE 754 says";
}

def TT_ApproxDivFOp : TT_BinaryOp<"approx_divf", TT_FloatLike> {
  let summary = "The target's fast quotient, a few ulp off (3.9)";
}

def TT_MulhiUIOp : TT_BinaryOp<"mulhiui", TT_IntLike> {
  let summary = "Upper half of an unsigned product";
}

def TT_AddPtrOp : TT_ElementwiseOp<"addptr", [
    SameOperandsAndResultShape, AllTypesMatch<["ptr", "result"]>]> {
  let summary = "Moves a pointer by elements, offset being signed";
  let arguments = (ins TT_PtrLike:$ptr, TT_IntLike:$offset);
  let results = (outs TT_PtrLike:$result);
  let assemblyFormat =
      "$ptr `,` $offset attr-dict `:` type($result) `,` type($offset)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def TT_LoadOp : TT_Op<"load", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    TypesMatchWith<"result is what ptr points to", "ptr", "result",
                   "getPointeeType($_self)">,
    TT_MaskMatches<"ptr", "getI1SameShape(getPointeeType($_self))">,
    OptionalTypesMatchWith<"other is what ptr points to", "ptr", "other",
                           "getPointeeType($_self)">]> {
  let summary = "Reads global memory";
  let description = [{
    Lanes whose `mask` is false are not accessed: they hold `other`, zero
    where there is none. Never speculated, since only the mask and the control
    flow around it say that the address may be accessed. A volatile load counts
    as a write, too, and so is neither merged, moved nor erased.

    Cache hints are the integers `cache` and `evict` up to 3.8, `cachePolicy`
    from 3.9 on; `boundaryCheck` and `padding` go with a pointer to a block.
    To be right on every release, build a load from one that is there.
  }];
  let arguments = (ins
    TT_PtrLike:$ptr, Optional<TT_BoolLike>:$mask, Optional<TT_Type>:$other,
    DefaultValuedOptionalAttr<DenseI32ArrayAttr, "{}">:$boundaryCheck,
    OptionalAttr<TT_PaddingOptionAttr>:$padding,
    DefaultValuedOptionalAttr<TT_CacheModifierAttr,
      "::mlir::triton::CacheModifier::NONE">:$cache,
    DefaultValuedOptionalAttr<TT_EvictionPolicyAttr,
      "::mlir::triton::EvictionPolicy::NORMAL">:$evict,
    OptionalAttr<AnyAttr>:$cachePolicy,
    DefaultValuedOptionalAttr<BoolAttr, "false">:$isVolatile);
  let results = (outs TT_Type:$result);
  let builders = [
    // Loads as `like` does, with the properties of its release.
    OpBuilder<(ins "LoadOp":$like, "::mlir::Value":$ptr, "::mlir::Value":$mask,
                   "::mlir::Value":$other)>
  ];
  let assemblyFormat = !strconcat(
      "$ptr (`,` $mask^)? (`,` $other^)? ", cacheHints,
      " attr-dict `:` type($ptr)");
  let hasCanonicalizer = 1;
}

def TT_StoreOp : TT_Op<"store", [
    GlobalWrite,
    TypesMatchWith<"value is what ptr points to", "ptr", "value",
                   "getPointeeType($_self)">,
    TT_MaskMatches<"ptr", "getI1SameShape(getPointeeType($_self))">]> {
  let summary = "Writes global memory where the mask is true";
  let description = [{
    Properties differ between the releases as those of a load do.
  }];
  let arguments = (ins
    TT_PtrLike:$ptr, TT_Type:$value, Optional<TT_BoolLike>:$mask,
    DefaultValuedOptionalAttr<DenseI32ArrayAttr, "{}">:$boundaryCheck,
    DefaultValuedOptionalAttr<TT_CacheModifierAttr,
      "::mlir::triton::CacheModifier::NONE">:$cache,
    DefaultValuedOptionalAttr<TT_EvictionPolicyAttr,
      "::mlir::triton::EvictionPolicy::NORMAL">:$evict,
    OptionalAttr<AnyAttr>:$cachePolicy, UnitAttr:$ignore_cta);
  let builders = [
    // Stores as `like` does, with the properties of its release.
    OpBuilder<(ins "StoreOp":$like, "::mlir::Value":$ptr,
                   "::mlir::Value":$value, "::mlir::Value":$mask)>
  ];
  let assemblyFormat = !strconcat(
      "$ptr `,` $value (`,` $mask^)? ", cacheHints,
      " attr-dict `:` type($ptr)");
  let hasCanonicalizer = 1;
}

// An atomic is an observation even where nobody uses what it read: a poll that
// is merged with another, hoisted or erased never sees the write it waits for.
class TT_AtomicOp<string mnemonic, list<Trait> traits>
    : TT_Op<mnemonic, !listconcat([GlobalReadWrite], traits)>;

def TT_AtomicRMWOp : TT_AtomicOp<"atomic_rmw", [
    SameOperandsAndResultShape,
    TypesMatchWith<"ptr points to val", "val", "ptr",
                   "getPointerTypeSameShape($_self)",
                   "pointsToTheSame">,
    TypesMatchWith<"result has the type of val", "val", "result", "$_self">,
    TT_MaskMatches<"val", "getI1SameShape($_self)">]> {
  let summary = "Combines val into memory, yields what was there";
  let arguments = (ins TT_RMWOpAttr:$atomic_rmw_op, TT_PtrLike:$ptr,
                       TT_Type:$val, Optional<TT_BoolLike>:$mask,
                       TT_MemSemanticAttr:$sem, TT_MemSyncScopeAttr:$scope);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    custom<EnumValue>($atomic_rmw_op) `,` custom<EnumValue>($sem) `,`
    custom<EnumValue>($scope) `,` $ptr `,` $val (`,` $mask^)? attr-dict `:`
    functional-type(operands, $result)
  }];
}

def TT_AtomicCASOp : TT_AtomicOp<"atomic_cas", [
    SameOperandsAndResultShape,
    TypesMatchWith<"val has the type of cmp", "cmp", "val", "$_self">,
    TypesMatchWith<"ptr points to cmp", "cmp", "ptr",
                   "getPointerTypeSameShape($_self)", "pointsToTheSame">,
    TypesMatchWith<"result has the type of cmp", "cmp", "result", "$_self">]> {
  let summary = "Stores val where memory equals cmp, yields what was there";
  let arguments = (ins TT_PtrLike:$ptr, TT_Type:$cmp, TT_Type:$val,
                       TT_MemSemanticAttr:$sem, TT_MemSyncScopeAttr:$scope);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    custom<EnumValue>($sem) `,` custom<EnumValue>($scope) `,` $ptr `,` $cmp `,`
    $val attr-dict `:` functional-type(operands, $result)
  }];
}

def TT_AtomicLoadOp : TT_AtomicOp<"atomic_load", [
    TypesMatchWith<"result is what ptr points to", "ptr", "result",
                   "getPointeeType($_self)">,
    TT_MaskMatches<"ptr", "getI1SameShape(getPointeeType($_self))">]> {
  let summary = "Reads global memory atomically (3.9)";
  let arguments = (ins TT_PtrLike:$ptr, Optional<TT_BoolLike>:$mask,
                       TT_MemSemanticAttr:$sem, TT_MemSyncScopeAttr:$scope);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    custom<EnumValue>($sem) `,` custom<EnumValue>($scope) `,` $ptr (`,` $mask^)?
    attr-dict `:` functional-type(operands, $result)
  }];
}

def TT_AtomicStoreOp : TT_AtomicOp<"atomic_store", [
    TypesMatchWith<"value is what ptr points to", "ptr", "value",
                   "getPointeeType($_self)">,
    TT_MaskMatches<"ptr", "getI1SameShape(getPointeeType($_self))">]> {
  let summary = "Writes global memory atomically (3.9)";
  let arguments = (ins TT_PtrLike:$ptr, TT_Type:$value,
                       Optional<TT_BoolLike>:$mask, TT_MemSemanticAttr:$sem,
                       TT_MemSyncScopeAttr:$scope);
  let assemblyFormat = [{
    custom<EnumValue>($sem) `,` custom<EnumValue>($scope) `,` $ptr `,` $value
    (`,` $mask^)? attr-dict `:` type($ptr)
  }];
}

def TT_AtomicPollOp : TT_AtomicOp<"atomic_poll", [
    TypesMatchWith<"ptr points to expected", "expected", "ptr",
                   "getPointerTypeSameShape($_self)", "pointsToTheSame">,
    TypesMatchWith<"result tells of every element of expected", "expected",
                   "result", "getI1SameShape($_self)">]> {
  let summary = "Waits until memory equals expected or time runs out (3.9)";
  let arguments = (ins TT_PtrLike:$ptr, TT_IntLike:$expected,
                       Optional<I64>:$timeout, TT_MemSemanticAttr:$sem,
                       TT_MemSyncScopeAttr:$scope);
  let results = (outs TT_BoolLike:$result);
  let assemblyFormat = [{
    custom<EnumValue>($sem) `,` custom<EnumValue>($scope) `,` $ptr `,` $expected
    (`timeout` $timeout^)? attr-dict `:` qualified(type($ptr)) `,`
    type($expected) `->` type($result)
  }];
}

def TT_GridDependencyWaitOp
    : TT_Op<"grid_dependency_wait", [GlobalReadWrite]> {
  let summary = "Waits for the grids before this one (3.9)";
  let assemblyFormat = "attr-dict";
}

def TT_GridDependencyLaunchDependentsOp
    : TT_Op<"grid_dependency_launch_dependents", [GlobalReadWrite]> {
  let summary = "Lets the grids after this one start (3.9)";
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Pointers to blocks (3.6, 3.7)
//===----------------------------------------------------------------------===//

def TT_MakeTensorPtrOp : TT_Op<"make_tensor_ptr", [
    Pure, SameVariadicOperandSize,
    TypesMatchWith<"base points to an element of the block", "result", "base",
                   "getElementPointerType($_self)">]> {
  let summary = "A pointer to a block of a tensor in memory";
  let arguments = (ins TT_Ptr:$base, Variadic<I64>:$shape,
                       Variadic<I64>:$strides, Variadic<I32>:$offsets,
                       DenseI32ArrayAttr:$order);
  let results = (outs TT_Ptr:$result);
  let assemblyFormat = [{
    $base `,` `[` $shape `]` `,` `[` $strides `]` `,` `[` $offsets `]`
    attr-dict `:` type($result)
  }];
}

def TT_AdvanceOp : TT_Op<"advance", [
    Pure, AllTypesMatch<["ptr", "result"]>]> {
  let summary = "Moves a pointer to a block";
  let arguments = (ins TT_Ptr:$ptr, Variadic<I32>:$offsets);
  let results = (outs TT_Ptr:$result);
  let assemblyFormat = "$ptr `,` `[` $offsets `]` attr-dict `:` type($result)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Tensor descriptors
//===----------------------------------------------------------------------===//

def TT_MakeTensorDescOp : TT_Op<"make_tensor_descriptor", [
    Pure, SameVariadicOperandSize]> {
  let summary = "A descriptor of a tensor in memory and of its blocks";
  let arguments = (ins TT_Ptr:$base, Variadic<I32>:$shape,
                       Variadic<I64>:$strides,
                       DefaultValuedOptionalAttr<TT_PaddingOptionAttr,
                         "::mlir::triton::PaddingOption::PAD_ZERO">:$padding);
  let results = (outs TT_TensorDesc:$result);
  let assemblyFormat = [{
    $base `,` `[` $shape `]` `,` `[` $strides `]` attr-dict `:` type($base) `,`
    type($result)
  }];
}

def TT_DescriptorLoadOp : TT_Op<"descriptor_load", [GlobalRead]> {
  let summary = "Reads a block";
  let arguments = (ins TT_TensorDesc:$desc, Variadic<I32>:$indices,
    DefaultValuedOptionalAttr<TT_CacheModifierAttr,
      "::mlir::triton::CacheModifier::NONE">:$cache,
    DefaultValuedOptionalAttr<TT_EvictionPolicyAttr,
      "::mlir::triton::EvictionPolicy::NORMAL">:$evict,
    OptionalAttr<AnyAttr>:$cachePolicy);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = !strconcat(
      "$desc `[` $indices `]` ", cacheHints,
      " attr-dict `:` qualified(type($desc)) `->` type($result)");
  let hasVerifier = 1;
}

def TT_DescriptorStoreOp : TT_Op<"descriptor_store", [GlobalReadWrite]> {
  let summary = "Writes a block";
  let arguments = (ins TT_TensorDesc:$desc, TT_Tensor:$src,
                       Variadic<I32>:$indices);
  let assemblyFormat = [{
    $desc `[` $indices `]` `,` $src attr-dict `:` qualified(type($desc)) `,`
    type($src)
  }];
  let hasVerifier = 1;
}

def TT_DescriptorReduceOp : TT_Op<"descriptor_reduce", [GlobalReadWrite]> {
  let summary = "Combines a block into memory";
  let arguments = (ins TT_DescriptorReduceKindAttr:$kind, TT_TensorDesc:$desc,
                       TT_Tensor:$src, Variadic<I32>:$indices);
  let assemblyFormat = [{
    custom<EnumValue>($kind) `,` $desc `[` $indices `]` `,` $src attr-dict `:`
    qualified(type($desc)) `,` type($src)
  }];
  let hasVerifier = 1;
}

def TT_DescriptorGatherOp : TT_Op<"descriptor_gather", [GlobalRead]> {
  let summary = "Reads rows of a tensor, one an offset";
  let arguments = (ins TT_TensorDesc:$desc, TT_IntTensor:$x_offsets,
                       I32:$y_offset);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $desc `[` $x_offsets `,` $y_offset `]` attr-dict `:`
    functional-type(operands, results)
  }];
}

def TT_DescriptorScatterOp : TT_Op<"descriptor_scatter", [GlobalReadWrite]> {
  let summary = "Writes rows of a tensor, one an offset";
  let arguments = (ins TT_TensorDesc:$desc, TT_IntTensor:$x_offsets,
                       I32:$y_offset, TT_Tensor:$src);
  let assemblyFormat = [{
    $desc `[` $x_offsets `,` $y_offset `]` `,` $src attr-dict `:` type(operands)
  }];
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

def TT_SplatOp : TT_Op<"splat", [Pure, SameOperandsAndResultElementType]> {
  let summary = "A tensor of one scalar";
  let arguments = (ins TT_Type:$src);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let hasFolder = 1;
}

def TT_UnsplatOp : TT_InferringOp<"unsplat", [Pure]> {
  let summary = "The scalar of a tensor of one element";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Type:$result);
  let assemblyFormat = "$src attr-dict `:` type($src)";
  let hasFolder = 1;
}

def TT_ExpandDimsOp : TT_InferringOp<"expand_dims", [
    Pure, SameOperandsAndResultElementType]> {
  let summary = "Inserts a dimension of size 1";
  let arguments = (ins TT_Tensor:$src, I32Attr:$axis);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let hasCanonicalizer = 1;
  let hasFolder = 1;
}

def TT_ReshapeOp : TT_Op<"reshape", [Pure, SameOperandsAndResultElementType]> {
  let summary = "The same elements in another shape";
  let description = [{
    `allow_reorder` leaves their order to the compiler, `efficient_layout` asks
    it to keep the result's layout.
  }];
  let arguments = (ins TT_Tensor:$src, UnitAttr:$allow_reorder,
                       UnitAttr:$efficient_layout);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $src (`allow_reorder` $allow_reorder^)?
    (`efficient_layout` $efficient_layout^)? attr-dict `:` type($src) `->`
    type($result)
  }];
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let hasVerifier = 1;
}

def TT_BroadcastOp : TT_Op<"broadcast", [
    Pure, SameOperandsAndResultElementType]> {
  let summary = "Repeats along dimensions of size 1";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let hasVerifier = 1;
}

// Free of effects but not speculatable, as stock has it: the order of its
// elements is the compiler's choice.
def TT_CatOp : TT_Op<"cat", [
    NoMemoryEffect, SameTypeOperands, SameOperandsAndResultElementType]> {
  let summary = "The elements of both, in an unspecified order";
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def TT_JoinOp : TT_InferringOp<"join", [Pure, SameTypeOperands]> {
  let summary = "Both along a new innermost dimension of size 2";
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def TT_SplitOp : TT_InferringOp<"split", [
    Pure, TypesMatchWith<"both halves have one type", "outLHS", "outRHS",
                         "$_self">]> {
  let summary = "The two halves along the innermost dimension of size 2";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Tensor:$outLHS, TT_Tensor:$outRHS);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($outLHS)";
  let hasFolder = 1;
}

def TT_TransOp : TT_InferringOp<"trans", [
    Pure, SameOperandsAndResultElementType]> {
  let summary = "Permutes dimensions: result dimension i is src's order[i]";
  let arguments = (ins TT_Tensor:$src, DenseI32ArrayAttr:$order);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let hasCanonicalizer = 1;
  let hasFolder = 1;
}

def TT_HistogramOp : TT_Op<"histogram", [
    Pure, TT_MaskMatches<"src", "getI1SameShape($_self)">]> {
  let summary = "Counts how often each bin's number occurs";
  let arguments = (ins TT_IntTensor:$src, Optional<TT_BoolLike>:$mask);
  let results = (outs TT_IntTensor:$result);
  let assemblyFormat =
      "$src (`,` $mask^)? attr-dict `:` type($src) `->` type($result)";
}

def TT_GatherOp : TT_InferringOp<"gather", [Pure]> {
  let summary = "Picks elements along an axis";
  let arguments = (ins TT_Tensor:$src, TT_IntTensor:$indices, I32Attr:$axis,
                       UnitAttr:$efficient_layout);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $src `[` $indices `]` attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Programs and ranges
//===----------------------------------------------------------------------===//

class TT_ProgramOp<string mnemonic> : TT_Op<mnemonic, [Pure]> {
  let arguments = (ins TT_ProgramIDDimAttr:$axis);
  let results = (outs I32:$result);
  let assemblyFormat = "custom<EnumValue>($axis) attr-dict `:` type($result)";
  let builders = [OpBuilder<(ins "int":$axis), [{
    build($_builder, $_state, $_builder.getI32Type(),
          ProgramIDDimAttr::get($_builder.getContext(),
                                static_cast<ProgramIDDim>(axis)));
  }]>];
  let extraClassDeclaration = [{
    int32_t getAxisAsInt() { return static_cast<int32_t>(getAxis()); }
  }];
}

def TT_GetProgramIdOp : TT_ProgramOp<"get_program_id"> {
  let summary = "This program's place along an axis of the grid";
}

def TT_GetNumProgramsOp : TT_ProgramOp<"get_num_programs"> {
  let summary = "Size of the grid along an axis";
}

def TT_MakeRangeOp : TT_Op<"make_range", [Pure]> {
  let summary = "The integers of [start, end)";
  let description = [{
    The bounds are signed. ODS gives `getStart` and `getEnd` as `uint32_t`, as
    Triton's are; `getStartAttr().getInt()` has the sign.
  }];
  let arguments = (ins I32Attr:$start, I32Attr:$end);
  let results = (outs TT_IntTensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

def TT_DotOp : TT_InferringOp<"dot", [
    Pure, TypesMatchWith<"d has the type of c", "d", "c", "$_self">]> {
  let summary = "a times b plus c";
  let description = [{
    `inputPrecision` says how f32 inputs reach the tensor cores.
  }];
  let arguments = (ins TT_FpIntTensor:$a, TT_FpIntTensor:$b, TT_FpIntTensor:$c,
    DefaultValuedOptionalAttr<TT_InputPrecisionAttr,
      "::mlir::triton::InputPrecision::IEEE">:$inputPrecision,
    DefaultValuedOptionalAttr<I32Attr, "0">:$maxNumImpreciseAcc);
  let results = (outs TT_FpIntTensor:$d);
  let assemblyFormat = [{
    $a `,` $b `,` $c
    (`,` `inputPrecision` `=` custom<EnumValue>($inputPrecision)^)? attr-dict
    `:` type($a) `*` type($b) `->` type($d)
  }];
  let hasVerifier = 1;
}

def TT_DotScaledOp : TT_Op<"dot_scaled", [
    Pure, AttrSizedOperandSegments,
    TypesMatchWith<"d has the type of c", "d", "c", "$_self">]> {
  let summary = "a times b plus c, a and b in microscaling formats";
  let description = [{
    Four-bit elements come in pairs, packed along k where `lhs_k_pack` and
    `rhs_k_pack` say so.
  }];
  let arguments = (ins
    RankedTensorOf<[AnyFloat, I8]>:$a, RankedTensorOf<[AnyFloat, I8]>:$b,
    TT_FloatTensor:$c, Optional<RankedTensorOf<[AnyFloat, I8]>>:$a_scale,
    Optional<RankedTensorOf<[AnyFloat, I8]>>:$b_scale,
    TT_ScaleDotElemTypeAttr:$a_elem_type, TT_ScaleDotElemTypeAttr:$b_elem_type,
    BoolAttr:$fastMath, DefaultValuedOptionalAttr<BoolAttr, "true">:$lhs_k_pack,
    DefaultValuedOptionalAttr<BoolAttr, "true">:$rhs_k_pack);
  let results = (outs TT_FloatTensor:$d);
  let assemblyFormat = [{
    $a (`scale` $a_scale^)? `,` $b (`scale` $b_scale^)? `,` $c
    `lhs` `=` custom<EnumValue>($a_elem_type)
    `rhs` `=` custom<EnumValue>($b_elem_type) attr-dict
    `:` type($a) (`,` type($a_scale)^)? `*` type($b) (`,` type($b_scale)^)?
    `->` type($d)
  }];
}

//===----------------------------------------------------------------------===//
// Operations with a region over scalars
//===----------------------------------------------------------------------===//

class TT_RegionReturnOp<string mnemonic, string parent, string format>
    : TT_Op<mnemonic, [HasParent<parent>, Pure, Terminator, ReturnLike]> {
  let summary = "Ends the region of " # parent;
  let arguments = (ins Variadic<AnyType>:$result);
  let assemblyFormat = format;
}

def TT_ReduceOp : TT_InferringOp<"reduce", [
    RecursiveMemoryEffects, RecursivelySpeculatable, SameOperandsShape,
    SingleBlock]> {
  let summary = "Combines along an axis, in an order of the compiler's choice";
  let arguments = (ins Variadic<TT_Tensor>:$srcs, I32Attr:$axis);
  let results = (outs Variadic<TT_Type>:$result);
  let regions = (region SizedRegion<1>:$combineOp);
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::SmallVector<::mlir::RankedTensorType> getInputTypes();
    ::llvm::SmallVector<::mlir::Type> getElementTypes();
    unsigned getNumOperands() { return getOperands().size(); }
    /// The region's one operation besides its return, or null.
    ::mlir::Operation *getSingleCombiner();
  }];
}
def TT_ReduceReturnOp : TT_RegionReturnOp<"reduce.return", "ReduceOp",
    "$result attr-dict `:` type($result)">;

def TT_ScanOp : TT_InferringOp<"scan", [
    RecursiveMemoryEffects, RecursivelySpeculatable,
    SameOperandsAndResultShape, SingleBlock]> {
  let summary = "Running combinations along an axis";
  let arguments = (ins Variadic<TT_Tensor>:$srcs, I32Attr:$axis,
                       BoolAttr:$reverse);
  let results = (outs Variadic<TT_Tensor>:$result);
  let regions = (region SizedRegion<1>:$combineOp);
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::SmallVector<::mlir::RankedTensorType> getInputTypes();
    ::llvm::SmallVector<::mlir::Type> getElementTypes();
    unsigned getNumOperands() { return getOperands().size(); }
  }];
}
def TT_ScanReturnOp : TT_RegionReturnOp<"scan.return", "ScanOp",
    "$result attr-dict `:` type($result)">;

def TT_MapElementwiseOp : TT_Op<"map_elementwise", [
    RecursiveMemoryEffects, SameOperandsAndResultShape]> {
  let summary = "Runs a region for every `pack` elements";
  let arguments = (ins Variadic<TT_Tensor>:$srcs, I32Attr:$pack);
  let results = (outs Variadic<TT_Tensor>:$result);
  let regions = (region AnyRegion:$scalarOp);
}
def TT_MapElementwiseReturnOp
    : TT_RegionReturnOp<"map_elementwise.return", "MapElementwiseOp",
                        "attr-dict ($result^ `:` type($result))?">;

//===----------------------------------------------------------------------===//
// Foreign code, and what the host sees
//===----------------------------------------------------------------------===//

def TT_ExternElementwiseOp : TT_Op<"extern_elementwise", [
    Elementwise, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>]> {
  let summary = "Calls a device function for every element";
  let arguments = (ins Variadic<TT_Type>:$srcs, StrAttr:$libname,
                       StrAttr:$libpath, StrAttr:$symbol, BoolAttr:$pure);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    operands attr-dict `:` functional-type(operands, $result)
  }];
}

// Operands are unconstrained: 3.9 lets other dialects pass types of their own.
def TT_ElementwiseInlineAsmOp : TT_Op<"elementwise_inline_asm", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>]> {
  let summary = "Runs assembly for every `packed_element` elements";
  let arguments = (ins StrAttr:$asm_string, StrAttr:$constraints,
                       BoolAttr:$pure, I32Attr:$packed_element,
                       Variadic<AnyType>:$args);
  let results = (outs Variadic<TT_Type>:$result);
  let assemblyFormat = [{
    $asm_string attr-dict ($args^ `:` type($args))? `->` type($result)
  }];
}

def TT_PrintOp : TT_Op<"print", [GlobalWrite]> {
  let summary = "Prints from the device";
  let arguments = (ins StrAttr:$prefix, BoolAttr:$hex, Variadic<TT_Type>:$args,
                       DenseI32ArrayAttr:$isSigned);
  let assemblyFormat = "$prefix attr-dict (`:` $args^ `:` type($args))?";
}

def TT_AssertOp : TT_Op<"assert", [GlobalWrite]> {
  let summary = "Stops the program where the condition is false";
  let arguments = (ins TT_BoolLike:$condition, StrAttr:$message);
  let assemblyFormat =
      "$condition `,` $message attr-dict `:` type($condition)";
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

def TT_FuncOp : TT_Op<"func", [
    AffineScope, AutomaticAllocationScope, CallableOpInterface,
    FunctionOpInterface, HasParent<"::mlir::ModuleOp">, IsolatedFromAbove,
    OpAsmOpInterface]> {
  let summary = "A kernel or a device function";
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name,
    "::mlir::FunctionType":$type,
    CArg<"::llvm::ArrayRef<::mlir::NamedAttribute>", "{}">:$attrs,
    CArg<"::llvm::ArrayRef<::mlir::DictionaryAttr>", "{}">:$argAttrs)>];
  let extraClassDeclaration = [{
    ::mlir::Region *getCallableRegion() {
      return isExternal() ? nullptr : &getBody();
    }
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    bool isDeclaration() { return isExternal(); }
  }];
  let hasCustomAssemblyFormat = 1;
}

def TT_CallOp : TT_Op<"call", [
    CallOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Calls a function of this module";
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$operands,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let results = (outs Variadic<AnyType>);
  let builders = [OpBuilder<(ins "FuncOp":$callee,
    CArg<"::mlir::ValueRange", "{}">:$operands)>];
  let extraClassDeclaration = [{
    ::mlir::FunctionType getCalleeType() {
      return ::mlir::FunctionType::get(getContext(), getOperandTypes(),
                                       getResultTypes());
    }
    ::mlir::CallInterfaceCallable getCallableForCallee() {
      return getCalleeAttr();
    }
    void setCalleeFromCallable(::mlir::CallInterfaceCallable callee) {
      setCalleeAttr(::llvm::cast<::mlir::FlatSymbolRefAttr>(
          ::llvm::cast<::mlir::SymbolRefAttr>(callee)));
    }
    ::mlir::Operation::operand_range getArgOperands() { return getOperands(); }
    ::mlir::MutableOperandRange getArgOperandsMutable() {
      return getOperandsMutable();
    }
  }];
  let assemblyFormat = [{
    $callee `(` $operands `)` attr-dict `:` functional-type($operands, results)
  }];
}

def TT_ReturnOp : TT_Op<"return", [
    HasParent<"FuncOp">, Pure, ReturnLike, Terminator]> {
  let summary = "Ends a function";
  let arguments = (ins Variadic<AnyType>:$srcs);
  let builders = [OpBuilder<(ins), [{
    build($_builder, $_state, ::mlir::ValueRange());
  }]>];
  let assemblyFormat = "attr-dict ($srcs^ `:` type($srcs))?";
  let hasVerifier = 1;
}

#endif // TRITON_EXT_DIALECTS_TRITON_OPS
