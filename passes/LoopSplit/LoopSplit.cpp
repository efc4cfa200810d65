//===- LoopSplit.cpp - Split loops where a predicate changes ----*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. A comparison with the counter of a loop, affine in it, is all true up
// to some iteration, or from some iteration on. The loop is split there, and
// the piece where the comparison is known goes without it:
//
//   for s in [0, ub) step 64:                 for s in [0, p) step 64:
//     x = select(om >= s + on, qk, -inf)  ==>   x = qk
//                                             for s in [p, ub) step 64:
//                                               x = select(om >= s + on, ...)
//
// Comparisons of scalars (scf.if, arith.select) and of tensors (arith.select,
// the masks of loads, stores and atomics) count, also as part of and, or and
// not. Bounds may be run-time values, nothing is assumed about their range:
// what cannot be proved not to wrap around is tested before the loop, and where
// the test fails the piece without the comparison is empty.
//
// When it declines. There is no scf.for; its step is not a positive constant;
// no comparison with the counter decides anything; its other side changes from
// iteration to iteration in a way that is not affine; it is the same
// throughout, or mixed throughout; the loop is the outcome of a split or
// warp-specialized; its body is very large; or the rounding of stock could not
// be kept, see below.
//
// Why it pays. Causal attention applies its mask in every iteration and needs
// it in the last one or two. On an H200 with stock Triton 3.6.0 the split is
// worth 1.18x at N = 4096, D = 64 and 1.12x at N = 16384, D = 128 with the same
// bits, 1.18x and 1.14x without `keep-rounding`; a kernel whose pointers walk
// along gains less, and lost 10% in one case of four (docs/loop-split.md).
//
// How. The affine analysis says for each i1 value in which iterations it is all
// true, all false or mixed. Of all cuts that this offers the one that frees
// most is taken, up to `max-splits` times; then the loop is cloned for each
// piece, and what is known there is folded into whatever the predicate decides.
// Tensors that the loop advances by the same amount each time, pointers mostly,
// are computed from the iteration's number: handed from one pipelined loop to
// the next they cost more registers than there are. Nothing else in the loop is
// touched. A select between a product and a sum keeps LLVM from contracting the
// two into one fused multiply-add, which rounds once instead of twice. With
// `keep-rounding` a product that loses its select becomes a `mul.rn`, which is
// never contracted; where it is not clear what stock's compiler makes of the
// select, the select stays. It folds selects itself where it comes to know the
// mask (few iterations, which it unrolls; one at a constant distance from the
// first, which it peels off), where both sides are products, and where the same
// condition decides again. And how often a product is used, and by what, says
// whether it is contracted: where a piece would use one otherwise than the
// loop, the loop stays whole.
//
//===----------------------------------------------------------------------===//

#include "LoopSplitBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Transforms/CarriedValues.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// Loops with more operations than this are not worth a copy: they are far
/// beyond the instruction cache already.
constexpr unsigned maxOperations = 2000;

//===----------------------------------------------------------------------===//
// Values through operations that only change their shape
//===----------------------------------------------------------------------===//

bool isShapeOp(Operation *op) {
  return isa_and_nonnull<tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp,
                         tt::TransOp, tt::ReshapeOp>(op);
}

/// The value whose elements `value` is made of.
Value rootOf(Value value) {
  while (isShapeOp(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

bool isConstant(Value value) {
  return matchPattern(rootOf(value), m_Constant());
}

bool isPredicate(Type type) { return getElementTypeOrSelf(type).isInteger(1); }

//===----------------------------------------------------------------------===//
// Sinks: what a predicate decides
//===----------------------------------------------------------------------===//

/// The predicate that decides what `op` does, or null.
Value maskOf(Operation *op) {
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return select.getCondition();
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return branch.getCondition();
  if (auto load = dyn_cast<tt::LoadOp>(op))
    return load.getMask();
  if (auto store = dyn_cast<tt::StoreOp>(op))
    return store.getMask();
  if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op))
    return atomic.getMask();
  return {};
}

/// All operations in `loop` that a predicate decides, inner ones first.
SmallVector<Operation *> sinksOf(scf::ForOp loop) {
  SmallVector<Operation *> sinks;
  loop.getBody()->walk([&](Operation *op) {
    if (maskOf(op))
      sinks.push_back(op);
  });
  return sinks;
}

/// The predicates that `mask` is put together from, itself included.
void collectPredicates(Value mask, llvm::SetVector<Value> &predicates) {
  if (!isPredicate(mask.getType()) || !predicates.insert(mask))
    return;
  Operation *op = mask.getDefiningOp();
  if (isShapeOp(op) ||
      isa_and_nonnull<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op))
    for (Value operand : op->getOperands())
      collectPredicates(operand, predicates);
}

//===----------------------------------------------------------------------===//
// Masks where some predicates are known
//===----------------------------------------------------------------------===//

using KnownPredicates = llvm::DenseMap<Value, bool>;

/// What a mask is, given known predicates.
struct Verdict {
  /// The same in all lanes.
  std::optional<bool> constant;
  /// How many parts of it are known.
  unsigned knownParts = 0;

  bool isSimpler() const { return knownParts != 0; }
};

std::optional<bool> constantOf(Value value) {
  APInt bits;
  if (matchPattern(rootOf(value), m_ConstantInt(&bits)))
    return !bits.isZero();
  return std::nullopt;
}

Verdict judgeMask(Value mask, const KnownPredicates &known) {
  if (auto it = known.find(mask); it != known.end())
    return {it->second, 1};
  if (std::optional<bool> constant = constantOf(mask))
    return {constant, 0};
  Operation *op = mask.getDefiningOp();
  if (isShapeOp(op))
    return judgeMask(op->getOperand(0), known);
  if (!isa_and_nonnull<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op))
    return {};
  Verdict lhs = judgeMask(op->getOperand(0), known);
  Verdict rhs = judgeMask(op->getOperand(1), known);
  Verdict result{std::nullopt, lhs.knownParts + rhs.knownParts};
  if (isa<arith::XOrIOp>(op)) {
    if (lhs.constant && rhs.constant)
      result.constant = *lhs.constant != *rhs.constant;
    return result;
  }
  bool absorbing = isa<arith::OrIOp>(op);
  if (lhs.constant == absorbing || rhs.constant == absorbing)
    result.constant = absorbing;
  else if (lhs.constant && rhs.constant)
    result.constant = !absorbing;
  return result;
}

/// Builds masks without the predicates that are known.
class MaskSimplifier {
public:
  explicit MaskSimplifier(const KnownPredicates &known) : known(known) {}

  /// The mask without its known parts. It must not be constant.
  Value simplify(Value mask) {
    auto [it, isNew] = simplified.try_emplace(mask, mask);
    if (isNew) {
      Value result = build(mask);
      simplified[mask] = result;
      return result;
    }
    return it->second;
  }

private:
  Value build(Value mask) {
    if (!judgeMask(mask, known).isSimpler())
      return mask;
    Operation *op = mask.getDefiningOp();
    if (isa<arith::AndIOp, arith::OrIOp>(op)) {
      // A known side that does not decide leaves the other one.
      if (judgeMask(op->getOperand(0), known).constant)
        return simplify(op->getOperand(1));
      if (judgeMask(op->getOperand(1), known).constant)
        return simplify(op->getOperand(0));
    }
    return rebuild(op);
  }

  /// `op` over operands without their known parts.
  Value rebuild(Operation *op) {
    IRMapping mapping;
    for (Value operand : op->getOperands())
      if (!judgeMask(operand, known).constant)
        mapping.map(operand, simplify(operand));
      else
        mapping.map(operand, constantLike(operand, op));
    return OpBuilder(op).clone(*op, mapping)->getResult(0);
  }

  Value constantLike(Value value, Operation *before) {
    OpBuilder builder(before);
    Attribute bit = builder.getBoolAttr(*judgeMask(value, known).constant);
    TypedAttr attr = cast<TypedAttr>(bit);
    if (auto type = dyn_cast<ShapedType>(value.getType()))
      attr = DenseElementsAttr::get(type, bit);
    return arith::ConstantOp::create(builder, before->getLoc(), attr);
  }

  const KnownPredicates &known;
  llvm::DenseMap<Value, Value> simplified;
};

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// Decides whether a value that loses its select rounds, together with what
/// uses it, as it did in stock, and makes it so.
///
/// LLVM and ptxas contract a product into a sum that uses it. A select between
/// the two prevents that, unless it is itself folded: with a constant on the
/// other side of the sum, or with a select of the same condition there.
class Rounding {
public:
  Rounding(bool keep, const Request &request)
      : keep(keep && request.enableFpFusion()),
        canGuard(request.backend() == "cuda"),
        threads(32 * request.integer("num_warps").value_or(32)) {}

  /// Says that stock's compiler may come to know masks of the loop on its own:
  /// it unrolls loops of few iterations, at most `maxTrips`, and peels off
  /// iterations at a constant distance from the first.
  void setResolvable(std::optional<int64_t> maxTrips, bool isPeelable) {
    unrolledTrips = maxTrips;
    this->isPeelable = isPeelable;
  }

  /// Whether the products of `piece`, whose operations are numbered as those of
  /// the loop it is a copy of, are used as there. How often and by what a
  /// product is used decides whether it is contracted.
  bool keepsProducts(scf::ForOp piece, scf::ForOp original) const;

  bool isKept() const { return keep; }

  /// Numbers the operations of a loop, so that those of copies can be told.
  static void number(scf::ForOp loop);
  static void removeNumbers(scf::ForOp loop);

  /// Whether `before`, decided by a predicate, may give way to `after`.
  bool canReplace(Value before, Value after) const {
    return guardsFor(before, after).has_value();
  }

  /// Whether `branch` may give way to what is in `block`, one of its regions.
  bool canInline(scf::IfOp branch, Block *block) const;

  /// Replaces all uses. `canReplace` must hold for each pair.
  void replace(ValueRange before, ValueRange after) const;

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
    SmallVector<arith::MulFOp> scales;
  };

  static Origin originOf(Value value);
  static bool meetsSameCondition(Value other, Value condition);
  static bool isDecidedAgain(Operation *user, Value condition);
  bool stockMayKnow(Value condition, Type type) const;
  bool isApart(Value before, Value after) const;
  bool isUsedAlike(Value value, Value original) const;
  bool staysSelected(Operation *op) const;
  bool mayBeProduct(Value value, Value product, unsigned depth) const;
  bool neverContracts(Operation *user, bool isPlain) const;
  static bool vanishes(Operation *sum, unsigned operand, Value constant);
  void collectUses(Value value, Origin origin, Value condition, bool onlyUse,
                   bool isDirect, Value constant, Uses &uses) const;
  bool canGuardProduct(arith::MulFOp product) const;
  static void guard(arith::MulFOp product);

  /// The products to guard, or none if it cannot be done.
  std::optional<SmallVector<arith::MulFOp>> guardsFor(Value before,
                                                      Value after) const;

  bool keep;
  bool canGuard;
  /// In a program; too many rather than too few.
  int64_t threads;
  std::optional<int64_t> unrolledTrips;
  bool isPeelable = false;
};

Rounding::Origin Rounding::originOf(Value value) {
  value = rootOf(value);
  if (matchPattern(value, m_Constant()))
    return Origin::Constant;
  Operation *op = value.getDefiningOp();
  if (!op || isa<scf::ForOp>(op))
    return Origin::Plain;
  if (isa<arith::MulFOp>(op))
    return Origin::Product;
  if (isa<arith::TruncFOp, arith::ExtFOp, arith::NegFOp>(op))
    return originOf(op->getOperand(0)) == Origin::Plain ? Origin::Plain
                                                        : Origin::Unknown;
  // A quotient is none: it can be a product with the reciprocal.
  if (isa<arith::AddFOp, arith::SubFOp, arith::MaxNumFOp, arith::MinNumFOp,
          arith::MaximumFOp, arith::MinimumFOp, arith::SIToFPOp,
          arith::UIToFPOp, arith::SelectOp, math::ExpOp, math::Exp2Op,
          math::FmaOp, tt::LoadOp, tt::DotOp, tt::DotScaledOp, tt::AtomicRMWOp,
          tt::DescriptorLoadOp>(op))
    return Origin::Plain;
  if (auto assembly = dyn_cast<tt::ElementwiseInlineAsmOp>(op))
    if (assembly.getAsmString().starts_with("mul.rn."))
      return Origin::Plain;
  return Origin::Unknown;
}

/// Whether one condition is the other one or its negation, as far as stock's
/// compiler finds that out in a step.
static bool isSameDecision(Value a, Value b) {
  a = rootOf(a);
  b = rootOf(b);
  if (a == b)
    return true;
  auto one = a.getDefiningOp<arith::CmpIOp>();
  auto two = b.getDefiningOp<arith::CmpIOp>();
  return one && two &&
         ((one.getLhs() == two.getLhs() && one.getRhs() == two.getRhs()) ||
          (one.getLhs() == two.getRhs() && one.getRhs() == two.getLhs()));
}

/// The condition of a select or a branch, or null.
static Value conditionOf(Operation *op) {
  return isa_and_nonnull<arith::SelectOp, scf::IfOp>(op) ? maskOf(op) : Value();
}

bool Rounding::meetsSameCondition(Value other, Value condition) {
  Value decides = conditionOf(rootOf(other).getDefiningOp());
  return decides && condition && isSameDecision(decides, condition);
}

/// Whether `user` runs, or its result is taken, only as `condition` says: what
/// that decides before it is known there.
bool Rounding::isDecidedAgain(Operation *user, Value condition) {
  if (!condition)
    return false;
  for (Operation *op = user->getParentOp(); op && !isa<scf::ForOp>(op);
       op = op->getParentOp())
    if (Value decides = conditionOf(op))
      if (isSameDecision(decides, condition))
        return true;
  return llvm::any_of(user->getUsers(), [&](Operation *next) {
    auto select = dyn_cast<arith::SelectOp>(next);
    return select && isSameDecision(select.getCondition(), condition);
  });
}

/// Whether stock's compiler may know, in some iterations, what `condition` is:
/// where it does, it contracts. Bodies too large to be unrolled or peeled are
/// told by three instructions for each element, as there are a product, a
/// select and a sum at least. LLVM unrolls up to a size of 1200, and peels up
/// to 150; ptxas unrolls what it likes, but sees through scalars only.
bool Rounding::stockMayKnow(Value condition, Type type) const {
  if (!unrolledTrips && !isPeelable)
    return false;
  llvm::SetVector<Value> predicates;
  collectPredicates(condition, predicates);
  for (Value predicate : predicates)
    if (!isa<ShapedType>(predicate.getType()))
      return true;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return true;
  int64_t size = 3 * (tensor.getNumElements() / threads);
  return (isPeelable && size <= 150) ||
         (unrolledTrips && size * *unrolledTrips <= 1200);
}

/// What a select or a branch decides between to make `value`.
static std::array<Value, 2> sidesOf(Value value) {
  if (auto select = value.getDefiningOp<arith::SelectOp>())
    return {select.getTrueValue(), select.getFalseValue()};
  auto branch = value.getDefiningOp<scf::IfOp>();
  unsigned i = cast<OpResult>(value).getResultNumber();
  return {branch.thenYield().getOperand(i), branch.elseYield().getOperand(i)};
}

/// Whether `value` can be a product when it is chosen, or is a sum with
/// `product`: operations that both sides of a select have are done after it.
bool Rounding::mayBeProduct(Value value, Value product, unsigned depth) const {
  value = rootOf(value);
  Operation *op = value.getDefiningOp();
  if (!op || isa<scf::ForOp>(op))
    return false;
  if (depth == 0 || isa<arith::MulFOp>(op))
    return true;
  auto may = [&](Value operand) {
    return mayBeProduct(operand, product, depth - 1);
  };
  if (Value condition = conditionOf(op)) {
    // What differs from lane to lane stays a select.
    bool isTensor = isa<ShapedType>(rootOf(condition).getType());
    return (!isTensor || stockMayKnow(condition, value.getType())) &&
           llvm::any_of(sidesOf(value), may);
  }
  if (isa<arith::ExtFOp, arith::TruncFOp, arith::NegFOp>(op))
    return may(op->getOperand(0));
  return isa<arith::AddFOp, arith::SubFOp>(op) &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return rootOf(operand) == product;
         });
}

/// Whether stock's compiler cannot but decide between the product `after` and
/// the other side of the select or branch `before`.
bool Rounding::isApart(Value before, Value after) const {
  Operation *op = before.getDefiningOp();
  Value condition = conditionOf(op);
  if (!condition)
    return true;
  if (stockMayKnow(condition, before.getType()))
    return false;
  // A branch on a scalar says what the scalar is to all that comes after.
  Value root = rootOf(condition);
  if (!isa<ShapedType>(root.getType()))
    if (auto loop = op->getParentOfType<scf::ForOp>()) {
      WalkResult walk = loop->walk([&](Operation *other) {
        Value decides = other != op ? conditionOf(other) : Value();
        bool isAgain = decides && !other->use_empty() &&
                       isSameDecision(decides, condition);
        return isAgain ? WalkResult::interrupt() : WalkResult::advance();
      });
      if (walk.wasInterrupted())
        return false;
    }
  Value product = rootOf(after);
  bool seen = false;
  for (Value side : sidesOf(before)) {
    if (side == after && !seen)
      seen = true;
    else if (mayBeProduct(side, product, /*depth=*/8))
      return false;
  }
  return true;
}

/// Whether `user` takes its operand as it is, however that was made. What the
/// exponentials of other targets are made of is not known here.
bool Rounding::neverContracts(Operation *user, bool isPlain) const {
  if (isa<math::ExpOp, math::Exp2Op>(user))
    return isPlain || canGuard;
  return isa<arith::MaxNumFOp, arith::MinNumFOp, arith::MaximumFOp,
             arith::MinimumFOp, arith::CmpFOp, arith::FPToSIOp, arith::FPToUIOp,
             tt::DotOp, tt::StoreOp, tt::DescriptorStoreOp, tt::AtomicRMWOp,
             tt::ElementwiseInlineAsmOp>(user);
}

/// Whether adding `constant` may be recognised as adding nothing.
bool Rounding::vanishes(Operation *sum, unsigned operand, Value constant) {
  APFloat value(0.0);
  if (!matchPattern(rootOf(constant), m_ConstantFloat(&value)))
    return true;
  if (!value.isZero())
    return false;
  bool isNeutral = value.isNegative();
  if (isa<arith::SubFOp>(sum) && operand == 1)
    isNeutral = !isNeutral;
  // x + 0.0 is x where x cannot be -0.0, as is known of a square.
  auto product =
      rootOf(sum->getOperand(1 - operand)).getDefiningOp<arith::MulFOp>();
  return isNeutral || (product && product.getLhs() == product.getRhs());
}

/// Looks at the users of `value`, which is to lose its select. `condition`:
/// what that select decides by; null for a value that keeps its selects.
/// `onlyUse`: the select has one user. `isDirect`: no operation lies in
/// between. `constant`: the value itself if its origin is a constant.
void Rounding::collectUses(Value value, Origin origin, Value condition,
                           bool onlyUse, bool isDirect, Value constant,
                           Uses &uses) const {
  bool isPlain = origin == Origin::Plain;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (isa<tt::StoreOp, tt::DescriptorStoreOp, tt::AtomicRMWOp>(user))
      continue;
    if (isShapeOp(user)) {
      collectUses(user->getResult(0), origin, condition, onlyUse, false,
                  constant, uses);
      continue;
    }
    if (isa<arith::AddFOp, arith::SubFOp>(user)) {
      Value other = user->getOperand(1 - use.getOperandNumber());
      if (other == value || meetsSameCondition(other, condition) ||
          (isConstant(other) && !isPlain) ||
          (constant && vanishes(user, use.getOperandNumber(), constant)) ||
          (!isPlain && isDecidedAgain(user, condition)))
        uses.doubtful = true;
      uses.sums = true;
      // Stock's compiler folds the sum into the select, and goes on from there.
      if (condition && isPlain && isConstant(other))
        collectUses(user->getResult(0), origin, condition, onlyUse, false,
                    constant, uses);
      continue;
    }
    if (origin == Origin::Constant) {
      // Whatever else uses it may fold away and set another product free.
      uses.doubtful = true;
      continue;
    }
    if (neverContracts(user, isPlain)) {
      // With constants it is folded into the select.
      bool isFolded = llvm::all_of(user->getOperands(), [&](Value operand) {
        return operand == value || isConstant(operand);
      });
      if (condition && isPlain && isFolded && user->getNumResults() == 1 &&
          isa<FloatType>(getElementTypeOrSelf(user->getResult(0).getType())))
        collectUses(user->getResult(0), origin, condition, onlyUse, false,
                    constant, uses);
      continue;
    }
    if (auto select = dyn_cast<arith::SelectOp>(user)) {
      // Another select separates the two, unless it goes as well.
      uses.doubtful |= condition && !isPlain &&
                       isSameDecision(select.getCondition(), condition);
      uses.doubtful |=
          !condition && stockMayKnow(select.getCondition(), select.getType());
      if (condition)
        collectUses(user->getResult(0), origin, condition, onlyUse, false,
                    constant, uses);
      continue;
    }
    if (auto product = dyn_cast<arith::MulFOp>(user)) {
      Value other = product->getOperand(1 - use.getOperandNumber());
      if (meetsSameCondition(other, condition))
        uses.doubtful = true;
      else if (isConstant(other) && onlyUse && isDirect)
        uses.scales.push_back(product);
      else if (isConstant(other) && !isDirect)
        uses.doubtful = true;
      continue;
    }
    if (isa<arith::DivFOp>(user)) {
      Value other = user->getOperand(1 - use.getOperandNumber());
      uses.doubtful |= isConstant(other) ||
                       meetsSameCondition(other, condition) ||
                       !(isPlain || canGuard);
      continue;
    }
    if (auto reduce = dyn_cast<tt::ReduceOp>(user)) {
      bool keepsOrder = true;
      reduce->walk([&](Operation *op) {
        keepsOrder &= !isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(op);
      });
      uses.doubtful |= !keepsOrder && !isPlain;
      continue;
    }
    if (isa<arith::ExtFOp, arith::TruncFOp, arith::NegFOp>(user)) {
      collectUses(user->getResult(0), origin, condition, onlyUse, false,
                  constant, uses);
      continue;
    }
    if (auto branch = dyn_cast<scf::IfOp>(user->getParentOp());
        branch && isa<scf::YieldOp>(user)) {
      // A branch separates the two as a select does, until its other side
      // turns out to be the same value.
      if (condition)
        collectUses(branch.getResult(use.getOperandNumber()), origin, condition,
                    onlyUse, false, constant, uses);
      continue;
    }
    uses.doubtful |= !(isPlain && isa<scf::YieldOp, tt::ScanOp>(user));
  }
}

/// A guard takes all uses of a product, so none may be contracted in stock.
bool Rounding::canGuardProduct(arith::MulFOp product) const {
  Type type = getElementTypeOrSelf(product.getType());
  if (!canGuard || !(type.isF16() || type.isF32() || type.isF64()))
    return false;
  Uses uses;
  collectUses(product.getResult(), Origin::Product, {}, false, true, {}, uses);
  return !uses.sums && !uses.doubtful;
}

std::optional<SmallVector<arith::MulFOp>>
Rounding::guardsFor(Value before, Value after) const {
  SmallVector<arith::MulFOp> guards;
  if (!keep || !isa<FloatType>(getElementTypeOrSelf(before.getType())))
    return guards;
  Value condition = maskOf(before.getDefiningOp());
  Origin origin = originOf(after);
  Uses uses;
  collectUses(before, origin, condition, before.hasOneUse(), true,
              origin == Origin::Constant ? after : Value(), uses);
  if (uses.doubtful || (uses.sums && origin == Origin::Unknown))
    return std::nullopt;
  if (uses.sums && origin == Origin::Product) {
    auto product = rootOf(after).getDefiningOp<arith::MulFOp>();
    if (!canGuardProduct(product) || !isApart(before, after))
      return std::nullopt;
    guards.push_back(product);
  }
  for (arith::MulFOp scale : uses.scales) {
    Uses next;
    collectUses(scale.getResult(), Origin::Product, condition, false, true, {},
                next);
    if (next.doubtful)
      return std::nullopt;
    if (!next.sums)
      continue;
    // Stock has select(mask, x * c, fill * c) only if `fill` is a constant.
    auto select = before.getDefiningOp<arith::SelectOp>();
    Type type = getElementTypeOrSelf(scale.getType());
    if (!select || !isApart(before, after) || !canGuard ||
        !(type.isF32() || type.isF64()) ||
        !isConstant(select.getTrueValue() == after ? select.getFalseValue()
                                                   : select.getTrueValue()))
      return std::nullopt;
    guards.push_back(scale);
  }
  return guards;
}

/// Replaces a product by one that is rounded on its own.
void Rounding::guard(arith::MulFOp product) {
  Type type = getElementTypeOrSelf(product.getType());
  StringRef suffix = type.isF16() ? "f16" : type.isF32() ? "f32" : "f64";
  StringRef letter = type.isF16() ? "h" : type.isF32() ? "f" : "d";
  OpBuilder builder(product);
  auto rounded = tt::ElementwiseInlineAsmOp::create(
      builder, product.getLoc(), TypeRange{product.getType()},
      ("mul.rn." + suffix + " $0, $1, $2;").str(),
      ("=" + letter + "," + letter + "," + letter).str(), /*pure=*/true,
      /*packed_element=*/1, ValueRange{product.getLhs(), product.getRhs()});
  product.getResult().replaceAllUsesWith(rounded->getResult(0));
  product.erase();
}

void Rounding::replace(ValueRange before, ValueRange after) const {
  llvm::SetVector<Operation *> guards;
  for (auto [from, to] : llvm::zip_equal(before, after))
    if (auto products = guardsFor(from, to))
      guards.insert(products->begin(), products->end());
  for (auto [from, to] : llvm::zip_equal(before, after))
    from.replaceAllUsesWith(to);
  for (Operation *product : guards)
    guard(cast<arith::MulFOp>(product));
}

static constexpr StringLiteral numberName = "triton_ext.number";

void Rounding::number(scf::ForOp loop) {
  int64_t next = 0;
  Builder builder(loop.getContext());
  loop->walk([&](Operation *op) {
    op->setDiscardableAttr(numberName, builder.getI64IntegerAttr(next++));
  });
}

void Rounding::removeNumbers(scf::ForOp loop) {
  loop->walk([](Operation *op) { op->removeDiscardableAttr(numberName); });
}

/// Which operations use `value`, by their numbers; -1 for new ones.
static SmallVector<std::pair<int64_t, Operation *>> usersByNumber(Value value) {
  SmallVector<std::pair<int64_t, Operation *>> users;
  for (Operation *user : value.getUsers()) {
    Attribute number = user->getDiscardableAttr(numberName);
    users.push_back({number ? cast<IntegerAttr>(number).getInt() : -1, user});
  }
  llvm::sort(users, llvm::less_first());
  return users;
}

/// Whether the same operations use `value`, a product, or none adds it.
bool Rounding::isUsedAlike(Value value, Value original) const {
  auto users = usersByNumber(value), before = usersByNumber(original);
  bool isSame = llvm::equal(users, before, [](const auto &a, const auto &b) {
    return a.first == b.first;
  });
  if (!isSame) {
    Uses uses;
    collectUses(value, Origin::Product, {}, false, true, {}, uses);
    return !uses.sums && !uses.doubtful;
  }
  return llvm::all_of(llvm::zip(users, before), [&](const auto &pair) {
    Operation *user = std::get<0>(pair).second;
    return (!isShapeOp(user) &&
            !isa<arith::ExtFOp, arith::TruncFOp, arith::NegFOp>(user)) ||
           isUsedAlike(user->getResult(0),
                       std::get<1>(pair).second->getResult(0));
  });
}

/// Whether a select or branch on products that is left in a piece is one for
/// stock's compiler, too: it may know more about a piece than about the loop.
bool Rounding::staysSelected(Operation *op) const {
  Value condition = conditionOf(op);
  if (!condition)
    return true;
  for (Value result : op->getResults()) {
    if (!isa<FloatType>(getElementTypeOrSelf(result.getType())) ||
        !stockMayKnow(condition, result.getType()) ||
        llvm::none_of(sidesOf(result), [&](Value side) {
          return mayBeProduct(side, {}, /*depth=*/8);
        }))
      continue;
    Uses uses;
    collectUses(result, Origin::Product, condition, false, true, {}, uses);
    if (uses.sums || uses.doubtful)
      return false;
  }
  return true;
}

bool Rounding::keepsProducts(scf::ForOp piece, scf::ForOp original) const {
  llvm::DenseMap<int64_t, Operation *> originals;
  original->walk([&](Operation *op) {
    if (auto number = op->getDiscardableAttr(numberName))
      originals[cast<IntegerAttr>(number).getInt()] = op;
  });
  WalkResult walk = piece->walk([&](Operation *op) {
    bool isKept = staysSelected(op);
    if (auto number = op->getDiscardableAttr(numberName);
        number && isa<arith::MulFOp>(op))
      isKept &= isUsedAlike(
          op->getResult(0),
          originals.lookup(cast<IntegerAttr>(number).getInt())->getResult(0));
    return isKept ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !walk.wasInterrupted();
}

/// Inlining brings the results of a branch together with their users, and the
/// branch together with what it uses from outside.
bool Rounding::canInline(scf::IfOp branch, Block *block) const {
  if (!keep)
    return true;
  if (block)
    for (auto [before, after] :
         llvm::zip(branch.getResults(), block->getTerminator()->getOperands()))
      if (!canReplace(before, after))
        return false;
  bool isKept = true;
  if (block)
    block->walk([&](Operation *op) {
      for (Value operand : op->getOperands()) {
        if (!isa<FloatType>(getElementTypeOrSelf(operand.getType())) ||
            branch->isAncestor(operand.getParentBlock()->getParentOp()))
          continue;
        Origin origin = originOf(operand);
        if (origin == Origin::Plain || origin == Origin::Constant ||
            isa<scf::YieldOp, arith::SelectOp>(op) || neverContracts(op, false))
          continue;
        isKept = false;
      }
    });
  return isKept;
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// The value that `op`, a select or a load, has when its mask is `constant`
/// everywhere; null if that has to be made, or is none.
Value chosenValue(Operation *op, bool constant) {
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return constant ? select.getTrueValue() : select.getFalseValue();
  if (auto load = dyn_cast<tt::LoadOp>(op))
    return constant ? Value() : load.getOther();
  return {};
}

Block *chosenBlock(scf::IfOp branch, bool constant) {
  return constant ? branch.thenBlock() : branch.elseBlock();
}

/// Whether `op` can be folded when its mask is `constant` everywhere.
bool canFold(Operation *op, bool constant, const Rounding &rounding) {
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return rounding.canInline(branch, chosenBlock(branch, constant));
  if (isa<tt::AtomicRMWOp>(op))
    return constant;
  if (auto load = dyn_cast<tt::LoadOp>(op))
    if (!constant && (load.getIsVolatile() || !load.getOther()))
      return false;
  if (Value after = chosenValue(op, constant))
    return rounding.canReplace(op->getResult(0), after);
  return true;
}

void inlineBranch(scf::IfOp branch, bool constant, const Rounding &rounding) {
  if (Block *block = chosenBlock(branch, constant)) {
    Operation *yield = block->getTerminator();
    rounding.replace(branch.getResults(), yield->getOperands());
    yield->erase();
    branch->getBlock()->getOperations().splice(branch->getIterator(),
                                               block->getOperations());
  }
  branch->erase();
}

/// Folds `op`, whose mask is `constant` everywhere. `canFold` must hold. What
/// is left without users stays, so that no value goes that somebody remembers.
void fold(Operation *op, bool constant, const Rounding &rounding) {
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    inlineBranch(branch, constant, rounding);
  } else if (Value after = chosenValue(op, constant)) {
    rounding.replace(op->getResult(0), after);
  } else if (auto load = dyn_cast<tt::LoadOp>(op)) {
    load.getMaskMutable().clear();
    load.getOtherMutable().clear();
  } else if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op)) {
    atomic.getMaskMutable().clear();
  } else if (constant) {
    cast<tt::StoreOp>(op).getMaskMutable().clear();
  } else {
    op->erase();
  }
}

void setMask(Operation *op, Value mask) {
  Value before = maskOf(op);
  for (OpOperand &operand : op->getOpOperands())
    if (operand.get() == before)
      operand.set(mask);
}

/// Erases what nothing uses any more.
void eraseDead(scf::ForOp loop) {
  SmallVector<Operation *> operations;
  loop.getBody()->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { operations.push_back(op); });
  for (Operation *op : llvm::reverse(operations))
    if (isOpTriviallyDead(op))
      op->erase();
}

/// What became of the masks and conditions that are known.
struct Folded {
  unsigned count = 0;
  /// Something was left that stock's compiler folds together with what went, or
  /// on its own: the bounds of a piece tell it what scalars are.
  bool isPartial = false;
};

/// Folds what is known into everything that it decides in `loop`.
Folded foldKnown(scf::ForOp loop, const KnownPredicates &known,
                 const Rounding &rounding) {
  MaskSimplifier simplifier(known);
  SmallVector<std::pair<Operation *, bool>> foldable;
  for (Operation *op : sinksOf(loop)) {
    Value mask = maskOf(op);
    Verdict verdict = judgeMask(mask, known);
    if (verdict.constant && verdict.isSimpler())
      foldable.push_back({op, *verdict.constant});
    else if (verdict.isSimpler())
      setMask(op, simplifier.simplify(mask));
  }
  // Branches last: inlining one erases what is in the other.
  llvm::stable_sort(foldable, [](const auto &a, const auto &b) {
    return !isa<scf::IfOp>(a.first) && isa<scf::IfOp>(b.first);
  });
  // What may go is asked before anything has gone, as stock's compiler sees it
  // all; and again in its turn.
  llvm::SmallPtrSet<Operation *, 8> kept;
  for (auto [op, constant] : foldable)
    if (!canFold(op, constant, rounding))
      kept.insert(op);
  Folded folded;
  SmallVector<Value> gone, left;
  for (auto [op, constant] : foldable) {
    if (!kept.contains(op) && canFold(op, constant, rounding)) {
      if (Value condition = conditionOf(op))
        gone.push_back(condition);
      fold(op, constant, rounding);
      ++folded.count;
    } else if (Value condition = conditionOf(op)) {
      left.push_back(condition);
    }
  }
  for (Value condition : left)
    folded.isPartial |= !isa<ShapedType>(rootOf(condition).getType()) ||
                        llvm::any_of(gone, [&](Value other) {
                          return isSameDecision(condition, other);
                        });
  eraseDead(loop);
  return folded;
}

//===----------------------------------------------------------------------===//
// Pieces of a loop
//===----------------------------------------------------------------------===//

/// An i1 value of the loop with the iterations in which it is what.
struct Predicate {
  Value value;
  PredicateOverLoop where;
  SmallVector<Segment, 5> segments;
};

/// A stretch of the loop's iterations, and what is known about their numbers.
struct Piece {
  Value lower, upper;
  /// Numbers are at least each of `from` and less than each of `until`.
  SmallVector<ScalarExpr, 2> from, until;
  /// The predicates whose obligations are tested: where the test fails, the
  /// piece is empty.
  llvm::SmallPtrSet<const Predicate *, 4> tested;
  /// Where it was cut off: once more at the same place is of no use.
  SmallVector<ScalarExpr, 2> cuts;
};

/// A place to split a piece. The side of `known` is the one that is empty where
/// an obligation of `members` does not hold.
struct Cut {
  ScalarExpr begin;
  AffineAnalysis::CutFallback fallback;
  SmallVector<const Predicate *, 2> members;
  /// What numbers are less than before the cut: `begin` is their minimum.
  SmallVector<ScalarExpr, 2> parts;
};

/// The segments of a predicate that a piece may touch, first and last.
std::pair<size_t, size_t> segmentsIn(const Predicate &predicate,
                                     const Piece &piece) {
  size_t first = 0, last = predicate.segments.size() - 1;
  for (size_t i = 1; i <= last; ++i)
    if (llvm::is_contained(piece.from, predicate.segments[i].begin))
      first = i;
  for (size_t i = last; i > first; --i)
    if (llvm::is_contained(piece.until, predicate.segments[i].begin))
      last = i - 1;
  return {first, last};
}

/// Why a loop stays as it is.
struct Reason {
  StringRef id;
  StringRef why;
};

/// Splits one loop.
class LoopSplitter {
public:
  LoopSplitter(scf::ForOp loop, AffineAnalysis &analysis, Rounding &rounding,
               LoopSplitPredicates kinds)
      : loop(loop), analysis(analysis), rounding(rounding), kinds(kinds),
        sinks(sinksOf(loop)) {}

  /// Finds what can be known, or says why nothing can.
  std::optional<Reason> prepare();
  /// Makes at most `maxSplits` cuts. The number of pieces; one if nothing would
  /// be gained.
  size_t choose(int64_t maxSplits);
  /// Whether what is left of the pieces rounds as the loop. If not, what
  /// `choose` made is taken back.
  bool keepsRounding();
  /// Replaces the loop by its pieces; gives the first one and says what the
  /// pieces lost.
  std::pair<scf::ForOp, std::string> apply();
  Reason whyNotChosen() const;

private:
  Reason whyUnknown(Value predicate);
  void findResolvable();
  bool isWanted(Value predicate) const;
  KnownPredicates knownIn(const Piece &piece) const;
  unsigned gainOf(const Piece &piece) const;
  SmallVector<Cut> cutsOf(const Piece &piece) const;
  std::pair<Piece, Piece> cutPiece(const Piece &piece, const Cut &cut) const;
  Value materialize(const Piece &piece, const Cut &cut);
  SmallVector<Obligation> obligationsOf(const Cut &cut) const;

  scf::ForOp loop;
  AffineAnalysis &analysis;
  Rounding &rounding;
  LoopSplitPredicates kinds;
  /// What comes before the loop, bounds that `choose` makes left out.
  Operation *beforeBounds = nullptr;
  SmallVector<Operation *> sinks;
  std::vector<Predicate> predicates;
  SmallVector<Piece, 2> pieces;
};

bool LoopSplitter::isWanted(Value predicate) const {
  if (kinds == LoopSplitPredicates::All)
    return true;
  return isa<ShapedType>(predicate.getType()) ==
         (kinds == LoopSplitPredicates::Mask);
}

/// Why nothing is known about a comparison in the loop.
Reason LoopSplitter::whyUnknown(Value predicate) {
  if (analysis.isInvariant(predicate, loop))
    return {"never-changes", "its comparisons are the same throughout"};
  auto compare = predicate.getDefiningOp<arith::CmpIOp>();
  for (Value side : {compare.getLhs(), compare.getRhs()}) {
    const AffineForm *form = analysis.formOf(side, loop);
    if (!form)
      continue;
    for (const LinearExpr::Term &term : form->base.terms()) {
      Value symbol = rootOf(term.symbol.value);
      if (term.symbol.kind == SymbolKind::Iteration ||
          analysis.isInvariant(symbol, loop))
        continue;
      Operation *op = symbol.getDefiningOp();
      if (!op || !isMemoryEffectFree(op))
        return {"bound-not-invariant",
                "what the counter is compared with changes in the loop"};
    }
  }
  return {"predicate-not-affine",
          "the comparison is not affine in the loop's counter"};
}

/// Says whether stock's compiler may unroll or peel the loop.
void LoopSplitter::findResolvable() {
  constexpr int64_t few = 4096;
  Interval lower = *analysis.rangeOf(loop.getLowerBound());
  Interval upper = *analysis.rangeOf(loop.getUpperBound());
  Integer trips =
      ceilDiv(upper.hi - lower.lo, Integer(*analysis.constantStep(loop)));
  bool isPeelable = false;
  for (const Predicate &predicate : predicates)
    for (const Segment &segment : llvm::drop_begin(predicate.segments))
      if (auto begin = segment.begin.constantValue())
        isPeelable |= *begin <= few;
  std::optional<int64_t> maxTrips;
  if (trips <= few)
    maxTrips = std::max(int64_t(trips), int64_t(1));
  rounding.setResolvable(maxTrips, isPeelable);
}

std::optional<Reason> LoopSplitter::prepare() {
  llvm::SetVector<Value> candidates;
  for (Operation *sink : sinks)
    collectPredicates(maskOf(sink), candidates);
  Reason reason{"no-predicate",
                "no comparison with the loop's counter decides anything"};
  for (Value value : candidates) {
    if (!loop->isAncestor(value.getParentBlock()->getParentOp()))
      continue;
    bool isCompare = value.getDefiningOp<arith::CmpIOp>() != nullptr;
    if (!isWanted(value)) {
      if (isCompare && reason.id == "no-predicate")
        reason = {"predicate-kind", "`predicates` leaves its comparisons out"};
      continue;
    }
    PredicateOverLoop where = analysis.classify(value, loop);
    SmallVector<Segment, 5> segments = where.segments();
    if (segments.size() > 1)
      predicates.push_back({value, where, segments});
    else if (isCompare && where.isUnknown())
      reason = whyUnknown(value);
    else if (isCompare && reason.id == "no-predicate")
      reason = {"never-changes", "its comparisons are the same throughout"};
  }
  if (predicates.empty())
    return reason;
  findResolvable();
  pieces.push_back({loop.getLowerBound(), loop.getUpperBound()});
  return std::nullopt;
}

KnownPredicates LoopSplitter::knownIn(const Piece &piece) const {
  KnownPredicates known;
  for (const Predicate &predicate : predicates) {
    auto [first, last] = segmentsIn(predicate, piece);
    LaneClass lanes = predicate.segments[first].lanes;
    if (first != last || lanes == LaneClass::Mixed)
      continue;
    if (predicate.where.obligations.empty() ||
        piece.tested.contains(&predicate))
      known[predicate.value] = lanes == LaneClass::AllTrue;
  }
  return known;
}

/// How much a piece is freed of: a mask that disappears counts most, parts of
/// one a little. That a mask is all false frees nothing: such
/// iterations are few, where there are any.
unsigned LoopSplitter::gainOf(const Piece &piece) const {
  KnownPredicates known = knownIn(piece);
  unsigned gain = 0;
  for (Operation *sink : sinks) {
    Verdict verdict = judgeMask(maskOf(sink), known);
    if (!verdict.isSimpler())
      continue;
    if (!verdict.constant)
      gain += std::min(verdict.knownParts, 3u);
    else if (*verdict.constant || !isa<ShapedType>(maskOf(sink).getType()))
      gain += canFold(sink, *verdict.constant, rounding) ? 4 : 0;
  }
  return gain;
}

/// All places where a predicate becomes known on one side.
SmallVector<Cut> LoopSplitter::cutsOf(const Piece &piece) const {
  using Fallback = AffineAnalysis::CutFallback;
  SmallVector<Cut> cuts;
  auto add = [&](const Predicate &predicate, const ScalarExpr &begin,
                 Fallback fallback) {
    if (llvm::is_contained(piece.cuts, begin))
      return;
    for (Cut &cut : cuts)
      if (cut.begin == begin && cut.fallback == fallback) {
        cut.members.push_back(&predicate);
        return;
      }
    cuts.push_back({begin, fallback, {&predicate}, {begin}});
  };
  // Where several masks are all true, one cut frees a piece of them all. Masks
  // that are put together follow from their parts.
  std::optional<Cut> before, after;
  auto join = [](std::optional<Cut> &cut, const Predicate &predicate,
                 const ScalarExpr &begin, Fallback fallback) {
    if (!cut)
      cut = Cut{begin, fallback, {}, {}};
    cut->members.push_back(&predicate);
    if (llvm::is_contained(cut->parts, begin))
      return;
    cut->parts.push_back(begin);
    cut->begin = fallback == Fallback::LowerBound
                     ? ScalarExpr::min(cut->begin, begin)
                     : ScalarExpr::max(cut->begin, begin);
  };
  for (const Predicate &predicate : predicates) {
    auto [first, last] = segmentsIn(predicate, piece);
    if (first == last)
      continue;
    const auto &segments = predicate.segments;
    bool isMask = isa<ShapedType>(predicate.value.getType()) &&
                  predicate.value.getDefiningOp<arith::CmpIOp>();
    LaneClass firstLanes = segments[first].lanes;
    LaneClass lastLanes = segments[last].lanes;
    if (firstLanes != LaneClass::Mixed)
      add(predicate, segments[first + 1].begin, Fallback::LowerBound);
    if (lastLanes != LaneClass::Mixed)
      add(predicate, segments[last].begin, Fallback::UpperBound);
    if (isMask && firstLanes == LaneClass::AllTrue)
      join(before, predicate, segments[first + 1].begin, Fallback::LowerBound);
    if (isMask && lastLanes == LaneClass::AllTrue)
      join(after, predicate, segments[last].begin, Fallback::UpperBound);
  }
  for (const std::optional<Cut> &joint : {before, after})
    if (joint && joint->parts.size() > 1 &&
        !llvm::is_contained(piece.cuts, joint->begin))
      cuts.push_back(*joint);
  return cuts;
}

SmallVector<Obligation> LoopSplitter::obligationsOf(const Cut &cut) const {
  SmallVector<Obligation> obligations;
  for (const Predicate *member : cut.members)
    llvm::append_range(obligations, member->where.obligations);
  return obligations;
}

/// What is known before and after a cut; the bounds are left to be made.
std::pair<Piece, Piece> LoopSplitter::cutPiece(const Piece &piece,
                                               const Cut &cut) const {
  Piece before = piece, after = piece;
  bool isTested = !obligationsOf(cut).empty();
  bool keepsBefore = cut.fallback == AffineAnalysis::CutFallback::LowerBound;
  if (keepsBefore || !isTested) {
    // Less than the minimum is less than each; for a maximum, only than it.
    if (keepsBefore)
      llvm::append_range(before.until, cut.parts);
    else
      before.until.push_back(cut.begin);
  }
  if (!keepsBefore || !isTested) {
    if (keepsBefore)
      after.from.push_back(cut.begin);
    else
      llvm::append_range(after.from, cut.parts);
  }
  before.cuts.push_back(cut.begin);
  after.cuts.push_back(cut.begin);
  (keepsBefore ? before : after)
      .tested.insert(cut.members.begin(), cut.members.end());
  return {before, after};
}

/// The cut as a bound, between those of the piece.
Value LoopSplitter::materialize(const Piece &piece, const Cut &cut) {
  OpBuilder builder(loop);
  Location loc = loop.getLoc();
  Value guard =
      analysis.materializeGuard(builder, loc, obligationsOf(cut), loop);
  Value bound =
      analysis.materializeCut(builder, loop, cut.begin, guard, cut.fallback);
  // A loop without iterations may begin above its end: both sides matter then.
  if (piece.lower != loop.getLowerBound() ||
      piece.upper != loop.getUpperBound()) {
    bound = arith::MaxSIOp::create(builder, loc, bound, piece.lower);
    bound = arith::MinSIOp::create(builder, loc, bound, piece.upper);
  }
  return bound;
}

bool LoopSplitter::keepsRounding() {
  if (!rounding.isKept())
    return true;
  Rounding::number(loop);
  OpBuilder builder(loop);
  bool keeps = true;
  for (const Piece &piece : pieces) {
    IRMapping mapping;
    auto copy = cast<scf::ForOp>(builder.clone(*loop, mapping));
    KnownPredicates known;
    for (auto [value, constant] : knownIn(piece))
      known[mapping.lookup(value)] = constant;
    keeps &= !foldKnown(copy, known, rounding).isPartial &&
             rounding.keepsProducts(copy, loop);
    copy->erase();
  }
  Rounding::removeNumbers(loop);
  while (!keeps && loop->getPrevNode() != beforeBounds)
    loop->getPrevNode()->erase();
  return keeps;
}

size_t LoopSplitter::choose(int64_t maxSplits) {
  beforeBounds = loop->getPrevNode();
  for (int64_t split = 0; split < maxSplits; ++split) {
    std::optional<Cut> best;
    size_t bestPiece = 0;
    // The piece that is freest already is where most iterations are: first of
    // all that one gets better.
    std::pair<int, int> bestGain{-1, 0};
    for (auto [index, piece] : llvm::enumerate(pieces)) {
      int current = gainOf(piece);
      for (const Cut &cut : cutsOf(piece)) {
        auto [before, after] = cutPiece(piece, cut);
        int gain = int(gainOf(before) + gainOf(after)) - 2 * current;
        if (gain > 0 && std::pair(current, gain) > bestGain) {
          best = cut;
          bestPiece = index;
          bestGain = {current, gain};
        }
      }
    }
    if (!best)
      break;
    auto [before, after] = cutPiece(pieces[bestPiece], *best);
    before.upper = after.lower = materialize(pieces[bestPiece], *best);
    pieces[bestPiece] = before;
    pieces.insert(pieces.begin() + bestPiece + 1, after);
  }
  return pieces.size();
}

Reason LoopSplitter::whyNotChosen() const {
  bool hasConstantStretch = llvm::any_of(predicates, [](const Predicate &p) {
    return llvm::any_of(p.segments, [](const Segment &segment) {
      return segment.lanes != LaneClass::Mixed;
    });
  });
  if (hasConstantStretch)
    return {"rounding-not-kept",
            "without the comparison, the compiler could round differently"};
  return {"never-changes", "its comparisons are the same throughout"};
}

std::pair<scf::ForOp, std::string> LoopSplitter::apply() {
  // Tensors handed from one pipelined loop to the next cost more registers than
  // there are.
  loop = recomputeCarriedTensors(loop);
  OpBuilder builder(loop);
  ValueRange carried = loop.getInitArgs();
  scf::ForOp first, last;
  unsigned folded = 0;
  for (const Piece &piece : pieces) {
    IRMapping mapping;
    last = cast<scf::ForOp>(builder.clone(*loop, mapping));
    last.setLowerBound(piece.lower);
    last.setUpperBound(piece.upper);
    last.getInitArgsMutable().assign(carried);
    carried = last.getResults();
    if (!first)
      first = last;
    KnownPredicates known;
    for (auto [value, constant] : knownIn(piece))
      known[mapping.lookup(value)] = constant;
    folded += foldKnown(last, known, rounding).count;
  }
  loop->replaceAllUsesWith(last);
  loop->erase();
  return {first,
          llvm::formatv("split into {0} loops; masks and conditions that went: "
                        "{1}",
                        pieces.size(), folded)};
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Whether `bound` looks as AffineAnalysis::materializeCut makes it, which no
/// bound does that stands in a kernel's source.
bool isCut(Value bound) {
  Operation *op = bound.getDefiningOp();
  if (!op)
    return false;
  if (isa<arith::TruncIOp, arith::IndexCastOp>(op))
    return op->getOperand(0).getType().isInteger(64);
  if (isa<arith::MinSIOp, arith::MaxSIOp, arith::SelectOp>(op))
    return bound.getType().isInteger(64) ||
           llvm::any_of(op->getOperands(), isCut);
  return false;
}

/// Whether one of two loops goes on where the other one stopped, at a cut.
bool isSplit(scf::ForOp loop) {
  auto continues = [&](Value bound) {
    return isCut(bound) && llvm::any_of(bound.getUsers(), [&](Operation *user) {
             auto other = dyn_cast<scf::ForOp>(user);
             return other && other != loop &&
                    other->getBlock() == loop->getBlock() &&
                    other.getStep() == loop.getStep() &&
                    (bound == loop.getLowerBound()
                         ? other.getUpperBound()
                         : other.getLowerBound()) == bound;
           });
  };
  return continues(loop.getLowerBound()) || continues(loop.getUpperBound());
}

unsigned operationsIn(scf::ForOp loop) {
  unsigned count = 0;
  loop->walk([&](Operation *) { ++count; });
  return count;
}

class LoopSplit : public LoopSplitBase<LoopSplit> {
public:
  using LoopSplitBase::LoopSplitBase;

  void runOnOperation() override {
    getOperation()->walk([&](FunctionOpInterface function) {
      // What a split makes known can be news to the loops inside. The reasons
      // of the first round are those of the loops as they came.
      for (bool isFirst = true; splitLoops(function, isFirst); isFirst = false)
        ;
    });
  }

private:
  /// Splits what can be split, inner loops first. Whether anything was.
  bool splitLoops(FunctionOpInterface function, bool saysWhyNot) {
    SmallVector<scf::ForOp> loops;
    function->walk([&](scf::ForOp loop) { loops.push_back(loop); });
    if (loops.empty() && saysWhyNot)
      decline(function, "no-loop", "there is no loop over a range");
    bool hasChanged = false;
    for (scf::ForOp loop : loops) {
      std::optional<Reason> reason = split(function, loop);
      hasChanged |= !reason;
      if (reason && saysWhyNot)
        decline(loop, reason->id, reason->why);
    }
    return hasChanged;
  }

  /// Splits `loop`, or says why not.
  std::optional<Reason> split(FunctionOpInterface function, scf::ForOp loop) {
    if (isSplit(loop))
      return Reason{"already-split", "the loop is a piece of a split"};
    if (loop->hasAttr("tt.warp_specialize"))
      return Reason{"warp-specialized",
                    "warp specialization has one partition for the whole loop"};
    if (operationsIn(loop) > maxOperations)
      return Reason{"body-too-large",
                    "a copy of the body would cost more than it saves"};
    AffineAnalysis analysis(function);
    if (!analysis.constantStep(loop))
      return Reason{"step-not-constant", "the step is not a positive constant"};
    Rounding rounding(keepRounding, request());
    LoopSplitter splitter(loop, analysis, rounding, predicates);
    if (std::optional<Reason> reason = splitter.prepare())
      return reason;
    if (splitter.choose(maxSplits) == 1 || !splitter.keepsRounding())
      return splitter.whyNotChosen();
    auto [first, what] = splitter.apply();
    fired(first, what);
    return std::nullopt;
  }
};

} // namespace
} // namespace triton_ext
