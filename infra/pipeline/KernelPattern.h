//===- KernelPattern.h - Which kernels a rule is for ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// A pattern of kernel names:
//
//   pattern ::= ( char | `-` | `*` | `?` | class )+
//   class   ::= `[` `!`? ( char ( `-` char )? )+ `]`
//   char    ::= letter | digit | `_` | `.`
//
// That is as much of the shell's patterns as LLVM's GlobPattern and Python's
// fnmatch read in one way. Names are matched byte by byte, upper and lower case
// apart, the whole name.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_PIPELINE_KERNELPATTERN_H
#define TRITON_EXT_INFRA_PIPELINE_KERNELPATTERN_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <utility>

namespace triton_ext {

/// What a pattern may have, for hints.
inline constexpr llvm::StringLiteral patternHint =
    "a pattern of kernel names has letters, digits, '_', '.', '-', '*', '?' "
    "and classes such as [a-z] or [!0-9]";

/// Where `pattern` is none, and a sentence; nothing where it is one.
std::optional<std::pair<size_t, std::string>>
patternMistake(llvm::StringRef pattern);

/// One spelling of a run of `*` and `?`: `?` first, then one `*`.
std::string canonicalPattern(llvm::StringRef pattern);

/// Whether the pattern, which has no mistake, is one of `kernel`.
bool matchesKernel(llvm::StringRef pattern, llvm::StringRef kernel);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_PIPELINE_KERNELPATTERN_H
