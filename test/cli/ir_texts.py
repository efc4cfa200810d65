# SPDX-License-Identifier: MIT
"""Small IR of each kind, as Triton's stages write it, for the tests of `diff`."""

TTIR = """\
#loc = loc("/somewhere/rows.py":16:1)
#loc1 = loc("n"(#loc))
module {
  tt.func public @scale(%X: !tt.ptr<f32> {tt.divisibility = 16 : i32} loc("X"(#loc)), \
%n: i32 loc("n"(#loc))) attributes {noinline = false} {
    %cst = arith.constant dense<0.000000e+00> : tensor<64xf32> loc(#loc1)
    %c0_i32 = arith.constant 0 : i32 loc(#loc1)
    %c1_i32 = arith.constant 1 : i32 loc(#loc1)
    %cols = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32> loc(#loc1)
    %0 = tt.splat %X : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>> loc(#loc1)
    %1 = tt.addptr %0, %cols : tensor<64x!tt.ptr<f32>>, tensor<64xi32> loc(#loc1)
    %x = scf.for %i = %c0_i32 to %n step %c1_i32 iter_args(%acc = %cst) -> (tensor<64xf32>)  : i32 {
      %y = tt.load %1 : tensor<64x!tt.ptr<f32>> loc(#loc1)
      %y_0 = arith.addf %acc, %y : tensor<64xf32> loc(#loc1)
      scf.yield %y_0 : tensor<64xf32> loc(#loc1)
    } loc(#loc1)
    tt.store %1, %x : tensor<64x!tt.ptr<f32>> loc(#loc1)
    tt.return loc(#loc)
  } loc(#loc)
} loc(#loc)
"""

#: The same, written as nobody would.
TTIR_OTHERWISE = """\

module  {
// a comment with %values and { braces
 tt.func public @scale( %arg0 : !tt.ptr<f32> {tt.divisibility = 16 : i32},
       %arg1: i32 ) attributes {noinline = false} {
  %7 = arith.constant dense<0.000000e+00>:tensor<64xf32>
  %zero = arith.constant 0 : i32
  %8 = arith.constant 1 : i32

  %9 = tt.make_range {start = 0 : i32,
      end = 64 : i32} : tensor<64xi32>
  %10 = tt.splat %arg0 : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %11 = tt.addptr %10, %9 : tensor<64x!tt.ptr<f32>>, tensor<64xi32>\t
  %12 = scf.for %arg2 = %zero to %arg1 step %8 iter_args(%arg3 = %7) -> (tensor<64xf32>) : i32 {
  %13 = tt.load %11 : tensor<64x!tt.ptr<f32>>
  %14 = arith.addf %arg3, %13 : tensor<64xf32>
  scf.yield %14 : tensor<64xf32>
  }
  tt.store %11, %12 : tensor<64x!tt.ptr<f32>>
  tt.return
 }
}
"""

TTGIR = """\
#blocked = #ttg.blocked<{sizePerThread = [4], threadsPerWarp = [32], warpsPerCTA = [4], order = [0]}>
#blocked1 = #ttg.blocked<{sizePerThread = [1], threadsPerWarp = [32], warpsPerCTA = [4], order = [0]}>
module attributes {"ttg.num-warps" = 4 : i32, ttg.target = "cuda:90"} {
  tt.func public @scale(%X: !tt.ptr<f32>) {
    %a = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32, #blocked1>
    %b = ttg.convert_layout %a : tensor<64xi32, #blocked1> -> tensor<64xi32, #blocked>
    %c:2 = "tt.scan"(%b, %b) <{axis = 0 : i32, reverse = false}> ({
    ^bb0(%d: i32, %e: i32):
      %f = arith.addi %d, %e : i32
      tt.scan.return %f, %f : i32, i32
    }) : (tensor<64xi32, #blocked>, tensor<64xi32, #blocked>) -> (tensor<64xi32, #blocked>, tensor<64xi32, #blocked>)
    %g = arith.addi %c#0, %c#1 : tensor<64xi32, #blocked>
    tt.return
  }
}
"""

#: The aliases the other way round, so that every use has another name.
TTGIR_OTHERWISE = (
    TTGIR.replace("#blocked1", "#first")
    .replace("#blocked", "#second")
    .replace("%c", "%scanned")
    .replace("^bb0", "^bb7")
    .replace("end = 64 : i32, start = 0 : i32", "start = 0 : i32, end = 64 : i32")
    .replace("sizePerThread = [4], threadsPerWarp = [32]", "threadsPerWarp = [32], sizePerThread = [4]")
)

LLIR = """\
; ModuleID = 'LLVMDialectModule'
source_filename = "LLVMDialectModule"

define ptx_kernel void @scale(ptr addrspace(1) %0, i32 %1) local_unnamed_addr #0 !dbg !4 {
  %3 = tail call i32 @llvm.nvvm.read.ptx.sreg.tid.x(), !dbg !6
  %4 = icmp slt i32 %3, %1, !dbg !6
  br i1 %4, label %5, label %9, !dbg !6

5:                                                ; preds = %2
  %6 = phi i32 [ 0, %2 ], [ %7, %5 ]
  %7 = add i32 %6, 1, !dbg !6
  %8 = icmp eq i32 %7, %1, !dbg !6
  br i1 %8, label %9, label %5, !llvm.loop !7

9:                                                ; preds = %5, %2
  ret void, !dbg !6
}

; Function Attrs: nounwind memory(none)
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x() #1

attributes #0 = { nounwind "nvvm.reqntid"="128" }
attributes #1 = { nounwind memory(none) }

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}

!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, producer: "triton")
!1 = !DIFile(filename: "rows.py", directory: "/somewhere")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!4 = distinct !DISubprogram(name: "scale", file: !1, line: 16, unit: !0)
!6 = !DILocation(line: 18, column: 11, scope: !4)
!7 = distinct !{!7, !8}
!8 = !{!"llvm.loop.unroll.disable"}
"""

LLIR_OTHERWISE = """\
define ptx_kernel void @scale(ptr addrspace(1) %p, i32 %n) local_unnamed_addr #4 {
  %t = tail call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %c = icmp slt i32 %t, %n
  br i1 %c, label %loop, label %end
loop:
  %i = phi i32 [ 0, %entry ], [ %j, %loop ]
  %j = add i32 %i, 1   ; a comment
  %d = icmp eq i32 %j, %n
  br i1 %d, label %end, label %loop, !llvm.loop !0
end:
  ret void
}
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x() #7
attributes #4 = { "nvvm.reqntid"="128" nounwind }
attributes #7 = { memory(none) nounwind }
!llvm.module.flags = !{}
!0 = distinct !{!0, !1}
!1 = !{!"llvm.loop.unroll.disable"}
"""

PTX = """\
//
// Generated by LLVM NVPTX Back-End
//

.version 8.7
.target sm_90a
.address_size 64

	// .globl	scale                   // -- Begin function scale
.visible .entry scale(
	.param .u64 .ptr .global .align 1 scale_param_0,
	.param .u32 scale_param_1
)
.reqntid 128
{
	.reg .pred 	%p<2>;
	.reg .b32 	%r<6>;
	.loc	1 16 0                          // rows.py:16:0
$L__func_begin0:
	.loc	1 16 0

// %bb.0:
	ld.param.b32 	%r1, [scale_param_1];
	mov.u32 	%r2, %tid.x;
	add.s32 	%r3, %r2, %r1;
	// begin inline asm
	mov.u32 %r4, %r3;
	@%p1 ld.global.b32 { %r4 }, [ %r3 + 0 ];
	// end inline asm
$L__BB0_1:
	setp.lt.s32 	%p1, %r4, %r1;
	@%p1 bra 	$L__BB0_1;
$L__tmp0:
	ret;
}
	.file	1 "/somewhere/rows.py"
	.section	.debug_abbrev
	{
.b8 1
	}
"""

PTX_OTHERWISE = """\
.version 8.7
.target sm_90a
.address_size 64
.visible .entry scale(.param .u64 .ptr .global .align 1 scale_param_0, .param .u32 scale_param_1)
.reqntid 128
{
.reg .pred %p<9>;
.reg .b32 %r<106>;
ld.param.b32 %r11, [scale_param_1]; mov.u32 %r12, %tid.x;
add.s32 %r9, %r12,
   %r11;
mov.u32 %r44, %r9;
@%p7 ld.global.b32 {%r44}, [%r9+0];
$L__BB0_9:
setp.lt.s32 %p7, %r44, %r11;
@%p7 bra $L__BB0_9;
ret;
}
"""

AMDGCN = """\
	.amdgcn_target "amdgcn-amd-amdhsa--gfx942"
	.text
	.globl	scale                           ; -- Begin function scale
	.p2align	8
	.type	scale,@function
scale:                                  ; @scale
.Lfunc_begin0:
	.cfi_startproc
; %bb.0:
	.file	1 "/somewhere" "rows.py"
	.loc	1 16 0 prologue_end             ; rows.py:16:0
	s_load_dwordx2 s[2:3], s[0:1], 0x0
.Ltmp0:
.LBB0_1:
	v_add_u32_e32 v0, s2, v0
	s_cbranch_scc1 .LBB0_1
	s_endpgm
.Lfunc_end0:
	.size	scale, .Lfunc_end0-scale
	.section	.debug_abbrev,"",@progbits
	.byte	1
	.section	".note.GNU-stack","",@progbits
"""

AMDGCN_OTHERWISE = """\
.amdgcn_target "amdgcn-amd-amdhsa--gfx942"
.text
.globl scale
.p2align 8
.type scale,@function
scale:
s_load_dwordx2 s[2:3], s[0:1], 0x0
.LBB7_3:
  v_add_u32_e32 v0, s2, v0   ; a comment
  s_cbranch_scc1 .LBB7_3
  s_endpgm
.Lfunc_end9:
.size scale, .Lfunc_end9-scale
.section ".note.GNU-stack","",@progbits
"""

#: suffix: (text, the same written otherwise, what one operation has, what another one has in its place)
TEXTS = {
    "ttir": (TTIR, TTIR_OTHERWISE, "arith.addf", "arith.mulf"),
    "ttgir": (TTGIR, TTGIR_OTHERWISE, "arith.addi %c#0, %c#1", "arith.addi %c#1, %c#0"),
    "llir": (LLIR, LLIR_OTHERWISE, "add i32 %6, 1", "add i32 %6, 2"),
    "ptx": (PTX, PTX_OTHERWISE, "add.s32 \t%r3, %r2, %r1", "add.s32 \t%r3, %r1, %r2"),
    "amdgcn": (AMDGCN, AMDGCN_OTHERWISE, "v0, s2, v0", "v1, s2, v0"),
}
