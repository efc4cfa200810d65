//===- ExchangeTest.cpp - Texts, gates and crossings ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Compare.h"
#include "infra/exchange/Context.h"
#include "infra/exchange/Crossing.h"
#include "infra/exchange/ModuleText.h"
#include "triton_ext/Request.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace triton_ext;

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

TEST(ModuleText, AliasesInsideOpaqueTextAreExpanded) {
  EXPECT_EQ(expandAliases("#mma = #ttg.mma<{v = 2}>\n"
                          "#dot = #ttg.dot_op<{parent = #mma}>\n"
                          "#loc = loc(\"f\":1:2)\n"
                          "\"a.b\"() : () -> tensor<4xf32, #dot> loc(#loc)\n"),
            "#loc = loc(\"f\":1:2)\n"
            "\"a.b\"() : () -> tensor<4xf32, "
            "#ttg.dot_op<{parent = #ttg.mma<{v = 2}>}>> loc(#loc)\n");
}

TEST(ModuleText, TypesAndNamesThatBeginAlike) {
  EXPECT_EQ(expandAliases("!t = !tt.ptr<f32>\n#a = 1 : i32\n#a1 = 2 : i32\n"
                          "\"x.y\"() {k = #a1, l = #a} : () -> !t"),
            "\"x.y\"() {k = 2 : i32, l = 1 : i32} : () -> !tt.ptr<f32>");
}

TEST(ModuleText, StringsAreLeftAlone) {
  EXPECT_EQ(expandAliases("#a = 1 : i32\n"
                          "\"x.y\"() {s = \"\\\"#a\", k = #a} : () -> ()"),
            "\"x.y\"() {s = \"\\\"#a\", k = 1 : i32} : () -> ()");
}

TEST(ModuleText, AliasesComeBack) {
  StringRef text = "#b = #ttg.b<{x = [1]}>\n"
                   "#loc = loc(\"f\":1:1)\n"
                   "#s = #ttg.s<{parent = #b}>\n"
                   "#m = #ttg.memory\n"
                   "\"x.y\"() {a = #b, c = #s, d = #m, e = #ttg.memory_more, "
                   "s = \"#ttg.memory\"} : () -> () loc(#loc)\n";
  EXPECT_EQ(contractAliases(expandAliases(text), text), text);
  StringRef moved =
      "#loc = loc(\"g\":1:1)\n\"x.y\"() {a = #ttg.b<{x = [1]}>} : "
      "() -> ()\n";
  EXPECT_EQ(contractAliases(moved, text),
            "#b = #ttg.b<{x = [1]}>\n#s = #ttg.s<{parent = #b}>\n"
            "#m = #ttg.memory\n#loc = loc(\"g\":1:1)\n"
            "\"x.y\"() {a = #b} : () -> ()\n");
  EXPECT_EQ(contractAliases(moved, "\"x.y\"() : () -> ()\n"), moved);
}

TEST(ModuleText, OperationAtALine) {
  StringRef text = "\"builtin.module\"() ({\n"
                   "  %0 = \"arith.constant\"() <{value = \"x\"}> : () -> i32\n"
                   "  ^bb0:\n"
                   "}) : () -> ()";
  EXPECT_EQ(operationAtLine(text, 1), "builtin.module");
  EXPECT_EQ(operationAtLine(text, 2), "arith.constant");
  EXPECT_EQ(operationAtLine(text, 3), "arith.constant");
  EXPECT_EQ(operationAtLine(text, 4), "builtin.module");
  EXPECT_EQ(operationAtLine("", 1), "");
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

TEST(Compare, LocationsNamesAndAliasesAside) {
  EXPECT_FALSE(difference("#b = #ttg.b<{x = [1]}>\n"
                          "%a = \"x.y\"() : () -> tensor<2xi32, #b> "
                          "loc(\"f\":1:1)\n\"x.z\"(%a) : (tensor<2xi32, #b>) "
                          "-> ()",
                          "%0 = \"x.y\"() : () -> "
                          "tensor<2xi32, #ttg.b<{x = [1]}>>\n\"x.z\"(%0) : "
                          "(tensor<2xi32, #ttg.b<{x = [1]}>>) -> ()"));
}

TEST(Compare, OneNameForTwoThingsIsADifference) {
  // The bodies are the same to the letter.
  auto lost = difference("#m = #ttg.m<{v = 2}>\n"
                         "\"x.y\"() {e = #ttg.d<{p = #m}>} : () -> ()",
                         "#m = #ttg.m<{v = 3}>\n"
                         "\"x.y\"() {e = #ttg.d<{p = #m}>} : () -> ()");
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->operation, "x.y");
}

TEST(Compare, OperationsOfBuiltinLoseNothingEither) {
  auto lost =
      difference("\"builtin.module\"() <{foo = 1 : i32}> ({\n}) : () -> ()",
                 "\"builtin.module\"() ({\n}) : () -> ()");
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->operation, "builtin.module");
}

TEST(Compare, TheFirstOperationThatDiffersIsNamed) {
  const char *sent = "\"x.a\"() : () -> ()\n"
                     "\"x.b\"() <{foo = 1 : i32, bar}> : () -> ()\n"
                     "\"x.c\"() : () -> ()";
  auto lost = difference(sent, "\"x.a\"() : () -> ()\n"
                               "\"x.b\"() <{bar}> : () -> ()\n"
                               "\"x.c\"() : () -> ()");
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->operation, "x.b");
  EXPECT_NE(lost->message.find("foo = 1"), std::string::npos);
  auto shorter = difference(sent, "\"x.a\"() : () -> ()");
  ASSERT_TRUE(shorter);
  auto unreadable = difference(sent, "no MLIR");
  ASSERT_TRUE(unreadable);
  EXPECT_NE(unreadable->message.find("cannot be compared"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Crossings
//===----------------------------------------------------------------------===//

namespace {

/// A module in generic form around one function body.
std::string module(StringRef body, StringRef visibility = "public") {
  return ("\"builtin.module\"() ({\n"
          "  \"tt.func\"() <{function_type = (!tt.ptr<f32>, i32) -> (), "
          "sym_name = \"k\", sym_visibility = \"" +
          visibility +
          "\"}> ({\n"
          "  ^bb0(%p: !tt.ptr<f32> loc(unknown), %n: i32 loc(unknown)):\n" +
          body +
          "    \"tt.return\"() : () -> () loc(unknown)\n"
          "  }) {noinline = false} : () -> () loc(unknown)\n"
          "}) : () -> () loc(unknown)\n")
      .str();
}

const char store[] =
    "    %c = \"arith.constant\"() <{value = 1.000000e+00 : f32}> : () -> f32 "
    "loc(unknown)\n"
    "    \"tt.store\"(%p, %c) <{boundaryCheck = array<i32>, cache = 1 : i32, "
    "evict = 1 : i32}> : (!tt.ptr<f32>, f32) -> () loc(unknown)\n";

CrossingResult run(StringRef text, StringRef json) {
  std::string error;
  auto request = CrossingRequest::parse(json, error);
  EXPECT_TRUE(request) << error;
  return cross(text, *request, [](StringRef) {});
}

std::string str(json::Object object) {
  std::string text;
  raw_string_ostream os(text);
  os << json::Value(std::move(object));
  return text;
}

/// Something that reading would drop, and the operation that holds it.
struct Planted {
  const char *body, *operation;
};
void PrintTo(const Planted &planted, std::ostream *os) {
  *os << planted.operation;
}
class InboundGate : public testing::TestWithParam<Planted> {};

} // namespace

TEST(Crossing, AnEmptyPipelineGivesTheTextBack) {
  std::string text = module(store);
  CrossingResult result = run(text, R"({"pipeline": ""})");
  EXPECT_EQ(result.status, CrossingStatus::Changed) << str(result.report);
  EXPECT_FALSE(difference(text, result.output)) << result.output;
}

TEST(Crossing, TheVisibilityIsRestored) {
  std::string marked = module(store, "triton_ext.crossing");
  CrossingResult named =
      run(marked, R"({"pipeline": "", "visibility": "private"})");
  EXPECT_NE(named.output.find("sym_visibility = \"private\""),
            std::string::npos)
      << named.output;
  CrossingResult absent =
      run(marked, R"({"pipeline": "", "visibility": null})");
  EXPECT_EQ(absent.output.find("sym_visibility"), std::string::npos)
      << absent.output;
}

TEST(Crossing, NothingOfOursGoesBack) {
  std::string text = module("    \"x.y\"() {triton_ext.mark, k} : () -> () "
                            "loc(unknown)\n" +
                            std::string(store));
  CrossingResult result = run(text, R"({"pipeline": "planted-change"})");
  EXPECT_EQ(result.status, CrossingStatus::Changed) << str(result.report);
  EXPECT_EQ(result.output.find("triton_ext"), std::string::npos)
      << result.output;
}

TEST(Crossing, AnUnchangedModuleIsNotWritten) {
  CrossingResult result = run(module(""), R"({"pipeline": "planted-change"})");
  EXPECT_EQ(result.status, CrossingStatus::Unchanged) << str(result.report);
  EXPECT_TRUE(result.output.empty());
}

TEST(Crossing, ThePassesWordsAreKeptWithTheirPlace) {
  std::string body = "    \"tt.store\"(%p, %c) : (!tt.ptr<f32>, f32) -> () "
                     "loc(\"k.py\":7:3)\n";
  std::string constant =
      std::string(store).substr(0, std::string(store).find("    \"tt.store\""));
  CrossingResult result =
      run(module(constant + body), R"({"pipeline": "planted-change"})");
  json::Array *passes = result.report.getArray("passes");
  ASSERT_TRUE(passes && passes->size() == 1) << str(result.report);
  json::Object *pass = (*passes)[0].getAsObject();
  json::Array *remarks = pass->getArray("remarks");
  ASSERT_TRUE(remarks && remarks->size() == 1) << str(result.report);
  json::Object *remark = (*remarks)[0].getAsObject();
  EXPECT_EQ(remark->getString("kind"), StringRef("fired"));
  EXPECT_EQ(remark->getString("text"), StringRef("stores its value plus 1"));
  EXPECT_EQ(remark->getString("file"), StringRef("k.py"));
  EXPECT_EQ(remark->getInteger("line"), 7);
  EXPECT_EQ(pass->getInteger("count"), 1);
}

TEST(Crossing, PassesOfAnotherStageAreLeftOut) {
  CrossingResult result =
      run(module(store), R"({"pipeline": "planted-crash", "stage": "ttgir"})");
  EXPECT_EQ(result.status, CrossingStatus::Unchanged) << str(result.report);
}

TEST(Crossing, TheKernelChoosesTheRule) {
  auto passes = [](StringRef kernel) {
    CrossingResult result = run(
        module(store), ("{\"pipeline\": \"add_*: planted-change; stock_*: ; "
                        "[!x]*: planted-change,planted-fail\", \"kernel\": "
                        "\"" +
                        kernel + "\"}")
                           .str());
    std::string names = statusWord(result.status).str();
    for (const json::Value &pass : *result.report.getArray("passes"))
      names += (" " + *pass.getAsObject()->getString("name")).str();
    return names;
  };
  EXPECT_EQ(passes("add_1"), "changed planted-change");
  EXPECT_EQ(passes("a"), "failed planted-change planted-fail");
  // A rule without passes, and no rule.
  EXPECT_EQ(passes("stock_1"), "unchanged");
  EXPECT_EQ(passes("x"), "unchanged");
}

TEST(Crossing, AKernelWithoutARuleIsNotRead) {
  CrossingResult result =
      run("no MLIR", R"({"pipeline": "a: planted-change", "kernel": "b"})");
  EXPECT_EQ(result.status, CrossingStatus::Unchanged) << str(result.report);
  EXPECT_TRUE(result.output.empty());
}

TEST(Crossing, PlacesAreForWhoeverRunsTheStockPasses) {
  for (StringRef pipeline :
       {"planted-change@before=ttir.x", "planted-change,drop=ttir.x",
        "ttir.x{y=1}", "other: drop=ttir.x; planted-change"}) {
    CrossingResult result =
        run(module(store), ("{\"pipeline\": \"" + pipeline + "\"}").str());
    EXPECT_EQ(result.status, CrossingStatus::BadRequest) << pipeline.str();
    json::Object *error = result.report.getObject("error");
    ASSERT_TRUE(error) << str(result.report);
    EXPECT_EQ(error->getString("code"), StringRef("placement"));
    EXPECT_TRUE(error->getString("message")->contains("ttir.x"))
        << str(result.report);
  }
}

TEST(Crossing, AFailingPassIsNamed) {
  CrossingResult result =
      run(module(store), R"({"pipeline": "planted-change,planted-fail"})");
  EXPECT_EQ(result.status, CrossingStatus::Failed);
  json::Object *error = result.report.getObject("error");
  ASSERT_TRUE(error) << str(result.report);
  EXPECT_EQ(error->getString("pass"), StringRef("planted-fail"));
  EXPECT_TRUE(error->getString("message")->contains("planted to fail"));
  EXPECT_TRUE(result.output.empty());
}

TEST_P(InboundGate, RefusesWhatWouldBeLost) {
  CrossingResult result = run(module(GetParam().body), R"({"pipeline": ""})");
  EXPECT_EQ(result.status, CrossingStatus::Refused) << result.output;
  json::Object *error = result.report.getObject("error");
  ASSERT_TRUE(error) << str(result.report);
  EXPECT_EQ(error->getString("operation"), StringRef(GetParam().operation))
      << str(result.report);
}

INSTANTIATE_TEST_SUITE_P(
    Crossing, InboundGate,
    testing::Values(
        Planted{"%a = \"arith.addi\"(%n, %n) <{overflowFlags = "
                "#arith.overflow<none>, foo = 1 : i32}> : (i32, i32) -> i32\n",
                "arith.addi"},
        Planted{"%a = \"tt.get_program_id\"() <{axis = 0 : i32, foo = 1 : "
                "i32}> : () -> i32\n",
                "tt.get_program_id"},
        Planted{"%b = \"arith.constant\"() <{value = true}> : () -> i1\n"
                "\"scf.if\"(%b) <{foo = 1 : i32}> ({\n\"scf.yield\"() : () -> "
                "()\n}, {\n}) : (i1) -> ()\n",
                "scf.if"},
        Planted{"%x = \"arith.sitofp\"(%n) : (i32) -> f32\n"
                "%m = \"math.exp2\"(%x) <{fastmath = #arith.fastmath<none>, "
                "foo = 1 : i32}> : (f32) -> f32\n",
                "math.exp2"}));

//===----------------------------------------------------------------------===//
// What crosses with a module
//===----------------------------------------------------------------------===//

TEST(RequestAttribute, HoldsScalarsAndListsOfWords) {
  ContextLease context = borrowContext();
  Expected<json::Value> fields = json::parse(
      R"({"arch": 90, "words": ["a", "b"], "mixed": ["a", 1], "none": []})");
  ASSERT_TRUE(bool(fields));
  Request request(requestAttribute(context.get(), *fields->getAsObject()));
  EXPECT_EQ(request.capability(), 90);
  EXPECT_EQ(request.words("words"), (SmallVector<StringRef>{"a", "b"}));
  EXPECT_EQ(request.words("none"), SmallVector<StringRef>());
  EXPECT_EQ(request.words("mixed"), std::nullopt);
  EXPECT_EQ(request.words("arch"), std::nullopt);
  EXPECT_EQ(Request().words("words"), std::nullopt);
}
