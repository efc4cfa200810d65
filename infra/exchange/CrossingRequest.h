//===- CrossingRequest.h - What is asked, and what it comes to --*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_CROSSINGREQUEST_H
#define TRITON_EXT_INFRA_EXCHANGE_CROSSINGREQUEST_H

#include "infra/pipeline/PipelineText.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <optional>
#include <string>

namespace triton_ext {

/// What a run is asked to do; the fields of the C interface's request.
struct CrossingRequest {
  enum class Mode { Isolated, Inline };

  std::string pipeline;
  Mode mode = Mode::Isolated;
  std::string stage = "ttir";
  std::string kernel;
  /// Backend, architecture, release and options, as `Request` reads them.
  llvm::json::Object fields;
  /// Whether the entry function carries the marker word, and what to put in
  /// its place (nothing: the attribute was absent).
  bool marked = false;
  std::optional<std::string> visibility;
  uint32_t timeLimitMs = 10000;
  uint32_t memoryLimitMb = 4096;

  /// Reads a request; on a mistake returns nothing and fills `error`.
  static std::optional<CrossingRequest> parse(llvm::StringRef json,
                                              std::string &error);
};

/// Word that a producer writes into the entry function's sym_visibility so
/// that its module does not verify and prints in generic form.
inline constexpr llvm::StringLiteral crossingMarker = "triton_ext.crossing";

/// Numbered as the C interface's statuses.
enum class CrossingStatus {
  Changed = 0,
  Unchanged = 1,
  Refused = 2,
  Failed = 3,
  BadRequest = 4,
  Unavailable = 5
};

/// "changed", "unchanged", ... as in reports.
llvm::StringRef statusWord(CrossingStatus status);

struct CrossingResult {
  CrossingStatus status = CrossingStatus::Unchanged;
  /// The new module, when it changed.
  std::string output;
  llvm::json::Object report;
};

/// A result that says that nothing was applied because of `message`.
CrossingResult crossingFailure(CrossingStatus status,
                               const CrossingRequest &request,
                               llvm::StringRef code, llvm::StringRef pass,
                               llvm::StringRef operation,
                               llvm::StringRef message);

/// The pipeline of `request`, which has no step that needs the stock pipeline
/// around it: only whoever runs that can place passes in it. Else nothing, and
/// `failure` is the result.
std::optional<Pipeline> pipelineOf(const CrossingRequest &request,
                                   CrossingResult &failure);

/// Called with a pass's name before it runs, so that whoever watches knows
/// which one brought the process down.
using ProgressFn = llvm::function_ref<void(llvm::StringRef pass)>;

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_CROSSINGREQUEST_H
