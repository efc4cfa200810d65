// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3})' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 override=true})' | FileCheck %s --check-prefix=OVER
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 loops=dot})' | FileCheck %s --check-prefix=DOT
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 loops=load})' | FileCheck %s --check-prefix=LOAD
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 loops=load})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=CHOICE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{flatten=true nesting=outermost})' | FileCheck %s --check-prefix=FLAT
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{flatten=true nesting=innermost})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=INNER
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{disallow-acc-multi-buffer=true warp-specialize=true})' | FileCheck %s --check-prefix=TMEM
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{disallow-acc-multi-buffer=true warp-specialize=true})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=TARGET
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 lines=12})' | FileCheck %s --check-prefix=LINE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{unroll=4})' | FileCheck %s --check-prefix=UNROLL
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{unroll=4})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{unroll=16})' | FileCheck %s --check-prefix=LARGE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{unroll=16})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=BODY

// Nothing is asked for: nothing changes.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate)' -o %t.none
// RUN: triton-ext-opt %s --split-input-file -o %t.before
// RUN: diff %t.none %t.before
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=NOTHING
// NOTHING: nothing-asked
// NOTHING-SAME: no knob asks for anything

// Twice is once, also with everything asked for.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 unroll=4 flatten=true override=true})' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 unroll=4 flatten=true override=true},loop-annotate{num-stages=3 unroll=4 flatten=true override=true})' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(loop-annotate{num-stages=3 unroll=4 flatten=true override=true})' -o %t.again
// RUN: diff %t.once %t.again

// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(loop-annotate{num-stages=9})' 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: num-stages
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(loop-annotate{unroll=-1})' 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: unroll

// Example: the loop that loads is pipelined over three stages.
// CHECK-LABEL: tt.func public @copy
// CHECK: tt.load
// CHECK: } {tt.num_stages = 3 : i32}
// REMARK: remark: [Passed] fired
// REMARK-SAME: tt.num_stages = 3
tt.func public @copy(%x: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// What the author wrote stays unless it is overridden.
// CHECK-LABEL: tt.func public @carries
// CHECK: } {tt.num_stages = 2 : i32}
// REMARK: carries-attribute
// REMARK-SAME: it carries tt.num_stages already
// OVER-LABEL: tt.func public @carries
// OVER: } {tt.num_stages = 3 : i32}
tt.func public @carries(%x: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  } {tt.num_stages = 2 : i32}
  tt.return
}

// -----

// A loop around loops, one that multiplies, one that does neither; chosen by
// what they do, by nesting and by line.
// CHECK-LABEL: tt.func public @nest
// CHECK: } {tt.num_stages = 3 : i32}
// CHECK: tt.store
// CHECK-NEXT: }{{$}}
// CHECK-NEXT: tt.load
// CHECK: } {tt.num_stages = 3 : i32}
// REMARK: no-use-here
// REMARK-SAME: it loads no tile itself: nothing to pipeline
// DOT-LABEL: tt.func public @nest
// DOT: } {tt.num_stages = 3 : i32}
// DOT-NOT: num_stages
// DOT-LABEL: tt.func public @tensor_memory
// LOAD-LABEL: tt.func public @nest
// LOAD-NOT: num_stages
// LOAD: tt.load %arg1
// LOAD: } {tt.num_stages = 3 : i32}
// LOAD-LABEL: tt.func public @tensor_memory
// CHOICE: not-chosen
// CHOICE-SAME: it has a product of tiles
// CHOICE: not-chosen
// CHOICE-SAME: it loads no tile itself
// FLAT-LABEL: tt.func public @nest
// FLAT-NOT: tt.flatten
// FLAT: tt.load %arg1
// FLAT: } {tt.flatten}
// INNER: no-use-here
// INNER-SAME: it has no loop inside to flatten
// INNER: not-chosen
// INNER-SAME: it has loops inside, and only innermost ones are asked for
// LINE-LABEL: tt.func public @nest
// LINE-NOT: num_stages
// LINE: tt.load %arg1
// LINE: } {tt.num_stages = 3 : i32}
// LINE-LABEL: tt.func public @tensor_memory
tt.func public @nest(%a: tensor<16x16x!tt.ptr<f32>>, %p: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  scf.for %i = %c0 to %n step %c1 : i32 {
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
      %x = tt.load %a : tensor<16x16x!tt.ptr<f32>>
      %d = tt.dot %x, %x, %acc : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    } loc("k.py":13:4)
    scf.for %j = %c0 to %n step %c1 : i32 {
      tt.store %a, %r : tensor<16x16x!tt.ptr<f32>>
    } loc("k.py":14:4)
    %v = tt.load %p : tensor<64x!tt.ptr<f32>>
    tt.store %p, %v : tensor<64x!tt.ptr<f32>>
  } loc("k.py":12:4)
  tt.return
}

// -----

// Tensor memory and warp specialization are for products, where there are any.
module attributes {triton_ext.request = {backend = "cuda", arch = 100 : i64}} {
  // TMEM-LABEL: tt.func public @tensor_memory
  // TMEM: } {tt.disallow_acc_multi_buffer, tt.warp_specialize}
  // TMEM: tt.load
  // TMEM-NOT: tt.warp_specialize
  // TARGET: no-use-here
  // TARGET-SAME: it has no product of tiles to accumulate
  // TARGET: no-use-here
  // TARGET-SAME: it has no product of tiles to feed
  tt.func public @tensor_memory(%a: tensor<64x64x!tt.ptr<f32>>, %n: i32) -> tensor<64x64xf32> {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<64x64xf32>
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) : i32 {
      %x = tt.load %a : tensor<64x64x!tt.ptr<f32>>
      %d = tt.dot %x, %x, %acc, inputPrecision = tf32 : tensor<64x64xf32> * tensor<64x64xf32> -> tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    scf.for %j = %c0 to %n step %c1 : i32 {
      %x = tt.load %a : tensor<64x64x!tt.ptr<f32>>
      tt.store %a, %x : tensor<64x64x!tt.ptr<f32>>
    }
    tt.return %r : tensor<64x64xf32>
  }
}

// -----

// f32 in full precision, integers and few rows do not go to tensor memory.
module attributes {triton_ext.request = {backend = "cuda", arch = 100 : i64}} {
  // TMEM-LABEL: tt.func public @registers
  // TMEM-NOT: tt.warp_specialize
  // TARGET-COUNT-3: tensor memory does not take its products
  tt.func public @registers(%a: tensor<64x64xf32>, %i: tensor<64x64xi8>, %few: tensor<16x64xf16>, %h: tensor<64x64xf16>, %n: i32) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<64x64xf32>
    %none = arith.constant dense<0> : tensor<64x64xi32>
    %nought = arith.constant dense<0.0> : tensor<16x64xf32>
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64x64xf32>) : i32 {
      %d = tt.dot %a, %a, %acc, inputPrecision = ieee : tensor<64x64xf32> * tensor<64x64xf32> -> tensor<64x64xf32>
      scf.yield %d : tensor<64x64xf32>
    }
    %s = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %none) -> (tensor<64x64xi32>) : i32 {
      %d = tt.dot %i, %i, %acc : tensor<64x64xi8> * tensor<64x64xi8> -> tensor<64x64xi32>
      scf.yield %d : tensor<64x64xi32>
    }
    %t = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %nought) -> (tensor<16x64xf32>) : i32 {
      %d = tt.dot %few, %h, %acc : tensor<16x64xf16> * tensor<64x64xf16> -> tensor<16x64xf32>
      scf.yield %d : tensor<16x64xf32>
    }
    "use"(%r, %s, %t) : (tensor<64x64xf32>, tensor<64x64xi32>, tensor<16x64xf32>) -> ()
    tt.return
  }
}

// -----

// sm_80 has neither.
module attributes {triton_ext.request = {backend = "cuda", arch = 80 : i64}} {
  // TMEM-LABEL: tt.func public @ampere
  // TMEM-NOT: tt.warp_specialize
  // TARGET: no-use-on-target
  // TARGET-SAME: the target makes no use of tt.disallow_acc_multi_buffer
  // TARGET: no-use-on-target
  // TARGET-SAME: the target makes no use of tt.warp_specialize
  tt.func public @ampere(%a: tensor<16x16x!tt.ptr<f32>>, %n: i32) -> tensor<16x16xf32> {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<16x16xf32>
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
      %x = tt.load %a : tensor<16x16x!tt.ptr<f32>>
      %d = tt.dot %x, %x, %acc : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    }
    tt.return %r : tensor<16x16xf32>
  }
}

// -----

// sm_90 specializes four warps, and only where descriptors load the tiles.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64, num_warps = 4 : i64}} {
  // TMEM-LABEL: tt.func public @hopper
  // TMEM: } {tt.warp_specialize}
  // TMEM-LABEL: tt.func public @hopper_pointers
  // TMEM-NOT: tt.warp_specialize
  // TARGET: no-use-here
  // TARGET-SAME: on sm_90 that takes tiles that descriptors load
  tt.func public @hopper(%a: !tt.tensordesc<16x16xf32>, %n: i32) -> tensor<16x16xf32> {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<16x16xf32>
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
      %x = tt.descriptor_load %a[%c0, %j] : !tt.tensordesc<16x16xf32> -> tensor<16x16xf32>
      %d = tt.dot %x, %x, %acc : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    }
    tt.return %r : tensor<16x16xf32>
  }
  tt.func public @hopper_pointers(%a: tensor<16x16x!tt.ptr<f32>>, %n: i32) -> tensor<16x16xf32> {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<16x16xf32>
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
      %x = tt.load %a : tensor<16x16x!tt.ptr<f32>>
      %d = tt.dot %x, %x, %acc : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    }
    tt.return %r : tensor<16x16xf32>
  }
}

// -----

module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64, num_warps = 8 : i64}} {
  // TMEM-LABEL: tt.func public @hopper_eight
  // TMEM-NOT: tt.warp_specialize
  // TARGET: no-use-here
  // TARGET-SAME: on sm_90 that takes four warps
  tt.func public @hopper_eight(%a: !tt.tensordesc<16x16xf32>, %n: i32) -> tensor<16x16xf32> {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<16x16xf32>
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
      %x = tt.descriptor_load %a[%c0, %j] : !tt.tensordesc<16x16xf32> -> tensor<16x16xf32>
      %d = tt.dot %x, %x, %acc : tensor<16x16xf32> * tensor<16x16xf32> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    }
    tt.return %r : tensor<16x16xf32>
  }
}

// -----

// Neither does sm_75 pipeline.
module attributes {triton_ext.request = {backend = "cuda", arch = 75 : i64}} {
  // TMEM-LABEL: tt.func public @turing
  // CHECK-LABEL: tt.func public @turing
  // CHECK-NOT: tt.num_stages
  // REMARK: no-use-on-target
  // REMARK-SAME: the target makes no use of tt.num_stages
  tt.func public @turing(%x: tensor<64x!tt.ptr<f32>>, %n: i32) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    scf.for %i = %c0 to %n step %c1 : i32 {
      %v = tt.load %x : tensor<64x!tt.ptr<f32>>
      tt.store %x, %v : tensor<64x!tt.ptr<f32>>
    }
    tt.return
  }
}

// -----

// Bounds that nothing is known of: the end of the unrolled loop is computed in
// 64 bits, clamped between the bounds; the rest is a loop of its own.
// CHECK-LABEL: tt.func public @dynamic
// UNROLL-LABEL: tt.func public @dynamic
// UNROLL: arith.extsi %arg0 : i32 to i64
// UNROLL: %[[CUT:.*]] = arith.trunci
// UNROLL: %[[FIRST:.*]] = scf.for %[[I:.*]] = %arg0 to %[[CUT]] step %c12_i32{{.*}} iter_args(%[[S:.*]] = %c0_i32) -> (i32)
// UNROLL: %[[A:.*]] = arith.addi %[[S]], %[[I]]
// UNROLL: %[[I1:.*]] = arith.addi %[[I]], %c3_i32
// UNROLL: %[[B:.*]] = arith.addi %[[A]], %[[I1]]
// UNROLL: %[[I2:.*]] = arith.addi %[[I]], %c6_i32
// UNROLL: %[[C:.*]] = arith.addi %[[B]], %[[I2]]
// UNROLL: %[[I3:.*]] = arith.addi %[[I]], %c9_i32
// UNROLL: %[[D:.*]] = arith.addi %[[C]], %[[I3]]
// UNROLL: scf.yield %[[D]]
// UNROLL: } {tt.loop_unroll_factor = 1 : i32}
// UNROLL: %[[REST:.*]] = scf.for %{{.*}} = %[[CUT]] to %arg1 step %c3_i32{{.*}} iter_args(%{{.*}} = %[[FIRST]]) -> (i32)
// UNROLL: } {tt.loop_unroll_factor = 1 : i32, tt.num_stages = 1 : i32}
// UNROLL: tt.return %[[REST]]
// WHY: unrolled 4 times
tt.func public @dynamic(%lb: i32, %ub: i32) -> i32 {
  %c0 = arith.constant 0 : i32
  %c3 = arith.constant 3 : i32
  %r = scf.for %i = %lb to %ub step %c3 iter_args(%s = %c0) -> (i32) : i32 {
    %t = arith.addi %s, %i : i32
    scf.yield %t : i32
  }
  tt.return %r : i32
}

// -----

// A known number of iterations: eight leave none over.
// UNROLL-LABEL: tt.func public @constant
// UNROLL: scf.for %{{.*}} = %c0_i32 to %c8_i32 step %c4_i32
// UNROLL-NOT: scf.for
tt.func public @constant(%x: tensor<64x!tt.ptr<f32>>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c8 = arith.constant 8 : i32
  scf.for %i = %c0 to %c8 step %c1 : i32 {
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// A step that nobody knows, and one that fourfold is no i32 any more.
// UNROLL-LABEL: tt.func public @steps
// UNROLL: step %arg1 : i32
// UNROLL: step %c1000000000_i32 : i32
// WHY: step-not-constant
// WHY: step-not-constant
tt.func public @steps(%n: i32, %s: i32, %x: tensor<64x!tt.ptr<f32>>) {
  %c0 = arith.constant 0 : i32
  %big = arith.constant 1000000000 : i32
  %v = tt.load %x : tensor<64x!tt.ptr<f32>>
  scf.for %i = %c0 to %n step %s : i32 {
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  }
  scf.for %i = %c0 to %n step %big : i32 {
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// Sixteen copies of so large a body are too many, four are not.
// UNROLL-LABEL: tt.func public @large
// UNROLL-COUNT-2: scf.for
// LARGE-LABEL: tt.func public @large
// LARGE: scf.for
// LARGE-NOT: scf.for
// BODY: body-too-large
// BODY-SAME: so many copies of the body would cost more than they save
tt.func public @large(%n: i32, %a: i32) -> i32 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %a) -> (i32) : i32 {
    %0 = arith.addi %s, %a : i32 %1 = arith.addi %0, %a : i32 %2 = arith.addi %1, %a : i32 %3 = arith.addi %2, %a : i32
    %4 = arith.addi %3, %a : i32 %5 = arith.addi %4, %a : i32 %6 = arith.addi %5, %a : i32 %7 = arith.addi %6, %a : i32
    %8 = arith.addi %7, %a : i32 %9 = arith.addi %8, %a : i32 %10 = arith.addi %9, %a : i32 %11 = arith.addi %10, %a : i32
    %12 = arith.addi %11, %a : i32 %13 = arith.addi %12, %a : i32 %14 = arith.addi %13, %a : i32 %15 = arith.addi %14, %a : i32
    %16 = arith.addi %15, %a : i32 %17 = arith.addi %16, %a : i32 %18 = arith.addi %17, %a : i32 %19 = arith.addi %18, %a : i32
    %20 = arith.addi %19, %a : i32 %21 = arith.addi %20, %a : i32 %22 = arith.addi %21, %a : i32 %23 = arith.addi %22, %a : i32
    %24 = arith.addi %23, %a : i32 %25 = arith.addi %24, %a : i32 %26 = arith.addi %25, %a : i32 %27 = arith.addi %26, %a : i32
    %28 = arith.addi %27, %a : i32 %29 = arith.addi %28, %a : i32 %30 = arith.addi %29, %a : i32 %31 = arith.addi %30, %a : i32
    %32 = arith.addi %31, %a : i32 %33 = arith.addi %32, %a : i32 %34 = arith.addi %33, %a : i32 %35 = arith.addi %34, %a : i32
    %36 = arith.addi %35, %a : i32 %37 = arith.addi %36, %a : i32 %38 = arith.addi %37, %a : i32 %39 = arith.addi %38, %a : i32
    %40 = arith.addi %39, %a : i32 %41 = arith.addi %40, %a : i32 %42 = arith.addi %41, %a : i32 %43 = arith.addi %42, %a : i32
    %44 = arith.addi %43, %a : i32 %45 = arith.addi %44, %a : i32 %46 = arith.addi %45, %a : i32 %47 = arith.addi %46, %a : i32
    %48 = arith.addi %47, %a : i32 %49 = arith.addi %48, %a : i32 %50 = arith.addi %49, %a : i32 %51 = arith.addi %50, %a : i32
    %52 = arith.addi %51, %a : i32 %53 = arith.addi %52, %a : i32 %54 = arith.addi %53, %a : i32 %55 = arith.addi %54, %a : i32
    %56 = arith.addi %55, %a : i32 %57 = arith.addi %56, %a : i32 %58 = arith.addi %57, %a : i32 %59 = arith.addi %58, %a : i32
    %60 = arith.addi %59, %a : i32 %61 = arith.addi %60, %a : i32 %62 = arith.addi %61, %a : i32 %63 = arith.addi %62, %a : i32
    scf.yield %63 : i32
  }
  tt.return %r : i32
}

// -----

// A loop whose warps are specialized stays whole.
// UNROLL-LABEL: tt.func public @specialized
// UNROLL: scf.for
// UNROLL-NOT: scf.for
// WHY: warp-specialized
// WHY-SAME: warp specialization has one partition for the whole loop
tt.func public @specialized(%n: i32, %x: tensor<64x!tt.ptr<f32>>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  } {tt.warp_specialize}
  tt.return
}

// -----

// The author's own factor is Triton's business.
// LARGE-LABEL: tt.func public @specialized
// UNROLL-LABEL: tt.func public @factor
// UNROLL: } {tt.loop_unroll_factor = 2 : i32}
// WHY: carries-attribute
// WHY-SAME: it carries tt.loop_unroll_factor already
tt.func public @factor(%n: i32, %x: tensor<64x!tt.ptr<f32>>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    tt.store %x, %v : tensor<64x!tt.ptr<f32>>
  } {tt.loop_unroll_factor = 2 : i32}
  tt.return
}

// -----

// No loop over a range: a while loop, a call, blocks of cf, inline assembly.
// CHECK-LABEL: tt.func public @none
// REMARK: no-loop
// REMARK-SAME: there is no loop over a range
tt.func public @none(%n: i32, %c: i1) -> i32 {
  %r = scf.while (%i = %n) : (i32) -> i32 {
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    scf.yield %i : i32
  }
  %a = tt.elementwise_inline_asm "mov.u32 $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %r : i32 -> i32
  cf.cond_br %c, ^early, ^late
^early:
  tt.return %a : i32
^late:
  tt.return %r : i32
}
