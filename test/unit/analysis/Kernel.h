//===- Kernel.h - a parsed function with named values -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#ifndef TRITON_EXT_TEST_ANALYSIS_KERNEL_H
#define TRITON_EXT_TEST_ANALYSIS_KERNEL_H

#include "RandomIR.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

namespace triton_ext {

/// Parsed text in which operations are found by an attribute `is = "name"`.
class Kernel {
public:
  explicit Kernel(const std::string &text)
      : module(mlir::parseSourceString<mlir::ModuleOp>(
            text, mlir::ParserConfig(&testContext()))) {
    EXPECT_TRUE(module) << text;
  }

  mlir::Operation *op(llvm::StringRef name) {
    mlir::Operation *found = nullptr;
    module->walk([&](mlir::Operation *op) {
      auto is = op->getAttrOfType<mlir::StringAttr>("is");
      if (is && is.getValue() == name)
        found = op;
    });
    EXPECT_TRUE(found) << name.str();
    return found;
  }
  mlir::Value operator[](llvm::StringRef name) {
    return op(name)->getResult(0);
  }
  mlir::scf::ForOp loop(llvm::StringRef name = "loop") {
    return mlir::cast<mlir::scf::ForOp>(op(name));
  }
  mlir::ModuleOp get() { return *module; }

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

template <typename T> std::string textOf(const T &thing) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if constexpr (std::is_same_v<T, AffineForm>)
    thing.print(os);
  else
    os << thing;
  return text;
}

/// "AllTrue@0 Mixed@<start> ...", the segments in order.
inline std::string textOfSegments(const PredicateOverLoop &predicate) {
  static const char *const names[] = {"AllTrue", "AllFalse", "Mixed"};
  std::string text;
  for (const Segment &segment : predicate.segments())
    text += (text.empty() ? "" : " ") +
            std::string(names[static_cast<int>(segment.lanes)]) + "@" +
            textOf(segment.begin);
  return text;
}

inline std::string textOfObligations(llvm::ArrayRef<Obligation> obligations) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      obligations, os,
      [&](const Obligation &obligation) {
        if (obligation.min)
          os << *obligation.min << " <= ";
        os << obligation.expr;
        if (obligation.max)
          os << " <= " << *obligation.max;
      },
      "; ");
  return text;
}

} // namespace triton_ext

#endif // TRITON_EXT_TEST_ANALYSIS_KERNEL_H
