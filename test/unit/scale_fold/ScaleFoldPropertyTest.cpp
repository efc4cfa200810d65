//===- ScaleFoldPropertyTest.cpp - what scale-fold rounds -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Random exponentials, and random loops as attention has them, run with 32-bit
// floats before and after scale-fold, and in 64 bits: each exponential must be
// as near to the truth as docs/scale-fold.md says, be NaN, zero and infinite
// where it was, and the running maximum must keep every bit.
//===----------------------------------------------------------------------===//

#include "dialects/Triton/Triton.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/PassRun.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <random>

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

std::unique_ptr<Pass> createScaleFold();

namespace {

constexpr int64_t rows = 4, columns = 8;
constexpr double halfUlp = 0x1p-24;

MLIRContext &context() {
  static MLIRContext *made = [] {
    DialectRegistry registry;
    registry.insert<tt::TritonDialect, arith::ArithDialect, math::MathDialect,
                    scf::SCFDialect>();
    auto *result = new MLIRContext(registry);
    result->loadAllAvailableDialects();
    return result;
  }();
  return *made;
}

//===----------------------------------------------------------------------===//
// Running a function
//===----------------------------------------------------------------------===//

using Lanes = std::vector<double>;

/// Executes float operations lane by lane.
class Machine {
public:
  enum Mode {
    Single,   ///< rounds every result to 32 bits
    Double,   ///< 64 bits, as good as exact
    Magnitude ///< the size of what a value is made of: |a| + |b| for a - b
  };
  explicit Machine(Mode mode) : mode(mode) {}

  void run(Block &block) {
    for (Operation &op : block)
      if (!op.hasTrait<OpTrait::IsTerminator>())
        execute(op);
  }

  std::vector<Lanes> operands(Operation *op) const {
    std::vector<Lanes> result;
    for (Value operand : op->getOperands())
      result.push_back(values.lookup(operand));
    return result;
  }

  llvm::DenseMap<Value, Lanes> values;
  /// Conditions as another machine saw them, for `Magnitude`.
  const Machine *conditions = nullptr;

private:
  double round(double value) const {
    return mode == Single ? double(float(value)) : value;
  }
  void execute(Operation &op);
  void executeLoop(scf::ForOp loop);
  Lanes reduced(tt::ReduceOp reduce) const;
  double element(Operation &op, ArrayRef<double> of) const;
  Lanes constant(arith::ConstantOp op) const;
  static std::pair<int64_t, int64_t> shapeOf(Type type);

  Mode mode;
};

/// Every tensor here as rows and columns.
std::pair<int64_t, int64_t> Machine::shapeOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return {1, 1};
  if (tensor.getRank() == 1)
    return {tensor.getDimSize(0), 1};
  return {tensor.getDimSize(0), tensor.getDimSize(1)};
}

Lanes Machine::constant(arith::ConstantOp op) const {
  auto [height, width] = shapeOf(op.getType());
  Attribute value = op.getValue();
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    value = dense.getSplatValue<Attribute>();
  double number = isa<IntegerAttr>(value)
                      ? double(cast<IntegerAttr>(value).getInt())
                      : cast<FloatAttr>(value).getValueAsDouble();
  if (mode == Magnitude)
    number = std::isinf(number) ? 0 : std::abs(number);
  return Lanes(height * width, number);
}

double Machine::element(Operation &op, ArrayRef<double> of) const {
  bool isMagnitude = mode == Magnitude;
  if (isa<arith::AddFOp>(op))
    return round(of[0] + of[1]);
  if (isa<arith::SubFOp>(op))
    return isMagnitude ? of[0] + of[1] : round(of[0] - of[1]);
  if (isa<arith::MulFOp>(op))
    return round(of[0] * of[1]);
  if (isa<arith::DivFOp>(op))
    return round(of[0] / of[1]);
  if (isa<arith::MaxNumFOp>(op))
    return std::fmax(of[0], of[1]);
  if (isa<math::FmaOp>(op))
    return mode == Single ? std::fma(float(of[0]), float(of[1]), float(of[2]))
                          : std::fma(of[0], of[1], of[2]);
  if (isMagnitude && isa<math::ExpOp, math::LogOp>(op))
    return 0;
  if (isa<math::ExpOp>(op))
    return round(std::exp(of[0]));
  if (isa<math::Exp2Op>(op))
    return round(std::exp2(of[0]));
  if (isa<math::LogOp>(op))
    return round(std::log(of[0]));
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return compare.getPredicate() == arith::CmpFPredicate::OEQ ? of[0] == of[1]
                                                               : of[0] > of[1];
  if (isa<arith::SelectOp>(op))
    return of[0] != 0 ? of[1] : of[2];
  llvm::report_fatal_error("unknown: " + op.getName().getStringRef());
}

/// Along the second axis, from left to right.
Lanes Machine::reduced(tt::ReduceOp reduce) const {
  Lanes source = values.lookup(reduce->getOperand(0));
  Operation &combine = reduce->getRegion(0).front().front();
  auto [height, width] = shapeOf(reduce->getOperand(0).getType());
  Lanes result;
  for (int64_t row = 0; row < height; ++row) {
    double sum = source[row * width];
    for (int64_t column = 1; column < width; ++column)
      sum = element(combine, {sum, source[row * width + column]});
    result.push_back(sum);
  }
  return result;
}

void Machine::executeLoop(scf::ForOp loop) {
  auto number = [&](Value value) { return values.lookup(value)[0]; };
  std::vector<Lanes> carried;
  for (Value init : loop.getInitArgs())
    carried.push_back(values.lookup(init));
  for (double i = number(loop.getLowerBound());
       i < number(loop.getUpperBound()); i += number(loop.getStep())) {
    for (auto [arg, lanes] : llvm::zip_equal(loop.getRegionIterArgs(), carried))
      values[arg] = lanes;
    run(*loop.getBody());
    carried = operands(loop.getBody()->getTerminator());
  }
  for (auto [result, lanes] : llvm::zip_equal(loop.getResults(), carried))
    values[result] = lanes;
}

void Machine::execute(Operation &op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return executeLoop(loop);
  Value result = op.getResult(0);
  if (auto number = dyn_cast<arith::ConstantOp>(op)) {
    values[result] = constant(number);
    return;
  }
  if (auto reduce = dyn_cast<tt::ReduceOp>(op)) {
    values[result] = reduced(reduce);
    return;
  }
  if (isa<arith::CmpFOp>(op) && conditions) {
    values[result] = conditions->values.lookup(result);
    return;
  }
  auto [height, width] = shapeOf(result.getType());
  Lanes lanes(height * width);
  for (int64_t i = 0; i < height * width; ++i) {
    SmallVector<double> of;
    for (Value operand : op.getOperands()) {
      auto [fromHeight, fromWidth] = shapeOf(operand.getType());
      int64_t row = fromHeight == 1 ? 0 : i / width;
      int64_t column = fromWidth == 1 ? 0 : i % width;
      of.push_back(values.lookup(operand)[row * fromWidth + column]);
    }
    lanes[i] = isa<tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp>(op)
                   ? of[0]
                   : element(op, of);
  }
  values[result] = std::move(lanes);
}

//===----------------------------------------------------------------------===//
// Functions, and what they are given
//===----------------------------------------------------------------------===//

class Source {
public:
  explicit Source(unsigned seed) : engine(seed) {}

  unsigned below(unsigned limit) { return engine() % limit; }
  bool chance(unsigned percent) { return below(100) < percent; }
  double number(double size) {
    double drawn = std::uniform_real_distribution<>(-size, size)(engine);
    return float(drawn);
  }

  /// An expression over the arguments; its lines go to `text`.
  std::string expression(std::string &text, unsigned depth);
  /// A name for what `operation` gives.
  std::string line(std::string &text, const std::string &operation) {
    std::string name = "%v" + std::to_string(next++);
    text += "    " + name + " = " + operation + "\n";
    return name;
  }
  std::string constant(std::string &text, double value, StringRef type) {
    return line(
        text,
        llvm::formatv("arith.constant dense<{0:E9}> : {1}", value, type).str());
  }

private:
  std::mt19937 engine;
  unsigned next = 0;
};

const std::string tile = "tensor<4x8xf32>", row = "tensor<4xf32>";

std::string Source::expression(std::string &text, unsigned depth) {
  if (depth == 0) {
    unsigned leaf = below(5);
    if (leaf < 2)
      return leaf ? "%x" : "%y";
    if (leaf == 2) {
      std::string c = line(text, "tt.expand_dims %r {axis = 1 : i32} : "
                                 "tensor<4xf32> -> tensor<4x1xf32>");
      return line(text, "tt.broadcast " + c +
                            " : tensor<4x1xf32> -> tensor<4x8xf32>");
    }
    if (leaf == 3)
      return line(text, "tt.splat %s : f32 -> " + tile);
    return constant(text, chance(30) ? 0.0 : number(9), tile);
  }
  std::string a = expression(text, depth - 1);
  auto binary = [&](StringRef op, const std::string &b) {
    return line(text, (op + " " + a + ", " + b + " : " + tile).str());
  };
  switch (below(6)) {
  case 0:
    return binary("arith.addf", expression(text, below(depth)));
  case 1:
  case 2:
    return binary("arith.subf", expression(text, below(depth)));
  case 3:
    return binary("arith.mulf",
                  chance(50) ? constant(text, number(3), tile)
                             : line(text, "tt.splat %t : f32 -> " + tile));
  case 4:
    return binary("arith.divf",
                  chance(50) ? constant(text, 0.3 + below(9), tile)
                             : line(text, "tt.splat %u : f32 -> " + tile));
  default:
    std::string b = expression(text, below(depth));
    if (chance(40))
      b = line(text, "arith.constant dense<0xFF800000> : " + tile);
    return line(text, "arith.select %c, " + a + ", " + b +
                          " : tensor<4x8xi1>, " + tile);
  }
}

OwningOpRef<ModuleOp> parsed(const std::string &text) {
  auto module = parseSourceString<ModuleOp>(text, &context());
  EXPECT_TRUE(module) << text;
  return module;
}

Block &bodyOf(ModuleOp module) {
  return (*module.getOps<tt::FuncOp>().begin()).getBody().front();
}

/// How many operations on elements there are, two in an exponential to base e.
int64_t workIn(ModuleOp module) {
  int64_t count = 0;
  module->walk([&](Operation *op) {
    if (!isa<arith::MulFOp, arith::DivFOp, arith::AddFOp, arith::SubFOp,
             math::FmaOp, math::ExpOp>(op))
      return;
    auto tensor = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    count += tensor ? tensor.getNumElements() : 1;
  });
  return count;
}

unsigned countOf(ModuleOp module, StringRef name) {
  unsigned count = 0;
  module->walk(
      [&](Operation *op) { count += op->getName().getStringRef() == name; });
  return count;
}

/// A copy after the pass.
OwningOpRef<ModuleOp> folded(ModuleOp module, StringRef knobs) {
  OwningOpRef<ModuleOp> copy = module.clone();
  EXPECT_TRUE(runPass(*copy, createScaleFold(), knobs)) << textOf(*copy);
  return copy;
}

void give(Machine &machine, Block &block, ArrayRef<Lanes> arguments) {
  for (auto [argument, lanes] :
       llvm::zip_equal(block.getArguments(), arguments))
    machine.values[argument] = lanes;
}

Lanes drawn(Source &source, int64_t count, double size) {
  Lanes lanes(count);
  for (double &lane : lanes)
    lane = source.number(size);
  return lanes;
}

bool isAlike(double a, double b) {
  return std::isnan(a) == std::isnan(b) &&
         (std::isnan(a) || std::isinf(a) || std::isinf(b)
              ? std::isnan(a) || a == b
              : true);
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

TEST(ScaleFoldProperty, ExponentialsAreAsNearAsPromised) {
  unsigned lanesSeen = 0, fused = 0;
  int64_t work = 0, workLeft = 0;
  double worst = 0;
  for (unsigned seed = 0; seed != 1500; ++seed) {
    Source source(seed);
    std::string body;
    unsigned depth = 1 + source.below(3);
    std::string operand = source.expression(body, depth);
    std::string text =
        "tt.func public @f(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %r: "
        "tensor<4xf32>, %c: tensor<4x8xi1>, %s: f32, %t: f32, %u: f32) -> " +
        tile + " {\n" + body + "    %p = math.exp " + operand + " : " + tile +
        "\n    tt.return %p : " + tile + "\n}\n";
    OwningOpRef<ModuleOp> before = parsed(text);
    ASSERT_TRUE(before);
    OwningOpRef<ModuleOp> after = folded(*before, "");
    ASSERT_EQ(countOf(*after, "math.exp"), 0u) << textOf(*after);
    fused += countOf(*after, "math.fma") != 0;
    int64_t left = workIn(*after);
    ASSERT_LE(left, workIn(*before) + 8) << text << textOf(*after);
    workLeft += left;
    work += workIn(*before);

    std::vector<Lanes> arguments{drawn(source, 32, 20),  drawn(source, 32, 20),
                                 drawn(source, 4, 20),   Lanes(32),
                                 drawn(source, 1, 20),   drawn(source, 1, 4),
                                 {1.0 + source.below(7)}};
    for (double &bit : arguments[3])
      bit = source.chance(60);
    std::vector<Lanes> sizes = arguments;
    for (Lanes &lanes : sizes)
      for (double &lane : lanes)
        lane = std::abs(lane);
    Machine exact(Machine::Double), single(Machine::Single),
        size(Machine::Magnitude), stock(Machine::Single);
    give(exact, bodyOf(*before), arguments);
    give(stock, bodyOf(*before), arguments);
    give(size, bodyOf(*before), sizes);
    give(single, bodyOf(*after), arguments);
    for (Machine *machine : {&exact, &stock, &size})
      machine->run(bodyOf(*before));
    single.run(bodyOf(*after));

    Operation *exponential = nullptr;
    before->walk([&](math::ExpOp op) { exponential = op; });
    Lanes t = exact.operands(exponential)[0];
    Lanes m = size.operands(exponential)[0];
    Lanes p = single.operands(bodyOf(*after).getTerminator())[0];
    Lanes q = stock.operands(bodyOf(*before).getTerminator())[0];
    for (size_t i = 0; i < p.size(); ++i) {
      ASSERT_TRUE(isAlike(p[i], q[i])) << p[i] << " for " << q[i] << "\n"
                                       << text << textOf(*after);
      if (!(std::abs(t[i]) < 80))
        continue;
      // Roundings of what a term goes through: its factors, each sum around it,
      // and log2(e) itself.
      double bound = (depth + 4) * (m[i] + 1) * halfUlp;
      double error = std::abs(p[i] / std::exp(t[i]) - 1);
      worst = std::max(worst, error / ((m[i] + 1) * halfUlp));
      ASSERT_LE(error, bound * (1 + bound)) << "seed " << seed << "\n"
                                            << text << textOf(*after);
      ++lanesSeen;
    }
  }
  RecordProperty("worst", std::to_string(worst));
  EXPECT_GT(lanesSeen, 20000u);
  EXPECT_GT(fused, 250u);
  EXPECT_LT(workLeft, work * 4 / 5);
}

/// The loop of attention forward: a tile that changes from iteration to
/// iteration is scaled, masked, and goes into a running maximum and a sum.
std::string attention(Source &source, bool constantScale, double scale) {
  bool isFinite = source.chance(40), isGuarded = source.chance(40);
  std::string text =
      "tt.func public @f(%q: tensor<4x8xf32>, %step: tensor<4x8xf32>, %limit: "
      "tensor<4x8xf32>, %s: f32) -> (tensor<4xf32>, tensor<4xf32>, "
      "tensor<4xf32>) {\n"
      "%c0 = arith.constant 0 : i32\n%c1 = arith.constant 1 : i32\n"
      "%c5 = arith.constant 5 : i32\n"
      "%zero = arith.constant dense<0.0> : tensor<4xf32>\n";
  std::string fill = isFinite ? "-3.0e4" : "0xFF800000";
  text += "%fill = arith.constant dense<" + fill + "> : tensor<4x8xf32>\n";
  text += "%low = arith.constant dense<" +
          std::string(isFinite && source.chance(50) ? "-5.0e1" : "0xFF800000") +
          "> : tensor<4xf32>\n";
  text += constantScale
              ? llvm::formatv("%scales = arith.constant dense<{0:E9}> : "
                              "tensor<4x8xf32>\n",
                              scale)
                    .str()
              : "%scales = tt.splat %s : f32 -> tensor<4x8xf32>\n";
  text += R"(
    %r:3 = scf.for %i = %c0 to %c5 step %c1 iter_args(%m = %low, %l = %zero, %t = %q) -> (tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>) : i32 {
      %qk = arith.mulf %t, %scales : tensor<4x8xf32>
)";
  std::string x = "%qk";
  if (source.chance(70)) {
    text += R"(
      %mask = arith.cmpf ogt, %t, %limit : tensor<4x8xf32>
      %x = arith.select %mask, %qk, %fill : tensor<4x8xi1>, tensor<4x8xf32>
)";
    x = "%x";
  }
  text += R"(
      %mx = "tt.reduce"()" +
          x + R"() <{axis = 1 : i32}> ({
      ^bb0(%a: f32, %b: f32):
        %g = arith.maxnumf %a, %b : f32
        tt.reduce.return %g : f32
      }) : (tensor<4x8xf32>) -> tensor<4xf32>
      %new = arith.maxnumf %m, %mx : tensor<4xf32>
)";
  std::string used = "%new";
  if (isGuarded) {
    text += R"(
      %none = arith.cmpf oeq, %new, %low : tensor<4xf32>
      %safe = arith.select %none, %zero, %new : tensor<4xi1>, tensor<4xf32>
)";
    used = "%safe";
  }
  text += "%mc = tt.expand_dims " + used +
          " {axis = 1 : i32} : tensor<4xf32> -> tensor<4x1xf32>\n"
          "%mb = tt.broadcast %mc : tensor<4x1xf32> -> tensor<4x8xf32>\n"
          "%d = arith.subf " +
          x + ", %mb : tensor<4x8xf32>\n%da = arith.subf %m, " + used +
          " : tensor<4xf32>\n";
  return text + R"(
      %p = math.exp %d : tensor<4x8xf32>
      %alpha = math.exp %da : tensor<4xf32>
      %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
      ^bb0(%a: f32, %b: f32):
        %g = arith.addf %a, %b : f32
        tt.reduce.return %g : f32
      }) : (tensor<4x8xf32>) -> tensor<4xf32>
      %la = arith.mulf %l, %alpha : tensor<4xf32>
      %ln = arith.addf %la, %sum : tensor<4xf32>
      %tn = arith.addf %t, %step : tensor<4x8xf32>
      scf.yield %new, %ln, %tn : tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>
    }
    %log = math.log %r#1 : tensor<4xf32>
    %lse = arith.addf %r#0, %log : tensor<4xf32>
    tt.return %r#0, %r#1, %lse : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
)";
}

TEST(ScaleFoldProperty, RunningMaximaKeepTheirBits) {
  unsigned unscaled = 0, rowsSeen = 0, emptyRows = 0;
  for (unsigned seed = 0; seed != 600; ++seed) {
    Source source(seed);
    double scale = float(source.chance(25) ? source.number(2)
                                           : 0.05 + std::abs(source.number(1)));
    bool constantScale = source.chance(60);
    std::string text = attention(source, constantScale, scale);
    OwningOpRef<ModuleOp> before = parsed(text);
    ASSERT_TRUE(before);
    bool mayAssume = scale > 0 && source.chance(60);
    OwningOpRef<ModuleOp> after =
        folded(*before, mayAssume ? "assume-positive-scale=true" : "");
    ASSERT_EQ(countOf(*after, "math.exp"), 0u);
    scf::ForOp loop = *bodyOf(*after).getOps<scf::ForOp>().begin();
    bool isUnscaled = loop.getResult(0).hasOneUse() &&
                      isa<arith::MulFOp>(*loop.getResult(0).getUsers().begin());
    unscaled += isUnscaled;
    ASSERT_FALSE(isUnscaled && scale <= 0) << textOf(*after);

    std::vector<Lanes> arguments{drawn(source, 32, 40),
                                 drawn(source, 32, 15),
                                 drawn(source, 32, 90),
                                 {scale}};
    // Rows of which nothing is left.
    if (source.chance(30))
      for (unsigned row : {0, 2})
        std::fill_n(arguments[2].begin() + row * columns, columns, 1e4);
    Machine stock(Machine::Single), single(Machine::Single);
    give(stock, bodyOf(*before), arguments);
    give(single, bodyOf(*after), arguments);
    stock.run(bodyOf(*before));
    single.run(bodyOf(*after));
    auto expected = stock.operands(bodyOf(*before).getTerminator());
    auto got = single.operands(bodyOf(*after).getTerminator());
    for (unsigned i = 0; i != rows; ++i) {
      double m = expected[0][i];
      // An initial value or a fill that is divided by the scale and multiplied
      // again may be an ulp off; maxima of products are not.
      bool isConstant = m == -50 || m == -3e4;
      ASSERT_TRUE(isConstant ? std::abs(got[0][i] - m) <= 2e-7 * std::abs(m)
                             : got[0][i] == m)
          << "seed " << seed << ": " << got[0][i] << " for " << m << "\n"
          << text << textOf(*after);
      for (unsigned result : {1, 2})
        ASSERT_TRUE(isAlike(got[result][i], expected[result][i]))
            << "seed " << seed << ": " << got[result][i] << " for "
            << expected[result][i] << "\n"
            << text << textOf(*after);
      emptyRows += std::isinf(m);
      double sum = expected[1][i];
      if (!(sum >= 0x1p-100) || std::isinf(m))
        continue;
      // Nothing that a row has on it adds up from iteration to iteration.
      double size = std::max(std::abs(m), 200 * std::abs(scale));
      double bound = (5 * size + 30) * halfUlp;
      ASSERT_LE(std::abs(got[1][i] / sum - 1), bound) << "seed " << seed << "\n"
                                                      << text << textOf(*after);
      ASSERT_LE(std::abs(got[2][i] - expected[2][i]),
                bound + 2 * halfUlp * std::abs(expected[2][i]));
      ++rowsSeen;
    }
  }
  EXPECT_GT(unscaled, 200u);
  EXPECT_GT(rowsSeen, 1000u);
  EXPECT_GT(emptyRows, 10u);
}

} // namespace
} // namespace triton_ext
