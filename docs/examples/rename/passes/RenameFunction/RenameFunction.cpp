//===- RenameFunction.cpp - Give a function another name ------------------===//
// SPDX-License-Identifier: MIT
//
// What. `tt.func @foo` ==> `tt.func @bar`, and each call of it.
//
// When it declines. No function has the old name, or something has the new one.
//
// Why it pays. It does not: it is an example of the smallest useful pass.
//
// How. MLIR's symbol table knows every use.
//===----------------------------------------------------------------------===//
#include "RenameFunctionBase.h"
#include "mlir/IR/SymbolTable.h"

namespace triton_ext {
namespace {
class RenameFunction : public RenameFunctionBase<RenameFunction> {
  void runOnOperation() override {
    mlir::ModuleOp module = getOperation();
    if (function.empty() || to.empty())
      return decline(module, "no-names", "expects two names: function and to");
    mlir::SymbolTable symbols(module);
    mlir::Operation *found = symbols.lookup(function);
    if (!found)
      return decline(module, "no-function", "nothing is called @" + function);
    if (symbols.lookup(to))
      return decline(found, "name-taken", "@" + to + " is there already");
    if (mlir::failed(symbols.rename(found, to)))
      return decline(found, "unknown-uses", "not every use can be seen");
    fired(found, "@" + function + " is now @" + to);
  }
};
} // namespace
} // namespace triton_ext
