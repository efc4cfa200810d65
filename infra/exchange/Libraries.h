//===- Libraries.h - Several libraries in one process -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// The library that this is linked into, and those that were added: their
// catalogues as one. An added library's code runs in a worker of its own.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_LIBRARIES_H
#define TRITON_EXT_INFRA_EXCHANGE_LIBRARIES_H

#include "infra/exchange/Service.h"
#include "infra/pipeline/PipelineText.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace triton_ext {

/// Tells the workers' client what it starts. Before its first call.
void introduceWorkers();

/// JSON {"version", "build_hash", "extensions", "libraries"} of all libraries.
std::string catalogueText();

/// JSON {"canonical", "rules", "elements", "libraries"}: the libraries are
/// those that the pipeline names.
llvm::json::Value toJSON(const Pipeline &pipeline);

/// Adds the library at `path`, once its catalogue was read in a worker and
/// found good. The output says which it is, the report why it is refused.
Answer addLibrary(const std::string &path);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_LIBRARIES_H
