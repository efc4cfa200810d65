//===- Server.cpp - The worker's side -------------------------------------===//
// SPDX-License-Identifier: MIT
//
// One thread handles requests. A second one watches the client, and ends the
// process the moment that is gone, whatever the first is doing. A process that
// is about to end in a way that the client could mistake says why in a last
// frame; the client may be unable to get the exit status.

#include "infra/worker/Server.h"
#include "infra/worker/Frame.h"
#include "infra/worker/Process.h"
#include "infra/worker/Sandbox.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif

using namespace triton_ext::worker;

namespace {
/// What signal handlers, the watching thread and announce() have to know.
struct Session {
  std::atomic<int> socket{-1};
  std::atomic<uint64_t> request{0};
  /// Within handle(): the only time at which last words are of use, and at
  /// which nobody else is writing.
  std::atomic<bool> handling{false};
  pid_t parent = 0;
  int parentHandle = -1;
  int memoryUse = -1; // /proc/self/statm, opened before the sandbox closes
};
Session session;

constexpr int CrashSignals[] = {SIGSEGV, SIGBUS,  SIGILL,
                                SIGFPE,  SIGABRT, SIGTRAP};
struct sigaction previousActions[NSIG];
} // namespace

//===----------------------------------------------------------------------===//
// Last words
//===----------------------------------------------------------------------===//

/// Async-signal-safe. At most one frame a process.
static void sayLastWords(EndCause cause, uint32_t detail) {
  if (!session.handling.exchange(false))
    return;
  FrameHead head;
  head.kind = FrameKind::LastWords;
  head.id = session.request;
  head.argument = uint32_t(cause);
  head.detail = detail;
  // A connection so full that this does not fit is one nobody listens to.
  (void)send(session.socket, &head, sizeof(head), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// Goes on to whoever handled the signal before, LLVM's stack trace say: a
/// fault happens again on return, a signal that was sent is sent again.
static void onCrash(int number, siginfo_t *info, void *) {
  sayLastWords(EndCause::Signal, uint32_t(number));
  sigaction(number, &previousActions[number], nullptr);
  if (!info || info->si_code <= 0)
    raise(number);
}

static void onOutOfMemory() {
  sayLastWords(EndCause::OutOfMemory, 0);
  _exit(ExitOutOfMemory);
}

static void noticeCrashes() {
  // A stack overflow needs another stack to be reported on.
  static char stack[64 * 1024];
  stack_t current = {};
  if (sigaltstack(nullptr, &current) == 0 && (current.ss_flags & SS_DISABLE)) {
    stack_t own = {};
    own.ss_sp = stack;
    own.ss_size = sizeof(stack);
    sigaltstack(&own, nullptr);
  }
  for (int number : CrashSignals) {
    struct sigaction action = {};
    action.sa_sigaction = onCrash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, &previousActions[number]);
  }
}

static void noticeOutOfMemory() {
  std::set_new_handler(onOutOfMemory);
  llvm::remove_bad_alloc_error_handler();
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { onOutOfMemory(); });
}

static void noticeExits() {
  on_exit(
      [](int code, void *) { sayLastWords(EndCause::Exit, uint32_t(code)); },
      nullptr);
  // Where no filter refuses it: a forked child of a pass must not live on to
  // answer in the worker's name.
  pthread_atfork(nullptr, nullptr, [] { _exit(ExitForked); });
}

//===----------------------------------------------------------------------===//
// The client's end
//===----------------------------------------------------------------------===//

/// Whether the parent ended, which gave this process another one.
static bool isOrphaned() {
  return session.parent && getppid() != session.parent;
}

static void *watchClient(void *) {
  pollfd watched[] = {{session.socket, POLLRDHUP, 0},
                      {session.parentHandle, POLLIN, 0}};
  // Without a handle (negative ones are passed over by poll) the parent has to
  // be looked for now and then.
  int period = session.parent && session.parentHandle < 0 ? 500 : -1;
  while (poll(watched, 2, period) <= 0 && !isOrphaned())
    ;
  _exit(0);
}

/// Gets hold of the parent, false when it ended already. Across PID namespaces
/// it has no number (0), and only the socket tells.
static bool findParent(pid_t parent) {
  if (!parent || getppid() == 0)
    return true;
  session.parent = parent;
  session.parentHandle = int(syscall(__NR_pidfd_open, parent, 0));
  return !isOrphaned();
}

static bool startWatch() {
  // Signals of a pass are for the thread that runs it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  bool started = pthread_create(&thread, nullptr, watchClient, nullptr) == 0;
  if (started)
    pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

//===----------------------------------------------------------------------===//
// The memory limit
//===----------------------------------------------------------------------===//

/// Size of this process's address space in bytes, 0 when it cannot be told.
static uint64_t addressSpaceInUse() {
  char text[64] = {};
  ssize_t size = pread(session.memoryUse, text, sizeof(text) - 1, 0);
  return size > 0 ? strtoull(text, nullptr, 10) * uint64_t(getpagesize()) : 0;
}

namespace {
/// Limits what the process may map beyond what it has now.
class MemoryLimit {
public:
  explicit MemoryLimit(uint64_t megabytes) {
    limited = megabytes && getrlimit(RLIMIT_AS, &before) == 0;
    if (!limited)
      return;
    rlimit now = before;
    now.rlim_cur =
        std::min<rlim_t>(now.rlim_max, addressSpaceInUse() + (megabytes << 20));
    setrlimit(RLIMIT_AS, &now);
  }
  ~MemoryLimit() {
    if (limited)
      setrlimit(RLIMIT_AS, &before);
  }

private:
  rlimit before = {};
  bool limited = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Serving
//===----------------------------------------------------------------------===//

std::optional<ServeOptions> triton_ext::worker::serveOptionsFromEnvironment() {
  const char *socket = getenv(SocketVariable);
  if (!socket)
    return std::nullopt;
  ServeOptions options;
  if (llvm::StringRef(socket).getAsInteger(10, options.socket))
    return std::nullopt;
  if (const char *parent = getenv(ParentVariable))
    if (llvm::StringRef(parent).getAsInteger(10, options.parent))
      options.parent = 0;
  return options;
}

void triton_ext::worker::announce(llvm::StringRef where) {
  if (!session.handling)
    return;
  FrameHead head;
  head.kind = FrameKind::Progress;
  head.id = session.request;
  (void)sendFrame(session.socket, head, "", where.take_front(4096),
                  Deadline::never());
}

static bool sayHello(int socket, llvm::json::Object said) {
  std::string header;
  llvm::raw_string_ostream(header) << llvm::json::Value(std::move(said));
  FrameHead head;
  head.kind = FrameKind::Hello;
  return sendFrame(socket, head, header, "", Deadline::never()) ==
         FrameStatus::Done;
}

int triton_ext::worker::refuse(const ServeOptions &options,
                               llvm::StringRef code, llvm::StringRef message) {
  constexpr size_t most = 1000; // a hello is short
  llvm::json::Object why{
      {"code", code},
      {"message", llvm::json::fixUTF8(message.take_front(most))}};
  sayHello(options.socket, llvm::json::Object{{"refused", std::move(why)}});
  return EXIT_FAILURE;
}

static bool answer(int socket, const Frame &request, RequestHandler handle) {
  std::string header, body;
  {
    MemoryLimit limit(request.head.argument);
    session.request = request.head.id;
    session.handling = true;
    handle(request.header, request.body, header, body);
    session.handling = false;
  }
  FrameHead head;
  head.kind = FrameKind::Reply;
  head.id = request.head.id;
  if (header.size() > MaxHeaderSize || body.size() > MaxBodySize)
    return false;
  return sendFrame(socket, head, header, body, Deadline::never()) ==
         FrameStatus::Done;
}

static Deadline idleDeadline(const ServeOptions &options) {
  return options.idleMs < 0
             ? Deadline::never()
             : Deadline::in(std::chrono::milliseconds(options.idleMs));
}

int triton_ext::worker::serve(const ServeOptions &options,
                              RequestHandler handle) {
  session.socket = options.socket;
  session.memoryUse = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  noticeCrashes();
  noticeOutOfMemory();
  noticeExits();

  if (!findParent(options.parent))
    return EXIT_SUCCESS;

  // The watching thread comes after the sandbox, to be confined as well.
  unsigned active = options.confine ? enterSandbox() : 0;
  if (startWatch())
    active |= ParentWatch;
  if (!sayHello(options.socket, llvm::json::Object{{"build", options.build},
                                                   {"pid", getpid()},
                                                   {"protections", active}}))
    return EXIT_SUCCESS;

  // The first request is what this process was started for.
  for (Deadline idle = Deadline::never();; idle = idleDeadline(options)) {
    Frame request;
    switch (receiveFrame(options.socket, request, idle)) {
    case FrameStatus::Done:
      if (request.head.kind != FrameKind::Request)
        return EXIT_FAILURE;
      if (!answer(options.socket, request, handle))
        return ExitNoAnswer;
      break;
    case FrameStatus::Again:
      session.handling = true;
      sayLastWords(EndCause::Idle, 0);
      return ExitIdle;
    case FrameStatus::Closed:
      return EXIT_SUCCESS;
    case FrameStatus::Bad:
      return EXIT_FAILURE;
    }
  }
}
