//===- CatalogueTextTest.cpp - A catalogue that came as text ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What sample.yaml became reads back as it is; with one thing wrong it is
// refused, and the sentence says where.
//===----------------------------------------------------------------------===//
#include "infra/registry/CatalogueText.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace triton_ext;

namespace {

/// The catalogue of the samples as a library `mine` would say it.
json::Object sampleCatalogue() {
  json::Value extensions = toJSON();
  for (json::Value &each : *extensions.getAsArray()) {
    json::Object &entry = *each.getAsObject();
    auto rename = [](json::Value &name) {
      if (auto text = name.getAsString())
        name = ("mine/" + *text).str();
    };
    for (StringRef field : {"name", "successor"})
      rename(*entry.get(field));
    for (StringRef field : {"after", "conflicts"})
      for (json::Value &name : *entry.getArray(field))
        rename(name);
    entry["library"] = "mine";
  }
  return json::Object{
      {"version", "1.0.0"},
      {"build_hash", "0123abcd"},
      {"libraries", json::Array{json::Object{{"library", "mine"}}}},
      {"extensions", std::move(extensions)}};
}

std::string text(json::Object object) {
  std::string text;
  raw_string_ostream(text) << json::Value(std::move(object));
  return text;
}

/// What is said about a text; empty when it is read.
std::string mistakeIn(StringRef json) {
  std::string error;
  auto read = readCatalogueText(json, "/lib.so", error);
  EXPECT_EQ(read.has_value(), error.empty()) << error;
  return error;
}

TEST(CatalogueTextTest, ReadsBackWhatALibrarySays) {
  json::Object catalogue = sampleCatalogue();
  json::Array expected = *catalogue.getArray("extensions");
  std::string error;
  auto read = readCatalogueText(text(catalogue), "/lib.so", error);
  ASSERT_TRUE(read) << error;
  EXPECT_EQ(read->library.name, "mine");
  EXPECT_EQ(read->library.path, "/lib.so");
  EXPECT_EQ(read->library.version, "1.0.0");
  EXPECT_EQ(read->library.buildHash, "0123abcd");
  ASSERT_EQ(read->library.extensions.size(), expected.size());
  for (auto [extension, json] :
       llvm::zip_equal(read->library.extensions, expected))
    EXPECT_EQ(toJSON(extension), json) << extension.name.str();
}

TEST(CatalogueTextTest, KnowsWhatAPipelineCanName) {
  std::string error;
  auto read = readCatalogueText(text(sampleCatalogue()), "/lib.so", error);
  ASSERT_TRUE(read) << error;
  std::vector<StringRef> passes;
  for (const Extension &extension : read->library.extensions)
    if (extension.isPass())
      passes.push_back(extension.name);
  // Neither what is retired and gone nor a dialect.
  EXPECT_EQ(passes,
            (std::vector<StringRef>{"mine/sample-arch", "mine/sample-knobs",
                                    "mine/sample-target"}));
}

TEST(CatalogueTextTest, SortsWhatIsNotSorted) {
  json::Object catalogue = sampleCatalogue();
  json::Array &entries = *catalogue.getArray("extensions");
  std::reverse(entries.begin(), entries.end());
  std::string error;
  auto read = readCatalogueText(text(std::move(catalogue)), "/lib.so", error);
  ASSERT_TRUE(read) << error;
  EXPECT_EQ(read->library.extensions.front().name, "mine/old-sample");
}

TEST(CatalogueTextTest, LeavesOutWhatALaterReleaseAdds) {
  json::Object catalogue = sampleCatalogue();
  catalogue["more"] = "\x1b[31m";
  json::Object &entry = *(*catalogue.getArray("extensions"))[3].getAsObject();
  entry["more"] = json::Array{1, 2};
  EXPECT_EQ(mistakeIn(text(std::move(catalogue))), "");
}

//===----------------------------------------------------------------------===//
// Mistakes
//===----------------------------------------------------------------------===//

/// Puts `value` at `path`: fields, and numbers for places in lists.
struct Mistake {
  std::vector<const char *> path;
  json::Value value;
  const char *said;
};

void PrintTo(const Mistake &mistake, std::ostream *os) {
  *os << join(mistake.path, ".") << ": " << mistake.said;
}

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsRefused) {
  const Mistake &mistake = GetParam();
  json::Value catalogue = sampleCatalogue();
  json::Value *at = &catalogue;
  for (StringRef step : mistake.path) {
    size_t place;
    if (json::Array *array = at->getAsArray())
      at = step.getAsInteger(10, place) ? nullptr : &(*array)[place];
    else
      at = &(*at->getAsObject())[step];
    ASSERT_TRUE(at) << step.str();
  }
  *at = mistake.value;
  std::string said = mistakeIn(text(*catalogue.getAsObject()));
  EXPECT_NE(said.find(mistake.said), std::string::npos) << said;
  // Whatever it was, the sentence can be shown.
  EXPECT_FALSE(findBadCharacter(said)) << said;
}

json::Array many(size_t count, json::Value value) {
  json::Array array;
  for (size_t i = 0; i < count; ++i)
    array.push_back(value);
  return array;
}

// The fourth entry is sample-knobs; its second knob is an integer.
#define ENTRY "extensions", "3"
#define COUNT ENTRY, "knobs", "1"
#define MODE ENTRY, "knobs", "3"

INSTANTIATE_TEST_SUITE_P(
    Library, MistakeTest,
    testing::Values(
        Mistake{{"version"}, nullptr, "field 'version': found no text"},
        Mistake{{"version"}, "\x1b[2J", "U+001B"},
        Mistake{{"build_hash"}, "a b", "found 'a b', expected letters"},
        Mistake{{"build_hash"}, "x=1", "expected letters and digits"},
        Mistake{{"build_hash"}, 7, "found a number, expected a text"},
        Mistake{{"libraries"}, json::Array{}, "expected one library"},
        Mistake{{"libraries"}, "mine", "found 'mine', expected a list"},
        Mistake{{"libraries", "0"}, 1, "found a number, expected an object"},
        Mistake{{"libraries", "0", "library"}, "Mine", "found 'Mine'"},
        Mistake{{"libraries", "0", "library"}, "a/b", "found 'a/b'"},
        Mistake{{"libraries", "0", "library"}, "yours", "'yours/'"},
        Mistake{
            {"libraries", "0", "library"}, std::string(65, 'm'), "at most 64"},
        Mistake{{"extensions"}, nullptr, "found no list"},
        Mistake{{"extensions"}, many(1001, nullptr), "at most 1000 entries"},
        Mistake{{"extensions", "0"}, "x", "entry 1: found 'x'"}));

INSTANTIATE_TEST_SUITE_P(
    Names, MistakeTest,
    testing::Values(
        Mistake{{ENTRY, "name"}, nullptr, "entry 4, field 'name'"},
        Mistake{{ENTRY, "name"}, "sample-knobs", "begins with 'mine/'"},
        Mistake{{ENTRY, "name"}, "mine/Sample", "found 'Sample'"},
        Mistake{{ENTRY, "name"}, "mine/", "found ''"},
        Mistake{{ENTRY, "name"}, "mine/a\x1b[31m", "\\u001B"},
        Mistake{{ENTRY, "name"}, "mine/" + std::string(65, 'a'), "at most 64"},
        Mistake{{ENTRY, "name"}, "mine/sample-arch", "twice"},
        Mistake{{ENTRY, "after", "0"}, "triton", "begins with 'mine/'"},
        Mistake{{ENTRY, "conflicts"}, "x", "found 'x', expected a list"},
        Mistake{{"extensions", "0", "successor"}, 3, "found a number"}));

INSTANTIATE_TEST_SUITE_P(
    Texts, MistakeTest,
    testing::Values(
        Mistake{{ENTRY, "summary"}, nullptr, "'mine/sample-knobs', field"},
        Mistake{{ENTRY, "summary"}, std::string(81, 'x'), "at most 80"},
        Mistake{{ENTRY, "summary"}, "two\nlines", "U+000A"},
        Mistake{{ENTRY, "summary"}, "\x1b]0;title\x07", "U+001B"},
        Mistake{{ENTRY, "summary"}, "a\u009b31m", "U+009B"}, // a C1 CSI
        Mistake{{ENTRY, "summary"}, "a\u202eb", "U+202E"},   // right to left
        Mistake{{ENTRY, "summary"}, "a\u2066b", "U+2066"},
        Mistake{{ENTRY, "summary"}, "a\u061cb", "U+061C"},
        Mistake{{ENTRY, "summary"}, "a\U000e0041b", "U+E0041"},
        Mistake{{ENTRY, "summary"}, "a\u200bb", "U+200B"}, // no width
        Mistake{{ENTRY, "summary"}, std::string("a\0b", 3), "U+0000"},
        Mistake{{ENTRY, "declines"}, "a\rb", "U+000D"},
        Mistake{{ENTRY, "declines"}, std::string(501, 'x'), "at most 500"},
        Mistake{{ENTRY, "folder"}, "\x7f", "U+007F"},
        Mistake{{ENTRY, "owner"}, "a\tb", "U+0009"},
        Mistake{{ENTRY, "owner"}, json::Object{}, "found an object"},
        Mistake{{ENTRY, "since"}, std::string(65, '1'), "at most 64"},
        Mistake{{ENTRY, "upstream"}, "javascript:x", "https://"},
        Mistake{{ENTRY, "scope"}, nullptr, "field 'scope': found no text"},
        Mistake{{ENTRY, "assumes", "0"}, "\x1b", "U+001B"},
        Mistake{{ENTRY, "assumes"}, many(201, "x"), "at most 200"}));

INSTANTIATE_TEST_SUITE_P(
    Words, MistakeTest,
    testing::Values(
        Mistake{{ENTRY, "kind"}, "magic", "found 'magic', expected one of"},
        Mistake{{ENTRY, "kind"}, nullptr, "field 'kind': found nothing"},
        Mistake{{ENTRY, "stage"}, "ptx", "expected one of ttir, ttgir, llir"},
        Mistake{{ENTRY, "status"}, "good", "expected one of experimental"},
        Mistake{{ENTRY, "exactness"}, "exact", "expected one of bit-exact"},
        Mistake{{ENTRY, "requires"}, json::Array{}, "expected an object"},
        Mistake{{ENTRY, "requires"},
                json::Object{{"moon", "full"}},
                "found 'moon', expected arch or capability"},
        Mistake{{ENTRY, "requires"},
                json::Object{{"arch", 90}},
                "found a number, expected a text"}));

INSTANTIATE_TEST_SUITE_P(
    Knobs, MistakeTest,
    testing::Values(
        Mistake{{ENTRY, "knobs", "0"}, 1, "found a number, expected an object"},
        Mistake{{COUNT, "name"}, "someCount", "found 'someCount'"},
        Mistake{{COUNT, "type"}, "integer", "expected one of bool, int"},
        Mistake{
            {COUNT, "default"}, "two", "knob 'some-count', field 'default'"},
        Mistake{{COUNT, "default"}, 9, "an integer from -1 to 8"},
        Mistake{{COUNT, "default"}, 1.5, "an integer from -1 to 8"},
        Mistake{{COUNT, "default"}, nullptr, "found nothing"},
        Mistake{{COUNT, "range"}, json::Array{1}, "[lowest, highest]"},
        Mistake{{COUNT, "range"}, json::Array{8, -1}, "found [8, -1]"},
        Mistake{{COUNT, "range"}, json::Array{"a", "b"}, "found 'a'"},
        Mistake{{COUNT, "try"}, json::Array{99}, "an integer from -1 to 8"},
        Mistake{{COUNT, "try"}, many(201, 1), "at most 200"},
        Mistake{{COUNT, "log"}, "yes", "expected true or false"},
        Mistake{{COUNT, "help"}, "\x1b", "U+001B"},
        Mistake{{MODE, "values", "0"}, "first", "expected an object"},
        Mistake{{MODE, "values", "0", "value"}, "a b", "found 'a b'"},
        Mistake{{MODE, "values", "0", "help"}, "\x1b", "U+001B"},
        Mistake{{MODE, "default"}, "third-mode", "first-mode or second-mode"}));

INSTANTIATE_TEST_SUITE_P(
    Measured, MistakeTest,
    testing::Values(
        Mistake{{ENTRY, "measured", "0", "ratio"}, -1, "a ratio above 0"},
        Mistake{{ENTRY, "measured", "0", "ratio"}, "1", "a ratio above 0"},
        Mistake{{ENTRY, "measured", "0", "work"}, "\x1b", "U+001B"},
        Mistake{{ENTRY, "measured", "0", "machine"}, nullptr, "found no text"},
        Mistake{{ENTRY, "measured", "0", "knobs"}, 1, "expected an object"}));

TEST(CatalogueTextTest, TextThatIsNoCatalogue) {
  EXPECT_NE(mistakeIn("").find("no JSON"), std::string::npos);
  EXPECT_NE(mistakeIn("nonsense").find("no JSON"), std::string::npos);
  EXPECT_NE(mistakeIn("[]").find("not an object"), std::string::npos);
  EXPECT_NE(mistakeIn("{}").find("'version'"), std::string::npos);
  EXPECT_NE(mistakeIn("{\"version\": \"\xff\"}").find("no JSON"),
            std::string::npos);
}

TEST(CatalogueTextTest, TextThatWouldTakeAllOfTheStack) {
  for (StringRef open : {"[", "{\"a\":", "[\"\\\"]]]]\","}) {
    std::string deep = "{\"version\":";
    while (deep.size() < 2'000'000)
      deep += open;
    EXPECT_NE(mistakeIn(deep).find("nested more than 16 deep"),
              std::string::npos);
  }
}

TEST(CatalogueTextTest, TextThatIsTooLong) {
  std::string text(maxCatalogueText + 1, ' ');
  EXPECT_NE(mistakeIn(text).find("expected at most 4194304"),
            std::string::npos);
}

TEST(CatalogueTextTest, WhatIsNotFitToPrintIsReplaced) {
  EXPECT_EQ(legible("plain\n\ttext: é"), "plain\n\ttext: é");
  EXPECT_EQ(legible("\x1b[31mred"), "?[31mred");
  EXPECT_EQ(legible("a\u202eb\u009bc"), "a?b?c");
  EXPECT_EQ(legible("a\xff"), "a?");
}

} // namespace
