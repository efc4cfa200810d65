//===- Service.cpp - Crossings in this process or in the worker -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// On the wire a request's header is a word and its argument, "run {json}",
// "catalogue" or "compare SIZE", where SIZE is how much of the body the first
// text takes; a reply's header is the status' number, a new line and the
// report.
//
//===----------------------------------------------------------------------===//

#include "infra/exchange/Service.h"
#include "infra/exchange/Compare.h"
#include "infra/exchange/Libraries.h"
#include "infra/exchange/LoadedLibrary.h"
#include "infra/exchange/Segments.h"
#include "infra/support/JSONText.h"
#include "infra/support/Version.h"
#include "infra/worker/Client.h"
#include "infra/worker/Server.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace triton_ext {

static Answer answered(CrossingResult result) {
  return {result.status, std::move(result.output),
          jsonText(std::move(result.report))};
}

static Answer badRequest(StringRef message) {
  return answered(crossingFailure(CrossingStatus::BadRequest, {}, "request", "",
                                  "", message));
}

//===----------------------------------------------------------------------===//
// Here
//===----------------------------------------------------------------------===//

static Answer compareHere(StringRef sent, StringRef readBack) {
  std::optional<Difference> lost = difference(sent, readBack);
  if (!lost)
    return {CrossingStatus::Changed, "", "{}"};
  return answered(crossingFailure(
      CrossingStatus::Refused, {}, "gate-out", "", lost->operation,
      "what was read back is not what was sent: " + lost->message));
}

//===----------------------------------------------------------------------===//
// In the worker
//===----------------------------------------------------------------------===//

/// What came to a bad end in the worker, in the report's words.
static Answer mishap(const worker::Reply &reply,
                     const CrossingRequest &request) {
  StringRef code = worker::outcomeName(reply.outcome);
  if (reply.outcome == worker::Reply::NoWorker)
    return answered(crossingFailure(CrossingStatus::Unavailable, request, code,
                                    "", "", reply.message));
  std::string who = reply.where.empty() ? "the worker" : reply.where;
  return answered(crossingFailure(CrossingStatus::Failed, request, code,
                                  reply.where, "", who + ": " + reply.message));
}

static Answer inWorker(const worker::Served &served, const Twine &header,
                       StringRef body, const CrossingRequest &request) {
  worker::Limits limits;
  limits.timeMs = request.timeLimitMs;
  limits.memoryMb = request.memoryLimitMb;
  introduceWorkers();
  worker::Reply reply =
      worker::Client::forThisProcess(served).call(header.str(), body, limits);
  if (reply.outcome != worker::Reply::Ok)
    return mishap(reply, request);
  auto [word, report] = StringRef(reply.header).split('\n');
  unsigned status;
  if (word.getAsInteger(10, status) ||
      status > static_cast<unsigned>(CrossingStatus::Unavailable)) {
    reply.outcome = worker::Reply::Garbage;
    reply.message = "the answer has no status";
    return mishap(reply, request);
  }
  return {static_cast<CrossingStatus>(status), std::move(reply.body),
          report.str()};
}

//===----------------------------------------------------------------------===//
// Either
//===----------------------------------------------------------------------===//

/// Runs passes of the library that this is linked into.
static Answer runOwn(StringRef module, StringRef json,
                     const CrossingRequest &request) {
  if (request.mode == CrossingRequest::Mode::Inline)
    return answered(cross(module, request, [](StringRef) {}));
  return inWorker({}, "run " + json, module, request);
}

/// Runs passes of an added library in this process.
static Answer runLoaded(const AddedLibrary &library, StringRef module,
                        StringRef json, const CrossingRequest &request) {
  LibraryError error;
  std::optional<LoadedLibrary> loaded =
      LoadedLibrary::load(library.path.str(), error);
  if (loaded && loaded->buildHash() == library.buildHash)
    return loaded->run(module, json);
  if (loaded)
    error.message = (library.path + " is of another build than its catalogue "
                                    "was read from: start the program again")
                        .str();
  return answered(crossingFailure(CrossingStatus::Unavailable, request,
                                  "no-worker", "", "", error.message));
}

static Answer runSegment(const Segment &segment, StringRef module,
                         StringRef json, const CrossingRequest &whole) {
  CrossingRequest request = whole;
  request.pipeline = segment.pipeline;
  const AddedLibrary *library = segment.library;
  if (!library)
    return runOwn(module, json, request);
  if (request.mode == CrossingRequest::Mode::Inline)
    return runLoaded(*library, module, json, request);
  return inWorker({library->path.str(), library->buildHash.str()},
                  "run " + json, module, request);
}

/// One library's passes after the other's, the output of one the input of the
/// next.
static Answer runSegments(StringRef module, json::Object json,
                          const CrossingRequest &request,
                          ArrayRef<Segment> segments) {
  MergedReport merged(request);
  std::string current = module.str();
  for (const Segment &segment : segments) {
    json["pipeline"] = segment.pipeline;
    Answer answer =
        runSegment(segment, current, jsonText(json::Object(json)), request);
    if (!merged.add(segment, answer))
      break;
    if (answer.status == CrossingStatus::Changed)
      current = std::move(answer.output);
  }
  return std::move(merged).answer(std::move(current));
}

Answer serveRun(StringRef module, StringRef json) {
  std::string error;
  std::optional<CrossingRequest> request = CrossingRequest::parse(json, error);
  if (!request)
    return badRequest(error);
  if (addedLibraries().empty())
    return runOwn(module, json, *request);

  CrossingResult failure;
  std::optional<Pipeline> pipeline = pipelineOf(*request, failure);
  if (!pipeline)
    return answered(std::move(failure));
  if (isOwn(pipeline->elements()))
    return runOwn(module, json, *request);
  // Only here are the names of all libraries known, so the rule is chosen here.
  const PipelineRule *rule = pipeline->ruleFor(request->kernel);
  std::vector<Segment> segments;
  if (rule)
    segments = segmentsOf(rule->elements(), request->stage);
  Expected<json::Value> fields = json::parse(json); // as it was a moment ago
  return runSegments(module, std::move(*fields->getAsObject()), *request,
                     segments);
}

Answer serveComparison(StringRef sent, StringRef readBack, StringRef json) {
  if (sent == readBack)
    return {CrossingStatus::Changed, "", "{}"};
  std::string error;
  std::optional<CrossingRequest> request = CrossingRequest::parse(json, error);
  if (!request)
    return badRequest(error);
  if (request->mode == CrossingRequest::Mode::Inline)
    return compareHere(sent, readBack);
  return inWorker({}, "compare " + Twine(sent.size()), (sent + readBack).str(),
                  *request);
}

//===----------------------------------------------------------------------===//
// The worker's side
//===----------------------------------------------------------------------===//

static Answer serve(StringRef header, StringRef body) {
  auto [call, argument] = header.split(' ');
  size_t size;
  if (call == "compare" && !argument.getAsInteger(10, size) &&
      size <= body.size())
    return compareHere(body.take_front(size), body.drop_front(size));
  if (call == "catalogue")
    return {CrossingStatus::Changed, catalogueText(), "{}"};
  std::string error = "no such call";
  std::optional<CrossingRequest> request;
  if (call == "run")
    request = CrossingRequest::parse(argument, error);
  if (!request)
    return badRequest(error);
  return answered(cross(body, *request, worker::announce));
}

int serveWorker(const worker::ServeOptions &options) {
  return worker::serve(options, [](StringRef header, StringRef body,
                                   std::string &outHeader,
                                   std::string &outBody) {
    Answer answer = serve(header, body);
    outHeader =
        utostr(static_cast<unsigned>(answer.status)) + "\n" + answer.report;
    outBody = std::move(answer.output);
  });
}

int serveFromEnvironment() {
  auto options = worker::serveOptionsFromEnvironment();
  if (!options)
    return 2;
  options->build = buildHash();
  return serveWorker(*options);
}

} // namespace triton_ext
