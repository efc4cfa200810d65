//===- Masks.cpp - What masks decide, and folding known ones --*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/Masks.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "triton_ext/Transforms/Rounding.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

//===----------------------------------------------------------------------===//
// Values through operations that only change their shape
//===----------------------------------------------------------------------===//

bool isShapeOp(Operation *op) {
  return isa_and_nonnull<tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp,
                         tt::TransOp, tt::ReshapeOp>(op);
}

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
// Sinks: what a mask decides
//===----------------------------------------------------------------------===//

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

void setMask(Operation *op, Value mask) {
  Value before = maskOf(op);
  for (OpOperand &operand : op->getOpOperands())
    if (operand.get() == before)
      operand.set(mask);
}

Value conditionOf(Operation *op) {
  return isa_and_nonnull<arith::SelectOp, scf::IfOp>(op) ? maskOf(op) : Value();
}

SmallVector<Operation *> sinksIn(Operation *root) {
  SmallVector<Operation *> sinks;
  root->walk([&](Operation *op) {
    if (op != root && maskOf(op))
      sinks.push_back(op);
  });
  return sinks;
}

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

static std::optional<bool> constantOf(Value value) {
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

Value MaskSimplifier::simplify(Value mask) {
  auto [it, isNew] = simplified.try_emplace(mask, mask);
  if (!isNew)
    return it->second;
  Value result = build(mask);
  simplified[mask] = result;
  return result;
}

Value MaskSimplifier::build(Value mask) {
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
Value MaskSimplifier::rebuild(Operation *op) {
  IRMapping mapping;
  for (Value operand : op->getOperands())
    if (!judgeMask(operand, known).constant)
      mapping.map(operand, simplify(operand));
    else
      mapping.map(operand, constantLike(operand, op));
  return OpBuilder(op).clone(*op, mapping)->getResult(0);
}

/// What `value` is known to be, in its type.
Value MaskSimplifier::constantLike(Value value, Operation *before) {
  OpBuilder builder(before);
  Attribute bit = builder.getBoolAttr(*judgeMask(value, known).constant);
  TypedAttr attr = cast<TypedAttr>(bit);
  if (auto type = dyn_cast<ShapedType>(value.getType()))
    attr = DenseElementsAttr::get(type, bit);
  return arith::ConstantOp::create(builder, before->getLoc(), attr);
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// The value that `op`, a select or a load, has when its mask is `constant`
/// everywhere; null if that has to be made, or is none.
static Value chosenValue(Operation *op, bool constant) {
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return constant ? select.getTrueValue() : select.getFalseValue();
  if (auto load = dyn_cast<tt::LoadOp>(op))
    return constant ? Value() : load.getOther();
  return {};
}

static Block *chosenBlock(scf::IfOp branch, bool constant) {
  return constant ? branch.thenBlock() : branch.elseBlock();
}

/// Whether `load` gives zeros where its mask is false, and such can be made.
static bool givesZeros(tt::LoadOp load) {
  return !load.getOther() && !load.getIsVolatile() &&
         getElementTypeOrSelf(load.getType()).isIntOrFloat();
}

bool canFold(Operation *op, bool constant, const Rounding &rounding) {
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return rounding.canInline(branch, chosenBlock(branch, constant));
  if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op))
    return constant || (atomic.getResult().use_empty() &&
                        atomic.getSem() == tt::MemSemantic::RELAXED);
  if (auto load = dyn_cast<tt::LoadOp>(op); load && !constant) {
    if (load.getIsVolatile())
      return false;
    if (!load.getOther())
      return givesZeros(load) && rounding.canReplaceByZeros(load.getResult());
  }
  if (Value after = chosenValue(op, constant))
    return rounding.canReplace(op->getResult(0), after);
  return true;
}

static void inlineBranch(scf::IfOp branch, bool constant,
                         const Rounding &rounding) {
  if (Block *block = chosenBlock(branch, constant)) {
    Operation *yield = block->getTerminator();
    rounding.replace(branch.getResults(), yield->getOperands());
    yield->erase();
    branch->getBlock()->getOperations().splice(branch->getIterator(),
                                               block->getOperations());
  }
  branch->erase();
}

/// What a load without `other` gives where its mask is false.
static Value zerosFor(tt::LoadOp load) {
  OpBuilder builder(load);
  return arith::ConstantOp::create(builder, load.getLoc(),
                                   builder.getZeroAttr(load.getType()));
}

/// Folds `op`, whose mask is `constant` everywhere. `canFold` must hold. What
/// is left without users stays, so that no value goes that somebody remembers.
static void fold(Operation *op, bool constant, const Rounding &rounding) {
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    inlineBranch(branch, constant, rounding);
  } else if (Value after = chosenValue(op, constant)) {
    rounding.replace(op->getResult(0), after);
  } else if (auto load = dyn_cast<tt::LoadOp>(op); load && constant) {
    load.getMaskMutable().clear();
    load.getOtherMutable().clear();
  } else if (load) {
    rounding.replace(load.getResult(), zerosFor(load));
  } else if (auto atomic = dyn_cast<tt::AtomicRMWOp>(op); atomic && constant) {
    atomic.getMaskMutable().clear();
  } else if (constant) {
    cast<tt::StoreOp>(op).getMaskMutable().clear();
  } else {
    op->erase();
  }
}

namespace {
/// Erases what folding leaves without users; what had none before stays.
class DeadAfterwards {
public:
  explicit DeadAfterwards(Operation *root) : root(root) {
    for (Operation *op : dead())
      before.insert(op);
  }

  void erase() {
    SmallVector<Operation *> operations;
    root->walk<WalkOrder::PreOrder>(
        [&](Operation *op) { operations.push_back(op); });
    for (Operation *op : llvm::reverse(llvm::drop_begin(operations)))
      if (!before.contains(op) && isOpTriviallyDead(op))
        op->erase();
  }

private:
  SmallVector<Operation *> dead() const {
    SmallVector<Operation *> found;
    root->walk([&](Operation *op) {
      if (op != root && isOpTriviallyDead(op))
        found.push_back(op);
    });
    return found;
  }

  Operation *root;
  llvm::SmallPtrSet<Operation *, 8> before;
};
} // namespace

Folded foldKnown(Operation *root, const KnownPredicates &known,
                 const Rounding &rounding, FoldFilter filter) {
  DeadAfterwards dead(root);
  Folded folded;
  MaskSimplifier simplifier(known);
  SmallVector<std::pair<Operation *, bool>> foldable;
  for (Operation *op : sinksIn(root)) {
    Value mask = maskOf(op);
    Verdict verdict = judgeMask(mask, known);
    if (filter && !filter(op, verdict))
      continue;
    if (verdict.constant && verdict.isSimpler())
      foldable.push_back({op, *verdict.constant});
    else if (verdict.isSimpler()) {
      setMask(op, simplifier.simplify(mask));
      ++folded.simplified;
    }
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
                          return Rounding::isSameDecision(condition, other);
                        });
  dead.erase();
  return folded;
}

bool foldKeepsRounding(Operation *root, const KnownPredicates &known,
                       const Rounding &rounding, FoldFilter filter) {
  if (!rounding.isKept())
    return true;
  Rounding::number(root);
  IRMapping mapping;
  Operation *copy = root->clone(mapping);
  KnownPredicates knownInCopy;
  for (auto [value, constant] : known)
    knownInCopy[mapping.lookupOrDefault(value)] = constant;
  bool keeps = !foldKnown(copy, knownInCopy, rounding, filter).isPartial &&
               rounding.keepsProducts(copy, root);
  copy->erase();
  Rounding::removeNumbers(root);
  return keeps;
}

} // namespace triton_ext
