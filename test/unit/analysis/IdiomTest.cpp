//===- IdiomTest.cpp - what kernels write ------------------------*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//
// The masks of public kernels, as Triton writes them in TTIR, and what is known
// of them. Each says in Python what it is.

#include "Kernel.h"
#include "dialects/Triton/Triton.h"

using namespace mlir;
using namespace triton_ext;

namespace {

/// A function of %n, %m, %K (i32) and %K16, %K64, %N64 with divisibility;
/// %r = arange(0, 64), constants %c0 ... and the program ids.
std::string function(const std::string &body) {
  std::string constants;
  for (int value : {0, 1, 8, 16, 63, 64, 4096})
    constants += "  %c" + std::to_string(value) + " = arith.constant " +
                 std::to_string(value) + " : i32\n";
  return R"(
tt.func @f(%n: i32, %m: i32, %K: i32, %K16: i32 {tt.divisibility = 16 : i32},
           %K64: i32 {tt.divisibility = 64 : i32}, %N64: i32 {tt.divisibility = 64 : i32}) {
)" + constants +
         R"(
  %pid = tt.get_program_id x : i32
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
)" + body +
         "\n  tt.return\n}";
}

const char *nameOf(LaneClass lanes) {
  static const char *const names[] = {"AllTrue", "AllFalse", "Mixed"};
  return names[static_cast<int>(lanes)];
}

/// What "p" is whenever it is computed.
std::string classify(const std::string &body, AffineOptions options = {}) {
  Kernel kernel(function(body));
  AffineAnalysis analysis(kernel.get(), options);
  return nameOf(analysis.classify(kernel["p"]));
}

std::string rangeOfP(const std::string &body) {
  Kernel kernel(function(body));
  AffineAnalysis analysis(kernel.get());
  return textOf(*analysis.rangeOf(kernel["p"]));
}

/// for k in range(0, K, 64): mask = k + arange(0, 64) < K
std::string walking(const std::string &bound) {
  return R"(
  scf.for %k = %c0 to )" +
         bound + R"( step %c64 : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r : tensor<64xi32>
    %limit = tt.splat )" +
         bound + R"( : i32 -> tensor<64xi32>
    %p = arith.cmpi slt, %offs, %limit {is = "p"} : tensor<64xi32>
  } {is = "loop"})";
}

/// for i in range(0, cdiv(K, 64)): mask = arange(0, 64) < K - i * 64
std::string counting(const std::string &bound, const std::string &cdiv = "") {
  return (cdiv.empty() ? R"(
  %sum = arith.addi )" + bound +
                             R"(, %c63 : i32
  %q = arith.divsi %sum, %c64 : i32)"
                       : cdiv) +
         R"(
  scf.for %i = %c0 to %q step %c1 : i32 {
    %done = arith.muli %i, %c64 : i32
    %left = arith.subi )" +
         bound + R"(, %done : i32
    %limit = tt.splat %left : i32 -> tensor<64xi32>
    %p = arith.cmpi slt, %r, %limit {is = "p"} : tensor<64xi32>
  } {is = "loop"})";
}

TEST(Idiom, TailMaskOfALoopThatWalks) {
  EXPECT_EQ(classify(walking("%c4096")), "AllTrue");
  EXPECT_EQ(classify(walking("%K64")), "AllTrue");
  EXPECT_EQ(classify(walking("%K16")), "Mixed");
  EXPECT_EQ(classify(walking("%K")), "Mixed");
}

// The number of tiles is a quotient; K + 63 may wrap, but then no tile runs.
TEST(Idiom, TailMaskOfALoopThatCounts) {
  EXPECT_EQ(classify(counting("%c4096")), "AllTrue");
  EXPECT_EQ(classify(counting("%K64")), "AllTrue");
  EXPECT_EQ(classify(counting("%K16")), "Mixed");
  EXPECT_EQ(classify(counting("%K")), "Mixed");
  EXPECT_EQ(classify(counting("%K64", R"(
  %sum = arith.addi %K64, %c63 : i32
  %all = arith.divsi %sum, %c64 : i32
  %q = arith.minsi %all, %n : i32)")),
            "AllTrue")
      << "at most that many";
  EXPECT_EQ(classify(counting("%K64", R"(
  %q = arith.ceildivsi %K64, %c64 : i32)")),
            "AllTrue");
  EXPECT_EQ(classify(counting("%K64", R"(
  %sum = arith.addi %K64, %c64 : i32
  %q = arith.divsi %sum, %c64 : i32)")),
            "Mixed")
      << "one tile too many";
}

// range(0, cdiv(K, 64) * 64, 64)
TEST(Idiom, BoundRoundedUp) {
  auto rounded = [](const std::string &bound, const std::string &up) {
    return classify(up + R"(
  scf.for %k = %c0 to %up step %c64 : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r : tensor<64xi32>
    %limit = tt.splat )" +
                    bound + R"( : i32 -> tensor<64xi32>
    %p = arith.cmpi slt, %offs, %limit {is = "p"} : tensor<64xi32>
  })");
  };
  auto byDivision = [](const std::string &bound) {
    return "%sum = arith.addi " + bound + R"(, %c63 : i32
  %q = arith.divsi %sum, %c64 : i32
  %up = arith.muli %q, %c64 : i32)";
  };
  EXPECT_EQ(rounded("%K64", byDivision("%K64")), "AllTrue");
  EXPECT_EQ(rounded("%K16", byDivision("%K16")), "Mixed");
  // x & -64
  EXPECT_EQ(rounded("%K", R"(
  %low = arith.constant -64 : i32
  %up = arith.andi %K, %low : i32)"),
            "AllTrue")
      << "rounded down";
  EXPECT_EQ(rounded("%K", R"(
  %low = arith.constant -64 : i32
  %sum = arith.addi %K, %c63 : i32
  %up = arith.andi %sum, %low : i32)"),
            "Mixed");
}

TEST(Idiom, BoundIsAMinimum) {
  auto upTo = [](const std::string &op, const std::string &limit) {
    return classify("%b = arith." + op + R"( %n, %K : i32
  scf.for %k = %c0 to %b step %c1 : i32 {
    %p = arith.cmpi slt, %k, )" +
                    limit + R"( {is = "p"} : i32
  })");
  };
  EXPECT_EQ(upTo("minsi", "%n"), "AllTrue");
  EXPECT_EQ(upTo("minsi", "%K"), "AllTrue");
  EXPECT_EQ(upTo("maxsi", "%K"), "Mixed");
  EXPECT_EQ(upTo("minsi", "%m"), "Mixed");
}

// offs < min(n, lim): exactly where it flips.
TEST(Idiom, LimitIsAMinimum) {
  Kernel kernel(function(R"(
  %lim = arith.minsi %n, %m : i32
  scf.for %k = %c0 to %K step %c1 : i32 {
    %p = arith.cmpi slt, %k, %lim {is = "p"} : i32
  } {is = "loop"})"));
  AffineAnalysis analysis(kernel.get());
  EXPECT_EQ(textOfSegments(analysis.classify(kernel["p"], kernel.loop())),
            "AllTrue@0 AllFalse@%2 + 0");
}

// hi = (pid + 1) * 64 if causal else n
TEST(Idiom, BoundIsASelect) {
  auto chosen = [](const std::string &other) {
    return classify("%c = arith.cmpi slt, %m, %K : i32\n"
                    "%b = arith.select %c, %n, " +
                    other + R"( : i32
  scf.for %k = %c0 to %b step %c1 : i32 {
    %p = arith.cmpi slt, %k, %n {is = "p"} : i32
  })");
  };
  EXPECT_EQ(chosen("%n"), "AllTrue");
  EXPECT_EQ(chosen("%c0"), "AllTrue") << "no iteration then";
  EXPECT_EQ(chosen("%m"), "Mixed");
}

// rows = (pid * 64 + arange) % n, and rows < n
TEST(Idiom, WrappedRows) {
  auto rows = [](const std::string &before, const std::string &dividend) {
    return classify(before + R"(
  %nt = tt.splat %n : i32 -> tensor<64xi32>
  %w = arith.remsi )" +
                    dividend + R"(, %nt : tensor<64xi32>
  %p = arith.cmpi slt, %w, %nt {is = "p"} : tensor<64xi32>)");
  };
  EXPECT_EQ(rows("", "%r"), "Mixed") << "n may be negative";
  EXPECT_EQ(rows(R"(
  %pos = arith.cmpi sgt, %n, %c0 : i32
  "llvm.intr.assume"(%pos) : (i1) -> ())",
                 "%r"),
            "AllTrue");
}

// pid // num_n and its rest: the swizzle of grouped matrix products.
TEST(Idiom, GroupedProgramIds) {
  const char *const swizzle = R"(
  %sum = arith.addi %m, %c63 : i32
  %rows = arith.divsi %sum, %c64 : i32
  %group = arith.divsi %pid, %c64 : i32
  %first = arith.muli %group, %c8 : i32
  %rest = arith.subi %rows, %first : i32
  %size = arith.minsi %rest, %c8 : i32
  %in = arith.remsi %pid, %c64 : i32
  %row = arith.remsi %in, %size : i32
  %pm = arith.addi %first, %row : i32)";
  EXPECT_EQ(rangeOfP(std::string(swizzle) +
                     "%p = arith.addi %in, %c0 {is = \"p\"} : i32"),
            "[0, 63]");
  EXPECT_EQ(classify(std::string(swizzle) +
                     "%p = arith.cmpi sle, %size, %c8 {is = \"p\"} : i32"),
            "AllTrue");
  EXPECT_EQ(classify(std::string(swizzle) +
                     "%p = arith.cmpi sle, %size, %rest {is = \"p\"} : i32"),
            "AllTrue");
  EXPECT_EQ(classify(std::string(swizzle) +
                     "%p = arith.cmpi sge, %pid, %first {is = \"p\"} : i32"),
            "AllTrue")
      << "8 * (pid / 64) <= pid";
  EXPECT_EQ(classify(std::string(swizzle) +
                     "%p = arith.cmpi sge, %rest, %c1 {is = \"p\"} : i32"),
            "Mixed")
      << "only the grid says so";
}

TEST(Idiom, ProgramIdsLieBelowTheirNumber) {
  const char *const size = "%size = tt.get_num_programs x : i32\n";
  EXPECT_EQ(classify(std::string(size) +
                     "%p = arith.cmpi slt, %pid, %size {is = \"p\"} : i32"),
            "AllTrue");
  EXPECT_EQ(classify("%size = tt.get_num_programs y : i32\n"
                     "%p = arith.cmpi slt, %pid, %size {is = \"p\"} : i32"),
            "Mixed");
}

// tl.assume(pid * 64 + 64 <= n): the tile is whole.
TEST(Idiom, AssumptionAboutASum) {
  auto tile = [](const std::string &assumed, AffineOptions options = {}) {
    return classify(R"(
  %base = arith.muli %pid, %c64 : i32
  %end = arith.addi %base, %c64 : i32
)" + assumed + R"(
  %bt = tt.splat %base : i32 -> tensor<64xi32>
  %offs = arith.addi %bt, %r : tensor<64xi32>
  %nt = tt.splat %n : i32 -> tensor<64xi32>
  %p = arith.cmpi slt, %offs, %nt {is = "p"} : tensor<64xi32>)",
                    options);
  };
  const char *const small = R"(
  %few = arith.cmpi slt, %pid, %c4096 : i32
  "llvm.intr.assume"(%few) : (i1) -> ())";
  const char *const whole = R"(
  %in = arith.cmpi sle, %end, %n : i32
  "llvm.intr.assume"(%in) : (i1) -> ())";
  EXPECT_EQ(tile(std::string(small) + whole), "AllTrue");
  EXPECT_EQ(tile(small), "Mixed");
  EXPECT_EQ(tile(whole), "Mixed") << "the end may wrap";
  AffineOptions wary;
  wary.trustHints = false;
  EXPECT_EQ(tile(std::string(small) + whole, wary), "Mixed");
  EXPECT_EQ(tile(std::string(small) + R"(
  %b = arith.cmpi slt, %m, %K : i32
  scf.if %b {
    %in = arith.cmpi sle, %end, %n : i32
    "llvm.intr.assume"(%in) : (i1) -> ()
  })"),
            "Mixed")
      << "it may not be reached";
}

// k = tl.multiple_of(k, 64), and offs = tl.multiple_of(k + arange(0, 64), 64)
TEST(Idiom, MultipleOf) {
  auto loop = [](const std::string &offs, const std::string &onLoop) {
    return classify(R"(
  scf.for %k = %m to %K64 step %c64 : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r )" +
                    offs + R"( : tensor<64xi32>
    %limit = tt.splat %K64 : i32 -> tensor<64xi32>
    %p = arith.cmpi slt, %offs, %limit {is = "p"} : tensor<64xi32>
  } )" + onLoop);
  };
  EXPECT_EQ(loop("", ""), "Mixed") << "m may be anything";
  EXPECT_EQ(loop("{tt.contiguity = dense<64> : tensor<1xi32>, "
                 "tt.divisibility = dense<64> : tensor<1xi32>}",
                 ""),
            "AllTrue");
  EXPECT_EQ(loop("{tt.divisibility = dense<16> : tensor<1xi32>}", ""), "Mixed");
  EXPECT_EQ(loop("", "{tt.divisibility_arg0 = dense<64> : tensor<1xi32>}"),
            "AllTrue");
}

TEST(Idiom, AssumedMultiples) {
  auto assumed = [](const std::string &remainder,
                    const std::string &is = "eq") {
    return classify("%rem = arith." + remainder + R"( : i32
  %z = arith.cmpi )" +
                    is + R"(, %rem, %c0 : i32
  "llvm.intr.assume"(%z) : (i1) -> ())" +
                    walking("%K"));
  };
  EXPECT_EQ(assumed("remsi %K, %c64"), "AllTrue");
  EXPECT_EQ(assumed("remui %K, %c64"), "AllTrue");
  EXPECT_EQ(assumed("andi %K, %c63"), "AllTrue");
  EXPECT_EQ(assumed("remsi %K, %c16"), "Mixed");
  EXPECT_EQ(assumed("andi %K, %c64"), "Mixed");
  EXPECT_EQ(assumed("remsi %K, %c64", "ne"), "Mixed");
}

// (rm[:, None] < M) & (rn[None, :] < N), whole by what the loops say.
TEST(Idiom, TwoDimensions) {
  auto both = [](const std::string &op) {
    return classify(R"(
  scf.for %i = %c0 to %K64 step %c64 : i32 {
    scf.for %j = %c0 to %N64 step %c64 : i32 {
      %it = tt.splat %i : i32 -> tensor<64xi32>
      %jt = tt.splat %j : i32 -> tensor<64xi32>
      %rm = arith.addi %it, %r : tensor<64xi32>
      %rn = arith.addi %jt, %r : tensor<64xi32>
      %rm1 = tt.expand_dims %rm {axis = 1 : i32} : tensor<64xi32> -> tensor<64x1xi32>
      %rn1 = tt.expand_dims %rn {axis = 0 : i32} : tensor<64xi32> -> tensor<1x64xi32>
      %M = tt.splat %K64 : i32 -> tensor<64x1xi32>
      %N = tt.splat %N64 : i32 -> tensor<1x64xi32>
      %a = arith.cmpi slt, %rm1, %M : tensor<64x1xi32>
      %b = arith.cmpi slt, %rn1, %N : tensor<1x64xi32>
      %a2 = tt.broadcast %a : tensor<64x1xi1> -> tensor<64x64xi1>
      %b2 = tt.broadcast %b : tensor<1x64xi1> -> tensor<64x64xi1>
      %p = arith.)" +
                    op + R"( %a2, %b2 {is = "p"} : tensor<64x64xi1>
    }
  })");
  };
  EXPECT_EQ(both("andi"), "AllTrue");
  EXPECT_EQ(both("ori"), "AllTrue");
  EXPECT_EQ(both("xori"), "Mixed");
}

// A counter that is carried: left -= 64, from K, while k runs to K.
TEST(Idiom, CarriedCounter) {
  Kernel kernel(function(R"(
  %e = scf.for %k = %c0 to %K64 step %c64 iter_args(%left = %K64) -> (i32) : i32 {
    %limit = tt.splat %left : i32 -> tensor<64xi32>
    %p = arith.cmpi slt, %r, %limit {is = "p"} : tensor<64xi32>
    %next = arith.subi %left, %c64 : i32
    scf.yield %next : i32
  } {is = "loop"})"));
  AffineAnalysis analysis(kernel.get());
  PredicateOverLoop p = analysis.classify(kernel["p"], kernel.loop());
  EXPECT_EQ(p.overall(), LaneClass::AllTrue);
  EXPECT_TRUE(p.obligations.empty());
}

// What is taken for granted reads like an assumption, of sums, too.
TEST(Idiom, SupposedMultiples) {
  Kernel kernel(function(walking("%K")));
  auto argument = [&](unsigned i) {
    auto func = *kernel.get().getOps<triton::FuncOp>().begin();
    return LinearExpr(Symbol{func.getArgument(i)});
  };
  auto suppose = [&](const LinearExpr &expr, int64_t divisor) {
    AffineOptions options;
    options.multiples.push_back({expr, Integer(divisor)});
    AffineAnalysis analysis(kernel.get(), options);
    return std::string(nameOf(analysis.classify(kernel["p"])));
  };
  EXPECT_EQ(suppose(argument(2), 64), "AllTrue");
  EXPECT_EQ(suppose(argument(2) + Integer(64), 128), "AllTrue");
  EXPECT_EQ(suppose(argument(2) + Integer(1), 64), "Mixed");
  EXPECT_EQ(suppose(argument(2), 32), "Mixed");
  EXPECT_EQ(suppose(argument(0), 64), "Mixed");

  Kernel between(function(R"(
  scf.for %k = %m to %n step %c64 : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r : tensor<64xi32>
    %limit = tt.splat %n : i32 -> tensor<64xi32>
    %p = arith.cmpi slt, %offs, %limit {is = "p"} : tensor<64xi32>
  })"));
  auto func = *between.get().getOps<triton::FuncOp>().begin();
  AffineOptions options;
  options.multiples.push_back({LinearExpr(Symbol{func.getArgument(0)}) -
                                   LinearExpr(Symbol{func.getArgument(1)}),
                               Integer(64)});
  EXPECT_EQ(AffineAnalysis(between.get(), options).classify(between["p"]),
            LaneClass::AllTrue);
  EXPECT_EQ(AffineAnalysis(between.get()).classify(between["p"]),
            LaneClass::Mixed);
}

} // namespace
