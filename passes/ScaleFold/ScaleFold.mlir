// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold{assume-positive-scale=true})' | FileCheck %s --check-prefix=POSITIVE

// Twice is once.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold)' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold,scale-fold)' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold{assume-positive-scale=true})' -o %t.once2
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(scale-fold{assume-positive-scale=true},scale-fold{assume-positive-scale=true})' -o %t.twice2
// RUN: diff %t.once2 %t.twice2

// Example: softmax. The largest element is scaled once, the others in the fma.
// CHECK-LABEL: tt.func public @softmax
// CHECK-SAME: %[[X:.*]]: tensor<64xf32>
// CHECK: %[[MAX:.*]] = "tt.reduce"(%[[X]])
// CHECK: %[[MINUS:.*]] = arith.constant -1.442695{{.*}} : f32
// CHECK: %[[SCALED:.*]] = arith.mulf %[[MAX]], %[[MINUS]] : f32
// CHECK: %[[MAXES:.*]] = tt.splat %[[SCALED]]
// CHECK: %[[C:.*]] = arith.constant dense<1.442695{{.*}}> : tensor<64xf32>
// CHECK: %[[E:.*]] = math.fma %[[X]], %[[C]], %[[MAXES]]
// CHECK: %[[P:.*]] = math.exp2 %[[E]]
// CHECK-NOT: arith.subf
// CHECK: tt.return %[[P]]
// REMARK: [Passed] fired {{.*}}log2(e) is folded into what the exponential is taken of
tt.func public @softmax(%x: tensor<64xf32>) -> tensor<64xf32> {
  %max = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %g = arith.maxnumf %a, %b : f32
    tt.reduce.return %g : f32
  }) : (tensor<64xf32>) -> f32
  %maxes = tt.splat %max : f32 -> tensor<64xf32>
  %d = arith.subf %x, %maxes : tensor<64xf32>
  %p = math.exp %d : tensor<64xf32>
  tt.return %p : tensor<64xf32>
}

// -----

// A scale that is seen to be positive is applied after the maximum, which the
// loop carries unscaled, and to the log-sum-exp that is made of it.
// CHECK-LABEL: tt.func public @constant_scale
// CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[M:.*]] = %cst{{.*}}, %{{.*}} = %cst{{.*}})
// CHECK: %[[X:.*]] = arith.select %{{.*}}, %arg0, %cst{{.*}}
// CHECK: %[[MX:.*]] = "tt.reduce"(%[[X]])
// CHECK: %[[NEW:.*]] = arith.maxnumf %[[M]], %[[MX]]
// CHECK: %[[MINUS:.*]] = arith.constant dense<-0.180336{{.*}}> : tensor<128xf32>
// CHECK: %[[B:.*]] = arith.mulf %[[NEW]], %[[MINUS]] : tensor<128xf32>
// CHECK: math.fma %[[X]], %{{.*}}, %{{.*}} : tensor<128x64xf32>
// CHECK-NEXT: math.exp2
// CHECK: %[[D:.*]] = arith.subf %[[M]], %[[NEW]]
// CHECK: %[[DC:.*]] = arith.mulf %[[D]], %{{.*}} : tensor<128xf32>
// CHECK: math.exp2 %[[DC]]
// CHECK: scf.yield %[[NEW]], %{{.*}}
// CHECK: %[[EIGHTH:.*]] = arith.constant dense<1.250000e-01> : tensor<128xf32>
// CHECK: %[[NATURAL:.*]] = arith.mulf %[[R]]#0, %[[EIGHTH]]
// CHECK: arith.addf %[[NATURAL]]
// REMARK: [Passed] fired {{.*}}the maximum is taken before the scale
// REMARK: [Passed] fired {{.*}}log2(e) is folded
tt.func public @constant_scale(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<0xFF800000> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = arith.constant dense<1.250000e-01> : tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// Of a scale that is an argument nobody knows the sign, unless told: the maximum
// stays what it was, the exponential takes log2(e) in its fma. The correction is
// 1 where the maximum stays: its difference is taken before log2(e) comes.
// CHECK-LABEL: tt.func public @unknown_scale
// CHECK: scf.for
// CHECK: %[[QK:.*]] = arith.mulf %arg0, %{{.*}} : tensor<128x64xf32>
// CHECK: %[[X:.*]] = arith.select %{{.*}}, %[[QK]]
// CHECK: "tt.reduce"(%[[X]])
// CHECK: %[[B:.*]] = arith.mulf %{{.*}}, %{{.*}} : tensor<128xf32>
// CHECK: math.fma %[[X]], %{{.*}}, %{{.*}} : tensor<128x64xf32>
// CHECK-NEXT: math.exp2
// CHECK: %[[D:.*]] = arith.subf %{{.*}} : tensor<128xf32>
// CHECK: %[[DC:.*]] = arith.mulf %[[D]], %{{.*}} : tensor<128xf32>
// CHECK: math.exp2 %[[DC]]
// CHECK: %[[LOG:.*]] = math.log
// CHECK: arith.addf %{{.*}}#0, %[[LOG]]
// POSITIVE-LABEL: tt.func public @unknown_scale
// POSITIVE-SAME: %[[S:[^:]*]]: f32
// POSITIVE-NOT: tt.return
// POSITIVE: arith.mulf %[[S]], %{{.*}} : f32
// POSITIVE: scf.for
// POSITIVE: %[[X:.*]] = arith.select %{{.*}}, %arg0
// POSITIVE: "tt.reduce"(%[[X]])
// POSITIVE: math.fma %[[X]], %{{.*}}, %{{.*}} : tensor<128x64xf32>
// POSITIVE: %[[SCALES:.*]] = tt.splat %[[S]]
// POSITIVE: arith.mulf %{{.*}}#0, %[[SCALES]]
// REMARK: [Passed] fired {{.*}}log2(e) is folded
tt.func public @unknown_scale(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %scale: f32, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<0xFF800000> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = tt.splat %scale : f32 -> tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// Under a negative scale the largest is the smallest: the maximum stays.
// CHECK-LABEL: tt.func public @negative_scale
// CHECK: %[[QK:.*]] = arith.mulf %arg0, %{{.*}} : tensor<128x64xf32>
// CHECK: arith.select %{{.*}}, %[[QK]]
// POSITIVE-LABEL: tt.func public @negative_scale
// POSITIVE: %[[QK:.*]] = arith.mulf %arg0, %{{.*}} : tensor<128x64xf32>
// POSITIVE: arith.select %{{.*}}, %[[QK]]
tt.func public @negative_scale(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<0xFF800000> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = arith.constant dense<-1.250000e-01> : tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// Finite fills and first values are divided by a constant scale; by one that is
// not known they are not, and the maximum stays.
// CHECK-LABEL: tt.func public @finite_fills
// CHECK: %[[LOW:.*]] = arith.constant dense<-2.400000e+02> : tensor<128xf32>
// CHECK: iter_args(%{{.*}} = %[[LOW]]
// CHECK: %[[FILL:.*]] = arith.constant dense<-8.000000e+06> : tensor<128x64xf32>
// CHECK: arith.select %{{.*}}, %arg0, %[[FILL]]
tt.func public @finite_fills(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<-1.0e6> : tensor<128x64xf32>
  %low = arith.constant dense<-30.0> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = arith.constant dense<1.250000e-01> : tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// The same by an argument.
// POSITIVE-LABEL: tt.func public @finite_fill_unknown_scale
// POSITIVE: %[[QK:.*]] = arith.mulf %arg0, %{{.*}} : tensor<128x64xf32>
// POSITIVE: arith.select %{{.*}}, %[[QK]]
tt.func public @finite_fill_unknown_scale(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %scale: f32, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<-1.0e6> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = tt.splat %scale : f32 -> tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// A fill that would overflow.
// CHECK-LABEL: tt.func public @huge_fill
// CHECK: %[[QK:.*]] = arith.mulf %arg0, %{{.*}} : tensor<128x64xf32>
// CHECK: arith.select %{{.*}}, %[[QK]]
tt.func public @huge_fill(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<-1.0e38> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = arith.constant dense<1.250000e-01> : tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// A guard against rows of nothing compares the scaled maximum; what it selects
// stays unscaled.
// CHECK-LABEL: tt.func public @guarded
// CHECK: "tt.reduce"
// CHECK: %[[NEW:.*]] = arith.maxnumf %{{.*}} : tensor<128xf32>
// CHECK: %[[NATURAL:.*]] = arith.mulf %[[NEW]], %{{.*}} : tensor<128xf32>
// CHECK: arith.cmpf oeq, %[[NATURAL]]
// CHECK: %[[SAFE:.*]] = arith.select %{{.*}}, %{{.*}}, %[[NEW]]
// CHECK: math.fma
tt.func public @guarded(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<0xFF800000> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = arith.constant dense<1.250000e-01> : tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %none = arith.cmpf oeq, %m_new, %low : tensor<128xf32>
    %safe = arith.select %none, %zero, %m_new : tensor<128xi1>, tensor<128xf32>
    %m_c = tt.expand_dims %safe {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp %d : tensor<128x64xf32>
    %da = arith.subf %m, %safe : tensor<128xf32>
    %alpha = math.exp %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// To base two already: the maximum before the scale is all there is to do.
// CHECK-LABEL: tt.func public @base_two
// CHECK: arith.select %{{.*}}, %arg0
// REMARK: [Passed] fired {{.*}}the maximum is taken before the scale
// REMARK: remark: [Missed] no-exponential
tt.func public @base_two(%q: tensor<128x64xf32>, %bound: i32, %mask: tensor<128x64xi1>, %out: tensor<128x!tt.ptr<f32>>) {
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  %fill = arith.constant dense<0xFF800000> : tensor<128x64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<128xf32>
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %scales = arith.constant dense<1.250000e-01> : tensor<128x64xf32>
  %r:2 = scf.for %s = %c0_i32 to %bound step %c1_i32 iter_args(%m = %low, %l = %zero) -> (tensor<128xf32>, tensor<128xf32>) : i32 {
    %qk = arith.mulf %q, %scales : tensor<128x64xf32>
    %x = arith.select %mask, %qk, %fill : tensor<128x64xi1>, tensor<128x64xf32>
    %mx = "tt.reduce"(%x) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.maxnumf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %m_new = arith.maxnumf %m, %mx : tensor<128xf32>
    %m_c = tt.expand_dims %m_new {axis = 1 : i32} : tensor<128xf32> -> tensor<128x1xf32>
    %m_b = tt.broadcast %m_c : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %x, %m_b : tensor<128x64xf32>
    %p = math.exp2 %d : tensor<128x64xf32>
    %da = arith.subf %m, %m_new : tensor<128xf32>
    %alpha = math.exp2 %da : tensor<128xf32>
    %sum = "tt.reduce"(%p) <{axis = 1 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %g = arith.addf %a, %b : f32
      tt.reduce.return %g : f32
    }) : (tensor<128x64xf32>) -> tensor<128xf32>
    %la = arith.mulf %l, %alpha : tensor<128xf32>
    %l_new = arith.addf %la, %sum : tensor<128xf32>
    scf.yield %m_new, %l_new : tensor<128xf32>, tensor<128xf32>
  }
  %log = math.log %r#1 : tensor<128xf32>
  %lse = arith.addf %r#0, %log : tensor<128xf32>
  tt.store %out, %lse : tensor<128x!tt.ptr<f32>>
  tt.return
}

// -----

// The backward pass: the product goes into the fma, its scale is multiplied by
// log2(e) once; fills keep their sign.
// CHECK-LABEL: tt.func public @backward
// CHECK-SAME: %[[QK:.*]]: tensor<64x64xf32>, %[[LSE:.*]]: tensor<64xf32>, %[[S:.*]]: f32
// CHECK: %[[SC:.*]] = arith.mulf %[[S]], %{{.*}} : f32
// CHECK: %[[B:.*]] = arith.mulf %[[LSE]], %{{.*}} : tensor<64xf32>
// CHECK: %[[SCS:.*]] = tt.splat %[[SC]]
// CHECK: %[[E:.*]] = math.fma %[[QK]], %[[SCS]], %{{.*}} : tensor<64x64xf32>
// CHECK: math.exp2 %[[E]]
// CHECK-NOT: arith.subf
// REMARK: remark: [Passed] fired
tt.func public @backward(%qk: tensor<64x64xf32>, %lse: tensor<64xf32>, %scale: f32) -> tensor<64x64xf32> {
  %scales = tt.splat %scale : f32 -> tensor<64x64xf32>
  %x = arith.mulf %qk, %scales : tensor<64x64xf32>
  %lc = tt.expand_dims %lse {axis = 1 : i32} : tensor<64xf32> -> tensor<64x1xf32>
  %lb = tt.broadcast %lc : tensor<64x1xf32> -> tensor<64x64xf32>
  %d = arith.subf %x, %lb : tensor<64x64xf32>
  %p = math.exp %d : tensor<64x64xf32>
  tt.return %p : tensor<64x64xf32>
}

// -----

// A select with -inf goes into the fma; on its own, both sides are scaled, and a
// quotient by a scalar becomes a product.
// CHECK-LABEL: tt.func public @mixed
// CHECK-SAME: %[[X:.*]]: tensor<64xf32>, %[[M:.*]]: tensor<64xi1>, %[[T:.*]]: f32, %[[U:.*]]: f32
// CHECK: %[[OVER:.*]] = arith.divf %{{.*}}, %[[T]] : f32
// CHECK: %[[CU:.*]] = arith.mulf %[[U]], %{{.*}} : f32
// CHECK: %[[Q:.*]] = arith.divf %[[X]]
// CHECK: %[[S:.*]] = arith.select %[[M]], %[[Q]], %{{.*}}
// CHECK: %[[E:.*]] = math.fma %[[S]], %{{.*}}, %{{.*}}
// CHECK: math.exp2 %[[E]]
// CHECK: %[[OVERS:.*]] = tt.splat %[[OVER]]
// CHECK: %[[SCALED:.*]] = arith.mulf %{{.*}}, %[[OVERS]] : tensor<64xf32>
// CHECK: %[[S2:.*]] = arith.select %[[M]], %[[SCALED]], %{{.*}}
// CHECK: math.exp2 %[[S2]]
// REMARK: remark: [Passed] fired
tt.func public @mixed(%x: tensor<64xf32>, %mask: tensor<64xi1>, %t: f32, %u: f32) -> (tensor<64xf32>, tensor<64xf32>) {
  %fill = arith.constant dense<0xFF800000> : tensor<64xf32>
  %ts = tt.splat %t : f32 -> tensor<64xf32>
  %us = tt.splat %u : f32 -> tensor<64xf32>
  %q = arith.divf %x, %ts : tensor<64xf32>
  %s = arith.select %mask, %q, %fill : tensor<64xi1>, tensor<64xf32>
  %d = arith.subf %s, %us : tensor<64xf32>
  %p = math.exp %d : tensor<64xf32>
  %q2 = arith.divf %p, %ts : tensor<64xf32>
  %s2 = arith.select %mask, %q2, %fill : tensor<64xi1>, tensor<64xf32>
  %p2 = math.exp %s2 : tensor<64xf32>
  tt.return %p, %p2 : tensor<64xf32>, tensor<64xf32>
}

// -----

// Of a difference from zero a product remains; of what is used elsewhere, too,
// and of what is just there, also a scalar.
// CHECK-LABEL: tt.func public @simple
// CHECK-SAME: %[[X:.*]]: tensor<64xf32>, %[[Y:.*]]: f32
// CHECK: %[[YC:.*]] = arith.mulf %[[Y]], %{{.*}} : f32
// CHECK: %[[XC:.*]] = arith.mulf %[[X]], %{{.*}} : tensor<64xf32>
// CHECK: math.exp2 %[[XC]]
// CHECK: %[[D:.*]] = arith.addf %[[X]], %[[X]]
// CHECK: %[[DC:.*]] = arith.mulf %[[D]], %{{.*}} : tensor<64xf32>
// CHECK: math.exp2 %[[DC]]
// CHECK: math.exp2 %[[YC]] : f32
// REMARK: remark: [Passed] fired
// REMARK: [Passed] fired {{.*}}the exponential is one to base two
tt.func public @simple(%x: tensor<64xf32>, %y: f32) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, f32) {
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %minus = arith.subf %zero, %x : tensor<64xf32>
  %p = math.exp %minus : tensor<64xf32>
  %d = arith.addf %x, %x : tensor<64xf32>
  %q = math.exp %d : tensor<64xf32>
  %r = math.exp %y : f32
  tt.return %p, %q, %d, %r : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, f32
}

// -----

// No exponential.
// CHECK-LABEL: tt.func public @none
// REMARK: remark: [Missed] no-exponential
tt.func public @none(%x: tensor<64xf32>) -> tensor<64xf32> {
  %p = math.log %x : tensor<64xf32>
  tt.return %p : tensor<64xf32>
}

// -----

// 64 bits.
// CHECK-LABEL: tt.func public @double
// CHECK: math.exp %
// REMARK: remark: [Missed] not-f32
tt.func public @double(%x: tensor<64xf64>) -> tensor<64xf64> {
  %p = math.exp %x : tensor<64xf64>
  tt.return %p : tensor<64xf64>
}

// -----

// Inside of what a reduction combines with.
// CHECK-LABEL: tt.func public @combines
// CHECK: math.exp %
// REMARK: remark: [Missed] combines-elements
tt.func public @combines(%x: tensor<64xf32>) -> f32 {
  %r = "tt.reduce"(%x) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %e = math.exp %a : f32
    %g = arith.addf %e, %b : f32
    tt.reduce.return %g : f32
  }) : (tensor<64xf32>) -> f32
  tt.return %r : f32
}
