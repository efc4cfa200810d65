//===- BuilderTest.cpp - Building and reading tt from C++ -------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "dialects/Triton/Triton.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::triton;

namespace {
/// A function of the given argument types to build into.
class BuilderTest : public ::testing::Test {
protected:
  BuilderTest() : context(MLIRContext::Threading::DISABLED), builder(&context) {
    context.loadDialect<TritonDialect, arith::ArithDialect>();
    context.allowUnregisteredDialects();
    module = ModuleOp::create(builder.getUnknownLoc());
  }

  Type type(StringRef text) { return mlir::parseType(text, &context); }

  Block::BlockArgListType arguments(ArrayRef<StringRef> types) {
    SmallVector<Type> inputs;
    for (StringRef text : types)
      inputs.push_back(type(text));
    builder.setInsertionPointToEnd(module->getBody());
    func = FuncOp::create(builder, loc(), "f",
                          builder.getFunctionType(inputs, {}));
    Block *entry = func.addEntryBlock();
    builder.setInsertionPointToEnd(entry);
    ReturnOp::create(builder, loc());
    builder.setInsertionPointToStart(entry);
    return entry->getArguments();
  }

  Location loc() { return builder.getUnknownLoc(); }

  std::string text(Operation *op) {
    std::string printed;
    llvm::raw_string_ostream stream(printed);
    op->print(stream, OpPrintingFlags().printGenericOpForm());
    return printed;
  }

  MLIRContext context;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  FuncOp func;
};

TEST_F(BuilderTest, ResultTypesFollowFromTheOperands) {
  auto args = arguments({"f32", "tensor<8xf32>", "tensor<8x4xf32>",
                         "tensor<8x!tt.ptr<f16>>", "tensor<8xi32>"});
  EXPECT_EQ(ExpandDimsOp::create(builder, loc(), args[1], 0).getType(),
            type("tensor<1x8xf32>"));
  EXPECT_EQ(TransOp::create(builder, loc(), args[2], ArrayRef<int32_t>{1, 0})
                .getType(),
            type("tensor<4x8xf32>"));
  auto join = JoinOp::create(builder, loc(), args[1], args[1]);
  EXPECT_EQ(join.getType(), type("tensor<8x2xf32>"));
  auto split = SplitOp::create(builder, loc(), join);
  EXPECT_EQ(split.getOutLHS().getType(), type("tensor<8xf32>"));
  EXPECT_EQ(split.getOutRHS().getType(), type("tensor<8xf32>"));
  auto moved = AddPtrOp::create(builder, loc(), args[3], args[4]);
  EXPECT_EQ(moved.getType(), args[3].getType());
  EXPECT_EQ(GetProgramIdOp::create(builder, loc(), 1).getAxisAsInt(), 1);
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(BuilderTest, ReductionsDropTheirAxis) {
  auto args = arguments({"tensor<8xf32>", "tensor<8x4xf32>"});
  for (auto [source, expected] :
       {std::pair(args[0], "f32"), std::pair(args[1], "tensor<8xf32>")}) {
    int axis = cast<RankedTensorType>(source.getType()).getRank() - 1;
    ReduceOp::Properties properties;
    properties.axis = builder.getI32IntegerAttr(axis);
    SmallVector<Type> results;
    ASSERT_TRUE(succeeded(ReduceOp::inferReturnTypes(
        &context, loc(), ValueRange{source}, DictionaryAttr(), &properties,
        RegionRange(), results)));
    EXPECT_EQ(results, SmallVector<Type>{type(expected)});
  }
}

TEST_F(BuilderTest, EncodedTensorsAreNotInferred) {
  auto args = arguments({"tensor<8xf32, #ttg.slice<{dim = 0}>>"});
  SmallVector<Type> results;
  ExpandDimsOp::Properties properties;
  properties.axis = builder.getI32IntegerAttr(0);
  EXPECT_TRUE(failed(ExpandDimsOp::inferReturnTypes(
      &context, std::nullopt, ValueRange{args[0]}, DictionaryAttr(),
      &properties, RegionRange(), results)));
}

TEST_F(BuilderTest, ALoadLikeAnotherHasTheProperties) {
  auto args = arguments({"!tt.ptr<f32>", "i1", "f32"});
  ParserConfig config(&context);
  auto source = parseSourceString<ModuleOp>(
      R"(tt.func @g(%p: !tt.ptr<f32>) {
           %0 = "tt.load"(%p) <{evict = 3 : i32, isVolatile = false,
             operandSegmentSizes = array<i32: 1, 0, 0>}> {my.attr}
             : (!tt.ptr<f32>) -> f32
           "tt.store"(%p, %0) <{cachePolicy = #x.y, ignore_cta}> {my.attr}
             : (!tt.ptr<f32>, f32) -> ()
           tt.return
         })",
      config);
  ASSERT_TRUE(source);
  source->walk([&](LoadOp like) {
    auto load = LoadOp::create(builder, loc(), like, args[0], args[1], args[2]);
    EXPECT_EQ(text(load),
              "%0 = \"tt.load\"(%arg0, %arg1, %arg2) <{evict = 3 : i32, "
              "isVolatile = false, operandSegmentSizes = array<i32: 1, 1, 1>}> "
              "{my.attr} : (!tt.ptr<f32>, i1, f32) -> f32");
    EXPECT_EQ(load.getEvict(), EvictionPolicy::EVICT_LAST);
    EXPECT_EQ(load.getCache(), CacheModifier::NONE);
    EXPECT_FALSE(load.getCacheAttr());
    EXPECT_FALSE(load.getIsVolatile());
    EXPECT_TRUE(load.getBoundaryCheck().empty());
  });
  source->walk([&](StoreOp like) {
    auto store =
        StoreOp::create(builder, loc(), like, args[0], args[2], args[1]);
    EXPECT_EQ(text(store), "\"tt.store\"(%arg0, %arg2, %arg1) <{cachePolicy = "
                           "#x.y, ignore_cta}> {my.attr} : (!tt.ptr<f32>, f32, "
                           "i1) -> ()");
  });
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(BuilderTest, TypesTellWhatTheyAreOf) {
  EXPECT_EQ(getPointeeType(type("tensor<8x!tt.ptr<f16>>")),
            type("tensor<8xf16>"));
  EXPECT_EQ(getPointeeType(type("!tt.ptr<tensor<8xf16>>")),
            type("tensor<8xf16>"));
  EXPECT_EQ(getPointeeType(type("i32")), type("i32"));
  EXPECT_EQ(getI1SameShape(type("tensor<8xf16, #a.b>")),
            type("tensor<8xi1, #a.b>"));
  EXPECT_EQ(getI32SameShape(type("f16")), type("i32"));
  EXPECT_EQ(getPointerTypeSameShape(type("tensor<8xf16>")),
            type("tensor<8x!tt.ptr<f16>>"));
  EXPECT_TRUE(pointsToTheSame(type("!tt.ptr<i8, 4>"), type("!tt.ptr<i8>")));
  EXPECT_FALSE(pointsToTheSame(type("!tt.ptr<i8>"), type("!tt.ptr<i16>")));
}

TEST_F(BuilderTest, AddressSpacesAreNumbersOrWords) {
  auto space = [&](StringRef text) {
    return cast<PointerType>(type(text)).getAddressSpace();
  };
  EXPECT_EQ(space("!tt.ptr<f32>"), 1);
  EXPECT_EQ(space("!tt.ptr<f32, 3>"), 3);
  EXPECT_EQ(space("!tt.ptr<f32, \"constant\">"), 4);
  EXPECT_EQ(space("!tt.ptr<f32, \"global\">"), 1);
  EXPECT_EQ(PointerType::get(builder.getF32Type(), 1), type("!tt.ptr<f32>"));
  EXPECT_EQ(PointerType::get(builder.getF32Type(), 3), type("!tt.ptr<f32, 3>"));
}

TEST_F(BuilderTest, DescriptorsKeepTheirForm) {
  auto old =
      cast<TensorDescType>(type("!tt.tensordesc<tensor<8x4xsi8, #a.b>>"));
  EXPECT_TRUE(old.getTensorForm());
  EXPECT_EQ(old.getBlockType(), type("tensor<8x4xsi8, #a.b>"));
  EXPECT_EQ(old.getSignlessBlockType(), type("tensor<8x4xi8, #a.b>"));
  auto recent = cast<TensorDescType>(type("!tt.tensordesc<8x4xf16, #a.b>"));
  EXPECT_FALSE(recent.getTensorForm());
  EXPECT_EQ(recent.getBlockType(), type("tensor<8x4xf16>"));
  EXPECT_TRUE(recent.getSharedLayout());
  EXPECT_NE(type("!tt.tensordesc<8xf16>"),
            type("!tt.tensordesc<tensor<8xf16>>"));
}

TEST_F(BuilderTest, ASingleCombinerIsFound) {
  auto source = parseSourceString<ModuleOp>(
      R"(tt.func @g(%t: tensor<8xf32>) {
           %0 = "tt.reduce"(%t) <{axis = 0 : i32}> ({
           ^bb0(%a: f32, %b: f32):
             %s = arith.addf %a, %b : f32
             tt.reduce.return %s : f32
           }) : (tensor<8xf32>) -> f32
           %1 = "tt.reduce"(%t) <{axis = 0 : i32}> ({
           ^bb0(%a: f32, %b: f32):
             %c = arith.addf %a, %a : f32
             tt.reduce.return %c : f32
           }) : (tensor<8xf32>) -> f32
           tt.return
         })",
      ParserConfig(&context));
  ASSERT_TRUE(source);
  SmallVector<bool> found;
  source->walk([&](ReduceOp op) {
    found.push_back(isa_and_nonnull<arith::AddFOp>(op.getSingleCombiner()));
  });
  EXPECT_EQ(found, (SmallVector<bool>{true, false}));
}
} // namespace
