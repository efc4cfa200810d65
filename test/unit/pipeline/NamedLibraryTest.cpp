//===- NamedLibraryTest.cpp - A library with a name -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// This program is test/library, whose name is mine.
//===----------------------------------------------------------------------===//

#include "infra/pipeline/Knobs.h"
#include "infra/pipeline/PipelineText.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace triton_ext;

namespace {

std::string canonical(StringRef text) {
  PipelineError error;
  std::optional<Pipeline> pipeline = parsePipeline(text, error);
  return pipeline ? pipeline->canonical() : error.code + ": " + error.sentence;
}

TEST(NamedLibrary, ItsOwnNamesNeedNoPrefix) {
  EXPECT_EQ(canonical("loop-split{value=2},mine/loop-split,fault"),
            "mine/loop-split{value=2},mine/loop-split,mine/fault");
  EXPECT_EQ(find("loop-split"), find("mine/loop-split"));
  EXPECT_EQ(find("loop-split")->name, "mine/loop-split");
  EXPECT_EQ(find("yours/loop-split"), nullptr);
  EXPECT_EQ(nearest("loop-spilt").front(), "mine/loop-split");
}

TEST(NamedLibrary, PassesKeepTheirArgument) {
  const Extension *extension = find("loop-split");
  ASSERT_TRUE(extension && extension->create);
  EXPECT_EQ(extension->create()->getArgument(), "loop-split");
  EXPECT_EQ(extension->after, ArrayRef<StringRef>{"mine/fault"});
}

/// With a library without a name beside it, the one that has a name as it is
/// written has it, and the knobs of a pass are still its own.
TEST(NamedLibrary, WhatIsWrittenIsTheWholeName) {
  static Extension theirs = {};
  theirs.name = "loop-split";
  theirs.kind = "transform";
  theirs.elsewhere = true;
  static const AddedLibrary library = {"", "/lib.so", "1", "0", theirs};
  ASSERT_EQ(addLibrary(library), nullptr);
  EXPECT_EQ(find("loop-split"), addedLibrary("")->extensions.begin());
  EXPECT_EQ(canonical("loop-split,mine/loop-split,fault"),
            "loop-split,mine/loop-split,mine/fault");
  EXPECT_EQ(findOwn("loop-split")->name, "mine/loop-split");
  EXPECT_TRUE(succeeded(checkKnobs(
      "loop-split", "value=3", [](const Twine &) { return llvm::failure(); })));
}

} // namespace
