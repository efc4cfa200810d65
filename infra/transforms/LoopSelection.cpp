//===- LoopSelection.cpp - Which loops and operations are meant -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/LoopSelection.h"
#include "dialects/Triton/Triton.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

SmallVector<unsigned> pythonLinesOf(Operation *op) {
  SmallVector<unsigned> lines;
  op->getLoc()->walk([&](Location inner) {
    if (auto file = dyn_cast<FileLineColLoc>(inner))
      if (!is_contained(lines, file.getLine()))
        lines.push_back(file.getLine());
    return WalkResult::advance();
  });
  return lines;
}

bool isOnLines(Operation *op, ArrayRef<int64_t> lines) {
  if (lines.empty())
    return true;
  return any_of(pythonLinesOf(op),
                [&](unsigned line) { return is_contained(lines, line); });
}

static bool isProduct(Operation *op) {
  return isa<tt::DotOp, tt::DotScaledOp>(op);
}

static bool loadsTile(Operation *op) {
  return isa<tt::LoadOp, tt::DescriptorLoadOp, tt::DescriptorGatherOp>(op) &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

LoopContent contentOf(scf::ForOp loop) {
  LoopContent content = LoopContent::Other;
  loop.getBody()->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<LoopLikeOpInterface>(op))
      return WalkResult::skip();
    if (isProduct(op))
      content = LoopContent::Dot;
    else if (loadsTile(op) && content == LoopContent::Other)
      content = LoopContent::Load;
    return WalkResult::advance();
  });
  return content;
}

unsigned depthOf(scf::ForOp loop) {
  unsigned depth = 0;
  for (Operation *op = loop->getParentOp(); op; op = op->getParentOp())
    depth += isa<LoopLikeOpInterface>(op);
  return depth;
}

bool isInnermost(scf::ForOp loop) {
  WalkResult walked = loop.getBody()->walk(
      [](LoopLikeOpInterface) { return WalkResult::interrupt(); });
  return !walked.wasInterrupted();
}

StringRef LoopSelection::whyNot(scf::ForOp loop) const {
  if (!isOnLines(loop, lines))
    return "it is not on a line that was asked for";
  if (onlyInnermost && !isInnermost(loop))
    return "it has loops inside, and only innermost ones are asked for";
  if (onlyOutermost && depthOf(loop) != 0)
    return "it is in a loop, and only outermost ones are asked for";
  if (!content)
    return "";
  LoopContent has = contentOf(loop);
  if (has == *content)
    return "";
  if (*content == LoopContent::Dot)
    return "it has no product of tiles itself";
  if (*content == LoopContent::Load)
    return has == LoopContent::Dot ? "it has a product of tiles"
                                   : "it loads no tile itself";
  return "it loads tiles";
}

} // namespace triton_ext
