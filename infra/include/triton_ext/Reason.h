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
  llvm::StringRef id; ///< stable, in kebab-case: "bound-not-invariant"
  std::string why;    ///< a sentence without full stop
  mlir::Operation *at =
      nullptr; ///< what stands in the way, where that is known
};

} // namespace triton_ext

#endif // TRITON_EXT_REASON_H
