//===- Masks.h - What masks decide, and folding known ones ------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// A mask here is any i1, scalar or tensor, that decides what an operation does:
// the condition of a select or a branch, the mask of a load, a store or an
// atomic. It is put together from predicates by and, or, xor and operations
// that only change its shape:
//
//   %m = arith.andi %c, %given      maskOf(load) = %m
//   tt.load %p, %m, %other          collectPredicates(%m) = {%m, %c, %given}
//
// A pass finds out which predicates are the same in all lanes (AffineAnalysis),
// whether throughout a function or in some iterations of a loop, says so by
// `KnownPredicates`, and has that folded:
//
//   KnownPredicates known{{c, true}};
//   foldKnown(root, known, rounding);
//     ==>  tt.load %p, %given, %other
//
// Folding is exact but for contraction: taking a select away can let the
// device's compiler fuse a product and a sum that it kept apart. What may go
// says `Rounding`, which is asked each time.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_MASKS_H
#define TRITON_EXT_TRANSFORMS_MASKS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"
#include <optional>

namespace triton_ext {

class Rounding;

//===----------------------------------------------------------------------===//
// Values through operations that only change their shape
//===----------------------------------------------------------------------===//

/// Whether `op`, which may be null, gives the elements of its first operand in
/// another shape: splat, broadcast, expand_dims, trans, reshape.
bool isShapeOp(mlir::Operation *op);

/// The value whose elements `value` is made of.
mlir::Value rootOf(mlir::Value value);

/// Whether `value` is a constant, or one in another shape.
bool isConstant(mlir::Value value);

/// Whether a value of `type` is an i1, or a tensor of them.
bool isPredicate(mlir::Type type);

//===----------------------------------------------------------------------===//
// Sinks: what a mask decides
//===----------------------------------------------------------------------===//

/// The mask that decides what `op` does, or null: of arith.select, scf.if,
/// tt.load, tt.store and tt.atomic_rmw.
mlir::Value maskOf(mlir::Operation *op);

/// Replaces the mask of `op`, which must have one.
void setMask(mlir::Operation *op, mlir::Value mask);

/// The condition of a select or a branch, or null. `op` may be null.
mlir::Value conditionOf(mlir::Operation *op);

/// All operations below `root` that a mask decides, inner ones first.
llvm::SmallVector<mlir::Operation *> sinksIn(mlir::Operation *root);

/// Adds the predicates that `mask` is put together from, itself included.
void collectPredicates(mlir::Value mask,
                       llvm::SetVector<mlir::Value> &predicates);

//===----------------------------------------------------------------------===//
// Masks where some predicates are known
//===----------------------------------------------------------------------===//

/// i1 values that are the same in all lanes, whenever they are computed in the
/// code that is looked at. They may be parts of a mask or a mask as a whole.
using KnownPredicates = llvm::DenseMap<mlir::Value, bool>;

/// What a mask is, given known predicates.
struct Verdict {
  /// The same in all lanes.
  std::optional<bool> constant;
  /// How many parts of it are known.
  unsigned knownParts = 0;

  /// Whether the known predicates make it simpler; a literal constant alone
  /// does not.
  bool isSimpler() const { return knownParts != 0; }
};

Verdict judgeMask(mlir::Value mask, const KnownPredicates &known);

/// Builds masks without the predicates that are known, each one once. New
/// operations stand directly in front of those whose place they take.
class MaskSimplifier {
public:
  explicit MaskSimplifier(const KnownPredicates &known) : known(known) {}

  /// The mask without its known parts: itself where it has none. It must not
  /// be constant by `judgeMask`.
  mlir::Value simplify(mlir::Value mask);

private:
  mlir::Value build(mlir::Value mask);
  mlir::Value rebuild(mlir::Operation *op);
  mlir::Value constantLike(mlir::Value value, mlir::Operation *before);

  const KnownPredicates &known;
  llvm::DenseMap<mlir::Value, mlir::Value> simplified;
};

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// Whether `op`, which a mask decides, can be folded where that mask is
/// `constant` in all lanes:
///
///   select, branch        its chosen side, as far as `rounding` allows
///   load,  true           loses its mask and its `other`
///   load,  false          its `other`, zeros where it has none; not where it
///                         is volatile, or of pointers and without `other`
///   store, true | false   loses its mask | goes
///   atomic, true          loses its mask
///   atomic, false         goes if it is relaxed and its result is not used
bool canFold(mlir::Operation *op, bool constant, const Rounding &rounding);

/// What became of the masks and conditions that are known.
struct Folded {
  /// Operations whose whole mask was known, and which were folded.
  unsigned count = 0;
  /// Masks that lost some of their parts.
  unsigned simplified = 0;
  /// Something was left that stock's compiler folds together with what went, or
  /// on its own where scalars are known to it: the result may round otherwise
  /// than the original.
  bool isPartial = false;
};

/// Which operations to fold; absent: all. What is left out stays as it is.
using FoldFilter = llvm::function_ref<bool(mlir::Operation *, const Verdict &)>;

/// Folds what is known into everything that it decides below `root`, a loop, a
/// function or any other operation, and erases what that leaves without users.
/// `known` must hold whenever code below `root` runs; values in it may have
/// gone afterwards. Changes nothing outside of `root`.
///
/// Whether all of it rounds as before is known only of the result: ask
/// `foldKeepsRounding` first.
Folded foldKnown(mlir::Operation *root, const KnownPredicates &known,
                 const Rounding &rounding, FoldFilter filter = nullptr);

/// Whether what `foldKnown` would make of `root` rounds as `root` does: nothing
/// partial is left, and products are used as they were. Tried in a copy;
/// `root` does not change. True where `rounding` keeps nothing.
bool foldKeepsRounding(mlir::Operation *root, const KnownPredicates &known,
                       const Rounding &rounding, FoldFilter filter = nullptr);

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_MASKS_H
