//===- Layout.cpp - A layout's text, read and printed -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Each kind says its parameters once, in Triton's order, to a reader or to a
// writer. The reader goes through the text from left to right and takes nothing
// that was not said: a parameter of a later Triton makes the layout unknown.
//
//===----------------------------------------------------------------------===//

#include "triton_ext/Layout.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// What each kind consists of
//===----------------------------------------------------------------------===//

template <typename Fields>
static void fields(BlockedLayout &layout, Fields &each) {
  each.list("sizePerThread", layout.sizePerThread);
  each.list("threadsPerWarp", layout.threadsPerWarp);
  each.list("warpsPerCTA", layout.warpsPerCTA);
  each.list("order", layout.order);
  each.maybe("CGALayout", layout.cgaLayout);
}

template <typename Fields>
static void fields(NvidiaMmaLayout &layout, Fields &each) {
  each.number("versionMajor", layout.versionMajor);
  each.number("versionMinor", layout.versionMinor);
  each.list("warpsPerCTA", layout.warpsPerCTA);
  each.maybe("CGALayout", layout.cgaLayout);
  each.list("instrShape", layout.instrShape);
}

template <typename Fields>
static void fields(MfmaLayout &layout, Fields &each) {
  each.number("version", layout.version);
  each.list("warpsPerCTA", layout.warpsPerCTA);
  each.maybe("CGALayout", layout.cgaLayout);
  each.list("instrShape", layout.instrShape);
  each.flag("isTransposed", layout.isTransposed);
  each.maybe("tilesPerWarp", layout.tilesPerWarp);
  each.maybe("elementBitWidth", layout.elementBitWidth);
}

template <typename Fields>
static void fields(WmmaLayout &layout, Fields &each) {
  each.number("version", layout.version);
  each.flag("isTranspose", layout.isTranspose);
  each.maybe("warpsPerCTA", layout.warpsPerCTA);
  if (layout.warpsPerCTA.empty()) {
    each.open("ctaLayout");
    each.maybe("register", layout.registers);
    each.maybe("warp", layout.warps);
    each.close();
  }
  each.maybe("CGALayout", layout.cgaLayout);
  each.maybe("instrShape", layout.instrShape);
}

template <typename Fields>
static void fields(LinearLayout &layout, Fields &each) {
  each.bases("register", layout.registers);
  each.bases("lane", layout.lanes);
  each.bases("warp", layout.warps);
  each.bases("block", layout.blocks);
}

template <typename Fields>
static void fields(SliceLayout &layout, Fields &each) {
  each.number("dim", layout.dim);
  each.layout("parent", layout.parent);
}

template <typename Fields>
static void fields(DotOperandLayout &layout, Fields &each) {
  each.number("opIdx", layout.opIdx);
  each.layout("parent", layout.parent);
  each.maybe("kWidth", layout.kWidth);
}

template <typename Fields>
static void fields(SwizzledSharedLayout &layout, Fields &each) {
  each.number("vec", layout.vec);
  each.number("perPhase", layout.perPhase);
  each.number("maxPhase", layout.maxPhase);
  each.list("order", layout.order);
  each.maybe("CGALayout", layout.cgaLayout);
}

template <typename Fields>
static void fields(NvmmaSharedLayout &layout, Fields &each) {
  each.number("swizzlingByteWidth", layout.swizzlingByteWidth);
  each.flag("transposed", layout.transposed);
  each.number("elementBitWidth", layout.elementBitWidth);
  each.maybe("fp4Padded", layout.fp4Padded);
  each.maybe("CGALayout", layout.cgaLayout);
}

template <typename Fields>
static void fields(PaddedSharedLayout &layout, Fields &each) {
  each.maybe("offset", layout.offsets);
  each.maybe("block", layout.blocks);
  if (layout.offsets || layout.blocks)
    return;
  each.list("order", layout.order);
  each.list("shape", layout.shape);
}

template <typename Fields>
static void fields(TensorMemoryLayout &layout, Fields &each) {
  each.number("blockM", layout.blockM);
  each.number("blockN", layout.blockN);
  each.number("colStride", layout.colStride);
  each.maybe("CGALayout", layout.cgaLayout);
}

template <typename Fields>
static void fields(TensorMemoryScalesLayout &, Fields &) {}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Takes a text apart from left to right; `ok` once says that it cannot.
class LayoutReader {
public:
  explicit LayoutReader(StringRef text) : rest(text) {}

  std::optional<Layout> layout();
  bool done() { return rest.trim().empty(); }

  void number(StringRef name, int64_t &into) { read(required(name), into); }
  void flag(StringRef name, bool &into) { read(required(name), into); }
  void list(StringRef name, LayoutList &into) { read(required(name), into); }
  void bases(StringRef name, LayoutBases &into) { read(required(name), into); }

  template <typename Value> void maybe(StringRef name, Value &into) {
    read(key(name), into);
  }
  template <typename Value>
  void maybe(StringRef name, std::optional<Value> &into) {
    if (key(name))
      read(true, into.emplace());
  }

  void layout(StringRef name, std::shared_ptr<const Layout> &into) {
    std::optional<Layout> parent;
    if (required(name))
      parent = layout();
    if (parent)
      into = std::make_shared<const Layout>(std::move(*parent));
    else
      ok = false;
  }

  void open(StringRef name) {
    if (required(name))
      expect("{");
    first = true;
  }
  void close() {
    expect("}");
    first = false;
  }

private:
  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  void expect(StringRef token) { ok = take(token) && ok; }

  /// Goes past `name =` if it comes next.
  bool key(StringRef name) {
    StringRef before = rest;
    if (ok && (first || take(",")) && take(name) && take("=")) {
      first = false;
      return true;
    }
    rest = before;
    return false;
  }
  bool required(StringRef name) {
    bool found = key(name);
    ok &= found;
    return found;
  }

  void read(bool there, int64_t &into) {
    rest = rest.ltrim();
    if (there && rest.consumeInteger(10, into))
      ok = false;
  }
  void read(bool there, bool &into) {
    if (!there)
      return;
    into = take("true");
    if (!into)
      expect("false");
  }
  /// A list in brackets, of numbers or of lists.
  template <typename List> void read(bool there, List &into) {
    if (!there)
      return;
    expect("[");
    if (take("]"))
      return;
    do
      read(ok, into.emplace_back());
    while (ok && take(","));
    expect("]");
  }

  template <typename View>
  std::optional<Layout> view(View view, StringRef begin = "<{",
                             StringRef end = "}>") {
    expect(begin);
    bool outer = first;
    first = true;
    if (ok)
      fields(view, *this);
    first = outer;
    expect(end);
    return ok ? std::optional<Layout>(Layout(std::move(view))) : std::nullopt;
  }
  std::optional<Layout> padded();

  StringRef rest;
  bool ok = true;
  bool first = true;
};

/// `<[128:+8, 512:+16] {...}>`
std::optional<Layout> LayoutReader::padded() {
  PaddedSharedLayout layout;
  expect("<");
  expect("[");
  do {
    auto &[interval, padding] = layout.paddings.emplace_back();
    read(ok, interval);
    expect(":");
    expect("+");
    read(ok, padding);
  } while (ok && take(","));
  expect("]");
  return view(std::move(layout), "{", "}>");
}

std::optional<Layout> LayoutReader::layout() {
  rest = rest.ltrim();
  StringRef name = rest.take_while(
      [](char c) { return isAlnum(c) || c == '_' || c == '.' || c == '#'; });
  rest = rest.drop_front(name.size());
  if (name == "#ttg.blocked")
    return view(BlockedLayout{});
  if (name == "#ttg.nvidia_mma")
    return view(NvidiaMmaLayout{});
  if (name == "#ttg.amd_mfma")
    return view(MfmaLayout{});
  if (name == "#ttg.amd_wmma")
    return view(WmmaLayout{});
  if (name == "#ttg.linear")
    return view(LinearLayout{});
  if (name == "#ttg.slice")
    return view(SliceLayout{});
  if (name == "#ttg.dot_op")
    return view(DotOperandLayout{});
  if (name == "#ttg.swizzled_shared" || name == "#ttg.amd_rotating_shared") {
    SwizzledSharedLayout layout{};
    layout.rotating = name == "#ttg.amd_rotating_shared";
    return view(std::move(layout));
  }
  if (name == "#ttg.nvmma_shared")
    return view(NvmmaSharedLayout{});
  if (name == "#ttg.padded_shared")
    return padded();
  if (name == "#ttng.tensor_memory_encoding")
    return view(TensorMemoryLayout{}, "<", ">");
  if (name == "#ttng.tensor_memory_scales_encoding")
    return view(TensorMemoryScalesLayout{}, "<", ">");
  return std::nullopt;
}

std::optional<Layout> Layout::parse(StringRef text) {
  LayoutReader reader(text);
  std::optional<Layout> layout = reader.layout();
  return layout && reader.done() ? layout : std::nullopt;
}

std::optional<Layout> Layout::of(Attribute attribute) {
  auto opaque = dyn_cast_or_null<OpaqueAttr>(attribute);
  if (!opaque)
    return std::nullopt;
  return parse(
      ("#" + opaque.getDialectNamespace() + "." + opaque.getAttrData()).str());
}

std::optional<Layout> Layout::of(Type tensor) {
  auto type = dyn_cast_or_null<RankedTensorType>(tensor);
  return type ? of(type.getEncoding()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

namespace {
class LayoutWriter {
public:
  explicit LayoutWriter(std::string &out) : out(out) {}

  template <typename Value> void number(StringRef name, const Value &value) {
    key(name);
    write(value);
  }
  template <typename Value> void flag(StringRef name, const Value &value) {
    number(name, value);
  }
  template <typename Value> void list(StringRef name, const Value &value) {
    number(name, value);
  }
  template <typename Value> void bases(StringRef name, const Value &value) {
    number(name, value);
  }
  template <typename Value> void maybe(StringRef name, const Value &value) {
    if (!value.empty())
      number(name, value);
  }
  template <typename Value>
  void maybe(StringRef name, const std::optional<Value> &value) {
    if (value)
      number(name, *value);
  }
  void layout(StringRef name, const std::shared_ptr<const Layout> &value) {
    key(name);
    out += value->text();
  }
  void open(StringRef name) {
    key(name);
    out += "{";
    first = true;
  }
  void close() {
    out += "}";
    first = false;
  }

private:
  void key(StringRef name) {
    if (!first)
      out += ", ";
    first = false;
    out += (name + " = ").str();
  }
  void write(int64_t value) { out += std::to_string(value); }
  void write(bool value) { out += value ? "true" : "false"; }
  template <typename List> void write(const List &list) {
    out += "[";
    for (const auto &[index, item] : enumerate(list)) {
      if (index)
        out += ", ";
      write(item);
    }
    out += "]";
  }

  std::string &out;
  bool first = true;
};
} // namespace

template <typename View>
static std::string printed(StringRef name, View view, StringRef begin = "<{",
                           StringRef end = "}>") {
  std::string out = (name + begin).str();
  LayoutWriter writer(out);
  fields(view, writer);
  return out + end.str();
}

static std::string text(const BlockedLayout &layout) {
  return printed("#ttg.blocked", layout);
}
static std::string text(const NvidiaMmaLayout &layout) {
  return printed("#ttg.nvidia_mma", layout);
}
static std::string text(const MfmaLayout &layout) {
  return printed("#ttg.amd_mfma", layout);
}
static std::string text(const WmmaLayout &layout) {
  return printed("#ttg.amd_wmma", layout);
}
static std::string text(const LinearLayout &layout) {
  return printed("#ttg.linear", layout);
}
static std::string text(const SliceLayout &layout) {
  return printed("#ttg.slice", layout);
}
static std::string text(const DotOperandLayout &layout) {
  return printed("#ttg.dot_op", layout);
}
static std::string text(const SwizzledSharedLayout &layout) {
  return printed(layout.rotating ? "#ttg.amd_rotating_shared"
                                 : "#ttg.swizzled_shared",
                 layout);
}
static std::string text(const NvmmaSharedLayout &layout) {
  return printed("#ttg.nvmma_shared", layout);
}
static std::string text(const PaddedSharedLayout &layout) {
  std::string paddings;
  for (auto &[interval, padding] : layout.paddings)
    paddings += (paddings.empty() ? "" : ", ") + std::to_string(interval) +
                ":+" + std::to_string(padding);
  return printed("#ttg.padded_shared", layout, "<[" + paddings + "] {");
}
static std::string text(const TensorMemoryLayout &layout) {
  return printed("#ttng.tensor_memory_encoding", layout, "<", ">");
}
static std::string text(const TensorMemoryScalesLayout &layout) {
  return printed("#ttng.tensor_memory_scales_encoding", layout, "<", ">");
}

std::string Layout::text() const {
  return std::visit([](const auto &kind) { return triton_ext::text(kind); },
                    *view);
}

//===----------------------------------------------------------------------===//
// In words
//===----------------------------------------------------------------------===//

std::string Layout::words() const {
  if (as<BlockedLayout>())
    return "blocked";
  if (const auto *mma = as<NvidiaMmaLayout>())
    return "mma v" + std::to_string(mma->versionMajor);
  if (as<MfmaLayout>())
    return "mfma";
  if (as<WmmaLayout>())
    return "wmma";
  if (as<LinearLayout>())
    return "linear";
  if (const auto *slice = as<SliceLayout>())
    return "slice of " + slice->parent->words();
  if (const auto *operand = as<DotOperandLayout>())
    return "operand " + std::to_string(operand->opIdx) + " of " +
           operand->parent->words();
  if (as<TensorMemoryLayout>() || as<TensorMemoryScalesLayout>())
    return "tensor memory";
  return "shared";
}

} // namespace triton_ext
