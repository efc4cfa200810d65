# SPDX-License-Identifier: MIT
"""One kernel with one mistake, or with none, under a pipeline: what instruments.py runs.

    python3 instrumented.py CASE PIPELINE

Prints "same bits" where the kernel ended with the bits that it has without the
pipeline; an assertion on the device ends the process otherwise.
"""

from __future__ import annotations

import sys

import torch
import triton
import triton.language as tl

BLOCK = 256
COUNT = 1000


@triton.jit
def beyond(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at)  # wrong: beyond
    tl.store(y_ptr + at, x, mask=at < n)


@triton.jit
def before(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + (at - 1), mask=at < n)  # wrong: before
    tl.store(y_ptr + at, x, mask=at < n)


@triton.jit
def wrapping(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    # n * 4294968 is 4294968000, which 32 bits take for 704.
    x = tl.load(x_ptr + (n * 4294968 + at), mask=at < 16)  # wrong: wrapping
    tl.store(y_ptr + at, x, mask=at < n)


@triton.jit
def not_a_number(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=1.0)
    zero = tl.where(at == 700, 0.0, x)
    y = zero / zero  # wrong: not_a_number
    tl.store(y_ptr + at, y, mask=at < n)  # wrong: not_a_number stored


@triton.jit
def right(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=0.0)
    total = x
    for i in range(0, n, 100):
        if i > 300:
            total = total * 1.5 + x
    tl.store(y_ptr + at, total, mask=at < n)


@triton.jit
def masked(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK) - 128
    x = tl.load(x_ptr + at, mask=(at >= 0) & (at < n), other=0.0)
    tl.store(y_ptr + at, x, mask=(at >= 0) & (at < n))


@triton.jit
def masked_nan(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n, other=0.0)
    tl.store(y_ptr + at, x / x, mask=at < n)


@triton.jit
def visits(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    """13 iterations, of which 3 take the branch; 13 + 12 + ... + 1 = 91 of the inner loop."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.load(x_ptr + at, mask=at < n, other=0.0)
    outer = n // 76
    for i in range(0, outer):
        if i % 4 == 1:
            total = total * 0.5
        else:
            total = total + 1.0
        for _ in range(i, outer):
            total = total * 0.25
    tl.store(y_ptr + at, total, mask=at < n)


KERNELS = {
    kernel.fn.__name__: kernel for kernel in (beyond, before, wrapping, not_a_number, right, masked, masked_nan, visits)
}


def launch(case: str) -> torch.Tensor:
    """The output of a kernel over COUNT numbers between 1 and 2."""
    torch.manual_seed(0)
    x = torch.rand(COUNT, device="cuda") + 1
    y = torch.zeros_like(x)
    KERNELS[case][(triton.cdiv(COUNT, BLOCK) + (case == "masked"),)](x, y, COUNT, BLOCK)
    torch.cuda.synchronize()
    return y


def main() -> int:
    case, pipeline = sys.argv[1:]
    if not torch.cuda.is_available():
        print("PyTorch sees no GPU")
        return 1
    if case == "machine":
        print(f"{torch.cuda.get_device_name()}, Triton {triton.__version__}")
        return 0
    import triton_ext

    with triton_ext.configure(on_failure="raise"), triton_ext.passes(pipeline):
        instrumented = launch(case)
    if any(entry["status"] != "fired" for record in triton_ext.reports() for entry in record["passes"]):
        print(f"an instrument did not fire: {triton_ext.reports()}")
        return 1
    stock = launch(case)
    if not torch.equal(stock.view(torch.int32), instrumented.view(torch.int32)):
        print("other bits")
        return 1
    print("same bits")
    return 0


if __name__ == "__main__":
    sys.exit(main())
