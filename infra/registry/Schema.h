//===- Schema.h - What registry.yaml may say --------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Reads a catalogue and checks it against its schema, its entries against each
// other and against the folders that CMake found. All errors are gathered; each
// says where, what was found, what was expected.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_SCHEMA_H
#define TRITON_EXT_REGISTRY_SCHEMA_H

#include "infra/registry/KnobText.h"
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace triton_ext::registry {

/// A place in a text file, counted from 1 as editors do.
struct Place {
  std::string file;
  int line = 1;
  int column = 1;
};

struct Diagnostic {
  Place at;
  std::string found;
  std::string expected;
  std::string meant; ///< the nearest legal word, or empty

  /// `registry.yaml:3:5: error: found 'a', expected b; did you mean 'c'?`
  std::string text() const;
};

struct KnobSpec {
  std::string name;
  KnobType type = KnobType::Bool;
  std::string defaultText; ///< canonical
  std::string low, high;   ///< canonical; empty where there is no range
  std::vector<std::string> tryTexts;
  bool log = false;
  std::vector<std::pair<std::string, std::string>> values; ///< value, help
  std::string help;

  KnobRule rule() const;
};

/// One run that was made: `ratio` is stock's time over the time with the pass.
struct Measurement {
  std::string work, machine, triton, ratio;
  std::vector<std::pair<std::string, std::string>> knobs; ///< not at default
};

/// A word of the file that refers to something, and where it stands.
struct Reference {
  std::string name;
  Place at;
};

struct Entry {
  std::string name;
  Place at;
  std::map<std::string, Place> fields; ///< where each field's value stands

  std::string summary, exactness, declines, scope, backend, folder;
  std::string stage = "ttir";
  std::string kind = "transform";
  std::string status = "experimental";
  std::vector<std::pair<std::string, std::string>> requirements;
  std::vector<std::string> assumes;
  std::vector<Reference> after, conflicts;
  Reference successor;
  std::string owner, since, upstream;
  std::vector<Measurement> measured;
  std::vector<KnobSpec> knobs;

  bool isDeclared = false; ///< a folder declares it

  /// `LoopSplit`
  std::string className() const;
  /// transform, conversion, analysis or instrument
  bool isPass() const;
  /// transform or conversion
  bool changesModules() const;
  const Place &placeOf(const std::string &field) const;
};

/// What a folder's CMakeLists.txt declares.
struct Folder {
  std::string name, className;
  std::string kind;  ///< pass, dialect, op or backend: the function called
  std::string scope; ///< generic, or the folder under backends/
  std::string path;  ///< relative to the root
};

/// `backends/<name>/` and the GPUTarget.backend that it states.
struct Scope {
  std::string name, backend;
};

/// The checkout that a catalogue describes.
struct Checkout {
  std::string root; ///< absolute, or empty: paths are relative to the cwd
  std::vector<Folder> folders;
  std::vector<Scope> scopes; ///< beside generic
  bool hasFolders = false;   ///< check entries against folders
};

struct Registry {
  std::vector<Entry> entries; ///< in the order of the file
  std::vector<Diagnostic> errors;
};

/// A catalogue file: its name in messages, and its text.
struct Source {
  std::string file, text;
};

/// Reads and checks; `errors` is sorted by file and place.
Registry readRegistry(const Source &source, const Checkout &checkout);

} // namespace triton_ext::registry

#endif // TRITON_EXT_REGISTRY_SCHEMA_H
