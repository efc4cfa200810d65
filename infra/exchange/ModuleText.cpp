//===- ModuleText.cpp - Module texts as texts -------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/ModuleText.h"
#include "llvm/ADT/STLExtras.h"
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

/// Appends `text` to `out`, known aliases replaced, strings left alone.
static void expandInto(std::string &out, StringRef text,
                       const Aliases &aliases) {
  size_t copied = 0;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\')
          ++i;
      ++i;
      continue;
    }
    if (c != '#' && c != '!') {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < text.size() && isAliasChar(text[end]))
      ++end;
    auto known = aliases.find(text.slice(i, end));
    if (known != aliases.end()) {
      out.append(text.data() + copied, i - copied);
      out += known->second;
      copied = end;
    }
    i = end;
  }
  out.append(text.data() + copied, text.size() - copied);
}

std::string expandAliases(StringRef text) {
  Aliases aliases;
  std::string out;
  StringRef rest = text;
  // Definitions come before their uses, so one walk expands the nested ones.
  while (true) {
    auto [line, after] = rest.split('\n');
    StringRef name, value;
    if (!splitDefinition(line, name, value))
      break;
    if (isLocation(name)) {
      out += line;
      out += '\n';
    } else {
      std::string expanded;
      expandInto(expanded, value, aliases);
      aliases[name] = std::move(expanded);
    }
    rest = after;
  }
  if (aliases.empty())
    return text.str();
  out.reserve(text.size() * 2);
  expandInto(out, rest, aliases);
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
