//===- CacheHints.cpp - Cache hints as each release spells them -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/CacheHints.h"
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

std::optional<CacheHints> cacheHintsOf(Operation *op) {
  std::optional<CacheHints> hints;
  withHinted(op, [&](auto hinted) {
    hints = CacheHints{hinted.getCache(), hinted.getEvict()};
    Attribute policy = hinted.getCachePolicyAttr();
    if (!policy)
      return;
    if (auto known = dyn_cast<tt::CachePolicyAttr>(policy))
      hints = CacheHints{known.getCacheModifier(), known.getEvictionPolicy()};
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

void setCacheHints(Operation *op, CacheHints hints, CacheSpelling spelling) {
  MLIRContext *context = op->getContext();
  withHinted(op, [&](auto hinted) {
    if (spelling == CacheSpelling::Integers) {
      hinted.setCacheAttr(tt::CacheModifierAttr::get(context, hints.modifier));
      hinted.setEvictAttr(tt::EvictionPolicyAttr::get(context, hints.eviction));
    } else if (hints.areNone()) {
      hinted.removeCachePolicyAttr();
    } else {
      hinted.setCachePolicyAttr(
          tt::CachePolicyAttr::get(context, hints.modifier, hints.eviction));
    }
  });
}

} // namespace triton_ext
