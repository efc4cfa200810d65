//===- Knobs.h - Options held against the catalogue -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_PIPELINE_KNOBS_H
#define TRITON_EXT_INFRA_PIPELINE_KNOBS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/LogicalResult.h"

namespace triton_ext {

/// Holds an option list of pass `pass`, as MLIR hands it to a pass, against the
/// catalogue: names, types and ranges. A pass without an entry is left to MLIR.
llvm::LogicalResult
checkKnobs(llvm::StringRef pass, llvm::StringRef options,
           llvm::function_ref<llvm::LogicalResult(const llvm::Twine &)> error);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_PIPELINE_KNOBS_H
