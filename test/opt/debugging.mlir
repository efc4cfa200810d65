// The flags that people use with LLVM's opt.
// RUN: triton-ext-opt %s --cse --print-after-all 2>&1 | FileCheck %s --check-prefix=AFTER
// RUN: triton-ext-opt %s --cse --print-before-all 2>&1 | FileCheck %s --check-prefix=BEFORE
// RUN: triton-ext-opt %s --cse --canonicalize --print-changed 2>&1 | FileCheck %s --check-prefix=CHANGED
// AFTER: IR Dump After CSE
// BEFORE: IR Dump Before CSE
// CHANGED: IR Dump After CSE
// CHANGED-NOT: IR Dump After Canonicalizer

// The bisection limit lets that many passes run.
// RUN: triton-ext-opt %s --cse --canonicalize --opt-bisect-limit=0 | FileCheck %s --check-prefix=NONE
// RUN: triton-ext-opt %s --cse --canonicalize --opt-bisect-limit=1 | FileCheck %s --check-prefix=ONE
// NONE-COUNT-2: arith.addi
// ONE-COUNT-1: arith.addi
// ONE-NOT: arith.addi

// Operations of dialects that are not known pass through.
// RUN: triton-ext-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=OPAQUE
// OPAQUE: "ttg.future"() {encoding = #ttg.blocked<{order = [0]}>}

tt.func @f(%a: i32, %b: i32) -> (i32, i32) {
  %0 = arith.addi %a, %b : i32
  %1 = arith.addi %a, %b : i32
  "ttg.future"() {encoding = #ttg.blocked<{order = [0]}>} : () -> ()
  tt.return %0, %1 : i32, i32
}
