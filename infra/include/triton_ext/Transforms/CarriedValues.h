//===- CarriedValues.h - Values that a loop carries along -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_CARRIEDVALUES_H
#define TRITON_EXT_TRANSFORMS_CARRIEDVALUES_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace triton_ext {

/// Computes tensors that `loop` advances by the same amount in every iteration
/// from the number of the iteration, instead of carrying them:
///
///   for i iter_args(p = p0) { use(p); yield p + c }
///     ==>
///   for i { p = p0 + splat(((i - lower) / step) * c); use(p) }
///
/// for tensors of pointers (tt.addptr) and of integers (arith.addi), where `c`
/// is a splat of a loop-invariant scalar, the step is a positive constant and
/// nothing uses the value after the loop. Exact: both sums are taken modulo the
/// width, pointers' modulo 2^64.
///
/// A tensor that is carried lives in registers across the whole loop and from
/// one loop to the next; one that is computed does not. Two pipelined loops
/// that hand tensors of pointers to one another spill.
///
/// The loop is replaced where anything changes; the operations of its body, and
/// their results, stay the same objects. Gives the loop that stands there now.
mlir::scf::ForOp recomputeCarriedTensors(mlir::scf::ForOp loop);

/// Initial values for a loop that takes over from `loop` where its counter is
/// `lower`, one of its iterations or its end: what was `handed` over, but those
/// same tensors computed anew, from what `loop` begins with. A loop then still
/// carries them, but no other loop hands them to it. Emits in front of `loop`,
/// where the builder stands; `loop` stays as it is.
llvm::SmallVector<mlir::Value> restartCarriedTensors(mlir::OpBuilder &builder,
                                                     mlir::scf::ForOp loop,
                                                     mlir::Value lower,
                                                     mlir::ValueRange handed);

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_CARRIEDVALUES_H
