//===- LayoutTest.cpp - Layouts are read, printed and understood ----------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// The texts are those that Triton 3.6 to 3.9 print. That every layout of real
// kernels is read, and that its linear form is Triton's, is tested on the stock
// wheels: test/python/layouts.
//
//===----------------------------------------------------------------------===//

#include "triton_ext/Layout.h"
#include "dialects/Triton/Triton.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace triton_ext;

namespace {

constexpr const char *blocked =
    "#ttg.blocked<{sizePerThread = [1, 8], threadsPerWarp = [4, 8], "
    "warpsPerCTA = [4, 1], order = [1, 0]}>";
constexpr const char *mma =
    "#ttg.nvidia_mma<{versionMajor = 2, versionMinor = 0, warpsPerCTA = [4, "
    "1], instrShape = [16, 8]}>";

std::string operand(llvm::StringRef parent, int index, int kWidth) {
  return ("#ttg.dot_op<{opIdx = " + llvm::Twine(index) +
          ", parent = " + parent + ", kWidth = " + llvm::Twine(kWidth) + "}>")
      .str();
}

Layout parsed(llvm::StringRef text) {
  std::optional<Layout> layout = Layout::parse(text);
  EXPECT_TRUE(layout) << text.str();
  return *layout;
}

LinearLayout form(llvm::StringRef text, llvm::ArrayRef<int64_t> shape) {
  std::optional<LinearLayout> form = linearForm(parsed(text), shape);
  EXPECT_TRUE(form) << text.str();
  return *form;
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

class PrintsBack : public testing::TestWithParam<const char *> {};

TEST_P(PrintsBack, AsItWasRead) {
  EXPECT_EQ(parsed(GetParam()).text(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Layout, PrintsBack,
    testing::Values(
        blocked, mma,
        "#ttg.blocked<{sizePerThread = [1, 8], threadsPerWarp = [8, 4], "
        "warpsPerCTA = [4, 1], order = [1, 0], CGALayout = [[0, 1]]}>",
        "#ttg.nvidia_mma<{versionMajor = 3, versionMinor = 0, warpsPerCTA = "
        "[4, 1], CGALayout = [[0, 1]], instrShape = [16, 32, 16]}>",
        "#ttg.amd_mfma<{version = 3, warpsPerCTA = [4, 1], instrShape = [32, "
        "32, 8], isTransposed = true}>",
        "#ttg.amd_mfma<{version = 4, warpsPerCTA = [2, 2], instrShape = [16, "
        "16, 32], isTransposed = false, tilesPerWarp = [2, 2], "
        "elementBitWidth = 64}>",
        "#ttg.amd_wmma<{version = 1, isTranspose = true, warpsPerCTA = [2, "
        "2]}>",
        "#ttg.amd_wmma<{version = 3, isTranspose = true, ctaLayout = {warp = "
        "[[0, 1], [1, 0]]}, instrShape = [16, 16, 128]}>",
        "#ttg.amd_wmma<{version = 3, isTranspose = true, ctaLayout = "
        "{register = [[2, 0]], warp = [[2, 1], [1, 0]]}}>",
        "#ttg.linear<{register = [[0, 1], [0, 0]], lane = [[1, 0]], warp = "
        "[], block = []}>",
        "#ttg.slice<{dim = 1, parent = #ttg.slice<{dim = 0, parent = "
        "#ttg.linear<{register = [], lane = [[1, 0, 0]], warp = [], block = "
        "[]}>}>}>",
        "#ttg.dot_op<{opIdx = 0, parent = #ttg.blocked<{sizePerThread = [1], "
        "threadsPerWarp = [32], warpsPerCTA = [4], order = [0]}>}>",
        "#ttg.dot_op<{opIdx = 1, parent = #ttg.amd_mfma<{version = 3, "
        "warpsPerCTA = [4, 1], instrShape = [32, 32, 8], isTransposed = "
        "true}>, kWidth = 4}>",
        "#ttg.swizzled_shared<{vec = 8, perPhase = 4, maxPhase = 2, order = "
        "[1, 0], CGALayout = [[0, 1]]}>",
        "#ttg.amd_rotating_shared<{vec = 4, perPhase = 1, maxPhase = 16, "
        "order = [0, 1]}>",
        "#ttg.nvmma_shared<{swizzlingByteWidth = 128, transposed = false, "
        "elementBitWidth = 8, fp4Padded = true}>",
        "#ttg.padded_shared<[128:+8, 512:+16] {order = [1, 0], shape = [64, "
        "32]}>",
        "#ttg.padded_shared<[512:+32] {offset = [[0, 1], [1, 0]], block = "
        "[]}>",
        "#ttng.tensor_memory_encoding<blockM = 64, blockN = 32, colStride = "
        "1>",
        "#ttng.tensor_memory_scales_encoding<>"));

class Unknown : public testing::TestWithParam<const char *> {};

TEST_P(Unknown, IsNotGuessed) { EXPECT_FALSE(Layout::parse(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Layout, Unknown,
    testing::Values(
        "", "#", "#ttg", "#ttg.blocked", "#ttg.shared_memory",
        // A parameter of a later release, before or after what is known.
        "#ttg.swizzled_shared<{vec = 1, perPhase = 1, maxPhase = 1, order = "
        "[0], twist = 3}>",
        "#ttg.swizzled_shared<{twist = 3, vec = 1, perPhase = 1, maxPhase = "
        "1, order = [0]}>",
        "#ttg.nvidia_mma<{versionMajor = 2, versionMinor = 0, twist = true, "
        "warpsPerCTA = [4], instrShape = [8]}>",
        // Something is not there.
        "#ttg.swizzled_shared<{vec = 1, perPhase = 1, order = [0]}>",
        "#ttg.slice<{dim = 1}>", "#ttg.padded_shared<{order = [0]}>",
        // An alias that nobody resolved.
        "#ttg.slice<{dim = 1, parent = #blocked}>",
        "#ttg.slice<{dim = 1, parent = #ttg.later<{}>}>",
        // No number, no list, no end, more than an end.
        "#ttg.slice<{dim = one, parent = #ttg.slice<{}>}>",
        "#ttg.linear<{register = [[1], lane = [], warp = [], block = []}>",
        "#ttg.linear<{register = [1], lane = [], warp = [], block = []}>",
        "#ttg.linear<{register = [], lane = [], warp = [], block = []}",
        "#ttg.linear<{register = [], lane = [], warp = [], block = []}>>",
        "#ttg.linear<{register = [], lane = [], warp = [], block = [],}>",
        "#ttg.padded_shared<[128:8] {order = [0], shape = [64]}>",
        "#ttg.dot_op<{opIdx = 0, parent = , kWidth = 2}>"));

TEST(Layout, Parameters) {
  Layout layout = parsed(operand(mma, 1, 4));
  const auto *dot = layout.as<DotOperandLayout>();
  ASSERT_TRUE(dot);
  EXPECT_EQ(dot->opIdx, 1);
  EXPECT_EQ(dot->kWidth, 4);
  EXPECT_FALSE(layout.as<BlockedLayout>());
  const auto *parent = dot->parent->as<NvidiaMmaLayout>();
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->versionMajor, 2);
  EXPECT_EQ(parent->warpsPerCTA, (LayoutList{4, 1}));
  EXPECT_EQ(layout.words(), "operand 1 of mma v2");
}

//===----------------------------------------------------------------------===//
// Linear forms
//===----------------------------------------------------------------------===//

TEST(LinearForm, BlockedRepeatsInRegistersAndFolds) {
  LinearLayout larger = form(blocked, {32, 64});
  EXPECT_EQ(larger.lanes,
            (LayoutBases{{0, 8}, {0, 16}, {0, 32}, {1, 0}, {2, 0}}));
  EXPECT_EQ(larger.warps, (LayoutBases{{4, 0}, {8, 0}}));
  EXPECT_EQ(larger.registers.back(), (LayoutList{16, 0}));
  EXPECT_EQ(elementsPerThread(larger), 32 * 64 / 128);
  LinearLayout smaller = form(blocked, {8, 16});
  EXPECT_EQ(smaller.lanes,
            (LayoutBases{{0, 8}, {0, 0}, {0, 0}, {1, 0}, {2, 0}}));
  EXPECT_EQ(smaller.warps, (LayoutBases{{4, 0}, {0, 0}}));
  EXPECT_EQ(elementsPerThread(smaller), 8);
}

TEST(LinearForm, OfNothingElse) {
  EXPECT_FALSE(linearForm(parsed(blocked), {32}));
  EXPECT_FALSE(linearForm(parsed(blocked), {32, 48}));
  EXPECT_FALSE(linearForm(parsed("#ttg.swizzled_shared<{vec = 1, perPhase = 1, "
                                 "maxPhase = 1, order = [0]}>"),
                          {32}));
  EXPECT_FALSE(linearForm(
      parsed("#ttg.blocked<{sizePerThread = [3], threadsPerWarp = [32], "
             "warpsPerCTA = [4], order = [0]}>"),
      {128}));
  EXPECT_FALSE(linearForm(
      parsed("#ttg.blocked<{sizePerThread = [1], threadsPerWarp = [32], "
             "warpsPerCTA = [4], order = [7]}>"),
      {128}));
}

/// Whether each thread of `to` has, by brute force, each element that it needs
/// within the same thread, warp or CTA of `from`.
Distance bruteForce(const LinearLayout &from, const LinearLayout &to) {
  auto holds = [](const LinearLayout &layout, unsigned reg, unsigned lane,
                  unsigned warp) {
    LayoutList at(2, 0);
    auto add = [&](const LayoutBases &bases, unsigned index) {
      for (size_t bit = 0; bit < bases.size(); ++bit)
        if (index >> bit & 1)
          for (unsigned dim = 0; dim < 2; ++dim)
            at[dim] ^= bases[bit][dim];
    };
    add(layout.registers, reg);
    add(layout.lanes, lane);
    add(layout.warps, warp);
    return at;
  };
  unsigned lanes = 1u << from.lanes.size(), warps = 1u << from.warps.size();
  Distance worst = Distance::Thread;
  for (unsigned warp = 0; warp < warps; ++warp)
    for (unsigned lane = 0; lane < lanes; ++lane)
      for (unsigned reg = 0; reg < 1u << to.registers.size(); ++reg) {
        LayoutList needed = holds(to, reg, lane, warp);
        Distance best = Distance::CTA;
        for (unsigned other = 0; other < lanes; ++other)
          for (unsigned r = 0; r < 1u << from.registers.size(); ++r)
            if (holds(from, r, other, warp) == needed)
              best = std::min(best, other == lane ? Distance::Thread
                                                  : Distance::Warp);
        worst = std::max(worst, best);
      }
  return worst;
}

TEST(LinearForm, DistanceIsWhatBruteForceFinds) {
  const char *mmaBothWays =
      "#ttg.nvidia_mma<{versionMajor = 2, versionMinor = 0, warpsPerCTA = [2, "
      "2], instrShape = [16, 8]}>";
  const char *columns =
      "#ttg.blocked<{sizePerThread = [4, 1], threadsPerWarp = [8, 4], "
      "warpsPerCTA = [1, 4], order = [0, 1]}>";
  const char *rows =
      "#ttg.blocked<{sizePerThread = [1, 4], threadsPerWarp = [4, 8], "
      "warpsPerCTA = [4, 1], order = [1, 0]}>";
  std::vector<std::string> texts{blocked,
                                 mma,
                                 mmaBothWays,
                                 columns,
                                 rows,
                                 operand(mma, 0, 2),
                                 operand(mma, 1, 2),
                                 operand(mmaBothWays, 0, 2),
                                 operand(mmaBothWays, 0, 4)};
  std::set<Distance> found;
  for (const std::string &a : texts)
    for (const std::string &b : texts) {
      LinearLayout from = form(a, {32, 32}), to = form(b, {32, 32});
      Distance expected = bruteForce(from, to);
      EXPECT_EQ(distance(from, to), expected) << a << "\n" << b;
      found.insert(expected);
    }
  EXPECT_EQ(found.size(), 3u) << "the layouts do not try everything";
}

TEST(LinearForm, DistanceToAnotherCTA) {
  llvm::StringRef text =
      "#ttg.blocked<{sizePerThread = [1], threadsPerWarp = [32], warpsPerCTA "
      "= [4], order = [0], CGALayout = [[1]]}>";
  LinearLayout split = form(text, {256});
  LinearLayout shared = split;
  shared.blocks = {{0}};
  shared.registers = {{128}};
  EXPECT_EQ(split.blocks, (LayoutBases{{128}}));
  EXPECT_EQ(distance(split, split), Distance::Thread);
  EXPECT_EQ(distance(split, shared), Distance::Cluster);
  EXPECT_EQ(distance(shared, split), Distance::Thread);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

class TypeTest : public testing::Test {
protected:
  TypeTest() {
    context.loadDialect<triton::TritonDialect>();
    context.allowUnregisteredDialects();
  }
  Type type(llvm::StringRef text) {
    Type type = parseType(text, &context);
    EXPECT_TRUE(type) << text.str();
    return type;
  }
  MLIRContext context;
};

TEST_F(TypeTest, Buffer) {
  std::optional<MemDesc> buffer = MemDesc::of(
      type("!ttg.memdesc<16x64xbf16, #ttg.swizzled_shared<{vec = 8, perPhase = "
           "1, maxPhase = 8, order = [1, 0]}>, #ttg.shared_memory, mutable, "
           "3x64x64>"));
  ASSERT_TRUE(buffer);
  EXPECT_EQ(buffer->shape, (LayoutList{16, 64}));
  EXPECT_TRUE(buffer->elementType.isBF16());
  ASSERT_TRUE(buffer->layout && buffer->layout->as<SwizzledSharedLayout>());
  EXPECT_EQ(buffer->layout->as<SwizzledSharedLayout>()->maxPhase, 8);
  EXPECT_TRUE(buffer->isShared() && buffer->isMutable);
  EXPECT_EQ(buffer->allocShape, (LayoutList{3, 64, 64}));
}

TEST_F(TypeTest, BufferWithUnknownLayoutStillHasItsSize) {
  Type later = type("!ttg.memdesc<8x4xi8, #ttg.later<{a = [1, 2], b = <3>}>, "
                    "#ttng.tensor_memory>");
  std::optional<MemDesc> buffer = MemDesc::of(later);
  ASSERT_TRUE(buffer);
  EXPECT_FALSE(buffer->layout || buffer->isShared() || buffer->isMutable);
  EXPECT_EQ(bytesOf(later), 32);
}

TEST_F(TypeTest, NoBuffer) {
  for (llvm::StringRef text :
       {"!ttg.async.token", "!ttg.memdesc<8xi8>",
        "!ttg.memdesc<8xlater, #ttg.a, #ttg.shared_memory>",
        "!ttg.memdesc<8xi8, #ttg.a, #ttg.shared_memory, later>",
        "!ttg.memdesc<8xi8, #ttg.a, #ttg.shared_memory, mutable, 8, 8>",
        "!other.memdesc<8xi8, #ttg.a, #ttg.shared_memory>", "i32"})
    EXPECT_FALSE(MemDesc::of(type(text))) << text.str();
}

TEST_F(TypeTest, Bytes) {
  EXPECT_EQ(bytesOf(type("tensor<128x64xf16>")), 128 * 64 * 2);
  EXPECT_EQ(bytesOf(type("tensor<32xi1>")), 32);
  EXPECT_EQ(bytesOf(type("tensor<32x!tt.ptr<i8>>")), 256);
  EXPECT_EQ(bytesOf(type("f64")), 8);
  EXPECT_FALSE(bytesOf(type("tensor<?xf16>")));
  EXPECT_FALSE(bytesOf(type("index")));
  EXPECT_FALSE(bytesOf(type("tensor<9223372036854775807xf64>")));
}

} // namespace
