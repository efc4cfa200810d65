//===- KernelText.h - writes the text of random kernels ---------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//
// Values of one integer type, scalars and tiles, line by line: %v1 = ...
//===----------------------------------------------------------------------===//

#ifndef TRITON_EXT_TEST_ANALYSIS_KERNELTEXT_H
#define TRITON_EXT_TEST_ANALYSIS_KERNELTEXT_H

#include "RandomIR.h"
#include <string>

namespace triton_ext {

class KernelText {
public:
  /// `type`: of all integers but masks, "i8" for example.
  KernelText(RandomIR &random, std::string type)
      : random(random), type(std::move(type)) {}

  /// Writes `%vN = right`; the name.
  std::string line(const llvm::Twine &right);
  /// Other text.
  void add(const llvm::Twine &text) { body += text.str(); }
  /// What was written since.
  std::string take() { return std::exchange(body, ""); }

  std::string tensor(llvm::ArrayRef<int> sizes) const;
  /// `shape`, scalar or tensor, of i1.
  std::string masksOf(llvm::StringRef shape) const;
  std::string constant(int64_t value, llvm::StringRef shape);
  /// 0, 1, ... `length` - 1.
  std::string range(int length);
  std::string splat(llvm::StringRef value, llvm::StringRef shape);
  /// A row or a column of values of type `element` as a tile of those sizes.
  std::string widen(llvm::StringRef value, bool isRow, int rows, int columns,
                    llvm::StringRef element);
  /// `lhs sign rhs`, maybe with sides exchanged, or negated twice.
  std::string compare(llvm::StringRef sign, llvm::StringRef lhs,
                      llvm::StringRef rhs, llvm::StringRef shape);

  RandomIR &random;
  const std::string type;

private:
  unsigned values = 0;
  std::string body;
};

/// The text of `@f(lb, ub, n, k, row)`: mostly a loop over tiles whose masks
/// are some of those that kernels have, tails, edges, both, written either way
/// round; and some that are nearly so, with a bound that is another one, or off
/// by a little, or wraps around. Now and then there is no loop, or one around.
class TiledKernel {
public:
  /// `program`: an i32 that the kernel's place hangs on, or "" for `row`.
  TiledKernel(RandomIR &random, std::string type, llvm::StringRef program = "");

  std::string text;

private:
  std::string bound(llvm::StringRef base);
  void addPlace(llvm::StringRef program);
  std::string makeLoop();
  void addMasks(llvm::StringRef counter);
  std::string addMask(llvm::StringRef counter);

  KernelText kernel;
  RandomIR &random;
  int size;
  /// Tiles of a row and of a column, of `size` elements.
  std::string lanes, rows, tile;
  std::string upper;
  bool isTiled = false;
};

} // namespace triton_ext

#endif // TRITON_EXT_TEST_ANALYSIS_KERNELTEXT_H
