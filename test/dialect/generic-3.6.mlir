// Generic form: what Triton 3.6.0 and 3.7.1 print comes back byte for byte.
// RUN: sed '1,/^$/d' %s > %t
// RUN: triton-ext-opt --split-input-file %t --mlir-print-op-generic | diff %t -

"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "defaults", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32, isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "cache_modifier", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 3 : i32, evict = 1 : i32, isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "eviction", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 3 : i32, isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>) -> (), sym_name = "discardable", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32>):
    %0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32, isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> {my.attr = 1 : i32, tt.latency = 2 : i32} : (!tt.ptr<f32>) -> f32
    "tt.store"(%arg0, %0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32}> {ttg.foo = true} : (!tt.ptr<f32>, f32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>) -> (), sym_name = "block_pointer", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32>):
    %0 = "arith.constant"() <{value = 64 : i64}> : () -> i64
    %1 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %2 = "tt.make_tensor_ptr"(%arg0, %0, %0, %0, %0, %1, %1) <{order = array<i32: 1, 0>}> : (!tt.ptr<f32>, i64, i64, i64, i64, i32, i32) -> !tt.ptr<tensor<16x16xf32>>
    %3 = "tt.advance"(%2, %1, %1) : (!tt.ptr<tensor<16x16xf32>>, i32, i32) -> !tt.ptr<tensor<16x16xf32>>
    %4 = "tt.load"(%3) <{boundaryCheck = array<i32: 0, 1>, cache = 1 : i32, evict = 3 : i32, isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>, padding = 2 : i32}> : (!tt.ptr<tensor<16x16xf32>>) -> tensor<16x16xf32>
    "tt.store"(%2, %4) <{boundaryCheck = array<i32: 1>, cache = 1 : i32, evict = 1 : i32}> : (!tt.ptr<tensor<16x16xf32>>, tensor<16x16xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, i32) -> (), sym_name = "descriptors", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32>, %arg1: i32):
    %0 = "arith.constant"() <{value = 16 : i64}> : () -> i64
    %1 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %2 = "tt.make_tensor_descriptor"(%arg0, %arg1, %arg1, %0, %0) <{padding = 1 : i32}> : (!tt.ptr<f32>, i32, i32, i64, i64) -> !tt.tensordesc<tensor<16x16xf32>>
    %3 = "tt.make_tensor_descriptor"(%arg0, %arg1, %arg1, %0, %0) <{padding = 2 : i32}> : (!tt.ptr<f32>, i32, i32, i64, i64) -> !tt.tensordesc<tensor<16x16xf32>>
    %4 = "tt.descriptor_load"(%2, %1, %1) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<tensor<16x16xf32>>, i32, i32) -> tensor<16x16xf32>
    "tt.descriptor_store"(%2, %4, %1, %1) : (!tt.tensordesc<tensor<16x16xf32>>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.descriptor_reduce"(%2, %4, %1, %1) <{kind = 1 : i32}> : (!tt.tensordesc<tensor<16x16xf32>>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.descriptor_reduce"(%2, %4, %1, %1) <{kind = 3 : i32}> : (!tt.tensordesc<tensor<16x16xf32>>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<tensor<16x16xf32>>) -> (), sym_name = "descriptor_hints", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<tensor<16x16xf32>>):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %1 = "tt.descriptor_load"(%arg0, %0, %0) <{cache = 3 : i32, evict = 3 : i32}> : (!tt.tensordesc<tensor<16x16xf32>>, i32, i32) -> tensor<16x16xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<tensor<1x128xf32>>, tensor<32xi32>, i32) -> (), sym_name = "gather_scatter", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<tensor<1x128xf32>>, %arg1: tensor<32xi32>, %arg2: i32):
    %0 = "tt.descriptor_gather"(%arg0, %arg1, %arg2) : (!tt.tensordesc<tensor<1x128xf32>>, tensor<32xi32>, i32) -> tensor<32x128xf32>
    "tt.descriptor_scatter"(%arg0, %arg1, %arg2, %0) : (!tt.tensordesc<tensor<1x128xf32>>, tensor<32xi32>, i32, tensor<32x128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<tensor<16x16xsi8>>, !tt.tensordesc<tensor<16x16xui8>>, !tt.tensordesc<tensor<1x16x16xf32>>) -> (), sym_name = "signs", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<tensor<16x16xsi8>>, %arg1: !tt.tensordesc<tensor<16x16xui8>>, %arg2: !tt.tensordesc<tensor<1x16x16xf32>>):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %1 = "tt.descriptor_load"(%arg0, %0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<tensor<16x16xsi8>>, i32, i32) -> tensor<16x16xi8>
    %2 = "tt.descriptor_load"(%arg1, %0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<tensor<16x16xui8>>, i32, i32) -> tensor<16x16xi8>
    %3 = "tt.descriptor_load"(%arg2, %0, %0, %0) <{cache = 1 : i32, evict = 1 : i32}> : (!tt.tensordesc<tensor<1x16x16xf32>>, i32, i32, i32) -> tensor<16x16xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, f32) -> (), sym_name = "k", sym_visibility = "public"}> ({
  ^bb0(%arg2: !tt.ptr<f32>, %arg3: f32):
    %1:2 = "tt.call"(%arg3, %arg3) <{callee = @f}> : (f32, f32) -> (f32, i32)
    "tt.call"() <{callee = @g}> {my.call} : () -> ()
    "tt.store"(%arg2, %1#0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32}> : (!tt.ptr<f32>, f32) -> ()
    "tt.return"() : () -> ()
  }) {my.attr, noinline = false} : () -> ()
  "tt.func"() <{arg_attrs = [{}, {tt.divisibility = 8 : i32}], function_type = (f32, f32) -> (f32, i32), sym_name = "f", sym_visibility = "private"}> ({
  ^bb0(%arg0: f32, %arg1: f32):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    "tt.return"(%arg0, %0) : (f32, i32) -> ()
  }) {noinline = true} : () -> ()
  "tt.func"() <{function_type = () -> (), sym_name = "g"}> ({
    "tt.return"() : () -> ()
  }) : () -> ()
  "tt.func"() <{function_type = (f32) -> f32, sym_name = "ext", sym_visibility = "private"}> ({
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, i32, f32, i1) -> (), sym_name = "control_flow", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32>, %arg1: i32, %arg2: f32, %arg3: i1):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %1 = "arith.constant"() <{value = 1 : i32}> : () -> i32
    %2 = "arith.constant"() <{value = 0.000000e+00 : f32}> : () -> f32
    %3 = "scf.for"(%0, %arg1, %1, %2) ({
    ^bb0(%arg4: i32, %arg5: f32):
      %4 = "arith.addf"(%arg5, %arg2) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
      "scf.yield"(%4) : (f32) -> ()
    }) {tt.disallow_acc_multi_buffer, tt.flatten, tt.loop_unroll_factor = 2 : i32, tt.num_stages = 3 : i32, tt.warp_specialize} : (i32, i32, i32, f32) -> f32
    "cf.cond_br"(%arg3)[^bb1, ^bb2] <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (i1) -> ()
  ^bb1:  // pred: ^bb0
    "tt.return"() : () -> ()
  ^bb2:  // pred: ^bb0
    "tt.store"(%arg0, %3) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32}> : (!tt.ptr<f32>, f32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32, 4>) -> (), sym_name = "address_space", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32, 4>):
    %0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32, isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<f32, 4>) -> f32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<!tt.ptr<f32>>) -> (), sym_name = "pointer_to_pointer", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{boundaryCheck = array<i32>, cache = 1 : i32, evict = 1 : i32, isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<!tt.ptr<f32>>) -> !tt.ptr<f32>
    %1 = "tt.splat"(%0) : (!tt.ptr<f32>) -> tensor<4x!tt.ptr<f32>>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

