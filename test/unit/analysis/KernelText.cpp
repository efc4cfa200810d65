//===- KernelText.cpp - writes the text of random kernels -------*- C++ -*-===//
// SPDX-License-Identifier: MIT

#include "KernelText.h"

using namespace mlir;

namespace triton_ext {

std::string KernelText::line(const Twine &right) {
  std::string name = "%v" + std::to_string(++values);
  body += name + " = " + right.str() + "\n";
  return name;
}

std::string KernelText::tensor(ArrayRef<int> sizes) const {
  std::string text = "tensor<";
  for (int size : sizes)
    text += std::to_string(size) + "x";
  return text + type + ">";
}

std::string KernelText::masksOf(StringRef shape) const {
  std::string bits = shape.str();
  return bits.replace(bits.rfind(type), type.size(), "i1");
}

std::string KernelText::constant(int64_t value, StringRef shape) {
  std::string number = std::to_string(value);
  return line("arith.constant " +
              (shape.starts_with("tensor") ? "dense<" + number + ">" : number) +
              " : " + shape);
}

std::string KernelText::range(int length) {
  std::string wide = "tensor<" + std::to_string(length) + "xi32>";
  std::string lanes = line("tt.make_range {end = " + std::to_string(length) +
                           " : i32, start = 0 : i32} : " + wide);
  if (type == "i32")
    return lanes;
  return line("arith.trunci " + lanes + " : " + wide + " to " + tensor(length));
}

std::string KernelText::splat(StringRef value, StringRef shape) {
  return line("tt.splat " + value + " : " + type + " -> " + shape);
}

std::string KernelText::widen(StringRef value, bool isRow, int rows,
                              int columns, StringRef element) {
  auto tensorOf = [&](const Twine &sizes) {
    return ("tensor<" + sizes + "x" + element + ">").str();
  };
  std::string from = tensorOf(Twine(isRow ? rows : columns));
  std::string middle =
      isRow ? tensorOf(Twine(rows) + "x1") : tensorOf("1x" + Twine(columns));
  std::string expanded =
      line("tt.expand_dims " + value + " {axis = " + (isRow ? "1" : "0") +
           " : i32} : " + from + " -> " + middle);
  return line("tt.broadcast " + expanded + " : " + middle + " -> " +
              tensorOf(Twine(rows) + "x" + Twine(columns)));
}

std::string KernelText::compare(StringRef sign, StringRef lhs, StringRef rhs,
                                StringRef shape) {
  static const std::pair<StringRef, StringRef> mirrored[] = {
      {"slt", "sgt"}, {"sgt", "slt"}, {"sle", "sge"}, {"sge", "sle"},
      {"ult", "ugt"}, {"ugt", "ult"}, {"ule", "uge"}, {"uge", "ule"}};
  static const std::pair<StringRef, StringRef> negated[] = {
      {"slt", "sge"}, {"sgt", "sle"}, {"sle", "sgt"}, {"sge", "slt"},
      {"ult", "uge"}, {"ugt", "ule"}, {"ule", "ugt"}, {"uge", "ult"}};
  auto find = [](const auto &table, StringRef sign) {
    return llvm::find_if(table,
                         [&](auto &entry) { return entry.first == sign; })
        ->second;
  };
  bool isNegated = random.chance(25);
  if (isNegated)
    sign = find(negated, sign);
  bool isMirrored = random.chance(40);
  if (isMirrored)
    sign = find(mirrored, sign);
  std::string mask =
      line("arith.cmpi " + sign + ", " + (isMirrored ? rhs : lhs) + ", " +
           (isMirrored ? lhs : rhs) + " : " + shape);
  if (!isNegated)
    return mask;
  std::string bits = masksOf(shape);
  std::string ones =
      line(shape.starts_with("tensor") ? "arith.constant dense<true> : " + bits
                                       : std::string("arith.constant true"));
  return line("arith.xori " + mask + ", " + ones + " : " + bits);
}

//===----------------------------------------------------------------------===//
// Loops over tiles
//===----------------------------------------------------------------------===//

TiledKernel::TiledKernel(RandomIR &random, std::string type, StringRef program)
    : kernel(random, std::move(type)), random(random),
      size(1 << random.pick(1, kernel.type == "i4" ? 2 : 3)),
      tile(kernel.tensor(size)) {
  const std::string &i = kernel.type;
  text = "func.func @f(";
  for (StringRef name : {"%lb", "%ub", "%n", "%k", "%row"}) {
    text += (name + ": " + i).str();
    if (random.chance(20))
      text += " {tt.divisibility = " + std::to_string(1 << random.pick(1, 4)) +
              " : i32}";
    text += name == "%row" ? ") {\n" : ", ";
  }
  kernel.add("%zero = arith.constant 0 : " + i +
             "\n%one = arith.constant 1 : " + i + "\n%size = arith.constant " +
             Twine(size) + " : " + i + "\n");
  lanes = kernel.range(size);
  addPlace(program);
  text += kernel.take();
  int kind = random.pick(0, 9);
  if (kind == 0) {
    addMasks("");
    text += kernel.take();
  } else if (kind <= 2) {
    text += "%two = arith.constant 2 : " + i +
            "\nscf.for %o = %zero to %two step %one : " + i + " {\n";
    // The loop inside begins elsewhere each time.
    kernel.add("%lbo = arith.addi %lb, %o : " + i + "\n");
    text += makeLoop() + "}\n";
  } else {
    kernel.add("%lbo = arith.addi %lb, %zero : " + i + "\n");
    text += makeLoop();
  }
  text += "return\n}\n";
}

/// The rows that the program is about.
void TiledKernel::addPlace(StringRef program) {
  const std::string &i = kernel.type;
  std::string at = "%row";
  if (!program.empty())
    at = kernel.line("tt.get_program_id " + program + " : i32");
  std::string start = at;
  if (!program.empty() || random.chance(60))
    start = kernel.line("arith.muli " + at + ", %size : " + i);
  rows = kernel.line("arith.addi " + lanes + ", " + kernel.splat(start, tile) +
                     " : " + tile);
}

/// `base`, or something that looks like it.
std::string TiledKernel::bound(StringRef base) {
  const std::string &i = kernel.type;
  auto on = [&](StringRef op, const std::string &a, const std::string &b) {
    return kernel.line("arith." + op + " " + a + ", " + b + " : " + i);
  };
  std::string it = base.str();
  switch (random.pick(0, 14)) {
  case 0:
    return on("addi", it, kernel.constant(random.pick(-2, 2), i));
  case 1:
    return on("subi", it, kernel.constant(random.pick(1, size), i));
  case 2:
    return on("muli", on("divsi", it, "%size"), "%size");
  case 3:
  case 4: {
    std::string sum = on("addi", it, kernel.constant(size - 1, i));
    return on("muli", on("divsi", sum, "%size"), "%size");
  }
  case 5:
    return on("muli", it, "%size");
  case 6:
    return on("minsi", it, "%n");
  case 7:
    return kernel.constant(random.pick(-1, 7), i);
  default:
    return it;
  }
}

std::string TiledKernel::makeLoop() {
  const std::string &i = kernel.type;
  std::string lower = "%zero", step = "%size";
  isTiled = random.chance(25);
  if (isTiled) {
    // cdiv(k, size) tiles.
    step = "%one";
    std::string sum = kernel.line("arith.addi %k, " +
                                  kernel.constant(size - 1, i) + " : " + i);
    upper = kernel.line("arith.divsi " + sum + ", %size : " + i);
  } else {
    upper = bound(random.chance(60) ? "%k" : "%ub");
    int kind = random.pick(0, 9);
    if (kind < 4)
      lower = "%lbo";
    else if (kind < 6)
      lower = kernel.line("arith.muli %lbo, %size : " + i);
    else if (kind == 6)
      lower = kernel.constant(random.pick(-3, 3), i);
    kind = random.pick(0, 9);
    if (kind < 2)
      step = kernel.constant(kind == 0 ? random.pick(1, 5) : 2 * size - 1, i);
  }
  std::string front = kernel.take();
  addMasks("%s");
  return front + "scf.for %s = " + lower + " to " + upper + " step " + step +
         " : " + i + " {\n" + kernel.take() + "}\n";
}

/// One of the masks, of a tile's lanes; `counter` empty outside of loops.
std::string TiledKernel::addMask(StringRef counter) {
  const std::string &i = kernel.type;
  auto on = [&](StringRef op, const std::string &a, const std::string &b) {
    return kernel.line("arith." + op + " " + a + ", " + b + " : " + i);
  };
  std::string it = counter.str();
  int kind = counter.empty() ? 0 : random.pick(0, 9);
  // The rows of the program inside.
  if (kind < 3) {
    std::string limit = kernel.splat(bound("%n"), tile);
    return kernel.compare(random.chance(85) ? "slt" : "ult", rows, limit, tile);
  }
  if (isTiled && kind < 9) {
    // lanes < k - s * size, s * size + lanes < k
    std::string done = on("muli", it, "%size");
    std::string limit = bound("%k");
    if (random.chance(50))
      return kernel.compare("slt", lanes,
                            kernel.splat(on("subi", limit, done), tile), tile);
    std::string at = kernel.line("arith.addi " + lanes + ", " +
                                 kernel.splat(done, tile) + " : " + tile);
    return kernel.compare("slt", at, kernel.splat(limit, tile), tile);
  }
  std::string limit = random.chance(75) ? upper : bound("%k");
  std::string at = kernel.line("arith.addi " + lanes + ", " +
                               kernel.splat(it, tile) + " : " + tile);
  if (kind == 3)
    return kernel.compare("slt", lanes,
                          kernel.splat(on("subi", limit, it), tile), tile);
  if (kind == 4)
    return kernel.compare("sge", at, kernel.splat("%zero", tile), tile);
  const char *sign = random.chance(75)   ? "slt"
                     : random.chance(50) ? "sle"
                                         : "ult";
  return kernel.compare(sign, at, kernel.splat(limit, tile), tile);
}

void TiledKernel::addMasks(StringRef counter) {
  const std::string &i = kernel.type;
  std::string bits = kernel.masksOf(tile);
  std::string last;
  for (int count = random.pick(1, 3); count != 0; --count) {
    std::string mask = addMask(counter);
    if (!last.empty() && random.chance(60)) {
      std::string both =
          kernel.line("arith.andi " + last + ", " + mask + " : " + bits);
      if (random.chance(30))
        kernel.line("arith.andi " + both + ", " + addMask(counter) + " : " +
                    bits);
    }
    // (rows[:, None] < n) & (columns[None, :] < k)
    if (size <= 4 && random.chance(30)) {
      std::string a = kernel.widen(mask, true, size, size, "i1");
      std::string b = kernel.widen(addMask(counter), false, size, size, "i1");
      kernel.line("arith.andi " + a + ", " + b + " : tensor<" + Twine(size) +
                  "x" + Twine(size) + "xi1>");
    }
    last = mask;
  }
  // A branch's condition.
  if (!counter.empty() && random.chance(25))
    kernel.compare("slt", counter, bound(upper), i);
  else if (random.chance(25))
    kernel.compare("slt", "%row", bound("%n"), i);
}

} // namespace triton_ext
