//===- SampleArch.cpp - A pass for some targets --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "SampleArchBase.h"

namespace triton_ext {

class SampleArch : public SampleArchBase<SampleArch> {
  void runOnOperation() override {}
};

} // namespace triton_ext
