//===- TritonOps.cpp - Inference, effects, verifiers ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "dialects/Triton/Triton.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace mlir::triton;

//===----------------------------------------------------------------------===//
// Custom assembly
//===----------------------------------------------------------------------===//

/// The word of an enumerator, or the number that has none.
template <typename Enum>
static ParseResult parseEnumValue(OpAsmParser &parser,
                                  IntegerEnumAttr<Enum> &attr) {
  int32_t number = 0;
  OptionalParseResult isNumber = parser.parseOptionalInteger(number);
  if (isNumber.has_value()) {
    attr = IntegerEnumAttr<Enum>::get(parser.getContext(),
                                      static_cast<Enum>(number));
    return *isNumber;
  }
  SMLoc loc = parser.getCurrentLocation();
  std::string word;
  if (parser.parseKeywordOrString(&word))
    return failure();
  std::optional<Enum> value = symbolizeEnum<Enum>(word);
  if (!value)
    return parser.emitError(loc, "unknown word '") << word << "'";
  attr = IntegerEnumAttr<Enum>::get(parser.getContext(), *value);
  return success();
}

template <typename Enum>
static void printEnumValue(OpAsmPrinter &printer, Operation *,
                           IntegerEnumAttr<Enum> attr) {
  StringRef word = stringifyEnum(attr.getValue());
  if (word.empty())
    printer << static_cast<int32_t>(attr.getValue());
  else
    printer << word;
}

//===----------------------------------------------------------------------===//
// Inference of result types, see TT_InferringOp
//===----------------------------------------------------------------------===//

static bool isEncoded(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getEncoding();
}

static bool comparesTypes(TypeRange operands, TypeRange results) {
  return llvm::none_of(operands, isEncoded) &&
         llvm::none_of(results, isEncoded);
}

static LogicalResult checkInferred(std::optional<Location> loc, StringRef name,
                                   TypeRange inferred, TypeRange actual) {
  if (inferred == actual)
    return success();
  return emitOptionalError(loc, "'", name, "' op expects result type(s) ",
                           inferred, ", not ", actual);
}

/// `shape` of `element`, provided that `from`'s encoding leaves it known.
static LogicalResult inferTensor(std::optional<Location> loc,
                                 RankedTensorType from, ArrayRef<int64_t> shape,
                                 SmallVectorImpl<Type> &results) {
  if (from.getEncoding())
    return emitOptionalError(
        loc, "the result's encoding is unknown: give the result type");
  results.push_back(RankedTensorType::get(shape, from.getElementType()));
  return success();
}

LogicalResult UnsplatOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          ValueRange operands, DictionaryAttr,
                                          OpaqueProperties, RegionRange,
                                          SmallVectorImpl<Type> &results) {
  auto source = cast<RankedTensorType>(operands[0].getType());
  if (source.getNumElements() != 1)
    return emitOptionalError(loc, "expects a tensor of one element");
  results.push_back(source.getElementType());
  return success();
}

LogicalResult
ExpandDimsOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                               ValueRange operands, DictionaryAttr attributes,
                               OpaqueProperties properties, RegionRange regions,
                               SmallVectorImpl<Type> &results) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto source = cast<RankedTensorType>(adaptor.getSrc().getType());
  SmallVector<int64_t> shape(source.getShape());
  int64_t axis = adaptor.getAxisAttr().getInt();
  if (axis < 0 || axis > static_cast<int64_t>(shape.size()))
    return emitOptionalError(loc, "expects axis in [0, ", shape.size(), "]");
  shape.insert(shape.begin() + axis, 1);
  return inferTensor(loc, source, shape, results);
}

LogicalResult JoinOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc,
                                       ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange,
                                       SmallVectorImpl<Type> &results) {
  auto half = cast<RankedTensorType>(operands[0].getType());
  SmallVector<int64_t> shape(half.getShape());
  shape.push_back(2);
  return inferTensor(loc, half, shape, results);
}

LogicalResult SplitOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        ValueRange operands, DictionaryAttr,
                                        OpaqueProperties, RegionRange,
                                        SmallVectorImpl<Type> &results) {
  auto source = cast<RankedTensorType>(operands[0].getType());
  if (source.getRank() == 0 || source.getShape().back() != 2)
    return emitOptionalError(loc, "expects an innermost dimension of size 2");
  ArrayRef<int64_t> shape = source.getShape().drop_back();
  if (failed(inferTensor(loc, source, shape, results)))
    return failure();
  results.push_back(results.front());
  return success();
}

static bool isPermutation(ArrayRef<int32_t> order, int64_t rank) {
  llvm::SmallSet<int32_t, 8> seen;
  for (int32_t dim : order)
    if (dim < 0 || dim >= rank || !seen.insert(dim).second)
      return false;
  return static_cast<int64_t>(order.size()) == rank;
}

LogicalResult
TransOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                          ValueRange operands, DictionaryAttr attributes,
                          OpaqueProperties properties, RegionRange regions,
                          SmallVectorImpl<Type> &results) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto source = cast<RankedTensorType>(adaptor.getSrc().getType());
  if (!isPermutation(adaptor.getOrder(), source.getRank()))
    return emitOptionalError(loc, "expects order to permute the dimensions");
  SmallVector<int64_t> shape;
  for (int32_t dim : adaptor.getOrder())
    shape.push_back(source.getDimSize(dim));
  return inferTensor(loc, source, shape, results);
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         ValueRange operands, DictionaryAttr,
                                         OpaqueProperties, RegionRange,
                                         SmallVectorImpl<Type> &results) {
  auto source = cast<RankedTensorType>(operands[0].getType());
  auto indices = cast<RankedTensorType>(operands[1].getType());
  results.push_back(indices.clone(source.getElementType()));
  return success();
}

LogicalResult DotOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                      ValueRange operands, DictionaryAttr,
                                      OpaqueProperties, RegionRange,
                                      SmallVectorImpl<Type> &results) {
  results.push_back(operands[2].getType());
  return success();
}

LogicalResult
ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                           ValueRange operands, DictionaryAttr attributes,
                           OpaqueProperties properties, RegionRange regions,
                           SmallVectorImpl<Type> &results) {
  Adaptor adaptor(operands, attributes, properties, regions);
  int64_t axis = adaptor.getAxisAttr().getInt();
  for (Value operand : operands) {
    auto source = cast<RankedTensorType>(operand.getType());
    SmallVector<int64_t> shape(source.getShape());
    if (axis < 0 || axis >= source.getRank())
      return emitOptionalError(loc, "expects axis in [0, ", source.getRank(),
                               ")");
    shape.erase(shape.begin() + axis);
    if (shape.empty())
      results.push_back(source.getElementType());
    else if (failed(inferTensor(loc, source, shape, results)))
      return failure();
  }
  return success();
}

LogicalResult ScanOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange,
                                       SmallVectorImpl<Type> &results) {
  llvm::append_range(results, operands.getTypes());
  return success();
}

//===----------------------------------------------------------------------===//
// Effects
//===----------------------------------------------------------------------===//

using Effects = SmallVectorImpl<MemoryEffects::EffectInstance>;

/// What may do anything to memory: neither merged nor moved nor erased.
static void addAnyEffect(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get());
  effects.emplace_back(MemoryEffects::Write::get());
}

static Speculation::Speculatability speculatableIf(bool pure) {
  return pure ? Speculation::Speculatable : Speculation::NotSpeculatable;
}

void LoadOp::getEffects(Effects &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getPtrMutable(),
                       GlobalMemory::get());
  if (getIsVolatile())
    effects.emplace_back(MemoryEffects::Write::get(), GlobalMemory::get());
}

void ExternElementwiseOp::getEffects(Effects &effects) {
  if (!getPure())
    addAnyEffect(effects);
}

Speculation::Speculatability ExternElementwiseOp::getSpeculatability() {
  return speculatableIf(getPure());
}

void ElementwiseInlineAsmOp::getEffects(Effects &effects) {
  if (!getPure())
    addAnyEffect(effects);
}

Speculation::Speculatability ElementwiseInlineAsmOp::getSpeculatability() {
  return speculatableIf(getPure());
}

//===----------------------------------------------------------------------===//
// Builders
//===----------------------------------------------------------------------===//

void LoadOp::build(OpBuilder &, OperationState &state, LoadOp like, Value ptr,
                   Value mask, Value other) {
  state.addOperands(ptr);
  if (mask)
    state.addOperands(mask);
  if (other)
    state.addOperands(other);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties = like.getProperties();
  properties.operandSegmentSizes = {1, mask ? 1 : 0, other ? 1 : 0};
  state.addAttributes(llvm::to_vector(like->getDiscardableAttrs()));
  state.addTypes(getPointeeType(ptr.getType()));
}

void StoreOp::build(OpBuilder &, OperationState &state, StoreOp like, Value ptr,
                    Value value, Value mask) {
  state.addOperands({ptr, value});
  if (mask)
    state.addOperands(mask);
  state.getOrAddProperties<Properties>() = like.getProperties();
  state.addAttributes(llvm::to_vector(like->getDiscardableAttrs()));
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static unsigned getBitWidth(Type type) {
  Type element = getElementTypeOrSelf(type);
  return isa<PointerType>(element) ? 64 : element.getIntOrFloatBitWidth();
}

LogicalResult BitcastOp::verify() {
  if (getBitWidth(getSrc().getType()) == getBitWidth(getType()))
    return success();
  return emitOpError("expects source and result elements of one width");
}

LogicalResult ReshapeOp::verify() {
  auto source = cast<RankedTensorType>(getSrc().getType());
  if (source.getNumElements() == getType().getNumElements())
    return success();
  return emitOpError("expects source and result of as many elements");
}

LogicalResult BroadcastOp::verify() {
  auto source = cast<RankedTensorType>(getSrc().getType());
  if (source.getRank() != getType().getRank())
    return emitOpError("expects source and result of one rank");
  for (auto [from, to] : llvm::zip(source.getShape(), getType().getShape()))
    if (from != to && from != 1)
      return emitOpError("cannot repeat a dimension of size ")
             << from << " to " << to;
  return success();
}

LogicalResult MakeRangeOp::verify() {
  int64_t size = getEndAttr().getInt() - getStartAttr().getInt();
  auto type = cast<RankedTensorType>(getType());
  if (type.getRank() == 1 && size > 0 && type.getDimSize(0) == size)
    return success();
  return emitOpError("expects a vector of end - start elements");
}

LogicalResult DotOp::verify() {
  ArrayRef<int64_t> a = cast<RankedTensorType>(getA().getType()).getShape();
  ArrayRef<int64_t> b = cast<RankedTensorType>(getB().getType()).getShape();
  ArrayRef<int64_t> c = cast<RankedTensorType>(getC().getType()).getShape();
  if (a.size() < 2 || a.size() != b.size() || a.size() != c.size())
    return emitOpError("expects a, b and c of one rank, at least 2");
  SmallVector<int64_t> product(a);
  product.back() = b.back();
  if (a.back() != b[b.size() - 2] || c != ArrayRef(product))
    return emitOpError("expects a of MxK, b of KxN and c of MxN");
  return success();
}

/// A block may be read into a tensor without its leading dimensions of size 1.
static LogicalResult verifyBlock(Operation *op, TensorDescType desc,
                                 Type tensor, size_t indices) {
  RankedTensorType block = desc.getSignlessBlockType();
  auto type = cast<RankedTensorType>(tensor);
  if (indices != static_cast<size_t>(block.getRank()))
    return op->emitOpError("expects an index for each dimension of the block");
  if (type.getNumElements() != block.getNumElements() ||
      type.getElementType() != block.getElementType())
    return op->emitOpError("expects the elements of the descriptor's block");
  return success();
}

LogicalResult DescriptorLoadOp::verify() {
  return verifyBlock(*this, getDesc().getType(), getType(),
                     getIndices().size());
}

LogicalResult DescriptorStoreOp::verify() {
  return verifyBlock(*this, getDesc().getType(), getSrc().getType(),
                     getIndices().size());
}

LogicalResult DescriptorReduceOp::verify() {
  return verifyBlock(*this, getDesc().getType(), getSrc().getType(),
                     getIndices().size());
}

LogicalResult ReturnOp::verify() {
  auto func = cast<FuncOp>((*this)->getParentOp());
  if (func.getFunctionType().getResults() ==
      ArrayRef<Type>(llvm::to_vector(getOperandTypes())))
    return success();
  return emitOpError("expects operands of the function's result types");
}

//===----------------------------------------------------------------------===//
// ReduceOp, ScanOp
//===----------------------------------------------------------------------===//

static SmallVector<RankedTensorType> getTensorTypes(TypeRange types) {
  return llvm::map_to_vector(
      types, [](Type type) { return cast<RankedTensorType>(type); });
}

static SmallVector<Type> getElements(TypeRange types) {
  return llvm::map_to_vector(
      types, [](Type type) { return getElementTypeOrSelf(type); });
}

static LogicalResult verifyCombination(Operation *op, int64_t axis) {
  if (op->getNumOperands() == 0)
    return op->emitOpError("expects at least one operand");
  if (op->getNumResults() != op->getNumOperands())
    return op->emitOpError("expects as many results as operands");
  auto first = cast<RankedTensorType>(op->getOperand(0).getType());
  if (axis < 0 || axis >= first.getRank())
    return op->emitOpError("expects axis in [0, ") << first.getRank() << ")";
  return success();
}

/// The region takes two elements an operand and yields one.
static LogicalResult verifyCombiner(Operation *op, Block &block) {
  SmallVector<Type> elements = getElements(op->getOperandTypes());
  SmallVector<Type> pairs(elements);
  llvm::append_range(pairs, elements);
  if (TypeRange(block.getArgumentTypes()) != TypeRange(pairs))
    return op->emitOpError("expects region arguments ") << pairs;
  if (TypeRange(block.getTerminator()->getOperandTypes()) !=
      TypeRange(elements))
    return op->emitOpError("expects the region to yield ") << elements;
  return success();
}

LogicalResult ReduceOp::verify() {
  return verifyCombination(*this, getAxisAttr().getInt());
}

LogicalResult ReduceOp::verifyRegions() {
  return verifyCombiner(*this, getCombineOp().front());
}

SmallVector<RankedTensorType> ReduceOp::getInputTypes() {
  return getTensorTypes(getOperandTypes());
}

SmallVector<Type> ReduceOp::getElementTypes() {
  return getElements(getOperandTypes());
}

Operation *ReduceOp::getSingleCombiner() {
  if (getNumOperands() != 1 || getNumResults() != 1)
    return nullptr;
  Block &block = getCombineOp().front();
  Operation *combiner = block.getTerminator()->getOperand(0).getDefiningOp();
  if (!combiner || combiner->getNumOperands() != 2 ||
      combiner->getNumResults() != 1 || combiner->getBlock() != &block ||
      !llvm::hasNItems(block, 2))
    return nullptr;
  if (combiner->getOperand(0) != block.getArgument(0) ||
      combiner->getOperand(1) != block.getArgument(1))
    return nullptr;
  return combiner;
}

LogicalResult ScanOp::verify() {
  return verifyCombination(*this, getAxisAttr().getInt());
}

LogicalResult ScanOp::verifyRegions() {
  return verifyCombiner(*this, getCombineOp().front());
}

SmallVector<RankedTensorType> ScanOp::getInputTypes() {
  return getTensorTypes(getOperandTypes());
}

SmallVector<Type> ScanOp::getElementTypes() {
  return getElements(getOperandTypes());
}

//===----------------------------------------------------------------------===//
// FuncOp, CallOp
//===----------------------------------------------------------------------===//

void FuncOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                   FunctionType type, ArrayRef<NamedAttribute> attrs,
                   ArrayRef<DictionaryAttr> argAttrs) {
  state.addAttribute(SymbolTable::getSymbolAttrName(),
                     builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name), TypeAttr::get(type));
  state.addAttributes(attrs);
  state.addRegion();
  if (!argAttrs.empty())
    call_interface_impl::addArgAndResultAttrs(
        builder, state, argAttrs, /*resultAttrs=*/{},
        getArgAttrsAttrName(state.name), getResAttrsAttrName(state.name));
}

ParseResult FuncOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void FuncOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

void CallOp::build(OpBuilder &, OperationState &state, FuncOp callee,
                   ValueRange operands) {
  state.addOperands(operands);
  state.getOrAddProperties<Properties>().callee = SymbolRefAttr::get(callee);
  state.addTypes(callee.getFunctionType().getResults());
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto func = symbols.lookupNearestSymbolFrom<FuncOp>(*this, getCalleeAttr());
  if (!func)
    return emitOpError("expects a tt.func named '") << getCallee() << "'";
  if (func.getFunctionType() != getCalleeType())
    return emitOpError("expects the callee's type ") << func.getFunctionType();
  return success();
}

#define GET_OP_CLASSES
#include "dialects/Triton/TritonOps.cpp.inc"
