//===- Materialize.cpp - expressions to IR ----------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "AnalysisImpl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "triton_ext/Analysis/LoopInvariant.h"

using namespace mlir;

namespace triton_ext {

namespace {
/// Emits one expression, or several that share what they need.
class Materializer {
public:
  Materializer(OpBuilder &builder, Location loc, Operation *before)
      : builder(builder), loc(loc), before(before) {}

  Value constant(const Integer &value) {
    return arith::ConstantIntOp::create(builder, loc, int64_t(value), 64);
  }

  Value emit(const ScalarExpr &expr);
  Value emitWithin(const Obligation &obligation);
  Value emitIsMultiple(const Multiple &multiple);
  /// A value of another integer type or index as i64, read as signed.
  Value widen(Value value);

private:
  Value emitLinear(const LinearExpr &linear);
  Value emitSymbol(const Symbol &symbol);
  Value emitFloorDiv(Value dividend, const Integer &divisor);
  Value add(Value a, const Integer &b) {
    return b == 0 ? a : arith::AddIOp::create(builder, loc, a, constant(b));
  }

  OpBuilder &builder;
  Location loc;
  Operation *before;
  IRMapping clones;
};
} // namespace

Value Materializer::widen(Value value) {
  Type i64 = builder.getI64Type();
  if (value.getType() == i64)
    return value;
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(builder, loc, i64, value);
  return arith::ExtSIOp::create(builder, loc, i64, value);
}

Value Materializer::emitSymbol(const Symbol &symbol) {
  assert(symbol.kind != SymbolKind::Iteration &&
         "expects an expression that does not vary with the loop");
  Value value = cloneInFront(builder, before, symbol.value, clones);
  // Booleans are 0 or 1; an index or i64 read as unsigned is known, or
  // obliged, to be small.
  bool zeroExtend =
      (symbol.kind == SymbolKind::Unsigned || value.getType().isInteger(1)) &&
      *integerWidth(value.getType()) < 64;
  if (zeroExtend)
    return arith::ExtUIOp::create(builder, loc, builder.getI64Type(), value);
  return widen(value);
}

Value Materializer::emitLinear(const LinearExpr &linear) {
  Value sum;
  // What is subtracted comes last, so that something is there to subtract from.
  SmallVector<LinearExpr::Term> terms(linear.terms());
  llvm::stable_sort(terms, [](const auto &a, const auto &b) {
    return a.coefficient > 0 && b.coefficient < 0;
  });
  for (const LinearExpr::Term &term : terms) {
    Value product = emitSymbol(term.symbol);
    bool subtract = sum && term.coefficient < 0;
    Integer factor = subtract ? -term.coefficient : term.coefficient;
    if (factor != 1)
      product = arith::MulIOp::create(builder, loc, product, constant(factor));
    if (!sum)
      sum = product;
    else if (subtract)
      sum = arith::SubIOp::create(builder, loc, sum, product);
    else
      sum = arith::AddIOp::create(builder, loc, sum, product);
  }
  return sum ? add(sum, linear.constant()) : constant(linear.constant());
}

Value Materializer::emitFloorDiv(Value dividend, const Integer &divisor) {
  uint64_t value = int64_t(divisor);
  if (llvm::isPowerOf2_64(value))
    return arith::ShRSIOp::create(builder, loc, dividend,
                                  constant(Integer(llvm::Log2_64(value))));
  // Division rounds to zero: one too many below zero, unless it is exact.
  Value by = constant(divisor);
  Value quotient = arith::DivSIOp::create(builder, loc, dividend, by);
  Value product = arith::MulIOp::create(builder, loc, quotient, by);
  Value isAbove = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt,
                                        product, dividend);
  return arith::SelectOp::create(builder, loc, isAbove,
                                 add(quotient, Integer(-1)), quotient);
}

Value Materializer::emit(const ScalarExpr &expr) {
  using Kind = ScalarExpr::Kind;
  if (expr.kind() == Kind::Linear)
    return emitLinear(expr.linear());
  Value a = emit(expr.operands()[0]);
  switch (expr.kind()) {
  case Kind::FloorDiv:
    return emitFloorDiv(a, expr.factor());
  case Kind::CeilDiv:
    return emitFloorDiv(add(a, expr.factor() - 1), expr.factor());
  case Kind::Scale:
    return arith::MulIOp::create(builder, loc, a, constant(expr.factor()));
  default:
    break;
  }
  const ScalarExpr &other = expr.operands()[1];
  if (expr.kind() == Kind::Sum) {
    if (auto value = other.constantValue())
      return add(a, *value);
    return arith::AddIOp::create(builder, loc, a, emit(other));
  }
  Value b = emit(other);
  if (expr.kind() == Kind::Min)
    return arith::MinSIOp::create(builder, loc, a, b);
  return arith::MaxSIOp::create(builder, loc, a, b);
}

Value Materializer::emitWithin(const Obligation &obligation) {
  Value value = emit(obligation.expr);
  Value both;
  auto require = [&](arith::CmpIPredicate predicate, const Integer &bound) {
    Value holds =
        arith::CmpIOp::create(builder, loc, predicate, value, constant(bound));
    both = both ? arith::AndIOp::create(builder, loc, both, holds) : holds;
  };
  if (obligation.min)
    require(arith::CmpIPredicate::sge, *obligation.min);
  if (obligation.max)
    require(arith::CmpIPredicate::sle, *obligation.max);
  return both;
}

Value Materializer::emitIsMultiple(const Multiple &multiple) {
  Value value = emit(multiple.expr);
  Value rest;
  if (llvm::isPowerOf2_64(uint64_t(int64_t(multiple.divisor))))
    rest = arith::AndIOp::create(builder, loc, value,
                                 constant(multiple.divisor - 1));
  else
    rest =
        arith::RemSIOp::create(builder, loc, value, constant(multiple.divisor));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, rest,
                               constant(Integer(0)));
}

Value AffineAnalysis::materialize(OpBuilder &builder, Location loc,
                                  const ScalarExpr &expr, Operation *before) {
  return Materializer(builder, loc, before).emit(expr);
}

Value AffineAnalysis::materializeGuard(OpBuilder &builder, Location loc,
                                       ArrayRef<Obligation> obligations,
                                       Operation *before,
                                       ArrayRef<Multiple> multiples) {
  Materializer materializer(builder, loc, before);
  Value guard;
  auto require = [&](Value holds) {
    guard = guard ? arith::AndIOp::create(builder, loc, guard, holds) : holds;
  };
  for (const Multiple &multiple : multiples)
    require(materializer.emitIsMultiple(multiple));
  for (const Obligation &obligation : obligations)
    require(materializer.emitWithin(obligation));
  return guard;
}

Value AffineAnalysis::materializeCut(OpBuilder &builder, scf::ForOp loop,
                                     const ScalarExpr &begin, Value guard,
                                     CutFallback fallback) {
  Location loc = loop.getLoc();
  Materializer materializer(builder, loc, loop);
  Value lower = materializer.widen(loop.getLowerBound());
  Value upper = materializer.widen(loop.getUpperBound());
  ScalarExpr onGrid = ScalarExpr(impl->formOf(loop.getLowerBound(), {}).base) +
                      begin.scaled(Integer(*impl->constantStep(loop)));
  Value cut = materializer.emit(onGrid);
  cut = arith::MaxSIOp::create(builder, loc, cut, lower);
  cut = arith::MinSIOp::create(builder, loc, cut, upper);
  if (guard)
    cut = arith::SelectOp::create(builder, loc, guard, cut,
                                  fallback == CutFallback::LowerBound ? lower
                                                                      : upper);
  Type type = loop.getInductionVar().getType();
  if (type.isIndex())
    return arith::IndexCastOp::create(builder, loc, type, cut);
  if (type.isInteger(64))
    return cut;
  return arith::TruncIOp::create(builder, loc, type, cut);
}

bool AffineAnalysis::isCut(Value bound) {
  Operation *op = bound.getDefiningOp();
  if (!op)
    return false;
  if (isa<arith::TruncIOp, arith::IndexCastOp>(op))
    return op->getOperand(0).getType().isInteger(64);
  if (isa<arith::MinSIOp, arith::MaxSIOp, arith::SelectOp>(op))
    return bound.getType().isInteger(64) ||
           llvm::any_of(op->getOperands(), isCut);
  return false;
}

} // namespace triton_ext
