//===- LoadReport.cpp - Loads in loops that are not what they may be ------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. Of every load of a tile from global memory in a loop, with its Python
// line: whether it is a buffer load, and if not, what speaks against one; and
// how many bytes an instruction of it can load at most, where that is less than
// the 16 that the hardware has. Nothing is changed.
//
//   matmul.py:42: no buffer load: argument A is not known to be smaller than
//   2 GiB (tt.pointer_range)
//   matmul.py:42: at most 2 bytes an instruction: of tensor<64x32xf16> a lane
//   holds no two elements that are neighbours; argument A is not known to be
//   aligned (tt.divisibility)
//
// When it declines. No loop of the kernel loads a tile, or it is not at TTGIR.
//
// Why it pays. A buffer load needs half the address registers, one instruction
// for mask and load, and no branch; a narrow load needs up to eight times the
// instructions. Both are lost for reasons that a kernel's author can do away
// with, an argument's alignment, a 64-bit offset, and nothing else names them.
//
// How. The pointers of a load are followed to the argument that they begin at,
// over what makes tiles of pointers. Elements that an instruction loads
// together lie side by side in a lane's registers, so the longest run that the
// layout has along a dimension is a bound; that the memory is contiguous, too,
// is not needed for a bound, nor claimed.
//
//===----------------------------------------------------------------------===//

#include "LoadReportBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"
#include "triton_ext/Analysis/Pointers.h"
#include "triton_ext/Layout.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace triton_ext {
namespace {

/// What the hardware loads with one instruction in a lane, at most.
constexpr int64_t widestLoad = 16;

bool isBufferLoad(Operation *op) {
  StringRef name = op->getName().getStringRef();
  return name == "amdg.buffer_load" || name == "amdgpu.buffer_load";
}

bool isTileLoad(Operation *op) {
  return (isa<triton::LoadOp>(op) || isBufferLoad(op)) &&
         op->getNumResults() == 1 &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

bool isInLoop(Operation *op) {
  return op->getParentOfType<scf::ForOp>() ||
         op->getParentOfType<scf::WhileOp>();
}

//===----------------------------------------------------------------------===//
// Where the pointers come from
//===----------------------------------------------------------------------===//

/// What is seen on the way from a pointer to the argument that it begins at.
struct Origin {
  BlockArgument argument; ///< null where the way is not plain
  bool hasWideOffsets = false;
};

Origin originOf(Value pointer) {
  Origin origin;
  origin.argument = baseArgument(pointer, [&](Operation *op) {
    auto step = dyn_cast<triton::AddPtrOp>(op);
    origin.hasWideOffsets |=
        step && getElementTypeOrSelf(step.getOffset().getType()).isInteger(64);
  });
  return origin;
}

std::string nameOf(BlockArgument argument) {
  return "argument " + argumentName(argument);
}

bool says(BlockArgument argument, StringRef attribute, int64_t atLeast,
          int64_t atMost) {
  auto function = cast<triton::FuncOp>(argument.getOwner()->getParentOp());
  auto value = function.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(),
                                                      attribute);
  return value && value.getInt() >= atLeast && value.getInt() <= atMost;
}

//===----------------------------------------------------------------------===//
// How wide a load can be
//===----------------------------------------------------------------------===//

/// How many neighbours along `dim` a lane holds side by side: 1, 2, 4, ...
int64_t runAlong(const LinearLayout &form, unsigned dim) {
  int64_t run = 1;
  auto isNext = [&](const LayoutList &basis) {
    for (auto [at, coordinate] : llvm::enumerate(basis))
      if (coordinate != (at == dim ? run : 0))
        return false;
    return true;
  };
  while (llvm::any_of(form.registers, isNext))
    run *= 2;
  return run;
}

int64_t longestRun(const LinearLayout &form, unsigned rank) {
  int64_t run = 1;
  for (unsigned dim = 0; dim < rank; ++dim)
    run = std::max(run, runAlong(form, dim));
  return run;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class LoadReport : public LoadReportBase<LoadReport> {
  void runOnOperation() override {
    unsigned loads = 0;
    getOperation().walk([&](Operation *op) {
      if (!isTileLoad(op) || !isInLoop(op))
        return;
      ++loads;
      if (!isBufferLoad(op))
        reportPath(op);
      reportWidth(op);
    });
    if (!loads)
      decline(getOperation(), "no-load", "no loop loads a tile");
  }

  void reportPath(Operation *load) {
    Origin origin = originOf(load->getOperand(0));
    SmallVector<std::string> missing;
    if (cast<triton::LoadOp>(load).getIsVolatile())
      missing.push_back("it is volatile");
    if (origin.hasWideOffsets)
      missing.push_back("it has offsets of 64 bits");
    if (!origin.argument)
      missing.push_back("its pointers do not plainly begin at an argument");
    else if (!says(origin.argument, "tt.pointer_range", 1, 32))
      missing.push_back(nameOf(origin.argument) +
                        " is not known to be smaller than 2 GiB "
                        "(tt.pointer_range)");
    note(load, "no-buffer-load",
         "no buffer load: " + (missing.empty() ? "all that is looked at here "
                                                 "would allow one"
                                               : llvm::join(missing, "; ")));
  }

  void reportWidth(Operation *load) {
    auto tile = cast<RankedTensorType>(load->getResult(0).getType());
    std::optional<LinearLayout> form = linearForm(tile);
    std::optional<int64_t> element = bytesOf(tile.getElementType());
    if (!form || !element)
      return note(load, "not-known",
                  llvm::formatv("{0}: how a lane holds it is not known here",
                                tile.dropEncoding())
                      .str());
    int64_t run = longestRun(*form, tile.getRank());
    if (run * *element >= widestLoad)
      return;
    std::string together =
        run == 1 ? std::string("no two elements that are neighbours")
                 : llvm::formatv("no more than {0} elements side by side", run)
                       .str();
    Origin origin = originOf(load->getOperand(0));
    std::string alignment;
    if (origin.argument &&
        !says(origin.argument, "tt.divisibility", widestLoad, INT64_MAX))
      alignment = "; " + nameOf(origin.argument) +
                  " is not known to be aligned to 16 bytes (tt.divisibility)";
    note(load, "narrow-load",
         llvm::formatv("at most {0} bytes an instruction: of {1} a lane holds "
                       "{2}{3}",
                       run * *element, tile.dropEncoding(), together, alignment)
             .str());
  }
};

} // namespace
} // namespace triton_ext
