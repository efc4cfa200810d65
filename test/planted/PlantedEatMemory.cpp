//===- PlantedEatMemory.cpp - Takes all memory there is -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedEatMemoryBase.h"
#include <vector>

using namespace mlir;

namespace triton_ext {

class PlantedEatMemory : public PlantedEatMemoryBase<PlantedEatMemory> {
  void runOnOperation() override {
    std::vector<std::vector<char>> hoard;
    while (true)
      hoard.emplace_back(size_t(1) << 26, 1);
  }
};

} // namespace triton_ext
