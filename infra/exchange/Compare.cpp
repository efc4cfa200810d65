//===- Compare.cpp - Whether two module texts say the same ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/Compare.h"
#include "infra/exchange/ModuleText.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir;

namespace triton_ext {

/// Stands for `builtin` in the names of operations: the one dialect that every
/// context knows, so that its operations too would drop what they do not know.
static constexpr StringLiteral unknownBuiltin = "\"builtin_.";
static constexpr StringLiteral knownBuiltin = "\"builtin.";

static std::string replaced(StringRef text, StringRef from, StringRef to) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at; (at = text.find(from)) != StringRef::npos;
       text = text.drop_front(at + from.size())) {
    out += text.take_front(at);
    out += to;
  }
  out += text;
  return out;
}

/// The module printed generic without locations, from a context that knows no
/// operation; nothing, with `why`, where it cannot be read.
static std::optional<std::string> bareForm(StringRef text, MLIRContext &context,
                                           Difference &why) {
  ScopedDiagnosticHandler quiet(&context, [&](Diagnostic &diagnostic) {
    if (!why.message.empty())
      return success();
    why.message = "cannot be compared: " + diagnostic.str();
    if (auto at = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
      why.operation = operationAtLine(text, at.getLine()).str();
    return success();
  });
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  std::string bare = replaced(text, knownBuiltin, unknownBuiltin);
  // The parser puts the text's operation into a module of its own.
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(bare, config);
  if (!module)
    return std::nullopt;
  std::string form;
  raw_string_ostream os(form);
  module->print(os, OpPrintingFlags().printGenericOpForm().assumeVerified());
  return replaced(form, unknownBuiltin, knownBuiltin);
}

static std::string shortened(StringRef line) {
  constexpr size_t most = 400;
  line = line.trim();
  return line.size() <= most ? line.str() : line.take_front(most).str() + "…";
}

/// The first line in which the two forms differ.
static Difference firstDifference(StringRef a, StringRef b) {
  StringRef restA = a, restB = b;
  unsigned line = 0;
  while (true) {
    auto [lineA, afterA] = restA.split('\n');
    auto [lineB, afterB] = restB.split('\n');
    ++line;
    if (lineA != lineB || afterA.empty() != afterB.empty()) {
      StringRef operation = operationAtLine(lineA.empty() ? b : a, line);
      return {operation.str(),
              "'" + operation.str() + "' differs: one side has `" +
                  shortened(lineA) + "`, the other `" + shortened(lineB) + "`"};
    }
    restA = afterA;
    restB = afterB;
  }
}

std::optional<Difference> difference(StringRef a, StringRef b) {
  if (a == b)
    return std::nullopt;
  std::string expandedA = expandAliases(a), expandedB = expandAliases(b);
  if (expandedA == expandedB)
    return std::nullopt;

  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.allowUnregisteredDialects();
  Difference unreadable;
  std::optional<std::string> formA = bareForm(expandedA, context, unreadable);
  std::optional<std::string> formB =
      formA ? bareForm(expandedB, context, unreadable) : std::nullopt;
  if (!formB)
    return unreadable;
  if (*formA == *formB)
    return std::nullopt;
  return firstDifference(*formA, *formB);
}

} // namespace triton_ext
