//===- TritonDialect.cpp - The tt dialect and its types ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "dialects/Triton/Triton.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::triton;

#include "dialects/Triton/TritonDialect.cpp.inc"
#include "dialects/Triton/TritonEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Triton/TritonAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Triton/TritonTypes.cpp.inc"

//===----------------------------------------------------------------------===//
// Dialect
//===----------------------------------------------------------------------===//

void TritonDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialects/Triton/TritonOps.cpp.inc"
      >();
  allowUnknownOperations();
}

void TritonDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Triton/TritonAttrs.cpp.inc"
      >();
}

void TritonDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Triton/TritonTypes.cpp.inc"
      >();
}

Operation *TritonDialect::materializeConstant(OpBuilder &builder,
                                              Attribute value, Type type,
                                              Location loc) {
  if (auto poison = dyn_cast<ub::PoisonAttr>(value))
    return ub::PoisonOp::create(builder, loc, type, poison);
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

// A mnemonic that a later release added is kept as the text it came in.
Type TritonDialect::parseType(DialectAsmParser &parser) const {
  StringRef mnemonic;
  Type type;
  OptionalParseResult known = generatedTypeParser(parser, &mnemonic, type);
  if (known.has_value())
    return type;
  return OpaqueType::get(StringAttr::get(getContext(), getNamespace()),
                         parser.getFullSymbolSpec());
}

void TritonDialect::printType(Type type, DialectAsmPrinter &printer) const {
  (void)generatedTypePrinter(type, printer);
}

Attribute TritonDialect::parseAttribute(DialectAsmParser &parser,
                                        Type type) const {
  StringRef mnemonic;
  Attribute attr;
  OptionalParseResult known =
      generatedAttributeParser(parser, &mnemonic, type, attr);
  if (known.has_value())
    return attr;
  return OpaqueAttr::get(StringAttr::get(getContext(), getNamespace()),
                         parser.getFullSymbolSpec(),
                         type ? type : NoneType::get(getContext()));
}

void TritonDialect::printAttribute(Attribute attr,
                                   DialectAsmPrinter &printer) const {
  (void)generatedAttributePrinter(attr, printer);
}

//===----------------------------------------------------------------------===//
// PointerType
//===----------------------------------------------------------------------===//

PointerType PointerType::get(Type pointeeType, int addressSpace) {
  Attribute space;
  if (addressSpace != static_cast<int>(PtrAddrSpace::Global))
    space = IntegerAttr::get(IntegerType::get(pointeeType.getContext(), 32),
                             addressSpace);
  return get(pointeeType, space);
}

int PointerType::getAddressSpace() const {
  if (auto number = dyn_cast_or_null<IntegerAttr>(getSpace()))
    return number.getInt();
  if (auto word = dyn_cast_or_null<StringAttr>(getSpace()))
    if (std::optional<PtrAddrSpace> space = symbolizePtrAddrSpace(word))
      return static_cast<int>(*space);
  return static_cast<int>(PtrAddrSpace::Global);
}

Type PointerType::parse(AsmParser &parser) {
  Type pointee;
  Attribute space;
  if (parser.parseLess() || parser.parseType(pointee))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    std::string word;
    int number = 0;
    if (succeeded(parser.parseOptionalString(&word)))
      space = StringAttr::get(parser.getContext(), word);
    else if (succeeded(parser.parseInteger(number)))
      space =
          IntegerAttr::get(IntegerType::get(parser.getContext(), 32), number);
    else
      return {};
  }
  if (parser.parseGreater())
    return {};
  return get(pointee, space);
}

void PointerType::print(AsmPrinter &printer) const {
  printer << '<' << getPointeeType();
  if (auto number = dyn_cast_or_null<IntegerAttr>(getSpace()))
    printer << ", " << number.getInt();
  else if (getSpace())
    printer << ", " << getSpace();
  printer << '>';
}

//===----------------------------------------------------------------------===//
// TensorDescType
//===----------------------------------------------------------------------===//

RankedTensorType TensorDescType::getBlockType() const {
  return RankedTensorType::get(getShape(), getElementType(),
                               getTensorForm() ? getSharedLayout()
                                               : Attribute());
}

RankedTensorType TensorDescType::getSignlessBlockType() const {
  RankedTensorType block = getBlockType();
  auto integer = dyn_cast<IntegerType>(getElementType());
  if (!integer)
    return block;
  return block.clone(IntegerType::get(getContext(), integer.getWidth()));
}

static Type parseTensorForm(AsmParser &parser, Type type, SMLoc loc) {
  auto block = dyn_cast<RankedTensorType>(type);
  if (!block) {
    parser.emitError(loc, "expects a tensor or the dimensions of a block");
    return {};
  }
  return TensorDescType::get(block.getShape(), block.getElementType(),
                             block.getEncoding(), /*tensorForm=*/true);
}

Type TensorDescType::parse(AsmParser &parser) {
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  Type type;
  OptionalParseResult tensor = parser.parseOptionalType(type);
  if (tensor.has_value()) {
    if (failed(*tensor) || parser.parseGreater())
      return {};
    return parseTensorForm(parser, type, loc);
  }
  SmallVector<int64_t> shape;
  Attribute layout;
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(type))
    return {};
  if (succeeded(parser.parseOptionalComma()) && parser.parseAttribute(layout))
    return {};
  if (parser.parseGreater())
    return {};
  return get(shape, type, layout, /*tensorForm=*/false);
}

void TensorDescType::print(AsmPrinter &printer) const {
  printer << '<';
  if (getTensorForm()) {
    printer << getBlockType();
  } else {
    printer.printDimensionList(getShape());
    printer << 'x' << getElementType();
    if (getSharedLayout())
      printer << ", " << getSharedLayout();
  }
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Types derived from types
//===----------------------------------------------------------------------===//

/// A tensor of `element` where `type` is a tensor. A tensor of blocks does not
/// exist, but text that has one must not crash before it is refused.
static Type withElementType(Type type, Type element) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return element;
  return TensorType::isValidElementType(element) ? tensor.clone(element) : type;
}

Type triton::getPointeeType(Type type) {
  auto pointer = dyn_cast<PointerType>(getElementTypeOrSelf(type));
  return pointer ? withElementType(type, pointer.getPointeeType()) : type;
}

Type triton::getI1SameShape(Type type) {
  return withElementType(type, IntegerType::get(type.getContext(), 1));
}

Type triton::getI32SameShape(Type type) {
  return withElementType(type, IntegerType::get(type.getContext(), 32));
}

Type triton::getPointerTypeSameShape(Type type) {
  return withElementType(type, PointerType::get(getElementTypeOrSelf(type)));
}

Type triton::getElementPointerType(Type type) {
  auto pointer = dyn_cast<PointerType>(type);
  if (!pointer)
    return type;
  return PointerType::get(getElementTypeOrSelf(pointer.getPointeeType()),
                          pointer.getSpace());
}

bool triton::pointsToTheSame(Type lhs, Type rhs) {
  return isa<PointerType>(getElementTypeOrSelf(lhs)) &&
         isa<PointerType>(getElementTypeOrSelf(rhs)) &&
         getPointeeType(lhs) == getPointeeType(rhs);
}

namespace triton_ext {

/// Called by what the build makes of the catalogue.
void registerTritonDialect(DialectRegistry &registry) {
  registry.insert<TritonDialect>();
}

} // namespace triton_ext
