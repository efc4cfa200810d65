//===- ProgramOrder.h - Programs of a grid in another order -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// A kernel whose programs are independent of one another may have them run in
// any order: each still does what it did, under another hardware id. What
// passes need for that: whether the order matters, which parts of the ids the
// programs' tiles come from, permutations of a grid, and a kernel whose ids are
// replaced by those of a permutation.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_PROGRAMORDER_H
#define TRITON_EXT_TRANSFORMS_PROGRAMORDER_H

#include "dialects/Triton/Triton.h"
#include "mlir/IR/Builders.h"
#include "triton_ext/Reason.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace triton_ext {

/// What in a kernel keeps its programs from running in another order, or from
/// gaining by it, and where. Nothing if each program of `kernel` can take the
/// place of any other one: none waits for another (atomics whose result is
/// used, scf.while, jumps back, volatile loads), nothing rounds by the order in
/// which programs come (atomics on floating-point values, exchanges), no id
/// leaves the program (device prints), all operations are known, and no loop
/// hands tiles out by program id, whose order is not the grid's.
std::optional<Reason> findOrderObstacle(mlir::triton::FuncOp kernel);

/// A value made of program ids that says, with others, which tile a program
/// works on: an id itself, or what a division or remainder makes of one.
struct ProgramPart {
  mlir::Value value;
  /// The smallest axis of the ids that it is made of.
  int axis;
};

/// The parts that the addresses of a kernel are made of: of each id, the last
/// quotients and remainders on the way, or the id where there are none. For
/// the common grouped order of a matrix product, its row and its column.
llvm::SmallVector<ProgramPart> partsOf(mlir::triton::FuncOp kernel);

/// The operations of `kernel` that read a tile through pointers or descriptors.
llvm::SmallVector<mlir::Operation *> tileLoadsOf(mlir::triton::FuncOp kernel);

/// Which of `values` the address of a load may depend on, a bit each: through
/// arithmetic, other loads, loops and branches. Rather too many than too few.
unsigned addressDependsOn(mlir::Operation *load,
                          llvm::ArrayRef<mlir::Value> values);

/// A place in a grid of rows and columns, or its size. i32, not negative.
struct GridPlace {
  mlir::Value row, column;
};

/// The place of the program at `place` of a grid of `size` where it is walked
/// in bands of `group` rows, column by column within a band:
///
///   0 1 2       0 2 4
///   3 4 5  ==>  1 3 5     (group = 2)
///   6 7 8       6 7 8
///
/// A permutation of every grid, the last band of fewer rows included. Where a
/// band would have more than 2^31 - 1 places, everything stays where it is.
/// A place of a row at or behind the last one gives some place, without
/// undefined behaviour.
GridPlace groupRows(mlir::OpBuilder &builder, mlir::Location loc,
                    GridPlace place, GridPlace size, int64_t group);

/// The id of program `id` of `count` where programs that go by turns to
/// `chunks` places (program i to place i % chunks) are to find there the ids of
/// one stretch of [0, count): a permutation of it for every count. i32, not
/// negative, id < count.
mlir::Value idInChunks(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value id, mlir::Value count, int64_t chunks);

/// Ids for the beginning of a kernel, under which its programs go from there
/// on.
class ProgramRemap {
public:
  /// Operations are made at the beginning of `kernel`.
  explicit ProgramRemap(mlir::triton::FuncOp kernel);

  mlir::OpBuilder &builder() { return atEntry; }
  mlir::Location loc() const { return location; }
  /// What the hardware says: id and size of the grid along an axis.
  mlir::Value hardwareId(int axis);
  mlir::Value gridSize(int axis);

  /// Whether `value` is the same in all programs and can be computed at the
  /// beginning of the kernel: not from program ids, nor by operations with
  /// effects or not safe to speculate.
  bool isKnownAtBeginning(mlir::Value value) const;
  /// `value`, of which that is true, cloned.
  mlir::Value atBeginning(mlir::Value value);

  /// Puts an id in place of those that the kernel had along an axis. Once, and
  /// last.
  void replaceIds(llvm::ArrayRef<std::pair<int, mlir::Value>> ids);

private:
  mlir::triton::FuncOp kernel;
  mlir::Location location;
  mlir::OpBuilder atEntry;
  llvm::SmallVector<mlir::triton::GetProgramIdOp> originalIds;
};

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_PROGRAMORDER_H
