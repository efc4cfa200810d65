// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n})' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds)' | FileCheck %s --check-prefix=PLAIN
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=#0:2*(#1+3)-1,y_ptr:64})' | FileCheck %s --check-prefix=SUM
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n wrap=false})' | FileCheck %s --check-prefix=NOWRAP

// A mistake in the sizes is one in the pipeline.
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr})' 2>&1 | FileCheck %s --check-prefix=BAD1
// BAD1: check-bounds: sizes: expected ':' at ''
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n/2})' 2>&1 | FileCheck %s --check-prefix=BAD2
// BAD2: check-bounds: sizes: expected ',' or the end at '/2'
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:(n})' 2>&1 | FileCheck %s --check-prefix=BAD3
// BAD3: check-bounds: sizes: expected ')' at ''
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n,})' 2>&1 | FileCheck %s --check-prefix=BAD4
// BAD4: check-bounds: sizes: expected an argument at ''
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:99999999999999999999})' 2>&1 | FileCheck %s --check-prefix=BAD5
// BAD5: check-bounds: sizes: expected an integer of 64 bits

// Twice is once, also when the text was written and read in between.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n})' -mlir-print-debuginfo -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n},check-bounds{sizes=x_ptr:n})' -mlir-print-debuginfo -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(check-bounds{sizes=x_ptr:n})' -mlir-print-debuginfo -o %t.again
// RUN: diff %t.once %t.again

// Example: rows of a matrix, whose size is given; without one, only what lies
// before it is wrong. The product of two 32-bit integers may wrap around.
// CHECK-LABEL: tt.func public @rows
// CHECK: %[[ROW:.*]] = arith.muli %{{.*}}, %arg2 : i32
// CHECK: %[[WIDE:.*]] = arith.muli %{{.*}}, %{{.*}} : i64
// CHECK: %[[START:.*]] = tt.splat %[[WIDE]] : i64 -> tensor<64xi64>
// CHECK: arith.addi %[[START]]
// CHECK: %[[SAME:.*]] = arith.cmpi eq
// CHECK: %[[LEFT:.*]] = arith.xori %[[M:.*]], %
// CHECK: %[[OK:.*]] = arith.ori %[[SAME]], %[[LEFT]]
// CHECK: tt.assert %[[OK]], "check-bounds: CheckBounds.mlir:{{[0-9]+}}:12: 32-bit offset into x_ptr wrapped around" : tensor<64xi1>
// CHECK: %[[AT:.*]] = tt.ptr_to_int %[[P:.*]] : tensor<64x!tt.ptr<f32>> -> tensor<64xi64>
// CHECK: %[[BASE:.*]] = tt.ptr_to_int %arg0 : !tt.ptr<f32> -> i64
// CHECK: %[[BYTES:.*]] = arith.subi %[[AT]]
// CHECK: %[[LOW:.*]] = arith.cmpi sge, %[[BYTES]]
// CHECK: %[[N:.*]] = arith.extsi %arg1 : i32 to i64
// CHECK: %[[OFFSET:.*]] = arith.shrsi %[[BYTES]]
// CHECK: %[[SIZE:.*]] = tt.splat %[[N]]
// CHECK: %[[HIGH:.*]] = arith.cmpi slt, %[[OFFSET]], %[[SIZE]]
// CHECK: %[[IN:.*]] = arith.andi %[[LOW]], %[[HIGH]]
// CHECK: tt.assert {{.*}}:12: load outside of x_ptr, which has n elements" : tensor<64xi1>
// CHECK: tt.load %[[P]], %[[M]]
// PLAIN-LABEL: @rows
// PLAIN: load before the start of x_ptr"
// SUM-LABEL: @rows
// SUM: %[[WIDE:.*]] = arith.extsi %arg1
// SUM: %[[MORE:.*]] = arith.addi %[[WIDE]]
// SUM: %[[TWICE:.*]] = arith.muli %{{.*}}, %[[MORE]]
// SUM: arith.subi %[[TWICE]]
// SUM: load outside of x_ptr, which has 2*(#1+3)-1 elements"
// NOWRAP-LABEL: @rows
// NOWRAP-NOT: wrapped around
// NOWRAP: load outside of x_ptr
// REMARK: remark: [Passed] fired {{.*}}asserts that the offset did not wrap around
// REMARK: remark: [Passed] fired {{.*}}asserts that the load is in bounds of x_ptr
tt.func public @rows(%x: !tt.ptr<f32> loc("x_ptr"), %n: i32 loc("n"), %stride: i32 loc("stride"), %m: tensor<64xi1>) -> tensor<64xf32> {
  %pid = tt.get_program_id x : i32
  %row = arith.muli %pid, %stride : i32
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %start = tt.addptr %x, %row : !tt.ptr<f32>, i32
  %base = tt.splat %start : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %at = tt.addptr %base, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %value = tt.load %at, %m : tensor<64x!tt.ptr<f32>>
  tt.return %value : tensor<64xf32>
}

// -----

// What the mask or ranges say needs no assertion: lanes below n, and lanes below
// a size that is a number. Without a size no offset below zero is possible.
// CHECK-LABEL: tt.func public @proved
// CHECK-NOT: tt.assert
// PLAIN-LABEL: tt.func public @proved
// PLAIN-NOT: tt.assert
// SUM-LABEL: tt.func public @proved
// SUM: outside of x_ptr
// SUM-NOT: tt.assert
// REMARK: remark: [Analysis] proved {{.*}}in bounds of x_ptr: no assertion
tt.func public @proved(%x: !tt.ptr<f32> loc("x_ptr"), %n: i32 loc("n"), %y: !tt.ptr<f32> loc("y_ptr"), %also: tensor<64xi1>) {
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %limit = tt.splat %n : i32 -> tensor<64xi32>
  %below = arith.cmpi slt, %lanes, %limit : tensor<64xi32>
  %mask = arith.andi %also, %below : tensor<64xi1>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %ys = tt.splat %y : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %xat = tt.addptr %xs, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %yat = tt.addptr %ys, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %value = tt.load %xat, %mask : tensor<64x!tt.ptr<f32>>
  tt.store %yat, %value : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// A mask that compares without the sign, or as an alternative, or something
// else, is no proof.
// CHECK-LABEL: tt.func public @no_proof
// CHECK-COUNT-3: load outside of x_ptr
// PLAIN-LABEL: @no_proof
// SUM-LABEL: @no_proof
tt.func public @no_proof(%x: !tt.ptr<f32> loc("x_ptr"), %n: i32 loc("n"), %also: tensor<64xi1>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %others = tt.make_range {end = 128 : i32, start = 64 : i32} : tensor<64xi32>
  %limit = tt.splat %n : i32 -> tensor<64xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %at = tt.addptr %xs, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %unsigned = arith.cmpi ult, %lanes, %limit : tensor<64xi32>
  %a = tt.load %at, %unsigned : tensor<64x!tt.ptr<f32>>
  %below = arith.cmpi slt, %lanes, %limit : tensor<64xi32>
  %either = arith.ori %below, %also : tensor<64xi1>
  %b = tt.load %at, %either : tensor<64x!tt.ptr<f32>>
  %other = arith.cmpi slt, %others, %limit : tensor<64xi32>
  %c = tt.load %at, %other : tensor<64x!tt.ptr<f32>>
  tt.return %a, %b, %c : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
}

// -----

// Pointers that loops carry, that branches choose, of loops with scf.while,
// behind an early return; atomics, with and without a mask.
// CHECK-LABEL: tt.func public @control
// CHECK: cf.cond_br
// CHECK: scf.for
// CHECK: scf.if
// CHECK-NEXT: tt.assert {{.*}} load outside of x_ptr
// CHECK: tt.load
// CHECK: scf.while
// CHECK: tt.assert {{.*}} store outside of x_ptr
// CHECK: tt.assert {{.*}} atomic outside of x_ptr
// CHECK: tt.atomic_rmw
// CHECK: tt.assert {{.*}} atomic outside of x_ptr
// CHECK: tt.atomic_cas
tt.func public @control(%x: !tt.ptr<i32> loc("x_ptr"), %n: i32 loc("n"), %c: i1) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %step = arith.constant -5 : i32
  cf.cond_br %c, ^leave, ^stay
^leave:
  tt.return
^stay:
  %end = scf.for %i = %zero to %n step %one iter_args(%p = %x) -> (!tt.ptr<i32>) : i32 {
    %v = tt.load %p : !tt.ptr<i32>
    %q = tt.addptr %p, %v : !tt.ptr<i32>, i32
    scf.yield %q : !tt.ptr<i32>
  }
  %chosen = scf.if %c -> (!tt.ptr<i32>) {
    scf.yield %end : !tt.ptr<i32>
  } else {
    %back = tt.addptr %x, %step : !tt.ptr<i32>, i32
    scf.yield %back : !tt.ptr<i32>
  }
  %last = scf.while (%p = %chosen) : (!tt.ptr<i32>) -> !tt.ptr<i32> {
    scf.condition(%c) %p : !tt.ptr<i32>
  } do {
  ^bb0(%p: !tt.ptr<i32>):
    tt.store %p, %n : !tt.ptr<i32>
    %q = tt.addptr %p, %one : !tt.ptr<i32>, i32
    scf.yield %q : !tt.ptr<i32>
  }
  %a = tt.atomic_rmw add, acq_rel, gpu, %last, %n, %c : (!tt.ptr<i32>, i32, i1) -> i32
  %b = tt.atomic_cas acq_rel, gpu, %last, %n, %n : (!tt.ptr<i32>, i32, i32) -> i32
  tt.return
}

// -----

// Through a cast pointer the last byte counts, in elements of the argument.
// CHECK-LABEL: tt.func public @cast
// CHECK: %[[LAST:.*]] = arith.addi %{{.*}}, %c3_i64
// CHECK: arith.shrsi %[[LAST]], %c1_i64
// CHECK: tt.assert {{.*}} load outside of x_ptr
tt.func public @cast(%x: !tt.ptr<f16> loc("x_ptr"), %n: i32 loc("n"), %i: i32) -> i32 {
  %p = tt.addptr %x, %i : !tt.ptr<f16>, i32
  %q = tt.bitcast %p : !tt.ptr<f16> -> !tt.ptr<i32>
  %v = tt.load %q : !tt.ptr<i32>
  tt.return %v : i32
}

// -----

// Without a size the promise of the launcher counts.
// CHECK-LABEL: tt.func public @promised
// CHECK: arith.constant 536870912 : i64
// CHECK: load outside of y_ptr, which has less than 2 GiB"
tt.func public @promised(%y: !tt.ptr<f32> {tt.pointer_range = 32 : i32} loc("y_ptr"), %i: i64) -> f32 {
  %p = tt.addptr %y, %i : !tt.ptr<f32>, i64
  %v = tt.load %p : !tt.ptr<f32>
  tt.return %v : f32
}

// -----

// A descriptor is tested where it is made; what is read through it is clipped.
// CHECK-LABEL: tt.func public @descriptor
// CHECK: tt.assert {{.*}} descriptor reaches outside of x_ptr, which has n elements" : i1
// CHECK-NEXT: tt.make_tensor_descriptor
// CHECK-NOT: tt.assert
tt.func public @descriptor(%x: !tt.ptr<f16> loc("x_ptr"), %n: i32 loc("n"), %rows: i32, %cols: i32, %stride: i64) -> tensor<16x16xf16> {
  %one = arith.constant 1 : i64
  %zero = arith.constant 0 : i32
  %d = tt.make_tensor_descriptor %x, [%rows, %cols], [%stride, %one] : !tt.ptr<f16>, !tt.tensordesc<16x16xf16>
  %v = tt.descriptor_load %d[%zero, %zero] : !tt.tensordesc<16x16xf16> -> tensor<16x16xf16>
  tt.return %v : tensor<16x16xf16>
}

// -----

// Intermediate results that wrap and come back are fine, and what is no sum,
// difference or product is taken as it is.
// CHECK-LABEL: tt.func public @wraps
// CHECK: arith.remsi
// CHECK: arith.extsi %{{.*}} : i32 to i64
// CHECK: arith.addi %{{.*}} : i64
// CHECK: arith.subi %{{.*}} : i64
// CHECK: 32-bit offset into x_ptr wrapped around
// NOWRAP-LABEL: tt.func public @wraps
// NOWRAP-NOT: wrapped around
// NOWRAP: load outside of x_ptr
tt.func public @wraps(%x: !tt.ptr<f32> loc("x_ptr"), %n: i32 loc("n"), %a: i32, %b: i32) -> f32 {
  %r = arith.remsi %a, %n : i32
  %s = arith.addi %r, %b : i32
  %t = arith.subi %s, %a : i32
  %u = arith.extsi %t : i32 to i64
  %p = tt.addptr %x, %u : !tt.ptr<f32>, i64
  %v = tt.load %p : !tt.ptr<f32>
  tt.return %v : f32
}

// -----

// Pointers from two arguments, from memory, of a called function; to blocks; a
// size that names what is not there; warps of their own; no access at all.
// CHECK-LABEL: tt.func public @declines
// CHECK-NOT: tt.assert
// REMARK: remark: [Missed] no-base
// REMARK: remark: [Missed] no-base
// REMARK: remark: [Missed] block-pointer
// REMARK: remark: [Missed] warp-specialized
// REMARK: remark: [Missed] called-function
tt.func public @declines(%x: !tt.ptr<f32> loc("x_ptr"), %y: !tt.ptr<f32> loc("y_ptr"), %c: i1, %pp: !tt.ptr<!tt.ptr<f32>>, %one: i32, %long: i64, %block: !tt.ptr<tensor<16xf32>>) {
  %either = arith.select %c, %x, %y : !tt.ptr<f32>
  %a = tt.load %either : !tt.ptr<f32>
  %p = tt.int_to_ptr %long : i64 -> !tt.ptr<f32>
  tt.store %p, %a : !tt.ptr<f32>
  %t = tt.load %block : !tt.ptr<tensor<16xf32>>
  scf.for %i = %one to %one step %one : i32 {
    tt.store %x, %a : !tt.ptr<f32>
  } {tt.warp_specialize}
  tt.call @helper(%x) : (!tt.ptr<f32>) -> ()
  tt.return
}
tt.func private @helper(%p: !tt.ptr<f32>) attributes {noinline = true} {
  %v = tt.load %p : !tt.ptr<f32>
  tt.return
}

// -----

// CHECK-LABEL: tt.func public @no_size
// CHECK: load before the start of x_ptr"
// REMARK: remark: [Missed] size-not-known {{.*}}names n, which is no integer argument of the kernel
// REMARK: remark: [Missed] size-not-known {{.*}}the size of y_ptr is not known: only offsets below zero are asserted; give it as sizes=y_ptr:...
tt.func public @no_size(%x: !tt.ptr<f32> loc("x_ptr"), %y: !tt.ptr<f32> loc("y_ptr"), %n: f32 loc("n"), %i: i32) {
  %p = tt.addptr %x, %i : !tt.ptr<f32>, i32
  %v = tt.load %p : !tt.ptr<f32>
  %q = tt.addptr %y, %i : !tt.ptr<f32>, i32
  tt.store %q, %v : !tt.ptr<f32>
  tt.return
}

// -----

// REMARK: remark: [Missed] already-checked
tt.func public @there(%x: !tt.ptr<f32> loc("x_ptr"), %i: i32, %c: i1) -> f32 {
  tt.assert %c, "check-bounds: there.py:1:2: load before the start of x_ptr" : i1
  %p = tt.addptr %x, %i : !tt.ptr<f32>, i32
  %v = tt.load %p : !tt.ptr<f32> loc("there.py":1:2)
  tt.return %v : f32
}

// -----

// REMARK: remark: [Missed] no-access
tt.func public @nothing() {
  tt.return
}
