//===- WorkerBench.cpp - What a worker costs ------------------------------===//
// SPDX-License-Identifier: MIT
//
// Medians: from nothing to the first answer, and a round trip of 20 kB. The
// program may be named; it has to echo.

#include "infra/worker/Client.h"
#include "infra/worker/Sandbox.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

using namespace triton_ext::worker;
using namespace std::chrono;

static double medianMs(int rounds, llvm::function_ref<void()> work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    auto begin = steady_clock::now();
    work();
    times.push_back(
        duration<double, std::milli>(steady_clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

int main() {
  Client::setProgram(TEST_SERVER);
  Client::setBuild("test");
  Client &client = Client::forThisProcess();
  std::string body(20000, 'm');
  bool fine = true;
  auto call = [&] {
    fine &= client.call("echo", body, Limits()).outcome == Reply::Ok;
  };

  double start = medianMs(50, [&] {
    client.stop();
    call();
  });
  double trip = medianMs(5000, call);
  printf("worker: stop, start and first answer  %8.3f ms\n", start);
  printf("worker: round trip of 20 kB           %8.3f ms\n", trip);
  printf("worker: protections                   %s\n",
         describeProtections(client.protections()).c_str());
  return fine ? 0 : 1;
}
