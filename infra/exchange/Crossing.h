//===- Crossing.h - A module in, through passes, and out --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Reads a module's text, holds what was read against what came in, runs a
// pipeline and writes the result in generic form. The caller's own module is
// never touched: unless the outcome is `Changed`, it simply goes on with it.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_CROSSING_H
#define TRITON_EXT_INFRA_EXCHANGE_CROSSING_H

#include "infra/exchange/CrossingRequest.h"

namespace triton_ext {

/// Runs `request` over `module` in this process.
CrossingResult cross(llvm::StringRef module, const CrossingRequest &request,
                     ProgressFn progress);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_CROSSING_H
