# SPDX-License-Identifier: MIT
"""`triton-ext snapshot`: what changed, and by which pass, on a stock wheel; and `diff` of pipelines."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
KERNELS = ROOT / "test" / "python" / "kernels"


def triton_ext(*words: object) -> tuple[int, dict]:
    done = subprocess.run(
        [sys.executable, "-m", "triton_ext", *map(str, words), "--json"], capture_output=True, text=True, cwd=ROOT
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def of_kernels(name: str) -> list[object]:
    return [f"{KERNELS}:{name}", "--python", sys.executable]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A snapshot of one kernel, made once."""
    folder = tmp_path_factory.mktemp("made") / "kept"
    status, data = triton_ext("snapshot", folder, *of_kernels("causal_attention_d64"), "--stage", "ttir,ttgir,ptx")
    assert status == 0 and data["count"] == 1 and not data["checked"]
    return folder


@pytest.fixture
def kept(made, tmp_path):
    """The test's own copy of that snapshot."""
    return pathlib.Path(shutil.copytree(made, tmp_path / "kept"))


def test_nothing_changed(kept):
    status, data = triton_ext("snapshot", kept, "--check", "--python", sys.executable)
    assert status == 0 and data["same"] and data["checked"] and data["changes"] == []


def test_what_is_kept(kept):
    manifest = json.loads((kept / "manifest.json").read_text())
    entry = manifest["targets"]["cuda:90"]["causal_attention_d64"]
    assert sorted(entry["files"]) == ["ptx", "ttgir", "ttir"]
    for name in entry["files"].values():
        text = (kept / name).read_text()
        # Normalised: nothing in it depends on where the kernel's file lies.
        assert " loc(" not in text and str(ROOT) not in text and ".loc\t" not in text and len(text) > 2000
    names = [name for _, name, _ in entry["steps"]]
    assert "cse" in names and "tritongpu-coalesce" in names and names.count(None) == 2
    assert {stage for stage, _, _ in entry["steps"]} == {"ttir", "ttgir"}


def test_another_pipeline_is_found_where_it_acts(kept):
    words = ("snapshot", kept, "--check", "--python", sys.executable)
    status, data = triton_ext(*words, "--passes", "loop-split")
    (change,) = data["changes"]
    assert status == 1 and change["kernel"] == "causal_attention_d64" and change["status"] == "changed"
    assert change["stages"] == ["ttir", "ttgir", "ptx"] and change["results"][0]["inserted"] > 20
    assert change["step"]["stage"] == "ttir" and change["step"]["last"]
    assert data["made_with"]["passes"] == "" and data["passes"] == "loop-split"


def altered(kept: pathlib.Path, passes: str) -> None:
    """As if the release that made the snapshot had had another pass ``passes``, and what comes after it."""
    path = kept / "manifest.json"
    manifest = json.loads(path.read_text())
    entry = manifest["targets"]["cuda:90"]["causal_attention_d64"]
    names = [step[1] for step in entry["steps"]]
    for step in entry["steps"][names.index(passes) :]:
        step[2] = "0" * 16
    path.write_text(json.dumps(manifest))
    file = kept / entry["files"]["ttgir"]
    assert "arith.mulf" in file.read_text()
    file.write_text(file.read_text().replace("arith.mulf", "arith.addf", 1))


def test_the_pass_that_changed_is_named(kept):
    altered(kept, "tritongpu-accelerate-matmul")
    status, data = triton_ext("snapshot", kept, "--check", "--python", sys.executable)
    (change,) = data["changes"]
    assert status == 1 and change["stages"] == ["ttgir"] and change["results"][0]["changed"] == 1
    assert (change["step"]["stage"], change["step"]["pass"]) == ("ttgir", "tritongpu-accelerate-matmul")
    assert not change["step"]["last"] and change["step"]["added"] == change["step"]["removed"] == []


def test_a_whole_folder_of_a_cache(cache_folder, tmp_path):
    import harness

    harness.compile_kernel(harness.KERNELS["softmax"], "sm_90")
    folder = tmp_path / "kept"
    assert triton_ext("snapshot", folder, cache_folder)[0] == 0
    assert triton_ext("snapshot", folder, cache_folder, "--check")[0] == 0
    (file,) = cache_folder.rglob("softmax.ttgir")
    file.write_text(file.read_text().replace("math.exp ", "math.exp2 "))
    status, data = triton_ext("snapshot", folder, "--check")
    assert status == 1 and [(each["kernel"], each["stages"]) for each in data["changes"]] == [("softmax", ["ttgir"])]
    file.unlink()
    assert triton_ext("snapshot", folder, "--check")[1]["changes"][0]["results"][0]["status"] == "only-a"


def test_a_snapshot_is_made_anew_in_its_place_and_nowhere_else(kept, tmp_path):
    words = ("snapshot", kept, *of_kernels("softmax"), "--stage", "ttir")
    assert triton_ext(*words)[0] == 0
    assert [path.name for path in sorted(kept.rglob("*.t*"))] == ["softmax.ttir"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious")
    for folder, code in ((tmp_path / "mine", "not-a-snapshot"), (tmp_path / "mine" / "notes.txt", "not-a-snapshot")):
        status, data = triton_ext("snapshot", folder, *of_kernels("softmax"))
        assert status == 2 and data["error"]["code"] == code
    assert (tmp_path / "mine" / "notes.txt").read_text() == "precious"
    assert triton_ext("snapshot", tmp_path / "none", "--check")[1]["error"]["code"] == "no-snapshot"
    (kept / "manifest.json").write_text("{}")
    status, data = triton_ext("snapshot", kept, "--check")
    assert status == 2 and data["error"]["code"] == "not-a-snapshot"


def test_pipelines_of_one_kernel(tmp_path):
    words = ("diff", *of_kernels("causal_attention_d64"), "--stage", "ttir")
    status, data = triton_ext(*words, "--passes", "loop-split")
    assert status == 1 and data["a"] == "stock" and data["results"][0]["inserted"] > 20
    status, data = triton_ext("diff", *of_kernels("softmax"), "--passes", "loop-split")
    assert status == 0 and len(data["results"]) == 4


def test_the_first_pass_from_which_on_it_differs():
    from triton_ext.cli.snapshot import first_step

    def steps(*digests):
        return [["ttir", name, digest] for name, digest in zip((None, "a", "b", "c", "d"), digests, strict=True)]

    stock = steps("1", "2", "3", "4", "5")
    assert first_step(stock, stock, "ttir") is None
    # What was made the same again does not count.
    found = first_step(stock, steps("1", "x", "3", "y", "z"), "ttir")
    assert (found["pass"], found["number"], found["last"]) == ("c", 3, False)
    assert first_step(stock, steps("1", "2", "3", "4", "z"), "ttir")["last"]
    assert first_step(stock, steps("x", "x", "x", "x", "x"), "ttir")["pass"] is None
    assert first_step(stock, stock, "llir") is None
    new = stock[:2] + [["ttir", "new", "x"]] + steps("1", "2", "x", "x", "x")[2:]
    found = first_step(stock, new, "ttir")
    assert found["pass"] == "b" and found["added"] == ["new"] and found["removed"] == []
    assert first_step(new, stock, "ttir")["removed"] == ["new"]
