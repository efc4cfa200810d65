# SPDX-License-Identifier: MIT
"""torch.compile's caches tell pipelines apart: against a PyTorch that has the parts concerned and nothing else.

The real one is tested by test/gpu/torch_compile.py.
"""

import textwrap

import pytest
from environments import LANGUAGE

PARTS = {
    "torch/__init__.py": "",
    "torch/_inductor/__init__.py": "",
    "torch/_inductor/codecache.py": """
        import triton  # whose import may be the first, in the middle of this one's

        class config:
            force_disable_caches = False

        class FxGraphHashDetails:
            def __init__(self, graph):
                self.graph = graph
        """,
    "torch/_inductor/async_compile.py": """
        class CompiledTritonKernels:
            @staticmethod
            def key(source):
                return source
        """,
    "torch/_inductor/compile_worker/__init__.py": "",
    "torch/_inductor/compile_worker/subproc_pool.py": """
        import pickle, threading

        class SubprocPool:
            def submit(self, job, *args):
                data, answer = pickle.dumps((job, args)), []

                def work():  # no with-block of the caller's holds in another thread
                    job, args = pickle.loads(data)
                    answer.append(job(*args))

                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
                return answer[0]
        """,
    "torch/_inductor/runtime/__init__.py": "",
    "torch/_inductor/runtime/autotune_cache.py": """
        class AutotuneCache:
            @staticmethod
            def _prepare_key(filename):
                return filename
        """,
}

ASK = """
def _worker_compile_triton():
    from triton_ext._channel import _scope
    layer = _scope.current()
    return layer.text if layer else ""

def ask():
    from torch._inductor import async_compile, codecache
    from torch._inductor.compile_worker.subproc_pool import SubprocPool
    from torch._inductor.runtime.autotune_cache import AutotuneCache
    return (
        str(vars(codecache.FxGraphHashDetails("g"))),
        async_compile.CompiledTritonKernels.key("s"),
        AutotuneCache._prepare_key("f"),
        SubprocPool().submit(_worker_compile_triton),
    )
"""

STOCK = ("{'graph': 'g'}", "s", "f", "")


@pytest.fixture
def torch(tmp_path):
    """The folder of that PyTorch, and of a module `asking`."""
    for name, text in PARTS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    (tmp_path / "asking.py").write_text(ASK)
    return tmp_path


@pytest.fixture
def answers(environment, program, torch):
    """`answers(code, **settings)`: what the list ``found`` holds after the code."""

    def run(code, **settings):
        text = f"from asking import ask\nfound = []\n{code}\nprint('\\n' + repr(found))"
        ran = program(environment.python, "-c", text, PYTHONPATH=f"{torch}:{LANGUAGE}", **settings)
        assert ran.status == 0, ran.stderr
        return eval(" ".join(ran.words)), ran.stderr

    return run


BLOCKS = """
import triton_ext
found.append(ask())
for text in ("planted-change", "planted-change{value=2}", "", "planted-change"):
    with triton_ext.passes(text):
        found.append(ask())
found.append(ask())
"""


@pytest.mark.parametrize("before", ["import torch._inductor.codecache", "import triton", "import triton_ext", "ask()"])
def test_with_blocks(answers, before):
    (off, one, two, empty, again, after), _ = answers(f"{before}\n{BLOCKS}")
    assert off == empty == after == STOCK
    assert one == again and one[3] == "planted-change" and two[3] == "planted-change{value=2}"
    assert all(len({off[part], one[part], two[part]}) == 3 for part in range(4))


@pytest.mark.parametrize("before", ["import torch._inductor.codecache", "import triton", "import triton_ext"])
def test_process_wide(answers, before):
    found, _ = answers(f"{before}\nfound.append(ask())", TRITON_EXT_PASSES="planted-change")
    blocks, _ = answers(BLOCKS)
    assert found == [blocks[1]]
    stock, _ = answers(
        f"{before}\nimport triton_ext, triton\nwith triton_ext.passes(''):\n    found.append(ask())",
        TRITON_EXT_PASSES="planted-change",
    )
    assert stock == [STOCK]


def test_nothing_is_wrapped_while_nothing_is_enabled(answers):
    found, _ = answers(
        "import triton_ext, triton; from torch._inductor.codecache import FxGraphHashDetails as details\n"
        "before = details.__init__\n"
        "with triton_ext.passes('planted-change'): found.append(details.__init__ is before)\n"
        "found.append(details.__init__ is before)"
    )
    assert found == [False, True]


def test_pytorch_is_never_imported(answers):
    code = "import sys, triton_ext\nwith triton_ext.passes('planted-change'): found.append('torch' in sys.modules)"
    assert answers(code)[0] == [False]


def test_keys_that_are_made_otherwise(answers, torch):
    path = torch / "torch/_inductor/codecache.py"
    path.write_text(path.read_text().replace("FxGraphHashDetails", "OtherDetails"))
    code = "import torch._inductor.codecache as cache\nfound.append(cache.config.force_disable_caches)"
    assert answers(code)[0] == [False]
    found, said = answers(code, TRITON_EXT_PASSES="planted-change")
    assert found == [True] and said.count("torch.compile caches nothing in this process") == 1
