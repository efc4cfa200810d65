# SPDX-License-Identifier: MIT
"""Reports: with the kernel, in the process, in a file; also for what comes out of the cache."""

import json
import os

import pytest
import rig
import triton

import triton_ext


def test_record_of_a_crossing(library, target):
    with triton_ext.passes("planted-change{value=2}"):
        kernel = rig.launch(rig.fresh(rig.add))
    (record,) = triton_ext.report(kernel)
    assert triton_ext.reports() == [record]
    assert record["kernel"] == "add" and record["stage"] == "ttir" and record["status"] == "changed"
    assert record["passes"][0]["name"] == "planted-change" and record["passes"][0]["status"] == "fired"
    assert record["pipeline"] == "planted-change{value=2}" and record["hash"] == kernel.hash
    assert record["target"].startswith(target) and record["triton"] == triton.__version__
    assert record["cached"] is False and record["error"] is None
    assert record["us"]["print"] > 0 and record["us"]["read_back"] > 0


def test_request_says_target_release_and_options(library, target):
    with triton_ext.passes("planted-decline"):
        rig.launch(rig.fresh(rig.add), num_warps=8)
    (request,) = library.runs
    chip = rig.TARGETS[target]
    assert request["target"] == {"backend": chip.backend, "arch": chip.arch, "warp_size": chip.warp_size}
    assert request["triton"] == triton.__version__ and request["kernel"] == "add" and request["stage"] == "ttir"
    assert request["options"]["num_warps"] == 8 and "enable_fp_fusion" in request["options"]
    assert "triton_ext" not in request["options"]
    assert request["visibility"] == "public" and request["mode"] == "isolated"
    assert request["time_limit_ms"] == 10000 and request["memory_limit_mb"] == 4096
    json.dumps(request)


def test_decline_says_why(library, target):
    with triton_ext.passes("planted-decline"):
        kernel = rig.launch(rig.fresh(rig.add))
    (record,) = triton_ext.report(kernel)
    assert record["status"] == "unchanged"
    assert record["passes"][0]["remarks"][0]["id"] == "not-here"


def test_stock_kernel_has_no_record(library, target):
    kernel = rig.launch(rig.fresh(rig.add))
    assert triton_ext.report(kernel) == [] and triton_ext.reports() == []
    assert not hasattr(kernel.metadata, "triton_ext_report")


def test_cache_hit_reports_too(library, target):
    with triton_ext.passes("planted-change"):
        first = rig.launch(rig.fresh(rig.add))
        second = rig.launch(rig.fresh(rig.add))
        third = rig.launch(rig.fresh(rig.add))
    assert triton_ext.report(second) == triton_ext.report(first) == triton_ext.report(third)
    assert [record["cached"] for record in triton_ext.reports()] == [False, True, True]
    assert len({record["hash"] for record in triton_ext.reports()}) == 1


def test_report_of_an_asynchronous_kernel(library, cuda):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor, triton.AsyncCompileMode(executor), triton_ext.passes("planted-change"):
        kernel = rig.launch(rig.fresh(rig.add))
        assert triton_ext.report(kernel)[0]["status"] == "changed"


def test_files_of_records(library, cuda, tmp_path, monkeypatch):
    folder = tmp_path / "reports"
    monkeypatch.setenv("TRITON_EXT_REPORT", str(folder))
    with triton_ext.passes("planted-change,planted-gpu-change"):
        rig.launch(rig.fresh(rig.add))
        rig.launch(rig.fresh(rig.scale))
    (path,) = folder.iterdir()
    assert path.name.endswith(f"-{os.getpid()}.jsonl")
    first, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert first["process"]["pid"] == os.getpid() and first["process"]["rank"] is None
    assert lines == triton_ext.reports()
    assert [(line["kernel"], line["stage"]) for line in lines] == [
        ("add", "ttir"),
        ("add", "ttgir"),
        ("scale", "ttir"),
        ("scale", "ttgir"),
    ]


def test_folder_that_cannot_be_written_stops_nothing(library, cuda, monkeypatch):
    monkeypatch.setenv("TRITON_EXT_REPORT", "/proc/no/such/folder")
    with triton_ext.passes("planted-change"):
        assert rig.launch(rig.fresh(rig.add)).asm["cubin"]
    assert len(triton_ext.reports()) == 1


def test_records_given_out_are_copies(library, cuda):
    with triton_ext.passes("planted-change"):
        kernel = rig.launch(rig.fresh(rig.add))
    triton_ext.reports()[0]["status"] = "mine"
    triton_ext.report(kernel)[0]["status"] = "mine"
    assert triton_ext.reports()[0]["status"] == "changed"
    assert triton_ext.report(kernel)[0]["status"] == "changed"


def test_failed_compilation_leaves_its_record(library, cuda):
    with triton_ext.configure(on_failure="raise"), triton_ext.passes("planted-crash"):
        with pytest.raises(triton_ext.PassError):
            rig.launch(rig.fresh(rig.add))
    assert [record["error"]["code"] for record in triton_ext.reports()] == ["crash"]
