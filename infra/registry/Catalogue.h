//===- Catalogue.h - The compiled catalogue ---------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// registry.yaml as a table in the library. Every query, from C, C++, Python or
// the command line, reads this one; nothing parses YAML at run time.
//
// The table is data of whatever is linked: a generated CatalogueTable.cpp
// defines `extensionTable`, and nothing registers itself. Tables of further
// libraries may be added while the process runs; entries of all of them live as
// long as it does.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_REGISTRY_CATALOGUE_H
#define TRITON_EXT_REGISTRY_CATALOGUE_H

#include "infra/registry/KnobText.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class DialectRegistry;
class Pass;
} // namespace mlir

namespace triton_ext {

/// A value of a choice knob.
struct KnobValue {
  llvm::StringRef value, help;
};

/// A parameter of a pass. Texts of values are canonical.
struct Knob {
  llvm::StringRef name; ///< `max-splits`
  KnobType type;
  llvm::StringRef defaultText;
  llvm::StringRef low, high;                ///< empty: no range
  llvm::ArrayRef<llvm::StringRef> tryTexts; ///< the tuner's search space
  bool log;                                 ///< search it by factors
  llvm::ArrayRef<KnobValue> values;         ///< of a choice
  llvm::StringRef help;
};

struct KnobSetting {
  llvm::StringRef name, value;
};

/// A run that was made; `ratio` is stock's time over the time with the pass.
struct Measured {
  llvm::StringRef work, machine, triton;
  double ratio;
  llvm::ArrayRef<KnobSetting> knobs; ///< those not at their default
};

/// What the target must be: `capability` `>=90`, `arch` `gfx942,gfx950`.
struct Requirement {
  llvm::StringRef key, value;
};

/// An entry of registry.yaml. A text that the entry leaves out is empty.
struct Extension {
  llvm::StringRef name;      ///< `loop-split`; in a library that has a name
                             ///< `mine/loop-split`, in `after` & Co. too
  llvm::StringRef className; ///< `LoopSplit`
  llvm::StringRef folder;    ///< `passes/LoopSplit`
  llvm::StringRef kind;      ///< transform, analysis, instrument, conversion,
                             ///< dialect, op or backend
  llvm::StringRef scope;     ///< `generic`, or the folder under backends/
  llvm::StringRef backend;   ///< the scope's GPUTarget.backend, empty: any
  llvm::StringRef stage;     ///< ttir, ttgir or llir
  llvm::StringRef status;    ///< experimental, stable or retired
  llvm::StringRef exactness; ///< bit-exact, contracts, reassociates,
                             ///< approximates
  llvm::StringRef summary;
  llvm::StringRef declines; ///< when it does not apply
  llvm::ArrayRef<Requirement> requirements;
  llvm::ArrayRef<llvm::StringRef> assumes, after, conflicts;
  llvm::StringRef successor; ///< of what is retired
  llvm::StringRef owner, since, upstream;
  llvm::ArrayRef<Measured> measured;
  llvm::ArrayRef<Knob> knobs; ///< in the entry's order
  /// Makes the pass with its knobs at their defaults; null for what is no pass
  /// and for a retired one whose code is gone.
  std::unique_ptr<mlir::Pass> (*create)();
  /// A pass of a library that was added: its code is not in this process.
  bool elsewhere = false;

  /// Whether a pipeline can name it.
  bool isPass() const { return create || elsewhere; }
  /// `mine` of `mine/loop-split`; empty where there is no such part.
  llvm::StringRef library() const;
  const Knob *knob(llvm::StringRef knobName) const;
};

/// The entries, sorted by name.
struct ExtensionTable {
  llvm::StringRef library; ///< `mine`; triton-ext's own has none
  llvm::ArrayRef<Extension> extensions;
};

/// Defined by the generated CatalogueTable.cpp of what is being linked.
extern const ExtensionTable extensionTable;

/// Registers the dialects that have an entry here and a folder, each by
/// `register<Class>Dialect` of its own. Defined by CatalogueTable.cpp, too.
void registerOwnDialects(mlir::DialectRegistry &registry);

/// The entries that are linked in here, of added libraries none.
llvm::ArrayRef<Extension> catalogue();

/// A library that was added. The texts and entries live for ever.
struct AddedLibrary {
  llvm::StringRef name; ///< `mine`
  llvm::StringRef path; ///< of its file, without links
  llvm::StringRef version, buildHash;
  llvm::ArrayRef<Extension> extensions; ///< sorted by name
};

/// Adds a library, unless the name or the file is there already: returns null,
/// or what has it. Safe from any thread, and in a forked child.
const AddedLibrary *addLibrary(const AddedLibrary &library);

/// In the order in which they were added.
std::vector<const AddedLibrary *> addedLibraries();
/// The added library of that name, or null.
const AddedLibrary *addedLibrary(llvm::StringRef name);

/// The extension of that name, or null. One that is linked in here goes by its
/// bare name too, `loop-split` for `mine/loop-split`, where nothing else has
/// it.
const Extension *find(llvm::StringRef name);
/// As `find`, of what is linked in here alone.
const Extension *findOwn(llvm::StringRef name);

/// The at most `count` names nearest to `name`, nearest first, all libraries'.
std::vector<llvm::StringRef> nearest(llvm::StringRef name, size_t count = 3);
std::vector<llvm::StringRef> nearestKnobs(const Extension &extension,
                                          llvm::StringRef name,
                                          size_t count = 3);

/// Nothing if `valueText` is a value of the knob; else a sentence without full
/// stop: "max-splits takes an integer from 1 to 4, not '7'".
std::optional<std::string> checkKnob(const Knob &knob,
                                     llvm::StringRef valueText);

/// The canonical form of a text that checkKnob has nothing against; any other
/// text comes back unchanged.
std::string canonicalKnob(const Knob &knob, llvm::StringRef valueText);

/// Nothing if the extension is for this target; else why not, as a sentence
/// without full stop: "pointer-to-descriptor is for the backend cuda, not hip".
/// `arch` is the target's: "90" (capability) or "gfx942".
std::optional<std::string> unmetRequirement(const Extension &extension,
                                            llvm::StringRef backend,
                                            llvm::StringRef arch);

/// An array of objects, one an extension, with the fields of registry.yaml and
/// `class`, `folder`, `backend`, `library` and `source`, the path of the added
/// library that it came with; a knob has its `cpp` and `python` spelling too.
/// Fields that the entry leaves out are null or empty.
llvm::json::Value toJSON();
llvm::json::Value toJSON(const Extension &extension);

} // namespace triton_ext

#endif // TRITON_EXT_REGISTRY_CATALOGUE_H
