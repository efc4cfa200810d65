//===- Pointers.h - Where pointers come from --------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_ANALYSIS_POINTERS_H
#define TRITON_EXT_ANALYSIS_POINTERS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>

namespace triton_ext {

/// The argument of a function that every pointer in `pointer`, a pointer or a
/// tensor of them, begins at: through tt.addptr, operations that change shapes
/// or types, selects, and what loops and branches carry, each way that control
/// can take. Null where it begins at several, or somewhere else: at an integer,
/// at memory, at a block argument of unstructured control flow.
///
/// `visit`, where given, is called for each operation on the way.
mlir::BlockArgument
baseArgument(mlir::Value pointer,
             llvm::function_ref<void(mlir::Operation *)> visit = {});

/// The Python name of a function's argument, "x_ptr"; its number where the
/// module does not have the name.
std::string argumentName(mlir::BlockArgument argument);

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_POINTERS_H
