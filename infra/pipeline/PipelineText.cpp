//===- PipelineText.cpp - The text that names passes ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/PipelineText.h"
#include "infra/pipeline/KernelPattern.h"
#include "infra/pipeline/OptionText.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

static std::string quotedList(ArrayRef<std::string> words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "'" : ", '") + word + "'";
  return text;
}

std::string PipelineError::message() const {
  std::string text = sentence;
  if (!nearest.empty())
    text += "; nearest: " + quotedList(nearest);
  if (!hint.empty())
    text += "; " + hint;
  text += "\n  " + source + "\n  " + std::string(column - 1, ' ') + "^";
  return text;
}

json::Value PipelineError::toJSON() const {
  return json::Object{
      {"code", code},     {"message", json::fixUTF8(message())}, {"line", line},
      {"column", column}, {"nearest", json::Array(nearest)},     {"hint", hint},
  };
}

//===----------------------------------------------------------------------===//
// Canonical text
//===----------------------------------------------------------------------===//

std::string StockPoint::text() const {
  std::string text = stage.empty() ? pass : stage + "." + pass;
  if (occurrence)
    text += "#" + utostr(occurrence);
  return optional ? text + "?" : text;
}

/// A value as it stands in a pipeline: quoted where it would not read back.
static std::string spelled(const ElementKnob &setting) {
  StringRef value = setting.value;
  bool plain = !value.empty() && llvm::none_of(value, [](char c) {
    return isSpace(c) || StringRef("{}'\"").contains(c);
  });
  return plain ? value.str() : quoted(value);
}

static std::string optionsText(ArrayRef<ElementKnob> knobs) {
  return join(map_range(knobs,
                        [](const ElementKnob &setting) {
                          return setting.knob->name.str() + "=" +
                                 spelled(setting);
                        }),
              " ");
}

std::string PipelineElement::text() const {
  std::string text = extension->name.str();
  if (!knobs.empty())
    text += "{" + optionsText(knobs) + "}";
  if (place)
    text += "@" + place->how.str() + "=" + place->point.text();
  return text;
}

std::string StockStep::text() const {
  if (isDrop())
    return "drop=" + point.text();
  auto settings = map_range(
      knobs, [](const StockKnob &knob) { return knob.name + "=" + knob.text; });
  return point.text() + "{" + join(settings, " ") + "}";
}

std::string stepText(const PipelineStep &step) {
  return std::visit([](const auto &each) { return each.text(); }, step);
}

std::string PipelineRule::text() const {
  std::string text = join(map_range(steps, stepText), ",");
  if (pattern.empty())
    return text;
  return pattern + (text.empty() ? ":" : ": ") + text;
}

std::string Pipeline::canonical() const {
  return join(
      map_range(rules, [](const PipelineRule &rule) { return rule.text(); }),
      "; ");
}

//===----------------------------------------------------------------------===//
// What is in a pipeline
//===----------------------------------------------------------------------===//

bool PipelineRule::matches(StringRef kernel) const {
  return pattern.empty() || matchesKernel(pattern, kernel);
}

std::vector<const PipelineElement *> PipelineRule::elements() const {
  std::vector<const PipelineElement *> found;
  for (const PipelineStep &step : steps)
    if (auto *element = std::get_if<PipelineElement>(&step))
      found.push_back(element);
  return found;
}

const PipelineRule *Pipeline::ruleFor(StringRef kernel) const {
  auto rule = find_if(
      rules, [&](const PipelineRule &each) { return each.matches(kernel); });
  return rule == rules.end() ? nullptr : &*rule;
}

std::vector<const PipelineElement *> Pipeline::elements() const {
  std::vector<const PipelineElement *> found;
  for (const PipelineRule &rule : rules)
    append_range(found, rule.elements());
  return found;
}

const PipelineStep *Pipeline::firstPlaced() const {
  for (const PipelineRule &rule : rules)
    for (const PipelineStep &step : rule.steps) {
      auto *element = std::get_if<PipelineElement>(&step);
      if (!element || element->place)
        return &step;
    }
  return nullptr;
}

std::unique_ptr<mlir::Pass> PipelineElement::create(
    function_ref<LogicalResult(const Twine &)> error) const {
  std::unique_ptr<mlir::Pass> pass = extension->create();
  LogicalResult set = pass->initializeOptions(optionsText(knobs), error);
  return succeeded(set) ? std::move(pass) : nullptr;
}

std::unique_ptr<mlir::Pass> PipelineElement::create() const {
  // The settings were checked when the text was parsed.
  return create([](const Twine &) { return failure(); });
}

const Extension *crossingElement() {
  static const Extension extension = [] {
    Extension made = {};
    made.name = "<crossing>";
    made.kind = "instrument";
    made.status = "stable";
    return made;
  }();
  return &extension;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// A text, or null where there is none.
static json::Value textOrNull(StringRef text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

static json::Value toJSON(StringRef how, StringRef stage,
                          const StockPoint &point) {
  return json::Object{
      {"how", how},
      {"stage", textOrNull(stage)},
      {"pass", point.pass},
      {"occurrence",
       point.occurrence ? json::Value(point.occurrence) : json::Value(nullptr)},
      {"optional", point.optional},
  };
}

static json::Object toJSON(ArrayRef<ElementKnob> settings) {
  json::Object knobs;
  for (const ElementKnob &setting : settings)
    knobs[setting.knob->name] = json::fixUTF8(setting.value);
  return knobs;
}

static json::Value toJSON(const PipelineElement &element) {
  const Extension &extension = *element.extension;
  bool crossing = &extension == crossingElement();
  json::Value place = nullptr;
  if (element.place) {
    // The point is looked for in the element's stage.
    const StockPoint &point = element.place->point;
    place = toJSON(element.place->how,
                   crossing ? StringRef(point.stage) : extension.stage, point);
  }
  return json::Object{
      {"kind", "pass"},
      {"name", crossing ? StringRef() : extension.name},
      {"library", extension.library()},
      {"stage", textOrNull(extension.stage)},
      {"status", extension.status},
      {"knobs", toJSON(element.knobs)},
      {"place", std::move(place)},
  };
}

static json::Value toJSON(const StockStep &step) {
  json::Object knobs;
  for (const StockKnob &knob : step.knobs)
    knobs[knob.name] = knob.value;
  StringRef kind = step.isDrop() ? "drop" : "stock";
  return json::Object{
      {"kind", kind},
      {"name", step.point.pass},
      {"library", nullptr},
      {"stage", textOrNull(step.point.stage)},
      {"status", nullptr},
      {"knobs", std::move(knobs)},
      {"place", toJSON(kind, step.point.stage, step.point)},
  };
}

static json::Value toJSON(const PipelineRule &rule) {
  json::Array steps;
  for (const PipelineStep &step : rule.steps)
    steps.push_back(
        std::visit([](const auto &each) { return toJSON(each); }, step));
  return json::Object{{"pattern", textOrNull(rule.pattern)},
                      {"steps", std::move(steps)}};
}

json::Value Pipeline::toJSON() const {
  json::Array list, elements;
  for (const PipelineRule &rule : rules) {
    list.push_back(triton_ext::toJSON(rule));
    for (const PipelineElement *element : rule.elements())
      if (element->extension != crossingElement())
        elements.push_back(json::Object{
            {"kernel", textOrNull(rule.pattern)},
            {"name", element->extension->name},
            {"stage", element->extension->stage},
            {"status", element->extension->status},
            {"knobs", triton_ext::toJSON(element->knobs)},
        });
  }
  return json::Object{{"canonical", json::fixUTF8(canonical())},
                      {"rules", std::move(list)},
                      {"elements", std::move(elements)}};
}

} // namespace triton_ext
