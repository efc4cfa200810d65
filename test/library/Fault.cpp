//===- Fault.cpp - A pass that brings its process down ----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "FaultBase.h"

namespace triton_ext {

class Fault : public FaultBase<Fault> {
  void runOnOperation() override {
    *static_cast<volatile int *>(nullptr) = 1; // NOLINT
  }
};

} // namespace triton_ext
