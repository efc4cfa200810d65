//===- Instrument.cpp - What instruments add to a kernel --------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Transforms/Instrument.h"
#include "dialects/Triton/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "triton_ext/PythonLine.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

bool canInstrument(Operation *op) {
  for (Operation *parent = op->getParentOp(); parent;
       parent = parent->getParentOp()) {
    if (isa<tt::FuncOp>(parent))
      return true;
    if (!isa<scf::ForOp, scf::WhileOp, scf::IfOp>(parent))
      return false;
  }
  return false;
}

Operation *warpSpecializedLoop(Operation *op) {
  for (; op; op = op->getParentOp())
    if (op->hasAttr("tt.warp_specialize"))
      return op;
  return nullptr;
}

std::string printable(StringRef text) {
  std::string out = text.str();
  for (char &c : out)
    if (c == '%' || c == '\\' || static_cast<unsigned char>(c) < ' ')
      c = '_';
  return out;
}

std::string placeOf(Operation *op) {
  std::string place = pythonPlaceText(op->getLoc());
  return place.empty() ? "unknown line" : printable(place);
}

/// A branch that is always taken, which none of Triton's passes knows.
static scf::IfOp makeBranch(OpBuilder &builder, Location loc) {
  Value program = tt::GetProgramIdOp::create(builder, loc, 0);
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value always = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                       program, zero);
  return scf::IfOp::create(builder, loc, always, /*withElseRegion=*/false);
}

Assertions::Assertions(ModuleOp module, StringRef pass) : pass(pass) {
  std::string prefix = this->pass + ": ";
  module.walk([&](tt::AssertOp op) {
    if (op.getMessage().starts_with(prefix))
      existing.insert(op.getMessage());
  });
}

std::string Assertions::message(Operation *at, const Twine &what) const {
  return pass + ": " + placeOf(at) + ": " + printable(what.str());
}

void Assertions::add(OpBuilder &builder, Operation *at, Value condition,
                     StringRef message) const {
  // The lowering takes file and line of the plain location only.
  FileLineColLoc place = pythonPlace(at->getLoc());
  Location loc = place ? Location(place) : at->getLoc();
  OpBuilder::InsertionGuard guard(builder);
  if (isa<scf::ForOp>(at->getParentOp()))
    builder.setInsertionPointToStart(makeBranch(builder, loc).thenBlock());
  tt::AssertOp::create(builder, loc, condition, builder.getStringAttr(message));
}

} // namespace triton_ext
