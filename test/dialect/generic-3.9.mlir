// Generic form: what Triton 3.9.0 prints comes back byte for byte.
// RUN: sed '1,/^$/d' %s > %t
// RUN: triton-ext-opt --split-input-file %t --mlir-print-op-generic | diff %t -

"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "defaults", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>) -> (), sym_name = "volatile", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>):
    %0 = "tt.load"(%arg0) <{isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<128x!tt.ptr<f32>>) -> tensor<128xf32>
    "tt.store"(%arg0, %0) : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> (), sym_name = "policy_modifier", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xi1>):
    %0 = "tt.load"(%arg0, %arg1) <{cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>, isVolatile = false, operandSegmentSizes = array<i32: 1, 1, 0>}> : (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> tensor<128xf32>
    "tt.store"(%arg0, %0, %arg1) <{cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> (), sym_name = "policy_eviction", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xi1>):
    %0 = "tt.load"(%arg0, %arg1) <{cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>, isVolatile = false, operandSegmentSizes = array<i32: 1, 1, 0>}> : (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> tensor<128xf32>
    "tt.store"(%arg0, %0, %arg1) <{cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> (), sym_name = "store_ignore", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xf32>):
    "tt.store"(%arg0, %arg1) <{ignore_cta}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> (), sym_name = "atomic_accesses", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xi1>):
    %0 = "tt.atomic_load"(%arg0, %arg1) <{scope = 3 : i32, sem = 2 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> tensor<128xf32>
    "tt.atomic_store"(%arg0, %0, %arg1) <{scope = 1 : i32, sem = 3 : i32}> : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<i32>, i32, i64) -> (), sym_name = "atomic_poll", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<i32>, %arg1: i32, %arg2: i64):
    %0 = "tt.atomic_poll"(%arg0, %arg1, %arg2) <{scope = 1 : i32, sem = 2 : i32}> : (!tt.ptr<i32>, i32, i64) -> i1
    %1 = "tt.atomic_poll"(%arg0, %arg1) <{scope = 1 : i32, sem = 1 : i32}> : (!tt.ptr<i32>, i32) -> i1
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = () -> (), sym_name = "grid_dependencies", sym_visibility = "public"}> ({
    "tt.grid_dependency_wait"() : () -> ()
    "tt.grid_dependency_launch_dependents"() : () -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<128xf32>) -> (), sym_name = "approximate", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<128xf32>):
    %0 = "tt.approx_divf"(%arg0, %arg0) : (tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
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
    %4 = "tt.descriptor_load"(%2, %1, %1) : (!tt.tensordesc<16x16xf32>, i32, i32) -> tensor<16x16xf32>
    "tt.descriptor_store"(%2, %4, %1, %1) : (!tt.tensordesc<16x16xf32>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.descriptor_reduce"(%2, %4, %1, %1) <{kind = 1 : i32}> : (!tt.tensordesc<16x16xf32>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.descriptor_reduce"(%2, %4, %1, %1) <{kind = 3 : i32}> : (!tt.tensordesc<16x16xf32>, tensor<16x16xf32>, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<16x16xf32>) -> (), sym_name = "descriptor_policy", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<16x16xf32>):
    %0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %1 = "tt.descriptor_load"(%arg0, %0, %0) <{cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_first>}> : (!tt.tensordesc<16x16xf32>, i32, i32) -> tensor<16x16xf32>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.tensordesc<1x128xf32>, tensor<32xi32>, i32) -> (), sym_name = "gather_scatter", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.tensordesc<1x128xf32>, %arg1: tensor<32xi32>, %arg2: i32):
    %0 = "tt.descriptor_gather"(%arg0, %arg1, %arg2) : (!tt.tensordesc<1x128xf32>, tensor<32xi32>, i32) -> tensor<32x128xf32>
    "tt.descriptor_scatter"(%arg0, %arg1, %arg2, %0) : (!tt.tensordesc<1x128xf32>, tensor<32xi32>, i32, tensor<32x128xf32>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32, "constant">) -> (), sym_name = "address_space", sym_visibility = "public"}> ({
  ^bb0(%arg0: !tt.ptr<f32, "constant">):
    %0 = "tt.load"(%arg0) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<f32, "constant">) -> f32
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

