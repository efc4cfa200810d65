// Pretty form: what all the releases print alike is read, and written the same.
// RUN: sed '1,/^$/d' %s > %t
// RUN: triton-ext-opt --split-input-file %t --mlir-print-op-generic | triton-ext-opt --split-input-file | diff %t -

module {
  tt.func public @shapes(%arg0: tensor<128xf32>, %arg1: tensor<128xi1>, %arg2: tensor<128xi32>, %arg3: f32) {
    %0 = tt.splat %arg3 : f32 -> tensor<1xf32>
    %1 = tt.unsplat %0 : tensor<1xf32>
    %2 = tt.expand_dims %arg0 {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %3 = tt.broadcast %2 : tensor<128x1xf32> -> tensor<128x16xf32>
    %4 = tt.reshape %3 : tensor<128x16xf32> -> tensor<2048xf32>
    %5 = tt.reshape %3 allow_reorder : tensor<128x16xf32> -> tensor<2048xf32>
    %6 = tt.reshape %3 allow_reorder efficient_layout : tensor<128x16xf32> -> tensor<2048xf32>
    %7 = tt.reshape %3 efficient_layout {my.d} : tensor<128x16xf32> -> tensor<2048xf32>
    %8 = tt.cat %arg0, %arg0 : tensor<128xf32> -> tensor<256xf32>
    %9 = tt.join %arg0, %arg0 : tensor<128xf32> -> tensor<128x2xf32>
    %outLHS, %outRHS = tt.split %9 : tensor<128x2xf32> -> tensor<128xf32>
    %10 = tt.trans %3 {order = array<i32: 1, 0>} : tensor<128x16xf32> -> tensor<16x128xf32>
    %11 = tt.histogram %arg2 : tensor<128xi32> -> tensor<16xi32>
    %12 = tt.histogram %arg2, %arg1 : tensor<128xi32> -> tensor<16xi32>
    %13 = tt.gather %arg0[%arg2] {axis = 0 : i32} : (tensor<128xf32>, tensor<128xi32>) -> tensor<128xf32>
    %14 = tt.gather %arg0[%arg2] {axis = 0 : i32, efficient_layout} : (tensor<128xf32>, tensor<128xi32>) -> tensor<128xf32>
    %15 = tt.make_range {end = 128 : i32, start = 0 : i32} : tensor<128xi32>
    %16 = tt.make_range {end = 0 : i32, start = -128 : i32} : tensor<128xi32>
    %17 = tt.get_program_id x : i32
    %18 = tt.get_program_id y : i32
    %19 = tt.get_num_programs z : i32
    tt.return
  }
}

// -----
module {
  tt.func public @casts(%arg0: !tt.ptr<f32>, %arg1: tensor<128x!tt.ptr<f32>>, %arg2: tensor<128xf32>, %arg3: tensor<128xi32>, %arg4: i64) {
    %0 = tt.ptr_to_int %arg1 : tensor<128x!tt.ptr<f32>> -> tensor<128xi64>
    %1 = tt.int_to_ptr %0 : tensor<128xi64> -> tensor<128x!tt.ptr<f32>>
    %2 = tt.bitcast %1 : tensor<128x!tt.ptr<f32>> -> tensor<128x!tt.ptr<i8>>
    %3 = tt.fp_to_fp %arg2, rounding = rtne : tensor<128xf32> -> tensor<128xf8E4M3FN>
    %4 = tt.fp_to_fp %arg2 {my.x}, rounding = rtz : tensor<128xf32> -> tensor<128xf8E5M2>
    %5 = tt.fp_to_fp %3 : tensor<128xf8E4M3FN> -> tensor<128xf32>
    %6 = tt.clampf %arg2, %arg2, %arg2, propagateNan = all : tensor<128xf32>
    %7 = tt.clampf %arg2, %arg2, %arg2, propagateNan = none : tensor<128xf32>
    %8 = tt.precise_sqrt %arg2 : tensor<128xf32>
    %9 = tt.precise_divf %arg2, %arg2 : tensor<128xf32>
    %10 = tt.mulhiui %arg3, %arg3 : tensor<128xi32>
    %11 = tt.addptr %arg1, %arg3 : tensor<128x!tt.ptr<f32>>, tensor<128xi32>
    %12 = tt.addptr %arg0, %arg4 : !tt.ptr<f32>, i64
    tt.return
  }
}

// -----
module {
  tt.func public @atomic_and(%arg0: tensor<128x!tt.ptr<i32>>, %arg1: tensor<128xi32>, %arg2: tensor<128xi1>, %arg3: !tt.ptr<i32>, %arg4: i32) {
    %0 = tt.atomic_rmw and, acquire, cta, %arg0, %arg1, %arg2 : (tensor<128x!tt.ptr<i32>>, tensor<128xi32>, tensor<128xi1>) -> tensor<128xi32>
    %1 = tt.atomic_rmw and, acq_rel, gpu, %arg3, %arg4 : (!tt.ptr<i32>, i32) -> i32
    tt.return
  }
}

// -----
module {
  tt.func public @atomic_fadd(%arg0: tensor<128x!tt.ptr<f32>>, %arg1: tensor<128xf32>, %arg2: tensor<128xi1>, %arg3: !tt.ptr<f32>, %arg4: f32) {
    %0 = tt.atomic_rmw fadd, acquire, sys, %arg0, %arg1, %arg2 : (tensor<128x!tt.ptr<f32>>, tensor<128xf32>, tensor<128xi1>) -> tensor<128xf32>
    %1 = tt.atomic_rmw fadd, acq_rel, gpu, %arg3, %arg4 : (!tt.ptr<f32>, f32) -> f32
    tt.return
  }
}

// -----
module {
  tt.func public @atomic_exchange(%arg0: tensor<128x!tt.ptr<i32>>, %arg1: tensor<128xi32>, %arg2: tensor<128xi1>, %arg3: !tt.ptr<i32>, %arg4: i32) {
    %0 = tt.atomic_rmw exch, release, cta, %arg0, %arg1, %arg2 : (tensor<128x!tt.ptr<i32>>, tensor<128xi32>, tensor<128xi1>) -> tensor<128xi32>
    %1 = tt.atomic_rmw exch, acq_rel, gpu, %arg3, %arg4 : (!tt.ptr<i32>, i32) -> i32
    tt.return
  }
}

// -----
module {
  tt.func public @atomic_cas(%arg0: !tt.ptr<i32>, %arg1: i32) {
    %0 = tt.atomic_cas acq_rel, gpu, %arg0, %arg1, %arg1 : (!tt.ptr<i32>, i32, i32) -> i32
    tt.return
  }
}

// -----
module {
  tt.func public @dot(%arg0: tensor<16x16xf16>, %arg1: tensor<16x16xf32>) {
    %0 = tt.dot %arg0, %arg0, %arg1 : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
    %1 = tt.dot %arg0, %arg0, %arg1, inputPrecision = tf32 {maxNumImpreciseAcc = 3 : i32, my.z = 1 : i32} : tensor<16x16xf16> * tensor<16x16xf16> -> tensor<16x16xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @dot_scaled(%arg0: tensor<128x64xf8E4M3FN>, %arg1: tensor<32x128xi8>, %arg2: tensor<64x128xbf16>, %arg3: tensor<128x64xbf16>, %arg4: tensor<128x128xf32>, %arg5: tensor<128x2xi8>, %arg6: tensor<128x2xi8>) {
    %0 = tt.dot_scaled %arg0 scale %arg5, %arg1 scale %arg6, %arg4 lhs = e4m3 rhs = e2m1 {fastMath = false} : tensor<128x64xf8E4M3FN>, tensor<128x2xi8> * tensor<32x128xi8>, tensor<128x2xi8> -> tensor<128x128xf32>
    %1 = tt.dot_scaled %arg0 scale %arg5, %arg2, %arg4 lhs = e4m3 rhs = bf16 {fastMath = true} : tensor<128x64xf8E4M3FN>, tensor<128x2xi8> * tensor<64x128xbf16> -> tensor<128x128xf32>
    %2 = tt.dot_scaled %arg3, %arg2, %arg4 lhs = bf16 rhs = bf16 {fastMath = true} : tensor<128x64xbf16> * tensor<64x128xbf16> -> tensor<128x128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @dot_scaled_packed(%arg0: tensor<64x64xi8>, %arg1: tensor<64x64xi8>, %arg2: tensor<128x128xf32>, %arg3: tensor<128x2xi8>, %arg4: tensor<128x2xi8>) {
    %0 = tt.dot_scaled %arg0 scale %arg3, %arg1 scale %arg4, %arg2 lhs = e2m1 rhs = e2m1 {fastMath = false, lhs_k_pack = false, rhs_k_pack = false} : tensor<64x64xi8>, tensor<128x2xi8> * tensor<64x64xi8>, tensor<128x2xi8> -> tensor<128x128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @reductions(%arg0: tensor<128xf32>, %arg1: tensor<128xi32>, %arg2: tensor<16x16xf32>) {
    %0 = "tt.reduce"(%arg0) <{axis = 0 : i32}> ({
    ^bb0(%arg3: f32, %arg4: f32):
      %4 = arith.addf %arg3, %arg4 : f32
      tt.reduce.return %4 : f32
    }) : (tensor<128xf32>) -> f32
    %1:2 = "tt.reduce"(%arg0, %arg1) <{axis = 0 : i32}> ({
    ^bb0(%arg3: f32, %arg4: i32, %arg5: f32, %arg6: i32):
      %4 = arith.addf %arg3, %arg5 : f32
      tt.reduce.return %4, %arg4 : f32, i32
    }) : (tensor<128xf32>, tensor<128xi32>) -> (f32, i32)
    %2 = "tt.reduce"(%arg2) <{axis = 1 : i32}> ({
    ^bb0(%arg3: f32, %arg4: f32):
      %4 = arith.maxnumf %arg3, %arg4 : f32
      tt.reduce.return %4 : f32
    }) {my.reduce = "x"} : (tensor<16x16xf32>) -> tensor<16xf32>
    %3 = "tt.scan"(%arg0) <{axis = 0 : i32, reverse = true}> ({
    ^bb0(%arg3: f32, %arg4: f32):
      %4 = arith.addf %arg3, %arg4 : f32
      tt.scan.return %4 : f32
    }) : (tensor<128xf32>) -> tensor<128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @map_elementwise(%arg0: tensor<128xf32>) {
    %0 = "tt.map_elementwise"(%arg0) <{pack = 1 : i32}> ({
    ^bb0(%arg1: f32):
      %1 = arith.addf %arg1, %arg1 : f32
      tt.map_elementwise.return %1 : f32
    }) : (tensor<128xf32>) -> tensor<128xf32>
    tt.return
  }
}

// -----
module {
  tt.func public @foreign_code(%arg0: tensor<128xf32>, %arg1: tensor<128xi1>, %arg2: tensor<128xi32>) {
    %0 = tt.extern_elementwise %arg0, %arg0 {libname = "libdevice", libpath = "", pure = true, symbol = "__nv_powf"} : (tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
    %1 = tt.elementwise_inline_asm "mov.b32 $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %arg2 : tensor<128xi32> -> tensor<128xi32>
    %2:2 = tt.elementwise_inline_asm "mov.b32 $0, $2; mov.b32 $1, $2;" {constraints = "=r,=r,r", packed_element = 1 : i32, pure = false} %arg2 : tensor<128xi32> -> tensor<128xi32>, tensor<128xi32>
    %3 = tt.elementwise_inline_asm "mov.u32 $0, %clock;" {constraints = "=r", packed_element = 1 : i32, pure = false} -> i32
    tt.print "hello\09\22" {hex = false, isSigned = array<i32: 0, 1>} : %arg0, %arg2 : tensor<128xf32>, tensor<128xi32>
    tt.print "none" {hex = true, isSigned = array<i32>}
    tt.assert %arg1, "bad" : tensor<128xi1>
    tt.return
  }
}

