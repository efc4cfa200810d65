//===- CacheSpelling.cpp - Cache hints as releases spell them ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/CacheSpelling.h"
#include "triton_ext/Request.h"

using namespace llvm;
using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

/// Calls `act` on the operation as what it is, if it can have hints.
template <typename Act> static void withHinted(Operation *op, Act act) {
  if (auto load = dyn_cast<tt::LoadOp>(op))
    act(load);
  else if (auto store = dyn_cast<tt::StoreOp>(op))
    act(store);
  else if (auto block = dyn_cast<tt::DescriptorLoadOp>(op))
    act(block);
}

std::optional<CacheHint> cacheHintOf(Operation *op) {
  std::optional<CacheHint> hints;
  withHinted(op, [&](auto hinted) {
    hints = CacheHint{hinted.getCache(), hinted.getEvict()};
    Attribute policy = hinted.getCachePolicyAttr();
    if (!policy)
      return;
    if (auto known = dyn_cast<tt::CachePolicyAttr>(policy))
      hints = CacheHint{known.getCacheModifier(), known.getEvictionPolicy()};
    else
      hints.reset();
  });
  return hints;
}

std::optional<CacheSpelling> cacheSpellingOf(ModuleOp module) {
  std::optional<CacheSpelling> seen;
  module.walk([&](Operation *op) {
    withHinted(op, [&](auto hinted) {
      if (hinted.getCachePolicyAttr())
        seen = CacheSpelling::Policy;
      else if (hinted.getCacheAttr() || hinted.getEvictAttr())
        seen = CacheSpelling::Integers;
    });
    return seen ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (!seen && module->hasAttr(Request::attributeName))
    seen = CacheSpelling::Policy;
  return seen;
}

void setCacheHint(Operation *op, CacheHint hints, CacheSpelling spelling) {
  MLIRContext *context = op->getContext();
  withHinted(op, [&](auto hinted) {
    if (spelling == CacheSpelling::Integers) {
      hinted.setCacheAttr(tt::CacheModifierAttr::get(context, hints.modifier));
      hinted.setEvictAttr(tt::EvictionPolicyAttr::get(context, hints.eviction));
    } else if (hints.isNone()) {
      hinted.removeCachePolicyAttr();
    } else {
      hinted.setCachePolicyAttr(
          tt::CachePolicyAttr::get(context, hints.modifier, hints.eviction));
    }
  });
}

} // namespace triton_ext
