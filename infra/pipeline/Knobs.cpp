//===- Knobs.cpp - Options held against the catalogue -----------*- C++ -*-===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/pipeline/Knobs.h"
#include "infra/pipeline/OptionText.h"
#include "infra/registry/Catalogue.h"

using namespace llvm;

namespace triton_ext {

LogicalResult checkKnobs(StringRef pass, StringRef options,
                         function_ref<LogicalResult(const Twine &)> error) {
  const Extension *extension = findOwn(pass);
  if (!extension)
    return success();
  SmallVector<OptionText> settings;
  if (auto mistake = splitOptions(options, settings))
    return error(Twine(pass) + ": " + mistake->second);
  for (const OptionText &setting : settings) {
    const Knob *knob = extension->knob(setting.name);
    if (!knob)
      return error(Twine(pass) + " has no knob '" + setting.name + "'");
    if (auto sentence = checkKnob(*knob, setting.value))
      return error(Twine(pass) + ": " + *sentence);
  }
  return success();
}

} // namespace triton_ext
