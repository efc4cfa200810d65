//===- PlantedExit.cpp - Ends the process -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedExitBase.h"
#include <cstdlib>

using namespace mlir;

namespace triton_ext {

class PlantedExit : public PlantedExitBase<PlantedExit> {
  void runOnOperation() override { exit(3); }
};

} // namespace triton_ext
