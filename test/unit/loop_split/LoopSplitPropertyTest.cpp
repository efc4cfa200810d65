//===- LoopSplitPropertyTest.cpp - split loops and whole ones ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Random 8 and 16 bit loops whose comparisons decide what is accumulated, run
// before and after loop-split on random arguments and bounds: every result must
// be the same, wrap-around and zero trips included, whatever the knobs; and
// splitting what is split must change nothing. Once with comparisons of any
// kind, once with the masks of attention: tails, rows against columns, windows,
// several of them at once, and written either way round.

#include "mlir/IR/PatternMatch.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/PassRun.h"
#include "test/unit/analysis/KernelText.h"

using namespace mlir;

namespace triton_ext {

std::unique_ptr<Pass> createLoopSplit();

namespace {

struct Tally {
  unsigned loops = 0, split = 0, pieces = 0, runs = 0;
};

void record(const Tally &tally) {
  testing::Test::RecordProperty("loops", int(tally.loops));
  testing::Test::RecordProperty("split", int(tally.split));
  testing::Test::RecordProperty("pieces", int(tally.pieces));
  testing::Test::RecordProperty("runs", int(tally.runs));
}

/// A pipeline's knobs, at random.
std::string knobs(RandomIR &random) {
  static const char *const kinds[] = {"all",    "all",      "scalar", "mask",
                                      "causal", "windowed", "tail"};
  return "max-splits=" + std::to_string(random.pick(1, 4)) +
         " predicates=" + kinds[random.pick(0, 6)] +
         " dot-tails=" + (random.chance(50) ? "true" : "false") +
         " pointers=" + (random.chance(50) ? "recompute" : "restart");
}

/// Holds a function, whose last loop gives `accumulators`, against what the
/// pass makes of it.
class Comparison {
public:
  Comparison(func::FuncOp function, unsigned accumulators, unsigned seed,
             Tally &tally)
      : function(function), module(function->getParentOfType<ModuleOp>()),
        accumulators(accumulators), seed(seed), tally(tally) {}

  /// What is wrong, or nothing.
  std::string run(const std::string &how);

private:
  using Results = std::vector<Interpreter::Lanes>;

  std::optional<Results> resultsOf(func::FuncOp function, unsigned arguments,
                                   unsigned budget);
  std::string say(const Twine &what, Operation *after);

  func::FuncOp function;
  ModuleOp module;
  unsigned accumulators, seed;
  Tally &tally;
};

/// What the last loop of the function has accumulated; nullopt where that is
/// undefined, or not there after `budget` operations.
std::optional<Comparison::Results> Comparison::resultsOf(func::FuncOp function,
                                                         unsigned arguments,
                                                         unsigned budget) {
  Interpreter state;
  state.budget = budget;
  // The same numbers for each version of the function.
  RandomIR(arguments).setModestArguments(function, state);
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

std::string Comparison::say(const Twine &what, Operation *after) {
  return "seed " + std::to_string(seed) + ": " + what.str() + "\n" +
         textOf(module) + "\n" + textOf(after);
}

std::string Comparison::run(const std::string &how) {
  OwningOpRef<ModuleOp> changed = module.clone();
  if (!runPass(*changed, createLoopSplit(), how))
    return say("fails with " + how, *changed);
  unsigned before = 0, pieces = 0;
  module->walk([&](scf::ForOp) { ++before; });
  changed->walk([&](scf::ForOp) { ++pieces; });
  ++tally.loops;
  tally.split += pieces > before;
  tally.pieces += pieces;
  if (pieces == before)
    return textOf(module) == textOf(*changed)
               ? ""
               : say("declined, and changed something", *changed);

  std::string once = textOf(*changed);
  runPass(*changed, createLoopSplit(), how);
  if (textOf(*changed) != once)
    return say("twice is not once with " + how, *changed);

  auto after = *changed->getOps<func::FuncOp>().begin();
  for (unsigned i = 0; i != 12; ++i) {
    auto expected = resultsOf(function, seed * 100 + i, 20000);
    if (!expected)
      continue;
    auto actual = resultsOf(after, seed * 100 + i, 1000000);
    if (!actual)
      return say("is undefined where it was not, with " + how, *changed);
    if (*actual != *expected)
      return say("gives other results with " + how + ", arguments " + Twine(i),
                 *changed);
    ++tally.runs;
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Comparisons of any kind
//===----------------------------------------------------------------------===//

/// A random loop in which every predicate decides something.
class RandomLoop {
public:
  explicit RandomLoop(unsigned seed) : random(seed) {
    random.makeLoop();
    addAccumulators();
  }

  RandomIR random;
  unsigned accumulators = 0;

private:
  void addAccumulators();
  scf::ForOp accumulate(scf::ForOp loop, ArrayRef<Value> sinks);
  Value sink(OpBuilder &builder, Value predicate, Value accumulator);
};

Value constantOf(OpBuilder &builder, Location loc, Type type, int64_t value) {
  Attribute element = builder.getIntegerAttr(getElementTypeOrSelf(type), value);
  auto attr = cast<TypedAttr>(element);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    attr = DenseElementsAttr::get(tensor, element);
  return arith::ConstantOp::create(builder, loc, attr);
}

/// A value that the predicate decides, of the accumulator's type.
Value RandomLoop::sink(OpBuilder &builder, Value predicate, Value accumulator) {
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
scf::ForOp RandomLoop::accumulate(scf::ForOp loop, ArrayRef<Value> sinks) {
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
void RandomLoop::addAccumulators() {
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

TEST(LoopSplitProperty, SplitLoopsGiveTheSameResults) {
  Tally tally;
  for (unsigned seed = 0; seed != 1000; ++seed) {
    RandomLoop loop(seed);
    std::string mistake =
        Comparison(loop.random.function(), loop.accumulators, seed, tally)
            .run(knobs(loop.random));
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  record(tally);
  // It must split something, or it is right for nothing.
  EXPECT_GT(tally.split, tally.loops / 3);
  EXPECT_GT(tally.runs, tally.split * 4);
}

//===----------------------------------------------------------------------===//
// The masks of attention
//===----------------------------------------------------------------------===//

/// The text of a loop over columns whose masks are some of those that attention
/// has, each written either way round. `@f(lb, ub, row, window, n, k)`.
class MaskedLoop {
public:
  explicit MaskedLoop(unsigned seed)
      : random(seed), kernel(random, random.chance(80) ? "i8" : "i16"),
        type(kernel.type), rows(1 << random.pick(0, 2)),
        columns(1 << random.pick(0, 3)) {
    text = make();
  }

  RandomIR random;
  std::string text;
  unsigned accumulators = 0;

private:
  std::string make();
  void addMask(StringRef mask, StringRef shape, StringRef init);

  KernelText kernel;
  const std::string &type;
  int rows, columns;
  std::string arguments, types, yields;
};

/// Adds an accumulator that `mask` decides, of the values' type.
void MaskedLoop::addMask(StringRef mask, StringRef shape, StringRef init) {
  std::string name = std::to_string(accumulators++);
  std::string fill = kernel.constant(1, shape);
  std::string moved =
      kernel.line("arith.muli %acc" + name + ", " + init + "3 : " + shape);
  bool isTensor = shape.starts_with("tensor");
  bool isSwapped = random.chance(30);
  std::string chosen = kernel.line(
      "arith.select " + mask + ", " + (isSwapped ? fill : moved) + ", " +
      (isSwapped ? moved : fill) + " : " +
      (isTensor ? kernel.masksOf(shape) + ", " + shape.str() : shape.str()));
  std::string next =
      kernel.line("arith.addi " + chosen + ", %acc" + name + " : " + shape);
  StringRef comma = accumulators > 1 ? ", " : "";
  arguments += (comma + "%acc" + name + " = " + init).str();
  types += (comma + shape).str();
  yields += (comma + next).str();
}

std::string MaskedLoop::make() {
  std::string all = kernel.tensor({rows, columns});
  std::string column = kernel.tensor(columns), row = kernel.tensor(rows);
  auto line = [&](const Twine &right) { return kernel.line(right); };
  auto spread = [&](StringRef value, StringRef shape) {
    return kernel.splat(value, shape);
  };
  auto compare = [&](StringRef sign, StringRef lhs, StringRef rhs,
                     StringRef shape) {
    return kernel.compare(sign, lhs, rhs, shape);
  };
  auto widen = [&](StringRef value, bool isRow) {
    return kernel.widen(value, isRow, rows, columns, type);
  };

  std::string rowLanes = kernel.range(rows);
  std::string columnLanes = kernel.range(columns);
  std::string om =
      line("arith.addi " + rowLanes + ", " + spread("%row", row) + " : " + row);
  std::string omAll = widen(om, true);
  std::string oldest =
      line("arith.subi " + omAll + ", " + spread("%window", all) + " : " + all);
  std::string front = kernel.take();

  std::string on = line("arith.addi " + columnLanes + ", " +
                        spread("%s", column) + " : " + column);
  std::string onAll = widen(on, false);
  std::string seen = compare("sge", omAll, onAll, all);
  std::string near = compare("slt", oldest, onAll, all);
  std::string inside = compare("slt", on, spread("%n", column), column);
  std::string insideAll = compare("slt", onAll, spread("%n", all), all);
  std::string bits = kernel.masksOf(all);
  std::string window = line("arith.andi " + seen + ", " + near + " : " + bits);
  std::string whole =
      line("arith.andi " + window + ", " + insideAll + " : " + bits);
  std::string early = compare("slt", "%s", "%k", type);
  if (random.chance(50))
    addMask(seen, all, "%ones");
  if (random.chance(40))
    addMask(window, all, "%ones");
  if (random.chance(40))
    addMask(whole, all, "%ones");
  if (random.chance(40))
    addMask(inside, column, "%onesc");
  if (random.chance(30))
    addMask(early, type, "%one");
  if (accumulators == 0)
    addMask(near, all, "%ones");

  static const int steps[] = {1, 2, 3, 4, 5, 8, 16};
  return "func.func @f(%lb: " + type + ", %ub: " + type + ", %row: " + type +
         ", %window: " + type + ", %n: " + type + ", %k: " + type + ") {\n" +
         front + "%step = arith.constant " +
         std::to_string(steps[random.pick(0, 6)]) + " : " + type +
         "\n%one = arith.constant 1 : " + type +
         "\n%ones = arith.constant dense<1> : " + all +
         "\n%onesc = arith.constant dense<1> : " + column + "\n" +
         "%one3 = arith.constant 3 : " + type +
         "\n%ones3 = arith.constant dense<3> : " + all +
         "\n%onesc3 = arith.constant dense<3> : " + column + "\n" +
         "%r:" + std::to_string(accumulators) + " = scf.for %s = %lb to " +
         (random.chance(50) ? "%n" : "%ub") + " step %step iter_args(" +
         arguments + ") -> (" + types + ") : " + type + " {\n" + kernel.take() +
         "scf.yield " + yields + " : " + types + "\n}\nreturn\n}\n";
}

TEST(LoopSplitProperty, MasksOfAttentionGiveTheSameResults) {
  Tally tally;
  for (unsigned seed = 0; seed != 600; ++seed) {
    MaskedLoop loop(seed);
    auto module = parseSourceString<ModuleOp>(loop.text, &testContext());
    ASSERT_TRUE(module) << loop.text;
    func::FuncOp function = *module->getOps<func::FuncOp>().begin();
    std::string mistake = Comparison(function, loop.accumulators, seed, tally)
                              .run(knobs(loop.random));
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  record(tally);
  EXPECT_GT(tally.split, tally.loops / 2);
  EXPECT_GT(tally.pieces, tally.split * 2);
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
  EXPECT_TRUE(runPass(*module, createLoopSplit()));
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
