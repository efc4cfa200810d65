//===- Reason.h - Why a pass leaves something alone -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REASON_H
#define TRITON_EXT_REASON_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mlir {
class Operation;
} // namespace mlir

namespace triton_ext {

/// Why a pass leaves something alone.
struct Reason {
  /// Stable, in kebab-case: "bound-not-invariant".
  llvm::StringRef id;
  /// A sentence without full stop.
  std::string why;
  /// What stands in the way, where that is known.
  mlir::Operation *at = nullptr;
};

} // namespace triton_ext

#endif // TRITON_EXT_REASON_H
