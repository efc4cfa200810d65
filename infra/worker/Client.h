//===- Client.h - This process's workers ------------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// One worker a process and library: started on first use, restarted after a bad
// end, a new one in a forked child. Whatever becomes of it, the process that
// the client lives in only ever sees a Reply.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_WORKER_CLIENT_H
#define TRITON_EXT_INFRA_WORKER_CLIENT_H

#include "infra/worker/Frame.h"
#include "llvm/ADT/StringRef.h"
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>

namespace triton_ext::worker {

/// Limits of one request; 0 is no limit.
struct Limits {
  /// From when the request is taken up; waiting for others does not count.
  unsigned timeMs = 10000;
  /// Beyond what the worker has when it takes the request up.
  unsigned memoryMb = 4096;
  /// Of header and body of the reply, each; a longer one is Garbage.
  uint64_t replyBytes = MaxBodySize;
};

struct Reply {
  enum Outcome {
    Ok,
    Crash,       ///< ended by a signal
    TimeLimit,   ///< killed at the time limit
    MemoryLimit, ///< ended at the memory limit
    Exit,        ///< ended itself by exit()
    Garbage,     ///< what it sent is not a reply
    NoWorker,    ///< no worker can be started, or the request not be sent
  };
  Outcome outcome = NoWorker;
  /// Of a NoWorker: what the worker refused itself with, else empty.
  std::string refusal;
  std::string header, body; ///< of an Ok
  std::string message;      ///< of all others: one sentence for users
  std::string where;        ///< what the handler announced last
  std::string log;          ///< end of what the worker wrote to stderr
};

/// "crash", "time-limit", ... as in reports; "ok" for Ok.
llvm::StringRef outcomeName(Reply::Outcome outcome);

/// A library whose code a worker is to run: the one at `file`, which has to be
/// of `build`; of any build where that is empty.
struct Served {
  std::string file, build;
};

/// All members may be called from any thread; calls are served in the order in
/// which they came.
class Client {
public:
  /// Of the library that this code is linked into.
  static Client &forThisProcess();
  static Client &forThisProcess(const Served &served);
  /// Ends all workers of this process, as `stop` does.
  static void stopAll();

  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  Reply call(llvm::StringRef header, llvm::StringRef body, Limits limits);

  /// Process id of the worker, 0 when none runs. Does not wait.
  pid_t pid();
  /// What the running worker has given up (Protection bits), 0 if none runs.
  unsigned protections();
  /// How many workers this client started.
  uint64_t starts();
  /// Ends the worker, once the calls that came before are through.
  void stop();

  /// The program to start, for this process and those forked from it; empty for
  /// the default: $TRITON_EXT_WORKER, else the library's tool or triton-ext-opt
  /// beside the object that this code is linked into, else in ../bin. Another
  /// program replaces a running worker at the next call.
  static void setProgram(llvm::StringRef program);
  /// What this library was built from; a worker of another build is refused.
  static void setBuild(llvm::StringRef build);
  /// The name of the tool that was built with this library.
  static void setTool(llvm::StringRef tool);
  /// The file of the object that this code is linked into, without links; empty
  /// where that cannot be told.
  static const std::string &ownFile();

private:
  explicit Client(Served served);
  ~Client();
  bool belongsHere() const;
  bool serves(const Served &library) const;

  struct State;
  std::unique_ptr<State> state;
  /// The client made before this one: another library's, or one of the process
  /// that forked this one.
  Client *previous = nullptr;

  static std::atomic<Client *> newest;
};

} // namespace triton_ext::worker

#endif // TRITON_EXT_INFRA_WORKER_CLIENT_H
