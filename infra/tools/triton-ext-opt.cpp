//===- triton-ext-opt.cpp - Passes over module files, and the worker ------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// MLIR's opt driver with the catalogue's passes and the dialects that Triton
// modules are made of; operations of other dialects pass through in generic
// form. A file .ll or .llir is LLVM IR, for passes of the stage llir:
//
//   triton-ext-opt kernel.llir --pass-pipeline='builtin.module(fence-report)'
//
// With --serve it is the worker of libTritonExtPassInfra. --catalogue
// prints the catalogue as JSON; with --library=FILE that of another library.
//
//===----------------------------------------------------------------------===//

#include "infra/exchange/Context.h"
#include "infra/exchange/Crossing.h"
#include "infra/exchange/Libraries.h"
#include "infra/exchange/LoadedLibrary.h"
#include "infra/exchange/Service.h"
#include "infra/registry/Catalogue.h"
#include "infra/support/Version.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/ToolOutputFile.h"
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
  auto passes = make_filter_range(
      catalogue(), [](const Extension &each) { return each.create; });
  size_t width = 0;
  for (const Extension &pass : passes)
    width = std::max(width, pass.name.size());
  for (const Extension &pass : passes)
    outs() << left_justify(pass.name, width) << "  "
           << left_justify(pass.stage, 5) << "  "
           << left_justify(pass.status, 12) << "  " << pass.summary << "\n";
  return 0;
}

/// The arguments with the spellings that people know from LLVM's opt in MLIR's.
static std::vector<std::string> translated(int argc, char **argv) {
  // Opaque dialects are the rule here.
  std::vector<std::string> arguments{argv[0], "--allow-unregistered-dialect"};
  for (StringRef argument : ArrayRef(argv + 1, argc - 1)) {
    StringRef text = argument;
    text.consume_front("-");
    text.consume_front("-");
    if (text.consume_front("opt-bisect-limit=")) {
      arguments.push_back(("--mlir-debug-counter=pass-execution-skip=0,"
                           "pass-execution-count=" +
                           text)
                              .str());
    } else if (text == "print-changed") {
      arguments.push_back("--mlir-print-ir-after-all");
      arguments.push_back("--mlir-print-ir-after-change");
    } else if (text == "print-before-all" || text == "print-after-all") {
      arguments.push_back(("--mlir-print-ir-" + text.substr(6)).str());
    } else {
      arguments.push_back(argument.str());
    }
  }
  return arguments;
}

/// The value of `--name=value` among the arguments, empty if it is not there.
static StringRef valueOf(StringRef name, ArrayRef<char *> arguments) {
  for (StringRef argument : arguments)
    if (argument.consume_front("-") && (argument.consume_front("-"), true) &&
        argument.consume_front(name) && argument.consume_front("="))
      return argument;
  return "";
}

/// `--serve [--build=HASH] [--library=FILE]`: the passes in here where they are
/// of that build, else those of the library.
static int serveAsWorker(ArrayRef<char *> arguments) {
  auto options = worker::serveOptionsFromEnvironment();
  if (!options) {
    errs() << "--serve: this is how libTritonExtPassInfra starts its worker; "
              "it needs the socket that the library hands over\n";
    return 2;
  }
  std::string file = valueOf("library", arguments).str();
  if (file.empty() || valueOf("build", arguments) == buildHash())
    return serveFromEnvironment();
  LibraryError error;
  std::optional<LoadedLibrary> library = LoadedLibrary::load(file, error);
  return library ? library->serve()
                 : worker::refuse(*options, error.code, error.message);
}

/// `--catalogue [--library=FILE]`: the JSON of these passes, or of a library's.
static int printCatalogue(ArrayRef<char *> arguments) {
  std::string file = valueOf("library", arguments).str();
  if (file.empty()) {
    outs() << catalogueText() << "\n";
    return 0;
  }
  LibraryError error;
  std::optional<LoadedLibrary> library = LoadedLibrary::load(file, error);
  if (!library) {
    errs() << error.message << "\n";
    return 1;
  }
  outs() << library->catalogue().output << "\n";
  return 0;
}

/// The file of LLVM IR among the arguments, empty if there is none.
static StringRef llvmFile(ArrayRef<char *> arguments) {
  for (StringRef argument : arguments)
    if (!argument.starts_with("-") &&
        (argument.ends_with(".ll") || argument.ends_with(".llir")))
      return argument;
  return "";
}

/// What passes say, as MLIR's driver prints it.
static void printRemarks(const json::Object &report) {
  for (const json::Value &pass : *report.getArray("passes"))
    for (const json::Value &each : *pass.getAsObject()->getArray("remarks")) {
      const json::Object &remark = *each.getAsObject();
      StringRef kind = *remark.getString("kind");
      errs() << *remark.getString("file") << ":" << *remark.getInteger("line")
             << ": remark: ["
             << (kind == "fired"   ? "Passed"
                 : kind == "noted" ? "Analysis"
                                   : "Missed")
             << "] " << *remark.getString("id")
             << " | Category:" << *pass.getAsObject()->getString("name")
             << " | Remark=\"" << *remark.getString("text") << "\"\n";
    }
}

/// Runs passes over a file of LLVM IR, and prints what came of it.
static int runOverLLVM(StringRef file, ArrayRef<char *> arguments) {
  std::string error;
  std::unique_ptr<MemoryBuffer> text = mlir::openInputFile(file, &error);
  if (!text) {
    errs() << error << "\n";
    return 1;
  }
  StringRef pipeline = valueOf("pass-pipeline", arguments);
  if (pipeline.consume_front("builtin.module("))
    pipeline.consume_back(")");
  CrossingRequest request;
  request.pipeline = pipeline.str();
  request.stage = "llir";
  CrossingResult result = cross(text->getBuffer(), request, [](StringRef) {});
  printRemarks(result.report);
  if (const json::Object *why = result.report.getObject("error")) {
    errs() << file << ": error: " << *why->getString("message") << "\n";
    return 1;
  }
  outs() << (result.output.empty() ? text->getBuffer()
                                   : StringRef(result.output));
  return 0;
}

/// Whether a text has operations of the GPU dialects in their own syntax.
static bool hasForeignSyntax(StringRef text) {
  static const Regex operation(
      "(^|= )[ ]*(amdg|amdgpu|gpu|llvm|nvvm|nvws|rocdl|ttg|ttng)\\.[a-z]",
      Regex::Newline);
  return operation.match(text);
}

static mlir::LogicalResult runOverFile(StringRef input, StringRef output,
                                       mlir::DialectRegistry &dialects) {
  std::string error;
  std::unique_ptr<MemoryBuffer> file = mlir::openInputFile(input, &error);
  std::unique_ptr<ToolOutputFile> out =
      file ? mlir::openOutputFile(output, &error) : nullptr;
  if (!out) {
    errs() << error << "\n";
    return failure();
  }
  bool foreign = hasForeignSyntax(file->getBuffer());
  mlir::LogicalResult done =
      mlir::MlirOptMain(out->os(), std::move(file), dialects,
                        mlir::MlirOptMainConfig::createFromCLOptions());
  if (succeeded(done))
    out->keep();
  else if (foreign)
    errs() << "note: the GPU dialects' own syntax is read by the Triton that "
              "wrote it; `python -m triton_ext.generic FILE` prints the file "
              "in the form that is read here\n";
  return done;
}

int main(int argc, char **argv) {
  ArrayRef<char *> given(argv + 1, argc - 1);
  for (StringRef argument : given) {
    if (argument == "--serve")
      return serveAsWorker(given);
    if (argument == "--catalogue" || argument == "-catalogue")
      return printCatalogue(given);
    if (argument == "--list-passes" || argument == "-list-passes")
      return listPasses();
  }
  if (StringRef file = llvmFile(given); !file.empty())
    return runOverLLVM(file, given);
  InitLLVM init(argc, argv);
  cl::SetVersionPrinter([](raw_ostream &os) {
    os << toolName() << " " << versionText() << " (build " << buildHash()
       << ")\n";
  });
  mlir::DialectRegistry dialects;
  registerDialects(dialects);
  registerPasses();
  std::vector<std::string> arguments = translated(argc, argv);
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  auto [input, output] = mlir::registerAndParseCLIOptions(
      pointers.size(), pointers.data(),
      "Runs triton-ext passes over Triton modules\n", dialects);
  return mlir::asMainReturnCode(runOverFile(input, output, dialects));
}
