//===- TensorOps.h - the tt operations the analysis reads -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// What the affine analysis needs to know of the Triton dialects, in one place.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_ANALYSIS_TENSOROPS_H
#define TRITON_EXT_ANALYSIS_TENSOROPS_H

#include "mlir/IR/Operation.h"

namespace triton_ext {

struct TensorOp {
  enum Kind {
    None,
    ProgramId,
    NumPrograms,
    MakeRange,
    Splat,
    ExpandDims,
    Broadcast,
    Trans,
    /// Same lanes, another layout.
    Identity,
    /// The lanes of the source, each maybe several times or not at all, in an
    /// order that is not followed.
    Rearrange,
  };
  Kind kind = None;
  mlir::Value source;
  /// The grid axis, or the dimension that is inserted.
  unsigned axis = 0;
  /// MakeRange: the first value.
  int64_t start = 0;
  /// Trans: result dimension d is source dimension order[d].
  llvm::ArrayRef<int32_t> order;
};

/// Reads `op`; kind None if it is none of these.
TensorOp matchTensorOp(mlir::Operation *op);

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_TENSOROPS_H
