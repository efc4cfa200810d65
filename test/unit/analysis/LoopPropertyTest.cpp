//===- LoopPropertyTest.cpp - random loops against claims -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Random 8 and 16 bit loops with comparisons of what varies with them, run on
// random arguments and bounds: forms in terms of the iteration number, the sets
// of iterations that a predicate is given, its segments, and the cuts made from
// them must all hold, wrap-around and zero trips included. The same of 4-bit
// loops over tiles, on all values of two arguments, for an analysis that takes
// what `alignmentOf` names for granted, where that holds.

#include "KernelText.h"
#include "PropertyCheck.h"
#include "RandomIR.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace triton_ext;

namespace {

struct Tally {
  unsigned predicates = 0, known = 0, splitting = 0, guarded = 0;
  /// Iterations of guarded or free claims, and how they were claimed.
  unsigned runs = 0, iterations = 0, uniform = 0, heldGuards = 0, guards = 0,
           cuts = 0;
  /// Predicates that are all true by what is supposed, and what was supposed,
  /// by executions.
  unsigned supposedTrue = 0, supposed = 0, heldSupposed = 0;
};

/// One time that a predicate was computed.
struct Observation {
  int64_t iteration;
  LaneClass lanes;
};

class LoopCheck {
public:
  LoopCheck(func::FuncOp function, scf::ForOp loop, ArrayRef<Value> predicates,
            unsigned seed, Tally &tally)
      : function(function), loop(loop), predicates(predicates), tally(tally),
        seed(seed) {}

  /// Sets the arguments of one execution; false where there are no more.
  using Arguments = std::function<bool(unsigned execution, Interpreter &)>;

  /// What is wrong, or nothing. `canBeUndefined`: by broken assumptions.
  std::string run(const Arguments &arguments, bool canBeUndefined) {
    this->canBeUndefined = canBeUndefined;
    AffineAnalysis analysis(function, options);
    claimAll(analysis);
    materializeCuts(analysis);
    runAll(arguments);
    return mistake;
  }

  /// The same by what makes the last iteration whole; nothing is said where
  /// nothing would.
  std::string runSupposing(const Arguments &arguments);

private:
  void count(const PredicateOverLoop &claim) {
    ++tally.predicates;
    tally.known += !claim.isUnknown();
    tally.splitting += claim.segments().size() > 1;
    tally.guarded += !claim.obligations.empty();
  }

  void note(const Twine &what) {
    if (!mistake.empty())
      return;
    llvm::raw_string_ostream os(mistake);
    os << "seed " << seed << ": " << what << "\n";
    function->print(os);
  }

  void claimAll(AffineAnalysis &analysis) {
    for (Value predicate : predicates) {
      claims.push_back(analysis.classify(predicate, loop));
      count(claims.back());
    }
    claimValues(analysis);
  }
  void runAll(const Arguments &arguments) {
    for (unsigned i = 0; mistake.empty(); ++i) {
      Interpreter state;
      if (!arguments(i, state))
        return;
      runOnce(state);
    }
  }

  void claimValues(AffineAnalysis &analysis);
  void materializeCuts(AffineAnalysis &analysis);
  void runOnce(Interpreter &state);
  std::optional<bool> supposedHolds(const Interpreter &state);
  void checkClaim(unsigned index, const Interpreter &state);
  void checkSets(const PredicateOverLoop &claim, const Observation &seen,
                 const Interpreter &state);
  void checkSegments(const PredicateOverLoop &claim, ArrayRef<Observation> seen,
                     int64_t trips, const Interpreter &state);
  void checkCuts(const Interpreter &state, int64_t trips);
  /// nullopt where a symbol was never computed.
  std::optional<Integer> evaluate(const ScalarExpr &expr,
                                  const Interpreter &state);
  std::optional<bool> holds(ArrayRef<Obligation> obligations,
                            const Interpreter &state);
  int64_t tripCount(const Interpreter &state);

  func::FuncOp function;
  scf::ForOp loop;
  ArrayRef<Value> predicates;
  Tally &tally;
  unsigned seed;
  AffineOptions options;
  bool canBeUndefined = false;
  DenseMap<Value, std::unique_ptr<Claim>> values;
  std::vector<PredicateOverLoop> claims;
  std::vector<std::vector<Observation>> observations;
  std::string mistake;

  /// The predicate whose segments were made into cuts.
  std::optional<unsigned> cutClaim;
  SmallVector<Value> cuts;
  Value guard;
  /// That what is supposed is so.
  Value supposedGuard;
};

std::optional<Integer> LoopCheck::evaluate(const ScalarExpr &expr,
                                           const Interpreter &state) {
  bool known = true;
  expr.walkSymbols([&](const Symbol &symbol) {
    known &=
        symbol.kind != SymbolKind::Iteration && state.isKnown(symbol.value);
  });
  if (!known)
    return std::nullopt;
  return expr.evaluate(
      [&](const Symbol &symbol) { return state.symbol(symbol, 0); });
}

std::optional<bool> LoopCheck::holds(ArrayRef<Obligation> obligations,
                                     const Interpreter &state) {
  for (const Obligation &obligation : obligations) {
    auto value = evaluate(obligation.expr, state);
    if (!value)
      return std::nullopt;
    if ((obligation.min && *value < *obligation.min) ||
        (obligation.max && *value > *obligation.max))
      return false;
  }
  return true;
}

int64_t LoopCheck::tripCount(const Interpreter &state) {
  int64_t span = state.signedLane(loop.getUpperBound(), 0) -
                 state.signedLane(loop.getLowerBound(), 0);
  int64_t step = state.signedLane(loop.getStep(), 0);
  return std::max<int64_t>(0, llvm::divideCeilSigned(span, step));
}

/// Claims for everything computed in the loop, before it gets cuts.
void LoopCheck::claimValues(AffineAnalysis &analysis) {
  auto claim = [&](Value value) {
    values[value] = std::make_unique<Claim>(analysis, value, loop);
  };
  loop.getBody()->walk<WalkOrder::PreOrder>([&](Block *block) {
    for (Value arg : block->getArguments())
      claim(arg);
    for (Operation &op : *block)
      for (Value result : op.getResults())
        claim(result);
  });
}

void LoopCheck::materializeCuts(AffineAnalysis &analysis) {
  for (auto [index, claim] : llvm::enumerate(claims)) {
    SmallVector<Segment, 5> segments = claim.segments();
    if (segments.size() < 2)
      continue;
    cutClaim = index;
    OpBuilder builder(loop);
    guard = analysis.materializeGuard(builder, loop.getLoc(), claim.obligations,
                                      loop);
    for (const Segment &segment : llvm::drop_begin(segments))
      cuts.push_back(
          analysis.materializeCut(builder, loop, segment.begin, guard,
                                  AffineAnalysis::CutFallback::LowerBound));
    ++tally.cuts;
    return;
  }
}

/// Whether all that is taken for granted is so; nullopt if not all of it was
/// computed.
std::optional<bool> LoopCheck::supposedHolds(const Interpreter &state) {
  bool holds = true;
  for (const Multiple &multiple : options.multiples) {
    std::optional<Integer> value = evaluate(multiple.expr, state);
    if (!value)
      return std::nullopt;
    holds &= mod(*value, multiple.divisor) == 0;
  }
  return holds;
}

std::string LoopCheck::runSupposing(const Arguments &arguments) {
  AffineAnalysis plain(function);
  for (Value predicate : predicates)
    if (auto multiple = plain.alignmentOf(predicate, loop)) {
      if (multiple->divisor < 2 || multiple->expr.isConstant())
        note("a multiple that says nothing");
      options.multiples.push_back(*multiple);
    }
  if (options.multiples.empty())
    return "";
  AffineAnalysis analysis(function, options);
  claimAll(analysis);
  for (auto [predicate, claim] : llvm::zip_equal(predicates, claims))
    tally.supposedTrue +=
        claim.overall() == LaneClass::AllTrue &&
        plain.classify(predicate, loop).overall() != LaneClass::AllTrue;
  OpBuilder builder(loop);
  supposedGuard = analysis.materializeGuard(builder, loop.getLoc(), {}, loop,
                                            options.multiples);
  if (failed(verify(function)))
    note("a multiple speaks of what is not there before the loop");
  runAll(arguments);
  return mistake;
}

void LoopCheck::runOnce(Interpreter &state) {
  observations.assign(claims.size(), {});
  DenseMap<Value, unsigned> indexOf;
  for (auto [index, predicate] : llvm::enumerate(predicates))
    indexOf[predicate] = index;

  state.budget = 3000;
  // Only once all has run it is clear that every assumption holds.
  std::string wrong;
  state.onValue = [&](Value value) {
    Region *region = value.getParentRegion();
    if (!loop.getRegion().isAncestor(region))
      return;
    if (wrong.empty())
      wrong = findMistake(*values.find(value)->second, value, state);
    auto predicate = indexOf.find(value);
    if (predicate != indexOf.end())
      observations[predicate->second].push_back(
          {state.iteration(loop), observe(value, state)});
  };
  bool isDefined = state.run(function.getBody().front());
  if (supposedGuard) {
    // Of an execution that did not get so far, nothing is said.
    if (!isDefined)
      return;
    std::optional<bool> holds = supposedHolds(state);
    ++tally.supposed;
    if (!holds || !state.isKnown(supposedGuard))
      return;
    if (state.get(supposedGuard)[0] != *holds)
      note("the guard differs from the multiples");
    if (!*holds)
      return;
    ++tally.heldSupposed;
  }
  if (!wrong.empty() && (isDefined || !canBeUndefined))
    note(wrong);
  if (!isDefined)
    return;
  ++tally.runs;
  for (unsigned index = 0; index != claims.size(); ++index)
    checkClaim(index, state);
  if (cutClaim)
    checkCuts(state, tripCount(state));
}

void LoopCheck::checkClaim(unsigned index, const Interpreter &state) {
  const PredicateOverLoop &claim = claims[index];
  std::optional<bool> valid = holds(claim.obligations, state);
  if (!claim.obligations.empty() && valid) {
    ++tally.guards;
    tally.heldGuards += *valid;
  }
  if (!valid || !*valid)
    return;
  for (const Observation &seen : observations[index])
    checkSets(claim, seen, state);
  checkSegments(claim, observations[index], tripCount(state), state);
}

void LoopCheck::checkSets(const PredicateOverLoop &claim,
                          const Observation &seen, const Interpreter &state) {
  auto isIn = [&](const IterationRange &range) -> std::optional<bool> {
    Integer number(seen.iteration);
    if (range.empty)
      return false;
    for (auto [bound, isEnd] :
         {std::pair(range.begin, false), std::pair(range.end, true)}) {
      if (!bound)
        continue;
      auto value = evaluate(*bound, state);
      if (!value)
        return std::nullopt;
      if (isEnd ? number >= *value : number < *value)
        return false;
    }
    return true;
  };
  std::optional<bool> inside = isIn(claim.inside);
  std::optional<bool> possible = isIn(claim.possible);
  if (!inside || !possible)
    return note("a bound speaks of what is not computed before the loop");
  LaneClass in = claim.outsideValue ? LaneClass::AllFalse : LaneClass::AllTrue;
  LaneClass out = claim.outsideValue ? LaneClass::AllTrue : LaneClass::AllFalse;
  ++tally.iterations;
  tally.uniform += *inside || !*possible;
  if (*inside && seen.lanes != in)
    note("not all lanes are as claimed inside, iteration " +
         Twine(seen.iteration));
  if (!*possible && seen.lanes != out)
    note("not all lanes are as claimed outside, iteration " +
         Twine(seen.iteration));
}

void LoopCheck::checkSegments(const PredicateOverLoop &claim,
                              ArrayRef<Observation> seen, int64_t trips,
                              const Interpreter &state) {
  SmallVector<Segment, 5> segments = claim.segments();
  SmallVector<int64_t> begins;
  for (const Segment &segment : segments) {
    auto begin = evaluate(segment.begin, state);
    if (!begin)
      return;
    Integer clamped = std::min(std::max(*begin, Integer(0)), Integer(trips));
    if (!begins.empty() && clamped < begins.back())
      note("segments are out of order");
    begins.push_back(int64_t(clamped));
  }
  if (begins[0] != 0)
    note("the first segment does not start at 0");
  for (const Observation &observation : seen) {
    unsigned at = 0;
    while (at + 1 < begins.size() && begins[at + 1] <= observation.iteration)
      ++at;
    if (segments[at].lanes != LaneClass::Mixed &&
        segments[at].lanes != observation.lanes)
      note("segment " + Twine(at) + " is wrong in iteration " +
           Twine(observation.iteration));
  }
}

void LoopCheck::checkCuts(const Interpreter &state, int64_t trips) {
  const PredicateOverLoop &claim = claims[*cutClaim];
  int64_t lower = state.signedLane(loop.getLowerBound(), 0);
  int64_t upper = state.signedLane(loop.getUpperBound(), 0);
  int64_t step = state.signedLane(loop.getStep(), 0);
  std::optional<bool> valid = holds(claim.obligations, state);
  bool guardValue = !guard || state.get(guard)[0];
  if (valid && *valid != guardValue)
    return note("the guard differs from the obligations");
  SmallVector<Segment, 5> segments = claim.segments();
  int64_t previous = std::min(lower, upper);
  for (auto [cut, segment] :
       llvm::zip_equal(cuts, llvm::drop_begin(segments))) {
    int64_t actual = state.signedLane(cut, 0);
    if (!guardValue) {
      if (actual != lower)
        note("a cut whose guard is false is not the lower bound");
      continue;
    }
    if (actual < previous || actual > std::max(lower, upper))
      note("cuts are out of order");
    if (actual < upper && (actual - lower) % step != 0)
      note("a cut is off the grid");
    previous = actual;
    auto begin = evaluate(segment.begin, state);
    if (!begin)
      continue;
    for (int64_t number = 0; number < trips; ++number)
      if ((lower + step * number < actual) != (Integer(number) < *begin))
        return note("the cut " + Twine(actual) +
                    " is not where its segment begins");
  }
}

TEST(LoopProperty, ClaimsHoldOnRandomLoops) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(1500); ++seed) {
    RandomIR random(seed);
    random.makeLoop();
    auto arguments = [&](unsigned execution, Interpreter &state) {
      random.setArguments(state);
      return execution != 10;
    };
    std::string mistake = LoopCheck(random.function(), random.loop(),
                                    random.predicates(), seed, tally)
                              .run(arguments, random.hasAssumptions());
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  RecordProperty("predicates", int(tally.predicates));
  RecordProperty("known", int(tally.known));
  RecordProperty("splitting", int(tally.splitting));
  RecordProperty("guarded", int(tally.guarded));
  RecordProperty("runs", int(tally.runs));
  RecordProperty("iterations", int(tally.iterations));
  RecordProperty("uniform", int(tally.uniform));
  RecordProperty("guards", int(tally.guards));
  RecordProperty("held", int(tally.heldGuards));
  RecordProperty("cuts", int(tally.cuts));
  // The claims must say something, or they hold for nothing.
  EXPECT_GT(tally.splitting, tally.predicates / 6);
  EXPECT_GT(tally.guarded, tally.predicates / 20);
  EXPECT_GT(tally.heldGuards, tally.guards / 20);
  EXPECT_GT(tally.uniform, tally.iterations / 3);
  EXPECT_GT(tally.cuts, 1000u);
}

TEST(LoopProperty, ClaimsHoldWhereSupposedMultiplesDo) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(500); ++seed) {
    RandomIR random(seed);
    TiledKernel kernel(random, random.chance(80) ? "i4" : "i8");
    auto module = parseSourceString<ModuleOp>(kernel.text, &testContext());
    ASSERT_TRUE(module) << kernel.text;
    auto function = *module->getOps<func::FuncOp>().begin();
    AllArguments arguments(function, random);
    auto loops = function.getOps<scf::ForOp>();
    if (loops.empty())
      continue;
    SmallVector<Value> predicates = predicatesIn(*loops.begin());
    std::string mistake =
        LoopCheck(function, *loops.begin(), predicates, seed, tally)
            .runSupposing(arguments);
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  RecordProperty("predicates", int(tally.predicates));
  RecordProperty("true", int(tally.supposedTrue));
  RecordProperty("supposed", int(tally.supposed));
  RecordProperty("held", int(tally.heldSupposed));
  EXPECT_GT(tally.supposedTrue, tally.predicates / 10);
  EXPECT_GT(tally.heldSupposed, tally.supposed / 10);
}

} // namespace
