# SPDX-License-Identifier: MIT
"""Asks another Python, which runs this package's command line there."""

import os
import sys

from ._answer import CommandError


def ask(python, words, seconds, read, env=None):
    """What ``read`` makes of the JSON that ``triton-ext WORDS --json`` prints under ``python``.

    ``seconds``: how long it may take. ``env``: its environment (default: this
    process's). A ValueError, KeyError or TypeError of ``read`` means that the
    answer is none. Raises CommandError.
    """
    import json
    import subprocess

    env = {**(os.environ if env is None else env)}
    root = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir))
    # Behind what they have: nothing of ours comes before it.
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [env.get("PYTHONPATH"), root]))
    try:
        done = subprocess.run(
            [python, "-m", "triton_ext", *words, "--json"], env=env, capture_output=True, text=True, timeout=seconds
        )
        return read(json.loads(done.stdout))
    except OSError as error:
        why = error.strerror
    except subprocess.TimeoutExpired:
        why = "it gave no answer in time"
    except (ValueError, KeyError, TypeError):
        why = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "its answer is none of this package's"
    raise CommandError(
        "python-unusable",
        f"{python} cannot be asked: {why}",
        hint=f"name a Python of 3.10 or newer, {sys.executable} say",
    )
