//===- Libraries.cpp - Several libraries in one process ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Libraries.h"
#include "infra/exchange/LoadedLibrary.h"
#include "infra/registry/CatalogueText.h"
#include "infra/support/JSONText.h"
#include "infra/support/Version.h"
#include "infra/worker/Client.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstdlib>

using namespace llvm;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// What there is
//===----------------------------------------------------------------------===//

void introduceWorkers() {
  worker::Client::setBuild(buildHash());
  worker::Client::setTool(toolName());
}

/// The library that this code is linked into.
static AddedLibrary ownLibrary() {
  return {extensionTable.library, worker::Client::ownFile(), versionText(),
          buildHash(), catalogue()};
}

static json::Object toJSON(const AddedLibrary &library) {
  return json::Object{{"library", library.name},
                      {"path", json::fixUTF8(library.path)},
                      {"version", library.version},
                      {"build_hash", library.buildHash}};
}

std::string catalogueText() {
  json::Array libraries{toJSON(ownLibrary())};
  for (const AddedLibrary *library : addedLibraries())
    libraries.push_back(toJSON(*library));
  return jsonText(json::Object{{"version", versionText()},
                               {"build_hash", buildHash()},
                               {"extensions", toJSON()},
                               {"libraries", std::move(libraries)}});
}

json::Value toJSON(const Pipeline &pipeline) {
  json::Value value = pipeline.toJSON();
  json::Array libraries;
  std::vector<StringRef> named;
  for (const PipelineElement *element : pipeline.elements()) {
    StringRef library = element->extension->library();
    if (is_contained(named, library))
      continue;
    named.push_back(library);
    const AddedLibrary *added = addedLibrary(library);
    libraries.push_back(added ? toJSON(*added) : toJSON(ownLibrary()));
  }
  value.getAsObject()->insert({"libraries", std::move(libraries)});
  return value;
}

//===----------------------------------------------------------------------===//
// Adding
//===----------------------------------------------------------------------===//

static Answer added(const AddedLibrary &library) {
  return {CrossingStatus::Changed, jsonText(toJSON(library)), "{}"};
}

static Answer refused(StringRef code, const Twine &message,
                      StringRef hint = "") {
  CrossingStatus status = code == "no-worker" ? CrossingStatus::Unavailable
                                              : CrossingStatus::BadRequest;
  json::Object error{{"code", code},
                     {"message", json::fixUTF8(message.str())},
                     {"nearest", json::Array()},
                     {"hint", hint}};
  return {status, "", jsonText(json::Object{{"error", std::move(error)}})};
}

/// Why `library` cannot stand beside `there`.
static Answer clash(const AddedLibrary &library, const AddedLibrary &there) {
  if (library.name.empty())
    return refused("no-name",
                   "the library " + library.path +
                       " has no name, and names without one are those of " +
                       there.path,
                   "give it one: LIBRARY in its triton_ext_add_product");
  return refused(
      "clash",
      "two libraries are called '" + library.name + "': " + there.path +
          " and " + library.path,
      "use one of them, or build one with another name (LIBRARY in its "
      "triton_ext_add_product)");
}

/// The library of the real path `path`, if it is one of those that are there.
static std::optional<AddedLibrary> already(StringRef path) {
  AddedLibrary own = ownLibrary();
  if (own.path == path)
    return own;
  for (const AddedLibrary *library : addedLibraries())
    if (library->path == path)
      return *library;
  return std::nullopt;
}

/// What the library says of itself, asked in a worker that is there for that
/// alone: whether its passes will ever run is not known.
static worker::Reply askForCatalogue(const std::string &path) {
  introduceWorkers();
  worker::Client &client =
      worker::Client::forThisProcess(worker::Served{path, ""});
  worker::Limits limits;
  limits.replyBytes = 2 * maxCatalogueText; // what is too long is said to be
  worker::Reply reply = client.call("catalogue", "", limits);
  client.stop();
  return reply;
}

Answer addLibrary(const std::string &path) {
  char *real = realpath(path.c_str(), nullptr);
  int error = errno;
  std::string file = real ? real : "";
  free(real);
  if (file.empty())
    return refused("no-file",
                   "there is no library " + path + ": " + sys::StrError(error));
  if (!sys::fs::is_regular_file(file))
    return refused("no-file", path + " is not a file");
  if (auto there = already(file))
    return added(*there);

  worker::Reply reply = askForCatalogue(file);
  if (!reply.refusal.empty())
    return refused(reply.refusal, reply.message);
  if (reply.outcome != worker::Reply::Ok)
    return refused(worker::outcomeName(reply.outcome),
                   "the catalogue of " + file +
                       " cannot be read: " + reply.message);
  std::string mistake;
  std::optional<CatalogueText> text =
      readCatalogueText(reply.body, file, mistake);
  if (!text)
    return refused("bad-text",
                   "the catalogue of " + file + " is refused: " + mistake);
  AddedLibrary own = ownLibrary();
  StringRef name = text->library.name;
  const AddedLibrary *taken = name == own.name ? &own : addedLibrary(name);
  if (taken && taken->path != file)
    return clash(text->library, *taken);
  // Another thread may be faster, with this library or with another one.
  const AddedLibrary &library = std::move(*text).forGood();
  taken = addLibrary(library);
  return taken && taken->path != file ? clash(library, *taken) : added(library);
}

} // namespace triton_ext
