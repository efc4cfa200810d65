//===- StockKnobs.h - Parameters of stock passes ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What they are called and which type they have is the installed Triton's
// affair; here a value is what it looks like.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_PIPELINE_STOCKKNOBS_H
#define TRITON_EXT_INFRA_PIPELINE_STOCKKNOBS_H

#include "infra/pipeline/PipelineText.h"

namespace triton_ext {

/// The canonical spelling of a knob's name, `num-stages` for `num_stages` too;
/// empty where it is none.
std::string stockKnobName(llvm::StringRef written);

/// Takes the value as it is written: true, false, a number, a word or a quoted
/// text. A sentence where it is none of these.
std::optional<std::string> setStockKnob(StockKnob &knob,
                                        llvm::StringRef written);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_PIPELINE_STOCKKNOBS_H
