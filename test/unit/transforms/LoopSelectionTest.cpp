//===- LoopSelectionTest.cpp - Which loops are meant ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/LoopSelection.h"
#include "dialects/Triton/Triton.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace triton_ext;

namespace {

/// An outer loop that loads, with a loop inside that multiplies and one beside
/// it that does neither; the product stands in a branch.
constexpr char text[] = R"(
tt.func @k(%n: i32, %c: i1, %p: tensor<16x16x!tt.ptr<f32>>, %x: tensor<16x16xf32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    %t = tt.load %p : tensor<16x16x!tt.ptr<f32>>
    scf.for %j = %c0 to %n step %c1 : i32 {
      scf.if %c {
        %d = tt.dot %x, %x, %t : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
        tt.store %p, %d : tensor<16x16x!tt.ptr<f32>>
      }
    } loc("k.py":20:4)
  } loc(callsite("helper.py":7:1 at "k.py":10:4))
  scf.for %i = %c0 to %n step %c1 : i32 {
    tt.store %p, %x : tensor<16x16x!tt.ptr<f32>>
  } loc(unknown)
  tt.return
}
)";

class Loops : public testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<triton::TritonDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    module->walk<WalkOrder::PreOrder>(
        [&](scf::ForOp loop) { loops.push_back(loop); });
    ASSERT_EQ(loops.size(), 3u);
  }

  /// Which of outer, inner and last loop are selected: "o i l".
  std::string chosen(const LoopSelection &selection) {
    std::string names;
    for (auto [loop, name] : llvm::zip(loops, llvm::StringRef("oil")))
      if (selection.selects(loop))
        names += name;
    return names;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  llvm::SmallVector<scf::ForOp> loops;
};

TEST_F(Loops, ContentIsTheLoopsOwn) {
  EXPECT_EQ(contentOf(loops[0]), LoopContent::Load);
  EXPECT_EQ(contentOf(loops[1]), LoopContent::Dot);
  EXPECT_EQ(contentOf(loops[2]), LoopContent::Other);
}

TEST_F(Loops, Nesting) {
  EXPECT_EQ(depthOf(loops[0]), 0u);
  EXPECT_EQ(depthOf(loops[1]), 1u);
  EXPECT_FALSE(isInnermost(loops[0]));
  EXPECT_TRUE(isInnermost(loops[1]));
}

TEST_F(Loops, AllByDefault) { EXPECT_EQ(chosen({}), "oil"); }

TEST_F(Loops, ByContent) {
  LoopSelection selection;
  selection.content = LoopContent::Dot;
  EXPECT_EQ(chosen(selection), "i");
  EXPECT_EQ(selection.whyNot(loops[0]), "it has no product of tiles itself");
  selection.content = LoopContent::Load;
  EXPECT_EQ(chosen(selection), "o");
  EXPECT_EQ(selection.whyNot(loops[1]), "it has a product of tiles");
  EXPECT_EQ(selection.whyNot(loops[2]), "it loads no tile itself");
}

TEST_F(Loops, ByNesting) {
  LoopSelection selection;
  selection.onlyInnermost = true;
  EXPECT_EQ(chosen(selection), "il");
  selection.onlyOutermost = true;
  EXPECT_EQ(chosen(selection), "l");
  selection.onlyInnermost = false;
  EXPECT_EQ(chosen(selection), "ol");
}

TEST_F(Loops, ByLineOfTheCallAndOfWhatIsCalled) {
  EXPECT_EQ(pythonLinesOf(loops[0]), (llvm::SmallVector<unsigned>{7, 10}));
  EXPECT_TRUE(pythonLinesOf(loops[2]).empty());
  LoopSelection selection;
  selection.lines = {20};
  EXPECT_EQ(chosen(selection), "i");
  selection.lines = {10, 20};
  EXPECT_EQ(chosen(selection), "oi");
  selection.lines = {7};
  EXPECT_EQ(chosen(selection), "o");
  selection.lines = {8};
  EXPECT_EQ(chosen(selection), "");
}

} // namespace
