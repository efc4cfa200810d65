//===- PipelineTextTest.cpp - The text that names passes --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/PipelineText.h"
#include "gtest/gtest.h"

using namespace triton_ext;

namespace {

std::string canonical(llvm::StringRef text) {
  PipelineError error;
  auto pipeline = parsePipeline(text, error);
  return pipeline ? pipeline->canonical() : "error: " + error.message();
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
       {"planted-change{value=7},planted-crash", "planted-change", ""})
    EXPECT_EQ(canonical(text), text);
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
