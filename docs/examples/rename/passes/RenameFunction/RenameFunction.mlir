// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(rename-function{function=foo to=bar})' | FileCheck %s
// RUN: triton-ext-opt %s --split-input-file --pass-pipeline='builtin.module(rename-function{function=foo to=bar})' --remarks-filter='.*' -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY
// RUN: triton-ext-opt %s --split-input-file --rename-function --remarks-filter='.*' -o /dev/null 2>&1 | FileCheck %s --check-prefix=UNSET

// The function and its calls have the new name.
// CHECK-LABEL: tt.func private @bar
// CHECK: tt.func public @kernel
// CHECK: tt.call @bar
// WHY: @foo is now @bar
// UNSET: expects two names
tt.func private @foo(%x: i32) -> i32 {
  tt.return %x : i32
}
tt.func public @kernel(%x: i32) {
  %y = tt.call @foo(%x) : (i32) -> i32
  tt.return
}

// -----

// Nothing has the old name.
// CHECK-LABEL: tt.func public @other
// WHY: nothing is called @foo
tt.func public @other() {
  tt.return
}

// -----

// A name that is taken stays its owner's.
// CHECK-LABEL: tt.func private @foo
// WHY: @bar is there already
tt.func private @foo() {
  tt.return
}
tt.func private @bar() {
  tt.return
}
