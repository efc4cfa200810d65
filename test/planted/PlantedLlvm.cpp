//===- PlantedLlvm.cpp - A change of LLVM IR that can be seen -------------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Every floating-point addition becomes a subtraction of the negated operand;
// with `invalid`, the module does not verify any more.
//
//===----------------------------------------------------------------------===//

#include "PlantedLlvmBase.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace triton_ext {

class PlantedLlvm : public PlantedLlvmBase<PlantedLlvm> {
  void runOnModule(Module &module) override {
    SmallVector<Instruction *> additions;
    for (Function &function : module)
      for (Instruction &instruction : instructions(function))
        if (instruction.getOpcode() == Instruction::FAdd)
          additions.push_back(&instruction);
    if (additions.empty())
      return decline(module, "no-addition", "nothing is added");
    for (Instruction *addition : additions)
      change(addition);
    if (invalid)
      module.begin()->getEntryBlock().getTerminator()->eraseFromParent();
  }

  void change(Instruction *addition) {
    fired(*addition, "subtracts what is added");
    IRBuilder<> builder(addition);
    Value *negated = builder.CreateFNeg(addition->getOperand(1));
    Value *difference = builder.CreateFSub(addition->getOperand(0), negated);
    addition->replaceAllUsesWith(difference);
    addition->eraseFromParent();
  }
};

} // namespace triton_ext
