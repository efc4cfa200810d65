//===- SampleAnswers.cpp - What the table says, for other languages -------===//
// SPDX-License-Identifier: MIT
//
// Prints, as one line of JSON, the sample's catalogue and which targets its
// entries are for. The tests of the command line hold the published schema and
// their own reading of `requires` against it.
//===----------------------------------------------------------------------===//
#include "infra/registry/Catalogue.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace triton_ext;

/// Entries with every way to say what a target must be.
static std::vector<Extension> entriesWithRequirements() {
  static const Requirement requirements[] = {{"capability", ">=90"},
                                             {"capability", "<=90"},
                                             {"capability", ">90"},
                                             {"capability", "<90"},
                                             {"capability", "90"},
                                             {"capability", "==90"},
                                             {"capability", ">=80, <100"},
                                             {"capability", ">=80,<100"},
                                             {"arch", "gfx942"},
                                             {"arch", "gfx942,gfx950"},
                                             {"arch", "90,s1"}};
  std::vector<Extension> entries(catalogue().begin(), catalogue().end());
  for (const Requirement &requirement : requirements)
    for (StringRef backend : {"", "cuda", "hip"}) {
      Extension entry = *find("sample-dialect");
      entry.backend = backend;
      entry.requirements = requirement;
      entries.push_back(entry);
    }
  return entries;
}

TEST(SampleAnswers, ArePrinted) {
  json::Array asked, reasons;
  for (const Extension &entry : entriesWithRequirements()) {
    asked.push_back(toJSON(entry));
    json::Array row;
    for (StringRef backend : {"cuda", "hip", "sampled"})
      for (StringRef arch : {"80", "89", "90", "90a", "100", "120", "gfx942",
                             "gfx950", "gfx90a", "s1", "s3"}) {
        auto reason = unmetRequirement(entry, backend, arch);
        row.push_back(json::Object{
            {"backend", backend},
            {"arch", arch},
            {"unmet", reason ? json::Value(*reason) : json::Value(nullptr)}});
      }
    reasons.push_back(std::move(row));
  }
  ASSERT_EQ(asked.size(), catalogue().size() + 33);
  outs() << json::Value(json::Object{{"extensions", toJSON()},
                                     {"asked", std::move(asked)},
                                     {"reasons", std::move(reasons)}})
         << "\n";
  // GoogleTest prints by another way.
  outs().flush();
}
