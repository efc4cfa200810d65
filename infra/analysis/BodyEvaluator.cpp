//===- BodyEvaluator.cpp - a loop's body on what is known -------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "triton_ext/Analysis/BodyEvaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

using K = FloatSet::Kind;

static LaneValue touched(LaneValue value) {
  value.isTouched |= !value.constant;
  return value;
}

/// How far what stands in front of a loop is followed.
static constexpr unsigned maxOutsideDepth = 16;

static const llvm::fltSemantics *semanticsOf(Type type) {
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  return element ? &element.getFloatSemantics() : nullptr;
}

static std::optional<APFloat> floatOf(const LaneValue &value) {
  if (auto attr = dyn_cast_or_null<FloatAttr>(value.constant))
    return attr.getValue();
  return std::nullopt;
}

static std::optional<APInt> integerOf(const LaneValue &value) {
  if (auto attr = dyn_cast_or_null<IntegerAttr>(value.constant))
    return attr.getValue();
  return std::nullopt;
}

bool LaneValue::isZero() const {
  if (auto integer = integerOf(*this))
    return integer->isZero();
  return kinds.isZero();
}

/// The element that all lanes of a constant are, or null.
static TypedAttr elementOf(Value value) {
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return {};
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    return dense.isSplat() ? dense.getSplatValue<TypedAttr>() : TypedAttr();
  return dyn_cast<TypedAttr>(attr);
}

/// Whether `op`, of one operand or a select, gives its operands' elements as
/// they are, or exactly what it says.
static bool isExactOn(Operation *op) {
  return isa<tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp, tt::TransOp,
             arith::SelectOp, arith::ExtFOp, arith::NegFOp>(op);
}

static bool isInteger(Type type) {
  return isa<IntegerType>(getElementTypeOrSelf(type));
}

/// Whether `op` computes integers from integers.
static bool isIntegerArithmetic(Operation *op) {
  return op->getNumRegions() == 0 &&
         llvm::all_of(op->getResultTypes(), isInteger) &&
         llvm::all_of(op->getOperandTypes(), isInteger);
}

static bool mayBeProduct(Value value, unsigned depth) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (depth == 0)
    return true;
  auto may = [&](Value operand) { return mayBeProduct(operand, depth - 1); };
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return may(select.getTrueValue()) || may(select.getFalseValue());
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    return may(branch.thenYield().getOperand(index)) ||
           may(branch.elseYield().getOperand(index));
  }
  if (isExactOn(op) || isa<tt::ReshapeOp, arith::TruncFOp>(op))
    return may(op->getOperand(0));
  if (auto reduce = dyn_cast<tt::ReduceOp>(op))
    return reduce.walk([](arith::MulFOp) { return WalkResult::interrupt(); })
        .wasInterrupted();
  return !isa<arith::ConstantOp, arith::AddFOp, arith::SubFOp, arith::MaxNumFOp,
              arith::MinNumFOp, arith::MaximumFOp, arith::MinimumFOp,
              math::ExpOp, math::Exp2Op, tt::LoadOp, tt::DotOp,
              tt::DescriptorLoadOp, scf::ForOp>(op);
}

bool mayBeProduct(Value value) { return mayBeProduct(value, /*depth=*/8); }

BodyEvaluator::BodyEvaluator(scf::ForOp loop,
                             const llvm::DenseMap<Value, bool> &known,
                             Options options)
    : loop(loop), known(known), options(options) {}

FloatSet BodyEvaluator::dataKinds() const {
  return options.finiteValues ? FloatSet::finites : FloatSet::all;
}

/// `kinds` as what comes of `a` and `b`.
FloatSet BodyEvaluator::withoutOverflow(FloatSet kinds, FloatSet a,
                                        FloatSet b) const {
  return options.finiteValues && a.isFinite() && b.isFinite()
             ? kinds & FloatSet::finites
             : kinds;
}

//===----------------------------------------------------------------------===//
// Making claims
//===----------------------------------------------------------------------===//

unsigned BodyEvaluator::numberOf(Key key) {
  auto [it, isNew] = numbers.try_emplace(std::move(key), nextNumber);
  nextNumber += isNew;
  return it->second;
}

static uintptr_t address(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

LaneValue BodyEvaluator::constant(TypedAttr element) {
  LaneValue value;
  value.constant = element;
  if (auto attr = dyn_cast<FloatAttr>(element)) {
    value.kinds = FloatSet::of(attr.getValue());
    if (attr.getValue().isNaN())
      value.constant = element = FloatAttr::get(
          attr.getType(), APFloat::getNaN(attr.getValue().getSemantics()));
  }
  value.number = numberOf({0, address(element.getAsOpaquePointer())});
  return value;
}

/// Brings constant and number in line with the kinds.
LaneValue BodyEvaluator::finish(LaneValue value, Type type) {
  const llvm::fltSemantics *semantics = semanticsOf(type);
  if (!semantics || value.constant)
    return value;
  if (std::optional<APFloat> only = value.kinds.onlyMember(*semantics)) {
    LaneValue single =
        constant(FloatAttr::get(getElementTypeOrSelf(type), *only));
    single.dependences = value.dependences;
    return single;
  }
  return value;
}

LaneValue BodyEvaluator::restricted(LaneValue value, FloatSet kinds,
                                    Type type) {
  value.kinds = value.kinds & kinds;
  return finish(std::move(value), type);
}

LaneValue BodyEvaluator::dependingOn(LaneValue value, unsigned state,
                                     Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  LaneValue::Dependence dependence{state, {}};
  for (int dim = 0; tensor && dim < tensor.getRank(); ++dim)
    dependence.dims.push_back(dim);
  value.dependences.push_back(dependence);
  return value;
}

LaneValue BodyEvaluator::anything() {
  LaneValue value;
  value.number = nextNumber++;
  return value;
}

/// Takes over what `from` depends on. False if a lane would hang on two lanes
/// of one state.
bool BodyEvaluator::mergeDependences(LaneValue &into, const LaneValue &from) {
  for (const LaneValue::Dependence &dependence : from.dependences) {
    auto same =
        llvm::find_if(into.dependences, [&](const LaneValue::Dependence &own) {
          return own.state == dependence.state;
        });
    if (same == into.dependences.end())
      into.dependences.push_back(dependence);
    else if (!(*same == dependence))
      return false;
  }
  return true;
}

LaneValue BodyEvaluator::computed(Operation *op, ArrayRef<LaneValue> operands) {
  // Operations that say exactly what comes out are told by what they are, all
  // others by which one they are.
  bool isFunction = isPure(op) && !isa<tt::ElementwiseInlineAsmOp>(op);
  Key key;
  if (isFunction && (isExactOn(op) || isIntegerArithmetic(op))) {
    Attribute &attributes = attributesOf[op];
    if (!attributes)
      attributes = op->getAttrDictionary();
    key = {1, address(op->getName().getAsOpaquePointer()),
           address(attributes.getAsOpaquePointer())};
  } else {
    key = {2, address(op)};
    if (!isFunction)
      key.push_back(epoch);
  }
  key.push_back(address(op->getResult(0).getType().getAsOpaquePointer()));
  LaneValue value;
  for (const LaneValue &operand : operands) {
    key.push_back(operand.number);
    if (!mergeDependences(value, operand))
      return anything();
  }
  value.number = numberOf(std::move(key));
  return value;
}

/// Either of two.
LaneValue BodyEvaluator::join(const LaneValue &a, const LaneValue &b,
                              Type type) {
  LaneValue value = a;
  if (!mergeDependences(value, b))
    return anything();
  value.kinds = a.kinds | b.kinds;
  value.isTouched |= b.isTouched;
  value.isLow &= b.isLow;
  if (a.number != b.number) {
    value.number = nextNumber++;
    value.constant = {};
  }
  return finish(std::move(value), type);
}

std::optional<LaneValue>
BodyEvaluator::remap(LaneValue value, llvm::function_ref<int(int)> dimOf) {
  for (LaneValue::Dependence &dependence : value.dependences)
    for (int &dim : dependence.dims)
      if ((dim = dimOf(dim)) < 0)
        return std::nullopt;
  return value;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

BodyEvaluator::State BodyEvaluator::initialState() {
  State state;
  for (Value init : loop.getInitArgs())
    state.push_back(outside(init));
  return state;
}

BodyEvaluator::State BodyEvaluator::anyState(unsigned first) {
  State state;
  for (auto [index, arg] : llvm::enumerate(loop.getRegionIterArgs())) {
    LaneValue value = anything();
    state.push_back(dependingOn(value, first + index, arg.getType()));
  }
  return state;
}

BodyEvaluator::State BodyEvaluator::iterate(ArrayRef<LaneValue> state) {
  ++epoch;
  return run(state);
}

BodyEvaluator::State BodyEvaluator::iterateAgain(ArrayRef<LaneValue> state) {
  return run(state);
}

BodyEvaluator::State BodyEvaluator::run(ArrayRef<LaneValue> state) {
  values.clear();
  for (auto [arg, value] : llvm::zip_equal(loop.getRegionIterArgs(), state))
    values[arg] = value;
  runBlock(*loop.getBody());
  State next;
  for (Value yielded : loop.getYieldedValues())
    next.push_back(lookup(yielded));
  return next;
}

std::optional<bool> BodyEvaluator::truthOf(Value condition) {
  if (std::optional<APInt> truth = integerOf(lookup(condition)))
    return !truth->isZero();
  return std::nullopt;
}

LaneValue BodyEvaluator::lookup(Value value) {
  if (auto it = values.find(value); it != values.end())
    return it->second;
  if (loop.isDefinedOutsideOfLoop(value))
    return outside(value);
  // An induction variable, or what is looked at before it was computed.
  LaneValue result;
  result.number = numberOf({3, address(value.getAsOpaquePointer()), epoch});
  return result;
}

LaneValue BodyEvaluator::outside(Value value) {
  if (auto it = outsideValues.find(value); it != outsideValues.end())
    return it->second;
  LaneValue result;
  Operation *op = value.getDefiningOp();
  if (TypedAttr element = elementOf(value)) {
    result = constant(element);
  } else if (op && outsideDepth < maxOutsideDepth && op->getNumResults() == 1 &&
             op->getNumRegions() == 0 && (isPure(op) || isa<tt::LoadOp>(op))) {
    ++outsideDepth;
    evaluate(op);
    --outsideDepth;
    result = values.lookup(value);
    // Once for all: nothing about it hangs on the iteration.
    values.erase(value);
    if (!result.constant)
      result.number = numberOf({4, address(value.getAsOpaquePointer())});
  } else {
    result.number = numberOf({4, address(value.getAsOpaquePointer())});
    if (!op)
      result.kinds = dataKinds();
  }
  // Shape operations outside are as good as those inside.
  if (op &&
      isa<tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp, tt::TransOp>(op))
    result.number = evaluateShape(op, outside(op->getOperand(0))).number;
  if (options.positiveScalars && isa<FloatType>(value.getType()) &&
      !result.constant) {
    positives.insert(value);
    result = restricted(result, K::Pos, value.getType());
  }
  return outsideValues[value] = result;
}

void BodyEvaluator::set(Value value, LaneValue result) {
  values[value] = finish(std::move(result), value.getType());
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void BodyEvaluator::runBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    evaluate(&op);
}

void BodyEvaluator::evaluate(Operation *op) {
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return evaluateBranch(branch);
  if (auto inner = dyn_cast<scf::ForOp>(op))
    return evaluateLoop(inner);
  if (isa<tt::ReduceOp, tt::ScanOp>(op))
    return evaluateReduce(op);
  if (op->getNumResults() != 1 || op->getNumRegions() != 0) {
    for (Value result : op->getResults())
      set(result, anything());
    return;
  }
  Value result = op->getResult(0);
  if (auto it = known.find(result); it != known.end())
    return set(result,
               constant(Builder(op->getContext()).getBoolAttr(it->second)));
  if (TypedAttr element = elementOf(result))
    return set(result, constant(element));

  auto operand = [&](unsigned i) { return lookup(op->getOperand(i)); };
  LaneValue value =
      llvm::TypeSwitch<Operation *, LaneValue>(op)
          .Case<arith::SelectOp>([&](auto op) { return evaluateSelect(op); })
          .Case<arith::CmpFOp>([&](auto op) { return evaluateCompare(op); })
          .Case<tt::DotOp>([&](auto op) { return evaluateDot(op); })
          .Case<tt::LoadOp, tt::DescriptorLoadOp, tt::DescriptorGatherOp>(
              [&](auto op) { return evaluateLoad(op); })
          .Case<tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp, tt::TransOp,
                tt::ReshapeOp>(
              [&](auto op) { return evaluateShape(op, operand(0)); })
          .Case<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::MaxNumFOp,
                arith::MinNumFOp, arith::MaximumFOp, arith::MinimumFOp>(
              [&](auto op) {
                return evaluateFloat(op, operand(0), operand(1));
              })
          .Case<arith::ExtFOp, arith::TruncFOp, arith::NegFOp, math::AbsFOp,
                math::ExpOp, math::Exp2Op, arith::SIToFPOp, arith::UIToFPOp,
                tt::FpToFpOp>(
              [&](auto op) { return evaluateUnary(op, operand(0)); })
          .Default([&](Operation *op) { return evaluateByFolding(op); });
  set(result, value);
}

void BodyEvaluator::evaluateBranch(scf::IfOp branch) {
  LaneValue condition = lookup(branch.getCondition());
  auto yielded = [&](Block *block) {
    runBlock(*block);
    State results;
    for (Value value : block->getTerminator()->getOperands())
      results.push_back(lookup(value));
    return results;
  };
  std::optional<APInt> decided = integerOf(condition);
  State results;
  if (decided) {
    if (Block *block =
            decided->isZero() ? branch.elseBlock() : branch.thenBlock())
      results = yielded(block);
  } else {
    results = yielded(branch.thenBlock());
    if (branch.elseBlock())
      for (auto [index, other] : llvm::enumerate(yielded(branch.elseBlock())))
        results[index] =
            join(results[index], other, branch.getResult(index).getType());
  }
  for (auto [result, value] : llvm::zip(branch.getResults(), results)) {
    LaneValue merged = value;
    set(result, mergeDependences(merged, condition) ? merged : anything());
  }
}

/// A loop in the body leaves as they were the values that its own body leaves.
void BodyEvaluator::evaluateLoop(scf::ForOp inner) {
  State state;
  for (Value init : inner.getInitArgs())
    state.push_back(lookup(init));
  State inits = state;
  for (bool hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (auto [arg, value] : llvm::zip_equal(inner.getRegionIterArgs(), state))
      values[arg] = value;
    runBlock(*inner.getBody());
    for (auto [value, init, yielded] :
         llvm::zip_equal(state, inits, inner.getYieldedValues()))
      if (value.number == init.number &&
          lookup(yielded).number != init.number) {
        value = anything();
        hasChanged = true;
      }
  }
  for (auto [result, value] : llvm::zip_equal(inner.getResults(), state))
    set(result, value);
}

/// What combining any number of lanes, each as `value` says, gives.
LaneValue BodyEvaluator::combined(Operation *op, const LaneValue &value) {
  Block &block = op->getRegion(0).front();
  Type type = block.getArgument(0).getType();
  LaneValue result = value;
  while (true) {
    for (BlockArgument arg : block.getArguments()) {
      LaneValue lane = result;
      // Two lanes are not the same.
      if (!lane.constant && !lane.isLow)
        lane.number = nextNumber++;
      lane.dependences.clear();
      values[arg] = lane;
    }
    runBlock(block);
    LaneValue next = lookup(block.getTerminator()->getOperand(0));
    bool isSame = next.number == result.number && result.constant;
    if (isSame || (next.isLow && result.isLow))
      return result;
    LaneValue both = join(result, next, type);
    if (!both.constant && both.kinds == result.kinds && !result.constant)
      return both;
    result = both;
  }
}

void BodyEvaluator::evaluateReduce(Operation *op) {
  if (op->getNumOperands() != 1) {
    for (Value result : op->getResults())
      set(result, anything());
    return;
  }
  Value result = op->getResult(0);
  LaneValue source = lookup(op->getOperand(0));
  auto reduce = dyn_cast<tt::ReduceOp>(op);
  int axis = reduce ? reduce.getAxis() : cast<tt::ScanOp>(op).getAxis();
  std::optional<LaneValue> mapped = remap(source, [&](int dim) {
    return dim == axis ? -1 : reduce && dim > axis ? dim - 1 : dim;
  });
  if (!mapped)
    return set(result, anything());
  LaneValue combination = combined(op, source);
  LaneValue value = combination;
  if (!value.constant && !value.isLow) {
    value = computed(op, *mapped);
    value.kinds = combination.kinds;
  }
  value.dependences = mapped->dependences;
  value.isTouched = false;
  set(result, value);
}

LaneValue BodyEvaluator::evaluateShape(Operation *op, const LaneValue &value) {
  std::optional<LaneValue> mapped = value;
  if (auto expand = dyn_cast<tt::ExpandDimsOp>(op)) {
    int axis = expand.getAxis();
    mapped = remap(value, [&](int dim) { return dim < axis ? dim : dim + 1; });
  } else if (auto trans = dyn_cast<tt::TransOp>(op)) {
    mapped = remap(value, [&](int dim) -> int {
      return llvm::find(trans.getOrder(), dim) - trans.getOrder().begin();
    });
  } else if (isa<tt::ReshapeOp>(op) && !value.dependences.empty()) {
    return anything();
  }
  LaneValue result = *mapped;
  if (!result.constant)
    result.number = computed(op, value).number;
  return result;
}

LaneValue BodyEvaluator::evaluateSelect(arith::SelectOp op) {
  LaneValue condition = lookup(op.getCondition());
  LaneValue sides[] = {lookup(op.getTrueValue()), lookup(op.getFalseValue())};
  for (LaneValue &side : sides) {
    std::optional<APFloat> fill = floatOf(side);
    if (!fill || !fill->isFinite() ||
        fill->convertToDouble() > BodyEvaluator::fillLimit)
      continue;
    side.isLow = options.finiteFills;
    if (!options.finiteFills && condition.constant && !finiteFillAt)
      finiteFillAt = op;
  }
  LaneValue result;
  if (std::optional<APInt> decided = integerOf(condition))
    result = sides[decided->isZero()];
  else if (sides[0].number == sides[1].number)
    result = sides[0];
  else {
    result = computed(op, {condition, sides[0], sides[1]});
    result.kinds = sides[0].kinds | sides[1].kinds;
    result.isLow = sides[0].isLow && sides[1].isLow;
    return result;
  }
  return mergeDependences(result, condition) ? result : anything();
}

LaneValue BodyEvaluator::evaluateCompare(arith::CmpFOp op) {
  LaneValue lhs = lookup(op.getLhs()), rhs = lookup(op.getRhs());
  LaneValue result = computed(op, {lhs, rhs});
  std::optional<bool> decided;
  auto a = floatOf(lhs), b = floatOf(rhs);
  if (a && b) {
    decided = arith::applyCmpPredicate(op.getPredicate(), *a, *b);
  } else {
    Outcome outcome = compared(op.getPredicate(), lhs.kinds, rhs.kinds,
                               lhs.number == rhs.number);
    if (outcome.canBeTrue != outcome.canBeFalse)
      decided = outcome.canBeTrue;
  }
  if (!decided)
    return result;
  LaneValue truth = constant(Builder(op.getContext()).getBoolAttr(*decided));
  truth.dependences = result.dependences;
  // Dependences are gone where they contradict each other: nothing is claimed.
  LaneValue merged = lhs;
  return mergeDependences(merged, rhs) ? truth : result;
}

/// Whether products of such elements are added to the sum with fewer bits than
/// that has (H100, 8-bit floats), or a conversion on the way can overflow.
static bool isDotLossy(tt::DotOp op) {
  for (Value side : {op.getA(), op.getB()})
    if (auto type = dyn_cast<FloatType>(getElementTypeOrSelf(side.getType())))
      if (type.getWidth() < 16)
        return true;
  return false;
}

LaneValue BodyEvaluator::zeroLike(const LaneValue &value, Type type) {
  LaneValue zero = constant(FloatAttr::get(getElementTypeOrSelf(type), 0.0));
  zero.dependences = value.dependences;
  return zero;
}

LaneValue BodyEvaluator::evaluateDot(tt::DotOp op) {
  LaneValue a = lookup(op.getA()), b = lookup(op.getB()), c = lookup(op.getC());
  Type type = op.getType();
  int rank = cast<RankedTensorType>(type).getRank();
  auto rows = remap(a, [&](int dim) { return dim == rank - 1 ? -1 : dim; });
  auto columns = remap(b, [&](int dim) { return dim == rank - 2 ? -1 : dim; });
  if (!rows || !columns)
    return anything();
  LaneValue result = c;
  if (!mergeDependences(result, *rows) || !mergeDependences(result, *columns))
    return anything();

  bool isFloat = semanticsOf(op.getA().getType()) != nullptr;
  auto isZero = [&](const LaneValue &x) {
    return isFloat ? x.kinds.isZero() : x.isZero() && x.constant;
  };
  auto isFinite = [&](const LaneValue &x) {
    return !isFloat || x.kinds.isFinite();
  };
  if (isFloat && llvm::any_of(ArrayRef<LaneValue>{a, b, c}, [](const auto &x) {
        return x.kinds.isWithin(K::NaN);
      })) {
    LaneValue nan = constant(FloatAttr::get(
        getElementTypeOrSelf(type), APFloat::getNaN(*semanticsOf(type))));
    nan.dependences = result.dependences;
    return nan;
  }
  if (isZero(a) || isZero(b)) {
    if (isFinite(a) && isFinite(b)) {
      if (!isFloat || c.kinds.isWithin(K::PosZero))
        return result;
      if (c.kinds.isZero() && options.finiteValues)
        return zeroLike(result, type);
      if (!isDotLossy(op) && (!c.kinds.has(K::NegZero) || options.finiteValues))
        return restricted(touched(result), FloatSet::all & ~K::NegZero, type);
    } else if (!needsFiniteAt) {
      needsFiniteAt = op;
    }
  }
  LaneValue value = computed(op, {*rows, *columns, c});
  // What a zero is added to counts as one zero.
  if (isFloat && c.kinds.isZero() && options.finiteValues)
    value.number = computed(op, {*rows, *columns, zeroLike(c, type)}).number;
  if (isFloat && isFinite(a) && isFinite(b))
    value.kinds = c.kinds.isFinite() ? dataKinds() : sum(c.kinds, dataKinds());
  return value;
}

LaneValue BodyEvaluator::evaluateLoad(Operation *op) {
  SmallVector<LaneValue> operands;
  for (Value operand : op->getOperands())
    operands.push_back(lookup(operand));
  if (auto load = dyn_cast<tt::LoadOp>(op); load && load.getMask()) {
    LaneValue mask = lookup(load.getMask());
    std::optional<APInt> decided = integerOf(mask);
    if (decided && decided->isZero() && load.getOther()) {
      LaneValue other = lookup(load.getOther());
      return mergeDependences(other, mask) ? other : anything();
    }
  }
  LaneValue value = computed(op, operands);
  if (semanticsOf(op->getResult(0).getType()))
    value.kinds = dataKinds();
  if (auto load = dyn_cast<tt::LoadOp>(op); load && load.getOther())
    value.kinds = value.kinds | lookup(load.getOther()).kinds;
  return value;
}

LaneValue BodyEvaluator::evaluateUnary(Operation *op, const LaneValue &value) {
  Type type = op->getResult(0).getType();
  const llvm::fltSemantics &semantics = *semanticsOf(type);
  auto exactly = [&](const APFloat &number) {
    LaneValue result =
        constant(FloatAttr::get(getElementTypeOrSelf(type), number));
    result.dependences = value.dependences;
    return result;
  };
  LaneValue result = computed(op, value);
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
    bool isSigned = isa<arith::SIToFPOp>(op);
    if (std::optional<APInt> integer = integerOf(value)) {
      APFloat number(semantics);
      if (number.convertFromAPInt(*integer, isSigned,
                                  APFloat::rmNearestTiesToEven) ==
          APFloat::opOK)
        return exactly(number);
    }
    int width = getElementTypeOrSelf(op->getOperand(0).getType())
                    .getIntOrFloatBitWidth();
    uint8_t kinds = K::PosZero | K::Pos | (isSigned ? uint8_t(K::Neg) : 0);
    if (APFloat::semanticsMaxExponent(semantics) < width)
      kinds |= K::PosInf | K::NegInf | K::NaN;
    result.kinds = kinds;
    return result;
  }

  std::optional<APFloat> number = floatOf(value);
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    result.kinds = isa<arith::ExtFOp>(op) ? value.kinds : narrowed(value.kinds);
    result.isLow = value.isLow;
    if (number) {
      bool losesInfo = false;
      number->convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
      if (!losesInfo || number->isNaN())
        return exactly(*number);
    }
    return result;
  }
  if (isa<tt::FpToFpOp>(op)) {
    // Formats without infinities or negative zeros are not followed.
    if (value.kinds.isWithin(K::PosZero))
      result.kinds = K::PosZero;
    return result;
  }
  if (isa<arith::NegFOp>(op)) {
    if (number)
      return exactly(-*number);
    result.kinds = negated(value.kinds);
    return result;
  }
  if (isa<math::AbsFOp>(op)) {
    result.kinds = absolute(value.kinds);
    return result;
  }
  // Exponentials.
  result.kinds = exponential(value.kinds);
  if (value.kinds.isZero())
    return exactly(APFloat(semantics, 1));
  if (value.isLow)
    return restricted(result, K::PosZero, type);
  return result;
}

LaneValue BodyEvaluator::evaluateFloat(Operation *op, const LaneValue &a,
                                       const LaneValue &b) {
  LaneValue merged = a;
  if (!mergeDependences(merged, b))
    return anything();
  LaneValue result;
  if (auto folded = foldExactly(op, a, b))
    result = *folded;
  else if (isa<arith::AddFOp, arith::SubFOp>(op))
    result = evaluateSum(op, a, b);
  else if (isa<arith::MulFOp>(op))
    result = evaluateProduct(op, a, b);
  else
    result = evaluateMaximum(op, a, b);
  result.dependences = merged.dependences;
  return result;
}

/// Sums and products of constants that are exact, however they are contracted.
std::optional<LaneValue> BodyEvaluator::foldExactly(Operation *op,
                                                    const LaneValue &a,
                                                    const LaneValue &b) {
  auto x = floatOf(a), y = floatOf(b);
  if (!x || !y || a.isLow || b.isLow)
    return std::nullopt;
  constexpr auto nearest = APFloat::rmNearestTiesToEven;
  APFloat::opStatus status;
  if (isa<arith::AddFOp>(op))
    status = x->add(*y, nearest);
  else if (isa<arith::SubFOp>(op))
    status = x->subtract(*y, nearest);
  else if (isa<arith::MulFOp>(op))
    status = x->multiply(*y, nearest);
  else
    return std::nullopt;
  if (status != APFloat::opOK && !x->isNaN())
    return std::nullopt;
  return constant(
      FloatAttr::get(getElementTypeOrSelf(op->getResult(0).getType()), *x));
}

LaneValue BodyEvaluator::evaluateSum(Operation *op, const LaneValue &a,
                                     const LaneValue &b) {
  bool isDifference = isa<arith::SubFOp>(op);
  FloatSet addend = isDifference ? negated(b.kinds) : b.kinds;
  auto addsNothing = [&](FloatSet zero, FloatSet to) {
    return zero.isWithin(K::NegZero) ||
           (zero.isWithin(K::PosZero) && !to.has(K::NegZero)) ||
           (options.finiteValues && zero.isZero());
  };
  Type type = op->getResult(0).getType();
  // Where the zero is not a negative one, what it is added to is none either.
  auto plusZero = [&](const LaneValue &to, FloatSet zero) {
    return zero.isWithin(K::NegZero)
               ? touched(to)
               : restricted(touched(to), FloatSet::all & ~K::NegZero, type);
  };
  if (addsNothing(addend, a.kinds))
    return plusZero(a, addend);
  if (!isDifference && addsNothing(a.kinds, b.kinds))
    return plusZero(b, a.kinds);
  LaneValue result = computed(op, {a, b});
  result.kinds = withoutOverflow(sum(a.kinds, addend), a.kinds, b.kinds);
  if (isDifference && a.number == b.number &&
      !mayBeProduct(op->getOperand(0)) && !mayBeProduct(op->getOperand(1))) {
    FloatSet both = a.kinds & b.kinds;
    result.kinds = (both.isWithin(FloatSet::all & ~FloatSet::finites)
                        ? 0
                        : uint8_t(K::PosZero)) |
                   (both.isFinite() ? 0 : uint8_t(K::NaN));
    return result;
  }
  // Far below everything stays there.
  result.isLow = (a.isLow && !b.isLow && b.kinds.isFinite()) ||
                 (!isDifference && b.isLow && !a.isLow && a.kinds.isFinite());
  return result;
}

LaneValue BodyEvaluator::evaluateProduct(Operation *op, const LaneValue &a,
                                         const LaneValue &b) {
  for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    std::optional<APFloat> factor = floatOf(*one);
    if (factor && factor->isExactlyValue(1.0))
      return touched(*other);
  }
  LaneValue result = computed(op, {a, b});
  result.kinds = withoutOverflow(product(a.kinds, b.kinds), a.kinds, b.kinds);
  result.isLow = (a.isLow && b.kinds.isWithin(K::Pos)) ||
                 (b.isLow && a.kinds.isWithin(K::Pos));
  return result;
}

LaneValue BodyEvaluator::evaluateMaximum(Operation *op, const LaneValue &a,
                                         const LaneValue &b) {
  bool isGreater = isa<arith::MaxNumFOp, arith::MaximumFOp>(op);
  bool propagatesNaN = isa<arith::MaximumFOp, arith::MinimumFOp>(op);
  if (a.number == b.number)
    return a;
  if (isGreater && (a.isLow || b.isLow)) {
    const LaneValue &low = a.isLow ? a : b;
    const LaneValue &other = a.isLow ? b : a;
    if (other.isLow || other.kinds.isWithin(K::NegInf))
      return low;
    return restricted(other, FloatSet::finites, op->getResult(0).getType());
  }
  FloatSet x = isGreater ? a.kinds : negated(a.kinds);
  FloatSet y = isGreater ? b.kinds : negated(b.kinds);
  if (options.isSeen && isGreater) {
    // Of something seen, which is finite.
    for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)})
      if (one->kinds.isWithin(K::NegInf))
        return restricted(*other, FloatSet::finites,
                          op->getResult(0).getType());
  }
  if (firstIsGreater(x, y, propagatesNaN))
    return a;
  if (firstIsGreater(y, x, propagatesNaN))
    return b;
  LaneValue result = computed(op, {a, b});
  FloatSet kinds = greater(x, y, propagatesNaN);
  result.kinds = isGreater ? kinds : negated(kinds);
  return result;
}

/// Integers and everything else.
LaneValue BodyEvaluator::evaluateByFolding(Operation *op) {
  Type type = op->getResult(0).getType();
  SmallVector<LaneValue> operands;
  for (Value operand : op->getOperands())
    operands.push_back(lookup(operand));
  LaneValue result = computed(op, operands);
  bool isElementwise =
      isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
      isa<tt::AddPtrOp>(op);
  // How lanes mix is not known.
  if (!isElementwise && llvm::any_of(operands, [](const LaneValue &operand) {
        return !operand.dependences.empty();
      }))
    return anything();
  LaneValue merged;
  for (const LaneValue &operand : operands)
    if (!mergeDependences(merged, operand))
      return result;
  auto same = [&](const LaneValue &operand) {
    LaneValue value = operand;
    value.dependences = merged.dependences;
    return value;
  };
  auto number = [&](const APInt &bits) {
    return same(constant(IntegerAttr::get(getElementTypeOrSelf(type), bits)));
  };
  if (!isInteger(type) || operands.empty())
    return result;
  std::optional<APInt> x = integerOf(operands[0]);
  unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  if (operands.size() == 1) {
    if (x && isa<arith::ExtSIOp>(op))
      return number(x->sext(width));
    if (x && isa<arith::ExtUIOp>(op))
      return number(x->zext(width));
    if (x && isa<arith::TruncIOp>(op))
      return number(x->trunc(width));
    return result;
  }
  if (operands.size() != 2)
    return result;
  std::optional<APInt> y = integerOf(operands[1]);
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    if (x && y)
      return number(
          APInt(1, arith::applyCmpPredicate(compare.getPredicate(), *x, *y)));
    return result;
  }
  if (x && y) {
    if (isa<arith::AddIOp>(op))
      return number(*x + *y);
    if (isa<arith::SubIOp>(op))
      return number(*x - *y);
    if (isa<arith::MulIOp>(op))
      return number(*x * *y);
    if (isa<arith::AndIOp>(op))
      return number(*x & *y);
    if (isa<arith::OrIOp>(op))
      return number(*x | *y);
    if (isa<arith::XOrIOp>(op))
      return number(*x ^ *y);
    if (isa<arith::MaxSIOp>(op))
      return number(x->sgt(*y) ? *x : *y);
    if (isa<arith::MinSIOp>(op))
      return number(x->slt(*y) ? *x : *y);
    return result;
  }
  for (auto [i, constant] : {std::pair(0, y), std::pair(1, x)}) {
    if (!constant)
      continue;
    const LaneValue &other = operands[i];
    bool isNeutral =
        (constant->isZero() &&
         (isa<arith::AddIOp, arith::OrIOp, arith::XOrIOp, arith::MaxUIOp>(op) ||
          (isa<arith::SubIOp>(op) && i == 0))) ||
        (constant->isOne() && isa<arith::MulIOp>(op)) ||
        (constant->isAllOnes() && isa<arith::AndIOp, arith::MinUIOp>(op)) ||
        (constant->isMinSignedValue() && isa<arith::MaxSIOp>(op)) ||
        (constant->isMaxSignedValue() && isa<arith::MinSIOp>(op));
    if (isNeutral)
      return same(other);
    if (constant->isZero() &&
        isa<arith::AndIOp, arith::MulIOp, arith::MinUIOp>(op))
      return number(*constant);
    if (constant->isAllOnes() && isa<arith::OrIOp, arith::MaxUIOp>(op))
      return number(*constant);
  }
  return result;
}

} // namespace triton_ext
