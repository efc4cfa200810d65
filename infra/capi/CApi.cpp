//===- CApi.cpp - The C interface -------------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Libraries.h"
#include "infra/exchange/Service.h"
#include "infra/pipeline/PipelineText.h"
#include "infra/support/JSONText.h"
#include "infra/support/Version.h"
#include "infra/worker/Client.h"
#include "triton_ext/triton_ext.h"
#include "llvm/ADT/StringRef.h"
#include <new>

using namespace llvm;
using namespace triton_ext;

struct triton_ext_result {
  Answer answer;
};

static StringRef borrowed(triton_ext_text text) {
  return text.data ? StringRef(text.data, text.size) : StringRef();
}

static triton_ext_result *owned(Answer answer) {
  auto *result = new (std::nothrow) triton_ext_result;
  if (result)
    result->answer = std::move(answer);
  return result;
}

uint32_t triton_ext_abi_version(void) { return TRITON_EXT_ABI_VERSION; }

const char *triton_ext_version(void) { return versionText(); }

const char *triton_ext_build_hash(void) { return buildHash(); }

triton_ext_result *triton_ext_catalogue(void) {
  return owned({CrossingStatus::Changed, catalogueText(), "{}"});
}

triton_ext_result *triton_ext_add_library(triton_ext_text path) {
  return owned(addLibrary(borrowed(path).str()));
}

int triton_ext_serve(void) { return serveFromEnvironment(); }

triton_ext_result *triton_ext_check(triton_ext_text text) {
  PipelineError error;
  std::optional<Pipeline> pipeline = parsePipeline(borrowed(text), error);
  if (!pipeline)
    return owned({CrossingStatus::BadRequest, "",
                  jsonText(json::Object{{"error", error.toJSON()}})});
  return owned({CrossingStatus::Changed, pipeline->canonical(),
                jsonText(toJSON(*pipeline))});
}

triton_ext_result *triton_ext_run(triton_ext_text module,
                                  triton_ext_text request) {
  return owned(serveRun(borrowed(module), borrowed(request)));
}

triton_ext_result *triton_ext_compare(triton_ext_text sent,
                                      triton_ext_text readBack,
                                      triton_ext_text request) {
  return owned(
      serveComparison(borrowed(sent), borrowed(readBack), borrowed(request)));
}

void triton_ext_stop_worker(void) { worker::Client::stopAll(); }

void triton_ext_set_worker(triton_ext_text program) {
  worker::Client::setProgram(borrowed(program));
}

int64_t triton_ext_worker_pid(void) {
  return worker::Client::forThisProcess().pid();
}

enum triton_ext_status
triton_ext_result_status(const triton_ext_result *result) {
  return result ? static_cast<triton_ext_status>(result->answer.status)
                : TRITON_EXT_FAILED;
}

static triton_ext_text lent(const std::string &text) {
  return {text.data(), text.size()};
}

triton_ext_text triton_ext_result_output(const triton_ext_result *result) {
  return result ? lent(result->answer.output) : triton_ext_text{"", 0};
}

triton_ext_text triton_ext_result_report(const triton_ext_result *result) {
  return result ? lent(result->answer.report) : triton_ext_text{"", 0};
}

void triton_ext_free(triton_ext_result *result) { delete result; }
