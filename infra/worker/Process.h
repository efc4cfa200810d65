//===- Process.h - A child process on private descriptors ---------*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//
// Starts, watches, ends and reaps one worker program, without touching anything
// of the process it lives in: no signal handler, no other child, no descriptor
// that another program could inherit.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_WORKER_PROCESS_H
#define TRITON_EXT_INFRA_WORKER_PROCESS_H

#include "infra/worker/Frame.h"
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace triton_ext::worker {

/// Where the worker finds its end of the connection.
constexpr int WorkerSocket = 3;
/// Environment of the worker: the descriptor and the client's process id.
constexpr const char *SocketVariable = "TRITON_EXT_WORKER_FD";
constexpr const char *ParentVariable = "TRITON_EXT_WORKER_PARENT";

/// How a process ended. Unknown where somebody else of this process took the
/// status: SIGCHLD ignored, or a handler that waits for every child.
struct ExitStatus {
  enum Kind { Unknown, Exited, Signalled } kind = Unknown;
  int number = 0;
};

/// Raised in every forked child; what is of an older generation is not ours.
uint64_t forkGeneration();

class Process {
public:
  Process() = default;
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;

  /// Starts `program --serve` and `arguments`. On failure nothing remains and
  /// `why` says it.
  bool start(const std::string &program,
             const std::vector<std::string> &arguments, std::string &why);
  bool running() const { return id > 0; }
  pid_t pid() const { return id; }
  /// Whether the child `id` of this process has not ended.
  static bool isAlive(pid_t id);

  /// Connection, the worker's stderr, and its pidfd (-1 on old kernels).
  int socket() const { return socketEnd; }
  int log() const { return logEnd; }
  int handle() const { return processHandle; }

  /// Waits for the process to end by itself. False at the deadline.
  bool waitForEnd(Deadline deadline);
  /// Ends it and everything it started, closes the descriptors, reaps it.
  ExitStatus end();

private:
  bool connect(int &workerSocket, int &workerLog, int &nullDevice,
               std::string &why);
  bool spawn(const std::string &program,
             const std::vector<std::string> &arguments, int workerSocket,
             int workerLog, int nullDevice, std::string &why);
  bool hasEnded() const;
  void kill();
  void closeDescriptors();

  pid_t id = 0;
  int socketEnd = -1, logEnd = -1, processHandle = -1;
};

} // namespace triton_ext::worker

#endif // TRITON_EXT_INFRA_WORKER_PROCESS_H
