//===- PassRun.h - runs one pass on a module --------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#ifndef TRITON_EXT_TEST_PASSRUN_H
#define TRITON_EXT_TEST_PASSRUN_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>
#include <string>

namespace triton_ext {

inline std::string textOf(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  return text;
}

/// Runs the pass with those knobs, and the verifier behind it. False if either
/// fails.
inline bool runPass(mlir::ModuleOp module, std::unique_ptr<mlir::Pass> pass,
                    llvm::StringRef knobs = "") {
  auto complain = [](const llvm::Twine &message) {
    ADD_FAILURE() << message.str();
    return mlir::failure();
  };
  if (mlir::failed(pass->initializeOptions(knobs, complain)))
    return false;
  mlir::PassManager manager(module.getContext());
  manager.addPass(std::move(pass));
  return mlir::succeeded(manager.run(module)) &&
         mlir::succeeded(mlir::verify(module));
}

} // namespace triton_ext

#endif // TRITON_EXT_TEST_PASSRUN_H
