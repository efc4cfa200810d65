//===- PlantedInvalid.cpp - Leaves a module that does not verify -*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedInvalidBase.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace triton_ext {

class PlantedInvalid : public PlantedInvalidBase<PlantedInvalid> {
  void runOnOperation() override {
    // A block without its terminator.
    getOperation()->walk([](Operation *op) {
      if (op->hasTrait<OpTrait::IsTerminator>() && op->getNumResults() == 0 &&
          op->getNumOperands() == 0)
        op->erase();
    });
  }
};

} // namespace triton_ext
