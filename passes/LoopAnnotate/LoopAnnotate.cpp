//===- LoopAnnotate.cpp - Tell Triton how to treat loops --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. Loops get what the arguments of tl.range would have given them: number
// of pipeline stages, flattening, a single accumulator, warp specialization;
// and are unrolled. Which loops is chosen by what they do, by nesting or by
// Python line. With `num-stages=3 loops=load`:
//
//   scf.for %i = ... {                scf.for %i = ... {
//     %x = tt.load ...          ==>     %x = tt.load ...
//   }                                 } {tt.num_stages = 3 : i32}
//
// When it declines. Nothing is asked for, as by default; there is no scf.for;
// a loop is not among those chosen, or carries the attribute already (unless
// `override`); the target makes no use of it; there is nothing to pipeline or
// to flatten; a loop to unroll has a step that is not a positive constant, is
// very large or warp-specialized.
//
// Why it pays. Triton pipelines loops with a product of tiles by itself, and
// others only where the kernel's author wrote so: 305 of 1,157 public kernels
// have a loop that loads without a product and says nothing. By hand on an H200
// stages for such a loop gave 0.92 to 1.06 times stock's speed: a knob for a
// tuner, never a default.
//
// How. The attributes are those that tl.range puts on scf.for in every
// supported release. Unrolling is done here, since Triton's own pass for it is
// over where passes of this stage run by default: the loop goes on by `unroll`
// steps up to the last multiple of them, with so many copies of the body, and a
// second loop makes the iterations that are left. That bound is computed in 64
// bits and is right for loops without iterations and for negative bounds. As
// Triton does it, the second loop is not pipelined. Both keep
// `tt.loop_unroll_factor = 1`, by which Triton unrolls no further, and neither
// does a second run.
//
//===----------------------------------------------------------------------===//

#include "LoopAnnotateBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/LoopSelection.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace triton_ext {
namespace {

// What tl.range calls num_stages, loop_unroll_factor, and so on.
constexpr llvm::StringLiteral numStagesName = "tt.num_stages";
constexpr llvm::StringLiteral unrollName = "tt.loop_unroll_factor";
constexpr llvm::StringLiteral flattenName = "tt.flatten";
constexpr llvm::StringLiteral oneAccumulatorName =
    "tt.disallow_acc_multi_buffer";
constexpr llvm::StringLiteral warpSpecializeName = "tt.warp_specialize";

/// Unrolled bodies with more operations than this are beyond the instruction
/// cache.
constexpr unsigned maxOperations = 1000;

//===----------------------------------------------------------------------===//
// What targets make use of
//===----------------------------------------------------------------------===//

/// Capabilities of NVIDIA that Triton's passes ask for.
bool hasCapability(const Request &request, int64_t least, int64_t below) {
  if (request.backend() != "cuda")
    return false;
  int64_t capability = request.capability().value_or(0);
  return least <= capability && capability < below;
}

/// Whether the target is one of which it is known what it does to loops.
bool isKnown(const Request &request) {
  return request.backend() == "cuda" || request.backend() == "hip";
}

bool pipelines(const Request &request) {
  return !isKnown(request) || request.backend() == "hip" ||
         hasCapability(request, 80, INT64_MAX);
}

/// The products that tensor memory accumulates are those of sm_100 to sm_119.
bool hasTensorMemory(const Request &request) {
  return !isKnown(request) || hasCapability(request, 100, 120);
}

bool specializesWarps(const Request &request) {
  return !isKnown(request) || hasCapability(request, 90, 120);
}

/// Whether tensor memory accumulates such a product, as far as its types and
/// its tile tell: no integers, no f32 in full precision, no less than 64 rows.
bool isForTensorMemory(triton::DotOp dot) {
  auto a = cast<RankedTensorType>(dot.getA().getType());
  Type element = a.getElementType();
  if (a.getRank() != 2 || a.getDimSize(0) < 64 || !isa<FloatType>(element) ||
      element.getIntOrFloatBitWidth() > 32)
    return false;
  return !element.isF32() ||
         dot.getInputPrecision() != triton::InputPrecision::IEEE;
}

/// Why warps of `loop` cannot be specialized, in words; empty where they can.
/// Triton aborts, on sm_90 where a tile that a product needs comes by pointers,
/// on sm_100 where a product does not go to tensor memory.
StringRef whyNotSpecialized(scf::ForOp loop, const Request &request) {
  if (contentOf(loop) != LoopContent::Dot)
    return "it has no product of tiles to feed";
  bool hasPointers = false, isAccumulated = true;
  loop->walk([&](Operation *op) {
    if (auto dot = dyn_cast<triton::DotOp>(op))
      isAccumulated &= isForTensorMemory(dot);
    else if (isa<triton::LoadOp>(op))
      hasPointers |= isa<RankedTensorType>(op->getResult(0).getType());
  });
  if (hasCapability(request, 100, 120))
    return isAccumulated ? "" : "tensor memory does not take its products";
  if (!hasCapability(request, 90, 100))
    return "";
  if (request.integer("num_warps").value_or(4) != 4)
    return "on sm_90 that takes four warps";
  return hasPointers ? "on sm_90 that takes tiles that descriptors load" : "";
}

//===----------------------------------------------------------------------===//
// Unrolling
//===----------------------------------------------------------------------===//

unsigned operationsIn(scf::ForOp loop) {
  unsigned count = 0;
  loop->walk([&](Operation *) { ++count; });
  return count;
}

/// Whether `step` * `factor` is a value of the induction variable's type.
bool fits(scf::ForOp loop, int64_t step, int64_t factor) {
  Type type = loop.getInductionVar().getType();
  unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  int64_t product;
  return !llvm::MulOverflow(step, factor, product) &&
         llvm::isIntN(bits, product);
}

/// Appends a copy of what the loop does in an iteration: for the induction
/// variable `counter` and the carried values `carried`, which become those of
/// the next one.
void copyBody(OpBuilder &builder, scf::ForOp loop, Value counter,
              SmallVectorImpl<Value> &carried) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), counter);
  mapping.map(loop.getRegionIterArgs(), carried);
  for (Operation &op : loop.getBody()->without_terminator())
    builder.clone(op, mapping);
  for (auto [value, yielded] :
       llvm::zip(carried, loop.getBody()->getTerminator()->getOperands()))
    value = mapping.lookupOrDefault(yielded);
}

Value constantOf(OpBuilder &builder, Location loc, Type type, int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(type, value));
}

/// `factor` iterations of `loop` at a time, up to `end`.
scf::ForOp unrolled(OpBuilder &builder, scf::ForOp loop, Value end,
                    int64_t step, int64_t factor) {
  Location loc = loop.getLoc();
  Type type = loop.getInductionVar().getType();
  Value wide = constantOf(builder, loc, type, step * factor);
  auto result = scf::ForOp::create(
      builder, loc, loop.getLowerBound(), end, wide, loop.getInitArgs(),
      [&](OpBuilder &body, Location, Value counter, ValueRange arguments) {
        SmallVector<Value> carried(arguments);
        for (int64_t copy = 0; copy < factor; ++copy) {
          Value at = counter;
          if (copy != 0)
            at = arith::AddIOp::create(
                body, loc, counter, constantOf(body, loc, type, copy * step));
          copyBody(body, loop, at, carried);
        }
        scf::YieldOp::create(body, loc, carried);
      });
  result->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  return result;
}

bool carriesOne(scf::ForOp loop, StringRef name) {
  auto value = loop->getAttrOfType<IntegerAttr>(name);
  return value && value.getInt() == 1;
}

/// Whether `loop` makes the iterations that unrolling left over.
bool isRest(scf::ForOp loop) {
  return carriesOne(loop, unrollName) && carriesOne(loop, numStagesName);
}

/// Puts two loops in place of `loop`: one that makes `factor` iterations at a
/// time, and one for what is left, unless it is known that nothing is.
scf::ForOp unrollBy(scf::ForOp loop, AffineAnalysis &analysis, int64_t factor) {
  OpBuilder builder(loop);
  int64_t step = *analysis.constantStep(loop);
  ScalarExpr trips = analysis.tripCount(loop);
  ScalarExpr whole = trips.floorDiv(Integer(factor)).scaled(Integer(factor));
  bool leavesNone = trips.constantValue() && whole == trips;
  Value end =
      leavesNone
          ? loop.getUpperBound()
          : analysis.materializeCut(builder, loop, whole, /*guard=*/{},
                                    AffineAnalysis::CutFallback::UpperBound);
  auto one = builder.getI32IntegerAttr(1);
  scf::ForOp first = unrolled(builder, loop, end, step, factor);
  first->setAttr(unrollName, one);
  if (leavesNone) {
    loop->replaceAllUsesWith(first);
    loop->erase();
    return first;
  }
  loop.setLowerBound(end);
  loop.getInitArgsMutable().assign(first.getResults());
  loop->setAttr(unrollName, one);
  loop->setAttr(numStagesName, one);
  return first;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class LoopAnnotate : public LoopAnnotateBase<LoopAnnotate> {
public:
  using LoopAnnotateBase::LoopAnnotateBase;

  void runOnOperation() override {
    if (!asksForAnything())
      return decline(getOperation(), "nothing-asked",
                     "no knob asks for anything");
    getOperation()->walk([&](FunctionOpInterface function) {
      SmallVector<scf::ForOp> chosen = chooseLoops(function);
      for (scf::ForOp loop : chosen)
        annotate(loop);
      // Inner loops come first: what they are unrolled into is copied then.
      for (scf::ForOp loop : chosen)
        if (unroll > 1)
          if (std::optional<Reason> reason = unrollLoop(function, loop))
            decline(loop, *reason);
    });
  }

private:
  bool asksForAnything() const {
    return numStages > 0 || unroll > 1 || flatten || disallowAccMultiBuffer ||
           warpSpecialize;
  }

  LoopSelection selection() const {
    LoopSelection chosen;
    if (loops == LoopAnnotateLoops::Dot)
      chosen.content = LoopContent::Dot;
    else if (loops == LoopAnnotateLoops::Load)
      chosen.content = LoopContent::Load;
    chosen.onlyInnermost = nesting == LoopAnnotateNesting::Innermost;
    chosen.onlyOutermost = nesting == LoopAnnotateNesting::Outermost;
    chosen.lines.assign(lines.begin(), lines.end());
    return chosen;
  }

  /// The loops that the knobs mean, inner ones first; says why not of others.
  SmallVector<scf::ForOp> chooseLoops(FunctionOpInterface function) {
    LoopSelection wanted = selection();
    SmallVector<scf::ForOp> chosen;
    bool hasLoop = false;
    function->walk([&](scf::ForOp loop) {
      hasLoop = true;
      if (StringRef why = wanted.whyNot(loop); !why.empty())
        decline(loop, "not-chosen", why);
      else
        chosen.push_back(loop);
    });
    if (!hasLoop)
      decline(function, "no-loop", "there is no loop over a range");
    return chosen;
  }

  /// Puts on `loop` what was asked for apart from unrolling.
  void annotate(scf::ForOp loop) {
    Builder builder(loop.getContext());
    const Request target = request();
    bool hasLoads = contentOf(loop) != LoopContent::Other;
    if (numStages > 0)
      annotate(loop, numStagesName, builder.getI32IntegerAttr(numStages),
               pipelines(target),
               hasLoads ? "" : "it loads no tile itself: nothing to pipeline");
    if (flatten)
      annotate(loop, flattenName, builder.getUnitAttr(), pipelines(target),
               isInnermost(loop) ? "it has no loop inside to flatten" : "");
    if (disallowAccMultiBuffer)
      annotate(loop, oneAccumulatorName, builder.getUnitAttr(),
               hasTensorMemory(target),
               contentOf(loop) == LoopContent::Dot
                   ? ""
                   : "it has no product of tiles to accumulate");
    if (warpSpecialize)
      annotate(loop, warpSpecializeName, builder.getUnitAttr(),
               specializesWarps(target), whyNotSpecialized(loop, target));
  }

  /// Whether `loop` keeps what it carries under `name`.
  bool keeps(scf::ForOp loop, StringRef name, Attribute value) const {
    Attribute carried = loop->getAttr(name);
    if (!carried || !override)
      return carried != nullptr;
    return carried == value || (name == numStagesName && isRest(loop));
  }

  /// Sets one attribute, or says why not.
  void annotate(scf::ForOp loop, StringRef name, Attribute value, bool isOfUse,
                StringRef whyNot) {
    if (!isOfUse)
      return decline(loop, "no-use-on-target",
                     "the target makes no use of " + name);
    if (!whyNot.empty())
      return decline(loop, "no-use-here", whyNot);
    if (keeps(loop, name, value))
      return decline(loop, "carries-attribute",
                     "it carries " + name + " already");
    loop->setAttr(name, value);
    std::string text;
    llvm::raw_string_ostream os(text);
    os << name;
    if (!isa<UnitAttr>(value))
      os << " = " << cast<IntegerAttr>(value).getInt();
    fired(loop, text);
  }

  /// Unrolls `loop`, or says why not.
  std::optional<Reason> unrollLoop(FunctionOpInterface function,
                                   scf::ForOp loop) {
    // One is what an unrolled loop carries.
    if (loop->hasAttr(unrollName) &&
        (!override || carriesOne(loop, unrollName)))
      return Reason{"carries-attribute",
                    ("it carries " + unrollName + " already").str()};
    if (loop->hasAttr(warpSpecializeName))
      return Reason{"warp-specialized",
                    "warp specialization has one partition for the whole loop"};
    if (operationsIn(loop) * unroll > maxOperations)
      return Reason{
          "body-too-large",
          "so many copies of the body would cost more than they save"};
    AffineAnalysis analysis(function);
    std::optional<int64_t> step = analysis.constantStep(loop);
    if (!step || !fits(loop, *step, unroll))
      return Reason{"step-not-constant", "the step is not a positive constant"};
    scf::ForOp first = unrollBy(loop, analysis, unroll);
    fired(first, llvm::formatv("unrolled {0} times", int64_t(unroll)).str());
    return std::nullopt;
  }
};

} // namespace
} // namespace triton_ext
