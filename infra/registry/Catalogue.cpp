//===- Catalogue.cpp - The compiled catalogue -------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "infra/registry/Catalogue.h"
#include "infra/registry/Spelling.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include <atomic>

using namespace llvm;

namespace triton_ext {

ArrayRef<Extension> catalogue() { return extensionTable.extensions; }

/// What stands before the '/', and what after it.
static std::pair<StringRef, StringRef> splitName(StringRef name) {
  size_t slash = name.find('/');
  return slash == StringRef::npos
             ? std::pair(StringRef(), name)
             : std::pair(name.take_front(slash), name.drop_front(slash + 1));
}

StringRef Extension::library() const { return splitName(name).first; }

//===----------------------------------------------------------------------===//
// Added libraries
//===----------------------------------------------------------------------===//

namespace {
/// Grows at its end and is never changed otherwise, so that any thread, and a
/// child forked at any moment, can read it without a lock.
struct AddedNode {
  const AddedLibrary library;
  std::atomic<AddedNode *> next{nullptr};

  explicit AddedNode(const AddedLibrary &library) : library(library) {}
};
} // namespace

static std::atomic<AddedNode *> firstAdded{nullptr};

const AddedLibrary *addLibrary(const AddedLibrary &library) {
  auto *node = new AddedNode(library);
  std::atomic<AddedNode *> *end = &firstAdded;
  AddedNode *there = nullptr;
  while (!end->compare_exchange_strong(there, node)) {
    if (there->library.name == library.name ||
        there->library.path == library.path) {
      delete node;
      return &there->library;
    }
    end = &there->next;
    there = nullptr;
  }
  return nullptr;
}

std::vector<const AddedLibrary *> addedLibraries() {
  std::vector<const AddedLibrary *> all;
  for (const AddedNode *node = firstAdded; node; node = node->next)
    all.push_back(&node->library);
  return all;
}

const AddedLibrary *addedLibrary(StringRef name) {
  for (const AddedNode *node = firstAdded; node; node = node->next)
    if (node->library.name == name)
      return &node->library;
  return nullptr;
}

/// The entries of all libraries, this one's first.
static std::vector<const Extension *> allExtensions() {
  std::vector<const Extension *> all;
  for (const Extension &extension : catalogue())
    all.push_back(&extension);
  for (const AddedLibrary *library : addedLibraries())
    for (const Extension &extension : library->extensions)
      all.push_back(&extension);
  return all;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

static const Extension *findIn(ArrayRef<Extension> table, StringRef name) {
  const Extension *it = llvm::lower_bound(
      table, name,
      [](const Extension &entry, StringRef name) { return entry.name < name; });
  return it != table.end() && it->name == name ? it : nullptr;
}

const Extension *findOwn(StringRef name) {
  StringRef library = extensionTable.library;
  if (library.empty() || name.contains('/'))
    return findIn(catalogue(), name);
  return findIn(catalogue(), (library + "/" + name).str());
}

const Extension *find(StringRef name) {
  if (const AddedLibrary *added = addedLibrary(splitName(name).first))
    if (const Extension *extension = findIn(added->extensions, name))
      return extension;
  return findOwn(name);
}

const Knob *Extension::knob(StringRef knobName) const {
  const Knob *it =
      llvm::find_if(knobs, [&](const Knob &k) { return k.name == knobName; });
  return it != knobs.end() ? it : nullptr;
}

std::vector<StringRef> nearest(StringRef name, size_t count) {
  std::vector<const Extension *> all = allExtensions();
  bool isBare = !name.contains('/');
  std::vector<std::string_view> names;
  for (const Extension *extension : all)
    names.push_back(isBare ? splitName(extension->name).second
                           : extension->name);
  std::vector<StringRef> found;
  for (size_t index : nearestOf(name, names, count))
    found.push_back(all[index]->name);
  return found;
}

std::vector<StringRef> nearestKnobs(const Extension &extension, StringRef name,
                                    size_t count) {
  std::vector<std::string_view> names;
  for (const Knob &knob : extension.knobs)
    names.push_back(knob.name);
  std::vector<StringRef> found;
  for (size_t index : nearestOf(name, names, count))
    found.push_back(extension.knobs[index].name);
  return found;
}

static KnobRule ruleOf(const Knob &knob) {
  KnobRule rule{knob.type, knob.low, knob.high, {}};
  for (const KnobValue &value : knob.values)
    rule.values.push_back(value.value);
  return rule;
}

std::optional<std::string> checkKnob(const Knob &knob, StringRef valueText) {
  KnobRule rule = ruleOf(knob);
  if (canonicalValue(rule, valueText))
    return std::nullopt;
  return (knob.name + " takes " + allowedValues(rule) + ", not '" + valueText +
          "'")
      .str();
}

std::string canonicalKnob(const Knob &knob, StringRef valueText) {
  return canonicalValue(ruleOf(knob), valueText).value_or(valueText.str());
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

/// `comparison` is `>=90`, as the build tool has checked.
static bool holds(int64_t capability, StringRef comparison) {
  StringRef sign = comparison.take_while([](char c) { return !isDigit(c); });
  int64_t bound = 0;
  comparison.drop_front(sign.size()).getAsInteger(10, bound);
  if (sign == ">=")
    return capability >= bound;
  if (sign == "<=")
    return capability <= bound;
  if (sign == ">")
    return capability > bound;
  if (sign == "<")
    return capability < bound;
  return capability == bound;
}

static bool isMet(const Requirement &requirement, StringRef arch) {
  SmallVector<StringRef> parts;
  requirement.value.split(parts, ',');
  if (requirement.key == "arch")
    return llvm::is_contained(parts, arch);
  int64_t capability;
  // A target without a number, gfx942 say, has no such capability.
  if (arch.getAsInteger(10, capability))
    return false;
  return llvm::all_of(
      parts, [&](StringRef part) { return holds(capability, part.trim()); });
}

std::optional<std::string> unmetRequirement(const Extension &extension,
                                            StringRef backend, StringRef arch) {
  if (!extension.backend.empty() && extension.backend != backend)
    return (extension.name + " is for the backend " + extension.backend +
            ", not " + backend)
        .str();
  for (const Requirement &requirement : extension.requirements)
    if (!isMet(requirement, arch))
      return (extension.name + " requires " + requirement.key + " " +
              requirement.value + ", and this target is " + arch)
          .str();
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::Value textOrNull(StringRef text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

static json::Value toList(ArrayRef<StringRef> items) {
  json::Array array;
  for (StringRef item : items)
    array.push_back(item);
  return array;
}

/// A canonical value as JSON of its type.
static json::Value typedValue(KnobType type, StringRef text) {
  switch (type) {
  case KnobType::Bool:
    return text == "true";
  case KnobType::Int:
    return parseInteger(text).value_or(0);
  case KnobType::Float:
    return parseNumber(text).value_or(0);
  case KnobType::IntList: {
    json::Array array;
    for (std::string_view item : splitList(text))
      array.push_back(parseInteger(item).value_or(0));
    return array;
  }
  case KnobType::Choice:
  case KnobType::String:
    return text;
  }
  return nullptr;
}

static json::Value toJSON(const Knob &knob) {
  // The bounds of a list are those of its elements.
  KnobType element = knob.type == KnobType::IntList ? KnobType::Int : knob.type;
  json::Value range = nullptr;
  if (!knob.low.empty())
    range = json::Array{typedValue(element, knob.low),
                        typedValue(element, knob.high)};
  json::Array tries, values;
  for (StringRef text : knob.tryTexts)
    tries.push_back(typedValue(knob.type, text));
  for (const KnobValue &value : knob.values)
    values.push_back(
        json::Object{{"value", value.value}, {"help", textOrNull(value.help)}});
  return json::Object{{"name", knob.name},
                      {"cpp", spell(knob.name, Spelling::Camel)},
                      {"python", spell(knob.name, Spelling::Snake)},
                      {"type", StringRef(knobTypeName(knob.type))},
                      {"default", typedValue(knob.type, knob.defaultText)},
                      {"range", std::move(range)},
                      {"try", std::move(tries)},
                      {"log", knob.log},
                      {"values", std::move(values)},
                      {"help", knob.help}};
}

static json::Value toJSON(const Measured &row, const Extension &extension) {
  json::Object knobs;
  for (const KnobSetting &setting : row.knobs)
    if (const Knob *knob = extension.knob(setting.name))
      knobs[setting.name] = typedValue(knob->type, setting.value);
  return json::Object{{"work", row.work},
                      {"machine", row.machine},
                      {"triton", row.triton},
                      {"ratio", row.ratio},
                      {"knobs", std::move(knobs)}};
}

json::Value toJSON(const Extension &extension) {
  json::Object requirements;
  for (const Requirement &requirement : extension.requirements)
    requirements[requirement.key] = requirement.value;
  json::Array measured, knobs;
  for (const Measured &row : extension.measured)
    measured.push_back(toJSON(row, extension));
  for (const Knob &knob : extension.knobs)
    knobs.push_back(toJSON(knob));
  const AddedLibrary *added = addedLibrary(extension.library());
  return json::Object{{"name", extension.name},
                      {"library", extension.library()},
                      {"source", textOrNull(added ? added->path : "")},
                      {"class", extension.className},
                      {"folder", textOrNull(extension.folder)},
                      {"kind", extension.kind},
                      {"scope", extension.scope},
                      {"backend", textOrNull(extension.backend)},
                      {"stage", extension.stage},
                      {"status", extension.status},
                      {"exactness", textOrNull(extension.exactness)},
                      {"summary", extension.summary},
                      {"declines", textOrNull(extension.declines)},
                      {"requires", std::move(requirements)},
                      {"assumes", toList(extension.assumes)},
                      {"after", toList(extension.after)},
                      {"conflicts", toList(extension.conflicts)},
                      {"successor", textOrNull(extension.successor)},
                      {"owner", textOrNull(extension.owner)},
                      {"since", textOrNull(extension.since)},
                      {"upstream", textOrNull(extension.upstream)},
                      {"measured", std::move(measured)},
                      {"knobs", std::move(knobs)}};
}

json::Value toJSON() {
  json::Array array;
  for (const Extension *extension : allExtensions())
    array.push_back(toJSON(*extension));
  return array;
}

} // namespace triton_ext
