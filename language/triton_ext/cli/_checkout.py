# SPDX-License-Identifier: MIT
"""The checkout that a command works on: this project's, or a private repository's."""

from pathlib import Path

from ._answer import ENVIRONMENT, CommandError


class Checkout:
    """A folder with a registry.yaml and a CMakeLists.txt, and what is where in it."""

    def __init__(self, root):
        self.root = Path(root)
        self.registry = self.root / "registry.yaml"
        self.build = self.root / "build" / "dev"

    @classmethod
    def here(cls, start=None):
        """The checkout that the working directory lies in. Raises CommandError."""
        start = Path(start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "registry.yaml").is_file() and (folder / "CMakeLists.txt").is_file():
                return cls(folder)
        raise CommandError(
            "no-checkout",
            f"{start} is in no checkout: no registry.yaml beside a CMakeLists.txt in it or above it",
            hint="run this in a checkout of triton-ext, or in a repository with passes of its own",
            status=ENVIRONMENT,
        )

    def tool(self, name="triton-ext-opt"):
        """The program ``name`` of the development build. Raises CommandError."""
        program = self.build / "bin" / name
        if not program.is_file():
            raise CommandError("not-built", f"{program} is not built", hint="make build", status=ENVIRONMENT)
        return program
