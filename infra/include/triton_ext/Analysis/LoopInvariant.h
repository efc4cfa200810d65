//===- LoopInvariant.h - Computing in front of a loop -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_ANALYSIS_LOOPINVARIANT_H
#define TRITON_EXT_ANALYSIS_LOOPINVARIANT_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace triton_ext {

/// Whether `op`, on operands that are computed in front of a loop, may run
/// there once, even if the loop does not: it has no effects and no regions,
/// never traps, and its result is not poison but for overflow flags.
bool isHoistable(mlir::Operation *op);

/// Whether `value`, used by `before` or by what follows it in its block, is
/// there before that operation runs: what a loop uses and does not compute
/// itself is there before the loop.
bool isAvailable(mlir::Value value, mlir::Operation *before);

/// `value` as computed in front of `before`, a loop or any other operation:
/// itself if it is available there, else the result of a clone of what computes
/// it, which must be `isHoistable` all the way. Clones stand at the builder's
/// insertion point and are kept in `clones`, so that one map serves several
/// values. They promise nothing about overflow: the original may never have
/// run.
mlir::Value cloneInFront(mlir::OpBuilder &builder, mlir::Operation *before,
                         mlir::Value value, mlir::IRMapping &clones);

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_LOOPINVARIANT_H
