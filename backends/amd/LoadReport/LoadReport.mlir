// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(load-report)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file -o %t.before
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(load-report)' -o %t.after
// RUN: diff %t.before %t.after

// The layouts and types are those of stock compiles by Triton
// for gfx942, the modules are shortened.

// Example: A matrix product of matrices that nothing is known of: elements come
// one by one, and not as a buffer.
// CHECK: remark: [Analysis] no-buffer-load {{.*}} Remark="no buffer load: argument A is not known to be smaller than 2 GiB (tt.pointer_range)"
// CHECK: remark: [Analysis] narrow-load {{.*}} Remark="at most 2 bytes an instruction: of tensor<64x32xf16> a lane holds no two elements that are neighbours; argument A is not known to be aligned to 16 bytes (tt.divisibility)"
#blocked = #ttg.blocked<{sizePerThread = [1, 1], threadsPerWarp = [2, 32], warpsPerCTA = [4, 1], order = [1, 0]}>
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f16>, i32, i32) -> (), sym_name = "ragged", sym_visibility = "public"}> ({
  ^bb0(%A: !tt.ptr<f16> loc("A"("matmul.py":90:0)), %low: i32, %high: i32):
    "scf.for"(%low, %high, %high) ({
    ^bb0(%i: i32):
      %offsets = "tt.splat"(%i) : (i32) -> tensor<64x1xi32, #blocked>
      %base = "tt.splat"(%A) : (!tt.ptr<f16>) -> tensor<64x1x!tt.ptr<f16>, #blocked>
      %rows = "tt.addptr"(%base, %offsets) : (tensor<64x1x!tt.ptr<f16>, #blocked>, tensor<64x1xi32, #blocked>) -> tensor<64x1x!tt.ptr<f16>, #blocked>
      %tile = "tt.broadcast"(%rows) : (tensor<64x1x!tt.ptr<f16>, #blocked>) -> tensor<64x32x!tt.ptr<f16>, #blocked>
      %a = "tt.load"(%tile) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<64x32x!tt.ptr<f16>, #blocked>) -> tensor<64x32xf16, #blocked>
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// A buffer load is only held against its width; one of 16 bytes is all that the
// hardware has, and nothing is said of it. The argument is known to be aligned.
// CHECK: remark: [Analysis] narrow-load {{.*}} Remark="at most 8 bytes an instruction: of tensor<256xf32> a lane holds no more than 2 elements side by side"
// CHECK-NOT: remark:
#pairs = #ttg.blocked<{sizePerThread = [2], threadsPerWarp = [64], warpsPerCTA = [4], order = [0]}>
#fours = #ttg.blocked<{sizePerThread = [4], threadsPerWarp = [64], warpsPerCTA = [1], order = [0]}>
"builtin.module"() ({
  "tt.func"() <{arg_attrs = [{tt.divisibility = 16 : i32}, {}, {}, {}, {}], function_type = (!tt.ptr<f32>, tensor<256xi32, #pairs>, tensor<256xi32, #fours>, i32, i32) -> (), sym_name = "buffers", sym_visibility = "public"}> ({
  ^bb0(%x: !tt.ptr<f32>, %two: tensor<256xi32, #pairs>, %four: tensor<256xi32, #fours>, %low: i32, %high: i32):
    "scf.for"(%low, %high, %high) ({
    ^bb0(%i: i32):
      %a = "amdg.buffer_load"(%x, %two) <{contiguity = 2 : i32, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>}> : (!tt.ptr<f32>, tensor<256xi32, #pairs>) -> tensor<256xf32, #pairs>
      %b = "amdg.buffer_load"(%x, %four) <{contiguity = 4 : i32, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>}> : (!tt.ptr<f32>, tensor<256xi32, #fours>) -> tensor<256xf32, #fours>
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// Pointers that walk along begin where they begin before the loop; an offset of
// 64 bits on the way is one. Volatile loads are none either.
// CHECK: remark: [Analysis] no-buffer-load {{.*}} Remark="no buffer load: it is volatile; it has offsets of 64 bits; argument 0 is not known to be smaller than 2 GiB (tt.pointer_range)"
// CHECK-NOT: remark:
#blocked = #ttg.blocked<{sizePerThread = [4], threadsPerWarp = [64], warpsPerCTA = [4], order = [0]}>
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, tensor<1024xi64, #blocked>, tensor<1024xi32, #blocked>, i32) -> (), sym_name = "walking", sym_visibility = "public"}> ({
  ^bb0(%x: !tt.ptr<f32>, %far: tensor<1024xi64, #blocked>, %step: tensor<1024xi32, #blocked>, %n: i32):
    %base = "tt.splat"(%x) : (!tt.ptr<f32>) -> tensor<1024x!tt.ptr<f32>, #blocked>
    %first = "tt.addptr"(%base, %far) : (tensor<1024x!tt.ptr<f32>, #blocked>, tensor<1024xi64, #blocked>) -> tensor<1024x!tt.ptr<f32>, #blocked>
    %end = "scf.for"(%n, %n, %n, %first) ({
    ^bb0(%i: i32, %at: tensor<1024x!tt.ptr<f32>, #blocked>):
      %a = "tt.load"(%at) <{isVolatile = true, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<1024x!tt.ptr<f32>, #blocked>) -> tensor<1024xf32, #blocked>
      %next = "tt.addptr"(%at, %step) : (tensor<1024x!tt.ptr<f32>, #blocked>, tensor<1024xi32, #blocked>) -> tensor<1024x!tt.ptr<f32>, #blocked>
      "scf.yield"(%next) : (tensor<1024x!tt.ptr<f32>, #blocked>) -> ()
    }) : (i32, i32, i32, tensor<1024x!tt.ptr<f32>, #blocked>) -> tensor<1024x!tt.ptr<f32>, #blocked>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// Where nothing that is looked at speaks against a buffer load, that is said;
// where the pointers come from elsewhere, too.
// CHECK: remark: [Analysis] no-buffer-load {{.*}} Remark="no buffer load: all that is looked at here would allow one"
// CHECK: remark: [Analysis] no-buffer-load {{.*}} Remark="no buffer load: its pointers do not plainly begin at an argument"
// CHECK-NOT: remark:
#blocked = #ttg.blocked<{sizePerThread = [4], threadsPerWarp = [64], warpsPerCTA = [4], order = [0]}>
"builtin.module"() ({
  "tt.func"() <{arg_attrs = [{tt.pointer_range = 32 : i32}, {}, {}], function_type = (!tt.ptr<f32>, i64, i32) -> (), sym_name = "elsewhere", sym_visibility = "public"}> ({
  ^bb0(%x: !tt.ptr<f32>, %address: i64, %n: i32):
    %other = "tt.int_to_ptr"(%address) : (i64) -> !tt.ptr<f32>
    %tile = "tt.splat"(%x) : (!tt.ptr<f32>) -> tensor<1024x!tt.ptr<f32>, #blocked>
    %tile2 = "tt.splat"(%other) : (!tt.ptr<f32>) -> tensor<1024x!tt.ptr<f32>, #blocked>
    "scf.for"(%n, %n, %n) ({
    ^bb0(%i: i32):
      %a = "tt.load"(%tile) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<1024x!tt.ptr<f32>, #blocked>) -> tensor<1024xf32, #blocked>
      %b = "tt.load"(%tile2) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<1024x!tt.ptr<f32>, #blocked>) -> tensor<1024xf32, #blocked>
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// Nothing is said of the width of a load whose layout is not known.
// CHECK: remark: [Analysis] not-known {{.*}} Remark="tensor<32x32xf32>: how a lane holds it is not known here"
// CHECK-NOT: remark:
#mma = #ttg.amd_mfma<{version = 3, warpsPerCTA = [1, 1], instrShape = [32, 32, 8], isTransposed = true}>
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, tensor<32x32xi32, #mma>, i32) -> (), sym_name = "mfma", sym_visibility = "public"}> ({
  ^bb0(%x: !tt.ptr<f32>, %offsets: tensor<32x32xi32, #mma>, %n: i32):
    "scf.for"(%n, %n, %n) ({
    ^bb0(%i: i32):
      %a = "amdg.buffer_load"(%x, %offsets) <{contiguity = 4 : i32, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>}> : (!tt.ptr<f32>, tensor<32x32xi32, #mma>) -> tensor<32x32xf32, #mma>
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// A load before the loop is paid once, a scalar's is no tile's.
// CHECK: remark: [Missed] no-load {{.*}} Remark="no loop loads a tile"
#blocked = #ttg.blocked<{sizePerThread = [1], threadsPerWarp = [64], warpsPerCTA = [4], order = [0]}>
"builtin.module"() ({
  "tt.func"() <{function_type = (!tt.ptr<f32>, tensor<256x!tt.ptr<f32>, #blocked>, i32) -> (), sym_name = "before", sym_visibility = "public"}> ({
  ^bb0(%x: !tt.ptr<f32>, %tile: tensor<256x!tt.ptr<f32>, #blocked>, %n: i32):
    %a = "tt.load"(%tile) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<256x!tt.ptr<f32>, #blocked>) -> tensor<256xf32, #blocked>
    "scf.for"(%n, %n, %n) ({
    ^bb0(%i: i32):
      %b = "tt.load"(%x) <{isVolatile = false, operandSegmentSizes = array<i32: 1, 0, 0>}> : (!tt.ptr<f32>) -> f32
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()
