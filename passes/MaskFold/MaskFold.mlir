// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold{version=aligned})' | FileCheck %s --check-prefix=ALIGNED
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold{version=aligned})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=VERSION
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold{version=all})' | FileCheck %s --check-prefix=ALL
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold{keep-rounding=false})' | FileCheck %s --check-prefix=CONTRACT

// Twice is once, also when the text was written and read in between; a loop
// that is one of two copies is not copied again.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold)' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold,mask-fold)' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(mask-fold{version=all})' -o %t.once2
// RUN: triton-ext-opt %t.once2 --split-input-file --pass-pipeline='builtin.module(mask-fold{version=all})' -o %t.twice2
// RUN: diff %t.once2 %t.twice2
// RUN: triton-ext-opt %t.once2 --split-input-file --pass-pipeline='builtin.module(mask-fold{version=all})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=AGAIN --implicit-check-not=Passed
// AGAIN: already-versioned

// Example: K is a multiple of 64, so that every tile is whole. The load, the
// store and the comparison itself go without.
// CHECK-LABEL: tt.func public @whole
// CHECK-NOT: arith.cmpi
// CHECK: tt.load %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// CHECK: tt.store %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// CHECK: tt.return
// REMARK: [Passed] fired | Category:mask-fold | {{.*}}the mask is all true
// REMARK: [Passed] fired | Category:mask-fold | {{.*}}the mask is all true
tt.func public @whole(%x: !tt.ptr<f32>, %K: i32 {tt.divisibility = 64 : i32}) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %limit = tt.splat %K : i32 -> tensor<64xi32>
  %base = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  scf.for %k = %c0 to %K step %c64 : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r : tensor<64xi32>
    %mask = arith.cmpi slt, %offs, %limit : tensor<64xi32>
    %at = tt.addptr %base, %offs : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %v = tt.load %at, %mask, %zero : tensor<64x!tt.ptr<f32>>
    tt.store %at, %v, %mask : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// Nothing is known of K: with `aligned` the loop is there twice behind a test.
// CHECK-LABEL: tt.func public @tail
// ALL-LABEL: tt.func public @tail
// ALL: scf.if
// ALL: } else {
// ALL: tt.load %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// CHECK-NOT: scf.if
// CHECK: tt.load %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// REMARK: [Missed] not-proved
// ALIGNED-LABEL: tt.func public @tail
// ALIGNED: %[[WIDE:.*]] = arith.extsi %arg1 : i32 to i64
// ALIGNED: %[[REST:.*]] = arith.andi %[[WIDE]], %c63_i64
// ALIGNED: %[[TEST:.*]] = arith.cmpi eq, %[[REST]], %c0_i64
// ALIGNED: %[[R:.*]] = scf.if %[[TEST]] -> (tensor<64xf32>)
// ALIGNED-NOT: arith.cmpi
// ALIGNED: tt.load %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// ALIGNED: } else {
// ALIGNED: arith.cmpi slt
// ALIGNED: tt.load %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// ALIGNED: tt.return %[[R]]
// VERSION: [Passed] fired | Category:mask-fold | {{.*}}two copies by a test; masks that went from one: 1
tt.func public @tail(%x: !tt.ptr<f32>, %K: i32) -> tensor<64xf32> {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %limit = tt.splat %K : i32 -> tensor<64xi32>
  %base = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %sum = scf.for %k = %c0 to %K step %c64 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r : tensor<64xi32>
    %mask = arith.cmpi slt, %offs, %limit : tensor<64xi32>
    %at = tt.addptr %base, %offs : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %v = tt.load %at, %mask, %zero : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %v : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  tt.return %sum : tensor<64xf32>
}

// -----

// range(cdiv(K, 64)) with arange < K - i * 64, and rows of the tile: `aligned`
// takes the part of K, `all` tests the rows, too.
// ALIGNED-LABEL: tt.func public @gemm
// ALIGNED: scf.if
// ALIGNED: tt.load %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<16x64x!tt.ptr<f16>>
// ALIGNED-NOT: arith.andi {{.*}}tensor
// ALIGNED: } else {
// ALIGNED: arith.andi {{.*}} : tensor<16x64xi1>
// ALL-LABEL: tt.func public @gemm
// ALL: scf.if
// ALL: tt.load %{{[^,]*}} : tensor<16x64x!tt.ptr<f16>>
// ALL: } else {
// ALL: tt.load %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<16x64x!tt.ptr<f16>>
// VERSION: two copies by a test; masks that went from one: 0, that lost a part: 1
tt.func public @gemm(%a: tensor<16x64x!tt.ptr<f16>>, %M: i32, %K: i32) -> tensor<16x64xf16> {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c16 = arith.constant 16 : i32
  %c63 = arith.constant 63 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<16x64xf16>
  %pid = tt.get_program_id x : i32
  %first = arith.muli %pid, %c16 : i32
  %r16 = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
  %r64 = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %ft = tt.splat %first : i32 -> tensor<16xi32>
  %rm = arith.addi %ft, %r16 : tensor<16xi32>
  %rm1 = tt.expand_dims %rm {axis = 1 : i32} : tensor<16xi32> -> tensor<16x1xi32>
  %Mt = tt.splat %M : i32 -> tensor<16x1xi32>
  %inM = arith.cmpi slt, %rm1, %Mt : tensor<16x1xi32>
  %inM2 = tt.broadcast %inM : tensor<16x1xi1> -> tensor<16x64xi1>
  %up = arith.addi %K, %c63 : i32
  %tiles = arith.divsi %up, %c64 : i32
  %sum = scf.for %i = %c0 to %tiles step %c1 iter_args(%acc = %zero) -> (tensor<16x64xf16>) : i32 {
    %done = arith.muli %i, %c64 : i32
    %left = arith.subi %K, %done : i32
    %lt = tt.splat %left : i32 -> tensor<64xi32>
    %inK = arith.cmpi slt, %r64, %lt : tensor<64xi32>
    %inK1 = tt.expand_dims %inK {axis = 0 : i32} : tensor<64xi1> -> tensor<1x64xi1>
    %inK2 = tt.broadcast %inK1 : tensor<1x64xi1> -> tensor<16x64xi1>
    %mask = arith.andi %inM2, %inK2 : tensor<16x64xi1>
    %v = tt.load %a, %mask, %zero : tensor<16x64x!tt.ptr<f16>>
    %next = arith.addf %acc, %v : tensor<16x64xf16>
    scf.yield %next : tensor<16x64xf16>
  }
  tt.return %sum : tensor<16x64xf16>
}

// -----

// A kernel without loops: `all` tests whether the whole tile lies inside, in 64
// bits.
// ALIGNED-LABEL: tt.func public @add
// ALIGNED-NOT: scf.if
// ALIGNED: tt.return
// ALL-LABEL: tt.func public @add
// ALL: %[[TEST:.*]] = arith.cmpi sge, %{{.*}}, %c0_i64
// ALL: scf.if %[[TEST]]
// ALL: tt.load %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// ALL: tt.store %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// ALL: } else {
// ALL: tt.load %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// ALL: tt.store %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
tt.func public @add(%x: !tt.ptr<f32>, %n: i32) {
  %c64 = arith.constant 64 : i32
  %pid = tt.get_program_id x : i32
  %first = arith.muli %pid, %c64 : i32
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %ft = tt.splat %first : i32 -> tensor<64xi32>
  %offs = arith.addi %ft, %r : tensor<64xi32>
  %limit = tt.splat %n : i32 -> tensor<64xi32>
  %mask = arith.cmpi slt, %offs, %limit : tensor<64xi32>
  %base = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %at = tt.addptr %base, %offs : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %v = tt.load %at, %mask : tensor<64x!tt.ptr<f32>>
  %sum = arith.addf %v, %v : tensor<64xf32>
  tt.store %at, %sum, %mask : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// The same with a product that meets a sum: in two copies the compiler could
// contract it otherwise.
// ALL-LABEL: tt.func public @scaled
// ALL-NOT: scf.if
// ALL: tt.return
tt.func public @scaled(%x: !tt.ptr<f32>, %n: i32) {
  %c64 = arith.constant 64 : i32
  %pid = tt.get_program_id x : i32
  %first = arith.muli %pid, %c64 : i32
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %ft = tt.splat %first : i32 -> tensor<64xi32>
  %offs = arith.addi %ft, %r : tensor<64xi32>
  %limit = tt.splat %n : i32 -> tensor<64xi32>
  %mask = arith.cmpi slt, %offs, %limit : tensor<64xi32>
  %base = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %at = tt.addptr %base, %offs : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %v = tt.load %at, %mask : tensor<64x!tt.ptr<f32>>
  %square = arith.mulf %v, %v : tensor<64xf32>
  %sum = arith.addf %square, %v : tensor<64xf32>
  tt.store %at, %sum, %mask : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// What is all false: loads give `other` or zeros, stores and atomics that order
// nothing go. A volatile load stays, and so do atomics that order or give a
// result, and a load of pointers without `other`.
// CHECK-LABEL: tt.func public @never
// ALL-LABEL: tt.func public @never
// CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : tensor<64xf32>
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1.000000e+00> : tensor<64xf32>
// CHECK-COUNT-1: tt.load %{{.*}} {isVolatile = true} : tensor<64x!tt.ptr<f32>>
// CHECK: tt.load %{{.*}} : tensor<64x!tt.ptr<!tt.ptr<f32>>>
// CHECK: tt.atomic_rmw fadd, acq_rel
// CHECK: %[[OLD:.*]] = tt.atomic_rmw fadd, relaxed
// CHECK-NOT: tt.atomic_rmw
// CHECK-NOT: tt.store %arg0
// CHECK: tt.store %arg2, %[[ONES]] :
// CHECK: tt.store %arg2, %[[ZEROS]] :
// CHECK: tt.return %{{.*}}, %{{.*}}, %[[OLD]]
// REMARK: the mask is all false: nothing is loaded
// REMARK: the mask is all false: nothing is loaded
// REMARK: [Missed] volatile
// REMARK: [Missed] no-zeros
// REMARK: [Missed] atomic-orders
// REMARK: [Missed] atomic-orders
// REMARK: the mask is all false
// REMARK: the mask is all false: nothing is stored
tt.func public @never(%x: tensor<64x!tt.ptr<f32>>, %p: tensor<64x!tt.ptr<!tt.ptr<f32>>>, %out: tensor<64x!tt.ptr<f32>>) -> (tensor<64xf32>, tensor<64x!tt.ptr<f32>>, tensor<64xf32>) {
  %one = arith.constant dense<1.0> : tensor<64xf32>
  %limit = arith.constant dense<64> : tensor<64xi32>
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %mask = arith.cmpi sge, %r, %limit : tensor<64xi32>
  %a = tt.load %x, %mask, %one : tensor<64x!tt.ptr<f32>>
  %b = tt.load %x, %mask : tensor<64x!tt.ptr<f32>>
  %c = tt.load %x, %mask {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  %d = tt.load %p, %mask : tensor<64x!tt.ptr<!tt.ptr<f32>>>
  %e = tt.atomic_rmw fadd, acq_rel, gpu, %x, %one, %mask : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  %f = tt.atomic_rmw fadd, relaxed, gpu, %x, %one, %mask : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  %g = tt.atomic_rmw fadd, relaxed, gpu, %x, %one, %mask : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  tt.store %x, %one, %mask : tensor<64x!tt.ptr<f32>>
  tt.store %out, %a : tensor<64x!tt.ptr<f32>>
  tt.store %out, %b : tensor<64x!tt.ptr<f32>>
  tt.return %c, %d, %f : tensor<64xf32>, tensor<64x!tt.ptr<f32>>, tensor<64xf32>
}

// -----

// All true: an atomic and a volatile load lose the mask and stay; of an `and`
// only the part that is known goes.
// CHECK-LABEL: tt.func public @parts
// CHECK-SAME: %[[X:[^:]*]]: tensor<64x!tt.ptr<f32>>, %[[GIVEN:[^:]*]]: tensor<64xi1>
// CHECK-NOT: arith.cmpi
// CHECK: tt.load %[[X]] {isVolatile = true} : tensor<64x!tt.ptr<f32>>
// CHECK: tt.atomic_rmw fadd, acq_rel, gpu, %[[X]], %{{[^,]*}} : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>)
// CHECK: tt.store %[[X]], %{{[^,]*}}, %[[GIVEN]] : tensor<64x!tt.ptr<f32>>
// REMARK: the mask loses a part that is known
tt.func public @parts(%x: tensor<64x!tt.ptr<f32>>, %given: tensor<64xi1>) {
  %limit = arith.constant dense<64> : tensor<64xi32>
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %mask = arith.cmpi slt, %r, %limit : tensor<64xi32>
  %v = tt.load %x, %mask {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  %e = tt.atomic_rmw fadd, acq_rel, gpu, %x, %v, %mask : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  %both = arith.andi %mask, %given : tensor<64xi1>
  tt.store %x, %v, %both : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// A select of a product that meets a sum: stock's compiler may know the mask as
// well, so that neither with it nor without it the rounding is sure. It stays,
// unless contraction is allowed; the load beside it loses its mask.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // CHECK-LABEL: tt.func public @product
  // CHECK: tt.load %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
  // CHECK: arith.select
  // REMARK: the mask is all true
  // REMARK: [Missed] rounding-not-kept
  // CONTRACT-LABEL: tt.func public @product
  // CONTRACT-NOT: arith.select
  // CONTRACT: tt.return
  tt.func public @product(%x: tensor<64x!tt.ptr<f32>>, %m: tensor<64xf32>) -> tensor<64xf32> {
    %fill = arith.constant dense<0xFF800000> : tensor<64xf32>
    %limit = arith.constant dense<64> : tensor<64xi32>
    %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %mask = arith.cmpi slt, %r, %limit : tensor<64xi32>
    %v = tt.load %x, %mask : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %v, %m : tensor<64xf32>
    %s = arith.select %mask, %p, %fill : tensor<64xi1>, tensor<64xf32>
    %d = arith.subf %s, %v : tensor<64xf32>
    tt.return %d : tensor<64xf32>
  }

  // In a copy that hangs on a run-time test the product is guarded.
  // ALIGNED-LABEL: tt.func public @guarded
  // ALIGNED: scf.if
  // ALIGNED-NOT: arith.select
  // ALIGNED: tt.elementwise_inline_asm "mul.rn.f32 $0, $1, $2;"
  // ALIGNED: } else {
  // ALIGNED: arith.select
  tt.func public @guarded(%x: tensor<1024x!tt.ptr<f32>>, %m: tensor<1024xf32>, %K: i32) -> tensor<1024xf32> {
    %c0 = arith.constant 0 : i32
    %c1024 = arith.constant 1024 : i32
    %fill = arith.constant dense<0xFF800000> : tensor<1024xf32>
    %r = tt.make_range {end = 1024 : i32, start = 0 : i32} : tensor<1024xi32>
    %limit = tt.splat %K : i32 -> tensor<1024xi32>
    %sum = scf.for %k = %c0 to %K step %c1024 iter_args(%acc = %m) -> (tensor<1024xf32>) : i32 {
      %kt = tt.splat %k : i32 -> tensor<1024xi32>
      %offs = arith.addi %kt, %r : tensor<1024xi32>
      %mask = arith.cmpi slt, %offs, %limit : tensor<1024xi32>
      %v = tt.load %x, %mask : tensor<1024x!tt.ptr<f32>>
      %p = arith.mulf %v, %m : tensor<1024xf32>
      %s = arith.select %mask, %p, %fill : tensor<1024xi1>, tensor<1024xf32>
      %d = arith.subf %s, %v : tensor<1024xf32>
      %next = arith.maxnumf %acc, %d : tensor<1024xf32>
      scf.yield %next : tensor<1024xf32>
    }
    tt.return %sum : tensor<1024xf32>
  }
}

// -----

// What a select leaves is squared and summed: it must stay, and in a copy it
// would be up to stock's compiler. There is none, and the loop loses no mask.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // ALIGNED-LABEL: tt.func public @variance
  // ALIGNED-NOT: scf.if
  // ALIGNED: arith.select
  // ALIGNED: tt.return
  // VERSION: [Missed] rounding-not-kept
  tt.func public @variance(%x: tensor<1024x!tt.ptr<f32>>, %mean: tensor<1024xf32>, %K: i32) -> tensor<1024xf32> {
    %c0 = arith.constant 0 : i32
    %c1024 = arith.constant 1024 : i32
    %zero = arith.constant dense<0.0> : tensor<1024xf32>
    %r = tt.make_range {end = 1024 : i32, start = 0 : i32} : tensor<1024xi32>
    %limit = tt.splat %K : i32 -> tensor<1024xi32>
    %sum = scf.for %k = %c0 to %K step %c1024 iter_args(%acc = %zero) -> (tensor<1024xf32>) : i32 {
      %kt = tt.splat %k : i32 -> tensor<1024xi32>
      %offs = arith.addi %kt, %r : tensor<1024xi32>
      %mask = arith.cmpi slt, %offs, %limit : tensor<1024xi32>
      %v = tt.load %x, %mask : tensor<1024x!tt.ptr<f32>>
      %d = arith.subf %v, %mean : tensor<1024xf32>
      %s = arith.select %mask, %d, %zero : tensor<1024xi1>, tensor<1024xf32>
      %sq = arith.mulf %s, %s : tensor<1024xf32>
      %next = arith.addf %acc, %sq : tensor<1024xf32>
      scf.yield %next : tensor<1024xf32>
    }
    tt.return %sum : tensor<1024xf32>
  }
}

// -----

// K may be anything: the last tile of range(cdiv(K, 64)) is ragged; a sum that
// wraps, a quotient of a negative number, an unsigned comparison prove nothing.
// CHECK-LABEL: tt.func public @ragged
// CHECK: tt.load %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// CHECK: tt.store %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// REMARK: [Missed] not-proved
// REMARK: [Missed] not-proved
tt.func public @ragged(%x: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c1 = arith.constant 1 : i32
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %more = arith.addi %n, %c1 : i32
  %nt = tt.splat %n : i32 -> tensor<64xi32>
  %mt = tt.splat %more : i32 -> tensor<64xi32>
  %wraps = arith.cmpi slt, %nt, %mt : tensor<64xi32>
  %v = tt.load %x, %wraps : tensor<64x!tt.ptr<f32>>
  %unsigned = arith.cmpi ult, %r, %nt : tensor<64xi32>
  tt.store %x, %v, %unsigned : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Loops that `version` leaves alone: the step is not constant; the number of
// iterations is; the loop is warp-specialized; no test would help.
// VERSION: [Missed] step-not-constant
// VERSION: [Missed] trips-constant
// VERSION: [Missed] warp-specialized
// VERSION: [Missed] no-test
// ALL-LABEL: tt.func public @left
// ALL-NOT: scf.if
// ALL: tt.return
tt.func public @left(%x: tensor<64x!tt.ptr<f32>>, %K: i32, %given: tensor<64xi1>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %limit = tt.splat %K : i32 -> tensor<64xi32>
  %inside = arith.cmpi slt, %r, %limit : tensor<64xi32>
  scf.for %k = %c0 to %K step %K : i32 {
    %v = tt.load %x, %inside {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  }
  scf.for %k = %c0 to %c64 step %c1 : i32 {
    %v = tt.load %x, %inside {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  }
  scf.for %k = %c0 to %K step %c64 : i32 {
    %kt = tt.splat %k : i32 -> tensor<64xi32>
    %offs = arith.addi %kt, %r : tensor<64xi32>
    %mask = arith.cmpi slt, %offs, %limit : tensor<64xi32>
    %v = tt.load %x, %mask {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  } {tt.warp_specialize}
  scf.for %k = %c0 to %K step %c64 : i32 {
    %v = tt.load %x, %given {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// Loops of other kinds, branches of the control flow and calls: what is proved
// is folded there, too, and nothing else is touched.
// CHECK-LABEL: tt.func public @around
// CHECK: scf.while
// CHECK: tt.load %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// CHECK: cf.cond_br
// CHECK: tt.store %{{[^,]*}}, %{{[^,]*}} : tensor<64x!tt.ptr<f32>>
// CHECK: tt.call @callee
tt.func private @callee()
tt.func public @around(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %c: i1) {
  %limit = arith.constant dense<64> : tensor<64xi32>
  %one = arith.constant dense<1.0> : tensor<64xf32>
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %mask = arith.cmpi slt, %r, %limit : tensor<64xi32>
  %w = scf.while (%i = %n) : (i32) -> i32 {
    %v = tt.load %x, %mask : tensor<64x!tt.ptr<f32>>
    %more = arith.cmpi sgt, %i, %n : i32
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
    scf.condition(%more) %i : i32
  } do {
  ^bb0(%i: i32):
    scf.yield %i : i32
  }
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  tt.store %x, %one, %mask : tensor<64x!tt.ptr<f32>>
  cf.br ^bb2
^bb2:
  tt.call @callee() : () -> ()
  tt.return
}

// -----

// What the guard would test and is known is not tested: another run would fold
// that part, and not find its own test again. Here both bounds are even.
// ALIGNED-LABEL: tt.func public @known_part
// ALIGNED-NOT: arith.andi
// ALIGNED: %[[SPAN:.*]] = arith.subi
// ALIGNED-NOT: arith.andi
// ALIGNED: %[[FITS:.*]] = arith.cmpi sle, %[[SPAN]]
// ALIGNED-NOT: arith.andi
// ALIGNED: scf.if %[[FITS]] {
tt.func public @known_part(%x: tensor<2x!tt.ptr<i32>>, %n: i32, %end: i32 {tt.divisibility = 16 : i32}) {
  %c2 = arith.constant 2 : i32
  %one = arith.constant dense<1> : tensor<2xi32>
  %begin = arith.muli %n, %c2 : i32
  %r = tt.make_range {end = 2 : i32, start = 0 : i32} : tensor<2xi32>
  scf.for %k = %begin to %end step %c2 : i32 {
    %left = arith.subi %end, %k : i32
    %limit = tt.splat %left : i32 -> tensor<2xi32>
    %mask = arith.cmpi slt, %r, %limit : tensor<2xi32>
    tt.store %x, %one, %mask : tensor<2x!tt.ptr<i32>>
  }
  tt.return
}

// -----

// A copy in which a mask stays, of a volatile load here, is not copied again.
// ALL-LABEL: tt.func public @stays_masked
// ALL: scf.if
// ALL: tt.load %{{[^,]*}}, %{{[^,]*}} {isVolatile = true}
// ALL: tt.store %{{[^,]*}}, %{{[^,]*}} : tensor<8x!tt.ptr<i32>>
// ALL: } else {
// ALL: tt.load %{{[^,]*}}, %{{[^,]*}} {isVolatile = true}
// ALL: tt.store %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<8x!tt.ptr<i32>>
// ALL-NOT: scf.if
// ALL: tt.return
tt.func public @stays_masked(%x: tensor<8x!tt.ptr<i32>>, %n: i32, %row: i32) {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  %true = arith.constant dense<true> : tensor<8xi1>
  %r = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
  %row_t = tt.splat %row : i32 -> tensor<8xi32>
  %rows = arith.addi %row_t, %r : tensor<8xi32>
  %limit = tt.splat %n : i32 -> tensor<8xi32>
  %inside = arith.cmpi slt, %rows, %limit : tensor<8xi32>
  %outside = arith.xori %inside, %true : tensor<8xi1>
  scf.for %k = %c0 to %n step %c8 : i32 {
    %v = tt.load %x, %outside {isVolatile = true} : tensor<8x!tt.ptr<i32>>
    tt.store %x, %v, %inside : tensor<8x!tt.ptr<i32>>
  }
  tt.return
}

// -----

// Nor is a loop around two copies copied, in no run.
// ALL-LABEL: tt.func public @around_copies
// ALL: scf.for
// ALL: tt.store %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}} : tensor<8x!tt.ptr<i32>>
// ALL: scf.if
// ALL: scf.for
// ALL: } else {
// ALL: scf.for
// ALL-NOT: scf.for
// ALL: tt.return
tt.func public @around_copies(%x: tensor<8x!tt.ptr<i32>>, %n: i32, %m: i32, %row: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c8 = arith.constant 8 : i32
  %one = arith.constant dense<1> : tensor<8xi32>
  %r = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
  %row_t = tt.splat %row : i32 -> tensor<8xi32>
  %rows = arith.addi %row_t, %r : tensor<8xi32>
  %limit = tt.splat %m : i32 -> tensor<8xi32>
  %end = tt.splat %n : i32 -> tensor<8xi32>
  scf.for %o = %c0 to %m step %c1 : i32 {
    %inside = arith.cmpi slt, %rows, %limit : tensor<8xi32>
    tt.store %x, %one, %inside : tensor<8x!tt.ptr<i32>>
    scf.for %k = %c0 to %n step %c8 : i32 {
      %kt = tt.splat %k : i32 -> tensor<8xi32>
      %offs = arith.addi %kt, %r : tensor<8xi32>
      %mask = arith.cmpi slt, %offs, %end : tensor<8xi32>
      tt.store %x, %one, %mask : tensor<8x!tt.ptr<i32>>
    }
  }
  tt.return
}

// -----

// No mask at all.
// REMARK: [Missed] no-mask
// CHECK-LABEL: tt.func public @plain
tt.func public @plain(%x: !tt.ptr<f32>) {
  %v = tt.load %x : !tt.ptr<f32>
  tt.store %x, %v : !tt.ptr<f32>
  tt.return
}
