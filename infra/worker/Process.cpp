//===- Process.cpp - A child process on private descriptors ---------------===//
// SPDX-License-Identifier: MIT
//
// posix_spawn, since a fork of a large multi-threaded process is slow and may
// run nothing but async-signal-safe code. The child's descriptors are set up by
// its file actions, so nothing leaks whatever other threads do meanwhile.
//
// A *forked* child of the user's process inherits our descriptors, and would
// keep the worker's connection open after its parent's end. All of them are
// therefore listed in one table, which is locked across fork() and closed in
// the child.

#include "infra/worker/Process.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Errno.h"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif
#ifndef __NR_pidfd_send_signal
#define __NR_pidfd_send_signal 424
#endif

using namespace triton_ext::worker;
using namespace std::chrono_literals;

//===----------------------------------------------------------------------===//
// The table of descriptors
//===----------------------------------------------------------------------===//

namespace {
std::atomic<uint64_t> generation{0};

class DescriptorTable {
public:
  static DescriptorTable &get() {
    // Never destroyed: threads may still compile while the process exits.
    static DescriptorTable *table = new DescriptorTable();
    return *table;
  }

  /// Opens descriptors and lists them in one step, as fork() sees it.
  template <typename OpenFn> bool open(OpenFn openFn) {
    std::lock_guard<std::mutex> guard(mutex);
    int opened[2] = {-1, -1};
    bool done = openFn(opened);
    for (int fd : opened)
      if (fd >= 0)
        listed.push_back(fd);
    return done;
  }

  void close(int &fd) {
    if (fd < 0)
      return;
    std::lock_guard<std::mutex> guard(mutex);
    auto *entry = std::find(listed.begin(), listed.end(), fd);
    // Not listed: this is a forked child, where it is closed already.
    if (entry != listed.end()) {
      listed.erase(entry);
      ::close(fd);
    }
    fd = -1;
  }

private:
  DescriptorTable() {
    pthread_atfork([] { get().mutex.lock(); }, [] { get().mutex.unlock(); },
                   [] { get().closeInForkedChild(); });
  }

  void closeInForkedChild() {
    for (int fd : listed)
      ::close(fd);
    listed.clear();
    ++generation;
    mutex.unlock();
  }

  std::mutex mutex;
  llvm::SmallVector<int, 16> listed;
};
} // namespace

uint64_t triton_ext::worker::forkGeneration() { return generation; }

/// Moves a fresh descriptor out of the range where programs expect their
/// standard ones; the caller's process may have closed those.
static int liftDescriptor(int fd) {
  constexpr int lowest = 10;
  if (fd < 0 || fd >= lowest)
    return fd;
  int lifted = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
  close(fd);
  return lifted;
}

static bool openPair(int (&fds)[2], int result) {
  if (result != 0) {
    fds[0] = fds[1] = -1;
    return false;
  }
  for (int &fd : fds)
    fd = liftDescriptor(fd);
  return fds[0] >= 0 && fds[1] >= 0;
}

static std::string describeError(llvm::StringRef what, int error) {
  return (what + ": " + llvm::sys::StrError(error)).str();
}

//===----------------------------------------------------------------------===//
// Start
//===----------------------------------------------------------------------===//

bool Process::connect(int &workerSocket, int &workerLog, int &nullDevice,
                      std::string &why) {
  DescriptorTable &table = DescriptorTable::get();
  int pair[2] = {-1, -1};
  bool open = table.open([&](int (&fds)[2]) {
    bool done =
        openPair(fds, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    std::copy(fds, fds + 2, pair);
    return done;
  });
  socketEnd = pair[0];
  workerSocket = pair[1];
  if (!open) {
    why = describeError("no socket for the worker", errno);
    return false;
  }
  // Neither side may ever wait for the other on its account.
  open = table.open([&](int (&fds)[2]) {
    bool done = openPair(fds, pipe2(fds, O_CLOEXEC | O_NONBLOCK));
    std::copy(fds, fds + 2, pair);
    return done;
  });
  logEnd = pair[0];
  workerLog = pair[1];
  if (!open) {
    why = describeError("no pipe for the worker's messages", errno);
    return false;
  }
  table.open([&](int (&fds)[2]) {
    nullDevice = fds[0] =
        liftDescriptor(::open("/dev/null", O_RDWR | O_CLOEXEC));
    return nullDevice >= 0;
  });
  return true;
}

/// What the worker needs of the user's environment: nothing but what makes it
/// start (a C++ library in an unusual place, a sanitizer's options).
static std::vector<std::string> workerEnvironment() {
  std::vector<std::string> environment = {
      std::string(SocketVariable) + "=" + std::to_string(WorkerSocket),
      std::string(ParentVariable) + "=" + std::to_string(getpid())};
  for (const char *name :
       {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    if (const char *value = getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  return environment;
}

static std::string describeStartError(const std::string &program, int error) {
  std::string why = describeError("cannot start the worker " + program, error);
  if (error == EACCES)
    why += " (is it executable, and its file system not mounted noexec?)";
  else if (error == ENOENT)
    why += " (it or the loader that it names is missing)";
  else if (error == EPERM || error == ENOSYS)
    why += " (starting programs is not allowed here)";
  return why;
}

bool Process::spawn(const std::string &program,
                    const std::vector<std::string> &arguments, int workerSocket,
                    int workerLog, int nullDevice, std::string &why) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);

  // Where there is no null device the log pipe's writing end does as well:
  // reading fails, writing never blocks.
  int nowhere = nullDevice >= 0 ? nullDevice : workerLog;
  posix_spawn_file_actions_adddup2(&files, nowhere, 0);
  posix_spawn_file_actions_adddup2(&files, nowhere, 1);
  posix_spawn_file_actions_adddup2(&files, workerLog, 2);
  posix_spawn_file_actions_adddup2(&files, workerSocket, WorkerSocket);
  posix_spawn_file_actions_addclosefrom_np(&files, WorkerSocket + 1);
  posix_spawn_file_actions_addchdir_np(&files, "/");

  // A session of its own: Ctrl-C and Ctrl-Z are for the user's program.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
                                            POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETSID);

  std::vector<std::string> environment = workerEnvironment();
  std::vector<char *> variables;
  for (std::string &variable : environment)
    variables.push_back(variable.data());
  variables.push_back(nullptr);
  std::vector<std::string> words = {program, "--serve"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char *> pointers;
  for (std::string &word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);

  int error = posix_spawn(&id, program.c_str(), &files, &attributes,
                          pointers.data(), variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error) {
    id = 0;
    why = describeStartError(program, error);
  }
  return error == 0;
}

bool Process::start(const std::string &program,
                    const std::vector<std::string> &arguments,
                    std::string &why) {
  int workerSocket = -1, workerLog = -1, nullDevice = -1;
  bool started =
      connect(workerSocket, workerLog, nullDevice, why) &&
      spawn(program, arguments, workerSocket, workerLog, nullDevice, why);
  DescriptorTable &table = DescriptorTable::get();
  table.close(workerSocket);
  table.close(workerLog);
  table.close(nullDevice);
  if (!started) {
    closeDescriptors();
    return false;
  }
  table.open([&](int (&fds)[2]) {
    processHandle = fds[0] =
        liftDescriptor(int(syscall(__NR_pidfd_open, id, 0)));
    return processHandle >= 0;
  });
  return true;
}

//===----------------------------------------------------------------------===//
// End
//===----------------------------------------------------------------------===//

/// Whether the process, a zombie included, is still ours to signal by number.
static bool isOurs(pid_t id) {
  siginfo_t info = {};
  return waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool Process::isAlive(pid_t id) {
  siginfo_t info = {};
  return waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != id;
}

bool Process::hasEnded() const {
  if (processHandle >= 0) {
    pollfd ended = {processHandle, POLLIN, 0};
    return poll(&ended, 1, 0) > 0;
  }
  return !isAlive(id);
}

bool Process::waitForEnd(Deadline deadline) {
  while (!hasEnded()) {
    if (deadline.expired())
      return false;
    if (processHandle >= 0) {
      pollfd ended = {processHandle, POLLIN, 0};
      poll(&ended, 1, deadline.pollTimeout());
    } else {
      usleep(1000);
    }
  }
  return true;
}

void Process::kill() {
  if (processHandle < 0 ||
      syscall(__NR_pidfd_send_signal, processHandle, SIGKILL, nullptr, 0) != 0)
    if (isOurs(id))
      ::kill(id, SIGKILL);
  // Its session, should something have got away from the sandbox. Once the
  // process is reaped (by others) the number may be somebody else's.
  if (isOurs(id))
    ::kill(-id, SIGKILL);
}

void Process::closeDescriptors() {
  DescriptorTable &table = DescriptorTable::get();
  table.close(socketEnd);
  table.close(logEnd);
  table.close(processHandle);
}

ExitStatus Process::end() {
  ExitStatus result;
  if (!running())
    return result;
  kill();
  // A killed process ends at once unless it is stuck in the kernel; in that
  // case it is better to leave a zombie than to hang the user.
  waitForEnd(Deadline::in(2s));
  int status = 0;
  pid_t reaped;
  do
    reaped = waitpid(id, &status, WNOHANG);
  while (reaped < 0 && errno == EINTR);
  if (reaped == id) {
    bool exited = WIFEXITED(status);
    result.kind = exited ? ExitStatus::Exited : ExitStatus::Signalled;
    result.number = exited ? WEXITSTATUS(status) : WTERMSIG(status);
  }
  closeDescriptors();
  id = 0;
  return result;
}
