//===- LoopBoundsPropertyTest.cpp - shortened loops against whole -*- C++ -*-=//
// SPDX-License-Identifier: MIT
//
// Random loops whose comparisons decide what is accumulated, in integers and in
// floats that may be -0, infinite or NaN, run before and after loop-bounds on
// random arguments and bounds: every result must have the same bits, NaN being
// one value, wrap-around and zero trips included, whatever the knobs that are
// exact; and shortening what is short must change nothing. With finite values
// and large fills, `assume-finite-fill` must give the same bits in every lane
// that has seen more than fills.

#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "test/unit/PassRun.h"
#include "test/unit/analysis/RandomIR.h"
#include "triton_ext/Request.h"
#include <limits>

using namespace mlir;

namespace triton_ext {

std::unique_ptr<Pass> createLoopBounds();

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

struct Tally {
  unsigned loops = 0, shortened = 0, runs = 0, fewer = 0;
  /// Loops that are not shortened without the knob; lanes that have seen more
  /// than fills, and the others.
  unsigned byFill = 0, seen = 0, unseen = 0;
};

/// Makes code of one shape, scalars or tensors.
class Maker {
public:
  Maker(OpBuilder &builder, Location loc, Type like, RandomIR &random,
        bool isFinite)
      : builder(builder), loc(loc), like(like), random(random),
        isFinite(isFinite) {}

  Type typeOf(Type element) const {
    auto tensor = dyn_cast<RankedTensorType>(like);
    return tensor ? Type(tensor.clone(element)) : element;
  }
  Value number(float value) {
    return constant(FloatAttr::get(builder.getF32Type(), value));
  }
  Value number(int value) { return constant(builder.getI8IntegerAttr(value)); }
  Value any(std::initializer_list<float> choices) {
    return number(choices.begin()[random.pick(0, int(choices.size()) - 1)]);
  }
  template <typename Op, typename... Operands>
  Value make(Operands... operands) {
    return Op::create(builder, loc, operands...);
  }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  /// Something that differs from one iteration to the next, now and then not
  /// finite where that may be.
  Value data(Value counter) {
    Value small = counter;
    if (small.getType() != builder.getI8Type())
      small = arith::TruncIOp::create(builder, loc, builder.getI8Type(), small);
    Value value =
        arith::SIToFPOp::create(builder, loc, builder.getF32Type(), small);
    Value odd = arith::ConstantOp::create(
        builder, loc, builder.getI8IntegerAttr(random.pick(-20, 20)));
    Value isOdd = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        small, odd);
    float special[] = {infinity, -infinity, nan, -0.0f, 0.5f};
    Value other = arith::ConstantOp::create(
        builder, loc,
        FloatAttr::get(builder.getF32Type(),
                       special[random.pick(isFinite ? 4 : 0, 4)]));
    value = arith::SelectOp::create(builder, loc, isOdd, other, value);
    return isa<RankedTensorType>(like)
               ? Value(triton::SplatOp::create(
                     builder, loc, typeOf(builder.getF32Type()), value))
               : value;
  }

  OpBuilder &builder;

private:
  Value constant(TypedAttr element) {
    TypedAttr attr = element;
    if (auto tensor = dyn_cast<RankedTensorType>(like))
      attr = DenseElementsAttr::get(tensor.clone(element.getType()),
                                    Attribute(element));
    return arith::ConstantOp::create(builder, loc, attr);
  }

  Location loc;
  Type like;
  RandomIR &random;
  bool isFinite;
};

class BoundsCheck {
public:
  /// `hasFills`: fills are finite, and so is all else, by `assume-finite-fill`.
  BoundsCheck(unsigned seed, Tally &tally, bool hasFills)
      : random(seed), tally(tally), seed(seed), hasFills(hasFills) {}

  /// What is wrong, or nothing.
  std::string run();

private:
  using Results = std::vector<Interpreter::Lanes>;
  using Values = SmallVector<Value>;

  /// Carried values and what an iteration makes of them.
  struct Accumulator {
    Values inits;
    std::function<Values(Maker &, Value predicate, Value counter, Values)>
        update;
    bool hasFill = false;
  };
  /// A carried value of those added: whether it is filled where which predicate
  /// is false.
  struct Carried {
    Value predicate;
    bool hasFill;
  };
  /// Lanes in which a predicate was true once.
  using Seen = DenseMap<Value, Interpreter::Lanes>;

  Accumulator accumulator(Maker &maker);
  Accumulator softmax(Maker &maker);
  void addAccumulators();
  std::optional<Results> resultsOf(func::FuncOp function, unsigned arguments,
                                   unsigned budget, unsigned &taken,
                                   Seen *seen = nullptr);
  std::string difference(const Results &actual, const Results &expected,
                         const Seen &seen);
  std::string say(const Twine &what, Operation *after);
  ModuleOp module() { return random.function()->getParentOfType<ModuleOp>(); }

  RandomIR random;
  Tally &tally;
  unsigned seed;
  bool hasFills;
  std::vector<Carried> carried;
};

/// A running maximum and a sum scaled by it, with or without a guard.
BoundsCheck::Accumulator BoundsCheck::softmax(Maker &maker) {
  float fill = random.chance(hasFills ? 10 : 80) ? -infinity
               : hasFills && random.chance(40)   ? -1e4f
                                                 : -1e6f;
  bool isGuarded = random.chance(60);
  Accumulator made;
  made.hasFill = hasFills;
  made.inits = {maker.any({-infinity, -infinity, hasFills ? fill : -1e30f, 0}),
                maker.any({0.0f, 0.0f, 1.0f, hasFills ? 0.0f : -0.0f})};
  made.update = [=](Maker &maker, Value predicate, Value counter,
                    Values state) -> Values {
    Value x = maker.make<arith::SelectOp>(predicate, maker.data(counter),
                                          maker.number(fill));
    Value top = maker.make<arith::MaxNumFOp>(state[0], x);
    Value low = top;
    if (isGuarded)
      low = maker.make<arith::SelectOp>(maker.compare(arith::CmpFPredicate::OEQ,
                                                      top,
                                                      maker.number(-infinity)),
                                        maker.number(0.0f), top);
    Value alpha =
        maker.make<math::Exp2Op>(maker.make<arith::SubFOp>(state[0], low));
    Value p = maker.make<math::Exp2Op>(maker.make<arith::SubFOp>(x, low));
    Value scaled = maker.make<arith::MulFOp>(state[1], alpha);
    return {top, maker.make<arith::AddFOp>(scaled, p)};
  };
  return made;
}

BoundsCheck::Accumulator BoundsCheck::accumulator(Maker &maker) {
  Accumulator made;
  int c = random.pick(-9, 9);
  auto one = [&](Value init, auto update) {
    made.inits = {init};
    made.update = [=](Maker &maker, Value predicate, Value counter,
                      Values state) -> Values {
      return {update(maker, predicate, counter, state[0])};
    };
    return made;
  };
  Value start = hasFills
                    ? maker.any({0.0f, 1.0f, -2.5f})
                    : maker.any({0.0f, -0.0f, 1.0f, -infinity, infinity, nan});
  float neutral = random.chance(50) ? 0.0f : -0.0f;
  switch (hasFills && random.chance(70) ? 0 : random.pick(0, 10)) {
  case 0:
  case 1:
    return softmax(maker);
  case 2: // A masked sum.
    return one(start, [=](Maker &m, Value p, Value i, Value s) {
      return m.make<arith::AddFOp>(
          s, m.make<arith::SelectOp>(p, m.data(i), m.number(neutral)));
    });
  case 3: // A masked maximum or minimum.
    return one(start, [=](Maker &m, Value p, Value i, Value s) {
      Value x = m.make<arith::SelectOp>(p, m.data(i), m.number(-infinity));
      return c % 3 == 0 ? m.make<arith::MaxNumFOp>(s, x)
             : c % 3 == 1
                 ? m.make<arith::MaximumFOp>(s, x)
                 : m.make<arith::MinNumFOp>(s, m.make<arith::NegFOp>(x));
    });
  case 4: // A masked product; zero kills what is finite.
    return one(start, [=](Maker &m, Value p, Value i, Value s) {
      return m.make<arith::MulFOp>(
          s,
          m.make<arith::SelectOp>(p, m.data(i), m.number(c % 2 ? 1.0f : 0.0f)));
    });
  case 5: // A masked step.
    return one(start, [=](Maker &m, Value p, Value i, Value s) {
      return m.make<arith::SelectOp>(p, m.make<arith::AddFOp>(s, m.data(i)), s);
    });
  case 6: // The same, and what is masked is forgotten.
    return one(start, [=](Maker &m, Value p, Value i, Value s) {
      return m.make<arith::SelectOp>(p, m.make<arith::AddFOp>(s, m.data(i)),
                                     m.number(float(c)));
    });
  case 7:
    return one(maker.number(c), [=](Maker &m, Value p, Value i, Value s) {
      return m.make<arith::AddIOp>(
          s, m.make<arith::SelectOp>(p, m.number(5), m.number(0)));
    });
  case 8:
    return one(maker.number(c), [=](Maker &m, Value p, Value i, Value s) {
      Value next = m.make<arith::MulIOp>(s, m.number(3));
      return m.make<arith::SelectOp>(p, next, c % 2 ? s : m.number(7));
    });
  default: // It counts, and is looked at under the mask.
    made.inits = {maker.number(c), maker.number(0)};
    made.update = [=](Maker &m, Value p, Value i, Values s) -> Values {
      Value seen = m.make<arith::SelectOp>(p, s[0], m.number(0));
      return {m.make<arith::AddIOp>(s[0], m.number(c)),
              m.make<arith::AddIOp>(s[1], seen)};
    };
    return made;
  }
}

/// Lets one to three predicates of the loop decide something.
void BoundsCheck::addAccumulators() {
  scf::ForOp loop = random.loop();
  Values predicates;
  for (Value predicate : random.predicates())
    if (predicate.getParentBlock() == loop.getBody())
      predicates.push_back(predicate);
  if (predicates.empty())
    return;
  IRRewriter rewriter(loop);
  Location loc = loop.getLoc();
  std::vector<std::pair<Value, Accumulator>> added;
  Values inits;
  Value first = predicates[random.pick(0, int(predicates.size()) - 1)];
  for (int i = random.pick(1, 3); i != 0; --i) {
    Value predicate =
        random.chance(70)
            ? first
            : predicates[random.pick(0, int(predicates.size()) - 1)];
    Maker maker(rewriter, loc, predicate.getType(), random, hasFills);
    added.push_back({predicate, accumulator(maker)});
    const Accumulator &last = added.back().second;
    llvm::append_range(inits, last.inits);
    carried.resize(inits.size(), Carried{predicate, last.hasFill});
  }
  auto yields = [&](OpBuilder &builder, Location loc,
                    ArrayRef<BlockArgument> args) {
    Values results;
    for (auto &[predicate, accumulator] : added) {
      Maker maker(builder, loc, predicate.getType(), random, hasFills);
      Values state;
      for (size_t i = 0; i != accumulator.inits.size(); ++i)
        state.push_back(args[results.size() + i]);
      // The counter is that of the loop that the builder stands in.
      auto around =
          cast<scf::ForOp>(builder.getInsertionBlock()->getParentOp());
      llvm::append_range(results,
                         accumulator.update(maker, predicate,
                                            around.getInductionVar(), state));
    }
    return results;
  };
  auto replaced =
      loop.replaceWithAdditionalYields(rewriter, inits, false, yields);
  ASSERT_TRUE(succeeded(replaced));
  // Somebody wants to know.
  Operation *whole = replaced->getOperation();
  rewriter.setInsertionPointAfter(whole);
  for (Value result : whole->getResults().take_back(inits.size()))
    if (isa<FloatType>(getElementTypeOrSelf(result.getType())))
      arith::NegFOp::create(rewriter, loc, result);
    else
      arith::AddIOp::create(rewriter, loc, result, result);
}

/// What the loop of the function has accumulated; nullopt where that is
/// undefined, or not there after `budget` operations, of which `taken` were
/// needed. NaN is one value.
std::optional<BoundsCheck::Results>
BoundsCheck::resultsOf(func::FuncOp function, unsigned arguments,
                       unsigned budget, unsigned &taken, Seen *seen) {
  Interpreter state;
  state.budget = budget;
  if (seen) {
    for (const Carried &value : carried)
      (*seen)[value.predicate].assign(lanesOf(value.predicate.getType()), 0);
    state.onValue = [&](Value value) {
      auto found = seen->find(value);
      if (found != seen->end())
        for (auto [lane, now] :
             llvm::zip_equal(found->second, state.get(value)))
          lane |= now;
    };
  }
  RandomIR(arguments).setModestArguments(function, state);
  Block &block = function.getBody().front();
  if (!state.run(block))
    return std::nullopt;
  taken = budget - state.budget;
  Results results;
  Operation *end = block.getTerminator();
  for (size_t i = carried.size(); i != 0; --i) {
    end = end->getPrevNode();
    Value result = end->getOperand(0);
    Interpreter::Lanes lanes = state.get(result);
    if (isa<FloatType>(getElementTypeOrSelf(result.getType())))
      for (uint64_t &lane : lanes)
        if (std::isnan(llvm::bit_cast<float>(uint32_t(lane))))
          lane = llvm::bit_cast<uint32_t>(nan);
    results.push_back(lanes);
  }
  return results;
}

std::string BoundsCheck::say(const Twine &what, Operation *after) {
  return "seed " + std::to_string(seed) + ": " + what.str() + "\n" +
         textOf(module()) + "\n" + textOf(after);
}

/// What differs in lanes that matter: all but those that saw nothing but fills.
std::string BoundsCheck::difference(const Results &actual,
                                    const Results &expected, const Seen &seen) {
  std::string values;
  // The last one first.
  for (auto [a, b, value] :
       llvm::zip_equal(actual, expected, llvm::reverse(carried)))
    for (auto [i, lane] : llvm::enumerate(seen.find(value.predicate)->second)) {
      ++(lane ? tally.seen : tally.unseen);
      if (a[i] != b[i] && (lane || !value.hasFill))
        values += " " + std::to_string(a[i]) + " for " + std::to_string(b[i]);
    }
  return values;
}

std::string BoundsCheck::run() {
  random.makeLoop();
  addAccumulators();
  if (carried.empty())
    return "";
  Builder builder(module().getContext());
  // Nothing is contracted here: the interpreter rounds each operation.
  module()->setAttr(Request::attributeName,
                    builder.getDictionaryAttr(builder.getNamedAttr(
                        "enable_fp_fusion", builder.getBoolAttr(false))));
  if (failed(verify(module())))
    return say("is not made well", module());
  OwningOpRef<ModuleOp> changed = module().clone();
  static const char *const ends[] = {"both", "both", "leading", "trailing"};
  std::string exact = std::string("ends=") + ends[random.pick(0, 3)];
  std::string knobs = exact + (hasFills ? " assume-finite-fill=true" : "");
  if (!runPass(*changed, createLoopBounds(), knobs))
    return say("fails with " + knobs, *changed);
  ++tally.loops;
  std::string once = textOf(*changed);
  if (once == textOf(module()))
    return "";
  ++tally.shortened;
  if (hasFills) {
    OwningOpRef<ModuleOp> other = module().clone();
    runPass(*other, createLoopBounds(), exact);
    tally.byFill += textOf(*other) == textOf(module());
  }
  runPass(*changed, createLoopBounds(), knobs);
  if (textOf(*changed) != once)
    return say("twice is not once with " + knobs, *changed);

  auto function = *changed->getOps<func::FuncOp>().begin();
  for (unsigned i = 0; i != 12; ++i) {
    unsigned before = 0, after = 0;
    Seen seen;
    auto expected =
        resultsOf(random.function(), seed * 100 + i, 60000, before, &seen);
    if (!expected)
      continue;
    auto actual = resultsOf(function, seed * 100 + i, 1000000, after);
    if (!actual)
      return say("is undefined where it was not, with " + knobs, *changed);
    std::string values = difference(*actual, *expected, seen);
    if (!values.empty())
      return say("gives other results with " + knobs + ", arguments " +
                     Twine(i) + ":" + values,
                 *changed);
    ++tally.runs;
    tally.fewer += after < before;
  }
  return "";
}

Tally checkAll(unsigned count, bool hasFills) {
  testContext().loadDialect<math::MathDialect>();
  Tally tally;
  std::string mistake;
  for (unsigned seed = 0; seed != count && mistake.empty(); ++seed)
    mistake = BoundsCheck(seed, tally, hasFills).run();
  EXPECT_TRUE(mistake.empty()) << mistake;
  testing::Test::RecordProperty("loops", int(tally.loops));
  testing::Test::RecordProperty("shortened", int(tally.shortened));
  testing::Test::RecordProperty("runs", int(tally.runs));
  testing::Test::RecordProperty("fewer", int(tally.fewer));
  // It must shorten something, or it is right for nothing.
  EXPECT_GT(tally.shortened, tally.loops / 20);
  EXPECT_GT(tally.runs, tally.shortened * 3);
  return tally;
}

TEST(LoopBoundsProperty, ShortenedLoopsGiveTheSameResults) {
  Tally tally = checkAll(1200, false);
  // Most loops are short: the operations that make the bounds are more.
  EXPECT_GT(tally.fewer, tally.runs / 20);
}

TEST(LoopBoundsProperty, LanesThatSeeMoreThanFillsAreTheSame) {
  Tally tally = checkAll(220, true);
  RecordProperty("by-fill", int(tally.byFill));
  RecordProperty("seen", int(tally.seen));
  RecordProperty("unseen", int(tally.unseen));
  EXPECT_GT(tally.byFill, tally.shortened / 4);
  EXPECT_GT(tally.seen, tally.unseen / 8);
}

} // namespace
} // namespace triton_ext
