//===- CheckBounds.cpp - Assert that accesses are in bounds -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A device assertion in front of each load, store and atomic: the address
// lies in the buffer of the argument that the pointer begins at, in every lane
// whose mask is true:
//
//   v = tt.load p, m   ==>   off = (p - x_ptr) / sizeof(*p)
//                            assert((0 <= off and off < size) or not m)
//                              "check-bounds: rows.py:17:12: load outside of
//                              x_ptr, which has n*stride elements"
//                            v = tt.load p, m
//
// The size comes from the knob `sizes`, in integers and arguments of the
// kernel: `x_ptr:n*stride,y_ptr:n`. Where none is given the compiler's own
// promise counts, `tt.pointer_range` (2 GiB); else only offsets below zero are
// asserted, and the report names the argument. A second assertion (`wrap`) says
// where a 32-bit offset wrapped around, also if it came down in bounds. A
// descriptor is tested where it is made.
//
// When it declines. The pointers begin at several arguments, or at none; at an
// argument of a function that the kernel calls; point to a block; the loop is
// warp-specialized; the assertion is there already. No assertion is made where
// the affine analysis or the mask proves it; the report says so.
//
// Why it pays. An access out of bounds is silent, or a fault without a line.
//
// How. The offset is the difference of two addresses, so it is what the kernel
// computed, in 64 bits, over loops and branches. What it should be is computed
// beside it: the same sums and products in 64 bits, where ranges do not prove
// that 32 bits suffice.
//
//===----------------------------------------------------------------------===//

#include "CheckBoundsBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "triton_ext/Analysis/Accesses.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Analysis/Pointers.h"
#include "triton_ext/Transforms/Instrument.h"
#include "triton_ext/Transforms/Masks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

//===----------------------------------------------------------------------===//
// Sizes as text
//===----------------------------------------------------------------------===//

/// A size: integers and arguments, their sums, differences and products.
struct SizeExpr {
  /// '+', '-', '*', '1' (an integer) or 'n' (an argument).
  char kind;
  int64_t integer = 0;
  std::string name;
  std::vector<SizeExpr> operands;
};

struct SizeEntry {
  std::string argument, text;
  SizeExpr size;
};

/// Reads "x_ptr:n*(stride+1),#1:64". An argument is a name, or its position
/// behind a '#'.
class SizeReader {
public:
  explicit SizeReader(StringRef text) : rest(text) {}

  /// Empty where the text is right, else what was expected and where.
  std::string read(std::vector<SizeEntry> &entries) {
    while (mistake.empty() && !rest.empty()) {
      SizeEntry entry;
      entry.argument = name();
      expect(':');
      StringRef from = rest;
      entry.size = sum();
      entry.text = from.drop_back(rest.size()).str();
      entries.push_back(std::move(entry));
      if (!rest.empty())
        expect(',', /*orEnd=*/true);
    }
    return mistake;
  }

private:
  bool consume(char c) {
    if (!mistake.empty() || !rest.starts_with(StringRef(&c, 1)))
      return false;
    rest = rest.drop_front();
    return true;
  }

  void fail(const Twine &expected) {
    if (mistake.empty())
      mistake = ("expected " + expected + " at '" + rest + "'").str();
  }

  void expect(char c, bool orEnd = false) {
    if (!consume(c))
      fail(Twine("'") + StringRef(&c, 1) + "'" + (orEnd ? " or the end" : ""));
    else if (orEnd && rest.empty())
      fail("an argument");
  }

  std::string name() {
    bool isPosition = rest.starts_with("#");
    StringRef found = rest.drop_front(isPosition).take_while([&](char c) {
      return isPosition ? llvm::isDigit(c) : llvm::isAlnum(c) || c == '_';
    });
    if (found.empty() || (!isPosition && llvm::isDigit(found.front())))
      fail("an argument");
    rest = rest.drop_front(isPosition + found.size());
    return (isPosition ? "#" : "") + found.str();
  }

  SizeExpr sum() {
    SizeExpr left = product();
    while (mistake.empty()) {
      if (consume('+'))
        left = {'+', 0, "", {left, product()}};
      else if (consume('-'))
        left = {'-', 0, "", {left, product()}};
      else
        break;
    }
    return left;
  }

  SizeExpr product() {
    SizeExpr left = factor();
    while (consume('*'))
      left = {'*', 0, "", {left, factor()}};
    return left;
  }

  SizeExpr factor() {
    if (consume('(')) {
      SizeExpr inner = sum();
      expect(')');
      return inner;
    }
    StringRef digits = rest.take_while(llvm::isDigit);
    if (digits.empty())
      return {'n', 0, name(), {}};
    int64_t integer = 0;
    if (digits.getAsInteger(10, integer))
      fail("an integer of 64 bits");
    rest = rest.drop_front(digits.size());
    return {'1', integer, "", {}};
  }

  StringRef rest;
  std::string mistake;
};

/// The argument of `function` that is called `name`, or null.
BlockArgument argumentNamed(tt::FuncOp function, StringRef name) {
  unsigned position;
  if (name.consume_front("#")) {
    if (name.getAsInteger(10, position) ||
        position >= function.getNumArguments())
      return {};
    return function.getArgument(position);
  }
  for (BlockArgument argument : function.getArguments())
    if (argumentName(argument) == name)
      return argument;
  return {};
}

//===----------------------------------------------------------------------===//
// Arithmetic on i64, scalars and tensors
//===----------------------------------------------------------------------===//

/// `like`'s shape with elements of 64 bits.
Type wideType(Type like) {
  Type wide = IntegerType::get(like.getContext(), 64);
  auto tensor = dyn_cast<RankedTensorType>(like);
  return tensor ? Type(tensor.clone(wide)) : wide;
}

unsigned widthOf(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

/// Makes i64 values in one shape, each before one operation.
class Wide {
public:
  Wide(OpBuilder &builder, Location loc, Type like)
      : builder(builder), loc(loc), type(wideType(like)) {}

  Value constant(int64_t number) {
    TypedAttr value = builder.getI64IntegerAttr(number);
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      value = DenseElementsAttr::get(tensor, APInt(64, number, true));
    return arith::ConstantOp::create(builder, loc, type, value);
  }
  Value splat(Value scalar) {
    if (!isa<RankedTensorType>(type))
      return scalar;
    return tt::SplatOp::create(builder, loc, type, scalar);
  }
  Value addressOf(Value pointer) {
    return tt::PtrToIntOp::create(builder, loc, wideType(pointer.getType()),
                                  pointer);
  }
  Value add(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  Value subtract(Value a, Value b) {
    return arith::SubIOp::create(builder, loc, a, b);
  }
  Value multiply(Value a, Value b) {
    return arith::MulIOp::create(builder, loc, a, b);
  }
  /// Rounded down.
  Value divideByPowerOfTwo(Value value, int64_t divisor) {
    if (divisor == 1)
      return value;
    return arith::ShRSIOp::create(builder, loc, value,
                                  constant(llvm::Log2_64(divisor)));
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value both(Value a, Value b) {
    return arith::AndIOp::create(builder, loc, a, b);
  }
  Value either(Value a, Value b) {
    return arith::OrIOp::create(builder, loc, a, b);
  }
  Value negate(Value predicate) {
    TypedAttr isTrue = builder.getBoolAttr(true);
    if (auto tensor = dyn_cast<RankedTensorType>(predicate.getType()))
      isTrue = DenseElementsAttr::get(tensor, true);
    Value truth =
        arith::ConstantOp::create(builder, loc, predicate.getType(), isTrue);
    return arith::XOrIOp::create(builder, loc, predicate, truth);
  }
  Value extend(Value value) {
    if (widthOf(value) == 64)
      return value;
    return arith::ExtSIOp::create(builder, loc, wideType(value.getType()),
                                  value);
  }

  OpBuilder &builder;
  Location loc;

private:
  Type type;
};

/// Bytes of an element that `pointer` points to; nothing for other things.
std::optional<int64_t> elementBytes(Value pointer) {
  Type pointee = tt::getPointeeType(getElementTypeOrSelf(pointer.getType()));
  if (isa<tt::PointerType>(pointee))
    return 8;
  if (!pointee.isIntOrFloat())
    return std::nullopt;
  int64_t bytes = std::max(1u, pointee.getIntOrFloatBitWidth() / 8);
  return llvm::isPowerOf2_64(bytes) ? std::optional(bytes) : std::nullopt;
}

/// How far `pointer` is from `base`.
Value bytesFrom(Value pointer, BlockArgument base, Wide &wide) {
  Value at = wide.addressOf(pointer);
  Value start = wide.splat(wide.addressOf(base));
  return wide.subtract(at, start);
}

//===----------------------------------------------------------------------===//
// Offsets as they should be
//===----------------------------------------------------------------------===//

/// Computes offsets in 64 bits beside what the kernel computes in fewer.
class WideOffsets {
public:
  explicit WideOffsets(AffineAnalysis &analysis) : analysis(analysis) {}

  /// Whether some sum or product below the offsets of `pointer` may wrap.
  bool mayWrap(Value pointer) {
    Operation *op = pointer.getDefiningOp();
    if (auto step = dyn_cast_or_null<tt::AddPtrOp>(op))
      return offsetMayWrap(step.getOffset()) || mayWrap(step.getPtr());
    return isShapeOp(op) && mayWrap(op->getOperand(0));
  }

  /// How far `pointer` should be from `base`, in elements; null for `base`.
  Value of(Value pointer, BlockArgument base, Wide &wide) {
    Operation *op = pointer.getDefiningOp();
    if (auto step = dyn_cast_or_null<tt::AddPtrOp>(op)) {
      Value before = of(step.getPtr(), base, wide);
      Value offset = ofOffset(step.getOffset(), wide);
      return before ? wide.add(before, offset) : offset;
    }
    if (isShapeOp(op)) {
      Value before = of(op->getOperand(0), base, wide);
      return before ? reshape(op, before, wide) : Value();
    }
    if (pointer == base)
      return {};
    Wide own(wide.builder, wide.loc, pointer.getType());
    return own.divideByPowerOfTwo(bytesFrom(pointer, base, own),
                                  *elementBytes(pointer));
  }

private:
  /// Whether the sum or product may leave its type.
  bool wraps(Operation *op) {
    std::optional<Interval> a = analysis.rangeOf(op->getOperand(0));
    std::optional<Interval> b = analysis.rangeOf(op->getOperand(1));
    unsigned width = widthOf(op->getResult(0));
    if (width == 64)
      return false;
    if (!a || !b)
      return true;
    Interval exact =
        *a + (isa<arith::SubIOp>(op) ? b->scaled(Integer(-1)) : *b);
    if (isa<arith::MulIOp>(op)) {
      exact = a->scaled(b->lo).hull(a->scaled(b->hi));
    }
    return !Interval::signedRange(width).contains(exact);
  }

  static bool isRing(Operation *op) {
    return isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op);
  }

  bool offsetMayWrap(Value offset) {
    auto [known, isNew] = wrapping.try_emplace(offset, false);
    if (!isNew)
      return known->second;
    Operation *op = offset.getDefiningOp();
    bool found = isRing(op) && wraps(op);
    if (isRing(op) || isShapeOp(op) || isa_and_nonnull<arith::ExtSIOp>(op))
      for (Value operand : op->getOperands())
        found |= offsetMayWrap(operand);
    return wrapping[offset] = found;
  }

  Value ofOffset(Value offset, Wide &wide) {
    if (!offsetMayWrap(offset))
      return wide.extend(offset);
    Operation *op = offset.getDefiningOp();
    if (isa<arith::ExtSIOp>(op))
      return ofOffset(op->getOperand(0), wide);
    if (isShapeOp(op))
      return reshape(op, ofOffset(op->getOperand(0), wide), wide);
    Value a = ofOffset(op->getOperand(0), wide);
    Value b = ofOffset(op->getOperand(1), wide);
    if (isa<arith::AddIOp>(op))
      return wide.add(a, b);
    return isa<arith::SubIOp>(op) ? wide.subtract(a, b) : wide.multiply(a, b);
  }

  /// What `op` does to its operand, done to `value`.
  static Value reshape(Operation *op, Value value, Wide &wide) {
    IRMapping mapping;
    mapping.map(op->getOperand(0), value);
    Operation *copy = wide.builder.clone(*op, mapping);
    copy->getResult(0).setType(wideType(op->getResult(0).getType()));
    return copy->getResult(0);
  }

  AffineAnalysis &analysis;
  llvm::DenseMap<Value, bool> wrapping;
};

//===----------------------------------------------------------------------===//
// Proofs
//===----------------------------------------------------------------------===//

/// What is known of the way from an argument to a pointer.
struct Way {
  BlockArgument base;
  SmallVector<tt::AddPtrOp> steps;
  /// Nothing on the way but steps and shapes.
  bool isStraight = true;
};

Way wayTo(Value pointer) {
  Way way;
  way.base = baseArgument(pointer, [&](Operation *op) {
    if (auto step = dyn_cast<tt::AddPtrOp>(op))
      way.steps.push_back(step);
    else
      way.isStraight &= isShapeOp(op);
  });
  return way;
}

/// Whether no step goes back. Steps below 2^31 do not add up to 2^63.
bool isNeverNegative(const Way &way, AffineAnalysis &analysis) {
  Interval small{Integer(0), Integer(int64_t(1) << 31)};
  return llvm::all_of(way.steps, [&](tt::AddPtrOp step) {
    std::optional<Interval> range = analysis.rangeOf(step.getOffset());
    return range && small.contains(*range);
  });
}

/// Whether `mask` says `value < bound` of each of its lanes.
bool maskSaysBelow(Value mask, Value value, Value bound) {
  Operation *op = mask ? mask.getDefiningOp() : nullptr;
  if (isa_and_nonnull<arith::AndIOp>(op))
    return maskSaysBelow(op->getOperand(0), value, bound) ||
           maskSaysBelow(op->getOperand(1), value, bound);
  auto compare = dyn_cast_or_null<arith::CmpIOp>(op);
  if (!compare || compare.getLhs() != value)
    return false;
  Value limit = compare.getRhs();
  if (auto splat = limit.getDefiningOp<tt::SplatOp>())
    limit = splat.getSrc();
  return limit == bound && compare.getPredicate() == arith::CmpIPredicate::slt;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// What is known of the size of an argument's buffer, in elements of it.
struct Size {
  bool isKnown = false;
  SizeExpr elements;
  /// "n*stride elements", "less than 2 GiB"
  std::string words;
};

/// The size as an i64; all that it names is there.
Value makeSize(const SizeExpr &size, tt::FuncOp function, Wide &wide) {
  if (size.kind == '1')
    return wide.constant(size.integer);
  if (size.kind == 'n')
    return wide.extend(argumentNamed(function, size.name));
  Value a = makeSize(size.operands[0], function, wide);
  Value b = makeSize(size.operands[1], function, wide);
  if (size.kind == '*')
    return wide.multiply(a, b);
  return size.kind == '+' ? wide.add(a, b) : wide.subtract(a, b);
}

/// What `size` names that is no integer argument of `function`; or empty.
std::string missingArgument(const SizeExpr &size, tt::FuncOp function) {
  if (size.kind == 'n') {
    BlockArgument argument = argumentNamed(function, size.name);
    bool isFine = argument && argument.getType().isSignlessInteger() &&
                  widthOf(argument) <= 64;
    return isFine ? "" : size.name;
  }
  std::string missing;
  for (const SizeExpr &operand : size.operands)
    if (missing.empty())
      missing = missingArgument(operand, function);
  return missing;
}

class CheckBounds : public CheckBoundsBase<CheckBounds> {
  std::string mistakeInKnobs() override {
    std::vector<SizeEntry> ignored;
    std::string mistake = SizeReader(StringRef(sizes)).read(ignored);
    return mistake.empty() ? mistake : "sizes: " + mistake;
  }

  void runOnOperation() override {
    entries.clear();
    known.clear();
    SizeReader(StringRef(sizes)).read(entries);
    SmallVector<Operation *> checked = collect();
    if (checked.empty())
      return decline(getOperation(), "no-access",
                     "nothing reads or writes through a pointer");
    AffineAnalysis analysis(getOperation());
    WideOffsets offsets(analysis);
    Assertions assertions(getOperation(), getArgument());
    for (Operation *op : checked)
      check(op, assertions, analysis, offsets);
  }

  SmallVector<Operation *> collect() {
    SmallVector<Operation *> found;
    getOperation().walk([&](Operation *op) {
      if ((accessOf(op) || isa<tt::MakeTensorDescOp>(op)) && canInstrument(op))
        found.push_back(op);
    });
    return found;
  }

  void check(Operation *op, const Assertions &assertions,
             AffineAnalysis &analysis, WideOffsets &offsets) {
    if (warpSpecializedLoop(op))
      return decline(op, "warp-specialized",
                     "the parts of the loop run in different warps, which an "
                     "assertion would stop");
    auto descriptor = dyn_cast<tt::MakeTensorDescOp>(op);
    Value pointer =
        descriptor ? Value(descriptor.getBase()) : accessOf(op)->pointer;
    Way way = wayTo(pointer);
    if (!way.base)
      return decline(op, "no-base",
                     "its pointers do not plainly begin at one argument");
    auto function = cast<tt::FuncOp>(way.base.getOwner()->getParentOp());
    if (!function.isPublic())
      return decline(op, "called-function",
                     "its pointers begin at an argument of a function that "
                     "kernels call");
    if (!elementBytes(pointer) || !elementBytes(way.base))
      return decline(op, "block-pointer", "it does not point to elements");
    if (descriptor)
      return checkDescriptor(descriptor, way, assertions);
    checkAccess(*accessOf(op), way, assertions, analysis, offsets);
  }

  void checkAccess(const Access &access, const Way &way,
                   const Assertions &assertions, AffineAnalysis &analysis,
                   WideOffsets &offsets) {
    std::string name = argumentName(way.base);
    const Size &size = sizeOf(way.base);
    bool isProved = proves(access, way, size, analysis);
    bool mayWrap = wrap && offsets.mayWrap(access.pointer);
    if (isProved)
      note(access.op, "proved", "in bounds of " + name + ": no assertion");
    if (mayWrap)
      checkWrap(access, way.base, assertions, offsets);
    if (isProved)
      return;
    std::string message = assertions.message(
        access.op, size.isKnown ? access.word + " outside of " + name +
                                      ", which has " + size.words
                                : access.word + " before the start of " + name);
    if (assertions.isThere(message))
      return decline(access.op, "already-checked", "an assertion is there");
    OpBuilder builder(access.op);
    Wide wide(builder, access.op->getLoc(), access.pointer.getType());
    Value condition = inBounds(access.pointer, way.base, size, wide);
    assertions.add(builder, access.op, whereMasked(access, condition, wide),
                   message);
    fired(access.op,
          "asserts that the " + access.word + " is in bounds of " + name);
  }

  /// Asserts that the offset of `access` is what it is in 64 bits.
  void checkWrap(const Access &access, BlockArgument base,
                 const Assertions &assertions, WideOffsets &offsets) {
    std::string message = assertions.message(access.op, "32-bit offset into " +
                                                            argumentName(base) +
                                                            " wrapped around");
    if (assertions.isThere(message))
      return decline(access.op, "already-checked", "an assertion is there");
    OpBuilder builder(access.op);
    Wide wide(builder, access.op->getLoc(), access.pointer.getType());
    Value expected = offsets.of(access.pointer, base, wide);
    Value bytes = bytesFrom(access.pointer, base, wide);
    Value offset =
        wide.divideByPowerOfTwo(bytes, *elementBytes(access.pointer));
    Value same = wide.compare(arith::CmpIPredicate::eq, offset, expected);
    assertions.add(builder, access.op, whereMasked(access, same, wide),
                   message);
    fired(access.op, "asserts that the offset did not wrap around");
  }

  /// Asserts of a descriptor that its first and last element are in bounds, if
  /// it has any.
  void checkDescriptor(tt::MakeTensorDescOp op, const Way &way,
                       const Assertions &assertions) {
    std::string name = argumentName(way.base);
    const Size &size = sizeOf(way.base);
    if (!size.isKnown)
      return; // sizeOf has said so.
    std::string message =
        assertions.message(op, "descriptor reaches outside of " + name +
                                   ", which has " + size.words);
    if (assertions.isThere(message))
      return decline(op, "already-checked", "an assertion is there");
    auto function = cast<tt::FuncOp>(way.base.getOwner()->getParentOp());
    OpBuilder builder(op);
    Wide wide(builder, op.getLoc(), builder.getI64Type());
    Value last = wide.constant(0), isEmpty;
    for (auto [extent, stride] : llvm::zip(op.getShape(), op.getStrides())) {
      Value steps = wide.subtract(wide.extend(extent), wide.constant(1));
      last = wide.add(last, wide.multiply(steps, stride));
      Value none =
          wide.compare(arith::CmpIPredicate::slt, steps, wide.constant(0));
      isEmpty = isEmpty ? wide.either(isEmpty, none) : none;
    }
    Value start = wide.divideByPowerOfTwo(
        bytesFrom(op.getBase(), way.base, wide), *elementBytes(way.base));
    Value isBehind =
        wide.compare(arith::CmpIPredicate::sge, start, wide.constant(0));
    Value elements = makeSize(size.elements, function, wide);
    Value isBefore = wide.compare(arith::CmpIPredicate::slt,
                                  wide.add(start, last), elements);
    Value fits = wide.both(isBehind, isBefore);
    assertions.add(builder, op, isEmpty ? wide.either(fits, isEmpty) : fits,
                   message);
    fired(op, "asserts that the descriptor is in bounds of " + name);
  }

  static Value inBounds(Value pointer, BlockArgument base, const Size &size,
                        Wide &wide) {
    int64_t bytes = *elementBytes(base), own = *elementBytes(pointer);
    Value first = bytesFrom(pointer, base, wide);
    Value condition =
        wide.compare(arith::CmpIPredicate::sge, first, wide.constant(0));
    if (!size.isKnown)
      return condition;
    // Through a cast pointer the last byte may lie in another element.
    Value last = own == bytes ? first : wide.add(first, wide.constant(own - 1));
    Wide scalar(wide.builder, wide.loc, wide.builder.getI64Type());
    auto function = cast<tt::FuncOp>(base.getOwner()->getParentOp());
    Value elements = makeSize(size.elements, function, scalar);
    Value offset = wide.divideByPowerOfTwo(last, bytes);
    Value below =
        wide.compare(arith::CmpIPredicate::slt, offset, wide.splat(elements));
    return wide.both(condition, below);
  }

  static Value whereMasked(const Access &access, Value condition, Wide &wide) {
    return access.mask ? wide.either(condition, wide.negate(access.mask))
                       : condition;
  }

  /// Whether `access` needs no test: ranges or the mask say that it is in
  /// bounds.
  static bool proves(const Access &access, const Way &way, const Size &size,
                     AffineAnalysis &analysis) {
    if (!isNeverNegative(way, analysis))
      return false;
    if (!size.isKnown)
      return true;
    if (!way.isStraight)
      return false;
    auto function = cast<tt::FuncOp>(way.base.getOwner()->getParentOp());
    if (size.elements.kind == 'n' && way.steps.size() == 1 &&
        maskSaysBelow(access.mask, tt::AddPtrOp(way.steps[0]).getOffset(),
                      argumentNamed(function, size.elements.name)))
      return true;
    Integer most(0);
    for (tt::AddPtrOp step : way.steps)
      most += analysis.rangeOf(step.getOffset())->hi;
    return size.elements.kind == '1' && most < Integer(size.elements.integer);
  }

  //--- Sizes ---------------------------------------------------------------//

  const Size &sizeOf(BlockArgument base) {
    auto [found, isNew] = known.try_emplace(base);
    if (isNew)
      found->second = findSize(base);
    return found->second;
  }

  /// Says so where nothing is known.
  Size findSize(BlockArgument base) {
    auto function = cast<tt::FuncOp>(base.getOwner()->getParentOp());
    for (const SizeEntry &entry : entries) {
      if (argumentNamed(function, entry.argument) != base)
        continue;
      std::string missing = missingArgument(entry.size, function);
      if (missing.empty())
        return {true, entry.size, entry.text + " elements"};
      decline(function, "size-not-known",
              "the size of " + argumentName(base) + " names " + missing +
                  ", which is no integer argument of the kernel: only offsets "
                  "below zero are asserted");
      return {};
    }
    return promisedSize(function, base);
  }

  Size promisedSize(tt::FuncOp function, BlockArgument base) {
    auto range = function.getArgAttrOfType<IntegerAttr>(base.getArgNumber(),
                                                        "tt.pointer_range");
    if (range && range.getInt() == 32)
      return {true,
              {'1', (int64_t(1) << 31) / *elementBytes(base), "", {}},
              "less than 2 GiB"};
    std::string name = argumentName(base);
    decline(function, "size-not-known",
            "the size of " + name +
                " is not known: only offsets below zero are asserted; give it "
                "as sizes=" +
                name + ":...");
    return {};
  }

  std::vector<SizeEntry> entries;
  llvm::DenseMap<BlockArgument, Size> known;
};

} // namespace
} // namespace triton_ext
