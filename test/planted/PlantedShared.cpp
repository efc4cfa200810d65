//===- PlantedShared.cpp - Exceeds shared memory ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Asks for so many pipeline stages that a loop over a dot of large tiles needs
// more shared memory than there is; every stock stage accepts it. No more than
// that many: Triton 3.9's AMD backend takes minutes over 64.
//
//===----------------------------------------------------------------------===//

#include "PlantedSharedBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace triton_ext {

class PlantedShared : public PlantedSharedBase<PlantedShared> {
  void runOnOperation() override {
    Builder builder(&getContext());
    getOperation()->walk([&](scf::ForOp loop) {
      loop->setAttr("tt.num_stages", builder.getI32IntegerAttr(6));
      fired(loop, "is given 6 pipeline stages");
    });
  }
};

} // namespace triton_ext
