//===- Pass.cpp - What a pass is written on ---------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Pass.h"
#include "infra/pipeline/Knobs.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace triton_ext {

LogicalResult ModulePass::initializeOptions(
    StringRef options, llvm::function_ref<LogicalResult(const Twine &)> error) {
  if (failed(checkKnobs(getArgument(), options, error)))
    return failure();
  if (failed(Pass::initializeOptions(options, error)))
    return failure();
  std::string mistake = mistakeInKnobs();
  return mistake.empty() ? success()
                         : error(Twine(getArgument()) + ": " + mistake);
}

void ModulePass::decline(Operation *at, StringRef id, const Twine &why) {
  if (listener)
    return listener("declined", id, why, at->getLoc());
  remark::missed(at->getLoc(),
                 remark::RemarkOpts::name(id).category(getArgument()))
      << why.str();
}

void ModulePass::fired(Operation *at, const Twine &what) {
  if (listener)
    return listener("fired", "fired", what, at->getLoc());
  remark::passed(at->getLoc(),
                 remark::RemarkOpts::name("fired").category(getArgument()))
      << what.str();
}

void ModulePass::note(Location at, StringRef id, const Twine &what) {
  if (listener)
    return listener("noted", id, what, at);
  remark::analysis(at, remark::RemarkOpts::name(id).category(getArgument()))
      << what.str();
}

} // namespace triton_ext
