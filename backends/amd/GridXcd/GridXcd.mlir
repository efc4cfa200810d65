// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd)' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd)' --remarks-filter='.*' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd{xcds=6})' | FileCheck %s --check-prefix=SIX

// Twice is once.
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd)' -o %t.once
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd,grid-xcd)' -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd{xcds=6})' -o %t.once6
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(grid-xcd{xcds=6},grid-xcd{xcds=6})' -o %t.twice6
// RUN: diff %t.once6 %t.twice6

// Example: the programs of a row of tiles load the same rows of A. Eight XCDs
// take programs by turns; each gets a stretch, the first ones one more.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
// CHECK-LABEL: tt.func public @one_axis
// CHECK: %[[ID:.*]] = tt.get_program_id x
// CHECK: %[[COUNT:.*]] = tt.get_num_programs x
// CHECK: %[[XCD:.*]] = arith.remui %[[ID]], %c8_i32
// CHECK: %[[IN:.*]] = arith.divui %[[ID]], %c8_i32
// CHECK: %[[LENGTH:.*]] = arith.divui %[[COUNT]], %c8_i32
// CHECK: %[[LONGER:.*]] = arith.remui %[[COUNT]], %c8_i32
// CHECK: %[[SHORT:.*]] = arith.muli %[[XCD]], %[[LENGTH]]
// CHECK: %[[MORE:.*]] = arith.minui %[[XCD]], %[[LONGER]]
// CHECK: %[[BEFORE:.*]] = arith.addi %[[SHORT]], %[[MORE]]
// CHECK: %[[NEW:.*]] = arith.addi %[[BEFORE]], %[[IN]]
// CHECK-NOT: tt.get_program_id
// CHECK: arith.divsi %[[NEW]]
// CHECK: arith.remsi %[[NEW]]
// SIX-LABEL: tt.func public @one_axis
// SIX: arith.remui %{{.*}}, %c6_i32
// REMARK: remark: [Passed] fired
// REMARK-SAME: a stretch of the grid for each of 8 XCDs
tt.func public @one_axis(%a: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %tiles: i32) {
  %id = tt.get_program_id x : i32
  %i = arith.divsi %id, %tiles : i32
  %j = arith.remsi %id, %tiles : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %cp = tt.addptr %c, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
  tt.store %cp, %av : tensor<64x!tt.ptr<f32>>
  tt.return
}
}

// -----

// Two axes, as attention has them: the keys of a head are shared by its rows.
// The hardware takes the first axis first. A grid of 2^31 programs stays.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
// CHECK-LABEL: tt.func public @two_axes
// CHECK: %[[X:.*]] = tt.get_program_id x
// CHECK: %[[NX:.*]] = tt.get_num_programs x
// CHECK: %[[Y:.*]] = tt.get_program_id y
// CHECK: %[[NY:.*]] = tt.get_num_programs y
// CHECK: %[[ROWS:.*]] = arith.muli %[[Y]], %[[NX]]
// CHECK: %[[NUMBER:.*]] = arith.addi %[[ROWS]], %[[X]]
// CHECK: %[[COUNT:.*]] = arith.muli %[[NY]], %[[NX]]
// CHECK: arith.remui %[[NUMBER]], %c8_i32
// CHECK: %[[WX:.*]] = arith.extui %[[NX]]
// CHECK: %[[WY:.*]] = arith.extui %[[NY]]
// CHECK: %[[WIDE:.*]] = arith.muli %[[WX]], %[[WY]] : i64
// CHECK: %[[FITS:.*]] = arith.cmpi ule, %[[WIDE]], %c2147483647_i64
// CHECK: %[[COLUMN:.*]] = arith.remui %[[NEW:.*]], %[[NX]]
// CHECK: %[[ROW:.*]] = arith.divui %[[NEW]], %[[NX]]
// CHECK: arith.select %[[FITS]], %[[COLUMN]], %[[X]]
// CHECK: arith.select %[[FITS]], %[[ROW]], %[[Y]]
// REMARK: remark: [Passed] fired
tt.func public @two_axes(%q: tensor<64x!tt.ptr<f32>>, %k: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>) {
  %m = tt.get_program_id x : i32
  %h = tt.get_program_id y : i32
  %mh = arith.addi %m, %h : i32
  %ms = tt.splat %mh : i32 -> tensor<64xi32>
  %hs = tt.splat %h : i32 -> tensor<64xi32>
  %qp = tt.addptr %q, %ms : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %kp = tt.addptr %k, %hs : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %qv = tt.load %qp : tensor<64x!tt.ptr<f32>>
  %kv = tt.load %kp : tensor<64x!tt.ptr<f32>>
  %p = arith.mulf %qv, %kv : tensor<64xf32>
  tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  tt.return
}
}

// -----

// A grouped order stays what it is, within the stretch of an XCD.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
// CHECK-LABEL: tt.func public @grouped
// CHECK: arith.remui %{{.*}}, %c8_i32
// REMARK: remark: [Passed] fired
tt.func public @grouped(%a: tensor<64x!tt.ptr<f32>>, %b: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %tiles: i32) {
  %c4 = arith.constant 4 : i32
  %id = tt.get_program_id x : i32
  %width = arith.muli %tiles, %c4 : i32
  %band = arith.divsi %id, %width : i32
  %first = arith.muli %band, %c4 : i32
  %left = arith.subi %tiles, %first : i32
  %height = arith.minsi %left, %c4 : i32
  %in = arith.remsi %id, %width : i32
  %r = arith.remsi %in, %height : i32
  %i = arith.addi %first, %r : i32
  %j = arith.divsi %in, %height : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %bp = tt.addptr %b, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
  %bv = tt.load %bp : tensor<64x!tt.ptr<f32>>
  %p = arith.mulf %av, %bv : tensor<64xf32>
  tt.store %c, %p : tensor<64x!tt.ptr<f32>>
  tt.return
}
}

// -----

// An architecture of which nothing is known, unless the number is given.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx1100"}} {
// CHECK-LABEL: tt.func public @other_arch
// CHECK-NOT: arith.remui
// SIX-LABEL: tt.func public @other_arch
// SIX: arith.remui %{{.*}}, %c6_i32
// REMARK: remark: [Missed] xcds-not-known
tt.func public @other_arch(%a: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %tiles: i32, %sum: tensor<64x!tt.ptr<f32>>) {
  %id = tt.get_program_id x : i32
  %i = arith.divsi %id, %tiles : i32
  %j = arith.remsi %id, %tiles : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %cp = tt.addptr %c, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
  tt.store %cp, %av : tensor<64x!tt.ptr<f32>>
  tt.return
}
}

// -----

// The kernel looks itself which XCD it is on.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
// CHECK-LABEL: tt.func public @sorts_itself
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] already-sorted
tt.func public @sorts_itself(%a: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %tiles: i32, %sum: tensor<64x!tt.ptr<f32>>) {
  %id = tt.get_program_id x : i32
  %c8 = arith.constant 8 : i32
  %xcd = arith.remsi %id, %c8 : i32
  %in = arith.divsi %id, %c8 : i32
  %i = arith.divsi %in, %tiles : i32
  %j = arith.remsi %xcd, %tiles : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %cp = tt.addptr %c, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
  tt.store %cp, %av : tensor<64x!tt.ptr<f32>>
  tt.return
}
}

// -----

// Each program loads its own tile, and one that all of them load.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
// CHECK-LABEL: tt.func public @row_each
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] nothing-shared
tt.func public @row_each(%a: tensor<64x!tt.ptr<f32>>, %w: tensor<64x!tt.ptr<f32>>) {
  %id = tt.get_program_id x : i32
  %ids = tt.splat %id : i32 -> tensor<64xi32>
  %p = tt.addptr %a, %ids : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %v = tt.load %p : tensor<64x!tt.ptr<f32>>
  %u = tt.load %w : tensor<64x!tt.ptr<f32>>
  %s = arith.addf %v, %u : tensor<64xf32>
  tt.store %p, %s : tensor<64x!tt.ptr<f32>>
  tt.return
}
}

// -----

// Sums of floating-point numbers round by their order; the other reasons of this
// kind are those of grid-group.
module attributes {triton_ext.request = {backend = "hip", arch = "gfx942"}} {
// CHECK-LABEL: tt.func public @adds_floats
// CHECK-NOT: arith.remui
// REMARK: remark: [Missed] atomic-order
tt.func public @adds_floats(%a: tensor<64x!tt.ptr<f32>>, %c: tensor<64x!tt.ptr<f32>>, %tiles: i32, %sum: tensor<64x!tt.ptr<f32>>) {
  %id = tt.get_program_id x : i32
  %i = arith.divsi %id, %tiles : i32
  %j = arith.remsi %id, %tiles : i32
  %is = tt.splat %i : i32 -> tensor<64xi32>
  %js = tt.splat %j : i32 -> tensor<64xi32>
  %ap = tt.addptr %a, %is : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %cp = tt.addptr %c, %js : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %av = tt.load %ap : tensor<64x!tt.ptr<f32>>
  %old = tt.atomic_rmw fadd, relaxed, gpu, %sum, %av : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>) -> tensor<64xf32>
  tt.store %cp, %av : tensor<64x!tt.ptr<f32>>
  tt.return
}
}
