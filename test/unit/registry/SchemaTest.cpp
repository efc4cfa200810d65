//===- SchemaTest.cpp - What registry.yaml may say --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Each case is a catalogue and all that is said about it, word for word.
//===----------------------------------------------------------------------===//
#include "infra/registry/Schema.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace triton_ext::registry;

namespace {

std::vector<std::string> errorsOf(const Registry &registry) {
  std::vector<std::string> texts;
  for (const Diagnostic &error : registry.errors)
    texts.push_back(error.text());
  return texts;
}

Registry read(const std::string &text, const Checkout &checkout = {}) {
  return readRegistry({"r.yaml", text}, checkout);
}

//===----------------------------------------------------------------------===//
// What is right
//===----------------------------------------------------------------------===//

TEST(SchemaTest, AnEntryMayBeShort) {
  Registry registry = read(R"(
loop-split:
  summary: Split a loop.
  exactness: bit-exact
)");
  EXPECT_EQ(errorsOf(registry), std::vector<std::string>());
  ASSERT_EQ(registry.entries.size(), 1u);
  const Entry &entry = registry.entries[0];
  EXPECT_EQ(entry.name, "loop-split");
  EXPECT_EQ(entry.className(), "LoopSplit");
  EXPECT_EQ(entry.stage, "ttir");
  EXPECT_EQ(entry.kind, "transform");
  EXPECT_EQ(entry.status, "experimental");
  EXPECT_EQ(entry.scope, "generic");
}

TEST(SchemaTest, AnEntryMaySayEverything) {
  Registry registry = read(R"(
every-field:
  summary: "Say: everything"
  kind: conversion
  exactness: contracts
  declines: it likes
  stage: ttgir
  status: stable
  scope: nvidia
  requires: {capability: ">=90, <120", arch: [gfx942, gfx950]}
  assumes: [offsets do not wrap]
  after: [old-one]
  conflicts: [zebra-stripe]
  owner: someone
  since: 0.1.0
  upstream: https://example.org/1
  knobs:
    some-flag: {type: bool, default: true, try: [true, false], help: A.}
    some-count: {type: int, default: 2, range: [1, 8], try: [1, 2], log: true, help: B.}
    some-ratio: {type: float, default: 0.50, range: [0.25, 1], log: true, help: C.}
    some-mode: {type: choice, values: [one, two], default: two, help: D.}
    some-text: {type: string, default: "", help: E.}
    some-sizes: {type: int-list, default: [16, 32], range: [1, 64], try: [[16], [32, 64]], help: F.}
  measured:
    - {work: attention, machine: H200, triton: 3.6.0, ratio: 0.97, knobs: {some-count: 4}}
old-one:
  summary: Be replaced.
  exactness: bit-exact
  status: retired
  successor: every-field
zebra-stripe:
  summary: Be in conflict.
  exactness: bit-exact
)");
  EXPECT_EQ(errorsOf(registry), std::vector<std::string>());
  const Entry &entry = registry.entries[0];
  EXPECT_EQ(entry.summary, "Say: everything");
  EXPECT_EQ(entry.requirements,
            (std::vector<std::pair<std::string, std::string>>{
                {"capability", ">=90, <120"}, {"arch", "gfx942,gfx950"}}));
  ASSERT_EQ(entry.knobs.size(), 6u);
  EXPECT_EQ(entry.knobs[0].name, "some-flag"); // the order of the file
  EXPECT_EQ(entry.knobs[1].low, "1");
  EXPECT_EQ(entry.knobs[1].high, "8");
  EXPECT_TRUE(entry.knobs[1].log);
  EXPECT_EQ(entry.knobs[2].defaultText, "0.5");
  EXPECT_EQ(entry.knobs[3].values.size(), 2u);
  EXPECT_EQ(entry.knobs[5].defaultText, "16,32");
  EXPECT_EQ(entry.knobs[5].tryTexts, (std::vector<std::string>{"16", "32,64"}));
  ASSERT_EQ(entry.measured.size(), 1u);
  EXPECT_EQ(entry.measured[0].ratio, "0.97");
  EXPECT_EQ(entry.measured[0].knobs.size(), 1u);
  EXPECT_EQ(registry.entries[1].successor.name, "every-field");
}

TEST(SchemaTest, ValuesOfAChoiceMayHaveHelp) {
  Registry registry = read(R"(
a:
  summary: S.
  exactness: bit-exact
  knobs:
    mode: {type: choice, values: {one: the first, two: the second}, default: one, help: H.}
)");
  EXPECT_EQ(errorsOf(registry), std::vector<std::string>());
  EXPECT_EQ(registry.entries[0].knobs[0].values,
            (std::vector<std::pair<std::string, std::string>>{
                {"one", "the first"}, {"two", "the second"}}));
}

TEST(SchemaTest, ACatalogueMayBeEmpty) {
  for (const char *text : {"", "\n\n", "# nothing yet\n", "---\n", "{}\n"})
    EXPECT_EQ(errorsOf(read(text)), std::vector<std::string>()) << text;
}

//===----------------------------------------------------------------------===//
// What is wrong
//===----------------------------------------------------------------------===//

struct Mistake {
  const char *name;
  std::string text;
  std::vector<std::string> errors; ///< after "r.yaml:"
};

void PrintTo(const Mistake &mistake, std::ostream *out) {
  *out << mistake.name;
}

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsNamedWhereItIs) {
  std::vector<std::string> expected;
  for (const std::string &error : GetParam().errors)
    expected.push_back("r.yaml:" + error);
  EXPECT_EQ(errorsOf(read(GetParam().text)), expected);
}

/// An entry `a` that is right, and lines of its own from line 4 on.
std::string entry(const std::string &lines) {
  return "a:\n  summary: S.\n  exactness: bit-exact\n" + lines;
}

/// The same with a knob `k` on line 5, its fields from column 9 on.
std::string knob(const std::string &fields) {
  return entry("  knobs:\n    k: {" + fields + "}\n");
}

std::string repeat(const std::string &text, int count) {
  std::string out;
  for (int i = 0; i != count; ++i)
    out += text;
  return out;
}

std::string nameOf(const testing::TestParamInfo<Mistake> &info) {
  return info.param.name;
}

const Mistake files[] = {
    {"NotYaml",
     "a: [1\n",
     {"2:1: error: found what is not YAML, expected YAML: a '[' is closed by a "
      "']'"}},
    {"NotAMapping",
     "- a\n",
     {"1:1: error: found a list, expected a mapping from names to entries"}},
    {"NotAnEntry",
     "a: 1\n",
     {"1:4: error: found '1', expected an entry as a mapping"}},
    {"EmptyEntry",
     "a:\n",
     {"1:1: error: found an entry without fields, expected an entry as a "
      "mapping"}},
    {"KeyNotAName", "[a]: 1\n", {"1:1: error: found a list, expected a name"}},
    {"Tab",
     "a:\n\tsummary: S.\n",
     {"2:1: error: found a tab, expected spaces to indent a line"}},
    {"TabAfterSpaces",
     "a:\n  \tsummary: S.\n",
     {"2:3: error: found a tab, expected spaces to indent a line"}},
    {"TwoDocuments",
     entry("---\nb: {summary: S., exactness: bit-exact}\n"),
     {"4:1: error: found a second document, expected one mapping from names to "
      "entries"}},
    {"Anchor",
     entry("  assumes: &why [x]\n"),
     {"4:12: error: found the anchor '&why', expected each value written out "
      "where it is used"}},
    {"MergeKey",
     "base: &base {summary: S., exactness: bit-exact}\nmore: {<<: *base}\n",
     {"1:7: error: found the anchor '&base', expected each value written out "
      "where it is used"}},
    {"MergeKeyAlone",
     entry("  <<: {owner: x}\n"),
     {"4:3: error: found the field '<<', expected a field of an entry: "
      "summary, kind, exactness, declines, scope, stage, status, requires, "
      "assumes, after, conflicts, successor, owner, since, upstream, knobs or "
      "measured"}},
    {"AliasOfNothing",
     entry("  assumes: *why\n"),
     {"4:12: error: found what is not YAML, expected YAML (the referenced "
      "anchor is not defined)"}},
    {"Tag",
     entry("  owner: !!binary aGk=\n"),
     {"4:10: error: found the tag 'tag:yaml.org,2002:binary', expected a value "
      "without a tag"}},
    {"TagOfAList",
     entry("  assumes: !set [x]\n"),
     {"4:12: error: found the tag '!set', expected a value without a tag"}},
    {"NotUtf8",
     entry("  owner: Ren\xe9\n"),
     {"4:13: error: found the byte 0xE9, which is no UTF-8, expected UTF-8 "
      "text of characters that can be seen"}},
    {"Utf8CutShort",
     "a: \"\xc3",
     {"1:5: error: found the byte 0xC3, which is no UTF-8, expected UTF-8 text "
      "of characters that can be seen"}},
    {"Utf8TooLong",
     "a: \"\xc0\xaf\"",
     {"1:5: error: found the byte 0xC0, which is no UTF-8, expected UTF-8 text "
      "of characters that can be seen"}},
    {"Utf8Surrogate",
     "a: \"\xed\xa0\x80\"",
     {"1:5: error: found the byte 0xED, which is no UTF-8, expected UTF-8 text "
      "of characters that can be seen"}},
    {"Utf16",
     std::string("\xff\xfe"
                 "a\0:\0",
                 6),
     {"1:1: error: found the byte 0xFF, which is no UTF-8, expected UTF-8 text "
      "of characters that can be seen"}},
    {"ByteOrderMark",
     "\xef\xbb\xbf"
     "a: 1\n",
     {"1:1: error: found the invisible character U+FEFF, expected UTF-8 text "
      "of characters that can be seen"}},
    {"Nul",
     std::string("a: x\0y\n", 7),
     {"1:5: error: found the control character U+0000, expected UTF-8 text of "
      "characters that can be seen"}},
    {"Escape",
     entry("  owner: \x1b[31mred\n"),
     {"4:10: error: found the control character U+001B, expected UTF-8 text of "
      "characters that can be seen"}},
    {"ColumnsAreCharacters",
     entry("  owner: \"\xc3\xa4\xc3\xa4\" x\n"),
     {"4:15: error: found what is not YAML, expected YAML: fields of one "
      "mapping start in one column, and nothing follows the quote that ends a "
      "text"}},
    {"ColumnsOfFields",
     "a: {summary: \"\xc3\xa4\xc3\xa4.\", exactness: exact}\n",
     {"1:32: error: found 'exact', expected an exactness: bit-exact, "
      "contracts, reassociates or approximates; did you mean 'bit-exact'?"}},
    {"TooLarge",
     repeat("# ten mega\n", 1000000),
     {"1:1: error: found a file of 11000000 bytes, expected at most 1048576 "
      "bytes"}},
    {"TooDeep",
     "a: " + repeat("[", 2000),
     {"1:12: error: found lists and mappings within each other, expected at "
      "most 16 of them"}},
    {"Unclosed",
     "a: \"x\n",
     {"1:4: error: found the text 'x ', expected an entry as a mapping"}},
    {"BadIndent",
     "a:\n  summary: S.\n exactness: bit-exact\n",
     {"3:2: error: found what is not YAML, expected YAML: fields of one "
      "mapping start in one column, and nothing follows the quote that ends a "
      "text"}},
    {"NoColon",
     "a:\n  summary S.\n  exactness: bit-exact\n",
     {"3:12: error: found what is not YAML, expected YAML: a text with ': ' in "
      "it is quoted, and fields of one mapping start in one column"}},
    {"Conflict",
     "<<<<<<< HEAD\na: {}\n",
     {"2:2: error: found what is not YAML, expected YAML: a text with ': ' in "
      "it is quoted, and fields of one mapping start in one column"}},
    {"AText",
     "loop-split\n",
     {"1:1: error: found 'loop-split', expected a mapping from names to "
      "entries"}},
    {"ColonInAText",
     "a:\n  summary: Split: a loop.\n  exactness: bit-exact\n",
     {"2:17: error: found what is not YAML, expected YAML: a text with ': ' in "
      "it is quoted, and fields of one mapping start in one column"}},
    {"UnquotedComparison",
     entry("  requires: {capability: >=90}\n"),
     {"4:26: error: found what is not YAML, expected YAML: a text that starts "
      "with a sign such as '>' or '@' is quoted"}},
    {"QuoteInAText",
     "a:\n  summary: 'it's'\n  exactness: bit-exact\n",
     {"2:16: error: found what is not YAML, expected YAML: fields of one "
      "mapping start in one column, and nothing follows the quote that ends a "
      "text"}},
    {"UnclosedBrace",
     "a:\n  knobs: {k: {type: int, default: 1\n  exactness: bit-exact\n",
     {"3:12: error: found what is not YAML, expected YAML: a '{' is closed by "
      "a '}'"}},
    {"UnknownEscape",
     "a:\n  summary: \"\\q\"\n",
     {"2:15: error: found what is not YAML, expected YAML (unknown escape "
      "character: q)"}},
};

INSTANTIATE_TEST_SUITE_P(Files, MistakeTest, testing::ValuesIn(files), nameOf);

const Mistake entries[] = {
    {"MissingFields",
     "a: {}\n",
     {"1:1: error: found an entry without 'summary', expected the field "
      "'summary'",
      "1:1: error: found a transform without 'exactness', expected the field "
      "'exactness'"}},
    {"MissingSummary",
     "a: {exactness: bit-exact}\n",
     {"1:1: error: found an entry without 'summary', expected the field "
      "'summary'"}},
    {"UnknownField",
     entry("  sumary: S.\n"),
     {"4:3: error: found the field 'sumary', expected a field of an entry: "
      "summary, kind, exactness, declines, scope, stage, status, requires, "
      "assumes, after, conflicts, successor, owner, since, upstream, knobs or "
      "measured; did you mean 'summary'?"}},
    {"UnknownFieldUnlikeAny",
     entry("  elephant: 1\n"),
     {"4:3: error: found the field 'elephant', expected a field of an entry: "
      "summary, kind, exactness, declines, scope, stage, status, requires, "
      "assumes, after, conflicts, successor, owner, since, upstream, knobs or "
      "measured"}},
    {"FieldWithoutValue",
     entry("  owner:\n"
           "  since: 0.1.0\n"),
     {"4:3: error: found 'owner' without a value, expected a value, or the "
      "field left out"}},
    {"FieldTwice",
     entry("  owner: x\n"
           "  owner: y\n"),
     {"5:3: error: found 'owner' again, expected it once; the first is on line "
      "4"}},
    {"EntryTwice",
     entry("a:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"4:1: error: found 'a' again, expected it once; the first is on line 1"}},
    {"Unsorted",
     "b:\n"
     "  summary: S.\n"
     "  exactness: bit-exact\n"
     "a:\n"
     "  summary: S.\n"
     "  exactness: bit-exact\n",
     {"4:1: error: found 'a', expected entries sorted by name; it belongs "
      "before 'b'"}},
    {"NotKebabCase",
     "loopSplit: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'loopSplit', expected a name in kebab-case; did you "
      "mean 'loop-split'?"}},
    {"TritonPrefix",
     "triton-split: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'triton-split', expected a name without the prefix "
      "'triton-'; did you mean 'split'?"}},
    {"WordPass",
     "loop-pass: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'loop-pass', expected a name without the word "
      "'pass'"}},
    {"SameClass",
     "a-1: {summary: S., exactness: bit-exact}\n"
     "a1: {summary: S., exactness: bit-exact}\n",
     {"2:1: error: found 'a1', expected a name whose class 'A1' is not that of "
      "'a-1'"}},
    {"SummaryTooLong",
     "a:\n  exactness: bit-exact\n  summary: " + repeat("x", 81) + "\n",
     {"3:12: error: found a summary of 81 characters, expected at most 80"}},
    {"SummaryOf80Characters",
     "a:\n  exactness: bit-exact\n  summary: " + repeat("\xc3\xa4", 80) + "\n",
     {}},
    {"SummaryOfTwoLines",
     "a:\n"
     "  exactness: bit-exact\n"
     "  summary: \"a\\nb\"\n",
     {"3:12: error: found a summary of several lines, expected one line; "
      "`>-` joins lines to one"}},
    {"SummaryNotAText",
     "a:\n"
     "  exactness: bit-exact\n"
     "  summary: [S.]\n",
     {"3:12: error: found a list, expected a summary of at most 80 "
      "characters"}},
    {"SummaryEmpty",
     "a:\n"
     "  exactness: bit-exact\n"
     "  summary: \"\"\n",
     {"3:12: error: found the text '', expected a summary of at most 80 "
      "characters"}},
    {"UnknownKind",
     entry("  kind: transfrom\n"),
     {"4:9: error: found 'transfrom', expected a kind: transform, analysis, "
      "instrument, conversion, dialect, op or backend; did you mean "
      "'transform'?"}},
    {"UnknownStage",
     entry("  stage: ttgri\n"),
     {"4:10: error: found 'ttgri', expected a stage: ttir, ttgir or llir; did "
      "you mean 'ttgir'?"}},
    {"UnknownStatus",
     entry("  status: stabel\n"),
     {"4:11: error: found 'stabel', expected a status: experimental, stable or "
      "retired; did you mean 'stable'?"}},
    {"UnknownExactness",
     "a:\n"
     "  summary: S.\n"
     "  exactness: exact\n",
     {"3:14: error: found 'exact', expected an exactness: bit-exact, "
      "contracts, reassociates or approximates; did you mean 'bit-exact'?"}},
    {"WordNotAText",
     entry("  stage: [ttir]\n"),
     {"4:10: error: found a list, expected a stage: ttir, ttgir or llir"}},
    {"ScopeNotAName",
     entry("  scope: NVIDIA\n"),
     {"4:10: error: found 'NVIDIA', expected a scope in kebab-case; did you "
      "mean 'nvidia'?"}},
    {"ExactnessOfADialect",
     entry("  kind: dialect\n"),
     {"3:14: error: found 'exactness' on a dialect, expected it on a pass "
      "only"}},
    {"KnobsOfADialect",
     "a:\n"
     "  summary: S.\n"
     "  kind: dialect\n"
     "  knobs:\n"
     "    k: {type: bool, default: true, help: H.}\n",
     {"5:5: error: found knobs on a dialect, expected them on a pass only"}},
    {"AnalysisThatChanges",
     "a:\n"
     "  summary: S.\n"
     "  kind: analysis\n"
     "  exactness: contracts\n",
     {"4:14: error: found 'contracts', expected bit-exact, since a pass of "
      "kind analysis never changes the module"}},
    {"DeclinesNotAText",
     entry("  declines: [x]\n"),
     {"4:13: error: found a list, expected a sentence: when the pass does not "
      "apply"}},
    {"OwnerNotAText",
     entry("  owner: {x: y}\n"),
     {"4:10: error: found a mapping, expected who looks after it"}},
    {"SinceNotAVersion",
     entry("  since: \"yesterday\"\n"),
     {"4:10: error: found the text 'yesterday', expected a version such as "
      "0.1.0"}},
    {"SinceAListOfNumbers",
     entry("  since: 0.1\n"),
     {"4:10: error: found '0.1', expected a version such as 0.1.0"}},
    {"UpstreamNotAUrl",
     entry("  upstream: example.org\n"),
     {"4:13: error: found 'example.org', expected a URL such as "
      "https://example.org/page"}},
    {"AssumesNotAList",
     entry("  assumes: offsets do not wrap\n"),
     {"4:12: error: found 'offsets do not wrap', expected a list of "
      "sentences"}},
    {"AssumesOfNoText",
     entry("  assumes: [{a: b}]\n"),
     {"4:13: error: found a mapping, expected a sentence"}},
    {"StableUnmeasured",
     entry("  status: stable\n"),
     {"4:11: error: found 'stable' without measured rows, expected "
      "'measured' "
      "rows of runs that were made, or status experimental"}},
    {"SummaryWithoutValue",
     "a:\n  summary:\n  exactness: bit-exact\n",
     {"2:3: error: found 'summary' without a value, expected a value, or the "
      "field left out"}},
    {"SummaryOfSpaces",
     "a:\n  exactness: bit-exact\n  summary: \"  \"\n",
     {"3:12: error: found a summary with a space at an end: '  ', expected it "
      "without"}},
    {"SummaryEndsInASpace",
     "a:\n  exactness: bit-exact\n  summary: \"Split. \"\n",
     {"3:12: error: found a summary with a space at an end: 'Split. ', "
      "expected it without"}},
    {"SummaryEndsInALineBreak",
     "a:\n  exactness: bit-exact\n  summary: >\n    Split.\n",
     {"3:12: error: found a summary of several lines, expected one line; `>-` "
      "joins lines to one"}},
    {"SummaryWithEscape",
     "a:\n  exactness: bit-exact\n  summary: \"a\\x1b[31mb\"\n",
     {"3:12: error: found the control character U+001B in 'a\\u001B[31mb', "
      "expected characters that can be seen"}},
    {"SummaryWithTab",
     "a:\n  exactness: bit-exact\n  summary: \"a\\tb\"\n",
     {"3:12: error: found the control character U+0009 in 'a\\u0009b', "
      "expected characters that can be seen"}},
    {"SummaryBackwards",
     "a:\n  exactness: bit-exact\n  summary: \"a\\u202eb\"\n",
     {"3:12: error: found the invisible character U+202E in 'a\\u202Eb', "
      "expected characters that can be seen"}},
    {"SummaryFarTooLong",
     "a:\n  exactness: bit-exact\n  summary: " + repeat("x", 500000) + "\n",
     {"3:12: error: found a summary of 500000 characters, expected at most "
      "80"}},
    {"UnsortedFar",
     "b: {summary: S., exactness: bit-exact}\nm: {summary: S., exactness: "
     "bit-exact}\nz: {summary: S., exactness: bit-exact}\nc: {summary: "
     "S., "
     "exactness: bit-exact}\n",
     {"4:1: error: found 'c', expected entries sorted by name; it belongs "
      "before 'm'"}},
    {"NameOfNoLetters",
     "-1: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found '-1', expected a name in kebab-case"}},
    {"NameWithEscape",
     "\"a\\x1b[31m\": {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found the text 'a\\u001B[31m', expected a name in "
      "kebab-case; did you mean 'a-31m'?"}},
    {"NameTooLong",
     repeat("a", 65) + ": {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found "
      "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', "
      "expected a name of at most 64 characters"}},
    {"NameFarTooLong",
     repeat("a", 300) + ": {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found "
      "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xE2\x80\xA6' (300 characters), expected a "
      "name of at most 64 characters"}},
    {"NameOf64Characters",
     repeat("a", 64) + ": {summary: S., exactness: bit-exact}\n",
     {}},
    {"NameKeywordOfCpp",
     "switch: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'switch', expected a name that is no keyword of C++"}},
    {"NameKeywordOfPython",
     "lambda: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'lambda', expected a name that is no keyword of "
      "Python"}},
    {"NameDrop",
     "drop: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'drop', expected a name other than the word of "
      "pipelines that drops a stock pass"}},
    {"NameOfAnotherPass",
     "cse: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'cse', expected a name other than the options and "
      "passes of every triton-ext-opt"}},
    {"NameOfAnOption",
     "mlir-timing: {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found 'mlir-timing', expected a name other than the options "
      "and passes of every triton-ext-opt"}},
    {"NameEmpty",
     "\"\": {summary: S., exactness: bit-exact}\n",
     {"1:1: error: found the text '', expected a name in kebab-case"}},
    {"KindNotAText",
     entry("  kind: {x: y}\n"),
     {"4:9: error: found a mapping, expected a kind: transform, analysis, "
      "instrument, conversion, dialect, op or backend"}},
    {"KindEmpty",
     entry("  kind: \"\"\n"),
     {"4:9: error: found the text '', expected a kind: transform, analysis, "
      "instrument, conversion, dialect, op or backend"}},
    {"KindOfAnotherCase",
     entry("  kind: Transform\n"),
     {"4:9: error: found 'Transform', expected a kind: transform, analysis, "
      "instrument, conversion, dialect, op or backend; did you mean "
      "'transform'?"}},
    {"StatusNotAText",
     entry("  status: [stable]\n"),
     {"4:11: error: found a list, expected a status: experimental, stable or "
      "retired"}},
    {"StatusUnlikeAny",
     entry("  status: finished\n"),
     {"4:11: error: found 'finished', expected a status: experimental, stable "
      "or retired"}},
    {"ExactnessNotAText",
     "a: {summary: S., exactness: [bit-exact]}\n",
     {"1:29: error: found a list, expected an exactness: bit-exact, contracts, "
      "reassociates or approximates"}},
    {"ExactnessEmpty",
     "a: {summary: S., exactness: \"\"}\n",
     {"1:29: error: found the text '', expected an exactness: bit-exact, "
      "contracts, reassociates or approximates"}},
    {"ExactnessUnlikeAny",
     "a: {summary: S., exactness: good}\n",
     {"1:29: error: found 'good', expected an exactness: bit-exact, contracts, "
      "reassociates or approximates"}},
    {"ScopeAList",
     entry("  scope: [nvidia]\n"),
     {"4:10: error: found a list, expected a scope in kebab-case"}},
    {"ScopeEmpty",
     entry("  scope: \"\"\n"),
     {"4:10: error: found the text '', expected a scope in kebab-case"}},
    {"DeclinesEmpty",
     entry("  declines: \"\"\n"),
     {"4:13: error: found the text '', expected a sentence: when the pass does "
      "not apply"}},
    {"DeclinesTooLong",
     entry("  declines: " + repeat("x", 501) + "\n"),
     {"4:13: error: found a text of 501 characters, expected at most 500"}},
    {"DeclinesOf500Characters",
     entry("  declines: " + repeat("x", 500) + "\n"),
     {}},
    {"DeclinesOfSeveralLines",
     entry("  declines: |-\n    one\n    two\n"),
     {"4:13: error: found a text of several lines, expected one line; `>-` "
      "joins lines to one"}},
    {"DeclinesOfADialect",
     "a:\n  summary: S.\n  kind: dialect\n  declines: never\n",
     {"4:13: error: found 'declines' on a dialect, expected it on a pass "
      "only"}},
    {"OwnerEmpty",
     entry("  owner: \"\"\n"),
     {"4:10: error: found the text '', expected who looks after it"}},
    {"OwnerWithControlCharacter",
     entry("  owner: \"a\\x07\"\n"),
     {"4:10: error: found the control character U+0007 in 'a\\u0007', expected "
      "characters that can be seen"}},
    {"SinceOfNoDigits",
     entry("  since: ..\n"),
     {"4:10: error: found '..', expected a version such as 0.1.0"}},
    {"SinceOfFourParts",
     entry("  since: 0.1.0.0\n"),
     {"4:10: error: found '0.1.0.0', expected a version such as 0.1.0"}},
    {"SinceAList",
     entry("  since: [0, 1, 0]\n"),
     {"4:10: error: found a list, expected a version such as 0.1.0"}},
    {"SinceQuoted",
     entry("  since: \"0.1.0\"\n"),
     {"4:10: error: found the text '0.1.0', expected a version such as 0.1.0"}},
    {"UpstreamAList",
     entry("  upstream: [https://example.org]\n"),
     {"4:13: error: found a list, expected a URL such as "
      "https://example.org/page"}},
    {"UpstreamOfNoHost",
     entry("  upstream: https://\n"),
     {"4:13: error: found 'https://', expected a URL such as "
      "https://example.org/page"}},
    {"UpstreamWithASpace",
     entry("  upstream: https://example.org/a b\n"),
     {"4:13: error: found 'https://example.org/a b', expected a URL such as "
      "https://example.org/page"}},
    {"UpstreamUnencrypted",
     entry("  upstream: http://example.org/\n"),
     {"4:13: error: found 'http://example.org/', expected a URL such as "
      "https://example.org/page"}},
    {"AssumesEmptyText",
     entry("  assumes: [\"\"]\n"),
     {"4:13: error: found the text '', expected a sentence"}},
    {"AssumesOfANull",
     entry("  assumes: [~]\n"),
     {"4:13: error: found nothing, expected a sentence"}},
    {"AssumesWithControlCharacter",
     entry("  assumes: [\"a\\x7f\"]\n"),
     {"4:13: error: found the control character U+007F in 'a\\u007F', expected "
      "characters that can be seen"}},
    {"StableOfNoRows",
     entry("  status: stable\n  measured: []\n"),
     {"4:11: error: found 'stable' without measured rows, expected 'measured' "
      "rows of runs that were made, or status experimental"}},
};

INSTANTIATE_TEST_SUITE_P(Entries, MistakeTest, testing::ValuesIn(entries),
                         nameOf);

const Mistake references[] = {
    {"RetiredWithoutSuccessor",
     entry("  status: retired\n"),
     {"4:11: error: found 'retired' without 'successor', expected the field "
      "'successor', naming what to use instead"}},
    {"SuccessorOfNoneRetired",
     entry("  successor: b\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"4:14: error: found a successor of what is experimental, expected it on "
      "a retired entry only"}},
    {"SuccessorUnknown",
     entry("  status: retired\n"
           "  successor: bb\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"5:14: error: found 'bb' under 'successor', expected the name of an "
      "entry; did you mean 'b'?"}},
    {"SuccessorRetired",
     entry("  status: retired\n"
           "  successor: b\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"
           "  status: retired\n"
           "  successor: c\n"
           "c:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"5:14: error: found 'b', which is retired, expected a successor that can "
      "be used; did you mean 'c'?"}},
    {"SuccessorItself",
     entry("  status: retired\n"
           "  successor: a\n"),
     {"5:14: error: found 'a' itself under 'successor', expected another "
      "entry"}},
    {"AfterUnknown",
     entry("  after: [loop-splt]\n"
           "loop-split:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"4:11: error: found 'loop-splt' under 'after', expected the name of an "
      "entry; did you mean 'loop-split'?"}},
    {"AfterTwice",
     entry("  after: [b, b]\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"4:14: error: found 'b' again, expected a name once under 'after'"}},
    {"AfterItself",
     entry("  after: [a]\n"),
     {"4:11: error: found 'a' itself under 'after', expected another entry"}},
    {"AfterNotAList",
     entry("  after: b\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"4:10: error: found 'b', expected a list of names"}},
    {"AfterNotAName",
     entry("  after: [B]\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"),
     {"4:11: error: found 'B', expected the name of an entry in kebab-case; "
      "did you mean 'b'?"}},
    {"ConflictsUnknown",
     entry("  conflicts: [zebra]\n"),
     {"4:15: error: found 'zebra' under 'conflicts', expected the name of an "
      "entry"}},
    {"AfterInACircle",
     entry("  after: [b]\n"
           "b:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"
           "  after: [c]\n"
           "c:\n"
           "  summary: S.\n"
           "  exactness: bit-exact\n"
           "  after: [a]\n"),
     {"4:11: error: found 'b', which itself comes after 'a', expected an order "
      "without a circle",
      "8:11: error: found 'c', which itself comes after 'b', expected an order "
      "without a circle",
      "12:11: error: found 'a', which itself comes after 'c', expected an "
      "order without a circle"}},
    {"SuccessorAList",
     entry("  status: retired\n  successor: [b]\nb:\n  summary: S.\n  "
           "exactness: bit-exact\n"),
     {"5:14: error: found a list, expected the name of the entry to use "
      "instead in kebab-case"}},
    {"SuccessorNotAName",
     entry("  status: retired\n  successor: B\nb:\n  summary: S.\n  exactness: "
           "bit-exact\n"),
     {"5:14: error: found 'B', expected the name of the entry to use instead "
      "in kebab-case; did you mean 'b'?"}},
    {"SuccessorsInACircle",
     entry("  status: retired\n  successor: b\nb:\n  summary: S.\n  exactness: "
           "bit-exact\n  status: retired\n  successor: a\n"),
     {"5:14: error: found 'b', which is retired, expected a successor that can "
      "be used; did you mean 'a'?",
      "10:14: error: found 'a', which is retired, expected a successor that "
      "can be used; did you mean 'b'?"}},
    {"AfterAMapping",
     entry("  after: {b: 1}\n"),
     {"4:10: error: found a mapping, expected a list of names"}},
    {"AfterOfANumber",
     entry("  after: [1]\n"),
     {"4:11: error: found '1', expected the name of an entry in kebab-case"}},
    {"AfterOfANull",
     entry("  after: [~]\n"),
     {"4:11: error: found nothing, expected the name of an entry in "
      "kebab-case"}},
    {"ConflictsNotAList",
     entry("  conflicts: b\n"),
     {"4:14: error: found 'b', expected a list of names"}},
    {"ConflictsNotAName",
     entry("  conflicts: [loop_split]\n"),
     {"4:15: error: found 'loop_split', expected the name of an entry in "
      "kebab-case; did you mean 'loop-split'?"}},
    {"ConflictsTwice",
     entry("  conflicts: [b, b]\nb:\n  summary: S.\n  exactness: bit-exact\n"),
     {"4:18: error: found 'b' again, expected a name once under 'conflicts'"}},
    {"ConflictsItself",
     entry("  conflicts: [a]\n"),
     {"4:15: error: found 'a' itself under 'conflicts', expected another "
      "entry"}},
    {"AfterEachOther",
     entry("  after: [b]\nb:\n  summary: S.\n  exactness: bit-exact\n  after: "
           "[a]\n"),
     {"4:11: error: found 'b', which itself comes after 'a', expected an order "
      "without a circle",
      "8:11: error: found 'a', which itself comes after 'b', expected an order "
      "without a circle"}},
    {"AfterAndConflicts",
     entry("  after: [b]\n  conflicts: [b]\nb:\n  summary: S.\n  exactness: "
           "bit-exact\n"),
     {"5:15: error: found 'b' under 'after' and 'conflicts', expected it under "
      "one of them"}},
};

INSTANTIATE_TEST_SUITE_P(References, MistakeTest, testing::ValuesIn(references),
                         nameOf);

const Mistake requirements[] = {
    {"RequiresUnknown",
     entry("  requires: {capabilty: \">=90\"}\n"),
     {"4:14: error: found the field 'capabilty', expected a field of requires: "
      "capability or arch; did you mean 'capability'?"}},
    {"RequiresNotAMapping",
     entry("  requires: \">=90\"\n"),
     {"4:13: error: found the text '>=90', expected requires as a mapping"}},
    {"CapabilityWithoutSign",
     entry("  requires: {capability: 90}\n"),
     {"4:26: error: found '90', expected a comparison such as \">=90\""}},
    {"CapabilityWithoutNumber",
     entry("  requires: {capability: \">=\"}\n"),
     {"4:26: error: found the text '>=', expected a comparison such as "
      "\">=90\""}},
    {"CapabilitySecondWrong",
     entry("  requires: {capability: \">=90, 100\"}\n"),
     {"4:26: error: found the text '>=90, 100', expected a comparison such as "
      "\">=90\""}},
    {"ArchNotAList",
     entry("  requires: {arch: gfx942}\n"),
     {"4:20: error: found 'gfx942', expected a list of architectures such as "
      "[gfx942, gfx950]"}},
    {"RequiresAList",
     entry("  requires: [capability]\n"),
     {"4:13: error: found a list, expected requires as a mapping"}},
    {"CapabilityAList",
     entry("  requires: {capability: [90]}\n"),
     {"4:26: error: found a list, expected a comparison such as \">=90\""}},
    {"CapabilityEmpty",
     entry("  requires: {capability: \"\"}\n"),
     {"4:26: error: found the text '', expected a comparison such as "
      "\">=90\""}},
    {"CapabilityOfAnUnknownSign",
     entry("  requires: {capability: \"=>90\"}\n"),
     {"4:26: error: found the text '=>90', expected a comparison such as "
      "\">=90\""}},
    {"CapabilityNotANumber",
     entry("  requires: {capability: \">=sm_90\"}\n"),
     {"4:26: error: found the text '>=sm_90', expected a comparison such as "
      "\">=90\""}},
    {"CapabilityTwice",
     entry("  requires: {capability: \">=90\", capability: \"<100\"}\n"),
     {"4:34: error: found 'capability' again, expected it once; the first is "
      "on line 4"}},
    {"CapabilityWithoutValue",
     entry("  requires: {capability: }\n"),
     {"4:14: error: found 'capability' without a value, expected a value, or "
      "the field left out"}},
    {"ArchOfAList",
     entry("  requires: {arch: [[gfx942]]}\n"),
     {"4:21: error: found a list, expected an architecture such as gfx942"}},
    {"ArchOfNoName",
     entry("  requires: {arch: [\"gfx942,gfx950\"]}\n"),
     {"4:21: error: found the text 'gfx942,gfx950', expected an architecture "
      "such as gfx942"}},
    {"ArchEmpty",
     entry("  requires: {arch: [\"\"]}\n"),
     {"4:21: error: found the text '', expected an architecture such as "
      "gfx942"}},
};

INSTANTIATE_TEST_SUITE_P(Requirements, MistakeTest,
                         testing::ValuesIn(requirements), nameOf);

const Mistake measurements[] = {
    {"MeasuredNotAList",
     entry("  measured: {work: w}\n"),
     {"4:13: error: found a mapping, expected a list of rows"}},
    {"MeasuredEmptyRow",
     entry("  measured:\n"
           "    - {}\n"),
     {"5:7: error: found a measured row without 'work', expected the field "
      "'work'",
      "5:7: error: found a measured row without 'machine', expected the field "
      "'machine'",
      "5:7: error: found a measured row without 'triton', expected the field "
      "'triton'",
      "5:7: error: found a measured row without 'ratio', expected the field "
      "'ratio'"}},
    {"MeasuredUnknownField",
     entry(
         "  measured:\n"
         "    - {work: w, machine: m, triton: 3.6.0, ratio: 1.1, racio: 2}\n"),
     {"5:56: error: found the field 'racio', expected a field of a measured "
      "row: work, machine, triton, ratio or knobs; did you mean 'ratio'?"}},
    {"MeasuredTritonNotARelease",
     entry("  measured:\n"
           "    - {work: w, machine: m, triton: 3.6, ratio: 1.1}\n"),
     {"5:37: error: found '3.6', expected a release such as 3.6.0"}},
    {"MeasuredRatioNotANumber",
     entry("  measured:\n"
           "    - {work: w, machine: m, triton: 3.6.0, ratio: 12 %}\n"),
     {"5:51: error: found '12 %', expected a ratio over 0, stock's time over "
      "the time with the pass"}},
    {"MeasuredRatioZero",
     entry("  measured:\n"
           "    - {work: w, machine: m, triton: 3.6.0, ratio: 0}\n"),
     {"5:51: error: found '0', expected a ratio over 0, stock's time over the "
      "time with the pass"}},
    {"MeasuredRatioQuoted",
     entry("  measured:\n"
           "    - {work: w, machine: m, triton: 3.6.0, ratio: \"1.1\"}\n"),
     {"5:51: error: found the text '1.1', expected a ratio over 0, stock's "
      "time over the time with the pass"}},
    {"MeasuredUnknownKnob",
     entry("  knobs:\n"
           "    size: {type: int, default: 1, help: H.}\n"
           "  measured:\n"
           "    - {work: w, machine: m, triton: 3.6.0, ratio: 1.1, knobs: "
           "{sise: 1}}\n"),
     {"7:64: error: found 'sise', expected a knob of 'a': size; did you mean "
      "'size'?"}},
    {"MeasuredKnobOfNone",
     entry("  measured:\n"
           "    - {work: w, machine: m, triton: 3.6.0, ratio: 1.1, knobs: "
           "{size: 1}}\n"),
     {"5:64: error: found 'size', expected a knob of 'a', which has none"}},
    {"MeasuredKnobOutOfRange",
     entry("  knobs:\n"
           "    size: {type: int, default: 1, range: [1, 2], help: H.}\n"
           "  measured:\n"
           "    - {work: w, machine: m, triton: 3.6.0, ratio: 1.1, knobs: "
           "{size: 3}}\n"),
     {"7:70: error: found '3', expected an integer from 1 to 2"}},
    {"MeasuredRowNotAMapping",
     entry("  measured: [fast]\n"),
     {"4:14: error: found 'fast', expected a measured row as a mapping"}},
    {"MeasuredRowANull",
     entry("  measured: [~]\n"),
     {"4:14: error: found a measured row without fields, expected a measured "
      "row as a mapping"}},
    {"MeasuredWorkAList",
     entry("  measured:\n    - {work: [w], machine: m, triton: 3.6.0, ratio: "
           "1.1}\n"),
     {"5:14: error: found a list, expected what was run, shapes included"}},
    {"MeasuredWorkEmpty",
     entry("  measured:\n    - {work: \"\", machine: m, triton: 3.6.0, ratio: "
           "1.1}\n"),
     {"5:14: error: found the text '', expected what was run, shapes "
      "included"}},
    {"MeasuredWorkTooLong",
     entry("  measured:\n    - {work: " + repeat("w", 501) +
           ", machine: m, triton: 3.6.0, ratio: 1.1}\n"),
     {"5:14: error: found a text of 501 characters, expected at most 500"}},
    {"MeasuredMachineAMapping",
     entry("  measured:\n    - {work: w, machine: {x: y}, triton: 3.6.0, "
           "ratio: 1.1}\n"),
     {"5:26: error: found a mapping, expected the device, such as H200"}},
    {"MeasuredMachineWithControlCharacter",
     entry("  measured:\n    - {work: w, machine: \"a\\r\", triton: 3.6.0, "
           "ratio: 1.1}\n"),
     {"5:26: error: found the control character U+000D in 'a\\u000D', expected "
      "characters that can be seen"}},
    {"MeasuredTritonAList",
     entry("  measured:\n    - {work: w, machine: m, triton: [3.6.0], ratio: "
           "1.1}\n"),
     {"5:37: error: found a list, expected a release such as 3.6.0"}},
    {"MeasuredTritonOfNoDigits",
     entry("  measured:\n    - {work: w, machine: m, triton: 3..0, ratio: "
           "1.1}\n"),
     {"5:37: error: found '3..0', expected a release such as 3.6.0"}},
    {"MeasuredRatioNegative",
     entry("  measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: "
           "-1.1}\n"),
     {"5:51: error: found '-1.1', expected a ratio over 0, stock's time over "
      "the time with the pass"}},
    {"MeasuredRatioInfinite",
     entry("  measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: "
           "inf}\n"),
     {"5:51: error: found 'inf', expected a ratio over 0, stock's time over "
      "the time with the pass"}},
    {"MeasuredRatioAList",
     entry("  measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: "
           "[1.1]}\n"),
     {"5:51: error: found a list, expected a ratio over 0, stock's time over "
      "the time with the pass"}},
    {"MeasuredFieldTwice",
     entry("  measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: "
           "1.1, ratio: 1.2}\n"),
     {"5:56: error: found 'ratio' again, expected it once; the first is on "
      "line 5"}},
    {"MeasuredKnobsNotAMapping",
     entry("  measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: "
           "1.1, knobs: [size]}\n"),
     {"5:63: error: found a list, expected a mapping from knobs to values"}},
    {"MeasuredKnobOfAnotherType",
     entry("  knobs:\n    size: {type: int, default: 1, help: H.}\n  "
           "measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: 1.1, "
           "knobs: {size: big}}\n"),
     {"7:70: error: found 'big', expected an integer"}},
    {"MeasuredTwice",
     entry("  measured:\n    - {work: w, machine: m, triton: 3.6.0, ratio: "
           "1.1}\n    - {work: w, machine: m, triton: 3.7.1, ratio: 1.1}\n    "
           "- {work: w, machine: m, triton: 3.6.0, ratio: 1.2}\n"),
     {"7:7: error: found 'w' on 'm' again, expected one row for each work, "
      "machine, release and setting of knobs"}},
};

INSTANTIATE_TEST_SUITE_P(Measurements, MistakeTest,
                         testing::ValuesIn(measurements), nameOf);

const Mistake knobs[] = {
    {"KnobsNotAMapping",
     entry("  knobs: [k]\n"),
     {"4:10: error: found a list, expected a mapping from names to knobs"}},
    {"KnobNotAMapping",
     entry("  knobs:\n"
           "    k: 1\n"),
     {"5:8: error: found '1', expected a knob as a mapping"}},
    {"KnobEmpty",
     entry("  knobs:\n"
           "    k:\n"),
     {"5:5: error: found a knob without fields, expected a knob as a mapping"}},
    {"KnobMissingFields",
     knob(""),
     {"5:5: error: found a knob without 'type', expected the field 'type'",
      "5:5: error: found a knob without 'default', expected the field "
      "'default'",
      "5:5: error: found a knob without 'help', expected the field 'help'"}},
    {"KnobUnknownField",
     knob("type: bool, defualt: true, default: true, help: H."),
     {"5:21: error: found the field 'defualt', expected a field of a knob: "
      "type, values, range, default, try, log or help; did you mean "
      "'default'?"}},
    {"KnobUnknownType",
     knob("type: integer, default: 1, help: H."),
     {"5:15: error: found 'integer', expected a type: bool, int, float, "
      "choice, string or int-list; did you mean 'int'?"}},
    {"KnobUnknownTypeNearAKnownOne",
     knob("type: boool, default: 1, range: 3, help: H."),
     {"5:15: error: found 'boool', expected a type: bool, int, float, choice, "
      "string or int-list; did you mean 'bool'?"}},
    {"KnobTwice",
     entry("  knobs:\n"
           "    k: {type: bool, default: true, help: H.}\n"
           "    k: {type: bool, default: true, help: H.}\n"),
     {"6:5: error: found 'k' again, expected it once; the first is on line 5"}},
    {"KnobNotKebabCase",
     entry("  knobs:\n"
           "    max_splits: {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found 'max_splits', expected a knob in kebab-case; did you "
      "mean 'max-splits'?"}},
    {"KnobKeywordOfCpp",
     entry("  knobs:\n"
           "    switch: {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found 'switch', expected a knob that is no keyword of C++"}},
    {"KnobKeywordOfPython",
     entry("  knobs:\n"
           "    lambda: {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found 'lambda', expected a knob that is no keyword of "
      "Python"}},
    {"KnobMemberOfEveryPass",
     entry("  knobs:\n"
           "    get-operation: {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found 'get-operation', expected a knob other than the "
      "member of every pass 'getOperation'"}},
    {"KnobNamedAsASwitch",
     entry("  knobs:\n"
           "    enable-guard: {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found 'enable-guard', expected the quantity itself, without "
      "'enable-'; did you mean 'guard'?"}},
    {"KnobsOfOneCppName",
     entry("  knobs:\n"
           "    a-1: {type: bool, default: true, help: H.}\n"
           "    a1: {type: bool, default: true, help: H.}\n"),
     {"6:5: error: found 'a1', expected a knob whose C++ name 'a1' is not that "
      "of 'a-1'"}},
    {"KnobHelpNotAText",
     knob("type: bool, default: true, help: []"),
     {"5:42: error: found a list, expected a sentence: what the knob does"}},
    {"KnobWithoutType",
     knob("default: 1, help: H."),
     {"5:5: error: found a knob without 'type', expected the field 'type'"}},
    {"KnobWithoutDefault",
     knob("type: int, help: H."),
     {"5:5: error: found a knob without 'default', expected the field "
      "'default'"}},
    {"KnobWithoutHelp",
     knob("type: int, default: 1"),
     {"5:5: error: found a knob without 'help', expected the field 'help'"}},
    {"KnobDefaultWithoutValue",
     knob("type: int, default: , help: H."),
     {"5:20: error: found 'default' without a value, expected a value, or the "
      "field left out"}},
    {"KnobTypeAList",
     knob("type: [int], default: 1, help: H."),
     {"5:15: error: found a list, expected a type: bool, int, float, choice, "
      "string or int-list"}},
    {"KnobFieldTwice",
     knob("type: int, type: bool, default: 1, help: H."),
     {"5:20: error: found 'type' again, expected it once; the first is on line "
      "5"}},
    {"KnobHelpEmpty",
     knob("type: bool, default: true, help: \"\""),
     {"5:42: error: found the text '', expected a sentence: what the knob "
      "does"}},
    {"KnobHelpTooLong",
     knob("type: bool, default: true, help: " + repeat("x", 501)),
     {"5:42: error: found a text of 501 characters, expected at most 500"}},
    {"KnobHelpWithControlCharacter",
     knob("type: bool, default: true, help: \"a\\0b\""),
     {"5:42: error: found the control character U+0000 in 'a\\u0000b', "
      "expected characters that can be seen"}},
    {"KnobHelpEndsInALineBreak",
     entry("  knobs:\n    k:\n      type: bool\n      default: true\n      "
           "help: |\n        Two\n        lines.\n"),
     {"8:13: error: found a text with an empty line at an end, expected it "
      "without; `>-` and `|-` drop the last line break"}},
    {"KnobHelpOfManyLines",
     entry("  knobs:\n    k:\n      type: bool\n      default: true\n      "
           "help: |-\n" +
           repeat("        A line.\n", 100)),
     {"8:13: error: found a text of 799 characters, expected at most 500"}},
    {"KnobHelpOfLinesWithControlCharacter",
     knob("type: bool, default: true, help: \"a\\n\\x1bb\""),
     {"5:42: error: found the control character U+001B in 'a\\u000A\\u001Bb', "
      "expected characters that can be seen"}},
    {"KnobNotAName",
     entry("  knobs:\n    [k]: {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found a list, expected a name"}},
    {"KnobNameTooLong",
     entry("  knobs:\n    " + repeat("k", 65) +
           ": {type: bool, default: true, help: H.}\n"),
     {"5:5: error: found "
      "'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk', "
      "expected a knob of at most 64 characters"}},
};

INSTANTIATE_TEST_SUITE_P(Knobs, MistakeTest, testing::ValuesIn(knobs), nameOf);

const Mistake values[] = {
    {"BoolDefault",
     knob("type: bool, default: yes, help: H."),
     {"5:30: error: found 'yes', expected true or false"}},
    {"BoolDefaultQuoted",
     knob("type: bool, default: \"true\", help: H."),
     {"5:30: error: found the text 'true', expected true or false"}},
    {"IntDefault",
     knob("type: int, default: one, help: H."),
     {"5:29: error: found 'one', expected an integer"}},
    {"IntDefaultOfHalf",
     knob("type: int, default: 1.5, help: H."),
     {"5:29: error: found '1.5', expected an integer"}},
    {"IntDefaultQuoted",
     knob("type: int, default: \"1\", help: H."),
     {"5:29: error: found the text '1', expected an integer"}},
    {"IntDefaultTooLarge",
     knob("type: int, default: 9223372036854775808, help: H."),
     {"5:29: error: found '9223372036854775808', expected an integer"}},
    {"IntDefaultBelowRange",
     knob("type: int, default: 0, range: [1, 4], help: H."),
     {"5:29: error: found '0', expected an integer from 1 to 4"}},
    {"IntDefaultAboveRange",
     knob("type: int, default: 5, range: [1, 4], help: H."),
     {"5:29: error: found '5', expected an integer from 1 to 4"}},
    {"IntDefaultAList",
     knob("type: int, default: [1], help: H."),
     {"5:29: error: found a list, expected an integer"}},
    {"FloatDefault",
     knob("type: float, default: half, help: H."),
     {"5:31: error: found 'half', expected a number"}},
    {"FloatDefaultNotFinite",
     knob("type: float, default: inf, help: H."),
     {"5:31: error: found 'inf', expected a number"}},
    {"FloatDefaultOutOfRange",
     knob("type: float, default: 1.5, range: [0, 1], help: H."),
     {"5:31: error: found '1.5', expected a number from 0 to 1"}},
    {"ChoiceDefault",
     knob("type: choice, values: [scalar, mask], default: maks, help: H."),
     {"5:56: error: found 'maks', expected scalar or mask; did you mean "
      "'mask'?"}},
    {"ChoiceWithoutValues",
     knob("type: choice, default: mask, help: H."),
     {"5:5: error: found a choice without 'values', expected the field "
      "'values'"}},
    {"ChoiceOfOne",
     knob("type: choice, values: [mask], default: mask, help: H."),
     {"5:31: error: found one value, expected at least two"}},
    {"ChoiceValueNotKebabCase",
     knob("type: choice, values: [Mask, all], default: all, help: H."),
     {"5:32: error: found 'Mask', expected a value in kebab-case; did you mean "
      "'mask'?"}},
    {"ChoiceValueTwice",
     knob("type: choice, values: [all, mask, all], default: all, help: H."),
     {"5:43: error: found 'all', expected a value other than 'all', both of "
      "which are 'All' in C++"}},
    {"ChoiceValuesOfOneEnumerator",
     knob("type: choice, values: [a-1, a1], default: a1, help: H."),
     {"5:37: error: found 'a1', expected a value other than 'a-1', both of "
      "which are 'A1' in C++",
      "5:51: error: found 'a1', expected a-1; did you mean 'a-1'?"}},
    {"ChoiceValuesNotAList",
     knob("type: choice, values: all, default: all, help: H."),
     {"5:31: error: found 'all', expected a list of values, or a mapping from "
      "values to their help"}},
    {"ChoiceValueHelpNotAText",
     knob("type: choice, values: {all: [], mask: M.}, default: all, help: H."),
     {"5:37: error: found a list, expected a sentence: what the value does"}},
    {"ValuesOfAnInt",
     knob("type: int, values: [1, 2], default: 1, help: H."),
     {"5:28: error: found 'values' on a knob of type int, expected it on a "
      "choice only"}},
    {"StringDefault",
     knob("type: string, default: [a], help: H."),
     {"5:32: error: found a list, expected a text"}},
    {"IntListDefault",
     knob("type: int-list, default: 1, help: H."),
     {"5:34: error: found '1', expected a list of integers"}},
    {"IntListDefaultElement",
     knob("type: int-list, default: [1, x], help: H."),
     {"5:38: error: found 'x', expected an integer"}},
    {"IntListDefaultElementQuoted",
     knob("type: int-list, default: [1, \"2\"], help: H."),
     {"5:38: error: found the text '2', expected an integer"}},
    {"IntListDefaultOutOfRange",
     knob("type: int-list, default: [1, 9], range: [1, 8], help: H."),
     {"5:38: error: found '9', expected an integer from 1 to 8"}},
    {"RangeOfABool",
     knob("type: bool, default: true, range: [0, 1], help: H."),
     {"5:43: error: found 'range' on a knob of type bool, expected it on int, "
      "float or int-list only"}},
    {"RangeOfAChoice",
     knob("type: choice, values: [a, b], default: a, range: [a, b], help: H."),
     {"5:58: error: found 'range' on a knob of type choice, expected it on "
      "int, float or int-list only"}},
    {"RangeNotAList",
     knob("type: int, default: 1, range: 4, help: H."),
     {"5:39: error: found '4', expected a range [lowest, highest]"}},
    {"RangeOfThree",
     knob("type: int, default: 1, range: [1, 2, 3], help: H."),
     {"5:39: error: found a list of 3, expected a range [lowest, highest]"}},
    {"RangeNotOfNumbers",
     knob("type: int, default: 1, range: [1, many], help: H."),
     {"5:43: error: found 'many', expected an integer"}},
    {"RangeBackwards",
     knob("type: int, default: 1, range: [4, 1], help: H."),
     {"5:39: error: found [4, 1], expected a range [lowest, highest]"}},
    {"TryNotAList",
     knob("type: int, default: 1, try: 1, help: H."),
     {"5:37: error: found '1', expected a list of values to try"}},
    {"TryOutOfRange",
     knob("type: int, default: 1, range: [1, 4], try: [1, 8, 16], help: H."),
     {"5:56: error: found '8', expected an integer from 1 to 4",
      "5:59: error: found '16', expected an integer from 1 to 4"}},
    {"TryTwice",
     knob("type: int, default: 1, try: [1, 01], help: H."),
     {"5:41: error: found '1' again, expected a value to try once"}},
    {"TryOfAnotherType",
     knob("type: bool, default: true, try: [1], help: H."),
     {"5:42: error: found '1', expected true or false"}},
    {"LogOfABool",
     knob("type: bool, default: true, log: true, help: H."),
     {"5:41: error: found 'log' on a knob of type bool, expected it on int or "
      "float only"}},
    {"LogOfAnIntList",
     knob("type: int-list, default: [], log: true, help: H."),
     {"5:43: error: found 'log' on a knob of type int-list, expected it on int "
      "or float only"}},
    {"LogNotABool",
     knob("type: int, default: 1, log: 2, help: H."),
     {"5:37: error: found '2', expected true or false"}},
    {"LogFromZero",
     knob("type: int, default: 1, range: [0, 4], log: true, help: H."),
     {"5:52: error: found 'log' with a range from 0, expected a range above 0, "
      "which factors can step through"}},
    {"StringDefaultWithControlCharacter",
     knob("type: string, default: \"a\\x1b\", help: H."),
     {"5:32: error: found the control character U+001B in 'a\\u001B', expected "
      "characters that can be seen"}},
    {"StringDefaultTooLong",
     knob("type: string, default: " + repeat("x", 501) + ", help: H."),
     {"5:32: error: found a text of 501 characters, expected at most 500"}},
    {"StringTryOfSeveralLines",
     knob("type: string, default: a, try: [\"b\\nc\"], help: H."),
     {"5:41: error: found a text of several lines, expected one line; `>-` "
      "joins lines to one"}},
    {"ChoiceOfNone",
     knob("type: choice, values: [], default: mask, help: H."),
     {"5:31: error: found no value, expected at least two"}},
    {"ChoiceOfNoMapping",
     knob("type: choice, values: {}, default: mask, help: H."),
     {"5:31: error: found no value, expected at least two"}},
    {"ChoiceValueANumber",
     knob("type: choice, values: [1, 2], default: 1, help: H."),
     {"5:32: error: found '1', expected a value in kebab-case",
      "5:35: error: found '2', expected a value in kebab-case"}},
    {"ChoiceValueKeyTwice",
     knob("type: choice, values: {all: A., all: B., mask: C.}, default: all, "
          "help: H."),
     {"5:41: error: found 'all' again, expected it once; the first is on line "
      "5"}},
    {"ChoiceDefaultAList",
     knob("type: choice, values: [a, b], default: [a], help: H."),
     {"5:48: error: found a list, expected a or b"}},
    {"ChoiceTry",
     knob("type: choice, values: [scalar, mask], default: mask, try: [scalr], "
          "help: H."),
     {"5:68: error: found 'scalr', expected scalar or mask; did you mean "
      "'scalar'?"}},
    {"FloatTryOutOfRange",
     knob("type: float, default: 0.5, range: [0, 1], try: [2.5], help: H."),
     {"5:57: error: found '2.5', expected a number from 0 to 1"}},
    {"IntListTryElement",
     knob("type: int-list, default: [], range: [1, 8], try: [[9]], help: H."),
     {"5:60: error: found '9', expected an integer from 1 to 8"}},
    {"IntListTryNotAList",
     knob("type: int-list, default: [], try: [1], help: H."),
     {"5:44: error: found '1', expected a list of integers"}},
    {"TryOfNone",
     knob("type: int, default: 1, try: [], help: H."),
     {"5:37: error: found no value, expected at least one value to try"}},
    {"TryWithoutValue",
     knob("type: int, default: 1, try: [1, ~], help: H."),
     {"5:41: error: found nothing, expected an integer"}},
    {"RangeOfOne",
     knob("type: int, default: 1, range: [1], help: H."),
     {"5:39: error: found a list of 1, expected a range [lowest, highest]"}},
    {"RangeAMapping",
     knob("type: int, default: 1, range: {low: 1}, help: H."),
     {"5:39: error: found a mapping, expected a range [lowest, highest]"}},
    {"RangeOfFractions",
     knob("type: int, default: 1, range: [0.5, 4], help: H."),
     {"5:40: error: found '0.5', expected an integer"}},
    {"RangeQuoted",
     knob("type: int, default: 1, range: [\"1\", 4], help: H."),
     {"5:40: error: found the text '1', expected an integer"}},
    {"RangeOfAString",
     knob("type: string, default: a, range: [a, b], help: H."),
     {"5:42: error: found 'range' on a knob of type string, expected it on "
      "int, float or int-list only"}},
    {"FloatRangeBackwards",
     knob("type: float, default: 1, range: [1, 0.5], help: H."),
     {"5:41: error: found [1, 0.5], expected a range [lowest, highest]"}},
    {"LogOfAChoice",
     knob("type: choice, values: [a, b], default: a, log: true, help: H."),
     {"5:56: error: found 'log' on a knob of type choice, expected it on int "
      "or float only"}},
    {"LogOfAString",
     knob("type: string, default: a, log: true, help: H."),
     {"5:40: error: found 'log' on a knob of type string, expected it on int "
      "or float only"}},
    {"LogFromBelowZero",
     knob("type: float, default: 1, range: [-1, 4], log: true, help: H."),
     {"5:55: error: found 'log' with a range from -1, expected a range above "
      "0, which factors can step through"}},
    {"LogTryOfZero",
     knob("type: int, default: 1, try: [0, 1], log: true, help: H."),
     {"5:50: error: found 'log' with 0 to try, expected values above 0, which "
      "factors can step through"}},
};

INSTANTIATE_TEST_SUITE_P(Values, MistakeTest, testing::ValuesIn(values),
                         nameOf);

const Mistake together[] = {
    {"EveryErrorIsReported",
     "b:\n"
     "  sumary: S.\n"
     "  stage: ttri\n"
     "  knobs:\n"
     "    k: {type: int, default: 9, range: [1, 4], try: [7], help: H.}\n"
     "    K: {type: bool}\n"
     "a: {summary: S., exactness: exact}\n",
     {"1:1: error: found an entry without 'summary', expected the field "
      "'summary'",
      "1:1: error: found a transform without 'exactness', expected the field "
      "'exactness'",
      "2:3: error: found the field 'sumary', expected a field of an entry: "
      "summary, kind, exactness, declines, scope, stage, status, requires, "
      "assumes, after, conflicts, successor, owner, since, upstream, knobs or "
      "measured; did you mean 'summary'?",
      "3:10: error: found 'ttri', expected a stage: ttir, ttgir or llir; did "
      "you mean 'ttir'?",
      "5:29: error: found '9', expected an integer from 1 to 4",
      "5:53: error: found '7', expected an integer from 1 to 4",
      "6:5: error: found 'K', expected a knob in kebab-case; did you mean 'k'?",
      "6:5: error: found a knob without 'default', expected the field "
      "'default'",
      "6:5: error: found a knob without 'help', expected the field 'help'",
      "7:1: error: found 'a', expected entries sorted by name; it belongs "
      "before 'b'",
      "7:29: error: found 'exact', expected an exactness: bit-exact, "
      "contracts, reassociates or approximates; did you mean 'bit-exact'?"}},
};

INSTANTIATE_TEST_SUITE_P(Together, MistakeTest, testing::ValuesIn(together),
                         nameOf);

//===----------------------------------------------------------------------===//
// Entries and folders
//===----------------------------------------------------------------------===//

class FolderTest : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "registry-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    checkout.root = pattern;
    checkout.hasFolders = true;
    checkout.scopes = {{"nvidia", "cuda"}};
  }
  void TearDown() override { std::filesystem::remove_all(checkout.root); }

  /// A folder that declares a pass in the way of this project.
  void add(const std::string &path, const std::string &name,
           const std::string &className, const std::string &scope = "generic",
           const std::string &kind = "pass") {
    std::filesystem::path folder = checkout.root + "/" + path;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "CMakeLists.txt")
        << "# Not the line of " << name << ".\n"
        << "triton_ext_add_" << kind << "(NAME " << name << " CLASS "
        << className << ")\n";
    checkout.folders.push_back({name, className, kind, scope, path});
  }

  void expect(const std::string &text, const std::vector<std::string> &errors) {
    registry = read(text, checkout);
    EXPECT_EQ(errorsOf(registry), errors);
  }

  const std::string split = "loop-split:\n  summary: S.\n"
                            "  exactness: bit-exact\n";
  Checkout checkout;
  Registry registry;
};

TEST_F(FolderTest, OneToOne) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  expect(split, {});
  EXPECT_EQ(registry.entries[0].folder, "passes/LoopSplit");
  EXPECT_EQ(registry.entries[0].scope, "generic");
  EXPECT_EQ(registry.entries[0].backend, "");
}

TEST_F(FolderTest, TheFolderSaysTheScope) {
  add("backends/nvidia/LoopSplit", "loop-split", "LoopSplit", "nvidia");
  expect(split, {});
  EXPECT_EQ(registry.entries[0].scope, "nvidia");
  EXPECT_EQ(registry.entries[0].backend, "cuda");
  expect(split + "  scope: nvidia\n", {});
}

TEST_F(FolderTest, EntryWithoutFolder) {
  expect("\n" + split,
         {"r.yaml:2:1: error: found the entry 'loop-split' without a folder, "
          "expected a folder LoopSplit that says triton_ext_add_pass(NAME "
          "loop-split CLASS LoopSplit)"});
  expect("triton:\n  summary: S.\n  kind: dialect\n",
         {"r.yaml:1:1: error: found the entry 'triton' without a folder, "
          "expected a folder Triton that says triton_ext_add_dialect(NAME "
          "triton CLASS Triton)"});
}

TEST_F(FolderTest, FolderWithoutEntry) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  expect("# nothing\n",
         {"passes/LoopSplit/CMakeLists.txt:2:26: error: found 'loop-split' "
          "declared by the folder passes/LoopSplit, expected an entry "
          "'loop-split' in r.yaml"});
}

TEST_F(FolderTest, EntryAndFolderThatDifferByASlip) {
  add("passes/LoopSplt", "loop-splt", "LoopSplt");
  expect(split,
         {"passes/LoopSplt/CMakeLists.txt:2:26: error: found 'loop-splt' "
          "declared by the folder passes/LoopSplt, expected an entry "
          "'loop-splt' in r.yaml; did you mean 'loop-split'?",
          "r.yaml:1:1: error: found the entry 'loop-split' without a folder, "
          "expected a folder LoopSplit that says triton_ext_add_pass(NAME "
          "loop-split CLASS LoopSplit); did you mean 'loop-splt'?"});
}

TEST_F(FolderTest, ScopeThatDisagrees) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  expect(split + "  scope: nvidia\n",
         {"r.yaml:4:10: error: found the scope 'nvidia', expected 'generic', "
          "as the folder passes/LoopSplit says"});
}

TEST_F(FolderTest, UnknownScope) {
  add("backends/nvidia/LoopSplit", "loop-split", "LoopSplit", "nvidia");
  expect(split + "  scope: nvidai\n",
         {"r.yaml:4:10: error: found the unknown scope 'nvidai', expected "
          "'nvidia', as the folder backends/nvidia/LoopSplit says; did you "
          "mean 'nvidia'?"});
}

TEST_F(FolderTest, UnknownScopeOfWhatHasNoFolder) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  expect(split + "old-split:\n  summary: S.\n  exactness: bit-exact\n"
                 "  status: retired\n  successor: loop-split\n"
                 "  scope: nvidai\n",
         {"r.yaml:9:10: error: found the unknown scope 'nvidai', expected "
          "generic or nvidia, or a folder backends/nvidai; did you mean "
          "'nvidia'?"});
}

TEST_F(FolderTest, ScopeWithoutBackend) {
  add("backends/acme/LoopSplit", "loop-split", "LoopSplit", "acme");
  expect(split,
         {"backends/acme/LoopSplit/CMakeLists.txt:2:26: error: found the "
          "scope 'acme' without a backend, expected triton_ext_scope(NAME "
          "acme BACKEND ...) in backends/acme/CMakeLists.txt"});
}

TEST_F(FolderTest, KindThatDisagrees) {
  add("dialects/LoopSplit", "loop-split", "LoopSplit", "generic", "dialect");
  expect(split, {"r.yaml:1:1: error: found the kind 'transform', expected "
                 "'dialect', as the folder dialects/LoopSplit declares"});
}

TEST_F(FolderTest, PassOfAnotherKind) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  expect("loop-split:\n  summary: S.\n  kind: backend\n",
         {"r.yaml:3:9: error: found the kind 'backend', expected transform, "
          "analysis, instrument or conversion, since the folder "
          "passes/LoopSplit declares a pass"});
}

TEST_F(FolderTest, ClassOfAnotherName) {
  add("passes/LoopSplit", "loop-split", "LoopSplitter");
  expect(split, {"passes/LoopSplit/CMakeLists.txt:2:26: error: found the class "
                 "'LoopSplitter', expected 'LoopSplit', as the name "
                 "'loop-split' says"});
}

TEST_F(FolderTest, FolderOfAnotherName) {
  add("passes/Split", "loop-split", "LoopSplit");
  expect(split, {"passes/Split/CMakeLists.txt:2:26: error: found the folder "
                 "'Split', expected 'LoopSplit', as the class is called"});
}

TEST_F(FolderTest, NameNotKebabCase) {
  add("passes/LoopSplit", "LoopSplit", "LoopSplit");
  expect("", {"passes/LoopSplit/CMakeLists.txt:2:26: error: found 'LoopSplit', "
              "expected a name in kebab-case; did you mean 'loop-split'?",
              "passes/LoopSplit/CMakeLists.txt:2:26: error: found 'LoopSplit' "
              "declared by the folder passes/LoopSplit, expected an entry "
              "'LoopSplit' in r.yaml"});
}

TEST_F(FolderTest, TwoFoldersOfOneName) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  add("backends/nvidia/LoopSplit", "loop-split", "LoopSplit", "nvidia");
  expect(split, {"backends/nvidia/LoopSplit/CMakeLists.txt:2:26: error: found "
                 "'loop-split' declared by a second folder, expected it in "
                 "passes/LoopSplit only"});
}

TEST_F(FolderTest, WhatIsRetiredMayHaveLostItsFolder) {
  add("passes/LoopSplit", "loop-split", "LoopSplit");
  expect(split + "old-split:\n  summary: S.\n  exactness: bit-exact\n"
                 "  status: retired\n  successor: loop-split\n",
         {});
  EXPECT_FALSE(registry.entries[1].isDeclared);
}

TEST_F(FolderTest, TestsMayHoldSeveralInOneFolder) {
  add("test/planted", "planted-crash", "PlantedCrash");
  expect("planted-crash:\n  summary: S.\n  exactness: bit-exact\n", {});
}

} // namespace
