//===- SanitizerOptions.cpp - How programs run under sanitizers -*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Linked into programs of the asan preset. LLVM's own archives are not built
// with it: its allocators would poison memory in one half of a program and use
// it in the other. The worker's sandbox leaves the leak checker nothing to look
// with, and an allocation beyond the memory limit has to come back.
//
//===----------------------------------------------------------------------===//

extern "C" __attribute__((visibility("default"), used)) const char *
__asan_default_options() {
  return "allow_user_poisoning=0:detect_leaks=0:allocator_may_return_null=1:"
         "detect_container_overflow=0";
}
