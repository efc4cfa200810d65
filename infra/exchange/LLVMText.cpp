//===- LLVMText.cpp - Texts of LLVM IR, compared ----------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/LLVMText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <vector>

using namespace llvm;

namespace triton_ext {

using Groups = StringMap<StringRef>;

/// The line up to its comment. A quote inside of a string is spelled \22.
static StringRef withoutComment(StringRef line) {
  bool quoted = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"')
      quoted = !quoted;
    else if (line[at] == ';' && !quoted)
      return line.take_front(at).trim();
  }
  return line.trim();
}

/// `attributes #3 = { nounwind }`
static bool readGroup(StringRef line, Groups &groups) {
  if (!line.consume_front("attributes #"))
    return false;
  auto [number, body] = line.split(" = ");
  groups[number] = body;
  return true;
}

/// The line with every `#3` outside of strings replaced by what `replace` says.
static std::string replaceGroups(StringRef line,
                                 function_ref<std::string(StringRef)> replace) {
  std::string out;
  bool quoted = false;
  while (!line.empty()) {
    if (line.front() == '"')
      quoted = !quoted;
    StringRef number = line.drop_front().take_while(isDigit);
    if (line.front() != '#' || quoted || number.empty()) {
      out += line.front();
      line = line.drop_front();
      continue;
    }
    out += replace(number);
    line = line.drop_front(1 + number.size());
  }
  return StringRef(out).rtrim().str();
}

static bool declaresIntrinsic(StringRef line) {
  return line.starts_with("declare ") && line.contains("@llvm.");
}

static std::string resolved(StringRef line, const Groups &groups) {
  bool drop = declaresIntrinsic(line);
  return replaceGroups(line, [&](StringRef number) {
    return drop ? "" : groups.lookup(number).str();
  });
}

static std::vector<std::string> meaningfulLines(StringRef text) {
  std::vector<StringRef> lines;
  Groups groups;
  for (StringRef line : split(text, '\n')) {
    line = withoutComment(line);
    if (!line.empty() && !readGroup(line, groups))
      lines.push_back(line);
  }
  std::vector<std::string> all;
  for (StringRef line : lines)
    all.push_back(resolved(line, groups));
  return all;
}

/// "fadd" of "%1 = fadd float %0, 1.0".
static std::string operationOf(StringRef line) {
  if (line.starts_with("%"))
    line = line.split(" = ").second;
  return line.take_until([](char c) { return c == ' '; }).str();
}

std::optional<Difference> differenceOfLLVM(StringRef a, StringRef b) {
  if (a == b)
    return std::nullopt;
  std::vector<std::string> left = meaningfulLines(a),
                           right = meaningfulLines(b);
  for (size_t at = 0; at < std::max(left.size(), right.size()); ++at) {
    StringRef one = at < left.size() ? left[at] : StringRef("nothing");
    StringRef other = at < right.size() ? right[at] : StringRef("nothing");
    if (one != other)
      return Difference{operationOf(one),
                        ("'" + one + "' became '" + other + "'").str()};
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// For an older reader
//===----------------------------------------------------------------------===//

std::string withoutIntrinsicAttributes(StringRef text) {
  StringSet<> used;
  std::vector<std::string> lines;
  for (StringRef line : split(text.rtrim('\n'), '\n')) {
    StringRef code = withoutComment(line);
    Groups ignored;
    if (declaresIntrinsic(code)) {
      lines.push_back(replaceGroups(code, [](StringRef) { return ""; }));
      continue;
    }
    if (!readGroup(code, ignored))
      (void)replaceGroups(code, [&](StringRef number) {
        used.insert(number);
        return "";
      });
    lines.push_back(line.str());
  }
  std::string out;
  for (StringRef line : lines) {
    Groups group;
    if (!readGroup(withoutComment(line), group) ||
        used.contains(group.begin()->first()))
      out += (line + "\n").str();
  }
  return out;
}

/// Calls `take` with every word that is a keyword by its place: no name, no
/// metadata, no string, no comment.
static void forKeywords(StringRef text, function_ref<void(StringRef)> take) {
  auto isWord = [](char c) {
    return isAlnum(c) || StringRef("_.-$").contains(c);
  };
  for (StringRef line : split(text, '\n')) {
    line = withoutComment(line);
    while (!line.empty()) {
      char first = line.front();
      if (first == '"') {
        line = line.drop_front().split('"').second;
        continue;
      }
      bool isName = StringRef("%@!#$").contains(first);
      if (isName)
        line = line.drop_front();
      StringRef word = line.take_while(isWord);
      line = line.drop_front(std::max<size_t>(word.size(), !isName));
      bool isLabel = line.starts_with(":");
      if (!isName && !isLabel && !word.empty() && isAlpha(word.front()))
        take(word);
    }
  }
}

/// Of LLVM 15 and before.
static const StringSet<> &longKnown() {
  static const StringSet<> words = [] {
    StringSet<> all;
    for (StringRef word : split(
             "add addrspace addrspacecast afn align alloca and arcp ashr asm "
             "attributes bfloat bitcast br c call cmpxchg constant contract "
             "convergent declare define distinct double eq exact external "
             "extractelement extractvalue fadd false fast fcmp fdiv fence "
             "float "
             "fmul fneg fpext fptosi fptoui fptrunc freeze frem fsub "
             "getelementptr global half icmp inbounds insertelement "
             "insertvalue inttoptr internal label load local_unnamed_addr lshr "
             "metadata mul ne ninf nnan noinline nounwind nsw nsz null nuw oeq "
             "oge ogt ole olt one or ord phi poison private ptr ptrtoint "
             "readnone reassoc ret sdiv select sext sge sgt shl shufflevector "
             "sideeffect sitofp sle slt source_filename srem store sub switch "
             "tail target to triple datalayout true trunc type udiv ueq uge "
             "ugt uitofp ule ult undef une uno unnamed_addr unreachable urem "
             "void volatile x xor zeroinitializer zext",
             ' '))
      all.insert(word);
    return all;
  }();
  return words;
}

/// i32: an integer of any width.
static bool isIntegerType(StringRef word) {
  unsigned width;
  return word.consume_front("i") && !word.getAsInteger(10, width);
}

std::string newKeyword(StringRef text, StringRef original) {
  StringSet<> known;
  forKeywords(original, [&](StringRef word) { known.insert(word); });
  std::string found;
  forKeywords(text, [&](StringRef word) {
    if (found.empty() && !known.contains(word) && !longKnown().contains(word) &&
        !isIntegerType(word))
      found = word.str();
  });
  return found;
}

} // namespace triton_ext
