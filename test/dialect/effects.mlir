// What MLIR's own passes may merge, hoist and erase, and what they may not.
// RUN: triton-ext-opt %s --split-input-file --cse | FileCheck %s --check-prefix=MERGE
// RUN: triton-ext-opt %s --split-input-file --loop-invariant-code-motion | FileCheck %s --check-prefix=HOIST
// RUN: triton-ext-opt %s --split-input-file --canonicalize | FileCheck %s --check-prefix=ERASE

// Plain loads merge while nothing writes between them.
// They stay in the loop: only what is around them says that the address is good.
// MERGE-LABEL: @plain_loads
// MERGE-COUNT-1: tt.load
// MERGE-NOT: tt.load
// HOIST-LABEL: @plain_loads
// HOIST: scf.for
// HOIST-COUNT-2: tt.load
tt.func @plain_loads(%p: !tt.ptr<f32>, %lb: i32, %ub: i32, %step: i32) {
  scf.for %i = %lb to %ub step %step : i32 {
    %0 = tt.load %p : !tt.ptr<f32>
    %1 = tt.load %p : !tt.ptr<f32>
    "test.use"(%0, %1) : (f32, f32) -> ()
  }
  tt.return
}

// -----

// A store, an atomic or an operation that nobody knows between two loads keeps
// both.
// MERGE-LABEL: @writes_between
// MERGE-COUNT-4: tt.load
tt.func @writes_between(%p: !tt.ptr<i32>, %q: !tt.ptr<i32>, %v: i32) -> (i32, i32, i32, i32) {
  %0 = tt.load %p : !tt.ptr<i32>
  tt.store %q, %v : !tt.ptr<i32>
  %1 = tt.load %p : !tt.ptr<i32>
  %old = tt.atomic_rmw add, relaxed, gpu, %q, %v : (!tt.ptr<i32>, i32) -> i32
  %2 = tt.load %p : !tt.ptr<i32>
  "ttg.barrier"() : () -> ()
  %3 = tt.load %p : !tt.ptr<i32>
  tt.return %0, %1, %2, %3 : i32, i32, i32, i32
}

// -----

// A volatile load is a read and a write.
// MERGE-LABEL: @volatile_loads
// MERGE-COUNT-2: isVolatile = true
// HOIST-LABEL: @volatile_loads
// HOIST: scf.for
// HOIST-COUNT-2: isVolatile = true
// ERASE-LABEL: @volatile_loads
// ERASE-COUNT-2: isVolatile = true
tt.func @volatile_loads(%p: !tt.ptr<f32>, %lb: i32, %ub: i32, %step: i32) {
  scf.for %i = %lb to %ub step %step : i32 {
    %0 = tt.load %p {isVolatile = true} : !tt.ptr<f32>
    %1 = tt.load %p {isVolatile = true} : !tt.ptr<f32>
  }
  tt.return
}

// -----

// Atomics are observations, used or not.
// MERGE-LABEL: @atomics
// MERGE-COUNT-2: tt.atomic_rmw
// MERGE-COUNT-2: tt.atomic_cas
// MERGE-COUNT-2: tt.atomic_load
// MERGE-COUNT-2: tt.atomic_poll
// HOIST-LABEL: @atomics
// HOIST: scf.for
// HOIST-COUNT-2: tt.atomic_load
// ERASE-LABEL: @atomics
// ERASE-COUNT-2: tt.atomic_rmw
// ERASE-COUNT-2: tt.atomic_cas
// ERASE-COUNT-2: tt.atomic_load
// ERASE-COUNT-2: tt.atomic_poll
tt.func @atomics(%p: !tt.ptr<i32>, %v: i32, %n: i32) {
  scf.for %i = %v to %n step %v : i32 {
    %0 = tt.atomic_rmw or, relaxed, gpu, %p, %v : (!tt.ptr<i32>, i32) -> i32
    %1 = tt.atomic_rmw or, relaxed, gpu, %p, %v : (!tt.ptr<i32>, i32) -> i32
    %2 = tt.atomic_cas acquire, gpu, %p, %v, %v : (!tt.ptr<i32>, i32, i32) -> i32
    %3 = tt.atomic_cas acquire, gpu, %p, %v, %v : (!tt.ptr<i32>, i32, i32) -> i32
    %4 = tt.atomic_load acquire, gpu, %p : (!tt.ptr<i32>) -> i32
    %5 = tt.atomic_load acquire, gpu, %p : (!tt.ptr<i32>) -> i32
    %6 = tt.atomic_poll acquire, gpu, %p, %v : !tt.ptr<i32>, i32 -> i1
    %7 = tt.atomic_poll acquire, gpu, %p, %v : !tt.ptr<i32>, i32 -> i1
  }
  tt.return
}

// -----

// What the host or another program sees stays, as often as it was there.
// MERGE-LABEL: @seen_from_outside
// MERGE-COUNT-2: tt.print
// MERGE-COUNT-2: tt.assert
// MERGE-COUNT-2: tt.grid_dependency_wait
// MERGE-COUNT-2: tt.descriptor_store
// HOIST-LABEL: @seen_from_outside
// HOIST: scf.for
// HOIST: tt.print
// HOIST: tt.assert
// HOIST: tt.grid_dependency_wait
// HOIST: tt.descriptor_store
// ERASE-LABEL: @seen_from_outside
// ERASE-COUNT-2: tt.print
// ERASE-COUNT-2: tt.assert
// ERASE-COUNT-2: tt.grid_dependency_wait
// ERASE-COUNT-2: tt.descriptor_store
tt.func @seen_from_outside(%c: i1, %d: !tt.tensordesc<8x8xf32>, %t: tensor<8x8xf32>, %i: i32, %n: i32) {
  scf.for %k = %i to %n step %i : i32 {
    tt.print "x" {hex = false, isSigned = array<i32: 1>} : %i : i32
    tt.print "x" {hex = false, isSigned = array<i32: 1>} : %i : i32
    tt.assert %c, "no" : i1
    tt.assert %c, "no" : i1
    tt.grid_dependency_wait
    tt.grid_dependency_wait
    tt.descriptor_store %d[%i, %i], %t : !tt.tensordesc<8x8xf32>, tensor<8x8xf32>
    tt.descriptor_store %d[%i, %i], %t : !tt.tensordesc<8x8xf32>, tensor<8x8xf32>
  }
  tt.return
}

// -----

// Assembly and device functions do what their `pure` says.
// MERGE-LABEL: @foreign_code
// MERGE-COUNT-1: pure = true
// MERGE-NOT: pure = true
// MERGE-COUNT-2: pure = false
// MERGE-COUNT-1: pure = true
// MERGE-NOT: pure = true
// MERGE-COUNT-2: pure = false
// HOIST-LABEL: @foreign_code
// HOIST-COUNT-4: pure = true
// HOIST: scf.for
// HOIST-COUNT-4: pure = false
tt.func @foreign_code(%x: f32, %i: i32, %n: i32) {
  scf.for %k = %i to %n step %i : i32 {
    %0 = tt.elementwise_inline_asm "a" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %i : i32 -> i32
    %1 = tt.elementwise_inline_asm "a" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %i : i32 -> i32
    %2 = tt.elementwise_inline_asm "a" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %i : i32 -> i32
    %3 = tt.elementwise_inline_asm "a" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %i : i32 -> i32
    %4 = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "f"} : (f32) -> f32
    %5 = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "f"} : (f32) -> f32
    %6 = tt.extern_elementwise %x {libname = "", libpath = "", pure = false, symbol = "f"} : (f32) -> f32
    %7 = tt.extern_elementwise %x {libname = "", libpath = "", pure = false, symbol = "f"} : (f32) -> f32
    "test.use"(%0, %1, %4, %5) : (i32, i32, f32, f32) -> ()
  }
  tt.return
}

// -----

// Without effects: merged and hoisted.
// MERGE-LABEL: @pure
// MERGE-COUNT-1: tt.get_program_id
// MERGE-NOT: tt.get_program_id
// MERGE-COUNT-1: tt.make_range
// MERGE-NOT: tt.make_range
// MERGE-COUNT-1: tt.splat
// MERGE-NOT: tt.splat
// HOIST-LABEL: @pure
// HOIST: tt.get_program_id
// HOIST: tt.make_range
// HOIST: tt.splat
// HOIST: tt.addptr
// HOIST: scf.for
tt.func @pure(%p: !tt.ptr<f32>, %i: i32, %n: i32) {
  scf.for %k = %i to %n step %i : i32 {
    %0 = tt.get_program_id x : i32
    %1 = tt.get_program_id x : i32
    %2 = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
    %3 = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
    %4 = tt.splat %p : !tt.ptr<f32> -> tensor<8x!tt.ptr<f32>>
    %5 = tt.splat %p : !tt.ptr<f32> -> tensor<8x!tt.ptr<f32>>
    %6 = tt.addptr %4, %2 : tensor<8x!tt.ptr<f32>>, tensor<8xi32>
    "test.use"(%0, %1, %3, %5, %6) : (i32, i32, tensor<8xi32>, tensor<8x!tt.ptr<f32>>, tensor<8x!tt.ptr<f32>>) -> ()
  }
  tt.return
}

// -----

// A region has the effects of what is in it.
// MERGE-LABEL: @regions
// MERGE-COUNT-1: tt.reduce"
// MERGE-NOT: tt.reduce"
// MERGE-COUNT-2: tt.map_elementwise"
// HOIST-LABEL: @regions
// HOIST-COUNT-2: tt.reduce"
// HOIST: scf.for
// HOIST-COUNT-2: tt.map_elementwise"
tt.func @regions(%t: tensor<8xf32>, %i: i32, %n: i32) {
  scf.for %k = %i to %n step %i : i32 {
    %0 = "tt.reduce"(%t) <{axis = 0 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %s = arith.addf %a, %b : f32
      tt.reduce.return %s : f32
    }) : (tensor<8xf32>) -> f32
    %1 = "tt.reduce"(%t) <{axis = 0 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %s = arith.addf %a, %b : f32
      tt.reduce.return %s : f32
    }) : (tensor<8xf32>) -> f32
    "test.use"(%0, %1) : (f32, f32) -> ()
    %2 = "tt.map_elementwise"(%t) <{pack = 1 : i32}> ({
    ^bb0(%a: f32):
      tt.print "x" {hex = false, isSigned = array<i32: 0>} : %a : f32
      tt.map_elementwise.return %a : f32
    }) : (tensor<8xf32>) -> tensor<8xf32>
    %3 = "tt.map_elementwise"(%t) <{pack = 1 : i32}> ({
    ^bb0(%a: f32):
      tt.print "x" {hex = false, isSigned = array<i32: 0>} : %a : f32
      tt.map_elementwise.return %a : f32
    }) : (tensor<8xf32>) -> tensor<8xf32>
  }
  tt.return
}

// -----

// Nothing is known of what a callee does.
// MERGE-LABEL: @calls
// MERGE-COUNT-2: tt.call
// HOIST-LABEL: @calls
// HOIST: scf.for
// HOIST: tt.call
// ERASE-LABEL: @calls
// ERASE-COUNT-2: tt.call
tt.func @calls(%i: i32, %n: i32) {
  scf.for %k = %i to %n step %i : i32 {
    tt.call @callee() : () -> ()
    tt.call @callee() : () -> ()
  }
  tt.return
}
tt.func private @callee()

// -----

// Unused: what only reads goes, what writes stays.
// ERASE-LABEL: @unused
// ERASE-NEXT: %{{.*}} = tt.elementwise_inline_asm "impure"
// ERASE-NEXT: %{{.*}} = tt.extern_elementwise {{.*}}"impure"
// ERASE-NEXT: "tt.map_elementwise"
// ERASE: tt.return
// ERASE-NOT: tt.
tt.func @unused(%p: !tt.ptr<f32>, %d: !tt.tensordesc<8xf32>, %t: tensor<8xf32>, %i: i32, %x: f32, %y: tensor<16x16xbf16>, %z: tensor<16x16xbf16>, %w: tensor<16x16xf32>) {
  %0 = tt.load %p : !tt.ptr<f32>
  %1 = tt.descriptor_load %d[%i] : !tt.tensordesc<8xf32> -> tensor<8xf32>
  %2 = tt.get_program_id x : i32
  %3 = tt.elementwise_inline_asm "pure" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %i : i32 -> i32
  %4 = tt.elementwise_inline_asm "impure" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %i : i32 -> i32
  %5 = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "pure"} : (f32) -> f32
  %6 = tt.extern_elementwise %x {libname = "", libpath = "", pure = false, symbol = "impure"} : (f32) -> f32
  %7 = "tt.reduce"(%t) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.reduce.return %s : f32
  }) : (tensor<8xf32>) -> f32
  %8 = "tt.map_elementwise"(%t) <{pack = 1 : i32}> ({
  ^bb0(%a: f32):
    tt.print "x" {hex = false, isSigned = array<i32: 0>} : %a : f32
    tt.map_elementwise.return %a : f32
  }) : (tensor<8xf32>) -> tensor<8xf32>
  %9 = tt.dot_scaled %y, %z, %w lhs = bf16 rhs = bf16 {fastMath = true} : tensor<16x16xbf16> * tensor<16x16xbf16> -> tensor<16x16xf32>
  tt.return
}
