//===- FormTest.cpp - ranges, divisibility, affine forms --------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "Kernel.h"

using namespace mlir;
using namespace triton_ext;

namespace {

std::string rangeText(AffineAnalysis &analysis, Value value) {
  return textOf(*analysis.rangeOf(value));
}

TEST(Range, ProgramIdsAndGrid) {
  const char *text = R"(
    module attributes {TARGET} {
      tt.func @f() {
        %x = tt.get_program_id x {is = "x"} : i32
        %y = tt.get_program_id y {is = "y"} : i32
        %n = tt.get_num_programs z {is = "n"} : i32
        tt.return
      }
    })";
  auto withTarget = [&](StringRef target) {
    std::string filled = text;
    filled.replace(filled.find("TARGET"), 6, target);
    return Kernel(filled);
  };
  Kernel plain = withTarget("test.nothing");
  AffineAnalysis anywhere(plain.get());
  EXPECT_EQ(rangeText(anywhere, plain["x"]), "[0, 2147483646]");
  EXPECT_EQ(rangeText(anywhere, plain["y"]), "[0, 2147483646]");
  EXPECT_EQ(rangeText(anywhere, plain["n"]), "[1, 2147483647]");

  for (StringRef target : {R"("ttg.target" = "cuda:90")",
                           R"(triton_ext.request = {backend = "cuda"})"}) {
    Kernel cuda = withTarget(target);
    AffineAnalysis analysis(cuda.get());
    EXPECT_EQ(rangeText(analysis, cuda["x"]), "[0, 2147483646]");
    EXPECT_EQ(rangeText(analysis, cuda["y"]), "[0, 65534]");
    EXPECT_EQ(rangeText(analysis, cuda["n"]), "[1, 65535]");
  }
  Kernel hip = withTarget(R"(triton_ext.request = {backend = "hip"})");
  AffineAnalysis analysis(hip.get());
  EXPECT_EQ(rangeText(analysis, hip["y"]), "[0, 2147483646]");
}

TEST(Range, ArgumentsKeepTheirPromises) {
  Kernel kernel(R"(
    tt.func @f(%n: i32 {tt.divisibility = 16 : i32}, %one: i32 {tt.equal_to = 1 : i32}, %m: i32) {
      %a = arith.addi %n, %one {is = "a"} : i32
      %b = arith.addi %n, %n {is = "b"} : i32
      %c = arith.addi %n, %m {is = "c"} : i32
      %c3 = arith.constant 3 : i32
      %d = arith.muli %n, %c3 {is = "d"} : i32
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(textOf(analysis.congruenceOf(kernel["a"])), "1 mod 16");
  EXPECT_EQ(analysis.congruenceOf(kernel["b"]).divisor(), 16);
  EXPECT_EQ(analysis.congruenceOf(kernel["c"]).divisor(), 1);
  // 48 would be right in Z only: the product wraps.
  EXPECT_EQ(analysis.congruenceOf(kernel["d"]).divisor(), 16);
  // The multiple of 16 below 2^31 leaves room for one.
  EXPECT_EQ(rangeText(analysis, kernel["a"]), "[-2147483647, 2147483633]");
  EXPECT_EQ(textOf(*analysis.formOf(kernel["a"])), "%arg0 + 1 : i32");
}

TEST(Range, AssumptionsAndHintsUnlessDistrusted) {
  Kernel kernel(R"(
    tt.func @f(%n: i32, %m: i32, %p: !tt.ptr<i32>) {
      %c0 = arith.constant 0 : i32
      %c64 = arith.constant 64 : i32
      %c100 = arith.constant 100 : i32
      %low = arith.cmpi sge, %n, %c0 : i32
      %high = arith.cmpi sgt, %c100, %n : i32
      %both = arith.andi %low, %high : i1
      "llvm.intr.assume"(%both) : (i1) -> ()
      %r = arith.remsi %m, %c64 : i32
      %z = arith.cmpi eq, %r, %c0 : i32
      "llvm.intr.assume"(%z) : (i1) -> ()
      %n1 = arith.addi %n, %c0 {is = "n"} : i32
      %m1 = arith.addi %m, %c0 {is = "m"} : i32
      %h = tt.load %p {is = "h", tt.divisibility = dense<8> : tensor<1xi32>} : !tt.ptr<i32>
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(rangeText(analysis, kernel["n"]), "[0, 99]");
  EXPECT_EQ(analysis.congruenceOf(kernel["m"]).divisor(), 64);
  EXPECT_EQ(analysis.congruenceOf(kernel["h"]).divisor(), 8);
  AffineOptions options;
  options.trustHints = false;
  AffineAnalysis wary(kernel.get(), options);
  EXPECT_EQ(rangeText(wary, kernel["n"]), "[-2147483648, 2147483647]");
  EXPECT_EQ(wary.congruenceOf(kernel["m"]).divisor(), 1);
  EXPECT_EQ(wary.congruenceOf(kernel["h"]).divisor(), 1);
}

TEST(Range, AssumptionInABranchSaysNothingOutsideOfIt) {
  Kernel kernel(R"(
    tt.func @f(%n: i32, %b: i1) {
      %c0 = arith.constant 0 : i32
      %low = arith.cmpi sge, %n, %c0 : i32
      scf.if %b {
        "llvm.intr.assume"(%low) : (i1) -> ()
      }
      %x = arith.addi %n, %c0 {is = "n"} : i32
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(rangeText(analysis, kernel["n"]), "[-2147483648, 2147483647]");
}

TEST(Range, OverflowFlagsDoNotCount) {
  Kernel kernel(R"(
    tt.func @f(%n: i32) {
      %c1 = arith.constant 1 : i32
      %x = arith.addi %n, %c1 overflow<nsw> {is = "x"} : i32
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(rangeText(analysis, kernel["x"]), "[-2147483648, 2147483647]");
  EXPECT_TRUE(analysis.formOf(kernel["x"])->base ==
              LinearExpr(Symbol{kernel["x"]}));
}

TEST(Range, LoopsBranchesAndCounters) {
  Kernel kernel(R"(
    tt.func @f(%n: i32 {tt.divisibility = 64 : i32}, %b: i1) {
      %c0 = arith.constant 0 : i32
      %c3 = arith.constant 3 : i32
      %c5 = arith.constant 5 : i32
      %c10 = arith.constant 10 : i32
      %c64 = arith.constant 64 : i32
      %r = scf.for %i = %c0 to %n step %c64 iter_args(%k = %c5) -> (i32) : i32 {
        %i1 = arith.addi %i, %c0 {is = "i"} : i32
        %next = arith.addi %k, %c10 : i32
        scf.yield %next : i32
      } {is = "r"}
      %s = scf.for %i = %c0 to %c10 step %c3 iter_args(%k = %c5) -> (i32) : i32 {
        %k1 = arith.addi %k, %c0 {is = "k"} : i32
        %i2 = arith.addi %i, %c0 {is = "j"} : i32
        %next = arith.addi %k, %c64 : i32
        scf.yield %next : i32
      } {is = "s"}
      %if = scf.if %b -> (i32) {
        scf.yield %c3 : i32
      } else {
        scf.yield %c10 : i32
      } {is = "if"}
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(rangeText(analysis, kernel["i"]), "[0, 2147483520]");
  EXPECT_EQ(analysis.congruenceOf(kernel["i"]).divisor(), 64);
  EXPECT_EQ(textOf(analysis.congruenceOf(kernel["r"])), "5 mod 10");
  EXPECT_EQ(rangeText(analysis, kernel["j"]), "[0, 9]");
  EXPECT_EQ(rangeText(analysis, kernel["k"]), "[5, 197]");
  EXPECT_EQ(textOf(analysis.congruenceOf(kernel["k"])), "5 mod 64");
  EXPECT_EQ(rangeText(analysis, kernel["s"]), "[5, 261]");
  EXPECT_EQ(rangeText(analysis, kernel["if"]), "[3, 10]");
  EXPECT_EQ(textOf(analysis.congruenceOf(kernel["if"])), "3 mod 7");
}

TEST(Form, LanesThroughShapeOperations) {
  Kernel kernel(R"(
    tt.func @f(%s: i32) {
      %c2 = arith.constant dense<2> : tensor<8xi32>
      %range = tt.make_range {end = 24 : i32, start = 16 : i32} : tensor<8xi32>
      %twice = arith.muli %range, %c2 : tensor<8xi32>
      %row = tt.expand_dims %twice {axis = 0 : i32} : tensor<8xi32> -> tensor<1x8xi32>
      %all = tt.broadcast %row : tensor<1x8xi32> -> tensor<4x8xi32>
      %turned = tt.trans %all {is = "turned", order = array<i32: 1, 0>} : tensor<4x8xi32> -> tensor<8x4xi32>
      %other = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32>
      %row2 = tt.expand_dims %other {axis = 0 : i32} : tensor<4xi32> -> tensor<1x4xi32>
      %all2 = tt.broadcast %row2 : tensor<1x4xi32> -> tensor<8x4xi32>
      %sum = arith.subi %turned, %all2 {is = "sum"} : tensor<8x4xi32>
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(textOf(*analysis.formOf(kernel["turned"])), "32 + 2*i0 : i32");
  EXPECT_EQ(textOf(*analysis.formOf(kernel["sum"])), "32 + 2*i0 + -1*i1 : i32");
  EXPECT_EQ(rangeText(analysis, kernel["sum"]), "[29, 46]");
}

TEST(Form, MultipleOfThePowerCannotCarry) {
  Kernel kernel(R"(
    tt.func @f() {
      %c128 = arith.constant 128 : i32
      %pid = tt.get_program_id x : i32
      %base = arith.muli %pid, %c128 {is = "base"} : i32
      %splat = tt.splat %base : i32 -> tensor<128xi32>
      %range = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
      %offs = arith.addi %splat, %range {is = "offs"} : tensor<128xi32>
      %range2 = tt.make_range {end = 129 : i32, start = 1 : i32} : tensor<128xi32>
      %over = arith.addi %splat, %range2 {is = "over"} : tensor<128xi32>
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  // The product may wrap, so that it stands for itself; adding the lanes to it
  // may not.
  const AffineForm *base = analysis.formOf(kernel["base"]);
  EXPECT_TRUE(base->base == LinearExpr(Symbol{kernel["base"]}));
  const AffineForm *offs = analysis.formOf(kernel["offs"]);
  EXPECT_TRUE(offs->base == LinearExpr(Symbol{kernel["base"]}));
  EXPECT_TRUE(offs->exact);
  EXPECT_TRUE(offs->conditions.empty());
  EXPECT_FALSE(analysis.formOf(kernel["over"])->exact);
}

TEST(Form, ExtensionsLeaveConditions) {
  Kernel kernel(R"(
    tt.func @f(%n: i32) {
      %splat = tt.splat %n : i32 -> tensor<128xi32>
      %range = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
      %offs = arith.addi %splat, %range : tensor<128xi32>
      %wide = arith.extsi %offs {is = "wide"} : tensor<128xi32> to tensor<128xi64>
      %unsigned = arith.extui %offs {is = "unsigned"} : tensor<128xi32> to tensor<128xi64>
      %scalar = arith.extui %n {is = "scalar"} : i32 to i64
      %back = arith.trunci %wide {is = "back"} : tensor<128xi64> to tensor<128xi32>
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(textOf(*analysis.formOf(kernel["wide"])),
            "%arg0 + 0 + 1*i0 : i64 if -2147483648 <= %arg0 + 0 + [0, 127] <= "
            "2147483647");
  EXPECT_EQ(textOf(*analysis.formOf(kernel["unsigned"])),
            "%arg0 + 0 + 1*i0 : i64 if 0 <= %arg0 + 0 + [0, 127] <= "
            "4294967295");
  EXPECT_EQ(textOf(*analysis.formOf(kernel["scalar"])),
            "unsigned(%arg0) + 0 : i64");
  EXPECT_FALSE(analysis.formOf(kernel["back"])->exact);
}

TEST(Form, DivisionsOfWhatDivides) {
  Kernel kernel(R"(
    tt.func @f(%n: i32) {
      %c0 = arith.constant 0 : i32
      %c7 = arith.constant 7 : i32
      %c8 = arith.constant 8 : i32
      %c3 = arith.constant 3 : i32
      %c100 = arith.constant 100 : i32
      scf.for %i = %c0 to %c100 step %c8 : i32 {
        %j = arith.addi %i, %c7 : i32
        %q = arith.divsi %j, %c8 {is = "q"} : i32
        %r = arith.remui %j, %c8 {is = "r"} : i32
        %m = arith.andi %j, %c7 {is = "m"} : i32
        %s = arith.shrui %i, %c3 {is = "s"} : i32
        %o = arith.ori %i, %c3 {is = "o"} : i32
        %x = arith.divsi %j, %c7 {is = "x"} : i32
      } {is = "loop"}
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  scf::ForOp loop = kernel.loop();
  auto coefficient = [&](StringRef name) {
    const AffineForm *form = analysis.formOf(kernel[name], loop);
    EXPECT_TRUE(form->exact);
    return form->base.coefficientOf(
        Symbol{loop.getInductionVar(), SymbolKind::Iteration});
  };
  EXPECT_EQ(coefficient("q"), 1);
  EXPECT_EQ(coefficient("s"), 1);
  EXPECT_EQ(coefficient("o"), 8);
  EXPECT_EQ(analysis.formOf(kernel["o"], loop)->base.constant(), 3);
  EXPECT_EQ(textOf(*analysis.formOf(kernel["r"], loop)), "7 : i32");
  EXPECT_EQ(textOf(*analysis.formOf(kernel["m"], loop)), "7 : i32");
  // Not a multiple: opaque.
  EXPECT_EQ(coefficient("x"), 0);
}

TEST(Form, CountersAndScaledInductionVariables) {
  Kernel kernel(R"(
    tt.func @f(%n: i32, %start: i32) {
      %c1 = arith.constant 1 : i32
      %c64 = arith.constant 64 : i32
      %range = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
      %step = arith.constant dense<64> : tensor<64xi32>
      %r:2 = scf.for %i = %c1 to %n step %c1 iter_args(%k = %start, %t = %range) -> (i32, tensor<64xi32>) : i32 {
        %scaled = arith.muli %i, %c64 {is = "scaled"} : i32
        %k1 = arith.addi %k, %c64 {is = "k"} : i32
        %t1 = arith.addi %t, %step {is = "t"} : tensor<64xi32>
        scf.yield %k1, %t1 : i32, tensor<64xi32>
      } {is = "loop"}
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  scf::ForOp loop = kernel.loop();
  Symbol number{loop.getInductionVar(), SymbolKind::Iteration};
  auto form = [&](StringRef name) {
    return *analysis.formOf(kernel[name], loop);
  };
  EXPECT_TRUE(form("scaled").base ==
              LinearExpr(number).scaled(Integer(64)) + Integer(64));
  EXPECT_FALSE(form("scaled").exact);
  EXPECT_TRUE(form("k").base == LinearExpr(number).scaled(Integer(64)) +
                                    LinearExpr(Symbol{loop.getInitArgs()[0]}) +
                                    Integer(64));
  EXPECT_TRUE(form("t").base ==
              LinearExpr(number).scaled(Integer(64)) + Integer(64));
  EXPECT_EQ(form("t").strides[0], 1);
}

TEST(Form, InvarianceAndTripCounts) {
  Kernel kernel(R"(
    tt.func @f(%n: i32, %p: !tt.ptr<i32>) {
      %c0 = arith.constant 0 : i32
      %c3 = arith.constant 3 : i32
      scf.for %i = %c0 to %n step %c3 : i32 {
        %pid = tt.get_program_id x {is = "pid"} : i32
        %x = arith.muli %pid, %n {is = "x"} : i32
        %q = arith.divsi %n, %pid {is = "q"} : i32
        %l = tt.load %p {is = "l"} : !tt.ptr<i32>
        %v = arith.addi %i, %x {is = "v"} : i32
      } {is = "loop"}
      scf.for %i = %c0 to %n step %n : i32 {
      } {is = "runtime"}
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  scf::ForOp loop = kernel.loop();
  EXPECT_TRUE(analysis.isInvariant(kernel["pid"], loop));
  EXPECT_TRUE(analysis.isInvariant(kernel["x"], loop));
  EXPECT_FALSE(analysis.isInvariant(kernel["q"], loop)) << "may trap";
  EXPECT_FALSE(analysis.isInvariant(kernel["l"], loop)) << "reads memory";
  EXPECT_FALSE(analysis.isInvariant(kernel["v"], loop));
  EXPECT_EQ(analysis.constantStep(loop), 3);
  EXPECT_EQ(textOf(analysis.tripCount(loop)), "max(ceildiv(%arg0 + 0, 3), 0)");
  EXPECT_EQ(textOfObligations(analysis.incrementFits(loop)),
            "%arg0 + 2 <= 2147483647");
  EXPECT_FALSE(analysis.constantStep(kernel.loop("runtime")));
}

TEST(Form, WhatIsNotAnalysed) {
  Kernel kernel(R"(
    tt.func @f(%x: f32, %p: !tt.ptr<i32>, %w: i128) {
      %a = arith.addf %x, %x {is = "a"} : f32
      %b = arith.addi %w, %w {is = "b"} : i128
      %c = arith.trunci %w {is = "c"} : i128 to i32
      %d = tt.load %p {is = "d"} : !tt.ptr<i32>
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  for (StringRef name : {"a", "b"}) {
    EXPECT_FALSE(analysis.rangeOf(kernel[name]));
    EXPECT_FALSE(analysis.formOf(kernel[name]));
  }
  for (StringRef name : {"c", "d"})
    EXPECT_TRUE(analysis.formOf(kernel[name])->base ==
                LinearExpr(Symbol{kernel[name]}));
}

TEST(Form, LongChainsAreCutNotOverrun) {
  std::string text = "tt.func @f(%x0: i32) {\n";
  const int length = 20000;
  for (int i = 0; i != length; ++i)
    text += "  %x" + std::to_string(i + 1) + " = arith.addi %x" +
            std::to_string(i) + ", %x0 : i32\n";
  text += "  %y = arith.addi %x" + std::to_string(length) +
          ", %x0 {is = \"y\"} : i32\n  tt.return\n}";
  Kernel kernel(text);
  AffineAnalysis analysis(kernel.get());
  EXPECT_TRUE(analysis.formOf(kernel["y"]));
  EXPECT_TRUE(analysis.rangeOf(kernel["y"]));
}

} // namespace
