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

/// The module printed generic without locations, from a context that knows no
/// dialect; nothing, with `message`, where it cannot be read.
static std::optional<std::string> bareForm(StringRef text, MLIRContext &context,
                                           std::string &message) {
  ScopedDiagnosticHandler quiet(&context, [&](Diagnostic &diagnostic) {
    if (message.empty())
      message = diagnostic.str();
    return success();
  });
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, config);
  if (!module)
    return std::nullopt;
  std::string form;
  raw_string_ostream os(form);
  module->print(os, OpPrintingFlags().printGenericOpForm().assumeVerified());
  return form;
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
                  shortened(lineA) + "`, the other `" + shortened(lineB) +
                  "`"};
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
  std::string message;
  std::optional<std::string> formA = bareForm(expandedA, context, message);
  std::optional<std::string> formB =
      formA ? bareForm(expandedB, context, message) : std::nullopt;
  if (!formB)
    return Difference{"", "cannot be compared: " + message};
  if (*formA == *formB)
    return std::nullopt;
  return firstDifference(*formA, *formB);
}

} // namespace triton_ext
