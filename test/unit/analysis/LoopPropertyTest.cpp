//===- LoopPropertyTest.cpp - random loops against claims -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Random 8 and 16 bit loops with comparisons of what varies with them, run on
// random arguments and bounds: forms in terms of the iteration number, the sets
// of iterations that a predicate is given, its segments, and the cuts made from
// them must all hold, wrap-around and zero trips included.

#include "PropertyCheck.h"
#include "RandomIR.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace triton_ext;

namespace {

struct Tally {
  unsigned predicates = 0, known = 0, splitting = 0, guarded = 0;
  /// Iterations of guarded or free claims, and how they were claimed.
  unsigned runs = 0, iterations = 0, uniform = 0, heldGuards = 0, guards = 0,
           cuts = 0;
};

/// One time that a predicate was computed.
struct Observation {
  int64_t iteration;
  LaneClass lanes;
};

class LoopCheck {
public:
  LoopCheck(unsigned seed, Tally &tally)
      : random(seed), tally(tally), seed(seed) {
    random.makeLoop();
    loop = random.loop();
  }

  std::string run() {
    AffineAnalysis analysis(random.function());
    for (Value predicate : random.predicates()) {
      claims.push_back(analysis.classify(predicate, loop));
      count(claims.back());
    }
    claimValues(analysis);
    materializeCuts(analysis);
    for (int i = 0; i != 10 && mistake.empty(); ++i)
      runOnce();
    return mistake;
  }

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
    random.function()->print(os);
  }

  void claimValues(AffineAnalysis &analysis);
  void materializeCuts(AffineAnalysis &analysis);
  void runOnce();
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

  RandomIR random;
  Tally &tally;
  unsigned seed;
  scf::ForOp loop;
  DenseMap<Value, std::unique_ptr<Claim>> values;
  std::vector<PredicateOverLoop> claims;
  std::vector<std::vector<Observation>> observations;
  std::string mistake;

  /// The predicate whose segments were made into cuts.
  std::optional<unsigned> cutClaim;
  SmallVector<Value> cuts;
  Value guard;
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

void LoopCheck::runOnce() {
  observations.assign(claims.size(), {});
  DenseMap<Value, unsigned> indexOf;
  for (auto [index, predicate] : llvm::enumerate(random.predicates()))
    indexOf[predicate] = index;

  Interpreter state;
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
  random.setArguments(state);
  bool isDefined = state.run(random.function().getBody().front());
  if (!wrong.empty() && (isDefined || !random.hasAssumptions()))
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
    std::string mistake = LoopCheck(seed, tally).run();
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

} // namespace
