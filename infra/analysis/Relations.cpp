//===- Relations.cpp - a symbol against what it is made from ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// A minimum, a quotient, a value rounded down to a multiple are symbols: no
// affine form says what they are. But they lie between affine forms, and that
// is what masks hang on: with q = (K + 63) / 64, 64 * q is K to K + 63.
//===----------------------------------------------------------------------===//

#include "AnalysisImpl.h"
#include "TensorOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace triton_ext {

using Impl = AffineAnalysis::Impl;

/// Symbols that hang on one another over more steps than this are not followed,
/// as the stack is finite.
static constexpr unsigned maxDepth = 24;

/// The form, if it is the value itself without any condition.
std::optional<AffineForm> Impl::plainForm(Value value) {
  if (!integerWidth(value.getType()))
    return std::nullopt;
  const AffineForm &form = formOf(value, {});
  if (!form.exact || !form.conditions.empty())
    return std::nullopt;
  return form;
}

namespace {
/// Collects the relations of what one operation computes.
class RelationBuilder {
public:
  explicit RelationBuilder(Relations &result) : result(result) {}

  /// symbol <= greatest lane of the form.
  void atMost(const std::optional<AffineForm> &form, int64_t offset = 0) {
    if (form)
      add(Integer(1), std::nullopt,
          form->base + (form->laneRange().hi + Integer(offset)));
  }
  void atLeast(const std::optional<AffineForm> &form, int64_t offset = 0) {
    if (form)
      add(Integer(1), form->base + (form->laneRange().lo + Integer(offset)),
          std::nullopt);
  }
  /// form + lowOffset <= factor * symbol <= form + highOffset
  void between(const std::optional<AffineForm> &form, const Integer &factor,
               const Integer &lowOffset, const Integer &highOffset,
               std::optional<Integer> ifAtLeast = std::nullopt) {
    if (!form)
      return;
    Interval lanes = form->laneRange();
    add(factor, form->base + (lanes.lo + lowOffset),
        form->base + (lanes.hi + highOffset), ifAtLeast);
  }
  void oneOf(const std::optional<AffineForm> &a,
             const std::optional<AffineForm> &b) {
    if (a && b && a->isUniform() && b->isUniform())
      result.alternatives = {a->base, b->base};
  }

private:
  void add(const Integer &factor, std::optional<LinearExpr> low,
           std::optional<LinearExpr> high,
           std::optional<Integer> ifAtLeast = std::nullopt) {
    result.relations.push_back({factor, low, high, ifAtLeast});
  }

  Relations &result;
};
} // namespace

const Relations &Impl::relationsOf(const Symbol &symbol) {
  static const Relations none;
  if (symbol.kind != SymbolKind::Signed)
    return none;
  auto known = relations.find(symbol.value);
  if (known != relations.end())
    return *known->second;
  if (relationDepth >= maxDepth)
    return none;
  // What is asked for while it is being found is not known.
  relations[symbol.value] = std::make_unique<Relations>();
  ++relationDepth;
  auto found = std::make_unique<Relations>(computeRelations(symbol));
  --relationDepth;
  return *(relations[symbol.value] = std::move(found));
}

Relations Impl::computeRelations(const Symbol &symbol) {
  Relations result;
  RelationBuilder relate(result);
  Value value = symbol.value;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumResults() != 1)
    return result;
  TensorOp tensorOp = matchTensorOp(op);
  if (tensorOp.kind == TensorOp::ProgramId) {
    if (!assumptionsCollected)
      collectAssumptions();
    if (Value size = gridSizes[tensorOp.axis])
      relate.atMost(plainForm(size), -1);
    return result;
  }
  unsigned width = *integerWidth(value.getType());
  if (width == 1 || !isa<arith::ArithDialect>(op->getDialect()) ||
      llvm::any_of(op->getOperands(), [](Value operand) {
        return !integerWidth(operand.getType());
      }))
    return result;

  auto form = [&](unsigned i) { return plainForm(op->getOperand(i)); };
  auto constant = [&](unsigned i) { return constantOf(op->getOperand(i)); };
  auto isNonNegative = [&](unsigned i) {
    return factsOf(op->getOperand(i)).range.lo >= 0;
  };
  auto minimum = [&] {
    relate.atMost(form(0));
    relate.atMost(form(1));
    relate.oneOf(form(0), form(1));
  };
  auto maximum = [&] {
    relate.atLeast(form(0));
    relate.atLeast(form(1));
    relate.oneOf(form(0), form(1));
  };
  // divisor * symbol is the dividend less the remainder.
  auto quotient = [&](const Integer &divisor, bool roundsUp,
                      std::optional<Integer> ifAtLeast = std::nullopt) {
    Integer rest = divisor - 1;
    if (roundsUp)
      relate.between(form(0), divisor, Integer(0), rest, ifAtLeast);
    else
      relate.between(form(0), divisor, -rest, Integer(0), ifAtLeast);
  };
  auto powerOfShift = [&]() -> std::optional<Integer> {
    auto amount = constant(1);
    if (!amount || *amount < 0 || *amount >= int64_t(width))
      return std::nullopt;
    unsigned bit = int64_t(*amount);
    return Integer(APInt::getOneBitSet(bit + 2, bit));
  };
  auto positiveConstant = [&]() -> std::optional<Integer> {
    auto divisor = constant(1);
    return divisor && *divisor > 0 ? divisor : std::nullopt;
  };

  llvm::TypeSwitch<Operation *>(op)
      .Case([&](arith::MinSIOp) { minimum(); })
      .Case([&](arith::MaxSIOp) { maximum(); })
      .Case([&](arith::MinUIOp) {
        if (isNonNegative(0) && isNonNegative(1))
          minimum();
      })
      .Case([&](arith::MaxUIOp) {
        if (isNonNegative(0) && isNonNegative(1))
          maximum();
      })
      .Case([&](arith::SelectOp) { relate.oneOf(form(1), form(2)); })
      .Case([&](arith::DivSIOp) {
        // Rounds to zero: down where the quotient is positive.
        if (auto divisor = positiveConstant()) {
          if (isNonNegative(0))
            return quotient(*divisor, /*roundsUp=*/false);
          quotient(*divisor, /*roundsUp=*/false, /*ifAtLeast=*/Integer(1));
          relate.between(form(0), *divisor, Integer(1) - *divisor,
                         *divisor - 1);
        } else if (isNonNegative(0) && isNonNegative(1)) {
          relate.atMost(form(0));
        }
      })
      .Case([&](arith::DivUIOp) {
        if (!isNonNegative(0))
          return;
        if (auto divisor = positiveConstant())
          quotient(*divisor, /*roundsUp=*/false);
        else
          relate.atMost(form(0));
      })
      .Case([&](arith::FloorDivSIOp) {
        if (auto divisor = positiveConstant())
          quotient(*divisor, /*roundsUp=*/false);
      })
      .Case([&](arith::CeilDivSIOp) {
        if (auto divisor = positiveConstant())
          quotient(*divisor, /*roundsUp=*/true);
      })
      .Case([&](arith::CeilDivUIOp) {
        auto divisor = positiveConstant();
        if (divisor && isNonNegative(0))
          quotient(*divisor, /*roundsUp=*/true);
      })
      .Case([&](arith::ShRSIOp) {
        if (auto power = powerOfShift())
          quotient(*power, /*roundsUp=*/false);
      })
      .Case([&](arith::ShRUIOp) {
        auto power = powerOfShift();
        if (power && isNonNegative(0))
          quotient(*power, /*roundsUp=*/false);
      })
      .Case([&](arith::RemSIOp) {
        if (isNonNegative(0))
          relate.atMost(form(0));
        // A divisor that is not negative is not zero either.
        if (isNonNegative(1))
          relate.atMost(form(1), -1);
      })
      .Case([&](arith::RemUIOp) {
        if (isNonNegative(0))
          relate.atMost(form(0));
        if (isNonNegative(1))
          relate.atMost(form(1), -1);
      })
      .Case([&](arith::AndIOp) {
        for (unsigned i : {0, 1}) {
          if (auto power = alignmentOfMask(constant(1 - i)))
            relate.between(form(i), Integer(1), Integer(1) - *power,
                           Integer(0));
          else if (isNonNegative(i))
            relate.atMost(form(i));
        }
      })
      .Case([&](arith::OrIOp) {
        for (unsigned i : {0, 1})
          if (auto power = afterLowBits(constant(1 - i)))
            relate.between(form(i), Integer(1), Integer(0), *power - 1);
      });
  if (!result.relations.empty() || !result.alternatives.empty())
    return result;

  // A sum that may wrap is the sum where it is too large for what wrapped. It
  // can wrap at the upper end only.
  std::optional<AffineForm> sum = decompose(value, {});
  if (!sum || !sum->conditions.empty() ||
      sum->base == LinearExpr(Symbol{value}))
    return result;
  Interval type = Interval::signedRange(width);
  Interval bounds = boundsOf(*sum);
  if (bounds.lo >= type.lo && bounds.hi > type.hi)
    relate.between(sum, Integer(1), Integer(0), Integer(0),
                   bounds.hi - type.hi + type.lo);
  return result;
}

} // namespace triton_ext
