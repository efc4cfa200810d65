//===- PlantedHang.cpp - Never returns -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedHangBase.h"

using namespace mlir;

namespace triton_ext {

class PlantedHang : public PlantedHangBase<PlantedHang> {
  void runOnOperation() override {
    volatile bool done = false;
    while (!done) {
    }
  }
};

} // namespace triton_ext
