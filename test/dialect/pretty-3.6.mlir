// Pretty form: what Triton 3.6.0 and 3.7.1 print is read, and written the same.
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
  tt.func public @cache_modifier(%arg0: tensor<128x!tt.ptr<f32>>) {
    %0 = tt.load %arg0 cacheModifier = cg {isVolatile = true} : tensor<128x!tt.ptr<f32>>
    tt.store %arg0, %0 : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @eviction(%arg0: tensor<128x!tt.ptr<f32>>) {
    %0 = tt.load %arg0 evictionPolicy = evict_last {isVolatile = true} : tensor<128x!tt.ptr<f32>>
    tt.store %arg0, %0 : tensor<128x!tt.ptr<f32>>
    tt.return
  }
}

// -----
module {
  tt.func public @discardable(%arg0: !tt.ptr<f32>) {
    %0 = tt.load %arg0 {my.attr = 1 : i32, tt.latency = 2 : i32} : !tt.ptr<f32>
    tt.store %arg0, %0 {ttg.foo = true} : !tt.ptr<f32>
    tt.return
  }
}

// -----
module {
  tt.func public @block_pointer(%arg0: !tt.ptr<f32>) {
    %c64_i64 = arith.constant 64 : i64
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.make_tensor_ptr %arg0, [%c64_i64, %c64_i64], [%c64_i64, %c64_i64], [%c0_i32, %c0_i32] {order = array<i32: 1, 0>} : <tensor<16x16xf32>>
    %1 = tt.advance %0, [%c0_i32, %c0_i32] : <tensor<16x16xf32>>
    %2 = tt.load %1 evictionPolicy = evict_last {boundaryCheck = array<i32: 0, 1>, padding = 2 : i32} : !tt.ptr<tensor<16x16xf32>>
    tt.store %0, %2 {boundaryCheck = array<i32: 1>} : !tt.ptr<tensor<16x16xf32>>
    tt.return
  }
}

// -----
module {
  tt.func public @descriptors(%arg0: !tt.ptr<f32>, %arg1: i32) {
    %c16_i64 = arith.constant 16 : i64
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.make_tensor_descriptor %arg0, [%arg1, %arg1], [%c16_i64, %c16_i64] : <f32>, <tensor<16x16xf32>>
    %1 = tt.make_tensor_descriptor %arg0, [%arg1, %arg1], [%c16_i64, %c16_i64] {padding = 2 : i32} : <f32>, <tensor<16x16xf32>>
    %2 = tt.descriptor_load %0[%c0_i32, %c0_i32] : !tt.tensordesc<tensor<16x16xf32>> -> tensor<16x16xf32>
    tt.descriptor_store %0[%c0_i32, %c0_i32], %2 : !tt.tensordesc<tensor<16x16xf32>>, tensor<16x16xf32>
    tt.descriptor_reduce add, %0[%c0_i32, %c0_i32], %2 : !tt.tensordesc<tensor<16x16xf32>>, tensor<16x16xf32>
    tt.descriptor_reduce max, %0[%c0_i32, %c0_i32], %2 : !tt.tensordesc<tensor<16x16xf32>>, tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @descriptor_hints(%arg0: !tt.tensordesc<tensor<16x16xf32>>) {
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.descriptor_load %arg0[%c0_i32, %c0_i32] cacheModifier = cg evictionPolicy = evict_last : !tt.tensordesc<tensor<16x16xf32>> -> tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @gather_scatter(%arg0: !tt.tensordesc<tensor<1x128xf32>>, %arg1: tensor<32xi32>, %arg2: i32) {
    %0 = tt.descriptor_gather %arg0[%arg1, %arg2] : (!tt.tensordesc<tensor<1x128xf32>>, tensor<32xi32>, i32) -> tensor<32x128xf32>
    tt.descriptor_scatter %arg0[%arg1, %arg2], %0 : !tt.tensordesc<tensor<1x128xf32>>, tensor<32xi32>, i32, tensor<32x128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @signs(%arg0: !tt.tensordesc<tensor<16x16xsi8>>, %arg1: !tt.tensordesc<tensor<16x16xui8>>, %arg2: !tt.tensordesc<tensor<1x16x16xf32>>) {
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.descriptor_load %arg0[%c0_i32, %c0_i32] : !tt.tensordesc<tensor<16x16xsi8>> -> tensor<16x16xi8>
    %1 = tt.descriptor_load %arg1[%c0_i32, %c0_i32] : !tt.tensordesc<tensor<16x16xui8>> -> tensor<16x16xi8>
    %2 = tt.descriptor_load %arg2[%c0_i32, %c0_i32, %c0_i32] : !tt.tensordesc<tensor<1x16x16xf32>> -> tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @k(%arg0: !tt.ptr<f32>, %arg1: f32) attributes {my.attr, noinline = false} {
    %0:2 = tt.call @f(%arg1, %arg1) : (f32, f32) -> (f32, i32)
    tt.call @g() {my.call} : () -> ()
    tt.store %arg0, %0#0 : !tt.ptr<f32>
    tt.return
  }
  tt.func private @f(%arg0: f32, %arg1: f32 {tt.divisibility = 8 : i32}) -> (f32, i32) attributes {noinline = true} {
    %c0_i32 = arith.constant 0 : i32
    tt.return %arg0, %c0_i32 : f32, i32
  }
  tt.func @g() {
    tt.return
  }
  tt.func private @ext(f32) -> f32
}

// -----
module {
  tt.func public @control_flow(%arg0: !tt.ptr<f32>, %arg1: i32, %arg2: f32, %arg3: i1) {
    %c0_i32 = arith.constant 0 : i32
    %c1_i32 = arith.constant 1 : i32
    %cst = arith.constant 0.000000e+00 : f32
    %0 = scf.for %arg4 = %c0_i32 to %arg1 step %c1_i32 iter_args(%arg5 = %cst) -> (f32)  : i32 {
      %1 = arith.addf %arg5, %arg2 : f32
      scf.yield %1 : f32
    } {tt.disallow_acc_multi_buffer, tt.flatten, tt.loop_unroll_factor = 2 : i32, tt.num_stages = 3 : i32, tt.warp_specialize}
    cf.cond_br %arg3, ^bb1, ^bb2
  ^bb1:  // pred: ^bb0
    tt.return
  ^bb2:  // pred: ^bb0
    tt.store %arg0, %0 : !tt.ptr<f32>
    tt.return
  }
}

// -----
module {
  tt.func public @address_space(%arg0: !tt.ptr<f32, 4>) {
    %0 = tt.load %arg0 : !tt.ptr<f32, 4>
    tt.return
  }
}

// -----
module {
  tt.func public @pointer_to_pointer(%arg0: !tt.ptr<!tt.ptr<f32>>) {
    %0 = tt.load %arg0 : !tt.ptr<!tt.ptr<f32>>
    %1 = tt.splat %0 : !tt.ptr<f32> -> tensor<4x!tt.ptr<f32>>
    tt.return
  }
}

