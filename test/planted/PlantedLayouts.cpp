//===- PlantedLayouts.cpp - What is read of every layout --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Notes for every type of the module what the views make of its layout, so that
// tests can hold it against what Triton says:
//
//   layout   <text as it came> | <printed from what was read, or "unknown">
//   form     <shape> | <text as it came> | <its linear form, as #ttg.linear>
//   memdesc  <type as it came> | <bytes, or "unknown">
//
//===----------------------------------------------------------------------===//

#include "PlantedLayoutsBase.h"
#include "triton_ext/Layout.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace triton_ext {

template <typename Printable> static std::string textOf(Printable printable) {
  std::string text;
  llvm::raw_string_ostream(text) << printable;
  return text;
}

static std::string listed(int64_t number) { return std::to_string(number); }

/// "1, 2", "[1, 2], [4, 8]"
template <typename Items> static std::string listed(const Items &items) {
  constexpr bool nested =
      !std::is_integral_v<std::decay_t<decltype(*items.begin())>>;
  std::string text;
  for (const auto &item : items) {
    text += text.empty() ? "" : ", ";
    text += nested ? "[" + listed(item) + "]" : listed(item);
  }
  return text;
}

static std::string formText(const LinearLayout &form) {
  return "#ttg.linear<{register = [" + listed(form.registers) + "], lane = [" +
         listed(form.lanes) + "], warp = [" + listed(form.warps) +
         "], block = [" + listed(form.blocks) + "]}>";
}

class PlantedLayouts : public PlantedLayoutsBase<PlantedLayouts> {
  void runOnOperation() override {
    llvm::SetVector<Type> types;
    getOperation()->walk([&](Operation *op) {
      types.insert(op->result_type_begin(), op->result_type_end());
      for (Region &region : op->getRegions())
        for (Block &block : region)
          types.insert(block.getArgumentTypes().begin(),
                       block.getArgumentTypes().end());
    });
    for (Type type : types)
      look(type);
  }

  void look(Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && tensor.getEncoding())
      lookAtTensor(tensor);
    else if (isa<OpaqueType>(type))
      lookAtBuffer(type);
  }

  void lookAtTensor(RankedTensorType tensor) {
    std::string came = textOf(tensor.getEncoding());
    std::optional<Layout> layout = Layout::of(tensor);
    say("layout", came + " | " + (layout ? layout->text() : "unknown"));
    if (std::optional<LinearLayout> form = linearForm(tensor))
      say("form",
          listed(tensor.getShape()) + " | " + came + " | " + formText(*form));
  }

  void lookAtBuffer(Type type) {
    std::optional<MemDesc> buffer = MemDesc::of(type);
    if (!StringRef(textOf(type)).contains("memdesc"))
      return;
    std::optional<int64_t> bytes = bytesOf(type);
    say("memdesc",
        textOf(type) + " | " + (bytes ? std::to_string(*bytes) : "unknown"));
    if (buffer)
      say("layout", textOf(type) + " | " +
                        (buffer->layout ? buffer->layout->text() : "unknown"));
  }

  void say(llvm::StringRef id, const llvm::Twine &what) {
    note(getOperation(), id, what);
  }
};

} // namespace triton_ext
