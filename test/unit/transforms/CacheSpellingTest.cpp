//===- CacheSpellingTest.cpp - Hints as releases spell them -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/CacheSpelling.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace triton_ext;
using triton::CacheModifier;
using triton::EvictionPolicy;

namespace {

class Hints : public testing::Test {
protected:
  Hints() {
    context.loadDialect<triton::TritonDialect>();
    context.allowUnregisteredDialects();
  }

  /// A kernel with one load and one store of these properties.
  void parse(llvm::StringRef load, llvm::StringRef store,
             llvm::StringRef attributes = "") {
    std::string text = ("module attributes {" + attributes + "} {\n" +
                        "tt.func @k(%p: tensor<8x!tt.ptr<f32>>) {\n" +
                        "%x = \"tt.load\"(%p) <{" + load +
                        "operandSegmentSizes = array<i32: 1, 0, 0>}> : " +
                        "(tensor<8x!tt.ptr<f32>>) -> tensor<8xf32>\n" +
                        "\"tt.store\"(%p, %x) <{" + store +
                        "}> : (tensor<8x!tt.ptr<f32>>, tensor<8xf32>) -> ()\n" +
                        "tt.return } }")
                           .str();
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    module->walk([&](triton::LoadOp op) { this->load = op; });
    module->walk([&](triton::StoreOp op) { this->store = op; });
  }

  std::string generic(Operation *op) {
    std::string text;
    llvm::raw_string_ostream os(text);
    op->print(os, OpPrintingFlags().printGenericOpForm());
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  triton::LoadOp load;
  triton::StoreOp store;
};

constexpr char integers[] = "cache = 1 : i32, evict = 1 : i32, ";
constexpr char policy[] = "cachePolicy = #tt.cache_policy<cache_modifier = cg, "
                          "eviction_policy = evict_first>";

TEST_F(Hints, SpellingShowsInTheModule) {
  parse(integers, "cache = 1 : i32, evict = 1 : i32");
  EXPECT_EQ(cacheSpellingOf(*module), CacheSpelling::Integers);
  parse("", policy);
  EXPECT_EQ(cacheSpellingOf(*module), CacheSpelling::Policy);
  parse("", "");
  EXPECT_EQ(cacheSpellingOf(*module), std::nullopt);
  parse("", "", "triton_ext.request = {}");
  EXPECT_EQ(cacheSpellingOf(*module), CacheSpelling::Policy);
}

TEST_F(Hints, AreReadInEitherSpelling) {
  parse("cache = 3 : i32, evict = 2 : i32, ", policy);
  CacheHint expected{CacheModifier::CG, EvictionPolicy::EVICT_FIRST};
  EXPECT_EQ(cacheHintOf(load), expected);
  EXPECT_EQ(cacheHintOf(store), expected);
  parse("", "cachePolicy = #amdg.policy<nontemporal>");
  EXPECT_TRUE(cacheHintOf(load)->isNone());
  EXPECT_EQ(cacheHintOf(store), std::nullopt);
  EXPECT_EQ(cacheHintOf(module->getOperation()), std::nullopt);
}

TEST_F(Hints, AreWrittenInEitherSpelling) {
  CacheHint hints{CacheModifier::NONE, EvictionPolicy::EVICT_LAST};
  parse(integers, "cache = 1 : i32, evict = 1 : i32");
  setCacheHint(load, hints, CacheSpelling::Integers);
  EXPECT_NE(generic(load).find("<{cache = 1 : i32, evict = 3 : i32, operand"),
            std::string::npos)
      << generic(load);
  parse("", "");
  setCacheHint(store, hints, CacheSpelling::Policy);
  EXPECT_NE(generic(store).find("<{cachePolicy = #tt.cache_policy<"
                                "cache_modifier = none, eviction_policy = "
                                "evict_last>}>"),
            std::string::npos)
      << generic(store);
  EXPECT_EQ(cacheHintOf(store), hints);
  setCacheHint(store, {}, CacheSpelling::Policy);
  EXPECT_EQ(generic(store).find("cachePolicy"), std::string::npos);
  EXPECT_TRUE(succeeded(verify(*module)));
}

} // namespace
