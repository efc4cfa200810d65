//===- UnrollTest.cpp - unrolled loops against whole ones -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// 8-bit loops between all pairs of bounds from a list that has the ends of the
// range, with steps up to the largest, run before and after loop-annotate
// unrolls them: what they carry must be the same, in loops without iterations,
// with negative bounds, and where a trip count is no 8-bit number.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/PassRun.h"
#include "test/unit/analysis/Interpreter.h"

using namespace mlir;

namespace triton_ext {

std::unique_ptr<Pass> createLoopAnnotate();

namespace {

constexpr int bounds[] = {-128, -127, -126, -100, -65, -64, -5, -2, -1,  0,
                          1,    2,    3,    7,    30,  63,  64, 65, 126, 127};

/// Two carried values, one of which depends on the order of the iterations, and
/// a nested loop.
std::string textFor(int step) {
  return "func.func @f(%lb: i8, %ub: i8) -> (i8, i8) {\n"
         "  %zero = arith.constant 0 : i8\n"
         "  %one = arith.constant 1 : i8\n"
         "  %two = arith.constant 2 : i8\n"
         "  %five = arith.constant 5 : i8\n"
         "  %step = arith.constant " +
         std::to_string(step) +
         " : i8\n"
         "  %r:2 = scf.for %i = %lb to %ub step %step iter_args(%a = %one, %b "
         "= %zero) -> (i8, i8) : i8 {\n"
         "    %c = arith.muli %a, %five : i8\n"
         "    %d = arith.addi %c, %i : i8\n"
         "    %e = scf.for %j = %zero to %two step %one iter_args(%s = %b) -> "
         "(i8) : i8 {\n"
         "      %t = arith.addi %s, %one : i8\n"
         "      scf.yield %t : i8\n"
         "    }\n"
         "    scf.yield %e, %d : i8, i8\n"
         "  }\n"
         "  return %r#0, %r#1 : i8, i8\n"
         "}\n";
}

class Unroll : public testing::TestWithParam<std::tuple<int, int>> {
protected:
  Unroll() { context.loadDialect<func::FuncDialect, scf::SCFDialect>(); }

  OwningOpRef<ModuleOp> parse(int step) {
    return parseSourceString<ModuleOp>(textFor(step), &context);
  }

  void unroll(ModuleOp module, int factor) {
    ASSERT_TRUE(runPass(module, createLoopAnnotate(),
                        "nesting=outermost unroll=" + std::to_string(factor)));
  }

  /// What the function returns, and how many iterations its loops made.
  std::vector<uint64_t> run(ModuleOp module, int lower, int upper) {
    auto function = *module.getOps<func::FuncOp>().begin();
    Interpreter interpreter;
    interpreter.setScalar(function.getArgument(0), lower);
    interpreter.setScalar(function.getArgument(1), upper);
    EXPECT_TRUE(interpreter.run(function.front()));
    std::vector<uint64_t> results;
    for (Value value : function.front().getTerminator()->getOperands())
      results.push_back(interpreter.get(value).front());
    return results;
  }

  MLIRContext context;
};

TEST_P(Unroll, CarriesTheSame) {
  auto [step, factor] = GetParam();
  OwningOpRef<ModuleOp> whole = parse(step), unrolled = parse(step);
  ASSERT_TRUE(whole && unrolled);
  unroll(*unrolled, factor);
  unsigned loops = 0;
  unrolled->walk([&](scf::ForOp loop) {
    loops += isa<func::FuncOp>(loop->getParentOp());
  });
  // Where `factor` steps are no 8-bit number, it declines.
  EXPECT_EQ(loops, step * factor < 128 ? 2u : 1u);
  for (int lower : bounds)
    for (int upper : bounds)
      EXPECT_EQ(run(*whole, lower, upper), run(*unrolled, lower, upper))
          << "from " << lower << " to " << upper;
}

INSTANTIATE_TEST_SUITE_P(Loops, Unroll,
                         testing::Combine(testing::Values(1, 2, 3, 7, 31, 42,
                                                          64, 127),
                                          testing::Values(2, 3, 4, 16)));

} // namespace
} // namespace triton_ext
