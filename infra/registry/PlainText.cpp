//===- PlainText.cpp - Text that is fit to print ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/PlainText.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace triton_ext {

namespace {
struct Decoded {
  uint32_t character;
  size_t size; ///< in bytes; 0 where the bytes are no UTF-8
};
} // namespace

static std::string format(const char *pattern, unsigned value) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), pattern, value);
  return buffer;
}

/// The character at the start of `text`, which is not empty.
static Decoded decode(std::string_view text) {
  auto byte = [&](size_t i) { return uint32_t(uint8_t(text[i])); };
  uint32_t first = byte(0);
  if (first < 0x80)
    return {first, 1};
  size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size)
    return {first, 0};
  uint32_t character = first & (0x7F >> size);
  for (size_t i = 1; i != size; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {first, 0};
    character = character << 6 | (byte(i) & 0x3F);
  }
  // Longer than needed, half of a UTF-16 pair, beyond the last character.
  static constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool isSurrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < least[size] || isSurrogate || character > 0x10FFFF)
    return {first, 0};
  return {character, size};
}

static bool isControl(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

/// What turns the direction of writing makes a line look like another one.
static bool isInvisible(uint32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x061C || c == 0xFEFF ||
         (c >= 0xE0000 && c <= 0xE007F);
}

std::optional<BadCharacter> findBadCharacter(std::string_view text,
                                             std::string_view allowed) {
  for (size_t i = 0; i != text.size();) {
    auto [character, size] = decode(text.substr(i));
    if (size == 0)
      return BadCharacter{
          i, format("the byte 0x%02X, which is no UTF-8", character)};
    bool isAllowed =
        size == 1 && allowed.find(text[i]) != std::string_view::npos;
    if (isControl(character) && !isAllowed)
      return BadCharacter{i, format("the control character U+%04X", character)};
    if (isInvisible(character))
      return BadCharacter{i,
                          format("the invisible character U+%04X", character)};
    i += size;
  }
  return std::nullopt;
}

size_t countCharacters(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(),
                       [](char c) { return (c & 0xC0) != 0x80; });
}

std::string quote(std::string_view text) {
  constexpr size_t most = 100;
  std::string shown;
  size_t count = 0;
  for (size_t i = 0; i != text.size() && count != most; ++count) {
    auto [character, size] = decode(text.substr(i));
    if (size == 0)
      shown += format("\\x%02X", character);
    else if (isControl(character) || isInvisible(character))
      shown += format("\\u%04X", character);
    else
      shown += text.substr(i, size);
    i += std::max<size_t>(size, 1);
  }
  size_t all = countCharacters(text);
  if (all <= most)
    return "'" + shown + "'";
  return "'" + shown + "…' (" + std::to_string(all) + " characters)";
}

} // namespace triton_ext
