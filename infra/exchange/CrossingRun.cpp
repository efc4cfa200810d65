//===- CrossingRun.cpp - What every crossing does ---------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/CrossingRun.h"

using namespace llvm;

namespace triton_ext {

int64_t CrossingRun::microseconds(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() -
                                                               since)
      .count();
}

bool CrossingRun::choosePasses() {
  std::optional<Pipeline> parsed = pipelineOf(request, result);
  if (!parsed)
    return false;
  pipeline = std::move(*parsed);
  if (const PipelineRule *rule = pipeline.ruleFor(request.kernel))
    passes = rule->elements();
  return true;
}

bool CrossingRun::fail(CrossingStatus status, StringRef code, StringRef pass,
                       StringRef operation, StringRef message) {
  result = crossingFailure(status, request, code, pass, operation, message);
  return false;
}

void CrossingRun::recordDecline(const PipelineElement &element, StringRef id,
                                StringRef why) {
  records.push_back(json::Object{
      {"name", element.extension->name},
      {"text", element.text()},
      {"status", "declined"},
      {"count", 0},
      {"remarks", json::Array{json::Object{{"kind", "declined"},
                                           {"id", id},
                                           {"text", json::fixUTF8(why)},
                                           {"file", ""},
                                           {"line", 0}}}},
  });
}

bool CrossingRun::runPasses() {
  Clock::time_point start = Clock::now();
  for (const PipelineElement *element : passes) {
    if (element->extension->stage != request.stage)
      continue;
    if (auto why = whyNotHere(*element->extension)) {
      recordDecline(*element, "not-for-this-target", *why);
      continue;
    }
    progress(element->extension->name);
    if (!record(*element, runPass(*element)))
      return false;
  }
  times["passes"] = microseconds(start);
  return true;
}

bool CrossingRun::record(const PipelineElement &element, PassOutcome outcome) {
  StringRef name = element.extension->name;
  bool fired = outcome.fired;
  records.push_back(json::Object{
      {"name", name},
      {"text", element.text()},
      {"status", outcome.failed       ? "failed"
                 : fired              ? "fired"
                 : outcome.notedCount ? "noted"
                                      : "declined"},
      {"count", fired ? std::max(outcome.firedCount, 1u) : outcome.notedCount},
      {"remarks", std::move(outcome.remarks)},
      {"operations_before", outcome.operationsBefore},
      {"operations_after",
       outcome.failed ? outcome.operationsBefore : outcome.operationsAfter},
      {"us", outcome.us},
  });
  if (outcome.failed)
    return fail(
        CrossingStatus::Failed, "pass-failed", name, outcome.operation,
        name.str() + " failed: " +
            (outcome.reason.empty() ? "it gives no reason" : outcome.reason));
  if (fired && element.extension->kind == "analysis")
    return fail(CrossingStatus::Failed, "pass-failed", name, "",
                name.str() + " is an analysis and changed the module");
  changed |= fired;
  return true;
}

CrossingResult CrossingRun::finished(Clock::time_point start) {
  times["total"] = microseconds(start);
  if (result.report.empty())
    result.report = json::Object{
        {"kernel", json::fixUTF8(request.kernel)},
        {"stage", json::fixUTF8(request.stage)},
        {"error", nullptr},
    };
  result.report["status"] = statusWord(result.status);
  result.report["passes"] = std::move(records);
  result.report["us"] = std::move(times);
  return std::move(result);
}

} // namespace triton_ext
