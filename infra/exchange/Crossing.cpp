//===- Crossing.cpp - A module in, through passes, and out ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Crossing.h"
#include "infra/exchange/Compare.h"
#include "infra/exchange/Context.h"
#include "infra/exchange/LLVMCrossing.h"
#include "infra/exchange/ModuleText.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "triton_ext/Request.h"
#include <chrono>

using namespace llvm;
using namespace mlir;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Request and results
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

/// The first file and line that a location names.
static std::pair<std::string, unsigned> fileAndLine(Location location) {
  std::pair<std::string, unsigned> found;
  location->walk([&](Location inner) {
    if (auto file = dyn_cast<FileLineColLoc>(inner)) {
      found = {file.getFilename().str(), file.getLine()};
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return found;
}

namespace {
/// How often a pass said what.
struct RemarkCounts {
  unsigned fired = 0, noted = 0;
};

/// Keeps what passes say for the report.
class RemarkCollector : public remark::detail::MLIRRemarkStreamerBase {
public:
  RemarkCollector(json::Array &into, RemarkCounts &counts)
      : into(into), counts(counts) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    StringRef kind = "declined";
    if (remark.getRemarkType() == llvm::remarks::Type::Passed) {
      kind = "fired";
      ++counts.fired;
    } else if (remark.getRemarkType() == llvm::remarks::Type::Analysis) {
      kind = "noted";
      ++counts.noted;
    }
    std::string text;
    for (const auto &arg : remark.getArgs())
      text += arg.val;
    auto [file, line] = fileAndLine(remark.getLocation());
    into.push_back(json::Object{
        {"kind", kind},
        {"id", remark.getRemarkName()},
        {"text", json::fixUTF8(text)},
        {"file", json::fixUTF8(file)},
        {"line", line},
    });
  }

private:
  json::Array &into;
  RemarkCounts &counts;
};
} // namespace

//===----------------------------------------------------------------------===//
// The crossing
//===----------------------------------------------------------------------===//

using Clock = std::chrono::steady_clock;

static int64_t microseconds(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() -
                                                               since)
      .count();
}

static OpPrintingFlags crossingFlags() {
  return OpPrintingFlags()
      .printGenericOpForm()
      .enableDebugInfo()
      .printNameLocAsPrefix()
      .assumeVerified();
}

static std::string printed(Operation *module) {
  std::string text;
  raw_string_ostream os(text);
  module->print(os, crossingFlags());
  return text;
}

static unsigned operationCount(Operation *module) {
  unsigned count = 0;
  module->walk([&](Operation *) { ++count; });
  return count;
}

namespace {
/// One run, step by step; each step returns false when the crossing is over.
class Run {
public:
  Run(StringRef text, const CrossingRequest &request, ProgressFn progress)
      : text(text), request(request), progress(progress),
        lease(borrowContext()), context(*lease),
        diagnostics(&context, [this](Diagnostic &diagnostic) {
          noteDiagnostic(diagnostic);
          return success();
        }) {}

  CrossingResult go();

private:
  bool choosePasses();
  bool read();
  bool gate();
  void dress();
  bool runPasses();
  bool runPass(const PipelineElement &element);
  void undress();
  void write();

  /// An empty pipeline is a crossing for its own sake, as tests of neutrality
  /// make it: the module goes back although nothing changed.
  bool crossesOnly() const { return pipeline.rules.empty(); }
  void restoreVisibility();
  std::optional<std::string> whyNotHere(const Extension &extension) const;
  void recordSkip(const PipelineElement &element, StringRef why);
  void noteDiagnostic(Diagnostic &diagnostic);
  bool fail(CrossingStatus status, StringRef code, StringRef pass,
            StringRef operation, StringRef message);

  StringRef text;
  const CrossingRequest &request;
  ProgressFn progress;
  ContextLease lease;
  MLIRContext &context;
  std::string firstDiagnostic;
  std::string diagnosedOperation;
  unsigned diagnosedLine = 0;
  ScopedDiagnosticHandler diagnostics;
  Pipeline pipeline;
  std::vector<const PipelineElement *> passes; ///< those for this kernel
  std::string expanded;
  OwningOpRef<ModuleOp> module;
  bool changed = false;
  json::Array records;
  json::Object times;
  CrossingResult result;
};
} // namespace

CrossingResult Run::go() {
  Clock::time_point start = Clock::now();
  if (choosePasses() && read() && gate()) {
    dress();
    if (runPasses()) {
      undress();
      write();
    }
  }
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

bool Run::fail(CrossingStatus status, StringRef code, StringRef pass,
               StringRef operation, StringRef message) {
  result = crossingFailure(status, request, code, pass, operation, message);
  return false;
}

void Run::noteDiagnostic(Diagnostic &diagnostic) {
  if (!firstDiagnostic.empty() ||
      diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
    return;
  firstDiagnostic = diagnostic.str();
  if (auto file = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
    diagnosedLine = file.getLine();
  // "'tt.load' op …" names the operation.
  StringRef message = firstDiagnostic;
  if (message.consume_front("'"))
    diagnosedOperation = message.split('\'').first.str();
}

/// False where there are none to run, though others have: a kernel that no rule
/// is for is not even read.
bool Run::choosePasses() {
  std::optional<Pipeline> parsed = pipelineOf(request, result);
  if (!parsed)
    return false;
  pipeline = std::move(*parsed);
  if (const PipelineRule *rule = pipeline.ruleFor(request.kernel))
    passes = rule->elements();
  return !passes.empty() || crossesOnly();
}

bool Run::read() {
  Clock::time_point start = Clock::now();
  expanded = expandAliases(text);
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  module = parseSourceString<ModuleOp>(expanded, config, "module");
  times["read"] = microseconds(start);
  if (module)
    return true;
  std::string operation = diagnosedOperation;
  if (operation.empty() && diagnosedLine)
    operation = operationAtLine(expanded, diagnosedLine).str();
  return fail(CrossingStatus::Refused, "unreadable", "", operation,
              "the module cannot be read: " + firstDiagnostic);
}

/// A registered operation drops what it does not know in silence, so what was
/// read is printed again and must say what came in.
bool Run::gate() {
  if (!StringRef(text).contains("\"builtin.module\"("))
    return true; // Pretty form: a tool's input, not an exchange.
  Clock::time_point start = Clock::now();
  std::optional<Difference> lost = difference(expanded, printed(*module));
  times["gate"] = microseconds(start);
  if (!lost)
    return true;
  return fail(CrossingStatus::Refused, "gate-in", "", lost->operation,
              "reading the module would lose something: " + lost->message);
}

/// Puts the old visibility back and the request on.
void Run::dress() {
  restoreVisibility();
  (*module)->setAttr(Request::attributeName,
                     requestAttribute(&context, request.fields));
}

void Run::restoreVisibility() {
  if (!request.marked)
    return;
  StringRef name = SymbolTable::getVisibilityAttrName();
  module->walk([&](Operation *op) {
    auto visibility = op->getAttrOfType<StringAttr>(name);
    if (!visibility || visibility.getValue() != crossingMarker)
      return;
    if (request.visibility)
      op->setAttr(name, StringAttr::get(&context, *request.visibility));
    else
      op->removeAttr(name);
  });
}

/// Why an element does not apply to this target, if it does not.
std::optional<std::string> Run::whyNotHere(const Extension &extension) const {
  Request target = Request::of(*module);
  std::string arch = target.capability() ? std::to_string(*target.capability())
                                         : target.archName().str();
  return unmetRequirement(extension, target.backend(), arch);
}

void Run::recordSkip(const PipelineElement &element, StringRef why) {
  records.push_back(json::Object{
      {"name", element.extension->name},
      {"text", element.text()},
      {"status", "declined"},
      {"count", 0},
      {"remarks", json::Array{json::Object{{"kind", "declined"},
                                           {"id", "not-for-this-target"},
                                           {"text", why},
                                           {"file", ""},
                                           {"line", 0}}}},
  });
}

bool Run::runPasses() {
  Clock::time_point start = Clock::now();
  for (const PipelineElement *element : passes) {
    if (element->extension->stage != request.stage)
      continue;
    if (auto why = whyNotHere(*element->extension)) {
      recordSkip(*element, *why);
      continue;
    }
    if (!runPass(*element))
      return false;
  }
  times["passes"] = microseconds(start);
  return true;
}

bool Run::runPass(const PipelineElement &element) {
  StringRef name = element.extension->name;
  progress(name);
  json::Array remarks;
  RemarkCounts counts;
  std::string all = ".*";
  remark::RemarkCategories categories{std::nullopt, all, all, all, all};
  (void)remark::enableOptimizationRemarks(
      context, std::make_unique<RemarkCollector>(remarks, counts),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);

  unsigned before = operationCount(*module);
  OperationFingerPrint fingerprint(*module);
  Clock::time_point start = Clock::now();
  PassManager manager(&context, ModuleOp::getOperationName());
  // What changed is verified here, whatever the pass says it preserved.
  manager.enableVerifier(false);
  manager.addPass(element.create());
  firstDiagnostic.clear();
  bool failed = mlir::failed(manager.run(*module));
  int64_t us = microseconds(start);
  bool fired = !failed && fingerprint != OperationFingerPrint(*module);
  if (fired && mlir::failed(mlir::verify(*module))) {
    failed = true;
    fired = false;
  }
  context.setRemarkEngine(nullptr);

  records.push_back(json::Object{
      {"name", name},
      {"text", element.text()},
      {"status", failed         ? "failed"
                 : fired        ? "fired"
                 : counts.noted ? "noted"
                                : "declined"},
      {"count", fired ? std::max(counts.fired, 1u) : counts.noted},
      {"remarks", std::move(remarks)},
      {"operations_before", before},
      {"operations_after", failed ? before : operationCount(*module)},
      {"us", us},
  });
  if (failed)
    return fail(
        CrossingStatus::Failed, "pass-failed", name, diagnosedOperation,
        name.str() + " failed: " +
            (firstDiagnostic.empty() ? "it gives no reason" : firstDiagnostic));
  if (fired && element.extension->kind == "analysis")
    return fail(CrossingStatus::Failed, "pass-failed", name, "",
                name.str() + " is an analysis and changed the module");
  changed |= fired;
  return true;
}

/// No attribute of ours goes back.
void Run::undress() {
  module->walk([](Operation *op) {
    SmallVector<StringAttr> ours;
    for (NamedAttribute attribute : op->getDiscardableAttrs())
      if (attribute.getName().strref().starts_with("triton_ext."))
        ours.push_back(attribute.getName());
    for (StringAttr name : ours)
      op->removeDiscardableAttr(name);
  });
}

void Run::write() {
  result.status = CrossingStatus::Unchanged;
  if (!changed && !crossesOnly())
    return;
  Clock::time_point start = Clock::now();
  result.status = CrossingStatus::Changed;
  result.output = contractAliases(printed(*module), text);
  times["write"] = microseconds(start);
}

CrossingResult cross(StringRef module, const CrossingRequest &request,
                     ProgressFn progress) {
  if (request.stage == "llir")
    return crossLLVM(module, request, progress);
  return Run(module, request, progress).go();
}

} // namespace triton_ext
