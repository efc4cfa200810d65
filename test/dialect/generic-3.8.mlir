// Generic form: what Triton 3.8.0 prints comes back byte for byte.
// RUN: sed '1,/^$/d' %s > %t
// RUN: triton-ext-opt --split-input-file %t --mlir-print-op-generic | diff %t -

"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "defaults", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{cache = 1 : i32, evict = 1 : i32, isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "cache_modifier", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{cache = 3 : i32, evict = 1 : i32, isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "eviction", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{cache = 1 : i32, evict = 3 : i32, isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> (), sym_name = "store_ignore", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xf32>):
    "tt.store"(%arg0, %arg1) <{cache = 1 : i32, evict = 1 : i32, ignore_cta}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, i32) -> (), sym_name = "descriptors", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32>, %arg1: i32):
    %0 = "arith.constant"() <{value = 16 : i64}> : () -> i64
    %1 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %2 = "tt.make_tensor_descriptor"(%arg0, %arg1, %arg1, %0, %0) <{padding = 1 : i32}> : (!tt.ptr<f32>, i32, i32, i64, i64) -> !tt.tensordesc<16x16xf32>
    %3 = "tt.make_tensor_descriptor"(%arg0, %arg1, %arg1, %0, %0) <{padding = 2 : i32}> : (!tt.ptr<f32>, i32, i32, i64, i64) -> !tt.tensordesc<16x16xf32>
    %4 = "tt.descriptor_load"(%2, %1, %1) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<16x16xf32>, i32, i32) -> tensor<16x16xf32>
    "tt.descriptor_store"(%2, %4, %1, %1) : (!tt.tensordesc<16x16xf32>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.descriptor_reduce"(%2, %4, %1, %1) <{kind = 1 : i32}> : (!tt.tensordesc<16x16xf32>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.descriptor_reduce"(%2, %4, %1, %1) <{kind = 3 : i32}> : (!tt.tensordesc<16x16xf32>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<16x16xf32>) -> (), sym_name = "descriptor_hints", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<16x16xf32>):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %1 = "tt.descriptor_load"(%arg0, %0, %0) <{cache = 3 : i32, evict = 3 : i32}> : (!tt.tensordesc<16x16xf32>, i32, i32) -> tensor<16x16xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<16x16xsi8>, !tt.tensordesc<16x16xui8>, !tt.tensordesc<1x16x16xf32>) -> (), sym_name = "signs", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<16x16xsi8>, %arg1: !tt.tensordesc<16x16xui8>, %arg2: !tt.tensordesc<1x16x16xf32>):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %1 = "tt.descriptor_load"(%arg0, %0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<16x16xsi8>, i32, i32) -> tensor<16x16xi8>
    %2 = "tt.descriptor_load"(%arg1, %0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<16x16xui8>, i32, i32) -> tensor<16x16xi8>
    %3 = "tt.descriptor_load"(%arg2, %0, %0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<1x16x16xf32>, i32, i32, i32) -> tensor<16x16xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

