//===- CarriedValuesTest.cpp - Values that a loop carries along -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/CarriedValues.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace mlir;
using namespace triton_ext;

namespace {

/// A loop that carries what `arguments` says, around `body`.
struct Case {
  const char *name;
  const char *bounds;    ///< "%lb to %ub step %c48"
  const char *arguments; ///< "iter_args(%p = %ptrs) -> (type)"
  const char *body;
  unsigned carriedAfter;
  /// Parts of the result, in their order; separated by '|'.
  const char *expected;
};

void PrintTo(const Case &given, std::ostream *os) { *os << given.name; }

class CarriedTensors : public testing::TestWithParam<Case> {};

std::string moduleText(const Case &given) {
  return (Twine("module { tt.func @k(%ptrs: tensor<4x!tt.ptr<f32>>, %ints: "
                "tensor<4xi32>, %longs: tensor<4xi64>, %scalar: i32, %lb: i32, "
                "%ub: i32, %n: i32, %long: i64, %rows: tensor<4xi32>) {\n"
                "%c0 = arith.constant 0 : i32\n"
                "%c1 = arith.constant 1 : i32\n"
                "%c48 = arith.constant 48 : i32\n"
                "%minus3 = arith.constant dense<-3> : tensor<4xi32>\n") +
          "%r = scf.for %i = " + given.bounds + " " + given.arguments +
          " : i32 {\n" + given.body + "}\n" +
          (StringRef(given.name) == "UsedAfterTheLoop"
               ? "\"test.use\"(%r) : (tensor<4xi32>) -> ()\n"
               : "") +
          "tt.return } }")
      .str();
}

std::string printed(Operation *op) {
  std::string text;
  raw_string_ostream os(text);
  op->print(os);
  return text;
}

constexpr char pointers[] = "iter_args(%p = %ptrs) -> (tensor<4x!tt.ptr<f32>>)";
constexpr char integers[] = "iter_args(%p = %ints) -> (tensor<4xi32>)";

} // namespace

TEST_P(CarriedTensors, AreComputedWhereThatIsExact) {
  const Case &given = GetParam();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<triton::TritonDialect, arith::ArithDialect,
                      scf::SCFDialect>();
  context.allowUnregisteredDialects();
  auto module = parseSourceString<ModuleOp>(moduleText(given), &context);
  ASSERT_TRUE(module) << moduleText(given);
  scf::ForOp loop;
  module->walk([&](scf::ForOp found) { loop = found; });
  loop->setAttr("tt.num_stages",
                IntegerAttr::get(IntegerType::get(&context, 32), 3));

  scf::ForOp now = recomputeCarriedTensors(loop);
  ASSERT_TRUE(succeeded(verify(*module))) << printed(*module);
  EXPECT_EQ(now.getNumRegionIterArgs(), given.carriedAfter) << printed(*module);
  EXPECT_TRUE(now->hasAttr("tt.num_stages"));
  std::string text = printed(*module);
  size_t at = 0;
  SmallVector<StringRef> parts;
  StringRef(given.expected).split(parts, '|', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    at = text.find(part.str(), at);
    ASSERT_NE(at, std::string::npos) << part.str() << " is not in\n" << text;
  }
  // Once more is once.
  EXPECT_EQ(recomputeCarriedTensors(now), now);
}

INSTANTIATE_TEST_SUITE_P(
    Transforms, CarriedTensors,
    testing::Values(
        Case{"PointersByAScalarOfTheLoop", "%c0 to %ub step %c48", pointers,
             "%a = arith.muli %n, %c48 : i32\n"
             "%s = tt.splat %a : i32 -> tensor<4xi32>\n"
             "%x = tt.load %p : tensor<4x!tt.ptr<f32>>\n"
             "%q = tt.addptr %p, %s : tensor<4x!tt.ptr<f32>>, tensor<4xi32>\n"
             "scf.yield %q : tensor<4x!tt.ptr<f32>>\n",
             0,
             "arith.muli %arg6|scf.for|arith.extsi|arith.divui|arith.extsi|"
             "arith.muli|tt.splat|tt.addptr %arg0|tt.load"},
        Case{
            "IntegersByAConstantFromALowerBound", "%lb to %ub step %c1",
            integers,
            "%x = tt.addptr %ptrs, %p : tensor<4x!tt.ptr<f32>>, tensor<4xi32>\n"
            "%q = arith.addi %minus3, %p : tensor<4xi32>\n"
            "scf.yield %q : tensor<4xi32>\n",
            0,
            "scf.for|arith.extsi|arith.extsi|arith.subi|arith.constant -3 : "
            "i64|arith.muli|arith.trunci|tt.splat|arith.addi %arg1|tt.addptr"},
        Case{
            "LongIntegersByALongScalar", "%c0 to %ub step %c1",
            "iter_args(%p = %longs) -> (tensor<4xi64>)",
            "%s = tt.splat %long : i64 -> tensor<4xi64>\n"
            "%x = tt.addptr %ptrs, %p : tensor<4x!tt.ptr<f32>>, tensor<4xi64>\n"
            "%q = arith.addi %p, %s : tensor<4xi64>\n"
            "scf.yield %q : tensor<4xi64>\n",
            0, "scf.for|arith.muli|tt.splat|arith.addi %arg2"},
        Case{"UsedAfterTheLoop", "%c0 to %ub step %c1", integers,
             "%q = arith.addi %p, %minus3 : tensor<4xi32>\n"
             "scf.yield %q : tensor<4xi32>\n",
             1, ""},
        Case{"AmountChanges", "%c0 to %ub step %c1", integers,
             "%s = tt.splat %i : i32 -> tensor<4xi32>\n"
             "%q = arith.addi %p, %s : tensor<4xi32>\n"
             "scf.yield %q : tensor<4xi32>\n",
             1, ""},
        Case{"AmountDiffersFromLaneToLane", "%c0 to %ub step %c1", integers,
             "%q = arith.addi %p, %rows : tensor<4xi32>\n"
             "scf.yield %q : tensor<4xi32>\n",
             1, ""},
        Case{"AmountCannotBeMovedOut", "%c0 to %ub step %c1", integers,
             "%a = arith.divsi %n, %scalar : i32\n"
             "%s = tt.splat %a : i32 -> tensor<4xi32>\n"
             "%q = arith.addi %p, %s : tensor<4xi32>\n"
             "scf.yield %q : tensor<4xi32>\n",
             1, ""},
        Case{"Scalars", "%c0 to %ub step %c1",
             "iter_args(%p = %scalar) -> (i32)",
             "%q = arith.addi %p, %c48 : i32\nscf.yield %q : i32\n", 1, ""},
        Case{"StepFromOutside", "%c0 to %ub step %n", integers,
             "%q = arith.addi %p, %minus3 : tensor<4xi32>\n"
             "scf.yield %q : tensor<4xi32>\n",
             1, ""},
        Case{"AnotherValueIsCarriedOn", "%c0 to %ub step %c1", integers,
             "%q = arith.addi %ints, %minus3 : tensor<4xi32>\n"
             "scf.yield %q : tensor<4xi32>\n",
             1, ""}),
    [](const auto &info) { return std::string(info.param.name); });
