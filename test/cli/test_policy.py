# SPDX-License-Identifier: MIT
"""What `list`, `show` and `doctor` say of policy files; test/python/others/test_policy.py has what they forbid."""

from __future__ import annotations

import os

import pytest

from triton_ext._library import _policy


@pytest.fixture
def env(tmp_path, library):
    """`env(text)`: an environment whose TRITON_EXT_POLICY names a file with this text."""

    def written(text):
        (tmp_path / "policy.ini").write_text(text)
        return {"TRITON_EXT_POLICY": str(tmp_path / "policy.ini"), "TRITON_EXT_LIBRARY": str(library)}

    return written


def test_list_marks_what_is_forbidden(cli, env):
    changes = env("[policy]\npasses = !loop-split\n")
    why = f"{changes['TRITON_EXT_POLICY']}:2: passes = !loop-split"
    entries = {entry["name"]: entry for entry in cli("list", "--json", env=changes).json["extensions"]}
    assert {name: entry["forbidden"] for name, entry in entries.items() if "forbidden" in entry} == {"loop-split": why}
    (line,) = [each for each in cli("list", env=changes).stdout.splitlines() if each.startswith("loop-split")]
    assert "  [forbidden by policy] Split a loop" in line


def test_without_a_file_nothing_is_marked(cli, env):
    unnamed = {**env(""), "TRITON_EXT_POLICY": None}
    assert not any("forbidden" in entry for entry in cli("list", "--json", env=unnamed).json["extensions"])
    assert "policy" not in cli("list", env=unnamed).stdout + cli("show", "loop-split", env=unnamed).stdout


def test_show_says_why(cli, env):
    changes = env("[policy]\nstatuses = stable\n")
    why = f"{changes['TRITON_EXT_POLICY']}:2: statuses = stable, and it is experimental"
    assert cli("show", "loop-split", "--json", env=changes).json["forbidden"] == why
    assert f"\nForbidden by policy: {why}.\n" in cli("show", "loop-split", env=changes).stdout


def test_a_dialect_is_no_pass(cli, env):
    assert "forbidden" not in cli("show", "triton", "--json", env=env("nonsense")).json


def policy_line(cli, env, status=0):
    done = cli("doctor", "--json", env=env)
    assert done.status == status
    return next(each for each in done.json["checks"] if each["id"] == "policy")


def test_doctor_says_what_holds(cli, env):
    assert not os.path.lexists(_policy.SYSTEM), "this machine has a policy"
    none = policy_line(cli, {**env(""), "TRITON_EXT_POLICY": None})
    assert (none["status"], none["detail"]) == ("ok", "") and _policy.SYSTEM in none["summary"]
    changes = env("[policy]\nmodes = isolated\nlibraries = own\n")
    path = changes["TRITON_EXT_POLICY"]
    found = policy_line(cli, changes)
    assert (found["status"], found["summary"]) == ("ok", path)
    assert found["detail"] == f"{path}:2: modes = isolated\n{path}:3: libraries = own"


def test_doctor_names_the_mistake(cli, env):
    changes = env("[policy]\nstatuses = stabel\n")
    found = policy_line(cli, changes, status=3)
    assert found["status"] == "problem" and found["fix"]
    assert found["detail"].startswith(f"{changes['TRITON_EXT_POLICY']}:2: statuses: there is no 'stabel', nearest")


def test_doctor_calls_a_forbidden_pipeline_a_problem(cli, env):
    changes = {**env("[policy]\nstatuses = stable\n"), "TRITON_EXT_PASSES": "loop-split"}
    done = cli("doctor", "--json", env=changes)
    line = next(each for each in done.json["checks"] if each["id"] == "passes")
    assert done.status == 3 and line["status"] == "problem" and "forbidden by policy" in line["detail"]


def test_run_refuses_before_the_program_starts(cli, env, tmp_path):
    left = tmp_path / "left"
    changes = env("[policy]\nexactness = contracts\n")
    done = cli("run", "--json", "--passes", "loop-split", "--", "touch", left, env=changes)
    assert (done.status, done.error["code"]) == (2, "policy") and not left.exists()
    assert "policy.ini:2: exactness = contracts, and it is bit-exact" in done.error["message"]
    assert cli("run", "--passes", "", "--", "touch", left, env=changes).status == 0 and left.exists()
