//===- LLVMCrossing.cpp - LLVM IR in, through passes, and out ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/LLVMCrossing.h"
#include "infra/exchange/LLVMText.h"
#include "triton_ext/LLVMPass.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>

using namespace llvm;

namespace triton_ext {

using Clock = std::chrono::steady_clock;

static int64_t microseconds(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() -
                                                               since)
      .count();
}

static std::string printed(const Module &module) {
  std::string text;
  raw_string_ostream os(text);
  module.print(os, nullptr);
  return text;
}

/// Without what a reader does to old modules of its own accord.
static std::unique_ptr<Module> parsed(StringRef text, LLVMContext &context,
                                      std::string &error) {
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssembly(
      MemoryBufferRef(text, "module"), diagnostic, context, nullptr,
      [](StringRef, StringRef layout) { return layout.str(); });
  if (!module)
    error = ("line " + Twine(diagnostic.getLineNo()) + ": " +
             diagnostic.getMessage())
                .str();
  return module;
}

static std::string verifierErrors(const Module &module) {
  std::string errors;
  raw_string_ostream os(errors);
  verifyModule(module, &os);
  return errors;
}

static unsigned instructionCount(const Module &module) {
  unsigned count = 0;
  for (const Function &function : module)
    count += function.getInstructionCount();
  return count;
}

namespace {
/// One run, step by step; each step returns false when the crossing is over.
class LLVMRun {
public:
  LLVMRun(StringRef text, const CrossingRequest &request, ProgressFn progress)
      : text(text), request(request), progress(progress) {}

  CrossingResult go();

private:
  bool choosePasses();
  bool read();
  bool runPasses();
  bool runPass(const PipelineElement &element);
  bool write();

  bool crossesOnly() const { return pipeline.rules.empty(); }
  std::optional<std::string> whyNotHere(const Extension &extension) const;
  void recordDecline(const PipelineElement &element, StringRef id,
                     StringRef why);
  bool declineAll(StringRef id, StringRef why);
  bool fail(StringRef code, StringRef pass, StringRef message);

  StringRef text;
  const CrossingRequest &request;
  ProgressFn progress;
  LLVMContext context;
  Pipeline pipeline;
  std::vector<const PipelineElement *> passes;
  std::unique_ptr<Module> module;
  std::string current; ///< the module as text
  bool changed = false;
  json::Array records;
  json::Object times;
  CrossingResult result;
};
} // namespace

CrossingResult LLVMRun::go() {
  Clock::time_point start = Clock::now();
  (void)(choosePasses() && read() && runPasses() && write());
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

bool LLVMRun::fail(StringRef code, StringRef pass, StringRef message) {
  result =
      crossingFailure(CrossingStatus::Failed, request, code, pass, "", message);
  return false;
}

bool LLVMRun::choosePasses() {
  std::optional<Pipeline> all = pipelineOf(request, result);
  if (!all)
    return false;
  pipeline = std::move(*all);
  if (const PipelineRule *rule = pipeline.ruleFor(request.kernel))
    for (const PipelineElement *element : rule->elements())
      if (element->extension->stage == request.stage)
        passes.push_back(element);
  return !passes.empty() || crossesOnly();
}

void LLVMRun::recordDecline(const PipelineElement &element, StringRef id,
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

bool LLVMRun::declineAll(StringRef id, StringRef why) {
  for (const PipelineElement *element : passes)
    recordDecline(*element, id, why);
  return false;
}

/// The text as a module, if that says the same.
bool LLVMRun::read() {
  if (text.ltrim().starts_with("\"builtin.module\""))
    return declineAll("not-llvm-ir", "here the module is not LLVM IR yet; such "
                                     "a pass runs at the end of its stage");
  Clock::time_point start = Clock::now();
  std::string error;
  module = parsed(text, context, error);
  times["read"] = microseconds(start);
  if (!module)
    return declineAll("newer-llvm", "the text is newer than LLVM " +
                                        std::string(LLVM_VERSION_STRING) +
                                        " reads: " + error);
  start = Clock::now();
  current = printed(*module);
  std::optional<Difference> lost = differenceOfLLVM(text, current);
  times["gate"] = microseconds(start);
  if (lost)
    return declineAll("newer-llvm", "LLVM " + std::string(LLVM_VERSION_STRING) +
                                        " would not print the text as it "
                                        "came: " +
                                        lost->message);
  return true;
}

std::optional<std::string>
LLVMRun::whyNotHere(const Extension &extension) const {
  StringRef backend = request.fields.getString("backend").value_or("");
  std::string arch = request.fields.getString("arch").value_or("").str();
  if (std::optional<int64_t> number = request.fields.getInteger("arch"))
    arch = std::to_string(*number);
  return unmetRequirement(extension, backend, arch);
}

bool LLVMRun::runPasses() {
  Clock::time_point start = Clock::now();
  for (const PipelineElement *element : passes) {
    if (auto why = whyNotHere(*element->extension))
      recordDecline(*element, "not-for-this-target", *why);
    else if (!runPass(*element))
      return false;
  }
  times["passes"] = microseconds(start);
  return true;
}

bool LLVMRun::runPass(const PipelineElement &element) {
  StringRef name = element.extension->name;
  progress(name);
  json::Array remarks;
  unsigned firedCount = 0, notedCount = 0;
  auto listen = [&](StringRef kind, StringRef id, const Twine &what,
                    const LLVMPlace &at) {
    firedCount += kind == "fired";
    notedCount += kind == "noted";
    remarks.push_back(json::Object{{"kind", kind},
                                   {"id", id},
                                   {"text", json::fixUTF8(what.str())},
                                   {"file", json::fixUTF8(at.file)},
                                   {"line", at.line}});
  };

  unsigned before = instructionCount(*module);
  Clock::time_point start = Clock::now();
  // The base of the pass follows from its stage.
  std::unique_ptr<mlir::Pass> pass = element.create();
  bool succeeded = static_cast<LLVMModulePass &>(*pass).run(*module, listen);
  int64_t us = microseconds(start);
  std::string wrong =
      succeeded ? verifierErrors(*module) : "it gives no reason";
  bool failed = !wrong.empty();
  std::string after = failed ? "" : printed(*module);
  bool fired = !failed && after != current;
  records.push_back(json::Object{
      {"name", name},
      {"text", element.text()},
      {"status", failed       ? "failed"
                 : fired      ? "fired"
                 : notedCount ? "noted"
                              : "declined"},
      {"count", fired ? std::max(firedCount, 1u) : notedCount},
      {"remarks", std::move(remarks)},
      {"operations_before", before},
      {"operations_after", failed ? before : instructionCount(*module)},
      {"us", us},
  });
  if (failed)
    return fail("pass-failed", name, name.str() + " failed: " + wrong);
  if (fired && element.extension->kind == "analysis")
    return fail("pass-failed", name,
                name.str() + " is an analysis and changed the module");
  changed |= fired;
  current = std::move(after);
  return true;
}

/// What goes back reads as what it was printed from, and in no newer words than
/// what came: stock's reader ends the process at a word that it does not know.
bool LLVMRun::write() {
  result.status = CrossingStatus::Unchanged;
  if (!changed && !crossesOnly())
    return true;
  Clock::time_point start = Clock::now();
  LLVMContext fresh;
  std::string error;
  std::string output = withoutIntrinsicAttributes(current);
  std::unique_ptr<Module> again = parsed(output, fresh, error);
  if (!again || printed(*again) != current)
    return fail("gate-out", "",
                "what comes back does not read as it was printed: " + error);
  std::string word = newKeyword(output, text);
  if (!word.empty())
    return fail("gate-out", "",
                "what comes back has the word '" + word +
                    "', which may be newer than the LLVM that reads it");
  result.status = CrossingStatus::Changed;
  result.output = std::move(output);
  times["write"] = microseconds(start);
  return true;
}

CrossingResult crossLLVM(StringRef module, const CrossingRequest &request,
                         ProgressFn progress) {
  return LLVMRun(module, request, progress).go();
}

} // namespace triton_ext
