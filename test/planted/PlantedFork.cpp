//===- PlantedFork.cpp - Forks, and answers twice -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedForkBase.h"
#include <unistd.h>

using namespace mlir;

namespace triton_ext {

class PlantedFork : public PlantedForkBase<PlantedFork> {
  void runOnOperation() override {
    if (fork() < 0)
      decline(getOperation(), "no-fork", "this process must not fork");
  }
};

} // namespace triton_ext
