//===- AccessPatterns.h - Who reads the same memory again -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// How often what a load reads is read: by other loads of the program, by later
// iterations of a loop around it, by other programs. It is read off the form of
// the addresses, for hints and reports. Nothing here is a proof: that two
// addresses are told to differ does not mean that they do not overlap.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_ANALYSIS_ACCESSPATTERNS_H
#define TRITON_EXT_ANALYSIS_ACCESSPATTERNS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include <map>
#include <vector>

namespace triton_ext {

/// What is known of the addresses of a load or store.
struct AccessPattern {
  /// They are made of arguments, program ids, counters and lanes alone. If not
  /// (indices that were loaded, carried through a while loop), nothing below
  /// holds.
  bool isKnown = false;
  /// A load of the same addresses comes later in the text, or the same one in
  /// the next iteration of a loop around.
  bool isReadLater = false;
  /// A load of the same addresses comes earlier in the text.
  bool isReadBefore = false;
  /// Some other programs access the same addresses: what distinguishes them,
  /// judging by all accesses of the kernel, does not enter into these.
  bool isShared = false;
};

/// The accesses of one function. Looks at all of them when it is made; knows
/// nothing of later changes.
class AccessPatterns {
public:
  explicit AccessPatterns(mlir::Operation *function);

  /// Of a tt.load or tt.store in the function.
  AccessPattern of(mlir::Operation *access) const;

private:
  using Values = llvm::SmallSetVector<mlir::Value, 4>;
  /// Where an address comes from.
  struct Sources {
    bool isKnown = true;
    /// The loops whose iterations it differs in.
    llvm::SmallSetVector<mlir::Operation *, 4> loops;
  };

  unsigned numberOf(mlir::Value value);
  unsigned numberOfArgument(mlir::BlockArgument argument);
  unsigned numberOfKey(std::vector<uintptr_t> key);
  void collectSources(mlir::Value value, Sources &sources,
                      llvm::DenseSet<mlir::Value> &seen) const;
  bool dependsOnProgram(mlir::Value value);
  void collectCoordinates(mlir::Value value, Values &coordinates);
  bool isDetermined(mlir::Value coordinate, const Values &by);
  mlir::Value canonical(mlir::Value value);
  void findShared(llvm::ArrayRef<mlir::Operation *> accesses);
  void findReadAgain(llvm::ArrayRef<mlir::Operation *> accesses);

  llvm::DenseMap<mlir::Operation *, AccessPattern> patterns;
  /// Values with one number are computed alike.
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  std::map<std::vector<uintptr_t>, unsigned> keys;
  unsigned nextNumber = 0;
  llvm::DenseMap<unsigned, mlir::Value> representatives;
  llvm::DenseMap<mlir::Value, bool> programDependence;
};

} // namespace triton_ext

#endif // TRITON_EXT_ANALYSIS_ACCESSPATTERNS_H
