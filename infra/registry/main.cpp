//===- main.cpp - triton-ext-registry ---------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
//   triton-ext-registry FILE [--root DIR] [--out DIR] [--library NAME]
//     [--folders]
//     [--folder 'name|class|kind|scope|dir']... [--scope name=backend]...
//
// Checks a catalogue, and with --out writes its code: `Class/Class.td` and
// `Class/ClassBase.h` for each pass, and CatalogueTable.cpp. A file that would
// not change is not touched. --library names the library, so that its entries
// are NAME/… beside those of others. --folders says that all folders are given,
// even if there are none. Exit status: 0, 1 after errors in FILE, 2 for wrong
// usage.
//===----------------------------------------------------------------------===//
#include "infra/registry/Emit.h"
#include "infra/registry/Spelling.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

using namespace triton_ext::registry;
namespace fs = std::filesystem;

namespace {
struct Arguments {
  std::string file;
  Checkout checkout;
  std::string out;
  std::string library;
};
} // namespace

static std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);)
    parts.push_back(part);
  return parts;
}

/// Paths in messages are relative to the checkout, wherever it is built.
static std::string relativeTo(const std::string &root,
                              const std::string &path) {
  if (root.empty() || !fs::path(path).is_absolute())
    return path;
  std::string relative =
      fs::path(path).lexically_relative(root).generic_string();
  return relative.rfind("..", 0) == 0 ? path : relative;
}

static std::string libraryName(const std::string &name) {
  if (triton_ext::isKebabCase(name))
    return name;
  std::string meant = triton_ext::toKebabCase(name);
  throw std::invalid_argument(
      "--library takes a name of small letters, digits and '-', found '" +
      name + "'" + (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
}

static Arguments parseArguments(const std::vector<std::string> &words) {
  Arguments arguments;
  std::vector<std::string> folders;
  for (size_t i = 0; i != words.size(); ++i) {
    const std::string &word = words[i];
    auto operand = [&]() -> const std::string & {
      if (i + 1 == words.size())
        throw std::invalid_argument(word + " needs an argument");
      return words[++i];
    };
    if (word == "--folders")
      arguments.checkout.hasFolders = true;
    else if (word == "--root")
      arguments.checkout.root = operand();
    else if (word == "--out")
      arguments.out = operand();
    else if (word == "--library")
      arguments.library = libraryName(operand());
    else if (word == "--folder")
      folders.push_back(operand());
    else if (word == "--scope") {
      std::vector<std::string> parts = split(operand(), '=');
      if (parts.size() != 2)
        throw std::invalid_argument("--scope takes name=backend");
      arguments.checkout.scopes.push_back({parts[0], parts[1]});
    } else if (word.rfind("--", 0) == 0)
      throw std::invalid_argument("unknown option " + word);
    else if (arguments.file.empty())
      arguments.file = word;
    else
      throw std::invalid_argument("more than one catalogue given");
  }
  for (const std::string &folder : folders) {
    std::vector<std::string> parts = split(folder, '|');
    if (parts.size() != 5)
      throw std::invalid_argument("--folder takes 'name|class|kind|scope|dir'");
    arguments.checkout.hasFolders = true;
    arguments.checkout.folders.push_back(
        {parts[0], parts[1], parts[2], parts[3],
         relativeTo(arguments.checkout.root, parts[4])});
  }
  if (arguments.file.empty())
    throw std::invalid_argument("no catalogue given");
  return arguments;
}

static Source readSource(const Arguments &arguments) {
  std::ifstream in(arguments.file, std::ios::binary);
  if (!in || fs::is_directory(arguments.file))
    throw std::runtime_error("cannot read " + arguments.file);
  std::ostringstream text;
  text << in.rdbuf();
  return {relativeTo(arguments.checkout.root, arguments.file), text.str()};
}

static void writeIfChanged(const fs::path &path, const std::string &text) {
  {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream old;
    if (in && old << in.rdbuf() && old.str() == text)
      return;
  }
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush())
    throw std::runtime_error("cannot write " + path.string());
}

static void writeCode(const Arguments &arguments, const Registry &registry) {
  fs::path out = arguments.out;
  for (const Entry &entry : registry.entries) {
    if (!entry.isPass())
      continue;
    std::string name = entry.className();
    writeIfChanged(out / name / (name + ".td"), emitTableGen(entry));
    writeIfChanged(out / name / (name + "Base.h"), emitBaseHeader(entry));
  }
  writeIfChanged(out / "CatalogueTable.cpp",
                 emitTable(registry.entries, arguments.library));
}

static int run(const std::vector<std::string> &words) {
  Arguments arguments;
  try {
    arguments = parseArguments(words);
  } catch (const std::invalid_argument &error) {
    std::cerr << "triton-ext-registry: error: " << error.what() << "\n";
    return 2;
  }
  Registry registry = readRegistry(readSource(arguments), arguments.checkout);
  for (const Diagnostic &error : registry.errors)
    std::cerr << error.text() << "\n";
  if (!registry.errors.empty())
    return 1;
  if (!arguments.out.empty())
    writeCode(arguments, registry);
  return 0;
}

int main(int argc, char **argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception &error) {
    std::cerr << "triton-ext-registry: error: " << error.what() << "\n";
    return 2;
  }
}
