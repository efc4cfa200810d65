//===- LoopRounds.h - A change of loops until none changes ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_LOOPROUNDS_H
#define TRITON_EXT_TRANSFORMS_LOOPROUNDS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "triton_ext/Reason.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <optional>

namespace triton_ext {

/// Calls `change` on every loop over a range of `function`, inner loops first,
/// and on all of them again until it changes none: what a change makes known
/// can be news to the loops inside. `change` returns nothing where it changed
/// the loop, which may be gone then, else why not.
///
/// `decline` hears the reasons of the first round, which are those of the loops
/// as they came; of a function without loops, that there is none ("no-loop").
void changeLoops(
    mlir::FunctionOpInterface function,
    llvm::function_ref<std::optional<Reason>(mlir::scf::ForOp)> change,
    llvm::function_ref<void(mlir::Operation *, const Reason &)> decline);

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_LOOPROUNDS_H
