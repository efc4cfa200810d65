//===- DryRun.h - What other passes would do --------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// An analysis that wants to say what the passes of the catalogue would do to a
// module tries them, by name and each on a copy of its own:
//
//   for (const DryRun &run : tryTransforms(getOperation()))
//     for (const DryRun::Remark &remark : run.remarks) ...
//
// Nothing that a tried pass says reaches the report, and it changes nothing.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_DRYRUN_H
#define TRITON_EXT_DRYRUN_H

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace triton_ext {

/// What a pass said of a module.
struct DryRun {
  struct Remark {
    /// "fired", "declined" or "noted".
    llvm::StringRef kind;
    std::string id, text;
    mlir::Location at;
  };

  llvm::StringRef pass;
  bool failed = false;
  std::vector<Remark> remarks;

  bool fires() const;
};

/// Tries each transform of the stage ttir that is linked in here and is for the
/// module's target, its knobs at their defaults. In the catalogue's order.
std::vector<DryRun> tryTransforms(mlir::ModuleOp module);

} // namespace triton_ext

#endif // TRITON_EXT_DRYRUN_H
