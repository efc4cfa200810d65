//===- Context.h - Contexts that modules are read into ----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_CONTEXT_H
#define TRITON_EXT_INFRA_EXCHANGE_CONTEXT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/JSON.h"
#include <functional>
#include <memory>

namespace triton_ext {

/// Registers every dialect that passes see typed. All others cross opaque.
void registerDialects(mlir::DialectRegistry &registry);

/// A context on loan: nobody else uses it until the lease ends.
using ContextLease = std::unique_ptr<mlir::MLIRContext,
                                     std::function<void(mlir::MLIRContext *)>>;

/// Lends a context with the dialects loaded. Contexts are kept for the next
/// borrower, since setting one up costs as much as reading a small module, and
/// replaced after some loans, since they never forget an attribute.
ContextLease borrowContext();

/// The value of the module attribute `triton_ext.request`: booleans, 64-bit
/// integers, doubles, strings and lists of strings; anything else is left out.
mlir::DictionaryAttr requestAttribute(mlir::MLIRContext *context,
                                      const llvm::json::Object &fields);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_CONTEXT_H
