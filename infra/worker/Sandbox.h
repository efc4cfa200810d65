//===- Sandbox.h - Gives up what a worker does not need -----------*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//
// A pass is a function from module to module. After start its process keeps
// memory, threads, clocks and the descriptors it already has; opening files,
// sockets, other programs and other processes are refused with EPERM. What the
// kernel at hand cannot do is left out, and the returned mask says so.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_WORKER_SANDBOX_H
#define TRITON_EXT_INFRA_WORKER_SANDBOX_H

#include <string>

namespace triton_ext::worker {

enum Protection : unsigned {
  NoCoreDump = 1 << 0,
  NoNewPrivileges = 1 << 1,
  Landlock = 1 << 2,
  SystemCallFilter = 1 << 3,
  ParentWatch = 1 << 4, ///< set by serve(): the end of the client is noticed
};

/// Confines the calling process for good and returns the Protections that are
/// active now. To be called while there is one thread: landlock binds only the
/// calling thread and those it starts.
unsigned enterSandbox();

/// "no-core-dump,no-new-privileges,..." for reports; "none" for 0.
std::string describeProtections(unsigned mask);

} // namespace triton_ext::worker

#endif // TRITON_EXT_INFRA_WORKER_SANDBOX_H
