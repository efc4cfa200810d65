# SPDX-License-Identifier: MIT
"""registry.yaml against its schema, the folders, the classes and the tests.

The build tool checks all of it, with line and column; here is what can be said
in a second with nothing built, by the tables that the tool has in its source.
"""

import re

import pytest
import tree

FIX = "fix registry.yaml or the folder, then: make test-repo"
CATALOGUES = ("registry.yaml", "test/planted/registry.yaml")
EXTENSION_KINDS = {"pass": tree.PASS_KINDS, "dialect": ("dialect",)}  # by function of CMake


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


def check_fields(what, fields, known):
    unknown, missing = fields.keys() - known.keys(), {name for name, must in known.items() if must} - fields.keys()
    assert not unknown and not missing, f"{what}: unknown {sorted(unknown)}, missing {sorted(missing)}; {FIX}"


@pytest.mark.parametrize("path", CATALOGUES)
def test_every_entry_has_the_fields_of_its_schema(path):
    for name, entry in tree.catalogue(path).items():
        check_fields(name, entry, tree.schema_fields("Entry"))
        for knob, fields in entry.get("knobs", {}).items():
            check_fields(f"{name}: {knob}", fields, tree.schema_fields("KnobSpec"))
            assert tree.is_kebab(knob), f"{name}: {knob} is not kebab-case; {FIX}"
        for row in entry.get("measured", []):
            check_fields(f"{name}: measured", row, tree.schema_fields("Measurement"))
            unknown = row.get("knobs", {}).keys() - entry.get("knobs", {}).keys()
            assert not unknown, f"{name}: measured with unknown knobs {sorted(unknown)}; {FIX}"


@pytest.mark.parametrize("path", CATALOGUES)
def test_every_word_is_one_of_its_schema(path):
    words = {"kind": "kinds", "stage": "stages", "status": "statuses", "exactness": "exactnesses"}
    for name, entry in tree.catalogue(path).items():
        assert 0 < len(entry["summary"]) <= 80, f"{name}: summary of 1 to 80 characters; {FIX}"
        for field, listed in words.items():
            known = tree.schema_words(listed)
            assert entry.get(field, known[0]) in known, f"{name}: {field} is one of {known}; {FIX}"
        for knob, fields in entry.get("knobs", {}).items():
            assert fields["type"] in tree.knob_types(), f"{name}: {knob}: type is one of {tree.knob_types()}; {FIX}"


@pytest.mark.parametrize("path", CATALOGUES)
def test_every_name_under_after_and_conflicts_is_an_entry(path):
    entries = tree.catalogue(path)
    for name, entry in entries.items():
        for field in ("after", "conflicts"):
            unknown = set(entry.get(field, [])) - (entries.keys() - {name})
            assert not unknown, f"{name}: {field} names {sorted(unknown)}; {FIX}"


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


def declared_in(folders, function):
    """{name: folder} of what the folders' CMakeLists.txt declare by triton_ext_add_<function>."""
    declared = {}
    for folder in folders:
        list_file = f"{folder}/CMakeLists.txt"
        assert (tree.ROOT / list_file).is_file(), f"{folder} declares nothing; write {list_file}"
        declarations = tree.declarations(tree.text_of(list_file))
        assert declarations, f"{list_file} declares nothing; say triton_ext_add_{function}(NAME … CLASS …)"
        for kind, name, class_name in declarations:
            assert kind == function, f"{list_file}: triton_ext_add_{function}"
            assert name not in declared, f"{name} is declared by {declared.get(name)} and {folder}"
            assert class_name == tree.pascal(name), f"{list_file}: CLASS {tree.pascal(name)}"
            assert folder.endswith("/" + class_name), f"{list_file}: the folder is called {class_name}"
            declared[name] = folder
    return declared


@pytest.mark.parametrize(
    ("function", "folders"),
    [("pass", tree.pass_folders()), ("dialect", tree.dialect_folders())],
    ids=["pass", "dialect"],
)
def test_entries_and_folders_are_one_to_one(function, folders):
    declared = declared_in(folders, function)
    kinds = EXTENSION_KINDS[function]
    entries = {n: e for n, e in tree.catalogue().items() if e.get("kind", "transform") in kinds}
    living = {name for name, entry in entries.items() if entry.get("status") != "retired"}
    assert declared.keys() <= entries.keys(), f"no entry for {declared.keys() - entries.keys()}; {FIX}"
    assert living <= declared.keys(), f"no folder for {living - declared.keys()}; {FIX}"


def test_every_dialect_has_its_header():
    for name, folder in declared_in(tree.dialect_folders(), "dialect").items():
        header = f"{folder}/{tree.pascal(name)}.h"
        assert (tree.ROOT / header).is_file(), f"{name} has no {header}"


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
            suffix = "ll" if tree.catalogue().get(name, {}).get("stage") == "llir" else "mlir"
            test = f"{folder}/{class_name}.{suffix}"
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
    assert tree.schema_fields("Entry")["summary"] and not tree.schema_fields("Entry")["owner"]
    assert tree.schema_fields("KnobSpec").keys() >= {"type", "default", "help", "try"}
    assert tree.schema_fields("Measurement") == {
        "work": True,
        "machine": True,
        "triton": True,
        "ratio": True,
        "knobs": False,
    }
    assert tree.schema_words("stages")[0] == "ttir" and "int-list" in tree.knob_types()
    with pytest.raises(AssertionError):
        check_fields("x", {"summary": 1, "sumary": 2}, {"summary": True, "owner": False})
    with pytest.raises(AssertionError):
        check_fields("x", {"owner": 1}, {"summary": True, "owner": False})
    assert not any(map(tree.is_kebab, ("", "A", "a_b", "a--b", "-a", "a-", "1a")))
    assert tree.declarations("# triton_ext_add_pass(NAME a CLASS A)\ntriton_ext_add_pass(NAME\n b  CLASS B)") == [
        ("pass", "b", "B")
    ]
    with pytest.raises(AssertionError):
        check_class("test/planted/PlantedCrash.cpp", "PlantedHang")
