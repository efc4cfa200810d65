//===- Emit.h - registry.yaml as code ---------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_EMIT_H
#define TRITON_EXT_REGISTRY_EMIT_H

#include "infra/registry/Schema.h"
#include <string>
#include <vector>

namespace triton_ext::registry {

/// `LoopSplit.td`: the pass and its options, as mlir-tblgen wants them.
std::string emitTableGen(const Entry &entry);

/// `LoopSplitBase.h`: the one header that a pass includes.
std::string emitBaseHeader(const Entry &entry);

/// `CatalogueTable.cpp`: the table that Catalogue.h queries. Names in it begin
/// with the library's, `mine/loop-split`, unless that is empty.
std::string emitTable(const std::vector<Entry> &entries,
                      const std::string &library);

} // namespace triton_ext::registry

#endif // TRITON_EXT_REGISTRY_EMIT_H
