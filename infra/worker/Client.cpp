//===- Client.cpp - This process's workers --------------------------------===//
// SPDX-License-Identifier: MIT
//
// A forked child must not touch what it inherited: the locks may be held by
// threads that it does not have, and the worker is its parent's. It therefore
// gets a Client of its own, and the inherited one is left alone for good.

#include "infra/worker/Client.h"
#include "infra/worker/Frame.h"
#include "infra/worker/Process.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace triton_ext::worker;
using namespace std::chrono;
using namespace std::chrono_literals;

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

namespace {
/// A text that any thread, and any forked child, can read without a lock. The
/// few values that it ever had are kept.
class SharedText {
public:
  void set(llvm::StringRef text) {
    if (get() == text)
      return;
    auto *next = new Node{text.str(), current.load()};
    while (!current.compare_exchange_weak(next->previous, next))
      ;
  }
  std::string get() const {
    const Node *node = current;
    return node ? node->text : std::string();
  }

private:
  struct Node {
    std::string text;
    Node *previous;
  };
  std::atomic<Node *> current{nullptr};
};

SharedText chosenProgram, ownBuild, ownTool;
} // namespace

void Client::setProgram(llvm::StringRef program) { chosenProgram.set(program); }
void Client::setBuild(llvm::StringRef build) { ownBuild.set(build); }
void Client::setTool(llvm::StringRef tool) { ownTool.set(tool); }

static std::string findOwnFile() {
  Dl_info info = {};
  link_map *object = nullptr;
  if (!dladdr1(reinterpret_cast<void *>(&Client::ownFile), &info,
               reinterpret_cast<void **>(&object), RTLD_DL_LINKMAP))
    return "";
  // A program goes by the word that it was started with.
  bool isProgram = !object || !object->l_name || !*object->l_name;
  char *real = realpath(isProgram ? "/proc/self/exe" : object->l_name, nullptr);
  std::string file = real ? real : "";
  free(real);
  return file;
}

const std::string &Client::ownFile() {
  // Without a lock, which a forked child might find taken.
  static std::atomic<const std::string *> found{nullptr};
  const std::string *known = found;
  if (known)
    return *known;
  auto *fresh = new std::string(findOwnFile());
  if (found.compare_exchange_strong(known, fresh))
    return *fresh;
  delete fresh;
  return *known;
}

/// Absolute, for the worker starts in another folder.
static std::string absolutePath(const std::string &path) {
  if (llvm::sys::path::is_absolute(path))
    return path;
  char *real = realpath(path.c_str(), nullptr);
  std::string absolute = real ? real : path;
  free(real);
  return absolute;
}

/// The program that somebody asked for, empty for the default.
static std::string wishedProgram() {
  std::string program = chosenProgram.get();
  const char *variable = getenv("TRITON_EXT_WORKER");
  return program.empty() && variable ? variable : program;
}

/// The program to start; empty, and why, when there is none.
static std::string findProgram(const std::string &wish, std::string &why) {
  if (!wish.empty())
    return absolutePath(wish);
  std::string folder = llvm::sys::path::parent_path(Client::ownFile()).str();
  std::string tool = ownTool.get();
  for (const std::string &name : {tool, std::string("triton-ext-opt")})
    for (const char *place : {"/", "/../bin/"}) {
      std::string program = folder + place + name;
      if (!folder.empty() && !name.empty() &&
          access(program.c_str(), X_OK) == 0)
        return program;
    }
  why = "there is no worker program " +
        (tool.empty() ? "triton-ext-opt" : tool) + " in " +
        (folder.empty() ? "the library's folder" : folder) +
        " or in ../bin of it; TRITON_EXT_WORKER can name one";
  return "";
}

//===----------------------------------------------------------------------===//
// The worker's stderr
//===----------------------------------------------------------------------===//

namespace {
/// The last few kilobytes of what a worker wrote.
class LogTail {
public:
  void clear() { text.clear(); }

  /// Takes what is there. False once nothing will ever come again.
  bool drain(int fd) {
    char some[4096];
    while (true) {
      ssize_t count = read(fd, some, sizeof(some));
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return count < 0 && errno == EAGAIN;
      text.append(some, size_t(count));
      if (text.size() > 2 * Kept)
        text.erase(0, text.size() - Kept);
    }
  }

  /// Fit for reports: printable ASCII and line ends.
  std::string printable() const {
    llvm::StringRef tail = llvm::StringRef(text).take_back(Kept).trim();
    std::string clean;
    for (char c : tail)
      clean += llvm::isPrint(c) || c == '\n' ? c : c == '\t' ? ' ' : '?';
    return clean;
  }

  /// The line that says most about a bad end, empty if there is none.
  std::string mainLine() const {
    std::string clean = printable(), found;
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(clean).split(lines, '\n', -1, false);
    for (llvm::StringRef line : lines) {
      for (llvm::StringRef sign :
           {"Assertion", "LLVM ERROR", "terminate called", "UNREACHABLE",
            "ERROR: ", "runtime error"})
        if (line.contains(sign))
          return line.trim().take_front(MaxLine).str();
      found = line.trim().take_front(MaxLine).str();
    }
    return found;
  }

private:
  static constexpr size_t Kept = 8192, MaxLine = 300;
  std::string text;
};
} // namespace

//===----------------------------------------------------------------------===//
// Taking turns
//===----------------------------------------------------------------------===//

namespace {
/// First come, first served, which a mutex does not promise.
class Queue {
public:
  void enter() {
    std::unique_lock<std::mutex> lock(mutex);
    uint64_t ticket = next++;
    changed.wait(lock, [&] { return serving == ticket; });
  }
  void leave() {
    std::lock_guard<std::mutex> lock(mutex);
    ++serving;
    changed.notify_all();
  }

private:
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t next = 0, serving = 0;
};

class Turn {
public:
  explicit Turn(Queue &queue) : queue(queue) { queue.enter(); }
  ~Turn() { queue.leave(); }

private:
  Queue &queue;
};

/// Why there is no worker: a sentence, and what the worker refused itself with.
struct StartError {
  std::string why, refusal;
};

/// Remembers that starting failed, so that not every kernel pays for it.
class StartFailure {
public:
  /// Whether `program` is not to be tried now.
  bool stands(llvm::StringRef program) const {
    return wait > 0ms && program == this->program &&
           steady_clock::now() < retryAt;
  }
  const StartError &error() const { return last; }
  void record(llvm::StringRef program, StartError error) {
    wait = program == this->program
               ? std::clamp<milliseconds>(2 * wait, First, Longest)
               : First;
    this->program = program.str();
    last = std::move(error);
    retryAt = steady_clock::now() + wait;
  }
  void clear() { *this = StartFailure(); }

private:
  static constexpr milliseconds First{1000}, Longest{60000};
  std::string program;
  StartError last;
  milliseconds wait{0};
  steady_clock::time_point retryAt;
};
} // namespace

//===----------------------------------------------------------------------===//
// The worker as its client sees it
//===----------------------------------------------------------------------===//

struct Client::State {
  explicit State(Served served) : served(std::move(served)) {}

  bool ensureWorker(Limits limits, StartError &error);
  Reply request(llvm::StringRef header, llvm::StringRef body, Limits limits,
                bool &wasIdle);
  void stopWorker();

  const Served served; // no file: the library that this is linked into
  const pid_t owner = getpid();
  const uint64_t generation = forkGeneration();
  Queue queue;

  // All below only in one's turn.
  Process process;
  LogTail log;
  StartFailure failure;
  std::string wish, program; // asked for, and that runs
  uint64_t lastRequest = 0;

  // For anybody.
  std::atomic<pid_t> runningPid{0};
  std::atomic<unsigned> protections{0};
  std::atomic<uint64_t> starts{0};

private:
  enum class Wait { Frame, Closed, Bad, Expired };
  Wait exchange(FrameWriter *writer, FrameReader &reader, Deadline deadline);
  bool stillUsable();
  std::vector<std::string> arguments() const;
  std::string who() const;
  bool greet(Deadline deadline, StartError &error);
  bool checkHello(const Frame &hello, StartError &error) const;
  Wait awaitReply(FrameWriter &writer, FrameReader &reader, Frame &reply,
                  std::string &where, Deadline deadline);
  Reply reportEnd(Wait wait, std::optional<FrameHead> lastWords, Limits limits,
                  bool &wasIdle);
  std::string withLog(std::string message) const;
};

void Client::State::stopWorker() {
  process.end();
  runningPid = 0;
  protections = 0;
}

std::string Client::State::withLog(std::string message) const {
  std::string line = log.mainLine();
  return line.empty() ? message : message + ": " + line;
}

/// Sends (if there is something left to send) and receives until one frame is
/// complete, keeping the worker's stderr from filling up.
Client::State::Wait Client::State::exchange(FrameWriter *writer,
                                            FrameReader &reader,
                                            Deadline deadline) {
  bool sending = writer != nullptr, logOpen = true;
  while (true) {
    if (sending) {
      // A worker that hung up may still have said something.
      FrameStatus status = writer->advance(process.socket());
      sending = status == FrameStatus::Again;
    }
    switch (reader.advance(process.socket())) {
    case FrameStatus::Done:
      return Wait::Frame;
    case FrameStatus::Closed:
      return Wait::Closed;
    case FrameStatus::Bad:
      return Wait::Bad;
    case FrameStatus::Again:
      break;
    }
    if (deadline.expired())
      return Wait::Expired;

    pollfd watched[] = {
        {process.socket(), short(POLLIN | (sending ? POLLOUT : 0)), 0},
        {logOpen ? process.log() : -1, POLLIN, 0},
        {process.handle(), POLLIN, 0}};
    if (poll(watched, 3, deadline.pollTimeout()) < 0)
      continue;
    if (watched[1].revents)
      logOpen = log.drain(process.log());
    // It ended, but something that it left behind holds the connection.
    if (watched[2].revents && !watched[0].revents)
      return Wait::Closed;
  }
}

//===----------------------------------------------------------------------===//
// Start
//===----------------------------------------------------------------------===//

/// What the program is to serve: what it has linked in where that is of the
/// build, else the library.
std::vector<std::string> Client::State::arguments() const {
  std::vector<std::string> words;
  std::string build = served.file.empty() ? ownBuild.get() : served.build;
  std::string file = served.file.empty() ? ownFile() : served.file;
  if (!build.empty())
    words.push_back("--build=" + build);
  if (!file.empty())
    words.push_back("--library=" + file);
  return words;
}

/// The worker in a message.
std::string Client::State::who() const {
  return "the worker " + program +
         (served.file.empty() ? "" : ", for the library " + served.file + ",");
}

/// What comes from a worker, in a message: it may be anything.
static std::string legible(llvm::StringRef text) {
  std::string clean;
  for (char c : text.take_front(1000))
    clean += llvm::isPrint(c) ? c : '?';
  return clean;
}

/// A hello is short. A library's code ran before it: what is long may be nested
/// deeper than a parser's stack.
constexpr uint64_t MaxHello = 8192;

static llvm::json::Object parseHello(llvm::StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value) {
    llvm::consumeError(value.takeError());
    return {};
  }
  llvm::json::Object *object = value->getAsObject();
  return object ? std::move(*object) : llvm::json::Object();
}

bool Client::State::checkHello(const Frame &hello, StartError &error) const {
  if (hello.head.kind != FrameKind::Hello) {
    error.why = who() + " does not begin with a hello";
    return false;
  }
  llvm::json::Object said = parseHello(hello.header);
  if (const llvm::json::Object *refused = said.getObject("refused")) {
    error.refusal = legible(refused->getString("code").value_or(""));
    error.why = legible(refused->getString("message").value_or(""));
    return false;
  }
  std::string theirs = legible(said.getString("build").value_or(""));
  std::string ours = served.file.empty() ? ownBuild.get() : served.build;
  if (theirs == ours || (!served.file.empty() && served.build.empty()))
    return true;
  error.why = served.file.empty()
                  ? who() + " is of build '" + theirs +
                        "', this library of build '" + ours +
                        "': install both together"
                  : "the library " + served.file + " is of build '" + theirs +
                        "' by now, its catalogue was read from build '" + ours +
                        "': start the program again";
  return false;
}

static unsigned protectionsOf(const Frame &hello) {
  return unsigned(
      parseHello(hello.header).getInteger("protections").value_or(0));
}

static std::string describeStatus(ExitStatus status) {
  switch (status.kind) {
  case ExitStatus::Exited:
    return "exit code " + std::to_string(status.number);
  case ExitStatus::Signalled: {
    const char *name = sigdescr_np(status.number);
    return "signal " + std::to_string(status.number) +
           (name ? std::string(", ") + name : "");
  }
  case ExitStatus::Unknown:
    return "exit status unknown";
  }
  return "";
}

/// Waits for the hello of a worker that was just started.
bool Client::State::greet(Deadline deadline, StartError &error) {
  FrameReader reader(MaxHello);
  switch (exchange(nullptr, reader, deadline)) {
  case Wait::Frame:
    if (!checkHello(reader.frame(), error))
      return false;
    protections = protectionsOf(reader.frame());
    return true;
  case Wait::Closed: {
    bool ended = process.waitForEnd(Deadline::in(1s));
    log.drain(process.log());
    ExitStatus status = process.end();
    if (!served.file.empty())
      error.refusal = outcomeName(Reply::Crash).str();
    error.why =
        withLog(who() + " ended before its hello (" +
                (ended ? describeStatus(status) : "connection closed") + ")");
    return false;
  }
  case Wait::Bad:
    error.why = who() + " does not speak protocol " +
                std::to_string(ProtocolVersion) +
                ": install it with this library";
    return false;
  case Wait::Expired:
    if (!served.file.empty())
      error.refusal = outcomeName(Reply::TimeLimit).str();
    error.why = withLog(who() + " gave no sign of life in time");
    return false;
  }
  return false;
}

/// Between requests a worker is silent; an end, or a word, makes it useless.
bool Client::State::stillUsable() {
  char byte;
  ssize_t count = recv(process.socket(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EINTR);
}

bool Client::State::ensureWorker(Limits limits, StartError &error) {
  std::string wanted = wishedProgram();
  if (process.running() && (wanted != wish || !stillUsable()))
    stopWorker();
  if (process.running())
    return true;
  wish = wanted;
  program = findProgram(wish, error.why);
  if (program.empty())
    return false;
  if (failure.stands(program)) {
    error = failure.error();
    return false;
  }

  log.clear();
  // Starting is not the request's fault, but must end some time as well.
  constexpr unsigned least = 2000, most = 20000;
  unsigned time = limits.timeMs ? std::clamp(limits.timeMs, least, most) : most;
  if (!process.start(program, arguments(), error.why) ||
      !greet(Deadline::in(milliseconds(time)), error)) {
    stopWorker();
    failure.record(program, error);
    return false;
  }
  failure.clear();
  runningPid = process.pid();
  ++starts;
  return true;
}

//===----------------------------------------------------------------------===//
// A request
//===----------------------------------------------------------------------===//

Client::State::Wait Client::State::awaitReply(FrameWriter &writer,
                                              FrameReader &reader, Frame &reply,
                                              std::string &where,
                                              Deadline deadline) {
  while (true) {
    Wait wait = exchange(&writer, reader, deadline);
    if (wait != Wait::Frame)
      return wait;
    if (reader.frame().head.kind != FrameKind::Progress)
      break;
    where = std::move(reader.frame().body);
    reader.reset();
  }
  reply = std::move(reader.frame());
  bool expected =
      reply.head.kind == FrameKind::LastWords ||
      (reply.head.kind == FrameKind::Reply && reply.head.id == lastRequest);
  return expected ? Wait::Frame : Wait::Bad;
}

/// Ends the worker after anything but a reply, and finds out what it was.
Reply Client::State::reportEnd(Wait wait, std::optional<FrameHead> lastWords,
                               Limits limits, bool &wasIdle) {
  bool endedItself = false;
  if (wait == Wait::Closed || lastWords)
    endedItself = process.waitForEnd(Deadline::in(1s));
  if (process.log() >= 0)
    log.drain(process.log());
  ExitStatus status = process.end();
  stopWorker();
  // Somebody else took the status, or it was our SIGKILL: go by the words.
  if (lastWords && EndCause(lastWords->argument) == EndCause::Signal)
    status = {ExitStatus::Signalled, int(lastWords->detail)};
  else if (lastWords && EndCause(lastWords->argument) == EndCause::Exit)
    status = {ExitStatus::Exited, int(lastWords->detail)};
  else if (lastWords && EndCause(lastWords->argument) == EndCause::OutOfMemory)
    status = {ExitStatus::Exited, ExitOutOfMemory};
  else if (lastWords && EndCause(lastWords->argument) == EndCause::Idle)
    status = {ExitStatus::Exited, ExitIdle};

  auto endedBy = [&](int code) {
    return status.kind == ExitStatus::Exited && status.number == code;
  };
  Reply reply;
  reply.log = log.printable();
  if (wait == Wait::Expired) {
    reply.outcome = Reply::TimeLimit;
    reply.message = "not done after " + std::to_string(limits.timeMs) + " ms";
  } else if (wait == Wait::Bad) {
    reply.outcome = Reply::Garbage;
    reply.message = "something wrote to the worker's connection";
  } else if (!lastWords && (!endedItself || endedBy(ExitNoAnswer))) {
    reply.outcome = Reply::Garbage;
    reply.message = "the answer is too large or the connection was closed";
  } else if (status.kind == ExitStatus::Signalled) {
    reply.outcome = Reply::Crash;
    reply.message = withLog("crashed (" + describeStatus(status) + ")");
  } else if (endedBy(ExitOutOfMemory)) {
    reply.outcome = Reply::MemoryLimit;
    reply.message =
        "needs more than " + std::to_string(limits.memoryMb) + " MiB of memory";
  } else {
    wasIdle = endedBy(ExitIdle);
    reply.outcome = Reply::Exit;
    reply.message =
        withLog("ended the process (" + describeStatus(status) + ")");
  }
  return reply;
}

Reply Client::State::request(llvm::StringRef header, llvm::StringRef body,
                             Limits limits, bool &wasIdle) {
  FrameHead head;
  head.kind = FrameKind::Request;
  head.id = ++lastRequest;
  head.argument = limits.memoryMb;
  FrameWriter writer(head, header, body);
  log.clear();

  Frame frame;
  std::string where;
  Deadline deadline = limits.timeMs ? Deadline::in(milliseconds(limits.timeMs))
                                    : Deadline::never();
  FrameReader reader(limits.replyBytes);
  Wait wait = awaitReply(writer, reader, frame, where, deadline);
  Reply reply;
  if (wait == Wait::Frame && frame.head.kind == FrameKind::Reply) {
    log.drain(process.log());
    reply.outcome = Reply::Ok;
    reply.header = std::move(frame.header);
    reply.body = std::move(frame.body);
    reply.log = log.printable();
  } else {
    std::optional<FrameHead> lastWords;
    if (wait == Wait::Frame)
      lastWords = frame.head;
    reply = reportEnd(wait, lastWords, limits, wasIdle);
  }
  reply.where = std::move(where);
  return reply;
}

//===----------------------------------------------------------------------===//
// Client
//===----------------------------------------------------------------------===//

llvm::StringRef triton_ext::worker::outcomeName(Reply::Outcome outcome) {
  switch (outcome) {
  case Reply::Ok:
    return "ok";
  case Reply::Crash:
    return "crash";
  case Reply::TimeLimit:
    return "time-limit";
  case Reply::MemoryLimit:
    return "memory-limit";
  case Reply::Exit:
    return "exit";
  case Reply::Garbage:
    return "garbage";
  case Reply::NoWorker:
    return "no-worker";
  }
  return "";
}

Client::Client(Served served)
    : state(std::make_unique<State>(std::move(served))) {}
Client::~Client() = default;

std::atomic<Client *> Client::newest{nullptr};

bool Client::belongsHere() const {
  return state->owner == getpid() && state->generation == forkGeneration();
}

bool Client::serves(const Served &library) const {
  const Served &served = state->served;
  return served.file == library.file && served.build == library.build;
}

Client &Client::forThisProcess() { return forThisProcess(Served()); }

Client &Client::forThisProcess(const Served &served) {
  // Clients are never destroyed: calls may run while the process exits, and
  // those inherited over a fork cannot be.
  Client *end = newest;
  while (true) {
    for (Client *client = end; client; client = client->previous)
      if (client->belongsHere() && client->serves(served))
        return *client;
    auto *fresh = new Client(served);
    fresh->previous = end;
    if (newest.compare_exchange_strong(end, fresh))
      return *fresh;
    delete fresh;
  }
}

void Client::stopAll() {
  for (Client *client = newest; client; client = client->previous)
    client->stop();
}

Reply Client::call(llvm::StringRef header, llvm::StringRef body,
                   Limits limits) {
  if (!belongsHere())
    return forThisProcess(state->served).call(header, body, limits);
  Reply reply;
  if (header.size() > MaxHeaderSize || body.size() > MaxBodySize) {
    reply.message = "a request of " +
                    std::to_string(header.size() + body.size()) +
                    " bytes is too large for the worker";
    return reply;
  }
  Turn turn(state->queue);
  // A worker may decide to end as idle in the moment a request is on its way;
  // that one has not been looked at, and goes to the next worker.
  for (bool retried = false;; retried = true) {
    bool wasIdle = false;
    StartError error;
    if (!state->ensureWorker(limits, error)) {
      reply = Reply();
      reply.message = std::move(error.why);
      reply.refusal = std::move(error.refusal);
      return reply;
    }
    reply = state->request(header, body, limits, wasIdle);
    if (!wasIdle || retried)
      return reply;
  }
}

pid_t Client::pid() {
  pid_t id = belongsHere() ? state->runningPid.load() : pid_t(0);
  return id && Process::isAlive(id) ? id : 0;
}

unsigned Client::protections() {
  return belongsHere() ? state->protections.load() : 0;
}

uint64_t Client::starts() { return belongsHere() ? state->starts.load() : 0; }

void Client::stop() {
  if (!belongsHere())
    return;
  Turn turn(state->queue);
  state->stopWorker();
}
