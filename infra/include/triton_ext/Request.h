//===- Request.h - What a module is compiled for ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// While passes run, the module carries one discardable attribute,
//
//   triton_ext.request = {backend = "cuda", arch = 90 : i64, triton = "3.6.0",
//                         enable_fp_fusion = true, num_warps = 4 : i64}
//
// put on from the caller's request and taken off before anything is sent back.
// A lit test writes it by hand.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REQUEST_H
#define TRITON_EXT_REQUEST_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace triton_ext {

/// Read-only view of the target and the compile options of a module.
class Request {
public:
  /// The module attribute that carries the request.
  static constexpr llvm::StringLiteral attributeName = "triton_ext.request";

  /// The request of the module around `op`; empty where none was given.
  static Request of(mlir::Operation *op);

  explicit Request(mlir::DictionaryAttr fields = {}) : fields(fields) {}

  /// `GPUTarget.backend`, "cuda" or "hip" for example; empty when unknown.
  llvm::StringRef backend() const { return string("backend"); }
  /// `GPUTarget.arch`: 90 for sm_90. Empty where the backend names its
  /// architectures by words ("gfx942", see archName) or nothing is known.
  std::optional<int64_t> capability() const { return integer("arch"); }
  /// The architecture as a word, "gfx942"; empty when it is a number.
  llvm::StringRef archName() const { return string("arch"); }
  /// The Triton release that made the module, "3.6.0"; empty when unknown.
  llvm::StringRef release() const { return string("triton"); }
  /// Whether the target's compiler may contract `a * b + c`. Where the request
  /// does not say, it may: passes must be right either way.
  bool enableFpFusion() const {
    return boolean("enable_fp_fusion").value_or(true);
  }

  llvm::StringRef string(llvm::StringRef name) const;
  std::optional<int64_t> integer(llvm::StringRef name) const;
  std::optional<bool> boolean(llvm::StringRef name) const;
  /// A list of words, such as `allowed_dot_input_precisions`.
  std::optional<llvm::SmallVector<llvm::StringRef>>
  words(llvm::StringRef name) const;

private:
  mlir::DictionaryAttr fields;
};

} // namespace triton_ext

#endif // TRITON_EXT_REQUEST_H
