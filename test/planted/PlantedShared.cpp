//===- PlantedShared.cpp - Exceeds shared memory ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Asks for so many pipeline stages that a loop over a dot needs more shared
// memory than any target has; every stock stage accepts it.
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
      loop->setAttr("tt.num_stages", builder.getI32IntegerAttr(64));
      fired(loop, "is given 64 pipeline stages");
    });
  }
};

} // namespace triton_ext
