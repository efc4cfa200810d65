//===- CatalogueText.h - A catalogue that came as text ----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The catalogue of another library, as its JSON. Nothing about it is trusted:
// its words end up on terminals and in files, its names in pipelines.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_CATALOGUETEXT_H
#define TRITON_EXT_REGISTRY_CATALOGUETEXT_H

#include "infra/registry/Catalogue.h"
#include "infra/registry/PlainText.h"
#include "llvm/Support/Allocator.h"
#include <memory>
#include <optional>
#include <string>

namespace triton_ext {

// Limits beside those of PlainText.h.
inline constexpr size_t maxCatalogueText = 4 * maxCatalogueBytes;
inline constexpr size_t maxEntries = 1000;
inline constexpr size_t maxItems = 200; ///< of any list in an entry
inline constexpr size_t maxNesting = 16;

/// The JSON object that a text from elsewhere is, of at most `limit` bytes.
/// Else nothing, and `error` says why.
std::optional<llvm::json::Object>
parseForeignJSON(llvm::StringRef text, size_t limit, std::string &error);

/// `text` with '?' in the place of what is not fit to print; lines stay.
std::string legible(llvm::StringRef text);

/// A library whose texts and entries lie in `memory`.
struct CatalogueText {
  AddedLibrary library;
  std::unique_ptr<llvm::BumpPtrAllocator> memory;

  /// The library for as long as the process lives.
  const AddedLibrary &forGood() &&;
};

/// Reads what the library at `path` says of itself: the JSON of
/// triton_ext_catalogue. Fields that are not known are left out. On a mistake
/// returns nothing, and `error` says which entry and which field: "entry
/// 'mine/loop-split', field 'summary': found …, expected …".
std::optional<CatalogueText> readCatalogueText(llvm::StringRef json,
                                               llvm::StringRef path,
                                               std::string &error);

} // namespace triton_ext

#endif // TRITON_EXT_REGISTRY_CATALOGUETEXT_H
