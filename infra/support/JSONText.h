//===- JSONText.h - JSON as text --------------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_SUPPORT_JSONTEXT_H
#define TRITON_EXT_INFRA_SUPPORT_JSONTEXT_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace triton_ext {

/// `value` on one line.
inline std::string jsonText(llvm::json::Value value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << value;
  return text;
}

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_SUPPORT_JSONTEXT_H
