//===- SpellingTest.cpp - One name, every spelling --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/Spelling.h"
#include "gtest/gtest.h"

#include <ostream>

using namespace triton_ext;

namespace {

struct Names {
  const char *kebab, *pascal, *camel, *snake;
};

// Without it the tests' names have addresses in them.
void PrintTo(const Names &names, std::ostream *out) { *out << names.kebab; }

class SpellingTest : public testing::TestWithParam<Names> {};

TEST_P(SpellingTest, EverySpellingOfOneName) {
  const Names &names = GetParam();
  EXPECT_EQ(spell(names.kebab, Spelling::Kebab), names.kebab);
  EXPECT_EQ(spell(names.kebab, Spelling::Pascal), names.pascal);
  EXPECT_EQ(spell(names.kebab, Spelling::Camel), names.camel);
  EXPECT_EQ(spell(names.kebab, Spelling::Snake), names.snake);
}

// The way back, for "did you mean".
TEST_P(SpellingTest, EverySpellingLeadsBack) {
  const Names &names = GetParam();
  EXPECT_EQ(toKebabCase(names.kebab), names.kebab);
  EXPECT_EQ(toKebabCase(names.pascal), names.kebab);
  EXPECT_EQ(toKebabCase(names.camel), names.kebab);
  EXPECT_EQ(toKebabCase(names.snake), names.kebab);
}

INSTANTIATE_TEST_SUITE_P(
    Names, SpellingTest,
    testing::Values(Names{"loop-split", "LoopSplit", "loopSplit", "loop_split"},
                    Names{"max-splits", "MaxSplits", "maxSplits", "max_splits"},
                    Names{"predicates", "Predicates", "predicates",
                          "predicates"},
                    Names{"tf32x3", "Tf32x3", "tf32x3", "tf32x3"},
                    Names{"pointer-to-descriptor", "PointerToDescriptor",
                          "pointerToDescriptor", "pointer_to_descriptor"}),
    [](const auto &info) { return std::string(info.param.pascal); });

TEST(KebabCaseTest, WordsOfLowerCaseLettersAndDigits) {
  for (const char *name : {"a", "loop-split", "a1-2b", "tf32x3"})
    EXPECT_TRUE(isKebabCase(name)) << name;
  for (const char *name : {"", "-a", "a-", "a--b", "A", "loopSplit", "a_b",
                           "1a", "a b", "\xc3\xa4"})
    EXPECT_FALSE(isKebabCase(name)) << name;
}

TEST(EditDistanceTest, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(editDistance("", ""), 0u);
  EXPECT_EQ(editDistance("abc", ""), 3u);
  EXPECT_EQ(editDistance("", "abc"), 3u);
  EXPECT_EQ(editDistance("loop-split", "loop-split"), 0u);
  EXPECT_EQ(editDistance("loop-split", "lop-split"), 1u);
  EXPECT_EQ(editDistance("loop-split", "loop-splitt"), 1u);
  EXPECT_EQ(editDistance("loop-split", "loop-splat"), 1u);
  EXPECT_EQ(editDistance("loop-split", "loop-spilt"), 1u);
  EXPECT_EQ(editDistance("kitten", "sitting"), 3u);
}

TEST(NearestTest, NearestFirstAndEquallyNearOnesInOrder) {
  std::vector<std::string_view> names = {"mask-fold", "loop-split", "loop-fuse",
                                         "loop-splits"};
  EXPECT_EQ(nearestOf("loop-splt", names, 2), (std::vector<size_t>{1, 3}));
  EXPECT_EQ(nearestOf("loop-split", names, 9),
            (std::vector<size_t>{1, 3, 2, 0}));
  EXPECT_EQ(nearestOf("b", {"a", "c"}, 2), (std::vector<size_t>{0, 1}));
  EXPECT_TRUE(nearestOf("a", {}, 3).empty());
}

TEST(NearestTest, LikelyMeantLeavesOutWhatIsUnlike) {
  EXPECT_EQ(likelyMeant("sumary", {"summary", "status"}), "summary");
  EXPECT_EQ(likelyMeant("exact", {"contracts", "bit-exact"}), "bit-exact");
  EXPECT_EQ(likelyMeant("integer", {"bool", "int"}), "int");
  EXPECT_EQ(likelyMeant("tire", {"ttir", "ttgir"}), "");
  EXPECT_EQ(likelyMeant("elephant", {"summary", "status"}), "");
  EXPECT_EQ(likelyMeant("a", {}), "");
}

} // namespace
