// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-group)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-group)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-group{group=3})' | FileCheck %s --check-prefix=THREE

// Twice is once.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-group)' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-group,grid-group)' -o %t.twice
// RUN: diff %t.once %t.twice

// Example: rows of A by one axis of the grid, columns of B by the other one.
// CHECK-LABEL: tt.func public @two_axes
// CHECK-DAG: %[[Y:.*]] = tt.get_program_id y
// CHECK-DAG: %[[X:.*]] = tt.get_program_id x
// CHECK-DAG: %[[NY:.*]] = tt.get_num_programs y
// CHECK-DAG: %[[NX:.*]] = tt.get_num_programs x
// CHECK: %[[FITS:.*]] = arith.cmpi ule, %[[NX]], %c268435455_i32
// CHECK: %[[H:.*]] = arith.select %[[FITS]], %c8_i32, %c1_i32
// CHECK: %[[IN:.*]] = arith.remui %[[Y]], %[[H]]
// CHECK: %[[FIRST:.*]] = arith.subi %[[Y]], %[[IN]]
// CHECK: %[[ROWS:.*]] = arith.muli %[[IN]], %[[NX]]
// CHECK: %[[NUMBER:.*]] = arith.addi %[[ROWS]], %[[X]]
// CHECK: arith.remui %[[NUMBER]]
// CHECK: %[[ROW:.*]] = arith.addi %[[FIRST]]
// CHECK: %[[COLUMN:.*]] = arith.divui %[[NUMBER]]
// CHECK-NOT: tt.get_program_id
// CHECK: arith.muli %[[COLUMN]], %c64_i32
// CHECK: arith.muli %[[ROW]], %c64_i32
// THREE-LABEL: tt.func public @two_axes
// THREE: arith.cmpi ule, %{{.*}}, %c715827882_i32
// THREE: arith.select %{{.*}}, %c3_i32, %c1_i32
// REMARK: remark: [Passed] fired
// REMARK-SAME: the grid is walked in bands of 8 rows
tt.func public @two_axes(%a: !tt.ptr<f32>, %b: !tt.ptr<f32>, %c: !tt.ptr<f32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %x = tt.get_program_id x : i32
  %y = tt.get_program_id y : i32
  %i = arith.muli %x, %c64 : i32
  %j = arith.muli %y, %c64 : i32
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %ai = tt.addptr %a, %i : !tt.ptr<f32>, i32
  %bj = tt.addptr %b, %j : !tt.ptr<f32>, i32
  %r = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %ak = tt.addptr %ai, %k : !tt.ptr<f32>, i32
    %bk = tt.addptr %bj, %k : !tt.ptr<f32>, i32
    %as = tt.splat %ak : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
    %bs = tt.splat %bk : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
    %ap = tt.addptr %as, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %bp = tt.addptr %bs, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    %s = arith.addf %acc, %p : tensor<64xf32>
    scf.yield %s : tensor<64xf32>
  }
  %ij = arith.addi %i, %j : i32
  %ci = tt.addptr %c, %ij : !tt.ptr<f32>, i32
  %cs = tt.splat %ci : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %cp = tt.addptr %cs, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  tt.store %cp, %r : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// One id, row by row: divided by the number of columns, which is computed again
// at the beginning. What is left of a grid that is no whole number of rows, and
// everything where the number is not positive, stays.
// CHECK-LABEL: tt.func public @one_axis
// CHECK: %[[ROUND:.*]] = arith.addi %{{.*}}, %c63_i32
// CHECK: %[[GIVEN:.*]] = arith.divsi %[[ROUND]], %c64_i32
// CHECK: %[[N:.*]] = arith.maxsi %[[GIVEN]], %c1_i32
// CHECK: %[[ID:.*]] = tt.get_program_id x
// CHECK: %[[COUNT:.*]] = tt.get_num_programs x
// CHECK: arith.divui %[[ID]], %[[N]]
// CHECK: arith.remui %[[ID]], %[[N]]
// CHECK: %[[ALL:.*]] = arith.divui %[[COUNT]], %[[N]]
// CHECK: %[[WHOLE:.*]] = arith.muli %[[ALL]], %[[N]]
// CHECK: %[[IN:.*]] = arith.cmpi ult, %[[ID]], %[[WHOLE]]
// CHECK: %[[NEW:.*]] = arith.select %[[IN]], %{{.*}}, %[[ID]]
// CHECK: arith.divsi %[[NEW]]
// CHECK: arith.remsi %[[NEW]]
// REMARK: remark: [Passed] fired
tt.func public @one_axis(%a: !tt.ptr<f32>, %b: !tt.ptr<f32>, %c: !tt.ptr<f32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c63 = arith.constant 63 : i32
  %c64 = arith.constant 64 : i32
  %id = tt.get_program_id x : i32
  %round = arith.addi %n, %c63 : i32
  %tiles = arith.divsi %round, %c64 : i32
  %i = arith.divsi %id, %tiles : i32
  %j = arith.remsi %id, %tiles : i32
  %lanes = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %ai = tt.addptr %a, %i : !tt.ptr<f32>, i32
  %bj = tt.addptr %b, %j : !tt.ptr<f32>, i32
  %as = tt.splat %ai : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %bs = tt.splat %bj : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %cs = tt.splat %c : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %cp = tt.addptr %cs, %lanes : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %as : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bs : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %cp, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// The remainder spelled as a difference, a constant number of columns.
// CHECK-LABEL: tt.func public @difference
// CHECK: %[[N:.*]] = arith.maxsi %c16_i32{{.*}}, %c1_i32
// CHECK: arith.remui %{{.*}}, %[[N]]
// REMARK: remark: [Passed] fired
tt.func public @difference(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c16 = arith.constant 16 : i32
  %id = tt.get_program_id x : i32
  %i = arith.divsi %id, %c16 : i32
  %base = arith.muli %i, %c16 : i32
  %j = arith.subi %id, %base : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// A third axis, of batches say, stays as it is.
// CHECK-LABEL: tt.func public @batched
// CHECK: tt.get_program_id y
// CHECK: tt.get_program_id x
// CHECK: arith.divui
// CHECK: tt.get_program_id z
// REMARK: remark: [Passed] fired
tt.func public @batched(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %z = tt.get_program_id z : i32
  %zi = arith.addi %i, %z : i32
  %zj = arith.addi %j, %z : i32
  %is = tt.splat %zi : i32 -> tensor<64xi32>
  %js = tt.splat %zj : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// No ids at all.
// CHECK-LABEL: tt.func public @one_program
// CHECK-NOT: tt.get_program_id
// REMARK: remark: [Missed] no-rows-and-columns
tt.func public @one_program(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64xf32>) {
  tt.store %a, %b : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// One axis, nothing divided.
// CHECK-LABEL: tt.func public @row_each
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] no-rows-and-columns
tt.func public @row_each(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64xf32>) {
  %id = tt.get_program_id x : i32
  %ids = tt.splat %id : i32 -> tensor<64xi32>
  %p = tt.addptr %a, %ids : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  tt.store %p, %b : tensor<64x!tt.ptr<f32>>
  tt.return
}

// -----

// Two axes, as attention has them: queries depend on both, keys on the head
// alone, nothing on the row alone.
// CHECK-LABEL: tt.func public @attention
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] no-shared-tiles
tt.func public @attention(%q: tensor<64x!tt.ptr<f32>>, %k: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %m = tt.get_program_id x : i32
  %h = tt.get_program_id y : i32
  %mh = arith.addi %m, %h : i32
  %ms = tt.splat %mh : i32 -> tensor<64xi32>
  %hs = tt.splat %h : i32 -> tensor<64xi32>
  %qp = tt.addptr %q, %ms : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %kp = tt.addptr %k, %hs : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %s = %c0 to %n step %c1 : i32 {
    %qv = tt.load %qp : tensor<64x!tt.ptr<f32>>
    %kv = tt.load %kp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %qv, %kv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// The grouped order as the tutorials have it.
// CHECK-LABEL: tt.func public @grouped
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] already-grouped
tt.func public @grouped(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %tiles: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c8 = arith.constant 8 : i32
  %id = tt.get_program_id x : i32
  %width = arith.muli %tiles, %c8 : i32
  %band = arith.divsi %id, %width : i32
  %first = arith.muli %band, %c8 : i32
  %left = arith.subi %tiles, %first : i32
  %height = arith.minsi %left, %c8 : i32
  %in = arith.remsi %id, %width : i32
  %r = arith.remsi %in, %height : i32
  %i = arith.addi %first, %r : i32
  %j = arith.divsi %in, %height : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// How many columns there are is loaded.
// CHECK-LABEL: tt.func public @columns_loaded
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] columns-not-known
tt.func public @columns_loaded(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %at: !tt.ptr<i32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %tiles = tt.load %at : !tt.ptr<i32>
  %id = tt.get_program_id x : i32
  %i = arith.divsi %id, %tiles : i32
  %j = arith.remsi %id, %tiles : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// How many columns there are differs from program to program.
// CHECK-LABEL: tt.func public @columns_of_program
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] columns-not-known
tt.func public @columns_of_program(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %z = tt.get_program_id z : i32
  %tiles = arith.addi %z, %c1 : i32
  %id = tt.get_program_id x : i32
  %i = arith.divsi %id, %tiles : i32
  %j = arith.remsi %id, %tiles : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// A lock: who comes next depends on what an atomic read.
// CHECK-LABEL: tt.func public @takes_turns
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] waits-for-programs
tt.func public @takes_turns(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %old = tt.atomic_rmw add, acq_rel, gpu, %lock, %c1, %true : (!tt.ptr<i32>, i32, i1) -> i32
  tt.store %lock, %old : !tt.ptr<i32>
  tt.return
}

// -----

// A lock that is taken.
// CHECK-LABEL: tt.func public @compares_and_swaps
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] waits-for-programs
tt.func public @compares_and_swaps(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %old = tt.atomic_cas acq_rel, gpu, %lock, %c0, %c1 : (!tt.ptr<i32>, i32, i32) -> i32
  tt.return
}

// -----

// A loop without a range may wait for another program.
// CHECK-LABEL: tt.func public @spins
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] waits-for-programs
tt.func public @spins(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %end = scf.while (%at = %c0) : (i32) -> i32 {
    %go = arith.cmpi slt, %at, %n : i32
    scf.condition(%go) %at : i32
  } do {
  ^bb0(%at: i32):
    %next = arith.addi %at, %c1 : i32
    scf.yield %next : i32
  }
  tt.return
}

// -----

// So may one of blocks.
// CHECK-LABEL: tt.func public @jumps_back
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] waits-for-programs
tt.func public @jumps_back(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  cf.br ^again
^again:
  cf.cond_br %flag, ^again, ^done
^done:
  tt.return
}

// -----

// A volatile load looks whether something has changed.
// CHECK-LABEL: tt.func public @reads_again
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] waits-for-programs
tt.func public @reads_again(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %now = tt.load %lock {isVolatile = true} : !tt.ptr<i32>
  tt.return
}

// -----

// Sums of floating-point numbers round by their order.
// CHECK-LABEL: tt.func public @adds_floats
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] atomic-order
tt.func public @adds_floats(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %v = tt.load %ap : tensor<64x!tt.ptr<f32>>
  %old = tt.atomic_rmw fadd, relaxed, gpu, %sum, %v : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>) -> tensor<64xf32>
  tt.return
}

// -----

// The last one that comes leaves its number.
// CHECK-LABEL: tt.func public @leaves_last
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] atomic-order
tt.func public @leaves_last(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %old = tt.atomic_rmw exch, relaxed, gpu, %lock, %i, %true : (!tt.ptr<i32>, i32, i1) -> i32
  tt.return
}

// -----

// What is printed begins with the ids.
// CHECK-LABEL: tt.func public @prints
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] prints-ids
tt.func public @prints(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.print "i" {hex = false, isSigned = array<i32: 1>} : %i : i32
  tt.return
}

// -----

// Who knows what a function does.
// CHECK-LABEL: tt.func public @calls
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] unknown-operation
tt.func public @calls(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.call @somewhere() : () -> ()
  tt.return
}
tt.func private @somewhere() {
  tt.return
}

// -----

// Assembly with effects.
// CHECK-LABEL: tt.func public @runs_assembly
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] unknown-operation
tt.func public @runs_assembly(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %now = tt.elementwise_inline_asm "mov.u32 $0, %clock;" {constraints = "=r", packed_element = 1 : i32, pure = false} -> i32
  tt.return
}

// -----

// An operation of a later release.
// CHECK-LABEL: tt.func public @unknown
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] unknown-operation
tt.func public @unknown(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  "tt.something_new"(%i) : (i32) -> ()
  tt.return
}

// -----

// Tiles are handed out by a loop over them.
// CHECK-LABEL: tt.func public @persistent
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] persistent-loop
tt.func public @persistent(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %i to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  tt.return
}

// -----

// What programs count together is the same in any order; who returns early waits
// for nobody.
// CHECK-LABEL: tt.func public @counts
// CHECK: arith.remui
// REMARK: remark: [Passed] fired
tt.func public @counts(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %n: i32, %lock: !tt.ptr<i32>, %sum: tensor<64x!tt.ptr<f32>>, %flag: i1) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %true = arith.constant true
  %i = tt.get_program_id x : i32
  %j = tt.get_program_id y : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  scf.for %k = %c0 to %n step %c1 : i32 {
    %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
    %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
    %p = arith.mulf %av, %bv : tensor<64xf32>
    tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  }
  %old = tt.atomic_rmw add, relaxed, gpu, %lock, %c1, %true : (!tt.ptr<i32>, i32, i1) -> i32
  cf.cond_br %flag, ^early, ^late
^early:
  tt.return
^late:
  tt.store %lock, %i : !tt.ptr<i32>
  tt.return
}
