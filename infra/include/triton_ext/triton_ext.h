/*===- triton_ext.h - The C interface of libTritonExtPassInfra ------*- C -*-===
 * SPDX-License-Identifier: MIT
 *
 * Runs catalogued passes over Triton modules given as MLIR text.
 *
 * Texts are UTF-8 with an explicit length; none has to end in a zero byte, and
 * none is kept after a call returns. Every call is safe from any thread at any
 * time; calls that need the worker queue up behind one another. No exception,
 * abort, signal handler or write to stdout or stderr leaves the library.
 *
 * A call that can go wrong returns a `triton_ext_result`, never NULL except
 * when memory is gone; its status says what happened, its report says why.
 *===----------------------------------------------------------------------===*/
#ifndef TRITON_EXT_TRITON_EXT_H
#define TRITON_EXT_TRITON_EXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TRITON_EXT_API __attribute__((visibility("default")))
#else
#define TRITON_EXT_API
#endif

/* The layout of the comments carries meaning. */
/* clang-format off */

/** Raised when a function, a status or a documented field changes meaning. */
#define TRITON_EXT_ABI_VERSION 1

/** A text of the caller's or of a result's: `size` bytes at `data`. */
typedef struct triton_ext_text {
  const char *data;
  size_t size;
} triton_ext_text;

typedef struct triton_ext_result triton_ext_result;

enum triton_ext_status {
  /** Done. After a run: a pass changed the module, `output` is the new one. */
  TRITON_EXT_OK = 0,
  /** Every pass declined or changed nothing; `output` is empty. */
  TRITON_EXT_UNCHANGED = 1,
  /** A lossless gate refused the module; the report names the operation. */
  TRITON_EXT_REFUSED = 2,
  /** A pass failed, crashed, ran out of time or memory; the report names it. */
  TRITON_EXT_FAILED = 3,
  /** The request or the pipeline text is wrong; the report says where. */
  TRITON_EXT_BAD_REQUEST = 4,
  /** No worker can be started here (no exec, no file); the report says why. */
  TRITON_EXT_UNAVAILABLE = 5
};

/** The ABI that this library was built with; compare with the macro. */
TRITON_EXT_API uint32_t triton_ext_abi_version(void);
/** "0.1.0"; lives as long as the library. */
TRITON_EXT_API const char *triton_ext_version(void);
/** Hex digits that change with any source the library is built from. */
TRITON_EXT_API const char *triton_ext_build_hash(void);

/**
 * The catalogue of this library and of those that were added. `output`: JSON
 *   {"version", "build_hash", of this library;
 *    "extensions": [{"name": "loop-split" | "mine/loop-split",
 *                    "library": "" | "mine",
 *                    "source": null | path of the added library, ...}],
 *    "libraries": [{"library", "path", "version", "build_hash"}], this one first}
 */
TRITON_EXT_API triton_ext_result *triton_ext_catalogue(void);

/**
 * Adds the library in the file `path` to this process. Its catalogue joins this
 * library's, under its name: `mine/loop-split`. Its code is not loaded here: a
 * worker of its own is asked, and runs its passes, except in runs that ask for
 * "inline". OK: `output` is JSON {"library", "path", "version", "build_hash"};
 * so too when it was added before. Else the report is JSON {"error": {"code",
 * "message", "nearest": [], "hint"}}, UNAVAILABLE if no worker can be started
 * ("no-worker"), BAD_REQUEST for the other codes: no-file, not-a-library,
 * other-abi, no-name, clash (the name is taken; the message has both files),
 * bad-text (the catalogue's; the message has entry and field), crash,
 * time-limit, memory-limit, exit, garbage.
 */
TRITON_EXT_API triton_ext_result *triton_ext_add_library(triton_ext_text path);

/**
 * Checks a pipeline text (its grammar: docs/pipelines.md). OK: `output` is its
 * canonical form (equal pipelines have equal text) and the report is JSON
 *   {"canonical",
 *    "rules": [{"pattern": null (every kernel) | text,
 *               "steps": [{"kind": "pass" | "drop" | "stock",
 *                          "name": of the pass; "ttir.loop_unroll" of a stock one,
 *                          "library": null for a stock pass,
 *                          "stage": null where a stock pass is named without,
 *                          "status": null for a stock pass,
 *                          "knobs": {..}, texts; typed for a stock pass,
 *                          "place": null | {"how": "before" | "after" |
 *                                                  "replace" | as "kind",
 *                                           "stage", "pass",
 *                                           "occurrence": null | from 1,
 *                                           "optional"}}]}],
 *    "elements": [the passes of all rules: {"kernel": the rule's pattern, "name",
 *                 "stage", "status", "knobs"}],
 *    "libraries": [as in the catalogue, those that the pipeline names]}.
 * Which stock passes there are and what they take is not checked: the producer
 * knows. A kernel's pipeline is that of the first rule whose pattern is one of
 * its name, byte by byte. BAD_REQUEST: the report is JSON
 * {"error": {"code", "message", "line", "column", "nearest": [..], "hint"}};
 * `message` is complete, with the text and a caret under the character.
 */
TRITON_EXT_API triton_ext_result *triton_ext_check(triton_ext_text pipeline);

/**
 * Runs a pipeline over `module`: generic or pretty MLIR text, or for the stage
 * "llir" LLVM IR, where passes decline ("newer-llvm") what is too new to be read.
 *
 * `request` is a JSON object; all fields but "pipeline" may be absent:
 *   "pipeline"    text, e.g. "loop-split{max-splits=2}"; "" crosses only. Nothing
 *                 in it may have a place in the stock pipeline, drop or set a
 *                 stock pass: that is for whoever runs the producer's passes
 *   "mode"        "isolated" (default: in the worker) | "inline"
 *   "stage"       "ttir" (default) | "ttgir" | "llir"; passes of other stages are
 *                 left out
 *   "kernel"      name, by which the pipeline's rule is chosen, and for the
 *                 report; no rule for it: UNCHANGED, with no passes
 *   "target"      {"backend": "cuda", "arch": 90, "warp_size": 32}
 *   "triton"      the release that made the text, e.g. "3.6.0"
 *   "options"     {"enable_fp_fusion": true, "num_warps": 4, ...} scalars,
 *                 and lists of strings
 *   "visibility"  what sym_visibility of the entry function is to be restored
 *                 to (a string, or null for absent), where the module was
 *                 printed generic by the marker word "triton_ext.crossing"
 *   "time_limit_ms" (default 10000), "memory_limit_mb" (default 4096)
 *
 * `output` is the new module in generic form, ready for the producer's parser.
 * The report is JSON:
 *   {"kernel", "stage",
 *    "status": "changed|unchanged|refused|failed|bad-request|unavailable",
 *    "passes": [{"name", "text", "status": "fired|noted|declined|failed",
 *                "count": n,
 *                "remarks": [{"kind": "fired|noted|declined", "id", "text",
 *                             "file", "line"}],
 *                "operations_before", "operations_after", "us"}],
 *    "error": null | {"code", "pass", "operation", "message"},
 *    "us": {"read", "gate", "passes", "write", "total"}}
 * error codes: crash, time-limit, memory-limit, exit, garbage,
 * pass-failed, gate-in, gate-out, unreadable, no-worker, pipeline, placement,
 * request.
 *
 * Passes of several libraries run in order, those of one library that follow
 * one another in that library's worker; the limits hold for each such part. The
 * report is one: "us" are sums, and where a part fails nothing is applied.
 */
TRITON_EXT_API triton_ext_result *triton_ext_run(triton_ext_text module,
                                                 triton_ext_text request);

/**
 * Whether two module texts say the same, locations and SSA names aside, read
 * in a context that knows no dialect. `request` takes "mode" and the limits of
 * a run. OK: the same. REFUSED: the report's error names the first operation
 * that differs. This is the outbound gate for producers that parse the result
 * of a run with their own parser and print it again; equal texts return at once.
 */
TRITON_EXT_API triton_ext_result *
triton_ext_compare(triton_ext_text sent, triton_ext_text readBack,
                   triton_ext_text request);

/**
 * Ends this process's workers, if they run; the next isolated call starts new
 * ones. Names the worker program to start, or NULL data for the default: the
 * variable TRITON_EXT_WORKER, else triton-ext-opt beside the library or in
 * ../bin.
 */
TRITON_EXT_API void triton_ext_stop_worker(void);
TRITON_EXT_API void triton_ext_set_worker(triton_ext_text program);
/** Process id of the worker of this library's own passes, 0 when none runs. */
TRITON_EXT_API int64_t triton_ext_worker_pid(void);

/**
 * For the worker program alone: serves the client that started this process,
 * until that is gone. Returns the exit code; 2 at once where no client did.
 */
TRITON_EXT_API int triton_ext_serve(void);

/** Accessors; the texts live until the result is freed. NULL is accepted. */
TRITON_EXT_API enum triton_ext_status
triton_ext_result_status(const triton_ext_result *result);
TRITON_EXT_API triton_ext_text
triton_ext_result_output(const triton_ext_result *result);
TRITON_EXT_API triton_ext_text
triton_ext_result_report(const triton_ext_result *result);
TRITON_EXT_API void triton_ext_free(triton_ext_result *result);

/* clang-format on */

#ifdef __cplusplus
}
#endif

#endif /* TRITON_EXT_TRITON_EXT_H */
