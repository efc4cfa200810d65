//===- CatalogueTest.cpp - The compiled catalogue ---------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// sample.yaml, as the build turned it into a table and into passes.
//===----------------------------------------------------------------------===//
#include "infra/registry/Catalogue.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace triton_ext;

static unsigned registrations = 0;

namespace triton_ext {
/// What the folder of a dialect defines.
void registerSampleDialectDialect(mlir::DialectRegistry &registry) {
  ++registrations;
}
} // namespace triton_ext

namespace {

const Extension &sample() { return *find("sample-knobs"); }
const Knob &knob(StringRef name) { return *sample().knob(name); }

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

TEST(CatalogueTest, IsSortedByName) {
  std::vector<StringRef> names;
  for (const Extension &extension : catalogue())
    names.push_back(extension.name);
  EXPECT_EQ(names, (std::vector<StringRef>{"old-sample", "sample-arch",
                                           "sample-dialect", "sample-knobs",
                                           "sample-target"}));
}

TEST(CatalogueTest, RegistersTheDialectsThatHaveAFolder) {
  mlir::DialectRegistry registry;
  registrations = 0;
  registerOwnDialects(registry);
  EXPECT_EQ(registrations, 1u);
}

TEST(CatalogueTest, FindsByExactName) {
  for (const Extension &extension : catalogue())
    EXPECT_EQ(find(extension.name), &extension);
  for (StringRef name :
       {"", "sample", "sample-knob", "sample-knobss", "zzz", "SampleKnobs"})
    EXPECT_EQ(find(name), nullptr) << name.str();
}

TEST(CatalogueTest, NamesTheNearest) {
  EXPECT_EQ(nearest("sample-konbs", 1), std::vector<StringRef>{"sample-knobs"});
  EXPECT_EQ(nearest("sample-target").front(), "sample-target");
  EXPECT_EQ(nearest("nothing-like-it").size(), 3u);
  EXPECT_EQ(nearest("x", 99).size(), catalogue().size());
  EXPECT_EQ(nearestKnobs(sample(), "some_count", 1),
            std::vector<StringRef>{"some-count"});
}

TEST(CatalogueTest, HoldsWhatTheEntrySays) {
  const Extension &extension = sample();
  EXPECT_EQ(extension.className, "SampleKnobs");
  EXPECT_EQ(extension.folder, "test/unit/registry");
  EXPECT_EQ(extension.kind, "transform");
  EXPECT_EQ(extension.scope, "generic");
  EXPECT_EQ(extension.backend, "");
  EXPECT_EQ(extension.stage, "ttgir");
  EXPECT_EQ(extension.status, "experimental");
  EXPECT_EQ(extension.exactness, "approximates");
  EXPECT_EQ(extension.summary, "Say \"hello\" with a \\ and more.");
  EXPECT_EQ(extension.declines, "it \"likes\"");
  EXPECT_EQ(extension.assumes, ArrayRef<StringRef>{"offsets do not wrap"});
  EXPECT_EQ(extension.after, ArrayRef<StringRef>{"sample-target"});
  EXPECT_EQ(extension.conflicts, ArrayRef<StringRef>{"sample-arch"});
  EXPECT_EQ(extension.owner, "someone");
  EXPECT_EQ(extension.since, "0.1.0");
  EXPECT_EQ(extension.upstream, "https://example.org/1");
  ASSERT_EQ(extension.measured.size(), 1u);
  EXPECT_EQ(extension.measured[0].ratio, 0.97);
  EXPECT_EQ(extension.measured[0].knobs[0].value, "4");
  EXPECT_EQ(extension.knobs.size(), 8u);
  EXPECT_EQ(extension.knobs[0].name, "some-flag"); // the order of the file
  EXPECT_EQ(knob("some-count").low, "-1");
  EXPECT_EQ(knob("some-count").high, "8");
  EXPECT_EQ(knob("some-mode").values[0].help, "the \"first\"");
  EXPECT_TRUE(knob("some-ratio").log);
  EXPECT_EQ(extension.knob("someCount"), nullptr);
}

TEST(CatalogueTest, OnlyPassesWithCodeCanBeMade) {
  for (StringRef name : {"sample-arch", "sample-knobs", "sample-target"}) {
    ASSERT_NE(find(name)->create, nullptr) << name.str();
    EXPECT_EQ(find(name)->create()->getArgument(), name);
  }
  EXPECT_EQ(find("old-sample")->create, nullptr);
  EXPECT_EQ(find("old-sample")->successor, "sample-knobs");
  EXPECT_EQ(find("sample-dialect")->create, nullptr);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

TEST(CatalogueTest, ChecksValues) {
  EXPECT_EQ(checkKnob(knob("some-count"), "8"), std::nullopt);
  EXPECT_EQ(checkKnob(knob("some-count"), "9"),
            "some-count takes an integer from -1 to 8, not '9'");
  EXPECT_EQ(checkKnob(knob("some-flag"), "yes"),
            "some-flag takes true or false, not 'yes'");
  EXPECT_EQ(checkKnob(knob("some-mode"), "third-mode"),
            "some-mode takes first-mode or second-mode, not 'third-mode'");
  EXPECT_EQ(checkKnob(knob("some-ratio"), "0.2"),
            "some-ratio takes a number from 0.25 to 1, not '0.2'");
  EXPECT_EQ(checkKnob(knob("some-sizes"), "16,65"),
            "some-sizes takes a list of integers from 1 to 64, not '16,65'");
  EXPECT_EQ(checkKnob(knob("some-text"), "anything"), std::nullopt);
}

TEST(CatalogueTest, MakesValuesCanonical) {
  EXPECT_EQ(canonicalKnob(knob("some-count"), "007"), "7");
  EXPECT_EQ(canonicalKnob(knob("some-ratio"), "0.50"), "0.5");
  EXPECT_EQ(canonicalKnob(knob("some-sizes"), "{16, 032}"), "16,32");
  EXPECT_EQ(canonicalKnob(knob("some-count"), "many"), "many");
}

TEST(CatalogueTest, EveryDefaultAndTriedValueIsCanonical) {
  for (const Extension &extension : catalogue())
    for (const Knob &knob : extension.knobs) {
      EXPECT_EQ(checkKnob(knob, knob.defaultText), std::nullopt);
      EXPECT_EQ(canonicalKnob(knob, knob.defaultText), knob.defaultText);
      for (StringRef text : knob.tryTexts)
        EXPECT_EQ(canonicalKnob(knob, text), text);
    }
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

TEST(CatalogueTest, TargetsThatAPassIsFor) {
  const Extension &target = *find("sample-target");
  EXPECT_EQ(unmetRequirement(target, "cuda", "90"), std::nullopt);
  EXPECT_EQ(unmetRequirement(target, "hip", "119"), std::nullopt);
  EXPECT_EQ(unmetRequirement(target, "cuda", "80"),
            "sample-target requires capability >=90, <120, and this target is "
            "80");
  EXPECT_NE(unmetRequirement(target, "cuda", "120"), std::nullopt);
  EXPECT_NE(unmetRequirement(target, "hip", "gfx942"), std::nullopt);

  const Extension &arch = *find("sample-arch");
  EXPECT_EQ(arch.scope, "sample");
  EXPECT_EQ(arch.backend, "sampled");
  EXPECT_EQ(unmetRequirement(arch, "sampled", "s2"), std::nullopt);
  EXPECT_EQ(unmetRequirement(arch, "sampled", "s3"),
            "sample-arch requires arch s1,s2, and this target is s3");
  EXPECT_EQ(unmetRequirement(arch, "cuda", "90"),
            "sample-arch is for the backend sampled, not cuda");
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

TEST(CatalogueTest, IsJsonWithTypedValues) {
  json::Value all = toJSON();
  ASSERT_EQ(all.getAsArray()->size(), catalogue().size());
  const json::Object &entry = *(*all.getAsArray())[3].getAsObject();
  EXPECT_EQ(entry.getString("name"), "sample-knobs");
  EXPECT_EQ(entry.getString("class"), "SampleKnobs");
  EXPECT_EQ(*entry.get("backend"), json::Value(nullptr));
  EXPECT_EQ(*entry.get("after"), json::Value(json::Array{"sample-target"}));
  EXPECT_EQ(*entry.get("measured"),
            json::Value(json::Array{
                json::Object{{"work", "attention"},
                             {"machine", "H200"},
                             {"triton", "3.6.0"},
                             {"ratio", 0.97},
                             {"knobs", json::Object{{"some-count", 4}}}}}));
  const json::Array &knobs = *entry.getArray("knobs");
  EXPECT_EQ(knobs[1], json::Value(json::Object{{"name", "some-count"},
                                               {"cpp", "someCount"},
                                               {"python", "some_count"},
                                               {"type", "int"},
                                               {"default", 2},
                                               {"range", json::Array{-1, 8}},
                                               {"try", json::Array{1, 2}},
                                               {"log", false},
                                               {"values", json::Array{}},
                                               {"help", "Count."}}));
  EXPECT_EQ(*knobs[0].getAsObject()->get("default"), json::Value(true));
  EXPECT_EQ(*knobs[2].getAsObject()->get("default"), json::Value(0.5));
  EXPECT_EQ(*knobs[5].getAsObject()->get("try"),
            json::Value(json::Array{json::Array{16}, json::Array{32, 64}}));
  EXPECT_EQ(*knobs[6].getAsObject()->get("default"),
            json::Value(json::Array{}));
  EXPECT_EQ(*(*all.getAsArray())[1].getAsObject()->get("requires"),
            json::Value(json::Object{{"arch", "s1,s2"}}));
}

//===----------------------------------------------------------------------===//
// The generated base class
//===----------------------------------------------------------------------===//

class GeneratedPassTest : public testing::Test {
protected:
  /// Runs sample-knobs with these options of a pipeline's text.
  void run(StringRef options) {
    error.clear();
    std::unique_ptr<mlir::Pass> pass = sample().create();
    isInitialized = succeeded(
        pass->initializeOptions(options, [this](const Twine &message) {
          error = message.str();
          return failure();
        }));
    if (!isInitialized)
      return;
    mlir::OpPassManager pipeline("builtin.module");
    pipeline.addPass(std::move(pass));
    // Threads run copies, which must have the knobs too.
    mlir::PassManager manager(&context);
    static_cast<mlir::OpPassManager &>(manager) = pipeline;
    ASSERT_TRUE(succeeded(manager.run(*module)));
  }
  std::string printed() {
    std::string text;
    raw_string_ostream(text) << (*module)->getAttr("sample.knobs");
    return text;
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  bool isInitialized = false;
  std::string error;
};

TEST_F(GeneratedPassTest, KnobsHaveTheirDefaults) {
  run("");
  ASSERT_TRUE(isInitialized) << error;
  EXPECT_EQ(printed(),
            "{count = 2 : i64, debug = \"sample-knobs\", flag = true, least = "
            "-9223372036854775808 : i64, mode = \"second\", none = "
            "array<i64>, ratio = 5.000000e-01 : f64, sizes = array<i64: 16, "
            "32>, text = \"a \\22b\\22 \\\\ c\"}");
}

TEST_F(GeneratedPassTest, KnobsAreSetFromText) {
  run("some-flag=false some-count=-1 some-ratio=0.25 some-mode=first-mode "
      "some-text=word some-sizes=1,64 no-sizes=3 least=5");
  ASSERT_TRUE(isInitialized) << error;
  EXPECT_EQ(printed(),
            "{count = -1 : i64, debug = \"sample-knobs\", flag = false, least "
            "= 5 : i64, mode = \"first\", none = array<i64: 3>, ratio = "
            "2.500000e-01 : f64, sizes = array<i64: 1, 64>, text = \"word\"}");
}

TEST_F(GeneratedPassTest, RangesHoldWhereAPipelineIsParsed) {
  for (StringRef options :
       {"some-count=9", "some-ratio=2", "some-sizes=1,65", "some-mode=third",
        "some-flag=maybe", "unknown=1", "some-count=two"}) {
    run(options);
    EXPECT_FALSE(isInitialized) << options.str();
    EXPECT_NE(error, "") << options.str();
  }
  run("some-count=9");
  EXPECT_NE(error.find("some-count takes an integer from -1 to 8, not '9'"),
            std::string::npos)
      << error;
}

} // namespace
