//===- ModuleText.h - Module texts as texts ---------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What the exchange does to a module's text without parsing it.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_MODULETEXT_H
#define TRITON_EXT_INFRA_EXCHANGE_MODULETEXT_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace triton_ext {

/// The text with every attribute and type alias but locations replaced by what
/// it stands for, and the definitions at its head taken away.
///
/// An attribute of an unregistered dialect keeps its text verbatim, references
/// to aliases inside of it included (`parent = #mma`); those would dangle, or
/// name another attribute, once the module is printed again. Expanded, a text
/// stands for itself, and two texts can be compared.
std::string expandAliases(llvm::StringRef text);

/// The other way: `text`, which has no aliases but locations, with those that
/// `original` defines at its head, wherever what they stand for occurs outside
/// of strings. Shorter, so quicker to parse; and where nothing was changed, the
/// text that the original's producer would print.
std::string contractAliases(llvm::StringRef text, llvm::StringRef original);

/// Name of the operation that the generic form's line `line` (1-based) belongs
/// to: the one it holds, or the one whose region it closes; empty when there is
/// none.
llvm::StringRef operationAtLine(llvm::StringRef text, unsigned line);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_MODULETEXT_H
