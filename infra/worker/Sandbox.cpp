//===- Sandbox.cpp - Gives up what a worker does not need -----------------===//
// SPDX-License-Identifier: MIT
//
// The system call filter is a list of what is allowed, since a list of what is
// refused would age with every kernel. Refusals are EPERM, not a kill: a
// library that merely tries (a time zone file, say) goes on.

#include "infra/worker/Sandbox.h"
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

using namespace triton_ext::worker;

//===----------------------------------------------------------------------===//
// Core dumps and privileges
//===----------------------------------------------------------------------===//

/// A limit of zero does not stop a dump that is piped to a program; not being
/// dumpable does, and saves its time on every crash.
static bool forbidCoreDumps() {
  rlimit none = {0, 0};
  bool limited = setrlimit(RLIMIT_CORE, &none) == 0;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && limited;
}

static bool forbidNewPrivileges() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

//===----------------------------------------------------------------------===//
// Landlock
//===----------------------------------------------------------------------===//

// The kernel's interface, spelled out: headers of supported build machines are
// older than the kernels that the worker runs on.
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#endif
#ifndef __NR_landlock_restrict_self
#define __NR_landlock_restrict_self 446
#endif

namespace {
struct LandlockRules {
  uint64_t handledFileAccess;
  uint64_t handledNetworkAccess;
  uint64_t scoped;
};
} // namespace

/// What each version of landlock can refuse: file rights are bits from 0 on.
static LandlockRules everythingOf(long version) {
  unsigned fileRights = 13;
  if (version >= 2)
    fileRights = 14; // linking between folders
  if (version >= 3)
    fileRights = 15; // truncation
  if (version >= 5)
    fileRights = 16; // device controls
  LandlockRules rules = {(uint64_t(1) << fileRights) - 1, 0, 0};
  if (version >= 4)
    rules.handledNetworkAccess = 0b11; // bind and connect, TCP
  if (version >= 6)
    rules.scoped = 0b11; // abstract sockets and signals
  return rules;
}

/// A rule set that handles everything and allows nothing.
static bool forbidFiles() {
  constexpr unsigned askVersion = 1;
  long version =
      syscall(__NR_landlock_create_ruleset, nullptr, size_t(0), askVersion);
  if (version < 1)
    return false;
  LandlockRules rules = everythingOf(version);
  // Older kernels refuse a larger structure only where the rest is not zero.
  int set = int(syscall(__NR_landlock_create_ruleset, &rules, sizeof(rules),
                        unsigned(0)));
  if (set < 0)
    return false;
  bool done = syscall(__NR_landlock_restrict_self, set, unsigned(0)) == 0;
  close(set);
  return done;
}

//===----------------------------------------------------------------------===//
// The system call filter
//===----------------------------------------------------------------------===//

#if defined(__x86_64__) && defined(__LP64__)
#define TRITON_EXT_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#define TRITON_EXT_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef TRITON_EXT_AUDIT_ARCH

/// Calls that are harmless with any arguments.
static const int AllowedCalls[] = {
    // Descriptors that are open already.
    __NR_read,
    __NR_readv,
    __NR_pread64,
    __NR_write,
    __NR_writev,
    __NR_recvfrom,
    __NR_recvmsg,
    __NR_sendto,
    __NR_sendmsg,
    __NR_ppoll,
    __NR_close,
    __NR_lseek,
    __NR_fcntl,
    __NR_fstat,
#ifdef __NR_poll
    __NR_poll,
#endif
    // Memory.
    __NR_brk,
    __NR_mmap,
    __NR_munmap,
    __NR_mremap,
    __NR_mprotect,
    __NR_madvise,
    __NR_mincore,
    __NR_msync,
    __NR_membarrier,
    // Threads and their signals.
    __NR_futex,
    __NR_set_robust_list,
    __NR_set_tid_address,
    __NR_gettid,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_sched_getparam,
    __NR_sched_getscheduler,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_sigaltstack,
    __NR_restart_syscall,
    __NR_exit,
    __NR_exit_group,
#ifdef __NR_rseq
    __NR_rseq,
#endif
    // Clocks.
    __NR_clock_gettime,
    __NR_clock_getres,
    __NR_clock_nanosleep,
    __NR_nanosleep,
    __NR_gettimeofday,
    __NR_times,
#ifdef __NR_time
    __NR_time,
#endif
    // Facts about this process and machine.
    __NR_getpid,
    __NR_getppid,
    __NR_getuid,
    __NR_geteuid,
    __NR_getgid,
    __NR_getegid,
    __NR_getrusage,
    __NR_sysinfo,
    __NR_uname,
    __NR_getcpu,
    __NR_getrandom,
#ifdef __NR_getrlimit
    __NR_getrlimit,
#endif
#ifdef __NR_setrlimit
    __NR_setrlimit,
#endif
};

namespace {
/// Writes a filter program. Both supported architectures are little-endian, so
/// the low word of an argument comes first.
class FilterWriter {
public:
  void statement(uint16_t code, uint32_t value) {
    program.push_back(BPF_STMT(code, value));
  }
  void jump(uint16_t code, uint32_t value, uint8_t ifTrue, uint8_t ifFalse) {
    program.push_back(BPF_JUMP(code, value, ifTrue, ifFalse));
  }
  void load(size_t offset) {
    statement(BPF_LD | BPF_W | BPF_ABS, uint32_t(offset));
  }
  void loadArgument(unsigned index) {
    load(offsetof(seccomp_data, args) + 8 * index);
  }
  void answer(uint32_t value) { statement(BPF_RET | BPF_K, value); }

  void allow(int call) {
    jump(BPF_JMP | BPF_JEQ | BPF_K, uint32_t(call), 0, 1);
    answer(SECCOMP_RET_ALLOW);
  }
  /// Allows `call` where its argument's low word satisfies a comparison.
  void allowIf(int call, unsigned argument, uint16_t comparison,
               uint32_t value) {
    jump(BPF_JMP | BPF_JEQ | BPF_K, uint32_t(call), 0, 4);
    loadArgument(argument);
    jump(BPF_JMP | comparison | BPF_K, value, 0, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(SECCOMP_RET_ERRNO | EPERM);
  }

  std::vector<sock_filter> program;
};
} // namespace

static std::vector<sock_filter> buildFilter() {
  FilterWriter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.jump(BPF_JMP | BPF_JEQ | BPF_K, TRITON_EXT_AUDIT_ARCH, 1, 0);
  filter.answer(SECCOMP_RET_ERRNO | EPERM);

  filter.load(offsetof(seccomp_data, nr));
  for (int call : AllowedCalls)
    filter.allow(call);
  // Threads, but no processes. The flags of clone3 are in memory, out of a
  // filter's sight; "no such call" sends the C library back to clone.
  filter.allowIf(__NR_clone, 0, BPF_JSET, CLONE_THREAD);
#ifdef __NR_clone3
  filter.jump(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1);
  filter.answer(SECCOMP_RET_ERRNO | ENOSYS);
#endif
  // abort() and raise() signal the own process.
  filter.allowIf(__NR_tgkill, 0, BPF_JEQ, uint32_t(getpid()));
  filter.allowIf(__NR_prlimit64, 0, BPF_JEQ, 0);
  filter.allowIf(__NR_prctl, 0, BPF_JEQ, PR_SET_NAME);
  // How the C library spells fstat since 2.33.
  filter.allowIf(__NR_newfstatat, 3, BPF_JEQ, AT_EMPTY_PATH);
  filter.answer(SECCOMP_RET_ERRNO | EPERM);
  return filter.program;
}

static bool filterSystemCalls() {
  std::vector<sock_filter> filter = buildFilter();
  sock_fprog program = {static_cast<unsigned short>(filter.size()),
                        filter.data()};
  // All threads at once where the kernel can, else this one and its future.
  if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
              &program) == 0)
    return true;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else
static bool filterSystemCalls() { return false; }
#endif // TRITON_EXT_AUDIT_ARCH

unsigned triton_ext::worker::enterSandbox() {
  unsigned active = 0;
  if (forbidCoreDumps())
    active |= NoCoreDump;
  if (forbidNewPrivileges())
    active |= NoNewPrivileges;
  if (forbidFiles())
    active |= Landlock;
  // Last, for it refuses the calls that the others need.
  if (filterSystemCalls())
    active |= SystemCallFilter;
  return active;
}

std::string triton_ext::worker::describeProtections(unsigned mask) {
  static const struct {
    Protection bit;
    const char *name;
  } names[] = {{NoCoreDump, "no-core-dump"},
               {NoNewPrivileges, "no-new-privileges"},
               {Landlock, "landlock"},
               {SystemCallFilter, "system-call-filter"},
               {ParentWatch, "parent-watch"}};
  std::string text;
  for (const auto &entry : names)
    if (mask & entry.bit)
      text += (text.empty() ? "" : ",") + std::string(entry.name);
  return text.empty() ? "none" : text;
}
