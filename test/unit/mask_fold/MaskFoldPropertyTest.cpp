//===- MaskFoldPropertyTest.cpp - kernels without their masks ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Random kernels in which masks decide what is loaded, stored, added, chosen
// and branched upon, run before and after mask-fold: they must store the same
// in the same order, and load nothing that was masked; for negative bounds,
// bounds about zero and at both ends of 32 bits, whatever the knobs. Once with
// masks of tiles as kernels have them, once with comparisons of any kind in 8
// and 16 bits. What was copied once must not be copied again.
//===----------------------------------------------------------------------===//

#include "dialects/Triton/Triton.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/PassRun.h"
#include "test/unit/analysis/KernelText.h"
#include "test/unit/analysis/PropertyCheck.h"
#include "triton_ext/Request.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

std::unique_ptr<Pass> createMaskFold();

namespace {

//===----------------------------------------------------------------------===//
// What masks decide
//===----------------------------------------------------------------------===//

/// Lets the i1 values of a function decide what it does to memory, to which it
/// gets pointers as further arguments.
class Sinks {
public:
  Sinks(func::FuncOp function, RandomIR &random)
      : function(function), random(random), builder(function.getContext()),
        loc(function.getLoc()) {
    for (Type type : {Type(builder.getI32Type()), Type(builder.getF32Type())})
      for (SmallVector<Value> *pointers : {&sources, &targets}) {
        unsigned index = function.getNumArguments();
        (void)function.insertArgument(index, tt::PointerType::get(type, 1), {},
                                      loc);
        pointers->push_back(function.getArgument(index));
      }
  }

  void add();

private:
  void addTo(Block &block, ArrayRef<Value> predicates);
  void addSink(Value predicate);
  void addBranch(Value condition);
  Value mask(Value predicate);
  Value addresses(const SmallVector<Value> &pointers, Value predicate,
                  bool isFloat);
  Value data(Value predicate, bool isFloat);
  Value known(Type type, double number);
  void load(Value predicate, bool isFloat);
  void store(Value predicate, bool isFloat, Value value, Value mask);
  void choose(Value predicate, bool isFloat);
  void addAtomic(Value predicate);

  template <typename Op, typename... Operands>
  Value make(Operands... operands) {
    return Op::create(builder, loc, operands...);
  }

  func::FuncOp function;
  RandomIR &random;
  OpBuilder builder;
  Location loc;
  /// By element type: i32, f32.
  SmallVector<Value> sources, targets;
  /// In the block that is being filled.
  ArrayRef<Value> predicates;
  SmallVector<Value> pool;
};

/// `like`, scalar or tensor, of other elements.
Type withElement(Type like, Type element) {
  auto tensor = dyn_cast<RankedTensorType>(like);
  return tensor ? Type(tensor.clone(element)) : element;
}

void Sinks::add() {
  SmallVector<Value> all = predicatesIn(function);
  SmallVector<Block *> blocks{&function.getBody().front()};
  function.walk([&](scf::ForOp loop) { blocks.push_back(loop.getBody()); });
  DominanceInfo dominance(function);
  for (Block *block : blocks) {
    SmallVector<Value> seen;
    for (Value predicate : all)
      if (dominance.dominates(predicate, block->getTerminator()))
        seen.push_back(predicate);
    // Those of the loops around are taken up less often.
    llvm::erase_if(seen, [&](Value predicate) {
      return predicate.getParentBlock() != block && random.chance(60);
    });
    if (!seen.empty())
      addTo(*block, seen);
  }
}

void Sinks::addTo(Block &block, ArrayRef<Value> seen) {
  builder.setInsertionPoint(block.getTerminator());
  predicates = seen;
  pool.clear();
  for (int count = random.pick(1, 4); count != 0; --count) {
    Value predicate = seen[random.pick(0, int(seen.size()) - 1)];
    if (isa<ShapedType>(predicate.getType()) || random.chance(30))
      addSink(predicate);
    else
      addBranch(predicate);
  }
}

void Sinks::addSink(Value predicate) {
  bool isFloat = random.chance(40);
  switch (random.pick(0, 7)) {
  case 0:
  case 1:
  case 2:
    return load(predicate, isFloat);
  case 3:
  case 4:
    return store(predicate, isFloat, data(predicate, isFloat), mask(predicate));
  case 5:
    return addAtomic(predicate);
  default:
    return choose(predicate, isFloat);
  }
}

/// A branch around stores, with or without results.
void Sinks::addBranch(Value condition) {
  Type i32 = builder.getI32Type();
  Value thenValue = data(condition, false), elseValue = data(condition, false);
  bool hasResult = random.chance(50);
  auto branch = scf::IfOp::create(
      builder, loc, hasResult ? TypeRange{i32} : TypeRange{}, condition,
      /*addThenBlock=*/true, /*addElseBlock=*/hasResult || random.chance(50));
  OpBuilder::InsertionGuard back(builder);
  for (Region *region : branch.getRegions()) {
    if (region->empty())
      continue;
    builder.setInsertionPointToEnd(&region->front());
    bool isThen = region == &branch.getThenRegion();
    store(condition, false, isThen ? thenValue : elseValue, Value());
    ValueRange results = isThen ? elseValue : thenValue;
    scf::YieldOp::create(builder, loc, hasResult ? results : ValueRange());
  }
  if (hasResult)
    pool.push_back(branch.getResult(0));
}

/// The predicate, or another mask that it is part of.
Value Sinks::mask(Value predicate) {
  SmallVector<Value> alike;
  for (Value other : predicates)
    if (other.getType() == predicate.getType())
      alike.push_back(other);
  Value other = alike[random.pick(0, int(alike.size()) - 1)];
  switch (random.pick(0, 11)) {
  case 0:
  case 1:
  case 2:
    return make<arith::AndIOp>(predicate, other);
  case 3:
    return make<arith::OrIOp>(predicate, other);
  case 4:
    return make<arith::XOrIOp>(predicate, other);
  case 5:
    return make<arith::XOrIOp>(predicate, known(predicate.getType(), 1));
  default:
    return predicate;
  }
}

Value Sinks::known(Type type, double number) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr attr;
  if (isa<FloatType>(element))
    attr = builder.getFloatAttr(element, number);
  else if (element.isInteger(1))
    attr = builder.getBoolAttr(number != 0);
  else
    attr = builder.getIntegerAttr(element, int64_t(number));
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    attr = DenseElementsAttr::get(tensor, Attribute(attr));
  return make<arith::ConstantOp>(attr);
}

/// Pointers of the predicate's shape, mostly by what it compares.
Value Sinks::addresses(const SmallVector<Value> &pointers, Value predicate,
                       bool isFloat) {
  Type i32 = withElement(predicate.getType(), builder.getI32Type());
  Value offset = known(i32, random.pick(0, 3));
  if (auto compare = predicate.getDefiningOp<arith::CmpIOp>()) {
    Value side = random.chance(80) ? compare.getLhs() : compare.getRhs();
    unsigned bits = bitsOf(side.getType());
    offset = bits == 32  ? side
             : bits < 32 ? make<arith::ExtSIOp>(i32, side)
                         : make<arith::TruncIOp>(i32, side);
  }
  Value pointer = pointers[isFloat];
  if (isa<ShapedType>(predicate.getType()))
    pointer = make<tt::SplatOp>(
        withElement(predicate.getType(), pointer.getType()), pointer);
  return make<tt::AddPtrOp>(pointer.getType(), pointer, offset);
}

/// Something of the predicate's shape that is there already, or a constant.
Value Sinks::data(Value predicate, bool isFloat) {
  Type type =
      withElement(predicate.getType(), isFloat ? Type(builder.getF32Type())
                                               : Type(builder.getI32Type()));
  SmallVector<Value> alike;
  for (Value value : pool)
    if (value.getType() == type)
      alike.push_back(value);
  if (alike.empty() || random.chance(20))
    return known(type, random.pick(-3, 9));
  return alike[random.pick(0, int(alike.size()) - 1)];
}

void Sinks::load(Value predicate, bool isFloat) {
  Value pointers = addresses(sources, predicate, isFloat);
  Value other = random.chance(50) ? data(predicate, isFloat) : Value();
  OperationState state(loc, tt::LoadOp::getOperationName());
  SmallVector<Value> operands{pointers, mask(predicate)};
  if (other)
    operands.push_back(other);
  state.addOperands(operands);
  state.addTypes(
      withElement(predicate.getType(), isFloat ? Type(builder.getF32Type())
                                               : Type(builder.getI32Type())));
  state.addAttribute("operandSegmentSizes",
                     builder.getDenseI32ArrayAttr({1, 1, other ? 1 : 0}));
  if (random.chance(8))
    state.addAttribute("isVolatile", builder.getBoolAttr(true));
  Value loaded = builder.create(state)->getResult(0);
  pool.push_back(loaded);
  if (random.chance(70))
    store(predicate, isFloat, loaded,
          random.chance(50) ? mask(predicate) : Value());
}

void Sinks::store(Value predicate, bool isFloat, Value value, Value mask) {
  OperationState state(loc, tt::StoreOp::getOperationName());
  SmallVector<Value> operands{addresses(targets, predicate, isFloat), value};
  if (mask)
    operands.push_back(mask);
  state.addOperands(operands);
  builder.create(state);
}

/// A select; of floats often between a product and a sum.
void Sinks::choose(Value predicate, bool isFloat) {
  Value a = data(predicate, isFloat), b = data(predicate, isFloat);
  if (isFloat && random.chance(60))
    a = make<arith::MulFOp>(a, data(predicate, isFloat));
  Value chosen = make<arith::SelectOp>(mask(predicate), a, b);
  if (isFloat && random.chance(60))
    chosen = make<arith::AddFOp>(chosen, data(predicate, isFloat));
  pool.push_back(chosen);
  store(predicate, isFloat, chosen,
        random.chance(40) ? mask(predicate) : Value());
}

/// An addition, relaxed or not, whose result is used or not.
void Sinks::addAtomic(Value predicate) {
  OperationState state(loc, tt::AtomicRMWOp::getOperationName());
  Value value = data(predicate, false);
  state.addOperands(
      {addresses(targets, predicate, false), value, mask(predicate)});
  state.addTypes(value.getType());
  Builder attrs(builder.getContext());
  state.addAttribute("atomic_rmw_op",
                     tt::RMWOpAttr::get(builder.getContext(), tt::RMWOp::ADD));
  state.addAttribute(
      "sem", tt::MemSemanticAttr::get(builder.getContext(),
                                      random.chance(60)
                                          ? tt::MemSemantic::RELAXED
                                          : tt::MemSemantic::ACQUIRE_RELEASE));
  state.addAttribute("scope", tt::MemSyncScopeAttr::get(builder.getContext(),
                                                        tt::MemSyncScope::GPU));
  Value before = builder.create(state)->getResult(0);
  if (random.chance(40))
    pool.push_back(before);
}

//===----------------------------------------------------------------------===//
// Before and after
//===----------------------------------------------------------------------===//

struct Tally {
  unsigned kernels = 0, changed = 0, versioned = 0, runs = 0;
};

void record(const Tally &tally) {
  testing::Test::RecordProperty("kernels", int(tally.kernels));
  testing::Test::RecordProperty("changed", int(tally.changed));
  testing::Test::RecordProperty("versioned", int(tally.versioned));
  testing::Test::RecordProperty("runs", int(tally.runs));
}

/// Holds a kernel against what the pass makes of it.
class Comparison {
public:
  Comparison(func::FuncOp function, RandomIR &random, unsigned seed,
             Tally &tally)
      : function(function), module(function->getParentOfType<ModuleOp>()),
        random(random), seed(seed), tally(tally) {}

  /// What is wrong, or nothing.
  std::string run();

private:
  std::string knobs();
  void setRequest();
  std::optional<Memory> resultsOf(func::FuncOp function, unsigned arguments,
                                  unsigned budget);
  std::string say(const Twine &what, Operation *after);

  func::FuncOp function;
  ModuleOp module;
  RandomIR &random;
  unsigned seed;
  Tally &tally;
};

std::string Comparison::knobs() {
  static const char *const versions[] = {"none", "aligned", "all", "all"};
  return std::string("version=") + versions[random.pick(0, 3)] +
         (random.chance(70) ? "" : " keep-rounding=false");
}

/// What the kernel is compiled for. The interpreter rounds every operation: a
/// select that stays, and a product that is guarded, give the same.
void Comparison::setRequest() {
  Builder builder(module.getContext());
  module->setAttr(
      Request::attributeName,
      builder.getDictionaryAttr(
          {builder.getNamedAttr("backend", builder.getStringAttr("cuda")),
           builder.getNamedAttr("arch", builder.getI64IntegerAttr(90)),
           builder.getNamedAttr("enable_fp_fusion",
                                builder.getBoolAttr(random.chance(50)))}));
}

/// One number: small, about a power of two, or at an end of its type.
int64_t anyNumber(RandomIR &numbers, unsigned bits) {
  int64_t limit = int64_t(1) << (bits - 1);
  switch (numbers.pick(0, 9)) {
  case 0:
  case 1:
    return limit - 1 - numbers.pick(0, 20);
  case 2:
    return -limit + numbers.pick(0, 20);
  case 3:
    return numbers.pick(-40, 40);
  default:
    return numbers.pick(-3, 24);
  }
}

/// What the kernel does to memory; nullopt where that is undefined, or more
/// than `budget` operations.
std::optional<Memory> Comparison::resultsOf(func::FuncOp function,
                                            unsigned arguments,
                                            unsigned budget) {
  Interpreter state;
  state.budget = budget;
  RandomIR numbers(arguments);
  // Near the end of the type, all numbers are, now and then: loops are short.
  int64_t shift = 0;
  unsigned pointers = 0;
  bool isAliased = numbers.chance(30);
  if (numbers.chance(15))
    shift = numbers.chance(50) ? 1 : -1;
  for (BlockArgument argument : function.getArguments()) {
    if (isa<tt::PointerType>(argument.getType())) {
      // Sources and targets of one type.
      uint64_t buffer = isAliased ? pointers / 2 : pointers;
      state.set(argument, {(buffer + 1) << 40});
      ++pointers;
      continue;
    }
    unsigned bits = bitsOf(argument.getType());
    int64_t limit = int64_t(1) << (bits - 1);
    int64_t number = shift > 0   ? limit - 1 - numbers.pick(0, 20)
                     : shift < 0 ? -limit + numbers.pick(0, 20)
                                 : anyNumber(numbers, bits);
    setArgument(argument, number, state);
  }
  state.programIds = {numbers.chance(80) ? numbers.pick(0, 5)
                                         : numbers.pick(0, 2147483646),
                      numbers.pick(0, 3), 0};
  if (!state.run(function.getBody().front()))
    return std::nullopt;
  llvm::sort(state.memory.loaded);
  return state.memory;
}

std::string Comparison::say(const Twine &what, Operation *after) {
  return "seed " + std::to_string(seed) + ": " + what.str() + "\n" +
         textOf(module.getOperation()) + "\n" + textOf(after);
}

unsigned branchesIn(ModuleOp module) {
  unsigned count = 0;
  module.walk([&](scf::IfOp) { ++count; });
  return count;
}

std::string Comparison::run() {
  setRequest();
  if (failed(verify(module)))
    return say("is not made well", module);
  OwningOpRef<ModuleOp> changed = module.clone();
  std::string how = knobs();
  if (!runPass(*changed, createMaskFold(), how))
    return say("fails with " + how, *changed);
  ++tally.kernels;
  std::string once = textOf(changed->getOperation());
  if (once == textOf(module.getOperation()))
    return "";
  ++tally.changed;
  unsigned branches = branchesIn(*changed);
  tally.versioned += branches > branchesIn(module);
  if (random.chance(30)) {
    runPass(*changed, createMaskFold(), how);
    if (branchesIn(*changed) > branches)
      return say("copies again with " + how + ", once is\n" + once, *changed);
  }

  auto after = *changed->getOps<func::FuncOp>().begin();
  for (unsigned i = 0; i != 16; ++i) {
    auto expected = resultsOf(function, seed * 100 + i, 6000);
    if (!expected)
      continue;
    auto actual = resultsOf(after, seed * 100 + i, 12000);
    if (!actual)
      return say("is undefined where it was not, with " + how, *changed);
    if (actual->effects != expected->effects)
      return say("has other effects with " + how + ", arguments " + Twine(i),
                 *changed);
    if (!std::includes(expected->loaded.begin(), expected->loaded.end(),
                       actual->loaded.begin(), actual->loaded.end()))
      return say("loads more with " + how + ", arguments " + Twine(i),
                 *changed);
    ++tally.runs;
  }
  return "";
}

TEST(MaskFoldProperty, MasksOfTilesGiveTheSameResults) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(600); ++seed) {
    RandomIR random(seed);
    const char *type = random.chance(75) ? "i32" : "i8";
    TiledKernel kernel(
        random, type, StringRef(type) == "i32" && random.chance(60) ? "x" : "");
    auto module = parseSourceString<ModuleOp>(kernel.text, &testContext());
    ASSERT_TRUE(module) << kernel.text;
    func::FuncOp function = *module->getOps<func::FuncOp>().begin();
    Sinks(function, random).add();
    std::string mistake = Comparison(function, random, seed, tally).run();
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  record(tally);
  // It must fold something, or it is right for nothing.
  EXPECT_GT(tally.changed, tally.kernels / 4);
  EXPECT_GT(tally.versioned, tally.kernels / 10);
  EXPECT_GT(tally.runs, tally.changed * 6);
}

TEST(MaskFoldProperty, PredicatesOfAnyKindGiveTheSameResults) {
  Tally tally;
  for (unsigned seed = 0; seed != caseCount(900); ++seed) {
    RandomIR random(seed);
    if (random.chance(35))
      random.makeStraightLine(random.pick(6, 18));
    else
      random.makeLoop();
    Sinks(random.function(), random).add();
    std::string mistake =
        Comparison(random.function(), random, seed, tally).run();
    ASSERT_TRUE(mistake.empty()) << mistake;
  }
  record(tally);
  EXPECT_GT(tally.changed, tally.kernels / 6);
  EXPECT_GT(tally.versioned, tally.kernels / 30);
  EXPECT_GT(tally.runs, tally.changed * 6);
}

} // namespace
} // namespace triton_ext
