// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(count-visits)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(count-visits)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(count-visits{program=-1})' | FileCheck %s --check-prefix=ALL
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(count-visits{program=7})' | FileCheck %s --check-prefix=SEVEN

// Twice is once, also when the text was written and read in between.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(count-visits)' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(count-visits,count-visits)' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(count-visits)' -o %t.again
// RUN: diff %t.once %t.again

// Example: a loop with a branch that has no other side. What the loop carries
// already stays.
// CHECK-LABEL: tt.func public @loop
// CHECK: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK: %[[L:.*]]:4 = scf.for {{.*}} iter_args(%[[V:.*]] = %arg1, %[[N:.*]] = %[[ZERO]], %[[T:.*]] = %[[ZERO]], %[[E:.*]] = %[[ZERO]]) -> (f32, i64, i64, i64)
// CHECK: %[[ONE:.*]] = arith.constant 1 : i64
// CHECK: %[[MORE:.*]] = arith.addi %[[N]], %[[ONE]]
// CHECK: %[[B:.*]]:2 = scf.if %{{.*}} -> (i64, i64)
// CHECK: %[[TAKEN:.*]] = arith.addi %[[T]]
// CHECK: tt.store
// CHECK: scf.yield %[[TAKEN]], %[[E]] : i64, i64
// CHECK: } else {
// CHECK: %[[LEFT:.*]] = arith.addi %[[E]]
// CHECK: scf.yield %[[T]], %[[LEFT]] : i64, i64
// CHECK: scf.yield %{{.*}}, %[[MORE]], %[[B]]#0, %[[B]]#1 : f32, i64, i64, i64
// CHECK: } {tt.num_stages = 3 : i32}
// CHECK: tt.store %arg0, %[[L]]#0
// CHECK: %[[ID:.*]] = arith.cmpi eq
// CHECK: scf.if %[[ID]]
// CHECK: tt.print " count-visits: CountVisits.mlir:{{[0-9]+}}:8 loop: " {{.*}} %[[L]]#1 : i64
// CHECK: tt.print " count-visits: CountVisits.mlir:{{[0-9]+}}:5 then: " {{.*}} %[[L]]#2 : i64
// CHECK: tt.print " count-visits: CountVisits.mlir:{{[0-9]+}}:5 else: " {{.*}} %[[L]]#3 : i64
// CHECK: tt.return
// ALL-LABEL: @loop
// ALL-NOT: tt.get_program_id
// ALL: tt.print
// SEVEN-LABEL: @loop
// SEVEN: tt.get_program_id z
// SEVEN: tt.get_program_id y
// SEVEN: tt.get_num_programs y
// SEVEN: tt.get_program_id x
// SEVEN: tt.get_num_programs x
// SEVEN: arith.constant 7 : i32
// REMARK: remark: [Passed] fired {{.*}}counts CountVisits.mlir:{{[0-9]+}}:8 loop
// REMARK: remark: [Passed] fired {{.*}}:5 then
// REMARK: remark: [Passed] fired {{.*}}:5 else
tt.func public @loop(%p: !tt.ptr<f32>, %v: f32, %n: i32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r = scf.for %i = %zero to %n step %one iter_args(%x = %v) -> (f32) : i32 {
    %c = arith.cmpi slt, %i, %one : i32
    scf.if %c {
      tt.store %p, %x : !tt.ptr<f32>
    }
    %y = arith.addf %x, %v : f32
    scf.yield %y : f32
  } {tt.num_stages = 3 : i32}
  tt.store %p, %r : !tt.ptr<f32>
  tt.return
}

// -----

// A loop with scf.while counts its body, not its condition; what is in the
// condition counts on its own. The sides of a branch that yields stay.
// CHECK-LABEL: tt.func public @while
// CHECK: scf.while (%{{.*}} = %arg0, %[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}) : (i32, i64, i64, i64) -> (i32, i64, i64, i64)
// CHECK: %[[IF:.*]]:3 = scf.if %{{.*}} -> (i32, i64, i64)
// CHECK: scf.condition(%{{.*}}) %[[IF]]#0, %[[A]], %[[IF]]#1, %[[IF]]#2 : i32, i64, i64, i64
// CHECK: } do {
// CHECK: ^bb0(%{{.*}}: i32, %[[D:.*]]: i64, %[[E:.*]]: i64, %[[F:.*]]: i64):
// CHECK: %[[G:.*]] = arith.addi %[[D]]
// CHECK: scf.yield %{{.*}}, %[[G]], %[[E]], %[[F]] : i32, i64, i64, i64
tt.func public @while(%n: i32, %c: i1) -> i32 {
  %zero = arith.constant 0 : i32
  %left = scf.while (%i = %n) : (i32) -> i32 {
    %more = arith.cmpi sgt, %i, %zero : i32
    %j = scf.if %c -> (i32) {
      scf.yield %i : i32
    } else {
      scf.yield %n : i32
    }
    scf.condition(%more) %j : i32
  } do {
  ^bb0(%i: i32):
    %next = arith.subi %i, %n : i32
    scf.yield %next : i32
  }
  tt.return %left : i32
}

// -----

// An early return: each end prints; a block that two branches lead to.
// CHECK-LABEL: tt.func public @blocks
// CHECK: cf.cond_br %arg0, ^bb1(%[[Z:.*]], %[[Z]] : i64, i64), ^bb2(%[[Z]], %[[Z]] : i64, i64)
// CHECK: ^bb1(%[[A:.*]]: i64, %[[B:.*]]: i64):
// CHECK: %[[C:.*]] = arith.addi %[[A]]
// CHECK: cf.cond_br %arg1, ^bb2(%[[C]], %[[B]] : i64, i64), ^bb2(%[[C]], %[[B]] : i64, i64)
// CHECK: ^bb2(%[[D:.*]]: i64, %[[E:.*]]: i64):
// CHECK: %[[F:.*]] = arith.addi %[[E]]
// CHECK: tt.print " count-visits: {{.*}} block: " {{.*}} %[[D]] : i64
// CHECK: tt.print " count-visits: {{.*}} block: " {{.*}} %[[F]] : i64
tt.func public @blocks(%c: i1, %d: i1, %p: !tt.ptr<i1>) {
  cf.cond_br %c, ^one, ^two
^one:
  cf.cond_br %d, ^two, ^two
^two:
  tt.store %p, %d : !tt.ptr<i1>
  tt.return
}

// -----

// One thread prints where the target is known to have numbered threads.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // CHECK-LABEL: tt.func public @cuda
  // CHECK: tt.elementwise_inline_asm "mov.u32 $0, %tid.x;" {constraints = "=r", packed_element = 1 : i32, pure = true} -> i32
  // CHECK: arith.andi
  // CHECK: scf.if
  // CHECK: tt.print
  // ALL-LABEL: tt.func public @cuda
  // ALL: %[[T:.*]] = tt.elementwise_inline_asm
  // ALL: %[[F:.*]] = arith.cmpi eq, %[[T]]
  // ALL: scf.if %[[F]]
  tt.func public @cuda(%n: i32) {
    scf.for %i = %n to %n step %n : i32 {
    }
    tt.return
  }
}

// -----

module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
  // CHECK-LABEL: tt.func public @hip
  // CHECK: tt.elementwise_inline_asm "v_mbcnt_lo_u32_b32 $0, -1, 0\0Av_mbcnt_hi_u32_b32 $0, -1, $0"
  tt.func public @hip(%n: i32) {
    scf.for %i = %n to %n step %n : i32 {
    }
    tt.return
  }
}

// -----

// A loop whose parts run in different warps is left as it is, with all that is in
// it; what is called is not counted.
// CHECK-LABEL: tt.func public @specialized
// CHECK: scf.for %{{.*}} = %arg0 to %arg0 step %arg0 : i32 {
// CHECK-NEXT: scf.if
// CHECK: } {tt.warp_specialize}
// CHECK: scf.for {{.*}} -> (i64)
// CHECK: tt.print
// CHECK-NOT: tt.print
// REMARK: remark: [Missed] warp-specialized
// REMARK: remark: [Missed] called-function
tt.func public @specialized(%n: i32, %c: i1) {
  scf.for %i = %n to %n step %n : i32 {
    scf.if %c {
      tt.call @helper(%n) : (i32) -> ()
    }
  } {tt.warp_specialize}
  scf.for %i = %n to %n step %n : i32 {
  }
  tt.return
}
tt.func private @helper(%n: i32) attributes {noinline = true} {
  scf.for %i = %n to %n step %n : i32 {
  }
  tt.return
}

// -----

// REMARK: remark: [Missed] already-counted
// CHECK-LABEL: @counted
tt.func public @counted(%n: i32, %m: i64) {
  scf.for %i = %n to %n step %n : i32 {
  }
  tt.print " count-visits: k.py:1:2 loop: " {hex = false, isSigned = array<i32: 1>} : %m : i64
  tt.return
}

// -----

// REMARK: remark: [Missed] nothing-to-count
tt.func public @straight() {
  tt.return
}

// -----

// REMARK: remark: [Missed] no-kernel
module {
}
