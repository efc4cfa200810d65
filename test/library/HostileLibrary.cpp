//===- HostileLibrary.cpp - A library that says anything --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Has the C interface's functions. What it answers, to any request, is the file
// beside it: FILE.so.json the body, FILE.so.report the report after the status.
// Loading it crashes where there is FILE.so.crash.
//
//===----------------------------------------------------------------------===//

#include "infra/worker/Server.h"
#include "triton_ext/triton_ext.h"
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

#ifndef ABI
#define ABI TRITON_EXT_ABI_VERSION
#endif

namespace worker = triton_ext::worker;

static std::string beside(const char *ending) {
  Dl_info info = {};
  dladdr(reinterpret_cast<void *>(&triton_ext_serve), &info);
  std::ifstream file(std::string(info.dli_fname) + ending, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

__attribute__((constructor)) static void crashWhereAsked() {
  if (!beside(".crash").empty())
    abort();
}

uint32_t triton_ext_abi_version(void) { return ABI; }
const char *triton_ext_version(void) { return "0"; }
const char *triton_ext_build_hash(void) { return "hostile"; }

int triton_ext_serve(void) {
  std::string body = beside(".json"), report = beside(".report");
  auto options = worker::serveOptionsFromEnvironment();
  options->build = triton_ext_build_hash();
  return worker::serve(*options,
                       [&](llvm::StringRef, llvm::StringRef,
                           std::string &outHeader, std::string &outBody) {
                         outHeader = report.empty() ? "0\n{}" : report;
                         outBody = body;
                       });
}

triton_ext_result *triton_ext_catalogue(void) { return nullptr; }
triton_ext_result *triton_ext_run(triton_ext_text, triton_ext_text) {
  return nullptr;
}
enum triton_ext_status triton_ext_result_status(const triton_ext_result *) {
  return TRITON_EXT_FAILED;
}
triton_ext_text triton_ext_result_output(const triton_ext_result *) {
  return {nullptr, 0};
}
triton_ext_text triton_ext_result_report(const triton_ext_result *) {
  return {nullptr, 0};
}
void triton_ext_free(triton_ext_result *) {}
