# SPDX-License-Identifier: MIT
"""Checks of what is below Triton: Python, the C library, the GPU, the ways a module's text can take."""

import glob
import os
import platform
import sys
import tempfile

from .child import ask
from .line import NONE, OK, PROBLEM, WARNING, Line

OLDEST_PYTHON = (3, 10)
OLDEST_GLIBC = (2, 35)


def python():
    """The interpreter."""
    version = platform.python_version()
    summary = f"{platform.python_implementation()} {version}, {sys.executable}"
    if sys.implementation.name != "cpython":
        return Line("python", WARNING, summary, "Triton's wheels are for CPython.", "use CPython")
    return Line("python", OK, summary)


def system():
    """Operating system, machine and C library."""
    here = f"{platform.system()} on {platform.machine()}"
    if platform.system() != "Linux":
        return Line(
            "platform", PROBLEM, here, "The library is built for Linux.", "use Linux, on Windows the subsystem for it"
        )
    name, version = _c_library()
    wanted = "glibc " + ".".join(map(str, OLDEST_GLIBC))
    if name != "glibc":
        fix = "use a distribution with glibc: Debian 12, Ubuntu 22.04 or newer"
        return Line("platform", PROBLEM, f"{here}, no glibc", f"The library needs {wanted} or newer.", fix)
    if _numbers(version) < OLDEST_GLIBC:
        fix = "use Debian 12, Ubuntu 22.04 or newer, or a container image of one"
        return Line("platform", PROBLEM, f"{here}, glibc {version}", f"The library needs {wanted} or newer.", fix)
    return Line("platform", OK, f"{here}, glibc {version}")


def _c_library():
    """Name and version of the C library that this process runs with."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, OSError, ValueError):
        return "", ""
    return name, version


def _numbers(version):
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def gpu(seconds):
    """GPU and driver: of NVIDIA by nvidia-smi, of AMD by what its driver shows."""
    line = _nvidia(seconds) or _amd()
    if line:
        return line
    return Line("gpu", NONE, "no GPU: compiling for one works, running does not")


def _nvidia(seconds):
    query = ["nvidia-smi", "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader"]
    try:
        code, output = ask(query, seconds)
    except OSError:
        return _nvidia_driver()
    if code is None:
        fix = "restart the driver, or the machine; what asks the GPU may hang likewise"
        return Line("gpu", WARNING, f"nvidia-smi gave no answer within {seconds:g} s", fix=fix)
    rows = [[cell.strip() for cell in row.split(",")] for row in output.splitlines() if row.count(",") == 2]
    if code or not rows:
        said = output.strip().splitlines()
        fix = "install the NVIDIA driver; in a container, start it with its GPUs (--gpus all)"
        return Line("gpu", WARNING, "nvidia-smi finds no GPU", said[0] if said else "", fix)
    names = ", ".join(f"{name} (sm_{capability.replace('.', '')})" for name, capability, _ in rows)
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and hidden.strip() in ("", "-1", "NoDevFiles"):
        summary = f"{names}: hidden by CUDA_VISIBLE_DEVICES={hidden!r}"
        return Line("gpu", WARNING, summary, fix="unset CUDA_VISIBLE_DEVICES to run kernels")
    return Line("gpu", OK, f"{names}, driver {rows[0][2]}")


def _nvidia_driver(folder="/proc/driver/nvidia"):
    """Where there is no nvidia-smi: what the driver's own folder says."""
    models = [
        line.split(":", 1)[1].strip()
        for file in sorted(glob.glob(f"{folder}/gpus/*/information"))
        for line in _lines(file)
        if line.startswith("Model:")
    ]
    if not models:
        return None
    version = next((word for word in " ".join(_lines(f"{folder}/version")).split() if word[:3].isdigit()), "unknown")
    return Line("gpu", OK, f"{', '.join(models)}, driver {version}")


def _amd(nodes="/sys/class/kfd/kfd/topology/nodes", module="/sys/module/amdgpu/version"):
    targets = []
    for file in sorted(glob.glob(f"{nodes}/*/properties")):
        facts = dict(line.split(" ", 1) for line in _lines(file) if " " in line)
        number = int(facts.get("gfx_target_version", 0) or 0)
        if number:
            major, minor, step = number // 10000, number // 100 % 100, number % 100
            targets.append(f"gfx{major}{minor:x}{step:x}")
    if not targets:
        return None
    version = " ".join(_lines(module)) or "of the kernel"
    return Line("gpu", OK, f"AMD {', '.join(targets)}, driver {version}")


def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def exchange(cache):
    """The ways that a module's text can take back to Triton: best a file without a name."""
    if _has_memfd():
        return Line("exchange", OK, "modules go back to Triton by memfd")
    folders = ["/dev/shm", *([cache] if cache else []), tempfile.gettempdir()]
    for folder in folders:
        if can_write(folder):
            fix = "let this process call memfd_create and see /proc, if it is to be as fast as it can be"
            return Line("exchange", WARNING, f"no memfd: modules go back to Triton by files in {folder}", fix=fix)
    fix = f"make one of {', '.join(folders)} writable, or let this process call memfd_create and see /proc"
    return Line("exchange", PROBLEM, "there is no way for a module to go back to Triton", "No memfd, no folder.", fix)


def _has_memfd():
    try:
        os.close(os.memfd_create("triton_ext"))
    except (AttributeError, OSError):
        return False
    return os.path.isdir("/proc/self/fd")


def can_write(folder):
    """Whether a file can be made in ``folder``."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"triton-ext doctor")
        return True
    except OSError:
        return False
