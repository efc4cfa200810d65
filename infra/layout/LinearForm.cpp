//===- LinearForm.cpp - Who holds which element -----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Every layout of registers is a linear map over bits: the element that a
// register of a lane of a warp holds lies at the xor of what the bits of the
// three indices say. Here a layout's parameters become those bits, and spans of
// them answer where data has to go when a tensor changes its layout.
//
// A layout is built as Triton defines it: a tile, a factor at a time, repeated
// over the tensor in registers where the tensor is larger, and folded where it
// is smaller.
//
//===----------------------------------------------------------------------===//

#include "triton_ext/Layout.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

namespace {
/// A tile that grows by a factor at a time.
class Tile {
public:
  explicit Tile(unsigned rank) : sizes(rank, 1) {}

  /// `count` more along `dim`, told apart by the next bits of `index`.
  void spread(LayoutBases &index, unsigned dim, int64_t count) {
    if (dim >= sizes.size() || count < 1 || !isPowerOf2_64(count)) {
      valid = false;
      return;
    }
    for (; count > 1; count /= 2) {
      LayoutList &basis = index.emplace_back(sizes.size(), 0);
      basis[dim] = sizes[dim];
      sizes[dim] *= 2;
    }
  }
  /// The next bits of `index` make no difference.
  void repeat(LayoutBases &index, int64_t count) {
    valid &= count >= 1 && isPowerOf2_64(count);
    for (; valid && count > 1; count /= 2)
      index.emplace_back(sizes.size(), 0);
  }
  /// Factors in all dimensions, the first of `order` fastest.
  void spread(LayoutBases &index, ArrayRef<int64_t> counts,
              ArrayRef<int64_t> order) {
    if (!covers(counts, order))
      return;
    for (int64_t dim : order)
      spread(index, dim, counts[dim]);
  }
  /// The same, but along `broadcast` all hold the same.
  void spreadExcept(LayoutBases &index, ArrayRef<int64_t> counts,
                    ArrayRef<int64_t> order, int64_t broadcast) {
    if (!covers(counts, order))
      return;
    for (int64_t dim : order) {
      if (dim == broadcast)
        repeat(index, counts[dim]);
      else
        spread(index, dim, counts[dim]);
    }
  }

  std::optional<LinearLayout> over(ArrayRef<int64_t> shape,
                                   const LayoutBases &cga) &&;

  LinearLayout form;

private:
  bool covers(ArrayRef<int64_t> counts, ArrayRef<int64_t> order) {
    valid &= counts.size() == sizes.size() && order.size() == sizes.size() &&
             all_of(order, [&](int64_t dim) {
               return dim >= 0 && dim < int64_t(sizes.size());
             });
    return valid;
  }

  LayoutList sizes;
  bool valid = true;
};
} // namespace

/// Coordinates outside of the tensor fold onto its start.
static void fold(LayoutBases &index, ArrayRef<int64_t> shape) {
  for (LayoutList &basis : index)
    for (auto [coordinate, size] : zip_equal(basis, shape))
      if (coordinate >= size)
        coordinate = 0;
}

static bool arePowersOfTwo(ArrayRef<int64_t> sizes) {
  return all_of(sizes,
                [](int64_t size) { return size >= 1 && isPowerOf2_64(size); });
}

/// Of each dimension, how many parts the CTAs of a cluster make of it.
static LayoutList ctaSplit(const LayoutBases &cga, size_t rank) {
  LayoutList parts(rank, 1);
  for (const LayoutList &basis : cga)
    for (auto [part, coordinate] : zip_equal(parts, basis))
      part = std::max<int64_t>(part, PowerOf2Ceil(coordinate + 1));
  return parts;
}

std::optional<LinearLayout> Tile::over(ArrayRef<int64_t> shape,
                                       const LayoutBases &cga) && {
  size_t rank = shape.size();
  if (!valid || sizes.size() != rank || !arePowersOfTwo(shape) ||
      any_of(cga,
             [&](const LayoutList &basis) { return basis.size() != rank; }))
    return std::nullopt;
  LayoutList part = ctaSplit(cga, rank);
  for (auto [size, whole] : zip_equal(part, shape))
    size = std::max<int64_t>(1, whole / size);
  for (unsigned dim = rank; dim-- > 0;)
    if (sizes[dim] < part[dim])
      spread(form.registers, dim, part[dim] / sizes[dim]);
  for (LayoutBases *index : {&form.registers, &form.lanes, &form.warps})
    fold(*index, part);
  form.blocks = cga;
  for (LayoutList &basis : form.blocks)
    for (auto [coordinate, size] : zip_equal(basis, part))
      coordinate *= size;
  fold(form.blocks, shape);
  return std::move(form);
}

/// The last dimension fastest, or the one before it.
static LayoutList matrixOrder(unsigned rank, bool rowMajor) {
  LayoutList order;
  for (unsigned dim = rank; dim-- > 0;)
    order.push_back(dim);
  if (!rowMajor && rank > 1)
    std::swap(order[0], order[1]);
  return order;
}

//===----------------------------------------------------------------------===//
// The kinds
//===----------------------------------------------------------------------===//

static std::optional<LinearLayout> formOf(const BlockedLayout &layout,
                                          ArrayRef<int64_t> shape) {
  Tile tile(shape.size());
  tile.spread(tile.form.registers, layout.sizePerThread, layout.order);
  tile.spread(tile.form.lanes, layout.threadsPerWarp, layout.order);
  tile.spread(tile.form.warps, layout.warpsPerCTA, layout.order);
  return std::move(tile).over(shape, layout.cgaLayout);
}

/// A tile of `height` x `width` of mma, `together` elements of which lie side
/// by side in a thread: 8 rows of 4 lanes each, the rest in registers.
static bool addMmaTile(Tile &tile, unsigned inner, unsigned outer,
                       int64_t width, int64_t height, int64_t together) {
  if (together < 1 || width < 4 * together || height < 8)
    return false;
  tile.spread(tile.form.registers, inner, together);
  tile.spread(tile.form.lanes, inner, 4);
  tile.spread(tile.form.lanes, outer, 8);
  tile.spread(tile.form.registers, outer, height / 8);
  tile.spread(tile.form.registers, inner, width / (4 * together));
  return true;
}

static bool hasRegisterForm(const NvidiaMmaLayout &layout, unsigned rank) {
  return (layout.versionMajor == 2 || layout.versionMajor == 3) && rank >= 2 &&
         layout.warpsPerCTA.size() == rank;
}

static std::optional<LinearLayout> formOf(const NvidiaMmaLayout &layout,
                                          ArrayRef<int64_t> shape) {
  unsigned rank = shape.size();
  if (!hasRegisterForm(layout, rank))
    return std::nullopt;
  // wgmma says k, too; a batch dimension stands before m.
  bool isWgmma = layout.versionMajor == 3;
  ArrayRef<int64_t> instruction = layout.instrShape;
  if (instruction.size() != (isWgmma ? 3 : rank))
    return std::nullopt;
  instruction = isWgmma ? instruction.take_front(2) : instruction.take_back(2);
  Tile tile(rank);
  if (!addMmaTile(tile, rank - 1, rank - 2, instruction[1], instruction[0], 2))
    return std::nullopt;
  tile.spread(tile.form.warps, layout.warpsPerCTA, matrixOrder(rank, !isWgmma));
  return std::move(tile).over(shape, layout.cgaLayout);
}

/// The CTAs that share a product: along k, each has all of an operand.
static LayoutBases operandCga(LayoutBases cga, unsigned k) {
  for (LayoutList &basis : cga)
    if (k < basis.size())
      basis[k] = 0;
  return cga;
}

static std::optional<LinearLayout> operandOf(const NvidiaMmaLayout &parent,
                                             const DotOperandLayout &layout,
                                             ArrayRef<int64_t> shape) {
  unsigned rank = shape.size();
  if (!hasRegisterForm(parent, rank) || !layout.kWidth)
    return std::nullopt;
  int64_t kWidth = *layout.kWidth;
  bool isLeft = layout.opIdx == 0;
  unsigned k = isLeft ? rank - 1 : rank - 2;
  unsigned other = isLeft ? rank - 2 : rank - 1;
  Tile tile(rank);
  if (!addMmaTile(tile, k, other, 8 * kWidth, isLeft ? 16 : 8, kWidth))
    return std::nullopt;
  tile.spreadExcept(tile.form.warps, parent.warpsPerCTA,
                    matrixOrder(rank, parent.versionMajor != 3), k);
  return std::move(tile).over(shape, operandCga(parent.cgaLayout, k));
}

/// Of a product without matrix units: each thread has all of k.
static std::optional<LinearLayout> operandOf(const BlockedLayout &parent,
                                             const DotOperandLayout &layout,
                                             ArrayRef<int64_t> shape) {
  unsigned rank = shape.size();
  if (rank < 2 || parent.sizePerThread.size() != rank || layout.kWidth)
    return std::nullopt;
  int64_t k = layout.opIdx == 0 ? rank - 1 : rank - 2;
  LayoutList sizes = parent.sizePerThread;
  sizes[k] = shape[k];
  Tile tile(rank);
  tile.spread(tile.form.registers, sizes, parent.order);
  tile.spreadExcept(tile.form.lanes, parent.threadsPerWarp, parent.order, k);
  tile.spreadExcept(tile.form.warps, parent.warpsPerCTA, parent.order, k);
  return std::move(tile).over(shape, operandCga(parent.cgaLayout, k));
}

static std::optional<LinearLayout> formOf(const DotOperandLayout &layout,
                                          ArrayRef<int64_t> shape) {
  if (layout.opIdx != 0 && layout.opIdx != 1)
    return std::nullopt;
  if (const auto *mma = layout.parent->as<NvidiaMmaLayout>())
    return operandOf(*mma, layout, shape);
  if (const auto *blocked = layout.parent->as<BlockedLayout>())
    return operandOf(*blocked, layout, shape);
  return std::nullopt;
}

static std::optional<LinearLayout> formOf(const LinearLayout &layout,
                                          ArrayRef<int64_t> shape) {
  LinearLayout form = layout;
  LayoutList sizes(shape.size(), 1);
  for (LayoutBases *index :
       {&form.registers, &form.lanes, &form.warps, &form.blocks})
    for (const LayoutList &basis : *index) {
      if (basis.size() != shape.size())
        return std::nullopt;
      for (auto [size, coordinate] : zip_equal(sizes, basis))
        size = std::max<int64_t>(size, PowerOf2Ceil(coordinate + 1));
    }
  // A tensor of another size than the layout was made for repeats or folds it,
  // and with several CTAs there is more than one way.
  if (!arePowersOfTwo(shape) ||
      (!form.blocks.empty() && ArrayRef<int64_t>(sizes) != shape))
    return std::nullopt;
  for (unsigned dim = shape.size(); dim-- > 0;)
    for (; sizes[dim] < shape[dim]; sizes[dim] *= 2)
      form.registers.emplace_back(shape.size(), 0)[dim] = sizes[dim];
  for (LayoutBases *index : {&form.registers, &form.lanes, &form.warps})
    fold(*index, shape);
  return form;
}

static std::optional<LinearLayout> formOf(const SliceLayout &layout,
                                          ArrayRef<int64_t> shape) {
  if (layout.dim < 0 || layout.dim > int64_t(shape.size()))
    return std::nullopt;
  LayoutList whole(shape);
  whole.insert(whole.begin() + layout.dim, 1);
  std::optional<LinearLayout> form = linearForm(*layout.parent, whole);
  if (!form)
    return std::nullopt;
  for (LayoutBases *index :
       {&form->registers, &form->lanes, &form->warps, &form->blocks})
    for (LayoutList &basis : *index)
      basis.erase(basis.begin() + layout.dim);
  return form;
}

std::optional<LinearLayout> linearForm(const Layout &layout,
                                       ArrayRef<int64_t> shape) {
  if (const auto *blocked = layout.as<BlockedLayout>())
    return formOf(*blocked, shape);
  if (const auto *mma = layout.as<NvidiaMmaLayout>())
    return formOf(*mma, shape);
  if (const auto *linear = layout.as<LinearLayout>())
    return formOf(*linear, shape);
  if (const auto *slice = layout.as<SliceLayout>())
    return formOf(*slice, shape);
  if (const auto *operand = layout.as<DotOperandLayout>())
    return formOf(*operand, shape);
  return std::nullopt;
}

std::optional<LinearLayout> linearForm(Type tensor) {
  std::optional<Layout> layout = Layout::of(tensor);
  if (!layout)
    return std::nullopt;
  return linearForm(*layout, cast<RankedTensorType>(tensor).getShape());
}

//===----------------------------------------------------------------------===//
// Spans
//===----------------------------------------------------------------------===//

namespace {
/// What xors of some coordinates reach.
class Span {
public:
  void add(const LayoutBases &bases) {
    for (const LayoutList &basis : bases) {
      LayoutList rest = reduced(basis);
      if (any_of(rest, [](int64_t part) { return part; }))
        reach.push_back(std::move(rest));
    }
  }
  bool has(ArrayRef<int64_t> vector) const {
    return all_of(reduced(vector), [](int64_t part) { return part == 0; });
  }
  bool has(const LayoutBases &bases) const {
    return all_of(bases, [&](const LayoutList &basis) { return has(basis); });
  }
  unsigned dimension() const { return reach.size(); }

private:
  /// Dimension and bit that lead a vector.
  static std::pair<size_t, int64_t> lead(ArrayRef<int64_t> vector) {
    for (auto [dim, part] : enumerate(vector))
      if (part)
        return {dim, int64_t(bit_floor(uint64_t(part)))};
    return {0, 0};
  }
  LayoutList reduced(ArrayRef<int64_t> vector) const {
    LayoutList rest(vector);
    for (const LayoutList &known : reach) {
      auto [dim, bit] = lead(known);
      if (!(rest[dim] & bit))
        continue;
      for (auto [part, other] : zip_equal(rest, known))
        part ^= other;
    }
    return rest;
  }

  /// Each without the leading bits of those before it.
  SmallVector<LayoutList> reach;
};
} // namespace

int64_t elementsPerThread(const LinearLayout &layout) {
  Span span;
  span.add(layout.registers);
  return int64_t(1) << span.dimension();
}

/// Whether each bit of an index leads to the same place in both, up to `span`.
static bool agree(const LayoutBases &from, const LayoutBases &to,
                  const Span &span) {
  for (size_t bit = 0; bit < std::max(from.size(), to.size()); ++bit) {
    LayoutList apart = bit < to.size() ? to[bit] : from[bit];
    if (bit < from.size() && bit < to.size())
      for (auto [part, other] : zip_equal(apart, from[bit]))
        part ^= other;
    if (!span.has(apart))
      return false;
  }
  return true;
}

Distance distance(const LinearLayout &from, const LinearLayout &to) {
  Span span;
  span.add(from.registers);
  bool samePlace = span.has(to.registers);
  if (samePlace && agree(from.lanes, to.lanes, span) &&
      agree(from.warps, to.warps, span) && agree(from.blocks, to.blocks, span))
    return Distance::Thread;
  span.add(from.lanes);
  samePlace = span.has(to.registers) && span.has(to.lanes);
  if (samePlace && agree(from.warps, to.warps, span) &&
      agree(from.blocks, to.blocks, span))
    return Distance::Warp;
  span.add(from.warps);
  samePlace =
      span.has(to.registers) && span.has(to.lanes) && span.has(to.warps);
  if (samePlace && agree(from.blocks, to.blocks, span))
    return Distance::CTA;
  return Distance::Cluster;
}

} // namespace triton_ext
