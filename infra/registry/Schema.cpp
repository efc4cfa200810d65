//===- Schema.cpp - What registry.yaml may say ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// A mapping is read by a table of its fields: name, whether it must be there,
// and the function that reads its value. Checks that need more than one value
// run after the entry, and those that need more than one entry at the end.
//===----------------------------------------------------------------------===//
#include "infra/registry/Schema.h"
#include "infra/registry/PlainText.h"
#include "infra/registry/Spelling.h"
#include "infra/registry/YamlFile.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>

namespace triton_ext::registry {

using Words = std::vector<std::string_view>;

static const Words stages = {"ttir", "ttgir", "llir"};
static const Words kinds = {"transform", "analysis", "instrument", "conversion",
                            "dialect",   "op",       "backend"};
static const Words statuses = {"experimental", "stable", "retired"};
static const Words exactnesses = {"bit-exact", "contracts", "reassociates",
                                  "approximates"};

//===----------------------------------------------------------------------===//
// Diagnostics and the plain data
//===----------------------------------------------------------------------===//

std::string Diagnostic::text() const {
  std::string out = at.file + ":" + std::to_string(at.line) + ":" +
                    std::to_string(at.column) + ": error: found " + found +
                    ", expected " + expected;
  if (!meant.empty())
    out += "; did you mean " + quote(meant) + "?";
  return out;
}

KnobRule KnobSpec::rule() const {
  KnobRule rule{type, low, high, {}};
  for (const auto &[value, help] : values)
    rule.values.push_back(value);
  return rule;
}

std::string Entry::className() const { return spell(name, Spelling::Pascal); }

bool Entry::isPass() const {
  return changesModules() || kind == "analysis" || kind == "instrument";
}

bool Entry::changesModules() const {
  return kind == "transform" || kind == "conversion";
}

const Place &Entry::placeOf(const std::string &field) const {
  auto it = fields.find(field);
  return it == fields.end() ? at : it->second;
}

//===----------------------------------------------------------------------===//
// Words that nothing may be spelled as
//===----------------------------------------------------------------------===//

static bool isCppKeyword(const std::string &word) {
  static const std::set<std::string> keywords = {
      "alignas",  "alignof",   "and",       "and_eq",    "asm",
      "auto",     "bitand",    "bitor",     "bool",      "break",
      "case",     "catch",     "char",      "class",     "compl",
      "concept",  "const",     "consteval", "constexpr", "constinit",
      "continue", "decltype",  "default",   "delete",    "do",
      "double",   "else",      "enum",      "explicit",  "export",
      "extern",   "false",     "float",     "for",       "friend",
      "goto",     "if",        "inline",    "int",       "long",
      "mutable",  "namespace", "new",       "noexcept",  "not",
      "not_eq",   "nullptr",   "operator",  "or",        "or_eq",
      "private",  "protected", "public",    "register",  "requires",
      "return",   "short",     "signed",    "sizeof",    "static",
      "struct",   "switch",    "template",  "this",      "throw",
      "true",     "try",       "typedef",   "typeid",    "typename",
      "union",    "unsigned",  "using",     "virtual",   "void",
      "volatile", "while",     "xor",       "xor_eq"};
  return keywords.count(word) != 0;
}

static bool isPythonKeyword(const std::string &word) {
  static const std::set<std::string> keywords = {
      "and",      "as",       "assert", "async", "await",  "break",  "class",
      "continue", "def",      "del",    "elif",  "else",   "except", "finally",
      "for",      "from",     "global", "if",    "import", "in",     "is",
      "lambda",   "nonlocal", "not",    "or",    "pass",   "raise",  "return",
      "try",      "while",    "with",   "yield"};
  return keywords.count(word) != 0;
}

/// Options and passes that triton-ext-opt has anyway; a second one of a name
/// would end it as it starts. It has more, which begin with `mlir-`.
static bool isToolOption(const std::string &word) {
  static const std::set<std::string> options = {
      "allow-incomplete-ir",
      "allow-unregistered-dialect",
      "canonicalize",
      "color",
      "crash-diagnostics-dir",
      "cse",
      "debug-counter-break-on-last",
      "debug-pass",
      "disable-auto-upgrade-debug-info",
      "disable-i2p-p2i-opt",
      "disable-patterns",
      "disable-symbolication",
      "dump-pass-pipeline",
      "elide-all-zero-branch-weights",
      "elide-resource-data-from-bytecode",
      "emit-bytecode",
      "emit-bytecode-version",
      "enable-fs-discriminator",
      "enable-patterns",
      "filter-passes",
      "filter-print-funcs",
      "help",
      "help-hidden",
      "help-list",
      "help-list-hidden",
      "import-constants-with-refs",
      "info-output-file",
      "irdl-file",
      "json",
      "list-passes",
      "load-dialect-plugin",
      "load-pass-plugin",
      "log-actions-to",
      "log-mlir-actions-filter",
      "loop-invariant-code-motion",
      "no-implicit-module",
      "non-global-value-max-name-size",
      "opt-bisect",
      "opt-bisect-limit",
      "opt-bisect-verbose",
      "opt-disable",
      "opt-disable-enable-verbosity",
      "output-split-marker",
      "pass-pipeline",
      "pass-remarks",
      "pass-remarks-analysis",
      "pass-remarks-missed",
      "pick-merged-source-locations",
      "preserve-ll-uselistorder",
      "print-addrspace-name",
      "print-after",
      "print-after-all",
      "print-all-options",
      "print-before",
      "print-before-all",
      "print-changed",
      "print-changed-diff-path",
      "print-debug-counter",
      "print-debug-counter-queries",
      "print-inst-addrs",
      "print-inst-debug-locs",
      "print-ir",
      "print-loop-func-scope",
      "print-module-scope",
      "print-op-stats",
      "print-options",
      "print-prof-data",
      "profcheck-disable-metadata-fixes",
      "profile-actions-to",
      "propagate-attrs",
      "remark-format",
      "remark-policy",
      "remarks-filter",
      "remarks-filter-analyse",
      "remarks-filter-failed",
      "remarks-filter-missed",
      "remarks-filter-passed",
      "remarks-output-file",
      "remarks-section",
      "rng-seed",
      "run-reproducer",
      "sccp",
      "serve",
      "show-dialects",
      "sort-timers",
      "split-input-file",
      "stats",
      "stats-json",
      "strip-debuginfo",
      "symbol-dce",
      "time-passes",
      "time-passes-per-run",
      "track-memory",
      "use-constant-fp-for-fixed-length-splat",
      "use-constant-fp-for-scalable-splat",
      "use-constant-int-for-fixed-length-splat",
      "use-constant-int-for-scalable-splat",
      "use-dereferenceable-at-point-semantics",
      "verify-diagnostics",
      "verify-dom-info",
      "verify-each",
      "verify-noalias-scope-decl-dom",
      "verify-roundtrip",
      "version",
  };
  return options.count(word) != 0 || word.rfind("mlir-", 0) == 0;
}

/// Members of every pass, and names that its generated base class uses.
static bool isPassMember(const std::string &word) {
  static const std::set<std::string> members = {"base",
                                                "clone",
                                                "decline",
                                                "fired",
                                                "getName",
                                                "options",
                                                "other",
                                                "request",
                                                "signalPassFailure",
                                                "getOperation",
                                                "getContext",
                                                "initialize",
                                                "runOnOperation",
                                                "markAllAnalysesPreserved",
                                                "getAnalysis"};
  return members.count(word) != 0;
}

//===----------------------------------------------------------------------===//
// Reading YAML
//===----------------------------------------------------------------------===//

namespace {

/// How one field of a mapping is read into a `T`.
template <typename T> struct Field {
  const char *name;
  bool isRequired;
  std::function<void(const YAML::Node &, T &)> read;
};

class Reader {
public:
  Reader(const Source &source, std::vector<Diagnostic> &errors)
      : source(source), places(source), errors(errors) {}

  std::vector<Entry> readFile();

private:
  // Errors.
  Place place(const YAML::Node &node) const { return places.at(node.Mark()); }
  void error(const Place &at, std::string found, std::string expected,
             std::string_view meant = {});
  void wrongType(const YAML::Node &node, std::string expected);

  // Values. Each reports what is wrong and then returns nothing.
  bool isPrintable(const YAML::Node &node);
  std::optional<std::string> text(const YAML::Node &node, std::string expected,
                                  const std::string &what = "a text",
                                  size_t limit = maxText);
  std::optional<std::string> paragraph(const YAML::Node &node,
                                       std::string expected);
  std::optional<std::string> plain(const YAML::Node &node,
                                   std::string expected);
  std::optional<bool> boolean(const YAML::Node &node);
  std::optional<std::string> oneOf(const YAML::Node &node, const Words &words,
                                   const std::string &what);
  std::optional<std::string> name(const YAML::Node &node,
                                  const std::string &what);
  std::optional<std::string> knobValue(const YAML::Node &node,
                                       const KnobRule &rule);
  std::optional<std::string> knobList(const YAML::Node &node,
                                      const KnobRule &rule);
  bool list(const YAML::Node &node, const std::string &what,
            const std::function<void(const YAML::Node &)> &item);
  template <typename T>
  void mapping(const YAML::Node &node, const Place &owner,
               const std::string &what, const std::vector<Field<T>> &fields,
               T &into, std::map<std::string, Place> *places = nullptr);
  bool pairs(
      const YAML::Node &node, const std::string &what,
      const std::function<void(const YAML::Node &, const YAML::Node &)> &pair);

  // The parts of an entry.
  Entry readEntry(const YAML::Node &key, const YAML::Node &value);
  void checkEntry(const Entry &entry);
  void checkEntryName(const Entry &entry, const YAML::Node &key);
  void checkSorted(const Entry &entry, const std::vector<Entry> &before);
  void readSummary(const YAML::Node &node, Entry &entry);
  void readRequires(const YAML::Node &node, Entry &entry);
  void readReferences(const YAML::Node &node, const std::string &what,
                      std::vector<Reference> &into);
  void readMeasured(const YAML::Node &node, Entry &entry);
  void readMeasuredKnobs(const YAML::Node &node, Measurement &row,
                         const Entry &entry);
  void checkNewRun(const Place &at, const Measurement &row, const Entry &entry);
  void readKnobs(const YAML::Node &node, Entry &entry);
  KnobSpec readKnob(const YAML::Node &key, const YAML::Node &value);
  void checkKnobName(const YAML::Node &key, const Entry &entry);
  void readRange(const YAML::Node &node, KnobSpec &knob);
  void readTry(const YAML::Node &node, KnobSpec &knob);
  void readLog(const YAML::Node &node, KnobSpec &knob);
  void readValues(const YAML::Node &node, KnobSpec &knob);
  void readDefault(const YAML::Node &node, KnobSpec &knob);

  const Source &source;
  Places places;
  std::vector<Diagnostic> &errors;
};

} // namespace

static std::string describe(const YAML::Node &node) {
  switch (node.Type()) {
  case YAML::NodeType::Sequence:
    return "a list";
  case YAML::NodeType::Map:
    return "a mapping";
  case YAML::NodeType::Scalar:
    return (node.Tag() == "!" ? "the text " : "") + quote(node.Scalar());
  default:
    return "nothing";
  }
}

/// Unquoted scalars only: `"1"` is a text, not a number.
static bool isPlain(const YAML::Node &node) {
  return node.IsScalar() && node.Tag() != "!";
}

void Reader::error(const Place &at, std::string found, std::string expected,
                   std::string_view meant) {
  errors.push_back(
      {at, std::move(found), std::move(expected), std::string(meant)});
}

void Reader::wrongType(const YAML::Node &node, std::string expected) {
  error(place(node), describe(node), std::move(expected));
}

/// Line breaks are another mistake.
bool Reader::isPrintable(const YAML::Node &node) {
  auto bad = findBadCharacter(node.Scalar(), "\n");
  if (bad)
    error(place(node), bad->what + " in " + quote(node.Scalar()),
          "characters that can be seen");
  return !bad;
}

/// One line.
std::optional<std::string> Reader::text(const YAML::Node &node,
                                        std::string expected,
                                        const std::string &what, size_t limit) {
  if (!node.IsScalar() || node.Scalar().empty()) {
    wrongType(node, std::move(expected));
    return std::nullopt;
  }
  const std::string &value = node.Scalar();
  if (!isPrintable(node))
    return std::nullopt;
  size_t size = countCharacters(value);
  if (value.find('\n') != std::string::npos)
    error(place(node), what + " of several lines",
          "one line; `>-` joins lines to one");
  else if (value.front() == ' ' || value.back() == ' ')
    error(place(node), what + " with a space at an end: " + quote(value),
          "it without");
  else if (size > limit)
    error(place(node), what + " of " + std::to_string(size) + " characters",
          "at most " + std::to_string(limit));
  else
    return value;
  return std::nullopt;
}

/// Lines that end inside of it, as `|-` gives them.
std::optional<std::string> Reader::paragraph(const YAML::Node &node,
                                             std::string expected) {
  if (!node.IsScalar() || node.Scalar().find('\n') == std::string::npos)
    return text(node, std::move(expected));
  const std::string &value = node.Scalar();
  if (!isPrintable(node))
    return std::nullopt;
  size_t size = countCharacters(value);
  auto isBlank = [](char c) { return c == ' ' || c == '\n'; };
  if (isBlank(value.front()) || isBlank(value.back()))
    error(place(node), "a text with an empty line at an end",
          "it without; `>-` and `|-` drop the last line break");
  else if (size > maxText)
    error(place(node), "a text of " + std::to_string(size) + " characters",
          "at most " + std::to_string(maxText));
  else
    return value;
  return std::nullopt;
}

std::optional<std::string> Reader::plain(const YAML::Node &node,
                                         std::string expected) {
  if (isPlain(node))
    return node.Scalar();
  wrongType(node, std::move(expected));
  return std::nullopt;
}

std::optional<bool> Reader::boolean(const YAML::Node &node) {
  if (isPlain(node) && (node.Scalar() == "true" || node.Scalar() == "false"))
    return node.Scalar() == "true";
  wrongType(node, "true or false");
  return std::nullopt;
}

std::optional<std::string> Reader::oneOf(const YAML::Node &node,
                                         const Words &words,
                                         const std::string &what) {
  std::string expected = what + ": " + joinOr(words);
  if (!node.IsScalar()) {
    wrongType(node, expected);
    return std::nullopt;
  }
  if (std::find(words.begin(), words.end(), node.Scalar()) != words.end())
    return node.Scalar();
  error(place(node), describe(node), expected,
        likelyMeant(node.Scalar(), words));
  return std::nullopt;
}

std::optional<std::string> Reader::name(const YAML::Node &node,
                                        const std::string &what) {
  std::string expected = what + " in kebab-case";
  if (!node.IsScalar()) {
    wrongType(node, expected);
    return std::nullopt;
  }
  const std::string &word = node.Scalar();
  if (word.size() > maxName)
    error(place(node), describe(node),
          what + " of at most " + std::to_string(maxName) + " characters");
  else if (!isKebabCase(word))
    error(place(node), describe(node), expected, toKebabCase(word));
  else
    return word;
  return std::nullopt;
}

std::optional<std::string> Reader::knobValue(const YAML::Node &node,
                                             const KnobRule &rule) {
  if (rule.type == KnobType::IntList)
    return knobList(node, rule);
  std::string expected = allowedValues(rule);
  bool mayBeQuoted =
      rule.type == KnobType::Choice || rule.type == KnobType::String;
  if (mayBeQuoted ? !node.IsScalar() : !isPlain(node)) {
    wrongType(node, expected);
    return std::nullopt;
  }
  if (rule.type == KnobType::String && !node.Scalar().empty())
    return text(node, expected);
  if (auto value = canonicalValue(rule, node.Scalar()))
    return value;
  error(place(node), describe(node), expected,
        likelyMeant(node.Scalar(), rule.values));
  return std::nullopt;
}

std::optional<std::string> Reader::knobList(const YAML::Node &node,
                                            const KnobRule &rule) {
  std::string items;
  bool isRight = true;
  bool isList = list(node, allowedValues(rule), [&](const YAML::Node &item) {
    KnobRule element = rule;
    element.type = KnobType::Int;
    if (auto value = knobValue(item, element))
      items += (items.empty() ? "" : ",") + *value;
    else
      isRight = false;
  });
  return isList && isRight ? canonicalValue(rule, items) : std::nullopt;
}

bool Reader::list(const YAML::Node &node, const std::string &what,
                  const std::function<void(const YAML::Node &)> &item) {
  if (!node.IsSequence()) {
    wrongType(node, what);
    return false;
  }
  for (const YAML::Node &element : node)
    item(element);
  return true;
}

bool Reader::pairs(
    const YAML::Node &node, const std::string &what,
    const std::function<void(const YAML::Node &, const YAML::Node &)> &pair) {
  if (!node.IsMap()) {
    wrongType(node, what);
    return false;
  }
  // yaml-cpp keeps both of two equal keys.
  std::map<std::string, int> firstLine;
  for (const auto &item : node) {
    if (!item.first.IsScalar()) {
      wrongType(item.first, "a name");
      continue;
    }
    auto [it, isNew] =
        firstLine.emplace(item.first.Scalar(), item.first.Mark().line + 1);
    if (!isNew)
      error(place(item.first), quote(item.first.Scalar()) + " again",
            "it once; the first is on line " + std::to_string(it->second));
    else
      pair(item.first, item.second);
  }
  return true;
}

template <typename T>
void Reader::mapping(const YAML::Node &node, const Place &owner,
                     const std::string &what,
                     const std::vector<Field<T>> &fields, T &into,
                     std::map<std::string, Place> *places) {
  if (node.IsNull()) { // yaml-cpp places nothing on the next line
    error(owner, what + " without fields", what + " as a mapping");
    return;
  }
  Words known;
  for (const Field<T> &field : fields)
    known.push_back(field.name);
  std::map<std::string, YAML::Node> values;
  bool isMap =
      pairs(node, what + " as a mapping",
            [&](const YAML::Node &key, const YAML::Node &value) {
              const std::string &name = key.Scalar();
              if (std::find(known.begin(), known.end(), name) == known.end()) {
                error(place(key), "the field " + quote(name),
                      "a field of " + what + ": " + joinOr(known),
                      likelyMeant(name, known));
                return;
              }
              if (value.IsNull())
                error(place(key), quote(name) + " without a value",
                      "a value, or the field left out");
              values[name] = value;
            });
  if (!isMap)
    return;
  // In the table's order, since some fields need others read before them.
  for (const Field<T> &field : fields) {
    auto it = values.find(field.name);
    if (it == values.end()) {
      if (field.isRequired)
        error(owner, what + " without " + quote(field.name),
              "the field " + quote(field.name));
      continue;
    }
    if (it->second.IsNull())
      continue;
    if (places)
      (*places)[field.name] = place(it->second);
    field.read(it->second, into);
  }
}

//===----------------------------------------------------------------------===//
// An entry
//===----------------------------------------------------------------------===//

std::vector<Entry> Reader::readFile() {
  std::vector<Entry> entries;
  std::optional<YAML::Node> root = readYaml(source, places, errors);
  if (!root || root->IsNull())
    return entries;
  pairs(*root, "a mapping from names to entries",
        [&](const YAML::Node &key, const YAML::Node &value) {
          Entry entry = readEntry(key, value);
          checkSorted(entry, entries);
          entries.push_back(std::move(entry));
        });
  return entries;
}

/// Names what the entry belongs before: the first with a greater name.
void Reader::checkSorted(const Entry &entry, const std::vector<Entry> &before) {
  for (const Entry &other : before)
    if (entry.name < other.name) {
      error(entry.at, quote(entry.name),
            "entries sorted by name; it belongs before " + quote(other.name));
      return;
    }
}

static bool isRelease(const std::string &text) {
  return std::count(text.begin(), text.end(), '.') == 2 &&
         text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string::npos &&
         text.find_first_not_of("0123456789.") == std::string::npos;
}

/// Some host after the scheme, and nothing that a browser would not take.
static bool isUrl(std::string_view text) {
  std::string_view scheme = "https://";
  return text.substr(0, scheme.size()) == scheme &&
         text.size() > scheme.size() && text[scheme.size()] != '/' &&
         text.find_first_of(" <>\"'`\\{}|^") == std::string_view::npos;
}

Entry Reader::readEntry(const YAML::Node &key, const YAML::Node &value) {
  Entry entry;
  entry.name = key.Scalar();
  entry.at = place(key);
  checkEntryName(entry, key);

  // `kind` is read before what depends on it, `knobs` before `measured`.
  auto set = [this](std::string Entry::*member, const char *what) {
    return [=](const YAML::Node &node, Entry &entry) {
      if (auto value = text(node, what))
        entry.*member = *value;
    };
  };
  auto setWord = [this](std::string Entry::*member, const Words &words,
                        const char *what) {
    return [=, &words](const YAML::Node &node, Entry &entry) {
      if (auto value = oneOf(node, words, what))
        entry.*member = *value;
    };
  };
  const std::vector<Field<Entry>> fields = {
      {"summary", true, [this](auto &node, Entry &e) { readSummary(node, e); }},
      {"kind", false, setWord(&Entry::kind, kinds, "a kind")},
      {"exactness", false,
       setWord(&Entry::exactness, exactnesses, "an exactness")},
      {"declines", false,
       set(&Entry::declines, "a sentence: when the pass does not apply")},
      {"scope", false,
       [this](auto &node, Entry &e) {
         if (auto value = name(node, "a scope"))
           e.scope = *value;
       }},
      {"stage", false, setWord(&Entry::stage, stages, "a stage")},
      {"status", false, setWord(&Entry::status, statuses, "a status")},
      {"requires", false,
       [this](auto &node, Entry &e) { readRequires(node, e); }},
      {"assumes", false,
       [this](auto &node, Entry &e) {
         list(node, "a list of sentences", [&](const YAML::Node &item) {
           if (auto value = text(item, "a sentence"))
             e.assumes.push_back(*value);
         });
       }},
      {"after", false,
       [this](auto &node, Entry &e) {
         readReferences(node, "after", e.after);
       }},
      {"conflicts", false,
       [this](auto &node, Entry &e) {
         readReferences(node, "conflicts", e.conflicts);
       }},
      {"successor", false,
       [this](auto &node, Entry &e) {
         if (auto value = name(node, "the name of the entry to use instead"))
           e.successor = {*value, place(node)};
       }},
      {"owner", false, set(&Entry::owner, "who looks after it")},
      {"since", false,
       [this](auto &node, Entry &e) {
         const char *what = "a version such as 0.1.0";
         auto value = plain(node, what);
         if (value && isRelease(*value))
           e.since = *value;
         else if (value)
           wrongType(node, what);
       }},
      {"upstream", false,
       [this](auto &node, Entry &e) {
         const char *what = "a URL such as https://example.org/page";
         if (auto value = text(node, what, "a URL")) {
           e.upstream = *value;
           if (!isUrl(*value))
             wrongType(node, what);
         }
       }},
      {"knobs", false, [this](auto &node, Entry &e) { readKnobs(node, e); }},
      {"measured", false,
       [this](auto &node, Entry &e) { readMeasured(node, e); }}};
  mapping(value, entry.at, "an entry", fields, entry, &entry.fields);
  if (value.IsMap())
    checkEntry(entry);
  return entry;
}

void Reader::checkEntryName(const Entry &entry, const YAML::Node &key) {
  if (!name(key, "a name"))
    return;
  const std::string &name = entry.name;
  if (name.rfind("triton-", 0) == 0)
    error(entry.at, quote(name), "a name without the prefix 'triton-'",
          name.substr(7));
  // Whole words only: `bypass-cache` is fine.
  std::string words = "-" + name + "-";
  if (words.find("-pass-") != std::string::npos)
    error(entry.at, quote(name), "a name without the word 'pass'");
  if (isCppKeyword(name) || isPythonKeyword(name))
    error(entry.at, quote(name),
          std::string("a name that is no keyword of ") +
              (isCppKeyword(name) ? "C++" : "Python"));
  if (name == "drop")
    error(entry.at, quote(name),
          "a name other than the word of pipelines that drops a stock pass");
  if (isToolOption(name))
    error(entry.at, quote(name),
          "a name other than the options and passes of every triton-ext-opt");
}

/// Checks that need more than one field.
void Reader::checkEntry(const Entry &entry) {
  auto has = [&](const char *field) { return entry.fields.count(field) != 0; };
  if (entry.changesModules() && !has("exactness"))
    error(entry.at, "a " + entry.kind + " without 'exactness'",
          "the field 'exactness'");
  for (const char *field : {"exactness", "declines"}) {
    if (!entry.isPass() && has(field))
      error(entry.placeOf(field), quote(field) + " on a " + entry.kind,
            "it on a pass only");
  }
  if (entry.isPass() && !entry.changesModules() && has("exactness") &&
      entry.exactness != "bit-exact")
    error(entry.placeOf("exactness"), quote(entry.exactness),
          "bit-exact, since a pass of kind " + entry.kind +
              " never changes the module");
  if (!entry.isPass() && has("knobs"))
    error(entry.placeOf("knobs"), "knobs on a " + entry.kind,
          "them on a pass only");
  if (entry.status == "retired" && !has("successor"))
    error(entry.placeOf("status"), "'retired' without 'successor'",
          "the field 'successor', naming what to use instead");
  if (entry.status != "retired" && has("successor"))
    error(entry.placeOf("successor"), "a successor of what is " + entry.status,
          "it on a retired entry only");
  if (entry.status == "stable" && entry.changesModules() &&
      entry.measured.empty())
    error(entry.placeOf("status"), "'stable' without measured rows",
          "'measured' rows of runs that were made, or status experimental");
}

void Reader::readSummary(const YAML::Node &node, Entry &entry) {
  if (auto value = text(node, "a summary of at most 80 characters", "a summary",
                        maxSummary))
    entry.summary = *value;
}

/// `>=90`, or several with commas between, all of which must hold.
static bool isComparison(std::string_view text) {
  while (true) {
    size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    while (!one.empty() && one.front() == ' ')
      one.remove_prefix(1);
    size_t digits = one.find_first_not_of("<>=");
    std::string_view sign = one.substr(0, digits);
    bool isSign = sign == "<" || sign == ">" || sign == "<=" || sign == ">=" ||
                  sign == "==";
    if (!isSign || digits == std::string_view::npos ||
        one.substr(digits).find_first_not_of("0123456789") !=
            std::string_view::npos)
      return false;
    if (comma == std::string_view::npos)
      return true;
    text.remove_prefix(comma + 1);
  }
}

static bool isArchitecture(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
         std::string_view::npos;
}

void Reader::readRequires(const YAML::Node &node, Entry &entry) {
  const std::vector<Field<Entry>> fields = {
      {"capability", false,
       [this](const YAML::Node &node, Entry &e) {
         const char *what = "a comparison such as \">=90\"";
         if (auto value = text(node, what)) {
           if (isComparison(*value))
             e.requirements.emplace_back("capability", *value);
           else
             wrongType(node, what);
         }
       }},
      {"arch", false, [this](const YAML::Node &node, Entry &e) {
         std::string archs;
         const char *what = "an architecture such as gfx942";
         list(node, "a list of architectures such as [gfx942, gfx950]",
              [&](const YAML::Node &item) {
                auto value = text(item, what);
                if (value && isArchitecture(*value))
                  archs += (archs.empty() ? "" : ",") + *value;
                else if (value)
                  wrongType(item, what);
              });
         if (!archs.empty())
           e.requirements.emplace_back("arch", archs);
       }}};
  mapping(node, place(node), "requires", fields, entry);
}

void Reader::readReferences(const YAML::Node &node, const std::string &what,
                            std::vector<Reference> &into) {
  list(node, "a list of names", [&](const YAML::Node &item) {
    auto value = name(item, "the name of an entry");
    if (!value)
      return;
    bool isThere =
        std::any_of(into.begin(), into.end(),
                    [&](const auto &other) { return other.name == *value; });
    if (isThere)
      error(place(item), quote(*value) + " again",
            "a name once under " + quote(what));
    else
      into.push_back({*value, place(item)});
  });
}

void Reader::readMeasured(const YAML::Node &node, Entry &entry) {
  auto set = [this](std::string Measurement::*member, const char *what) {
    return [=](const YAML::Node &node, Measurement &row) {
      if (auto value = text(node, what))
        row.*member = *value;
    };
  };
  const std::vector<Field<Measurement>> fields = {
      {"work", true, set(&Measurement::work, "what was run, shapes included")},
      {"machine", true, set(&Measurement::machine, "the device, such as H200")},
      {"triton", true,
       [this](const YAML::Node &node, Measurement &row) {
         auto value = text(node, "a release such as 3.6.0");
         if (value && isRelease(*value))
           row.triton = *value;
         else if (value)
           wrongType(node, "a release such as 3.6.0");
       }},
      {"ratio", true,
       [this](const YAML::Node &node, Measurement &row) {
         const char *what =
             "a ratio over 0, stock's time over the time with the pass";
         auto value = isPlain(node) ? parseNumber(node.Scalar()) : std::nullopt;
         if (value && *value > 0)
           row.ratio = node.Scalar();
         else
           wrongType(node, what);
       }},
      {"knobs", false, [&](const YAML::Node &node, Measurement &row) {
         readMeasuredKnobs(node, row, entry);
       }}};
  list(node, "a list of rows", [&](const YAML::Node &item) {
    Measurement row;
    mapping(item, place(item), "a measured row", fields, row);
    checkNewRun(place(item), row, entry);
    entry.measured.push_back(std::move(row));
  });
}

/// One run has one result.
void Reader::checkNewRun(const Place &at, const Measurement &row,
                         const Entry &entry) {
  auto run = [](const Measurement &m) {
    return std::tie(m.work, m.machine, m.triton, m.knobs);
  };
  for (const Measurement &other : entry.measured)
    if (!row.work.empty() && run(other) == run(row)) {
      error(at, quote(row.work) + " on " + quote(row.machine) + " again",
            "one row for each work, machine, release and setting of knobs");
      return;
    }
}

void Reader::readMeasuredKnobs(const YAML::Node &node, Measurement &row,
                               const Entry &entry) {
  Words known;
  for (const KnobSpec &knob : entry.knobs)
    known.push_back(knob.name);
  pairs(node, "a mapping from knobs to values",
        [&](const YAML::Node &key, const YAML::Node &value) {
          for (const KnobSpec &knob : entry.knobs) {
            if (knob.name != key.Scalar())
              continue;
            if (auto canonical = knobValue(value, knob.rule()))
              row.knobs.emplace_back(knob.name, *canonical);
            return;
          }
          error(place(key), quote(key.Scalar()),
                "a knob of " + quote(entry.name) +
                    (known.empty() ? ", which has none" : ": " + joinOr(known)),
                likelyMeant(key.Scalar(), known));
        });
}

//===----------------------------------------------------------------------===//
// A knob
//===----------------------------------------------------------------------===//

void Reader::readKnobs(const YAML::Node &node, Entry &entry) {
  pairs(node, "a mapping from names to knobs",
        [&](const YAML::Node &key, const YAML::Node &value) {
          checkKnobName(key, entry);
          entry.knobs.push_back(readKnob(key, value));
        });
}

void Reader::checkKnobName(const YAML::Node &key, const Entry &entry) {
  if (!name(key, "a knob"))
    return;
  const std::string &name = key.Scalar();
  std::string member = spell(name, Spelling::Camel);
  std::string argument = spell(name, Spelling::Snake);
  if (isCppKeyword(member))
    error(place(key), quote(name), "a knob that is no keyword of C++");
  else if (isPythonKeyword(argument))
    error(place(key), quote(name), "a knob that is no keyword of Python");
  else if (isPassMember(member))
    error(place(key), quote(name),
          "a knob other than the member of every pass " + quote(member));
  if (name.rfind("enable-", 0) == 0)
    error(place(key), quote(name), "the quantity itself, without 'enable-'",
          name.substr(7));
  for (const KnobSpec &other : entry.knobs)
    if (spell(other.name, Spelling::Camel) == member)
      error(place(key), quote(name),
            "a knob whose C++ name " + quote(member) + " is not that of " +
                quote(other.name));
}

KnobSpec Reader::readKnob(const YAML::Node &key, const YAML::Node &value) {
  KnobSpec knob;
  knob.name = key.Scalar();
  bool hasType = false;
  // Nothing more can be said about the values of a knob of no known type.
  auto typed = [&](void (Reader::*read)(const YAML::Node &, KnobSpec &)) {
    return [this, read, &hasType](const YAML::Node &node, KnobSpec &knob) {
      if (hasType)
        (this->*read)(node, knob);
    };
  };
  const std::vector<Field<KnobSpec>> fields = {
      {"type", true,
       [&](const YAML::Node &node, KnobSpec &knob) {
         if (auto type = oneOf(node, knobTypeNames(), "a type")) {
           knob.type = *knobTypeNamed(*type);
           hasType = true;
         }
       }},
      {"values", false, typed(&Reader::readValues)},
      {"range", false, typed(&Reader::readRange)},
      {"default", true, typed(&Reader::readDefault)},
      {"try", false, typed(&Reader::readTry)},
      {"log", false, typed(&Reader::readLog)},
      {"help", true, [this](const YAML::Node &node, KnobSpec &knob) {
         if (auto value = paragraph(node, "a sentence: what the knob does"))
           knob.help = *value;
       }}};
  mapping(value, place(key), "a knob", fields, knob);
  bool lacksValues = hasType && knob.type == KnobType::Choice &&
                     value.IsMap() && !value["values"];
  if (lacksValues)
    error(place(key), "a choice without 'values'", "the field 'values'");
  return knob;
}

void Reader::readValues(const YAML::Node &node, KnobSpec &knob) {
  if (knob.type != KnobType::Choice) {
    error(place(node),
          "'values' on a knob of type " + std::string(knobTypeName(knob.type)),
          "it on a choice only");
    return;
  }
  auto add = [&](const YAML::Node &item, std::string help) {
    auto value = name(item, "a value");
    if (!value)
      return;
    for (const auto &[other, otherHelp] : knob.values)
      if (spell(other, Spelling::Pascal) == spell(*value, Spelling::Pascal)) {
        error(place(item), quote(*value),
              "a value other than " + quote(other) + ", both of which are " +
                  quote(spell(*value, Spelling::Pascal)) + " in C++");
        return;
      }
    knob.values.emplace_back(*value, std::move(help));
  };
  if (node.IsMap()) {
    pairs(node, "values", [&](const YAML::Node &key, const YAML::Node &help) {
      add(key, paragraph(help, "a sentence: what the value does").value_or(""));
    });
  } else {
    list(node, "a list of values, or a mapping from values to their help",
         [&](const YAML::Node &item) { add(item, ""); });
  }
  if (!node.IsScalar() && node.size() < 2)
    error(place(node), node.size() == 0 ? "no value" : "one value",
          "at least two");
}

void Reader::readRange(const YAML::Node &node, KnobSpec &knob) {
  std::string type(knobTypeName(knob.type));
  if (!isNumeric(knob.type)) {
    error(place(node), "'range' on a knob of type " + type,
          "it on int, float or int-list only");
    return;
  }
  // The bounds of a list are those of its elements.
  KnobRule bound{knob.type == KnobType::Float ? KnobType::Float : KnobType::Int,
                 {},
                 {},
                 {}};
  if (!node.IsSequence() || node.size() != 2) {
    error(place(node),
          node.IsSequence() ? "a list of " + std::to_string(node.size())
                            : describe(node),
          "a range [lowest, highest]");
    return;
  }
  auto low = knobValue(node[0], bound);
  auto high = knobValue(node[1], bound);
  if (!low || !high)
    return;
  bool isOrdered = bound.type == KnobType::Int
                       ? *parseInteger(*low) <= *parseInteger(*high)
                       : *parseNumber(*low) <= *parseNumber(*high);
  if (!isOrdered) {
    error(place(node), "[" + *low + ", " + *high + "]",
          "a range [lowest, highest]");
    return;
  }
  knob.low = *low;
  knob.high = *high;
}

void Reader::readDefault(const YAML::Node &node, KnobSpec &knob) {
  // Without values every default would be one error more.
  if (knob.type == KnobType::Choice && knob.values.empty())
    return;
  if (auto value = knobValue(node, knob.rule()))
    knob.defaultText = *value;
}

void Reader::readTry(const YAML::Node &node, KnobSpec &knob) {
  if (knob.type == KnobType::Choice && knob.values.empty())
    return;
  if (node.IsSequence() && node.size() == 0)
    error(place(node), "no value", "at least one value to try");
  list(node, "a list of values to try", [&](const YAML::Node &item) {
    auto value = knobValue(item, knob.rule());
    if (!value)
      return;
    auto &values = knob.tryTexts;
    if (std::find(values.begin(), values.end(), *value) != values.end())
      error(place(item), quote(*value) + " again", "a value to try once");
    else
      values.push_back(*value);
  });
}

void Reader::readLog(const YAML::Node &node, KnobSpec &knob) {
  auto value = boolean(node);
  if (!value)
    return;
  knob.log = *value;
  if (knob.type != KnobType::Int && knob.type != KnobType::Float)
    error(place(node),
          "'log' on a knob of type " + std::string(knobTypeName(knob.type)),
          "it on int or float only");
  else if (*value && !knob.low.empty() && *parseNumber(knob.low) <= 0)
    error(place(node), "'log' with a range from " + knob.low,
          "a range above 0, which factors can step through");
  else if (*value)
    for (const std::string &text : knob.tryTexts)
      if (*parseNumber(text) <= 0)
        error(place(node), "'log' with " + text + " to try",
              "values above 0, which factors can step through");
}

//===----------------------------------------------------------------------===//
// Entries against each other and against the folders
//===----------------------------------------------------------------------===//

namespace {

class CrossCheck {
public:
  CrossCheck(Registry &registry, const Checkout &checkout,
             const std::string &file)
      : registry(registry), checkout(checkout), file(file) {
    for (Entry &entry : registry.entries)
      byName.emplace(entry.name, &entry);
  }

  void run() {
    checkUnique();
    for (Entry &entry : registry.entries)
      checkReferences(entry);
    checkOrder();
    if (!checkout.hasFolders)
      return;
    for (const Folder &folder : checkout.folders)
      checkFolder(folder);
    for (Entry &entry : registry.entries)
      checkHasFolder(entry);
  }

private:
  Entry *find(const std::string &name);
  void error(const Place &at, std::string found, std::string expected,
             std::string_view meant = {}) {
    registry.errors.push_back(
        {at, std::move(found), std::move(expected), std::string(meant)});
  }
  Place declarationOf(const Folder &folder);
  void checkUnique();
  void checkReferences(const Entry &entry);
  void checkReference(const Entry &entry, const Reference &reference,
                      const std::string &field);
  void checkOrder();
  bool leadsBack(const Entry &entry, const std::string &to,
                 std::set<std::string> &seen);
  void checkFolder(const Folder &folder);
  Words knownScopes() const;
  void checkScope(const Folder &folder, Entry &entry);
  void checkHasFolder(const Entry &entry);

  Registry &registry;
  const Checkout &checkout;
  const std::string &file;
  std::map<std::string, Entry *> byName;
};

} // namespace

Entry *CrossCheck::find(const std::string &name) {
  auto it = byName.find(name);
  return it == byName.end() ? nullptr : it->second;
}

void CrossCheck::checkUnique() {
  std::map<std::string, const Entry *> byClass;
  for (const Entry &entry : registry.entries) {
    if (!isKebabCase(entry.name))
      continue;
    // Equal names were found when the mapping was read.
    auto [it, isNew] = byClass.emplace(entry.className(), &entry);
    if (isNew)
      continue;
    error(entry.at, quote(entry.name),
          "a name whose class " + quote(entry.className()) +
              " is not that of " + quote(it->second->name));
  }
}

void CrossCheck::checkReferences(const Entry &entry) {
  for (const Reference &reference : entry.after)
    checkReference(entry, reference, "after");
  for (const Reference &reference : entry.conflicts)
    checkReference(entry, reference, "conflicts");
  for (const Reference &conflict : entry.conflicts)
    for (const Reference &reference : entry.after)
      if (conflict.name == reference.name)
        error(conflict.at,
              quote(conflict.name) + " under 'after' and 'conflicts'",
              "it under one of them");
  if (entry.successor.name.empty())
    return;
  checkReference(entry, entry.successor, "successor");
  const Entry *successor = find(entry.successor.name);
  if (successor && successor != &entry && successor->status == "retired")
    error(entry.successor.at, quote(successor->name) + ", which is retired",
          "a successor that can be used", successor->successor.name);
}

void CrossCheck::checkReference(const Entry &entry, const Reference &reference,
                                const std::string &field) {
  if (reference.name == entry.name) {
    error(reference.at, quote(entry.name) + " itself under " + quote(field),
          "another entry");
    return;
  }
  if (find(reference.name))
    return;
  Words names;
  for (const Entry &other : registry.entries)
    if (&other != &entry)
      names.push_back(other.name);
  error(reference.at, quote(reference.name) + " under " + quote(field),
        "the name of an entry", likelyMeant(reference.name, names));
}

bool CrossCheck::leadsBack(const Entry &entry, const std::string &to,
                           std::set<std::string> &seen) {
  if (!seen.insert(entry.name).second)
    return false;
  for (const Reference &reference : entry.after) {
    if (reference.name == to)
      return true;
    const Entry *next = find(reference.name);
    if (next && leadsBack(*next, to, seen))
      return true;
  }
  return false;
}

/// A set of passes is put in order by `after`, which a circle would prevent.
void CrossCheck::checkOrder() {
  for (const Entry &entry : registry.entries)
    for (const Reference &reference : entry.after) {
      const Entry *before = find(reference.name);
      std::set<std::string> seen;
      if (before && before != &entry && leadsBack(*before, entry.name, seen))
        error(reference.at,
              quote(reference.name) + ", which itself comes after " +
                  quote(entry.name),
              "an order without a circle");
    }
}

/// Where the folder's CMakeLists.txt says its name, else where it begins.
Place CrossCheck::declarationOf(const Folder &folder) {
  Place at{folder.path + "/CMakeLists.txt", 1, 1};
  std::ifstream in(checkout.root.empty() ? at.file
                                         : checkout.root + "/" + at.file);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    for (size_t column = line.find(folder.name); column != std::string::npos;
         column = line.find(folder.name, column + 1)) {
      auto isBoundary = [&](size_t i) {
        return i >= line.size() || line[i] == ' ' || line[i] == ')' ||
               line[i] == '"' || line[i] == '\t';
      };
      bool isWord = (column == 0 || isBoundary(column - 1)) &&
                    isBoundary(column + folder.name.size());
      if (isWord && line.find('#') > column)
        return {at.file, number, int(column) + 1};
    }
  }
  return at;
}

static std::string baseName(const std::string &path) {
  return path.substr(path.find_last_of('/') + 1);
}

/// Passes made for a test need no folder each.
static bool mayHoldSeveral(const std::string &path) {
  return path.rfind("test/", 0) == 0;
}

void CrossCheck::checkFolder(const Folder &folder) {
  Place at = declarationOf(folder);
  std::string rightClass = spell(folder.name, Spelling::Pascal);
  if (!isKebabCase(folder.name))
    error(at, quote(folder.name), "a name in kebab-case",
          toKebabCase(folder.name));
  else if (folder.className != rightClass)
    error(at, "the class " + quote(folder.className),
          quote(rightClass) + ", as the name " + quote(folder.name) + " says");
  else if (!mayHoldSeveral(folder.path) && baseName(folder.path) != rightClass)
    error(at, "the folder " + quote(baseName(folder.path)),
          quote(rightClass) + ", as the class is called");

  Entry *entry = find(folder.name);
  if (!entry) {
    Words names;
    for (const Entry &other : registry.entries)
      names.push_back(other.name);
    error(at, quote(folder.name) + " declared by the folder " + folder.path,
          "an entry " + quote(folder.name) + " in " + file,
          likelyMeant(folder.name, names));
    return;
  }
  if (entry->isDeclared) {
    error(at, quote(folder.name) + " declared by a second folder",
          "it in " + entry->folder + " only");
    return;
  }
  entry->isDeclared = true;
  entry->folder = folder.path;
  bool agrees =
      folder.kind == "pass" ? entry->isPass() : folder.kind == entry->kind;
  if (!agrees)
    error(entry->placeOf("kind"), "the kind " + quote(entry->kind),
          folder.kind == "pass"
              ? "transform, analysis, instrument or conversion, since the "
                "folder " +
                    folder.path + " declares a pass"
              : quote(folder.kind) + ", as the folder " + folder.path +
                    " declares");
  checkScope(folder, *entry);
}

Words CrossCheck::knownScopes() const {
  Words known = {"generic"};
  for (const Scope &scope : checkout.scopes)
    known.push_back(scope.name);
  return known;
}

void CrossCheck::checkScope(const Folder &folder, Entry &entry) {
  if (!entry.scope.empty() && entry.scope != folder.scope) {
    Words known = knownScopes();
    bool isKnown =
        std::find(known.begin(), known.end(), entry.scope) != known.end();
    error(entry.placeOf("scope"),
          (isKnown ? "the scope " : "the unknown scope ") + quote(entry.scope),
          quote(folder.scope) + ", as the folder " + folder.path + " says",
          isKnown ? std::string_view() : likelyMeant(entry.scope, known));
  }
  entry.scope = folder.scope;
  if (folder.scope == "generic")
    return;
  for (const Scope &scope : checkout.scopes)
    if (scope.name == folder.scope)
      entry.backend = scope.backend;
  if (entry.backend.empty())
    error(declarationOf(folder),
          "the scope " + quote(folder.scope) + " without a backend",
          "triton_ext_scope(NAME " + folder.scope +
              " BACKEND ...) in backends/" + folder.scope + "/CMakeLists.txt");
}

void CrossCheck::checkHasFolder(const Entry &entry) {
  Words known = knownScopes();
  if (!entry.isDeclared && !entry.scope.empty() &&
      std::find(known.begin(), known.end(), entry.scope) == known.end())
    error(entry.placeOf("scope"), "the unknown scope " + quote(entry.scope),
          joinOr(known) + ", or a folder backends/" + entry.scope,
          likelyMeant(entry.scope, known));
  // The code of what is retired may be gone; its name leads to the successor.
  if (entry.isDeclared || entry.status == "retired" || !isKebabCase(entry.name))
    return;
  Words names;
  for (const Folder &folder : checkout.folders)
    if (!find(folder.name))
      names.push_back(folder.name);
  std::string call = entry.isPass() ? "pass" : entry.kind;
  error(entry.at, "the entry " + quote(entry.name) + " without a folder",
        "a folder " + entry.className() + " that says triton_ext_add_" + call +
            "(NAME " + entry.name + " CLASS " + entry.className() + ")",
        likelyMeant(entry.name, names));
}

Registry readRegistry(const Source &source, const Checkout &checkout) {
  Registry registry;
  registry.entries = Reader(source, registry.errors).readFile();
  CrossCheck(registry, checkout, source.file).run();
  for (Entry &entry : registry.entries)
    if (entry.scope.empty())
      entry.scope = "generic";
  auto byPlace = [](const Diagnostic &a, const Diagnostic &b) {
    return std::tie(a.at.file, a.at.line, a.at.column) <
           std::tie(b.at.file, b.at.line, b.at.column);
  };
  std::stable_sort(registry.errors.begin(), registry.errors.end(), byPlace);
  return registry;
}

} // namespace triton_ext::registry
