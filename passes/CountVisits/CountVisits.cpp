//===- CountVisits.cpp - Count how often code runs --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//
//
// What. How often each loop's body, each side of a branch and each block of
// unstructured control flow ran, printed where a program ends:
//
//   for i in [0, n) { if c { A } }   ==>   l, t = for i in [0, n) iter(l, t)
//                                            t = if c { A; yield t + 1 }
//                                                else { yield t }
//                                            yield l + 1, t
//                                          print " count-visits: k.py:12:4
//                                          loop:
//                                          ", l
//
// One program prints, number `program` of the grid counted along x first; with
// -1 all do.
//
// When it declines. The kernel has neither loop nor branch; it is counted
// already; a part of it is in a loop with `tt.warp_specialize`; code is in a
// function that the kernel calls.
//
// Why it pays. Where the time goes depends on how often a mask's branch is
// taken and a loop runs, which no source says.
//
// How. The counters are 64-bit scalars that loops and branches carry along, so
// that neither memory nor another argument is needed, and nothing that the
// kernel computes is touched. Printing once and not once a thread takes a
// condition that differs between threads, the thread's number of the target; on
// AMD it is the lane's, and each warp prints.
//
//===----------------------------------------------------------------------===//

#include "CountVisitsBase.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "triton_ext/Transforms/Instrument.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {
namespace {

constexpr llvm::StringLiteral prefix = " count-visits: ";

/// What all counters hold at a place.
using Counts = SmallVector<Value>;

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// A block that is counted, and what it is called.
struct Place {
  Block *block;
  std::string words;
};

void addPlace(SmallVectorImpl<Place> &places, Block *block, Operation *op,
              StringRef kind) {
  places.push_back({block, placeOf(op) + " " + kind.str()});
}

/// The blocks of `function` that are counted, in order of the source.
SmallVector<Place> placesIn(tt::FuncOp function) {
  SmallVector<Place> places;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op->hasAttr("tt.warp_specialize"))
      return WalkResult::skip();
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      addPlace(places, loop.getBody(), op, "loop");
    } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
      addPlace(places, loop.getAfterBody(), op, "loop");
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      addPlace(places, branch.thenBlock(), op, "then");
      addPlace(places, branch.elseBlock(), op, "else");
    } else if (!isa<tt::FuncOp>(op) && op->getNumRegions()) {
      return WalkResult::skip();
    }
    return WalkResult::advance();
  });
  for (Block &block : llvm::drop_begin(function.getBody()))
    addPlace(places, &block, &block.front(), "block");
  return places;
}

/// Gives every branch of `function` that is counted a side for false.
void addElseSides(tt::FuncOp function) {
  function.walk([](scf::IfOp branch) {
    if (branch.elseBlock() || warpSpecializedLoop(branch))
      return;
    OpBuilder builder(branch.getContext());
    builder.createBlock(&branch.getElseRegion());
    scf::YieldOp::create(builder, branch.getLoc());
  });
}

//===----------------------------------------------------------------------===//
// Counters
//===----------------------------------------------------------------------===//

/// Carries one counter a place through a function.
class Counters {
public:
  explicit Counters(ArrayRef<Place> places) {
    for (auto [number, place] : llvm::enumerate(places))
      numbers[place.block] = number;
  }

  /// Calls `atEnd` with the counts where the function returns.
  void count(tt::FuncOp function,
             llvm::function_ref<void(tt::ReturnOp, ArrayRef<Value>)> atEnd) {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    Value zero = arith::ConstantOp::create(builder, function.getLoc(),
                                           builder.getI64IntegerAttr(0));
    Counts start(numbers.size(), zero);
    SmallVector<Block *> blocks;
    for (Block &block : function.getBody())
      blocks.push_back(&block);
    for (Block *block : blocks) {
      Counts counts = start;
      if (block != blocks.front())
        counts = addArguments(block);
      counts = countBlock(block, counts);
      Operation *end = block->getTerminator();
      if (auto leave = dyn_cast<tt::ReturnOp>(end))
        atEnd(leave, counts);
      else if (auto branch = dyn_cast<BranchOpInterface>(end))
        for (unsigned i = 0; i < end->getNumSuccessors(); ++i)
          branch.getSuccessorOperands(i).append(counts);
    }
  }

private:
  Counts addArguments(Block *block) {
    Counts counts;
    for (unsigned i = 0; i < numbers.size(); ++i)
      counts.push_back(block->addArgument(
          IntegerType::get(block->getParentOp()->getContext(), 64),
          block->getParentOp()->getLoc()));
    return counts;
  }

  /// The counts at the end of `block`, given those at its start.
  Counts countBlock(Block *block, Counts counts) {
    addOne(block, counts);
    for (Operation &op : llvm::make_early_inc_range(*block)) {
      if (op.hasAttr("tt.warp_specialize"))
        continue;
      if (auto loop = dyn_cast<scf::ForOp>(op))
        counts = countFor(loop, counts);
      else if (auto loop = dyn_cast<scf::WhileOp>(op))
        counts = countWhile(loop, counts);
      else if (auto branch = dyn_cast<scf::IfOp>(op))
        counts = countIf(branch, counts);
    }
    return counts;
  }

  void addOne(Block *block, Counts &counts) {
    auto number = numbers.find(block);
    if (number == numbers.end())
      return;
    Location loc = block->getParentOp()->getLoc();
    OpBuilder builder = OpBuilder::atBlockBegin(block);
    Value one =
        arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
    Value &count = counts[number->second];
    count = arith::AddIOp::create(builder, loc, count, one);
  }

  /// The counters of what is in `op`: only they are carried by it.
  SmallVector<unsigned> countersIn(Operation *op) const {
    SmallVector<unsigned> found;
    for (auto [block, number] : numbers)
      if (op->isAncestor(block->getParentOp()))
        found.push_back(number);
    llvm::sort(found);
    return found;
  }

  static Counts picked(ArrayRef<Value> counts, ArrayRef<unsigned> which) {
    Counts found;
    for (unsigned number : which)
      found.push_back(counts[number]);
    return found;
  }

  /// The counts with some replaced.
  static Counts with(Counts counts, ArrayRef<unsigned> which,
                     ValueRange values) {
    for (auto [number, value] : llvm::zip_equal(which, values))
      counts[number] = value;
    return counts;
  }

  /// Hands `values` on by the terminator of `block`, behind what it has.
  static void append(Block *block, ValueRange values) {
    Operation *end = block->getTerminator();
    end->insertOperands(end->getNumOperands(), values);
  }

  /// Replaces `op` by `wider`, which has further results, and gives those.
  static ResultRange replace(Operation *op, Operation *wider) {
    wider->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    unsigned count = op->getNumResults();
    op->replaceAllUsesWith(wider->getResults().take_front(count));
    op->erase();
    return wider->getResults().drop_front(count);
  }

  Counts countFor(scf::ForOp loop, Counts counts) {
    SmallVector<unsigned> which = countersIn(loop);
    SmallVector<Value> inits(loop.getInitArgs());
    llvm::append_range(inits, picked(counts, which));
    OpBuilder builder(loop);
    auto wider = scf::ForOp::create(
        builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(),
        loop.getStep(), inits, nullptr, loop.getUnsignedCmp());
    Block *body = takeBody(loop, loop.getBody(), wider.getRegion());
    ValueRange carried = body->getArguments().take_back(which.size());
    Counts after = countBlock(body, with(counts, which, carried));
    append(body, picked(after, which));
    return with(counts, which, replace(loop, wider));
  }

  Counts countWhile(scf::WhileOp loop, Counts counts) {
    SmallVector<unsigned> which = countersIn(loop);
    SmallVector<Value> inits(loop.getInits());
    llvm::append_range(inits, picked(counts, which));
    SmallVector<Type> types(loop.getResultTypes());
    types.append(which.size(), IntegerType::get(loop.getContext(), 64));
    OpBuilder builder(loop);
    auto wider = scf::WhileOp::create(builder, loop.getLoc(), types, inits);
    Block *before = loop.getBeforeBody(), *after = loop.getAfterBody();
    wider.getBefore().takeBody(loop.getBefore());
    wider.getAfter().takeBody(loop.getAfter());
    for (Block *block : {before, after}) {
      Counts carried;
      for (size_t i = 0; i < which.size(); ++i)
        carried.push_back(
            block->addArgument(builder.getI64Type(), loop.getLoc()));
      Counts end = countBlock(block, with(counts, which, carried));
      append(block, picked(end, which));
    }
    return with(counts, which, replace(loop, wider));
  }

  Counts countIf(scf::IfOp branch, Counts counts) {
    SmallVector<unsigned> which = countersIn(branch);
    SmallVector<Type> types(branch.getResultTypes());
    types.append(which.size(), IntegerType::get(branch.getContext(), 64));
    OpBuilder builder(branch);
    auto wider = scf::IfOp::create(builder, branch.getLoc(), types,
                                   branch.getCondition(),
                                   /*addThenBlock=*/false,
                                   /*addElseBlock=*/false);
    wider.getThenRegion().takeBody(branch.getThenRegion());
    wider.getElseRegion().takeBody(branch.getElseRegion());
    for (Block *block : {wider.thenBlock(), wider.elseBlock()})
      append(block, picked(countBlock(block, counts), which));
    return with(counts, which, replace(branch, wider));
  }

  /// Moves the body of `loop` into a region, with further arguments for what
  /// else its new owner carries.
  static Block *takeBody(scf::ForOp loop, Block *body, Region &region) {
    unsigned wanted = region.front().getNumArguments();
    region.takeBody(loop.getRegion());
    while (body->getNumArguments() < wanted)
      body->addArgument(IntegerType::get(loop.getContext(), 64), loop.getLoc());
    return body;
  }

  llvm::MapVector<Block *, unsigned> numbers;
};

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

/// A number that is zero in one thread of a program on NVIDIA, and in one of a
/// warp on AMD; null for other targets.
Value threadNumber(OpBuilder &builder, Location loc, StringRef backend) {
  StringRef code, constraints;
  if (backend == "cuda") {
    code = "mov.u32 $0, %tid.x;";
    constraints = "=r";
  } else if (backend == "hip") {
    code = "v_mbcnt_lo_u32_b32 $0, -1, 0\nv_mbcnt_hi_u32_b32 $0, -1, $0";
    constraints = "=&v";
  } else {
    return {};
  }
  return tt::ElementwiseInlineAsmOp::create(
             builder, loc, TypeRange{builder.getI32Type()}, code, constraints,
             /*pure=*/true, /*packed_element=*/1, ValueRange{})
      ->getResult(0);
}

/// This program's number, along x first, then y, then z.
Value programNumber(OpBuilder &builder, Location loc) {
  Value number;
  for (int axis : {2, 1, 0}) {
    Value id = tt::GetProgramIdOp::create(builder, loc, axis);
    if (number) {
      Value count = tt::GetNumProgramsOp::create(builder, loc, axis);
      Value before = arith::MulIOp::create(builder, loc, number, count);
      id = arith::AddIOp::create(builder, loc, before, id);
    }
    number = id;
  }
  return number;
}

Value isEqual(OpBuilder &builder, Location loc, Value value, int64_t to) {
  Value constant = arith::ConstantOp::create(
      builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(to)));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, value,
                               constant);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class CountVisits : public CountVisitsBase<CountVisits> {
  void runOnOperation() override {
    if (isCounted())
      return decline(getOperation(), "already-counted",
                     "the kernel prints its counts already");
    bool hasKernel = false;
    for (auto function : getOperation().getOps<tt::FuncOp>()) {
      if (function.isExternal())
        continue;
      if (function.isPublic()) {
        hasKernel = true;
        count(function);
      } else if (!placesIn(function).empty()) {
        decline(function, "called-function",
                "what a kernel calls does not hand its counts back");
      }
    }
    if (!hasKernel)
      decline(getOperation(), "no-kernel", "the module has no kernel");
  }

  bool isCounted() {
    return getOperation()
        .walk([](tt::PrintOp op) {
          return op.getPrefix().starts_with(prefix) ? WalkResult::interrupt()
                                                    : WalkResult::advance();
        })
        .wasInterrupted();
  }

  void count(tt::FuncOp function) {
    function.walk([&](Operation *op) {
      if (op->hasAttr("tt.warp_specialize"))
        decline(op, "warp-specialized",
                "the parts of the loop run in different warps, and a counter "
                "would be carried from one to the other");
    });
    addElseSides(function);
    SmallVector<Place> places = placesIn(function);
    if (places.empty())
      return decline(function, "nothing-to-count",
                     "the kernel has neither loop nor branch");
    for (const Place &place : places)
      fired(place.block->getParentOp(), "counts " + place.words);
    Counters(places).count(function,
                           [&](tt::ReturnOp end, ArrayRef<Value> counts) {
                             print(end, places, counts);
                           });
  }

  void print(tt::ReturnOp end, ArrayRef<Place> places, ArrayRef<Value> counts) {
    OpBuilder builder(end);
    Location loc = end.getLoc();
    Value prints;
    if (program >= 0)
      prints = isEqual(builder, loc, programNumber(builder, loc), program);
    if (Value thread = threadNumber(builder, loc, request().backend())) {
      Value isFirst = isEqual(builder, loc, thread, 0);
      prints =
          prints
              ? arith::AndIOp::create(builder, loc, prints, isFirst).getResult()
              : isFirst;
    }
    if (prints) {
      auto branch = scf::IfOp::create(builder, loc, prints, false);
      builder.setInsertionPointToStart(branch.thenBlock());
    }
    for (auto [place, count] : llvm::zip_equal(places, counts))
      tt::PrintOp::create(builder, loc,
                          (prefix + printable(place.words) + ": ").str(), false,
                          ValueRange(count), ArrayRef<int32_t>{1});
  }
};

} // namespace
} // namespace triton_ext
