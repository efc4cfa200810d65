//===- PipelineText.h - The text that names passes --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// MLIR's pipeline grammar over catalogued names, with the kernels that a
// pipeline is for and places among the stock passes:
//
//   text     ::= rule ( `;` rule )* `;`?
//   rule     ::= ( pattern `:` )? pipeline
//   pipeline ::= ( step ( `,` step )* )?
//   step     ::= element | drop | stock
//   element  ::= name knobs? ( `@` how `=` point )?
//   how      ::= `before` | `after` | `replace`
//   drop     ::= `drop` `=` point
//   stock    ::= point knobs
//   knobs    ::= `{` knob `=` value ( ` ` knob `=` value )* `}`
//   name     ::= ( library `/` )? word
//   point    ::= ( stage `.` )? namespace `.` pass ( `#` number )? `?`?
//
// with an optional `builtin.module(...)` around a pipeline; patterns are those
// of KernelPattern.h. A library's own parser takes its passes without
// `library/` too. The first rule that matches a kernel is its pipeline. Which
// stock passes there are is the installed Triton's affair and not known here.
//
// Equal pipelines have one canonical text: whole names, knobs in the
// catalogue's order, those of stock passes by name, values in one spelling,
// defaults and the `*` of a rule for every kernel left out.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_PIPELINE_PIPELINETEXT_H
#define TRITON_EXT_INFRA_PIPELINE_PIPELINETEXT_H

#include "infra/registry/Catalogue.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace triton_ext {

/// A mistake in a pipeline's text.
struct PipelineError {
  /// Stable: syntax, unknown-pass, unknown-knob, bad-value, duplicate-knob,
  /// bad-point, unknown-place, duplicate-place, bad-place, wrong-stage,
  /// bad-pattern, duplicate-pattern, unreachable-rule.
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

/// A pass of Triton's own, by the name of its binding without `add_`.
struct StockPoint {
  std::string stage; ///< empty: not said
  std::string pass;  ///< `ttir.loop_unroll`
  /// Which of several within a stage, from 1; 0: not said.
  unsigned occurrence = 0;
  /// Left out, with a note, where the installed Triton has no such pass.
  bool optional = false;

  std::string text() const;
};

/// Where an element goes; without one, at the end of its stage.
struct Place {
  llvm::StringRef how; ///< before, after or replace
  StockPoint point;
};

/// A knob set to other than its default.
struct ElementKnob {
  const Knob *knob;
  /// Canonical spelling.
  std::string value;
};

/// One pass of the catalogue.
struct PipelineElement {
  const Extension *extension;
  llvm::SmallVector<ElementKnob, 4> knobs;
  std::optional<Place> place;

  /// Canonical text of this element.
  std::string text() const;
  /// A pass instance with the knobs set; of a pass that is linked in here.
  std::unique_ptr<mlir::Pass> create() const;
  /// The same, where the knobs' values are still to be looked at by the pass:
  /// null, and `error` called, where it refuses one.
  std::unique_ptr<mlir::Pass> create(
      llvm::function_ref<llvm::LogicalResult(const llvm::Twine &)> error) const;
};

/// A parameter of a stock pass.
struct StockKnob {
  std::string name;        ///< `num-stages`
  std::string text;        ///< canonical spelling, quoted where it has to be
  llvm::json::Value value; ///< a Boolean, a number or a text
};

/// What becomes of a stock pass: it is dropped where no knob is set.
struct StockStep {
  StockPoint point;
  std::vector<StockKnob> knobs; ///< sorted by name

  bool isDrop() const { return knobs.empty(); }
  std::string text() const;
};

using PipelineStep = std::variant<PipelineElement, StockStep>;

/// A pipeline and the kernels that it is for.
struct PipelineRule {
  std::string pattern; ///< empty: every kernel
  std::vector<PipelineStep> steps;

  bool matches(llvm::StringRef kernel) const;
  /// The passes of the catalogue, placed or not, in order.
  std::vector<const PipelineElement *> elements() const;
  std::string text() const;
};

struct Pipeline {
  /// The last one has steps: for other kernels nothing is done anyway.
  std::vector<PipelineRule> rules;

  /// The rule for that kernel, or null.
  const PipelineRule *ruleFor(llvm::StringRef kernel) const;
  /// The passes of the catalogue of all rules.
  std::vector<const PipelineElement *> elements() const;
  /// The first step that needs a stock pipeline around it, or null.
  const PipelineStep *firstPlaced() const;
  /// Equal pipelines have equal canonical text.
  std::string canonical() const;
  llvm::json::Value toJSON() const;
};

/// Canonical text of a step.
std::string stepText(const PipelineStep &step);

/// Parses `text` against the catalogue; on a mistake returns nothing and fills
/// `error`.
std::optional<Pipeline> parsePipeline(llvm::StringRef text,
                                      PipelineError &error);

/// What stands in for a pass in tests of neutrality: a crossing at a place.
const Extension *crossingElement();

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_PIPELINE_PIPELINETEXT_H
