//===- Rounding.cpp - Keep the rounding of stock --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/Rounding.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "triton_ext/Transforms/Masks.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

/// What a guarded product starts with on NVIDIA's targets.
static constexpr StringLiteral roundedProduct = "mul.rn.";

/// On AMD's: no instruction at all. The product is an ordinary one, and goes
/// through a register that LLVM does not look behind. (One that multiplies
/// itself would be invisible to what LLVM knows of hazards: a value that a
/// matrix instruction has just made must not be read at once.)
static constexpr StringLiteral barrier = "; rounded";

Rounding::Rounding(bool keep, const Request &request)
    : keep(keep && request.enableFpFusion()),
      target(request.backend() == "cuda" ? Target::Nvidia
             : request.backend() == "hip" &&
                     request.archName().starts_with("gfx9")
                 ? Target::Amd
                 : Target::Other),
      threads((target == Target::Nvidia ? 32 : 64) *
              request.integer("num_warps").value_or(32)) {}

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
    if (assembly.getAsmString().starts_with(roundedProduct) ||
        assembly.getAsmString() == barrier)
      return Origin::Plain;
  return Origin::Unknown;
}

bool Rounding::isSameDecision(Value a, Value b) {
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
/// to 150; for AMD's targets, which raise its threshold for what they find in a
/// loop, up to nine times that. ptxas unrolls what it likes, but sees through
/// scalars only.
bool Rounding::stockMayKnow(Value condition, Type type) const {
  if (areAllKnowable)
    return true;
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
  int64_t factor = target == Target::Nvidia ? 1 : 9;
  return (isPeelable && size <= 150 * factor) ||
         (unrolledTrips && size * *unrolledTrips <= 1200 * factor);
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
  if (!isa<ShapedType>(root.getType())) {
    Operation *scope = op->getParentOfType<scf::ForOp>();
    if (!scope)
      scope = op->getParentWithTrait<OpTrait::IsIsolatedFromAbove>();
    WalkResult walk = scope->walk([&](Operation *other) {
      Value decides = other != op ? conditionOf(other) : Value();
      bool isAgain =
          decides && !other->use_empty() && isSameDecision(decides, condition);
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

/// Whether `user` takes its operand as it is, however that was made. The
/// exponentials of other targets than NVIDIA's may begin with a sum.
bool Rounding::neverContracts(Operation *user, bool isPlain) const {
  if (isa<math::ExpOp, math::Exp2Op>(user))
    return isPlain || target == Target::Nvidia;
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
    if (isa<math::ExpOp, math::Exp2Op>(user) &&
        !neverContracts(user, isPlain)) {
      uses.sums = true;
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
                       !(isPlain || target == Target::Nvidia);
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
  if (target == Target::Other ||
      !(type.isF16() || type.isF32() || type.isF64()))
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
    if (!select || !isApart(before, after) || target == Target::Other ||
        !(type.isF32() || type.isF64()) ||
        !isConstant(select.getTrueValue() == after ? select.getFalseValue()
                                                   : select.getTrueValue()))
      return std::nullopt;
    guards.push_back(scale);
  }
  return guards;
}

bool Rounding::canReplaceByZeros(Value before) const {
  if (!keep || !isa<FloatType>(getElementTypeOrSelf(before.getType())))
    return true;
  Uses uses;
  collectUses(before, Origin::Constant, maskOf(before.getDefiningOp()),
              before.hasOneUse(), true, {}, uses);
  return !uses.sums && !uses.doubtful;
}

/// Has a product rounded on its own.
void Rounding::guard(arith::MulFOp product) const {
  OpBuilder builder(product);
  auto assembly = [&](const Twine &text, const Twine &constraints,
                      ValueRange operands) -> Value {
    return tt::ElementwiseInlineAsmOp::create(
               builder, product.getLoc(), TypeRange{product.getType()},
               text.str(), constraints.str(), /*pure=*/true,
               /*packed_element=*/1, operands)
        ->getResult(0);
  };
  if (target == Target::Amd) {
    builder.setInsertionPointAfter(product);
    Value rounded = assembly(barrier, "=v,0", product.getResult());
    product.getResult().replaceAllUsesExcept(rounded, rounded.getDefiningOp());
    return;
  }
  Type type = getElementTypeOrSelf(product.getType());
  StringRef suffix = type.isF16() ? "f16" : type.isF32() ? "f32" : "f64";
  StringRef letter = type.isF16() ? "h" : type.isF32() ? "f" : "d";
  Value rounded = assembly(roundedProduct + suffix + " $0, $1, $2;",
                           "=" + letter + "," + letter + "," + letter,
                           {product.getLhs(), product.getRhs()});
  product.getResult().replaceAllUsesWith(rounded);
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

void Rounding::number(Operation *root) {
  int64_t next = 0;
  Builder builder(root->getContext());
  root->walk([&](Operation *op) {
    op->setDiscardableAttr(numberName, builder.getI64IntegerAttr(next++));
  });
}

void Rounding::removeNumbers(Operation *root) {
  root->walk([](Operation *op) { op->removeDiscardableAttr(numberName); });
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

bool Rounding::keepsProducts(Operation *copy, Operation *original) const {
  llvm::DenseMap<int64_t, Operation *> originals;
  original->walk([&](Operation *op) {
    if (auto number = op->getDiscardableAttr(numberName))
      originals[cast<IntegerAttr>(number).getInt()] = op;
  });
  WalkResult walk = copy->walk([&](Operation *op) {
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
} // namespace triton_ext
