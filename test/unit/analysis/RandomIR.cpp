//===- RandomIR.cpp - random integer code of small width --------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "RandomIR.h"
#include "dialects/Triton/Triton.h"

using namespace mlir;

namespace triton_ext {

/// Shapes by number; 0 is a scalar.
static const SmallVector<int64_t> shapes[] = {{}, {4}, {4, 1}, {1, 4}, {4, 4}};

MLIRContext &testContext() {
  static MLIRContext *context = [] {
    auto *fresh = new MLIRContext(MLIRContext::Threading::DISABLED);
    fresh->loadDialect<arith::ArithDialect, func::FuncDialect, scf::SCFDialect,
                       triton::TritonDialect>();
    // llvm.intr.assume, among others.
    fresh->allowUnregisteredDialects();
    return fresh;
  }();
  return *context;
}

RandomIR::RandomIR(unsigned seed)
    : engine(seed), module(ModuleOp::create(UnknownLoc::get(&testContext()))),
      builder(&testContext()), loc(UnknownLoc::get(&testContext())),
      i1(builder.getI1Type()), i8(builder.getI8Type()),
      i16(builder.getI16Type()) {}

Type RandomIR::withShape(Type element, int shape) {
  return shape == 0 ? element : RankedTensorType::get(shapes[shape], element);
}

Value RandomIR::constant(Type type, int64_t value) {
  TypedAttr attr;
  APInt bits(bitsOf(type), uint64_t(value), /*isSigned=*/false,
             /*implicitTrunc=*/true);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    attr = DenseElementsAttr::get(tensor, bits);
  else
    attr = builder.getIntegerAttr(type, bits);
  return arith::ConstantOp::create(builder, loc, attr);
}

void RandomIR::keep(Value value) { pools[value.getType()].push_back(value); }

Value RandomIR::any(Type type) {
  Pool &pool = pools[type];
  if (pool.empty() || chance(12)) {
    static const int interesting[] = {0,  1,  2,  3,  4,   8,
                                      16, 64, -1, -4, 127, -128};
    int value = chance(70) ? interesting[pick(0, 11)] : pick(-128, 127);
    return constant(type, value);
  }
  // Mostly recent ones, so that chains form.
  int last = int(pool.size()) - 1;
  return pool[chance(50) ? pick(std::max(0, last - 3), last) : pick(0, last)];
}

void RandomIR::makeFunction() {
  SmallVector<Type> types{i8, i8, i8, i16, i8, i8};
  func = func::FuncOp::create(loc, "f", builder.getFunctionType(types, {}));
  module->push_back(func);
  func.addEntryBlock();
  for (unsigned i = 0; i != types.size(); ++i)
    if (chance(25))
      func.setArgAttr(i, "tt.divisibility",
                      builder.getI32IntegerAttr(1 << pick(1, 4)));
  builder.setInsertionPointToStart(&func.getBody().front());
  for (Value arg : func.getArguments())
    keep(arg);
}

void setArgument(BlockArgument arg, int64_t value, Interpreter &interpreter) {
  auto function = cast<func::FuncOp>(arg.getOwner()->getParentOp());
  if (auto divisor = function.getArgAttrOfType<IntegerAttr>(arg.getArgNumber(),
                                                            "tt.divisibility"))
    value -= value % divisor.getInt();
  interpreter.setScalar(arg, value);
}

void RandomIR::setArguments(func::FuncOp function, Interpreter &interpreter) {
  for (BlockArgument arg : function.getArguments()) {
    unsigned bits = bitsOf(arg.getType());
    int limit = 1 << (bits - 1);
    int value = chance(35)   ? pick(-12, 40)
                : chance(15) ? (chance(50) ? limit - 1 : -limit)
                             : pick(-limit, limit - 1);
    setArgument(arg, value, interpreter);
  }
}

void RandomIR::setModestArguments(func::FuncOp function,
                                  Interpreter &interpreter) {
  for (BlockArgument arg : function.getArguments()) {
    int limit = 1 << (bitsOf(arg.getType()) - 1);
    int range = std::min(limit, 400);
    int value = chance(30)                   ? pick(-12, 12)
                : chance(4)                  ? (chance(50) ? limit - 1 : -limit)
                : chance(12) && limit == 128 ? (chance(50) ? limit - 1 : -limit)
                                             : pick(-range, range - 1);
    setArgument(arg, value, interpreter);
  }
}

//===----------------------------------------------------------------------===//
// Straight-line code
//===----------------------------------------------------------------------===//

void RandomIR::addShape() {
  Type element = chance(70) ? i8 : chance(50) ? i16 : i1;
  switch (pick(0, 4)) {
  case 0: {
    int start = chance(60) ? 0 : pick(-20, 120);
    auto type = cast<RankedTensorType>(
        RankedTensorType::get({4}, chance(80) ? i8 : i16));
    OperationState state(loc, triton::MakeRangeOp::getOperationName());
    state.addAttribute("start", builder.getI32IntegerAttr(start));
    state.addAttribute("end", builder.getI32IntegerAttr(start + 4));
    state.addTypes(type);
    return keep(builder.create(state)->getResult(0));
  }
  case 1: {
    int shape = pick(1, 4);
    return keep(triton::SplatOp::create(builder, loc, withShape(element, shape),
                                        any(element)));
  }
  case 2: {
    int axis = pick(0, 1);
    OperationState state(loc, triton::ExpandDimsOp::getOperationName());
    state.addOperands(any(withShape(element, 1)));
    state.addAttribute("axis", builder.getI32IntegerAttr(axis));
    state.addTypes(withShape(element, axis == 1 ? 2 : 3));
    return keep(builder.create(state)->getResult(0));
  }
  case 3:
    return keep(
        triton::BroadcastOp::create(builder, loc, withShape(element, 4),
                                    any(withShape(element, pick(2, 3)))));
  default: {
    int shape = pick(2, 4);
    int result = shape == 4 ? 4 : 5 - shape;
    OperationState state(loc, triton::TransOp::getOperationName());
    state.addOperands(any(withShape(element, shape)));
    state.addAttribute("order", builder.getDenseI32ArrayAttr({1, 0}));
    state.addTypes(withShape(element, result));
    return keep(builder.create(state)->getResult(0));
  }
  }
}

void RandomIR::addArith() {
  Type element = chance(80) ? i8 : i16;
  int shape = chance(40) ? 0 : pick(1, 4);
  Type type = withShape(element, shape);
  Value a = any(type);
  Value b = any(type);
  auto small = [&] {
    return constant(type, chance(80) ? 1 << pick(0, 5) : pick(1, 40));
  };
  auto make = [&](auto op, Value x, Value y) {
    keep(decltype(op)::create(builder, loc, x, y));
  };
  switch (pick(0, 27)) {
  case 0:
  case 1:
  case 2:
  case 3:
  case 4:
    return make(arith::AddIOp(), a, b);
  case 5:
  case 6:
    return make(arith::SubIOp(), a, b);
  case 7:
  case 8:
    return make(arith::MulIOp(), a, chance(80) ? small() : b);
  case 9:
    return make(arith::ShLIOp(), a,
                chance(90) ? constant(type, pick(0, 6)) : b);
  case 10:
    return make(arith::ShRSIOp(), a,
                chance(90) ? constant(type, pick(0, 6)) : b);
  case 11:
    return make(arith::ShRUIOp(), a,
                chance(90) ? constant(type, pick(0, 6)) : b);
  case 12:
    return make(arith::DivSIOp(), a, chance(90) ? small() : b);
  case 13:
    return make(arith::DivUIOp(), a, chance(90) ? small() : b);
  case 14:
    return make(arith::RemSIOp(), a, chance(90) ? small() : b);
  case 15:
    return make(arith::RemUIOp(), a, chance(90) ? small() : b);
  case 16:
    return make(arith::FloorDivSIOp(), a, chance(90) ? small() : b);
  case 17:
    return make(arith::CeilDivSIOp(), a, chance(90) ? small() : b);
  case 18:
    return make(arith::AndIOp(), a,
                chance(60) ? constant(type, (1 << pick(0, 7)) - 1) : b);
  case 19:
    return make(arith::OrIOp(), a, b);
  case 20:
    return make(arith::XOrIOp(), a, chance(50) ? constant(type, -1) : b);
  case 21:
    return make(arith::MinSIOp(), a, b);
  case 22:
    return make(arith::MaxSIOp(), a, b);
  case 23:
    return chance(50) ? make(arith::MinUIOp(), a, b)
                      : make(arith::MaxUIOp(), a, b);
  case 24:
    return keep(arith::SelectOp::create(
        builder, loc, any(withShape(i1, chance(50) ? shape : 0)), a, b));
  case 25: {
    Value narrow = any(withShape(chance(85) ? i8 : i1, shape));
    return keep(
        arith::ExtSIOp::create(builder, loc, withShape(i16, shape), narrow));
  }
  case 26: {
    Value narrow = any(withShape(chance(85) ? i8 : i1, shape));
    return keep(
        arith::ExtUIOp::create(builder, loc, withShape(i16, shape), narrow));
  }
  default:
    return keep(arith::TruncIOp::create(builder, loc, withShape(i8, shape),
                                        any(withShape(i16, shape))));
  }
}

void RandomIR::addTruth() {
  int shape = chance(40) ? 0 : pick(1, 4);
  Type type = withShape(i1, shape);
  auto make = [&](auto op, Value x, Value y) {
    keep(decltype(op)::create(builder, loc, x, y));
  };
  switch (pick(0, 6)) {
  case 0:
    return make(arith::AndIOp(), any(type), any(type));
  case 1:
    return make(arith::OrIOp(), any(type), any(type));
  case 2:
    return make(arith::XOrIOp(), any(type),
                chance(70) ? constant(type, 1) : any(type));
  default: {
    Type sides = withShape(chance(80) ? i8 : i16, shape);
    keep(compare(any(sides), any(sides)));
  }
  }
}

Value RandomIR::compare(Value lhs, Value rhs) {
  auto predicate = static_cast<arith::CmpIPredicate>(pick(0, 9));
  return arith::CmpIOp::create(builder, loc, predicate, lhs, rhs);
}

/// llvm.intr.assume of something about scalars.
void RandomIR::addAssumption() {
  Value condition;
  Value a = any(i8);
  if (chance(35)) {
    Value remainder =
        chance(50) ? arith::RemSIOp::create(builder, loc, a,
                                            constant(i8, 1 << pick(1, 4)))
                         .getResult()
                   : arith::AndIOp::create(builder, loc, a,
                                           constant(i8, (1 << pick(1, 4)) - 1))
                         .getResult();
    condition = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                      remainder, constant(i8, 0));
  } else {
    condition = compare(a, any(i8));
  }
  OperationState state(loc, "llvm.intr.assume");
  state.addOperands(condition);
  builder.create(state);
  assumes = true;
}

/// Now and then with a tt.divisibility that executions may break.
Value RandomIR::maybeHinted(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumResults() != 1 || isa<arith::ConstantOp>(op) ||
      !chance(8))
    return value;
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  int64_t rank = tensor ? tensor.getRank() : 1;
  SmallVector<int32_t> divisors;
  for (int64_t i = 0; i != rank; ++i)
    divisors.push_back(1 << pick(0, 3));
  op->setAttr("tt.divisibility",
              DenseElementsAttr::get(
                  RankedTensorType::get({rank}, builder.getI32Type()),
                  ArrayRef<int32_t>(divisors)));
  assumes = true;
  return value;
}

/// (value + divisor - 1) / divisor, as kernels have it.
Value RandomIR::cdiv(Value value, int64_t divisor) {
  Type type = value.getType();
  Value sum =
      arith::AddIOp::create(builder, loc, value, constant(type, divisor - 1));
  return arith::DivSIOp::create(builder, loc, sum, constant(type, divisor));
}

void RandomIR::addOperation() {
  int kind = pick(0, 9);
  if (kind < 3)
    addShape();
  else if (kind < 8)
    addArith();
  else
    addTruth();
}

void RandomIR::makeStraightLine(unsigned size) {
  makeFunction();
  bool hasHints = chance(30);
  for (unsigned i = 0; i != size; ++i) {
    addOperation();
    if (hasHints && chance(10))
      addAssumption();
  }
  func::ReturnOp::create(builder, loc);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

Value RandomIR::toScalarWidth(Value value, Type type) {
  unsigned from = bitsOf(value.getType()), to = bitsOf(type);
  if (from == to)
    return value;
  if (from > to)
    return arith::TruncIOp::create(builder, loc, type, value);
  if (chance(75))
    return arith::ExtSIOp::create(builder, loc, type, value);
  return arith::ExtUIOp::create(builder, loc, type, value);
}

Value RandomIR::affineScalar(Type type) {
  Value sum = toScalarWidth(moving[pick(0, int(moving.size()) - 1)], type);
  for (int i = pick(0, 2); i > 0; --i) {
    switch (pick(0, 9)) {
    case 0:
      sum = arith::MulIOp::create(
          builder, loc, sum,
          constant(type, chance(70) ? 1 << pick(0, 3) : pick(-5, 9)));
      break;
    case 1:
      sum = arith::SubIOp::create(builder, loc, any(type), sum);
      break;
    case 2:
      sum = arith::DivSIOp::create(builder, loc, sum,
                                   constant(type, 1 << pick(0, 3)));
      break;
    case 3:
      sum = arith::AndIOp::create(builder, loc, sum,
                                  constant(type, (1 << pick(1, 7)) - 1));
      break;
    case 4:
      sum = arith::SubIOp::create(builder, loc, sum, any(type));
      break;
    default:
      sum = arith::AddIOp::create(builder, loc, sum, any(type));
    }
  }
  return maybeHinted(sum);
}

Value RandomIR::affineTensor(int shape) {
  Type type = withShape(i8, shape);
  Value splat = triton::SplatOp::create(builder, loc, type, affineScalar(i8));
  return maybeHinted(arith::AddIOp::create(builder, loc, splat, any(type)));
}

void RandomIR::addLoopPredicates(unsigned count) {
  for (unsigned i = 0; i != count; ++i) {
    if (chance(25))
      addOperation();
    int shape = chance(45) ? 0 : pick(1, 4);
    Value predicate;
    if (tiled && chance(50)) {
      // lanes < n - i * size
      Value done = arith::MulIOp::create(builder, loc, moving[0],
                                         constant(i8, tileSize));
      Value left = arith::SubIOp::create(builder, loc, tiled, done);
      Type type = withShape(i8, 1);
      Value limit = triton::SplatOp::create(builder, loc, type, left);
      OperationState lanes(loc, triton::MakeRangeOp::getOperationName());
      lanes.addAttribute("start", builder.getI32IntegerAttr(0));
      lanes.addAttribute("end", builder.getI32IntegerAttr(4));
      lanes.addTypes(type);
      predicate =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                builder.create(lanes)->getResult(0), limit);
    } else if (shape == 0) {
      Type type = chance(75) ? i8 : i16;
      Value lhs = affineScalar(type);
      Value rhs = chance(25) ? affineScalar(type) : any(type);
      predicate = chance(80) ? compare(lhs, rhs) : compare(rhs, lhs);
    } else {
      Value lhs = affineTensor(shape);
      Value rhs = chance(25) ? affineTensor(shape) : any(withShape(i8, shape));
      predicate = chance(80) ? compare(lhs, rhs) : compare(rhs, lhs);
    }
    keep(predicate);
    loopPredicates.push_back(predicate);
    Type type = predicate.getType();
    if (!chance(35))
      continue;
    Value combined;
    switch (pick(0, 3)) {
    case 0:
      combined = arith::OrIOp::create(builder, loc, predicate, any(type));
      break;
    case 1:
      combined =
          arith::XOrIOp::create(builder, loc, predicate, constant(type, 1));
      break;
    default:
      combined = arith::AndIOp::create(builder, loc, predicate, any(type));
    }
    keep(combined);
    loopPredicates.push_back(combined);
  }
}

void RandomIR::makeLoop() {
  makeFunction();
  for (int i = pick(2, 7); i > 0; --i)
    addOperation();
  Type type = chance(85) ? i8 : i16;
  static const int steps[] = {1, 1, 2, 4, 4, 8, 16, 3, 5, 40};
  Value step = constant(type, steps[pick(0, 9)]);
  Value lower = chance(50) ? constant(type, 0) : any(type);
  Value upper = chance(25) ? any(type) : func.getArgument(type == i8 ? 4 : 3);
  for (int i = chance(25) ? pick(1, 2) : 0; i > 0; --i)
    addAssumption();
  if (chance(12)) {
    tiled = func.getArgument(pick(0, 2));
    tileSize = 1 << pick(1, 4);
    type = i8;
    lower = constant(i8, 0);
    step = constant(i8, 1);
    upper = cdiv(tiled, tileSize);
    if (chance(25))
      upper = arith::MinSIOp::create(builder, loc, upper, any(i8));
  } else if (chance(10)) {
    // Round up: ceil(n / size) * size.
    int64_t size = 1 << pick(1, 4);
    type = i8;
    lower = chance(70) ? constant(i8, 0) : any(i8);
    step = constant(i8, size);
    upper = cdiv(func.getArgument(pick(0, 2)), size);
    upper = arith::MulIOp::create(builder, loc, upper, step);
  } else if (chance(10)) {
    upper =
        chance(50)
            ? arith::MinSIOp::create(builder, loc, upper, any(type)).getResult()
            : arith::SelectOp::create(builder, loc, any(i1), upper, any(type))
                  .getResult();
  }
  if (!tiled && chance(10)) {
    // Counters are wider than what they are compared with, now and then.
    Type wide = chance(50) ? Type(builder.getI64Type()) : builder.getI32Type();
    lower = toScalarWidth(lower, wide);
    upper = toScalarWidth(upper, wide);
    step = toScalarWidth(step, wide);
  }
  Type carriedTensor = withShape(i8, pick(1, 4));
  SmallVector<Value> inits{any(i8), any(carriedTensor), any(i1)};
  outerLoop = scf::ForOp::create(builder, loc, lower, upper, step, inits);
  outerLoop.setUnsignedCmp(chance(10));
  auto afterLoop = builder.saveInsertionPoint();
  builder.setInsertionPointToStart(outerLoop.getBody());
  auto outerPools = pools;
  for (Value arg : outerLoop.getBody()->getArguments())
    keep(arg);
  moving = {outerLoop.getInductionVar(), outerLoop.getInductionVar(),
            outerLoop.getRegionIterArg(0)};
  addLoopPredicates(pick(2, 4));

  if (chance(30)) {
    Value innerLower = chance(60)
                           ? constant(i8, 0)
                           : toScalarWidth(outerLoop.getInductionVar(), i8);
    Value innerUpper = chance(60) ? constant(i8, pick(1, 12)) : any(i8);
    auto inner = scf::ForOp::create(builder, loc, innerLower, innerUpper,
                                    constant(i8, 1 << pick(0, 4)));
    auto afterInner = builder.saveInsertionPoint();
    builder.setInsertionPointToStart(inner.getBody());
    auto innerPools = pools;
    keep(inner.getInductionVar());
    moving.push_back(inner.getInductionVar());
    addLoopPredicates(2);
    moving.pop_back();
    pools = innerPools;
    builder.restoreInsertionPoint(afterInner);
  }

  auto next = [&](unsigned i) -> Value {
    Value arg = outerLoop.getRegionIterArg(i);
    if (chance(15))
      return any(arg.getType());
    Value by =
        constant(arg.getType(), chance(60) ? 1 << pick(0, 4) : pick(-9, 9));
    if (isa<ShapedType>(arg.getType()) && chance(40))
      by = triton::SplatOp::create(builder, loc, arg.getType(),
                                   chance(80) ? func.getArgument(pick(0, 2))
                                              : any(i8));
    if (chance(80))
      return arith::AddIOp::create(builder, loc, arg, by);
    return arith::SubIOp::create(builder, loc, arg, by);
  };
  SmallVector<Value> yields{next(0), next(1), any(i1)};
  scf::YieldOp::create(builder, loc, yields);
  pools = outerPools;
  builder.restoreInsertionPoint(afterLoop);
  func::ReturnOp::create(builder, loc);
}

} // namespace triton_ext
