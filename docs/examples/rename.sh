#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/examples/rename.sh PACKAGE BUILD: builds the pass rename-function, which lies
# beside this file, on the package that was installed or unpacked in PACKAGE, and
# has its triton-ext-opt rename a function. BUILD is a folder for what is built.
set -euo pipefail
package=$(realpath "${1:?the folder where triton-ext was installed}")
build=${2:?a folder to build in}
here=$(dirname "${BASH_SOURCE[0]}")/rename

{
  cmake -S "$here" -B "$build" -G Ninja -DCMAKE_PREFIX_PATH="$package"
  cmake --build "$build"
} >&2

"$build/bin/examples-opt" "$here/foo.mlir" --pass-pipeline='builtin.module(rename-function{function=foo to=bar})'
