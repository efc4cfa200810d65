// Pretty form: what Triton 3.8.0 prints is read, and written the same.
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
  tt.func public @store_ignore(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xf32>) {
    tt.store %arg0, %arg1 {ignore_cta} : tensor<128x!tt.ptr<f32>>
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
  tt.func public @descriptor_hints(%arg0: !tt.tensordesc<16x16xf32>) {
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.descriptor_load %arg0[%c0_i32, %c0_i32] cacheModifier = cg evictionPolicy = evict_last : !tt.tensordesc<16x16xf32> -> tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @signs(%arg0: !tt.tensordesc<16x16xsi8>, %arg1: !tt.tensordesc<16x16xui8>, %arg2: !tt.tensordesc<1x16x16xf32>) {
    %c0_i32 = arith.constant 0 : i32
    %0 = tt.descriptor_load %arg0[%c0_i32, %c0_i32] : !tt.tensordesc<16x16xsi8> -> tensor<16x16xi8>
    %1 = tt.descriptor_load %arg1[%c0_i32, %c0_i32] : !tt.tensordesc<16x16xui8> -> tensor<16x16xi8>
    %2 = tt.descriptor_load %arg2[%c0_i32, %c0_i32, %c0_i32] : !tt.tensordesc<1x16x16xf32> -> tensor<16x16xf32>
    tt.return
  }
}

