//===- PlantedAbort.cpp - Fails an assertion -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedAbortBase.h"
#include <cstdlib>

using namespace mlir;

namespace triton_ext {

class PlantedAbort : public PlantedAbortBase<PlantedAbort> {
  void runOnOperation() override { abort(); }
};

} // namespace triton_ext
