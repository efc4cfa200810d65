// Pretty form: what Triton 3.9.0 prints is read, and written the same.
// RUN: sed '1,/^$/d' %s > %t
// RUN: triton-ext-opt --split-input-file %t --mlir-print-op-generic | triton-ext-opt --split-input-file | diff %t -

module {
  tt.func public @defaults(%arg0: tensor<128x!tt.ptr<f32>>) {
    %0 = tt.load %arg0 : tensor<128x!tt.ptr<f32>>
    tt.store %arg0, %0 : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @volatile(%arg0: tensor<128x!tt.ptr<f32>>) {
    %0 = tt.load %arg0 {isVolatile = true} : tensor<128x!tt.ptr<f32>>
    tt.store %arg0, %0 : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @policy_modifier(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xi1>) {
    %0 = tt.load %arg0, %arg1 {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : tensor<128x!tt.ptr<f32>>
    tt.store %arg0, %0, %arg1 {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @policy_eviction(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xi1>) {
    %0 = tt.load %arg0, %arg1 {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>} : tensor<128x!tt.ptr<f32>>
    tt.store %arg0, %0, %arg1 {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>} : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @store_ignore(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xf32>) {
    tt.store %arg0, %arg1 {ignore_cta} : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @atomic_accesses(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xi1>) {
    %0 = tt.atomic_load acquire, sys, %arg0, %arg1 : (tensor<128x!tt.ptr<f32>>, tensor<128xi1>) -> tensor<128xf32>
    tt.atomic_store release, gpu, %arg0, %0, %arg1 : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @atomic_poll(%arg0: !tt.ptr<i32>, %arg1: i32, %arg2: i64) {
    %0 = tt.atomic_poll acquire, gpu, %arg0, %arg1 timeout %arg2 : !tt.ptr<i32>, i32 -> i1
    %1 = tt.atomic_poll relaxed, gpu, %arg0, %arg1 : !tt.ptr<i32>, i32 -> i1
    tt.return
  }
}

// -----
module {
  tt.func public @grid_dependencies() {
    tt.grid_dependency_wait
    tt.grid_dependency_launch_dependents
    tt.return
  }
}

// -----
module {
  tt.func public @approximate(%arg0: tensor<128xf32>) {
    %0 = tt.approx_divf %arg0, %arg0 : tensor<128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @descriptors(%arg0: !tt.ptr<f32>, %arg1: i32) {
    %c16_i64 = arith.constant 16 : i64
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.make_tensor_descriptor %arg0, [%arg1, %arg1], [%c16_i64, %c16_i64] : <f32>, <16x16xf32>
    %1 = tt.make_tensor_descriptor %arg0, [%arg1, %arg1], [%c16_i64, %c16_i64] {padding = 2 : i32} : <f32>, <16x16xf32>
    %2 = tt.descriptor_load %0[%c0_i32, %c0_i32] : !tt.tensordesc<16x16xf32> -> tensor<16x16xf32>
    tt.descriptor_store %0[%c0_i32, %c0_i32], %2 : !tt.tensordesc<16x16xf32>, tensor<16x16xf32>
    tt.descriptor_reduce add, %0[%c0_i32, %c0_i32], %2 : !tt.tensordesc<16x16xf32>, tensor<16x16xf32>
    tt.descriptor_reduce max, %0[%c0_i32, %c0_i32], %2 : !tt.tensordesc<16x16xf32>, tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @descriptor_policy(%arg0: !tt.tensordesc<16x16xf32>) {
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.descriptor_load %arg0[%c0_i32, %c0_i32] {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_first>} : !tt.tensordesc<16x16xf32> -> tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @gather_scatter(%arg0: !tt.tensordesc<1x128xf32>, %arg1: tensor<32xi32>, %arg2: i32) {
    %0 = tt.descriptor_gather %arg0[%arg1, %arg2] : (!tt.tensordesc<1x128xf32>, tensor<32xi32>, i32) -> tensor<32x128xf32>
    tt.descriptor_scatter %arg0[%arg1, %arg2], %0 : !tt.tensordesc<1x128xf32>, tensor<32xi32>, i32, tensor<32x128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @address_space(%arg0: !tt.ptr<f32, "constant">) {
    %0 = tt.load %arg0 : !tt.ptr<f32, "constant">
    tt.return
  }
}

