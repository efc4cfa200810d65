//===- LoopSplitPropertyTest.cpp - split loops against whole ones -*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//
// Random 8 and 16 bit loops whose comparisons decide what is accumulated, run
// before and after loop-split on random arguments and bounds: every result must
// be the same, wrap-around and zero trips included, whatever the knobs; and
// splitting what is split must change nothing.

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "test/unit/analysis/RandomIR.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace triton_ext {

std::unique_ptr<Pass> createLoopSplit();

namespace {

struct Tally {
  unsigned loops = 0, split = 0, pieces = 0, runs = 0;
};

std::string textOf(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  return text;
}

class SplitCheck {
public:
  SplitCheck(unsigned seed, Tally &tally)
      : random(seed), tally(tally), seed(seed) {}

  /// What is wrong, or nothing.
  std::string run();

private:
  using Results = std::vector<Interpreter::Lanes>;

  void addAccumulators();
  scf::ForOp accumulate(scf::ForOp loop, ArrayRef<Value> sinks);
  Value sink(OpBuilder &builder, Value predicate, Value accumulator);
  std::string knobs();
  bool split(ModuleOp module, StringRef knobs);
  std::optional<Results> resultsOf(func::FuncOp function, unsigned arguments,
                                   unsigned budget);
  std::string say(const Twine &what, Operation *after);

  ModuleOp module() { return random.function()->getParentOfType<ModuleOp>(); }

  RandomIR random;
  Tally &tally;
  unsigned seed;
  unsigned accumulators = 0;
};

Value constantOf(OpBuilder &builder, Location loc, Type type, int64_t value) {
  Attribute element = builder.getIntegerAttr(getElementTypeOrSelf(type), value);
  auto attr = cast<TypedAttr>(element);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    attr = DenseElementsAttr::get(tensor, element);
  return arith::ConstantOp::create(builder, loc, attr);
}

/// A value that the predicate decides, of the accumulator's type.
Value SplitCheck::sink(OpBuilder &builder, Value predicate, Value accumulator) {
  Location loc = predicate.getLoc();
  Type type = accumulator.getType();
  auto scaled = [&](OpBuilder &b, int64_t factor) -> Value {
    return arith::MulIOp::create(b, loc, accumulator,
                                 constantOf(b, loc, type, factor));
  };
  if (isa<ShapedType>(predicate.getType()) || random.chance(40))
    return arith::SelectOp::create(builder, loc, predicate, scaled(builder, 5),
                                   constantOf(builder, loc, type, 3));
  auto branch =
      scf::IfOp::create(builder, loc, TypeRange{type}, predicate, true);
  OpBuilder inThen = branch.getThenBodyBuilder();
  scf::YieldOp::create(inThen, loc, scaled(inThen, 7));
  OpBuilder inElse = branch.getElseBodyBuilder();
  scf::YieldOp::create(inElse, loc, constantOf(inElse, loc, type, 11));
  return branch.getResult(0);
}

/// Gives `loop` an accumulator for each of `sinks`: predicates, and 8-bit
/// values that are added as they are.
scf::ForOp SplitCheck::accumulate(scf::ForOp loop, ArrayRef<Value> sinks) {
  IRRewriter rewriter(loop);
  Location loc = loop.getLoc();
  SmallVector<Value> inits;
  for (Value value : sinks) {
    Type type = rewriter.getI8Type();
    if (auto tensor = dyn_cast<RankedTensorType>(value.getType()))
      type = tensor.clone(type);
    inits.push_back(constantOf(rewriter, loc, type, random.pick(0, 9)));
  }
  auto yields = [&](OpBuilder &builder, Location,
                    ArrayRef<BlockArgument> args) {
    SmallVector<Value> results;
    for (auto [value, accumulator] : llvm::zip_equal(sinks, args)) {
      bool isPredicate = getElementTypeOrSelf(value.getType()).isInteger(1);
      Value added = isPredicate ? sink(builder, value, accumulator) : value;
      Value tripled = arith::MulIOp::create(
          builder, loc, accumulator,
          constantOf(builder, loc, accumulator.getType(), 3));
      results.push_back(arith::AddIOp::create(builder, loc, tripled, added));
    }
    return results;
  };
  auto replaced =
      loop.replaceWithAdditionalYields(rewriter, inits, false, yields);
  return cast<scf::ForOp>(replaced->getOperation());
}

/// Makes every predicate of the loop decide something.
void SplitCheck::addAccumulators() {
  scf::ForOp loop = random.loop();
  llvm::MapVector<Block *, SmallVector<Value>> byBlock;
  for (Value predicate : random.predicates())
    byBlock[predicate.getParentBlock()].push_back(predicate);
  SmallVector<Value> outer = byBlock[loop.getBody()];
  for (auto &[block, predicates] : byBlock) {
    if (block == loop.getBody())
      continue;
    auto inner = accumulate(cast<scf::ForOp>(block->getParentOp()), predicates);
    llvm::append_range(outer, inner.getResults());
  }
  accumulate(loop, outer);
  accumulators = outer.size();
}

std::string SplitCheck::knobs() {
  static const char *const kinds[] = {"all", "all", "scalar", "mask"};
  return "max-splits=" + std::to_string(random.pick(1, 4)) +
         " predicates=" + kinds[random.pick(0, 3)];
}

bool SplitCheck::split(ModuleOp module, StringRef knobs) {
  std::unique_ptr<Pass> pass = createLoopSplit();
  auto complain = [](const Twine &message) {
    ADD_FAILURE() << message.str();
    return failure();
  };
  if (failed(pass->initializeOptions(knobs, complain)))
    return false;
  PassManager manager(module.getContext());
  manager.addPass(std::move(pass));
  return succeeded(manager.run(module));
}

/// What the last loop of the function has accumulated; nullopt where that is
/// undefined, or not there after `budget` operations.
std::optional<SplitCheck::Results> SplitCheck::resultsOf(func::FuncOp function,
                                                         unsigned arguments,
                                                         unsigned budget) {
  Interpreter state;
  state.budget = budget;
  RandomIR numbers(arguments);
  // The same numbers for each version of the function.
  for (BlockArgument argument : function.getArguments()) {
    // Corner values of 16 bits now and then only: loops get long.
    int limit = 1 << (bitsOf(argument.getType()) - 1);
    int range = std::min(limit, 400);
    int value = numbers.chance(30)  ? numbers.pick(-12, 12)
                : numbers.chance(4) ? (numbers.chance(50) ? limit - 1 : -limit)
                : numbers.chance(12) && limit == 128
                    ? (numbers.chance(50) ? limit - 1 : -limit)
                    : numbers.pick(-range, range - 1);
    if (auto divisor = function.getArgAttrOfType<IntegerAttr>(
            argument.getArgNumber(), "tt.divisibility"))
      value -= value % int(divisor.getInt());
    state.setScalar(argument, value);
  }
  Block &block = function.getBody().front();
  if (!state.run(block))
    return std::nullopt;
  scf::ForOp last;
  for (auto loop : block.getOps<scf::ForOp>())
    last = loop;
  // Of what was carried before, what nothing uses may be gone.
  Results results;
  for (Value result : last.getResults().take_back(accumulators))
    results.push_back(state.get(result));
  return results;
}

std::string SplitCheck::say(const Twine &what, Operation *after) {
  return "seed " + std::to_string(seed) + ": " + what.str() + "\n" +
         textOf(module()) + "\n" + textOf(after);
}

std::string SplitCheck::run() {
  random.makeLoop();
  addAccumulators();
  OwningOpRef<ModuleOp> changed = module().clone();
  std::string how = knobs();
  if (!split(*changed, how) || failed(verify(*changed)))
    return say("fails with " + how, *changed);
  unsigned before = 0, after = 0;
  module()->walk([&](scf::ForOp) { ++before; });
  changed->walk([&](scf::ForOp) { ++after; });
  ++tally.loops;
  tally.split += after > before;
  tally.pieces += after;
  if (after == before)
    return textOf(module()) == textOf(*changed)
               ? ""
               : say("declined, and changed something", *changed);

  std::string once = textOf(*changed);
  split(*changed, how);
  if (textOf(*changed) != once)
    return say("twice is not once with " + how, *changed);

  auto function = *changed->getOps<func::FuncOp>().begin();
  for (unsigned i = 0; i != 12; ++i) {
    auto expected = resultsOf(random.function(), seed * 100 + i, 20000);
    if (!expected)
      continue;
    auto actual = resultsOf(function, seed * 100 + i, 1000000);
    if (!actual)
      return say("is undefined where it was not, with " + how, *changed);
    if (*actual != *expected)
      return say("gives other results with " + how + ", arguments " + Twine(i),
                 *changed);
    ++tally.runs;
  }
  return "";
}

TEST(LoopSplitProperty, SplitLoopsGiveTheSameResults) {
  Tally tally;
  for (unsigned seed = 0; seed != 1000; ++seed) {
    std::string mistake = SplitCheck(seed, tally).run();
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  RecordProperty("loops", int(tally.loops));
  RecordProperty("split", int(tally.split));
  RecordProperty("pieces", int(tally.pieces));
  RecordProperty("runs", int(tally.runs));
  // It must split something, or it is right for nothing.
  EXPECT_GT(tally.split, tally.loops / 3);
  EXPECT_GT(tally.runs, tally.split * 4);
}

/// A loop over `count` additions, one of them decided by the counter.
std::string loopOf(unsigned count) {
  std::string text = R"(
    func.func @f(%ub: i32, %k: i32) -> i32 {
      %c0 = arith.constant 0 : i32
      %c1 = arith.constant 1 : i32
      %r = scf.for %i = %c0 to %ub step %c1 iter_args(%v0 = %c0) -> (i32) : i32 {
        %c = arith.cmpi slt, %i, %k : i32
        %s = arith.select %c, %v0, %i : i32
        %v1 = arith.addi %s, %v0 : i32
)";
  for (unsigned i = 1; i != count; ++i)
    text += "%v" + std::to_string(i + 1) + " = arith.addi %v" +
            std::to_string(i) + ", %v0 : i32\n";
  return text + "scf.yield %v" + std::to_string(count) +
         " : i32\n}\nreturn %r : i32\n}\n";
}

unsigned piecesOf(unsigned count) {
  auto module = parseSourceString<ModuleOp>(loopOf(count), &testContext());
  PassManager manager(&testContext());
  manager.addPass(createLoopSplit());
  EXPECT_TRUE(succeeded(manager.run(*module)));
  unsigned loops = 0;
  module->walk([&](scf::ForOp) { ++loops; });
  return loops;
}

TEST(LoopSplit, LeavesVeryLargeBodiesAlone) {
  EXPECT_EQ(piecesOf(1000), 2u);
  EXPECT_EQ(piecesOf(3000), 1u);
}

} // namespace
} // namespace triton_ext
