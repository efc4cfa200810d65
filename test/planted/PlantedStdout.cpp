//===- PlantedStdout.cpp - Prints garbage to every open descriptor -*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "PlantedStdoutBase.h"
#include <unistd.h>

using namespace mlir;

namespace triton_ext {

class PlantedStdout : public PlantedStdoutBase<PlantedStdout> {
  void runOnOperation() override {
    static const char garbage[] = "garbage, and no reply\n";
    for (int fd = 0; fd < 64; ++fd)
      (void)!write(fd, garbage, sizeof(garbage));
    fired(getOperation(), "printed garbage");
  }
};

} // namespace triton_ext
