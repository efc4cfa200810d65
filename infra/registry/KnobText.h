//===- KnobText.h - Values of knobs as text ---------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What a text must look like to be a value of a knob, and its one canonical
// form. Used for the values in registry.yaml when it is checked and for those
// in a pipeline when it is parsed, so that both accept the same. Standard
// library only, no exceptions.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_KNOBTEXT_H
#define TRITON_EXT_REGISTRY_KNOBTEXT_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace triton_ext {

enum class KnobType { Bool, Int, Float, Choice, String, IntList };

/// "bool", "int", "float", "choice", "string", "int-list".
std::string_view knobTypeName(KnobType type);
std::optional<KnobType> knobTypeNamed(std::string_view name);
std::vector<std::string_view> knobTypeNames();

/// int, float and int-list: they have an order, hence a range.
bool isNumeric(KnobType type);

/// What a value may be. An empty bound is no bound; both come together.
struct KnobRule {
  KnobType type;
  std::string_view low, high;
  std::vector<std::string_view> values; ///< of a choice
};

/// The canonical form of `text`: decimal integers without leading zeros,
/// the shortest decimal that reads back as the same double, `true` or `false`,
/// lists joined by commas (`{}` if empty). Nothing where `text` is no such
/// value.
std::optional<std::string> canonicalValue(const KnobRule &rule,
                                          std::string_view text);

/// "an integer from 1 to 4", "true or false", "one of scalar, mask, all".
std::string allowedValues(const KnobRule &rule);

std::optional<int64_t> parseInteger(std::string_view text);
std::optional<double> parseNumber(std::string_view text);

/// The elements of `1,2`, `{1,2}` or `[1,2]`; none for an empty text.
std::vector<std::string_view> splitList(std::string_view text);

/// "a, b or c".
std::string joinOr(const std::vector<std::string_view> &items);

} // namespace triton_ext

#endif // TRITON_EXT_REGISTRY_KNOBTEXT_H
