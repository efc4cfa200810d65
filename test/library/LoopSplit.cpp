//===- LoopSplit.cpp - A namesake of another library's pass -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Marks every function with `value`, so that the code that comes out tells that
// it was here, and with which knob.
//
//===----------------------------------------------------------------------===//

#include "LoopSplitBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace triton_ext {

class LoopSplit : public LoopSplitBase<LoopSplit> {
  void runOnOperation() override {
    getOperation()->walk([&](triton::FuncOp function) {
      function->setAttr("tt.mine",
                        Builder(&getContext()).getI32IntegerAttr(value));
      fired(function, "marked with " + Twine(value));
    });
  }
};

} // namespace triton_ext
