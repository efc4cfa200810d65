//===- LoopSelection.h - Which loops and operations are meant ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Knobs say which loops or operations of a kernel a pass is for: by the Python
// lines that they stand on, by what a loop does itself, by how deep it is
// nested. This is what the words mean, for every pass alike.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_LOOPSELECTION_H
#define TRITON_EXT_LOOPSELECTION_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace triton_ext {

/// The Python lines that an operation stands on: its own and, where functions
/// were inlined, those of the calls around it, innermost first. Empty where the
/// module has no line information.
llvm::SmallVector<unsigned> pythonLinesOf(mlir::Operation *op);

/// Whether an operation stands on one of `lines`; of no lines, always.
bool isOnLines(mlir::Operation *op, llvm::ArrayRef<int64_t> lines);

/// What a loop does itself: in its body and in the branches there, the bodies
/// of nested loops left out.
enum class LoopContent {
  Other, ///< neither of the following
  Load,  ///< loads tiles, and has no product of tiles
  Dot,   ///< has a product of tiles
};

LoopContent contentOf(mlir::scf::ForOp loop);

/// How many loops (scf.for, scf.while) of its function are around it.
unsigned depthOf(mlir::scf::ForOp loop);

/// Whether a loop has none in its body.
bool isInnermost(mlir::scf::ForOp loop);

/// A choice among the loops of a kernel. As it is made, it takes all of them.
struct LoopSelection {
  /// Only loops that do this.
  std::optional<LoopContent> content;
  /// Only loops that have none inside, or only those that have none around.
  bool onlyInnermost = false;
  bool onlyOutermost = false;
  /// Only loops on these Python lines; none: any.
  llvm::SmallVector<int64_t> lines;

  /// Why a loop is not meant, in words; empty where it is.
  llvm::StringRef whyNot(mlir::scf::ForOp loop) const;
  bool selects(mlir::scf::ForOp loop) const { return whyNot(loop).empty(); }
};

} // namespace triton_ext

#endif // TRITON_EXT_LOOPSELECTION_H
