//===- PipelineText.h - The text that names passes --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// MLIR's pipeline grammar over catalogued names:
//
//   pipeline ::= ( element ( `,` element )* )?
//   element  ::= name ( `{` knob `=` value ( ` ` knob `=` value )* `}` )?
//   name     ::= ( library `/` )? word
//
// with an optional `builtin.module(...)` around the whole. A library's own
// parser takes its passes without `library/` too. A pipeline has one
// canonical text: whole names, knobs in the catalogue's order, values in one
// spelling, defaults left out.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_PIPELINE_PIPELINETEXT_H
#define TRITON_EXT_INFRA_PIPELINE_PIPELINETEXT_H

#include "infra/registry/Catalogue.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace triton_ext {

/// A mistake in a pipeline's text.
struct PipelineError {
  /// Stable: syntax, unknown-pass, unknown-knob, bad-value, duplicate-knob.
  std::string code;
  /// The sentence alone.
  std::string sentence;
  /// Where, 1-based, in the text; the caret stands under this character.
  unsigned line = 1, column = 1;
  /// Up to three nearest valid words, nearest first.
  std::vector<std::string> nearest;
  /// What is allowed or what to do; may be empty.
  std::string hint;
  /// The text's line that `line` names.
  std::string source;

  /// The sentence, the line of the text and a caret under the character.
  std::string message() const;
  llvm::json::Value toJSON() const;
};

/// A knob set to other than its default.
struct ElementKnob {
  const Knob *knob;
  /// Canonical spelling.
  std::string value;
};

/// One pass of a pipeline.
struct PipelineElement {
  const Extension *extension;
  llvm::SmallVector<ElementKnob, 4> knobs;

  /// Canonical text of this element.
  std::string text() const;
  /// A pass instance with the knobs set; of a pass that is linked in here.
  std::unique_ptr<mlir::Pass> create() const;
};

struct Pipeline {
  std::vector<PipelineElement> elements;

  /// Equal pipelines have equal canonical text.
  std::string canonical() const;
  llvm::json::Value toJSON() const;
};

/// Parses `text` against the catalogue; on a mistake returns nothing and fills
/// `error`.
std::optional<Pipeline> parsePipeline(llvm::StringRef text,
                                      PipelineError &error);

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

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_PIPELINE_PIPELINETEXT_H
