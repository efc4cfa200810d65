# SPDX-License-Identifier: MIT
"""What a kernel may use of a target's on-chip memory.

Figures are those of the CUDA programming guide (shared memory a block may opt
in to) and of AMD's ISA documents (LDS of a work-group), in bytes.
"""

_SHARED = {
    ("cuda", 70): 96 << 10,
    ("cuda", 75): 64 << 10,
    ("cuda", 80): 163 << 10,
    ("cuda", 86): 99 << 10,
    ("cuda", 87): 163 << 10,
    ("cuda", 89): 99 << 10,
    ("cuda", 90): 227 << 10,
    ("cuda", 100): 227 << 10,
    ("cuda", 101): 227 << 10,
    ("cuda", 103): 227 << 10,
    ("cuda", 110): 227 << 10,
    ("cuda", 120): 99 << 10,
    ("cuda", 121): 99 << 10,
    ("hip", "gfx90a"): 64 << 10,
    ("hip", "gfx942"): 64 << 10,
    ("hip", "gfx950"): 160 << 10,
    ("hip", "gfx1100"): 64 << 10,
    ("hip", "gfx1200"): 64 << 10,
    ("hip", "gfx1201"): 64 << 10,
}
#: Columns of tensor memory.
_TENSOR = {("cuda", 107): 576}
_TENSOR_DEFAULT = 512


def _of_device(target):
    """What the active driver says of its device, if that is the target; None else.

    Asks no driver that is not active yet: that would start one.
    """
    try:
        from triton.runtime.driver import driver

        active = driver._active
        if active is None or active.get_current_target() != target:
            return None
        properties = active.utils.get_device_properties(active.get_current_device())
        return int(properties["max_shared_mem"])
    except Exception:
        return None


def exceeded(target, metadata):
    """The sentence that says which limit of ``target`` the figures in ``metadata`` are over; None if none."""
    shared = metadata.get("shared") or 0
    if shared:
        limit = _of_device(target) or _SHARED.get((target.backend, target.arch))
        if limit and shared > limit:
            return "shared-memory", f"needs {shared} bytes of shared memory, {limit} are there"
    tensor = metadata.get("tmem_size") or 0
    limit = _TENSOR.get((target.backend, target.arch), _TENSOR_DEFAULT)
    if tensor > limit:
        return "tensor-memory", f"needs {tensor} columns of tensor memory, {limit} are there"
    return None
