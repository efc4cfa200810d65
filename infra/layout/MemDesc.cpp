//===- MemDesc.cpp - Buffers in shared and tensor memory --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "dialects/Triton/Triton.h"
#include "mlir/AsmParser/AsmParser.h"
#include "triton_ext/Layout.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace triton_ext {

/// The parts of a list, at commas outside of brackets.
static SmallVector<StringRef> parts(StringRef text) {
  SmallVector<StringRef> found;
  int depth = 0;
  size_t start = 0;
  for (auto [at, c] : enumerate(text)) {
    depth += StringRef("<[({").contains(c);
    depth -= StringRef(">])}").contains(c);
    if (c != ',' || depth)
      continue;
    found.push_back(text.slice(start, at).trim());
    start = at + 1;
  }
  found.push_back(text.drop_front(start).trim());
  return found;
}

/// "3x128x" off the front of a text.
static LayoutList takeShape(StringRef &text) {
  LayoutList shape;
  for (;;) {
    StringRef rest = text;
    int64_t size;
    if (rest.consumeInteger(10, size) ||
        !(rest.empty() || rest.consume_front("x")))
      return shape;
    shape.push_back(size);
    text = rest;
  }
}

/// The last parts: mutable, and the shape of the whole allocation.
static bool readRest(ArrayRef<StringRef> rest, MemDesc &into) {
  if (!rest.empty() && rest.front() == "mutable") {
    into.isMutable = true;
    rest = rest.drop_front();
  }
  if (rest.empty())
    return true;
  StringRef shape = rest.front();
  into.allocShape = takeShape(shape);
  return shape.empty() && rest.size() == 1;
}

std::optional<MemDesc> MemDesc::of(Type type) {
  auto opaque = dyn_cast_or_null<OpaqueType>(type);
  if (!opaque || opaque.getDialectNamespace() != "ttg")
    return std::nullopt;
  StringRef data = opaque.getTypeData();
  if (!data.consume_front("memdesc<") || !data.consume_back(">"))
    return std::nullopt;
  SmallVector<StringRef> all = parts(data);
  if (all.size() < 3)
    return std::nullopt;
  MemDesc found;
  StringRef element = all[0];
  found.shape = takeShape(element);
  {
    // What is no type here is one of a later Triton, and no error.
    ScopedDiagnosticHandler quiet(type.getContext(),
                                  [](Diagnostic &) { return success(); });
    found.elementType = parseType(element, type.getContext());
  }
  found.layout = Layout::parse(all[1]);
  found.memorySpace = all[2].str();
  if (!found.elementType || !readRest(ArrayRef(all).drop_front(3), found))
    return std::nullopt;
  return found;
}

/// Bytes of one element, as in memory: an i1 has a byte of its own.
static std::optional<int64_t> elementBytes(Type type) {
  if (type.isIntOrFloat())
    return divideCeil(type.getIntOrFloatBitWidth(), 8);
  if (isa<triton::PointerType>(type))
    return 8;
  return std::nullopt;
}

std::optional<int64_t> bytesOf(Type type) {
  ArrayRef<int64_t> shape;
  std::optional<MemDesc> buffer = MemDesc::of(type);
  if (buffer) {
    shape = buffer->shape;
    type = buffer->elementType;
  } else if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    shape = tensor.getShape();
    type = tensor.getElementType();
  }
  std::optional<int64_t> bytes = elementBytes(type);
  for (int64_t size : shape) {
    if (!bytes || size < 0 || MulOverflow(*bytes, size, *bytes))
      return std::nullopt;
  }
  return bytes;
}

} // namespace triton_ext
