//===- PlantedCrash.cpp - Follows a null pointer -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedCrashBase.h"

using namespace mlir;

namespace triton_ext {

class PlantedCrash : public PlantedCrashBase<PlantedCrash> {
  void runOnOperation() override {
    volatile int *nowhere = nullptr;
    *nowhere = 1;
  }
};

} // namespace triton_ext
