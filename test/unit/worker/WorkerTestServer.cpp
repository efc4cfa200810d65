//===- WorkerTestServer.cpp - A worker that misbehaves on request ---------===//
// SPDX-License-Identifier: MIT
//
// The header of a request is one word that says what to do. The name that the
// program is started under selects how it serves (see optionsFor).

#include "infra/worker/Server.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MemAlloc.h"
#include "llvm/Support/Path.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace triton_ext::worker;
using llvm::StringRef;

/// An allocation that fails is to be seen as such; and what is left allocated
/// by a pass that exits is no matter.
extern "C" __attribute__((visibility("default"))) const char *
__asan_default_options() {
  return "allocator_may_return_null=1:detect_leaks=0";
}

static void *volatile sink;

[[noreturn]] static void hang() {
  while (true)
    usleep(1000);
}

[[noreturn]] static void spin() {
  for (volatile unsigned long turns = 0;;)
    turns = turns + 1;
}

__attribute__((noinline)) static int overflowStack(int depth) {
  volatile char frame[4096];
  frame[0] = char(depth);
  // Far more than any stack, and nothing that a compiler can take out.
  return depth < (1 << 30) ? overflowStack(depth + 1) + frame[0] : frame[0];
}

/// 8 MiB at a time, touched, until something says stop.
static void eatWithMalloc() {
  while (true) {
    constexpr size_t piece = size_t(8) << 20;
    sink = llvm::safe_malloc(piece);
    memset(sink, 1, piece);
  }
}

static void eatWithNew() {
  while (true) {
    constexpr size_t piece = size_t(8) << 20;
    auto *memory = new char[piece];
    memset(memory, 1, piece);
    sink = memory;
  }
}

/// "0" when it worked, else the error's name.
static std::string resultOf(long result) {
  return result >= 0 ? "0" : strerrorname_np(errno);
}

static std::string tryToFork() {
  pid_t child = fork();
  if (child == 0) {
    // Not to be reached: neither answer nor survive.
    (void)!write(3, "I live", 6);
    hang();
  }
  std::string result = resultOf(child);
  if (child > 0)
    waitpid(child, nullptr, 0);
  return result;
}

static std::string tryToExec() {
  char path[] = "/bin/true";
  char *arguments[] = {path, nullptr};
  char *environment[] = {nullptr};
  return resultOf(execve(path, arguments, environment));
}

/// A process that has slipped past fork()'s handlers, where nothing refuses it,
/// and holds on to the connection.
static std::string leaveStraggler() {
  long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0)
    hang();
  _exit(5);
}

static std::string countInThreads() {
  std::atomic<int> sum{0};
  llvm::SmallVector<std::thread> threads;
  for (int i = 1; i <= 8; ++i)
    threads.emplace_back([&sum, i] {
      std::string memory(size_t(1) << 20, char(i));
      sum += memory.back();
    });
  for (std::thread &thread : threads)
    thread.join();
  return std::to_string(sum);
}

static std::string listDescriptors() {
  std::string list;
  for (int fd = 0; fd < 1024; ++fd)
    if (fcntl(fd, F_GETFD) >= 0)
      list += std::to_string(fd) + " ";
  return list;
}

static std::string listEnvironment() {
  std::string list;
  for (char **variable = environ; *variable; ++variable)
    list += StringRef(*variable).split('=').first.str() + " ";
  return list;
}

static std::string describeSignals() {
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  struct sigaction pipe = {};
  sigaction(SIGPIPE, nullptr, &pipe);
  bool usual = pipe.sa_handler == SIG_DFL && !sigismember(&blocked, SIGUSR1);
  return usual ? "default" : "inherited";
}

static void writeEverywhere() {
  for (int fd = 0; fd < 64; ++fd)
    (void)!write(fd, "garbage!", 8);
}

static void writeMuch(FILE *stream) {
  for (int line = 0; line < 40000; ++line)
    fprintf(stream, "line %d of what nobody asked for\n", line);
  fflush(stream);
}

static std::string handle(StringRef what, StringRef body) {
  if (what == "echo")
    return body.str();
  if (what == "pid")
    return std::to_string(getpid());
  if (what == "segv")
    raise(SIGSEGV);
  if (what == "fault")
    *static_cast<volatile int *>(nullptr) = 1; // NOLINT
  if (what == "abort") {
    fprintf(stderr, "Assertion `planted' failed.\n");
    abort();
  }
  if (what == "overflow")
    return std::to_string(overflowStack(0));
  if (what == "kill")
    kill(getpid(), SIGKILL), syscall(SYS_tgkill, getpid(), gettid(), SIGKILL);
  if (what == "hang")
    hang();
  if (what == "spin")
    spin();
  if (what == "sleep")
    usleep(unsigned(atoi(body.str().c_str())) * 1000);
  if (what == "eat-malloc")
    eatWithMalloc();
  if (what == "eat-new")
    eatWithNew();
  if (what == "exit")
    exit(3);
  if (what == "_exit")
    _exit(4);
  if (what == "straggler")
    return leaveStraggler();
  if (what == "fork")
    return tryToFork();
  if (what == "exec")
    return tryToExec();
  if (what == "open")
    return resultOf(open("/etc/passwd", O_RDONLY));
  if (what == "create")
    return resultOf(open("/tmp/triton-ext-planted", O_CREAT | O_WRONLY, 0600));
  if (what == "unlink")
    return resultOf(unlink("/tmp/triton-ext-planted"));
  if (what == "socket")
    return resultOf(socket(AF_INET, SOCK_STREAM, 0));
  if (what == "kill-parent")
    return resultOf(kill(getppid(), 0));
  if (what == "threads")
    return countInThreads();
  if (what == "descriptors")
    return listDescriptors();
  if (what == "environment")
    return listEnvironment();
  if (what == "signals")
    return describeSignals();
  if (what == "stdout") {
    writeMuch(stdout);
    return "written";
  }
  if (what == "stderr") {
    writeMuch(stderr);
    return "written";
  }
  if (what == "everywhere") {
    writeEverywhere();
    return "written";
  }
  if (what == "one-byte") {
    (void)!write(3, "x", 1);
    hang();
  }
  if (what == "close")
    close(3);
  if (what == "huge")
    return std::string(size_t(64) << 20, 'h');
  if (what == "too-huge")
    return std::string((size_t(256) << 20) + 1, 'h');
  if (what == "announce") {
    announce("first-pass");
    announce("second-pass");
    return handle(body, "");
  }
  return "";
}

static ServeOptions optionsFor(StringRef name) {
  ServeOptions options;
  if (auto given = serveOptionsFromEnvironment())
    options = *given;
  options.build = name == "other-build" ? "theirs" : "test";
  options.confine = name != "unconfined";
  if (name == "short-idle")
    options.idleMs = 10;
  return options;
}

int main(int, char **arguments) {
  StringRef name = llvm::sys::path::filename(arguments[0]);
  if (name == "late-noise")
    std::thread([] {
      usleep(100000);
      (void)!write(3, "late", 4);
    }).detach();
  return serve(optionsFor(name),
               [](StringRef header, StringRef body, std::string &outHeader,
                  std::string &outBody) {
                 outHeader = header.str();
                 outBody = handle(header, body);
               });
}
