//===- PropertyCheck.h - a claim against a concrete execution ---*- C++ -*-===//
// SPDX-License-Identifier: MIT

#ifndef TRITON_EXT_TEST_ANALYSIS_PROPERTYCHECK_H
#define TRITON_EXT_TEST_ANALYSIS_PROPERTYCHECK_H

#include "Kernel.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <string>

namespace triton_ext {

/// The number of random cases, `count` unless TRITON_EXT_TEST_CASES multiplies
/// it.
inline unsigned caseCount(unsigned count) {
  const char *factor = std::getenv("TRITON_EXT_TEST_CASES");
  return count * (factor ? std::max(1, std::atoi(factor)) : 1);
}

/// All i1 values that operations in `root` compute, but constants.
inline llvm::SmallVector<mlir::Value> predicatesIn(mlir::Operation *root) {
  llvm::SmallVector<mlir::Value> found;
  root->walk([&](mlir::Operation *op) {
    for (mlir::Value value : op->getResults())
      if (getElementTypeOrSelf(value.getType()).isInteger(1) &&
          !mlir::isa<mlir::arith::ConstantOp>(op))
        found.push_back(value);
  });
  return found;
}

/// The arguments of a function of 4-bit ones in one execution after the other:
/// all values of the two that are used most, the others at random. All at
/// random where some are wider.
class AllArguments {
public:
  AllArguments(mlir::func::FuncOp function, RandomIR &random)
      : function(function), random(random),
        used(function.getArguments().begin(), function.getArguments().end()) {
    llvm::erase_if(used,
                   [](mlir::BlockArgument arg) { return arg.use_empty(); });
    llvm::stable_sort(used, [](mlir::BlockArgument a, mlir::BlockArgument b) {
      return llvm::range_size(a.getUses()) > llvm::range_size(b.getUses());
    });
    isNarrow = llvm::all_of(used, [](mlir::BlockArgument arg) {
      return bitsOf(arg.getType()) == 4;
    });
  }

  /// Sets them; false where there are no more executions.
  bool operator()(unsigned execution, Interpreter &state) {
    random.setArguments(function, state);
    if (!isNarrow)
      return execution != 40;
    for (auto [i, arg] : llvm::enumerate(llvm::ArrayRef(used).take_front(2)))
      setArgument(arg, llvm::SignExtend64<4>((execution >> (4 * i)) & 15),
                  state);
    return execution != 256;
  }

private:
  mlir::func::FuncOp function;
  RandomIR &random;
  llvm::SmallVector<mlir::BlockArgument> used;
  bool isNarrow = false;
};

/// What the analysis says of a value; asked once, checked often.
struct Claim {
  Interval range;
  Congruence congruence;
  const AffineForm *form;
  LaneClass lanes;

  Claim(AffineAnalysis &analysis, mlir::Value value, mlir::scf::ForOp loop)
      : range(*analysis.rangeOf(value)),
        congruence(analysis.congruenceOf(value)),
        form(analysis.formOf(value, loop)), lanes(analysis.classify(value)) {}
};

/// The value of a form in one lane.
inline Integer evaluate(const AffineForm &form, mlir::Type type, unsigned lane,
                        const Interpreter &state) {
  Integer sum = form.base.evaluate(
      [&](const Symbol &symbol) { return state.symbol(symbol, lane); });
  for (auto [stride, at] :
       llvm::zip_equal(form.strides, positionOf(type, lane)))
    sum += stride * at;
  return sum;
}

inline bool conditionsHold(const AffineForm &form, mlir::Type type,
                           const Interpreter &state) {
  for (const AffineForm::Condition &condition : form.conditions)
    for (unsigned lane = 0; lane != lanesOf(type); ++lane) {
      Integer value = condition.expr.evaluate(
          [&](const Symbol &symbol) { return state.symbol(symbol, lane); });
      if (value + condition.laneMin < condition.min ||
          value + condition.laneMax > condition.max)
        return false;
    }
  return true;
}

/// What is wrong with `form` for the value as it is now; empty if nothing.
inline std::string findMistake(const AffineForm &form, mlir::Value value,
                               const Interpreter &state) {
  mlir::Type type = value.getType();
  std::string text;
  llvm::raw_string_ostream os(text);
  unsigned width = bitsOf(type);
  if (form.width != width)
    return "width differs";
  if (!conditionsHold(form, type, state))
    return "";
  Interval lanes = form.laneRange();
  for (unsigned lane = 0; lane != lanesOf(type); ++lane) {
    Integer actual(state.signedLane(value, lane));
    Integer claimed = evaluate(form, type, lane, state);
    Integer offset = claimed - form.base.evaluate([&](const Symbol &symbol) {
      return state.symbol(symbol, lane);
    });
    if (!lanes.contains(offset)) {
      os << "lane range " << lanes << " misses " << offset;
      return text;
    }
    Integer period = Interval::unsignedRange(width).hi + 1;
    bool isExact = form.exact || Interval::signedRange(width).contains(claimed);
    bool holds = width == 1 || isExact ? claimed == actual
                                       : mod(claimed - actual, period) == 0;
    if (!holds) {
      form.print(os);
      os << " is " << claimed << " in lane " << lane << " of ";
      value.print(os);
      os << ", which is " << actual;
      return text;
    }
  }
  return "";
}

/// AllTrue, AllFalse or Mixed, as the i1 value is now.
inline LaneClass observe(mlir::Value value, const Interpreter &state) {
  bool anyTrue = false, anyFalse = false;
  for (uint64_t lane : state.get(value))
    (lane ? anyTrue : anyFalse) = true;
  if (anyTrue && anyFalse)
    return LaneClass::Mixed;
  return anyTrue ? LaneClass::AllTrue : LaneClass::AllFalse;
}

/// What is wrong with the claim for the value as it is now; empty if nothing.
inline std::string findMistake(const Claim &claim, mlir::Value value,
                               const Interpreter &state) {
  for (unsigned lane = 0; lane != lanesOf(value.getType()); ++lane) {
    Integer actual(state.signedLane(value, lane));
    if (!claim.range.contains(actual))
      return textOf(claim.range) + " misses " + textOf(actual);
    if (!claim.congruence.contains(actual))
      return textOf(claim.congruence) + " misses " + textOf(actual);
  }
  if (claim.lanes != LaneClass::Mixed && claim.lanes != observe(value, state))
    return "classified wrongly over all times";
  return findMistake(*claim.form, value, state);
}

} // namespace triton_ext

#endif // TRITON_EXT_TEST_ANALYSIS_PROPERTYCHECK_H
