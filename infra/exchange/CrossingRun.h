//===- CrossingRun.h - What every crossing does -----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Which passes run, and the report of what they came to: the same whether the
// module is MLIR or LLVM IR.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_CROSSINGRUN_H
#define TRITON_EXT_INFRA_EXCHANGE_CROSSINGRUN_H

#include "infra/exchange/CrossingRequest.h"
#include <chrono>
#include <vector>

namespace triton_ext {

/// What one pass came to.
struct PassOutcome {
  bool failed = false, fired = false;
  std::string reason;    ///< of a failure, if there is one
  std::string operation; ///< that a failure is about, if it is known
  unsigned firedCount = 0, notedCount = 0; ///< remarks
  llvm::json::Array remarks;
  unsigned operationsBefore = 0, operationsAfter = 0;
  int64_t us = 0;
};

/// One run, step by step; each step returns false when the crossing is over.
class CrossingRun {
protected:
  using Clock = std::chrono::steady_clock;

  CrossingRun(llvm::StringRef text, const CrossingRequest &request,
              ProgressFn progress)
      : text(text), request(request), progress(progress) {}
  virtual ~CrossingRun() = default;

  /// Why an extension does not apply to this target, if it does not.
  virtual std::optional<std::string>
  whyNotHere(const Extension &extension) const = 0;
  virtual PassOutcome runPass(const PipelineElement &element) = 0;

  /// Fills `passes` with those of the rule for this kernel.
  bool choosePasses();
  /// An empty pipeline is a crossing for its own sake, as tests of neutrality
  /// make it: the module goes back although nothing changed.
  bool crossesOnly() const { return pipeline.rules.empty(); }
  bool runPasses();
  void recordDecline(const PipelineElement &element, llvm::StringRef id,
                     llvm::StringRef why);
  bool fail(CrossingStatus status, llvm::StringRef code, llvm::StringRef pass,
            llvm::StringRef operation, llvm::StringRef message);
  /// The result, with the whole report.
  CrossingResult finished(Clock::time_point start);

  static int64_t microseconds(Clock::time_point since);

  llvm::StringRef text;
  const CrossingRequest &request;
  ProgressFn progress;
  Pipeline pipeline;
  std::vector<const PipelineElement *> passes;
  bool changed = false;
  llvm::json::Array records;
  llvm::json::Object times;
  CrossingResult result;

private:
  bool record(const PipelineElement &element, PassOutcome outcome);
};

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_CROSSINGRUN_H
