//===- SampleKnobs.cpp - A pass with every kind of knob ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "SampleKnobsBase.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace triton_ext {

static StringRef nameOf(SampleKnobsSomeMode mode) {
  switch (mode) {
  case SampleKnobsSomeMode::FirstMode:
    return "first";
  case SampleKnobsSomeMode::SecondMode:
    return "second";
  }
  return {};
}

/// Leaves its knobs on the module, where the test reads them.
class SampleKnobs : public SampleKnobsBase<SampleKnobs> {
  void runOnOperation() override {
    Builder builder(&getContext());
    bool flag = someFlag;
    int64_t count = someCount, lowest = least;
    double ratio = someRatio;
    std::string text = someText;
    NamedAttrList knobs;
    knobs.set("flag", builder.getBoolAttr(flag));
    knobs.set("count", builder.getI64IntegerAttr(count));
    knobs.set("ratio", builder.getF64FloatAttr(ratio));
    knobs.set("mode", builder.getStringAttr(nameOf(someMode)));
    knobs.set("text", builder.getStringAttr(text));
    knobs.set("sizes", builder.getDenseI64ArrayAttr(*someSizes));
    knobs.set("none", builder.getDenseI64ArrayAttr(*noSizes));
    knobs.set("least", builder.getI64IntegerAttr(lowest));
    knobs.set("debug", builder.getStringAttr(DEBUG_TYPE));
    getOperation()->setAttr("sample.knobs", knobs.getDictionary(&getContext()));
  }
};

} // namespace triton_ext
