//===- ProgramOrderTest.cpp - Permutations of a grid ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The arithmetic that the permutations emit, run on every program of grids of
// many sizes: each place must be taken once, and neighbours must be where the
// header says.
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/ProgramOrder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/unit/analysis/RandomIR.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace triton_ext {
namespace {

/// A function of i32 arguments, and what some of its values are for given ones.
class Formula {
public:
  explicit Formula(unsigned arguments) : builder(&testContext()) {
    Location loc = builder.getUnknownLoc();
    module = ModuleOp::create(builder, loc);
    builder.setInsertionPointToStart(module->getBody());
    SmallVector<Type> types(arguments, builder.getI32Type());
    function = func::FuncOp::create(builder, loc, "f",
                                    builder.getFunctionType(types, {}));
    function.addEntryBlock();
    builder.setInsertionPointToStart(&function.getBody().front());
    for (BlockArgument argument : function.getArguments())
      given.push_back(argument);
  }

  Location loc() { return builder.getUnknownLoc(); }

  /// The values of `results`; empty if computing them is undefined.
  SmallVector<int64_t> run(ArrayRef<int64_t> arguments,
                           ArrayRef<Value> results) {
    Interpreter state;
    for (auto [value, number] : llvm::zip_equal(given, arguments))
      state.setScalar(value, number);
    SmallVector<int64_t> numbers;
    if (!state.run(function.getBody().front()))
      return numbers;
    for (Value result : results)
      numbers.push_back(state.signedLane(result, 0));
    return numbers;
  }

  OpBuilder builder;
  SmallVector<Value> given;

private:
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

class GroupedRows : public testing::TestWithParam<int64_t> {
protected:
  GroupedRows() : formula(4) {
    moved = groupRows(formula.builder, formula.loc(),
                      {formula.given[0], formula.given[1]},
                      {formula.given[2], formula.given[3]}, GetParam());
  }

  SmallVector<int64_t> at(int64_t row, int64_t column, int64_t rows,
                          int64_t columns) {
    return formula.run({row, column, rows, columns}, {moved.row, moved.column});
  }

  Formula formula;
  GridPlace moved;
};

TEST_P(GroupedRows, EveryPlaceIsTakenOnceBandByBand) {
  int64_t group = GetParam();
  for (int64_t rows = 1; rows <= 21; ++rows)
    for (int64_t columns : {1, 2, 3, 5, 8, 13, 16}) {
      int64_t next = 0;
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column, ++next) {
          // In the order of the header: bands, in them columns, in them rows.
          int64_t band = next / (group * columns);
          int64_t height = std::min(group, rows - band * group);
          int64_t inBand = next % (group * columns);
          SmallVector<int64_t> expected{band * group + inBand % height,
                                        inBand / height};
          ASSERT_EQ(at(row, column, rows, columns), expected)
              << row << ", " << column << " of " << rows << " x " << columns;
        }
    }
}

TEST_P(GroupedRows, GridsTooWideStayAsTheyAre) {
  int64_t most = std::numeric_limits<int32_t>::max();
  for (int64_t row : {0, 1, 7, 65534})
    for (int64_t column : {int64_t(0), int64_t(5), most - 1})
      EXPECT_EQ(at(row, column, 65535, most),
                (SmallVector<int64_t>{row, column}));
}

TEST_P(GroupedRows, TheWidestBandsDoNotWrap) {
  int64_t group = GetParam();
  int64_t columns = std::numeric_limits<int32_t>::max() / group;
  for (int64_t row : {int64_t(0), group - 1, group, 5 * group + 1})
    for (int64_t column : {int64_t(0), int64_t(1), columns - 1}) {
      int64_t number = (row % group) * columns + column;
      EXPECT_EQ(at(row, column, 1000 * group, columns),
                (SmallVector<int64_t>{row / group * group + number % group,
                                      number / group}));
    }
}

TEST_P(GroupedRows, PlacesBehindTheGridAreDefined) {
  for (int64_t row : {6, 7, 8, 9, 100})
    EXPECT_EQ(at(row, 2, 6, 4).size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Groups, GroupedRows,
                         testing::Values(2, 3, 4, 7, 8, 16, 64));

TEST(ChunksOfIds, EveryIdIsTakenOnceAndEachPlaceHasAStretch) {
  for (int64_t chunks : {2, 3, 4, 6, 8, 64}) {
    Formula formula(2);
    Value id = idInChunks(formula.builder, formula.loc(), formula.given[0],
                          formula.given[1], chunks);
    for (int64_t count = 1; count <= 140; ++count) {
      int64_t next = 0;
      // Place after place, the ids of its programs go on where the last ended.
      for (int64_t place = 0; place < chunks; ++place)
        for (int64_t program = place; program < count; program += chunks)
          ASSERT_EQ(formula.run({program, count}, {id}),
                    SmallVector<int64_t>{next++})
              << program << " of " << count << ", " << chunks << " chunks";
      ASSERT_EQ(next, count);
    }
  }
}

TEST(ChunksOfIds, HoldsUpToTheLargestGrid) {
  Formula formula(2);
  Value id = idInChunks(formula.builder, formula.loc(), formula.given[0],
                        formula.given[1], 8);
  int64_t count = std::numeric_limits<int32_t>::max();
  // 2^31 - 1 is 8 * 268435455 + 7: all but the last place have one more.
  EXPECT_EQ(formula.run({count - 1, count}, {id}),
            SmallVector<int64_t>{7 * int64_t(268435456) - 1});
  EXPECT_EQ(formula.run({7, count}, {id}),
            SmallVector<int64_t>{7 * int64_t(268435456)});
}

} // namespace
} // namespace triton_ext
