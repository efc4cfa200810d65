# SPDX-License-Identifier: MIT
"""The build folder that a library lies in, and the sources that it was made from."""

import re
from pathlib import Path

from ._answer import ENVIRONMENT, CommandError


class Build:
    """A build folder of CMake's. ``root``: the source tree that it builds."""

    def __init__(self, folder, root):
        self.folder = Path(folder)
        self.root = Path(root)

    @classmethod
    def of(cls, library):
        """The build whose ``lib`` folder has the file ``library``; None for an installed one."""
        folder = Path(library).parent.parent
        try:
            cache = (folder / "CMakeCache.txt").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
        root = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.+)$", cache, re.MULTILINE)
        return cls(folder, root[1]) if root else None

    def command(self):
        """What builds it."""
        is_ours = (
            self.folder.resolve() == (self.root / "build" / "dev").resolve() and (self.root / "Makefile").is_file()
        )
        return "make build" if is_ours else f"cmake --build {self.folder}"

    def tool(self):
        """Its triton-ext-opt, which a private repository calls otherwise. Raises CommandError."""
        try:
            site = (self.folder / "test" / "lit.site.cfg.py").read_text(encoding="utf-8")
        except OSError:
            site = ""
        name = re.search(r'^config\.triton_ext_tool = "([\w.-]+)"$', site, re.MULTILINE)
        program = self.folder / "bin" / (name[1] if name else "triton-ext-opt")
        if not program.is_file():
            raise CommandError("not-built", f"{program} is not built", hint=self.command(), status=ENVIRONMENT)
        return program
