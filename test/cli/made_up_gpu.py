# SPDX-License-Identifier: MIT
"""A GPU that is made up, and works for it: in a copy of the checkout they stand for device.py and the works."""

import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
GPU = ROOT / "test" / "gpu"

DEVICE = '''
"""A GPU whose times, bits and reports a work's kernel, a dict, spells out."""

import os
import signal


class Missing(Exception):
    pass


def machine():
    return {"machine": "T9000", "triton": "3.6.0", "torch": "2.11.0"}


def prepare(work):
    return work.prepare("toy")


def plan(work, config, pipelines):
    kernel = work.prepare("meta").kernel
    if kernel.get("fails"):
        return {each: {"digest": None, "declines": []} for each in pipelines}
    if not kernel.get("fires", True):
        return {each: {"digest": "", "declines": [["no-loop", "there is no loop"]]} for each in pipelines}
    return {each: {"digest": kernel.get("makes", {}).get(each, each), "declines": []} for each in pipelines}


def compile_only(work, config, pipeline):
    if work.prepare("meta").kernel.get("dies"):
        os.kill(os.getpid(), signal.SIGABRT)


def launch(call, pipeline):
    kernel, tile = call.kernel, call.options["TILE"]
    if kernel.get("dies"):
        os.kill(os.getpid(), signal.SIGABRT)
    if tile in kernel.get("too large", ()):
        raise RuntimeError("out of resource: shared memory")
    wrong = kernel.get("differs", 0) if pipeline and tile == 64 else 0
    call.args[0][:] = [1.0 + wrong] + [1.0] * 7
    fired = bool(pipeline) and kernel.get("fires", True)
    remark = {"kind": "declined", "id": "no-loop", "text": "there is no loop"}
    entry = {"count": int(fired), "status": "fired" if fired else "declined", "remarks": [] if fired else [remark]}
    error = {"message": "the pass crashed"} if pipeline and kernel.get("fails") else None
    return [{"passes": [entry], "error": error}] if pipeline else []


def milliseconds(call, pipeline, budget):
    return call.kernel["pass" if pipeline else "stock"][call.options["TILE"]]


def settle():
    pass


def difference(a, b):
    differing = [abs(x - y) for x, y in zip(a, b) if x != y]
    return {"differing": len(differing), "elements": len(a), "max": max(differing, default=0.0)}
'''

TOYS = """
from . import Call, Problem, work


class Toy(Problem):
    tolerance = 0.5

    def __init__(self, kernel):
        self.kernel = kernel

    def outputs(self, config):
        return {"out": [0.0] * 8}

    def call(self, config, outputs):
        return Call(self.kernel, (1,), (outputs["out"],), config)

    def error(self, config, outputs):
        return self.kernel.get("off", 0.0)


def toy(name, timed=True, **kernel):
    kernel = {key.replace("_", " "): value for key, value in kernel.items()}
    work(name, lambda device: Toy(kernel), [{"TILE": 64}, {"TILE": 128}, {"TILE": 256}], timed=timed)


toy("toy gain", stock={64: 2.0, 128: 1.0, 256: 9.0}, **{"pass": {64: 0.8, 128: 0.9, 256: 9.0}})
toy("toy loss", stock={64: 0.9, 128: 1.0}, too_large=[256], **{"pass": {64: 1.0, 128: 1.2}})
toy("toy idle", fires=False)
toy("toy untimed", timed=False)
toy("toy differs", differs=0.25, stock={64: 1.0, 128: 1.0, 256: 1.0}, **{"pass": {64: 0.5, 128: 1.0, 256: 1.0}})
toy("toy dies", dies=True)
toy("toy wrong", off=3.0)
toy("toy crash", fires=False, fails=True)
"""


def install(folder):
    """Makes ``folder`` a checkout with the real runner and worker, and this GPU."""
    gpu = folder / "test" / "gpu"
    (gpu / "work").mkdir(parents=True)
    for name in ("runner.py", "worker.py", "shelf.py", "work/__init__.py"):
        shutil.copy(GPU / name, gpu / name)
    (gpu / "device.py").write_text(DEVICE)
    (gpu / "work" / "toys.py").write_text(TOYS)
    (folder / "test" / "python").mkdir()
    shutil.copy(ROOT / "test" / "python" / "catalogued.py", folder / "test" / "python")
    (folder / "CMakeLists.txt").touch()
