// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{at=all})' | FileCheck %s --check-prefix=ALL
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{at=dots})' | FileCheck %s --check-prefix=DOTS
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{at=loads})' | FileCheck %s --check-prefix=LOADS
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{at=arithmetic})' | FileCheck %s --check-prefix=SUMS
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{inf=true})' | FileCheck %s --check-prefix=INF

// Twice is once, also when the text was written and read in between, and also
// for what other kinds of values left.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{at=all inf=true})' -mlir-print-debuginfo -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(check-nan{at=all inf=true},check-nan{at=all inf=true})' -mlir-print-debuginfo -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(check-nan{at=all inf=true})' -mlir-print-debuginfo -o %t.again
// RUN: diff %t.once %t.again

// Example: what is stored has to be a number where the mask is true.
// CHECK-LABEL: tt.func public @stored
// CHECK: %[[M:.*]] = arith.cmpi slt
// CHECK: %[[V:.*]] = arith.divf
// CHECK: %[[BITS:.*]] = tt.bitcast %[[V]] : tensor<64xf32> -> tensor<64xi32>
// CHECK: arith.constant dense<2139095040> : tensor<64xi32>
// CHECK: arith.constant dense<2147483647> : tensor<64xi32>
// CHECK: %[[ABS:.*]] = arith.andi %[[BITS]]
// CHECK: %[[OK:.*]] = arith.cmpi ule, %[[ABS]]
// CHECK: %[[LEFT:.*]] = arith.xori %[[M]]
// CHECK: %[[EITHER:.*]] = arith.ori %[[OK]], %[[LEFT]]
// CHECK: tt.assert %[[EITHER]], "check-nan: CheckNan.mlir:{{[0-9]+}}:3: a stored value is NaN" : tensor<64xi1>
// CHECK-NEXT: tt.store
// CHECK-NOT: tt.assert
// REMARK: remark: [Passed] fired {{.*}}asserts that a stored value is a number
// INF-LABEL: @stored
// INF: arith.constant dense<2139095039> : tensor<64xi32>
// INF: a stored value is NaN or infinite
tt.func public @stored(%x: !tt.ptr<f32>, %n: i32) {
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %limit = tt.splat %n : i32 -> tensor<64xi32>
  %base = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %mask = arith.cmpi slt, %lanes, %limit : tensor<64xi32>
  %at = tt.addptr %base, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %value = tt.load %at, %mask : tensor<64x!tt.ptr<f32>>
  %one = arith.divf %value, %value : tensor<64xf32>
  tt.store %at, %one, %mask : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Lanes that were not loaded do not count, element by element: not in what is
// loaded, not in the quotient, not in its rows; in the sum over all lanes all do.
// ALL-LABEL: tt.func public @lanes
// ALL: %[[V:.*]] = tt.load %{{.*}}, %[[M:.*]] : tensor
// ALL: arith.xori %[[M]]
// ALL: tt.assert {{.*}} a loaded value is NaN"
// ALL: arith.divf
// ALL: arith.xori %[[M]]
// ALL: tt.assert {{.*}} a result of arith.divf is NaN"
// ALL: tt.expand_dims %{{.*}} tensor<64xf32> -> tensor<1x64xf32>
// ALL: %[[ROW:.*]] = tt.expand_dims %[[M]] {axis = 0 : i32} : tensor<64xi1> -> tensor<1x64xi1>
// ALL: math.exp
// ALL: arith.xori %[[ROW]]
// ALL: tt.assert {{.*}} a result of math.exp is NaN"
// ALL: arith.select
// ALL: %[[EITHER:.*]] = arith.select %[[M]], %[[M]], %{{.*}} : tensor<64xi1>, tensor<64xi1>
// ALL: math.log
// ALL: arith.xori %[[EITHER]]
// ALL: "tt.reduce"
// ALL-NOT: tt.assert
// ALL: tt.reduce.return
// ALL: tt.assert {{.*}} a result of tt.reduce is NaN" : i1
// ALL: tt.assert {{.*}} a stored value is NaN" : i1
// ALL-NOT: tt.assert
// LOADS-LABEL: @lanes
// LOADS: a loaded value is NaN
// LOADS-NOT: tt.assert
// CHECK-LABEL: @lanes
tt.func public @lanes(%x: tensor<64x!tt.ptr<f32>>, %y: !tt.ptr<f32>, %z: tensor<1x64x!tt.ptr<f32>>, %mask: tensor<64xi1>) {
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %value = tt.load %x, %mask : tensor<64x!tt.ptr<f32>>
  %one = arith.divf %value, %value : tensor<64xf32>
  %row = tt.expand_dims %one {axis = 0 : i32} : tensor<64xf32> -> tensor<1x64xf32>
  %grown = math.exp %row : tensor<1x64xf32>
  %chosen = arith.select %mask, %one, %zero : tensor<64xi1>, tensor<64xf32>
  %log = math.log %chosen : tensor<64xf32>
  %sum = "tt.reduce"(%log) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.reduce.return %s : f32
  }) : (tensor<64xf32>) -> f32
  tt.store %y, %sum : !tt.ptr<f32>
  tt.return
}

// -----

// A product that a sum may take up, here behind a broadcast and in a reduction,
// is tested in the sum; one that goes to a quotient itself. Without contraction
// both are.
// SUMS-LABEL: tt.func public @contracted
// SUMS-NOT: a result of arith.mulf
// SUMS: a result of arith.addf is NaN"
// SUMS: a result of tt.reduce is NaN"
// SUMS: tt.assert {{.*}} a result of arith.mulf is NaN"
// SUMS: a result of arith.divf is NaN"
// SUMS-NOT: tt.assert
// ALL-LABEL: @contracted
// LOADS-LABEL: @contracted
tt.func public @contracted(%a: tensor<64x1xf32>, %b: tensor<64x64xf32>, %d: f32) -> (tensor<64x64xf32>, tensor<64xf32>, f32) {
  %p = arith.mulf %a, %a : tensor<64x1xf32>
  %q = tt.broadcast %p : tensor<64x1xf32> -> tensor<64x64xf32>
  %r = arith.addf %q, %b : tensor<64x64xf32>
  %s = "tt.reduce"(%q) <{axis = 1 : i32}> ({
  ^bb0(%x: f32, %y: f32):
    %t = arith.addf %x, %y : f32
    tt.reduce.return %t : f32
  }) : (tensor<64x64xf32>) -> tensor<64xf32>
  %u = arith.mulf %d, %d : f32
  %v = arith.divf %u, %d : f32
  tt.return %r, %s, %v : tensor<64x64xf32>, tensor<64xf32>, f32
}

// -----

module attributes {triton_ext.request = {enable_fp_fusion = false}} {
  // SUMS-LABEL: tt.func public @not_contracted
  // SUMS: a result of arith.mulf is NaN"
  // SUMS: a result of arith.addf is NaN"
  tt.func public @not_contracted(%a: f32, %b: f32) -> f32 {
    %p = arith.mulf %a, %a : f32
    %r = arith.addf %p, %b : f32
    tt.return %r : f32
  }
}

// -----

// Results of matrix products, in a loop and in a branch. Bits of integers can
// be anything; conversions and choices make no NaN, but may make an infinity.
// DOTS-LABEL: tt.func public @product
// DOTS: scf.for
// DOTS: tt.dot
// DOTS: tt.assert {{.*}} a result of a matrix product is NaN" : tensor<16x16xi1>
// DOTS: scf.if
// DOTS: tt.dot
// DOTS: tt.assert
// DOTS-NOT: tt.assert
// SUMS-LABEL: tt.func public @product
// SUMS: a result of tt.bitcast is NaN"
// SUMS-NOT: tt.assert
// INF-LABEL: tt.func public @product
tt.func public @product(%a: tensor<16x16xf16>, %bits: tensor<16x16xi32>, %n: i32, %c: i1) -> (tensor<16x16xf16>, tensor<16x16xf32>) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %init = tt.bitcast %bits : tensor<16x16xi32> -> tensor<16x16xf32>
  %sum = scf.for %i = %zero to %n step %one iter_args(%acc = %init) -> (tensor<16x16xf32>) : i32 {
    %d = tt.dot %a, %a, %acc : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  }
  %more = scf.if %c -> (tensor<16x16xf32>) {
    %d = tt.dot %a, %a, %sum : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } else {
    scf.yield %sum : tensor<16x16xf32>
  }
  %small = arith.truncf %more : tensor<16x16xf32> to tensor<16x16xf16>
  tt.return %small, %more : tensor<16x16xf16>, tensor<16x16xf32>
}

// -----

// The formats: f64, bf16, 8 bits with and without infinities, and one whose only
// NaN is the negative zero. The format of Triton's fp8e4b15 has none.
// CHECK-LABEL: tt.func public @formats
// CHECK: arith.constant 9218868437227405312 : i64
// CHECK: arith.constant 32640 : i16
// CHECK: arith.constant 124 : i8
// CHECK: arith.constant 126 : i8
// CHECK: arith.constant -128 : i8
// CHECK-NEXT: arith.cmpi ne
// CHECK-COUNT-1: tt.assert
// CHECK-NOT: tt.assert
// INF-LABEL: tt.func public @formats
// INF: arith.constant 9218868437227405311 : i64
// INF: arith.constant 32639 : i16
// INF: arith.constant 123 : i8
// INF: arith.constant 126 : i8
// INF: arith.constant -128 : i8
// REMARK: remark: [Missed] no-nan-in-format
// DOTS-LABEL: @formats
// SUMS-LABEL: @formats
tt.func public @formats(%p: !tt.ptr<f64>, %a: f64, %q: !tt.ptr<bf16>, %b: bf16, %r: !tt.ptr<f8E5M2>, %c: f8E5M2, %s: !tt.ptr<f8E4M3FN>, %d: f8E4M3FN, %t: !tt.ptr<f8E4M3FNUZ>, %e: f8E4M3FNUZ, %u: !tt.ptr<f8E4M3B11FNUZ>, %f: f8E4M3B11FNUZ) {
  tt.store %p, %a : !tt.ptr<f64>
  tt.store %q, %b : !tt.ptr<bf16>
  tt.store %r, %c : !tt.ptr<f8E5M2>
  tt.store %s, %d : !tt.ptr<f8E4M3FN>
  tt.store %t, %e : !tt.ptr<f8E4M3FNUZ>
  tt.store %u, %f : !tt.ptr<f8E4M3B11FNUZ>
  tt.return
}

// -----

// Atomics store, too, under their mask; integers do not count.
// CHECK-LABEL: tt.func public @atomics
// CHECK: tt.assert {{.*}} a stored value is NaN" : i1
// CHECK-NEXT: tt.atomic_rmw fadd
// CHECK-NOT: tt.assert
tt.func public @atomics(%p: !tt.ptr<f32>, %v: f32, %q: !tt.ptr<i32>, %w: i32, %m: i1) {
  %a = tt.atomic_rmw fadd, acq_rel, gpu, %p, %v, %m : (!tt.ptr<f32>, f32, i1) -> f32
  %b = tt.atomic_rmw add, acq_rel, gpu, %q, %w, %m : (!tt.ptr<i32>, i32, i1) -> i32
  tt.store %q, %w : !tt.ptr<i32>
  tt.return
}

// -----

// In a loop an assertion stands in a branch, which pipeliners know; elsewhere it
// does not.
// CHECK-LABEL: tt.func public @branch
// CHECK: scf.for
// CHECK: tt.get_program_id x
// CHECK: scf.if
// CHECK-NEXT: tt.assert
// CHECK: tt.store
// CHECK: }
// CHECK-NOT: scf.if
// CHECK: tt.assert
tt.func public @branch(%p: !tt.ptr<f32>, %v: f32, %n: i32) {
  %one = arith.constant 1 : i32
  scf.for %i = %one to %n step %one : i32 {
    tt.store %p, %v : !tt.ptr<f32>
  }
  tt.store %p, %v : !tt.ptr<f32>
  tt.return
}

// -----

// Early return, a loop with scf.while, a function that is called.
// CHECK-LABEL: tt.func public @control
// CHECK: cf.cond_br
// CHECK: scf.while
// CHECK: tt.assert
// CHECK-NEXT: tt.store
// CHECK-LABEL: tt.func private @helper
// CHECK: tt.assert
// CHECK-NEXT: tt.store
tt.func public @control(%p: !tt.ptr<f32>, %v: f32, %n: i32) {
  %zero = arith.constant 0 : i32
  %none = arith.cmpi eq, %n, %zero : i32
  cf.cond_br %none, ^leave, ^stay
^leave:
  tt.return
^stay:
  %left = scf.while (%i = %n) : (i32) -> i32 {
    %more = arith.cmpi sgt, %i, %zero : i32
    scf.condition(%more) %i : i32
  } do {
  ^bb0(%i: i32):
    tt.store %p, %v : !tt.ptr<f32>
    %next = arith.shrsi %i, %n : i32
    scf.yield %next : i32
  }
  tt.call @helper(%p, %v) : (!tt.ptr<f32>, f32) -> ()
  tt.return
}
tt.func private @helper(%p: !tt.ptr<f32>, %v: f32) attributes {noinline = true} {
  tt.store %p, %v : !tt.ptr<f32>
  tt.return
}

// -----

// The warps of a specialized loop do not meet at an assertion.
// CHECK-LABEL: tt.func public @specialized
// CHECK-NOT: tt.assert
// REMARK: remark: [Missed] warp-specialized
tt.func public @specialized(%p: !tt.ptr<f32>, %v: f32, %n: i32) {
  %one = arith.constant 1 : i32
  scf.for %i = %one to %n step %one : i32 {
    tt.store %p, %v : !tt.ptr<f32>
  } {tt.warp_specialize}
  tt.return
}

// -----

// The assertion is there: what an earlier run left is not repeated.
// CHECK-LABEL: tt.func public @there
// CHECK-COUNT-1: tt.assert
// CHECK-NOT: tt.assert
// REMARK: remark: [Missed] already-checked
tt.func public @there(%p: !tt.ptr<f32>, %v: f32, %c: i1) {
  tt.assert %c, "check-nan: there.py:1:2: a stored value is NaN" : i1
  tt.store %p, %v : !tt.ptr<f32> loc("there.py":1:2)
  tt.return
}

// -----

// There is no value of that kind.
// REMARK: remark: [Missed] no-value
// CHECK-LABEL: @integers
tt.func public @integers(%p: !tt.ptr<i32>, %v: i32) {
  tt.store %p, %v : !tt.ptr<i32>
  tt.return
}
