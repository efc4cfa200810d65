//===- MasksTest.cpp - Folding known masks outside of loops -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Known predicates folded over a whole function, as passes do that are not
// about loops: what goes, what stays, and what is left alone.
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/Masks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/analysis/RandomIR.h"
#include "triton_ext/Transforms/Rounding.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace triton_ext {
namespace {

/// A function of masks and tiles. `%c` is known, unless said otherwise.
class Masked {
public:
  explicit Masked(StringRef body) {
    std::string text = "func.func @f(%c: tensor<8xi1>, %given: tensor<8xi1>, "
                       "%x: tensor<8xf32>, %y: tensor<8xf32>, "
                       "%p: tensor<8x!tt.ptr<f32>>, %s: i1) {\n" +
                       body.str() + "return\n}\n";
    module = parseSourceString<ModuleOp>(text, &testContext());
    function = *module->getOps<func::FuncOp>().begin();
  }

  KnownPredicates known(bool constant, unsigned argument = 0) {
    KnownPredicates result;
    result[function.getArgument(argument)] = constant;
    return result;
  }

  Folded fold(const KnownPredicates &known, bool keep = false) {
    Folded folded = foldKnown(function, known, rounding(keep));
    EXPECT_TRUE(succeeded(verify(*module)));
    return folded;
  }

  static Rounding rounding(bool keep) {
    Builder builder(&testContext());
    return Rounding(keep,
                    Request(builder.getDictionaryAttr(builder.getNamedAttr(
                        "backend", builder.getStringAttr("cuda")))));
  }

  std::string body() {
    std::string text;
    llvm::raw_string_ostream os(text);
    for (Operation &op : function.getBody().front().without_terminator()) {
      op.print(os);
      os << "\n";
    }
    return text;
  }

  bool has(StringRef words) { return StringRef(body()).contains(words); }

  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

TEST(Masks, AllTrueOnesGo) {
  Masked kernel("%v = tt.load %p, %c, %x : tensor<8x!tt.ptr<f32>>\n"
                "tt.store %p, %v, %c : tensor<8x!tt.ptr<f32>>\n");
  EXPECT_EQ(kernel.fold(kernel.known(true)).count, 2u);
  EXPECT_EQ(kernel.body(), "%0 = tt.load %arg4 : tensor<8x!tt.ptr<f32>>\n"
                           "tt.store %arg4, %0 : tensor<8x!tt.ptr<f32>>\n");
}

TEST(Masks, AllFalseLoadsBecomeZerosAndStoresGo) {
  Masked kernel("%v = tt.load %p, %c : tensor<8x!tt.ptr<f32>>\n"
                "tt.store %p, %x, %c : tensor<8x!tt.ptr<f32>>\n"
                "tt.store %p, %v, %given : tensor<8x!tt.ptr<f32>>\n");
  EXPECT_EQ(kernel.fold(kernel.known(false)).count, 2u);
  EXPECT_EQ(kernel.body(),
            "%cst = arith.constant dense<0.000000e+00> : tensor<8xf32>\n"
            "tt.store %arg4, %cst, %arg1 : tensor<8x!tt.ptr<f32>>\n");
}

TEST(Masks, VolatileLoadsAndAtomicsThatAreAllFalseStay) {
  Masked kernel(
      "%v = tt.load %p, %c {isVolatile = true} : tensor<8x!tt.ptr<f32>>\n"
      "%a = tt.atomic_rmw fadd, acq_rel, gpu, %p, %x, %c : "
      "(tensor<8x!tt.ptr<f32>>, tensor<8xf32>, tensor<8xi1>) -> "
      "tensor<8xf32>\n");
  std::string before = kernel.body();
  EXPECT_EQ(kernel.fold(kernel.known(false)).count, 0u);
  EXPECT_EQ(kernel.body(), before);
}

TEST(Masks, RelaxedAtomicsThatAreAllFalseGoWhereTheirResultIsUnused) {
  Masked kernel("%a = tt.atomic_rmw fadd, relaxed, gpu, %p, %x, %c : "
                "(tensor<8x!tt.ptr<f32>>, tensor<8xf32>, tensor<8xi1>) -> "
                "tensor<8xf32>\n");
  EXPECT_EQ(kernel.fold(kernel.known(false)).count, 1u);
  EXPECT_EQ(kernel.body(), "");
}

TEST(Masks, ChainsLoseTheKnownLeafAlone) {
  Masked kernel("%b = arith.andi %c, %given : tensor<8xi1>\n"
                "%v = tt.load %p, %b, %x : tensor<8x!tt.ptr<f32>>\n"
                "tt.store %p, %v, %b : tensor<8x!tt.ptr<f32>>\n");
  Folded folded = kernel.fold(kernel.known(true));
  EXPECT_EQ(folded.count, 0u);
  EXPECT_EQ(folded.simplified, 2u);
  EXPECT_EQ(kernel.body(),
            "%0 = tt.load %arg4, %arg1, %arg2 : tensor<8x!tt.ptr<f32>>\n"
            "tt.store %arg4, %0, %arg1 : tensor<8x!tt.ptr<f32>>\n");
}

TEST(Masks, WhatHadNoUsersBeforeStays) {
  Masked kernel("%dead = arith.addf %x, %y : tensor<8xf32>\n"
                "%b = arith.ori %c, %given : tensor<8xi1>\n"
                "tt.store %p, %x, %b : tensor<8x!tt.ptr<f32>>\n");
  kernel.fold(kernel.known(true));
  EXPECT_EQ(kernel.body(), "%0 = arith.addf %arg2, %arg3 : tensor<8xf32>\n"
                           "tt.store %arg4, %arg2 : tensor<8x!tt.ptr<f32>>\n");
}

const char *const maskedProduct =
    "%fill = arith.constant dense<0xFF800000> : tensor<8xf32>\n"
    "%m = arith.mulf %x, %y : tensor<8xf32>\n"
    "%v = arith.select %c, %m, %fill : tensor<8xi1>, tensor<8xf32>\n"
    "%d = arith.subf %v, %y : tensor<8xf32>\n"
    "tt.store %p, %d : tensor<8x!tt.ptr<f32>>\n";

TEST(Masks, ProductsThatBecomeFreeAreGuarded) {
  Masked kernel(maskedProduct);
  EXPECT_TRUE(foldKeepsRounding(kernel.function, kernel.known(true),
                                Masked::rounding(true)));
  EXPECT_TRUE(kernel.has("arith.select"));
  EXPECT_EQ(kernel.fold(kernel.known(true), /*keep=*/true).count, 1u);
  EXPECT_TRUE(kernel.has("mul.rn.f32"));
  EXPECT_FALSE(kernel.has("arith.select"));
}

TEST(Masks, ProductsStayMaskedWhereStockMayKnowTheMask) {
  Masked kernel(maskedProduct);
  Rounding rounding = Masked::rounding(true);
  rounding.setAllKnowable();
  EXPECT_EQ(foldKnown(kernel.function, kernel.known(true), rounding).count, 0u);
  EXPECT_TRUE(kernel.has("arith.select"));
}

TEST(Masks, BranchesThatAreLeftMakeAFoldPartial) {
  // Stock folds both by one condition; one of them must not go alone.
  Masked kernel("%m = arith.mulf %x, %y : tensor<8xf32>\n"
                "%one = arith.constant dense<1.0> : tensor<8xf32>\n"
                "%v = arith.select %s, %m, %x : tensor<8xf32>\n"
                "%d = arith.addf %v, %one : tensor<8xf32>\n"
                "tt.store %p, %d : tensor<8x!tt.ptr<f32>>\n");
  KnownPredicates known = kernel.known(true, /*argument=*/5);
  EXPECT_FALSE(
      foldKeepsRounding(kernel.function, known, Masked::rounding(true)));
  EXPECT_TRUE(
      foldKeepsRounding(kernel.function, known, Masked::rounding(false)));
}

TEST(Masks, TryingLeavesNothingBehind) {
  Masked kernel(maskedProduct);
  std::string before = kernel.body();
  foldKeepsRounding(kernel.function, kernel.known(true),
                    Masked::rounding(true));
  EXPECT_EQ(kernel.body(), before);
}

} // namespace
} // namespace triton_ext
