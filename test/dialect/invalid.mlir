// What a pass must not build.
// RUN: triton-ext-opt %s --split-input-file --verify-diagnostics

tt.func @load_result(%p: !tt.ptr<f32>) {
  // expected-error @+1 {{failed to verify that result is what ptr points to}}
  %0 = "tt.load"(%p) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<f32>) -> i32
  tt.return
}

// -----

tt.func @load_mask(%p: tensor<8x!tt.ptr<f32>>, %m: tensor<4xi1>) {
  // expected-error @+1 {{failed to verify that mask has the shape of ptr}}
  %0 = "tt.load"(%p, %m) <{operandSegmentSizes = array<i32: 1, 1, 0>}> : (tensor<8x!tt.ptr<f32>>, tensor<4xi1>) -> tensor<8xf32>
  tt.return
}

// -----

tt.func @load_other(%p: !tt.ptr<f32>, %m: i1, %o: f16) {
  // expected-error @+1 {{failed to verify that other is what ptr points to}}
  %0 = "tt.load"(%p, %m, %o) <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (!tt.ptr<f32>, i1, f16) -> f32
  tt.return
}

// -----

tt.func @store_value(%p: !tt.ptr<f32>, %v: i32) {
  // expected-error @+1 {{failed to verify that value is what ptr points to}}
  "tt.store"(%p, %v) : (!tt.ptr<f32>, i32) -> ()
  tt.return
}

// -----

tt.func @store_mask(%p: !tt.ptr<f32>, %v: f32, %m: tensor<8xi1>) {
  // expected-error @+1 {{failed to verify that mask has the shape of ptr}}
  "tt.store"(%p, %v, %m) : (!tt.ptr<f32>, f32, tensor<8xi1>) -> ()
  tt.return
}

// -----

tt.func @addptr_result(%p: !tt.ptr<f32>, %o: i32) {
  // expected-error @+1 {{failed to verify that all of {ptr, result} have same type}}
  %0 = "tt.addptr"(%p, %o) : (!tt.ptr<f32>, i32) -> !tt.ptr<i32>
  tt.return
}

// -----

tt.func @addptr_shape(%p: tensor<8x!tt.ptr<f32>>, %o: tensor<4xi32>) {
  // expected-error @+1 {{must have the same shape}}
  %0 = "tt.addptr"(%p, %o) : (tensor<8x!tt.ptr<f32>>, tensor<4xi32>) -> tensor<8x!tt.ptr<f32>>
  tt.return
}

// -----

tt.func @atomic_value(%p: !tt.ptr<i32>, %v: i64) {
  // expected-error @+1 {{failed to verify that ptr points to val}}
  %0 = tt.atomic_rmw add, relaxed, gpu, %p, %v : (!tt.ptr<i32>, i64) -> i64
  tt.return
}

// -----

// An address space of its own is no mistake.
tt.func @atomic_space(%p: !tt.ptr<i32, 3>, %v: i32) {
  %0 = tt.atomic_rmw add, relaxed, gpu, %p, %v : (!tt.ptr<i32, 3>, i32) -> i32
  tt.return
}

// -----

tt.func @splat(%x: f32) {
  // expected-error @+1 {{requires the same element type}}
  %0 = tt.splat %x : f32 -> tensor<8xi32>
  tt.return
}

// -----

tt.func @unsplat(%t: tensor<8xf32>) {
  // expected-error @+2 {{expects a tensor of one element}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = "tt.unsplat"(%t) : (tensor<8xf32>) -> f32
  tt.return
}

// -----

tt.func @expand_axis(%t: tensor<8xf32>) {
  // expected-error @+2 {{expects axis in [0, 1]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tt.expand_dims %t {axis = 2 : i32} : tensor<8xf32> -> tensor<8x1xf32>
  tt.return
}

// -----

tt.func @expand_shape(%t: tensor<8xf32>) {
  // expected-error @+2 {{expects result type(s) 'tensor<1x8xf32>', not 'tensor<8x1xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tt.expand_dims %t {axis = 0 : i32} : tensor<8xf32> -> tensor<8x1xf32>
  tt.return
}

// -----

// With an encoding the type is none of our business.
tt.func @expand_encoded(%t: tensor<8xf32, #ttg.slice<{dim = 1}>>) {
  %0 = tt.expand_dims %t {axis = 0 : i32} : tensor<8xf32, #ttg.slice<{dim = 1}>> -> tensor<1x8xf32, #ttg.blocked<{order = [1, 0]}>>
  tt.return
}

// -----

tt.func @broadcast(%t: tensor<2xf32>) {
  // expected-error @+1 {{cannot repeat a dimension of size 2 to 8}}
  %0 = tt.broadcast %t : tensor<2xf32> -> tensor<8xf32>
  tt.return
}

// -----

tt.func @broadcast_rank(%t: tensor<1xf32>) {
  // expected-error @+1 {{expects source and result of one rank}}
  %0 = tt.broadcast %t : tensor<1xf32> -> tensor<1x8xf32>
  tt.return
}

// -----

tt.func @reshape(%t: tensor<8xf32>) {
  // expected-error @+1 {{expects source and result of as many elements}}
  %0 = tt.reshape %t : tensor<8xf32> -> tensor<2x8xf32>
  tt.return
}

// -----

tt.func @trans(%t: tensor<8x4xf32>) {
  // expected-error @+2 {{expects order to permute the dimensions}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tt.trans %t {order = array<i32: 0, 0>} : tensor<8x4xf32> -> tensor<8x8xf32>
  tt.return
}

// -----

tt.func @split(%t: tensor<8x4xf32>) {
  // expected-error @+2 {{expects an innermost dimension of size 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0, %1 = tt.split %t : tensor<8x4xf32> -> tensor<8xf32>
  tt.return
}

// -----

tt.func @bitcast(%x: f32) {
  // expected-error @+1 {{expects source and result elements of one width}}
  %0 = tt.bitcast %x : f32 -> i64
  tt.return
}

// -----

tt.func @range() {
  // expected-error @+1 {{expects a vector of end - start elements}}
  %0 = tt.make_range {end = 8 : i32, start = 4 : i32} : tensor<8xi32>
  tt.return
}

// -----

tt.func @dot(%a: tensor<16x32xf16>, %b: tensor<16x16xf16>, %c: tensor<16x16xf32>) {
  // expected-error @+1 {{expects a of MxK, b of KxN and c of MxN}}
  %0 = tt.dot %a, %b, %c : tensor<16x32xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
  tt.return
}

// -----

tt.func @reduce_axis(%t: tensor<8xf32>) {
  // expected-error @+1 {{expects axis in [0, 1)}}
  %0 = "tt.reduce"(%t) <{axis = 1 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    tt.reduce.return %a : f32
  }) : (tensor<8xf32>) -> f32
  tt.return
}

// -----

tt.func @reduce_region(%t: tensor<8xf32>) {
  // expected-error @+1 {{expects region arguments 'f32', 'f32'}}
  %0 = "tt.reduce"(%t) <{axis = 0 : i32}> ({
  ^bb0(%a: f32):
    tt.reduce.return %a : f32
  }) : (tensor<8xf32>) -> f32
  tt.return
}

// -----

tt.func @scan_yield(%t: tensor<8xf32>, %x: i32) {
  // expected-error @+1 {{expects the region to yield 'f32'}}
  %0 = "tt.scan"(%t) <{axis = 0 : i32, reverse = false}> ({
  ^bb0(%a: f32, %b: f32):
    tt.scan.return %x : i32
  }) : (tensor<8xf32>) -> tensor<8xf32>
  tt.return
}

// -----

tt.func @descriptor_indices(%d: !tt.tensordesc<8x8xf32>, %i: i32) {
  // expected-error @+1 {{expects an index for each dimension of the block}}
  %0 = tt.descriptor_load %d[%i] : !tt.tensordesc<8x8xf32> -> tensor<8x8xf32>
  tt.return
}

// -----

tt.func @descriptor_block(%d: !tt.tensordesc<8x8xf32>, %i: i32, %t: tensor<8x8xf16>) {
  // expected-error @+1 {{expects the elements of the descriptor's block}}
  tt.descriptor_store %d[%i, %i], %t : !tt.tensordesc<8x8xf32>, tensor<8x8xf16>
  tt.return
}

// -----

// expected-error @+1 {{expects a tensor or the dimensions of a block}}
tt.func @descriptor_type(%d: !tt.tensordesc<f32>) {
  tt.return
}

// -----

tt.func @callee() {
  // expected-error @+1 {{expects a tt.func named 'absent'}}
  tt.call @absent() : () -> ()
  tt.return
}

// -----

tt.func private @takes(i32)
tt.func @call_type(%x: f32) {
  // expected-error @+1 {{expects the callee's type '(i32) -> ()'}}
  tt.call @takes(%x) : (f32) -> ()
  tt.return
}

// -----

tt.func @returns() -> i32 {
  // expected-error @+1 {{expects operands of the function's result types}}
  tt.return
}

// -----

tt.func @word(%p: !tt.ptr<i32>, %v: i32) {
  // expected-error @+1 {{unknown word 'sub'}}
  %0 = tt.atomic_rmw sub, relaxed, gpu, %p, %v : (!tt.ptr<i32>, i32) -> i32
  tt.return
}
