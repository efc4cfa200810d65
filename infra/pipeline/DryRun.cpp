//===- DryRun.cpp - What other passes would do ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/DryRun.h"
#include "infra/registry/Catalogue.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "triton_ext/Pass.h"

using namespace mlir;

namespace triton_ext {

bool DryRun::fires() const {
  return llvm::any_of(
      remarks, [](const Remark &remark) { return remark.kind == "fired"; });
}

/// Whether `extension` is a transform of TTIR for this target.
static bool isMeant(const Extension &extension, const Request &target) {
  std::string arch = target.capability() ? std::to_string(*target.capability())
                                         : target.archName().str();
  return extension.create && extension.kind == "transform" &&
         extension.stage == "ttir" &&
         !unmetRequirement(extension, target.backend(), arch);
}

static DryRun tryOne(const Extension &extension, ModuleOp module) {
  DryRun run;
  run.pass = extension.name;
  OwningOpRef<ModuleOp> copy(module.clone());
  std::unique_ptr<Pass> pass = extension.create();
  // Every pass of the catalogue is one.
  static_cast<ModulePass *>(pass.get())
      ->setListener(
          [&](StringRef kind, StringRef id, const Twine &text, Location at) {
            run.remarks.push_back({kind, id.str(), text.str(), at});
          });
  ScopedDiagnosticHandler silence(module.getContext(),
                                  [](Diagnostic &) { return success(); });
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  manager.enableVerifier(false);
  manager.addPass(std::move(pass));
  run.failed = mlir::failed(manager.run(*copy));
  return run;
}

std::vector<DryRun> tryTransforms(ModuleOp module) {
  Request target = Request::of(module);
  std::vector<DryRun> runs;
  for (const Extension &extension : catalogue())
    if (isMeant(extension, target))
      runs.push_back(tryOne(extension, module));
  return runs;
}

} // namespace triton_ext
