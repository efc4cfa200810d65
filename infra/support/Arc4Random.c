/*===- Arc4Random.c - What glibc has from 2.36 on -------------------*- C -*-===
 * SPDX-License-Identifier: MIT
 *
 * LLVMSupport names temporary files with arc4random, the one symbol for which a
 * library linked here would need glibc 2.36. This one is linked in instead and
 * stays hidden, so that the library loads from glibc 2.35 on.
 *===----------------------------------------------------------------------===*/
#include <errno.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>

uint32_t arc4random(void);

uint32_t arc4random(void) {
  uint32_t value;
  ssize_t got;
  do
    got = getrandom(&value, sizeof(value), 0);
  while (got < 0 && errno == EINTR);
  if (got == (ssize_t)sizeof(value))
    return value;
  /* A sandbox may refuse the call. Names have to differ, not to be secret, and
     whoever makes a file tries again where one is taken. */
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)now.tv_nsec * 2654435761u ^ (uint32_t)now.tv_sec;
}
