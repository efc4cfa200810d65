//===- ConversionReport.cpp - What layouts cost the loops -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. Of every loop, the layout conversions that Triton left in it, each with
// the Python line that causes it and how far its data goes; and what the loop
// holds: bytes that a thread carries from iteration to iteration, bytes of
// shared memory that were allocated before it. Nothing is changed.
//
//   attention.py:51: tensor<64x64xf16>, 8192 bytes, from mma v2 to operand 0 of
//   mma v2: elements change warps, so the tile goes through shared memory
//
// When it declines. The kernel has no loop, or is not at TTGIR.
//
// Why it pays. A conversion in a loop is paid in each iteration, and neither
// the source nor a profile says where it comes from. Between warps it costs a
// store and a load of the whole tile and a barrier; in a thread it is free.
//
// How. Both layouts become linear maps over the bits of register, lane and warp
// (triton_ext/Layout.h), and spans of bits say whether every thread, or every
// warp, already holds what it needs. That is a statement about the two layouts:
// a tile whose elements change warps has no other way than shared memory. Where
// a layout is not known nothing is said of the way. What a loop holds is a
// least: what is not known is not counted.
//
//===----------------------------------------------------------------------===//

#include "ConversionReportBase.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"
#include "triton_ext/Layout.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace triton_ext {
namespace {

bool isLoop(Operation *op) { return isa<scf::ForOp, scf::WhileOp>(op); }

/// The innermost loop around an operation, if there is one.
Operation *loopAround(Operation *op) {
  for (op = op->getParentOp(); op && !isLoop(op); op = op->getParentOp())
    ;
  return op;
}

/// Whether an iteration of `loop` may pass by the operation.
bool isConditional(Operation *op, Operation *loop) {
  for (op = op->getParentOp(); op != loop; op = op->getParentOp())
    if (!isa<scf::ExecuteRegionOp>(op))
      return true;
  return false;
}

std::optional<Distance> distanceOf(Operation *conversion) {
  std::optional<LinearLayout> from =
      linearForm(conversion->getOperand(0).getType());
  std::optional<LinearLayout> to =
      linearForm(conversion->getResult(0).getType());
  if (!from || !to)
    return std::nullopt;
  return distance(*from, *to);
}

//===----------------------------------------------------------------------===//
// What a loop holds
//===----------------------------------------------------------------------===//

/// Bytes of the values, as far as they are known, that each thread has.
int64_t bytesPerThread(ValueRange values) {
  int64_t bytes = 0;
  for (Type type : values.getTypes()) {
    std::optional<LinearLayout> form = linearForm(type);
    if (!form)
      continue;
    std::optional<int64_t> element = bytesOf(getElementTypeOrSelf(type));
    bytes += elementsPerThread(*form) * element.value_or(0);
  }
  return bytes;
}

/// The allocation that a buffer is, or is a part of; null if it is not plain.
Operation *allocationOf(Value buffer) {
  while (Operation *op = buffer.getDefiningOp()) {
    StringRef name = op->getName().getStringRef();
    if (name == "ttg.local_alloc")
      return op;
    if (!name.starts_with("ttg.memdesc_") || op->getNumOperands() == 0)
      return nullptr;
    buffer = op->getOperand(0);
  }
  return nullptr;
}

/// Bytes of shared memory that were allocated before the loop and that it uses.
int64_t sharedBytes(Operation *loop) {
  llvm::SetVector<Operation *> allocations;
  loop->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (Operation *allocation = allocationOf(operand))
        if (!loop->isProperAncestor(allocation))
          allocations.insert(allocation);
  });
  int64_t bytes = 0;
  for (Operation *allocation : allocations)
    bytes += bytesOf(allocation->getResult(0).getType()).value_or(0);
  return bytes;
}

/// "32 iterations, " where it is known.
std::string iterationsOf(Operation *loop) {
  auto forLoop = dyn_cast<scf::ForOp>(loop);
  std::optional<APInt> count =
      forLoop ? forLoop.getStaticTripCount() : std::nullopt;
  return count ? std::to_string(count->getZExtValue()) + " iterations, " : "";
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// What the conversions of a loop come to.
struct Sum {
  unsigned conversions = 0, betweenWarps = 0, betweenLanes = 0, inThread = 0;
  int64_t bytes = 0;
  bool isConditional = false;

  std::string words() const {
    if (!conversions)
      return "no layout conversion";
    std::string text = std::to_string(conversions) + " layout conversion";
    text += conversions == 1 ? ": " : "s: ";
    SmallVector<std::string> kinds;
    auto add = [&](unsigned count, const Twine &kind) {
      if (count)
        kinds.push_back((Twine(count) + " " + kind).str());
    };
    add(betweenWarps, Twine("between warps (") +
                          (isConditional ? "up to " : "") + Twine(bytes) +
                          " bytes an iteration)");
    add(betweenLanes, "between lanes");
    add(inThread, "within threads");
    add(conversions - betweenWarps - betweenLanes - inThread, "not known");
    return text + llvm::join(kinds, ", ");
  }
};

class ConversionReport : public ConversionReportBase<ConversionReport> {
  void runOnOperation() override {
    SmallVector<Operation *> loops;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isLoop(op))
        loops.push_back(op);
    });
    if (loops.empty())
      return decline(getOperation(), "no-loop", "the kernel has no loop");
    llvm::DenseMap<Operation *, Sum> sums;
    getOperation().walk([&](Operation *op) {
      Operation *loop = loopAround(op);
      if (loop && op->getName().getStringRef() == "ttg.convert_layout")
        report(op, loop, sums[loop]);
    });
    for (Operation *loop : loops)
      report(loop, sums[loop]);
  }

  void report(Operation *conversion, Operation *loop, Sum &sum) {
    auto from = dyn_cast<RankedTensorType>(conversion->getOperand(0).getType());
    std::optional<Layout> source = Layout::of(from);
    std::optional<Layout> target =
        Layout::of(conversion->getResult(0).getType());
    std::optional<int64_t> bytes = bytesOf(conversion->getOperand(0).getType());
    ++sum.conversions;
    std::string tile =
        llvm::formatv("{0}, {1} bytes, from {2} to {3}: ", from.dropEncoding(),
                      bytes.value_or(0), source ? source->words() : "?",
                      target ? target->words() : "?");
    std::optional<Distance> far = distanceOf(conversion);
    if (!far || !bytes)
      return note(conversion, "not-known",
                  tile + "where its elements lie is not known here");
    bool sometimes = isConditional(conversion, loop);
    std::string when = sometimes ? ", where its branch is taken" : "";
    switch (*far) {
    case Distance::Thread:
      ++sum.inThread;
      return note(conversion, "within-threads",
                  tile + "every thread holds what it needs" + when);
    case Distance::Warp:
      ++sum.betweenLanes;
      return note(conversion, "between-lanes",
                  tile + "elements change lanes and stay in their warp" + when);
    case Distance::CTA:
    case Distance::Cluster:
      ++sum.betweenWarps;
      sum.bytes += *bytes;
      sum.isConditional |= sometimes;
      return note(conversion, "between-warps",
                  tile +
                      "elements change warps, so the tile goes through shared "
                      "memory" +
                      when);
    }
  }

  void report(Operation *loop, const Sum &sum) {
    std::string text = "loop: " + iterationsOf(loop) + sum.words();
    if (int64_t bytes = bytesPerThread(loop->getResults()))
      text += llvm::formatv("; carries {0} bytes a thread", bytes);
    if (int64_t bytes = sharedBytes(loop))
      text += llvm::formatv("; uses {0} bytes of shared memory from before it",
                            bytes);
    note(loop, "loop", text);
  }
};

} // namespace
} // namespace triton_ext
