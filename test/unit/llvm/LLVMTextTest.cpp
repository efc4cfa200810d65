//===- LLVMTextTest.cpp - Texts of LLVM IR, compared ----------------------===//
// SPDX-License-Identifier: MIT
//===----------------------------------------------------------------------===//

#include "infra/exchange/LLVMText.h"
#include "gtest/gtest.h"

using namespace triton_ext;

namespace {

bool same(llvm::StringRef a, llvm::StringRef b) {
  return !differenceOfLLVM(a, b);
}

TEST(LLVMText, CommentsSpaceAndNumbersOfGroupsDoNotCount) {
  EXPECT_TRUE(same("; ModuleID = 'a'\n\ndefine void @f() #1 { ; preds\n}\n"
                   "attributes #1 = { nounwind }\n",
                   "define void @f() #0 {\n}\nattributes #0 = { nounwind }\n"));
}

TEST(LLVMText, WhatGroupsSayCounts) {
  EXPECT_FALSE(same("define void @f() #0 {\n}\nattributes #0 = { nounwind }\n",
                    "define void @f() #0 {\n}\nattributes #0 = { cold }\n"));
  EXPECT_FALSE(same("  call void @f() #0\nattributes #0 = { nounwind }\n",
                    "  call void @f()\nattributes #0 = { nounwind }\n"));
}

TEST(LLVMText, OfIntrinsicsTheDeclaredAttributesDoNotCount) {
  EXPECT_TRUE(same("declare void @llvm.x() #0\nattributes #0 = { cold }\n",
                   "declare void @llvm.x()\n"));
  EXPECT_FALSE(same("declare void @x() #0\nattributes #0 = { cold }\n",
                    "declare void @x()\n"));
}

TEST(LLVMText, StringsAreNeitherCommentsNorGroups) {
  EXPECT_FALSE(same("  call void asm \"a; b\", \"\"()\n",
                    "  call void asm \"a; c\", \"\"()\n"));
  EXPECT_FALSE(same("  call void asm \"#1\", \"\"()\n",
                    "  call void asm \"#2\", \"\"()\n"));
}

TEST(LLVMText, TheFirstDifferenceIsNamed) {
  auto found = differenceOfLLVM("  ret void\n  %1 = fadd float %0, 1.0\n",
                                "  ret void\n  %1 = fsub float %0, 1.0\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->operation, "fadd");
  EXPECT_TRUE(differenceOfLLVM("  ret void\n", ""));
}

TEST(LLVMText, IntrinsicsAreDeclaredBare) {
  EXPECT_EQ(withoutIntrinsicAttributes(
                "declare void @llvm.x() #0\ndeclare void @y() #1\n"
                "  call void @llvm.x() #2\nattributes #0 = { newest }\n"
                "attributes #1 = { cold }\nattributes #2 = { hot }\n"),
            "declare void @llvm.x()\ndeclare void @y() #1\n"
            "  call void @llvm.x() #2\nattributes #1 = { cold }\n"
            "attributes #2 = { hot }\n");
}

TEST(LLVMText, NewKeywords) {
  llvm::StringRef came = "define void @f() memory(none) {\n  ret void\n}\n";
  EXPECT_EQ(newKeyword(came, came), "");
  EXPECT_EQ(newKeyword("  %later = fadd i37 %0, 1 ; latest\n", came), "");
  EXPECT_EQ(newKeyword("later:\n  call void asm \"latest\", \"\"()\n", came),
            "");
  EXPECT_EQ(newKeyword("  call void @later(), !later !1\n", came), "");
  EXPECT_EQ(newKeyword("define void @g() memory(none) {\n", came), "");
  EXPECT_EQ(newKeyword("define void @g() later {\n", came), "later");
  EXPECT_EQ(newKeyword("  %1 = latest float %0\n", came), "latest");
}

} // namespace
