# SPDX-License-Identifier: MIT
"""proton on a GPU: a session counts and times kernels with passes as it does without.

    python3 test/gpu/profiling.py

Needs PyTorch, stock Triton with proton, and a GPU. One kernel is launched as often
without passes as with them, each in a scope of proton's; the profile that proton
writes has the same counts in both scopes, a time in each, and no hook at launches
has come or gone.

Exit code: 0 if everything holds, 1 if not, 77 (skipped) without a GPU.
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "language"), str(ROOT / "test" / "python")]

SKIPPED = 77
LAUNCHES = 20
SCOPES = {"stock": "", "passes": "loop-split"}


def launch_all() -> None:
    """Launches the kernel in each scope of proton's, with the scope's pipeline."""
    import torch
    import triton.profiler as proton

    import triton_ext
    from kernels.rows import layer_norm

    x = torch.randn(64, 1000, device="cuda", dtype=torch.float16)
    y, w, b = torch.empty_like(x), *(torch.randn(1000, device="cuda", dtype=torch.float16) for _ in range(2))
    mean, rstd = (torch.empty(64, device="cuda") for _ in range(2))
    for scope, pipeline in SCOPES.items():
        with triton_ext.passes(pipeline):
            arguments = (x, y, w, b, mean, rstd, x.stride(0), 1000, 1e-5)
            layer_norm[(64,)](*arguments, BLOCK=256)  # compiles outside of the scope
            with proton.scope(scope):
                for _ in range(LAUNCHES):
                    layer_norm[(64,)](*arguments, BLOCK=256)
    torch.cuda.synchronize()


def found(node: dict[str, Any], scope: str | None = None) -> dict[str, dict[str, float]]:
    """scope -> what the profile counts and times below it: {"count", "time (ns)"}."""
    sums: dict[str, dict[str, float]] = {}
    name = node.get("frame", {}).get("name")
    scope = name if name in SCOPES else scope
    metrics = node.get("metrics", {})
    if scope and metrics.get("count"):
        sums[scope] = {key: metrics.get(key, 0) for key in ("count", "time (ns)")}
    for child in node.get("children", ()):
        for below, more in found(child, scope).items():
            into = sums.setdefault(below, {})
            for key, value in more.items():
                into[key] = into.get(key, 0) + value
    return sums


def profile() -> tuple[dict[str, dict[str, float]], bool]:
    """What a session counts by scope, and whether the hooks at launches were left alone."""
    import triton.profiler as proton
    from triton import knobs

    with tempfile.TemporaryDirectory(prefix="triton-ext-proton-") as folder:
        session = proton.start(str(pathlib.Path(folder, "profile")), hook="triton")
        before = list(knobs.runtime.launch_enter_hook.calls)
        launch_all()
        alone = list(knobs.runtime.launch_enter_hook.calls) == before and bool(before)
        proton.finalize(session)
        written = json.loads(pathlib.Path(folder, "profile.hatchet").read_text())
    return found(written[0]), alone


def main() -> int:
    try:
        import torch
        import triton.profiler  # noqa: F401
    except ImportError as error:
        print(f"skipped: {error}")
        return SKIPPED
    if not torch.cuda.is_available():
        print("skipped: PyTorch sees no GPU")
        return SKIPPED
    sums, alone = profile()
    print(json.dumps(sums))
    checks = {
        "both scopes are in the profile": set(sums) == set(SCOPES),
        "as many launches in each": [each.get("count") for each in sums.values()] == [LAUNCHES] * len(SCOPES),
        "a time in each": all(each.get("time (ns)", 0) > 0 for each in sums.values()),
        "proton's hooks at launches are left alone": alone,
    }
    for what, holds in checks.items():
        print(f"{'OK' if holds else 'FAILED'}  {what}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
