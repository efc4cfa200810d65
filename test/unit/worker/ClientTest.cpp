//===- ClientTest.cpp - The worker, well and badly behaved ----------------===//
// SPDX-License-Identifier: MIT
//
// Every bad end is asked for; after each the outcome must be told apart and the
// next request must be fine.

#include "infra/worker/Client.h"
#include "infra/worker/Sandbox.h"
#include "gtest/gtest.h"
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace triton_ext::worker;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {
/// A folder for programs under names of the test's choice.
class ScratchFolder {
public:
  ScratchFolder() { EXPECT_NE(mkdtemp(path.data()), nullptr); }
  ~ScratchFolder() {
    for (const std::string &file : files)
      unlink(file.c_str());
    rmdir(path.c_str());
  }
  /// The test server under another name, by which it behaves otherwise.
  std::string serverAs(const std::string &name) {
    std::string link = add(name);
    EXPECT_EQ(symlink(TEST_SERVER, link.c_str()), 0);
    return link;
  }
  std::string script(const std::string &text, mode_t mode = 0755) {
    std::string file = add("script-" + std::to_string(files.size()));
    std::ofstream(file) << text;
    EXPECT_EQ(chmod(file.c_str(), mode), 0);
    return file;
  }
  const std::string &folder() const { return path; }

private:
  std::string add(const std::string &name) {
    files.push_back(path + "/" + name);
    return files.back();
  }
  std::string path = "/tmp/triton-ext-worker-XXXXXX";
  std::vector<std::string> files;
};

class ClientTest : public testing::Test {
protected:
  ClientTest() {
    Client::setBuild("test");
    Client::setProgram(TEST_SERVER);
  }
  ~ClientTest() override { client().stop(); }

  static Client &client() { return Client::forThisProcess(); }
  static Reply ask(llvm::StringRef what, llvm::StringRef body = "",
                   unsigned timeMs = 20000, unsigned memoryMb = 4096) {
    return client().call(what, body, Limits{timeMs, memoryMb});
  }
  static void expectFine() {
    Reply reply = ask("echo", "are you well?");
    EXPECT_EQ(reply.outcome, Reply::Ok) << reply.message;
    EXPECT_EQ(reply.header, "echo");
    EXPECT_EQ(reply.body, "are you well?");
  }
  /// Asks for a bad end, and then whether all is well again.
  static Reply expectEnd(Reply::Outcome outcome, llvm::StringRef what,
                         unsigned timeMs = 20000, unsigned memoryMb = 4096) {
    Reply reply = ask(what, "", timeMs, memoryMb);
    EXPECT_EQ(outcomeName(reply.outcome), outcomeName(outcome))
        << reply.message << "\n"
        << reply.log;
    EXPECT_FALSE(reply.message.empty());
    expectFine();
    return reply;
  }
  static void expectOk(llvm::StringRef what, llvm::StringRef answer) {
    Reply reply = ask(what);
    EXPECT_EQ(reply.outcome, Reply::Ok) << reply.message;
    EXPECT_EQ(reply.body, answer);
  }
};

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

size_t countDescriptors() {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder))
    ++count;
  closedir(folder);
  return count;
}

milliseconds timeOf(const std::function<void()> &work) {
  auto begin = steady_clock::now();
  work();
  return duration_cast<milliseconds>(steady_clock::now() - begin);
}

/// Runs `work` in a forked child; what it returns is the exit code.
int inForkedChild(const std::function<int()> &work) {
  pid_t child = fork();
  if (child == 0)
    _exit(work());
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// Waits for a process that became ours, true if it ended in time.
bool endsWithin(pid_t process, milliseconds time) {
  for (auto end = steady_clock::now() + time; steady_clock::now() < end;) {
    if (waitpid(process, nullptr, WNOHANG) == process)
      return true;
    usleep(2000);
  }
  return false;
}

/// Makes the kernel refuse `calls` to this process and its children for good.
bool refuseCalls(const std::vector<int> &calls, int error) {
  std::vector<sock_filter> filter;
  filter.push_back(
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (int call : calls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, unsigned(call), 0, 1));
    filter.push_back(
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | unsigned(error)));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog program = {static_cast<unsigned short>(filter.size()),
                        filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
} // namespace

//===----------------------------------------------------------------------===//
// Good requests
//===----------------------------------------------------------------------===//

TEST_F(ClientTest, OneWorkerServesManyRequests) {
  uint64_t before = client().starts();
  for (int i = 0; i < 100; ++i)
    expectFine();
  EXPECT_EQ(client().starts(), before + 1);
}

TEST_F(ClientTest, StartsOnFirstUseOnly) {
  client().stop();
  EXPECT_EQ(client().pid(), 0);
  expectFine();
  EXPECT_GT(client().pid(), 0);
  EXPECT_EQ(ask("pid").body, std::to_string(client().pid()));
}

TEST_F(ClientTest, HugeTextsGoBothWays) {
  std::string body(size_t(50) << 20, 'x');
  body[body.size() / 2] = '\0';
  Reply reply = ask("echo", body);
  EXPECT_EQ(reply.outcome, Reply::Ok) << reply.message;
  EXPECT_TRUE(reply.body == body);
  EXPECT_EQ(ask("huge").body.size(), size_t(64) << 20);
}

TEST_F(ClientTest, RefusesWhatIsTooLarge) {
  std::string body((size_t(256) << 20) + 1, 'x');
  Reply reply = ask("echo", body);
  EXPECT_EQ(reply.outcome, Reply::NoWorker);
  EXPECT_TRUE(contains(reply.message, "too large")) << reply.message;
  expectFine();
}

TEST_F(ClientTest, NoLimitsAtAll) {
  Reply reply = client().call("echo", "free", Limits{0, 0});
  EXPECT_EQ(reply.body, "free") << reply.message;
}

TEST_F(ClientTest, ThreadsInAHandlerWork) { expectOk("threads", "36"); }

TEST_F(ClientTest, SilentAfterIdleTime) {
  ScratchFolder scratch;
  Client::setProgram(scratch.serverAs("short-idle"));
  expectFine();
  uint64_t before = client().starts();
  EXPECT_LT(timeOf([] {
              while (client().pid())
                usleep(1000);
            }),
            5000ms);
  expectFine();
  EXPECT_EQ(client().starts(), before + 1);
}

TEST_F(ClientTest, NoRequestIsLostToIdleness) {
  ScratchFolder scratch;
  Client::setProgram(scratch.serverAs("short-idle"));
  // Around the 10 ms after which that worker leaves.
  for (unsigned pause = 9500; pause < 11500; pause += 20) {
    usleep(pause);
    expectFine();
  }
}

//===----------------------------------------------------------------------===//
// Bad ends
//===----------------------------------------------------------------------===//

TEST_F(ClientTest, Fault) {
  Reply reply = expectEnd(Reply::Crash, "fault");
  EXPECT_TRUE(contains(reply.message, "Segmentation fault")) << reply.message;
}
TEST_F(ClientTest, RaisedSignal) { expectEnd(Reply::Crash, "segv"); }
TEST_F(ClientTest, StackOverflow) { expectEnd(Reply::Crash, "overflow"); }
TEST_F(ClientTest, Killed) { expectEnd(Reply::Crash, "kill"); }

TEST_F(ClientTest, AbortNamesTheAssertion) {
  Reply reply = expectEnd(Reply::Crash, "abort");
  EXPECT_TRUE(contains(reply.message, "Aborted")) << reply.message;
  EXPECT_TRUE(contains(reply.message, "Assertion `planted' failed."))
      << reply.message;
}

TEST_F(ClientTest, HangsAreKilledAtTheTimeLimit) {
  for (const char *what : {"hang", "spin"}) {
    Reply reply;
    auto time = timeOf([&] { reply = ask(what, "", 200); });
    EXPECT_EQ(reply.outcome, Reply::TimeLimit) << reply.message;
    EXPECT_GE(time, 200ms);
    EXPECT_LT(time, 3000ms);
    EXPECT_EQ(client().pid(), 0);
    expectFine();
  }
}

TEST_F(ClientTest, MemoryLimit) {
  Reply reply = expectEnd(Reply::MemoryLimit, "eat-malloc", 20000, 256);
  EXPECT_TRUE(contains(reply.message, "256 MiB")) << reply.message;
}

#if !defined(__SANITIZE_ADDRESS__)
// A sanitizer's operator new does not ask the handler.
TEST_F(ClientTest, MemoryLimitOfNew) {
  expectEnd(Reply::MemoryLimit, "eat-new", 20000, 256);
}
#endif

TEST_F(ClientTest, TheMemoryLimitIsOfOneRequest) {
  EXPECT_EQ(ask("echo", "small", 20000, 64).outcome, Reply::Ok);
  pid_t worker = client().pid();
  EXPECT_EQ(ask("huge", "", 20000, 1024).outcome, Reply::Ok);
  EXPECT_EQ(client().pid(), worker);
}

TEST_F(ClientTest, Exits) {
  Reply reply = expectEnd(Reply::Exit, "exit");
  EXPECT_TRUE(contains(reply.message, "exit code 3")) << reply.message;
  reply = expectEnd(Reply::Exit, "_exit");
  EXPECT_TRUE(contains(reply.message, "exit code 4")) << reply.message;
}

TEST_F(ClientTest, GarbageOnTheConnection) {
  expectEnd(Reply::Garbage, "everywhere");
}
TEST_F(ClientTest, ClosedConnection) { expectEnd(Reply::Garbage, "close"); }

TEST_F(ClientTest, TooLargeAnAnswer) { expectEnd(Reply::Garbage, "too-huge"); }

TEST_F(ClientTest, OneByteOfGarbage) {
  EXPECT_LT(timeOf([] { expectEnd(Reply::Garbage, "one-byte"); }), 5000ms);
}

TEST_F(ClientTest, GarbageBetweenRequests) {
  ScratchFolder scratch;
  Client::setProgram(scratch.serverAs("late-noise"));
  expectFine();
  usleep(300000);
  uint64_t before = client().starts();
  expectFine();
  EXPECT_EQ(client().starts(), before + 1);
}

TEST_F(ClientTest, PrintsHarmNobody) {
  expectOk("stdout", "written");
  expectOk("stderr", "written");
  // More than a pipe holds may get lost, the end of the process may not.
  EXPECT_TRUE(contains(ask("stderr").log, "of what nobody asked for"));
  expectFine();
}

TEST_F(ClientTest, TellsWhereItHappened) {
  Reply reply = ask("announce", "fault");
  EXPECT_EQ(reply.outcome, Reply::Crash);
  EXPECT_EQ(reply.where, "second-pass");
  reply = ask("announce", "hang", 200);
  EXPECT_EQ(reply.outcome, Reply::TimeLimit);
  EXPECT_EQ(reply.where, "second-pass");
  expectFine();
}

TEST_F(ClientTest, KilledBetweenRequests) {
  expectFine();
  kill(client().pid(), SIGKILL);
  while (client().pid())
    usleep(100);
  expectFine();
}

//===----------------------------------------------------------------------===//
// What a worker is given, and gives up
//===----------------------------------------------------------------------===//

TEST_F(ClientTest, OnlyItsOwnDescriptors) {
  int mine = open("/dev/null", O_RDONLY); // would be inherited by a fork
  EXPECT_GE(mine, 0);
  // 4 is its own memory use in /proc, 5 the handle to its parent.
  expectOk("descriptors", "0 1 2 3 4 5 ");
  close(mine);
}

TEST_F(ClientTest, HardlyAnyEnvironment) {
  setenv("LD_PRELOAD", "", 1);
  setenv("TRITON_EXT_SECRET", "1", 1);
  std::string names = ask("environment").body;
  unsetenv("LD_PRELOAD");
  unsetenv("TRITON_EXT_SECRET");
  EXPECT_TRUE(contains(names, "TRITON_EXT_WORKER_FD")) << names;
  EXPECT_FALSE(contains(names, "LD_PRELOAD")) << names;
  EXPECT_FALSE(contains(names, "SECRET")) << names;
}

TEST_F(ClientTest, SignalsAsUsual) {
  signal(SIGPIPE, SIG_IGN);
  expectOk("signals", "default");
  signal(SIGPIPE, SIG_DFL);
}

TEST_F(ClientTest, NoticesTheParentsEnd) {
  expectFine();
  EXPECT_TRUE(client().protections() & ParentWatch)
      << describeProtections(client().protections());
}

TEST_F(ClientTest, RefusesWhatTheKernelCanRefuse) {
  expectFine();
  unsigned active = client().protections();
  SCOPED_TRACE(describeProtections(active));
  bool filter = active & SystemCallFilter, landlock = active & Landlock;
  for (const char *what : {"fork", "exec", "socket", "kill-parent", "unlink"})
    EXPECT_TRUE(ask(what).body == "EPERM" || !filter) << what;
  for (const char *what : {"open", "create"}) {
    std::string result = ask(what).body;
    EXPECT_TRUE(result == "EPERM" || result == "EACCES" ||
                !(filter || landlock))
        << what << ": " << result;
  }
  expectFine();
}

TEST_F(ClientTest, ForkIsHarmlessWithoutTheSandbox) {
  ScratchFolder scratch;
  Client::setProgram(scratch.serverAs("unconfined"));
  Reply reply = ask("fork");
  EXPECT_EQ(reply.outcome, Reply::Ok) << reply.message;
  EXPECT_EQ(client().protections(), unsigned(ParentWatch));
  expectFine();
}

TEST_F(ClientTest, StragglersAreNotWaitedFor) {
  ScratchFolder scratch;
  Client::setProgram(scratch.serverAs("unconfined"));
  Reply reply;
  auto time = timeOf([&] { reply = ask("straggler"); });
  EXPECT_EQ(reply.outcome, Reply::Exit) << reply.message;
  EXPECT_LT(time, 2000ms);
  expectFine();
}

//===----------------------------------------------------------------------===//
// Many threads
//===----------------------------------------------------------------------===//

TEST_F(ClientTest, EightThreads) {
  uint64_t before = client().starts();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        std::string body = std::to_string(t) + ":" + std::to_string(i);
        right += ask("echo", body).body == body;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(right, 8 * 50);
  EXPECT_EQ(client().starts(), before + 1);
}

TEST_F(ClientTest, TimeInTheQueueDoesNotCount) {
  expectFine();
  std::thread hanging(
      [] { EXPECT_EQ(ask("hang", "", 2500).outcome, Reply::TimeLimit); });
  usleep(200000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 7; ++t)
    threads.emplace_back([] {
      // Less than what is left of the hang.
      Reply reply = ask("echo", "patient", 1500);
      EXPECT_EQ(reply.body, "patient") << reply.message;
    });
  hanging.join();
  for (std::thread &thread : threads)
    thread.join();
}

TEST_F(ClientTest, ThreadsThatEndDoNotEndTheWorker) {
  std::thread([] { expectFine(); }).join();
  uint64_t before = client().starts();
  pid_t worker = client().pid();
  usleep(100000);
  expectFine();
  EXPECT_EQ(client().pid(), worker);
  EXPECT_EQ(client().starts(), before);
}

//===----------------------------------------------------------------------===//
// Forks
//===----------------------------------------------------------------------===//

TEST_F(ClientTest, AForkedChildHasItsOwn) {
  expectFine();
  pid_t parents = client().pid();
  Client &stale = client();
  EXPECT_EQ(inForkedChild([&] {
              if (client().pid() != 0)
                return 1;
              Reply reply = ask("pid");
              if (reply.outcome != Reply::Ok)
                return 2;
              if (reply.body == std::to_string(parents))
                return 3;
              // A reference from before the fork leads to the new one.
              if (stale.call("pid", "", Limits()).body != reply.body)
                return 4;
              client().stop();
              return 0;
            }),
            0);
  EXPECT_EQ(client().pid(), parents);
  expectFine();
  EXPECT_EQ(client().pid(), parents);
}

TEST_F(ClientTest, AForkedChildClosesWhatItInherits) {
  expectFine();
  client().stop();
  size_t without = countDescriptors();
  expectFine();
  EXPECT_GT(countDescriptors(), without);
  EXPECT_EQ(inForkedChild([&] { return int(countDescriptors() - without); }),
            0);
}

TEST_F(ClientTest, ForkWhileAnotherThreadIsInACall) {
  expectFine();
  pid_t parents = client().pid();
  std::thread busy([] {
    Reply reply = ask("sleep", "3000");
    EXPECT_EQ(reply.outcome, Reply::Ok) << reply.message;
  });
  usleep(200000);
  auto time = timeOf([] {
    EXPECT_EQ(inForkedChild(
                  [] { return ask("echo", "child").body == "child" ? 0 : 1; }),
              0);
  });
  EXPECT_LT(time, 2500ms) << "the child must not wait for its parent's call";
  busy.join();
  EXPECT_EQ(client().pid(), parents);
}

TEST_F(ClientTest, ForksWhileWorkersStartAndEnd) {
  std::atomic<bool> enough{false};
  std::thread restarting([&] {
    while (!enough) {
      expectFine();
      client().stop();
    }
  });
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(inForkedChild([] {
                bool fine = ask("echo", "child").body == "child";
                client().stop();
                return fine && waitpid(-1, nullptr, WNOHANG) < 0 ? 0 : 1;
              }),
              0);
  enough = true;
  restarting.join();
}

//===----------------------------------------------------------------------===//
// The end of the client
//===----------------------------------------------------------------------===//

/// Kills a process whose worker is busy with `what`; the worker must follow.
static void expectWorkerFollows(const char *what, bool withHeir,
                                bool oldKernel = false) {
  // What loses its parent becomes a child of this process, to be waited for.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int report[2];
  ASSERT_EQ(pipe(report), 0);
  pid_t process = fork();
  if (process == 0) {
    if (oldKernel && !refuseCalls({434}, ENOSYS))
      _exit(1);
    Client &client = Client::forThisProcess();
    Limits limits{60000, 4096};
    client.call("echo", "", limits);
    pid_t pids[2] = {client.pid(), 0};
    // A child that does not run fork()'s handlers keeps the connection open.
    if (withHeir && (pids[1] = pid_t(syscall(SYS_clone, SIGCHLD, nullptr,
                                             nullptr, nullptr, nullptr))) == 0)
      while (true)
        pause();
    (void)!write(report[1], pids, sizeof(pids));
    client.call(what, "", limits);
    while (true)
      pause();
  }
  pid_t pids[2] = {0, 0};
  ASSERT_EQ(read(report[0], pids, sizeof(pids)), ssize_t(sizeof(pids)));
  ASSERT_GT(pids[0], 0);
  usleep(100000); // until the worker has taken the request up
  kill(process, SIGKILL);
  EXPECT_TRUE(endsWithin(pids[0], 1000ms)) << what;
  waitpid(process, nullptr, 0);
  if (withHeir) {
    kill(pids[1], SIGKILL);
    waitpid(pids[1], nullptr, 0);
  }
  close(report[0]);
  close(report[1]);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(ClientTest, EndsWithItsClient) { expectWorkerFollows("echo", false); }
TEST_F(ClientTest, EndsWithItsClientWhileHanging) {
  expectWorkerFollows("hang", false);
  expectWorkerFollows("spin", false);
}
TEST_F(ClientTest, EndsWithItsClientThoughAnHeirLives) {
  expectWorkerFollows("echo", true);
  expectWorkerFollows("spin", true);
  expectWorkerFollows("spin", true, /*oldKernel=*/true);
}

//===----------------------------------------------------------------------===//
// A good guest
//===----------------------------------------------------------------------===//

TEST_F(ClientTest, LeaksNeitherDescriptorsNorProcesses) {
  expectFine();
  client().stop();
  size_t before = countDescriptors();
  for (int i = 0; i < 100; ++i) {
    if (i % 2)
      EXPECT_EQ(ask("_exit").outcome, Reply::Exit);
    else
      expectFine();
    client().stop();
  }
  EXPECT_EQ(countDescriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a zombie is left";
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ClientTest, LeaksNothingWhenStartingFails) {
  size_t before = countDescriptors();
  for (int i = 0; i < 20; ++i) {
    // Another program each time, for the same is not tried again at once.
    Client::setProgram("/nowhere/" + std::to_string(i));
    EXPECT_EQ(ask("echo").outcome, Reply::NoWorker);
  }
  EXPECT_EQ(countDescriptors(), before);
}

/// All that can happen, for places where some means are missing.
static void expectOutcomes() {
  auto ask = [](llvm::StringRef what, unsigned timeMs, unsigned memoryMb) {
    return Client::forThisProcess()
        .call(what, "", Limits{timeMs, memoryMb})
        .outcome;
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(ask("fault", 20000, 0), Reply::Crash);
    EXPECT_EQ(ask("abort", 20000, 0), Reply::Crash);
    EXPECT_EQ(ask("exit", 20000, 0), Reply::Exit);
    EXPECT_EQ(ask("_exit", 20000, 0), Reply::Exit);
    EXPECT_EQ(ask("hang", 100, 0), Reply::TimeLimit);
    EXPECT_EQ(ask("eat-malloc", 20000, 128), Reply::MemoryLimit);
    EXPECT_EQ(ask("everywhere", 20000, 0), Reply::Garbage);
    EXPECT_EQ(ask("echo", 20000, 0), Reply::Ok);
  }
}

TEST_F(ClientTest, ChildSignalsIgnored) {
  signal(SIGCHLD, SIG_IGN);
  expectOutcomes();
  client().stop();
  signal(SIGCHLD, SIG_DFL);
}

TEST_F(ClientTest, AHandlerThatReapsEverything) {
  signal(SIGCHLD, [](int) {
    int saved = errno;
    while (waitpid(-1, nullptr, WNOHANG) > 0)
      ;
    errno = saved;
  });
  expectOutcomes();
  client().stop();
  signal(SIGCHLD, SIG_DFL);
}

TEST_F(ClientTest, OldKernels) {
  // pidfd_send_signal, pidfd_open, close_range, landlock: one number each
  // everywhere.
  EXPECT_EQ(inForkedChild([] {
              if (!refuseCalls({424, 434, 436, 444, 445, 446}, ENOSYS))
                return 1;
              expectOutcomes();
              unsigned active = client().protections();
              EXPECT_FALSE(active & Landlock);
              EXPECT_TRUE(active & ParentWatch);
              Reply reply = ask("descriptors");
              EXPECT_EQ(reply.body, "0 1 2 3 4 ");
              client().stop();
              EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
              return HasFailure() ? 2 : 0;
            }),
            0);
}

TEST_F(ClientTest, WhereProgramsMayNotBeStarted) {
  EXPECT_EQ(inForkedChild([] {
              if (!refuseCalls({__NR_execve}, EPERM))
                return 1;
              Reply reply = ask("echo");
              EXPECT_EQ(reply.outcome, Reply::NoWorker);
              EXPECT_TRUE(contains(reply.message, "not allowed here"))
                  << reply.message;
              EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
              return HasFailure() ? 2 : 0;
            }),
            0);
}

TEST_F(ClientTest, StandardDescriptorsStayClosed) {
  EXPECT_EQ(inForkedChild([] {
              for (int fd = 0; fd < 3; ++fd)
                close(fd);
              if (ask("echo", "quiet").body != "quiet")
                return 1;
              for (int fd = 0; fd < 3; ++fd)
                if (fcntl(fd, F_GETFD) >= 0)
                  return 2;
              return 0;
            }),
            0);
}

TEST_F(ClientTest, VanishedFolder) {
  EXPECT_EQ(inForkedChild([] {
              char folder[] = "/tmp/triton-ext-gone-XXXXXX";
              if (!mkdtemp(folder) || chdir(folder) || rmdir(folder))
                return 1;
              return ask("echo", "here").body == "here" ? 0 : 2;
            }),
            0);
}

//===----------------------------------------------------------------------===//
// No worker
//===----------------------------------------------------------------------===//

static void expectNone(const std::string &program, const std::string &why) {
  Client::setProgram(program);
  Reply reply = Client::forThisProcess().call("echo", "", Limits{2000, 4096});
  EXPECT_EQ(outcomeName(reply.outcome), "no-worker") << program;
  EXPECT_TRUE(contains(reply.message, why)) << reply.message;
}

TEST_F(ClientTest, ProgramsThatCannotStart) {
  ScratchFolder scratch;
  expectNone("/nowhere/triton-ext-opt", "No such file or directory");
  expectNone("nowhere-relative", "No such file or directory");
  expectNone(scratch.folder(), "ermission denied");
  expectNone(scratch.script("#!/bin/sh\n", 0644), "executable");
  Client::setProgram(TEST_SERVER);
  expectFine();
}

TEST_F(ClientTest, ProgramsThatAreNoWorkers) {
  ScratchFolder scratch;
  expectNone("/bin/true", "ended before its hello (exit code 0)");
  expectNone(scratch.script("#!/bin/sh\necho 'no such library' >&2\nexit 9\n"),
             "(exit code 9): no such library");
  expectNone(scratch.serverAs("other-build"), "build 'theirs'");
  EXPECT_EQ(client().pid(), 0);
  expectNone(scratch.script("#!/bin/sh\necho 'a sentence' >&3\nsleep 60\n"),
             "does not speak protocol");
  expectNone(scratch.script("#!/bin/sh\nexec sleep 60\n"), "no sign of life");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "something is left";
  Client::setProgram(TEST_SERVER);
  expectFine();
}

TEST_F(ClientTest, FailureIsNotPaidForEachTime) {
  ScratchFolder scratch;
  std::string silent = scratch.script("#!/bin/sh\nexec sleep 60\n");
  expectNone(silent, "no sign of life");
  EXPECT_LT(timeOf([&] {
              for (int i = 0; i < 100; ++i)
                expectNone(silent, "no sign of life");
            }),
            500ms);
}

TEST_F(ClientTest, FailureIsTriedAgainLater) {
  ScratchFolder scratch;
  std::string program = scratch.folder() + "/comes-later";
  expectNone(program, "No such file");
  scratch.serverAs("comes-later");
  usleep(1100000);
  expectFine();
}

TEST_F(ClientTest, ProgramFromTheEnvironment) {
  Client::setProgram("");
  setenv("TRITON_EXT_WORKER", TEST_SERVER, 1);
  expectFine();
  unsetenv("TRITON_EXT_WORKER");
  // Nothing is beside this test program.
  expectNone("", "there is no worker program triton-ext-opt in /");
}

TEST_F(ClientTest, AnotherProgramReplacesTheWorker) {
  ScratchFolder scratch;
  expectFine();
  pid_t before = client().pid();
  Client::setProgram(scratch.serverAs("other-name"));
  expectFine();
  EXPECT_NE(client().pid(), before);
}
