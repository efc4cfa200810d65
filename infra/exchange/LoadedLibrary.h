//===- LoadedLibrary.h - A library by its C interface -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Another library's code in this process: in a worker, which is there for it,
// and where a run is asked for inline. Nothing but the C interface is between.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_LOADEDLIBRARY_H
#define TRITON_EXT_INFRA_EXCHANGE_LOADEDLIBRARY_H

#include "infra/exchange/Service.h"
#include "triton_ext/triton_ext.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace triton_ext {

/// Why a library cannot be used: a stable word, and a sentence.
struct LibraryError {
  std::string code, message;
};

/// The functions of a library that stays loaded.
class LoadedLibrary {
public:
  /// Loads the library at `path`. On failure returns nothing and fills `error`:
  /// not-a-library, other-abi.
  static std::optional<LoadedLibrary> load(const std::string &path,
                                           LibraryError &error);

  llvm::StringRef buildHash() const { return buildHashFn(); }
  Answer catalogue() const { return taken(catalogueFn()); }
  Answer run(llvm::StringRef module, llvm::StringRef request) const;
  /// Serves until the client is gone. Returns the exit code.
  int serve() const { return serveFn(); }

private:
  Answer taken(triton_ext_result *result) const;

  decltype(&triton_ext_build_hash) buildHashFn;
  decltype(&triton_ext_catalogue) catalogueFn;
  decltype(&triton_ext_run) runFn;
  decltype(&triton_ext_serve) serveFn;
  decltype(&triton_ext_result_status) statusFn;
  decltype(&triton_ext_result_output) outputFn;
  decltype(&triton_ext_result_report) reportFn;
  decltype(&triton_ext_free) freeFn;
};

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_LOADEDLIBRARY_H
