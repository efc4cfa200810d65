//===- OptionText.cpp - What stands between a pass's braces -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/OptionText.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace triton_ext {

size_t closingBrace(StringRef text) {
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

std::string quoted(StringRef value) {
  char quote = value.contains('\'') ? '"' : '\'';
  return quote + value.str() + quote;
}

} // namespace triton_ext
