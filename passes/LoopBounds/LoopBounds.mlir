// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds{assume-finite-values=true})' | FileCheck %s --check-prefix=FINITE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds{assume-finite-fill=true})' | FileCheck %s --check-prefix=FILL
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds{ends=leading})' | FileCheck %s --check-prefix=LEADING
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds{ends=trailing})' | FileCheck %s --check-prefix=TRAILING

// Twice is once, also when the text was written and read in between.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds{assume-finite-fill=true})' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(loop-bounds{assume-finite-fill=true},loop-bounds{assume-finite-fill=true})' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(loop-bounds{assume-finite-fill=true})' -o %t.again
// RUN: diff %t.once %t.again
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(loop-bounds{assume-finite-fill=true})' --remarks-filter='.*' -o /dev/null 2>&1 | FileCheck %s --check-prefix=ONCE
// ONCE: remark: [Missed] already-shortened

// Example: a window of keys, guarded; the loop over all blocks becomes one over
// those in which some key is seen, and one more.
// CHECK-LABEL: tt.func public @window
// CHECK: %[[HI:.*]] = arith.trunci
// CHECK: %[[LO:.*]] = arith.trunci
// CHECK-NOT: arith.select {{.*}} : tensor
// CHECK: scf.for %{{.*}} = %[[LO]] to %[[HI]] step %c64_i32
// CHECK-SAME: iter_args(%{{.*}} = %cst{{.*}}, %{{.*}} = %cst{{.*}})
// CHECK: arith.cmpi sle
// CHECK: arith.cmpi sgt
// CHECK: arith.select
// REMARK: remark: [Passed] fired
// REMARK-SAME: leaves out the masked leading and trailing iterations

// LEADING-LABEL: tt.func public @window
// LEADING: %[[LO:.*]] = arith.trunci
// LEADING: scf.for %{{.*}} = %[[LO]] to %arg2 step

// TRAILING-LABEL: tt.func public @window
// TRAILING: %[[ONE:.*]] = arith.constant 1 : i64
// TRAILING: %[[HI:.*]] = arith.trunci
// TRAILING: scf.for %{{.*}} = %c0_i32 to %[[HI]] step
tt.func public @window(%x: !tt.ptr<f32>, %out: tensor<32x!tt.ptr<f32>>, %n: i32, %window: i32) {
  %c0_i32 = arith.constant 0 : i32
  %c32_i32 = arith.constant 32 : i32
  %c64_i32 = arith.constant 64 : i32
  %fill = arith.constant dense<0xFF800000> : tensor<32x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<32xf32>
  %zero = arith.constant dense<0.0> : tensor<32xf32>
  %pid = tt.get_program_id x : i32
  %base = arith.muli %pid, %c32_i32 : i32
  %lanes = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
  %base_t = tt.splat %base : i32 -> tensor<32xi32>
  %rows = arith.addi %base_t, %lanes : tensor<32xi32>
  %rows_c = tt.expand_dims %rows {axis = 1 : i32} : tensor<32xi32> -> tensor<32x1xi32>
  %rows_b = tt.broadcast %rows_c : tensor<32x1xi32> -> tensor<32x64xi32>
  %window_t = tt.splat %window : i32 -> tensor<32x64xi32>
  %first = arith.subi %rows_b, %window_t : tensor<32x64xi32>
  %on = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %x_t = tt.splat %x : !tt.ptr<f32> -> tensor<32x64x!tt.ptr<f32>>
  %r:2 = scf.for %s = %c0_i32 to %n step %c64_i32 iter_args(%m = %low, %l = %zero) -> (tensor<32xf32>, tensor<32xf32>) : i32 {
    %s_t = tt.splat %s : i32 -> tensor<64xi32>
    %cols = arith.addi %s_t, %on : tensor<64xi32>
    %cols_r = tt.expand_dims %cols {axis = 0 : i32} : tensor<64xi32> -> tensor<1x64xi32>
    %cols_b = tt.broadcast %cols_r : tensor<1x64xi32> -> tensor<32x64xi32>
    %at = tt.addptr %x_t, %cols_b : tensor<32x64x!tt.ptr<f32>>, tensor<32x64xi32>
    %qk = tt.load %at : tensor<32x64x!tt.ptr<f32>>
    %causal = arith.cmpi sle, %cols_b, %rows_b : tensor<32x64xi32>
    %recent = arith.cmpi sgt, %cols_b, %first : tensor<32x64xi32>
    %seen = arith.andi %causal, %recent : tensor<32x64xi1>
    %v = arith.select %seen, %qk, %fill : tensor<32x64xi1>, tensor<32x64xf32>
    %mx = "tt.reduce"(%v) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<32x64xf32>) -> tensor<32xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<32xf32>
    %empty = arith.cmpf oeq, %m_new, %low : tensor<32xf32>
    %safe = arith.select %empty, %zero, %m_new : tensor<32xi1>, tensor<32xf32>
    %d = arith.subf %m, %safe : tensor<32xf32>
    %alpha = math.exp2 %d : tensor<32xf32>
    %safe_c = tt.expand_dims %safe {axis = 1 : i32} : tensor<32xf32> -> tensor<32x1xf32>
    %safe_b = tt.broadcast %safe_c : tensor<32x1xf32> -> tensor<32x64xf32>
    %e = arith.subf %v, %safe_b : tensor<32x64xf32>
    %p = math.exp2 %e : tensor<32x64xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<32x64xf32>) -> tensor<32xf32>
    %scaled = arith.mulf %l, %alpha : tensor<32xf32>
    %l_new = arith.addf %scaled, %sum : tensor<32xf32>
    scf.yield %m_new, %l_new : tensor<32xf32>, tensor<32xf32>
  }
  tt.store %out, %r#1 : tensor<32x!tt.ptr<f32>>
  tt.return
}

// -----

// The sum starts from one, which a masked iteration turns into zero: that is
// what the loop starts from if an iteration was left out.
// CHECK-LABEL: tt.func @settles
// CHECK: %[[LO:.*]] = arith.trunci
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<64xf32>
// CHECK: %[[SKIPPED:.*]] = arith.cmpi sgt, %[[LO]], %c0_i32
// CHECK: %[[LANES:.*]] = tt.splat %[[SKIPPED]] : i1 -> tensor<64xi1>
// CHECK: %[[INIT:.*]] = arith.select %[[LANES]], %[[ZERO]], %{{.*}} : tensor<64xi1>, tensor<64xf32>
// CHECK: scf.for %{{.*}} = %[[LO]] to %arg1
// CHECK-SAME: iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[INIT]])
// REMARK: remark: [Passed] fired
// REMARK-SAME: leaves out the masked leading iterations
tt.func @settles(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %one = arith.constant dense<1.0> : tensor<64xf32>
  %on = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %r:2 = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%m = %low, %l = %one) -> (tensor<64xf32>, tensor<64xf32>) : i32 {
    %qk = tt.load %x : tensor<64x!tt.ptr<f32>>
    %seen = arith.cmpi sge, %s, %first : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = arith.select %seen_t, %qk, %low : tensor<64xi1>, tensor<64xf32>
    %m_new = arith.maxnumf %m, %v : tensor<64xf32>
    %empty = arith.cmpf oeq, %m_new, %low : tensor<64xf32>
    %safe = arith.select %empty, %zero, %m_new : tensor<64xi1>, tensor<64xf32>
    %d = arith.subf %m, %safe : tensor<64xf32>
    %alpha = math.exp %d : tensor<64xf32>
    %e = arith.subf %v, %safe : tensor<64xf32>
    %p = math.exp %e : tensor<64xf32>
    %scaled = arith.mulf %l, %alpha : tensor<64xf32>
    %l_new = arith.addf %scaled, %p : tensor<64xf32>
    scf.yield %m_new, %l_new : tensor<64xf32>, tensor<64xf32>
  }
  tt.store %out, %r#1 : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Without a guard the state is NaN once an iteration is masked: leading
// iterations stay. Trailing ones do nothing the first of them has not done.
// CHECK-LABEL: tt.func @unguarded
// CHECK: %[[HI:.*]] = arith.trunci
// CHECK: scf.for %{{.*}} = %c0_i32 to %[[HI]] step
// LEADING-LABEL: tt.func @unguarded
// LEADING: scf.for %{{.*}} = %c0_i32 to %arg1 step
// REMARK: remark: [Passed] fired
// REMARK-SAME: leaves out the masked trailing iterations
tt.func @unguarded(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r:2 = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<64xf32>, tensor<64xf32>) : i32 {
    %qk = tt.load %x : tensor<64x!tt.ptr<f32>>
    %begun = arith.cmpi sge, %s, %first : i32
    %left = arith.cmpi slt, %s, %last : i32
    %seen = arith.andi %begun, %left : i1
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = arith.select %seen_t, %qk, %low : tensor<64xi1>, tensor<64xf32>
    %m_new = arith.maxnumf %m, %v : tensor<64xf32>
    %d = arith.subf %m, %m_new : tensor<64xf32>
    %alpha = math.exp %d : tensor<64xf32>
    %e = arith.subf %v, %m_new : tensor<64xf32>
    %p = math.exp %e : tensor<64xf32>
    %scaled = arith.mulf %l, %alpha : tensor<64xf32>
    %l_new = arith.addf %scaled, %p : tensor<64xf32>
    scf.yield %m_new, %l_new : tensor<64xf32>, tensor<64xf32>
  }
  tt.store %out, %r#1 : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// The same, masked in the beginning only: declined, since which NaN it is would
// be a guess.
// CHECK-LABEL: tt.func @becomes_nan
// CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
// REMARK: remark: [Missed] becomes-nan
// REMARK-SAME: this is NaN once an iteration is masked
tt.func @becomes_nan(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r:2 = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<64xf32>, tensor<64xf32>) : i32 {
    %qk = tt.load %x : tensor<64x!tt.ptr<f32>>
    %seen = arith.cmpi sge, %s, %first : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = arith.select %seen_t, %qk, %low : tensor<64xi1>, tensor<64xf32>
    %m_new = arith.maxnumf %m, %v : tensor<64xf32>
    %e = arith.subf %v, %m_new : tensor<64xf32>
    %p = math.exp %e : tensor<64xf32>
    %l_new = arith.addf %l, %p : tensor<64xf32>
    scf.yield %m_new, %l_new : tensor<64xf32>, tensor<64xf32>
  }
  tt.store %out, %r#1 : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Zero times a loaded value is NaN if that is infinite: stays, unless values are
// taken for finite.
// CHECK-LABEL: tt.func @dot_of_loaded
// CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
// FINITE-LABEL: tt.func @dot_of_loaded
// FINITE: %[[HI:.*]] = arith.trunci
// FINITE: %[[LO:.*]] = arith.trunci
// FINITE: scf.for %{{.*}} = %[[LO]] to %[[HI]] step
// REMARK: remark: [Missed] values-may-be-infinite
// REMARK-SAME: adds zero times values that may be NaN or infinite
tt.func @dot_of_loaded(%x: tensor<32x16x!tt.ptr<f16>>, %n: i32, %first: i32, %last: i32, %out: tensor<16x16x!tt.ptr<f32>>, %q: tensor<16x32xf16>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %none = arith.constant dense<0.0> : tensor<16x32xf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
    %v = tt.load %x : tensor<32x16x!tt.ptr<f16>>
    %begun = arith.cmpi sge, %s, %first : i32
    %left = arith.cmpi slt, %s, %last : i32
    %seen = arith.andi %begun, %left : i1
    %seen_t = tt.splat %seen : i1 -> tensor<16x32xi1>
    %p = arith.select %seen_t, %q, %none : tensor<16x32xi1>, tensor<16x32xf16>
    %next = tt.dot %p, %v, %acc : tensor<16x32xf16> * tensor<32x16xf16> -> tensor<16x16xf32>
    scf.yield %next : tensor<16x16xf32>
  }
  tt.store %out, %r : tensor<16x16x!tt.ptr<f32>>
  tt.return
}

// -----

// What comes of integers is finite: leading iterations go. Trailing ones stay,
// since an accumulator could be -0, and -0 + 0 is +0.
// CHECK-LABEL: tt.func @dot_of_integers
// CHECK: %[[LO:.*]] = arith.trunci
// CHECK: scf.for %{{.*}} = %[[LO]] to %arg1 step
// REMARK: remark: [Passed] fired
// REMARK-SAME: leaves out the masked leading iterations
tt.func @dot_of_integers(%x: tensor<32x16x!tt.ptr<i8>>, %n: i32, %first: i32, %last: i32, %out: tensor<16x16x!tt.ptr<f32>>, %q: tensor<16x32xf16>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %none = arith.constant dense<0.0> : tensor<16x32xf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
    %i = tt.load %x : tensor<32x16x!tt.ptr<i8>>
    %v = arith.sitofp %i : tensor<32x16xi8> to tensor<32x16xf16>
    %begun = arith.cmpi sge, %s, %first : i32
    %left = arith.cmpi slt, %s, %last : i32
    %seen = arith.andi %begun, %left : i1
    %seen_t = tt.splat %seen : i1 -> tensor<16x32xi1>
    %p = arith.select %seen_t, %q, %none : tensor<16x32xi1>, tensor<16x32xf16>
    %next = tt.dot %p, %v, %acc : tensor<16x32xf16> * tensor<32x16xf16> -> tensor<16x16xf32>
    scf.yield %next : tensor<16x16xf32>
  }
  tt.store %out, %r : tensor<16x16x!tt.ptr<f32>>
  tt.return
}

// -----

// Products of 8-bit floats reach a sum that keeps fewer bits than the
// accumulator has: adding zeros can change it.
// FINITE-LABEL: tt.func @dot_of_eight_bits
// FINITE: scf.for %{{.*}} = %c0_i32 to %arg1 step
tt.func @dot_of_eight_bits(%x: tensor<32x16x!tt.ptr<f8E5M2>>, %n: i32, %last: i32, %out: tensor<16x16x!tt.ptr<f32>>, %q: tensor<16x32xf8E5M2>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %none = arith.constant dense<0.0> : tensor<16x32xf8E5M2>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<16x16xf32>) : i32 {
    %v = tt.load %x : tensor<32x16x!tt.ptr<f8E5M2>>
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<16x32xi1>
    %p = arith.select %seen_t, %q, %none : tensor<16x32xi1>, tensor<16x32xf8E5M2>
    %next = tt.dot %p, %v, %acc : tensor<16x32xf8E5M2> * tensor<32x16xf8E5M2> -> tensor<16x16xf32>
    scf.yield %next : tensor<16x16xf32>
  }
  tt.store %out, %r : tensor<16x16x!tt.ptr<f32>>
  tt.return
}

// -----

// A masked load is its `other`: zero times the other factor, whose load is
// masked as well, is zero.
// CHECK-LABEL: tt.func @masked_loads
// CHECK: %[[HI:.*]] = arith.trunci
// CHECK: scf.for %{{.*}} = %c0_i32 to %[[HI]] step
// REMARK: remark: [Passed] fired
// REMARK: remark: [Missed] state-changes
tt.func @masked_loads(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %a = tt.load %x, %seen_t, %zero : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %a : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  // Without `other`, what a masked load gives is not looked into.
  %w = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %a = tt.load %x, %seen_t : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %a : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  tt.store %out, %r : tensor<64x!tt.ptr<f32>>
  tt.store %out, %w : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// A finite fill is no -inf: exp(fill - fill) is one. Taken for -inf, a leading
// stretch goes since what it leaves is wiped out by the first value seen.
// CHECK-LABEL: tt.func @finite_fill
// CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
// FILL-LABEL: tt.func @finite_fill
// FILL: %[[HI:.*]] = arith.trunci
// FILL: %[[LO:.*]] = arith.trunci
// FILL: scf.for %{{.*}} = %[[LO]] to %[[HI]] step
// FINITE-LABEL: tt.func @finite_fill
// FINITE: scf.for %{{.*}} = %c0_i32 to %arg1 step
// REMARK: remark: [Missed] finite-fill
// REMARK-SAME: what it puts in place of masked values is not -inf
tt.func @finite_fill(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<-1.0e6> : tensor<64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r:2 = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<64xf32>, tensor<64xf32>) : i32 {
    %qk = tt.load %x : tensor<64x!tt.ptr<f32>>
    %begun = arith.cmpi sge, %s, %first : i32
    %left = arith.cmpi slt, %s, %last : i32
    %seen = arith.andi %begun, %left : i1
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = arith.select %seen_t, %qk, %fill : tensor<64xi1>, tensor<64xf32>
    %m_new = arith.maxnumf %m, %v : tensor<64xf32>
    %d = arith.subf %m, %m_new : tensor<64xf32>
    %alpha = math.exp %d : tensor<64xf32>
    %e = arith.subf %v, %m_new : tensor<64xf32>
    %p = math.exp %e : tensor<64xf32>
    %scaled = arith.mulf %l, %alpha : tensor<64xf32>
    %l_new = arith.addf %scaled, %p : tensor<64xf32>
    scf.yield %m_new, %l_new : tensor<64xf32>, tensor<64xf32>
  }
  tt.store %out, %r#1 : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// A product with a scalar of unknown sign: where it is not above zero, or not
// finite, all iterations run.
// CHECK-LABEL: tt.func @scaled_maximum
// CHECK: %[[ABOVE:.*]] = arith.cmpf ogt, %arg2, %{{.*}} : f32
// CHECK: %[[BELOW:.*]] = arith.cmpf olt, %arg2, %{{.*}} : f32
// CHECK: %[[GUARD:.*]] = arith.andi %[[ABOVE]], %[[BELOW]] : i1
// CHECK: arith.select %[[GUARD]], %{{.*}}, %{{.*}} : i64
// CHECK: scf.for
// REMARK: remark: [Passed] fired
tt.func @scaled_maximum(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %scale: f32, %first: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %scale_t = tt.splat %scale : f32 -> tensor<64xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%m = %low) -> (tensor<64xf32>) : i32 {
    %qk = tt.load %x : tensor<64x!tt.ptr<f32>>
    %seen = arith.cmpi sge, %s, %first : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = arith.select %seen_t, %qk, %low : tensor<64xi1>, tensor<64xf32>
    %y = arith.mulf %v, %scale_t : tensor<64xf32>
    %m_new = arith.maxnumf %m, %y : tensor<64xf32>
    scf.yield %m_new : tensor<64xf32>
  }
  tt.store %out, %r : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// A store under the mask may go, one without stays, and so does the loop.
// CHECK-LABEL: tt.func @stores
// CHECK: %[[HI:.*]] = arith.trunci
// CHECK: scf.for %{{.*}} = %c0_i32 to %[[HI]] step
// CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
// REMARK: remark: [Passed] fired
// REMARK: remark: [Missed] has-effects
// REMARK-SAME: this does more than to compute and to read
tt.func @stores(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %last: i32) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
  }
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    tt.store %x, %zero : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// So do volatile loads, atomics whose mask is another, assertions, calls,
// impure inline assembly, and loops that may not end.
// CHECK-LABEL: tt.func @effects
// CHECK-COUNT-6: scf.for %{{.*}} = %c0_i32 to %arg1 step
// REMARK-COUNT-6: remark: [Missed] has-effects
tt.func private @callee()
tt.func @effects(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %last: i32, %other: tensor<64xi1>, %c: i1) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = tt.load %x {isVolatile = true} : tensor<64x!tt.ptr<f32>>
    tt.store %x, %v, %seen_t : tensor<64x!tt.ptr<f32>>
  }
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    %a = tt.atomic_rmw fadd, relaxed, gpu, %x, %zero, %other : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  }
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    tt.assert %c, "c" : i1
  }
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    tt.call @callee() : () -> ()
  }
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    %a = tt.elementwise_inline_asm "foo $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %s : i32 -> i32
  }
  scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    scf.while : () -> () {
      scf.condition(%c)
    } do {
      scf.yield
    }
  }
  tt.return
}

// -----

// What a scalar condition leaves out, effects and all.
// CHECK-LABEL: tt.func @branch
// CHECK: %[[HI:.*]] = arith.trunci
// CHECK: %[[LO:.*]] = arith.trunci
// CHECK: scf.for %{{.*}} = %[[LO]] to %[[HI]] step
// REMARK: remark: [Passed] fired
// REMARK-SAME: leading and trailing
tt.func @branch(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %begun = arith.cmpi sge, %s, %first : i32
    %left = arith.cmpi slt, %s, %last : i32
    %seen = arith.andi %begun, %left : i1
    %next = scf.if %seen -> (tensor<64xf32>) {
      %v = tt.load %x : tensor<64x!tt.ptr<f32>>
      tt.store %out, %v : tensor<64x!tt.ptr<f32>>
      %sum = arith.addf %acc, %v : tensor<64xf32>
      scf.yield %sum : tensor<64xf32>
    } else {
      scf.yield %acc : tensor<64xf32>
    }
    scf.yield %next : tensor<64xf32>
  }
  tt.store %out, %r : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Counters and pointers start as many iterations further on, and end where they
// ended.
// CHECK-LABEL: tt.func @advance
// CHECK: %[[TRIPS:.*]] = arith.maxsi %{{.*}}, %{{.*}} : i64
// CHECK: %[[TRIPS32:.*]] = arith.trunci %[[TRIPS]] : i64 to i32
// CHECK: %[[FAR:.*]] = arith.muli %[[TRIPS32]], %c3_i32 : i32
// CHECK: %[[END:.*]] = arith.addi %arg4, %[[FAR]] : i32
// CHECK: %[[HI:.*]] = arith.trunci
// CHECK: %[[LO:.*]] = arith.trunci
// CHECK: %[[SPAN:.*]] = arith.subi
// CHECK: %[[LEFT_OUT:.*]] = arith.maxsi %[[SPAN]], %{{.*}} : i64
// CHECK: %[[DISTANCE:.*]] = arith.addi %[[LEFT_OUT]], %c63_i64{{.*}} : i64
// CHECK: %[[COUNT:.*]] = arith.divui %[[DISTANCE]], %{{.*}} : i64
// CHECK: %[[COUNT_T:.*]] = tt.splat %[[COUNT]] : i64 -> tensor<64xi64>
// CHECK: %[[WALK:.*]] = arith.muli %[[COUNT_T]], %{{.*}} : tensor<64xi64>
// CHECK: %[[P:.*]] = tt.addptr %arg0, %[[WALK]] : tensor<64x!tt.ptr<f32>>, tensor<64xi64>
// CHECK: %[[C:.*]] = arith.addi %arg4, %{{.*}} : i32
// CHECK: scf.for %{{.*}} = %[[LO]] to %[[HI]] step
// CHECK-SAME: iter_args(%{{.*}} = %[[P]], %{{.*}} = %[[C]], %{{.*}} = %{{.*}})
// CHECK: tt.store %{{.*}}, %[[END]] : !tt.ptr<i32>
// REMARK: remark: [Passed] fired
tt.func @advance(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %last: i32, %start: i32, %out: tensor<64x!tt.ptr<f32>>, %count: !tt.ptr<i32>) {
  %c0_i32 = arith.constant 0 : i32
  %c3_i32 = arith.constant 3 : i32
  %c64_i32 = arith.constant 64 : i32
  %by = arith.constant dense<64> : tensor<64xi32>
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %r:3 = scf.for %s = %c0_i32 to %n step %c64_i32 iter_args(%p = %x, %c = %start, %acc = %zero) -> (tensor<64x!tt.ptr<f32>>, i32, tensor<64xf32>) : i32 {
    %begun = arith.cmpi sge, %s, %first : i32
    %left = arith.cmpi slt, %s, %last : i32
    %seen = arith.andi %begun, %left : i1
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %a = tt.load %p, %seen_t, %zero : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %a : tensor<64xf32>
    %p_next = tt.addptr %p, %by : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %c_next = arith.addi %c, %c3_i32 : i32
    scf.yield %p_next, %c_next, %next : tensor<64x!tt.ptr<f32>>, i32, tensor<64xf32>
  }
  tt.store %out, %r#2 : tensor<64x!tt.ptr<f32>>
  tt.store %count, %r#1 : !tt.ptr<i32>
  tt.return
}

// -----

// The counter is computed in the loop and may wrap around there: that is tested,
// and where it may, all iterations run. Comparisons may be unsigned.
// CHECK-LABEL: tt.func @wraps
// CHECK: %[[GUARD:.*]] = arith.{{cmpi|andi}} {{.*}} : i{{1|64}}
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : i64
// CHECK: scf.for %{{.*}} = %arg1 to %{{.*}} step
// REMARK: remark: [Passed] fired
tt.func @wraps(%x: tensor<64x!tt.ptr<f32>>, %lb: i32, %ub: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c48_i32 = arith.constant 48 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %on = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %last_t = tt.splat %last : i32 -> tensor<64xi32>
  %r = scf.for %s = %lb to %ub step %c48_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %s_t = tt.splat %s : i32 -> tensor<64xi32>
    %i = arith.addi %s_t, %on : tensor<64xi32>
    %seen = arith.cmpi ult, %i, %last_t : tensor<64xi32>
    %a = tt.load %x, %seen, %zero : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %a : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  tt.store %out, %r : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// The bounds leave out already what is masked, as causal ones do, although that
// cannot be proved; there is no mask.
// CHECK-LABEL: tt.func @nothing
// CHECK: scf.for %{{.*}} = %c0_i32 to %[[UB:[0-9]+]] step
// CHECK: scf.for %{{.*}} = %c0_i32 to %[[UB]] step
// REMARK: remark: [Missed] nothing-to-skip
// REMARK-SAME: its bounds leave out already what is masked
// REMARK: remark: [Missed] never-all-false
// REMARK-SAME: no mask is all false over leading or trailing iterations
tt.func @nothing(%x: tensor<64x!tt.ptr<f32>>, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %c64_i32 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %on = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %pid = tt.get_program_id x : i32
  %base = arith.muli %pid, %c64_i32 : i32
  %base_t = tt.splat %base : i32 -> tensor<64xi32>
  %rows = arith.addi %base_t, %on : tensor<64xi32>
  %next_pid = arith.addi %pid, %c1_i32 : i32
  %ub = arith.muli %next_pid, %c64_i32 : i32
  %r = scf.for %s = %c0_i32 to %ub step %c64_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %s_t = tt.splat %s : i32 -> tensor<64xi32>
    %seen = arith.cmpi sle, %s_t, %rows : tensor<64xi32>
    %a = tt.load %x, %seen, %zero : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %a : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  %w = scf.for %s = %c0_i32 to %ub step %c64_i32 iter_args(%acc = %r) -> (tensor<64xf32>) : i32 {
    %a = tt.load %x : tensor<64x!tt.ptr<f32>>
    %next = arith.addf %acc, %a : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  tt.store %out, %w : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// What is known only of the lanes of a case is not known of a mixture of lanes:
// a maximum over the rows of the state, for example.
// FINITE-LABEL: tt.func @mixed_lanes
// FINITE: scf.for %{{.*}} = %c0_i32 to %arg0 step
// REMARK: remark: [Missed] state-changes
tt.func @mixed_lanes(%n: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>, %x: tensor<64xf32>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%m = %low) -> (tensor<64xf32>) : i32 {
    %seen = arith.cmpi slt, %s, %last : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = arith.select %seen_t, %x, %low : tensor<64xi1>, tensor<64xf32>
    %m_new = arith.maxnumf %m, %v : tensor<64xf32>
    %top = "tt.reduce"(%m_new) <{axis = 0 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<64xf32>) -> f32
    %top_t = tt.splat %top : f32 -> tensor<64xf32>
    scf.yield %top_t : tensor<64xf32>
  }
  tt.store %out, %r : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Steps that are not known, loops that count in 64 bits and carry a counter.
// CHECK-LABEL: tt.func @steps
// CHECK: scf.for %{{.*}} = %arg1 to %arg2 step %arg3
// CHECK: scf.for %{{.*}} = %{{.*}} to %arg4 step
// REMARK: remark: [Missed] step-not-constant
// REMARK: remark: [Missed] carried-too-wide
tt.func @steps(%x: tensor<64x!tt.ptr<f32>>, %lb: i32, %ub: i32, %step: i32, %n: i64, %first: i64, %out: tensor<64x!tt.ptr<f32>>) {
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  scf.for %s = %lb to %ub step %step : i32 {
    %seen = arith.cmpi slt, %s, %lb : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
  }
  %c0_i64 = arith.constant 0 : i64
  %c1_i64 = arith.constant 1 : i64
  %by = arith.constant dense<64> : tensor<64xi32>
  %r = scf.for %s = %c0_i64 to %n step %c1_i64 iter_args(%p = %x) -> (tensor<64x!tt.ptr<f32>>) : i64 {
    %seen = arith.cmpi sge, %s, %first : i64
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    tt.store %p, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    %p_next = tt.addptr %p, %by : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    scf.yield %p_next : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// No loop at all.
// CHECK-LABEL: tt.func @straight
// REMARK: remark: [Missed] no-loop
tt.func @straight() {
  tt.return
}

// -----

// Products that go from one iteration to the next, or that a scalar condition
// decides, could be contracted otherwise with other bounds; so could what is
// masked in a loop that is unrolled as a whole.
// CHECK-LABEL: tt.func @rounding
// CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
// CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
// CHECK: scf.for %{{.*}} = %c0_i32 to %c8_i32 step
// REMARK-COUNT-3: remark: [Missed] rounding-not-kept
tt.func @rounding(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %out: tensor<64x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %c8_i32 = arith.constant 8 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %half = arith.constant dense<0.5> : tensor<64xf32>
  %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %seen = arith.cmpi sge, %s, %first : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = tt.load %x, %seen_t, %zero : tensor<64x!tt.ptr<f32>>
    %sum = arith.addf %acc, %v : tensor<64xf32>
    %next = arith.mulf %sum, %half : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  %q = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %seen = arith.cmpi sge, %s, %first : i32
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    %product = arith.mulf %v, %half : tensor<64xf32>
    %next = scf.if %seen -> (tensor<64xf32>) {
      %sum = arith.addf %acc, %product : tensor<64xf32>
      scf.yield %sum : tensor<64xf32>
    } else {
      scf.yield %acc : tensor<64xf32>
    }
    scf.yield %next : tensor<64xf32>
  }
  %w = scf.for %s = %c0_i32 to %c8_i32 step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %seen = arith.cmpi sge, %s, %first : i32
    %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    %product = arith.mulf %v, %half : tensor<64xf32>
    %a = arith.select %seen_t, %product, %zero : tensor<64xi1>, tensor<64xf32>
    %next = arith.addf %acc, %a : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  tt.store %out, %r : tensor<64x!tt.ptr<f32>>
  tt.store %out, %q : tensor<64x!tt.ptr<f32>>
  tt.store %out, %w : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Where nothing is contracted, none of that matters.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64, enable_fp_fusion = false}} {
  // CHECK-LABEL: tt.func @not_contracted
  // CHECK: %[[LO:.*]] = arith.trunci
  // CHECK: scf.for %{{.*}} = %[[LO]] to %arg1 step
  // REMARK: remark: [Passed] fired
  tt.func @not_contracted(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %first: i32, %out: tensor<64x!tt.ptr<f32>>) {
    %c0_i32 = arith.constant 0 : i32
    %c1_i32 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<64xf32>
    %half = arith.constant dense<0.5> : tensor<64xf32>
    %r = scf.for %s = %c0_i32 to %n step %c1_i32 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
      %seen = arith.cmpi sge, %s, %first : i32
      %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
      %v = tt.load %x, %seen_t, %zero : tensor<64x!tt.ptr<f32>>
      %sum = arith.addf %acc, %v : tensor<64xf32>
      %next = arith.mulf %sum, %half : tensor<64xf32>
      scf.yield %next : tensor<64xf32>
    }
    tt.store %out, %r : tensor<64x!tt.ptr<f32>>
    tt.return
  }
}

// -----

// Where subnormals are flushed, a product with one is not what it was.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942", allow_flush_denorm = true}} {
  // CHECK-LABEL: tt.func @flushes
  // CHECK: scf.for %{{.*}} = %c0_i32 to %arg1 step
  // REMARK: remark: [Missed] flushes-subnormals
  tt.func @flushes(%x: tensor<64x!tt.ptr<f32>>, %n: i32, %last: i32, %out: tensor<64x!tt.ptr<f32>>) {
    %c0_i32 = arith.constant 0 : i32
    %c1_i32 = arith.constant 1 : i32
    %zero = arith.constant dense<0.0> : tensor<64xf32>
    scf.for %s = %c0_i32 to %n step %c1_i32 : i32 {
      %seen = arith.cmpi slt, %s, %last : i32
      %seen_t = tt.splat %seen : i1 -> tensor<64xi1>
      tt.store %x, %zero, %seen_t : tensor<64x!tt.ptr<f32>>
    }
    tt.return
  }
}
