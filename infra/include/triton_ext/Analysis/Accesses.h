//===- Accesses.h - What reads and writes global memory ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_ANALYSIS_ACCESSES_H
#define TRITON_EXT_ANALYSIS_ACCESSES_H

#include "mlir/IR/Operation.h"
#include <optional>

namespace triton_ext {

/// A load, store or atomic through pointers, in one view.
struct Access {
  mlir::Operation *op;
  /// "load", "store" or "atomic".
  llvm::StringRef word;
  /// A pointer or a tensor of pointers, or a pointer to a block.
  mlir::Value pointer;
  /// Null where every lane is accessed.
  mlir::Value mask;
  /// What goes to memory; null for a load.
  mlir::Value stored;
};

/// The view of `op`, where it is one.
std::optional<Access> accessOf(mlir::Operation *op);

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_ACCESSES_H
