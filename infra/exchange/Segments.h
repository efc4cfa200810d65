//===- Segments.h - A pipeline of several libraries -------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Passes of one library that follow one another run together, in that library's
// worker. What the workers answer becomes one answer.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_SEGMENTS_H
#define TRITON_EXT_INFRA_EXCHANGE_SEGMENTS_H

#include "infra/exchange/Service.h"
#include "infra/pipeline/PipelineText.h"
#include <string>
#include <vector>

namespace triton_ext {

struct Segment {
  const AddedLibrary *library; ///< null: the one that this is linked into
  std::string pipeline;        ///< canonical
  std::string firstPass;
};

using Passes = llvm::ArrayRef<const PipelineElement *>;

/// Whether all passes are of the library that this is linked into.
bool isOwn(Passes passes);

/// Those of `stage`, in order; a segment has at least one.
std::vector<Segment> segmentsOf(Passes passes, llvm::StringRef stage);

/// The reports of segments, put together as they come.
class MergedReport {
public:
  explicit MergedReport(const CrossingRequest &request);

  /// Takes what a segment answered. False where that ends the run.
  bool add(const Segment &segment, const Answer &answer);
  /// The answer, with `output` where anything changed.
  Answer answer(std::string output) &&;

private:
  bool fail(const Segment &segment, CrossingStatus status,
            llvm::json::Object error);

  CrossingStatus status = CrossingStatus::Unchanged;
  llvm::json::Object report;
  llvm::json::Array passes;
  llvm::json::Object times;
};

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_SEGMENTS_H
