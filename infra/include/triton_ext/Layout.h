//===- Layout.h - What a layout of TTGIR says -------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// At TTGIR a pass meets Triton's layouts as opaque attributes: their dialects
// are not registered here, and their text differs between releases. These are
// read-only views of such a text, read when asked for:
//
//   std::optional<Layout> layout = Layout::of(value.getType());
//   if (const auto *blocked = layout ? layout->as<BlockedLayout>() : nullptr)
//     ... blocked->sizePerThread ...
//
// Nothing is guessed. A layout of another kind, a parameter that is not known
// here, an alias that nobody resolved: then there is no view. What is read
// prints back as the text that it was read from.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_LAYOUT_H
#define TRITON_EXT_LAYOUT_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace triton_ext {

class Layout;

/// A number for each dimension of a tensor, say.
using LayoutList = llvm::SmallVector<int64_t, 4>;
/// Where in the tensor each bit of an index leads: coordinates a bit. An index
/// lies at the xor of the coordinates of its bits that are set.
using LayoutBases = llvm::SmallVector<LayoutList, 8>;

/// #ttg.blocked
struct BlockedLayout {
  LayoutList sizePerThread, threadsPerWarp, warpsPerCTA;
  /// Dimensions, the one that is contiguous first.
  LayoutList order;
  /// How the CTAs of a cluster share the tensor; empty for one CTA.
  LayoutBases cgaLayout;
};

/// #ttg.nvidia_mma: the accumulator of mma (version 2) and wgmma (3).
struct NvidiaMmaLayout {
  int64_t versionMajor, versionMinor;
  LayoutList warpsPerCTA;
  LayoutBases cgaLayout;
  /// [m, n] or [m, n, k]; with a batch dimension before them at rank 3.
  LayoutList instrShape;
};

/// #ttg.amd_mfma
struct MfmaLayout {
  /// 1: gfx908, 2: gfx90a, 3: gfx942, 4: gfx950
  int64_t version;
  LayoutList warpsPerCTA;
  LayoutBases cgaLayout;
  LayoutList instrShape;
  bool isTransposed;
  /// Empty: one in each dimension.
  LayoutList tilesPerWarp;
  std::optional<int64_t> elementBitWidth;
};

/// #ttg.amd_wmma, in either of its spellings.
struct WmmaLayout {
  int64_t version;
  bool isTranspose;
  /// Up to Triton 3.6, say; else `warps` is there.
  LayoutList warpsPerCTA;
  /// Where the tiles of a warp, and those of the warps, lie: in tiles.
  std::optional<LayoutBases> registers, warps;
  LayoutBases cgaLayout;
  LayoutList instrShape;
};

/// #ttg.linear
struct LinearLayout {
  LayoutBases registers, lanes, warps, blocks;
};

/// #ttg.slice: the parent's layout without one of its dimensions.
struct SliceLayout {
  int64_t dim;
  std::shared_ptr<const Layout> parent;
};

/// #ttg.dot_op: an operand of the matrix product whose result is the parent.
struct DotOperandLayout {
  int64_t opIdx;
  std::shared_ptr<const Layout> parent;
  /// Elements that lie together in a 32-bit register or more; for mma parents.
  std::optional<int64_t> kWidth;
};

/// #ttg.swizzled_shared, and #ttg.amd_rotating_shared, whose phase goes on.
struct SwizzledSharedLayout {
  bool rotating;
  int64_t vec, perPhase, maxPhase;
  LayoutList order;
  LayoutBases cgaLayout;
};

/// #ttg.nvmma_shared: what TMA writes and wgmma reads.
struct NvmmaSharedLayout {
  int64_t swizzlingByteWidth;
  bool transposed;
  int64_t elementBitWidth;
  std::optional<bool> fp4Padded;
  LayoutBases cgaLayout;
};

/// #ttg.padded_shared: after every `interval` elements, `padding` more.
struct PaddedSharedLayout {
  struct Padding {
    int64_t interval, padding;
  };
  llvm::SmallVector<Padding, 2> paddings;
  /// Either these two,
  LayoutList order, shape;
  /// or these: where the bits of an offset lead.
  std::optional<LayoutBases> offsets, blocks;
};

/// #ttng.tensor_memory_encoding
struct TensorMemoryLayout {
  int64_t blockM, blockN, colStride;
  LayoutBases cgaLayout;
};

/// #ttng.tensor_memory_scales_encoding
struct TensorMemoryScalesLayout {};

/// A layout of one of the kinds above.
class Layout {
public:
  /// Of an attribute's text, "#ttg.blocked<{...}>", without aliases.
  static std::optional<Layout> parse(llvm::StringRef text);
  static std::optional<Layout> of(mlir::Attribute attribute);
  /// Of a tensor's encoding.
  static std::optional<Layout> of(mlir::Type tensor);

  /// The view, or null where the layout is of another kind.
  template <typename View> const View *as() const {
    return std::get_if<View>(view.get());
  }

  /// As Triton prints it.
  std::string text() const;
  /// In words for a report: "blocked", "operand 0 of mma v2".
  std::string words() const;

private:
  using View =
      std::variant<BlockedLayout, NvidiaMmaLayout, MfmaLayout, WmmaLayout,
                   LinearLayout, SliceLayout, DotOperandLayout,
                   SwizzledSharedLayout, NvmmaSharedLayout, PaddedSharedLayout,
                   TensorMemoryLayout, TensorMemoryScalesLayout>;
  explicit Layout(View view)
      : view(std::make_shared<const View>(std::move(view))) {}
  friend class LayoutReader;

  std::shared_ptr<const View> view;
};

/// Which element of a tensor of `shape` each register of each lane of each warp
/// holds: blocked, nvidia_mma and linear layouts, slices of them, and operands
/// of matrix products of them. Nothing for other kinds, or where a size is no
/// power of two. Zero coordinates: several hold the same.
std::optional<LinearLayout> linearForm(const Layout &layout,
                                       llvm::ArrayRef<int64_t> shape);
/// Of a tensor's type, whose encoding it is.
std::optional<LinearLayout> linearForm(mlir::Type tensor);

/// How many different elements a thread holds.
int64_t elementsPerThread(const LinearLayout &layout);

/// How far an element has to go when a tensor changes its layout.
enum class Distance {
  Thread, ///< every thread has what it needs, in its registers
  Warp,   ///< some thread needs what another of its warp has
  CTA,    ///< some warp needs what another warp of the CTA has
  Cluster ///< some CTA needs what another of the cluster has
};

/// From where to where data moves between two layouts of one tensor. What it
/// says holds for any way to do it: a smaller distance is impossible.
Distance distance(const LinearLayout &from, const LinearLayout &to);

/// !ttg.memdesc: a buffer in shared or tensor memory.
struct MemDesc {
  LayoutList shape;
  mlir::Type elementType;
  std::optional<Layout> layout;
  /// "#ttg.shared_memory", "#ttng.tensor_memory"
  std::string memorySpace;
  bool isMutable = false;
  /// Where it is a part of a larger allocation; else empty.
  LayoutList allocShape;

  /// Nothing for another type, or one that says something unknown.
  static std::optional<MemDesc> of(mlir::Type type);

  bool isShared() const { return memorySpace == "#ttg.shared_memory"; }
};

/// Bytes of all elements of a tensor, memdesc, or scalar; nothing where an
/// element has no size of its own.
std::optional<int64_t> bytesOf(mlir::Type type);

} // namespace triton_ext

#endif // TRITON_EXT_LAYOUT_H
