//===- Facts.cpp - interval and residue class of a value --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Facts go from operands to results. The transfer functions of intervals are
// MLIR's own (InferIntRangeInterface and its helpers), called so that overflow
// flags do not count; residue classes are ours. Cycles through loop-carried
// values are cut by knowing nothing, but for counters.
//===----------------------------------------------------------------------===//

#include "AnalysisImpl.h"
#include "TensorOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferIntRangeInterface.h"
#include "mlir/Interfaces/Utils/InferIntRangeCommon.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace triton_ext {

/// Deeper chains of operations than this are cut, as the stack is finite.
static constexpr unsigned maxDepth = 256;

using Impl = AffineAnalysis::Impl;

std::optional<unsigned> integerWidth(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (!tensor.hasStaticShape() || tensor.getNumElements() == 0)
      return std::nullopt;
    type = tensor.getElementType();
  }
  if (type.isIndex())
    return IndexType::kInternalStorageBitWidth;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() < 1 || integer.getWidth() > 64)
    return std::nullopt;
  return integer.getWidth();
}

scf::ForOp loopOfInductionVar(Value value) {
  auto arg = dyn_cast<BlockArgument>(value);
  if (!arg)
    return {};
  auto loop = dyn_cast_or_null<scf::ForOp>(arg.getOwner()->getParentOp());
  return loop && loop.getInductionVar() == value ? loop : scf::ForOp();
}

/// What is added to `arg` to make `value`.
static std::optional<Integer>
offsetFrom(Value value, BlockArgument arg,
           llvm::function_ref<std::optional<Integer>(Value)> constantOf,
           unsigned depth) {
  if (value == arg)
    return Integer(0);
  if (depth == 0)
    return std::nullopt;
  if (auto add = value.getDefiningOp<arith::AddIOp>()) {
    for (auto [from, by] : {std::pair(add.getLhs(), add.getRhs()),
                            std::pair(add.getRhs(), add.getLhs())})
      if (auto offset = offsetFrom(from, arg, constantOf, depth - 1))
        if (auto constant = constantOf(by))
          return *offset + *constant;
  }
  if (auto sub = value.getDefiningOp<arith::SubIOp>())
    if (auto offset = offsetFrom(sub.getLhs(), arg, constantOf, depth - 1))
      if (auto constant = constantOf(sub.getRhs()))
        return *offset - *constant;
  return std::nullopt;
}

std::optional<Integer> constantIncrement(
    BlockArgument arg,
    llvm::function_ref<std::optional<Integer>(Value)> constantOf) {
  auto loop = dyn_cast_or_null<scf::ForOp>(arg.getOwner()->getParentOp());
  if (!loop || arg == loop.getInductionVar())
    return std::nullopt;
  Value next = loop.getTiedLoopYieldedValue(arg)->get();
  return offsetFrom(next, arg, constantOf, /*depth=*/4);
}

//===----------------------------------------------------------------------===//
// Between our intervals and MLIR's
//===----------------------------------------------------------------------===//

static APInt toAPInt(const Integer &value, unsigned width) {
  return APInt(width, static_cast<uint64_t>(int64_t(value)),
               /*isSigned=*/false, /*implicitTrunc=*/true);
}

static ConstantIntRanges toRanges(const Interval &interval, unsigned width) {
  if (width > 1)
    return ConstantIntRanges::fromSigned(toAPInt(interval.lo, width),
                                         toAPInt(interval.hi, width));
  return interval.isPoint()
             ? ConstantIntRanges::constant(toAPInt(interval.lo, 1))
             : ConstantIntRanges::maxRange(1);
}

static Interval fromRanges(const ConstantIntRanges &ranges, unsigned width) {
  Integer umin(APInt(ranges.umin().zext(width + 1)));
  Integer umax(APInt(ranges.umax().zext(width + 1)));
  if (width == 1)
    return {umin, umax};
  Interval result{Integer(ranges.smin()), Integer(ranges.smax())};
  if (umax <= Interval::signedRange(width).hi)
    result = result.intersect({umin, umax});
  return result;
}

/// All values of the type; i1 is 0 or 1.
static Interval typeRange(unsigned width) {
  return width == 1 ? Interval{Integer(0), Integer(1)}
                    : Interval::signedRange(width);
}

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

Impl::Facts Impl::factsOf(Value value) {
  auto known = facts.find(value);
  if (known != facts.end())
    return known->second;
  unsigned width = *integerWidth(value.getType());
  if (depth >= maxDepth || !factsInProgress.insert(value).second)
    return {typeRange(width), Congruence::any()};
  ++depth;
  Facts result = computeFacts(value);
  --depth;
  factsInProgress.erase(value);
  facts[value] = result;
  return result;
}

Impl::Facts Impl::computeFacts(Value value) {
  unsigned width = *integerWidth(value.getType());
  Facts type{typeRange(width), Congruence::any()};
  Facts result = type;
  if (auto arg = dyn_cast<BlockArgument>(value))
    result = blockArgumentFacts(arg, type);
  else
    result = operationFacts(cast<OpResult>(value), type);
  result.range = result.range.intersect(type.range);
  if (width > 1) {
    applyHints(value, result);
    applySupposed(value, result);
  }

  Interval tight = result.congruence.tighten(result.range);
  // Nothing holds the empty set: what is said about code that never runs does
  // not matter, but everybody may rely on lo <= hi.
  if (tight.isEmpty())
    return type;
  if (tight.isPoint())
    return {tight, Congruence::constant(tight.lo)};
  return {tight, result.congruence};
}

std::optional<Integer> Impl::constantOf(Value value) {
  if (!integerWidth(value.getType()))
    return std::nullopt;
  Interval range = factsOf(value).range;
  return range.isPoint() ? std::optional(range.lo) : std::nullopt;
}

Interval Impl::rangeOf(const Symbol &symbol) {
  if (symbol.kind == SymbolKind::Iteration) {
    Integer trips = maxTripCount(loopOfInductionVar(symbol.value));
    return {Integer(0), std::max(trips - 1, Integer(0))};
  }
  Interval range = factsOf(symbol.value).range;
  if (symbol.kind == SymbolKind::Signed || range.lo >= 0)
    return range;
  Interval all = Interval::unsignedRange(*integerWidth(symbol.value.getType()));
  if (range.hi >= 0)
    return all;
  return range + Interval::point(all.hi + 1);
}

Congruence Impl::congruenceOf(const Symbol &symbol) {
  if (symbol.kind == SymbolKind::Iteration)
    return Congruence::any();
  Facts known = factsOf(symbol.value);
  if (symbol.kind == SymbolKind::Signed || known.range.lo >= 0)
    return known.congruence;
  return known.congruence.wrapped(*integerWidth(symbol.value.getType()));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Whether a signed reading of the loop's comparison is right.
static bool comparesAsSigned(scf::ForOp loop, Impl &impl) {
  return !loop.getUnsignedCmp() ||
         (impl.factsOf(loop.getLowerBound()).range.lo >= 0 &&
          impl.factsOf(loop.getUpperBound()).range.lo >= 0);
}

bool Impl::countsUp(scf::ForOp loop) {
  return factsOf(loop.getStep()).range.lo > 0 && comparesAsSigned(loop, *this);
}

std::optional<int64_t> Impl::constantStep(scf::ForOp loop) {
  std::optional<Integer> step = constantOf(loop.getStep());
  if (!step || *step <= 0 || !comparesAsSigned(loop, *this))
    return std::nullopt;
  return int64_t(*step);
}

Integer Impl::maxTripCount(scf::ForOp loop) {
  Integer span = factsOf(loop.getUpperBound()).range.hi -
                 factsOf(loop.getLowerBound()).range.lo;
  return std::max(ceilDiv(span, Integer(*constantStep(loop))), Integer(0));
}

static Impl::Facts inductionVarFacts(scf::ForOp loop, Impl::Facts type,
                                     Impl &impl) {
  if (!impl.countsUp(loop))
    return type;
  Impl::Facts lower = impl.factsOf(loop.getLowerBound());
  Impl::Facts upper = impl.factsOf(loop.getUpperBound());
  Impl::Facts step = impl.factsOf(loop.getStep());
  return {{lower.range.lo, upper.range.hi - 1},
          lower.congruence +
              Congruence::make(step.congruence.divisor(), Integer(0))};
}

/// start + k * increment for k in [0, maxNumber], modulo 2^width.
static Impl::Facts counterFacts(const Impl::Facts &start,
                                const Integer &increment,
                                const Integer &maxNumber,
                                const Impl::Facts &type, unsigned width) {
  Integer magnitude = increment < 0 ? -increment : increment;
  Congruence grid = start.congruence + Congruence::make(magnitude, Integer(0));
  Interval span =
      start.range + Interval{Integer(0), maxNumber}.scaled(increment);
  if (type.range.contains(span))
    return {span, grid};
  return {type.range, grid.wrapped(width)};
}

static Impl::Facts loopCarriedFacts(BlockArgument arg, scf::ForOp loop,
                                    Impl::Facts type, Impl &impl) {
  auto increment =
      constantIncrement(arg, [&](Value v) { return impl.constantOf(v); });
  unsigned width = *integerWidth(arg.getType());
  if (!increment || width == 1)
    return type;
  Impl::Facts start = impl.factsOf(loop.getTiedLoopInit(arg)->get());
  if (*increment == 0)
    return start;
  if (!impl.constantStep(loop))
    return type;
  Integer last = std::max(impl.maxTripCount(loop) - 1, Integer(0));
  return counterFacts(start, *increment, last, type, width);
}

/// What the launcher, or whoever made the function, promises about an argument.
static Impl::Facts argumentFacts(BlockArgument arg,
                                 FunctionOpInterface function,
                                 Impl::Facts type) {
  auto attribute = [&](StringRef name) {
    return function.getArgAttrOfType<IntegerAttr>(arg.getArgNumber(), name);
  };
  Impl::Facts result = type;
  if (IntegerAttr equal = attribute("tt.equal_to"))
    result.range = Interval::point(Integer(equal.getInt()));
  if (IntegerAttr divisor = attribute("tt.divisibility"))
    if (divisor.getInt() > 0)
      result.congruence =
          Congruence::make(Integer(divisor.getInt()), Integer(0));
  return result;
}

Impl::Facts Impl::blockArgumentFacts(BlockArgument arg, Facts type) {
  Operation *parent = arg.getOwner()->getParentOp();
  if (auto loop = dyn_cast_or_null<scf::ForOp>(parent)) {
    if (arg == loop.getInductionVar())
      return inductionVarFacts(loop, type, *this);
    return loopCarriedFacts(arg, loop, type, *this);
  }
  auto function = dyn_cast_or_null<FunctionOpInterface>(parent);
  if (function && arg.getOwner()->isEntryBlock() &&
      isa<IntegerType>(arg.getType()))
    return argumentFacts(arg, function, type);
  return type;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static Impl::Facts hull(const Impl::Facts &a, const Impl::Facts &b) {
  return {a.range.hull(b.range), a.congruence.join(b.congruence)};
}

static Impl::Facts constantFacts(Attribute attribute, Impl::Facts type,
                                 unsigned width) {
  auto read = [&](const APInt &bits) {
    return width == 1 ? Integer(int64_t(bits.getZExtValue())) : Integer(bits);
  };
  auto point = [&](const APInt &bits) -> Impl::Facts {
    Integer value = read(bits);
    return {Interval::point(value), Congruence::constant(value)};
  };
  if (auto integer = dyn_cast<IntegerAttr>(attribute))
    return point(integer.getValue());
  auto dense = dyn_cast<DenseIntElementsAttr>(attribute);
  if (!dense || dense.getNumElements() == 0)
    return type;
  if (dense.isSplat())
    return point(dense.getSplatValue<APInt>());
  std::optional<Impl::Facts> all;
  for (const APInt &element : dense.getValues<APInt>())
    all = all ? hull(*all, point(element)) : point(element);
  return *all;
}

Impl::Facts Impl::operationFacts(OpResult result, Facts type) {
  Operation *op = result.getOwner();
  unsigned width = *integerWidth(result.getType());
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return constantFacts(constant.getValue(), type, width);

  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned i = result.getResultNumber();
    return hull(factsOf(branch.thenYield().getOperand(i)),
                factsOf(branch.elseYield().getOperand(i)));
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    unsigned i = result.getResultNumber();
    return hull(factsOf(loop.getInitArgs()[i]),
                factsOf(loop.getYieldedValues()[i]));
  }

  TensorOp tensorOp = matchTensorOp(op);
  switch (tensorOp.kind) {
  case TensorOp::ProgramId:
  case TensorOp::NumPrograms: {
    // Ids lie below the number of programs.
    Integer count((int64_t(1) << 31) - 1);
    if (cudaGrid && tensorOp.axis > 0)
      count = Integer(65535);
    if (tensorOp.kind == TensorOp::ProgramId)
      return {{Integer(0), count - 1}, Congruence::any()};
    return {{Integer(1), count}, Congruence::any()};
  }
  case TensorOp::MakeRange: {
    Integer length(cast<RankedTensorType>(result.getType()).getNumElements());
    Integer start(tensorOp.start);
    return {{start, start + length - 1}, Congruence::any()};
  }
  case TensorOp::None:
    break;
  default:
    return integerWidth(tensorOp.source.getType()) ? factsOf(tensorOp.source)
                                                   : type;
  }

  for (Value operand : op->getOperands())
    if (!integerWidth(operand.getType()))
      return type;
  if (!isa_and_nonnull<arith::ArithDialect>(op->getDialect()) ||
      op->getNumResults() != 1)
    return type;
  Facts known = type;
  if (std::optional<Interval> range = transferRange(op, type.range))
    known.range = *range;
  if (width > 1)
    known.congruence = transferCongruence(op);
  return known;
}

/// The quotients by a positive constant, rounded down or up. MLIR's own helper
/// for rounding up is wrong at the least value of the type.
static std::optional<Interval> roundedQuotients(Operation *op, Impl &impl) {
  std::optional<Integer> divisor = impl.constantOf(op->getOperand(1));
  if (!divisor || *divisor <= 0)
    return std::nullopt;
  Interval dividend = impl.factsOf(op->getOperand(0)).range;
  if (isa<arith::CeilDivUIOp>(op) && dividend.lo < 0)
    return std::nullopt;
  if (isa<arith::FloorDivSIOp>(op))
    return Interval{floorDiv(dividend.lo, *divisor),
                    floorDiv(dividend.hi, *divisor)};
  return Interval{ceilDiv(dividend.lo, *divisor),
                  ceilDiv(dividend.hi, *divisor)};
}

std::optional<Interval> Impl::transferRange(Operation *op,
                                            const Interval &type) {
  if (isa<arith::FloorDivSIOp, arith::CeilDivSIOp, arith::CeilDivUIOp>(op))
    return roundedQuotients(op, *this);
  SmallVector<ConstantIntRanges> args;
  for (Value operand : op->getOperands())
    args.push_back(
        toRanges(factsOf(operand).range, *integerWidth(operand.getType())));
  unsigned width = *integerWidth(op->getResult(0).getType());

  std::optional<ConstantIntRanges> result =
      llvm::TypeSwitch<Operation *, std::optional<ConstantIntRanges>>(op)
          .Case([&](arith::AddIOp) { return intrange::inferAdd(args); })
          .Case([&](arith::SubIOp) { return intrange::inferSub(args); })
          .Case([&](arith::MulIOp) { return intrange::inferMul(args); })
          .Case([&](arith::ShLIOp) { return intrange::inferShl(args); })
          .Case([&](arith::ExtUIOp) {
            return intrange::extUIRange(args[0], width);
          })
          .Case([&](arith::TruncIOp) {
            return intrange::truncRange(args[0], width);
          })
          .Default([&](Operation *) {
            std::optional<ConstantIntRanges> inferred;
            if (auto infer = dyn_cast<InferIntRangeInterface>(op))
              infer.inferResultRanges(
                  args, [&](Value, const ConstantIntRanges &range) {
                    inferred = range;
                  });
            return inferred;
          });
  if (!result)
    return std::nullopt;
  return fromRanges(*result, width);
}

/// The largest k <= width such that 2^k divides all members.
static unsigned trailingZeros(const Congruence &congruence, unsigned width) {
  Integer divisor = congruence.divisor();
  unsigned zeros = 0;
  while (zeros < width && mod(divisor, Integer(2)) == 0) {
    divisor = floorDiv(divisor, Integer(2));
    ++zeros;
  }
  return zeros;
}

static Congruence multiplesOfPower(unsigned zeros) {
  return Congruence::make(Integer(APInt::getOneBitSet(zeros + 2, zeros)),
                          Integer(0));
}

static Congruence multiply(const Congruence &a, const Congruence &b) {
  auto absolute = [](const Integer &x) { return x < 0 ? -x : x; };
  Integer modulus =
      gcd(gcd(a.modulus * b.modulus, a.modulus * absolute(b.remainder)),
          b.modulus * absolute(a.remainder));
  return Congruence::make(modulus, a.remainder * b.remainder);
}

/// The quotients by `divisor` of the members, where all of them are multiples.
static Congruence divideExactly(const Congruence &congruence,
                                const Integer &divisor) {
  if (mod(congruence.divisor(), divisor) != 0)
    return Congruence::any();
  return Congruence::make(floorDiv(congruence.modulus, divisor),
                          floorDiv(congruence.remainder, divisor));
}

Congruence Impl::transferCongruence(Operation *op) {
  unsigned width = *integerWidth(op->getResult(0).getType());
  Interval type = Interval::signedRange(width);
  SmallVector<Facts, 3> args;
  SmallVector<unsigned, 3> widths;
  for (Value operand : op->getOperands()) {
    args.push_back(factsOf(operand));
    widths.push_back(*integerWidth(operand.getType()));
  }
  auto unlessWrapped = [&](const Interval &exactRange,
                           const Congruence &exact) {
    return type.contains(exactRange) ? exact : exact.wrapped(width);
  };
  // A constant second operand that is positive.
  auto divisor = [&]() -> std::optional<Integer> {
    if (args.size() == 2 && args[1].range.isPoint() && args[1].range.lo > 0)
      return args[1].range.lo;
    return std::nullopt;
  };
  auto shiftFactor = [&]() -> std::optional<Integer> {
    const Interval &amount = args[1].range;
    if (!amount.isPoint() || amount.lo < 0 || amount.lo >= int64_t(width))
      return std::nullopt;
    return multiplesOfPower(int64_t(amount.lo)).modulus;
  };

  if (isa<arith::AddIOp>(op))
    return unlessWrapped(args[0].range + args[1].range,
                         args[0].congruence + args[1].congruence);
  if (isa<arith::SubIOp>(op))
    return unlessWrapped(args[0].range + args[1].range.scaled(Integer(-1)),
                         args[0].congruence +
                             args[1].congruence.scaled(Integer(-1)));
  if (isa<arith::MulIOp>(op)) {
    const Interval &a = args[0].range, &b = args[1].range;
    Interval product = a.scaled(b.lo).hull(a.scaled(b.hi));
    return unlessWrapped(product,
                         multiply(args[0].congruence, args[1].congruence));
  }
  if (isa<arith::ShLIOp>(op)) {
    if (auto factor = shiftFactor())
      return unlessWrapped(args[0].range.scaled(*factor),
                           args[0].congruence.scaled(*factor));
    return multiplesOfPower(trailingZeros(args[0].congruence, width));
  }
  if (isa<arith::ExtSIOp, arith::IndexCastOp, arith::TruncIOp>(op)) {
    if (widths[0] == 1)
      return Congruence::any();
    return unlessWrapped(args[0].range, args[0].congruence);
  }
  if (isa<arith::ExtUIOp, arith::IndexCastUIOp>(op)) {
    if (widths[0] == 1 || args[0].range.lo >= 0)
      return unlessWrapped(args[0].range, args[0].congruence);
    return args[0].congruence.wrapped(std::min(widths[0], width));
  }
  if (isa<arith::DivSIOp, arith::FloorDivSIOp, arith::CeilDivSIOp>(op) ||
      (isa<arith::DivUIOp, arith::CeilDivUIOp>(op) && args[0].range.lo >= 0)) {
    if (auto d = divisor())
      return divideExactly(args[0].congruence, *d);
    return Congruence::any();
  }
  if (isa<arith::ShRSIOp>(op) ||
      (isa<arith::ShRUIOp>(op) && args[0].range.lo >= 0)) {
    if (auto factor = shiftFactor())
      return divideExactly(args[0].congruence, *factor);
    return Congruence::any();
  }
  if (isa<arith::RemSIOp, arith::RemUIOp>(op)) {
    auto d = divisor();
    if (!d)
      return Congruence::any();
    Congruence dividend = args[0].congruence;
    if (isa<arith::RemUIOp>(op) && args[0].range.lo < 0)
      dividend = dividend.wrapped(width);
    return Congruence::make(gcd(dividend.modulus, *d), dividend.remainder);
  }
  if (isa<arith::AndIOp>(op))
    return multiplesOfPower(std::max(trailingZeros(args[0].congruence, width),
                                     trailingZeros(args[1].congruence, width)));
  if (isa<arith::OrIOp, arith::XOrIOp>(op))
    return multiplesOfPower(std::min(trailingZeros(args[0].congruence, width),
                                     trailingZeros(args[1].congruence, width)));
  if (isa<arith::MinSIOp, arith::MaxSIOp, arith::MinUIOp, arith::MaxUIOp>(op))
    return args[0].congruence.join(args[1].congruence);
  if (isa<arith::SelectOp>(op))
    return args[1].congruence.join(args[2].congruence);
  return Congruence::any();
}

} // namespace triton_ext
