# SPDX-License-Identifier: MIT
"""A copy of the checkout to change, in the build folder: a second run finds it built.

Only what differs is written, so that the copy's build does only what is new. Its
compilations are ccache's after those of the checkout itself.
"""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TRITON_EXT_BUILD", ROOT / "build" / "dev"))
TIME_LIMIT = 1500  # seconds, for one command: a first build without ccache takes 200


def computed():
    """Seconds that the commands run so far have kept processors busy, which says the same on a busy machine."""
    return sum(os.times()[2:4])


class Copy:
    """A checkout in ``root``, committed as it is in this one, with this one's environments."""

    def __init__(self, name="checkout"):
        self.root = BUILD / "contribute" / name
        self.root.mkdir(parents=True, exist_ok=True)
        self._take_over()
        venv = self.root / ".venv"
        if not venv.is_symlink():
            venv.symlink_to(ROOT / ".venv")
        if not (self.root / ".git").is_dir():
            self.run("git init -q")
        (self.root / ".git/info/exclude").write_text("/.venv\n")
        self.run("git add -A")
        self.run("git -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m 'as it is'")

    def _take_over(self):
        listed = subprocess.run(
            ["git", "ls-files", "-zco", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
        )
        files = {path for path in listed.stdout.decode().split("\0") if path and (ROOT / path).is_file()}
        for path in files:
            source, target = ROOT / path, self.root / path
            if not target.is_file() or source.read_bytes() != target.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                # A new time: the commit's may be older than what was built.
                shutil.copyfile(source, target)
            shutil.copymode(source, target)
        for folder in self.root.iterdir():
            if folder.name in ("build", ".venv", ".git"):
                continue
            for path in sorted([folder, *folder.rglob("*")], reverse=True):
                if path.is_dir():
                    if not any(path.iterdir()):
                        path.rmdir()
                elif path.relative_to(self.root).as_posix() not in files:
                    path.unlink()

    def run(self, command, status=0, timeout=TIME_LIMIT, **env):
        """Runs a line of shell in the copy; fails unless it exits with ``status``.

        Returns (seconds of processors, output).
        """
        # What make and the test run have set for this checkout is not the copy's.
        ours = ("MAKE", "MFLAGS", "TRITON_", "PYTHON", "PYTEST_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        before = computed()
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=self.root,
            env={**clean, "JOBS": "2", **{name: str(value) for name, value in env.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
        )
        seconds = computed() - before
        assert status in (None, done.returncode), f"{command}: exit {done.returncode}\n{done.stdout[-6000:]}"
        return seconds, done.stdout
