//===- LibrariesTest.cpp - Several libraries in one process -----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// This program is a library without a name (planted-change and its like); it
// adds test/library, whose name is mine, and libraries that mean no good.
//
//===----------------------------------------------------------------------===//

#include "infra/exchange/Libraries.h"
#include "infra/exchange/Segments.h"
#include "infra/exchange/Service.h"
#include "infra/registry/CatalogueText.h"
#include "infra/support/Version.h"
#include "infra/worker/Client.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace triton_ext;

namespace {

/// A folder that is gone afterwards.
class ScratchFolder {
public:
  ScratchFolder() {
    EXPECT_FALSE(sys::fs::createUniqueDirectory("triton-ext-library", path));
  }
  ~ScratchFolder() { sys::fs::remove_directories(path); }

  std::string file(const Twine &name) const {
    SmallString<128> whole = path;
    sys::path::append(whole, name);
    return whole.str().str();
  }
  std::string written(const Twine &name, StringRef text) const {
    std::string whole = file(name);
    std::ofstream(whole, std::ios::binary).write(text.data(), text.size());
    return whole;
  }
  std::string copied(StringRef from, const Twine &name) const {
    std::string whole = file(name);
    EXPECT_FALSE(sys::fs::copy_file(from, whole));
    return whole;
  }

private:
  SmallString<128> path;
};

json::Object parsed(StringRef text) {
  Expected<json::Value> value = json::parse(text);
  EXPECT_TRUE(bool(value)) << text.str();
  return value ? std::move(*value->getAsObject()) : json::Object();
}

/// "code: message" of a refusal, "" after none.
std::string refusalOf(const std::string &path) {
  Answer answer = addLibrary(path);
  if (answer.status == CrossingStatus::Changed)
    return "";
  EXPECT_EQ(answer.output, "");
  json::Object report = parsed(answer.report);
  const json::Object *error = report.getObject("error");
  EXPECT_TRUE(error) << answer.report;
  return (*error->getString("code") + ": " + *error->getString("message"))
      .str();
}

/// A kernel that stores a float, as a stock wheel prints it for us.
std::string kernel(StringRef body = "\"tt.store\"(%p, %x) : (!tt.ptr<f32>, "
                                    "f32) -> ()\n") {
  return ("\"builtin.module\"() ({\n"
          "  \"tt.func\"() <{function_type = (!tt.ptr<f32>, f32) -> (), "
          "sym_name = \"k\", sym_visibility = \"triton_ext.crossing\"}> ({\n"
          "  ^bb0(%p: !tt.ptr<f32>, %x: f32):\n" +
          body +
          "    \"tt.return\"() : () -> ()\n"
          "  }) : () -> ()\n"
          "}) : () -> ()\n")
      .str();
}

struct Outcome {
  CrossingStatus status;
  std::string output;
  json::Object report;

  /// "name=status", one a pass, and the error's code and pass.
  std::string summary() const {
    std::string text;
    for (const json::Value &pass : *report.getArray("passes")) {
      const json::Object &record = *pass.getAsObject();
      text += (text.empty() ? "" : " ") + record.getString("name")->str() +
              "=" + record.getString("status")->str();
    }
    if (const json::Object *error = report.getObject("error"))
      text += ((text.empty() ? "[" : " [") + *error->getString("code") +
               " in " + *error->getString("pass") + "]")
                  .str();
    return text;
  }
  std::string message() const {
    const json::Object *error = report.getObject("error");
    return error ? error->getString("message")->str() : "";
  }
};

Outcome run(StringRef pipeline, json::Object more = {},
            const std::string &module = kernel()) {
  more["pipeline"] = pipeline;
  more.insert({"visibility", "public"});
  more["kernel"] = "k";
  std::string request;
  raw_string_ostream(request) << json::Value(std::move(more));
  Answer answer = serveRun(module, request);
  return {answer.status, answer.output, parsed(answer.report)};
}

bool isMapped(StringRef file) {
  auto maps = MemoryBuffer::getFileAsStream("/proc/self/maps");
  return (*maps)->getBuffer().contains(file);
}

worker::Client &ownWorker() { return worker::Client::forThisProcess(); }
worker::Client &workerOf(StringRef name) {
  const AddedLibrary *library = addedLibrary(name);
  return worker::Client::forThisProcess(
      worker::Served{library->path.str(), library->buildHash.str()});
}

class LibrariesTest : public testing::Test {
protected:
  LibrariesTest() { worker::Client::setProgram(PROGRAM); }
  ~LibrariesTest() override { worker::Client::stopAll(); }
};

/// With the library `mine` added.
class MineTest : public LibrariesTest {
protected:
  MineTest() { EXPECT_EQ(refusalOf(MINE), ""); }
};

//===----------------------------------------------------------------------===//
// Adding
//===----------------------------------------------------------------------===//

TEST_F(MineTest, IsThereOnce) {
  size_t count = addedLibraries().size();
  // Only its catalogue was asked for; whether its passes will run is not known.
  worker::Client &asked =
      worker::Client::forThisProcess(worker::Served{MINE, ""});
  EXPECT_EQ(asked.starts(), 1u);
  EXPECT_EQ(asked.pid(), 0);
  ScratchFolder folder;
  std::string link = folder.file("link.so");
  ASSERT_EQ(symlink(MINE, link.c_str()), 0);
  for (const std::string &path : {std::string(MINE), link}) {
    Answer again = addLibrary(path);
    EXPECT_EQ(again.status, CrossingStatus::Changed) << again.report;
    EXPECT_EQ(parsed(again.output).getString("library"), StringRef("mine"));
  }
  EXPECT_EQ(addedLibraries().size(), count);
  EXPECT_EQ(asked.starts(), 1u);
}

TEST_F(LibrariesTest, ThisOneIsThereAlready) {
  EXPECT_EQ(refusalOf(worker::Client::ownFile()), "");
  EXPECT_EQ(addedLibrary(""), nullptr);
}

TEST_F(LibrariesTest, FilesThatAreNoLibrary) {
  ScratchFolder folder;
  EXPECT_NE(refusalOf(folder.file("none.so")).find("no-file: there is no"),
            std::string::npos);
  EXPECT_NE(refusalOf(folder.file("")).find("no-file: "), std::string::npos);
  EXPECT_NE(refusalOf(folder.written("text.so", "hello"))
                .find("not-a-library: " + folder.file("text.so")),
            std::string::npos);
  EXPECT_EQ(refusalOf(NO_LIBRARY),
            "not-a-library: " NO_LIBRARY " is no triton-ext library: it has no "
            "function triton_ext_abi_version");
  EXPECT_EQ(refusalOf(OTHER_ABI),
            "other-abi: " OTHER_ABI " speaks ABI 99, expected ABI 1: build it "
            "with this release of triton-ext");
}

TEST_F(LibrariesTest, ALibraryWithoutAName) {
  std::string said = refusalOf(UNNAMED);
  EXPECT_NE(said.find("no-name: the library " UNNAMED " has no name"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find(worker::Client::ownFile()), std::string::npos) << said;
}

TEST_F(MineTest, ANameThatIsTaken) {
  ScratchFolder folder;
  std::string copy = folder.copied(MINE, "copy.so");
  std::string said = refusalOf(copy);
  EXPECT_NE(
      said.find("clash: two libraries are called 'mine': " MINE " and " + copy),
      std::string::npos)
      << said;
}

TEST_F(LibrariesTest, ALibraryThatCrashesWhenItIsLoaded) {
  ScratchFolder folder;
  std::string bad = folder.copied(HOSTILE, "bad.so");
  folder.written("bad.so.crash", "yes");
  std::string said = refusalOf(bad);
  EXPECT_NE(said.find("crash: the worker "), std::string::npos) << said;
  EXPECT_NE(said.find(bad), std::string::npos) << said;
  EXPECT_NE(said.find("signal 6"), std::string::npos) << said;
}

/// A library that says `json` of itself.
std::string hostile(const ScratchFolder &folder, StringRef json,
                    StringRef report = "") {
  folder.written("hostile.so.json", json);
  if (!report.empty())
    folder.written("hostile.so.report", report);
  return folder.copied(HOSTILE, "hostile.so");
}

std::string catalogueOf(StringRef library, StringRef summary,
                        StringRef build = "hostile") {
  return formatv(
             R"({{"version": "1", "build_hash": "{2}",
                 "libraries": [{{"library": "{0}"}],
                 "extensions": [{{"name": "{0}/change", "kind": "transform",
                   "scope": "generic", "stage": "ttir", "folder": "passes/Change",
                   "status": "experimental", "summary": "{1}"}]})",
             library, summary, build)
      .str();
}

TEST_F(LibrariesTest, TextThatIsNotToBeShown) {
  for (auto [json, expected] :
       {std::pair<std::string, StringRef>{catalogueOf("one", "\\u001b[2J"),
                                          "entry 'one/change', field 'summary'"
                                          ": found the control character"},
        {catalogueOf("one", "\\u202e"), "U+202E"},
        {catalogueOf("one", "\xff"), "no JSON"},
        {std::string(500000, '['), "nested more than"},
        {std::string(maxCatalogueText + 1, ' '), "bytes, expected at most"},
        {"", "no JSON"}}) {
    ScratchFolder folder;
    std::string said = refusalOf(hostile(folder, json));
    EXPECT_EQ(said.find("bad-text: the catalogue of "), 0u) << said;
    EXPECT_NE(said.find(expected), std::string::npos) << said;
  }
  EXPECT_EQ(addedLibrary("one"), nullptr);
}

TEST_F(LibrariesTest, ATextThatIsNotEvenTaken) {
  ScratchFolder folder;
  std::string said =
      refusalOf(hostile(folder, std::string(2 * maxCatalogueText + 1, ' ')));
  EXPECT_EQ(said.find("garbage: the catalogue of "), 0u) << said;
}

TEST_F(LibrariesTest, AnAnswerThatIsNone) {
  ScratchFolder folder;
  std::string library = hostile(folder, catalogueOf("garbled", "Change."));
  EXPECT_EQ(refusalOf(library), "");
  for (StringRef report :
       {"0\n{}", "nonsense", "9\n{}", "1\n[]", "1\n[[[[", "0\n\xff"}) {
    worker::Client::stopAll();
    folder.written("hostile.so.report", report);
    folder.written("hostile.so.json", "");
    Outcome outcome = run("planted-change,garbled/change");
    EXPECT_EQ(outcome.status, CrossingStatus::Failed) << report.str();
    EXPECT_EQ(outcome.summary(),
              "planted-change=fired [garbage in garbled/change]");
    EXPECT_EQ(outcome.output, "");
  }
}

TEST_F(LibrariesTest, ReportsOfOthersAreMadeFitToPrint) {
  ScratchFolder folder;
  std::string library = hostile(folder, catalogueOf("loud", "Change."));
  EXPECT_EQ(refusalOf(library), "");
  folder.written("hostile.so.report",
                 R"(3
{"passes": [{"name": "loud/change", "status": "failed", "\u009b": 1}],
 "us": {"total": 5},
 "error": {"code": "x", "pass": "", "message": "\u001b[2Jgone\u202e"}})");
  Outcome outcome = run("loud/change");
  EXPECT_EQ(outcome.message(), "loud/change: ?[2Jgone?");
  EXPECT_EQ(outcome.summary(), "loud/change=failed [x in loud/change]");
  std::string whole;
  raw_string_ostream(whole) << json::Value(std::move(outcome.report));
  EXPECT_EQ(whole.find("\\u00"), std::string::npos) << whole;
}

TEST_F(LibrariesTest, ABuildThatItsCatalogueWasNotReadFrom) {
  ScratchFolder folder;
  std::string library =
      hostile(folder, catalogueOf("rebuilt", "Change.", "another"));
  EXPECT_EQ(refusalOf(library), "");
  for (const char *mode : {"isolated", "inline"}) {
    Outcome outcome = run("rebuilt/change", json::Object{{"mode", mode}});
    EXPECT_EQ(outcome.status, CrossingStatus::Unavailable);
    EXPECT_EQ(outcome.summary(), "[no-worker in rebuilt/change]");
    EXPECT_NE(outcome.message().find("start the program again"),
              std::string::npos)
        << outcome.message();
  }
}

TEST_F(LibrariesTest, WithoutAWorkerNothingIsAdded) {
  worker::Client::setProgram("/nowhere/triton-ext-opt");
  ScratchFolder folder;
  std::string library = hostile(folder, catalogueOf("never", "Change."));
  Answer answer = addLibrary(library);
  EXPECT_EQ(answer.status, CrossingStatus::Unavailable);
  EXPECT_NE(answer.report.find("no-worker"), std::string::npos);
  EXPECT_EQ(addedLibrary("never"), nullptr);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

TEST_F(MineTest, NamesAreKeptApart) {
  const Extension *theirs = find("mine/loop-split");
  ASSERT_TRUE(theirs);
  EXPECT_TRUE(theirs->isPass());
  EXPECT_EQ(theirs->create, nullptr);
  EXPECT_EQ(theirs->library(), "mine");
  EXPECT_EQ(theirs->after, ArrayRef<StringRef>{"mine/fault"});
  EXPECT_EQ(find("mine/loop-split"), theirs);
  EXPECT_EQ(find("loop-split"), nullptr);
  EXPECT_EQ(findOwn("mine/loop-split"), nullptr);
  EXPECT_EQ(find("mine/planted-change"), nullptr);
  EXPECT_EQ(find("planted-change")->library(), "");
  EXPECT_EQ(nearest("loop-spilt").front(), "mine/loop-split");
  EXPECT_EQ(nearest("mien/loop-split").front(), "mine/loop-split");
}

TEST_F(MineTest, TheCatalogueSaysWhereEntriesAreFrom) {
  json::Object catalogue = parsed(catalogueText());
  std::vector<std::string> sources;
  for (const json::Value &each : *catalogue.getArray("extensions")) {
    const json::Object &entry = *each.getAsObject();
    if (entry.getString("library") == StringRef("mine"))
      sources.push_back((*entry.getString("name") + " from " +
                         sys::path::filename(*entry.getString("source")))
                            .str());
    if (entry.getString("name") == StringRef("planted-change")) {
      EXPECT_EQ(*entry.get("source"), json::Value(nullptr));
      EXPECT_EQ(entry.getString("library"), StringRef(""));
    }
  }
  EXPECT_EQ(sources, (std::vector<std::string>{
                         "mine/fault from libTritonExtMine.so",
                         "mine/loop-split from libTritonExtMine.so"}));
  const json::Array &libraries = *catalogue.getArray("libraries");
  const json::Object &own = *libraries[0].getAsObject();
  EXPECT_EQ(own.getString("build_hash"), StringRef(buildHash()));
  EXPECT_EQ(own.getString("path"), StringRef(worker::Client::ownFile()));
}

TEST_F(MineTest, PipelinesNameThem) {
  PipelineError error;
  auto pipeline = parsePipeline(
      " mine/loop-split{share=0.50 value=07} ,planted-change", error);
  ASSERT_TRUE(pipeline) << error.message();
  EXPECT_EQ(pipeline->canonical(), "mine/loop-split{value=7},planted-change");
  json::Value json = toJSON(*pipeline);
  const json::Array &libraries = *json.getAsObject()->getArray("libraries");
  ASSERT_EQ(libraries.size(), 2u);
  EXPECT_EQ(libraries[0].getAsObject()->getString("build_hash"),
            addedLibrary("mine")->buildHash);
  EXPECT_EQ(libraries[1].getAsObject()->getString("build_hash"),
            StringRef(buildHash()));

  EXPECT_FALSE(parsePipeline("mine/loop-split{sizes=1,10}", error));
  EXPECT_NE(error.sentence.find("sizes takes a list of integers from 1 to 9"),
            std::string::npos)
      << error.sentence;
  for (StringRef text : {"mine/", "/loop-split", "mine//loop-split",
                         "mine/loop-split/x", "mine", "MINE/loop-split"}) {
    EXPECT_FALSE(parsePipeline(text, error)) << text.str();
    EXPECT_EQ(error.code, "unknown-pass");
    EXPECT_EQ(error.column, 1u);
  }
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

TEST_F(MineTest, SegmentsAreOfOneLibraryAndOneStage) {
  PipelineError error;
  auto pipeline = parsePipeline(
      "planted-change,mine/loop-split,mine/fault,planted-fail", error);
  std::vector<std::string> texts;
  for (const Segment &segment : segmentsOf(pipeline->elements(), "ttir"))
    texts.push_back(segment.pipeline);
  EXPECT_EQ(texts, (std::vector<std::string>{"planted-change",
                                             "mine/loop-split,mine/fault",
                                             "planted-fail"}));
  EXPECT_TRUE(segmentsOf(pipeline->elements(), "ttgir").empty());
}

TEST_F(MineTest, OneAfterTheOther) {
  Outcome outcome =
      run("planted-change,mine/loop-split{value=3},planted-change{value=2}");
  ASSERT_EQ(outcome.status, CrossingStatus::Changed) << outcome.message();
  EXPECT_EQ(outcome.summary(), "planted-change=fired mine/loop-split=fired "
                               "planted-change=fired");
  StringRef output = outcome.output;
  EXPECT_TRUE(output.contains("tt.mine = 3 : i32")) << outcome.output;
  EXPECT_TRUE(output.contains("sym_visibility = \"public\""));
  EXPECT_EQ(output.count("\"arith.addf\""), 2u) << outcome.output;
  EXPECT_FALSE(output.contains("triton_ext."));
  EXPECT_EQ(outcome.report.getString("kernel"), StringRef("k"));
  EXPECT_EQ(outcome.report.getString("status"), StringRef("changed"));
  const json::Object &us = *outcome.report.getObject("us");
  int64_t ofPasses = 0;
  for (const json::Value &pass : *outcome.report.getArray("passes"))
    ofPasses += *pass.getAsObject()->getInteger("us");
  EXPECT_GE(us.getInteger("passes"), ofPasses);
  EXPECT_GT(us.getInteger("total"), us.getInteger("passes"));
  // Nothing of it came here.
  EXPECT_FALSE(isMapped("libTritonExtMine.so"));
}

TEST_F(MineTest, TheKernelChoosesTheRule) {
  StringRef rules =
      "j: planted-fail; k: planted-change,mine/loop-split{value=3}"
      "; mine/fault";
  Outcome outcome = run(rules);
  EXPECT_EQ(outcome.summary(), "planted-change=fired mine/loop-split=fired");
  EXPECT_NE(outcome.output.find("tt.mine = 3 : i32"), std::string::npos);
  // What is another kernel's may be of a library that this one needs not.
  EXPECT_EQ(run("j: mine/fault; planted-change").summary(),
            "planted-change=fired");
  Outcome none = run("j: mine/fault");
  EXPECT_EQ(none.status, CrossingStatus::Unchanged);
  EXPECT_EQ(none.summary(), "");
  EXPECT_EQ(run("mine/loop-split@before=ttir.x").summary(), "[placement in ]");
}

TEST_F(MineTest, TheVisibilityWaitsForTheFirstChange) {
  std::string empty = kernel("");
  Outcome outcome = run("planted-change,mine/loop-split", {}, empty);
  EXPECT_EQ(outcome.summary(), "planted-change=declined mine/loop-split=fired");
  EXPECT_TRUE(StringRef(outcome.output).contains("sym_visibility = \"public\""))
      << outcome.output;
}

TEST_F(MineTest, NothingChanged) {
  Outcome outcome = run("planted-change,mine/loop-split", {}, kernel(""));
  std::string marked = outcome.output;
  outcome = run("mine/loop-split,planted-change,mine/loop-split", {}, marked);
  EXPECT_EQ(outcome.status, CrossingStatus::Unchanged) << outcome.message();
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.report.getArray("passes")->size(), 3u);
}

TEST_F(MineTest, PassesOfAnotherStageNeedNoWorker) {
  uint64_t starts = workerOf("mine").starts();
  Outcome outcome = run("mine/loop-split", json::Object{{"stage", "ttgir"}});
  EXPECT_EQ(outcome.status, CrossingStatus::Unchanged);
  EXPECT_EQ(outcome.summary(), "");
  EXPECT_EQ(workerOf("mine").starts(), starts);
}

TEST_F(MineTest, ACrashIsThatLibrarysAlone) {
  run("planted-change");
  pid_t own = ownWorker().pid();
  ASSERT_NE(own, 0);
  Outcome outcome = run("planted-change,mine/loop-split,mine/fault");
  EXPECT_EQ(outcome.status, CrossingStatus::Failed);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.summary(), "planted-change=fired [crash in mine/fault]");
  EXPECT_EQ(outcome.message(),
            "mine/fault: crashed (signal 11, Segmentation fault)");
  EXPECT_EQ(workerOf("mine").pid(), 0);
  EXPECT_EQ(ownWorker().pid(), own);
  EXPECT_EQ(run("mine/loop-split").summary(), "mine/loop-split=fired");

  pid_t theirs = workerOf("mine").pid();
  outcome = run("mine/loop-split,planted-crash,mine/loop-split");
  EXPECT_EQ(outcome.summary(),
            "mine/loop-split=fired [crash in planted-crash]");
  EXPECT_EQ(workerOf("mine").pid(), theirs);
}

TEST_F(MineTest, LimitsAreForEachSegment) {
  Outcome outcome =
      run("mine/loop-split,planted-hang", json::Object{{"time_limit_ms", 500}});
  EXPECT_EQ(outcome.summary(),
            "mine/loop-split=fired [time-limit in planted-hang]");
}

TEST_F(MineTest, AMistakeInTheText) {
  Outcome outcome = run("mine/loop-spilt");
  EXPECT_EQ(outcome.status, CrossingStatus::BadRequest);
  EXPECT_EQ(outcome.summary(), "[pipeline in ]");
  EXPECT_NE(outcome.message().find("'mine/loop-split'"), std::string::npos);
}

TEST_F(MineTest, ALibraryThatIsGone) {
  ScratchFolder folder;
  std::string library = hostile(folder, catalogueOf("gone", "Change."));
  EXPECT_EQ(refusalOf(library), "");
  ASSERT_EQ(unlink(library.c_str()), 0);
  for (const char *mode : {"isolated", "inline"}) {
    Outcome outcome =
        run("planted-change,gone/change", json::Object{{"mode", mode}});
    EXPECT_EQ(outcome.status, CrossingStatus::Unavailable);
    EXPECT_EQ(outcome.summary(),
              "planted-change=fired [no-worker in gone/change]");
  }
}

//===----------------------------------------------------------------------===//
// Threads and processes
//===----------------------------------------------------------------------===//

TEST_F(MineTest, ThreadsAddAndRun) {
  ScratchFolder folder;
  std::string library = hostile(folder, catalogueOf("threads", "Change."));
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      bool added = refusalOf(library).empty();
      std::string value = std::to_string(i);
      Outcome outcome = run("planted-change,mine/loop-split{value=" + value +
                            "},planted-change");
      StringRef mark = outcome.output;
      good += added && mark.contains("tt.mine = " + value + " : i32");
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(llvm::count_if(addedLibraries(),
                           [](auto *each) { return each->name == "threads"; }),
            1);
}

TEST_F(MineTest, AForkedChildHasWorkersOfItsOwn) {
  run("planted-change,mine/loop-split");
  pid_t own = ownWorker().pid(), theirs = workerOf("mine").pid();
  pid_t child = fork();
  if (child == 0) {
    ScratchFolder folder;
    bool good = refusalOf(MINE).empty() &&
                refusalOf(hostile(folder, catalogueOf("late", "x."))).empty() &&
                run("mine/loop-split,planted-change").summary() ==
                    "mine/loop-split=fired planted-change=fired" &&
                ownWorker().pid() != own && workerOf("mine").pid() != theirs;
    worker::Client::stopAll();
    _exit(good ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ownWorker().pid(), own);
  EXPECT_EQ(workerOf("mine").pid(), theirs);
  EXPECT_EQ(addedLibrary("late"), nullptr);
}

TEST_F(MineTest, StopEndsAllWorkers) {
  run("planted-change,mine/loop-split");
  EXPECT_NE(workerOf("mine").pid(), 0);
  worker::Client::stopAll();
  EXPECT_EQ(ownWorker().pid(), 0);
  EXPECT_EQ(workerOf("mine").pid(), 0);
}

// Last, for a library once loaded stays.
TEST_F(MineTest, InlineLoadsTheLibraryHere) {
  EXPECT_FALSE(isMapped("libTritonExtMine.so"));
  Outcome outcome =
      run("planted-change,mine/loop-split{value=4},planted-change",
          json::Object{{"mode", "inline"}});
  EXPECT_EQ(outcome.summary(), "planted-change=fired mine/loop-split=fired "
                               "planted-change=fired");
  EXPECT_TRUE(StringRef(outcome.output).contains("tt.mine = 4 : i32"));
  EXPECT_TRUE(isMapped("libTritonExtMine.so"));
  EXPECT_EQ(ownWorker().pid(), 0);
}

} // namespace
