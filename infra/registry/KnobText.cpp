//===- KnobText.cpp - Values of knobs as text -------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/KnobText.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace triton_ext {

namespace {
struct TypeName {
  KnobType type;
  std::string_view name;
};
} // namespace

static constexpr TypeName typeNames[] = {
    {KnobType::Bool, "bool"},     {KnobType::Int, "int"},
    {KnobType::Float, "float"},   {KnobType::Choice, "choice"},
    {KnobType::String, "string"}, {KnobType::IntList, "int-list"}};

std::string_view knobTypeName(KnobType type) {
  for (const TypeName &entry : typeNames)
    if (entry.type == type)
      return entry.name;
  return {};
}

std::optional<KnobType> knobTypeNamed(std::string_view name) {
  for (const TypeName &entry : typeNames)
    if (entry.name == name)
      return entry.type;
  return std::nullopt;
}

std::vector<std::string_view> knobTypeNames() {
  std::vector<std::string_view> names;
  for (const TypeName &entry : typeNames)
    names.push_back(entry.name);
  return names;
}

bool isNumeric(KnobType type) {
  return type == KnobType::Int || type == KnobType::Float ||
         type == KnobType::IntList;
}

template <typename T> static std::optional<T> parseAll(std::string_view text) {
  // from_chars takes no `+`, which people do write.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  T value{};
  const char *end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end)
    return std::nullopt;
  return value;
}

std::optional<int64_t> parseInteger(std::string_view text) {
  return parseAll<int64_t>(text);
}

std::optional<double> parseNumber(std::string_view text) {
  std::optional<double> value = parseAll<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::vector<std::string_view> splitList(std::string_view text) {
  auto trim = [](std::string_view s) {
    while (!s.empty() && s.front() == ' ')
      s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ')
      s.remove_suffix(1);
    return s;
  };
  text = trim(text);
  bool inBraces =
      text.size() >= 2 && ((text.front() == '{' && text.back() == '}') ||
                           (text.front() == '[' && text.back() == ']'));
  if (inBraces)
    text = trim(text.substr(1, text.size() - 2));
  std::vector<std::string_view> items;
  while (!text.empty()) {
    size_t comma = text.find(',');
    items.push_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos)
      break;
    text.remove_prefix(comma + 1);
    if (text.empty())
      items.push_back(
          text); // `1,` ends in an empty element, which is no integer
  }
  return items;
}

static std::optional<std::string> canonicalInteger(const KnobRule &rule,
                                                   std::string_view text) {
  std::optional<int64_t> value = parseInteger(text);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> low = parseInteger(rule.low);
  std::optional<int64_t> high = parseInteger(rule.high);
  if ((low && *value < *low) || (high && *value > *high))
    return std::nullopt;
  return std::to_string(*value);
}

static std::optional<std::string> canonicalFloat(const KnobRule &rule,
                                                 std::string_view text) {
  std::optional<double> value = parseNumber(text);
  if (!value)
    return std::nullopt;
  std::optional<double> low = parseNumber(rule.low);
  std::optional<double> high = parseNumber(rule.high);
  if ((low && *value < *low) || (high && *value > *high))
    return std::nullopt;
  char buffer[64];
  // Adding zero turns -0 into 0, which would be a second spelling of it.
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), *value + 0.0).ptr;
  return std::string(buffer, end);
}

static std::optional<std::string> canonicalList(const KnobRule &rule,
                                                std::string_view text) {
  std::string out;
  for (std::string_view item : splitList(text)) {
    std::optional<std::string> value = canonicalInteger(rule, item);
    if (!value)
      return std::nullopt;
    out += (out.empty() ? "" : ",") + *value;
  }
  return out.empty() ? "{}" : out;
}

std::optional<std::string> canonicalValue(const KnobRule &rule,
                                          std::string_view text) {
  switch (rule.type) {
  case KnobType::Bool:
    if (text == "true" || text == "false")
      return std::string(text);
    return std::nullopt;
  case KnobType::Int:
    return canonicalInteger(rule, text);
  case KnobType::Float:
    return canonicalFloat(rule, text);
  case KnobType::Choice:
    if (std::find(rule.values.begin(), rule.values.end(), text) !=
        rule.values.end())
      return std::string(text);
    return std::nullopt;
  case KnobType::String:
    return std::string(text);
  case KnobType::IntList:
    return canonicalList(rule, text);
  }
  return std::nullopt;
}

std::string joinOr(const std::vector<std::string_view> &items) {
  std::string out;
  for (size_t i = 0; i != items.size(); ++i) {
    if (i != 0)
      out += i + 1 == items.size() ? " or " : ", ";
    out += items[i];
  }
  return out;
}

std::string allowedValues(const KnobRule &rule) {
  std::string range;
  if (!rule.low.empty())
    range = " from " + std::string(rule.low) + " to " + std::string(rule.high);
  switch (rule.type) {
  case KnobType::Bool:
    return "true or false";
  case KnobType::Int:
    return "an integer" + range;
  case KnobType::Float:
    return "a number" + range;
  case KnobType::Choice:
    return joinOr(rule.values);
  case KnobType::String:
    return "a text";
  case KnobType::IntList:
    return "a list of integers" + range;
  }
  return {};
}

} // namespace triton_ext
