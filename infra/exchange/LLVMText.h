//===- LLVMText.h - Texts of LLVM IR, compared ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_LLVMTEXT_H
#define TRITON_EXT_INFRA_EXCHANGE_LLVMTEXT_H

#include "infra/exchange/Compare.h"

namespace triton_ext {

/// Compares two texts of LLVM IR line by line: comments, white space and the
/// numbers of attribute groups aside, each group put in for its number. What
/// stands on the declaration of an intrinsic is left out: every reader puts
/// there what it knows of the intrinsic, whatever the text says.
std::optional<Difference> differenceOfLLVM(llvm::StringRef a,
                                           llvm::StringRef b);

/// The text without what its printer put on the declarations of intrinsics of
/// its own accord: an older LLVM may not know the words, and needs none.
std::string withoutIntrinsicAttributes(llvm::StringRef text);

/// The first keyword of `text` that an LLVM as old as the one that wrote
/// `original` may not know: one that neither stands there nor has been in LLVM
/// for long. Empty if there is none. A keyword that LLVM does not know ends the
/// process of whoever reads it.
std::string newKeyword(llvm::StringRef text, llvm::StringRef original);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_LLVMTEXT_H
