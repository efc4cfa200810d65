// A library's catalogue, its own tool's or another one's.
// RUN: triton-ext-mine-opt --catalogue | FileCheck %s --check-prefix=MINE
// RUN: triton-ext-opt --catalogue --library=%build/lib/libTritonExtMine.so | FileCheck %s --check-prefix=MINE
// MINE: "name":"mine/fault"
// MINE-SAME: "after":["mine/fault"]
// MINE-SAME: "name":"mine/loop-split"
// MINE-SAME: "libraries":[{"build_hash":"{{[0-9a-f]+}}","library":"mine","path":"{{.+[Mm]ine}}

// RUN: triton-ext-opt --catalogue | FileCheck %s --check-prefix=OWN
// OWN: "name":"loop-split"
// OWN-SAME: "libraries":[{"build_hash":"{{[0-9a-f]+}}","library":"",
// OWN-NOT: mine/

// RUN: not triton-ext-opt --catalogue --library=%build/lib/libTritonExtNoLibrary.so 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: libTritonExtNoLibrary.so is no triton-ext library: it has no function triton_ext_abi_version

// The passes of a library that has a name are listed with it; as a flag, and in
// MLIR's own grammar, they keep the name that their tests use.
// RUN: triton-ext-mine-opt --list-passes | FileCheck %s --check-prefix=LIST
// LIST: {{^}}mine/fault
// LIST: {{^}}mine/loop-split

// RUN: triton-ext-mine-opt %s --loop-split=value=5 | FileCheck %s
// RUN: triton-ext-mine-opt %s --pass-pipeline='builtin.module(loop-split{value=5})' | FileCheck %s
// CHECK: tt.func @marked() attributes {tt.mine = 5 : i32}
tt.func @marked() {
  tt.return
}
