// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(access-report{dry-runs=false})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --implicit-check-not=would-
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(access-report)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=DRY
// RUN: triton-ext-opt %s --split-input-file -o %t.before
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(access-report)' -o %t.after
// RUN: diff %t.before %t.after

// Example: rows of a matrix in tiles; what loop-split would do, and on which line.
// CHECK: remark: [Analysis] loop {{.*}}Remark="loop: 0 to n by 64, at most 33554432 iterations; carries 0 values; 1 load, 1 store"
// CHECK: remark: [Analysis] load {{.*}}Remark="load of tensor<16x64xf32> from x_ptr: lanes [stride, 1] apart, contiguous along dimension 1, 64 an iteration; x_ptr aligned to 16 bytes; mask true, then mixed"
// CHECK: remark: [Analysis] store {{.*}}Remark="store of tensor<16x64xf32> at x_ptr: {{.*}}; mask true, then mixed"
// DRY: remark: [Analysis] would-fire {{.*}}Remark="loop-split would fire: split into 2 loops
// DRY-NOT: [Passed]
// DRY-NOT: [Missed]
tt.func public @rows(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32} loc("x_ptr"), %n: i32 loc("n"), %stride: i32 loc("stride")) {
  %first = arith.constant 0 : i32
  %step = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %rows = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %rows2 = tt.expand_dims %rows {axis = 1 : i32} : tensor<16xi32> -> tensor<16x1xi32>
  %strides = tt.splat %stride : i32 -> tensor<16x1xi32>
  %down = arith.muli %rows2, %strides : tensor<16x1xi32>
  %down2 = tt.broadcast %down : tensor<16x1xi32> -> tensor<16x64xi32>
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %limit = tt.splat %n : i32 -> tensor<64xi32>
  %base = tt.splat %x : !tt.ptr<f32> -> tensor<16x64x!tt.ptr<f32>>
  scf.for %i = %first to %n step %step : i32 {
    %tile = tt.splat %i : i32 -> tensor<64xi32>
    %index = arith.addi %tile, %lanes : tensor<64xi32>
    %mask = arith.cmpi slt, %index, %limit : tensor<64xi32>
    %mask2 = tt.expand_dims %mask {axis = 0 : i32} : tensor<64xi1> -> tensor<1x64xi1>
    %mask3 = tt.broadcast %mask2 : tensor<1x64xi1> -> tensor<16x64xi1>
    %index2 = tt.expand_dims %index {axis = 0 : i32} : tensor<64xi32> -> tensor<1x64xi32>
    %index3 = tt.broadcast %index2 : tensor<1x64xi32> -> tensor<16x64xi32>
    %offset = arith.addi %down2, %index3 : tensor<16x64xi32>
    %at = tt.addptr %base, %offset : tensor<16x64x!tt.ptr<f32>>, tensor<16x64xi32>
    %value = tt.load %at, %mask3, %zero : tensor<16x64x!tt.ptr<f32>>
    tt.store %at, %value, %mask3 : tensor<16x64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// Pointers that a loop carries along by a product of scalars; a loop whose step
// is not known; transposed lanes; a scalar.
// CHECK: Remark="loop: 0 to n by n, an unknown number of iterations; carries 2 values; 2 loads, 1 dot"
// CHECK: Remark="load of tensor<16x16xf16> from x_ptr: lanes [1, 16] apart, contiguous along dimension 0, 32 * stride an iteration; x_ptr not known to be aligned; no mask"
// CHECK: Remark="load of f16 from x_ptr: the same each iteration; x_ptr not known to be aligned; no mask"
// DRY-LABEL: @walking
tt.func public @walking(%x: !tt.ptr<f16> loc("x_ptr"), %n: i32 loc("n"), %stride: i32 loc("stride"), %acc: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %zero = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c16 = arith.constant dense<16> : tensor<16x1xi32>
  %lanes = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %down = tt.expand_dims %lanes {axis = 1 : i32} : tensor<16xi32> -> tensor<16x1xi32>
  %far = arith.muli %down, %c16 : tensor<16x1xi32>
  %far2 = tt.broadcast %far : tensor<16x1xi32> -> tensor<16x16xi32>
  %right = tt.expand_dims %lanes {axis = 0 : i32} : tensor<16xi32> -> tensor<1x16xi32>
  %right2 = tt.broadcast %right : tensor<1x16xi32> -> tensor<16x16xi32>
  %both = arith.addi %far2, %right2 : tensor<16x16xi32>
  %turned = tt.trans %both {order = array<i32: 1, 0>} : tensor<16x16xi32> -> tensor<16x16xi32>
  %base = tt.splat %x : !tt.ptr<f16> -> tensor<16x16x!tt.ptr<f16>>
  %start = tt.addptr %base, %turned : tensor<16x16x!tt.ptr<f16>>, tensor<16x16xi32>
  %move = arith.muli %stride, %c32 : i32
  %moves = tt.splat %move : i32 -> tensor<16x16xi32>
  %sum:2 = scf.for %i = %zero to %n step %n iter_args(%p = %start, %d = %acc) -> (tensor<16x16x!tt.ptr<f16>>, tensor<16x16xf32>) : i32 {
    %a = tt.load %p : tensor<16x16x!tt.ptr<f16>>
    %s = tt.load %x : !tt.ptr<f16>
    %e = tt.dot %a, %a, %d : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
    %q = tt.addptr %p, %moves : tensor<16x16x!tt.ptr<f16>>, tensor<16x16xi32>
    scf.yield %q, %e : tensor<16x16x!tt.ptr<f16>>, tensor<16x16xf32>
  }
  tt.return %sum#1 : tensor<16x16xf32>
}

// -----

// What is not known is said to be: offsets from memory, pointers that are chosen,
// amounts that change, a loop with scf.while.
// CHECK: Remark="load of tensor<16xi32> from x_ptr: lanes [1] apart, contiguous along dimension 0; x_ptr not known to be aligned; mask mixed"
// CHECK: Remark="atomic of tensor<16xi32> at x_ptr: lanes [?] apart, contiguous along no dimension that is known; x_ptr not known to be aligned; no mask"
// CHECK: Remark="loop: while a condition holds; 1 store"
// CHECK: Remark="store of i32 at pointers of no single argument: no mask"
tt.func public @unknown(%x: !tt.ptr<i32> loc("x_ptr"), %y: !tt.ptr<i32> loc("y_ptr"), %m: tensor<16xi1>, %c: i1, %v: i32) {
  %lanes = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %base = tt.splat %x : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
  %at = tt.addptr %base, %lanes : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
  %loaded = tt.load %at, %m : tensor<16x!tt.ptr<i32>>
  %there = tt.addptr %base, %loaded : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
  %old = tt.atomic_rmw add, acq_rel, gpu, %there, %loaded : (tensor<16x!tt.ptr<i32>>, tensor<16xi32>) -> tensor<16xi32>
  %chosen = arith.select %c, %x, %y : !tt.ptr<i32>
  scf.while : () -> () {
    scf.condition(%c)
  } do {
    tt.store %chosen, %v : !tt.ptr<i32>
    scf.yield
  }
  tt.return
}

// -----

// What a transform would not do, and why.
// CHECK: Remark="loop: 0 to 10 by 1, 10 iterations; carries 0 values; no access"
// DRY: remark: [Analysis] would-decline {{.*}}Remark="loop-split declines (
tt.func public @idle() {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %ten = arith.constant 10 : i32
  scf.for %i = %zero to %ten step %one : i32 {
  }
  tt.return
}

// -----

// CHECK: remark: [Missed] no-access
// DRY: remark: [Missed] no-access
tt.func public @nothing() {
  tt.return
}
