//===- KnobTextTest.cpp - Values of knobs as text ---------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/KnobText.h"
#include "gtest/gtest.h"

#include <ostream>

using namespace triton_ext;

namespace {

const KnobRule flag{KnobType::Bool, {}, {}, {}};
const KnobRule integer{KnobType::Int, {}, {}, {}};
const KnobRule oneToFour{KnobType::Int, "1", "4", {}};
const KnobRule number{KnobType::Float, {}, {}, {}};
const KnobRule fraction{KnobType::Float, "0", "0.5", {}};
const KnobRule choice{KnobType::Choice, {}, {}, {"scalar", "mask", "all"}};
const KnobRule text{KnobType::String, {}, {}, {}};
const KnobRule list{KnobType::IntList, {}, {}, {}};
const KnobRule powers{KnobType::IntList, "1", "8", {}};

struct Case {
  const KnobRule &rule;
  const char *written;
  std::optional<std::string> canonical;
};

// Without it the tests' names have addresses in them.
void PrintTo(const Case &c, std::ostream *out) {
  *out << knobTypeName(c.rule.type) << " '" << c.written << "'";
}

class CanonicalValueTest : public testing::TestWithParam<Case> {};

TEST_P(CanonicalValueTest, OneFormOrNone) {
  const Case &c = GetParam();
  EXPECT_EQ(canonicalValue(c.rule, c.written), c.canonical) << c.written;
  // What is canonical stays as it is.
  if (c.canonical) {
    EXPECT_EQ(canonicalValue(c.rule, *c.canonical), c.canonical);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Values, CanonicalValueTest,
    testing::Values(
        Case{flag, "true", "true"}, Case{flag, "false", "false"},
        Case{flag, "1", {}}, Case{flag, "True", {}}, Case{flag, "", {}},
        Case{integer, "2", "2"}, Case{integer, "002", "2"},
        Case{integer, "+2", "2"}, Case{integer, "-0", "0"},
        Case{integer, "-7", "-7"},
        Case{integer, "9223372036854775807", "9223372036854775807"},
        Case{integer, "-9223372036854775808", "-9223372036854775808"},
        Case{integer, "9223372036854775808", {}}, Case{integer, "", {}},
        Case{integer, "1.0", {}}, Case{integer, "0x10", {}},
        Case{integer, "1 ", {}}, Case{integer, "+-1", {}},
        Case{integer, "one", {}}, Case{oneToFour, "1", "1"},
        Case{oneToFour, "4", "4"}, Case{oneToFour, "0", {}},
        Case{oneToFour, "5", {}}, Case{number, "1", "1"},
        Case{number, "0.10", "0.1"}, Case{number, "1e3", "1000"},
        Case{number, "-0.0", "0"}, Case{number, "nan", {}},
        Case{number, "inf", {}}, Case{number, "", {}}, Case{number, "1,5", {}},
        Case{fraction, "0.5", "0.5"}, Case{fraction, "0.51", {}},
        Case{fraction, "-0.01", {}}, Case{choice, "mask", "mask"},
        Case{choice, "Mask", {}}, Case{choice, "", {}}, Case{text, "", ""},
        Case{text, "a b", "a b"}, Case{list, "1,2", "1,2"},
        Case{list, "{1, 02}", "1,2"}, Case{list, "[3]", "3"},
        Case{list, "", "{}"}, Case{list, "{}", "{}"}, Case{list, "1,", {}},
        Case{list, ",1", {}}, Case{list, "1,x", {}}, Case{powers, "1,8", "1,8"},
        Case{powers, "1,9", {}}));

TEST(AllowedValuesTest, SaysWhatIsAllowed) {
  EXPECT_EQ(allowedValues(flag), "true or false");
  EXPECT_EQ(allowedValues(integer), "an integer");
  EXPECT_EQ(allowedValues(oneToFour), "an integer from 1 to 4");
  EXPECT_EQ(allowedValues(fraction), "a number from 0 to 0.5");
  EXPECT_EQ(allowedValues(choice), "scalar, mask or all");
  EXPECT_EQ(allowedValues(text), "a text");
  EXPECT_EQ(allowedValues(powers), "a list of integers from 1 to 8");
}

TEST(KnobTypeTest, NamesLeadThereAndBack) {
  EXPECT_EQ(knobTypeNames().size(), 6u);
  for (std::string_view name : knobTypeNames()) {
    ASSERT_TRUE(knobTypeNamed(name));
    EXPECT_EQ(knobTypeName(*knobTypeNamed(name)), name);
  }
  EXPECT_FALSE(knobTypeNamed("integer"));
}

} // namespace
