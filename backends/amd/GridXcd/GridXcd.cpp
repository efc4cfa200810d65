//===- GridXcd.cpp - A stretch of the grid for each XCD ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A device of several XCDs gives them programs by turns: program i runs
// on XCD i % 8, and neighbours never meet in an L2, of which each XCD has its
// own. Every program gets another id, so that each XCD works on one stretch of
// the grid. With 10 programs and 4 XCDs:
//
//   hardware's id  0 1 2 3 4 5 6 7 8 9
//   XCD            0 1 2 3 0 1 2 3 0 1
//   kernel's id    0 3 6 8 1 4 7 9 2 5    XCD 0: 0-2, 1: 3-5, 2: 6-7, 3: 8-9
//
// A grid of several axes is taken as the hardware does, the first axis fastest.
// The map is a permutation of every grid, its size a multiple of `xcds` or not;
// a grid of 2^31 programs or more stays as it is.
//
// When it declines. Neither the architecture's number of XCDs is known nor
// `xcds` given, or it is one; no load is shared by some programs and not by
// others; the kernel sorts its programs by XCD itself; or the order of programs
// may matter: one waits for another (atomics whose result is used, scf.while,
// volatile loads), atomics round by order, the device prints, a loop hands
// tiles out by program id, something does what nobody knows.
//
// Why it pays. Programs that share tiles find them in the L2 of their XCD
// instead of loading them once for each of eight; what was measured stands in
// docs/grid-xcd.md.
//
// How. The address of each load of a tile is followed back to the parts of the
// ids that tiles are made of, the last quotients and remainders on the way: a
// load that needs some of them and not all is shared by neighbours. The ids are
// replaced at the beginning of the kernel. After grid-group, whose order then
// holds within the stretch of an XCD.
//
//===----------------------------------------------------------------------===//

#include "GridXcdBase.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "triton_ext/Transforms/ProgramOrder.h"
#include <limits>

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// Whether programs that are neighbours load what others do not.
bool sharesLoads(tt::FuncOp kernel) {
  SmallVector<Value> parts;
  for (const ProgramPart &part : partsOf(kernel))
    parts.push_back(part.value);
  // More than a few parts, and nobody can say which programs are neighbours.
  if (parts.size() > 16)
    return false;
  unsigned all = (1u << parts.size()) - 1;
  return llvm::any_of(tileLoadsOf(kernel), [&](Operation *load) {
    unsigned found = addressDependsOn(load, parts);
    return found != 0 && found != all;
  });
}

/// Whether `value` is the first id, or what numbers the programs of a grid.
bool isNumber(Value value) {
  if (auto id = value.getDefiningOp<tt::GetProgramIdOp>())
    return id.getAxisAsInt() == 0;
  auto sum = value.getDefiningOp<arith::AddIOp>();
  return sum && (isNumber(sum.getLhs()) || isNumber(sum.getRhs()));
}

/// Whether the kernel finds out which XCD a program is on.
bool sortsByXcd(tt::FuncOp kernel, int64_t xcds) {
  bool found = false;
  kernel->walk([&](Operation *op) {
    APInt divisor;
    found |= isa<arith::RemSIOp, arith::RemUIOp>(op) &&
             matchPattern(op->getOperand(1), m_ConstantInt(&divisor)) &&
             divisor == xcds && isNumber(op->getOperand(0));
  });
  return found;
}

/// The last axis whose id the kernel uses.
int lastAxis(tt::FuncOp kernel) {
  int last = 0;
  kernel->walk(
      [&](tt::GetProgramIdOp id) { last = std::max(last, id.getAxisAsInt()); });
  return last;
}

class GridXcd : public GridXcdBase<GridXcd> {
public:
  using GridXcdBase::GridXcdBase;

  void runOnOperation() override {
    int64_t count = xcdCount();
    getOperation()->walk([&](tt::FuncOp function) {
      if (function.isPublic() && !function.isExternal())
        spread(function, count);
    });
  }

private:
  /// How many XCDs take programs by turns; 0 where that is not known.
  int64_t xcdCount() {
    if (xcds)
      return xcds;
    return request().archName() == "gfx942" ? 8 : 0;
  }

  void spread(tt::FuncOp kernel, int64_t count) {
    if (count < 2)
      return decline(kernel, "xcds-not-known",
                     "the device has one XCD, or nobody says how many");
    if (sortsByXcd(kernel, count))
      return decline(kernel, "already-sorted",
                     "the kernel sorts its programs by XCD");
    if (!sharesLoads(kernel))
      return decline(kernel, "nothing-shared",
                     "no tile is loaded by neighbouring programs and not by "
                     "all");
    if (std::optional<Reason> obstacle = findOrderObstacle(kernel))
      return decline(kernel, *obstacle);
    remapIds(kernel, count);
  }

  void remapIds(tt::FuncOp kernel, int64_t xcdCount) {
    ProgramRemap remap(kernel);
    OpBuilder &b = remap.builder();
    Location loc = remap.loc();
    SmallVector<Value> ids, sizes;
    for (int axis = 0; axis <= lastAxis(kernel); ++axis) {
      ids.push_back(remap.hardwareId(axis));
      sizes.push_back(remap.gridSize(axis));
    }
    auto [number, count] = numberOf(b, loc, ids, sizes);
    Value moved = idInChunks(b, loc, number, count, xcdCount);
    Value fits = ids.size() > 1 ? fitsInt(b, loc, sizes) : Value();
    SmallVector<std::pair<int, Value>> places;
    for (auto [axis, id] : llvm::enumerate(ids)) {
      bool isLast = axis + 1 == ids.size();
      Value place =
          isLast ? moved : arith::RemUIOp::create(b, loc, moved, sizes[axis]);
      if (!isLast)
        moved = arith::DivUIOp::create(b, loc, moved, sizes[axis]);
      if (fits)
        place = arith::SelectOp::create(b, loc, fits, place, id);
      places.push_back({int(axis), place});
    }
    remap.replaceIds(places);
    fired(kernel,
          "a stretch of the grid for each of " + Twine(xcdCount) + " XCDs");
  }

  /// Which program this is, in the hardware's order, and of how many. Modulo
  /// 2^32.
  static std::pair<Value, Value> numberOf(OpBuilder &b, Location loc,
                                          ArrayRef<Value> ids,
                                          ArrayRef<Value> sizes) {
    Value number = ids.back(), count = sizes.back();
    for (int axis = int(ids.size()) - 2; axis >= 0; --axis) {
      number = arith::MulIOp::create(b, loc, number, sizes[axis]);
      number = arith::AddIOp::create(b, loc, number, ids[axis]);
      count = arith::MulIOp::create(b, loc, count, sizes[axis]);
    }
    return {number, count};
  }

  /// Whether the programs of the grid are fewer than 2^31. A grid of three axes
  /// has fewer than 2^64 of them: only the first may have more than 65535.
  static Value fitsInt(OpBuilder &b, Location loc, ArrayRef<Value> sizes) {
    Value count;
    for (Value size : sizes) {
      Value wide = arith::ExtUIOp::create(b, loc, b.getI64Type(), size);
      count = count ? arith::MulIOp::create(b, loc, count, wide) : wide;
    }
    Value limit = arith::ConstantOp::create(
        b, loc, b.getI64IntegerAttr(std::numeric_limits<int32_t>::max()));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, count,
                                 limit);
  }
};

} // namespace
} // namespace triton_ext
