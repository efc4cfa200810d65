//===- Version.h - Which build this is --------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_SUPPORT_VERSION_H
#define TRITON_EXT_INFRA_SUPPORT_VERSION_H

namespace triton_ext {

/// "0.1.0".
const char *versionText();

/// "triton-ext-opt": the program that was built with this library.
const char *toolName();

/// Hex digits over every source that this library is built from; the worker
/// and its client must agree in it, and cached kernels are keyed by it.
const char *buildHash();

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_SUPPORT_VERSION_H
