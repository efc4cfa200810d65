//===- CrossingRequest.cpp - What is asked, and what it comes to ----------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/CrossingRequest.h"

using namespace llvm;

namespace triton_ext {

std::optional<CrossingRequest> CrossingRequest::parse(StringRef text,
                                                      std::string &error) {
  Expected<json::Value> value = json::parse(text);
  if (!value) {
    error = "the request is not JSON: " + toString(value.takeError());
    return std::nullopt;
  }
  json::Object *object = value->getAsObject();
  if (!object) {
    error = "the request is not a JSON object";
    return std::nullopt;
  }
  auto wrong = [&](StringRef field, StringRef expected) {
    error = ("the request's field '" + field + "' is not " + expected).str();
    return std::nullopt;
  };

  CrossingRequest request;
  for (auto &[key, field] : *object) {
    StringRef name = key;
    if (name == "pipeline" || name == "stage" || name == "kernel" ||
        name == "mode" || name == "triton") {
      std::optional<StringRef> word = field.getAsString();
      if (!word)
        return wrong(name, "a string");
      if (name == "pipeline")
        request.pipeline = word->str();
      else if (name == "stage")
        request.stage = word->str();
      else if (name == "kernel")
        request.kernel = word->str();
      else if (name == "triton")
        request.fields["triton"] = word->str();
      else if (*word == "isolated" || *word == "inline")
        request.mode = *word == "inline" ? Mode::Inline : Mode::Isolated;
      else
        return wrong(name, "'isolated' or 'inline'");
    } else if (name == "target" || name == "options") {
      json::Object *fields = field.getAsObject();
      if (!fields)
        return wrong(name, "an object");
      for (auto &[inner, scalar] : *fields)
        request.fields[inner] = scalar;
    } else if (name == "visibility") {
      request.marked = true;
      if (std::optional<StringRef> word = field.getAsString())
        request.visibility = word->str();
      else if (field.kind() != json::Value::Null)
        return wrong(name, "a string or null");
    } else if (name == "time_limit_ms" || name == "memory_limit_mb") {
      std::optional<int64_t> number = field.getAsInteger();
      if (!number || *number < 1 || *number > UINT32_MAX)
        return wrong(name, "a positive 32-bit number");
      (name == "time_limit_ms" ? request.timeLimitMs : request.memoryLimitMb) =
          *number;
    } else {
      error = "the request has an unknown field '" + name.str() + "'";
      return std::nullopt;
    }
  }
  return request;
}

StringRef statusWord(CrossingStatus status) {
  switch (status) {
  case CrossingStatus::Changed:
    return "changed";
  case CrossingStatus::Unchanged:
    return "unchanged";
  case CrossingStatus::Refused:
    return "refused";
  case CrossingStatus::Failed:
    return "failed";
  case CrossingStatus::BadRequest:
    return "bad-request";
  case CrossingStatus::Unavailable:
    return "unavailable";
  }
  llvm_unreachable("a status without a word");
}

CrossingResult crossingFailure(CrossingStatus status,
                               const CrossingRequest &request, StringRef code,
                               StringRef pass, StringRef operation,
                               StringRef message) {
  CrossingResult result;
  result.status = status;
  result.report = json::Object{
      {"kernel", json::fixUTF8(request.kernel)},
      {"stage", json::fixUTF8(request.stage)},
      {"status", statusWord(status)},
      {"passes", json::Array()},
      {"error", json::Object{{"code", code},
                             {"pass", json::fixUTF8(pass)},
                             {"operation", json::fixUTF8(operation)},
                             {"message", json::fixUTF8(message)}}},
      {"us", json::Object()},
  };
  return result;
}

std::optional<Pipeline> pipelineOf(const CrossingRequest &request,
                                   CrossingResult &failure) {
  auto refuse = [&](StringRef code, StringRef message) {
    failure = crossingFailure(CrossingStatus::BadRequest, request, code, "", "",
                              message);
    return std::nullopt;
  };
  PipelineError error;
  std::optional<Pipeline> pipeline = parsePipeline(request.pipeline, error);
  if (!pipeline)
    return refuse("pipeline", error.message());
  if (const PipelineStep *step = pipeline->firstPlaced())
    return refuse("placement", "'" + stepText(*step) +
                                   "' has a place in the stock pipeline, and "
                                   "here only passes run");
  return pipeline;
}

} // namespace triton_ext
