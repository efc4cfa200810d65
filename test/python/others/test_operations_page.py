# SPDX-License-Identifier: MIT
"""docs/operations.md says what happens: held against strace, against the sources and against what is installed."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import mirrored

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("TRITON_EXT_BUILD", ROOT / "build" / "dev")).resolve()
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CALLS = (
    "open,openat,creat,memfd_create,execve,execveat,socket,socketpair,connect,bind,listen,accept,accept4,"
    "rt_sigaction,clone,clone3,kill,tgkill,pidfd_send_signal"
)


def section(title):
    """The text of a section of the page."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_column(title):
    """The first cells of the table of a section, as they stand there."""
    rows = re.findall(r"^\| (.+?) \|", section(title), re.MULTILINE)
    return rows[1:]


class Trace:
    """What a program did, by its strace.

    ``written``: paths that were opened for writing; ``started``: programs with their first argument; ``sockets``: how
    sockets were made; ``signals``: those whose handling the first process set; ``threads``: how many that process
    started; ``loaded``: shared libraries that it opened.
    """

    def __init__(self, text, folders):
        self.written, self.started, self.sockets, self.signals, self.loaded = set(), set(), set(), set(), set()
        self.threads = 0
        self.folders = folders
        first = text.split(" ", 1)[0]
        for line in text.splitlines():
            process, _, call = line.partition(" ")
            match = re.match(r"(\w+)\((.*)", call.strip())
            if match and not re.search(r"\) += -1 E\w+", call):
                self._take(*match.groups(), process == first)

    def _take(self, name, words, is_first):
        quoted = re.findall(r'"([^"]*)"', words)
        if name in ("open", "openat", "creat"):
            if re.search(r"O_WRONLY|O_RDWR|O_CREAT", words) or name == "creat":
                self.written.add(self._named(quoted[0]) + (" (no name)" if "O_TMPFILE" in words else ""))
            elif is_first and re.search(r"\.so(\.\d+)*$", quoted[0]):
                self.loaded.add(quoted[0])
        elif name == "memfd_create":
            self.written.add(f"memfd:{quoted[0]}")
        elif name in ("execve", "execveat"):
            self.started.add(" ".join([os.path.basename(quoted[0]), *quoted[2:3]]))
        elif name in ("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"):
            self.sockets.add(f"{name}({words.split(',')[0]})")
        elif name == "rt_sigaction" and is_first and ", NULL, " not in words:
            self.signals.add(words.split(",")[0])
        elif name in ("clone", "clone3"):
            self.threads += is_first and "CLONE_THREAD" in words
        elif name in ("kill", "tgkill", "pidfd_send_signal"):
            self.signals.add(f"{name} {words}")

    def _named(self, path):
        """The path as the page writes it."""
        for variable, folder in self.folders.items():
            if path == folder:
                return f"${variable}"
            if path.startswith(f"{folder}/"):
                rest = path[len(folder) + 1 :]
                return f"${variable}/" + ("HOST-PID.jsonl" if re.fullmatch(r".*-\d+\.jsonl", rest) else "…")
        return re.sub(r"^(/dev/shm/triton_ext\.).*", r"\1…", path)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """The traces of traced.py, by its argument."""
    found = {}
    for how in ("stock", "passes", "fallbacks"):
        base = tmp_path_factory.mktemp(how)
        folders = {name: str(base / name) for name in ("TRITON_CACHE_DIR", "TMPDIR", "TRITON_EXT_REPORT")}
        os.mkdir(folders["TMPDIR"])
        env = {name: value for name, value in os.environ.items() if not name.startswith("TRITON_EXT_")}
        library = BUILD / "lib" / "libTritonExtPlanted.so"
        env |= {"PYTHONPATH": f"{mirrored.folder()}:{ROOT / 'language'}", "PYTHONDONTWRITEBYTECODE": "1"}
        env |= {"TRITON_EXT_BUILD": str(BUILD), "TRITON_EXT_LIBRARY": str(library), **folders}
        env |= {"TRITON_EXT_WORKER": str(BUILD / "bin" / "triton-ext-planted-opt"), "AMDGCN_USE_BUFFER_OPS": "0"}
        program = pathlib.Path(__file__).with_name("traced.py")
        words = ["strace", "-f", "-qq", "-s", "500", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", base / "trace"]
        done = subprocess.run([*words, sys.executable, program, how], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found[how] = Trace((base / "trace").read_text(errors="replace"), folders)
        assert os.listdir(folders["TMPDIR"]) == []
    return found


def test_every_file_that_is_written_is_on_the_page(traces):
    said = {re.sub(r"`(.*?)`", r"\1", each) for each in first_column("Files written")}
    ours = (traces["passes"].written | traces["fallbacks"].written) - traces["stock"].written
    # Triton writes below its cache folder and below TMPDIR by itself.
    assert traces["stock"].written <= {"$TRITON_CACHE_DIR/…", "$TMPDIR/…"} | {"/dev/null"} & ours
    assert ours | {"$TRITON_CACHE_DIR/…"} == said
    assert {"memfd:triton_ext", "/dev/null"} <= traces["passes"].written
    assert "/dev/shm/triton_ext.…" in traces["fallbacks"].written


def test_every_program_that_is_started_is_on_the_page(traces):
    said = {each.strip("`") for each in first_column("Processes")}
    ours = (traces["passes"].started | traces["fallbacks"].started) - traces["stock"].started
    started = {re.sub(r"^triton-ext-planted-opt", "triton-ext-opt", each) for each in ours if "python" not in each}
    assert started == said == {"triton-ext-opt --serve"}


def test_there_is_no_network(traces):
    assert traces["stock"].sockets == set()
    assert traces["passes"].sockets == {"socketpair(AF_UNIX)"}
    assert traces["fallbacks"].sockets == set()
    assert "`socketpair(AF_UNIX)`" in section("Network")


def test_no_signal_and_no_thread_of_ours(traces):
    for how in ("passes", "fallbacks"):
        assert traces[how].signals == traces["stock"].signals, how
        assert traces[how].threads == traces["stock"].threads, how


def test_what_is_loaded(traces):
    ours = traces["passes"].loaded - traces["stock"].loaded
    python = tuple(os.path.realpath(path) for path in (sys.base_prefix, sys.prefix))
    others = {os.path.basename(each) for each in ours if not os.path.realpath(each).startswith(python)}
    assert others == {"libTritonExtPlanted.so"}  # which stands for the library here
    assert "`libTritonExtPassInfra.so`" in section("What is loaded")


# --- Variables -----------------------------------------------------------------------------------------------------


def variables_of_the_sources():
    """Every name that is asked of an environment, and the places where the name is no text."""
    names, computed = set(), set()
    for folder, ends in (("infra", (".cpp", ".h", ".c")), ("language", (".py", ".pth"))):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in ends or "setup" in path.parts or "templates" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            names |= set(re.findall(r"""["'](TRITON_EXT_[A-Z_]+)["'=]""", text))
            for line in text.splitlines():
                if re.search(r"getenv\(|environ\b|environment\.get\(", line):
                    names |= set(re.findall(r"""["'](_?[A-Z][A-Z0-9_]+[A-Z0-9])["']""", line))
                if re.search(r"getenv\([a-z]", line):
                    names |= set(re.findall(r'"([A-Z][A-Z0-9_]{2,})"', text))  # a list of them, nearby
                    computed.add(path.name)
    return names, computed


def test_every_variable_that_is_read_is_on_the_page():
    names, computed = variables_of_the_sources()
    said = set(re.findall(r"`(_?[A-Z][A-Z0-9_]{2,})(?:=\w+)?`", PAGE))
    assert len(names) > 20
    assert not names - said, "docs/operations.md has no word on these variables, which the sources read"
    assert not said - names, "docs/operations.md names variables that nothing reads"
    assert computed == {"Process.cpp"}


def test_the_table_and_the_doctor_agree():
    from triton_ext.cli._doctor import settings

    said = [name for cell in first_column("Variables") for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(said) == sorted(settings.VARIABLES)


# --- What is installed ---------------------------------------------------------------------------------------------


def test_what_the_wheel_installs(tmp_path):
    command = ["cmake", "--install", BUILD, "--component", "wheel", "--prefix", tmp_path / "triton_ext"]
    subprocess.run(command, check=True, capture_output=True)
    native = {f"{path.relative_to(tmp_path)}/" for path in (tmp_path / "triton_ext").iterdir()}
    said = {cell.strip("`") for cell in first_column("What the wheel installs")}
    assert (ROOT / "language" / "triton_ext.pth").exists() == ("triton_ext.pth" in said)
    # scikit-build-core adds what pyproject.toml names: the package, the commands.
    assert native | {"triton_ext/", "triton_ext-VERSION.dist-info/"} == {each for each in said if each.endswith("/")}
    project = (ROOT / "pyproject.toml").read_text()
    scripts = re.findall(r"^([\w-]+) = ", project.split("[project.scripts]\n")[1].split("\n\n")[0], re.MULTILINE)
    assert scripts and all(f"`{each}`" in section("What the wheel installs") for each in scripts)


def test_the_policy_of_the_page_can_be_read(tmp_path):
    from triton_ext._library import _policy

    (tmp_path / "policy.ini").write_text(re.search(r"```ini\n(.*?)```", PAGE, re.DOTALL)[1])
    file = _policy.File(str(tmp_path / "policy.ini"))
    assert file.mistake is None
    assert set(file.values) == set(_policy.FIELDS)
    fields = {name for cell in re.findall(r"^\| (.+?) \|", section("A policy file"), re.M) for name in cell.split(", ")}
    assert {name.strip("`") for name in fields} - {"field"} == set(_policy.FIELDS)
    assert f"`{_policy.SYSTEM}`" in PAGE and f"`{_policy.VARIABLE}`" in PAGE
