//===- Crossing.cpp - A module in, through passes, and out ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Crossing.h"
#include "infra/exchange/Compare.h"
#include "infra/exchange/Context.h"
#include "infra/exchange/CrossingRun.h"
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
#include "triton_ext/PythonLine.h"
#include "triton_ext/Request.h"

using namespace llvm;
using namespace mlir;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

namespace {
/// Keeps what passes say for the report.
class RemarkCollector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkCollector(PassOutcome &outcome) : outcome(outcome) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    StringRef kind = "declined";
    if (remark.getRemarkType() == llvm::remarks::Type::Passed) {
      kind = "fired";
      ++outcome.firedCount;
    } else if (remark.getRemarkType() == llvm::remarks::Type::Analysis) {
      kind = "noted";
      ++outcome.notedCount;
    }
    std::string text;
    for (const auto &arg : remark.getArgs())
      text += arg.val;
    FileLineColLoc place = pythonPlace(remark.getLocation());
    outcome.remarks.push_back(json::Object{
        {"kind", kind},
        {"id", remark.getRemarkName()},
        {"text", json::fixUTF8(text)},
        {"file", json::fixUTF8(place ? place.getFilename().getValue() : "")},
        {"line", place ? place.getLine() : 0},
    });
  }

private:
  PassOutcome &outcome;
};
} // namespace

//===----------------------------------------------------------------------===//
// The crossing
//===----------------------------------------------------------------------===//

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
/// A run over a module of MLIR.
class Run : public CrossingRun {
public:
  Run(StringRef text, const CrossingRequest &request, ProgressFn progress)
      : CrossingRun(text, request, progress), lease(borrowContext()),
        context(*lease), diagnostics(&context, [this](Diagnostic &diagnostic) {
          noteDiagnostic(diagnostic);
          return success();
        }) {}

  CrossingResult go();

private:
  bool isForKernel() const;
  bool read();
  bool gate();
  void dress();
  void undress();
  void write();

  void restoreVisibility();
  std::optional<std::string>
  whyNotHere(const Extension &extension) const override;
  PassOutcome runPass(const PipelineElement &element) override;
  void noteDiagnostic(Diagnostic &diagnostic);

  ContextLease lease;
  MLIRContext &context;
  std::string firstDiagnostic;
  std::string diagnosedOperation;
  unsigned diagnosedLine = 0;
  ScopedDiagnosticHandler diagnostics;
  std::string expanded;
  OwningOpRef<ModuleOp> module;
};
} // namespace

CrossingResult Run::go() {
  Clock::time_point start = Clock::now();
  if (choosePasses() && isForKernel() && read() && gate()) {
    dress();
    if (runPasses()) {
      undress();
      write();
    }
  }
  return finished(start);
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

/// Whether there are passes to run: a kernel that no rule is for is not even
/// read.
bool Run::isForKernel() const { return !passes.empty() || crossesOnly(); }

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

std::optional<std::string> Run::whyNotHere(const Extension &extension) const {
  Request target = Request::of(*module);
  std::string arch = target.capability() ? std::to_string(*target.capability())
                                         : target.archName().str();
  return unmetRequirement(extension, target.backend(), arch);
}

PassOutcome Run::runPass(const PipelineElement &element) {
  PassOutcome outcome;
  std::string all = ".*";
  remark::RemarkCategories categories{std::nullopt, all, all, all, all};
  (void)remark::enableOptimizationRemarks(
      context, std::make_unique<RemarkCollector>(outcome),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);

  outcome.operationsBefore = operationCount(*module);
  OperationFingerPrint fingerprint(*module);
  Clock::time_point start = Clock::now();
  PassManager manager(&context, ModuleOp::getOperationName());
  // What changed is verified here, whatever the pass says it preserved.
  manager.enableVerifier(false);
  manager.addPass(element.create());
  firstDiagnostic.clear();
  outcome.failed = mlir::failed(manager.run(*module));
  outcome.us = microseconds(start);
  outcome.fired =
      !outcome.failed && fingerprint != OperationFingerPrint(*module);
  if (outcome.fired && mlir::failed(mlir::verify(*module))) {
    outcome.failed = true;
    outcome.fired = false;
  }
  context.setRemarkEngine(nullptr);
  if (!outcome.failed)
    outcome.operationsAfter = operationCount(*module);
  outcome.reason = firstDiagnostic;
  outcome.operation = diagnosedOperation;
  return outcome;
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
