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
// not, and written either way round. Of tensors there are three kinds:
//
//   tail      s + on < n           true up to the end of the counter's own
//                                  dimension, where the loop ends, too
//   causal    om >= s + on         true up to some iteration, rows against
//                                  columns
//   windowed  s + on > om - width  true from some iteration on; with a causal
//                                  one the two sides of a window
//
// Bounds may be run-time values, nothing is assumed about their range: what
// cannot be proved not to wrap around is tested before the loop, and where the
// test fails the piece without the comparison is empty.
//
// When it declines. There is no scf.for; its step is not a positive constant;
// no comparison with the counter decides anything, or none of the wanted kinds
// (`predicates`); its other side changes from iteration to iteration in a way
// that is not affine; it is the same throughout, or mixed throughout, or known
// only where there is nothing to do, or part of a mask that a load keeps; it is
// the tail of a loop with a dot and nothing else would go (`dot-tails`); the
// loop makes three iterations at most, is the outcome of a split or
// warp-specialized; its body is very large; or the rounding of stock could not
// be kept, see below.
//
// Why it pays. Causal attention applies its mask in every iteration and needs
// it in the last one or two. On an H200 with stock Triton 3.6.0 the split is
// worth 1.18x at N = 4096, D = 64 and 1.12x at N = 16384, D = 128 with the same
// bits, 1.18x and 1.14x without `keep-rounding`; a kernel whose pointers walk
// along gains less, and lost 10% in one case of four. Layer norm over rows that
// end within a tile gains 1.14x. A pipelined matrix product loses 6% where its
// tail is split off (docs/loop-split.md).
//
// How. The affine analysis says for each i1 value in which iterations it is all
// true, all false or mixed. Of all cuts that this offers the one that frees
// most is taken, up to `max-splits` times: where several masks are known up to
// some iteration each, one cut at the least of them frees a piece of all. Then
// the loop is cloned for each piece, and what is known there is folded into
// whatever the predicate decides.
// Tensors that the loop advances by the same amount each time, pointers mostly,
// are computed from the iteration's number (or each loop begins with them anew,
// `pointers`): handed from one pipelined loop to the next they cost more
// registers than there are. Nothing else in the loop is
// touched. A select between a product and a sum keeps LLVM from contracting the
// two into one fused multiply-add, which rounds once instead of twice. With
// `keep-rounding` a product that loses its select becomes one that is never
// contracted, a `mul.rn` on NVIDIA's targets; where it is not clear what
// stock's compiler makes of the select, the select stays. It folds selects
// itself where it comes to know the mask (few iterations, which it unrolls; one
// at a constant distance from the first, which it peels off), where both sides
// are products, and where the same condition decides again. And how often a
// product is used, and by what, says whether it is contracted: where a piece
// would use one otherwise than the loop, the loop stays whole.
//
//===----------------------------------------------------------------------===//

#include "LoopSplitBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "triton_ext/Transforms/CarriedValues.h"
#include "triton_ext/Transforms/LoopRounds.h"
#include "triton_ext/Transforms/Masks.h"
#include "triton_ext/Transforms/Rounding.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

/// Loops with more operations than this are not worth a copy: they are far
/// beyond the instruction cache already.
constexpr unsigned maxOperations = 2000;

/// Loops of no more iterations are unrolled by stock's compiler, or done soon.
constexpr int64_t fewTrips = 3;

//===----------------------------------------------------------------------===//
// Kinds of predicates
//===----------------------------------------------------------------------===//

/// What a comparison with the counter is like.
enum Kind : unsigned {
  /// Of scalars.
  Scalar = 1,
  /// Of no use in the last iterations; a bound of the counter's own dimension:
  /// the end of an array or of a sequence.
  Tail = 2,
  /// Of no use in the last iterations; a row against a column.
  Causal = 4,
  /// Of use from some iteration on: the lower side of a window.
  Windowed = 8,
};

/// The kinds that the knob stands for.
unsigned kindsOf(LoopSplitPredicates knob) {
  switch (knob) {
  case LoopSplitPredicates::Scalar:
    return Scalar;
  case LoopSplitPredicates::Tail:
    return Tail;
  case LoopSplitPredicates::Causal:
    return Causal;
  case LoopSplitPredicates::Windowed:
    return Windowed;
  case LoopSplitPredicates::Mask:
    return Tail | Causal | Windowed;
  case LoopSplitPredicates::All:
    return Scalar | Tail | Causal | Windowed;
  }
  llvm_unreachable("all values are listed");
}

bool hasDot(scf::ForOp loop) {
  return loop
      ->walk([](Operation *op) {
        return isa<tt::DotOp, tt::DotScaledOp>(op) ? WalkResult::interrupt()
                                                   : WalkResult::advance();
      })
      .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Pieces of a loop
//===----------------------------------------------------------------------===//

/// An i1 value of the loop with the iterations in which it is what.
struct Predicate {
  Value value;
  PredicateOverLoop where;
  SmallVector<Segment, 5> segments;
  /// Whether anything is gained where all lanes are true, or are false.
  bool freesIfTrue = false, freesIfFalse = false;
  /// Whether the loop may be cut for its sake; else it goes along with others.
  bool isWorthACut = true;

  bool freesWhere(LaneClass lanes) const {
    return lanes == LaneClass::AllTrue    ? freesIfTrue
           : lanes == LaneClass::AllFalse ? freesIfFalse
                                          : false;
  }
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

Reason roundingReason() {
  return {"rounding-not-kept",
          "without the comparison, the compiler could round differently"};
}

/// Splits one loop.
class LoopSplitter {
public:
  LoopSplitter(scf::ForOp loop, AffineAnalysis &analysis, Rounding &rounding,
               unsigned kinds, bool cutsTails)
      : loop(loop), analysis(analysis), rounding(rounding), kinds(kinds),
        cutsTails(cutsTails), sinks(sinksIn(loop)) {}

  /// Finds what can be known, or says why nothing can.
  std::optional<Reason> prepare();
  /// Makes at most `maxSplits` cuts, and none where nothing would be gained.
  void choose(int64_t maxSplits);
  /// Why the pieces should not take the loop's place, if there is a reason:
  /// what `choose` made is then taken back.
  std::optional<Reason> check();
  /// Replaces the loop by its pieces; gives the first one and says what the
  /// pieces lost.
  std::pair<scf::ForOp, std::string> apply(LoopSplitPointers pointers);

private:
  Reason whyUnknown(Value predicate);
  Integer maxTrips();
  void findResolvable();
  bool walksOneDimension(arith::CmpIOp compare);
  unsigned kindsOf(const Predicate &predicate);
  KnownPredicates knownIn(const Piece &piece) const;
  unsigned gainOf(const KnownPredicates &known, const Rounding &rounding) const;
  unsigned gainOf(const Piece &piece) const {
    return gainOf(knownIn(piece), rounding);
  }
  bool frees(Value predicate, bool constant) const;
  Reason whyNotChosen() const;
  bool isWorthACopy(const Piece &piece) const;
  bool keepsRounding() const;
  SmallVector<Cut> cutsOf(const Piece &piece) const;
  std::pair<Piece, Piece> cutPiece(const Piece &piece, const Cut &cut) const;
  Value materialize(const Piece &piece, const Cut &cut);
  SmallVector<Obligation> obligationsOf(const Cut &cut) const;

  scf::ForOp loop;
  AffineAnalysis &analysis;
  Rounding &rounding;
  /// What is looked at, and whether a tail alone is worth a cut.
  unsigned kinds;
  bool cutsTails;
  /// What comes before the loop, bounds that `choose` makes left out.
  Operation *beforeBounds = nullptr;
  SmallVector<Operation *> sinks;
  std::vector<Predicate> predicates;
  SmallVector<Piece, 2> pieces;
};

/// Whether lanes of the comparison differ along one dimension at most.
bool LoopSplitter::walksOneDimension(arith::CmpIOp compare) {
  const AffineForm *lhs = analysis.formOf(compare.getLhs(), loop);
  const AffineForm *rhs = analysis.formOf(compare.getRhs(), loop);
  if (!lhs || !rhs)
    return false;
  // A tensor that is a symbol of its own has lanes, too.
  for (const AffineForm *form : {lhs, rhs})
    for (const LinearExpr::Term &term : form->base.terms())
      if (isa<ShapedType>(term.symbol.value.getType()))
        return false;
  return llvm::count_if(llvm::zip_equal(lhs->strides, rhs->strides),
                        [](const auto &strides) {
                          return std::get<0>(strides) != std::get<1>(strides);
                        }) <= 1;
}

/// The kinds of a comparison, or of those that a predicate is put together
/// from.
unsigned LoopSplitter::kindsOf(const Predicate &predicate) {
  if (!isa<ShapedType>(predicate.value.getType()))
    return Scalar;
  if (auto compare = predicate.value.getDefiningOp<arith::CmpIOp>()) {
    if (!predicate.freesWhere(predicate.segments.front().lanes))
      return Windowed;
    return walksOneDimension(compare) ? Tail : Causal;
  }
  llvm::SetVector<Value> parts;
  collectPredicates(predicate.value, parts);
  unsigned found = 0;
  for (const Predicate &part : predicates)
    if (part.value != predicate.value && parts.contains(part.value) &&
        part.value.getDefiningOp<arith::CmpIOp>())
      found |= kindsOf(part);
  return found ? found : Causal;
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
      if (!op || op->getNumRegions() != 0 || !isMemoryEffectFree(op))
        return {"bound-not-invariant",
                "what the counter is compared with changes in the loop"};
    }
  }
  return {"predicate-not-affine",
          "the comparison is not affine in the loop's counter"};
}

/// As many iterations as the loop makes at most; not positive if none.
Integer LoopSplitter::maxTrips() {
  Interval lower = *analysis.rangeOf(loop.getLowerBound());
  Interval upper = *analysis.rangeOf(loop.getUpperBound());
  return ceilDiv(upper.hi - lower.lo, Integer(*analysis.constantStep(loop)));
}

/// Says whether stock's compiler may unroll or peel the loop.
void LoopSplitter::findResolvable() {
  constexpr int64_t few = 4096;
  Integer trips = maxTrips();
  bool isPeelable = false;
  for (const Predicate &predicate : predicates)
    for (const Segment &segment : llvm::drop_begin(predicate.segments))
      if (auto begin = segment.begin.constantValue())
        isPeelable |= *begin <= few;
  std::optional<int64_t> unrolled;
  if (trips <= few)
    unrolled = std::max(int64_t(trips), int64_t(1));
  rounding.setResolvable(unrolled, isPeelable);
}

std::optional<Reason> LoopSplitter::prepare() {
  if (maxTrips() <= fewTrips)
    return Reason{"few-iterations", "the loop makes three iterations at most"};
  llvm::SetVector<Value> candidates;
  for (Operation *sink : sinks)
    collectPredicates(maskOf(sink), candidates);
  Reason reason{"no-predicate",
                "no comparison with the loop's counter decides anything"};
  for (Value value : candidates) {
    if (!loop->isAncestor(value.getParentBlock()->getParentOp()))
      continue;
    bool isCompare = value.getDefiningOp<arith::CmpIOp>() != nullptr;
    PredicateOverLoop where = analysis.classify(value, loop);
    SmallVector<Segment, 5> segments = where.segments();
    if (segments.size() > 1)
      predicates.push_back(
          {value, where, segments, frees(value, true), frees(value, false)});
    else if (isCompare && where.isUnknown())
      reason = whyUnknown(value);
    else if (isCompare && reason.id == "no-predicate")
      reason = {"never-changes", "its comparisons are the same throughout"};
  }
  if (predicates.empty())
    return reason;
  std::vector<Predicate> wanted;
  for (const Predicate &predicate : predicates) {
    unsigned found = kindsOf(predicate);
    if (found & ~kinds)
      continue;
    wanted.push_back(predicate);
    wanted.back().isWorthACut = cutsTails || found != Tail;
  }
  predicates = std::move(wanted);
  if (predicates.empty())
    return Reason{"predicate-kind", "`predicates` leaves its comparisons out"};
  if (llvm::none_of(predicates,
                    [](const Predicate &p) { return p.isWorthACut; }))
    return Reason{"tail-of-dot-loop",
                  "a loop with a dot loses more than the masks of its tail "
                  "cost; `dot-tails` splits it all the same"};
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

/// Whether code is freed of `sink` where its mask is `constant` in all lanes,
/// rather than freed of having anything to do: iterations in which a load gives
/// its `other`, or a select the constant it fills up with, are few.
bool isFreedBy(Operation *sink, bool constant) {
  if (constant || !isa<ShapedType>(maskOf(sink).getType()))
    return true;
  auto select = dyn_cast<arith::SelectOp>(sink);
  return select && !isConstant(select.getFalseValue());
}

/// How much code is freed of: a mask that disappears counts most, parts of one
/// a little.
unsigned LoopSplitter::gainOf(const KnownPredicates &known,
                              const Rounding &rounding) const {
  unsigned gain = 0;
  for (Operation *sink : sinks) {
    Verdict verdict = judgeMask(maskOf(sink), known);
    if (!verdict.isSimpler())
      continue;
    if (!verdict.constant)
      gain += std::min(verdict.knownParts, 3u);
    else if (isFreedBy(sink, *verdict.constant))
      gain += canFold(sink, *verdict.constant, rounding) ? 4 : 0;
  }
  return gain;
}

/// Whether anything is gained where the predicate is `constant`, rounding
/// apart.
bool LoopSplitter::frees(Value predicate, bool constant) const {
  KnownPredicates known;
  known[predicate] = constant;
  return gainOf(known, Rounding(/*keep=*/false, Request())) > 0;
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
    if (isMask && predicate.freesWhere(firstLanes))
      join(before, predicate, segments[first + 1].begin, Fallback::LowerBound);
    if (isMask && predicate.freesWhere(lastLanes))
      join(after, predicate, segments[last].begin, Fallback::UpperBound);
  }
  for (const std::optional<Cut> &joint : {before, after})
    if (joint && joint->parts.size() > 1 &&
        !llvm::is_contained(piece.cuts, joint->begin))
      cuts.push_back(*joint);
  llvm::erase_if(cuts, [](const Cut &cut) {
    return llvm::none_of(cut.members,
                         [](const Predicate *p) { return p->isWorthACut; });
  });
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
  // Between a cut that a tail has joined and the others' own places is at most
  // that tail, for which the loop would not be cut.
  Piece &rest = keepsBefore ? after : before;
  if (llvm::any_of(cut.members,
                   [](const Predicate *p) { return !p->isWorthACut; }))
    llvm::append_range(rest.cuts, cut.parts);
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

/// Whether a piece loses a whole mask or, in a select, which is done for each
/// element, a part of one. A load that keeps its mask costs what it did.
bool LoopSplitter::isWorthACopy(const Piece &piece) const {
  KnownPredicates known = knownIn(piece);
  return llvm::any_of(sinks, [&](Operation *sink) {
    Verdict verdict = judgeMask(maskOf(sink), known);
    if (!verdict.isSimpler())
      return false;
    return verdict.constant ? isFreedBy(sink, *verdict.constant) &&
                                  canFold(sink, *verdict.constant, rounding)
                            : isa<arith::SelectOp>(sink);
  });
}

bool LoopSplitter::keepsRounding() const {
  return llvm::all_of(pieces, [&](const Piece &piece) {
    return foldKeepsRounding(loop, knownIn(piece), rounding);
  });
}

std::optional<Reason> LoopSplitter::check() {
  std::optional<Reason> reason;
  if (pieces.size() == 1)
    reason = whyNotChosen();
  else if (llvm::none_of(pieces,
                         [&](const Piece &p) { return isWorthACopy(p); }))
    reason = Reason{"frees-too-little",
                    "only parts of masks that loads and stores keep would go"};
  else if (!keepsRounding())
    reason = roundingReason();
  while (reason && loop->getPrevNode() != beforeBounds)
    loop->getPrevNode()->erase();
  return reason;
}

void LoopSplitter::choose(int64_t maxSplits) {
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
}

Reason LoopSplitter::whyNotChosen() const {
  bool wouldFree = llvm::any_of(predicates, [&](const Predicate &predicate) {
    return predicate.isWorthACut &&
           llvm::any_of(predicate.segments, [&](const Segment &segment) {
             return predicate.freesWhere(segment.lanes);
           });
  });
  if (wouldFree)
    return roundingReason();
  return {"frees-nothing",
          "where its comparisons are known, nothing becomes simpler"};
}

std::pair<scf::ForOp, std::string>
LoopSplitter::apply(LoopSplitPointers pointers) {
  // Tensors handed from one pipelined loop to the next cost more registers than
  // there are.
  if (pointers == LoopSplitPointers::Recompute)
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
    builder.setInsertionPoint(last);
    last.getInitArgsMutable().assign(
        first ? restartCarriedTensors(builder, loop, piece.lower, carried)
              : SmallVector<Value>(carried));
    builder.setInsertionPoint(loop);
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

/// Whether one of two loops goes on where the other one stopped, at a cut.
bool isSplit(scf::ForOp loop) {
  auto continues = [&](Value bound) {
    return AffineAnalysis::isCut(bound) &&
           llvm::any_of(bound.getUsers(), [&](Operation *user) {
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
      changeLoops(
          function, [&](scf::ForOp loop) { return split(function, loop); },
          [&](Operation *at, const Reason &reason) { decline(at, reason); });
    });
  }

private:
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
    LoopSplitter splitter(loop, analysis, rounding, kindsOf(predicates),
                          /*cutsTails=*/dotTails || !hasDot(loop));
    if (std::optional<Reason> reason = splitter.prepare())
      return reason;
    splitter.choose(maxSplits);
    if (std::optional<Reason> reason = splitter.check())
      return reason;
    auto [first, what] = splitter.apply(pointers);
    fired(first, what);
    return std::nullopt;
  }
};

} // namespace
} // namespace triton_ext
