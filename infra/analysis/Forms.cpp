//===- Forms.cpp - affine forms of values -----------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Addition, subtraction, multiplication by a constant, left shift and
// truncation commute with "modulo 2^w", so that the form of a value in terms of
// its operands' always holds modulo 2^w, whatever wrapped on the way. Where the
// form's value provably lies in the signed range it holds in Z. Everything that
// needs its operand in Z (extensions, divisions) either proves that or leaves a
// condition on the form.
//===----------------------------------------------------------------------===//

#include "AnalysisImpl.h"
#include "TensorOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "triton_ext/Analysis/LoopInvariant.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace triton_ext {

using Impl = AffineAnalysis::Impl;

/// Deeper chains of operations than this become symbols, as the stack is
/// finite.
static constexpr unsigned maxDepth = 192;

bool AffineForm::isUniform() const {
  return llvm::all_of(strides, [](const Integer &s) { return s == 0; });
}

Interval AffineForm::laneRange() const {
  Interval range = Interval::point(Integer(0));
  for (auto [stride, size] : llvm::zip_equal(strides, shape))
    range = range + Interval{Integer(0), Integer(size - 1)}.scaled(stride);
  return range;
}

void AffineForm::print(raw_ostream &os) const {
  base.print(os);
  for (auto [dim, stride] : llvm::enumerate(strides))
    if (stride != 0)
      os << " + " << stride << "*i" << dim;
  os << " : i" << width << (exact ? "" : " (mod)");
  for (const Condition &condition : conditions)
    os << " if " << condition.min << " <= " << condition.expr << " + ["
       << condition.laneMin << ", " << condition.laneMax
       << "] <= " << condition.max;
}

//===----------------------------------------------------------------------===//
// Invariance
//===----------------------------------------------------------------------===//

bool Impl::canStandBefore(Value value, Operation *before) {
  if (isAvailable(value, before))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || depth >= maxDepth || !isHoistable(op))
    return false;
  ++depth;
  bool result = llvm::all_of(op->getOperands(), [&](Value operand) {
    return canStandBefore(operand, before);
  });
  --depth;
  return result;
}

bool Impl::isInvariant(Value value, scf::ForOp loop) {
  if (loop.isDefinedOutsideOfLoop(value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || depth >= maxDepth || !isHoistable(op))
    return false;
  ValueInLoop key(value, loop);
  auto known = invariants.find(key);
  if (known != invariants.end())
    return known->second;
  ++depth;
  bool result = llvm::all_of(op->getOperands(), [&](Value operand) {
    return isInvariant(operand, loop);
  });
  --depth;
  return invariants[key] = result;
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

/// A form of the value's shape and width that is zero.
static AffineForm zeroForm(Value value) {
  AffineForm form;
  form.width = *integerWidth(value.getType());
  if (auto tensor = dyn_cast<RankedTensorType>(value.getType())) {
    form.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
    form.strides.assign(form.shape.size(), Integer(0));
  }
  return form;
}

AffineForm Impl::opaque(Value value) {
  AffineForm form = zeroForm(value);
  form.base = LinearExpr(Symbol{value});
  form.exact = true;
  return form;
}

const AffineForm &Impl::formOf(Value value, scf::ForOp loop) {
  ValueInLoop key(value, loop ? loop.getOperation() : nullptr);
  auto known = forms.find(key);
  if (known != forms.end())
    return *known->second;
  auto form = std::make_unique<AffineForm>();
  if (depth >= maxDepth) {
    *form = opaque(value);
  } else {
    ++depth;
    *form = computeForm(value, loop);
    --depth;
  }
  return *(forms[key] = std::move(form));
}

AffineForm Impl::computeForm(Value value, scf::ForOp loop) {
  if (std::optional<Integer> constant = constantOf(value)) {
    AffineForm form = zeroForm(value);
    form.base = LinearExpr(*constant);
    form.exact = true;
    return form;
  }
  bool isScalar = !isa<ShapedType>(value.getType());
  bool mustBeExact = isScalar && (!loop || isInvariant(value, loop));
  if (loop && mustBeExact)
    return formOf(value, {});

  std::optional<AffineForm> form = decompose(value, loop);
  if (!form)
    return opaque(value);
  if (!form->exact)
    form->exact = Interval::signedRange(form->width).contains(boundsOf(*form));
  if (mustBeExact && (!form->exact || !form->conditions.empty()))
    return opaque(value);
  return *form;
}

std::optional<AffineForm> Impl::decompose(Value value, scf::ForOp loop) {
  if (*integerWidth(value.getType()) == 1)
    return std::nullopt;
  if (auto arg = dyn_cast<BlockArgument>(value))
    return decomposeArgument(arg, loop);
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    if (!integerWidth(operand.getType()))
      return std::nullopt;
  if (matchTensorOp(op).kind != TensorOp::None)
    return decomposeShape(op, loop);
  if (op->getNumResults() != 1)
    return std::nullopt;
  if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::IndexCastOp,
          arith::IndexCastUIOp>(op))
    return decomposeExtension(op, loop);
  if (auto division = decomposeDivision(op, loop))
    return division;
  return decomposeArith(op, loop);
}

std::optional<AffineForm> Impl::decomposeArgument(BlockArgument arg,
                                                  scf::ForOp loop) {
  if (!loop || arg.getOwner() != loop.getBody())
    return std::nullopt;
  std::optional<int64_t> step = constantStep(loop);
  if (!step)
    return std::nullopt;
  LinearExpr number(Symbol{loop.getInductionVar(), SymbolKind::Iteration});
  if (arg == loop.getInductionVar()) {
    AffineForm form = formOf(loop.getLowerBound(), {});
    form.base = form.base + number.scaled(Integer(*step));
    form.exact = true;
    return form;
  }
  auto increment =
      constantIncrement(arg, [&](Value v) { return constantOf(v); });
  if (!increment)
    return std::nullopt;
  AffineForm form = formOf(loop.getTiedLoopInit(arg)->get(), loop);
  form.base = form.base + number.scaled(*increment);
  form.exact = form.exact && *increment == 0;
  return form;
}

/// Whether the form speaks of the elements of a tensor that was not
/// understood: its lanes cannot be renamed.
static bool hasTensorSymbol(const AffineForm &form) {
  return llvm::any_of(form.base.terms(), [](const LinearExpr::Term &term) {
    return isa<ShapedType>(term.symbol.value.getType());
  });
}

std::optional<AffineForm> Impl::decomposeShape(Operation *op, scf::ForOp loop) {
  TensorOp tensorOp = matchTensorOp(op);
  AffineForm form = zeroForm(op->getResult(0));
  if (tensorOp.kind == TensorOp::MakeRange) {
    form.base = LinearExpr(Integer(tensorOp.start));
    form.strides[0] = Integer(1);
    return form;
  }
  if (!tensorOp.source)
    return std::nullopt;

  const AffineForm &source = formOf(tensorOp.source, loop);
  form.base = source.base;
  form.exact = source.exact;
  form.conditions = source.conditions;
  if (tensorOp.kind == TensorOp::Identity) {
    form.strides = source.strides;
    return form;
  }
  if (hasTensorSymbol(source))
    return std::nullopt;
  switch (tensorOp.kind) {
  case TensorOp::Splat:
    return form;
  case TensorOp::ExpandDims:
    form.strides = source.strides;
    form.strides.insert(form.strides.begin() + tensorOp.axis, Integer(0));
    return form;
  case TensorOp::Broadcast:
    for (auto [i, size] : llvm::enumerate(source.shape))
      if (size != 1)
        form.strides[i] = source.strides[i];
    return form;
  case TensorOp::Trans:
    for (auto [i, from] : llvm::enumerate(tensorOp.order))
      form.strides[i] = source.strides[from];
    return form;
  case TensorOp::Rearrange:
    if (source.isUniform())
      return form;
    return std::nullopt;
  default:
    return std::nullopt;
  }
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static bool operator==(const AffineForm::Condition &a,
                       const AffineForm::Condition &b) {
  return a.expr == b.expr && a.laneMin == b.laneMin && a.laneMax == b.laneMax &&
         a.min == b.min && a.max == b.max;
}

static AffineForm scaled(AffineForm form, const Integer &factor) {
  form.base = form.base.scaled(factor);
  for (Integer &stride : form.strides)
    stride *= factor;
  form.exact = form.exact && factor == 1;
  return form;
}

static AffineForm add(AffineForm a, const AffineForm &b) {
  a.base = a.base + b.base;
  for (auto [mine, other] : llvm::zip_equal(a.strides, b.strides))
    mine += other;
  for (const AffineForm::Condition &condition : b.conditions)
    if (!llvm::is_contained(a.conditions, condition))
      a.conditions.push_back(condition);
  a.exact = false;
  return a;
}

/// Either the form's value provably lies in `allowed`, or that becomes a
/// condition of it.
void Impl::require(AffineForm &form, const Interval &allowed) {
  if (allowed.contains(boundsOf(form)))
    return;
  Interval lanes = form.laneRange();
  AffineForm::Condition condition{form.base, lanes.lo, lanes.hi, allowed.lo,
                                  allowed.hi};
  if (!llvm::is_contained(form.conditions, condition))
    form.conditions.push_back(condition);
}

/// The shift amount's power of two, if it is constant and less than the width.
static std::optional<Integer> powerOfShift(std::optional<Integer> amount,
                                           unsigned width) {
  if (!amount || *amount < 0 || *amount >= int64_t(width))
    return std::nullopt;
  unsigned bit = int64_t(*amount);
  return Integer(APInt::getOneBitSet(bit + 2, bit));
}

/// If the form is a value as it stands, makes it that value read as unsigned.
bool Impl::readUnsigned(AffineForm &form) {
  ArrayRef<LinearExpr::Term> terms = form.base.terms();
  if (!form.exact || !form.conditions.empty() || !form.isUniform() ||
      terms.size() != 1 || form.base.constant() != 0 ||
      terms[0].coefficient != 1 || terms[0].symbol.kind != SymbolKind::Signed)
    return false;
  Value value = terms[0].symbol.value;
  if (integerWidth(value.getType()) != form.width ||
      loopOfInductionVar(value) || rangeOf(terms[0].symbol).lo >= 0)
    return false;
  form.base = LinearExpr(Symbol{value, SymbolKind::Unsigned});
  return true;
}

std::optional<AffineForm> Impl::decomposeExtension(Operation *op,
                                                   scf::ForOp loop) {
  Value source = op->getOperand(0);
  unsigned from = *integerWidth(source.getType());
  unsigned to = *integerWidth(op->getResult(0).getType());
  AffineForm form = formOf(source, loop);
  if (to <= from) {
    form.width = to;
    form.exact = form.exact && to == from;
    return form;
  }
  bool isSigned = isa<arith::ExtSIOp, arith::IndexCastOp>(op);
  if (from == 1) {
    // i1 is read as 0 or 1 here.
    form = scaled(form, Integer(isSigned ? -1 : 1));
  } else if (isSigned) {
    if (!form.exact)
      require(form, Interval::signedRange(from));
  } else if (!readUnsigned(form)) {
    require(form, Interval::unsignedRange(from));
  }
  form.width = to;
  form.exact = true;
  return form;
}
namespace {
/// A form N written as divisor * quotient + remainder, 0 <= remainder <
/// divisor in every lane.
struct Split {
  AffineForm quotient, remainder;
};
} // namespace

static std::optional<Split> splitBy(const AffineForm &form,
                                    const Integer &divisor, Impl &impl) {
  Split split{form, form};
  split.quotient.base = LinearExpr();
  split.remainder.base = LinearExpr(form.base.constant());
  for (const LinearExpr::Term &term : form.base.terms()) {
    LinearExpr symbol(term.symbol);
    if (mod(term.coefficient, divisor) == 0)
      split.quotient.base = split.quotient.base +
                            symbol.scaled(floorDiv(term.coefficient, divisor));
    else
      split.remainder.base =
          split.remainder.base + symbol.scaled(term.coefficient);
  }
  for (auto [i, stride] : llvm::enumerate(form.strides)) {
    bool divides = mod(stride, divisor) == 0;
    split.quotient.strides[i] =
        divides ? floorDiv(stride, divisor) : Integer(0);
    split.remainder.strides[i] = divides ? Integer(0) : stride;
  }
  Interval rest = impl.boundsOf(split.remainder);
  Integer quotient = floorDiv(rest.lo, divisor);
  if (quotient != floorDiv(rest.hi, divisor))
    return std::nullopt;
  split.quotient.base = split.quotient.base + quotient;
  split.remainder.base = split.remainder.base + -quotient * divisor;
  split.quotient.exact = split.remainder.exact = true;
  return split;
}

std::optional<AffineForm> Impl::decomposeDivision(Operation *op,
                                                  scf::ForOp loop) {
  bool isShift = isa<arith::ShRSIOp, arith::ShRUIOp>(op);
  bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp,
                      arith::CeilDivSIOp, arith::ShRSIOp>(op);
  bool isUnsigned =
      isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp, arith::ShRUIOp>(
          op);
  if (!isSigned && !isUnsigned)
    return std::nullopt;
  AffineForm dividend = formOf(op->getOperand(0), loop);
  std::optional<Integer> divisor = constantOf(op->getOperand(1));
  if (isShift)
    divisor = powerOfShift(divisor, dividend.width);
  if (!divisor || *divisor <= 0)
    return std::nullopt;
  if (*divisor == 1 && !isa<arith::RemSIOp, arith::RemUIOp>(op))
    return dividend;

  // What is divided is the dividend's value as a number, read as the operation
  // reads it. Rounding towards zero is rounding down if nothing is negative.
  unsigned width = dividend.width;
  if (isUnsigned) {
    require(dividend, Interval::unsignedRange(width));
  } else {
    bool roundsToZero = isa<arith::DivSIOp, arith::RemSIOp>(op);
    Interval allowed = Interval::signedRange(width);
    if (roundsToZero)
      allowed.lo = Integer(0);
    if (roundsToZero || !dividend.exact)
      require(dividend, allowed);
  }
  if (isa<arith::CeilDivSIOp, arith::CeilDivUIOp>(op))
    dividend.base = dividend.base + (*divisor - 1);
  std::optional<Split> split = splitBy(dividend, *divisor, *this);
  if (!split)
    return std::nullopt;
  bool isRemainder = isa<arith::RemSIOp, arith::RemUIOp>(op);
  return isRemainder ? split->remainder : split->quotient;
}

std::optional<Integer> alignmentOfMask(std::optional<Integer> mask) {
  if (!mask || *mask >= 0 || *mask <= Interval::signedRange(64).lo)
    return std::nullopt;
  Integer power = -*mask;
  if (!llvm::isPowerOf2_64(uint64_t(int64_t(power))))
    return std::nullopt;
  return power;
}

std::optional<Integer> afterLowBits(std::optional<Integer> mask) {
  if (!mask || *mask <= 0 || !llvm::isPowerOf2_64(uint64_t(int64_t(*mask)) + 1))
    return std::nullopt;
  return *mask + 1;
}

std::optional<AffineForm> Impl::decomposeArith(Operation *op, scf::ForOp loop) {
  unsigned width = *integerWidth(op->getResult(0).getType());
  auto form = [&](unsigned i) -> const AffineForm & {
    return formOf(op->getOperand(i), loop);
  };
  auto constant = [&](unsigned i) { return constantOf(op->getOperand(i)); };
  auto plain = [&](unsigned i) {
    return form(i).exact && form(i).conditions.empty();
  };
  using Result = std::optional<AffineForm>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddIOp) -> Result { return add(form(0), form(1)); })
      .Case([&](arith::SubIOp) -> Result {
        return add(form(0), scaled(form(1), Integer(-1)));
      })
      .Case([&](arith::MulIOp) -> Result {
        if (auto factor = constant(1))
          return scaled(form(0), *factor);
        if (auto factor = constant(0))
          return scaled(form(1), *factor);
        return std::nullopt;
      })
      .Case([&](arith::ShLIOp) -> Result {
        if (auto factor = powerOfShift(constant(1), width))
          return scaled(form(0), *factor);
        return std::nullopt;
      })
      .Case([&](arith::TruncIOp) -> Result {
        AffineForm truncated = form(0);
        truncated.width = width;
        truncated.exact = false;
        return truncated;
      })
      .Case([&](arith::XOrIOp) -> Result {
        // x ^ -1 = -1 - x
        unsigned other = constant(0) ? 1 : 0;
        if (constant(1 - other) != Integer(-1))
          return std::nullopt;
        AffineForm negated = scaled(form(other), Integer(-1));
        negated.base = negated.base + Integer(-1);
        negated.exact = form(other).exact;
        return negated;
      })
      .Case([&](arith::AndIOp) -> Result {
        // x & (2^k - 1) needs x modulo 2^k only, x & -2^k is the rest.
        unsigned other = constant(0) ? 1 : 0;
        std::optional<Integer> mask = constant(1 - other);
        if (std::optional<Integer> power = afterLowBits(mask)) {
          if (auto split = splitBy(form(other), *power, *this))
            return split->remainder;
        } else if (std::optional<Integer> power = alignmentOfMask(mask)) {
          if (auto split = splitBy(form(other), *power, *this))
            return add(form(other), scaled(split->remainder, Integer(-1)));
        }
        return std::nullopt;
      })
      .Case([&](arith::OrIOp) -> Result {
        // Disjoint bits add up.
        for (auto [high, low] : {std::pair(0, 1), std::pair(1, 0)}) {
          Integer divisor = factsOf(op->getOperand(high)).congruence.divisor();
          Interval range = factsOf(op->getOperand(low)).range;
          Integer power(1);
          while (power <= range.hi)
            power *= Integer(2);
          if (range.lo >= 0 && mod(divisor, power) == 0)
            return add(form(0), form(1));
        }
        return std::nullopt;
      })
      .Case<arith::MinSIOp, arith::MaxSIOp>([&](auto minMax) -> Result {
        if (!plain(0) || !plain(1))
          return std::nullopt;
        constexpr bool isMin = std::is_same_v<decltype(minMax), arith::MinSIOp>;
        Interval difference =
            boundsOf(add(form(0), scaled(form(1), Integer(-1))));
        if (difference.hi <= 0)
          return form(isMin ? 0 : 1);
        if (difference.lo >= 0)
          return form(isMin ? 1 : 0);
        return std::nullopt;
      })
      .Case([&](arith::SelectOp) -> Result {
        if (auto condition = constant(0))
          return form(*condition == 0 ? 2 : 1);
        if (op->getOperand(1) == op->getOperand(2))
          return form(1);
        return std::nullopt;
      })
      .Default([](Operation *) -> Result { return std::nullopt; });
}

} // namespace triton_ext
