//===- Interpreter.h - runs small functions, lane by lane -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// The judge of the affine analysis: executes arith, scf, the shape operations
// of tt and its accesses to memory on concrete bits, by their definition. An
// scf.for runs over lb, lb + step, ... < ub in Z.
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_TEST_ANALYSIS_INTERPRETER_H
#define TRITON_EXT_TEST_ANALYSIS_INTERPRETER_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Operation.h"
#include "triton_ext/Analysis/AffineAnalysis.h"
#include "llvm/ADT/DenseMap.h"
#include <array>
#include <vector>

namespace triton_ext {

/// What one program does to memory.
struct Memory {
  /// A lane of a store, an atomic or a volatile load that its mask let through;
  /// the ordering that comes with an atomic has no address.
  struct Effect {
    mlir::OperationName operation;
    uint64_t address, value;

    bool operator==(const Effect &other) const {
      return operation == other.operation && address == other.address &&
             value == other.value;
    }
  };

  /// In their order.
  std::vector<Effect> effects;
  /// Addresses that other loads read, in their order.
  std::vector<uint64_t> loaded;
  /// What was stored, by address. Elsewhere there are small numbers that hang
  /// on the address.
  llvm::DenseMap<uint64_t, uint64_t> stored;
};

class Interpreter {
public:
  /// The elements in row-major order, bits zero-extended. One for a scalar.
  using Lanes = std::vector<uint64_t>;

  /// Runs the operations of the block, up to its terminator. False if the
  /// execution is undefined (llvm.intr.assume and tt.divisibility make it so,
  /// too), or takes longer than `budget` operations.
  bool run(mlir::Block &block);

  void set(mlir::Value value, Lanes lanes);
  void setScalar(mlir::Value value, int64_t number);
  bool isKnown(mlir::Value value) const { return values.count(value); }
  const Lanes &get(mlir::Value value) const {
    return values.find(value)->second;
  }
  /// Element `lane` read as the analysis reads it: signed, or 0 and 1 for i1.
  int64_t signedLane(mlir::Value value, unsigned lane) const;
  /// The value of a symbol, at `lane` if it is a tensor.
  Integer symbol(const Symbol &symbol, unsigned lane) const;
  /// The number of the iteration that `loop` is in, or was in last.
  int64_t iteration(mlir::scf::ForOp loop) const {
    return iterations.lookup(loop.getOperation());
  }

  /// Operations that may still be executed.
  unsigned budget = 20000;

  /// The place of the program in the grid; accesses of the program.
  std::array<int32_t, 3> programIds{};
  Memory memory;

  /// Called whenever a value is computed.
  std::function<void(mlir::Value)> onValue;

private:
  bool execute(mlir::Operation &op);
  bool executeLoop(mlir::scf::ForOp loop);
  bool executeArith(mlir::Operation &op);
  bool executeAccess(mlir::Operation &op);
  uint64_t read(uint64_t address, mlir::Type type);

  llvm::DenseMap<mlir::Value, Lanes> values;
  llvm::DenseMap<mlir::Operation *, int64_t> iterations;
  /// A hint was wrong: the execution is undefined.
  bool isBroken = false;
};

/// Bits of the element type.
unsigned bitsOf(mlir::Type type);
/// Number of elements; 1 for a scalar.
unsigned lanesOf(mlir::Type type);
/// The position of row-major element `lane` in each dimension.
llvm::SmallVector<int64_t> positionOf(mlir::Type type, unsigned lane);

} // namespace triton_ext

#endif // TRITON_EXT_TEST_ANALYSIS_INTERPRETER_H
