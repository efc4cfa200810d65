//===- Pass.h - What a pass is written on -----------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// A pass is a class over the base that the catalogue entry generates:
//
//   #include "LoopSplitBase.h"
//   namespace triton_ext {
//   class LoopSplit : public LoopSplitBase<LoopSplit> {
//     void runOnOperation() override;
//   };
//   } // namespace triton_ext
//
// It is a function from module to module. It never emits an error for a kernel
// that it does not match: it declines, with a reason.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_PASS_H
#define TRITON_EXT_PASS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "triton_ext/Reason.h"
#include "triton_ext/Request.h"
#include <functional>

namespace triton_ext {

/// Base of every catalogued pass.
class ModulePass : public mlir::OperationPass<mlir::ModuleOp> {
public:
  using OperationPass::OperationPass;

  /// Sets the knobs from the pipeline's text and holds each against the range
  /// that the catalogue gives it.
  mlir::LogicalResult
  initializeOptions(llvm::StringRef options,
                    llvm::function_ref<mlir::LogicalResult(const llvm::Twine &)>
                        error) override;

  /// Takes what a pass says: "fired", "noted" or "declined".
  using Listener =
      std::function<void(llvm::StringRef kind, llvm::StringRef id,
                         const llvm::Twine &text, mlir::Location at)>;

  /// From now on `listener` hears what this pass says, in the report's place.
  void setListener(Listener listener) { this->listener = std::move(listener); }

protected:
  /// What is wrong with the values of the knobs as far as the catalogue cannot
  /// know, a text with a grammar of its own say; empty where nothing is.
  /// Asked whenever knobs were set, so that a mistake is one in the pipeline.
  virtual std::string mistakeInKnobs() { return {}; }

  /// Says why this pass leaves `at` alone: a stable id in kebab-case
  /// ("bound-not-invariant") and a sentence. The report carries both with the
  /// Python line of `at`; `triton-ext-opt --remarks-filter=.*` prints them.
  void decline(mlir::Operation *at, llvm::StringRef id, const llvm::Twine &why);

  /// The same of a reason that was found elsewhere; where the reason says what
  /// stands in the way, that is the place.
  void decline(mlir::Operation *at, const Reason &reason) {
    decline(reason.at ? reason.at : at, reason.id, reason.why);
  }

  /// Says what this pass did at `at`, once for every place it changed.
  void fired(mlir::Operation *at, const llvm::Twine &what);

  /// Says what this pass found at `at` and left as it is: what an analysis
  /// reports. `id` is a stable id in kebab-case ("conversion-in-loop").
  void note(mlir::Operation *at, llvm::StringRef id, const llvm::Twine &what) {
    note(at->getLoc(), id, what);
  }
  void note(mlir::Location at, llvm::StringRef id, const llvm::Twine &what);

  /// Target and options that the module is compiled for.
  Request request() { return Request::of(getOperation()); }

private:
  Listener listener;
};

} // namespace triton_ext

#endif // TRITON_EXT_PASS_H
