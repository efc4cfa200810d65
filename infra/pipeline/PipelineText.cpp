//===- PipelineText.cpp - The text that names passes ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/PipelineText.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// Offset of the brace that closes one opened right before `text`; `npos` where
/// it, or a quote in front of it, does not close.
static size_t closingBrace(StringRef text) {
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"' || c == '\'') {
      i = text.find(c, i + 1);
      if (i == StringRef::npos)
        return i;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && depth-- == 0) {
      return i;
    }
  }
  return StringRef::npos;
}

/// Length of the value at the front of `text`: up to white space outside of
/// quotes and braces. `npos` where a quote or brace does not close.
static size_t valueLength(StringRef text) {
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    size_t rest = 0;
    if (c == '"' || c == '\'')
      rest = text.drop_front(i + 1).find(c);
    else if (c == '{')
      rest = closingBrace(text.drop_front(i + 1));
    else if (c == '}' || isSpace(c))
      return i;
    else
      continue;
    if (rest == StringRef::npos)
      return rest;
    i += rest + 1;
  }
  return text.size();
}

static bool isNameChar(char c) {
  return isAlnum(c) || c == '-' || c == '_' || c == '.';
}

std::optional<std::pair<size_t, std::string>>
splitOptions(StringRef options, SmallVectorImpl<OptionText> &out) {
  size_t at = 0;
  while (true) {
    while (at < options.size() && isSpace(options[at]))
      ++at;
    if (at == options.size())
      return std::nullopt;
    StringRef rest = options.drop_front(at);
    StringRef name = rest.take_while(isNameChar);
    if (name.empty())
      return std::make_pair(at, std::string("expected a knob's name"));
    if (!rest.drop_front(name.size()).starts_with("="))
      return std::make_pair(at + name.size(),
                            "expected '=' after the knob '" + name.str() + "'");
    size_t valueAt = at + name.size() + 1;
    size_t length = valueLength(options.drop_front(valueAt));
    if (length == StringRef::npos)
      return std::make_pair(valueAt,
                            "the value of '" + name.str() + "' does not close");
    out.push_back({name, options.substr(valueAt, length), at, valueAt});
    at = valueAt + length;
  }
}

/// MLIR strips one pair of quotes or braces around a value.
static StringRef unwrap(StringRef value) {
  if (value.size() >= 2 && ((value.front() == '{' && value.back() == '}') ||
                            (value.front() == '"' && value.back() == '"') ||
                            (value.front() == '\'' && value.back() == '\'')))
    return value.drop_front().drop_back();
  return value;
}

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
// Parser
//===----------------------------------------------------------------------===//

namespace {
class Parser {
public:
  Parser(StringRef text, PipelineError &error) : text(text), error(error) {}

  std::optional<Pipeline> parse();

private:
  bool parseElements(Pipeline &pipeline, bool anchored);
  bool parseElement(Pipeline &pipeline);
  bool parseKnobs(PipelineElement &element);
  bool setKnob(PipelineElement &element, const OptionText &setting,
               size_t offset);

  void skipSpace() {
    while (at < text.size() && isSpace(text[at]))
      ++at;
  }
  bool consume(StringRef word) {
    if (!text.drop_front(at).starts_with(word))
      return false;
    at += word.size();
    return true;
  }
  bool atEnd() const { return at == text.size(); }

  bool fail(size_t offset, StringRef code, const Twine &sentence,
            std::vector<std::string> nearest = {}, std::string hint = "");

  StringRef text;
  size_t at = 0;
  PipelineError &error;
};
} // namespace

bool Parser::fail(size_t offset, StringRef code, const Twine &sentence,
                  std::vector<std::string> nearest, std::string hint) {
  StringRef before = text.take_front(offset);
  size_t lineStart = before.rfind('\n');
  lineStart = lineStart == StringRef::npos ? 0 : lineStart + 1;
  error.code = code.str();
  error.sentence = sentence.str();
  error.line = before.count('\n') + 1;
  error.column = offset - lineStart + 1;
  error.nearest = std::move(nearest);
  error.hint = std::move(hint);
  error.source = text.drop_front(lineStart).split('\n').first.str();
  return false;
}

std::optional<Pipeline> Parser::parse() {
  Pipeline pipeline;
  skipSpace();
  bool anchored = consume("builtin.module(");
  if (!parseElements(pipeline, anchored))
    return std::nullopt;
  skipSpace();
  if (!atEnd()) {
    fail(at, "syntax", "expected ',' or the end of the pipeline");
    return std::nullopt;
  }
  return pipeline;
}

bool Parser::parseElements(Pipeline &pipeline, bool anchored) {
  skipSpace();
  bool empty = anchored ? consume(")") : atEnd();
  if (empty)
    return true;
  do {
    if (!parseElement(pipeline))
      return false;
    skipSpace();
  } while (consume(","));
  if (anchored && !consume(")"))
    return fail(at, "syntax", "expected ',' or ')'");
  return true;
}

static std::vector<std::string> strings(ArrayRef<StringRef> words) {
  std::vector<std::string> result;
  for (StringRef word : words)
    result.push_back(word.str());
  return result;
}

/// The at most three passes whose names are nearest.
static std::vector<std::string> nearestPasses(StringRef name) {
  std::vector<StringRef> names = nearest(name, SIZE_MAX);
  llvm::erase_if(names, [](StringRef other) { return !find(other)->isPass(); });
  names.resize(std::min<size_t>(names.size(), 3));
  return strings(names);
}

bool Parser::parseElement(Pipeline &pipeline) {
  skipSpace();
  size_t start = at;
  StringRef name = text.drop_front(at).take_while(
      [](char c) { return isNameChar(c) || c == '/'; });
  if (name.empty())
    return fail(at, "syntax", "expected a pass's name");
  at += name.size();

  PipelineElement element{find(name), {}};
  if (!element.extension)
    return fail(start, "unknown-pass", "unknown pass '" + name + "'",
                nearestPasses(name));
  if (!element.extension->isPass())
    return fail(start, "unknown-pass",
                "'" + name + "' is a " + element.extension->kind +
                    ", not a pass");
  skipSpace();
  if (text.drop_front(at).starts_with("{") && !parseKnobs(element))
    return false;
  pipeline.elements.push_back(std::move(element));
  return true;
}

bool Parser::parseKnobs(PipelineElement &element) {
  size_t open = at;
  size_t length = closingBrace(text.drop_front(open + 1));
  if (length == StringRef::npos)
    return fail(open, "syntax", "this '{' or a quote after it does not close");
  size_t close = open + 1 + length;
  SmallVector<OptionText> settings;
  if (auto mistake = splitOptions(text.slice(open + 1, close), settings))
    return fail(open + 1 + mistake->first, "syntax", mistake->second);
  at = close + 1;

  for (const OptionText &setting : settings)
    if (!setKnob(element, setting, open + 1))
      return false;
  // Canonical order is the catalogue's.
  llvm::sort(element.knobs, [](const ElementKnob &a, const ElementKnob &b) {
    return a.knob < b.knob;
  });
  llvm::erase_if(element.knobs, [](const ElementKnob &setting) {
    return setting.value ==
           canonicalKnob(*setting.knob, setting.knob->defaultText);
  });
  return true;
}

bool Parser::setKnob(PipelineElement &element, const OptionText &setting,
                     size_t offset) {
  const Extension &extension = *element.extension;
  const Knob *knob = extension.knob(setting.name);
  if (!knob) {
    auto names = llvm::map_range(extension.knobs,
                                 [](const Knob &other) { return other.name; });
    return fail(offset + setting.nameOffset, "unknown-knob",
                extension.name + " has no knob '" + setting.name + "'",
                strings(nearestKnobs(extension, setting.name)),
                extension.knobs.empty() ? "it has no knobs"
                                        : "it has " + llvm::join(names, ", "));
  }
  for (const ElementKnob &earlier : element.knobs)
    if (earlier.knob == knob)
      return fail(offset + setting.nameOffset, "duplicate-knob",
                  extension.name + ": the knob '" + setting.name +
                      "' is set twice");
  StringRef value = unwrap(setting.value);
  if (auto sentence = checkKnob(*knob, value))
    return fail(offset + setting.valueOffset, "bad-value",
                extension.name + ": " + *sentence);
  element.knobs.push_back({knob, canonicalKnob(*knob, value)});
  return true;
}

std::optional<Pipeline> parsePipeline(StringRef text, PipelineError &error) {
  return Parser(text, error).parse();
}

//===----------------------------------------------------------------------===//
// Canonical text and passes
//===----------------------------------------------------------------------===//

/// A value as it stands in a pipeline: quoted where it would not read back.
static std::string spelled(const ElementKnob &setting) {
  StringRef value = setting.value;
  bool plain = !value.empty() && llvm::none_of(value, [](char c) {
    return isSpace(c) || StringRef("{}'\"").contains(c);
  });
  if (plain)
    return value.str();
  char quote = value.contains('\'') ? '"' : '\'';
  return quote + value.str() + quote;
}

static std::string optionsText(ArrayRef<ElementKnob> knobs) {
  std::string text;
  for (const ElementKnob &setting : knobs) {
    if (!text.empty())
      text += " ";
    text += setting.knob->name.str() + "=" + spelled(setting);
  }
  return text;
}

std::string PipelineElement::text() const {
  std::string name = extension->name.str();
  return knobs.empty() ? name : name + "{" + optionsText(knobs) + "}";
}

std::unique_ptr<mlir::Pass> PipelineElement::create() const {
  std::unique_ptr<mlir::Pass> pass = extension->create();
  // The settings were checked when the text was parsed.
  LogicalResult set = pass->initializeOptions(
      optionsText(knobs), [](const Twine &) { return failure(); });
  return succeeded(set) ? std::move(pass) : nullptr;
}

std::string Pipeline::canonical() const {
  std::string text;
  for (const PipelineElement &element : elements) {
    if (!text.empty())
      text += ",";
    text += element.text();
  }
  return text;
}

json::Value Pipeline::toJSON() const {
  json::Array list;
  for (const PipelineElement &element : elements) {
    json::Object knobs;
    for (const ElementKnob &setting : element.knobs)
      knobs[setting.knob->name] = setting.value;
    list.push_back(json::Object{
        {"name", element.extension->name},
        {"stage", element.extension->stage},
        {"status", element.extension->status},
        {"knobs", std::move(knobs)},
    });
  }
  return json::Object{{"canonical", canonical()},
                      {"elements", std::move(list)}};
}

} // namespace triton_ext
