//===- Emit.cpp - registry.yaml as code -------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Only checked entries come here, so that nothing can go wrong any more.
//===----------------------------------------------------------------------===//
#include "infra/registry/Emit.h"
#include "infra/registry/Spelling.h"

#include <sstream>

namespace triton_ext::registry {

/// A string literal of both C++ and TableGen.
static std::string literal(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out + "\"";
}

static std::string enumName(const Entry &entry, const KnobSpec &knob) {
  return entry.className() + spell(knob.name, Spelling::Pascal);
}

static std::string enumerator(const Entry &entry, const KnobSpec &knob,
                              const std::string &value) {
  return "::triton_ext::" + enumName(entry, knob) +
         "::" + spell(value, Spelling::Pascal);
}

static std::string upperCase(std::string text) {
  for (char &c : text)
    if (c >= 'a' && c <= 'z')
      c = char(c - 'a' + 'A');
  return text;
}

static std::string headLine(const std::string &file) {
  return "// " + file + ": made by triton-ext-registry; not to be edited.\n";
}

//===----------------------------------------------------------------------===//
// TableGen
//===----------------------------------------------------------------------===//

static std::string cppType(const Entry &entry, const KnobSpec &knob) {
  switch (knob.type) {
  case KnobType::Bool:
    return "bool";
  case KnobType::Int:
  case KnobType::IntList:
    return "int64_t";
  case KnobType::Float:
    return "double";
  case KnobType::Choice:
    return "::triton_ext::" + enumName(entry, knob);
  case KnobType::String:
    return "std::string";
  }
  return {};
}

/// The least 64-bit integer has no literal of its own.
static std::string cppInteger(const std::string &text) {
  return text == "-9223372036854775808" ? "INT64_MIN" : text;
}

static std::string cppDefault(const Entry &entry, const KnobSpec &knob) {
  switch (knob.type) {
  case KnobType::Choice:
    return enumerator(entry, knob, knob.defaultText);
  case KnobType::String:
    return literal(knob.defaultText);
  case KnobType::Int:
    return cppInteger(knob.defaultText);
  case KnobType::Bool:
  case KnobType::Float:
    return knob.defaultText;
  case KnobType::IntList: {
    std::string items;
    for (std::string_view item : splitList(knob.defaultText))
      items += (items.empty() ? "" : ", ") + cppInteger(std::string(item));
    return items;
  }
  }
  return {};
}

static std::string optionFlags(const Entry &entry, const KnobSpec &knob) {
  if (knob.type == KnobType::IntList) {
    std::string items = cppDefault(entry, knob);
    return items.empty() ? ""
                         : "::llvm::cl::list_init<int64_t>({" + items + "})";
  }
  if (knob.type != KnobType::Choice)
    return {};
  std::string values;
  for (const auto &[value, help] : knob.values)
    values += (values.empty() ? "" : ", ") + std::string("clEnumValN(") +
              enumerator(entry, knob, value) + ", " + literal(value) + ", " +
              literal(help) + ")";
  return "::llvm::cl::values(" + values + ")";
}

static std::string emitOption(const Entry &entry, const KnobSpec &knob) {
  bool isList = knob.type == KnobType::IntList;
  std::ostringstream out;
  out << "    " << (isList ? "ListOption<" : "Option<")
      << literal(spell(knob.name, Spelling::Camel)) << ", "
      << literal(knob.name) << ", " << literal(cppType(entry, knob));
  if (!isList)
    out << ", " << literal(cppDefault(entry, knob));
  out << ",\n      " << literal(knob.help) << ",\n      "
      << literal(optionFlags(entry, knob)) << ">";
  return out.str();
}

/// What a pass is written on follows from where it runs.
static std::string baseClass(const Entry &entry) {
  return entry.stage == "llir" ? "LLVMModulePass" : "ModulePass";
}

std::string emitTableGen(const Entry &entry) {
  std::ostringstream out;
  out << headLine(entry.className() + ".td")
      << "include \"mlir/Pass/PassBase.td\"\n\n"
      << "def " << entry.className() << " : PassBase<" << literal(entry.name)
      << ", \"::triton_ext::" << baseClass(entry) << "\"> {\n"
      << "  let summary = " << literal(entry.summary)
      << ";\n"
      // The header has the factory, else every pass would have to inherit the
      // constructor that takes the options.
      << "  let constructor = "
      << literal("::triton_ext::create" + entry.className() + "()") << ";\n";
  if (!entry.declines.empty())
    out << "  let description = " << literal("Declines where " + entry.declines)
        << ";\n";
  if (!entry.knobs.empty()) {
    out << "  let options = [\n";
    for (const KnobSpec &knob : entry.knobs)
      out << emitOption(entry, knob)
          << (&knob == &entry.knobs.back() ? "\n" : ",\n");
    out << "  ];\n";
  }
  out << "}\n";
  return out.str();
}

//===----------------------------------------------------------------------===//
// The header of a pass
//===----------------------------------------------------------------------===//

/// Comments may go over several lines in the catalogue.
static std::string comment(const std::string &text, const std::string &indent) {
  std::string out = indent + "/// ";
  for (char c : text) {
    out += c;
    if (c == '\n')
      out += indent + "/// ";
  }
  return out + "\n";
}

static std::string emitEnum(const Entry &entry, const KnobSpec &knob) {
  std::ostringstream out;
  out << comment(knob.help, "") << "enum class " << enumName(entry, knob)
      << " {\n";
  for (const auto &[value, help] : knob.values) {
    if (!help.empty())
      out << comment(help, "  ");
    out << "  " << spell(value, Spelling::Pascal) << ",\n";
  }
  out << "};\n\n";
  return out.str();
}

/// The base of the pass, and with it the factory: a friend that is defined once
/// the class of the pass is known, as mlir-tblgen's own are.
static std::string emitBaseClass(const Entry &entry) {
  std::string name = entry.className();
  std::string base = name + "Base", pointer = "std::unique_ptr<mlir::Pass>";
  std::ostringstream out;
  out << "namespace impl {\n"
      << pointer << " make" << name << "();\n\n"
      << "template <typename PassT> struct " << name << "Maker {\n  friend "
      << pointer << " make" << name
      << "() { return std::make_unique<PassT>(); }\n};\n} // namespace impl\n\n"
      << comment(entry.summary, "") << "template <typename PassT>\nclass "
      << base << " : public impl::" << base
      << "<PassT>,\n    private impl::" << name << "Maker<PassT> {};\n\n"
      << comment("With its knobs at their defaults.", "") << pointer
      << " create" << name << "() { return impl::make" << name << "(); }\n\n";
  return out.str();
}

std::string emitBaseHeader(const Entry &entry) {
  std::string name = entry.className();
  std::string upper = upperCase(name);
  std::ostringstream out;
  out << headLine(name + "Base.h") << "#ifndef TRITON_EXT_" << upper
      << "_BASE_H\n#define TRITON_EXT_" << upper << "_BASE_H\n\n"
      << "#include \"triton_ext/"
      << (entry.stage == "llir" ? "LLVMPass.h" : "Pass.h")
      << "\"\n#include <cstdint>\n"
      << "#include <memory>\n#include <string>\n\n"
      << "#ifndef DEBUG_TYPE\n#define DEBUG_TYPE " << literal(entry.name)
      << "\n#endif\n\nnamespace triton_ext {\n\n";
  for (const KnobSpec &knob : entry.knobs)
    if (knob.type == KnobType::Choice)
      out << emitEnum(entry, knob);
  out << "#define GEN_PASS_DECL_" << upper << "\n#define GEN_PASS_DEF_" << upper
      << "\n#include \"" << name << ".inc\"\n\n"
      << emitBaseClass(entry) << "} // namespace triton_ext\n\n#endif\n";
  return out.str();
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

/// Writes arrays of their own, since constant tables of different lengths can
/// only be pointed at.
class TableWriter {
public:
  explicit TableWriter(const std::string &library)
      : library(library), prefix(library.empty() ? "" : library + "/") {}

  std::string write(const std::vector<Entry> &entries);

private:
  std::string array(const std::string &type,
                    const std::vector<std::string> &items);
  std::string texts(const std::vector<std::string> &items);
  std::string names(const std::vector<Reference> &references);
  std::string knob(const KnobSpec &knob);
  std::string measured(const Measurement &row);
  std::string extension(const Entry &entry);

  const std::string library, prefix;
  std::ostringstream arrays;
  int count = 0;
};

} // namespace

static std::string braced(const std::vector<std::string> &items) {
  std::string out = "{";
  for (const std::string &item : items)
    out += (&item == &items.front() ? "" : ", ") + item;
  return out + "}";
}

std::string TableWriter::array(const std::string &type,
                               const std::vector<std::string> &items) {
  if (items.empty())
    return "{}";
  std::string name = "items" + std::to_string(count++);
  arrays << "constexpr " << type << " " << name << "[] = {\n";
  for (const std::string &item : items)
    arrays << "    " << item << ",\n";
  arrays << "};\n";
  return name;
}

std::string TableWriter::texts(const std::vector<std::string> &items) {
  std::vector<std::string> literals;
  for (const std::string &item : items)
    literals.push_back(literal(item));
  return array("StringRef", literals);
}

std::string TableWriter::names(const std::vector<Reference> &references) {
  std::vector<std::string> items;
  for (const Reference &reference : references)
    items.push_back(prefix + reference.name);
  return texts(items);
}

std::string TableWriter::knob(const KnobSpec &knob) {
  std::vector<std::string> values;
  for (const auto &[value, help] : knob.values)
    values.push_back(braced({literal(value), literal(help)}));
  std::string type(knobTypeName(knob.type));
  return braced(
      {literal(knob.name), "KnobType::" + spell(type, Spelling::Pascal),
       literal(knob.defaultText), literal(knob.low), literal(knob.high),
       texts(knob.tryTexts), knob.log ? "true" : "false",
       array("KnobValue", values), literal(knob.help)});
}

std::string TableWriter::measured(const Measurement &row) {
  std::vector<std::string> settings;
  for (const auto &[name, value] : row.knobs)
    settings.push_back(braced({literal(name), literal(value)}));
  return braced({literal(row.work), literal(row.machine), literal(row.triton),
                 row.ratio, array("KnobSetting", settings)});
}

/// Has code to link: what is no pass and what is retired and gone has none.
static bool hasFactory(const Entry &entry) {
  return entry.isPass() && entry.isDeclared;
}

std::string TableWriter::extension(const Entry &entry) {
  std::vector<std::string> requirements, rows, knobs;
  for (const auto &[key, value] : entry.requirements)
    requirements.push_back(braced({literal(key), literal(value)}));
  for (const Measurement &row : entry.measured)
    rows.push_back(measured(row));
  for (const KnobSpec &spec : entry.knobs)
    knobs.push_back(knob(spec));
  return braced(
      {literal(prefix + entry.name),
       literal(entry.className()),
       literal(entry.folder),
       literal(entry.kind),
       literal(entry.scope),
       literal(entry.backend),
       literal(entry.stage),
       literal(entry.status),
       literal(entry.exactness),
       literal(entry.summary),
       literal(entry.declines),
       array("Requirement", requirements),
       texts(entry.assumes),
       names(entry.after),
       names(entry.conflicts),
       literal(entry.successor.name.empty() ? ""
                                            : prefix + entry.successor.name),
       literal(entry.owner),
       literal(entry.since),
       literal(entry.upstream),
       array("Measured", rows),
       array("Knob", knobs),
       hasFactory(entry) ? "create" + entry.className() : "nullptr"});
}

std::string TableWriter::write(const std::vector<Entry> &entries) {
  std::ostringstream out;
  out << headLine("CatalogueTable.cpp")
      << "#include \"infra/registry/Catalogue.h\"\n\n"
      << "namespace triton_ext {\n\n";
  std::vector<std::string> items;
  std::string registrations;
  for (const Entry &entry : entries) {
    items.push_back(extension(entry));
    if (entry.kind == "dialect" && entry.isDeclared) {
      std::string function = "register" + entry.className() + "Dialect";
      out << "void " << function << "(mlir::DialectRegistry &);\n";
      registrations += "  " + function + "(registry);\n";
    }
    if (hasFactory(entry))
      out << "std::unique_ptr<mlir::Pass> create" << entry.className()
          << "();\n";
  }
  std::string all = array("Extension", items);
  out << "\nnamespace {\n\nusing llvm::StringRef;\n\n"
      << arrays.str() << "\n} // namespace\n\n"
      << "const ExtensionTable extensionTable{" << literal(library) << ", "
      << all << "};\n\n"
      << "void registerOwnDialects(mlir::DialectRegistry &registry) {\n"
      << registrations << "}\n\n"
      << "} // namespace triton_ext\n";
  return out.str();
}

std::string emitTable(const std::vector<Entry> &entries,
                      const std::string &library) {
  return TableWriter(library).write(entries);
}

} // namespace triton_ext::registry
