// Folds and canonicalisations of tt: what becomes trivial after a transform.
// RUN: triton-ext-opt %s --split-input-file --canonicalize | FileCheck %s

// A repeated constant is a constant, in whatever shape.
// CHECK-LABEL: @constants
// CHECK-DAG: %[[A:.*]] = arith.constant dense<3> : tensor<8xi32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<3> : tensor<8x1xi32>
// CHECK-DAG: %[[C:.*]] = arith.constant dense<3> : tensor<8x4xi32>
// CHECK-DAG: %[[D:.*]] = arith.constant dense<3> : tensor<4x8xi32>
// CHECK-DAG: %[[E:.*]] = arith.constant dense<3> : tensor<32xi32>
// CHECK: tt.return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
tt.func @constants() -> (tensor<8xi32>, tensor<8x1xi32>, tensor<8x4xi32>, tensor<4x8xi32>, tensor<32xi32>) {
  %c = arith.constant 3 : i32
  %0 = tt.splat %c : i32 -> tensor<8xi32>
  %1 = tt.expand_dims %0 {axis = 1 : i32} : tensor<8xi32> -> tensor<8x1xi32>
  %2 = tt.broadcast %1 : tensor<8x1xi32> -> tensor<8x4xi32>
  %3 = tt.trans %2 {order = array<i32: 1, 0>} : tensor<8x4xi32> -> tensor<4x8xi32>
  %4 = tt.reshape %3 : tensor<4x8xi32> -> tensor<32xi32>
  tt.return %0, %1, %2, %3, %4 : tensor<8xi32>, tensor<8x1xi32>, tensor<8x4xi32>, tensor<4x8xi32>, tensor<32xi32>
}

// -----

// A constant that is not one repeated element stays where it is.
// CHECK-LABEL: @no_splat
// CHECK: tt.expand_dims
// CHECK: tt.broadcast
tt.func @no_splat() -> tensor<2x4xi32> {
  %0 = arith.constant dense<[1, 2]> : tensor<2xi32>
  %1 = tt.expand_dims %0 {axis = 1 : i32} : tensor<2xi32> -> tensor<2x1xi32>
  %2 = tt.broadcast %1 : tensor<2x1xi32> -> tensor<2x4xi32>
  tt.return %2 : tensor<2x4xi32>
}

// -----

// A splat of a value goes through; pointers, too.
// CHECK-LABEL: @splats
// CHECK-SAME: %[[P:.*]]: !tt.ptr<f32>, %[[X:.*]]: f32
// CHECK-DAG: %[[A:.*]] = tt.splat %[[P]] : !tt.ptr<f32> -> tensor<4x8x!tt.ptr<f32>>
// CHECK-DAG: %[[B:.*]] = tt.splat %[[X]] : f32 -> tensor<32xf32>
// CHECK: tt.return %[[A]], %[[B]], %[[X]]
tt.func @splats(%p: !tt.ptr<f32>, %x: f32) -> (tensor<4x8x!tt.ptr<f32>>, tensor<32xf32>, f32) {
  %0 = tt.splat %p : !tt.ptr<f32> -> tensor<8x!tt.ptr<f32>>
  %1 = tt.expand_dims %0 {axis = 1 : i32} : tensor<8x!tt.ptr<f32>> -> tensor<8x1x!tt.ptr<f32>>
  %2 = tt.broadcast %1 : tensor<8x1x!tt.ptr<f32>> -> tensor<8x4x!tt.ptr<f32>>
  %3 = tt.trans %2 {order = array<i32: 1, 0>} : tensor<8x4x!tt.ptr<f32>> -> tensor<4x8x!tt.ptr<f32>>
  %4 = tt.splat %x : f32 -> tensor<4x8xf32>
  %5 = tt.reshape %4 : tensor<4x8xf32> -> tensor<32xf32>
  %6 = tt.splat %x : f32 -> tensor<1xf32>
  %7 = tt.unsplat %6 : tensor<1xf32>
  tt.return %3, %5, %7 : tensor<4x8x!tt.ptr<f32>>, tensor<32xf32>, f32
}

// -----

// With an encoding it is the same, and the encoding is the result's.
// CHECK-LABEL: @encoded
// CHECK: arith.constant dense<1.000000e+00> : tensor<8x1xf32, #ttg.blocked<{order = [1, 0]}>>
// CHECK-NOT: tt.expand_dims
tt.func @encoded() -> tensor<8x1xf32, #ttg.blocked<{order = [1, 0]}>> {
  %c = arith.constant 1.0 : f32
  %0 = tt.splat %c : f32 -> tensor<8xf32, #ttg.slice<{dim = 1}>>
  %1 = tt.expand_dims %0 {axis = 1 : i32} : tensor<8xf32, #ttg.slice<{dim = 1}>> -> tensor<8x1xf32, #ttg.blocked<{order = [1, 0]}>>
  tt.return %1 : tensor<8x1xf32, #ttg.blocked<{order = [1, 0]}>>
}

// -----

// What does nothing goes; what undoes itself, too.
// CHECK-LABEL: @identities
// CHECK-SAME: %[[P:.*]]: tensor<8x!tt.ptr<f32>>, %[[T:.*]]: tensor<8x4xf32>, %[[A:.*]]: i64, %[[Q:.*]]: !tt.ptr<f32>
// CHECK-NEXT: tt.return %[[P]], %[[T]], %[[T]], %[[T]], %[[T]], %[[T]], %[[A]], %[[Q]], %[[T]]
tt.func @identities(%p: tensor<8x!tt.ptr<f32>>, %t: tensor<8x4xf32>, %a: i64, %q: !tt.ptr<f32>)
    -> (tensor<8x!tt.ptr<f32>>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, i64, !tt.ptr<f32>, tensor<8x4xf32>) {
  %zero = arith.constant dense<0> : tensor<8xi32>
  %0 = tt.addptr %p, %zero : tensor<8x!tt.ptr<f32>>, tensor<8xi32>
  %1 = tt.broadcast %t : tensor<8x4xf32> -> tensor<8x4xf32>
  %2 = tt.reshape %t : tensor<8x4xf32> -> tensor<8x4xf32>
  %3 = tt.trans %t {order = array<i32: 0, 1>} : tensor<8x4xf32> -> tensor<8x4xf32>
  %4 = tt.bitcast %t : tensor<8x4xf32> -> tensor<8x4xi32>
  %5 = tt.bitcast %4 : tensor<8x4xi32> -> tensor<8x4xf32>
  %6 = tt.join %t, %t : tensor<8x4xf32> -> tensor<8x4x2xf32>
  %7, %8 = tt.split %6 : tensor<8x4x2xf32> -> tensor<8x4xf32>
  %9 = tt.int_to_ptr %a : i64 -> !tt.ptr<f32>
  %10 = tt.ptr_to_int %9 : !tt.ptr<f32> -> i64
  %11 = tt.ptr_to_int %q : !tt.ptr<f32> -> i64
  %12 = tt.int_to_ptr %11 : i64 -> !tt.ptr<f32>
  tt.return %0, %1, %2, %3, %5, %7, %10, %12, %8 : tensor<8x!tt.ptr<f32>>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, i64, !tt.ptr<f32>, tensor<8x4xf32>
}

// -----

// A reshape that may reorder is not the identity, nor is a conversion a bitcast.
// CHECK-LABEL: @no_identities
// CHECK: tt.reshape
// CHECK: tt.addptr
// CHECK: tt.trans
tt.func @no_identities(%t: tensor<4x4xf32>, %q: !tt.ptr<f32>, %n: i32) -> (tensor<4x4xf32>, !tt.ptr<f32>, tensor<4x4xf32>) {
  %0 = tt.reshape %t allow_reorder : tensor<4x4xf32> -> tensor<4x4xf32>
  %1 = tt.addptr %q, %n : !tt.ptr<f32>, i32
  %2 = tt.trans %t {order = array<i32: 1, 0>} : tensor<4x4xf32> -> tensor<4x4xf32>
  tt.return %0, %1, %2 : tensor<4x4xf32>, !tt.ptr<f32>, tensor<4x4xf32>
}

// -----

// A range of one element is a constant; its start may be negative.
// CHECK-LABEL: @short_range
// CHECK: arith.constant dense<-7> : tensor<1xi32>
tt.func @short_range() -> tensor<1xi32> {
  %0 = tt.make_range {end = -6 : i32, start = -7 : i32} : tensor<1xi32>
  tt.return %0 : tensor<1xi32>
}

// -----

// A block pointer that does not move.
// CHECK-LABEL: @advance
// CHECK-SAME: %[[P:.*]]: !tt.ptr<tensor<8x8xf32>>
// CHECK: %[[Q:.*]] = tt.advance
// CHECK-NEXT: tt.return %[[P]], %[[Q]]
tt.func @advance(%p: !tt.ptr<tensor<8x8xf32>>, %n: i32) -> (!tt.ptr<tensor<8x8xf32>>, !tt.ptr<tensor<8x8xf32>>) {
  %z = arith.constant 0 : i32
  %0 = tt.advance %p, [%z, %z] : <tensor<8x8xf32>>
  %1 = tt.advance %p, [%z, %n] : <tensor<8x8xf32>>
  tt.return %0, %1 : !tt.ptr<tensor<8x8xf32>>, !tt.ptr<tensor<8x8xf32>>
}

// -----

// An all-true mask goes, and `other` with it; every other property stays.
// CHECK-LABEL: @true_mask
// CHECK-SAME: %[[P:[^:]*]]: tensor<8x!tt.ptr<f32>>, %[[V:[^:]*]]: tensor<8xf32>
// CHECK: tt.load %[[P]] cacheModifier = cg evictionPolicy = evict_last {my.attr} : tensor<8x!tt.ptr<f32>>
// CHECK: tt.load %[[P]] {cachePolicy = #tt.cache_policy<cache_modifier = ca, eviction_policy = evict_first>, isVolatile = true}
// CHECK: tt.store %[[P]], %[[V]] evictionPolicy = evict_first {my.attr} : tensor<8x!tt.ptr<f32>>
tt.func @true_mask(%p: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %t = arith.constant true
  %m = tt.splat %t : i1 -> tensor<8xi1>
  %0 = tt.load %p, %m, %v cacheModifier = cg evictionPolicy = evict_last {my.attr} : tensor<8x!tt.ptr<f32>>
  %1 = tt.load %p, %m {cachePolicy = #tt.cache_policy<cache_modifier = ca, eviction_policy = evict_first>, isVolatile = true} : tensor<8x!tt.ptr<f32>>
  tt.store %p, %v, %m evictionPolicy = evict_first {my.attr} : tensor<8x!tt.ptr<f32>>
  tt.return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// An all-false load is `other`, zeros without one; never poison.
// CHECK-LABEL: @false_mask
// CHECK-SAME: %[[P:[^:]*]]: tensor<8x!tt.ptr<f32>>, %[[V:[^:]*]]: tensor<8xf32>
// CHECK-DAG: %[[Z:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-DAG: %[[S:.*]] = arith.constant 0 : i32
// CHECK-NOT: tt.store
// CHECK: tt.return %[[V]], %[[Z]], %[[S]]
tt.func @false_mask(%p: tensor<8x!tt.ptr<f32>>, %v: tensor<8xf32>, %q: !tt.ptr<i32>) -> (tensor<8xf32>, tensor<8xf32>, i32) {
  %f = arith.constant false
  %m = arith.constant dense<false> : tensor<8xi1>
  %0 = tt.load %p, %m, %v : tensor<8x!tt.ptr<f32>>
  %1 = tt.load %p, %m : tensor<8x!tt.ptr<f32>>
  %2 = tt.load %q, %f : !tt.ptr<i32>
  tt.store %p, %v, %m : tensor<8x!tt.ptr<f32>>
  tt.return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, i32
}

// -----

// A volatile load stays, an all-false load of pointers has no constant to be,
// and a mask of both is neither.
// CHECK-LABEL: @stays
// CHECK: isVolatile = true
// CHECK: tt.load %{{.*}}, %{{.*}} : tensor<2x!tt.ptr<!tt.ptr<i8>>>
// CHECK: tt.load %{{.*}}, %{{.*}} : tensor<2x!tt.ptr<f32>>
// CHECK: tt.store %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x!tt.ptr<f32>>
tt.func @stays(%p: tensor<2x!tt.ptr<f32>>, %q: tensor<2x!tt.ptr<!tt.ptr<i8>>>) -> (tensor<2xf32>, tensor<2x!tt.ptr<i8>>) {
  %f = arith.constant dense<false> : tensor<2xi1>
  %m = arith.constant dense<[true, false]> : tensor<2xi1>
  %0 = tt.load %p, %f {isVolatile = true} : tensor<2x!tt.ptr<f32>>
  %1 = tt.load %q, %f : tensor<2x!tt.ptr<!tt.ptr<i8>>>
  %2 = tt.load %p, %m : tensor<2x!tt.ptr<f32>>
  tt.store %p, %2, %m : tensor<2x!tt.ptr<f32>>
  tt.return %0, %1 : tensor<2xf32>, tensor<2x!tt.ptr<i8>>
}
