// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision{mode=tf32x3})' | FileCheck %s --check-prefix=TF32X3
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision{mode=ieee})' | FileCheck %s --check-prefix=IEEE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision{mode=keep})' | FileCheck %s --check-prefix=KEEP
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision{mode=keep})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=KEPT
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision{demote=false})' | FileCheck %s --check-prefix=WIDE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision{mode=bf16x3 lines=7,20})' | FileCheck %s --check-prefix=LINES

// Twice is once.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision)' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(dot-precision,dot-precision)' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(dot-precision)' -o %t.again
// RUN: diff %t.once %t.again

// A value outside the list is refused.
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(dot-precision{mode=fp8})' 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: fp8
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(dot-precision{lines=0})' 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: lines

// Example: a product of f32 tiles is made of six products of bf16 parts.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64, allowed_dot_input_precisions = ["tf32", "tf32x3", "ieee", "bf16x3", "bf16x6"]}} {
  // CHECK-LABEL: tt.func public @plain
  // CHECK: tt.dot %arg0, %arg1, %arg2, inputPrecision = bf16x6 : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
  // REMARK: remark: [Passed] fired
  // REMARK-SAME: f32 product in bf16x6 instead of ieee
  // TF32X3-LABEL: tt.func public @plain
  // TF32X3: inputPrecision = tf32x3
  // KEEP-LABEL: tt.func public @plain
  // KEEP: tt.dot %{{[^=]*}} :
  // KEPT: not-extended
  // KEPT-SAME: no extensions of values of 16 bits
  tt.func public @plain(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }

  // What is asked for again stays, and mode ieee raises what was less.
  // CHECK-LABEL: tt.func public @already
  // CHECK: inputPrecision = bf16x6
  // REMARK: same-precision
  // IEEE-LABEL: tt.func public @already
  // IEEE: tt.dot %{{[^=]*}} :
  tt.func public @already(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = bf16x6 : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }

  // The narrow values are multiplied, through a transpose too; the extension
  // stays for its other use. Not so in mode ieee, nor without the knob.
  // CHECK-LABEL: tt.func public @extended
  // CHECK: %[[X:.*]] = arith.extf %arg0 : tensor<64x32xf16> to tensor<64x32xf32>
  // CHECK: %[[T:.*]] = tt.trans %arg1 {order = array<i32: 1, 0>} : tensor<64x32xf16> -> tensor<32x64xf16>
  // CHECK: %[[D:.*]] = tt.dot %arg0, %[[T]], %arg2 : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
  // CHECK: tt.return %[[D]], %[[X]]
  // REMARK: multiplies the f16 values that its operands extend
  // KEEP-LABEL: tt.func public @extended
  // KEEP: tt.dot {{.*}} : tensor<64x32xf16> * tensor<32x64xf16>
  // IEEE-LABEL: tt.func public @extended
  // IEEE: tt.dot {{.*}} : tensor<64x32xf32> * tensor<32x64xf32>
  // WIDE-LABEL: tt.func public @extended
  // WIDE: tt.dot {{.*}}, inputPrecision = bf16x6 : tensor<64x32xf32> * tensor<32x64xf32>
  tt.func public @extended(%a: tensor<64x32xf16>, %b: tensor<64x32xf16>, %c: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x32xf32>) {
    %x = arith.extf %a : tensor<64x32xf16> to tensor<64x32xf32>
    %y = arith.extf %b : tensor<64x32xf16> to tensor<64x32xf32>
    %t = tt.trans %y {order = array<i32: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
    %d = tt.dot %x, %t, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %d, %x : tensor<64x64xf32>, tensor<64x32xf32>
  }

  // Extensions of two types have no product of their own; a reshape that may
  // reorder would reorder its copy otherwise; 8 bits are not looked through.
  // CHECK-LABEL: tt.func public @not_extended
  // CHECK: tt.dot {{.*}}, inputPrecision = bf16x6 : tensor<64x32xf32> * tensor<32x64xf32>
  // CHECK: tt.dot {{.*}}, inputPrecision = bf16x6 : tensor<64x32xf32> * tensor<32x64xf32>
  // CHECK: tt.dot {{.*}}, inputPrecision = bf16x6 : tensor<64x32xf32> * tensor<32x64xf32>
  // REMARK-COUNT-3: f32 product in bf16x6
  tt.func public @not_extended(%a: tensor<64x32xf16>, %b: tensor<32x64xbf16>, %e: tensor<64x32xf16>, %g: tensor<64x32xf8E5M2>, %h: tensor<32x64xf8E5M2>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %x = arith.extf %a : tensor<64x32xf16> to tensor<64x32xf32>
    %y = arith.extf %b : tensor<32x64xbf16> to tensor<32x64xf32>
    %z = arith.extf %e : tensor<64x32xf16> to tensor<64x32xf32>
    %r = tt.reshape %z allow_reorder : tensor<64x32xf32> -> tensor<32x64xf32>
    %v = arith.extf %g : tensor<64x32xf8E5M2> to tensor<64x32xf32>
    %w = arith.extf %h : tensor<32x64xf8E5M2> to tensor<32x64xf32>
    %d = tt.dot %x, %y, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    %f = tt.dot %x, %r, %d, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    %i = tt.dot %v, %w, %f, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %i : tensor<64x64xf32>
  }

  // Products of other types are none of its business.
  // CHECK-LABEL: tt.func public @half
  // CHECK: tt.dot %arg0, %arg1, %arg2, inputPrecision = tf32 :
  // REMARK: not-f32
  // REMARK-SAME: no product of f32 tiles
  tt.func public @half(%a: tensor<64x32xf16>, %b: tensor<32x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = tf32 : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }

  // Eight are enough for tf32, not for bf16.
  // CHECK-LABEL: tt.func public @short
  // CHECK: tt.dot %{{[^=]*}} : tensor<64x8xf32>
  // REMARK: tile-too-small
  // TF32X3-LABEL: tt.func public @short
  // TF32X3: inputPrecision = tf32x3 : tensor<64x8xf32>
  tt.func public @short(%a: tensor<64x8xf32>, %b: tensor<8x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = ieee : tensor<64x8xf32> * tensor<8x64xf32> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }

  // Lines are those of the product, and of calls that were inlined.
  // LINES-LABEL: tt.func public @lines
  // LINES: tt.dot {{.*}}, inputPrecision = bf16x3
  // LINES: tt.dot %{{[^=]*}} :
  // LINES: tt.dot {{.*}}, inputPrecision = bf16x3
  tt.func public @lines(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32> loc("k.py":7:3)
    %e = tt.dot %a, %b, %d, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32> loc("k.py":8:3)
    %f = tt.dot %a, %b, %e, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32> loc(callsite("k.py":3:3 at "k.py":20:3))
    tt.return %f : tensor<64x64xf32>
  }

  // In and around any control flow; what is not known stays.
  // CHECK-LABEL: tt.func public @control
  // CHECK: "other.op"
  // CHECK: inputPrecision = bf16x6
  tt.func public @control(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>, %n: i32) -> tensor<64x64xf32> {
    "other.op"(%a) : (tensor<64x32xf32>) -> ()
    %r:2 = scf.while (%acc = %c, %i = %n) : (tensor<64x64xf32>, i32) -> (tensor<64x64xf32>, i32) {
      %go = arith.cmpi slt, %i, %n : i32
      scf.condition(%go) %acc, %i : tensor<64x64xf32>, i32
    } do {
    ^bb0(%acc: tensor<64x64xf32>, %i: i32):
      %d = tt.dot %a, %b, %acc, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
      scf.yield %d, %i : tensor<64x64xf32>, i32
    }
    tt.return %r#0 : tensor<64x64xf32>
  }
}

// -----

// AMD's list has no tf32x3.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942", allowed_dot_input_precisions = ["ieee", "bf16x3", "bf16x6"]}} {
  // CHECK-LABEL: tt.func public @amd
  // CHECK: inputPrecision = bf16x6
  // TF32X3-LABEL: tt.func public @amd
  // TF32X3: tt.dot %{{[^=]*}} :
  tt.func public @amd(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }
}

// -----

// A list without it.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64, allowed_dot_input_precisions = ["tf32", "ieee"]}} {
  // CHECK-LABEL: tt.func public @refused
  // CHECK: tt.dot %{{[^=]*}} :
  // REMARK: mode-not-taken
  // REMARK-SAME: the target takes tf32, ieee only
  tt.func public @refused(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %d = tt.dot %a, %b, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }
}

// -----

// Tensor cores without bf16, neither for f32 nor for what it extends.
module attributes {triton_ext.request = {backend = "cuda", arch = 75 : i64, allowed_dot_input_precisions = ["tf32", "ieee", "bf16x6"]}} {
  // CHECK-LABEL: tt.func public @turing
  // CHECK: tt.dot {{.*}} : tensor<64x32xf32>
  // REMARK: mode-not-taken
  // REMARK-SAME: only sm_80 and later
  tt.func public @turing(%a: tensor<64x32xbf16>, %b: tensor<32x64xbf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %x = arith.extf %a : tensor<64x32xbf16> to tensor<64x32xf32>
    %y = arith.extf %b : tensor<32x64xbf16> to tensor<32x64xf32>
    %d = tt.dot %x, %y, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
    tt.return %d : tensor<64x64xf32>
  }
}

// -----

// Nothing is known of the target.
// CHECK-LABEL: tt.func public @unknown
// CHECK: tt.dot %{{[^=]*}} :
// REMARK: precisions-unknown
tt.func public @unknown(%a: tensor<64x32xf32>, %b: tensor<32x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %d = tt.dot %a, %b, %c, inputPrecision = ieee : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
  tt.return %d : tensor<64x64xf32>
}

// -----

// No product at all.
// CHECK-LABEL: tt.func public @none
// REMARK: no-dot
// REMARK-SAME: there is no product of tiles
tt.func public @none() {
  tt.return
}
