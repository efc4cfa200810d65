//===- Interpreter.cpp - runs small functions, lane by lane -----*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "Interpreter.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using llvm::SignExtend64;

namespace triton_ext {

unsigned bitsOf(Type type) {
  type = getElementTypeOrSelf(type);
  return type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 64;
}

unsigned lanesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.getNumElements() : 1;
}

static SmallVector<int64_t> positionIn(ArrayRef<int64_t> shape, unsigned lane) {
  SmallVector<int64_t> position(shape.size());
  for (int dim = int(shape.size()) - 1; dim >= 0; --dim) {
    position[dim] = lane % shape[dim];
    lane /= shape[dim];
  }
  return position;
}

static unsigned laneAt(ArrayRef<int64_t> shape, ArrayRef<int64_t> position) {
  unsigned lane = 0;
  for (auto [size, i] : llvm::zip_equal(shape, position))
    lane = lane * size + i;
  return lane;
}

SmallVector<int64_t> positionOf(Type type, unsigned lane) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? positionIn(tensor.getShape(), lane) : SmallVector<int64_t>();
}

static uint64_t truncate(uint64_t value, unsigned bits) {
  return bits == 64 ? value : value & ((uint64_t(1) << bits) - 1);
}

void Interpreter::setScalar(Value value, int64_t number) {
  set(value, {truncate(number, bitsOf(value.getType()))});
}

int64_t Interpreter::signedLane(Value value, unsigned lane) const {
  unsigned bits = bitsOf(value.getType());
  uint64_t element = get(value)[lane];
  return bits == 1 ? element : SignExtend64(element, bits);
}

Integer Interpreter::symbol(const Symbol &symbol, unsigned lane) const {
  if (symbol.kind == SymbolKind::Iteration) {
    auto arg = cast<BlockArgument>(symbol.value);
    return Integer(iterations.lookup(arg.getOwner()->getParentOp()));
  }
  unsigned at = isa<ShapedType>(symbol.value.getType()) ? lane : 0;
  if (symbol.kind == SymbolKind::Unsigned)
    return Integer(APInt(65, get(symbol.value)[at]));
  return Integer(signedLane(symbol.value, at));
}

/// Whether what `tt.divisibility` says of the value is so: element 0 is a
/// multiple of all of them.
static bool keepsPromise(Value value, uint64_t first) {
  Attribute attribute;
  if (Operation *op = value.getDefiningOp())
    attribute = op->getDiscardableAttr("tt.divisibility");
  else if (auto loop = dyn_cast_or_null<scf::ForOp>(
               value.getParentBlock()->getParentOp()))
    attribute = loop->getDiscardableAttr(
        ("tt.divisibility_arg" +
         Twine(cast<BlockArgument>(value).getArgNumber()))
            .str());
  auto divisors = dyn_cast_or_null<DenseIntElementsAttr>(attribute);
  return !divisors ||
         llvm::all_of(divisors.getValues<APInt>(), [&](const APInt &divisor) {
           return SignExtend64(first, bitsOf(value.getType())) %
                      divisor.getSExtValue() ==
                  0;
         });
}

void Interpreter::set(Value value, Lanes lanes) {
  isBroken |= !keepsPromise(value, lanes[0]);
  values[value] = std::move(lanes);
  if (onValue && !isBroken)
    onValue(value);
}

bool Interpreter::run(Block &block) {
  for (Operation &op : block)
    if (!op.hasTrait<OpTrait::IsTerminator>() && (!execute(op) || isBroken))
      return false;
  return true;
}

bool Interpreter::executeLoop(scf::ForOp loop) {
  auto bound = [&](Value value) -> __int128 {
    if (loop.getUnsignedCmp())
      return get(value)[0];
    return signedLane(value, 0);
  };
  __int128 lower = bound(loop.getLowerBound());
  __int128 upper = bound(loop.getUpperBound());
  __int128 step = bound(loop.getStep());
  if (step <= 0)
    return false;
  std::vector<Lanes> carried;
  for (Value init : loop.getInitArgs())
    carried.push_back(get(init));
  int64_t number = 0;
  for (__int128 iv = lower; iv < upper; iv += step, ++number) {
    iterations[loop] = number;
    setScalar(loop.getInductionVar(), int64_t(iv));
    for (auto [arg, lanes] : llvm::zip_equal(loop.getRegionIterArgs(), carried))
      set(arg, lanes);
    if (!run(*loop.getBody()))
      return false;
    for (auto [next, lanes] : llvm::zip_equal(loop.getYieldedValues(), carried))
      lanes = get(next);
  }
  for (auto [result, lanes] : llvm::zip_equal(loop.getResults(), carried))
    set(result, lanes);
  return true;
}

static bool compare(arith::CmpIPredicate predicate, uint64_t a, uint64_t b,
                    unsigned bits) {
  using P = arith::CmpIPredicate;
  int64_t x = SignExtend64(a, bits), y = SignExtend64(b, bits);
  switch (predicate) {
  case P::eq:
    return a == b;
  case P::ne:
    return a != b;
  case P::slt:
    return x < y;
  case P::sle:
    return x <= y;
  case P::sgt:
    return x > y;
  case P::sge:
    return x >= y;
  case P::ult:
    return a < b;
  case P::ule:
    return a <= b;
  case P::ugt:
    return a > b;
  case P::uge:
    return a >= b;
  }
  llvm_unreachable("all predicates are listed");
}

/// One element of a two-operand operation; nullopt if undefined.
static std::optional<uint64_t> binary(Operation &op, uint64_t a, uint64_t b,
                                      unsigned bits) {
  int64_t x = SignExtend64(a, bits), y = SignExtend64(b, bits);
  int64_t least = SignExtend64(uint64_t(1) << (bits - 1), bits);
  if (isa<arith::AddIOp>(op))
    return a + b;
  if (isa<arith::SubIOp>(op))
    return a - b;
  if (isa<arith::MulIOp>(op))
    return a * b;
  if (isa<arith::AndIOp>(op))
    return a & b;
  if (isa<arith::OrIOp>(op))
    return a | b;
  if (isa<arith::XOrIOp>(op))
    return a ^ b;
  if (isa<arith::MinSIOp>(op))
    return x < y ? a : b;
  if (isa<arith::MaxSIOp>(op))
    return x > y ? a : b;
  if (isa<arith::MinUIOp>(op))
    return a < b ? a : b;
  if (isa<arith::MaxUIOp>(op))
    return a > b ? a : b;
  if (isa<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(op)) {
    if (b >= bits)
      return std::nullopt;
    if (isa<arith::ShLIOp>(op))
      return a << b;
    if (isa<arith::ShRSIOp>(op))
      return uint64_t(x >> b);
    return a >> b;
  }
  if (b == 0)
    return std::nullopt;
  if (isa<arith::DivUIOp>(op))
    return a / b;
  if (isa<arith::RemUIOp>(op))
    return a % b;
  if (isa<arith::CeilDivUIOp>(op))
    return a / b + (a % b != 0);
  if (x == least && y == -1)
    return std::nullopt;
  if (isa<arith::DivSIOp>(op))
    return uint64_t(x / y);
  if (isa<arith::RemSIOp>(op))
    return uint64_t(x % y);
  if (isa<arith::FloorDivSIOp>(op))
    return uint64_t(llvm::divideFloorSigned(x, y));
  if (isa<arith::CeilDivSIOp>(op))
    return uint64_t(llvm::divideCeilSigned(x, y));
  llvm::report_fatal_error("the interpreter does not know " +
                           op.getName().getStringRef());
}

static float asFloat(uint64_t bits) {
  return llvm::bit_cast<float>(uint32_t(bits));
}

/// One element of a float operation, f32 throughout; nullopt for others.
static std::optional<uint64_t> floatElement(Operation &op, uint64_t first,
                                            uint64_t second) {
  float a = asFloat(first), b = asFloat(second);
  auto bits = [](float value) -> std::optional<uint64_t> {
    return llvm::bit_cast<uint32_t>(value);
  };
  if (isa<arith::AddFOp>(op))
    return bits(a + b);
  if (isa<arith::SubFOp>(op))
    return bits(a - b);
  if (isa<arith::MulFOp>(op))
    return bits(a * b);
  if (isa<arith::NegFOp>(op))
    return bits(-a);
  if (isa<math::Exp2Op>(op))
    return bits(std::exp2(a));
  if (isa<arith::MaxNumFOp>(op))
    return bits(std::fmax(a, b));
  if (isa<arith::MinNumFOp>(op))
    return bits(std::fmin(a, b));
  if (isa<arith::MaximumFOp>(op))
    return bits(std::isnan(a) ? a : std::isnan(b) ? b : std::fmax(a, b));
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return arith::applyCmpPredicate(compare.getPredicate(), llvm::APFloat(a),
                                    llvm::APFloat(b));
  return std::nullopt;
}

bool Interpreter::executeArith(Operation &op) {
  Value result = op.getResult(0);
  unsigned bits = bitsOf(result.getType());
  unsigned count = lanesOf(result.getType());
  Lanes lanes(count);
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    for (unsigned i = 0; i != count; ++i) {
      APInt element;
      if (auto dense = dyn_cast<DenseIntElementsAttr>(constant.getValue()))
        element = dense.getValues<APInt>()[i];
      else if (auto dense = dyn_cast<DenseFPElementsAttr>(constant.getValue()))
        element = dense.getValues<APFloat>()[i].bitcastToAPInt();
      else if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
        element = number.getValue().bitcastToAPInt();
      else
        element = cast<IntegerAttr>(constant.getValue()).getValue();
      lanes[i] = element.getZExtValue();
    }
    set(result, std::move(lanes));
    return true;
  }
  for (unsigned i = 0; i != count; ++i) {
    auto at = [&](unsigned operand) {
      return get(op.getOperand(
          operand))[lanesOf(op.getOperand(operand).getType()) == 1 ? 0 : i];
    };
    unsigned from = bitsOf(op.getOperand(0).getType());
    std::optional<uint64_t> element;
    if (auto cmp = dyn_cast<arith::CmpIOp>(op))
      element = compare(cmp.getPredicate(), at(0), at(1), from);
    else if (isa<arith::SelectOp>(op))
      element = at(0) ? at(1) : at(2);
    else if (isa<arith::ExtSIOp, arith::IndexCastOp>(op))
      element = uint64_t(SignExtend64(at(0), from));
    else if (isa<arith::ExtUIOp, arith::TruncIOp, arith::IndexCastUIOp>(op))
      element = at(0);
    else if (isa<arith::SIToFPOp>(op))
      element = llvm::bit_cast<uint32_t>(float(SignExtend64(at(0), from)));
    else
      element = floatElement(op, at(0), op.getNumOperands() > 1 ? at(1) : 0);
    if (!element && op.getNumOperands() == 2)
      element = binary(op, at(0), at(1), bits);
    if (!element)
      return false;
    lanes[i] = truncate(*element, bits);
  }
  set(result, std::move(lanes));
  return true;
}

/// What is at an address: what was stored there, or a number from -4 to 4.
uint64_t Interpreter::read(uint64_t address, Type type) {
  auto stored = memory.stored.find(address);
  if (stored != memory.stored.end())
    return stored->second;
  int64_t number = int64_t((address * 0x9E3779B97F4A7C15u) >> 33) % 5 -
                   int64_t((address * 0xC2B2AE3D27D4EB4Fu) >> 33) % 5;
  if (isa<FloatType>(type))
    return llvm::bit_cast<uint32_t>(float(number));
  return truncate(number, bitsOf(type));
}

/// A load, store or atomic addition, lane by lane.
bool Interpreter::executeAccess(Operation &op) {
  auto load = dyn_cast<triton::LoadOp>(op);
  auto store = dyn_cast<triton::StoreOp>(op);
  auto atomic = dyn_cast<triton::AtomicRMWOp>(op);
  Value pointers = load    ? load.getPtr()
                   : store ? store.getPtr()
                           : atomic.getPtr();
  Value mask = load    ? load.getMask()
               : store ? store.getMask()
                       : atomic.getMask();
  Value other = load ? load.getOther() : Value();
  Value stored = store ? store.getValue() : atomic ? atomic.getVal() : Value();
  Type type = getElementTypeOrSelf(stored ? stored.getType()
                                          : op.getResult(0).getType());
  Lanes addresses = get(pointers);
  Lanes results(addresses.size());
  for (unsigned i = 0; i != addresses.size(); ++i) {
    // What an atomic gives there is open, a load without `other` gives zeros.
    if (mask && !get(mask)[i]) {
      results[i] = other ? get(other)[i] : 0;
      continue;
    }
    uint64_t address = addresses[i];
    if (load || atomic)
      results[i] = read(address, type);
    if (load && !load.getIsVolatile()) {
      memory.loaded.push_back(address);
      continue;
    }
    uint64_t value = load ? 0 : get(stored)[i];
    memory.effects.push_back({op.getName(), address, value});
    if (atomic)
      value = truncate(results[i] + value, bitsOf(type));
    if (stored)
      memory.stored[address] = value;
  }
  if (atomic && atomic.getSem() != triton::MemSemantic::RELAXED)
    memory.effects.push_back({op.getName(), 0, 0});
  if (!store)
    set(op.getResult(0), std::move(results));
  return true;
}

/// How many bytes what a pointer, or each of a tensor, points to has.
static uint64_t bytesBehind(Type pointers) {
  auto pointer = cast<triton::PointerType>(getElementTypeOrSelf(pointers));
  return std::max(1u, bitsOf(pointer.getPointeeType()) / 8);
}

bool Interpreter::execute(Operation &op) {
  if (budget == 0)
    return false;
  --budget;
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return executeLoop(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Region &region = get(branch.getCondition())[0] ? branch.getThenRegion()
                                                   : branch.getElseRegion();
    if (region.empty())
      return true;
    if (!run(region.front()))
      return false;
    for (auto [result, from] : llvm::zip_equal(
             op.getResults(), region.front().getTerminator()->getOperands()))
      set(result, Lanes(get(from)));
    return true;
  }
  if (op.getName().getStringRef() == "llvm.intr.assume")
    return get(op.getOperand(0))[0] != 0;
  if (isa<arith::ArithDialect, math::MathDialect>(op.getDialect()))
    return executeArith(op);
  if (isa<triton::LoadOp, triton::StoreOp, triton::AtomicRMWOp>(op))
    return executeAccess(op);

  Type type = op.getResult(0).getType();
  unsigned count = lanesOf(type);
  Lanes lanes(count);
  if (auto range = dyn_cast<triton::MakeRangeOp>(op)) {
    for (unsigned i = 0; i != count; ++i)
      lanes[i] = truncate(range.getStartAttr().getInt() + i, bitsOf(type));
    set(op.getResult(0), std::move(lanes));
    return true;
  }
  if (auto program = dyn_cast<triton::GetProgramIdOp>(op)) {
    setScalar(program.getResult(), programIds[program.getAxisAsInt()]);
    return true;
  }
  Lanes source = get(op.getOperand(0));
  auto sourceTensor = dyn_cast<RankedTensorType>(op.getOperand(0).getType());
  for (unsigned i = 0; i != count; ++i) {
    SmallVector<int64_t> position = positionOf(type, i);
    if (auto assembly = dyn_cast<triton::ElementwiseInlineAsmOp>(op)) {
      // A product that rounds by itself.
      if (assembly.getAsmString() != "mul.rn.f32 $0, $1, $2;")
        return false;
      lanes[i] = llvm::bit_cast<uint32_t>(asFloat(source[i]) *
                                          asFloat(get(op.getOperand(1))[i]));
    } else if (isa<triton::AddPtrOp>(op)) {
      lanes[i] = source[i] +
                 bytesBehind(type) * uint64_t(signedLane(op.getOperand(1), i));
    } else if (isa<triton::SplatOp>(op)) {
      lanes[i] = source[0];
    } else if (isa<triton::ExpandDimsOp, triton::ReshapeOp>(op)) {
      lanes[i] = source[i];
    } else if (isa<triton::BroadcastOp>(op)) {
      for (auto [p, size] : llvm::zip_equal(position, sourceTensor.getShape()))
        p = size == 1 ? 0 : p;
      lanes[i] = source[laneAt(sourceTensor.getShape(), position)];
    } else if (auto trans = dyn_cast<triton::TransOp>(op)) {
      SmallVector<int64_t> from(position.size());
      for (auto [to, order] : llvm::enumerate(trans.getOrder()))
        from[order] = position[to];
      lanes[i] = source[laneAt(sourceTensor.getShape(), from)];
    } else {
      llvm::report_fatal_error("the interpreter does not know " +
                               op.getName().getStringRef());
    }
  }
  set(op.getResult(0), std::move(lanes));
  return true;
}

} // namespace triton_ext
