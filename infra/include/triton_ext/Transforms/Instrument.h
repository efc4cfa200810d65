//===- Instrument.h - What instruments add to a kernel ----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// Device assertions whose message begins with the name of the pass and the
// Python place:
//
//   check-nan: softmax.py:28:8: a stored value is NaN
//
// Every stock release lowers `tt.assert`, whatever its `debug` option says:
// that option only decides whether the language makes one of
// `tl.device_assert`. Messages are how a pass knows its own assertions again,
// so that running twice is running once.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_INSTRUMENT_H
#define TRITON_EXT_TRANSFORMS_INSTRUMENT_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace triton_ext {

/// Whether operations may be added beside `op`: everywhere in a function but
/// in the region of a reduction, a scan or the like, which works on scalars.
bool canInstrument(mlir::Operation *op);

/// The loop around `op` (or `op` itself) whose parts run in different warps, or
/// null. An assertion has a barrier for all warps of a program, and a counter
/// would be carried from one part to the other: instruments leave it alone.
mlir::Operation *warpSpecializedLoop(mlir::Operation *op);

/// `text` without what the printing functions of devices take for a format.
std::string printable(llvm::StringRef text);

/// "softmax.py:28:8", or "unknown line".
std::string placeOf(mlir::Operation *op);

/// The assertions of one instrument in a module.
class Assertions {
public:
  /// Looks for those that are there already.
  Assertions(mlir::ModuleOp module, llvm::StringRef pass);

  /// The message about `at`: "<pass>: <place>: <what>".
  std::string message(mlir::Operation *at, const llvm::Twine &what) const;

  /// Whether an earlier run of the pass made an assertion with that message.
  bool isThere(llvm::StringRef message) const {
    return existing.contains(message);
  }

  /// Stops the program where a lane of `condition` (i1, scalar or tensor) is
  /// false, and prints `message`. In a loop it stands in a branch, which is
  /// always taken: the pipeliners of Triton 3.6 for gfx942 and sm_100 fail at
  /// an assertion, and know branches.
  void add(mlir::OpBuilder &builder, mlir::Operation *at, mlir::Value condition,
           llvm::StringRef message) const;

private:
  std::string pass;
  llvm::StringSet<> existing;
};

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_INSTRUMENT_H
