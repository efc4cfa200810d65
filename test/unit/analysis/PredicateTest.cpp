//===- PredicateTest.cpp - where a predicate is what ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The patterns that kernels have, by name. Segments are printed as
// "<class>@<first iteration>".

#include "Kernel.h"

using namespace mlir;
using namespace triton_ext;

namespace {

/// A loop whose body is `body`, with scalars %n, %lo, %a, %b (i32), %w (i64),
/// %N64 (a multiple of 64), %P = 128 * program id, constants %c0 ... and
/// lanes %r64 = 0..63; `loop` says its bounds and what it carries.
std::string inLoop(const std::string &loop, const std::string &body) {
  std::string constants;
  for (int value : {-1, 0, 1, 3, 4, 8, 64, 100, 128})
    constants += "  %c" +
                 std::string(value < 0 ? "m1" : std::to_string(value)) +
                 " = arith.constant " + std::to_string(value) + " : i32\n";
  return R"(
tt.func @f(%n: i32, %lo: i32, %a: i32, %b: i32, %w: i64,
           %N64: i32 {tt.divisibility = 64 : i32}) {
)" + constants +
         R"(
  %true = arith.constant true
  %pid = tt.get_program_id x : i32
  %P = arith.muli %pid, %c128 : i32
  %r64 = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %r128 = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
  %nt = tt.splat %n : i32 -> tensor<64xi32>
  %Nt = tt.splat %N64 : i32 -> tensor<64xi32>
  )" + loop +
         " {\n" + body + "\n  } {is = \"loop\"}\n  tt.return\n}";
}

/// The segments of "p", then " | " and its obligations if it has any.
std::string classify(const std::string &loop, const std::string &body) {
  Kernel kernel(inLoop(loop, body));
  AffineAnalysis analysis(kernel.get());
  PredicateOverLoop p = analysis.classify(kernel["p"], kernel.loop());
  std::string text = textOfSegments(p);
  if (!p.obligations.empty())
    text += " | " + textOfObligations(p.obligations);
  return text;
}

const char *const byOne = "scf.for %i = %c0 to %n step %c1 : i32";
const char *const by64 = "scf.for %i = %c0 to %n step %c64 : i32";

/// %m = (P + arange(128))[:, None], %s = (i + arange(64))[None, :]
const char *const causalSides = R"(
    %Pt = tt.splat %P : i32 -> tensor<128xi32>
    %om = arith.addi %Pt, %r128 : tensor<128xi32>
    %om1 = tt.expand_dims %om {axis = 1 : i32} : tensor<128xi32> -> tensor<128x1xi32>
    %m = tt.broadcast %om1 : tensor<128x1xi32> -> tensor<128x64xi32>
    %it = tt.splat %i : i32 -> tensor<64xi32>
    %on = arith.addi %it, %r64 : tensor<64xi32>
    %on1 = tt.expand_dims %on {axis = 0 : i32} : tensor<64xi32> -> tensor<1x64xi32>
    %s = tt.broadcast %on1 : tensor<1x64xi32> -> tensor<128x64xi32>
)";

// %P is multiplied out of the program id and may wrap, but is a multiple of
// 128; the induction variable is a multiple of 64: no lane carries, no
// obligation is left.
TEST(Predicate, CausalMask) {
  std::string body =
      std::string(causalSides) +
      "%p = arith.cmpi sge, %m, %s {is = \"p\"} : tensor<128x64xi32>";
  Kernel kernel(inLoop(by64, body));
  AffineAnalysis analysis(kernel.get());
  PredicateOverLoop p = analysis.classify(kernel["p"], kernel.loop());
  EXPECT_TRUE(p.obligations.empty());
  SmallVector<Segment, 5> segments = p.segments();
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[0].lanes, LaneClass::AllTrue);
  EXPECT_EQ(segments[1].lanes, LaneClass::Mixed);
  EXPECT_EQ(segments[2].lanes, LaneClass::AllFalse);
  // Program 3: rows 384 to 511. Tiles up to 384 - 63 are whole; 512 is out.
  auto at = [&](const Segment &segment) {
    return int64_t(segment.begin.evaluate(
        [](const Symbol &) { return Integer(3 * 128); }));
  };
  EXPECT_EQ(at(segments[1]), 6);
  EXPECT_EQ(at(segments[2]), 8);
}

TEST(Predicate, CausalMaskTheOtherWayRound) {
  std::string text = classify(
      by64, std::string(causalSides) +
                "%q = arith.cmpi slt, %m, %s : tensor<128x64xi32>\n"
                "%t = arith.constant dense<true> : tensor<128x64xi1>\n"
                "%p = arith.xori %q, %t {is = \"p\"} : tensor<128x64xi1>");
  EXPECT_TRUE(StringRef(text).starts_with("AllTrue@0 Mixed@"));
  EXPECT_EQ(text.find('|'), std::string::npos);
}

TEST(Predicate, ScalarComparisons) {
  auto scalar = [](const std::string &predicate) {
    return classify(byOne,
                    "%p = arith.cmpi " + predicate + " {is = \"p\"} : i32");
  };
  EXPECT_EQ(scalar("slt, %i, %a"), "AllTrue@0 AllFalse@%arg2 + 0");
  EXPECT_EQ(scalar("sgt, %a, %i"), "AllTrue@0 AllFalse@%arg2 + 0");
  EXPECT_EQ(scalar("sle, %i, %a"), "AllTrue@0 AllFalse@%arg2 + 1");
  EXPECT_EQ(scalar("sge, %i, %a"), "AllFalse@0 AllTrue@%arg2 + 0");
  EXPECT_EQ(scalar("eq, %i, %a"),
            "AllFalse@0 AllTrue@%arg2 + 0 AllFalse@%arg2 + 1");
  EXPECT_EQ(scalar("ne, %i, %a"),
            "AllTrue@0 AllFalse@%arg2 + 0 AllTrue@%arg2 + 1");
  EXPECT_EQ(scalar("ult, %i, %a"), "AllTrue@0 AllFalse@unsigned(%arg2) + 0");
  EXPECT_EQ(scalar("sge, %i, %c0"), "AllTrue@0");
  EXPECT_EQ(scalar("slt, %i, %c0"), "AllFalse@0");
  EXPECT_EQ(scalar("slt, %i, %n"), "AllTrue@0");
  EXPECT_EQ(scalar("sge, %i, %n"), "AllFalse@0");
  EXPECT_EQ(scalar("eq, %i, %c0"), "AllTrue@0 AllFalse@1");
  EXPECT_EQ(scalar("slt, %a, %b"), "Mixed@0") << "nothing to do with the loop";
}

TEST(Predicate, LastIteration) {
  // i + 1 == n, and i == n - 1 where that may wrap.
  EXPECT_EQ(classify(byOne, R"(
    %j = arith.addi %i, %c1 : i32
    %p = arith.cmpi eq, %j, %n {is = "p"} : i32)"),
            "AllFalse@0 AllTrue@%arg0 + -1");
  EXPECT_EQ(classify(byOne, R"(
    %last = arith.subi %n, %c1 : i32
    %j = arith.addi %i, %c0 : i32
    %p = arith.cmpi slt, %j, %last {is = "p"} : i32)")
                .substr(0, 18),
            "AllTrue@0 AllFalse");
}

TEST(Predicate, OffsetThatMayWrapIsObliged) {
  EXPECT_EQ(classify("scf.for %i = %lo to %n step %c1 : i32", R"(
    %j = arith.addi %i, %c100 : i32
    %p = arith.cmpi slt, %j, %a {is = "p"} : i32)"),
            "AllTrue@0 AllFalse@%arg2 + -1*%arg1 + -100 | "
            "%arg0 + 99 <= 2147483647");
}

TEST(Predicate, TailMasks) {
  const char *mask = R"(
    %it = tt.splat %i : i32 -> tensor<64xi32>
    %offs = arith.addi %it, %r64 : tensor<64xi32>
    %p = arith.cmpi slt, %offs, %nt {is = "p"} : tensor<64xi32>)";
  EXPECT_EQ(classify(by64, mask),
            "AllTrue@0 Mixed@sum(floordiv(%arg0 + -64, 64), 1)");
  // A multiple of the tile has no tail.
  EXPECT_EQ(classify("scf.for %i = %c0 to %N64 step %c64 : i32", R"(
    %it = tt.splat %i : i32 -> tensor<64xi32>
    %offs = arith.addi %it, %r64 : tensor<64xi32>
    %p = arith.cmpi slt, %offs, %Nt {is = "p"} : tensor<64xi32>)"),
            "AllTrue@0");
}

TEST(Predicate, BlocksThatAreCounted) {
  // i * 64 + arange < n, for i in 0 .. cdiv(n, 64).
  EXPECT_EQ(classify("scf.for %i = %c0 to %a step %c1 : i32", R"(
    %start = arith.muli %i, %c64 : i32
    %it = tt.splat %start : i32 -> tensor<64xi32>
    %offs = arith.addi %it, %r64 : tensor<64xi32>
    %p = arith.cmpi slt, %offs, %nt {is = "p"} : tensor<64xi32>)"),
            "AllTrue@0 Mixed@sum(floordiv(%arg0 + -64, 64), 1) "
            "AllFalse@sum(floordiv(%arg0 + -1, 64), 1) | "
            "64*%arg2 + -64 <= 2147483584");
}

TEST(Predicate, SlidingWindowFlipsTwice) {
  std::string text = classify(by64, std::string(causalSides) + R"(
    %back = arith.constant dense<256> : tensor<128x64xi32>
    %q = arith.cmpi sge, %m, %s : tensor<128x64xi32>
    %d = arith.subi %m, %s : tensor<128x64xi32>
    %r = arith.cmpi slt, %d, %back : tensor<128x64xi32>
    %p = arith.andi %q, %r {is = "p"} : tensor<128x64xi1>)");
  std::vector<std::string> classes;
  for (size_t at = 0; at < text.size() && text[at] != '|';) {
    size_t end = text.find('@', at);
    classes.push_back(text.substr(at, end - at));
    at = text.find(" A", end);
    at = std::min(at, text.find(" M", end));
    at = at == std::string::npos ? text.size() : at + 1;
  }
  EXPECT_EQ(classes, (std::vector<std::string>{"AllFalse", "Mixed", "AllTrue",
                                               "Mixed", "AllFalse"}))
      << text;
}

TEST(Predicate, CarriedCounters) {
  EXPECT_EQ(classify("%r = scf.for %i = %lo to %n step %c4 iter_args(%k = %a)"
                     " -> (i32) : i32",
                     R"(
    %p = arith.cmpi slt, %k, %b {is = "p"} : i32
    %k1 = arith.addi %k, %c3 : i32
    scf.yield %k1 : i32)"),
            "AllTrue@0 AllFalse@sum(floordiv(%arg3 + -1*%arg2 + -1, 3), 1) | "
            "sum(mul(ceildiv(%arg0 + -1*%arg1 + 0, 4), 3), %arg2 + -3) <= "
            "2147483647");
  // Counting down.
  std::string down = classify(
      "%r = scf.for %i = %c0 to %n step %c1 iter_args(%k = %n) -> (i32) : i32",
      R"(
    %p = arith.cmpi slt, %k, %b {is = "p"} : i32
    %k1 = arith.subi %k, %c1 : i32
    scf.yield %k1 : i32)");
  EXPECT_EQ(down, "AllFalse@0 AllTrue@-1*%arg3 + %arg0 + 1");
}

TEST(Predicate, WidthsMix) {
  EXPECT_EQ(classify(byOne, R"(
    %x = arith.extsi %i : i32 to i64
    %p = arith.cmpi slt, %x, %w {is = "p"} : i64)"),
            "AllTrue@0 AllFalse@%arg4 + 0 | -281474976710656 <= %arg4 + 0 <= "
            "281474976710656");
  EXPECT_EQ(classify(byOne, R"(
    %x = arith.extui %i : i32 to i64
    %y = arith.extui %a : i32 to i64
    %p = arith.cmpi ult, %x, %y {is = "p"} : i64)"),
            "AllTrue@0 AllFalse@unsigned(%arg2) + 0");
  EXPECT_EQ(classify("scf.for %i = %c0 to %n step %c1 : i32", R"(
    %x = arith.trunci %i : i32 to i16
    %c = arith.constant 5 : i16
    %p = arith.cmpi slt, %x, %c {is = "p"} : i16)"),
            "AllTrue@0 AllFalse@5 | %arg0 + -1 <= 32767");
}

TEST(Predicate, NestedLoops) {
  const std::string body = R"(
    %j0 = arith.constant 0 : i32
    scf.for %j = %i to %a step %c1 : i32 {
      %p = arith.cmpi sge, %j, %b {is = "p"} : i32
    } {is = "inner"})";
  // Over the outer loop: true once even the least j is; never surely false.
  EXPECT_EQ(classify(byOne, body), "Mixed@0 AllTrue@%arg3 + 0");
  Kernel kernel(inLoop(byOne, body));
  AffineAnalysis analysis(kernel.get());
  PredicateOverLoop inner =
      analysis.classify(kernel["p"], kernel.loop("inner"));
  EXPECT_EQ(inner.segments().size(), 2u);
  EXPECT_EQ(inner.segments()[0].lanes, LaneClass::AllFalse);
}

TEST(Predicate, Formulas) {
  EXPECT_EQ(classify(byOne, R"(
    %q = arith.cmpi slt, %i, %a : i32
    %r = arith.cmpi slt, %i, %b : i32
    %p = arith.andi %q, %r {is = "p"} : i1)"),
            "AllTrue@0 AllFalse@min(%arg2 + 0, %arg3 + 0)");
  EXPECT_EQ(classify(byOne, R"(
    %q = arith.cmpi slt, %i, %a : i32
    %r = arith.cmpi slt, %i, %b : i32
    %p = arith.ori %q, %r {is = "p"} : i1)"),
            "AllTrue@0 AllFalse@max(%arg2 + 0, %arg3 + 0)");
  EXPECT_EQ(classify(byOne, R"(
    %q = arith.cmpi slt, %i, %a : i32
    %r = arith.cmpi slt, %n, %b : i32
    %p = arith.andi %q, %r {is = "p"} : i1)"),
            "Mixed@0 AllFalse@%arg2 + 0")
      << "what is not known leaves the false side";
  EXPECT_EQ(classify(byOne, R"(
    %q = arith.cmpi slt, %i, %a : i32
    %x = arith.extui %q : i1 to i32
    %p = arith.cmpi eq, %x, %c0 {is = "p"} : i32)"),
            "AllFalse@0 AllTrue@%arg2 + 0");
  EXPECT_EQ(classify(byOne, R"(
    %q = arith.cmpi slt, %i, %a : i32
    %r = arith.cmpi sge, %i, %b : i32
    %false = arith.constant false
    %s = arith.select %q, %r, %false : i1
    %p = tt.splat %s {is = "p"} : i1 -> tensor<4xi1>)"),
            "AllFalse@0 AllTrue@%arg3 + 0 AllFalse@max(%arg2 + 0, %arg3 + 0)");
}

TEST(Predicate, StepsAndBounds) {
  // The first multiple of 8 above lo that is at least a.
  EXPECT_EQ(classify("scf.for %i = %lo to %n step %c8 : i32",
                     "%p = arith.cmpi sge, %i, %a {is = \"p\"} : i32"),
            "AllFalse@0 AllTrue@ceildiv(-1*%arg1 + %arg2 + 0, 8)");
  EXPECT_EQ(classify("scf.for %i = %c0 to %n step %a : i32",
                     "%p = arith.cmpi sge, %i, %b {is = \"p\"} : i32"),
            "Mixed@0")
      << "a step that is not constant";
  EXPECT_EQ(classify("scf.for unsigned %i = %lo to %n step %c1 : i32",
                     "%p = arith.cmpi sge, %i, %b {is = \"p\"} : i32"),
            "Mixed@0")
      << "an unsigned loop over what may be negative";
}

TEST(Predicate, EmptySegmentsAreLeftOut) {
  EXPECT_EQ(classify("scf.for %i = %c0 to %c100 step %c4 : i32",
                     "%p = arith.cmpi slt, %i, %c128 {is = \"p\"} : i32"),
            "AllTrue@0");
  EXPECT_EQ(classify("scf.for %i = %c0 to %c100 step %c4 : i32",
                     "%p = arith.cmpi slt, %i, %c64 {is = \"p\"} : i32"),
            "AllTrue@0 AllFalse@16");
}

TEST(Predicate, CutsAreBounds) {
  Kernel kernel(inLoop("scf.for %i = %lo to %n step %c8 : i32", R"(
    %pid1 = tt.get_program_id y : i32
    %q = arith.muli %pid1, %a : i32
    %p = arith.cmpi sge, %i, %q {is = "p"} : i32)"));
  AffineAnalysis analysis(kernel.get());
  scf::ForOp loop = kernel.loop();
  PredicateOverLoop p = analysis.classify(kernel["p"], loop);
  SmallVector<Segment, 5> segments = p.segments();
  ASSERT_EQ(segments.size(), 2u);
  OpBuilder builder(loop);
  EXPECT_FALSE(
      analysis.materializeGuard(builder, loop.getLoc(), p.obligations, loop));
  // The product is computed in the loop only, and cloned.
  Value cut = analysis.materializeCut(builder, loop, segments[1].begin, {},
                                      AffineAnalysis::CutFallback::LowerBound);
  EXPECT_EQ(cut.getType(), loop.getInductionVar().getType());
  EXPECT_TRUE(loop.isDefinedOutsideOfLoop(cut));
  EXPECT_TRUE(succeeded(kernel.get().verify()));
}

TEST(Predicate, WideLoopsGuardTheirArithmetic) {
  Kernel kernel(R"(
    tt.func @f(%n: i64, %a: i64) {
      %c0 = arith.constant 0 : i64
      %c16 = arith.constant 16 : i64
      scf.for %i = %c0 to %n step %c16 : i64 {
        %p = arith.cmpi slt, %i, %a {is = "p"} : i64
      } {is = "loop"}
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  PredicateOverLoop p = analysis.classify(kernel["p"], kernel.loop());
  EXPECT_EQ(textOfSegments(p),
            "AllTrue@0 AllFalse@sum(floordiv(%arg1 + -1, 16), 1)");
  EXPECT_EQ(textOfObligations(p.obligations),
            "-281474976710656 <= %arg1 + 0 <= 281474976710656; "
            "-281474976710656 <= %arg0 + 0 <= 281474976710656");
}

TEST(Predicate, OverAllTimes) {
  Kernel kernel(R"(
    tt.func @f(%n: i32) {
      %c0 = arith.constant 0 : i32
      %c64 = arith.constant 64 : i32
      %t = arith.constant dense<64> : tensor<64xi32>
      %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
      %a = arith.cmpi slt, %r, %t {is = "a"} : tensor<64xi32>
      %b = arith.cmpi eq, %r, %t {is = "b"} : tensor<64xi32>
      %pid = tt.get_program_id x : i32
      %c = arith.cmpi sge, %pid, %c0 {is = "c"} : i32
      %d = arith.cmpi slt, %pid, %n {is = "d"} : i32
      scf.for %i = %c0 to %n step %c64 : i32 {
        %e = arith.cmpi slt, %i, %n {is = "e"} : i32
        scf.for %j = %i to %n step %c64 : i32 {
          %f = arith.cmpi sge, %j, %i {is = "f"} : i32
        }
      }
      tt.return
    })");
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(analysis.classify(kernel["a"]), LaneClass::AllTrue);
  EXPECT_EQ(analysis.classify(kernel["b"]), LaneClass::AllFalse);
  EXPECT_EQ(analysis.classify(kernel["c"]), LaneClass::AllTrue);
  EXPECT_EQ(analysis.classify(kernel["d"]), LaneClass::Mixed);
  EXPECT_EQ(analysis.classify(kernel["e"]), LaneClass::AllTrue);
  EXPECT_EQ(analysis.classify(kernel["f"]), LaneClass::AllTrue);
}

} // namespace
