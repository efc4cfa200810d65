//===- ScaleFold.cpp - Fold scales into exponentials ------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. exp(x) is a product by log2(e) and an exponential to base two. The
// product merges with what x is made of; r stands for rows, c for log2(e):
//
//   s = dot * scale                      s = dot * scale
//   m = max(m0, rowmax(s))               m = max(m0, rowmax(s))
//   p = exp(s - m[:, None])     ==>      p = exp2(fma(s, c, (m * -c)[:, None]))
//   alpha = exp(m0 - m)                  alpha = exp2((m0 - m) * c)
//
// and exp(x * scale - r) becomes exp2(fma(x, scale * c, r * -c)), where scale *
// c is computed once, outside of loops. The maximum and a log-sum-exp made of
// it stay what they were, in their units, bit for bit.
//
// Where the scale is known to be positive, a maximum of scaled values is the
// scaled maximum, exactly. It is then taken of the unscaled values, also where
// a loop carries it, and what else uses it gets it scaled, a product a row:
//
//   m = max(m0, rowmax(dot * 0.125))  ==>  n = max(n0, rowmax(dot)); m = n *
//   0.125
//
// which leaves one fma for each element: exp2(fma(dot, 0.125 * c, ...)).
//
// When it declines. There is no exponential, it is not of 32-bit floats, or it
// is part of how a reduction or a scan combines elements.
//
// Why it pays. Attention is bound by what it does to each score, between two
// products on tensor cores. Triton multiplies by log2(e) in front of each
// natural exponential, and keeps results below 2^-126, which takes a comparison
// and two more products on NVIDIA and as much on AMD; to base two they become
// zero. docs/scale-fold.md has the figures.
//
// How. For each exponential, the larger ones first, the cheapest way to get its
// operand times log2(e) is looked for: sums take one side by an fma and the
// other one, a row or a scalar, scaled; selects scale both sides, fills too;
// products and quotients by a scalar or a constant scale that; what nothing
// merges with is multiplied as before. What is scaled and lives on is scaled
// once, where it is defined. -inf stays -inf under a positive factor, and
// -inf - -inf stays NaN.
//
//===----------------------------------------------------------------------===//

#include "ScaleFoldBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "triton_ext/Transforms/Masks.h"
#include "llvm/ADT/SetVector.h"
#include <cmath>

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

constexpr double log2OfE = 1.4426950408889634;

/// Constants beyond this do not take part: a product could overflow that did
/// not before.
constexpr double largestConstant = 2e38;
constexpr double smallestConstant = 1e-37;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

bool isFloat32(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}

double elementsOf(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor ? double(tensor.getNumElements()) : 1.0;
}

/// How many elements are computed, loops around taken for eight iterations.
double weightOf(Value value) {
  double weight = elementsOf(value);
  for (Operation *op = value.getParentBlock()->getParentOp(); op;
       op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op))
      weight *= 8;
  return weight;
}

/// The number that all elements are.
std::optional<double> constantOf(Value value) {
  value = rootOf(value);
  FloatAttr scalar;
  if (matchPattern(value, m_Constant(&scalar)))
    return scalar.getValueAsDouble();
  DenseFPElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)) && elements.isSplat())
    return elements.getSplatValue<APFloat>().convertToDouble();
  return std::nullopt;
}

/// The scalar that all elements are, or null.
Value scalarOf(Value value) {
  value = rootOf(value);
  return isa<ShapedType>(value.getType()) ? Value() : value;
}

Value constantLike(OpBuilder &builder, Location loc, Type type, double number) {
  FloatAttr element = builder.getF32FloatAttr(float(number));
  TypedAttr attr = element;
  if (auto tensor = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(tensor, element.getValue());
  return arith::ConstantOp::create(builder, loc, attr);
}

/// A builder directly behind the definition of `value`.
OpBuilder builderAfter(Value value) {
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  return builder;
}

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

/// A number that is the same for all elements: constant * scalar, or constant /
/// scalar, or the constant alone.
struct Factor {
  double constant;
  Value scalar = {};
  bool divides = false;

  Factor operator-() const { return {-constant, scalar, divides}; }
  bool operator==(const Factor &other) const {
    return constant == other.constant && scalar == other.scalar &&
           divides == other.divides;
  }

  /// This times, or over, what all elements of `by` are; nothing where that is
  /// not one number.
  std::optional<Factor> with(Value by, bool isDivisor) const {
    if (std::optional<double> number = constantOf(by)) {
      double product = isDivisor ? constant / *number : constant * *number;
      double size = std::abs(product);
      if (!(size >= smallestConstant && size <= largestConstant))
        return std::nullopt;
      return Factor{product, scalar, divides};
    }
    Value number = scalarOf(by);
    if (!number || scalar)
      return std::nullopt;
    return Factor{constant, number, isDivisor};
  }
};

/// A value as factor * of.
struct Multiple {
  Value of;
  Factor factor;
};

/// `value` times `factor` as a multiple of what `value` is itself a multiple
/// of.
Multiple multipleOf(Value value, Factor factor) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::DivFOp>(op))
    return {value, factor};
  bool divides = isa<arith::DivFOp>(op);
  if (auto whole = factor.with(op->getOperand(1), divides))
    return {op->getOperand(0), *whole};
  if (!divides)
    if (auto whole = factor.with(op->getOperand(0), false))
      return {op->getOperand(1), *whole};
  return {value, factor};
}

/// The same where the product is then gone; else `value` is what it is.
Multiple takenMultipleOf(Value value, Factor factor) {
  return value.hasOneUse() ? multipleOf(value, factor)
                           : Multiple{value, factor};
}

//===----------------------------------------------------------------------===//
// Scaled values
//===----------------------------------------------------------------------===//

/// Makes values times a factor, and says before what that costs: how many
/// multiplications more than there were, weighed; less than zero for fewer.
class Scaler {
public:
  double costOf(Value value, const Factor &factor) const;
  Value scale(Value value, const Factor &factor);

private:
  /// Which side of a sum an fma takes, and the factor of the other one.
  struct Fusion {
    unsigned side;
    Factor other;
    double cost;
  };

  struct Made {
    Value value;
    Factor factor;
    Value result;
  };

  double costOfSides(arith::SelectOp select, const Factor &factor) const;
  std::optional<Fusion> bestFusion(Operation *sum, const Factor &factor) const;
  Factor factorOfSide(Operation *sum, unsigned side,
                      const Factor &factor) const;
  Value fuse(Operation *sum, const Fusion &fusion, const Factor &factor);
  Value scaleSides(arith::SelectOp select, const Factor &factor);
  Value multiply(Value value, const Factor &factor);
  Value factorLike(OpBuilder &builder, Location loc, const Factor &factor,
                   Type type);
  Value scalarFor(const Factor &factor);
  Value madeBefore(Value value, const Factor &factor) const;

  /// What was scaled where it is defined, for all that use it.
  SmallVector<Made> made;
  SmallVector<std::pair<Factor, Value>> scalars;
};

bool isSum(Operation *op) { return isa<arith::AddFOp, arith::SubFOp>(op); }

Value Scaler::madeBefore(Value value, const Factor &factor) const {
  for (const Made &entry : made)
    if (entry.value == value && entry.factor == factor)
      return entry.result;
  return {};
}

Factor Scaler::factorOfSide(Operation *sum, unsigned side,
                            const Factor &factor) const {
  return side == 1 && isa<arith::SubFOp>(sum) ? -factor : factor;
}

/// Only what is smaller than the sum may be scaled for it, a row or a scalar.
/// Of two of one size the difference is exact where they are near, and 0 where
/// a running maximum stays: an fma would leave a rounding there, in each
/// iteration.
std::optional<Scaler::Fusion> Scaler::bestFusion(Operation *sum,
                                                 const Factor &factor) const {
  std::optional<Fusion> best;
  for (unsigned side : {0, 1}) {
    Value fused = sum->getOperand(side), scaled = sum->getOperand(1 - side);
    if (!constantOf(scaled) &&
        elementsOf(rootOf(scaled)) >= elementsOf(sum->getResult(0)))
      continue;
    Factor other = factorOfSide(sum, 1 - side, factor);
    double cost = costOf(scaled, other);
    // A product that goes into the fma is one less.
    if (takenMultipleOf(fused, factorOfSide(sum, side, factor)).of != fused)
      cost -= weightOf(fused);
    if (!best || cost < best->cost)
      best = Fusion{side, other, cost};
  }
  return best;
}

double Scaler::costOf(Value value, const Factor &factor) const {
  if (constantOf(value) || madeBefore(value, factor))
    return 0;
  Operation *op = value.getDefiningOp();
  if (isShapeOp(op))
    return costOf(op->getOperand(0), factor);
  if (!op || !value.hasOneUse())
    return weightOf(value);
  if (isSum(op)) {
    std::optional<Fusion> fusion = bestFusion(op, factor);
    return fusion ? fusion->cost : weightOf(value);
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return std::min(weightOf(value), costOfSides(select, factor));
  return takenMultipleOf(value, factor).of != value ? 0 : weightOf(value);
}

double Scaler::costOfSides(arith::SelectOp select, const Factor &factor) const {
  return costOf(select.getTrueValue(), factor) +
         costOf(select.getFalseValue(), factor);
}

Value Scaler::scale(Value value, const Factor &factor) {
  if (Value known = madeBefore(value, factor))
    return known;
  Operation *op = value.getDefiningOp();
  if (std::optional<double> number = constantOf(value);
      number && !factor.scalar) {
    OpBuilder builder = builderAfter(value);
    return constantLike(builder, value.getLoc(), value.getType(),
                        *number * factor.constant);
  }
  if (isShapeOp(op)) {
    Value source = scale(op->getOperand(0), factor);
    Operation *copy = OpBuilder(op).clone(*op);
    copy->setOperand(0, source);
    return copy->getResult(0);
  }
  if (op && value.hasOneUse() && isSum(op))
    if (std::optional<Fusion> fusion = bestFusion(op, factor))
      return fuse(op, *fusion, factor);
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op);
      select && value.hasOneUse() &&
      costOfSides(select, factor) < weightOf(value))
    return scaleSides(select, factor);
  return multiply(value, factor);
}

Value Scaler::fuse(Operation *sum, const Fusion &fusion, const Factor &factor) {
  Value other = scale(sum->getOperand(1 - fusion.side), fusion.other);
  Multiple multiple = takenMultipleOf(sum->getOperand(fusion.side),
                                      factorOfSide(sum, fusion.side, factor));
  OpBuilder builder(sum);
  Location loc = sum->getLoc();
  Value by = factorLike(builder, loc, multiple.factor, other.getType());
  if (constantOf(other) == 0.0)
    return arith::MulFOp::create(builder, loc, multiple.of, by);
  return math::FmaOp::create(builder, loc, multiple.of, by, other);
}

Value Scaler::scaleSides(arith::SelectOp select, const Factor &factor) {
  Value whenTrue = scale(select.getTrueValue(), factor);
  Value whenFalse = scale(select.getFalseValue(), factor);
  OpBuilder builder(select);
  return arith::SelectOp::create(builder, select.getLoc(),
                                 select.getCondition(), whenTrue, whenFalse);
}

Value Scaler::multiply(Value value, const Factor &factor) {
  Multiple multiple = multipleOf(value, factor);
  OpBuilder builder = builderAfter(value);
  Value by =
      factorLike(builder, value.getLoc(), multiple.factor, value.getType());
  Value result =
      arith::MulFOp::create(builder, value.getLoc(), multiple.of, by);
  made.push_back({value, factor, result});
  return result;
}

/// The factor in the shape of `type`.
Value Scaler::factorLike(OpBuilder &builder, Location loc, const Factor &factor,
                         Type type) {
  if (!factor.scalar)
    return constantLike(builder, loc, type, factor.constant);
  Value scalar = scalarFor(factor);
  if (!isa<ShapedType>(type))
    return scalar;
  return tt::SplatOp::create(builder, loc, type, scalar);
}

/// The factor, computed where its scalar is defined.
Value Scaler::scalarFor(const Factor &factor) {
  for (const auto &[known, result] : scalars)
    if (known == factor)
      return result;
  OpBuilder builder = builderAfter(factor.scalar);
  Location loc = factor.scalar.getLoc();
  Value constant =
      constantLike(builder, loc, factor.scalar.getType(), factor.constant);
  Value result;
  if (factor.divides)
    result = arith::DivFOp::create(builder, loc, constant, factor.scalar);
  else
    result = arith::MulFOp::create(builder, loc, factor.scalar, constant);
  scalars.push_back({factor, result});
  return result;
}

//===----------------------------------------------------------------------===//
// Maxima before scales
//===----------------------------------------------------------------------===//

bool isMax(Operation *op) {
  return isa_and_nonnull<arith::MaxNumFOp, arith::MaximumFOp>(op);
}

/// Whether `op` gives the maximum along an axis.
bool isMaxReduction(Operation *op) {
  auto reduce = dyn_cast_or_null<tt::ReduceOp>(op);
  if (!reduce || reduce->getNumOperands() != 1)
    return false;
  Block &body = reduce->getRegion(0).front();
  Operation *combine = &body.front();
  return isMax(combine) && combine->getNextNode() == body.getTerminator() &&
         combine->getOperands() == ValueRange(body.getArguments());
}

/// Whether what `sum` gives is only taken an exponential of.
bool isExponent(Operation *sum) {
  return isSum(sum) && sum->getResult(0).hasOneUse() &&
         isa<math::ExpOp, math::Exp2Op>(*sum->getUsers().begin());
}

/// Takes maxima of values before they are scaled by a positive number.
///
/// The values that are computed unscaled are those that a product `root` by the
/// scale reaches through selects, maxima and loops, as far as everything else
/// that goes into them is unscaled, too, or a constant that can be.
class ScaleSinker {
public:
  ScaleSinker(arith::MulFOp root, bool assumePositive)
      : root(root.getResult()), assumePositive(assumePositive) {}

  /// Whether that frees each element of one multiplication.
  bool pays();
  void apply();

private:
  bool findScale();
  void collect();
  void addUser(OpOperand &use);
  bool staysUnscaled(Value value) const;
  bool canBeUnscaled(Value operand) const;
  bool isInside(OpOperand &use) const;
  bool onlySpreads(Value value) const;
  void unscaleConstants(Operation *op);
  Value scaled(Value value);

  Value root;
  bool assumePositive;
  /// What `root` multiplies, and by what: a tensor, its scalar or constant.
  Value unscaledRoot, scale;
  std::optional<double> constant;
  llvm::SetVector<Value> unscaled;
};

bool ScaleSinker::findScale() {
  if (!isa<ShapedType>(root.getType()) || !isFloat32(root))
    return false;
  for (unsigned side : {1, 0}) {
    scale = root.getDefiningOp()->getOperand(side);
    unscaledRoot = root.getDefiningOp()->getOperand(1 - side);
    constant = constantOf(scale);
    if (constant)
      return *constant >= smallestConstant && *constant <= largestConstant;
    if (scalarOf(scale))
      return assumePositive;
  }
  return false;
}

void ScaleSinker::addUser(OpOperand &use) {
  Operation *op = use.getOwner();
  // The difference of two rows is scaled as one: that of products would be
  // contracted, and then not be 0 where they are the same.
  bool isRowDifference =
      isa<arith::SubFOp>(op) && elementsOf(op->getResult(0)) < elementsOf(root);
  if (isShapeOp(op) || isMax(op) || isMaxReduction(op) || isRowDifference ||
      isa<arith::SelectOp>(op)) {
    unscaled.insert(op->getResult(0));
    return;
  }
  auto loop = dyn_cast<scf::ForOp>(op);
  unsigned index = 0;
  if (loop) {
    if (use.getOperandNumber() < loop.getNumControlOperands())
      return;
    index = use.getOperandNumber() - loop.getNumControlOperands();
  } else if (isa<scf::YieldOp>(op)) {
    loop = dyn_cast<scf::ForOp>(op->getParentOp());
    index = use.getOperandNumber();
  }
  if (loop) {
    unscaled.insert(loop.getRegionIterArg(index));
    unscaled.insert(loop.getResult(index));
  }
}

bool ScaleSinker::canBeUnscaled(Value operand) const {
  if (unscaled.contains(operand))
    return true;
  std::optional<double> number = constantOf(operand);
  if (!number)
    return false;
  if (std::isinf(*number) || *number == 0)
    return true;
  return constant && std::abs(*number / *constant) <= largestConstant;
}

bool ScaleSinker::staysUnscaled(Value value) const {
  if (value == root)
    return true;
  OpOperand *init = nullptr;
  Value yielded;
  auto result = dyn_cast<OpResult>(value);
  Operation *op = result ? result.getOwner()
                         : cast<BlockArgument>(value).getOwner()->getParentOp();
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    if (!constant &&
        loop->isAncestor(scalarOf(scale).getParentBlock()->getParentOp()))
      return false;
    init = result ? loop.getTiedLoopInit(result)
                  : loop.getTiedLoopInit(cast<BlockArgument>(value));
    yielded = loop.getYieldedValues()[init->getOperandNumber() -
                                      loop.getNumControlOperands()];
    return canBeUnscaled(init->get()) && unscaled.contains(yielded);
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return canBeUnscaled(select.getTrueValue()) &&
           canBeUnscaled(select.getFalseValue());
  return llvm::all_of(op->getOperands(),
                      [&](Value operand) { return canBeUnscaled(operand); });
}

void ScaleSinker::collect() {
  unscaled.insert(root);
  for (size_t next = 0; next < unscaled.size(); ++next)
    for (OpOperand &use : unscaled[next].getUses())
      addUser(use);
  while (unscaled.remove_if([&](Value value) { return !staysUnscaled(value); }))
    ;
  while (unscaled.remove_if([&](Value value) { return onlySpreads(value); }))
    ;
}

/// Whether `value` is a row, say, made larger for those that want it scaled:
/// better scaled before.
bool ScaleSinker::onlySpreads(Value value) const {
  Operation *op = value.getDefiningOp();
  return isShapeOp(op) && elementsOf(op->getOperand(0)) < elementsOf(root) &&
         llvm::none_of(
             value.getUses(), [&](OpOperand &use) { return isInside(use); });
}

/// Whether an unscaled value goes into another one by `use`.
bool ScaleSinker::isInside(OpOperand &use) const {
  Operation *op = use.getOwner();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return use.getOperandNumber() >= loop.getNumControlOperands() &&
           unscaled.contains(loop.getTiedLoopResult(&use));
  if (isa<scf::YieldOp>(op)) {
    auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
    return loop && unscaled.contains(loop.getResult(use.getOperandNumber()));
  }
  return op->getNumResults() == 1 && unscaled.contains(op->getResult(0));
}

bool ScaleSinker::pays() {
  if (!findScale())
    return false;
  collect();
  bool hasMax = false;
  for (Value value : unscaled) {
    hasMax |= isMaxReduction(value.getDefiningOp());
    if (elementsOf(value) < elementsOf(root))
      continue;
    for (OpOperand &use : value.getUses())
      if (!isInside(use) && !isExponent(use.getOwner()))
        return false;
  }
  return hasMax;
}

/// `value`, which is unscaled, scaled.
Value ScaleSinker::scaled(Value value) {
  OpBuilder builder = builderAfter(value);
  Location loc = value.getLoc();
  Value by = constant ? constantLike(builder, loc, value.getType(), *constant)
                      : scalarOf(scale);
  if (by.getType() != value.getType())
    by = tt::SplatOp::create(builder, loc, value.getType(), by);
  return arith::MulFOp::create(builder, root.getLoc(), value, by);
}

void ScaleSinker::unscaleConstants(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    std::optional<double> number = constantOf(operand.get());
    bool isInit =
        !loop || (operand.getOperandNumber() >= loop.getNumControlOperands() &&
                  unscaled.contains(loop.getTiedLoopResult(&operand)));
    if (!number || *number == 0 || std::isinf(*number) || !isInit)
      continue;
    OpBuilder builder(op);
    operand.set(constantLike(builder, op->getLoc(), operand.get().getType(),
                             *number / *constant));
  }
}

void ScaleSinker::apply() {
  SmallVector<std::pair<Value, OpOperand *>> scaledUses;
  llvm::SetVector<Operation *> owners;
  for (Value value : unscaled)
    for (OpOperand &use : value.getUses())
      if (!isInside(use))
        scaledUses.push_back({value, &use});
      else if (isa<scf::YieldOp>(use.getOwner()))
        owners.insert(use.getOwner()->getParentOp());
      else
        owners.insert(use.getOwner());
  for (Operation *owner : owners)
    unscaleConstants(owner);
  llvm::DenseMap<Value, Value> scaledValues;
  for (auto [value, use] : scaledUses) {
    if (value == root)
      continue;
    Value &replacement = scaledValues[value];
    if (!replacement)
      replacement = scaled(value);
    use->set(replacement);
  }
  root.replaceUsesWithIf(unscaledRoot,
                         [&](OpOperand &use) { return isInside(use); });
  if (root.use_empty())
    root.getDefiningOp()->erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Erases those of `values` that nothing uses, and what only went into them.
void eraseUnused(ArrayRef<Value> values) {
  llvm::SetVector<Operation *> candidates;
  auto add = [&](Value operand) {
    if (Operation *op = operand.getDefiningOp())
      candidates.insert(op);
  };
  llvm::for_each(values, add);
  while (!candidates.empty()) {
    Operation *op = candidates.pop_back_val();
    if (!isOpTriviallyDead(op))
      continue;
    llvm::for_each(op->getOperands(), add);
    op->erase();
  }
}

class ScaleFold : public ScaleFoldBase<ScaleFold> {
public:
  using ScaleFoldBase::ScaleFoldBase;

  void runOnOperation() override {
    getOperation()->walk([&](tt::FuncOp function) {
      sinkScales(function);
      foldExponentials(function);
    });
  }

private:
  void sinkScales(tt::FuncOp function) {
    SmallVector<arith::MulFOp> products;
    function->walk([&](arith::MulFOp product) { products.push_back(product); });
    for (arith::MulFOp product : products) {
      ScaleSinker sinker(product, assumePositiveScale);
      if (!sinker.pays())
        continue;
      fired(product, "the maximum is taken before the scale");
      sinker.apply();
    }
  }

  void foldExponentials(tt::FuncOp function) {
    SmallVector<math::ExpOp> exponentials;
    function->walk([&](math::ExpOp op) { exponentials.push_back(op); });
    if (exponentials.empty())
      decline(function, "no-exponential", "no natural exponential is computed");
    llvm::stable_sort(exponentials, [](math::ExpOp a, math::ExpOp b) {
      return elementsOf(a) > elementsOf(b);
    });
    Scaler scaler;
    SmallVector<Value> operands;
    for (math::ExpOp op : exponentials) {
      Value operand = op.getOperand();
      if (fold(op, scaler))
        operands.push_back(operand);
    }
    // The scaler knows values by their addresses: nothing goes before it does.
    eraseUnused(operands);
  }

  /// Whether the exponential is one to base two now.
  bool fold(math::ExpOp op, Scaler &scaler) {
    Value operand = op.getOperand();
    Factor factor{log2OfE};
    if (!isFloat32(op)) {
      decline(op, "not-f32", "the exponential is not of 32-bit floats");
      return false;
    }
    Operation *around = op->getParentOp();
    if (!isa<tt::FuncOp>(around) &&
        !isa<scf::SCFDialect>(around->getDialect())) {
      decline(op, "combines-elements",
              "the exponential is part of how elements are combined");
      return false;
    }
    bool hasMerged = scaler.costOf(operand, factor) < weightOf(op);
    Value scaled = scaler.scale(operand, factor);
    OpBuilder builder(op);
    Value result = math::Exp2Op::create(builder, op.getLoc(), scaled);
    fired(op, hasMerged
                  ? "log2(e) is folded into what the exponential is taken of"
                  : "the exponential is one to base two");
    op->replaceAllUsesWith(ValueRange(result));
    op->erase();
    return true;
  }
};

} // namespace
} // namespace triton_ext
