//===- SampleTarget.cpp - A pass for some targets --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "SampleTargetBase.h"

namespace triton_ext {

class SampleTarget : public SampleTargetBase<SampleTarget> {
  void runOnOperation() override {}
};

} // namespace triton_ext
