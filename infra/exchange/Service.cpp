//===- Service.cpp - Crossings in this process or in the worker -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// On the wire a request's header is a word and its argument, "run {json}" or
// "compare SIZE", where SIZE is how much of the body the first text takes; a
// reply's header is the status' number, a new line and the report.
//
//===----------------------------------------------------------------------===//

#include "infra/exchange/Service.h"
#include "infra/exchange/Compare.h"
#include "infra/support/Version.h"
#include "infra/worker/Client.h"
#include "infra/worker/Server.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace triton_ext {

static std::string jsonText(json::Object object) {
  std::string text;
  raw_string_ostream os(text);
  os << json::Value(std::move(object));
  return text;
}

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

static Answer inWorker(const Twine &header, StringRef body,
                       const CrossingRequest &request) {
  worker::Limits limits;
  limits.timeMs = request.timeLimitMs;
  limits.memoryMb = request.memoryLimitMb;
  worker::Client::setBuild(buildHash());
  worker::Reply reply =
      worker::Client::forThisProcess().call(header.str(), body, limits);
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

Answer serveRun(StringRef module, StringRef json) {
  std::string error;
  std::optional<CrossingRequest> request = CrossingRequest::parse(json, error);
  if (!request)
    return badRequest(error);
  if (request->mode == CrossingRequest::Mode::Inline)
    return answered(cross(module, *request, [](StringRef) {}));
  return inWorker("run " + json, module, *request);
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
  return inWorker("compare " + Twine(sent.size()), (sent + readBack).str(),
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

} // namespace triton_ext
