# SPDX-License-Identifier: MIT
"""`triton-ext report`: what processes and ranks left becomes one summary, damaged files included."""

import json

import pytest

PROCESS = {"host": "a", "pid": 1, "program": "train.py", "build": "b1", "rank": None, "local_rank": None}


def record(kernel="add", status="fired", name="loop-split", **rest):
    """A record as `_report` writes it: one pass that fired or declined, or failed."""
    reason = {"kind": "declined", "id": "no-loop", "text": "there is no loop", "file": "add.py", "line": 7}
    entry = {"name": name, "status": status, "count": int(status == "fired"), "us": 100, "remarks": [reason]}
    failed = {"code": "crash", "pass": name, "message": "it crashed\nwith a stack", "operation": None}
    return {
        "kernel": kernel,
        "stage": "ttir",
        "status": {"fired": "changed", "failed": "failed"}.get(status, "unchanged"),
        "passes": [] if status == "failed" else [entry],
        "error": failed if status == "failed" else None,
        "us": {"total": 1000, "print": 200, "read_back": 300},
        "pipeline": name,
        "target": "cuda:90",
        "cached": False,
        **rest,
    }


@pytest.fixture
def folder(tmp_path):
    """`folder(pid, records, **process)` writes a file of one process."""

    def write(pid, records, **process):
        lines = [{"process": {**PROCESS, "world_size": None, "pid": pid, **process}}, *records]
        (tmp_path / f"a-{pid}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return tmp_path

    write.path = tmp_path
    return write


def test_sums_up_processes(cli, folder):
    folder(1, [record(), record("mul", "declined"), record("mul", "failed")])
    folder(2, [record(cached=True), record("mul", "declined")])
    (folder.path / "notes.txt").write_text("no report")
    ran = cli("report", folder.path, "--json")
    assert ran.status == 0
    add, mul = ran.json["passes"]
    assert (add["kernel"], add["fired"], add["cached"], add["us"], add["changes"]) == ("add", 2, 1, 100, 2)
    assert (mul["fired"], mul["declined"], mul["failed"], mul["us"]) == (0, 2, 1, 200)
    assert [(each["outcome"], each["id"], each["count"], each["line"]) for each in mul["reasons"]] == [
        ("declined", "no-loop", 2, 7),
        ("failed", "crash", 1, None),
    ]
    assert (ran.json["records"], ran.json["cached"], ran.json["us"]) == (5, 1, 4 * 1500)
    assert [each["pid"] for each in ran.json["processes"]] == [1, 2] and not ran.json["warnings"]
    text = cli("report", folder.path).stdout
    assert "declined 2x: no-loop: there is no loop (add.py:7)" in text and "failed 1x: crash: it crashed\n" in text


def test_what_an_analysis_notes_is_no_decline(cli, folder):
    folder(1, [record(status="noted", name="conversion-report")])
    (row,) = cli("report", folder.path, "--json").json["passes"]
    assert (row["noted"], row["declined"], row["fired"], row["changes"]) == (1, 0, 0, 0)


def test_what_fired_before_a_failure_is_stock(cli, folder):
    entries = [{"name": "first", "status": "fired", "count": 1, "us": 1, "remarks": []}]
    folder(1, [record(status="failed", name="second") | {"passes": entries}])
    (row,) = cli("report", folder.path, "--json").json["passes"]
    assert (row["pass"], row["failed"], row["fired"]) == ("second", 1, 0)


def test_kernels_are_chosen(cli, folder):
    folder(1, [record("attn_fwd"), record("attn_bwd"), record("add")])
    ran = cli("report", folder.path, "--kernel", "attn_*", "--json")
    assert [each["kernel"] for each in ran.json["passes"]] == ["attn_bwd", "attn_fwd"] and ran.json["records"] == 2
    assert cli("report", folder.path, "--kernel", "none").status == 1


def test_ranks_that_differ(cli, folder):
    for rank in range(4):
        status = "failed" if rank == 2 else "fired"
        folder(rank, [record(status=status), record("mul")], rank=rank, world_size=5, build=f"b{rank // 3}")
    folder(9, [record("add", "declined")])  # of no rank
    ran = cli("report", folder.path, "--json")
    assert ran.status == 1
    (difference,) = ran.json["differences"]
    assert difference["kernel"] == "add"
    assert difference["groups"] == [
        {"ranks": [0, 1, 3], "outcomes": ["loop-split fired in ttir"]},
        {"ranks": [2], "outcomes": ["loop-split failed in ttir (crash)"]},
    ]
    assert ran.json["warnings"] == [
        "ranks differ on add: rank 0, 1, 3: loop-split fired in ttir; rank 2: loop-split failed in ttir (crash)",
        "ranks differ in the build of the library",
        "no report of rank 4 of 5",
    ]
    assert "warning: ranks differ on add" in cli("report", folder.path).stdout


def test_ranks_that_agree(cli, folder):
    for rank in range(2):
        folder(rank, [record(cached=bool(rank))], rank=rank, world_size=2)
    ran = cli("report", folder.path, "--json")
    assert ran.status == 0 and not ran.json["warnings"] and not ran.json["differences"]


@pytest.mark.parametrize(
    "line", [b'{"kernel": "add", "sta', b"\xff\xfe\x00", b"[1]", b"{}", b'"text"', b'{"kernel": 1, "passes": 5}', b"\n"]
)
def test_lines_that_cannot_be_read_are_counted(cli, folder, line):
    with open(folder(1, [record()]) / "a-1.jsonl", "ab") as file:
        file.write(line)
    ran = cli("report", folder.path, "--json")
    assert ran.status == 0 and ran.json["records"] == 1
    assert ran.json["processes"][0]["unreadable"] == 1 and ran.json["warnings"] == ["1 unreadable line in 1 file"]


def test_folders_that_cannot_be_read(cli, tmp_path):
    ran = cli("report", tmp_path / "none", "--json")
    assert ran.status == 3 and ran.error["message"].endswith("none cannot be read: No such file or directory")
    (tmp_path / "file").write_text("")
    assert "Not a directory" in cli("report", tmp_path / "file").stderr
    assert cli("report", tmp_path).status == 1  # empty
    assert cli("report").status == 2


def test_escapes_are_shown_as_escapes(cli, folder):
    folder(1, [record("a\x1b[31mdd")])
    assert "\x1b" not in cli("report", folder.path).stdout
