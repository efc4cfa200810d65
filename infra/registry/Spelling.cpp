//===- Spelling.cpp - One name, every spelling ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/Spelling.h"

#include <algorithm>

namespace triton_ext {

// The locale must not decide what a letter is, hence not <cctype>.
static bool isLower(char c) { return c >= 'a' && c <= 'z'; }
static bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
static bool isDigit(char c) { return c >= '0' && c <= '9'; }
static char toUpper(char c) { return isLower(c) ? char(c - 'a' + 'A') : c; }
static char toLower(char c) { return isUpper(c) ? char(c - 'A' + 'a') : c; }

std::string spell(std::string_view name, Spelling spelling) {
  std::string out;
  bool startsWord = spelling == Spelling::Pascal;
  for (char c : name) {
    if (c != '-') {
      out += startsWord ? toUpper(c) : c;
      startsWord = false;
      continue;
    }
    switch (spelling) {
    case Spelling::Kebab:
      out += '-';
      break;
    case Spelling::Snake:
      out += '_';
      break;
    case Spelling::Pascal:
    case Spelling::Camel:
      startsWord = true;
      break;
    }
  }
  return out;
}

bool isKebabCase(std::string_view name) {
  if (name.empty() || !isLower(name.front()) || name.back() == '-')
    return false;
  for (size_t i = 0; i != name.size(); ++i) {
    bool isDash = name[i] == '-';
    if (!isDash && !isLower(name[i]) && !isDigit(name[i]))
      return false;
    if (isDash && name[i - 1] == '-')
      return false;
  }
  return true;
}

std::string toKebabCase(std::string_view text) {
  std::string out;
  char previous = '-';
  for (char c : text) {
    if (isUpper(c) && (isLower(previous) || isDigit(previous)))
      out += '-';
    if (isUpper(c) || isLower(c) || (isDigit(c) && !out.empty()))
      out += toLower(c);
    else if (!out.empty() && out.back() != '-')
      out += '-';
    previous = c;
  }
  while (!out.empty() && out.back() == '-')
    out.pop_back();
  return out;
}

size_t editDistance(std::string_view from, std::string_view to) {
  // Rows of the optimal-string-alignment table; a swap looks two rows back.
  std::vector<size_t> beforeLast, last(to.size() + 1), row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j)
    last[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                         last[j - 1] + (from[i - 1] != to[j - 1])});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] &&
          from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.size()];
}

std::vector<size_t> nearestOf(std::string_view name,
                              const std::vector<std::string_view> &candidates,
                              size_t count) {
  std::vector<size_t> distances, order;
  for (size_t i = 0; i != candidates.size(); ++i) {
    distances.push_back(editDistance(name, candidates[i]));
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return distances[a] < distances[b];
  });
  order.resize(std::min(count, order.size()));
  return order;
}

static bool contains(std::string_view whole, std::string_view part) {
  return part.size() > 2 && whole.find(part) != std::string_view::npos;
}

std::string_view likelyMeant(std::string_view name,
                             const std::vector<std::string_view> &candidates) {
  std::vector<size_t> best = nearestOf(name, candidates, 1);
  if (best.empty())
    return {};
  std::string_view nearest = candidates[best.front()];
  size_t tolerated =
      std::max<size_t>(1, std::max(name.size(), nearest.size()) / 3);
  if (editDistance(name, nearest) <= tolerated)
    return nearest;
  // `exact` for bit-exact, `integer` for int.
  for (std::string_view candidate : candidates)
    if (contains(name, candidate) || contains(candidate, name))
      return candidate;
  return {};
}

} // namespace triton_ext
