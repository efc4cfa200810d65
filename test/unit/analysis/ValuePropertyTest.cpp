//===- ValuePropertyTest.cpp - random values against claims -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Random 8 and 16 bit code, wrapping freely, run on random arguments: every
// claimed interval, residue class, affine form and lane class must hold.

#include "PropertyCheck.h"
#include "RandomIR.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace triton_ext;

namespace {

struct Tally {
  unsigned values = 0, narrowed = 0, affine = 0, decided = 0;
  /// Executions that kept all their assumptions, of which there were some.
  unsigned runs = 0;
};

/// Checks one function; the first mistake, or nothing.
std::string checkFunction(unsigned seed, Tally &tally) {
  RandomIR random(seed);
  random.makeStraightLine(random.pick(6, 18));
  AffineAnalysis analysis(random.function());
  std::string mistake;
  auto note = [&](Value value, const Twine &what) {
    if (!mistake.empty())
      return;
    llvm::raw_string_ostream os(mistake);
    os << "seed " << seed << ": " << what << "\n";
    value.print(os);
    os << "\n";
    random.function()->print(os);
  };

  DenseMap<Value, std::unique_ptr<Claim>> claims;
  auto claimOf = [&](Value value) -> const Claim & {
    std::unique_ptr<Claim> &claim = claims[value];
    if (!claim)
      claim = std::make_unique<Claim>(analysis, value, scf::ForOp());
    return *claim;
  };
  // Only once all has run it is clear that every assumption holds.
  auto check = [&](Interpreter &state) {
    SmallVector<Value> computed;
    state.onValue = [&](Value value) { computed.push_back(value); };
    random.setArguments(state);
    if (!state.run(random.function().getBody().front()) &&
        random.hasAssumptions())
      return;
    for (Value value : computed) {
      std::string wrong = findMistake(claimOf(value), value, state);
      if (!wrong.empty())
        note(value, wrong);
    }
    tally.runs += random.hasAssumptions();
  };
  for (int run = 0; run != 24 && mistake.empty(); ++run) {
    Interpreter state;
    check(state);
  }

  random.function().walk([&](Operation *op) {
    for (Value value : op->getResults()) {
      if (isa<arith::ConstantOp>(op))
        continue;
      ++tally.values;
      unsigned width = bitsOf(value.getType());
      if (width > 1 &&
          !(*analysis.rangeOf(value) == Interval::signedRange(width)))
        ++tally.narrowed;
      const AffineForm *form = analysis.formOf(value);
      if (width > 1 && !(form->base == LinearExpr(Symbol{value})))
        ++tally.affine;
      if (width == 1 && analysis.classify(value) != LaneClass::Mixed)
        ++tally.decided;
    }
  });
  return mistake;
}

TEST(ValueProperty, ClaimsHoldOnRandomCode) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(3000); ++seed) {
    std::string mistake = checkFunction(seed, tally);
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  // The claims must say something, or they hold for nothing.
  EXPECT_GT(tally.narrowed, tally.values / 5);
  EXPECT_GT(tally.affine, tally.values / 4);
  EXPECT_GT(tally.decided, 200u);
  EXPECT_GT(tally.runs, 1000u);
  RecordProperty("values", int(tally.values));
  RecordProperty("narrowed", int(tally.narrowed));
  RecordProperty("affine", int(tally.affine));
  RecordProperty("decided", int(tally.decided));
}

} // namespace
