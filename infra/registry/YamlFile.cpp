//===- YamlFile.cpp - How a catalogue may be written in YAML ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/YamlFile.h"
#include "infra/registry/PlainText.h"

#include <algorithm>
#include <sstream>
#include <yaml-cpp/eventhandler.h>

namespace triton_ext::registry {

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

Places::Places(const Source &source) : source(source), lineStarts{0} {
  const std::string &text = source.text;
  for (size_t i = 0; i != text.size(); ++i)
    if (text[i] == '\n')
      lineStarts.push_back(i + 1);
}

Place Places::at(size_t line, size_t column) const {
  std::string_view text = source.text;
  size_t start = lineStarts[std::min(line, lineStarts.size() - 1)];
  size_t characters = countCharacters(text.substr(start, column));
  return {source.file, int(line) + 1, int(characters) + 1};
}

Place Places::at(const YAML::Mark &mark) const {
  // yaml-cpp knows no place of some errors.
  if (mark.is_null())
    return {source.file, 1, 1};
  return at(size_t(mark.line), size_t(mark.column));
}

Place Places::atOffset(size_t offset) const {
  auto after = std::upper_bound(lineStarts.begin(), lineStarts.end(), offset);
  size_t line = size_t(after - lineStarts.begin()) - 1;
  return at(line, offset - lineStarts[line]);
}

//===----------------------------------------------------------------------===//
// The text, before it is YAML
//===----------------------------------------------------------------------===//

/// Where a line is indented by a tab, which YAML forbids.
static std::optional<size_t> findTabIndent(std::string_view text) {
  bool inIndent = true;
  for (size_t i = 0; i != text.size(); ++i) {
    if (inIndent && text[i] == '\t')
      return i;
    inIndent = text[i] == '\n' || (inIndent && text[i] == ' ');
  }
  return std::nullopt;
}

static std::optional<Diagnostic> checkText(const Source &source,
                                           const Places &places) {
  std::string_view text = source.text;
  if (text.size() > maxCatalogueBytes)
    return Diagnostic{{source.file, 1, 1},
                      "a file of " + std::to_string(text.size()) + " bytes",
                      "at most " + std::to_string(maxCatalogueBytes) + " bytes",
                      {}};
  if (auto bad = findBadCharacter(text, "\t\r\n"))
    return Diagnostic{places.atOffset(bad->offset),
                      bad->what,
                      "UTF-8 text of characters that can be seen",
                      {}};
  if (auto tab = findTabIndent(text))
    return Diagnostic{
        places.atOffset(*tab), "a tab", "spaces to indent a line", {}};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// What of YAML it uses
//===----------------------------------------------------------------------===//

namespace {

class PlainYaml : public YAML::EventHandler {
public:
  PlainYaml(const Places &places, std::vector<Diagnostic> &errors)
      : places(places), errors(errors) {}

  void OnDocumentStart(const YAML::Mark &mark) override {
    if (++documents == 2)
      error(mark, "a second document", "one mapping from names to entries");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark &, YAML::anchor_t) override {}
  void OnAnchor(const YAML::Mark &mark, const std::string &name) override {
    error(mark, "the anchor " + quote("&" + name),
          "each value written out where it is used");
  }
  void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t,
                const std::string &) override {
    checkTag(mark, tag);
  }
  void OnSequenceStart(const YAML::Mark &mark, const std::string &tag,
                       YAML::anchor_t, YAML::EmitterStyle::value) override {
    checkTag(mark, tag);
    open(mark);
  }
  void OnSequenceEnd() override { --depth; }
  void OnMapStart(const YAML::Mark &mark, const std::string &tag,
                  YAML::anchor_t, YAML::EmitterStyle::value) override {
    checkTag(mark, tag);
    open(mark);
  }
  void OnMapEnd() override { --depth; }

private:
  void error(const YAML::Mark &mark, std::string found, std::string expected) {
    errors.push_back(
        {places.at(mark), std::move(found), std::move(expected), {}});
  }
  /// yaml-cpp gives plain values the tag `?` and quoted ones `!`.
  void checkTag(const YAML::Mark &mark, const std::string &tag) {
    if (tag.size() > 1)
      error(mark, "the tag " + quote(tag), "a value without a tag");
  }

  /// yaml-cpp gives up at some depth, too, but not where.
  void open(const YAML::Mark &mark) {
    if (++depth == maxDepth + 1)
      error(mark, "lists and mappings within each other",
            "at most " + std::to_string(maxDepth) + " of them");
  }

  static constexpr int maxDepth = 16;
  const Places &places;
  std::vector<Diagnostic> &errors;
  int documents = 0;
  int depth = 0;
};

} // namespace

/// What usually leads to a message of yaml-cpp, which speaks of its parser.
static std::string expectedYaml(const std::string &message) {
  static const std::map<std::string, std::string> advice = {
      {"end of map flow not found", "a '{' is closed by a '}'"},
      {"end of map not found",
       "fields of one mapping start in one column, and nothing follows the "
       "quote that ends a text"},
      {"end of sequence flow not found", "a '[' is closed by a ']'"},
      {"illegal map value",
       "a text with ': ' in it is quoted, and fields of one mapping start in "
       "one column"},
      {"unknown token",
       "a text that starts with a sign such as '>' or '@' is quoted"}};
  auto it = advice.find(message);
  return it == advice.end() ? "YAML (" + message + ")" : "YAML: " + it->second;
}

std::optional<YAML::Node> readYaml(const Source &source, const Places &places,
                                   std::vector<Diagnostic> &errors) {
  if (auto mistake = checkText(source, places)) {
    errors.push_back(*mistake);
    return std::nullopt;
  }
  size_t before = errors.size();
  try {
    std::istringstream in(source.text);
    YAML::Parser parser(in);
    PlainYaml handler(places, errors);
    while (parser.HandleNextDocument(handler))
      ;
    if (errors.size() != before)
      return std::nullopt;
    return YAML::Load(source.text);
  } catch (const YAML::Exception &exception) {
    if (errors.size() == before)
      errors.push_back({places.at(exception.mark),
                        "what is not YAML",
                        expectedYaml(exception.msg),
                        {}});
    return std::nullopt;
  }
}

} // namespace triton_ext::registry
