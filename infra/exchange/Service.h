//===- Service.h - Crossings in this process or in the worker ---*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_EXCHANGE_SERVICE_H
#define TRITON_EXT_INFRA_EXCHANGE_SERVICE_H

#include "infra/exchange/Crossing.h"
#include "infra/worker/Server.h"

namespace triton_ext {

/// Status, output and report of one call of the C interface.
struct Answer {
  CrossingStatus status = CrossingStatus::BadRequest;
  std::string output;
  /// JSON.
  std::string report;
};

/// Runs the request `json` over `module`, where the request says: passes of
/// added libraries in their own workers.
Answer serveRun(llvm::StringRef module, llvm::StringRef json);

/// Whether `sent` and `readBack` say the same; limits and mode from `json`.
Answer serveComparison(llvm::StringRef sent, llvm::StringRef readBack,
                       llvm::StringRef json);

/// The worker's life: answers requests until its client is gone. Returns the
/// exit code.
int serveWorker(const worker::ServeOptions &options);

/// As serveWorker, for the client that started this process; without one
/// returns 2 at once.
int serveFromEnvironment();

} // namespace triton_ext

#endif // TRITON_EXT_INFRA_EXCHANGE_SERVICE_H
