//===- Triton.h - Triton's tt dialect, typed --------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Everything a pass needs of `tt`: dialect, types, attributes, operations,
// under the names that Triton itself gives them in C++, so that a pass can move
// there. What the dialect promises about releases is said in TritonOps.td.

#ifndef TRITON_EXT_DIALECTS_TRITON_TRITON_H
#define TRITON_EXT_DIALECTS_TRITON_TRITON_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Triton/TritonDialect.h.inc"
#include "dialects/Triton/TritonEnums.h.inc"

namespace mlir::triton {

/// An enumeration kept as a 32-bit integer. Holds integers without a word, too:
/// `getValue` then is a value that is none of the enumerators.
template <typename Enum> class IntegerEnumAttr : public IntegerAttr {
public:
  using IntegerAttr::IntegerAttr;
  using ValueType = Enum;
  static bool classof(Attribute attr) {
    auto integer = llvm::dyn_cast<IntegerAttr>(attr);
    return integer && integer.getType().isSignlessInteger(32);
  }
  static IntegerEnumAttr get(MLIRContext *context, Enum value) {
    return llvm::cast<IntegerEnumAttr>(IntegerAttr::get(
        IntegerType::get(context, 32), static_cast<int32_t>(value)));
  }
  Enum getValue() const {
    return static_cast<Enum>(IntegerAttr::getValue().getZExtValue());
  }
};

using CacheModifierAttr = IntegerEnumAttr<CacheModifier>;
using EvictionPolicyAttr = IntegerEnumAttr<EvictionPolicy>;
using PaddingOptionAttr = IntegerEnumAttr<PaddingOption>;
using MemSemanticAttr = IntegerEnumAttr<MemSemantic>;
using MemSyncScopeAttr = IntegerEnumAttr<MemSyncScope>;
using RMWOpAttr = IntegerEnumAttr<RMWOp>;
using DescriptorReduceKindAttr = IntegerEnumAttr<DescriptorReduceKind>;
using ProgramIDDimAttr = IntegerEnumAttr<ProgramIDDim>;
using RoundingModeAttr = IntegerEnumAttr<RoundingMode>;
using PropagateNanAttr = IntegerEnumAttr<PropagateNan>;
using InputPrecisionAttr = IntegerEnumAttr<InputPrecision>;
using ScaleDotElemTypeAttr = IntegerEnumAttr<ScaleDotElemType>;

/// What loads, stores, atomics and everything that the host sees act on.
struct GlobalMemory : public SideEffects::Resource::Base<GlobalMemory> {
  StringRef getName() final { return "<GlobalMemory>"; }
};

} // namespace mlir::triton

#define GET_ATTRDEF_CLASSES
#include "dialects/Triton/TritonAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Triton/TritonTypes.h.inc"

namespace mlir::triton {

/// What a pointer, or each pointer of a tensor, points to: the pointee of
/// `!tt.ptr<f32>`, `tensor<8xf32>` for `tensor<8x!tt.ptr<f32>>`. Any other type
/// is returned as it is.
Type getPointeeType(Type type);

/// i1 in the shape (and encoding) of `type`.
Type getI1SameShape(Type type);

/// i32 in the shape (and encoding) of `type`.
Type getI32SameShape(Type type);

/// Global pointers to the elements of `type`, in its shape (and encoding).
Type getPointerTypeSameShape(Type type);

/// The pointer to an element of the block that `type` points to.
Type getElementPointerType(Type type);

/// True where both are pointers, or tensors of them, that differ in nothing but
/// the address space.
bool pointsToTheSame(Type lhs, Type rhs);

} // namespace mlir::triton

#define GET_OP_CLASSES
#include "dialects/Triton/TritonOps.h.inc"

#endif // TRITON_EXT_DIALECTS_TRITON_TRITON_H
