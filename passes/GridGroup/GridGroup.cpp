//===- GridGroup.cpp - Walk the grid in bands -------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. Programs start in the order of their ids, a row of tiles after the
// other. Each gets another tile, so that the rows are taken `group` at a time,
// column by column:
//
//   0 1 2       0 2 4
//   3 4 5  ==>  1 3 5     (group = 2)
//   6 7 8       6 7 8
//
// for kernels that take row and column from two axes of the grid (the second
// one's ids are the rows), and for those that divide one id by the number of
// columns. Every id of the kernel is replaced at its beginning by one that is
// computed from the hardware's ids and the size of the grid; nothing else is
// touched. The map is a permutation of every grid: the last band may have fewer
// rows, and of a grid that is no whole number of rows the rest stays in place.
//
// When it declines. The kernel has no rows and columns of tiles; none of its
// loops loads along rows alone, and along columns alone; the ids go through
// another order already; the number of columns is not known at the beginning of
// the kernel; or the order of programs may matter: one waits for another
// (atomics whose result is used, scf.while, volatile loads), atomics round by
// order, the device prints, a loop hands tiles out by program id, something
// does what nobody knows.
//
// Why it pays. The programs that run at the same time, two or three for each
// multiprocessor, read fewer different tiles when theirs form a square rather
// than a strip: what one has loaded another finds in L2. docs/grid-group.md has
// the figures.
//
// How. A tile is shared along rows where the address of its load, followed back
// through arithmetic, loops and branches, depends on the row and not on the
// column. Both kinds must be there.
//
//===----------------------------------------------------------------------===//

#include "GridGroupBase.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "triton_ext/Transforms/ProgramOrder.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// How a kernel comes by its tile.
struct Tiling {
  SmallVector<Value> rows, columns;
  /// Where one id is divided: by how many columns. Else null.
  Value columnCount;
};

bool isSame(Value lhs, Value rhs) {
  APInt a, b;
  return lhs == rhs || (matchPattern(lhs, m_ConstantInt(&a)) &&
                        matchPattern(rhs, m_ConstantInt(&b)) && a == b);
}

SmallVector<Value> idsAlong(tt::FuncOp kernel, int axis) {
  SmallVector<Value> ids;
  kernel->walk([&](tt::GetProgramIdOp id) {
    if (id.getAxisAsInt() == axis)
      ids.push_back(id);
  });
  return ids;
}

std::optional<Tiling> tilingOfTwoAxes(tt::FuncOp kernel) {
  Tiling tiling{idsAlong(kernel, 1), idsAlong(kernel, 0), {}};
  if (tiling.rows.empty() || tiling.columns.empty())
    return std::nullopt;
  return tiling;
}

/// `id - quotient * columns`, which is a remainder, or null.
Value remainderBy(Value id, Value quotient, Value columns) {
  for (Operation *user : id.getUsers()) {
    auto sub = dyn_cast<arith::SubIOp>(user);
    auto product = sub ? sub.getRhs().getDefiningOp<arith::MulIOp>() : nullptr;
    if (!product || sub.getLhs() != id)
      continue;
    Value a = product.getLhs(), b = product.getRhs();
    if ((a == quotient && isSame(b, columns)) ||
        (b == quotient && isSame(a, columns)))
      return sub;
  }
  return {};
}

/// One id, everywhere divided by the same number.
std::optional<Tiling> tilingOfOneAxis(tt::FuncOp kernel) {
  Tiling tiling;
  for (Value id : idsAlong(kernel, 0))
    for (Operation *user : id.getUsers()) {
      bool isQuotient = isa<arith::DivSIOp, arith::DivUIOp>(user);
      if (!isQuotient && !isa<arith::RemSIOp, arith::RemUIOp>(user))
        continue;
      Value columns = user->getOperand(1);
      if (user->getOperand(0) != id ||
          (tiling.columnCount && !isSame(columns, tiling.columnCount)))
        return std::nullopt;
      tiling.columnCount = columns;
      (isQuotient ? tiling.rows : tiling.columns).push_back(user->getResult(0));
      if (Value rest = isQuotient ? remainderBy(id, user->getResult(0), columns)
                                  : Value())
        tiling.columns.push_back(rest);
    }
  if (tiling.rows.empty() || tiling.columns.empty())
    return std::nullopt;
  return tiling;
}

/// Whether loops load along rows alone, and along columns alone.
bool sharesTiles(tt::FuncOp kernel, const Tiling &tiling) {
  SmallVector<Value> parts(tiling.rows);
  parts.append(tiling.columns);
  unsigned rowBits = (1u << tiling.rows.size()) - 1;
  bool byRow = false, byColumn = false;
  for (Operation *load : tileLoadsOf(kernel)) {
    if (!load->getParentOfType<scf::ForOp>())
      continue;
    unsigned found = addressDependsOn(load, parts);
    byRow |= (found & rowBits) && !(found & ~rowBits);
    byColumn |= !(found & rowBits) && (found & ~rowBits);
  }
  return byRow && byColumn;
}

/// Whether some id is divided more than once on its way to a tile.
bool isReordered(tt::FuncOp kernel) {
  return llvm::any_of(partsOf(kernel), [](const ProgramPart &part) {
    return !part.value.getDefiningOp<tt::GetProgramIdOp>() &&
           !part.value.getDefiningOp()
                ->getOperand(0)
                .getDefiningOp<tt::GetProgramIdOp>();
  });
}

class GridGroup : public GridGroupBase<GridGroup> {
public:
  using GridGroupBase::GridGroupBase;

  void runOnOperation() override {
    getOperation()->walk([&](tt::FuncOp function) {
      if (function.isPublic() && !function.isExternal())
        regroup(function);
    });
  }

private:
  void regroup(tt::FuncOp kernel) {
    std::optional<Tiling> tiling = findTiling(kernel);
    if (!tiling)
      return;
    if (std::optional<Reason> obstacle = findOrderObstacle(kernel))
      return decline(kernel, *obstacle);
    if (tiling->columnCount)
      return groupOneAxis(kernel, *tiling);
    groupTwoAxes(kernel);
  }

  /// Says why where there is none.
  std::optional<Tiling> findTiling(tt::FuncOp kernel) {
    bool isTiled = false;
    for (auto find : {tilingOfTwoAxes, tilingOfOneAxis}) {
      std::optional<Tiling> tiling = find(kernel);
      isTiled |= tiling.has_value();
      if (tiling && sharesTiles(kernel, *tiling))
        return tiling;
    }
    if (isReordered(kernel))
      decline(kernel, "already-grouped",
              "the ids go through an order of the kernel's own");
    else if (isTiled)
      decline(kernel, "no-shared-tiles",
              "no loop loads along rows alone, and along columns alone");
    else
      decline(kernel, "no-rows-and-columns",
              "the programs do not go over rows and columns of tiles");
    return std::nullopt;
  }

  void groupTwoAxes(tt::FuncOp kernel) {
    ProgramRemap remap(kernel);
    GridPlace place{remap.hardwareId(1), remap.hardwareId(0)};
    GridPlace size{remap.gridSize(1), remap.gridSize(0)};
    place = groupRows(remap.builder(), remap.loc(), place, size, group);
    remap.replaceIds({{1, place.row}, {0, place.column}});
    fired(place.row.getDefiningOp(),
          "the grid is walked in bands of " + Twine(group) + " rows");
  }

  void groupOneAxis(tt::FuncOp kernel, const Tiling &tiling) {
    ProgramRemap remap(kernel);
    if (!remap.isKnownAtBeginning(tiling.columnCount))
      return decline(kernel, "columns-not-known",
                     "the number of columns is not known when the kernel "
                     "begins, or not the same in all programs");
    Value given = remap.atBeginning(tiling.columnCount);
    OpBuilder &b = remap.builder();
    Location loc = remap.loc();
    // Whatever the number is, what comes out is a permutation.
    Value one = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1));
    Value columns = arith::MaxSIOp::create(b, loc, given, one);
    Value id = remap.hardwareId(0);
    Value count = remap.gridSize(0);
    Value row = arith::DivUIOp::create(b, loc, id, columns);
    Value column = arith::RemUIOp::create(b, loc, id, columns);
    Value rows = arith::DivUIOp::create(b, loc, count, columns);
    GridPlace place = groupRows(b, loc, {row, column}, {rows, columns}, group);
    Value whole = arith::MulIOp::create(b, loc, rows, columns);
    Value isInRow =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, id, whole);
    Value moved = arith::MulIOp::create(b, loc, place.row, columns);
    moved = arith::AddIOp::create(b, loc, moved, place.column);
    Value result = arith::SelectOp::create(b, loc, isInRow, moved, id);
    remap.replaceIds({{0, result}});
    fired(result.getDefiningOp(),
          "the grid is walked in bands of " + Twine(group) + " rows");
  }
};

} // namespace
} // namespace triton_ext
