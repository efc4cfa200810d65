//===- OptionText.h - What stands between a pass's braces -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_PIPELINE_OPTIONTEXT_H
#define TRITON_EXT_INFRA_PIPELINE_OPTIONTEXT_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <utility>

namespace triton_ext {

/// One `knob=value` of an option list, with where it stands in the list.
struct OptionText {
  llvm::StringRef name, value;
  size_t nameOffset, valueOffset;
};

/// Splits what stands between the braces, in MLIR's grammar: pairs apart by
/// white space, values that may nest braces and quotes. On a mistake returns
/// its offset and a sentence.
std::optional<std::pair<size_t, std::string>>
splitOptions(llvm::StringRef options, llvm::SmallVectorImpl<OptionText> &out);

/// Offset of the brace that closes one opened right before `text`; `npos` where
/// it, or a quote in front of it, does not close.
size_t closingBrace(llvm::StringRef text);

/// `value` in the quotes that it does not have itself.
std::string quoted(llvm::StringRef value);

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_PIPELINE_OPTIONTEXT_H
