//===- PlantedChange.cpp - A harmless change that can be seen ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Every store of 32-bit floats stores its value plus `value`, so that the code
// that comes out tells which knob it was compiled with.
//
//===----------------------------------------------------------------------===//

#include "PlantedChangeBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace triton_ext {

class PlantedChange : public PlantedChangeBase<PlantedChange> {
  void runOnOperation() override {
    getOperation()->walk([&](triton::StoreOp store) { change(store); });
  }

  void change(triton::StoreOp store) {
    Type type = store.getValue().getType();
    if (!getElementTypeOrSelf(type).isF32())
      return decline(store, "not-f32", "the value stored is not f32");
    OpBuilder builder(store);
    APFloat number(static_cast<float>(value));
    TypedAttr attribute = builder.getF32FloatAttr(value);
    if (auto shaped = dyn_cast<RankedTensorType>(type))
      attribute = SplatElementsAttr::get(shaped, number);
    Value constant =
        arith::ConstantOp::create(builder, store.getLoc(), attribute);
    store.getValueMutable().assign(arith::AddFOp::create(
        builder, store.getLoc(), store.getValue(), constant));
    fired(store, "stores its value plus " + Twine(value));
  }
};

} // namespace triton_ext
