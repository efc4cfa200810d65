//===- PipelineParser.cpp - Reading the text that names passes --*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/KernelPattern.h"
#include "infra/pipeline/OptionText.h"
#include "infra/pipeline/PipelineText.h"
#include "infra/pipeline/StockKnobs.h"
#include "infra/registry/Spelling.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace triton_ext {

namespace {
class Parser {
public:
  Parser(StringRef text, PipelineError &error) : text(text), error(error) {}

  std::optional<Pipeline> parse();

private:
  bool parseRule(Pipeline &pipeline);
  bool parsePattern(PipelineRule &rule, const Pipeline &earlier);
  bool parseSteps(PipelineRule &rule, bool anchored);
  bool parseStep(PipelineRule &rule);
  bool parseDrop(PipelineRule &rule);
  bool parseStock(PipelineRule &rule);
  bool parseElement(PipelineRule &rule, StringRef name);
  bool parsePlace(PipelineElement &element);
  bool parseHow(StringRef &how);
  bool parsePoint(StockPoint &point);
  bool parsePassName(StockPoint &point);
  bool parseOccurrence(StockPoint &point);

  using Settings = SmallVector<OptionText>;
  bool parseSettings(Settings &settings, size_t &offset);
  bool parseKnobs(PipelineElement &element);
  bool setKnob(PipelineElement &element, const OptionText &setting,
               size_t offset);
  bool askPass(const PipelineElement &element, size_t offset);
  bool parseStockKnobs(StockStep &step);
  bool refusePlace(StringRef why);

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
  template <typename Predicate> StringRef takeWhile(Predicate predicate) {
    StringRef taken = text.drop_front(at).take_while(predicate);
    at += taken.size();
    return taken;
  }
  bool atEnd() const { return at == text.size(); }
  bool isAt(StringRef word) const {
    return text.drop_front(at).starts_with(word);
  }

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

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

std::optional<Pipeline> Parser::parse() {
  Pipeline pipeline;
  do {
    skipSpace();
    if (atEnd())
      break;
    if (!parseRule(pipeline))
      return std::nullopt;
    skipSpace();
  } while (consume(";"));
  if (!atEnd()) {
    fail(at, "syntax", "expected ',', ';' or the end of the pipeline");
    return std::nullopt;
  }
  while (!pipeline.rules.empty() && pipeline.rules.back().steps.empty())
    pipeline.rules.pop_back();
  return pipeline;
}

bool Parser::parseRule(Pipeline &pipeline) {
  if (isAt(";"))
    return fail(at, "syntax", "this rule is empty", {},
                "a kernel that is to be stock's has a pattern and no passes, "
                "as in 'matmul_*: ; loop-split'");
  if (!pipeline.rules.empty() && pipeline.rules.back().pattern.empty())
    return fail(at, "unreachable-rule",
                "no kernel is left for this rule: the one before it is for "
                "every kernel",
                {}, "put the rule for every kernel last");
  PipelineRule rule;
  if (!parsePattern(rule, pipeline))
    return false;
  skipSpace();
  if (!parseSteps(rule, consume("builtin.module(")))
    return false;
  pipeline.rules.push_back(std::move(rule));
  return true;
}

/// A pattern ends in a `:`, with nothing in front of it that only steps have.
bool Parser::parsePattern(PipelineRule &rule, const Pipeline &earlier) {
  StringRef rest = text.drop_front(at);
  size_t colon = rest.find_first_of(":,;{@=(<");
  if (colon == StringRef::npos || rest[colon] != ':')
    return true;
  StringRef pattern = rest.take_front(colon).rtrim();
  if (auto mistake = patternMistake(pattern))
    return fail(at + mistake->first, "bad-pattern", mistake->second, {},
                patternHint.str());
  std::string canonical = canonicalPattern(pattern);
  for (const PipelineRule &other : earlier.rules)
    if (other.pattern == canonical)
      return fail(at, "duplicate-pattern",
                  "'" + pattern + "' has a rule already", {},
                  "the first rule that matches a kernel is its pipeline");
  rule.pattern = canonical == "*" ? "" : canonical;
  at += colon + 1;
  return true;
}

bool Parser::parseSteps(PipelineRule &rule, bool anchored) {
  skipSpace();
  bool empty = anchored ? consume(")") : atEnd() || isAt(";");
  if (empty)
    return true;
  do {
    if (!parseStep(rule))
      return false;
    skipSpace();
  } while (consume(","));
  if (anchored && !consume(")"))
    return fail(at, "syntax", "expected ',' or ')'");
  return true;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static bool isNameChar(char c) {
  return isAlnum(c) || c == '-' || c == '_' || c == '.';
}

bool Parser::parseStep(PipelineRule &rule) {
  skipSpace();
  size_t start = at;
  StringRef name =
      consume(crossingElement()->name)
          ? crossingElement()->name
          : takeWhile([](char c) { return isNameChar(c) || c == '/'; });
  if (name.empty())
    return fail(at, "syntax", "expected a pass's name");
  if (name == "drop")
    return parseDrop(rule);
  if (name.contains('.') && !name.contains('/')) {
    at = start;
    return parseStock(rule);
  }
  return parseElement(rule, name);
}

bool Parser::parseDrop(PipelineRule &rule) {
  skipSpace();
  if (!consume("="))
    return fail(at, "syntax", "expected '=' and a stock pass after 'drop'", {},
                "as in drop=ttir.loop_unroll");
  skipSpace();
  StockStep step;
  if (!parsePoint(step.point))
    return false;
  skipSpace();
  if (isAt("{"))
    return fail(at, "syntax", "what is dropped takes no knobs");
  rule.steps.push_back(std::move(step));
  return refusePlace("what is dropped has no place");
}

bool Parser::parseStock(PipelineRule &rule) {
  size_t start = at;
  StockStep step;
  if (!parsePoint(step.point))
    return false;
  skipSpace();
  if (!isAt("{"))
    return fail(start, "syntax",
                "'" + step.point.text() +
                    "' is a stock pass, and nothing is said of it",
                {},
                "set its knobs, as in ttgpuir.pipeline{num-stages=4}, or write "
                "drop= in front of it; a pass is placed by @before=, @after= "
                "or @replace=");
  if (!parseStockKnobs(step))
    return false;
  rule.steps.push_back(std::move(step));
  return refusePlace("a stock pass stays where it is");
}

bool Parser::refusePlace(StringRef why) {
  skipSpace();
  return !isAt("@") || fail(at, "bad-place", why, {},
                            "only a pass of the catalogue takes a place");
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

/// What follows the name of a pass of the catalogue.
bool Parser::parseElement(PipelineRule &rule, StringRef name) {
  size_t start = at - name.size();
  bool crossing = name == crossingElement()->name;
  PipelineElement element{crossing ? crossingElement() : find(name), {}, {}};
  if (!element.extension)
    return fail(start, "unknown-pass", "unknown pass '" + name + "'",
                nearestPasses(name));
  if (!crossing && !element.extension->isPass())
    return fail(start, "unknown-pass",
                "'" + name + "' is a " + element.extension->kind +
                    ", not a pass");
  skipSpace();
  if (isAt("{") && !parseKnobs(element))
    return false;
  skipSpace();
  if (consume("@")) {
    if (!parsePlace(element))
      return false;
  } else if (crossing) {
    return fail(at, "syntax", "expected '@' and a place after '<crossing>'");
  }
  rule.steps.push_back(std::move(element));
  return true;
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

static constexpr StringLiteral pointHint =
    "a stock pass is namespace.pass, as in ttir.loop_unroll, or "
    "stage.namespace.pass";

/// What follows the `@`.
bool Parser::parsePlace(PipelineElement &element) {
  element.place.emplace();
  if (!parseHow(element.place->how))
    return false;
  skipSpace();
  size_t start = at;
  StockPoint &point = element.place->point;
  if (!parsePoint(point))
    return false;
  const Extension &extension = *element.extension;
  if (!extension.stage.empty()) {
    if (!point.stage.empty() && point.stage != extension.stage)
      return fail(start, "wrong-stage",
                  extension.name + " is for the stage " + extension.stage +
                      ", and this is a place in " + point.stage);
    point.stage.clear();
  }
  // The first one is what is meant without a number.
  if (point.occurrence == 1)
    point.occurrence = 0;
  skipSpace();
  if (isAt("@"))
    return fail(at, "duplicate-place", extension.name + " has a place already",
                {}, "name the pass twice to run it at two places");
  if (isAt("{"))
    return fail(at, "syntax", "knobs stand in front of the place");
  return true;
}

bool Parser::parseHow(StringRef &how) {
  static constexpr StringLiteral words[] = {"before", "after", "replace"};
  skipSpace();
  size_t start = at;
  StringRef word = takeWhile(isNameChar);
  const StringLiteral *found = find(words, word);
  if (found == std::end(words)) {
    StringRef meant = likelyMeant(word, {words[0], words[1], words[2]});
    std::vector<std::string> nearest;
    if (!word.empty() && !meant.empty())
      nearest.push_back(meant.str());
    return fail(start, "unknown-place",
                word.empty() ? Twine("expected a place after '@'")
                             : "unknown place '" + word + "'",
                std::move(nearest),
                "a place is @before=, @after= or @replace=");
  }
  how = *found;
  skipSpace();
  if (!consume("="))
    return fail(at, "syntax",
                "expected '=' and a stock pass after '@" + how + "'", {},
                pointHint.str());
  return true;
}

bool Parser::parsePoint(StockPoint &point) {
  if (!parsePassName(point) || !parseOccurrence(point))
    return false;
  point.optional = consume("?");
  if (point.optional && isAt("#"))
    return fail(at, "syntax", "'#' stands in front of '?'");
  return true;
}

static bool isIdentifier(StringRef word) {
  return !word.empty() && !isDigit(word.front()) && word.front() != '-';
}

bool Parser::parsePassName(StockPoint &point) {
  size_t start = at;
  StringRef name = takeWhile(isNameChar);
  if (name.empty())
    return fail(start, "syntax", "expected a stock pass", {}, pointHint.str());
  SmallVector<StringRef> parts;
  name.split(parts, '.');
  if (parts.size() == 1)
    return fail(start, "bad-point",
                "'" + name + "' lacks the namespace of a stock pass", {},
                pointHint.str());
  if (parts.size() > 3 || !all_of(parts, isIdentifier))
    return fail(start, "bad-point", "'" + name + "' is no stock pass", {},
                pointHint.str());
  StringRef stage = parts.size() == 3 ? parts[0] : StringRef();
  auto spelled = [&](StringRef pass) {
    std::string text = (parts[parts.size() - 2] + "." + pass).str();
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
  };
  StringRef pass = parts.back();
  if (pass.consume_front("add_") || pass.consume_front("add-"))
    return fail(start, "bad-point",
                "'" + name + "': stock passes are named without 'add_'",
                {(stage.empty() ? "" : stage.str() + ".") + spelled(pass)});
  point.stage = stage.str();
  point.pass = spelled(pass);
  return true;
}

bool Parser::parseOccurrence(StockPoint &point) {
  size_t start = at;
  if (!consume("#"))
    return true;
  StringRef number = takeWhile([](char c) { return isAlnum(c) || c == '-'; });
  if (number.getAsInteger(10, point.occurrence) || point.occurrence == 0)
    return fail(start, "bad-point",
                "'#" + number + "' is none of several: they count from 1", {},
                "#2 is the second within the stage");
  return true;
}

//===----------------------------------------------------------------------===//
// Knobs
//===----------------------------------------------------------------------===//

/// MLIR strips one pair of quotes or braces around a value.
static StringRef unwrap(StringRef value) {
  if (value.size() >= 2 && ((value.front() == '{' && value.back() == '}') ||
                            (value.front() == '"' && value.back() == '"') ||
                            (value.front() == '\'' && value.back() == '\'')))
    return value.drop_front().drop_back();
  return value;
}

/// What stands between braces; `offset`: where it begins.
bool Parser::parseSettings(Settings &settings, size_t &offset) {
  size_t open = at;
  offset = open + 1;
  size_t length = closingBrace(text.drop_front(offset));
  if (length == StringRef::npos)
    return fail(open, "syntax", "this '{' or a quote after it does not close");
  at = offset + length + 1;
  if (auto mistake = splitOptions(text.substr(offset, length), settings))
    return fail(offset + mistake->first, "syntax", mistake->second);
  return true;
}

bool Parser::parseKnobs(PipelineElement &element) {
  Settings settings;
  size_t offset;
  if (!parseSettings(settings, offset))
    return false;
  for (const OptionText &setting : settings)
    if (!setKnob(element, setting, offset))
      return false;
  // Canonical order is the catalogue's.
  llvm::sort(element.knobs, [](const ElementKnob &a, const ElementKnob &b) {
    return a.knob < b.knob;
  });
  llvm::erase_if(element.knobs, [](const ElementKnob &setting) {
    return setting.value ==
           canonicalKnob(*setting.knob, setting.knob->defaultText);
  });
  return askPass(element, offset);
}

/// A text may have a grammar that only the pass knows.
bool Parser::askPass(const PipelineElement &element, size_t offset) {
  bool hasText = any_of(element.knobs, [](const ElementKnob &setting) {
    return setting.knob->type == KnobType::String;
  });
  std::string mistake;
  if (hasText && element.extension->create &&
      !element.create([&](const Twine &sentence) {
        mistake = sentence.str();
        return failure();
      }))
    return fail(offset, "bad-value", mistake);
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

bool Parser::parseStockKnobs(StockStep &step) {
  Settings settings;
  size_t offset, open = at;
  if (!parseSettings(settings, offset))
    return false;
  if (settings.empty())
    return fail(open, "syntax",
                "no knob of '" + step.point.text() + "' is set");
  for (const OptionText &setting : settings) {
    std::string name = stockKnobName(setting.name);
    if (name.empty())
      return fail(offset + setting.nameOffset, "unknown-knob",
                  "'" + setting.name + "' is no name of a knob");
    if (any_of(step.knobs,
               [&](const StockKnob &other) { return other.name == name; }))
      return fail(offset + setting.nameOffset, "duplicate-knob",
                  "the knob '" + name + "' is set twice");
    StockKnob knob{name, "", nullptr};
    if (auto sentence = setStockKnob(knob, setting.value))
      return fail(offset + setting.valueOffset, "bad-value", *sentence);
    step.knobs.push_back(std::move(knob));
  }
  llvm::sort(step.knobs, [](const StockKnob &a, const StockKnob &b) {
    return a.name < b.name;
  });
  return true;
}

std::optional<Pipeline> parsePipeline(StringRef text, PipelineError &error) {
  return Parser(text, error).parse();
}

} // namespace triton_ext
