# SPDX-License-Identifier: MIT
"""For `triton-ext run`, which puts this folder first on PYTHONPATH: any Python below it reads this at its start.

The sitecustomize that would have been read is read too. Python of any age may
come here, so this is written for all.
"""

import os
import sys

_folder = os.path.dirname(os.path.abspath(__file__))


def _install():
    from importlib.machinery import SourceFileLoader

    file = os.path.join(os.path.dirname(_folder), "_startup.py")
    startup = type(sys)("triton_ext_startup")
    startup.__file__ = file
    SourceFileLoader(startup.__name__, file).exec_module(startup)
    startup.install()


def _read_the_other():
    """Imports the next sitecustomize on the path in this one's place, if there is one."""
    own, path = sys.modules.pop("sitecustomize"), sys.path[:]
    sys.path[:] = [each for each in path if os.path.abspath(each) != _folder]
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        # Back in its place: programs hand their sys.path on to children.
        added = [each for each in sys.path if each not in path]
        sys.path[:] = path + added
        sys.modules.setdefault("sitecustomize", own)


if sys.version_info >= (3, 10):  # noqa: UP036
    try:
        _install()
    except Exception as error:
        sys.stderr.write("triton_ext: TRITON_EXT_PASSES is ignored, kernels are stock's: " + str(error) + "\n")
_read_the_other()
