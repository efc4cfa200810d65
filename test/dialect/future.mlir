// What a later release may add is carried, and nothing is known of it.
// RUN: triton-ext-opt %s | FileCheck %s
// RUN: triton-ext-opt %s | triton-ext-opt | FileCheck %s
// RUN: triton-ext-opt %s --cse --canonicalize --loop-invariant-code-motion | FileCheck %s --check-prefix=KEPT

// Operations, attributes and types without a definition.
// CHECK-LABEL: @unknown
// CHECK-SAME: !tt.future<f32, {a = 1}>
// CHECK: scf.for
// CHECK: "tt.future_op"(%{{.*}}) <{how = #tt.future_attr<1, "x">}> : (i32) -> i32
// KEPT-LABEL: @unknown
// KEPT: scf.for
// KEPT-COUNT-2: "tt.future_op"
tt.func @unknown(%t: !tt.future<f32, {a = 1}>, %i: i32, %n: i32) {
  scf.for %k = %i to %n step %i : i32 {
    %0 = "tt.future_op"(%i) <{how = #tt.future_attr<1, "x">}> : (i32) -> i32
    %1 = "tt.future_op"(%i) <{how = #tt.future_attr<1, "x">}> : (i32) -> i32
  }
  tt.return
}

// Enumerators without a word are their numbers, written pretty, too.
// CHECK-LABEL: @numbers
// CHECK: tt.atomic_rmw 99, 98, 97,
// CHECK: cacheModifier = 96 evictionPolicy = -1
// CHECK: tt.get_program_id 7 : i32
// CHECK: inputPrecision = 42
// CHECK: rounding = 5
tt.func @numbers(%p: !tt.ptr<i32>, %v: i32, %a: tensor<16x16xf32>) {
  %0 = "tt.atomic_rmw"(%p, %v) <{atomic_rmw_op = 99 : i32, scope = 97 : i32, sem = 98 : i32}> : (!tt.ptr<i32>, i32) -> i32
  %1 = "tt.load"(%p) <{cache = 96 : i32, evict = -1 : i32, operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<i32>) -> i32
  %2 = "tt.get_program_id"() <{axis = 7 : i32}> : () -> i32
  %3 = "tt.dot"(%a, %a, %a) <{inputPrecision = 42 : i32}> : (tensor<16x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %4 = "tt.fp_to_fp"(%a) <{rounding = 5 : i32}> : (tensor<16x16xf32>) -> tensor<16x16xf16>
  tt.return
}

// An address space without a name, and a cache policy of another dialect.
// CHECK-LABEL: @foreign
// CHECK-SAME: !tt.ptr<f32, "shared">
// CHECK: {cachePolicy = #amdg.policy<nontemporal>}
tt.func @foreign(%p: !tt.ptr<f32, "shared">) {
  %0 = tt.load %p {cachePolicy = #amdg.policy<nontemporal>} : !tt.ptr<f32, "shared">
  tt.return
}
