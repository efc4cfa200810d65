//===- ModuleText.cpp - Module texts as texts -------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/ModuleText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;

namespace triton_ext {

static bool isAliasChar(char c) {
  return isAlnum(c) || c == '_' || c == '$' || c == '.' || c == '-';
}

/// Locations are numbered by the printer and left alone.
static bool isLocation(StringRef sigiled) {
  return sigiled.consume_front("#loc") && all_of(sigiled, isDigit);
}

/// Splits `#name = value` at the head of a text; false for any other line.
static bool splitDefinition(StringRef line, StringRef &name, StringRef &value) {
  if (line.empty() || (line[0] != '#' && line[0] != '!'))
    return false;
  size_t length = 1 + line.drop_front().take_while(isAliasChar).size();
  name = line.take_front(length);
  value = line.drop_front(length);
  return length > 1 && value.consume_front(" = ");
}

using Aliases = StringMap<std::string>;

/// Length of the string literal that `text` begins with.
static size_t literalLength(StringRef text) {
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i)
    if (text[i] == '\\')
      ++i;
  return std::min(i + 1, text.size());
}

namespace {
/// What stands for the beginning of a text, and how long that beginning is.
struct Replacement {
  StringRef by;
  size_t length = 0;
};
} // namespace

/// Appends `text` to `out`, string literals verbatim; `replace` says for each
/// sigil outside of them what is to stand for what begins there.
static void rewriteInto(std::string &out, StringRef text,
                        function_ref<Replacement(StringRef)> replace) {
  size_t copied = 0;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '"') {
      i += literalLength(text.drop_front(i));
      continue;
    }
    if (c != '#' && c != '!') {
      ++i;
      continue;
    }
    Replacement found = replace(text.drop_front(i));
    if (!found.length) {
      i += 1 + text.drop_front(i + 1).take_while(isAliasChar).size();
      continue;
    }
    out.append(text.data() + copied, i - copied);
    out += found.by;
    copied = i += found.length;
  }
  out.append(text.data() + copied, text.size() - copied);
}

/// Appends `text` to `out`, known aliases replaced by what they stand for.
static void expandInto(std::string &out, StringRef text,
                       const Aliases &aliases) {
  rewriteInto(out, text, [&](StringRef rest) -> Replacement {
    size_t length = 1 + rest.drop_front().take_while(isAliasChar).size();
    auto known = aliases.find(rest.take_front(length));
    if (known == aliases.end())
      return {};
    return {known->second, length};
  });
}

namespace {
/// What comes before a text's first operation.
struct Head {
  /// All of it, verbatim; its lines that define locations; the others.
  StringRef text;
  std::string locations, definitions;
  Aliases aliases;
  StringRef body;
};
} // namespace

static Head headOf(StringRef text) {
  Head head;
  StringRef rest = text;
  // Definitions come before their uses, so one walk expands the nested ones.
  while (true) {
    auto [line, after] = rest.split('\n');
    StringRef name, value;
    if (!splitDefinition(line, name, value))
      break;
    std::string &kept = isLocation(name) ? head.locations : head.definitions;
    kept += line;
    kept += '\n';
    if (!isLocation(name)) {
      std::string expanded;
      expandInto(expanded, value, head.aliases);
      head.aliases[name] = std::move(expanded);
    }
    rest = after;
  }
  head.text = text.drop_back(rest.size());
  head.body = rest;
  return head;
}

std::string expandAliases(StringRef text) {
  Head head = headOf(text);
  if (head.aliases.empty())
    return text.str();
  std::string out = std::move(head.locations);
  out.reserve(text.size() * 2);
  expandInto(out, head.body, head.aliases);
  return out;
}

std::string contractAliases(StringRef text, StringRef original) {
  Head before = headOf(original), after = headOf(text);
  if (before.aliases.empty() || !after.aliases.empty())
    return text.str();

  // An attribute may hold another one: the longest fit is the outer one.
  SmallVector<std::pair<StringRef, StringRef>> values;
  for (const auto &[name, value] : before.aliases)
    if (value.size() > name.size() && value.front() == name.front())
      values.emplace_back(value, name);
  llvm::sort(values, [](const auto &a, const auto &b) {
    return std::make_tuple(b.first.size(), a.first, a.second) <
           std::make_tuple(a.first.size(), b.first, b.second);
  });

  bool sameLocations = before.locations == after.locations;
  std::string out =
      sameLocations ? before.text.str() : before.definitions + after.locations;
  out.reserve(text.size());
  rewriteInto(out, after.body, [&](StringRef rest) -> Replacement {
    for (auto [value, name] : values) {
      if (!rest.starts_with(value))
        continue;
      StringRef next = rest.drop_front(value.size()).take_front(1);
      bool whole = !isAliasChar(value.back()) || next.empty() ||
                   !(isAliasChar(next[0]) || next[0] == '<');
      if (whole)
        return {name, value.size()};
    }
    return {};
  });
  return out;
}

static size_t indentation(StringRef line) {
  return line.size() - line.ltrim(' ').size();
}

StringRef operationAtLine(StringRef text, unsigned line) {
  SmallVector<StringRef, 0> lines;
  text.split(lines, '\n', line);
  lines.truncate(std::min<size_t>(lines.size(), line));
  if (lines.empty())
    return {};
  // A line that closes a region, or labels a block, belongs to the operation
  // that has the region, which stands as far to the right as it does.
  size_t deepest = indentation(lines.back());
  for (StringRef candidate : reverse(lines)) {
    // `%0 = "tt.load"(…` or `"scf.for"(…`; a string attribute is never
    // followed by a parenthesis.
    size_t close = candidate.find("\"(");
    size_t open = candidate.take_front(close).rfind('"');
    if (close != StringRef::npos && open != StringRef::npos &&
        indentation(candidate) <= deepest)
      return candidate.slice(open + 1, close);
  }
  return {};
}

} // namespace triton_ext
