//===- LLVMPass.h - What a pass over LLVM IR is written on ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// A pass whose entry says `stage: llir` is a function over llvm::Module:
//
//   #include "FenceReportBase.h"
//   namespace triton_ext {
//   class FenceReport : public FenceReportBase<FenceReport> {
//     void runOnModule(llvm::Module &module) override;
//   };
//   } // namespace triton_ext
//
// The same holds as for passes over MLIR: it declines with a reason, says where
// it fired, and emits no error for a kernel that it does not match.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_LLVMPASS_H
#define TRITON_EXT_LLVMPASS_H

#include "triton_ext/Pass.h"

namespace llvm {
class Function;
class Instruction;
class Module;
} // namespace llvm

namespace triton_ext {

/// Where in a module of LLVM IR something is said of, with its Python line as
/// far as debug information has it.
class LLVMPlace {
public:
  /*implicit*/ LLVMPlace(const llvm::Instruction &at);
  /*implicit*/ LLVMPlace(const llvm::Function &at);
  /*implicit*/ LLVMPlace(const llvm::Module &) {}

  std::string file;
  unsigned line = 0;
};

/// Base of every catalogued pass of the stage llir.
class LLVMModulePass : public ModulePass {
public:
  using ModulePass::ModulePass;

  /// Takes what a pass says: "fired", "noted" or "declined".
  using Listener =
      llvm::function_ref<void(llvm::StringRef kind, llvm::StringRef id,
                              const llvm::Twine &text, const LLVMPlace &at)>;

  /// Runs over `module`; false where the pass failed.
  bool run(llvm::Module &module, Listener listener);

protected:
  virtual void runOnModule(llvm::Module &module) = 0;

  void decline(const LLVMPlace &at, llvm::StringRef id,
               const llvm::Twine &why) {
    (*listener)("declined", id, why, at);
  }
  void fired(const LLVMPlace &at, const llvm::Twine &what) {
    (*listener)("fired", "fired", what, at);
  }
  void note(const LLVMPlace &at, llvm::StringRef id, const llvm::Twine &what) {
    (*listener)("noted", id, what, at);
  }
  /// Says that the pass cannot go on: nothing of it is applied.
  void fail() { hasFailed = true; }

private:
  /// MLIR is not what this pass is for; it says so.
  void runOnOperation() final;

  const Listener *listener = nullptr;
  bool hasFailed = false;
};

} // namespace triton_ext

#endif // TRITON_EXT_LLVMPASS_H
