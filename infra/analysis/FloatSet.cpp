//===- FloatSet.cpp - what kinds of floats a value can be -------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "triton_ext/Analysis/FloatSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"

using namespace llvm;

namespace triton_ext {

using K = FloatSet::Kind;

static constexpr std::array<uint8_t, 7> allKinds = {
    K::NaN, K::NegInf, K::Neg, K::NegZero, K::PosZero, K::Pos, K::PosInf};

FloatSet FloatSet::of(const APFloat &value) {
  bool isNegative = value.isNegative();
  if (value.isNaN())
    return NaN;
  if (value.isInfinity())
    return isNegative ? NegInf : PosInf;
  if (value.isZero())
    return isNegative ? NegZero : PosZero;
  return isNegative ? Neg : Pos;
}

void FloatSet::print(raw_ostream &os) const {
  static const char *const names[] = {"nan", "-inf", "-",   "-0",
                                      "+0",  "+",    "+inf"};
  const char *separator = "";
  for (size_t i = 0; i != allKinds.size(); ++i)
    if (has(allKinds[i])) {
      os << separator << names[i];
      separator = " ";
    }
}

std::optional<APFloat>
FloatSet::onlyMember(const fltSemantics &semantics) const {
  switch (kinds) {
  case NaN:
    return APFloat::getNaN(semantics);
  case NegInf:
    return APFloat::getInf(semantics, /*Negative=*/true);
  case PosInf:
    return APFloat::getInf(semantics);
  case NegZero:
    return APFloat::getZero(semantics, /*Negative=*/true);
  case PosZero:
    return APFloat::getZero(semantics);
  default:
    return std::nullopt;
  }
}

/// The union of what `rule` says of every kind in `a`.
static FloatSet each(FloatSet a, function_ref<uint8_t(uint8_t)> rule) {
  FloatSet result(0);
  for (uint8_t kind : allKinds)
    if (a.has(kind))
      result = result | rule(kind);
  return result;
}

/// The union of what `rule` says of every pair of kinds, neither one NaN, which
/// gives NaN.
static FloatSet pairs(FloatSet a, FloatSet b,
                      function_ref<uint8_t(uint8_t, uint8_t)> rule) {
  return each(a, [&](uint8_t x) {
    return each(b,
                [&](uint8_t y) -> uint8_t {
                  return x == K::NaN || y == K::NaN ? uint8_t(K::NaN)
                                                    : rule(x, y);
                })
        .bits();
  });
}

static bool isInfinity(uint8_t kind) { return kind & (K::NegInf | K::PosInf); }
static bool isZero(uint8_t kind) { return kind & FloatSet::zeros; }
static bool isNegative(uint8_t kind) {
  return kind & (K::NegInf | K::Neg | K::NegZero);
}
static uint8_t zeroLike(uint8_t kind) {
  return isNegative(kind) ? K::NegZero : K::PosZero;
}
static uint8_t infinityLike(uint8_t kind) {
  return isNegative(kind) ? K::NegInf : K::PosInf;
}

FloatSet negated(FloatSet a) {
  return each(a, [](uint8_t x) -> uint8_t {
    // The kinds stand in the order of the number line.
    return x == K::NaN ? x : uint8_t((K::NegInf * K::PosInf) / x);
  });
}

FloatSet absolute(FloatSet a) {
  return each(a,
              [](uint8_t x) { return isNegative(x) ? negated(x).bits() : x; });
}

FloatSet sum(FloatSet a, FloatSet b) {
  return pairs(a, b, [](uint8_t x, uint8_t y) -> uint8_t {
    if (isInfinity(x) || isInfinity(y)) {
      if (isInfinity(x) && isInfinity(y) && x != y)
        return K::NaN;
      return isInfinity(x) ? x : y;
    }
    if (isZero(x) && isZero(y))
      return x == y ? x : uint8_t(K::PosZero);
    if (isZero(x) || isZero(y))
      return isZero(x) ? y : x;
    if (x == y)
      return x | infinityLike(x);
    return K::Neg | K::Pos | K::PosZero;
  });
}

FloatSet product(FloatSet a, FloatSet b) {
  return pairs(a, b, [](uint8_t x, uint8_t y) -> uint8_t {
    uint8_t sign = isNegative(x) == isNegative(y) ? K::Pos : K::Neg;
    if ((isInfinity(x) && isZero(y)) || (isZero(x) && isInfinity(y)))
      return K::NaN;
    if (isInfinity(x) || isInfinity(y))
      return infinityLike(sign);
    if (isZero(x) || isZero(y))
      return zeroLike(sign);
    return sign | zeroLike(sign) | infinityLike(sign);
  });
}

FloatSet exponential(FloatSet a) {
  return each(a, [](uint8_t x) -> uint8_t {
    switch (x) {
    case K::NegInf:
      return K::PosZero;
    case K::Neg:
      return K::PosZero | K::Pos;
    case K::NegZero:
    case K::PosZero:
      return K::Pos;
    case K::Pos:
      return K::Pos | K::PosInf;
    default:
      return x;
    }
  });
}

FloatSet narrowed(FloatSet a) {
  return each(a, [](uint8_t x) -> uint8_t {
    bool isPlain = x == K::Neg || x == K::Pos;
    return isPlain ? x | zeroLike(x) | infinityLike(x) : x;
  });
}

FloatSet greater(FloatSet a, FloatSet b, bool propagatesNaN) {
  auto rule = [&](uint8_t x, uint8_t y) -> uint8_t {
    if (x == K::NaN || y == K::NaN)
      return propagatesNaN ? uint8_t(K::NaN) : x == K::NaN ? y : x;
    // Which of two zeros is taken differs from target to target.
    return isZero(x) && isZero(y) ? x | y : std::max(x, y);
  };
  return each(a, [&](uint8_t x) {
    return each(b, [&](uint8_t y) { return rule(x, y); }).bits();
  });
}

bool firstIsGreater(FloatSet a, FloatSet b, bool propagatesNaN) {
  for (uint8_t x : allKinds)
    for (uint8_t y : allKinds) {
      if (!a.has(x) || !b.has(y))
        continue;
      if (x == K::NaN) {
        if (!propagatesNaN && y != K::NaN)
          return false;
      } else if (y == K::NaN) {
        if (propagatesNaN)
          return false;
      } else if (isZero(x) && isZero(y)) {
        if (x != y)
          return false;
      } else if (x < y || (x == y && !isInfinity(x))) {
        return false;
      }
    }
  return true;
}

Outcome compared(mlir::arith::CmpFPredicate predicate, FloatSet a, FloatSet b,
                 bool isSame) {
  // The predicates are sets of these relations, in MLIR's numbering.
  enum Relation { Equal = 1, Greater = 2, Less = 4, Unordered = 8 };
  unsigned accepted = 0;
  switch (predicate) {
    using P = mlir::arith::CmpFPredicate;
  case P::AlwaysFalse:
    break;
  case P::OEQ:
    accepted = Equal;
    break;
  case P::OGT:
    accepted = Greater;
    break;
  case P::OGE:
    accepted = Equal | Greater;
    break;
  case P::OLT:
    accepted = Less;
    break;
  case P::OLE:
    accepted = Equal | Less;
    break;
  case P::ONE:
    accepted = Less | Greater;
    break;
  case P::ORD:
    accepted = Equal | Less | Greater;
    break;
  case P::UEQ:
    accepted = Unordered | Equal;
    break;
  case P::UGT:
    accepted = Unordered | Greater;
    break;
  case P::UGE:
    accepted = Unordered | Equal | Greater;
    break;
  case P::ULT:
    accepted = Unordered | Less;
    break;
  case P::ULE:
    accepted = Unordered | Equal | Less;
    break;
  case P::UNE:
    accepted = Unordered | Less | Greater;
    break;
  case P::UNO:
    accepted = Unordered;
    break;
  case P::AlwaysTrue:
    accepted = Equal | Less | Greater | Unordered;
    break;
  }
  unsigned possible = 0;
  auto relate = [&](uint8_t x, uint8_t y) -> unsigned {
    if (x == K::NaN || y == K::NaN)
      return Unordered;
    if (isSame || (x == y && isInfinity(x)) || (isZero(x) && isZero(y)))
      return Equal;
    if (x == y)
      return Less | Equal | Greater;
    return x < y ? Less : Greater;
  };
  for (uint8_t x : allKinds)
    for (uint8_t y : allKinds)
      if (a.has(x) && b.has(y) && (!isSame || x == y))
        possible |= relate(x, y);
  return {(possible & accepted) != 0, (possible & ~accepted) != 0};
}

} // namespace triton_ext
