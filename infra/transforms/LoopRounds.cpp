//===- LoopRounds.cpp -----------------------------------------------------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#include "triton_ext/Transforms/LoopRounds.h"
#include "llvm/ADT/SmallVector.h"

using namespace mlir;

namespace triton_ext {

void changeLoops(
    FunctionOpInterface function,
    llvm::function_ref<std::optional<Reason>(scf::ForOp)> change,
    llvm::function_ref<void(Operation *, const Reason &)> decline) {
  bool isFirst = true, hasChanged = true;
  for (; hasChanged; isFirst = false) {
    SmallVector<scf::ForOp> loops;
    function->walk([&](scf::ForOp loop) { loops.push_back(loop); });
    if (loops.empty() && isFirst)
      decline(function, {"no-loop", "there is no loop over a range"});
    hasChanged = false;
    for (scf::ForOp loop : loops) {
      std::optional<Reason> reason = change(loop);
      hasChanged |= !reason;
      if (reason && isFirst)
        decline(loop, *reason);
    }
  }
}

} // namespace triton_ext
