# SPDX-License-Identifier: MIT
"""`triton-ext run --dry-run`: what would be run, and why it would not work. The rest: test/python/programs."""

import os


def test_as_json(cli, tmp_path):
    ran = cli("run", "--passes", "loop-split{max-splits=1}", "--json", "--dry-run", "--", "echo", "--json", "a b")
    assert ran.status == 0 and ran.json["command"] == ["echo", "--json", "a b"]
    assert ran.json["pipeline"] == "loop-split" and ran.json["warnings"] == []
    assert ran.json["environment"]["TRITON_EXT_PASSES"] == "loop-split{max-splits=1}"
    assert ran.json["environment"]["PYTHONPATH"].split(os.pathsep)[0].endswith("_site")


def test_as_text(cli):
    ran = cli("run", "--passes", "loop-split{max-splits=2}", "--on-failure", "raise", "--dry-run", "echo", "a b")
    assert ran.stdout.startswith("env 'TRITON_EXT_PASSES=loop-split{max-splits=2}' PYTHONPATH=")
    assert ran.stdout.endswith("TRITON_EXT_ON_FAILURE=raise echo 'a b'\n")


def test_mistakes_as_json(cli):
    ran = cli("run", "--passes", "loop-splt", "--json", "--", "echo")
    assert ran.status == 2 and ran.error["nearest"][0] == "loop-split" and "^" in ran.error["message"]
    assert cli("run", "--json", "--passes", "loop-split").error["code"] == "usage"
    assert cli("run", "--json", "--passes", "loop-split", "--", "no-such-program").status == 127
