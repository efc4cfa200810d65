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

void record(const Tally &tally) {
  testing::Test::RecordProperty("loops", int(tally.loops));
  testing::Test::RecordProperty("split", int(tally.split));
  testing::Test::RecordProperty("pieces", int(tally.pieces));
  testing::Test::RecordProperty("runs", int(tally.runs));
}

std::string textOf(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  return text;
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

bool split(ModuleOp module, StringRef knobs) {
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

std::string Comparison::say(const Twine &what, Operation *after) {
  return "seed " + std::to_string(seed) + ": " + what.str() + "\n" +
         textOf(module) + "\n" + textOf(after);
}

std::string Comparison::run(const std::string &how) {
  OwningOpRef<ModuleOp> changed = module.clone();
  if (!split(*changed, how) || failed(verify(*changed)))
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
  split(*changed, how);
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
  explicit MaskedLoop(unsigned seed) : random(seed) {
    type = random.chance(80) ? "i8" : "i16";
    rows = 1 << random.pick(0, 2);
    columns = 1 << random.pick(0, 3);
    text = make();
  }

  RandomIR random;
  std::string text;
  unsigned accumulators = 0;

private:
  std::string make();
  std::string compare(StringRef sign, StringRef lhs, StringRef rhs,
                      StringRef shape);
  void addMask(StringRef mask, StringRef shape, StringRef init);
  std::string tensor() const {
    return "tensor<" + std::to_string(rows) + "x" + std::to_string(columns) +
           "x" + type + ">";
  }
  std::string line(const Twine &right) {
    std::string name = "%v" + std::to_string(++values);
    body += name + " = " + right.str() + "\n";
    return name;
  }

  std::string type;
  int rows = 0, columns = 0;
  unsigned values = 0;
  std::string body, results, arguments, types, yields;
};

/// `lhs sign rhs`, maybe with sides exchanged, or negated twice.
std::string MaskedLoop::compare(StringRef sign, StringRef lhs, StringRef rhs,
                                StringRef shape) {
  static const std::pair<StringRef, StringRef> mirrored[] = {
      {"slt", "sgt"}, {"sgt", "slt"}, {"sle", "sge"}, {"sge", "sle"}};
  static const std::pair<StringRef, StringRef> negated[] = {
      {"slt", "sge"}, {"sgt", "sle"}, {"sle", "sgt"}, {"sge", "slt"}};
  auto find = [](const auto &table, StringRef sign) {
    return llvm::find_if(table,
                         [&](auto &entry) { return entry.first == sign; })
        ->second;
  };
  bool isNegated = random.chance(25);
  if (isNegated)
    sign = find(negated, sign);
  bool isMirrored = random.chance(40);
  if (isMirrored)
    sign = find(mirrored, sign);
  std::string mask =
      line("arith.cmpi " + sign + ", " + (isMirrored ? rhs : lhs) + ", " +
           (isMirrored ? lhs : rhs) + " : " + shape);
  if (!isNegated)
    return mask;
  std::string bits = shape.str();
  bits.replace(bits.rfind(type), type.size(), "i1");
  bool isTensor = shape.starts_with("tensor");
  std::string ones = line(isTensor ? "arith.constant dense<true> : " + bits
                                   : std::string("arith.constant true"));
  return line("arith.xori " + mask + ", " + ones + " : " + bits);
}

/// Adds an accumulator that `mask` decides, of the values' type.
void MaskedLoop::addMask(StringRef mask, StringRef shape, StringRef init) {
  std::string name = std::to_string(accumulators++);
  std::string zero = shape.starts_with("tensor") ? "dense<1> : " + shape.str()
                                                 : "1 : " + shape.str();
  std::string fill = line("arith.constant " + zero);
  std::string moved =
      line("arith.muli %acc" + name + ", " + init + "3 : " + shape);
  std::string bits = shape.str();
  bits.replace(bits.rfind(type), type.size(), "i1");
  bool isTensor = shape.starts_with("tensor");
  bool isSwapped = random.chance(30);
  std::string chosen =
      line("arith.select " + mask + ", " + (isSwapped ? fill : moved) + ", " +
           (isSwapped ? moved : fill) + " : " +
           (isTensor ? bits + ", " + shape.str() : shape.str()));
  std::string next =
      line("arith.addi " + chosen + ", %acc" + name + " : " + shape);
  StringRef comma = accumulators > 1 ? ", " : "";
  arguments += (comma + "%acc" + name + " = " + init).str();
  types += (comma + shape).str();
  yields += (comma + next).str();
}

std::string MaskedLoop::make() {
  std::string all = tensor();
  auto tensorOf = [&](int length) {
    return "tensor<" + std::to_string(length) + "x" + type + ">";
  };
  std::string column = tensorOf(columns), row = tensorOf(rows);
  auto range = [&](int length) {
    std::string wide = "tensor<" + std::to_string(length) + "xi32>";
    std::string lanes = line("tt.make_range {end = " + std::to_string(length) +
                             " : i32, start = 0 : i32} : " + wide);
    return line("arith.trunci " + lanes + " : " + wide + " to " +
                tensorOf(length));
  };
  auto spread = [&](StringRef value, StringRef shape) {
    return line("tt.splat " + value + " : " + type + " -> " + shape);
  };
  auto widen = [&](StringRef value, StringRef from, bool isRow) {
    std::string middle =
        isRow ? "tensor<" + std::to_string(rows) + "x1x" + type + ">"
              : "tensor<1x" + std::to_string(columns) + "x" + type + ">";
    std::string expanded =
        line("tt.expand_dims " + value + " {axis = " + (isRow ? "1" : "0") +
             " : i32} : " + from + " -> " + middle);
    return line("tt.broadcast " + expanded + " : " + middle + " -> " + all);
  };

  std::string rowLanes = range(rows), columnLanes = range(columns);
  std::string om =
      line("arith.addi " + rowLanes + ", " + spread("%row", row) + " : " + row);
  std::string omAll = widen(om, row, true);
  std::string oldest =
      line("arith.subi " + omAll + ", " + spread("%window", all) + " : " + all);
  std::string front = std::move(body);
  body.clear();

  std::string on = line("arith.addi " + columnLanes + ", " +
                        spread("%s", column) + " : " + column);
  std::string onAll = widen(on, column, false);
  std::string seen = compare("sge", omAll, onAll, all);
  std::string near = compare("slt", oldest, onAll, all);
  std::string inside = compare("slt", on, spread("%n", column), column);
  std::string insideAll = compare("slt", onAll, spread("%n", all), all);
  std::string bits = all;
  bits.replace(bits.rfind(type), type.size(), "i1");
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
         arguments + ") -> (" + types + ") : " + type + " {\n" + body +
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
