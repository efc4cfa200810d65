//===- Accesses.cpp - What reads and writes global memory -------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "triton_ext/Analysis/Accesses.h"
#include "dialects/Triton/Triton.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
namespace tt = mlir::triton;

namespace triton_ext {

std::optional<Access> accessOf(Operation *op) {
  using Result = std::optional<Access>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([](tt::LoadOp load) {
        return Access{load, "load", load.getPtr(), load.getMask(), {}};
      })
      .Case([](tt::StoreOp store) {
        return Access{store, "store", store.getPtr(), store.getMask(),
                      store.getValue()};
      })
      .Case([](tt::AtomicRMWOp atomic) {
        return Access{atomic, "atomic", atomic.getPtr(), atomic.getMask(),
                      atomic.getVal()};
      })
      .Case([](tt::AtomicCASOp atomic) {
        return Access{atomic, "atomic", atomic.getPtr(), {}, atomic.getVal()};
      })
      .Case([](tt::AtomicLoadOp atomic) {
        return Access{atomic, "atomic", atomic.getPtr(), atomic.getMask(), {}};
      })
      .Case([](tt::AtomicStoreOp atomic) {
        return Access{atomic, "atomic", atomic.getPtr(), atomic.getMask(),
                      atomic.getValue()};
      })
      .Case([](tt::AtomicPollOp atomic) {
        return Access{atomic, "atomic", atomic.getPtr(), {}, {}};
      })
      .Default([](Operation *) { return Result(); });
}

} // namespace triton_ext
