//===- PythonLine.h - Where in the Python source ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_PYTHONLINE_H
#define TRITON_EXT_PYTHONLINE_H

#include "mlir/IR/Location.h"
#include <string>

namespace triton_ext {

/// The first place in a file that `location` names: of a call, the place in the
/// function that is called. Null where it names none.
mlir::FileLineColLoc pythonPlace(mlir::Location location);

/// "attention.py:28:12", without folders; empty where there is no place.
std::string pythonPlaceText(mlir::Location location);

} // namespace triton_ext

#endif // TRITON_EXT_PYTHONLINE_H
