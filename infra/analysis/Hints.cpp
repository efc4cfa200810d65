//===- Hints.cpp - assumptions, tl.multiple_of, options ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Assumptions are about single values, "n >= 0", and then they are facts of
// these; or about sums of several, "p * 64 + 64 <= n". The latter hold for an
// expression only if it is looked at where the assumption was reached: one in
// the function's entry block is reached always, one in a loop's body in each
// iteration.
//===----------------------------------------------------------------------===//

#include "AnalysisImpl.h"
#include "TensorOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace triton_ext {

using Impl = AffineAnalysis::Impl;

/// The value that `compare` says is a multiple of the second operand of its
/// remainder, or of one more than the mask: x % d == 0, x & (2^k - 1) == 0.
static std::pair<Value, Integer> readMultiple(arith::CmpIOp compare,
                                              Impl &impl) {
  std::pair<Value, Integer> none{Value(), Integer(0)};
  Operation *op = compare.getLhs().getDefiningOp();
  if (!isa_and_nonnull<arith::RemSIOp, arith::RemUIOp, arith::AndIOp>(op) ||
      compare.getPredicate() != arith::CmpIPredicate::eq ||
      impl.constantOf(compare.getRhs()) != Integer(0))
    return none;
  std::optional<Integer> number = impl.constantOf(op->getOperand(1));
  if (!number || *number <= 0)
    return none;
  Integer divisor = isa<arith::AndIOp>(op) ? *number + 1 : *number;
  bool isPower = llvm::isPowerOf2_64(uint64_t(int64_t(divisor)));
  // As unsigned a number differs by a power of two.
  if ((isa<arith::AndIOp>(op) && !isPower) ||
      (isa<arith::RemUIOp>(op) && !isPower &&
       impl.factsOf(op->getOperand(0)).range.lo < 0))
    return none;
  return {op->getOperand(0), divisor};
}

/// The class cut down to the members that are `remainder` modulo `modulus`, as
/// far as that is one class that is easily said.
static Congruence restrict(const Congruence &known, const Integer &modulus,
                           const Integer &remainder) {
  Congruence added = Congruence::make(modulus, remainder);
  if (known.modulus == 0)
    return known;
  if (known.remainder == 0 && added.remainder == 0)
    return Congruence::make(known.modulus *
                                floorDiv(modulus, gcd(known.modulus, modulus)),
                            Integer(0));
  return added.modulus > known.modulus ? added : known;
}

//===----------------------------------------------------------------------===//
// Single values
//===----------------------------------------------------------------------===//

void Impl::collectAssumptions() {
  assumptionsCollected = true;
  SmallVector<std::pair<Value, Block *>> conditions;
  root->walk([&](Operation *op) {
    if (op->getName().getStringRef() == "llvm.intr.assume" &&
        op->getNumOperands() > 0)
      conditions.push_back({op->getOperand(0), op->getBlock()});
    else if (op->hasAttr("tt.divisibility"))
      hintedTensors.push_back(op);
    TensorOp tensorOp = matchTensorOp(op);
    if (tensorOp.kind == TensorOp::NumPrograms && !gridSizes[tensorOp.axis])
      gridSizes[tensorOp.axis] = op->getResult(0);
  });
  while (!conditions.empty()) {
    auto [condition, block] = conditions.pop_back_val();
    Operation *op = condition.getDefiningOp();
    if (auto both = dyn_cast_or_null<arith::AndIOp>(op))
      for (Value operand : both->getOperands())
        conditions.push_back({operand, block});
    auto compare = dyn_cast_or_null<arith::CmpIOp>(op);
    if (!compare)
      continue;
    assumed.push_back({compare, block});
    // In the block of the value itself the assumption is reached whenever the
    // value is computed.
    auto record = [&, block = block](Value value) {
      if (value.getParentBlock() == block &&
          !value.getDefiningOp<arith::ConstantOp>())
        assumptions[value].push_back(compare);
    };
    for (Value side : compare->getOperands()) {
      record(side);
      if (isa_and_nonnull<arith::RemSIOp, arith::RemUIOp, arith::AndIOp>(
              side.getDefiningOp()))
        record(side.getDefiningOp()->getOperand(0));
    }
  }
}

void Impl::applyAssumption(Value value, Operation *op, Facts &known) {
  auto compare = cast<arith::CmpIOp>(op);
  Value lhs = compare.getLhs(), rhs = compare.getRhs();
  arith::CmpIPredicate predicate = compare.getPredicate();

  if (lhs != value && rhs != value) {
    auto [multiple, divisor] = readMultiple(compare, *this);
    if (multiple == value)
      known.congruence = restrict(known.congruence, divisor, Integer(0));
    return;
  }

  if (rhs == value) {
    std::swap(lhs, rhs);
    using P = arith::CmpIPredicate;
    switch (predicate) {
    case P::slt:
      predicate = P::sgt;
      break;
    case P::sle:
      predicate = P::sge;
      break;
    case P::sgt:
      predicate = P::slt;
      break;
    case P::sge:
      predicate = P::sle;
      break;
    case P::ult:
      predicate = P::ugt;
      break;
    case P::ule:
      predicate = P::uge;
      break;
    case P::ugt:
      predicate = P::ult;
      break;
    case P::uge:
      predicate = P::ule;
      break;
    default:
      break;
    }
  }
  if (lhs != value || rhs == value)
    return;

  Interval other = factsOf(rhs).range;
  Interval &range = known.range;
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    range = range.intersect(other);
    break;
  case arith::CmpIPredicate::slt:
    range.hi = std::min(range.hi, other.hi - 1);
    break;
  case arith::CmpIPredicate::sle:
    range.hi = std::min(range.hi, other.hi);
    break;
  case arith::CmpIPredicate::sgt:
    range.lo = std::max(range.lo, other.lo + 1);
    break;
  case arith::CmpIPredicate::sge:
    range.lo = std::max(range.lo, other.lo);
    break;
  case arith::CmpIPredicate::ult:
    if (other.lo >= 0)
      range = range.intersect({Integer(0), other.hi - 1});
    break;
  case arith::CmpIPredicate::ule:
    if (other.lo >= 0)
      range = range.intersect({Integer(0), other.hi});
    break;
  default:
    break;
  }
}

/// `tt.divisibility` of a scalar operation or of an argument that a loop
/// carries, or nothing.
static std::optional<Integer> divisorHint(Value value) {
  Attribute attribute;
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    if (auto loop = dyn_cast_or_null<scf::ForOp>(arg.getOwner()->getParentOp()))
      attribute = loop->getDiscardableAttr(
          ("tt.divisibility_arg" + Twine(arg.getArgNumber())).str());
  } else if (Operation *op = value.getDefiningOp(); op->getNumResults() == 1) {
    attribute = op->getDiscardableAttr("tt.divisibility");
  }
  auto divisors = dyn_cast_or_null<DenseIntElementsAttr>(attribute);
  if (!divisors || divisors.empty() || isa<ShapedType>(value.getType()) ||
      divisors.getNumElements() != 1)
    return std::nullopt;
  Integer divisor(divisors.getSplatValue<APInt>());
  return divisor > 0 ? std::optional(divisor) : std::nullopt;
}

void Impl::applyHints(Value value, Facts &known) {
  if (!options.trustHints)
    return;
  if (!assumptionsCollected)
    collectAssumptions();
  auto about = assumptions.find(value);
  if (about != assumptions.end()) {
    // Copied: looking at the other sides may grow the table.
    SmallVector<Operation *> compares(about->second.begin(),
                                      about->second.end());
    for (Operation *compare : compares)
      applyAssumption(value, compare, known);
  }
  if (std::optional<Integer> divisor = divisorHint(value))
    known.congruence = restrict(known.congruence, *divisor, Integer(0));
}

/// What the options suppose of this value alone.
void Impl::applySupposed(Value value, Facts &known) {
  for (const Multiple &supposed : options.multiples) {
    ArrayRef<LinearExpr::Term> terms = supposed.expr.terms();
    if (terms.size() != 1 || !(terms[0].symbol == Symbol{value}))
      continue;
    // sign * value + constant
    const Integer &sign = terms[0].coefficient;
    if (sign == 1 || sign == -1)
      known.congruence = restrict(known.congruence, supposed.divisor,
                                  -sign * supposed.expr.constant());
  }
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// Whether what is reached in `block` is reached whenever all symbols of the
/// sum are at hand.
bool Impl::holdsFor(const LinearExpr &expr, Block *block) {
  Operation *parent = block->getParentOp();
  if (isa_and_nonnull<FunctionOpInterface>(parent))
    return block->isEntryBlock();
  auto loop = dyn_cast_or_null<scf::ForOp>(parent);
  return loop && llvm::any_of(expr.terms(), [&](const LinearExpr::Term &term) {
           return term.symbol.value == loop.getInductionVar();
         });
}

void Impl::addSumHint(const LinearExpr &expr, Block *block,
                      std::optional<Integer> divisor) {
  bool isScalar = llvm::none_of(expr.terms(), [](const LinearExpr::Term &term) {
    return isa<ShapedType>(term.symbol.value.getType());
  });
  if (expr.isConstant() || !isScalar || !holdsFor(expr, block))
    return;
  if (divisor)
    multiples.push_back({expr, *divisor});
  else
    nonNegative.push_back(expr);
}

void Impl::collectSum(Operation *op, Block *block) {
  using P = arith::CmpIPredicate;
  auto compare = cast<arith::CmpIOp>(op);
  auto [multiple, divisor] = readMultiple(compare, *this);
  if (multiple)
    if (auto form = plainForm(multiple); form && form->strides.empty())
      addSumHint(form->base, block, divisor);

  auto lhs = plainForm(compare.getLhs()), rhs = plainForm(compare.getRhs());
  if (!lhs || !rhs || lhs->width == 1 || !lhs->strides.empty())
    return;
  P predicate = compare.getPredicate();
  bool isUnsigned = predicate == P::ult || predicate == P::ule ||
                    predicate == P::ugt || predicate == P::uge;
  if (isUnsigned && (boundsOf(*lhs).lo < 0 || boundsOf(*rhs).lo < 0))
    return;
  LinearExpr difference = rhs->base - lhs->base;
  LinearExpr opposite = difference.scaled(Integer(-1));
  auto assume = [&](const LinearExpr &expr) {
    addSumHint(expr, block, std::nullopt);
  };
  switch (predicate) {
  case P::eq:
    assume(difference);
    return assume(opposite);
  case P::slt:
  case P::ult:
    return assume(difference + Integer(-1));
  case P::sle:
  case P::ule:
    return assume(difference);
  case P::sgt:
  case P::ugt:
    return assume(opposite + Integer(-1));
  case P::sge:
  case P::uge:
    return assume(opposite);
  case P::ne:
    return;
  }
}

/// tl.multiple_of says that the first of each run of consecutive elements is a
/// multiple; the first element of all is one of these.
void Impl::collectTensorHint(Operation *op) {
  if (op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()) ||
      !integerWidth(op->getResult(0).getType()))
    return;
  auto divisors =
      dyn_cast<DenseIntElementsAttr>(op->getAttr("tt.divisibility"));
  if (!divisors || divisors.empty())
    return;
  const AffineForm &form = formOf(op->getResult(0), {});
  if (!form.conditions.empty() || form.width < 2)
    return;
  Congruence all = Congruence::any();
  for (const APInt &divisor : divisors.getValues<APInt>())
    if (divisor.isStrictlyPositive())
      all = restrict(all, Integer(divisor), Integer(0));
  if (!form.exact)
    all = all.wrapped(form.width);
  if (all.modulus > 1)
    addSumHint(form.base, op->getBlock(), all.modulus);
}

void Impl::collectSums() {
  sumsCollected = true;
  llvm::append_range(multiples, options.multiples);
  if (!options.trustHints)
    return;
  if (!assumptionsCollected)
    collectAssumptions();
  for (auto [compare, block] : assumed)
    collectSum(compare, block);
  for (Operation *op : hintedTensors)
    collectTensorHint(op);
}

ArrayRef<LinearExpr> Impl::assumedNonNegative() {
  if (!sumsCollected)
    collectSums();
  return nonNegative;
}

ArrayRef<Multiple> Impl::assumedMultiples() {
  if (!sumsCollected)
    collectSums();
  return multiples;
}

} // namespace triton_ext
