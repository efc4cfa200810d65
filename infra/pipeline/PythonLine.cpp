//===- PythonLine.cpp - Where in the Python source --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/PythonLine.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace triton_ext {

FileLineColLoc pythonPlace(Location location) {
  FileLineColLoc found;
  location->walk([&](Location inner) {
    found = dyn_cast<FileLineColLoc>(inner);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

std::string pythonPlaceText(Location location) {
  FileLineColLoc place = pythonPlace(location);
  if (!place)
    return {};
  return llvm::formatv("{0}:{1}:{2}",
                       llvm::sys::path::filename(place.getFilename()),
                       place.getLine(), place.getColumn());
}

} // namespace triton_ext
