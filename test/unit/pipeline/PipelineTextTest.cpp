//===- PipelineTextTest.cpp - The text that names passes --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/PipelineText.h"
#include "infra/pipeline/KernelPattern.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace triton_ext;

namespace {

std::string canonical(llvm::StringRef text) {
  PipelineError error;
  auto pipeline = parsePipeline(text, error);
  return pipeline ? pipeline->canonical() : "error: " + error.message();
}

/// The JSON of one step of the only rule.
std::string stepJSON(llvm::StringRef text) {
  PipelineError error;
  auto pipeline = parsePipeline(text, error);
  if (!pipeline)
    return error.message();
  std::string json;
  llvm::raw_string_ostream os(json);
  llvm::json::Value all = pipeline->toJSON();
  const llvm::json::Value &rule = all.getAsObject()->getArray("rules")->front();
  os << rule.getAsObject()->getArray("steps")->front();
  return json;
}

struct Mistake {
  const char *text;
  const char *code;
  unsigned line, column;
  /// Part of the message.
  const char *phrase;
};

void PrintTo(const Mistake &mistake, std::ostream *os) { *os << mistake.text; }

class Mistakes : public testing::TestWithParam<Mistake> {};

} // namespace

TEST(PipelineText, EqualPipelinesHaveEqualText) {
  EXPECT_EQ(canonical(""), "");
  EXPECT_EQ(canonical("  \n "), "");
  EXPECT_EQ(canonical("planted-crash"), "planted-crash");
  EXPECT_EQ(canonical(" planted-crash ,\n planted-hang "),
            "planted-crash,planted-hang");
  EXPECT_EQ(canonical("builtin.module(planted-crash)"), "planted-crash");
  EXPECT_EQ(canonical("builtin.module( )"), "");
  EXPECT_EQ(canonical("planted-crash{}"), "planted-crash");
  EXPECT_EQ(canonical("planted-change{value=7}"), "planted-change{value=7}");
  EXPECT_EQ(canonical("planted-change{ value=007 }"),
            "planted-change{value=7}");
  EXPECT_EQ(canonical("planted-change{value='7'}"), "planted-change{value=7}");
  // The default is left out.
  EXPECT_EQ(canonical("planted-change{value=1}"), "planted-change");
}

TEST(PipelineText, CanonicalTextIsAFixedPoint) {
  for (llvm::StringRef text :
       {"planted-change{value=7},planted-crash", "planted-change", "",
        "planted-change{value=7}@before=ttir.loop_unroll#2?",
        "drop=ttir.common.cse#1?,ttgpuir.pipeline{num-stages=4}",
        "ttir.x{a=1.5 b=-3 c='true' d='1' e=a-b/c:d f='' g='two words' h=\"'\" "
        "i='True' j=true k='a,b'}",
        "a_[!0-9]??*: planted-crash; b:; planted-fail",
        "<crossing>@after=ttgir.common.cse"})
    EXPECT_EQ(canonical(text), text);
}

TEST(PipelineText, PlacesHaveOneSpelling) {
  EXPECT_EQ(canonical("planted-crash @ before = ttir.loop-unroll"),
            "planted-crash@before=ttir.loop_unroll");
  // The stage is the pass's and the first occurrence is meant anyway.
  EXPECT_EQ(canonical("planted-crash@replace=ttir.common.cse#1"),
            "planted-crash@replace=common.cse");
  EXPECT_EQ(canonical("builtin.module(planted-crash{}@after=common.cse#02?)"),
            "planted-crash@after=common.cse#2?");
  // All of them and the first one are two things.
  EXPECT_EQ(canonical("drop = ttir.common.cse , drop=common.cse#1"),
            "drop=ttir.common.cse,drop=common.cse#1");
}

TEST(PipelineText, KnobsOfStockPassesHaveOneSpelling) {
  EXPECT_EQ(canonical("ttgpuir.pipeline { num_stages=+04 a_b=0.50 c=1.0 }"),
            "ttgpuir.pipeline{a-b=0.5 c=1 num-stages=4}");
  EXPECT_EQ(canonical("ttir.x{a='word' b=\"true\" c=\"1.50\" d=1e3 e=-0.0}"),
            "ttir.x{a=word b='true' c='1.50' d=1000 e=0}");
}

TEST(PipelineText, RulesHaveOneSpelling) {
  EXPECT_EQ(canonical("*: planted-crash"), "planted-crash");
  EXPECT_EQ(canonical(" ** : planted-crash ; "), "planted-crash");
  EXPECT_EQ(canonical("a*:planted-crash;\n*:planted-fail;"),
            "a*: planted-crash; planted-fail");
  EXPECT_EQ(canonical("a*?**?b :planted-crash"), "a??*b: planted-crash");
  EXPECT_EQ(canonical("a:builtin.module();builtin.module(planted-fail)"),
            "a:; planted-fail");
  // What no rule is for is stock's, too.
  EXPECT_EQ(canonical("a: planted-crash; b: ; *:"), "a: planted-crash");
  EXPECT_EQ(canonical("a: ; "), "");
}

TEST(PipelineText, TheFirstRuleThatMatches) {
  PipelineError error;
  auto pipeline = parsePipeline("add_*: planted-crash; *_[0-9]: ; ad?: "
                                "planted-hang,planted-exit@before=a.b",
                                error);
  ASSERT_TRUE(pipeline) << error.message();
  auto text = [&](llvm::StringRef kernel) {
    const PipelineRule *rule = pipeline->ruleFor(kernel);
    return rule ? rule->text() : "none";
  };
  EXPECT_EQ(text("add_1"), "add_*: planted-crash");
  EXPECT_EQ(text("sub_1"), "*_[0-9]:");
  EXPECT_EQ(text("add"), "ad?: planted-hang,planted-exit@before=a.b");
  EXPECT_EQ(text("ADD"), "none");
  EXPECT_EQ(text(""), "none");
  EXPECT_EQ(pipeline->elements().size(), 3u);
  EXPECT_EQ(stepText(*pipeline->firstPlaced()), "planted-exit@before=a.b");
}

TEST(PipelineText, StepsThatNeedTheStockPipeline) {
  PipelineError error;
  EXPECT_EQ(
      parsePipeline("a: planted-crash; planted-fail", error)->firstPlaced(),
      nullptr);
  for (llvm::StringRef text :
       {"drop=a.b", "a.b{c=1}", "planted-fail@after=a.b"})
    EXPECT_EQ(stepText(*parsePipeline(text, error)->firstPlaced()), text);
}

TEST(PipelineText, StepsAsJSON) {
  EXPECT_EQ(stepJSON("planted-change{value=7}@after=ttir.common.cse#2?"),
            R"({"kind":"pass","knobs":{"value":"7"},"library":"",)"
            R"("name":"planted-change","place":{"how":"after","occurrence":2,)"
            R"("optional":true,"pass":"common.cse","stage":"ttir"},)"
            R"("stage":"ttir","status":"experimental"})");
  EXPECT_EQ(stepJSON("planted-crash"),
            R"({"kind":"pass","knobs":{},"library":"","name":"planted-crash",)"
            R"("place":null,"stage":"ttir","status":"experimental"})");
  EXPECT_EQ(stepJSON("drop=ttgpuir.pipeline"),
            R"({"kind":"drop","knobs":{},"library":null,)"
            R"("name":"ttgpuir.pipeline","place":{"how":"drop",)"
            R"("occurrence":null,"optional":false,"pass":"ttgpuir.pipeline",)"
            R"("stage":null},"stage":null,"status":null})");
  EXPECT_EQ(stepJSON("ttgir.a.b#3{x=true y=4 z=0.5 w='4' v=word}"),
            R"({"kind":"stock","knobs":{"v":"word","w":"4","x":true,"y":4,)"
            R"("z":0.5},"library":null,"name":"a.b","place":{"how":"stock",)"
            R"("occurrence":3,"optional":false,"pass":"a.b","stage":"ttgir"},)"
            R"("stage":"ttgir","status":null})");
  EXPECT_EQ(stepJSON("<crossing>@before=ttgir.a.b"),
            R"({"kind":"pass","knobs":{},"library":"","name":"",)"
            R"("place":{"how":"before","occurrence":null,"optional":false,)"
            R"("pass":"a.b","stage":"ttgir"},"stage":null,)"
            R"("status":"stable"})");
}

TEST(PipelineText, ElementsSayTheirKernels) {
  PipelineError error;
  llvm::json::Value json =
      parsePipeline("a_*: planted-crash,drop=a.b; planted-fail@before=a.b",
                    error)
          ->toJSON();
  std::string text;
  llvm::raw_string_ostream os(text);
  os << *json.getAsObject()->get("elements");
  EXPECT_EQ(text, R"([{"kernel":"a_*","knobs":{},"name":"planted-crash",)"
                  R"("stage":"ttir","status":"experimental"},)"
                  R"({"kernel":null,"knobs":{},"name":"planted-fail",)"
                  R"("stage":"ttir","status":"experimental"}])");
}

TEST(KernelPattern, NamesAreMatchedWhole) {
  EXPECT_TRUE(matchesKernel("kernel_*", "kernel_"));
  EXPECT_FALSE(matchesKernel("kernel_*", "my_kernel_1"));
  EXPECT_TRUE(matchesKernel("*_[a-cx][!0-9.]", "k_xz"));
  EXPECT_FALSE(matchesKernel("*_[a-cx][!0-9.]", "k_x0"));
  EXPECT_TRUE(matchesKernel("a.b-c?", "a.b-cd"));
  EXPECT_FALSE(matchesKernel("a.b", "axb"));
}

TEST_P(Mistakes, PointAtTheCharacter) {
  const Mistake &mistake = GetParam();
  PipelineError error;
  ASSERT_FALSE(parsePipeline(mistake.text, error)) << mistake.text;
  EXPECT_EQ(error.code, mistake.code) << error.message();
  EXPECT_EQ(error.line, mistake.line) << error.message();
  EXPECT_EQ(error.column, mistake.column) << error.message();
  EXPECT_NE(error.message().find(mistake.phrase), std::string::npos)
      << error.message();
  // The caret stands under that column of the line it quotes.
  std::string caret =
      "\n  " + error.source + "\n  " + std::string(error.column - 1, ' ') + "^";
  EXPECT_NE(error.message().find(caret), std::string::npos) << error.message();
}

INSTANTIATE_TEST_SUITE_P(
    PipelineText, Mistakes,
    testing::Values(
        Mistake{"planted-chang", "unknown-pass", 1, 1, "'planted-change'"},
        Mistake{"planted-crash, nothing-like-it", "unknown-pass", 1, 16,
                "unknown pass 'nothing-like-it'; nearest: '"},
        Mistake{"planted-crash,\n  planted-hangs", "unknown-pass", 2, 3,
                "'planted-hang'"},
        Mistake{"planted-change{valu=1}", "unknown-knob", 1, 16, "'value'"},
        Mistake{"planted-crash{value=1}", "unknown-knob", 1, 15,
                "it has no knobs"},
        Mistake{"planted-change{value=101}", "bad-value", 1, 22,
                "from 0 to 100"},
        Mistake{"planted-change{value=-1}", "bad-value", 1, 22, "'-1'"},
        Mistake{"planted-change{value=many}", "bad-value", 1, 22, "integer"},
        Mistake{"planted-change{value=}", "bad-value", 1, 22, "integer"},
        Mistake{"planted-change{value=99999999999999999999}", "bad-value", 1,
                22, "from 0 to 100"},
        Mistake{"planted-change{value=1 value=2}", "duplicate-knob", 1, 24,
                "twice"},
        Mistake{"planted-change{value}", "syntax", 1, 21, "'='"},
        Mistake{"planted-change{=1}", "syntax", 1, 16, "name"},
        Mistake{"planted-change{value=1", "syntax", 1, 15, "close"},
        Mistake{"planted-change{value=1}}", "syntax", 1, 24, "end"},
        Mistake{"planted-change{value='1}", "syntax", 1, 15, "close"},
        Mistake{"planted-crash planted-hang", "syntax", 1, 15, "','"},
        Mistake{"planted-crash,", "syntax", 1, 15, "name"},
        Mistake{",planted-crash", "syntax", 1, 1, "name"},
        // Rules.
        Mistake{";planted-crash", "syntax", 1, 1, "this rule is empty"},
        Mistake{"a: planted-crash;\n; planted-fail", "syntax", 2, 1,
                "this rule is empty"},
        Mistake{"planted-crash;;", "syntax", 1, 15, "this rule is empty"},
        Mistake{"a: planted-crash,;", "syntax", 1, 18, "name"},
        Mistake{"a: planted-crash b: planted-fail", "syntax", 1, 18, "';'"},
        Mistake{"planted-crash; a: planted-fail", "unreachable-rule", 1, 16,
                "no kernel is left for this rule"},
        Mistake{"a: planted-crash; *: planted-fail; b: planted-fail",
                "unreachable-rule", 1, 36, "last"},
        Mistake{"a*: planted-crash; a**: planted-fail", "duplicate-pattern", 1,
                20, "'a**' has a rule already"},
        Mistake{": planted-crash", "bad-pattern", 1, 1, "expected a pattern"},
        Mistake{"a b: planted-crash", "bad-pattern", 1, 2, "classes such as"},
        Mistake{"a; b$c: planted-crash", "unknown-pass", 1, 1, "'a'"},
        Mistake{"a: ; b$c: planted-crash", "bad-pattern", 1, 7, "character"},
        Mistake{"a]: planted-crash", "bad-pattern", 1, 2, "character"},
        Mistake{"a!: planted-crash", "bad-pattern", 1, 2, "character"},
        Mistake{"a[b: planted-crash", "bad-pattern", 1, 2, "does not close"},
        Mistake{"a[]: planted-crash", "bad-pattern", 1, 3, "no characters"},
        Mistake{"a[!]: planted-crash", "bad-pattern", 1, 4, "no characters"},
        Mistake{"[b-a]: planted-crash", "bad-pattern", 1, 2, "range is empty"},
        Mistake{"[!ab-]: planted-crash", "bad-pattern", 1, 5, "no end"},
        Mistake{"[a*]: planted-crash", "bad-pattern", 1, 3, "class"},
        Mistake{"[^a]: planted-crash", "bad-pattern", 1, 2, "class"},
        Mistake{"{a}: planted-crash", "syntax", 1, 1, "name"},
        // Places.
        Mistake{
            "planted-crash@befor=ttir.x", "unknown-place", 1, 15,
            "unknown place 'befor'; nearest: 'before'; a place is @before=, "
            "@after= or @replace="},
        Mistake{"planted-crash@around=ttir.x", "unknown-place", 1, 15,
                "'around'; a place is"},
        Mistake{"planted-crash@", "unknown-place", 1, 15, "after '@'"},
        Mistake{"planted-crash@=ttir.x", "unknown-place", 1, 15, "after '@'"},
        Mistake{"planted-crash@before ttir.x", "syntax", 1, 22, "'='"},
        Mistake{"planted-crash@before=", "syntax", 1, 22, "a stock pass is"},
        Mistake{"planted-crash@before=loop_unroll", "bad-point", 1, 22,
                "lacks the namespace"},
        Mistake{"planted-crash@before=a.b.c.d", "bad-point", 1, 22,
                "no stock pass"},
        Mistake{"planted-crash@before=a..b", "bad-point", 1, 22,
                "no stock pass"},
        Mistake{"planted-crash@before=a.1", "bad-point", 1, 22,
                "no stock pass"},
        Mistake{"planted-crash@before=ttir.add_loop-unroll", "bad-point", 1, 22,
                "nearest: 'ttir.loop_unroll'"},
        Mistake{"planted-crash@before=ttgir.common.cse", "wrong-stage", 1, 22,
                "planted-crash is for the stage ttir"},
        Mistake{"planted-crash@before=a.b#0", "bad-point", 1, 25, "from 1"},
        Mistake{"planted-crash@before=a.b#", "bad-point", 1, 25, "from 1"},
        Mistake{"planted-crash@before=a.b#x", "bad-point", 1, 25, "'#x'"},
        Mistake{"planted-crash@before=a.b#99999999999", "bad-point", 1, 25,
                "from 1"},
        Mistake{"planted-crash@before=a.b?#2", "syntax", 1, 26, "in front"},
        Mistake{"planted-crash@before=a.b@after=a.c", "duplicate-place", 1, 25,
                "name the pass twice"},
        Mistake{"planted-change@before=a.b{value=1}", "syntax", 1, 26,
                "knobs stand in front of the place"},
        Mistake{"<crossing>", "syntax", 1, 11, "'@'"},
        Mistake{"<crossing>{a=1}@before=a.b", "unknown-knob", 1, 12, "no knob"},
        // Stock passes.
        Mistake{"drop", "syntax", 1, 5, "'=' and a stock pass after 'drop'"},
        Mistake{"drop=", "syntax", 1, 6, "expected a stock pass"},
        Mistake{"drop=loop_unroll", "bad-point", 1, 6, "namespace"},
        Mistake{"drop=a.b@before=a.c", "bad-place", 1, 9, "has no place"},
        Mistake{"drop=a.b{c=1}", "syntax", 1, 9, "no knobs"},
        Mistake{"a.b", "syntax", 1, 1, "drop= in front of it"},
        Mistake{"a.b@before=c.d", "syntax", 1, 1, "is a stock pass"},
        Mistake{"a.b{c=1}@before=c.d", "bad-place", 1, 9, "stays where it is"},
        Mistake{"a.b{}", "syntax", 1, 4, "no knob of 'a.b' is set"},
        Mistake{"a.b{1c=1}", "unknown-knob", 1, 5, "no name of a knob"},
        Mistake{"a.b{c.d=1}", "unknown-knob", 1, 5, "no name of a knob"},
        Mistake{"a.b{c-d=1 c_d=1}", "duplicate-knob", 1, 11, "twice"},
        Mistake{"a.b{c=}", "bad-value", 1, 7, "has no value"},
        Mistake{"a.b{c=True}", "bad-value", 1, 7, "is written 'true'"},
        Mistake{"a.b{c=d,e}", "bad-value", 1, 7, "quotes"},
        Mistake{"a.b{c='d'e}", "bad-value", 1, 7, "quotes"},
        Mistake{"a.b{c={d}}", "bad-value", 1, 7, "quotes"},
        Mistake{"a.b{c='d}", "syntax", 1, 4, "close"},
        Mistake{"planted-crash)", "syntax", 1, 14, "end"},
        Mistake{"builtin.module(planted-crash", "syntax", 1, 29, "')'"}));

TEST(PipelineText, PassesAreMadeWithTheirKnobs) {
  PipelineError error;
  auto pipeline = parsePipeline("planted-change{value=7}", error);
  ASSERT_TRUE(pipeline);
  std::unique_ptr<mlir::Pass> pass = pipeline->elements()[0]->create();
  ASSERT_TRUE(pass);
  std::string text;
  llvm::raw_string_ostream os(text);
  pass->printAsTextualPipeline(os);
  EXPECT_EQ(text, "planted-change{value=7}");
}
