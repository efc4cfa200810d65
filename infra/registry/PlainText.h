//===- PlainText.h - Text that is fit to print ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What a text of a catalogue may hold: characters that a terminal shows and
// does not obey. Standard library only, no exceptions.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_PLAINTEXT_H
#define TRITON_EXT_REGISTRY_PLAINTEXT_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace triton_ext {

// Limits of a catalogue, in characters where nothing else is said.
inline constexpr size_t maxCatalogueBytes = 1 << 20;
inline constexpr size_t maxName = 64;
inline constexpr size_t maxSummary = 80;
inline constexpr size_t maxText = 500;

struct BadCharacter {
  size_t offset;    ///< in bytes
  std::string what; ///< "the control character U+001B"
};

/// The first place of `text` that is no UTF-8, or a character that moves the
/// cursor, changes the direction of writing or cannot be seen. Line breaks and
/// tabs are such; those named in `allowed` are not looked at.
std::optional<BadCharacter> findBadCharacter(std::string_view text,
                                             std::string_view allowed = {});

/// In characters, not bytes.
size_t countCharacters(std::string_view utf8);

/// `text` in single quotes for a message: on one line whatever it holds, and
/// shortened when it is long.
std::string quote(std::string_view text);

} // namespace triton_ext

#endif // TRITON_EXT_REGISTRY_PLAINTEXT_H
