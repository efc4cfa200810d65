//===- Spelling.h - One name, every spelling --------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// `max-splits` is written in the catalogue only; every other spelling of it is
// made here. Standard library only: the build tool and the run-time catalogue
// share this file.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_SPELLING_H
#define TRITON_EXT_REGISTRY_SPELLING_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace triton_ext {

enum class Spelling {
  Kebab,  ///< `max-splits`: catalogue, pipeline text, command line
  Pascal, ///< `MaxSplits`: class, file, folder, enumerator
  Camel,  ///< `maxSplits`: C++ member
  Snake,  ///< `max_splits`: Python
};

/// Spells the kebab-case `name`; any other text gives unspecified results.
std::string spell(std::string_view name, Spelling spelling);

/// Words of lower-case letters and digits joined by single `-`, a letter first.
bool isKebabCase(std::string_view name);

/// What kebab-case name `text` was meant to be; empty if it has no letters.
std::string toKebabCase(std::string_view text);

/// Insertions, deletions, replacements and swaps of neighbours that lead from
/// one text to the other.
size_t editDistance(std::string_view from, std::string_view to);

/// Indices of the at most `count` nearest of `candidates`, nearest first;
/// equally near ones keep their order.
std::vector<size_t> nearestOf(std::string_view name,
                              const std::vector<std::string_view> &candidates,
                              size_t count);

/// The candidate near enough to be a slip of the pen, else one that is a part
/// of `name` or has it as a part, else nothing.
std::string_view likelyMeant(std::string_view name,
                             const std::vector<std::string_view> &candidates);

} // namespace triton_ext

#endif // TRITON_EXT_REGISTRY_SPELLING_H
