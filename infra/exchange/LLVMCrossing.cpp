//===- LLVMCrossing.cpp - LLVM IR in, through passes, and out ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/LLVMCrossing.h"
#include "infra/exchange/CrossingRun.h"
#include "infra/exchange/LLVMText.h"
#include "triton_ext/LLVMPass.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;

namespace triton_ext {

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
/// A run over a module of LLVM IR.
class LLVMRun : public CrossingRun {
public:
  LLVMRun(StringRef text, const CrossingRequest &request, ProgressFn progress)
      : CrossingRun(text, request, progress) {}

  CrossingResult go();

private:
  bool keepThoseOfStage();
  bool read();
  bool write();

  std::optional<std::string>
  whyNotHere(const Extension &extension) const override;
  PassOutcome runPass(const PipelineElement &element) override;
  bool declineAll(StringRef id, StringRef why);
  bool refuseOutput(StringRef message);

  LLVMContext context;
  std::unique_ptr<Module> module;
  std::string current; ///< the module as text
};
} // namespace

CrossingResult LLVMRun::go() {
  Clock::time_point start = Clock::now();
  (void)(choosePasses() && keepThoseOfStage() && read() && runPasses() &&
         write());
  return finished(start);
}

/// False where that leaves none to run.
bool LLVMRun::keepThoseOfStage() {
  llvm::erase_if(passes, [&](const PipelineElement *element) {
    return element->extension->stage != request.stage;
  });
  return !passes.empty() || crossesOnly();
}

bool LLVMRun::refuseOutput(StringRef message) {
  return fail(CrossingStatus::Failed, "gate-out", "", "", message);
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

PassOutcome LLVMRun::runPass(const PipelineElement &element) {
  PassOutcome outcome;
  auto listen = [&](StringRef kind, StringRef id, const Twine &what,
                    const LLVMPlace &at) {
    outcome.firedCount += kind == "fired";
    outcome.notedCount += kind == "noted";
    outcome.remarks.push_back(json::Object{{"kind", kind},
                                           {"id", id},
                                           {"text", json::fixUTF8(what.str())},
                                           {"file", json::fixUTF8(at.file)},
                                           {"line", at.line}});
  };

  outcome.operationsBefore = instructionCount(*module);
  Clock::time_point start = Clock::now();
  // The base of the pass follows from its stage.
  std::unique_ptr<mlir::Pass> pass = element.create();
  bool succeeded = static_cast<LLVMModulePass &>(*pass).run(*module, listen);
  outcome.us = microseconds(start);
  if (succeeded)
    outcome.reason = verifierErrors(*module);
  outcome.failed = !succeeded || !outcome.reason.empty();
  if (outcome.failed)
    return outcome;
  std::string after = printed(*module);
  outcome.fired = after != current;
  outcome.operationsAfter = instructionCount(*module);
  current = std::move(after);
  return outcome;
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
    return refuseOutput("what comes back does not read as it was printed: " +
                        error);
  std::string word = newKeyword(output, text);
  if (!word.empty())
    return refuseOutput("what comes back has the word '" + word +
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
