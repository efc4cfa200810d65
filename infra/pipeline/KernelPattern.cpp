//===- KernelPattern.cpp - Which kernels a rule is for ----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/KernelPattern.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace llvm;

namespace triton_ext {

using PatternMistake = std::optional<std::pair<size_t, std::string>>;

static bool isKernelChar(char c) { return isAlnum(c) || c == '_' || c == '.'; }

/// What is wrong between `[` or `[!` and `]`; offsets count from there.
static PatternMistake classMistake(StringRef items) {
  if (items.empty())
    return std::make_pair(0, "this class has no characters");
  for (size_t i = 0; i != items.size(); ++i) {
    if (!isKernelChar(items[i]))
      return std::make_pair(i, "this character cannot be in a class");
    if (i + 1 == items.size() || items[i + 1] != '-')
      continue;
    if (i + 2 == items.size() || !isKernelChar(items[i + 2]))
      return std::make_pair(i + 1, "this range has no end");
    if (items[i] > items[i + 2])
      return std::make_pair(i, "this range is empty");
    i += 2;
  }
  return std::nullopt;
}

PatternMistake patternMistake(StringRef pattern) {
  if (pattern.empty())
    return std::make_pair(0, "expected a pattern of kernel names before ':'");
  for (size_t i = 0; i != pattern.size(); ++i) {
    char c = pattern[i];
    if (isKernelChar(c) || StringRef("-*?").contains(c))
      continue;
    if (c != '[')
      return std::make_pair(i, "this character cannot be in a pattern");
    size_t close = pattern.find(']', i);
    if (close == StringRef::npos)
      return std::make_pair(i, "this '[' does not close");
    StringRef items = pattern.slice(i + 1, close);
    items.consume_front("!");
    if (PatternMistake mistake = classMistake(items))
      return std::make_pair(close - items.size() + mistake->first,
                            mistake->second);
    i = close;
  }
  return std::nullopt;
}

std::string canonicalPattern(StringRef pattern) {
  std::string text;
  while (!pattern.empty()) {
    StringRef run =
        pattern.take_while([](char c) { return c == '*' || c == '?'; });
    text.append(run.count('?'), '?');
    if (run.contains('*'))
      text += '*';
    pattern = pattern.drop_front(run.size());
    StringRef rest =
        pattern.take_until([](char c) { return c == '*' || c == '?'; });
    text += rest;
    pattern = pattern.drop_front(rest.size());
  }
  return text;
}

bool matchesKernel(StringRef pattern, StringRef kernel) {
  Expected<GlobPattern> glob = GlobPattern::create(pattern);
  if (glob)
    return glob->match(kernel);
  consumeError(glob.takeError());
  return false;
}

} // namespace triton_ext
