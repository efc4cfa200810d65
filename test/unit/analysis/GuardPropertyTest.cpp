//===- GuardPropertyTest.cpp - guards of masks against runs -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The conditions of `allTrueIf`, computed in front of loops and of other
// operations: on 4-bit kernels with all values of two arguments, and on random
// 8-bit loops. Where they hold, every lane of the predicate must be true, from
// there on and before; and the guard must say what the conditions say.
//===----------------------------------------------------------------------===//

#include "KernelText.h"
#include "PropertyCheck.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "triton_ext/Analysis/LoopInvariant.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace triton_ext;

namespace {

struct Tally {
  unsigned asked = 0, claims = 0;
  /// Times that a predicate was computed, by what its guard was last.
  unsigned held = 0, open = 0;
};

/// "From `before` on `predicate` is all true where the guard is."
struct Guarded {
  Value predicate;
  Operation *before;
  SmallVector<Obligation, 2> conditions;
  /// Null: always true.
  Value guard;
  /// The predicate is there already where the guard is computed.
  bool isBefore = false;
  bool holds = false;
};

class GuardCheck {
public:
  GuardCheck(func::FuncOp function, RandomIR &random, Tally &tally)
      : function(function), random(random), tally(tally) {
    claim();
    materialize();
  }

  void run(Interpreter &state, bool canBeUndefined);

  std::string mistake;

private:
  void claim();
  void materialize();
  void look(Value value, const Interpreter &state);
  void lookAtGuard(Guarded &claim, const Interpreter &state);
  void lookAtPredicate(const Guarded &claim, const Interpreter &state);
  void note(const Twine &what, const Guarded &claim);

  func::FuncOp function;
  RandomIR &random;
  Tally &tally;
  std::vector<Guarded> claims;
  /// The claims that are about a value.
  DenseMap<Value, SmallVector<unsigned>> about;
};

/// Asks in front of every loop, and of some other operations.
void GuardCheck::claim() {
  AffineAnalysis analysis(function);
  SmallVector<Operation *> places;
  function.walk([&](Operation *op) {
    if (op != function && (isa<scf::ForOp>(op) || random.chance(4)))
      places.push_back(op);
  });
  DominanceInfo dominance(function);
  for (Operation *before : places)
    for (Value predicate : predicatesIn(function)) {
      ++tally.asked;
      if (auto conditions = analysis.allTrueIf(predicate, before)) {
        ++tally.claims;
        claims.push_back({predicate, before, *conditions});
        claims.back().isBefore = dominance.properlyDominates(predicate, before);
      }
    }
}

void GuardCheck::materialize() {
  AffineAnalysis analysis(function);
  for (auto [index, claim] : llvm::enumerate(claims)) {
    OpBuilder builder(claim.before);
    claim.guard = analysis.materializeGuard(builder, claim.before->getLoc(),
                                            claim.conditions, claim.before);
    claim.holds = !claim.guard;
    about[claim.predicate].push_back(index);
    if (!claim.guard)
      continue;
    about[claim.guard].push_back(index);
    for (Operation *at = claim.before; at; at = at->getParentOp())
      if (auto around = dyn_cast_or_null<scf::ForOp>(at->getParentOp()))
        about[around.getInductionVar()].push_back(index);
  }
  if (failed(verify(function)))
    mistake = "a guard uses what is not there";
}

void GuardCheck::note(const Twine &what, const Guarded &claim) {
  if (!mistake.empty())
    return;
  llvm::raw_string_ostream os(mistake);
  os << what << ": " << claim.predicate << "\nby "
     << textOfObligations(claim.conditions) << "\nbefore " << *claim.before
     << "\n"
     << *function;
}

void GuardCheck::look(Value value, const Interpreter &state) {
  auto found = about.find(value);
  if (found == about.end())
    return;
  for (unsigned index : found->second) {
    Guarded &claim = claims[index];
    if (value == claim.guard)
      lookAtGuard(claim, state);
    else if (value == claim.predicate)
      lookAtPredicate(claim, state);
    else // Another iteration around the guard: it is to be computed anew.
      claim.holds = false;
  }
}

void GuardCheck::lookAtGuard(Guarded &claim, const Interpreter &state) {
  claim.holds = state.get(claim.guard)[0];
  bool expected = true, isThere = true;
  for (const Obligation &condition : claim.conditions) {
    // What stands behind the guard has no value yet, or that of an earlier
    // iteration.
    condition.expr.walkSymbols([&](const Symbol &symbol) {
      isThere &= isAvailable(symbol.value, claim.before);
    });
    if (!isThere)
      break;
    Integer value = condition.expr.evaluate(
        [&](const Symbol &symbol) { return state.symbol(symbol, 0); });
    expected &= (!condition.min || value >= *condition.min) &&
                (!condition.max || value <= *condition.max);
  }
  if (isThere && expected != claim.holds)
    note("the guard is " + Twine(claim.holds), claim);
  if (claim.isBefore)
    lookAtPredicate(claim, state);
}

void GuardCheck::lookAtPredicate(const Guarded &claim,
                                 const Interpreter &state) {
  ++(claim.holds ? tally.held : tally.open);
  if (claim.holds && observe(claim.predicate, state) != LaneClass::AllTrue)
    note("not all true", claim);
}

void GuardCheck::run(Interpreter &state, bool canBeUndefined) {
  for (Guarded &claim : claims)
    claim.holds = !claim.guard;
  state.budget = 4000;
  state.onValue = [&](Value value) { look(value, state); };
  // Only once all has run it is clear that every assumption holds.
  std::string before = mistake;
  if (!state.run(function.getBody().front()) && canBeUndefined)
    mistake = before;
}

void record(const Tally &tally) {
  testing::Test::RecordProperty("asked", int(tally.asked));
  testing::Test::RecordProperty("claims", int(tally.claims));
  testing::Test::RecordProperty("held", int(tally.held));
  testing::Test::RecordProperty("open", int(tally.open));
  // The conditions must be met, and not always, or they hold for nothing.
  EXPECT_GT(tally.claims, tally.asked / 20);
  EXPECT_GT(tally.held, (tally.held + tally.open) / 20);
  EXPECT_GT(tally.open, (tally.held + tally.open) / 20);
}

TEST(GuardProperty, MasksOfTilesAreAllTrueWhereGuardsAre) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(300); ++seed) {
    RandomIR random(seed);
    TiledKernel kernel(random, random.chance(80) ? "i4" : "i8");
    auto module = parseSourceString<ModuleOp>(kernel.text, &testContext());
    ASSERT_TRUE(module) << kernel.text;
    auto function = *module->getOps<func::FuncOp>().begin();
    AllArguments arguments(function, random);
    GuardCheck check(function, random, tally);
    for (unsigned i = 0; check.mistake.empty(); ++i) {
      Interpreter state;
      if (!arguments(i, state))
        break;
      check.run(state, false);
    }
    ASSERT_TRUE(check.mistake.empty())
        << "seed " << seed << ": " << check.mistake;
  }
  record(tally);
}

TEST(GuardProperty, PredicatesOfLoopsAreAllTrueWhereGuardsAre) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(600); ++seed) {
    RandomIR random(seed);
    random.makeLoop();
    GuardCheck check(random.function(), random, tally);
    for (unsigned i = 0; i != 12 && check.mistake.empty(); ++i) {
      Interpreter state;
      random.setArguments(state);
      check.run(state, random.hasAssumptions());
    }
    ASSERT_TRUE(check.mistake.empty())
        << "seed " << seed << ": " << check.mistake;
  }
  record(tally);
}

} // namespace
