//===- ScalarExprTest.cpp - intervals, classes, expressions -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Brute force over small numbers.

#include "RandomIR.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace triton_ext;

namespace {

Integer big(int64_t value) { return Integer(value); }

TEST(Interval, SignedAndUnsignedRanges) {
  EXPECT_EQ(Interval::signedRange(8).lo, -128);
  EXPECT_EQ(Interval::signedRange(8).hi, 127);
  EXPECT_EQ(Interval::unsignedRange(8).hi, 255);
  EXPECT_EQ(Interval::signedRange(64).hi, INT64_MAX);
  EXPECT_EQ(Interval::unsignedRange(64).hi,
            big(INT64_MAX) * Integer(2) + Integer(1));
}

TEST(Congruence, OperationsHoldMembers) {
  auto make = [](int m, int r) { return Congruence::make(big(m), big(r)); };
  for (int m = 0; m < 7; ++m)
    for (int r = 0; r < (m ? m : 9); ++r)
      for (int n = 0; n < 7; ++n)
        for (int s = 0; s < (n ? n : 9); ++s) {
          Congruence a = make(m, r), b = make(n, s);
          for (int i = -3; i <= 3; ++i)
            for (int j = -3; j <= 3; ++j) {
              Integer x = big(m * i + r), y = big(n * j + s);
              ASSERT_TRUE(a.contains(x));
              ASSERT_TRUE((a + b).contains(x + y));
              ASSERT_TRUE(a.join(b).contains(x) && a.join(b).contains(y));
              ASSERT_TRUE(a.scaled(big(-3)).contains(x * Integer(-3)));
              ASSERT_TRUE(a.wrapped(2).contains(x + Integer(4) * big(j)));
              Integer d = a.divisor();
              ASSERT_TRUE(d == 0 ? x == 0 : mod(x, d) == 0);
            }
        }
}

TEST(Congruence, TightenKeepsMembersAndDropsTheRest) {
  for (int m = 0; m < 9; ++m)
    for (int r = 0; r < (m ? m : 5); ++r)
      for (int lo = -12; lo < 12; ++lo)
        for (int hi = lo; hi < 12; ++hi) {
          Congruence c = Congruence::make(big(m), big(r));
          Interval tight = c.tighten({big(lo), big(hi)});
          for (int x = lo; x <= hi; ++x)
            ASSERT_EQ(tight.contains(big(x)) && c.contains(big(x)),
                      c.contains(big(x)));
          if (!tight.isEmpty()) {
            ASSERT_TRUE(c.contains(tight.lo));
            ASSERT_TRUE(c.contains(tight.hi));
          }
        }
}

class Expressions : public ::testing::Test {
protected:
  Expressions() {
    Type i32 = IntegerType::get(&testContext(), 32);
    Location loc = UnknownLoc::get(&testContext());
    x = {block.addArgument(i32, loc)};
    y = {block.addArgument(i32, loc)};
  }
  Block block;
  Symbol x, y;
};

TEST_F(Expressions, LinearSumsMergeTermsInOrder) {
  LinearExpr sum = LinearExpr(x).scaled(big(3)) + LinearExpr(y) +
                   LinearExpr(x).scaled(big(-1)) + big(7);
  ASSERT_EQ(sum.terms().size(), 2u);
  EXPECT_TRUE(sum.terms()[0].symbol == x);
  EXPECT_EQ(sum.coefficientOf(x), 2);
  EXPECT_TRUE((sum - sum).isConstant());
  LinearExpr replaced = sum.substitute(x, LinearExpr(y) + big(1));
  EXPECT_EQ(replaced.coefficientOf(y), 3);
  EXPECT_EQ(replaced.constant(), 9);
}

TEST_F(Expressions, EvaluateAsIntegersDo) {
  ScalarExpr a = LinearExpr(x).scaled(big(3)) + big(1);
  ScalarExpr b = LinearExpr(y).scaled(big(-6)) + LinearExpr(x).scaled(big(4));
  for (int i = -9; i <= 9; ++i)
    for (int j = -9; j <= 9; ++j) {
      auto at = [&](const ScalarExpr &expr) {
        return int64_t(expr.evaluate(
            [&](const Symbol &symbol) { return big(symbol == x ? i : j); }));
      };
      int p = 3 * i + 1, q = 4 * i - 6 * j;
      for (int d = 1; d < 6; ++d) {
        ASSERT_EQ(at(a.floorDiv(big(d))), llvm::divideFloorSigned(p, d));
        ASSERT_EQ(at(b.floorDiv(big(d))), llvm::divideFloorSigned(q, d));
        ASSERT_EQ(at(b.ceilDiv(big(d))), llvm::divideCeilSigned(q, d));
        ScalarExpr low = a.floorDiv(big(d)), high = b.ceilDiv(big(d));
        ASSERT_EQ(at(ScalarExpr::min(low, high)), std::min(at(low), at(high)));
        ASSERT_EQ(at(ScalarExpr::max(low, a)), std::max(at(low), at(a)));
        ScalarExpr above = (a + ScalarExpr::constant(2)).floorDiv(big(d)) +
                           ScalarExpr::constant(d);
        ASSERT_EQ(at(ScalarExpr::min(low, above)), at(low));
        ASSERT_EQ(at(ScalarExpr::max(above, low)), at(above));
        ASSERT_EQ(at(low.scaled(big(-2)) + high), -2 * at(low) + at(high));
      }
    }
}

TEST_F(Expressions, PlainOrderNeedsNoInstruction) {
  ScalarExpr a = ScalarExpr(LinearExpr(x)).ceilDiv(big(4));
  ScalarExpr b = ScalarExpr(LinearExpr(x) + big(9)).ceilDiv(big(4));
  EXPECT_TRUE(ScalarExpr::max(a, b) == b);
  EXPECT_TRUE(ScalarExpr::min(a + ScalarExpr::constant(1), a) == a);
  EXPECT_EQ(ScalarExpr::max(a, ScalarExpr(LinearExpr(y))).kind(),
            ScalarExpr::Kind::Max);
}

TEST_F(Expressions, RangeHoldsAllValues) {
  ScalarExpr expr =
      ScalarExpr::min(ScalarExpr(LinearExpr(x).scaled(big(-3)) + LinearExpr(y))
                          .floorDiv(big(4)),
                      ScalarExpr(LinearExpr(y)).scaled(big(2)));
  Interval range = expr.range(
      [](const Symbol &) { return Interval{Integer(-5), Integer(6)}; });
  for (int i = -5; i <= 6; ++i)
    for (int j = -5; j <= 6; ++j)
      ASSERT_TRUE(range.contains(expr.evaluate(
          [&](const Symbol &symbol) { return big(symbol == x ? i : j); })));
}

} // namespace
