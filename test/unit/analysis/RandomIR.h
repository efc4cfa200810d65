//===- RandomIR.h - random integer code of small width ----------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#ifndef TRITON_EXT_TEST_ANALYSIS_RANDOMIR_H
#define TRITON_EXT_TEST_ANALYSIS_RANDOMIR_H

#include "Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <random>

namespace triton_ext {

/// The dialects that tests use, loaded.
mlir::MLIRContext &testContext();

/// Sets a scalar argument, rounded to what its tt.divisibility promises.
void setArgument(mlir::BlockArgument arg, int64_t value,
                 Interpreter &interpreter);

/// Makes functions of 8-bit (and some 16-bit) code: `func.func @f(args)`.
class RandomIR {
public:
  explicit RandomIR(unsigned seed);

  int pick(int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(engine);
  }
  bool chance(int percent) { return pick(1, 100) <= percent; }

  /// Straight-line code of about `size` operations on random arguments.
  void makeStraightLine(unsigned size);
  /// A loop around random affine comparisons of what varies with it, maybe with
  /// a loop in it.
  void makeLoop();

  mlir::func::FuncOp function() { return func; }
  mlir::scf::ForOp loop() { return outerLoop; }
  /// All i1 values computed in the loop.
  llvm::ArrayRef<mlir::Value> predicates() const { return loopPredicates; }

  /// Whether there are assumptions or hints that an execution can break.
  bool hasAssumptions() const { return assumes; }

  /// Sets the arguments: corner values or any, as their attributes promise.
  void setArguments(Interpreter &interpreter) {
    setArguments(func, interpreter);
  }
  void setArguments(mlir::func::FuncOp function, Interpreter &interpreter);
  /// The same with fewer far values, which make loops long.
  void setModestArguments(mlir::func::FuncOp function,
                          Interpreter &interpreter);

private:
  using Pool = llvm::SmallVector<mlir::Value>;

  void makeFunction();
  mlir::Value constant(mlir::Type type, int64_t value);
  mlir::Type withShape(mlir::Type element, int shape);
  mlir::Value any(mlir::Type type);
  void keep(mlir::Value value);
  void addOperation();
  void addShape();
  void addArith();
  void addTruth();
  void addAssumption();
  mlir::Value maybeHinted(mlir::Value value);
  mlir::Value cdiv(mlir::Value value, int64_t divisor);
  mlir::Value affineScalar(mlir::Type type);
  mlir::Value affineTensor(int shape);
  mlir::Value compare(mlir::Value lhs, mlir::Value rhs);
  void addLoopPredicates(unsigned count);
  mlir::Value toScalarWidth(mlir::Value value, mlir::Type type);

  std::mt19937 engine;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::func::FuncOp func;
  mlir::scf::ForOp outerLoop;
  mlir::Type i1, i8, i16;
  llvm::DenseMap<mlir::Type, Pool> pools;
  /// Scalars that move with the loops around the insertion point.
  Pool moving;
  Pool loopPredicates;
  /// In a loop over ceil(n / size), n and size.
  mlir::Value tiled;
  int64_t tileSize = 0;
  bool assumes = false;
};

} // namespace triton_ext

#endif // TRITON_EXT_TEST_ANALYSIS_RANDOMIR_H
