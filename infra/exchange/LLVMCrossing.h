//===- LLVMCrossing.h - LLVM IR in, through passes, and out -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_LLVMCROSSING_H
#define TRITON_EXT_INFRA_EXCHANGE_LLVMCROSSING_H

#include "infra/exchange/CrossingRequest.h"

namespace triton_ext {

/// `cross` for the stage llir, whose modules are texts of LLVM IR. A text that
/// this LLVM does not read, or would not print as it came, is of a newer one:
/// every pass declines.
CrossingResult crossLLVM(llvm::StringRef module, const CrossingRequest &request,
                         ProgressFn progress);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_LLVMCROSSING_H
