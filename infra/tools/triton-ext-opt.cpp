//===- triton-ext-opt.cpp - Passes over module files, and the worker ------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// MLIR's opt driver with the catalogue's passes and the dialects that Triton
// modules are made of; operations of other dialects pass through in generic
// form. With --serve it is the worker of libTritonExtPassInfra.
//
//===----------------------------------------------------------------------===//

#include "infra/exchange/Context.h"
#include "infra/exchange/Service.h"
#include "infra/registry/Catalogue.h"
#include "infra/support/Version.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace triton_ext;

/// Registers the catalogue's passes and those of MLIR's that help to debug one.
static void registerPasses() {
  for (const Extension &extension : catalogue())
    if (extension.create)
      mlir::registerPass(extension.create);
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerLoopInvariantCodeMotionPass();
  mlir::registerPrintIRPass();
  mlir::registerPrintOpStatsPass();
  mlir::registerSCCPPass();
  mlir::registerStripDebugInfoPass();
  mlir::registerSymbolDCEPass();
}

/// One line a pass, from the compiled table.
static int listPasses() {
  size_t width = 0;
  for (const Extension &extension : catalogue())
    width = std::max(width, extension.name.size());
  for (const Extension &extension : catalogue())
    outs() << left_justify(extension.name, width) << "  "
           << left_justify(extension.stage, 5) << "  "
           << left_justify(extension.status, 12) << "  " << extension.summary
           << "\n";
  return 0;
}

/// Spellings that people know from LLVM's opt, in MLIR's.
static std::vector<std::string> translated(int argc, char **argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  for (std::string &argument : arguments) {
    StringRef text = argument;
    text.consume_front("-");
    text.consume_front("-");
    if (text.consume_front("opt-bisect-limit="))
      argument = "--mlir-debug-counter=pass-execution-skip=0,"
                 "pass-execution-count=" + text.str();
    else if (text == "print-changed")
      argument = "--mlir-print-ir-after-change";
    else if (text == "print-before-all")
      argument = "--mlir-print-ir-before-all";
    else if (text == "print-after-all")
      argument = "--mlir-print-ir-after-all";
  }
  // Opaque dialects are the rule here.
  arguments.insert(arguments.begin() + 1, "--allow-unregistered-dialect");
  return arguments;
}

static int serveAsWorker() {
  auto options = worker::serveOptionsFromEnvironment();
  if (!options) {
    errs() << "--serve: this is how libTritonExtPassInfra starts its worker; "
              "it needs the socket that the library hands over\n";
    return 2;
  }
  options->build = buildHash();
  return serveWorker(*options);
}

int main(int argc, char **argv) {
  for (StringRef argument : ArrayRef(argv + 1, argc - 1)) {
    if (argument == "--serve")
      return serveAsWorker();
    if (argument == "--list-passes" || argument == "-list-passes")
      return listPasses();
  }
  InitLLVM init(argc, argv);
  cl::SetVersionPrinter([](raw_ostream &os) {
    os << "triton-ext-opt " << versionText() << " (build " << buildHash()
       << ")\n";
  });
  mlir::DialectRegistry dialects;
  registerDialects(dialects);
  registerPasses();
  std::vector<std::string> arguments = translated(argc, argv);
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(pointers.size(), pointers.data(),
                        "Runs triton-ext passes over Triton modules\n",
                        dialects));
}
