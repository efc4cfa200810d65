//===- Request.cpp - What a module is compiled for --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Request.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace triton_ext {

Request Request::of(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  if (!module)
    return Request();
  return Request(module->getAttrOfType<DictionaryAttr>(attributeName));
}

llvm::StringRef Request::string(llvm::StringRef name) const {
  auto attr = fields ? fields.getAs<StringAttr>(name) : StringAttr();
  return attr ? attr.getValue() : llvm::StringRef();
}

std::optional<int64_t> Request::integer(llvm::StringRef name) const {
  auto attr = fields ? fields.getAs<IntegerAttr>(name) : IntegerAttr();
  if (!attr || attr.getType().isInteger(1))
    return std::nullopt;
  return attr.getValue().getSExtValue();
}

std::optional<bool> Request::boolean(llvm::StringRef name) const {
  auto attr = fields ? fields.getAs<BoolAttr>(name) : BoolAttr();
  if (!attr)
    return std::nullopt;
  return attr.getValue();
}

std::optional<SmallVector<StringRef>> Request::words(StringRef name) const {
  auto list = fields ? fields.getAs<ArrayAttr>(name) : ArrayAttr();
  if (!list)
    return std::nullopt;
  SmallVector<StringRef> words;
  for (Attribute item : list) {
    auto word = dyn_cast<StringAttr>(item);
    if (!word)
      return std::nullopt;
    words.push_back(word.getValue());
  }
  return words;
}

} // namespace triton_ext
