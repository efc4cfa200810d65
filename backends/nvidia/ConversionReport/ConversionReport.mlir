// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(conversion-report)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file -o %t.before
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(conversion-report)' -o %t.after
// RUN: diff %t.before %t.after

// The layouts and types are those of stock compiles by Triton
// for sm_80 and sm_90, the modules are shortened.

// Example: A product in f16 of scaled operands, in a loop of 16 iterations: the
// scales change warps, the operand is already where the product needs it.
// CHECK: remark: [Analysis] between-warps {{.*}} Remark="tensor<64x4xi8>, 256 bytes, from blocked to linear: elements change warps, so the tile goes through shared memory"
// CHECK: remark: [Analysis] within-threads {{.*}} Remark="tensor<64x32xf16>, 4096 bytes, from mma v2 to operand 0 of mma v2: every thread holds what it needs"
// CHECK: remark: [Analysis] loop {{.*}} Remark="loop: 16 iterations, 2 layout conversions: 1 between warps (256 bytes an iteration), 1 within threads; carries 64 bytes a thread; uses 8192 bytes of shared memory from before it"
#blocked = #ttg.blocked<{sizePerThread = [1, 4], threadsPerWarp = [32, 1], warpsPerCTA = [4, 1], order = [1, 0]}>
#linear = #ttg.linear<{register = [[0, 2], [8, 0]], lane = [[0, 0], [0, 1], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]], block = []}>
#mma = #ttg.nvidia_mma<{versionMajor = 2, versionMinor = 0, warpsPerCTA = [4, 1], instrShape = [16, 8]}>
#operand = #ttg.dot_op<{opIdx = 0, parent = #ttg.nvidia_mma<{versionMajor = 2, versionMinor = 0, warpsPerCTA = [4, 1], instrShape = [16, 8]}>, kWidth = 2}>
"builtin.module"() ({
  "tt.func"() <{function_type = (tensor<64x32xf32, #mma>) -> (), sym_name = "scaled", sym_visibility = "public"}> ({
  ^bb0(%init: tensor<64x32xf32, #mma>):
    %c0 = "arith.constant"() <{value = 0 : i32}> : () -> i32
    %c1 = "arith.constant"() <{value = 1 : i32}> : () -> i32
    %c16 = "arith.constant"() <{value = 16 : i32}> : () -> i32
    %buffers = "ttg.local_alloc"() : () -> !ttg.memdesc<2x64x32xf16, #ttg.swizzled_shared<{vec = 8, perPhase = 2, maxPhase = 4, order = [1, 0]}>, #ttg.shared_memory, mutable>
    %acc = "scf.for"(%c0, %c16, %c1, %init) ({
    ^bb0(%k: i32, %sum: tensor<64x32xf32, #mma>):
      %buffer = "ttg.memdesc_index"(%buffers, %k) : (!ttg.memdesc<2x64x32xf16, #ttg.swizzled_shared<{vec = 8, perPhase = 2, maxPhase = 4, order = [1, 0]}>, #ttg.shared_memory, mutable>, i32) -> !ttg.memdesc<64x32xf16, #ttg.swizzled_shared<{vec = 8, perPhase = 2, maxPhase = 4, order = [1, 0]}>, #ttg.shared_memory, mutable>
      %scale = "arith.constant"() <{value = dense<127> : tensor<64x4xi8, #blocked>}> : () -> tensor<64x4xi8, #blocked>
      %scales = "ttg.convert_layout"(%scale) : (tensor<64x4xi8, #blocked>) -> tensor<64x4xi8, #linear>
      %p = "arith.truncf"(%sum) : (tensor<64x32xf32, #mma>) -> tensor<64x32xf16, #mma>
      %a = "ttg.convert_layout"(%p) : (tensor<64x32xf16, #mma>) -> tensor<64x32xf16, #operand>
      "test.use"(%buffer, %scales, %a) : (!ttg.memdesc<64x32xf16, #ttg.swizzled_shared<{vec = 8, perPhase = 2, maxPhase = 4, order = [1, 0]}>, #ttg.shared_memory, mutable>, tensor<64x4xi8, #linear>, tensor<64x32xf16, #operand>) -> ()
      "scf.yield"(%sum) : (tensor<64x32xf32, #mma>) -> ()
    }) : (i32, i32, i32, tensor<64x32xf32, #mma>) -> tensor<64x32xf32, #mma>
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// What stands in a branch may not be paid in each iteration; a conversion after
// the loop is none of its.
// CHECK: remark: [Analysis] between-warps {{.*}}from mma v3 to blocked: elements change warps, so the tile goes through shared memory, where its branch is taken"
// CHECK-NOT: remark:
// CHECK: remark: [Analysis] loop {{.*}} Remark="loop: 1 layout conversion: 1 between warps (up to 8192 bytes an iteration)"
#mma = #ttg.nvidia_mma<{versionMajor = 3, versionMinor = 0, warpsPerCTA = [4, 1], instrShape = [16, 64, 16]}>
#blocked = #ttg.blocked<{sizePerThread = [1, 8], threadsPerWarp = [4, 8], warpsPerCTA = [4, 1], order = [1, 0]}>
"builtin.module"() ({
  "tt.func"() <{function_type = (i1, i32, i32, tensor<64x64xf16, #mma>) -> (), sym_name = "persistent", sym_visibility = "public"}> ({
  ^bb0(%last: i1, %low: i32, %high: i32, %tile: tensor<64x64xf16, #mma>):
    "scf.for"(%low, %high, %high) ({
    ^bb0(%i: i32):
      "scf.if"(%last) ({
        %store = "ttg.convert_layout"(%tile) : (tensor<64x64xf16, #mma>) -> tensor<64x64xf16, #blocked>
        "test.use"(%store) : (tensor<64x64xf16, #blocked>) -> ()
        "scf.yield"() : () -> ()
      }, {
      }) : (i1) -> ()
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    %after = "ttg.convert_layout"(%tile) : (tensor<64x64xf16, #mma>) -> tensor<64x64xf16, #blocked>
    "test.use"(%after) : (tensor<64x64xf16, #blocked>) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// A conversion belongs to the innermost loop around it, a while loop, too.
// CHECK: remark: [Analysis] between-lanes {{.*}} Remark="tensor<128xf32>, 512 bytes, from blocked to linear: elements change lanes and stay in their warp"
// CHECK: remark: [Analysis] loop {{.*}} Remark="loop: no layout conversion"
// CHECK: remark: [Analysis] loop {{.*}} Remark="loop: 1 layout conversion: 1 between lanes; carries 4 bytes a thread"
#blocked = #ttg.blocked<{sizePerThread = [1], threadsPerWarp = [32], warpsPerCTA = [4], order = [0]}>
#linear = #ttg.linear<{register = [], lane = [[16], [8], [4], [2], [1]], warp = [[32], [64]], block = []}>
"builtin.module"() ({
  "tt.func"() <{function_type = (i1, i32, i32, tensor<128xf32, #blocked>) -> (), sym_name = "nested", sym_visibility = "public"}> ({
  ^bb0(%go: i1, %low: i32, %high: i32, %row: tensor<128xf32, #blocked>):
    "scf.for"(%low, %high, %high) ({
    ^bb0(%i: i32):
      %end = "scf.while"(%row) ({
      ^bb0(%x: tensor<128xf32, #blocked>):
        "scf.condition"(%go, %x) : (i1, tensor<128xf32, #blocked>) -> ()
      }, {
      ^bb0(%x: tensor<128xf32, #blocked>):
        %y = "ttg.convert_layout"(%x) : (tensor<128xf32, #blocked>) -> tensor<128xf32, #linear>
        "test.use"(%y) : (tensor<128xf32, #linear>) -> ()
        "scf.yield"(%x) : (tensor<128xf32, #blocked>) -> ()
      }) : (tensor<128xf32, #blocked>) -> tensor<128xf32, #blocked>
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// Nothing is said of a layout that is not known.
// CHECK: remark: [Analysis] not-known {{.*}} Remark="tensor<128xf32>, 512 bytes, from blocked to ?: where its elements lie is not known here"
// CHECK: remark: [Analysis] loop {{.*}} Remark="loop: 1 layout conversion: 1 not known"
#blocked = #ttg.blocked<{sizePerThread = [1], threadsPerWarp = [32], warpsPerCTA = [4], order = [0]}>
#later = #ttg.later<{twist = 3}>
"builtin.module"() ({
  "tt.func"() <{function_type = (i32, i32, tensor<128xf32, #blocked>) -> (), sym_name = "unknown", sym_visibility = "public"}> ({
  ^bb0(%low: i32, %high: i32, %row: tensor<128xf32, #blocked>):
    "scf.for"(%low, %high, %high) ({
    ^bb0(%i: i32):
      %y = "ttg.convert_layout"(%row) : (tensor<128xf32, #blocked>) -> tensor<128xf32, #later>
      "test.use"(%y) : (tensor<128xf32, #later>) -> ()
      "scf.yield"() : () -> ()
    }) : (i32, i32, i32) -> ()
    "tt.return"() : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

// Without a loop there is nothing to report.
// CHECK: remark: [Missed] no-loop {{.*}} Remark="the kernel has no loop"
tt.func @straight() {
  tt.return
}
