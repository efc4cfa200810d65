; RUN: %build/bin/triton-ext-planted-opt %s --pass-pipeline='builtin.module(planted-llvm)' 2>&1 | FileCheck %s
; RUN: not %build/bin/triton-ext-planted-opt %s --pass-pipeline='builtin.module(planted-llvm{invalid=true})' 2>&1 | FileCheck %s --check-prefix=INVALID
; RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(no-such-pass)' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

; The tool runs passes of the stage llir over a file of LLVM IR, says what they
; say with the line that debug information has, and prints the module.
; CHECK: kernel.py:7: remark: [Passed] fired | Category:planted-llvm | Remark="subtracts what is added"
; CHECK: define float @sum(
; CHECK-NEXT: fneg
; CHECK-NEXT: fsub
; INVALID: error: planted-llvm failed: Basic Block in function 'sum' does not have terminator
; UNKNOWN: error: {{.*}}no-such-pass
source_filename = "kernel"

define float @sum(float %0, float %1) !dbg !3 {
  %3 = fadd float %0, %1, !dbg !6
  ret float %3, !dbg !6
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}

!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, producer: "triton", isOptimized: true, runtimeVersion: 0, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "kernel.py", directory: "kernels")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = distinct !DISubprogram(name: "sum", linkageName: "sum", scope: !1, file: !1, line: 5, type: !4, scopeLine: 5, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !0)
!4 = !DISubroutineType(types: !5)
!5 = !{}
!6 = !DILocation(line: 7, column: 3, scope: !3)
