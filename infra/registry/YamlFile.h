//===- YamlFile.h - How a catalogue may be written in YAML ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// A catalogue is read by people and by several YAML libraries, so of YAML it
// uses what all of them read alike: one document of mappings, lists and
// scalars; no anchors, no tags.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_YAMLFILE_H
#define TRITON_EXT_REGISTRY_YAMLFILE_H

#include "infra/registry/Schema.h"
#include <optional>
#include <yaml-cpp/yaml.h>

namespace triton_ext::registry {

/// Places of a source: yaml-cpp counts bytes from 0, editors characters from 1.
class Places {
public:
  explicit Places(const Source &source);
  Place at(const YAML::Mark &mark) const;
  Place atOffset(size_t offset) const;

private:
  Place at(size_t line, size_t column) const;

  const Source &source;
  std::vector<size_t> lineStarts;
};

/// The root of the file. Nothing after an error, which goes to `errors`.
std::optional<YAML::Node> readYaml(const Source &source, const Places &places,
                                   std::vector<Diagnostic> &errors);

} // namespace triton_ext::registry

#endif // TRITON_EXT_REGISTRY_YAMLFILE_H
