// Every mistake is an error with the place, and none is a crash.
// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(loop-splt)' 2>&1 | FileCheck %s --check-prefix=PASS
// PASS: error: 'loop-splt' does not refer to a registered pass

// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(loop-split{max-splts=1})' 2>&1 | FileCheck %s --check-prefix=KNOB
// KNOB: loop-split has no knob 'max-splts'

// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(loop-split{max-splits=9})' 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not triton-ext-opt %s --loop-split=max-splits=9 2>&1 | FileCheck %s --check-prefix=RANGE
// RANGE: max-splits takes an integer from 1 to 4, not '9'

// RUN: not triton-ext-opt %s --loop-split=predicates=some 2>&1 | FileCheck %s --check-prefix=CHOICE
// CHOICE: predicates takes scalar, {{.*}}mask or all, not 'some'

// RUN: not triton-ext-opt %s --pass-pipeline='builtin.module(loop-split' 2>&1 | FileCheck %s --check-prefix=SYNTAX
// SYNTAX: error: expected pass pipeline to be wrapped

// RUN: not triton-ext-opt %t.no-such-file --loop-split 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: cannot open input file

// RUN: not triton-ext-opt --serve 2>&1 | FileCheck %s --check-prefix=SERVE
// SERVE: --serve: this is how libTritonExtPassInfra starts its worker

// RUN: echo 'module {' | not triton-ext-opt --loop-split 2>&1 | FileCheck %s --check-prefix=PARSE
// PARSE: error: expected

module {}
