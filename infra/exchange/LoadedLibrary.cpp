//===- LoadedLibrary.cpp - A library by its C interface ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/LoadedLibrary.h"
#include <dlfcn.h>

using namespace llvm;

namespace triton_ext {

static StringRef borrowed(triton_ext_text text) {
  return text.data ? StringRef(text.data, text.size) : StringRef();
}

static triton_ext_text lent(StringRef text) {
  return {text.data(), text.size()};
}

std::optional<LoadedLibrary> LoadedLibrary::load(const std::string &path,
                                                 LibraryError &error) {
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *why = dlerror();
    error = {"not-a-library",
             path + " cannot be loaded: " + (why ? why : "no reason given")};
    return std::nullopt;
  }
  const char *missing = nullptr;
  auto get = [&](const char *name, auto &function) {
    function =
        reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(handle, name));
    if (!function && !missing)
      missing = name;
  };

  // The ABI first: what another one has is not known.
  decltype(&triton_ext_abi_version) abiVersion;
  get("triton_ext_abi_version", abiVersion);
  if (abiVersion && abiVersion() != TRITON_EXT_ABI_VERSION) {
    error = {"other-abi", path + " speaks ABI " + std::to_string(abiVersion()) +
                              ", expected ABI " +
                              std::to_string(TRITON_EXT_ABI_VERSION) +
                              ": build it with this release of triton-ext"};
    return std::nullopt;
  }
  LoadedLibrary library;
  get("triton_ext_build_hash", library.buildHashFn);
  get("triton_ext_catalogue", library.catalogueFn);
  get("triton_ext_run", library.runFn);
  get("triton_ext_serve", library.serveFn);
  get("triton_ext_result_status", library.statusFn);
  get("triton_ext_result_output", library.outputFn);
  get("triton_ext_result_report", library.reportFn);
  get("triton_ext_free", library.freeFn);
  if (!missing)
    return library;
  error = {"not-a-library", path +
                                " is no triton-ext library: it has no "
                                "function " +
                                missing};
  return std::nullopt;
}

Answer LoadedLibrary::taken(triton_ext_result *result) const {
  Answer answer{static_cast<CrossingStatus>(statusFn(result)),
                borrowed(outputFn(result)).str(),
                borrowed(reportFn(result)).str()};
  freeFn(result);
  return answer;
}

Answer LoadedLibrary::run(StringRef module, StringRef request) const {
  return taken(runFn(lent(module), lent(request)));
}

} // namespace triton_ext
