/*===- c_program.c - The C interface as a C program uses it ---------*- C -*-===
 * SPDX-License-Identifier: MIT
 *
 * From pretty TTIR through a pass to TTIR, past a pass that crashes, and
 * through every mistake a caller can make. Prints what fails; exits with the
 * number of failures.
 *===----------------------------------------------------------------------===*/
#include "triton_ext/triton_ext.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures = 0;

#define CHECK(condition, ...)                                                  \
  do {                                                                         \
    if (!(condition)) {                                                        \
      ++failures;                                                              \
      printf("FAILED line %d: %s: ", __LINE__, #condition);                    \
      printf(__VA_ARGS__);                                                     \
      printf("\n");                                                            \
    }                                                                          \
  } while (0)

static const char kernel[] =
    "module {\n"
    "  tt.func public @k(%p: !tt.ptr<f32> {tt.divisibility = 16 : i32}) {\n"
    "    %i = tt.get_program_id x : i32\n"
    "    %o = arith.constant 1.000000e+00 : f32\n"
    "    %q = tt.addptr %p, %i : !tt.ptr<f32>, i32\n"
    "    tt.store %q, %o : !tt.ptr<f32>\n"
    "    tt.return\n"
    "  }\n"
    "}\n";

static triton_ext_text text(const char *characters) {
  triton_ext_text result = {characters, strlen(characters)};
  return result;
}

static triton_ext_result *run(const char *module, const char *request) {
  return triton_ext_run(text(module), text(request));
}

/* Whether the text of given length holds `word`. */
static int holds(triton_ext_text in, const char *word) {
  size_t length = strlen(word);
  for (size_t i = 0; i + length <= in.size; ++i)
    if (memcmp(in.data + i, word, length) == 0)
      return 1;
  return 0;
}

static void expect(const char *what, triton_ext_result *result,
                   enum triton_ext_status status, const char *inReport) {
  triton_ext_text report = triton_ext_result_report(result);
  CHECK(triton_ext_result_status(result) == status,
        "%s: status %d, report %.*s", what,
        (int)triton_ext_result_status(result), (int)report.size, report.data);
  CHECK(holds(report, inReport), "%s: report %.*s has no %s", what,
        (int)report.size, report.data, inReport);
  triton_ext_free(result);
}

static void runsAPass(const char *mode) {
  char request[256];
  snprintf(request, sizeof(request),
           "{\"pipeline\": \"planted-change{value=7}\", \"mode\": \"%s\", "
           "\"kernel\": \"k\"}",
           mode);
  triton_ext_result *result = run(kernel, request);
  triton_ext_text output = triton_ext_result_output(result);
  CHECK(triton_ext_result_status(result) == TRITON_EXT_OK, "mode %s: %.*s",
        mode, (int)triton_ext_result_report(result).size,
        triton_ext_result_report(result).data);
  CHECK(holds(output, "\"tt.store\""), "no store in %.*s", (int)output.size,
        output.data);
  CHECK(holds(output, "7.000000e+00"), "no 7 in %.*s", (int)output.size,
        output.data);
  CHECK(!holds(output, "triton_ext."), "ours remains in %.*s", (int)output.size,
        output.data);
  /* What came out goes in again. */
  triton_ext_result *again = triton_ext_run(output, text(request));
  CHECK(triton_ext_result_status(again) == TRITON_EXT_OK, "second run: %.*s",
        (int)triton_ext_result_report(again).size,
        triton_ext_result_report(again).data);
  triton_ext_free(again);
  triton_ext_free(result);
}

static void survivesBadPasses(void) {
  const struct {
    const char *pipeline, *inReport;
    int milliseconds;
  } cases[] = {
      {"planted-crash", "\"code\":\"crash\"", 20000},
      {"planted-abort", "\"code\":\"crash\"", 20000},
      {"planted-hang", "\"code\":\"time-limit\"", 500},
      {"planted-eat-memory", "\"code\":\"memory-limit\"", 20000},
      {"planted-exit", "\"code\":\"exit\"", 20000},
      {"planted-fail", "\"code\":\"pass-failed\"", 20000},
      {"planted-invalid", "\"pass\":\"planted-invalid\"", 20000},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
    char request[256];
    snprintf(request, sizeof(request),
             "{\"pipeline\": \"planted-change,%s\", \"time_limit_ms\": %d, "
             "\"memory_limit_mb\": 300}",
             cases[i].pipeline, cases[i].milliseconds);
    triton_ext_result *result = run(kernel, request);
    char named[128];
    snprintf(named, sizeof(named), "\"pass\":\"%s\"", cases[i].pipeline);
    CHECK(holds(triton_ext_result_report(result), named), "%s is not named",
          cases[i].pipeline);
    CHECK(triton_ext_result_output(result).size == 0, "%s has output",
          cases[i].pipeline);
    expect(cases[i].pipeline, result, TRITON_EXT_FAILED, cases[i].inReport);
    runsAPass("isolated");
  }
}

static void answersMistakes(void) {
  expect("no JSON", run(kernel, "pipeline"), TRITON_EXT_BAD_REQUEST,
         "not JSON");
  expect("unknown field", run(kernel, "{\"pipelin\": \"\"}"),
         TRITON_EXT_BAD_REQUEST, "pipelin");
  expect("unknown pass", run(kernel, "{\"pipeline\": \"planted-chang\"}"),
         TRITON_EXT_BAD_REQUEST, "planted-change");
  expect("no MLIR", run("module {", "{\"pipeline\": \"planted-change\"}"),
         TRITON_EXT_REFUSED, "unreadable");
  expect("empty", run("", "{\"pipeline\": \"planted-change\"}"),
         TRITON_EXT_UNCHANGED, "declined");
  triton_ext_text nothing = {NULL, 0};
  expect("null", triton_ext_run(nothing, nothing), TRITON_EXT_BAD_REQUEST,
         "error");
  expect("range", triton_ext_check(text("planted-change{value=101}")),
         TRITON_EXT_BAD_REQUEST, "from 0 to 100");
  expect("caret", triton_ext_check(text("planted-change{value=1}}")),
         TRITON_EXT_BAD_REQUEST, "\"column\":24");
  expect("placement", run(kernel, "{\"pipeline\": \"drop=ttir.x\"}"),
         TRITON_EXT_BAD_REQUEST, "\"placement\"");
  expect(
      "no rule",
      run(kernel, "{\"pipeline\": \"a: planted-change\", \"kernel\": \"b\"}"),
      TRITON_EXT_UNCHANGED, "\"passes\":[]");
  triton_ext_free(NULL);
}

static void checksPipelines(void) {
  triton_ext_result *result =
      triton_ext_check(text(" planted-change { value=007 } , planted-crash"));
  triton_ext_text canonical = triton_ext_result_output(result);
  const char expected[] = "planted-change{value=7},planted-crash";
  CHECK(canonical.size == strlen(expected) &&
            memcmp(canonical.data, expected, canonical.size) == 0,
        "canonical is %.*s", (int)canonical.size, canonical.data);
  triton_ext_free(result);
  expect("rules", triton_ext_check(text("a_*: planted-crash@before=ttir.x#2?")),
         TRITON_EXT_OK, "\"occurrence\":2,\"optional\":true");
}

static void comparesModules(void) {
  triton_ext_text request = text("{}");
  triton_ext_text one =
      text("\"a.b\"() {x = 1 : i32} : () -> () loc(\"f\":1:1)");
  triton_ext_text same = text("\"a.b\"()   {x = 1 : i32} : () -> ()");
  triton_ext_text other = text("\"a.b\"() {x = 2 : i32} : () -> ()");
  expect("same", triton_ext_compare(one, same, request), TRITON_EXT_OK, "{}");
  expect("differs", triton_ext_compare(one, other, request), TRITON_EXT_REFUSED,
         "\"operation\":\"a.b\"");
}

static void addsALibrary(void) {
  const char both[] = "{\"pipeline\": \"planted-change,mine/loop-split\"}";
  expect("not added", run(kernel, both), TRITON_EXT_BAD_REQUEST,
         "unknown pass");
  triton_ext_text nothing = {NULL, 0};
  expect("no path", triton_ext_add_library(nothing), TRITON_EXT_BAD_REQUEST,
         "\"code\":\"no-file\"");
  for (int twice = 0; twice < 2; ++twice) {
    triton_ext_result *added = triton_ext_add_library(text(MINE));
    CHECK(holds(triton_ext_result_output(added), "\"library\":\"mine\""),
          "not mine");
    expect("added", added, TRITON_EXT_OK, "{}");
  }
  triton_ext_result *catalogue = triton_ext_catalogue();
  CHECK(holds(triton_ext_result_output(catalogue), "\"mine/loop-split\""),
        "mine is not in the catalogue");
  triton_ext_free(catalogue);
  expect("both", run(kernel, both), TRITON_EXT_OK,
         "\"name\":\"mine/loop-split\"");
  expect("neither", run(kernel, "{\"pipeline\": \"mine/fault\"}"),
         TRITON_EXT_FAILED, "\"pass\":\"mine/fault\"");
  CHECK(triton_ext_worker_pid() != 0, "the own worker is gone");
}

static void *inAThread(void *unused) {
  (void)unused;
  for (int i = 0; i < 20; ++i)
    runsAPass("isolated");
  return NULL;
}

static void runsInThreadsAndChildren(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i)
    pthread_create(&threads[i], NULL, inAThread, NULL);
  pid_t child = fork();
  if (child == 0) {
    failures = 0;
    runsAPass("isolated");
    _exit(failures ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child failed");
  for (int i = 0; i < 8; ++i)
    pthread_join(threads[i], NULL);
}

int main(void) {
  CHECK(triton_ext_abi_version() == TRITON_EXT_ABI_VERSION, "ABI");
  CHECK(strlen(triton_ext_build_hash()) == 16, "build hash");
  CHECK(triton_ext_worker_pid() == 0, "a worker before its first use");
  CHECK(triton_ext_serve() == 2, "nobody started this as a worker");
  runsAPass("inline");
  CHECK(triton_ext_worker_pid() == 0, "a worker for an inline run");
  runsAPass("isolated");
  CHECK(triton_ext_worker_pid() != 0, "no worker");
  survivesBadPasses();
  answersMistakes();
  checksPipelines();
  comparesModules();
  addsALibrary();
  runsInThreadsAndChildren();
  triton_ext_stop_worker();
  CHECK(triton_ext_worker_pid() == 0, "a worker after its end");
  triton_ext_set_worker(text("/nonexistent/worker"));
  expect("no worker", run(kernel, "{\"pipeline\": \"planted-change\"}"),
         TRITON_EXT_UNAVAILABLE, "no-worker");
  printf("%s\n", failures ? "FAILED" : "passed");
  return failures;
}
