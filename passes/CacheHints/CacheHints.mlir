// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints{read-again=none read-last=cg read-once=evict-first shared=evict-last stores=cs})' | FileCheck %s --check-prefix=KNOBS
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints{read-again=cg read-last=evict-last read-once=cg shared=evict-first stores=evict-first})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=OTHER
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints{lines=7 stores=cg})' | FileCheck %s --check-prefix=LINE
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints{lines=7})' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=ELSEWHERE

// Twice is once, with every class hinted.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints{read-once=cg shared=evict-last stores=cs})' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(cache-hints{read-once=cg shared=evict-last stores=cs},cache-hints{read-once=cg shared=evict-last stores=cs})' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %t.once --split-input-file --pass-pipeline='builtin.module(cache-hints{read-once=cg shared=evict-last stores=cs})' -o %t.again
// RUN: diff %t.once %t.again

// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(cache-hints{read-once=cs})' 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: cs

// Example: a row is read in two loops; weights are read by every program, once.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // CHECK-LABEL: tt.func public @norm
  // CHECK: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>}
  // CHECK: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_first>}
  // CHECK: tt.load %{{[0-9]+}} : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.store %{{[0-9]+}}, %{{[0-9]+}} : tensor<64x!tt.ptr<f32>>
  // REMARK: remark: [Passed] fired
  // REMARK-SAME: read again: evict_last
  // REMARK: read for the last time: evict_first
  // REMARK: class-without-hint
  // REMARK-SAME: its class gets no hint
  // REMARK: class-without-hint
  // KNOBS-LABEL: tt.func public @norm
  // KNOBS: tt.load %{{[0-9]+}} : tensor<64x!tt.ptr<f32>>
  // KNOBS: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>}
  // KNOBS: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>}
  // KNOBS: tt.store {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cs, eviction_policy = evict_normal>}
  // OTHER: read again: cg
  // OTHER: read for the last time: evict_last
  // OTHER: shared by programs: evict_first
  // OTHER: stored: evict_first
  // LINE-LABEL: tt.func public @norm
  // LINE-NOT: cachePolicy
  // LINE: tt.store {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>}
  // ELSEWHERE: not-on-line
  tt.func public @norm(%x: !tt.ptr<f32>, %w: !tt.ptr<f32>, %y: !tt.ptr<f32>, %stride: i32, %n: i32) {
    %c0 = arith.constant 0 : i32
    %c64 = arith.constant 64 : i32
    %zero = arith.constant dense<0.0> : tensor<64xf32>
    %row = tt.get_program_id x : i32
    %at = arith.muli %row, %stride : i32
    %xr = tt.addptr %x, %at : !tt.ptr<f32>, i32
    %yr = tt.addptr %y, %at : !tt.ptr<f32>, i32
    %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %sum = scf.for %i = %c0 to %n step %c64 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
      %s = tt.splat %i : i32 -> tensor<64xi32>
      %cols = arith.addi %s, %lanes : tensor<64xi32>
      %xs = tt.splat %xr : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
      %p = tt.addptr %xs, %cols : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
      %v = tt.load %p : tensor<64x!tt.ptr<f32>>
      %t = arith.addf %acc, %v : tensor<64xf32>
      scf.yield %t : tensor<64xf32>
    }
    scf.for %i = %c0 to %n step %c64 : i32 {
      %s = tt.splat %i : i32 -> tensor<64xi32>
      %cols = arith.addi %s, %lanes : tensor<64xi32>
      %xs = tt.splat %xr : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
      %p = tt.addptr %xs, %cols : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
      %v = tt.load %p : tensor<64x!tt.ptr<f32>>
      %ws = tt.splat %w : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
      %wp = tt.addptr %ws, %cols : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
      %wv = tt.load %wp : tensor<64x!tt.ptr<f32>>
      %u = arith.mulf %v, %wv : tensor<64xf32>
      %ys = tt.splat %yr : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
      %yp = tt.addptr %ys, %cols : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
      tt.store %yp, %u : tensor<64x!tt.ptr<f32>> loc("k.py":7:3)
    }
    tt.return
  }
}

// -----

// Integers, as releases up to 3.8 have them: the module shows it. Pointers that
// two loops advance alike; a hint of the author's stays, and so do others.
// CHECK-LABEL: tt.func public @walking
// CHECK: tt.load %{{[^ ]+}} evictionPolicy = evict_last :
// CHECK: tt.load %{{[^ ]+}} evictionPolicy = evict_first :
// CHECK: tt.load %{{[^ ]+}} cacheModifier = ca :
// CHECK: tt.load %{{[^ ]+}} {isVolatile = true}
// REMARK: has-hint
// REMARK-SAME: it has a hint already
// REMARK: volatile
// REMARK-SAME: it is volatile
tt.func public @walking(%x: tensor<64x!tt.ptr<f32>>, %z: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %step = arith.constant dense<64> : tensor<64xi32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%p = %x) -> (tensor<64x!tt.ptr<f32>>) : i32 {
    %v = tt.load %p : tensor<64x!tt.ptr<f32>>
    tt.store %z, %v : tensor<64x!tt.ptr<f32>>
    %q = tt.addptr %p, %step : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    scf.yield %q : tensor<64x!tt.ptr<f32>>
  }
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%p = %x) -> (tensor<64x!tt.ptr<f32>>) : i32 {
    %v = tt.load %p : tensor<64x!tt.ptr<f32>>
    tt.store %z, %v : tensor<64x!tt.ptr<f32>>
    %q = tt.addptr %p, %step : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    scf.yield %q : tensor<64x!tt.ptr<f32>>
  }
  %a = tt.load %x cacheModifier = ca : tensor<64x!tt.ptr<f32>>
  %b = tt.load %x {isVolatile = true} : tensor<64x!tt.ptr<f32>>
  tt.store %z, %a : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// What an outer loop reads in each of its iterations is read again; what differs
// in them is not, and neither are pieces of a split loop. Tiles of a product are
// shared by the programs of a row or column.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // CHECK-LABEL: tt.func public @tiles
  // CHECK: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>}
  // CHECK-COUNT-3: tt.load %{{[0-9]+}} : tensor<64x!tt.ptr<f16>>
  // KNOBS-LABEL: tt.func public @tiles
  // KNOBS: tt.load %{{[0-9]+}} : tensor<64x!tt.ptr<f16>>
  // KNOBS: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>}
  // KNOBS: tt.load {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_first>}
  // OTHER: shared by programs: evict_first
  // OTHER: read once: cg
  tt.func public @tiles(%a: !tt.ptr<f16>, %b: !tt.ptr<f16>, %c: !tt.ptr<f16>, %k: i32, %cut: i32, %tiles: i32) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c64 = arith.constant 64 : i32
    %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %id = tt.get_program_id x : i32
    %m = arith.divsi %id, %tiles : i32
    %n = arith.remsi %id, %tiles : i32
    scf.for %t = %c0 to %tiles step %c1 : i32 {
      scf.for %i = %c0 to %k step %c64 : i32 {
        %am = arith.muli %m, %k : i32
        %ai = arith.addi %am, %i : i32
        %as = tt.splat %ai : i32 -> tensor<64xi32>
        %ao = arith.addi %as, %lanes : tensor<64xi32>
        %ab = tt.splat %a : !tt.ptr<f16> -> tensor<64x!tt.ptr<f16>>
        %ap = tt.addptr %ab, %ao : tensor<64x!tt.ptr<f16>>, tensor<64xi32>
        %av = tt.load %ap : tensor<64x!tt.ptr<f16>>
        %tk = arith.muli %t, %k : i32
        %bi = arith.addi %tk, %i : i32
        %bn = arith.addi %bi, %n : i32
        %bs = tt.splat %bn : i32 -> tensor<64xi32>
        %bo = arith.addi %bs, %lanes : tensor<64xi32>
        %bb = tt.splat %b : !tt.ptr<f16> -> tensor<64x!tt.ptr<f16>>
        %bp = tt.addptr %bb, %bo : tensor<64x!tt.ptr<f16>>, tensor<64xi32>
        %bv = tt.load %bp : tensor<64x!tt.ptr<f16>>
        "use"(%av, %bv) : (tensor<64xf16>, tensor<64xf16>) -> ()
      }
    }
    %cm = arith.muli %m, %k : i32
    %cn = arith.addi %cm, %n : i32
    scf.for %i = %c0 to %cut step %c1 : i32 {
      %ci = arith.addi %cn, %i : i32
      %cs = tt.splat %ci : i32 -> tensor<64xi32>
      %co = arith.addi %cs, %lanes : tensor<64xi32>
      %cb = tt.splat %c : !tt.ptr<f16> -> tensor<64x!tt.ptr<f16>>
      %cp = tt.addptr %cb, %co : tensor<64x!tt.ptr<f16>>, tensor<64xi32>
      %cv = tt.load %cp : tensor<64x!tt.ptr<f16>>
      "use"(%cv) : (tensor<64xf16>) -> ()
    }
    scf.for %i = %cut to %k step %c1 : i32 {
      %ci = arith.addi %cn, %i : i32
      %cs = tt.splat %ci : i32 -> tensor<64xi32>
      %co = arith.addi %cs, %lanes : tensor<64xi32>
      %cb = tt.splat %c : !tt.ptr<f16> -> tensor<64x!tt.ptr<f16>>
      %cp = tt.addptr %cb, %co : tensor<64x!tt.ptr<f16>>, tensor<64xi32>
      %cv = tt.load %cp : tensor<64x!tt.ptr<f16>>
      "use"(%cv) : (tensor<64xf16>) -> ()
    }
    tt.return
  }
}

// -----

// Addresses that were loaded, or that a while loop carries, say nothing.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // CHECK-LABEL: tt.func public @gather
  // CHECK-NOT: evict_last
  // CHECK: tt.return
  // REMARK: address-unknown
  // REMARK-SAME: its addresses are not made of arguments, ids and counters
  tt.func public @gather(%x: tensor<64x!tt.ptr<f32>>, %at: tensor<64x!tt.ptr<i32>>, %go: i1) {
    %i = tt.load %at : tensor<64x!tt.ptr<i32>>
    %p = tt.addptr %x, %i : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %v = tt.load %p : tensor<64x!tt.ptr<f32>>
    %w = tt.load %p : tensor<64x!tt.ptr<f32>>
    %r = scf.while (%q = %x) : (tensor<64x!tt.ptr<f32>>) -> tensor<64x!tt.ptr<f32>> {
      scf.condition(%go) %q : tensor<64x!tt.ptr<f32>>
    } do {
    ^bb0(%q: tensor<64x!tt.ptr<f32>>):
      tt.store %q, %v : tensor<64x!tt.ptr<f32>>
      scf.yield %q : tensor<64x!tt.ptr<f32>>
    }
    tt.store %r, %w : tensor<64x!tt.ptr<f32>>
    tt.return
  }
}

// -----

// AMD's instructions know nothing of eviction.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
  // CHECK-LABEL: tt.func public @amd
  // CHECK-NOT: cachePolicy = #tt
  // CHECK: tt.return
  // REMARK: no-use-on-target
  // REMARK-SAME: the target makes no use of the hint
  // KNOBS-LABEL: tt.func public @amd
  // KNOBS: tt.load %arg0 {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>}
  // KNOBS: tt.store {{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cs, eviction_policy = evict_normal>}
  tt.func public @amd(%x: tensor<64x!tt.ptr<f32>>, %z: tensor<64x!tt.ptr<f32>>) {
    %v = tt.load %x : tensor<64x!tt.ptr<f32>>
    %w = tt.load %x : tensor<64x!tt.ptr<f32>>
    tt.store %z, %w : tensor<64x!tt.ptr<f32>>
    tt.return
  }
}

// -----

// A scalar is no tile; blocks of cf, and inline assembly around.
module attributes {triton_ext.request = {backend = "cuda", arch = 90 : i64}} {
  // CHECK-LABEL: tt.func public @scalar
  // REMARK: no-tile
  // REMARK-SAME: no tile is loaded or stored
  tt.func public @scalar(%x: !tt.ptr<f32>, %c: i1) -> f32 {
    %v = tt.load %x : !tt.ptr<f32>
    %w = tt.elementwise_inline_asm "mov.b32 $0, $1;" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %v : f32 -> f32
    cf.cond_br %c, ^early, ^late
  ^early:
    tt.return %w : f32
  ^late:
    tt.return %v : f32
  }
}

// -----

// Neither a hint nor a request says which release it is.
// CHECK-LABEL: tt.func public @spelling
// CHECK-NOT: evict
// CHECK: tt.return
// REMARK: spelling-unknown
// REMARK-SAME: it does not show how the release spells hints
tt.func public @spelling(%x: tensor<64x!tt.ptr<f32>>) -> tensor<64xf32> {
  %v = tt.load %x : tensor<64x!tt.ptr<f32>>
  %w = tt.load %x : tensor<64x!tt.ptr<f32>>
  %s = arith.addf %v, %w : tensor<64xf32>
  tt.return %s : tensor<64xf32>
}
