// The catalogue's passes, one a line, from the compiled table.
// RUN: triton-ext-opt --list-passes | FileCheck %s --check-prefix=LIST
// LIST: {{^}}loop-split {{ *}}ttir {{ *}}experimental {{ *}}Split a loop

// The help text has each pass as a flag, with its knobs.
// RUN: triton-ext-opt --help | FileCheck %s --check-prefix=HELP
// HELP: --loop-split
// HELP: --keep-rounding
// HELP: --max-splits=<long>

// RUN: triton-ext-opt --version | FileCheck %s --check-prefix=VERSION
// VERSION: triton-ext-opt {{[0-9]+\.[0-9]+\.[0-9]+}} (build {{[0-9a-f]+}})
