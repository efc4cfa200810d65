//===- Server.h - The worker's side --------------------------------*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//
// Answers requests of one client until that is gone. Assumes that what handles
// a request may do anything: what it does to this process must not reach
// beyond it, and the client must learn what happened.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_WORKER_SERVER_H
#define TRITON_EXT_INFRA_WORKER_SERVER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <sys/types.h>

namespace triton_ext::worker {

struct ServeOptions {
  int socket = -1;
  /// The client's process id, whose end is the worker's; 0 to go by the socket.
  pid_t parent = 0;
  /// Must be what the client was built from.
  std::string build;
  /// Ends after this time without a further request; negative for never.
  int idleMs = 5 * 60 * 1000;
  /// Gives up files, sockets, programs and processes (Sandbox.h).
  bool confine = true;
};

/// Gets header and body of a request, sets those of the reply.
using RequestHandler =
    llvm::function_ref<void(llvm::StringRef header, llvm::StringRef body,
                            std::string &outHeader, std::string &outBody)>;

/// Socket and parent as a Client hands them over; none if no Client started
/// this process.
std::optional<ServeOptions> serveOptionsFromEnvironment();

/// Serves until the client is gone or was silent for long. Returns the exit
/// code that main should return. Everything that needs files or other
/// descriptors has to be done before. Handlers run on the calling thread.
int serve(const ServeOptions &options, RequestHandler handle);

/// In the place of `serve`: tells the client why there is nothing to serve, by
/// a stable word and a sentence. Returns the exit code.
int refuse(const ServeOptions &options, llvm::StringRef code,
           llvm::StringRef message);

/// From a handler: where it is (the name of a pass). The client of a request
/// that comes to a bad end learns the last one.
void announce(llvm::StringRef where);

} // namespace triton_ext::worker

#endif // TRITON_EXT_INFRA_WORKER_SERVER_H
