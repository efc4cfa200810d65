//===- CatalogueText.cpp - A catalogue that came as text --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The first mistake is kept and reading goes on with empty values, so that no
// step has to ask whether the one before it went well.
//===----------------------------------------------------------------------===//
#include "infra/registry/CatalogueText.h"
#include "infra/registry/PlainText.h"
#include "infra/registry/Spelling.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/StringSaver.h"
#include <charconv>
#include <cmath>

using namespace llvm;

namespace triton_ext {

const AddedLibrary &CatalogueText::forGood() && {
  auto *kept = new CatalogueText(std::move(*this));
  return kept->library;
}

/// The deepest nesting of a JSON text, without reading it: the parser recurses.
static size_t nesting(StringRef text) {
  size_t depth = 0, deepest = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      inString = c != '"' || text[i] != c;
    } else if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth) {
      --depth;
    }
  }
  return deepest;
}

std::optional<json::Object> parseForeignJSON(StringRef text, size_t limit,
                                             std::string &error) {
  error.clear();
  if (text.size() > limit)
    error = "found a text of " + std::to_string(text.size()) +
            " bytes, expected at most " + std::to_string(limit);
  else if (nesting(text) > maxNesting)
    error = "found lists and objects nested more than " +
            std::to_string(maxNesting) + " deep";
  if (!error.empty())
    return std::nullopt;
  Expected<json::Value> value = json::parse(text);
  if (!value)
    error = "found a text that is no JSON: " + toString(value.takeError());
  else if (json::Object *object = value->getAsObject())
    return std::move(*object);
  else
    error = "found JSON that is not an object";
  return std::nullopt;
}

std::string legible(StringRef text) {
  std::string clean;
  while (auto bad = findBadCharacter(text, "\n\t")) {
    clean += text.take_front(bad->offset);
    clean += '?';
    text = text.drop_front(bad->offset + 1).drop_while([](char c) {
      return (c & 0xC0) == 0x80;
    });
  }
  return clean += text;
}

static std::string quoted(StringRef text) { return quote(text); }

static std::string describe(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Null:
    return "null";
  case json::Value::Boolean:
    return "a truth value";
  case json::Value::Number:
    return "a number";
  case json::Value::String:
    return quoted(*value.getAsString());
  case json::Value::Array:
    return "a list";
  case json::Value::Object:
    return "an object";
  }
  return "";
}

static std::string spelledNumber(double number) {
  char buffer[64];
  return std::string(
      buffer, std::to_chars(buffer, buffer + sizeof(buffer), number).ptr);
}

namespace {

class Reader {
public:
  Reader(BumpPtrAllocator &memory, std::string &error)
      : memory(memory), texts(memory), error(error) {}

  void read(const json::Object &catalogue, AddedLibrary &library);

private:
  using Names = ArrayRef<StringRef>;

  void fail(const Twine &found, const Twine &expected);
  template <typename T> ArrayRef<T> kept(const std::vector<T> &items) {
    return ArrayRef<T>(items).copy(memory);
  }

  // A field of an object: `key`, checked; empty where it is null or absent.
  const json::Value *value(const json::Object &object, StringRef key);
  StringRef text(const json::Object &object, StringRef key,
                 size_t limit = maxText, StringRef allowed = "");
  StringRef needed(const json::Object &object, StringRef key,
                   size_t limit = maxText, StringRef allowed = "");
  StringRef word(const json::Object &object, StringRef key,
                 std::initializer_list<StringRef> words, bool isNeeded);
  const json::Array &list(const json::Object &object, StringRef key);
  const json::Object &object(const json::Value &value);
  bool flag(const json::Object &object, StringRef key);

  // A text by itself.
  StringRef plain(const json::Value &value, size_t limit, StringRef allowed);
  StringRef kebab(const json::Value &value, StringRef what);
  StringRef entryName(const json::Value &value);

  Names textList(const json::Object &entry, StringRef key);
  Names nameList(const json::Object &entry, StringRef key);
  ArrayRef<Requirement> requirements(const json::Object &entry);
  Extension extension(const json::Object &entry);
  std::optional<std::string> valueText(KnobType type, const json::Value &value);
  StringRef knobValue(const KnobRule &rule, const json::Value &value);
  Knob knob(const json::Object &spec);
  void range(const json::Object &spec, Knob &knob);
  ArrayRef<KnobValue> values(const json::Object &spec);
  Measured measured(const json::Object &row, ArrayRef<Knob> knobs);

  BumpPtrAllocator &memory;
  StringSaver texts;
  std::string &error;
  const json::Array noList; // for one of the wrong kind
  const json::Object noObject;
  StringRef library;
  std::string place, field; ///< of what is being read
};

} // namespace

void Reader::fail(const Twine &found, const Twine &expected) {
  if (error.empty())
    error = (place + (place.empty() || field.empty() ? "" : ", ") +
             (field.empty() ? "" : "field " + quoted(field)) + ": found " +
             found + ", expected " + expected)
                .str();
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

const json::Value *Reader::value(const json::Object &object, StringRef key) {
  field = key.str();
  const json::Value *value = object.get(key);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

StringRef Reader::plain(const json::Value &value, size_t limit,
                        StringRef allowed) {
  std::optional<StringRef> found = value.getAsString();
  if (!found) {
    fail(describe(value), "a text");
    return "";
  }
  if (auto bad = findBadCharacter(*found, allowed)) {
    fail(bad->what + " in " + quoted(*found), "characters that can be seen");
    return "";
  }
  if (size_t size = countCharacters(*found); size > limit) {
    fail("a text of " + Twine(size) + " characters", "at most " + Twine(limit));
    return "";
  }
  return texts.save(*found);
}

StringRef Reader::text(const json::Object &object, StringRef key, size_t limit,
                       StringRef allowed) {
  const json::Value *found = value(object, key);
  return found ? plain(*found, limit, allowed) : "";
}

StringRef Reader::needed(const json::Object &object, StringRef key,
                         size_t limit, StringRef allowed) {
  StringRef found = text(object, key, limit, allowed);
  if (found.empty())
    fail("no text", "one");
  return found;
}

StringRef Reader::word(const json::Object &object, StringRef key,
                       std::initializer_list<StringRef> words, bool isNeeded) {
  const json::Value *found = value(object, key);
  if (!found && !isNeeded)
    return "";
  std::optional<StringRef> text =
      found ? found->getAsString() : std::optional<StringRef>();
  for (StringRef word : words)
    if (text == word)
      return word;
  fail(found ? describe(*found) : "nothing", "one of " + join(words, ", "));
  return "";
}

const json::Array &Reader::list(const json::Object &object, StringRef key) {
  const json::Value *found = value(object, key);
  if (!found)
    return noList;
  const json::Array *array = found->getAsArray();
  if (!array)
    fail(describe(*found), "a list");
  else if (array->size() > maxItems)
    fail("a list of " + Twine(array->size()), "at most " + Twine(maxItems));
  else
    return *array;
  return noList;
}

const json::Object &Reader::object(const json::Value &value) {
  if (const json::Object *object = value.getAsObject())
    return *object;
  fail(describe(value), "an object");
  return noObject;
}

bool Reader::flag(const json::Object &object, StringRef key) {
  const json::Value *found = value(object, key);
  if (!found)
    return false;
  if (!found->getAsBoolean())
    fail(describe(*found), "true or false");
  return found->getAsBoolean().value_or(false);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

StringRef Reader::kebab(const json::Value &value, StringRef what) {
  std::optional<StringRef> found = value.getAsString();
  if (found && found->size() <= maxName && isKebabCase(*found))
    return texts.save(*found);
  fail(describe(value),
       what + " of at most " + Twine(maxName) +
           " small letters, digits and '-', such as loop-split");
  return "";
}

/// `mine/loop-split`, of this library.
StringRef Reader::entryName(const json::Value &value) {
  std::optional<StringRef> found = value.getAsString();
  StringRef rest = found.value_or("");
  bool isOurs = library.empty() ||
                (rest.consume_front(library) && rest.consume_front("/"));
  if (!found || !isOurs) {
    fail(describe(value), "a name that begins with '" + library + "/'");
    return "";
  }
  kebab(rest, "a name");
  return texts.save(*found);
}

Reader::Names Reader::textList(const json::Object &entry, StringRef key) {
  std::vector<StringRef> items;
  for (const json::Value &item : list(entry, key))
    items.push_back(plain(item, maxText, "\n"));
  return kept(items);
}

Reader::Names Reader::nameList(const json::Object &entry, StringRef key) {
  std::vector<StringRef> items;
  for (const json::Value &item : list(entry, key))
    items.push_back(entryName(item));
  return kept(items);
}

//===----------------------------------------------------------------------===//
// Knobs
//===----------------------------------------------------------------------===//

/// A typed value as a text; nothing where it is of another type.
std::optional<std::string> Reader::valueText(KnobType type,
                                             const json::Value &value) {
  switch (type) {
  case KnobType::Bool:
    if (std::optional<bool> truth = value.getAsBoolean())
      return *truth ? "true" : "false";
    return std::nullopt;
  case KnobType::Int:
    if (std::optional<int64_t> number = value.getAsInteger())
      return std::to_string(*number);
    return std::nullopt;
  case KnobType::Float:
    if (std::optional<double> number = value.getAsNumber())
      return spelledNumber(*number);
    return std::nullopt;
  case KnobType::Choice:
  case KnobType::String:
    if (value.getAsString())
      return plain(value, maxText, "").str();
    return std::nullopt;
  case KnobType::IntList: {
    const json::Array *array = value.getAsArray();
    if (!array || array->size() > maxItems)
      return std::nullopt;
    std::string all;
    for (const json::Value &item : *array) {
      std::optional<int64_t> number = item.getAsInteger();
      if (!number)
        return std::nullopt;
      all += (all.empty() ? "" : ",") + std::to_string(*number);
    }
    return all;
  }
  }
  return std::nullopt;
}

StringRef Reader::knobValue(const KnobRule &rule, const json::Value &value) {
  std::optional<std::string> text = valueText(rule.type, value);
  if (text)
    text = canonicalValue(rule, *text);
  if (!text)
    fail(describe(value), allowedValues(rule));
  return texts.save(text.value_or(""));
}

void Reader::range(const json::Object &spec, Knob &knob) {
  const json::Array &bounds = list(spec, "range");
  if (bounds.empty())
    return;
  // The bounds of a list are those of its elements.
  KnobRule rule{
      knob.type == KnobType::IntList ? KnobType::Int : knob.type, {}, {}, {}};
  if (!isNumeric(knob.type) || bounds.size() != 2)
    return fail("a list of " + Twine(bounds.size()),
                "[lowest, highest] of a knob that is a number");
  knob.low = knobValue(rule, bounds[0]);
  knob.high = knobValue(rule, bounds[1]);
  std::optional<double> low = parseNumber(knob.low),
                        high = parseNumber(knob.high);
  if (low && high && *low > *high)
    fail("[" + knob.low + ", " + knob.high + "]", "[lowest, highest]");
}

ArrayRef<KnobValue> Reader::values(const json::Object &spec) {
  std::vector<KnobValue> items;
  for (const json::Value &item : list(spec, "values")) {
    const json::Object &fields = object(item);
    const json::Value *word = value(fields, "value");
    items.push_back({word ? kebab(*word, "a value") : "",
                     text(fields, "help", maxText, "\n")});
    if (!word)
      fail("nothing", "a value");
  }
  return kept(items);
}

Knob Reader::knob(const json::Object &spec) {
  Knob knob = {};
  if (const json::Value *name = value(spec, "name"))
    knob.name = kebab(*name, "a knob's name");
  else
    fail("nothing", "a knob's name");
  std::string of = place;
  if (!knob.name.empty())
    place += ", knob " + quoted(knob.name);
  StringRef type = needed(spec, "type", maxName);
  if (std::optional<KnobType> known = knobTypeNamed(type))
    knob.type = *known;
  else
    fail(quoted(type),
         "one of " + join(map_range(knobTypeNames(),
                                    [](auto name) { return StringRef(name); }),
                          ", "));
  knob.values = values(spec);
  range(spec, knob);
  KnobRule rule{knob.type, knob.low, knob.high, {}};
  for (const KnobValue &each : knob.values)
    rule.values.push_back(each.value);
  if (const json::Value *given = value(spec, "default"))
    knob.defaultText = knobValue(rule, *given);
  else
    fail("nothing", allowedValues(rule));
  std::vector<StringRef> tries;
  for (const json::Value &item : list(spec, "try"))
    tries.push_back(knobValue(rule, item));
  knob.tryTexts = kept(tries);
  knob.log = flag(spec, "log");
  knob.help = text(spec, "help", maxText, "\n");
  place = of;
  return knob;
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

Measured Reader::measured(const json::Object &row, ArrayRef<Knob> knobs) {
  Measured result = {needed(row, "work"),
                     needed(row, "machine"),
                     needed(row, "triton", maxName),
                     0,
                     {}};
  const json::Value *ratio = value(row, "ratio");
  std::optional<double> number =
      ratio ? ratio->getAsNumber() : std::optional<double>();
  if (!number || !std::isfinite(*number) || *number <= 0)
    fail(ratio ? describe(*ratio) : "nothing", "a ratio above 0");
  result.ratio = number.value_or(1);
  std::vector<KnobSetting> settings;
  if (const json::Value *given = value(row, "knobs"))
    for (auto &[name, setting] : object(*given))
      for (const Knob &knob : knobs)
        if (knob.name == StringRef(name))
          settings.push_back(
              {knob.name,
               texts.save(valueText(knob.type, setting).value_or(""))});
  result.knobs = kept(settings);
  return result;
}

ArrayRef<Requirement> Reader::requirements(const json::Object &entry) {
  std::vector<Requirement> items;
  if (const json::Value *given = value(entry, "requires"))
    for (auto &[key, unused] : object(*given)) {
      StringRef name = StringRef(key) == "arch" ? "arch" : "capability";
      if (StringRef(key) != name)
        fail(quoted(key), "arch or capability");
      else
        items.push_back({name, needed(object(*given), key)});
    }
  return kept(items);
}

Extension Reader::extension(const json::Object &entry) {
  Extension result = {};
  if (const json::Value *name = value(entry, "name"))
    result.name = entryName(*name);
  else
    fail("nothing", "a name");
  place = "entry " + quoted(result.name);
  StringRef bare = result.name.rsplit('/').second;
  result.className =
      texts.save(spell(bare.empty() ? result.name : bare, Spelling::Pascal));
  result.folder = text(entry, "folder");
  result.kind = word(entry, "kind",
                     {"transform", "conversion", "analysis", "instrument",
                      "dialect", "op", "backend"},
                     true);
  result.scope = needed(entry, "scope", maxName);
  result.backend = text(entry, "backend", maxName);
  result.stage = word(entry, "stage", {"ttir", "ttgir", "llir"}, true);
  result.status =
      word(entry, "status", {"experimental", "stable", "retired"}, true);
  result.exactness =
      word(entry, "exactness",
           {"bit-exact", "contracts", "reassociates", "approximates"}, false);
  result.summary = needed(entry, "summary", maxSummary);
  result.declines = text(entry, "declines", maxText, "\n");
  result.requirements = requirements(entry);
  result.assumes = textList(entry, "assumes");
  result.after = nameList(entry, "after");
  result.conflicts = nameList(entry, "conflicts");
  if (const json::Value *successor = value(entry, "successor"))
    result.successor = entryName(*successor);
  result.owner = text(entry, "owner");
  result.since = text(entry, "since", maxName);
  result.upstream = text(entry, "upstream");
  if (!result.upstream.empty() && !result.upstream.starts_with("https://"))
    fail(quoted(result.upstream), "a URL that starts with https://");
  std::vector<Knob> knobs;
  for (const json::Value &item : list(entry, "knobs"))
    knobs.push_back(knob(object(item)));
  result.knobs = kept(knobs);
  std::vector<Measured> rows;
  for (const json::Value &item : list(entry, "measured"))
    rows.push_back(measured(object(item), result.knobs));
  result.measured = kept(rows);
  // What has no folder is retired, and its code gone.
  result.elsewhere =
      !result.folder.empty() &&
      is_contained({"transform", "conversion", "analysis", "instrument"},
                   result.kind);
  return result;
}

void Reader::read(const json::Object &catalogue, AddedLibrary &added) {
  added.version = needed(catalogue, "version", maxName);
  added.buildHash = needed(catalogue, "build_hash", maxName);
  if (!all_of(added.buildHash, [](char c) { return isAlnum(c); }))
    fail(quoted(added.buildHash), "letters and digits");

  const json::Array &libraries = list(catalogue, "libraries");
  if (libraries.size() != 1)
    return fail("a list of " + Twine(libraries.size()), "one library");
  const json::Value *name = value(object(libraries[0]), "library");
  if (name && name->getAsString() != StringRef())
    added.name = kebab(*name, "the library's name");
  library = added.name;

  const json::Value *entries = value(catalogue, "extensions");
  const json::Array *array = entries ? entries->getAsArray() : nullptr;
  if (!array || array->size() > maxEntries)
    return fail(array ? "a list of " + std::to_string(array->size())
                      : "no list",
                "a list of at most " + Twine(maxEntries) + " entries");
  std::vector<Extension> extensions;
  for (const json::Value &entry : *array) {
    place = "entry " + std::to_string(extensions.size() + 1);
    field.clear();
    extensions.push_back(extension(object(entry)));
    if (!error.empty())
      return;
  }
  sort(extensions,
       [](const Extension &a, const Extension &b) { return a.name < b.name; });
  place.clear();
  for (size_t i = 1; i < extensions.size(); ++i)
    if (extensions[i].name == extensions[i - 1].name)
      fail("the name " + quoted(extensions[i].name) + " twice", "it once");
  added.extensions = kept(extensions);
}

std::optional<CatalogueText> readCatalogueText(StringRef text, StringRef path,
                                               std::string &error) {
  std::optional<json::Object> object =
      parseForeignJSON(text, maxCatalogueText, error);
  if (!object)
    return std::nullopt;
  CatalogueText result{{}, std::make_unique<BumpPtrAllocator>()};
  result.library.path = StringSaver(*result.memory).save(path);
  Reader(*result.memory, error).read(*object, result.library);
  if (!error.empty())
    return std::nullopt;
  return result;
}

} // namespace triton_ext
