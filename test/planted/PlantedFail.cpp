//===- PlantedFail.cpp - Signals failure -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedFailBase.h"

using namespace mlir;

namespace triton_ext {

class PlantedFail : public PlantedFailBase<PlantedFail> {
  void runOnOperation() override {
    getOperation()->emitError("planted to fail");
    signalPassFailure();
  }
};

} // namespace triton_ext
