//===- TritonDialect.td - The tt dialect and its types -----*- tablegen -*-===//
// SPDX-License-Identifier: MIT
//
// Names, values and spellings are the interface of Triton 3.6 to 3.9; where the
// releases differ this is their superset, so that what came in goes out.

#ifndef TRITON_EXT_DIALECTS_TRITON_DIALECT
#define TRITON_EXT_DIALECTS_TRITON_DIALECT

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Triton_Dialect : Dialect {
  let name = "tt";
  let cppNamespace = "::mlir::triton";
  let summary = "Triton's tensor programs";
  let description = [{
    A typed view of the `tt` dialect as the stock releases print it. It is read
    and written beside the real one, never linked with it: operations, types
    and attributes that a later release adds stay unregistered or opaque
    instead of being errors.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::ub::UBDialect"
  ];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 0;
  let useDefaultTypePrinterParser = 0;
  let extraClassDeclaration = [{
    void registerTypes();
    void registerAttributes();
    ::mlir::Type parseType(::mlir::DialectAsmParser &parser) const override;
    void printType(::mlir::Type type,
                   ::mlir::DialectAsmPrinter &printer) const override;
    ::mlir::Attribute parseAttribute(::mlir::DialectAsmParser &parser,
                                     ::mlir::Type type) const override;
    void printAttribute(::mlir::Attribute attr,
                        ::mlir::DialectAsmPrinter &printer) const override;
  }];
}

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

// A closed set of words, kept as an i32. The attribute class is IntegerEnumAttr
// rather than a generated one: that one refuses an integer that it has no word
// for, and a module of a later release would not even parse.
class TT_Enum<string name, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, "", cases> {
  let cppNamespace = "::mlir::triton";
  let genSpecializedAttr = 0;
}

class TT_EnumAttr<TT_Enum enum>
    : Attr<CPred<"::mlir::isa<::mlir::triton::" # enum.className #
                 "Attr>($_self)">, enum.className # " as a 32-bit integer"> {
  let storageType = "::mlir::triton::" # enum.className # "Attr";
  let returnType = "::mlir::triton::" # enum.className;
  let convertFromStorage = "$_self.getValue()";
  let constBuilderCall = "::mlir::triton::" # enum.className #
                         "Attr::get($_builder.getContext(), $0)";
}

def TT_CacheModifier : TT_Enum<"CacheModifier", [
  I32EnumAttrCase<"NONE", 1, "none">, I32EnumAttrCase<"CA", 2, "ca">,
  I32EnumAttrCase<"CG", 3, "cg">, I32EnumAttrCase<"WB", 4, "wb">,
  I32EnumAttrCase<"CS", 5, "cs">, I32EnumAttrCase<"WT", 6, "wt">,
  I32EnumAttrCase<"CV", 7, "cv">]>;
def TT_EvictionPolicy : TT_Enum<"EvictionPolicy", [
  I32EnumAttrCase<"NORMAL", 1, "evict_normal">,
  I32EnumAttrCase<"EVICT_FIRST", 2, "evict_first">,
  I32EnumAttrCase<"EVICT_LAST", 3, "evict_last">]>;
def TT_PaddingOption : TT_Enum<"PaddingOption", [
  I32EnumAttrCase<"PAD_ZERO", 1, "zero">,
  I32EnumAttrCase<"PAD_NAN", 2, "nan">]>;
def TT_MemSemantic : TT_Enum<"MemSemantic", [
  I32EnumAttrCase<"RELAXED", 1, "relaxed">,
  I32EnumAttrCase<"ACQUIRE", 2, "acquire">,
  I32EnumAttrCase<"RELEASE", 3, "release">,
  I32EnumAttrCase<"ACQUIRE_RELEASE", 4, "acq_rel">]>;
def TT_MemSyncScope : TT_Enum<"MemSyncScope", [
  I32EnumAttrCase<"GPU", 1, "gpu">, I32EnumAttrCase<"CTA", 2, "cta">,
  I32EnumAttrCase<"SYSTEM", 3, "sys">]>;
def TT_RMWOp : TT_Enum<"RMWOp", [
  I32EnumAttrCase<"AND", 1, "and">, I32EnumAttrCase<"OR", 2, "or">,
  I32EnumAttrCase<"XOR", 3, "xor">, I32EnumAttrCase<"ADD", 4, "add">,
  I32EnumAttrCase<"FADD", 5, "fadd">, I32EnumAttrCase<"MAX", 6, "max">,
  I32EnumAttrCase<"MIN", 7, "min">, I32EnumAttrCase<"UMAX", 8, "umax">,
  I32EnumAttrCase<"UMIN", 9, "umin">, I32EnumAttrCase<"XCHG", 10, "exch">]>;
def TT_DescriptorReduceKind : TT_Enum<"DescriptorReduceKind", [
  I32EnumAttrCase<"ADD", 1, "add">, I32EnumAttrCase<"MIN", 2, "min">,
  I32EnumAttrCase<"MAX", 3, "max">, I32EnumAttrCase<"INC", 4, "inc">,
  I32EnumAttrCase<"DEC", 5, "dec">, I32EnumAttrCase<"AND", 6, "and">,
  I32EnumAttrCase<"OR", 7, "or">, I32EnumAttrCase<"XOR", 8, "xor">]>;
def TT_ProgramIDDim : TT_Enum<"ProgramIDDim", [
  I32EnumAttrCase<"X", 0, "x">, I32EnumAttrCase<"Y", 1, "y">,
  I32EnumAttrCase<"Z", 2, "z">]>;
def TT_RoundingMode : TT_Enum<"RoundingMode", [
  I32EnumAttrCase<"RTZ", 0, "rtz">, I32EnumAttrCase<"RTNE", 1, "rtne">]>;
def TT_PropagateNan : TT_Enum<"PropagateNan", [
  I32EnumAttrCase<"NONE", 0, "none">, I32EnumAttrCase<"ALL", 0xFFFF, "all">]>;
def TT_InputPrecision : TT_Enum<"InputPrecision", [
  I32EnumAttrCase<"TF32", 0, "tf32">, I32EnumAttrCase<"TF32x3", 1, "tf32x3">,
  I32EnumAttrCase<"IEEE", 2, "ieee">, I32EnumAttrCase<"BF16x3", 3, "bf16x3">,
  I32EnumAttrCase<"BF16x6", 4, "bf16x6">]>;
def TT_ScaleDotElemType : TT_Enum<"ScaleDotElemType", [
  I32EnumAttrCase<"E4M3", 0, "e4m3">, I32EnumAttrCase<"E5M2", 1, "e5m2">,
  I32EnumAttrCase<"E2M3", 2, "e2m3">, I32EnumAttrCase<"E3M2", 3, "e3m2">,
  I32EnumAttrCase<"E2M1", 4, "e2m1">, I32EnumAttrCase<"BF16", 5, "bf16">,
  I32EnumAttrCase<"FP16", 6, "fp16">]>;
def TT_PtrAddrSpace : TT_Enum<"PtrAddrSpace", [
  I32EnumAttrCase<"Descriptor", 0, "descriptor">,
  I32EnumAttrCase<"Global", 1, "global">,
  I32EnumAttrCase<"Constant", 4, "constant">]>;

def TT_CacheModifierAttr : TT_EnumAttr<TT_CacheModifier>;
def TT_EvictionPolicyAttr : TT_EnumAttr<TT_EvictionPolicy>;
def TT_PaddingOptionAttr : TT_EnumAttr<TT_PaddingOption>;
def TT_MemSemanticAttr : TT_EnumAttr<TT_MemSemantic>;
def TT_MemSyncScopeAttr : TT_EnumAttr<TT_MemSyncScope>;
def TT_RMWOpAttr : TT_EnumAttr<TT_RMWOp>;
def TT_DescriptorReduceKindAttr : TT_EnumAttr<TT_DescriptorReduceKind>;
def TT_ProgramIDDimAttr : TT_EnumAttr<TT_ProgramIDDim>;
def TT_RoundingModeAttr : TT_EnumAttr<TT_RoundingMode>;
def TT_PropagateNanAttr : TT_EnumAttr<TT_PropagateNan>;
def TT_InputPrecisionAttr : TT_EnumAttr<TT_InputPrecision>;
def TT_ScaleDotElemTypeAttr : TT_EnumAttr<TT_ScaleDotElemType>;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

def TT_CachePolicyAttr : AttrDef<Triton_Dialect, "CachePolicy"> {
  let mnemonic = "cache_policy";
  let summary = "Cache hints of a load or store (3.9)";
  let description = [{
    Pairs a cache modifier with an eviction policy. Earlier releases carry the
    two as integer properties of the operation.
  }];
  let parameters = (ins EnumParameter<TT_CacheModifier>:$cache_modifier,
                        EnumParameter<TT_EvictionPolicy>:$eviction_policy);
  let assemblyFormat = "`<` struct(params) `>`";
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

class TT_TypeDef<string name, string mnemonicWord>
    : TypeDef<Triton_Dialect, name> {
  let mnemonic = mnemonicWord;
  let hasCustomAssemblyFormat = 1;
  let skipDefaultBuilders = 1;
}

def TT_PointerType : TT_TypeDef<"Pointer", "ptr"> {
  let summary = "Pointer to a scalar, or (3.6, 3.7) to a block";
  let description = [{
    `!tt.ptr<f32>` is global memory. Another address space is a number up to
    3.8 (`!tt.ptr<f32, 4>`) and a word from 3.9 on (`!tt.ptr<f32, "constant">`);
    `space` keeps whichever was written, null for global.
  }];
  let parameters = (ins "::mlir::Type":$pointeeType,
                        OptionalParameter<"::mlir::Attribute">:$space);
  let builders = [
    TypeBuilderWithInferredContext<(ins "::mlir::Type":$pointeeType,
      CArg<"::mlir::Attribute", "{}">:$space), [{
      return $_get(pointeeType.getContext(), pointeeType, space);
    }]>,
    TypeBuilderWithInferredContext<(ins "::mlir::Type":$pointeeType,
                                        "int":$addressSpace)>
  ];
  let extraClassDeclaration = [{
    /// The address space as a number, however it was written; 1 is global.
    int getAddressSpace() const;
  }];
}

def TT_TensorDescType : TT_TypeDef<"TensorDesc", "tensordesc"> {
  let summary = "Descriptor of a tensor in global memory, read by blocks";
  let description = [{
    `!tt.tensordesc<tensor<64x64xf32>>` up to 3.7, `!tt.tensordesc<64x64xf32>`
    from 3.8 on; `tensorForm` keeps which of the two was written. The layout of
    the block in shared memory is the tensor's encoding in the first form and
    follows a comma in the second.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType,
                        OptionalParameter<"::mlir::Attribute">:$sharedLayout,
                        "bool":$tensorForm);
  let builders = [
    TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<int64_t>":$shape,
      "::mlir::Type":$elementType, "::mlir::Attribute":$sharedLayout,
      "bool":$tensorForm), [{
      return $_get(elementType.getContext(), shape, elementType, sharedLayout,
                   tensorForm);
    }]>
  ];
  let extraClassDeclaration = [{
    /// The block as a tensor; encoded only where the tensor form wrote it so.
    ::mlir::RankedTensorType getBlockType() const;
    /// The same without the signedness that descriptors keep and values do not.
    ::mlir::RankedTensorType getSignlessBlockType() const;
  }];
}

// Element types are those of every release; a later one may add some, so values
// are only held to being tensors or scalars of numbers or pointers.
def TT_Ptr : DialectType<Triton_Dialect,
  CPred<"::mlir::isa<::mlir::triton::PointerType>($_self)">, "pointer",
  "::mlir::triton::PointerType">;
def TT_TensorDesc : DialectType<Triton_Dialect,
  CPred<"::mlir::isa<::mlir::triton::TensorDescType>($_self)">,
  "tensor descriptor", "::mlir::triton::TensorDescType">;

def TT_FloatTensor : RankedTensorOf<[AnyFloat]>;
def TT_FloatLike : AnyTypeOf<[AnyFloat, TT_FloatTensor]>;
def TT_BoolLike : AnyTypeOf<[I1, RankedTensorOf<[I1]>]>;
def TT_IntTensor : RankedTensorOf<[AnySignlessInteger]>;
def TT_IntLike : AnyTypeOf<[AnySignlessInteger, TT_IntTensor]>;
def TT_I64Like : AnyTypeOf<[I64, RankedTensorOf<[I64]>]>;
def TT_PtrTensor : RankedTensorOf<[TT_Ptr]>;
def TT_PtrLike : AnyTypeOf<[TT_Ptr, TT_PtrTensor]>;
def TT_FpIntTensor : RankedTensorOf<[AnyFloat, AnySignlessInteger]>;
def TT_Tensor : RankedTensorOf<[AnyFloat, AnySignlessInteger, TT_Ptr]>;
def TT_Type : AnyTypeOf<[TT_FloatLike, TT_IntLike, TT_PtrLike]>;

#endif // TRITON_EXT_DIALECTS_TRITON_DIALECT
