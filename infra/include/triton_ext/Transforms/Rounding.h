//===- Rounding.h - Keep the rounding of stock ------------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// LLVM and ptxas contract a product into a sum that uses it:
//
//   %p = arith.mulf %x, %y            fma(x, y, -m), which rounds once
//   %d = arith.subf %p, %m
//
// A select between the two prevents that, unless it is itself folded: with a
// constant on the other side of the sum, or with a select of the same condition
// there. So a pass that takes a select away can change the last bit of a result
// without having touched any arithmetic. This class says where that may happen,
// and keeps it from happening: the product becomes one that nothing contracts.
//
// It decides nothing of what a mask is; `foldKnown` in Masks.h asks it.
//
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_TRANSFORMS_ROUNDING_H
#define TRITON_EXT_TRANSFORMS_ROUNDING_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "triton_ext/Request.h"
#include <optional>

namespace triton_ext {

/// Decides whether a value that loses its select rounds, together with what
/// uses it, as it did in stock, and makes it so.
class Rounding {
public:
  /// `keep` false, or a request without contraction: all may be replaced, and
  /// nothing is guarded.
  Rounding(bool keep, const Request &request);

  bool isKept() const { return keep; }

  //--- What stock's compiler may find out about a mask ---------------------//

  /// It may come to know masks of a loop on its own: it unrolls loops of few
  /// iterations, at most `maxTrips`, and peels off iterations at a constant
  /// distance from the first. If neither: for masks that change with run-time
  /// values.
  void setResolvable(std::optional<int64_t> maxTrips, bool isPeelable) {
    unrolledTrips = maxTrips;
    this->isPeelable = isPeelable;
  }

  /// It may know any mask, in any place: for masks that are proved from what
  /// the module says, where stock's compiler may prove them just as well. A
  /// select of a product that meets a sum then stays.
  void setAllKnowable() { areAllKnowable = true; }

  //--- One value -----------------------------------------------------------//

  /// Whether `before`, the result of an operation that a mask decides, may give
  /// way to `after`.
  bool canReplace(mlir::Value before, mlir::Value after) const {
    return guardsFor(before, after).has_value();
  }

  /// Whether `before` may give way to zeros, which are still to be made.
  bool canReplaceByZeros(mlir::Value before) const;

  /// Whether `branch` may give way to what is in `block`, one of its regions;
  /// null for a region that it does not have.
  bool canInline(mlir::scf::IfOp branch, mlir::Block *block) const;

  /// Replaces all uses, and guards the products that become free. `canReplace`
  /// must hold for each pair.
  void replace(mlir::ValueRange before, mlir::ValueRange after) const;

  /// Whether one condition is the other one or its negation, as far as stock's
  /// compiler finds that out in a step.
  static bool isSameDecision(mlir::Value a, mlir::Value b);

  //--- All that is left ----------------------------------------------------//

  /// Numbers `root` and the operations below it by an attribute, which copies
  /// take along.
  static void number(mlir::Operation *root);
  static void removeNumbers(mlir::Operation *root);

  /// Whether the products of `copy`, made of `original` after that was
  /// numbered, are used as there. How often and by what a product is used
  /// decides whether it is contracted.
  bool keepsProducts(mlir::Operation *copy, mlir::Operation *original) const;

private:
  enum class Origin {
    Plain,    ///< never a product when it reaches the device's compiler
    Constant, ///< may disappear from a sum
    Product,  ///< a multiplication
    Unknown,
  };

  /// What the users of a value do with it.
  struct Uses {
    /// Some add or subtract it: a product is contracted.
    bool sums = false;
    /// It is not clear what stock's compiler makes of them.
    bool doubtful = false;
    /// Multiplications by a constant into which stock's compiler folds the
    /// select, so that it ends up behind the product.
    llvm::SmallVector<mlir::arith::MulFOp> scales;
  };

  static Origin originOf(mlir::Value value);
  static bool meetsSameCondition(mlir::Value other, mlir::Value condition);
  static bool isDecidedAgain(mlir::Operation *user, mlir::Value condition);
  bool stockMayKnow(mlir::Value condition, mlir::Type type) const;
  bool isApart(mlir::Value before, mlir::Value after) const;
  bool isUsedAlike(mlir::Value value, mlir::Value original) const;
  bool staysSelected(mlir::Operation *op) const;
  bool mayBeProduct(mlir::Value value, mlir::Value product,
                    unsigned depth) const;
  bool neverContracts(mlir::Operation *user, bool isPlain) const;
  static bool vanishes(mlir::Operation *sum, unsigned operand,
                       mlir::Value constant);
  void collectUses(mlir::Value value, Origin origin, mlir::Value condition,
                   bool onlyUse, bool isDirect, mlir::Value constant,
                   Uses &uses) const;
  bool canGuardProduct(mlir::arith::MulFOp product) const;
  void guard(mlir::arith::MulFOp product) const;

  /// The products to guard, or none if it cannot be done.
  std::optional<llvm::SmallVector<mlir::arith::MulFOp>>
  guardsFor(mlir::Value before, mlir::Value after) const;

  /// What is known of the compiler behind Triton: how to keep it from
  /// contracting, and up to which sizes of a body it unrolls and peels.
  enum class Target { Nvidia, Amd, Other };

  bool keep;
  Target target;
  /// In a program; too many rather than too few.
  int64_t threads;
  std::optional<int64_t> unrolledTrips;
  bool isPeelable = false;
  bool areAllKnowable = false;
};

} // namespace triton_ext

#endif // TRITON_EXT_TRANSFORMS_ROUNDING_H
