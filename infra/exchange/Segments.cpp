//===- Segments.cpp - A pipeline of several libraries -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Segments.h"
#include "infra/registry/CatalogueText.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace triton_ext {

static const AddedLibrary *libraryOf(const PipelineElement *element) {
  return addedLibrary(element->extension->library());
}

bool isOwn(Passes passes) { return none_of(passes, libraryOf); }

std::vector<Segment> segmentsOf(Passes passes, StringRef stage) {
  std::vector<Segment> segments;
  for (const PipelineElement *element : passes) {
    if (element->extension->stage != stage)
      continue;
    const AddedLibrary *library = libraryOf(element);
    if (!segments.empty() && segments.back().library == library)
      segments.back().pipeline += "," + element->text();
    else
      segments.push_back(
          {library, element->text(), element->extension->name.str()});
  }
  return segments;
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

/// The value with its texts made fit to print: another library's code wrote it.
static json::Value printable(const json::Value &value) {
  if (std::optional<StringRef> text = value.getAsString())
    return legible(*text);
  if (const json::Array *array = value.getAsArray()) {
    json::Array clean;
    for (const json::Value &item : *array)
      clean.push_back(printable(item));
    return clean;
  }
  if (const json::Object *object = value.getAsObject()) {
    json::Object clean;
    for (auto &[key, item] : *object)
      clean[legible(key)] = printable(item);
    return clean;
  }
  return value;
}

MergedReport::MergedReport(const CrossingRequest &request)
    : report{{"kernel", json::fixUTF8(request.kernel)},
             {"stage", json::fixUTF8(request.stage)},
             {"error", nullptr}} {}

/// The error of a segment, which names a pass in any case.
bool MergedReport::fail(const Segment &segment, CrossingStatus why,
                        json::Object error) {
  if (error.getString("pass").value_or("").empty()) {
    std::string message = error.getString("message").value_or("").str();
    error["pass"] = segment.firstPass;
    error["message"] = segment.firstPass + ": " + message;
  }
  status = why;
  report["error"] = std::move(error);
  return false;
}

bool MergedReport::add(const Segment &segment, const Answer &answer) {
  constexpr size_t most = size_t(64) << 20;
  std::string mistake;
  std::optional<json::Object> parsed =
      parseForeignJSON(answer.report, most, mistake);
  bool changed = answer.status == CrossingStatus::Changed;
  if (!parsed || (changed && answer.output.empty()))
    return fail(segment, CrossingStatus::Failed,
                json::Object{{"code", "garbage"},
                             {"pass", ""},
                             {"operation", ""},
                             {"message", "the answer is not one: " + mistake}});
  json::Value clean = printable(std::move(*parsed));
  json::Object &part = *clean.getAsObject();
  if (json::Array *ran = part.getArray("passes"))
    for (json::Value &pass : *ran)
      passes.push_back(std::move(pass));
  if (json::Object *us = part.getObject("us"))
    for (auto &[name, value] : *us)
      times[name] =
          times.getInteger(name).value_or(0) + value.getAsInteger().value_or(0);
  if (changed)
    status = CrossingStatus::Changed;
  if (changed || answer.status == CrossingStatus::Unchanged)
    return true;
  json::Object *error = part.getObject("error");
  return fail(segment, answer.status,
              error ? std::move(*error) : json::Object());
}

Answer MergedReport::answer(std::string output) && {
  report["status"] = statusWord(status);
  report["passes"] = std::move(passes);
  report["us"] = std::move(times);
  std::string text;
  raw_string_ostream(text) << json::Value(std::move(report));
  bool changed = status == CrossingStatus::Changed;
  return {status, changed ? std::move(output) : "", std::move(text)};
}

} // namespace triton_ext
