//===- PlantedLateFailure.cpp - Fails in a later stock stage ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Inline assembly that no assembler takes: the module verifies everywhere, and
// the last stock stage raises.
//
//===----------------------------------------------------------------------===//

#include "PlantedLateFailureBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace triton_ext {

class PlantedLateFailure : public PlantedLateFailureBase<PlantedLateFailure> {
  void runOnOperation() override {
    getOperation()->walk([&](triton::GetProgramIdOp id) { spoil(id); });
  }

  void spoil(triton::GetProgramIdOp id) {
    OpBuilder builder(id);
    builder.setInsertionPointAfter(id);
    OperationState state(id.getLoc(), "tt.elementwise_inline_asm");
    state.addOperands(id.getResult());
    state.addTypes(id.getType());
    state.addAttribute("asm_string",
                       builder.getStringAttr("no.such.ptx $0, $1;"));
    state.addAttribute("constraints", builder.getStringAttr("=r,r"));
    state.addAttribute("pure", builder.getBoolAttr(false));
    state.addAttribute("packed_element", builder.getI32IntegerAttr(1));
    Operation *assembly = builder.create(state);
    id.getResult().replaceAllUsesExcept(assembly->getResult(0), assembly);
    fired(id, "goes through assembly that no assembler takes");
  }
};

} // namespace triton_ext
