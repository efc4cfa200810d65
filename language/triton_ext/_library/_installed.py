# SPDX-License-Identifier: MIT
"""Libraries of installed packages: the entry point group ``triton_ext.libraries``.

    [project.entry-points."triton_ext.libraries"]
    mine = "mine_passes"

names the package ``mine_passes``, in whose folder ``lib`` there is one library.
Nothing of that package is imported or run to find it.
"""

import os
import sys

GROUP = "triton_ext.libraries"


def libraries():
    """The registered libraries, sorted: (package, path, None), or (package, None, why there is none)."""
    if not _is_mentioned():
        return []
    from importlib.metadata import entry_points

    # One that is found on two paths is one.
    packages = dict.fromkeys(point.value for point in sorted(entry_points(group=GROUP)))
    return [(package, *_library_of(package)) for package in packages]


def _is_mentioned():
    """Whether installed packages may register one: half a millisecond, of the 20 that importlib.metadata takes."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except NotADirectoryError:
            return True  # an archive
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                try:
                    with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                        if GROUP.encode() in file.read():
                            return True
                except OSError:
                    pass
    return False


def _library_of(package):
    """The path of a package's library and None, or None and why it has none."""
    from importlib.util import find_spec

    if not package.isidentifier():
        return None, f"its entry point names {package!r}, expected a package without dots"
    try:
        spec = find_spec(package)
    except (ImportError, ValueError) as error:
        return None, f"it cannot be found: {error}"
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        return None, "its entry point names no package that is installed"
    found = []
    for folder in folders:
        lib = os.path.join(folder, "lib")
        if os.path.isdir(lib):
            found += sorted(os.path.join(lib, name) for name in os.listdir(lib) if name.endswith(".so"))
    if len(found) == 1:
        return found[0], None
    said = ", ".join(map(os.path.basename, found)) or "none"
    return None, f"found {said} in {os.path.join(folders[0], 'lib')}, expected one library (.so)"
