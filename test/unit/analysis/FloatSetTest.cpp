//===- FloatSetTest.cpp - the algebra of kinds against floats ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Every rule against the arithmetic itself, on all pairs of the values at which
// something changes: zeros, subnormals, ones, largest values, infinities, NaN.

#include "triton_ext/Analysis/FloatSet.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace llvm;
using namespace triton_ext;

namespace {

std::vector<APFloat> specialValues(const fltSemantics &semantics) {
  std::vector<APFloat> values = {APFloat::getNaN(semantics)};
  for (bool isNegative : {false, true}) {
    values.push_back(APFloat::getZero(semantics, isNegative));
    values.push_back(APFloat::getInf(semantics, isNegative));
    values.push_back(APFloat::getSmallest(semantics, isNegative));
    values.push_back(APFloat::getSmallestNormalized(semantics, isNegative));
    values.push_back(APFloat::getLargest(semantics, isNegative));
    for (const char *text : {"1", "0.5", "1.5", "3", "1e-4", "60000", "88"}) {
      APFloat value(semantics, text);
      if (isNegative)
        value.changeSign();
      values.push_back(value);
    }
    // Neighbours, whose difference is subnormal.
    APFloat next = APFloat::getSmallestNormalized(semantics, isNegative);
    next.next(isNegative);
    values.push_back(next);
  }
  return values;
}

std::string text(FloatSet set) {
  std::string result;
  raw_string_ostream os(result);
  set.print(os);
  return "{" + result + "}";
}

std::string text(const APFloat &value) {
  SmallString<32> digits;
  value.toString(digits);
  return std::string(digits);
}

class FloatSets : public testing::TestWithParam<const fltSemantics *> {
protected:
  std::vector<APFloat> values = specialValues(*GetParam());
};

template <typename Rule, typename Arithmetic>
void checkPairs(const std::vector<APFloat> &values, Rule rule,
                Arithmetic arithmetic) {
  for (const APFloat &a : values)
    for (const APFloat &b : values) {
      APFloat result = arithmetic(a, b);
      FloatSet claimed = rule(FloatSet::of(a), FloatSet::of(b));
      EXPECT_TRUE(FloatSet::of(result).isWithin(claimed.bits()))
          << text(a) << ", " << text(b) << " gives " << text(result)
          << ", not one of " << text(claimed);
    }
}

APFloat maxnum(const APFloat &a, const APFloat &b, bool takesFirstZero) {
  if (a.isZero() && b.isZero())
    return takesFirstZero ? a : b;
  return llvm::maxnum(a, b);
}

TEST_P(FloatSets, ClassifyTheirMembers) {
  uint8_t seen = 0;
  for (const APFloat &value : values) {
    FloatSet set = FloatSet::of(value);
    EXPECT_EQ(llvm::popcount(set.bits()), 1) << text(value);
    seen |= set.bits();
    if (auto only = set.onlyMember(*GetParam()))
      EXPECT_TRUE(only->bitwiseIsEqual(value)) << text(value);
    else
      EXPECT_TRUE(value.isFiniteNonZero()) << text(value);
  }
  EXPECT_EQ(seen, FloatSet::all);
}

TEST_P(FloatSets, HoldSumsAndDifferences) {
  auto add = [](APFloat a, const APFloat &b) {
    a.add(b, APFloat::rmNearestTiesToEven);
    return a;
  };
  auto subtract = [](APFloat a, const APFloat &b) {
    a.subtract(b, APFloat::rmNearestTiesToEven);
    return a;
  };
  checkPairs(values, sum, add);
  checkPairs(values, difference, subtract);
}

TEST_P(FloatSets, HoldProducts) {
  checkPairs(values, product, [](APFloat a, const APFloat &b) {
    a.multiply(b, APFloat::rmNearestTiesToEven);
    return a;
  });
}

TEST_P(FloatSets, HoldMaximaAndMinima) {
  for (bool first : {false, true}) {
    checkPairs(
        values, [](FloatSet a, FloatSet b) { return greater(a, b, false); },
        [&](const APFloat &a, const APFloat &b) {
          return maxnum(a, b, first);
        });
    checkPairs(
        values, [](FloatSet a, FloatSet b) { return lesser(a, b, false); },
        [&](const APFloat &a, const APFloat &b) {
          return a.isZero() && b.isZero() ? (first ? a : b)
                                          : llvm::minnum(a, b);
        });
  }
  checkPairs(
      values, [](FloatSet a, FloatSet b) { return greater(a, b, true); },
      [](const APFloat &a, const APFloat &b) { return llvm::maximum(a, b); });
  checkPairs(
      values, [](FloatSet a, FloatSet b) { return lesser(a, b, true); },
      [](const APFloat &a, const APFloat &b) { return llvm::minimum(a, b); });
}

TEST_P(FloatSets, SayWhichIsGreaterOnlyWhereItIs) {
  for (bool propagatesNaN : {false, true})
    for (bool first : {false, true})
      for (const APFloat &a : values)
        for (const APFloat &b : values) {
          if (!firstIsGreater(FloatSet::of(a), FloatSet::of(b), propagatesNaN))
            continue;
          APFloat result =
              propagatesNaN ? llvm::maximum(a, b) : maxnum(a, b, first);
          EXPECT_TRUE(result.bitwiseIsEqual(a)) << text(a) << ", " << text(b);
        }
  EXPECT_TRUE(firstIsGreater(FloatSet::finites, FloatSet::NegInf, false));
  EXPECT_TRUE(firstIsGreater(FloatSet::finites, FloatSet::NaN, false));
  EXPECT_FALSE(firstIsGreater(FloatSet::finites, FloatSet::NaN, true));
  EXPECT_FALSE(firstIsGreater(FloatSet::all, FloatSet::NegInf, false));
  EXPECT_TRUE(firstIsGreater(FloatSet::all, FloatSet::NegInf, true));
}

TEST_P(FloatSets, HoldSignsAndConversions) {
  for (const APFloat &value : values) {
    FloatSet set = FloatSet::of(value);
    if (!value.isNaN()) {
      EXPECT_EQ(negated(set), FloatSet::of(-value)) << text(value);
      EXPECT_EQ(absolute(set), FloatSet::of(llvm::abs(value))) << text(value);
    }
    for (const fltSemantics *narrower :
         {&APFloat::IEEEhalf(), &APFloat::BFloat()}) {
      APFloat converted = value;
      bool losesInfo;
      converted.convert(*narrower, APFloat::rmNearestTiesToEven, &losesInfo);
      EXPECT_TRUE(FloatSet::of(converted).isWithin(narrowed(set).bits()))
          << text(value) << " becomes " << text(converted);
    }
  }
}

TEST_P(FloatSets, HoldExponentials) {
  for (const APFloat &value : values)
    for (bool isBaseTwo : {false, true}) {
      double x = value.convertToDouble();
      APFloat result(isBaseTwo ? std::exp2(x) : std::exp(x));
      bool losesInfo;
      result.convert(*GetParam(), APFloat::rmNearestTiesToEven, &losesInfo);
      EXPECT_TRUE(FloatSet::of(result).isWithin(
          exponential(FloatSet::of(value)).bits()))
          << text(value) << " gives " << text(result);
    }
  EXPECT_EQ(exponential(FloatSet::NegInf), FloatSet(FloatSet::PosZero));
}

TEST_P(FloatSets, DecideComparisonsOnlyAsTheyAre) {
  using P = mlir::arith::CmpFPredicate;
  for (unsigned i = 0; i <= mlir::arith::getMaxEnumValForCmpFPredicate(); ++i) {
    auto predicate = P(i);
    for (const APFloat &a : values)
      for (const APFloat &b : values)
        for (bool isSame : {false, true}) {
          if (isSame && !a.bitwiseIsEqual(b))
            continue;
          bool truth = mlir::arith::applyCmpPredicate(predicate, a, b);
          Outcome outcome =
              compared(predicate, FloatSet::of(a), FloatSet::of(b), isSame);
          EXPECT_TRUE(truth ? outcome.canBeTrue : outcome.canBeFalse)
              << i << ": " << text(a) << ", " << text(b);
        }
  }
  // It decides something.
  Outcome never = compared(P::OEQ, FloatSet::finites, FloatSet::NegInf, false);
  EXPECT_FALSE(never.canBeTrue);
  Outcome unordered = compared(P::OGE, FloatSet::all, FloatSet::NaN, false);
  EXPECT_FALSE(unordered.canBeTrue);
}

// The rules that BodyEvaluator takes from here, as they stand on its page.
TEST_P(FloatSets, KeepWhatIsAddedToOrMultiplied) {
  APFloat one(*GetParam(), "1");
  for (const APFloat &value : values) {
    APFloat same = value, plusNegative = value, plusPositive = value;
    same.multiply(one, APFloat::rmNearestTiesToEven);
    plusNegative.add(APFloat::getZero(*GetParam(), true),
                     APFloat::rmNearestTiesToEven);
    plusPositive.add(APFloat::getZero(*GetParam()),
                     APFloat::rmNearestTiesToEven);
    if (value.isNaN())
      continue;
    EXPECT_TRUE(same.bitwiseIsEqual(value)) << text(value);
    EXPECT_TRUE(plusNegative.bitwiseIsEqual(value)) << text(value);
    EXPECT_EQ(plusPositive.bitwiseIsEqual(value), !value.isNegZero())
        << text(value);
    APFloat difference = value;
    difference.subtract(value, APFloat::rmNearestTiesToEven);
    EXPECT_EQ(difference.isPosZero(), value.isFinite()) << text(value);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, FloatSets,
                         testing::Values(&APFloat::IEEEhalf(),
                                         &APFloat::BFloat(),
                                         &APFloat::IEEEsingle(),
                                         &APFloat::IEEEdouble()),
                         [](const auto &info) {
                           return info.param == &APFloat::IEEEhalf() ? "f16"
                                  : info.param == &APFloat::BFloat() ? "bf16"
                                  : info.param == &APFloat::IEEEsingle()
                                      ? "f32"
                                      : "f64";
                         });

} // namespace
