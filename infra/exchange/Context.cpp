//===- Context.cpp - Contexts that modules are read into --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Context.h"
#include "dialects/Triton/Triton.h"
#include "infra/registry/Catalogue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Builders.h"
#include <mutex>
#include <vector>

using namespace llvm;
using namespace mlir;

namespace triton_ext {

void registerDialects(DialectRegistry &registry) {
  registry
      .insert<arith::ArithDialect, cf::ControlFlowDialect, math::MathDialect,
              scf::SCFDialect, triton::TritonDialect, ub::UBDialect>();
  registerOwnDialects(registry);
}

namespace {
/// Contexts that nobody borrows, each with how often it was lent.
struct Shelf {
  struct Entry {
    std::unique_ptr<MLIRContext> context;
    unsigned loans;
  };
  std::mutex mutex;
  std::vector<Entry> entries;
};
} // namespace

/// Never destroyed: a library may be unloaded, or a process end, while another
/// thread still holds a lease.
static Shelf &shelf() {
  static Shelf *instance = new Shelf;
  return *instance;
}

static std::unique_ptr<MLIRContext> newContext() {
  DialectRegistry registry;
  registerDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  context->allowUnregisteredDialects();
  return context;
}

ContextLease borrowContext() {
  constexpr unsigned mostLoans = 256;
  Shelf::Entry entry{nullptr, 0};
  {
    std::lock_guard<std::mutex> lock(shelf().mutex);
    if (!shelf().entries.empty()) {
      entry = std::move(shelf().entries.back());
      shelf().entries.pop_back();
    }
  }
  if (!entry.context)
    entry.context = newContext();
  unsigned loans = entry.loans + 1;
  return ContextLease(entry.context.release(), [loans](MLIRContext *context) {
    std::unique_ptr<MLIRContext> owned(context);
    if (loans >= mostLoans)
      return;
    std::lock_guard<std::mutex> lock(shelf().mutex);
    shelf().entries.push_back({std::move(owned), loans});
  });
}

/// A list of nothing but words, else null.
static ArrayAttr wordsAttribute(Builder &builder, const json::Array &items) {
  SmallVector<StringRef> words;
  for (const json::Value &item : items) {
    std::optional<StringRef> word = item.getAsString();
    if (!word)
      return {};
    words.push_back(*word);
  }
  return builder.getStrArrayAttr(words);
}

DictionaryAttr requestAttribute(MLIRContext *context,
                                const json::Object &fields) {
  Builder builder(context);
  NamedAttrList attributes;
  for (const auto &[name, value] : fields) {
    StringRef key = name;
    if (auto boolean = value.getAsBoolean())
      attributes.set(key, builder.getBoolAttr(*boolean));
    else if (auto integer = value.getAsInteger())
      attributes.set(key, builder.getI64IntegerAttr(*integer));
    else if (auto number = value.getAsNumber())
      attributes.set(key, builder.getF64FloatAttr(*number));
    else if (auto word = value.getAsString())
      attributes.set(key, builder.getStringAttr(*word));
    else if (const json::Array *items = value.getAsArray())
      if (ArrayAttr words = wordsAttribute(builder, *items))
        attributes.set(key, words);
  }
  return attributes.getDictionary(context);
}

} // namespace triton_ext
