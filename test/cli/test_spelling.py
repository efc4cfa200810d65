# SPDX-License-Identifier: MIT
"""Python spells names as C++ does: the compiled catalogue has both."""

import re

import checkouts
import pytest

from triton_ext.cli import _spelling


def test_the_catalogue_spells_the_same(cli):
    entries = cli("list", "--json").json["extensions"]
    assert entries
    for entry in entries:
        assert _spelling.pascal(entry["name"]) == entry["class"]
        for knob in entry["knobs"]:
            assert (_spelling.camel(knob["name"]), _spelling.snake(knob["name"])) == (knob["cpp"], knob["python"])


def test_the_unit_test_of_the_cpp_expects_the_same():
    text = (checkouts.ROOT / "test/unit/registry/SpellingTest.cpp").read_text()
    names = re.findall(r'Names\{"([^"]+)",\s*"([^"]+)",\s*"([^"]+)",\s*"([^"]+)"\}', text)
    assert len(names) > 3
    for kebab, pascal, camel, snake in names:
        assert (_spelling.pascal(kebab), _spelling.camel(kebab), _spelling.snake(kebab)) == (pascal, camel, snake)
        assert {_spelling.to_kebab(each) for each in (kebab, pascal, camel, snake)} == {kebab}
    right, wrong = re.findall(r"const char \*name : \{([^}]*)\}\)\s*EXPECT_(?:TRUE|FALSE)\(isKebabCase", text)
    assert all(map(_spelling.is_kebab, re.findall(r'"([^"]*)"', right)))
    assert not any(map(_spelling.is_kebab, re.findall(r'"([^"]*)"', wrong)))


def test_the_keywords_of_cpp_are_those_of_the_schema():
    text = (checkouts.ROOT / "infra/registry/Schema.cpp").read_text()
    body = re.search(r"isCppKeyword\(const std::string &word\) \{(.*?)\};", text, re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', body)) == _spelling.CPP_KEYWORDS


@pytest.mark.parametrize(("word", "language"), [("class", "C++"), ("from", "Python"), ("max-splits", None)])
def test_keywords_have_a_language(word, language):
    assert _spelling.keyword_of(word) == language
