//===- LLVMPass.cpp - What a pass over LLVM IR is written on ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/LLVMPass.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace triton_ext {

LLVMPlace::LLVMPlace(const Function &at) {
  if (const DISubprogram *program = at.getSubprogram()) {
    file = (program->getDirectory() + "/" + program->getFilename()).str();
    line = program->getLine();
  }
}

LLVMPlace::LLVMPlace(const Instruction &at) {
  const DILocation *location = at.getDebugLoc();
  if (!location)
    return;
  file = (location->getDirectory() + "/" + location->getFilename()).str();
  line = location->getLine();
}

bool LLVMModulePass::run(Module &module, Listener to) {
  listener = &to;
  hasFailed = false;
  runOnModule(module);
  listener = nullptr;
  return !hasFailed;
}

void LLVMModulePass::runOnOperation() {
  ModulePass::decline(getOperation(), "not-llvm-ir",
                      "the pass is for LLVM IR, and this is a module before");
}

} // namespace triton_ext
