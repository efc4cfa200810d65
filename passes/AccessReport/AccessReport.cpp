//===- AccessReport.cpp - Loops, accesses, and what passes would do -------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. Of each loop, with its Python line: how often it runs, by what it
// counts, what it carries, what is in it. Of each access: the argument that it
// begins at, how far apart its lanes are along each dimension, and its
// iterations, what is contiguous and aligned, and where in the loop its mask is
// what. Then what each transform of the catalogue would do there, where, and
// why not. Nothing is changed.
//
//   attention.py:28: loop: 0 to n_ctx by 64, at most 33554432 iterations;
//   carries 3 values; 2 loads, 2 dots
//   attention.py:31: load of tensor<64x128xf16> from K: lanes [stride_k, 1]
//   apart, 64 * stride_k an iteration; contiguous along dimension 1; not known
//   to be aligned; mask true, then mixed
//   attention.py:28: loop-split would fire: split into 2 loops
//
// When it declines. The kernel has neither loop nor access.
//
// Why it pays. It answers why a pass does not fire before anything is compiled,
// and what a kernel's author can do about it.
//
// How. Strides are read off the operations that make offsets, products with
// scalars by name; trip counts and masks are the affine analysis's. Transforms
// are tried on copies (DryRun); `dry-runs=false` leaves that out, which is most
// of the time.
//
//===----------------------------------------------------------------------===//

#include "AccessReportBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "triton_ext/Analysis/Accesses.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Analysis/Pointers.h"
#include "triton_ext/DryRun.h"
#include "triton_ext/PythonLine.h"
#include "triton_ext/Transforms/Masks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

//===----------------------------------------------------------------------===//
// Scalars in words
//===----------------------------------------------------------------------===//

/// A number, an argument's name, a program's number, or where it was computed.
std::string nameOf(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return llvm::toString(constant, 10, /*Signed=*/true);
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (isa<tt::FuncOp>(argument.getOwner()->getParentOp()))
      return argumentName(argument);
    if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()))
      if (argument == loop.getInductionVar())
        return "the counter";
    return "a carried value";
  }
  Operation *op = value.getDefiningOp();
  if (auto id = dyn_cast<tt::GetProgramIdOp>(op))
    return llvm::formatv("program_id({0})", id.getAxisAsInt());
  if (auto count = dyn_cast<tt::GetNumProgramsOp>(op))
    return llvm::formatv("num_programs({0})", count.getAxisAsInt());
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName().str();
  FileLineColLoc place = pythonPlace(op->getLoc());
  return place ? "what line " + std::to_string(place.getLine()) + " computes"
               : "a value";
}

std::string plural(unsigned count, StringRef noun) {
  return llvm::formatv("{0} {1}{2}", count, noun, count == 1 ? "" : "s");
}

//===----------------------------------------------------------------------===//
// Strides
//===----------------------------------------------------------------------===//

/// number * factor, or unknown. A factor that is null is 1.
struct Stride {
  bool isKnown = true;
  int64_t number = 0;
  Value factor;

  static Stride unknown() { return {false, 0, {}}; }
  bool isZero() const { return isKnown && number == 0; }

  std::string words() const {
    if (!isKnown)
      return "?";
    if (!factor || number == 0)
      return std::to_string(number);
    return (number == 1 ? "" : std::to_string(number) + " * ") + nameOf(factor);
  }

  Stride operator+(const Stride &other) const {
    if (isZero())
      return other;
    if (other.isZero())
      return *this;
    if (!isKnown || !other.isKnown || factor != other.factor)
      return unknown();
    return {true, number + other.number, factor};
  }
  Stride negated() const { return {isKnown, -number, factor}; }
  Stride times(Value scalar) const {
    if (!isKnown || number == 0)
      return *this;
    APInt constant;
    if (matchPattern(scalar, m_ConstantInt(&constant)) &&
        constant.getSignificantBits() <= 32)
      return {true, number * constant.getSExtValue(), factor};
    return factor ? unknown() : Stride{true, number, scalar};
  }
};

/// How a value changes from lane to lane along each dimension, and from one
/// iteration to the next.
struct Strides {
  SmallVector<Stride> lanes;
  Stride iteration;

  static Strides unknown(Type type) {
    Strides strides;
    auto shaped = dyn_cast<ShapedType>(type);
    strides.lanes.assign(shaped ? shaped.getRank() : 0, Stride::unknown());
    strides.iteration = Stride::unknown();
    return strides;
  }
  static Strides uniform(Type type) {
    Strides strides = unknown(type);
    for (Stride &lane : strides.lanes)
      lane = {};
    strides.iteration = {};
    return strides;
  }
  template <typename Fn> Strides each(Fn fn) const {
    Strides result = *this;
    for (Stride &lane : result.lanes)
      lane = fn(lane);
    result.iteration = fn(iteration);
    return result;
  }
  Strides operator+(const Strides &other) const {
    Strides result = *this;
    for (auto [mine, its] : llvm::zip_equal(result.lanes, other.lanes))
      mine = mine + its;
    result.iteration = iteration + other.iteration;
    return result;
  }
};

/// Reads strides off the operations that make offsets and pointers.
class StrideReader {
public:
  StrideReader(AffineAnalysis &analysis, scf::ForOp loop)
      : analysis(analysis), loop(loop) {}

  Strides of(Value value) {
    auto [known, isNew] = memo.try_emplace(value, Strides());
    if (!isNew)
      return known->second;
    Strides strides = read(value);
    return memo[value] = strides;
  }

private:
  Strides read(Value value) {
    if (loop && value == loop.getInductionVar()) {
      Strides strides = Strides::uniform(value.getType());
      strides.iteration = Stride{true, 1, {}}.times(loop.getStep());
      return strides;
    }
    if (auto argument = dyn_cast<BlockArgument>(value))
      return ofArgument(argument);
    return ofResult(value.getDefiningOp(), value);
  }

  /// A pointer or an offset that a loop carries, and moves by an amount that
  /// does not change.
  Strides ofArgument(BlockArgument argument) {
    auto owner = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!owner)
      return isa<tt::FuncOp>(argument.getOwner()->getParentOp())
                 ? Strides::uniform(argument.getType())
                 : Strides::unknown(argument.getType());
    OpOperand *init = owner.getTiedLoopInit(argument);
    if (!init)
      return Strides::uniform(argument.getType()); // an outer loop's counter
    Strides strides = of(init->get());
    Operation *step =
        owner.getTiedLoopYieldedValue(argument)->get().getDefiningOp();
    bool isStep = isa_and_nonnull<tt::AddPtrOp, arith::AddIOp>(step) &&
                  step->getOperand(0) == argument &&
                  analysis.isInvariant(step->getOperand(1), owner);
    if (owner == loop)
      strides.iteration =
          isStep ? amountOf(step->getOperand(1)) : Stride::unknown();
    return isStep ? strides : Strides::unknown(argument.getType());
  }

  /// What a scalar, or a tensor of one, adds.
  static Stride amountOf(Value amount) {
    Value scalar = rootOf(amount);
    DenseElementsAttr splat;
    if (matchPattern(scalar, m_Constant(&splat)) && splat.isSplat() &&
        splat.getElementType().isInteger())
      return {true, splat.getSplatValue<APInt>().getSExtValue(), {}};
    if (isa<ShapedType>(scalar.getType()))
      return Stride::unknown();
    if (auto product = scalar.getDefiningOp<arith::MulIOp>()) {
      Stride left = Stride{true, 1, {}}.times(product.getLhs());
      return left.factor ? Stride{true, 1, left.factor}.times(product.getRhs())
                         : left.times(product.getRhs());
    }
    return Stride{true, 1, {}}.times(scalar);
  }

  Strides ofResult(Operation *op, Value value) {
    Type type = value.getType();
    if (isa<tt::MakeRangeOp>(op)) {
      Strides strides = Strides::uniform(type);
      strides.lanes[0] = {true, 1, {}};
      return strides;
    }
    if (isShapeOp(op))
      return reshaped(op, of(op->getOperand(0)), type);
    if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp>(op))
      return of(op->getOperand(0));
    if (isa<arith::AddIOp, tt::AddPtrOp>(op))
      return of(op->getOperand(0)) + of(op->getOperand(1));
    if (isa<arith::SubIOp>(op))
      return of(op->getOperand(0)) +
             of(op->getOperand(1)).each([](const Stride &stride) {
               return stride.negated();
             });
    if (isa<arith::MulIOp>(op))
      return product(op, type);
    bool isFixed =
        loop ? analysis.isInvariant(value, loop) : !isa<ShapedType>(type);
    if (isFixed && (!isa<ShapedType>(type) || matchPattern(op, m_Constant())))
      return Strides::uniform(type);
    Strides strides = Strides::unknown(type);
    if (isFixed)
      strides.iteration = {};
    return strides;
  }

  /// A product with a scalar, or a tensor of one.
  Strides product(Operation *op, Type type) {
    for (unsigned side : {0, 1}) {
      Value scalar = rootOf(op->getOperand(1 - side));
      DenseElementsAttr splat;
      bool isSplat =
          matchPattern(scalar, m_Constant(&splat)) && splat.isSplat();
      if (isa<ShapedType>(scalar.getType()) && !isSplat)
        continue;
      if (!isSplat && loop && !analysis.isInvariant(scalar, loop))
        continue;
      return of(op->getOperand(side)).each([&](const Stride &stride) {
        if (!isSplat)
          return stride.times(scalar);
        Stride scaled = stride;
        scaled.number *= splat.getSplatValue<APInt>().getSExtValue();
        return scaled;
      });
    }
    return Strides::unknown(type);
  }

  static Strides reshaped(Operation *op, Strides strides, Type type) {
    if (isa<tt::SplatOp>(op)) {
      Strides result = Strides::uniform(type);
      result.iteration = strides.iteration;
      return result;
    }
    if (auto expand = dyn_cast<tt::ExpandDimsOp>(op)) {
      strides.lanes.insert(strides.lanes.begin() + expand.getAxis(), Stride());
    } else if (auto trans = dyn_cast<tt::TransOp>(op)) {
      SmallVector<Stride> before = strides.lanes;
      for (auto [to, from] : llvm::enumerate(trans.getOrder()))
        strides.lanes[to] = before[from];
    } else if (isa<tt::BroadcastOp>(op)) {
      auto from = cast<ShapedType>(op->getOperand(0).getType());
      auto to = cast<ShapedType>(type);
      for (auto [dim, lane] : llvm::enumerate(strides.lanes))
        if (from.getDimSize(dim) != to.getDimSize(dim))
          lane = {};
    } else {
      Strides result = Strides::unknown(type);
      result.iteration = strides.iteration;
      return result;
    }
    return strides;
  }

  AffineAnalysis &analysis;
  scf::ForOp loop;
  llvm::DenseMap<Value, Strides> memo;
};

//===----------------------------------------------------------------------===//
// Loops in words
//===----------------------------------------------------------------------===//

/// "3 loads, 1 store, 2 dots": what a loop does itself.
std::string contentOfLoop(Operation *loop) {
  unsigned loads = 0, stores = 0, atomics = 0, dots = 0, loops = 0;
  loop->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op != loop && isa<scf::ForOp, scf::WhileOp>(op)) {
      ++loops;
      return WalkResult::skip();
    }
    if (std::optional<Access> access = accessOf(op)) {
      loads += access->word == "load";
      stores += access->word == "store";
      atomics += access->word == "atomic";
    }
    loads += isa<tt::DescriptorLoadOp, tt::DescriptorGatherOp>(op);
    stores += isa<tt::DescriptorStoreOp, tt::DescriptorScatterOp>(op);
    dots += isa<tt::DotOp, tt::DotScaledOp>(op);
    return WalkResult::advance();
  });
  SmallVector<std::string> parts;
  for (auto [count, noun] :
       {std::pair(loads, "load"), std::pair(stores, "store"),
        std::pair(atomics, "atomic"), std::pair(dots, "dot"),
        std::pair(loops, "inner loop")})
    if (count)
      parts.push_back(plural(count, noun));
  return parts.empty() ? "no access" : llvm::join(parts, ", ");
}

std::string inWords(scf::ForOp loop, AffineAnalysis &analysis) {
  std::string trips = "an unknown number of iterations";
  if (analysis.constantStep(loop)) {
    ScalarExpr count = analysis.tripCount(loop);
    Interval range = count.range([&](const Symbol &symbol) {
      std::optional<Interval> known = analysis.rangeOf(symbol.value);
      return known ? *known : Interval::signedRange(64);
    });
    std::string most;
    llvm::raw_string_ostream(most) << range.hi;
    trips = range.isPoint() ? most + " iterations"
                            : "at most " + most + " iterations";
  }
  return llvm::formatv("loop: {0} to {1} by {2}, {3}; carries {4}; {5}",
                       nameOf(loop.getLowerBound()),
                       nameOf(loop.getUpperBound()), nameOf(loop.getStep()),
                       trips, plural(loop.getInitArgs().size(), "value"),
                       contentOfLoop(loop));
}

//===----------------------------------------------------------------------===//
// Accesses in words
//===----------------------------------------------------------------------===//

StringRef wordFor(LaneClass lanes) {
  switch (lanes) {
  case LaneClass::AllTrue:
    return "true";
  case LaneClass::AllFalse:
    return "false";
  case LaneClass::Mixed:
    return "mixed";
  }
  return "mixed";
}

/// "no mask", "mask true", "mask true, then mixed".
std::string maskInWords(Value mask, scf::ForOp loop, AffineAnalysis &analysis) {
  if (!mask)
    return "no mask";
  if (!loop)
    return "mask " + wordFor(analysis.classify(mask)).str();
  SmallVector<StringRef> parts;
  for (const Segment &segment : analysis.classify(mask, loop).segments())
    parts.push_back(wordFor(segment.lanes));
  return "mask " + llvm::join(parts, ", then ");
}

std::string alignmentInWords(BlockArgument base) {
  auto function = cast<tt::FuncOp>(base.getOwner()->getParentOp());
  auto divisor = function.getArgAttrOfType<IntegerAttr>(base.getArgNumber(),
                                                        "tt.divisibility");
  return divisor ? llvm::formatv("{0} aligned to {1} bytes", argumentName(base),
                                 divisor.getInt())
                       .str()
                 : argumentName(base) + " not known to be aligned";
}

std::string stridesInWords(const Strides &strides, Type type, scf::ForOp loop) {
  SmallVector<std::string> parts;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor) {
    SmallVector<std::string> lanes;
    for (const Stride &lane : strides.lanes)
      lanes.push_back(lane.words());
    parts.push_back("lanes [" + llvm::join(lanes, ", ") + "] apart");
    std::string contiguous = "contiguous along no dimension that is known";
    for (auto [dim, lane] : llvm::enumerate(strides.lanes))
      if (lane.isKnown && lane.number == 1 && !lane.factor &&
          tensor.getDimSize(dim) > 1)
        contiguous = "contiguous along dimension " + std::to_string(dim);
    parts.push_back(contiguous);
  }
  if (loop)
    parts.push_back(strides.iteration.isZero()
                        ? "the same each iteration"
                        : strides.iteration.words() + " an iteration");
  return llvm::join(parts, ", ");
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class AccessReport : public AccessReportBase<AccessReport> {
  void runOnOperation() override {
    AffineAnalysis analysis(getOperation());
    bool hasAny = false;
    getOperation().walk<WalkOrder::PreOrder>(
        [&](Operation *op) { hasAny |= report(op, analysis); });
    if (!hasAny)
      return decline(getOperation(), "no-access",
                     "the kernel has neither loop nor access");
    if (dryRuns)
      reportTransforms();
  }

  /// False for what is neither loop nor access.
  bool report(Operation *op, AffineAnalysis &analysis) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      note(op, "loop", inWords(loop, analysis));
    else if (isa<scf::WhileOp>(op))
      note(op, "loop", "loop: while a condition holds; " + contentOfLoop(op));
    else if (std::optional<Access> access = accessOf(op))
      reportAccess(*access, analysis);
    else
      return false;
    return true;
  }

  void reportAccess(const Access &access, AffineAnalysis &analysis) {
    auto loop = access.op->getParentOfType<scf::ForOp>();
    Type pointee = tt::getPointeeType(access.pointer.getType());
    std::string what = llvm::formatv("{0} of {1}", access.word, pointee).str();
    BlockArgument base = baseArgument(access.pointer);
    std::string from =
        base ? argumentName(base) : "pointers of no single argument";
    Strides strides = StrideReader(analysis, loop).of(access.pointer);
    SmallVector<std::string> parts;
    if (loop || isa<ShapedType>(pointee))
      parts.push_back(stridesInWords(strides, pointee, loop));
    if (base)
      parts.push_back(alignmentInWords(base));
    parts.push_back(maskInWords(access.mask, loop, analysis));
    note(access.op, access.word,
         what + (access.word == "load" ? " from " : " at ") + from + ": " +
             llvm::join(parts, "; "));
  }

  void reportTransforms() {
    for (const DryRun &run : tryTransforms(getOperation())) {
      if (run.failed)
        note(getOperation()->getLoc(), "would-fail", run.pass + " would fail");
      for (const DryRun::Remark &remark : run.remarks)
        note(remark.at, remark.kind == "fired" ? "would-fire" : "would-decline",
             remark.kind == "fired"
                 ? run.pass + " would fire: " + remark.text
                 : run.pass + " declines (" + remark.id + "): " + remark.text);
    }
  }
};

} // namespace
} // namespace triton_ext
