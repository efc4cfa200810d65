//===- StockKnobs.cpp - Parameters of stock passes --------------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/StockKnobs.h"
#include "infra/pipeline/OptionText.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace triton_ext {

std::string stockKnobName(StringRef written) {
  if (written.empty() || !isAlpha(written.front()) || written.contains('.'))
    return "";
  std::string name = written.str();
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// Takes true, false or a number; false for anything else.
static bool setLiteral(StockKnob &knob, StringRef text) {
  if (text == "true" || text == "false") {
    knob.value = text == "true";
    knob.text = text.str();
    return true;
  }
  for (KnobType type : {KnobType::Int, KnobType::Float})
    if (auto canonical = canonicalValue({type, {}, {}, {}}, text)) {
      knob.text = *canonical;
      // A float without a fraction reads back as an integer, so it is one.
      if (std::optional<int64_t> whole = parseInteger(knob.text))
        knob.value = *whole;
      else
        knob.value = *parseNumber(knob.text);
      return true;
    }
  return false;
}

static bool isWord(StringRef text) {
  return !text.empty() && all_of(text, [](char c) {
    return isAlnum(c) || StringRef("_-+.:/").contains(c);
  });
}

static bool isQuoted(StringRef text) {
  return text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
         text.find(text.front(), 1) == text.size() - 1;
}

static void setText(StockKnob &knob, StringRef text) {
  StockKnob other{knob.name, "", nullptr};
  bool bare = isWord(text) && !setLiteral(other, text) && text != "True" &&
              text != "False";
  knob.text = bare ? text.str() : quoted(text);
  knob.value = json::fixUTF8(text);
}

std::optional<std::string> setStockKnob(StockKnob &knob, StringRef written) {
  if (setLiteral(knob, written))
    return std::nullopt;
  if (written.empty())
    return "the knob '" + knob.name + "' has no value";
  if (written == "True" || written == "False")
    return "'" + written.str() + "' is written '" + written.lower() + "'";
  if (isQuoted(written))
    setText(knob, written.drop_front().drop_back());
  else if (isWord(written))
    setText(knob, written);
  else
    return "the value of '" + knob.name +
           "' is no number and no word: put it in quotes";
  return std::nullopt;
}

} // namespace triton_ext
