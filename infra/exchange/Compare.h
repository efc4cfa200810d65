//===- Compare.h - Whether two module texts say the same --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_COMPARE_H
#define TRITON_EXT_INFRA_EXCHANGE_COMPARE_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace triton_ext {

/// Where two module texts part.
struct Difference {
  /// Name of the first operation that differs, "arith.addi".
  std::string operation;
  /// A sentence with both sides.
  std::string message;
};

/// Compares two module texts in generic form, locations, SSA names and aliases
/// aside; nothing when they say the same. Equal texts are not parsed. Others
/// are read in a context that knows no dialect, so that nothing which either
/// says can be lost unseen: a registered operation drops properties that it
/// does not know in silence, an unregistered one keeps all.
std::optional<Difference> difference(llvm::StringRef a, llvm::StringRef b);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_COMPARE_H
