# SPDX-License-Identifier: MIT
"""registry.yaml against itself, the folders, the classes and the tests.

The build tool checks the schema in full, with file, line and column; here is
what can be said in a second with nothing built.
"""

import re

import pytest
import tree

FIX = "fix registry.yaml or the folder, then: make test-repo"
CATALOGUES = ("registry.yaml", "test/planted/registry.yaml")
REQUIRED_OF_A_KNOB = {"type", "default", "help"}


def keys_in_file(text):
    """Top-level keys in the order of the file, doubles included."""
    return re.findall(r"^([^\s#:][^:]*):", text, re.MULTILINE)


def passes(entries):
    return {name: entry for name, entry in entries.items() if entry.get("kind", "transform") in tree.PASS_KINDS}


def shipped():
    """Entries that must have a folder: the code of what is retired may be gone."""
    entries = passes(tree.catalogue())
    return {name: entry for name, entry in entries.items() if entry.get("status") != "retired"}


@pytest.mark.parametrize("path", CATALOGUES)
def test_sorted_and_unique(path):
    keys = keys_in_file(tree.text_of(path))
    assert keys == sorted(set(keys)), f"{path}: entries are sorted by name, each once; {FIX}"
    assert all(tree.is_kebab(key) for key in keys)


@pytest.mark.parametrize("path", CATALOGUES)
def test_entries_say_what_they_must(path):
    for name, entry in tree.catalogue(path).items():
        assert 0 < len(entry["summary"]) <= 80, f"{name}: summary of 1 to 80 characters; {FIX}"
        for knob, fields in entry.get("knobs", {}).items():
            assert tree.is_kebab(knob), f"{name}: {knob}"
            assert REQUIRED_OF_A_KNOB <= fields.keys(), f"{name}: {knob} needs {REQUIRED_OF_A_KNOB}; {FIX}"


def test_shipped_passes_say_when_they_decline():
    entries = {n: e for n, e in shipped().items() if e.get("kind", "transform") in ("transform", "conversion")}
    assert entries
    for name, entry in entries.items():
        assert entry.get("exactness"), f"{name}: exactness; {FIX}"
        assert entry.get("declines"), f"{name}: declines; {FIX}"


def test_retired_entries_name_a_living_successor():
    entries = tree.catalogue()
    for name, entry in entries.items():
        if entry.get("status") == "retired":
            successor = entry.get("successor")
            assert successor in entries, f"{name}: successor; {FIX}"
            assert entries[successor].get("status") != "retired", f"{name}: successor {successor} is retired; {FIX}"


def test_knob_spellings_are_one_to_one():
    """`a-1` and `a1` are both `a1` in C++."""
    for path in CATALOGUES:
        for name, entry in tree.catalogue(path).items():
            spellings = [tree.pascal(knob) for knob in entry.get("knobs", {})]
            assert len(set(spellings)) == len(spellings), f"{name}: {spellings}"


def test_entries_and_folders_are_one_to_one():
    declared = {}
    for folder in tree.pass_folders():
        list_file = f"{folder}/CMakeLists.txt"
        assert (tree.ROOT / list_file).is_file(), f"{folder} declares nothing; write {list_file}"
        for kind, name, class_name in tree.declarations(tree.text_of(list_file)):
            assert kind == "pass"
            assert name not in declared, f"{name} is declared by {declared.get(name)} and {folder}"
            assert class_name == tree.pascal(name), f"{list_file}: CLASS {tree.pascal(name)}"
            assert folder.endswith("/" + class_name), f"{list_file}: the folder is called {class_name}"
            declared[name] = folder
    entries = passes(tree.catalogue())
    assert declared.keys() <= entries.keys(), f"no entry for {declared.keys() - entries.keys()}; {FIX}"
    assert shipped().keys() <= declared.keys(), f"no folder for {shipped().keys() - declared.keys()}; {FIX}"


def test_scope_is_the_folders():
    entries = tree.catalogue()
    for folder in tree.pass_folders():
        scope = folder.split("/")[1] if folder.startswith("backends/") else "generic"
        for _, name, _ in tree.declarations(tree.text_of(f"{folder}/CMakeLists.txt")):
            assert entries[name].get("scope", scope) == scope, f"{name}: scope {scope}; {FIX}"


def test_each_pass_has_its_class_and_its_test():
    for folder in tree.pass_folders():
        for _, name, class_name in tree.declarations(tree.text_of(f"{folder}/CMakeLists.txt")):
            check_class(f"{folder}/{class_name}.cpp", class_name)
            test = f"{folder}/{class_name}.mlir"
            assert (tree.ROOT / test).is_file(), f"{name} has no test; write {test}"
            assert name in tree.text_of(test), f"{test} does not run {name}"


def test_planted_passes_have_their_class():
    declared = tree.declarations(tree.text_of("test/planted/CMakeLists.txt"))
    assert {name for _, name, _ in declared} == tree.catalogue("test/planted/registry.yaml").keys()
    for _, name, class_name in declared:
        assert class_name == tree.pascal(name)
        check_class(f"test/planted/{class_name}.cpp", class_name)


def check_class(path, class_name):
    text = tree.text_of(path)
    assert re.search(rf"\b(class|struct) {class_name}\b[^;{{]*\b{class_name}Base<{class_name}>", text), (
        f"{path} has no class {class_name} over {class_name}Base<{class_name}>"
    )
    assert f'#include "{class_name}Base.h"' in text, path


def test_nothing_planted_is_shipped():
    assert not tree.catalogue().keys() & tree.catalogue("test/planted/registry.yaml").keys()


def test_the_helpers_see_mistakes():
    assert keys_in_file("b: 1\n# c: 2\n  d: 3\na: 4\nb: 5\n") == ["b", "a", "b"]
    assert tree.pascal("pointer-to-descriptor") == "PointerToDescriptor"
    assert not any(map(tree.is_kebab, ("", "A", "a_b", "a--b", "-a", "a-", "1a")))
    assert tree.declarations("# triton_ext_add_pass(NAME a CLASS A)\ntriton_ext_add_pass(NAME\n b  CLASS B)") == [
        ("pass", "b", "B")
    ]
    with pytest.raises(AssertionError):
        check_class("test/planted/PlantedCrash.cpp", "PlantedHang")
