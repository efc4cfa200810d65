//===- CacheSpelling.h - Cache hints as releases spell them -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Up to 3.8 a load or store has two integers, `cache` and `evict`; from 3.9 on
// one attribute, `cachePolicy = #tt.cache_policy<…>`. A release reads the other
// one's spelling and forgets it. Which one a module needs shows in the module.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_CACHESPELLING_H
#define TRITON_EXT_TRANSFORMS_CACHESPELLING_H

#include "dialects/Triton/Triton.h"

namespace triton_ext {

/// Where in the caches a tile goes (cache modifier), and how long it stays
/// there (eviction policy).
struct CacheHint {
  mlir::triton::CacheModifier modifier = mlir::triton::CacheModifier::NONE;
  mlir::triton::EvictionPolicy eviction = mlir::triton::EvictionPolicy::NORMAL;

  bool isNone() const {
    return modifier == mlir::triton::CacheModifier::NONE &&
           eviction == mlir::triton::EvictionPolicy::NORMAL;
  }
  bool operator==(const CacheHint &other) const {
    return modifier == other.modifier && eviction == other.eviction;
  }
};

/// The hints on a load, descriptor load or store, however they are spelled;
/// nothing for another operation, and for a policy that is not Triton's.
std::optional<CacheHint> cacheHintOf(mlir::Operation *op);

/// How the release that made a module spells hints.
enum class CacheSpelling {
  Integers, ///< `cache`, `evict`: 3.6 to 3.8
  Policy,   ///< `cachePolicy`: 3.9
};

/// Looks at what the module's loads and stores carry. In the generic form, in
/// which modules cross, a release that spells integers writes them on every
/// load and store, so that a request without any of them says policy; in a text
/// without request (a tool's input) hints show only where there are some.
std::optional<CacheSpelling> cacheSpellingOf(mlir::ModuleOp module);

/// Puts hints on a load, descriptor load or store in place of those it has.
void setCacheHint(mlir::Operation *op, CacheHint hints, CacheSpelling spelling);

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_CACHESPELLING_H
