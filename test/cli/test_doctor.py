# SPDX-License-Identifier: MIT
"""`triton-ext doctor`: each line in each of its forms, and that nothing takes it down or makes it wait.

The interpreter of these tests has no Triton; test/python/test_doctor.py has one.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import time

import jsonschema
import pytest

from triton_ext.cli import doctor
from triton_ext.cli._doctor import cache, library, line, settings, sources, stock, system
from triton_ext.cli._doctor.child import Child, Result

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = pathlib.Path(doctor.__file__).resolve().parents[1]
SCHEMA = json.loads((PACKAGE / "schemas" / "doctor.json").read_text())
HANGS = 1000  # seconds, what hangs: that it is not waited for shows on a machine of any speed


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    """Only what a test sets is set; Triton's cache is the test's."""
    for name in list(os.environ):
        if name.startswith("TRITON_") and name not in ("TRITON_EXT_LIBRARY", "TRITON_EXT_BUILD"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("TRITON_EXT_BUILD", raising=False)
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.fixture
def checks(cli):
    """`checks(status, *words, env=…)`: the lines by id; the answer satisfies its schema, the exit code is `status`."""

    def run(status, *words, **options):
        done = cli("doctor", "--json", *words, **options)
        assert done.status == status, done.stdout + done.stderr
        jsonschema.validate(done.json, SCHEMA)
        assert [each["id"] for each in done.json["checks"]] == all_ids()
        return {each["id"]: each for each in done.json["checks"]}

    return run


def all_ids():
    return SCHEMA["properties"]["checks"]["items"]["properties"]["id"]["enum"]


def package(folder, text, version=None):
    """A package `triton` in ``folder`` with this text, with a distribution if it has a ``version``."""
    (folder / "triton").mkdir(parents=True)
    (folder / "triton" / "__init__.py").write_text(text)
    if version:
        distribution(folder, "triton", version)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{PACKAGE.parent}"}


def distribution(folder, name, version):
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("triton/__init__.py,,\n")


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# The whole ----------------------------------------------------------------------------------------------------------


def test_without_triton_everything_else_is_well(checks):
    found = checks(0)
    for each in ("python", "platform", "library", "worker", "protections", "exchange", "cache", "settings", "passes"):
        assert found[each]["status"] == "ok", found[each]
    assert found["triton"]["status"] == "warning"
    assert "pip install triton" in found["triton"]["fix"]
    assert found["crossing"]["status"] == "none"


def test_text_has_a_line_for_each_check_and_says_what_to_do(cli):
    done = cli("doctor", env={"TRITON_EXT_WORKER": "/bin/false"})
    assert done.status == 3
    ids = [row.split()[1] for row in done.stdout.splitlines() if re.match(r"(ok|-|warning|problem) ", row)]
    assert ids == all_ids()
    assert re.search(r"^problem  worker .*\n( .*\n)* +-> unset TRITON_EXT_WORKER", done.stdout, re.MULTILINE)
    assert re.search(r"^problems: 1, warnings: \d+, ok: \d+$", done.stdout, re.MULTILINE)
    assert "\033" not in done.stdout


def test_each_warning_and_problem_says_what_to_do(checks, tmp_path):
    env = {**package(tmp_path / "old", "__version__ = '3.5.0'"), "TRITON_EXT_WORKER": "/bin/false", "TRITON_EXT_X": "1"}
    found = checks(3, env=env)
    bad = [each for each in found.values() if each["status"] in ("warning", "problem")]
    assert len(bad) >= 3 and all(each["fix"] for each in bad)


def test_it_takes_seconds(cli):
    before = sum(os.times()[2:4])
    cli("doctor")
    # Of processors: a busy machine says nothing of the doctor.
    assert sum(os.times()[2:4]) - before < 5


def test_worst_status_is_that_of_the_whole(cli):
    assert cli("doctor", "--json", env={"TRITON_EXT_WORKER": "/bin/false"}).json["status"] == "problem"
    assert cli("doctor", "--json", env={"TRITON_EXT_X": "1"}).json["status"] == "warning"
    assert line.worst([line.Line("a", "none", ""), line.Line("b", "ok", "")]) == "ok"


def test_another_python_is_asked(checks, cli, tmp_path):
    asked = tmp_path / "python"
    program(asked, f'exec {sys.executable} "$@"')
    assert checks(0, "--python", asked)["library"]["status"] == "ok"
    for wrong, why in ((tmp_path / "none", "No such file"), ("/bin/true", "none of this package's")):
        done = cli("doctor", "--json", "--python", wrong)
        assert (done.status, done.error["code"]) == (2, "python-unusable")
        assert why in done.error["message"]


@pytest.mark.parametrize("wrong", ["0", "-1", "soon", "nan"])
def test_a_time_limit_is_a_positive_number(cli, wrong):
    done = cli("doctor", "--json", f"--time-limit={wrong}")
    assert done.status == 2 and "positive number of seconds" in done.error["message"]


# Python and platform ------------------------------------------------------------------------------------------------


def test_other_interpreters_are_warned_of(monkeypatch):
    assert system.python().status == "ok"
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert system.python().status == "warning"


@pytest.mark.parametrize("said", ["glibc 2.34", "glibc 2.9", "musl 1.2", None])
def test_an_older_or_other_c_library_is_a_problem(monkeypatch, said):
    monkeypatch.setattr(os, "confstr", lambda _: said)
    found = system.system()
    assert found.status == "problem" and "glibc 2.35" in found.detail and found.fix


def test_glibc_is_compared_by_numbers(monkeypatch):
    monkeypatch.setattr(os, "confstr", lambda _: "glibc 2.100")
    assert system.system().status == "ok"


def test_another_system_is_a_problem(monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert system.system().status == "problem"


# GPU ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def nvidia_smi(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return lambda text: program(tmp_path / "nvidia-smi", text)


def test_a_gpu_is_named_with_its_target_and_driver(nvidia_smi):
    nvidia_smi('echo "NVIDIA H200, 9.0, 570.86.15"')
    found = system.gpu(5)
    assert (found.status, found.summary) == ("ok", "NVIDIA H200 (sm_90), driver 570.86.15")


def test_a_hidden_gpu_is_warned_of(nvidia_smi, monkeypatch):
    nvidia_smi('echo "NVIDIA H200, 9.0, 570.86.15"')
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    found = system.gpu(5)
    assert found.status == "warning" and "CUDA_VISIBLE_DEVICES" in found.fix


def test_a_driver_that_does_not_answer_is_warned_of(nvidia_smi):
    nvidia_smi('echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18')
    found = system.gpu(5)
    assert found.status == "warning" and "mismatch" in found.detail


def test_a_driver_that_hangs_is_not_waited_for(nvidia_smi):
    nvidia_smi(f"sleep {HANGS}")
    started = time.monotonic()
    found = system.gpu(0.3)
    assert time.monotonic() - started < HANGS / 10
    assert found.status == "warning" and "no answer within 0.3 s" in found.summary


def test_the_drivers_folder_is_read_where_there_is_no_nvidia_smi(tmp_path):
    (tmp_path / "gpus" / "0000:01:00.0").mkdir(parents=True)
    (tmp_path / "gpus" / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA L4\nIRQ: 5\n")
    (tmp_path / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22\n")
    assert system._nvidia_driver(str(tmp_path)).summary == "NVIDIA L4, driver 550.54.14"
    assert system._nvidia_driver(str(tmp_path / "none")) is None


def test_amd_gpus_are_those_of_the_kernels_topology(tmp_path):
    for node, version in (("0", 0), ("1", 90402), ("2", 90010)):  # node 0 is a processor
        (tmp_path / node).mkdir()
        (tmp_path / node / "properties").write_text(f"simd_count 304\ngfx_target_version {version}\n")
    assert system._amd(str(tmp_path), str(tmp_path / "none")).summary == "AMD gfx942, gfx90a, driver of the kernel"
    assert system._amd(str(tmp_path / "none")) is None


def test_no_gpu_is_nothing_to_mend(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system, "_nvidia_driver", lambda: None)
    monkeypatch.setattr(system, "_amd", lambda: None)
    found = system.gpu(5)
    assert found.status == "none" and "running does not" in found.summary


# Triton -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("3.5.0", "problem"),
        ("2.1", "problem"),
        ("3.5.1+git12ab", "problem"),
        ("3.6.0", "ok"),
        ("3.9.0+git12ab", "ok"),
        ("3.6.7", "warning"),
        ("4.0.0", "warning"),
        ("3.10.0", "warning"),
        ("main", "warning"),
    ],
)
def test_releases(version, status):
    probe = Result(json.dumps({"stage": "import", "version": version, "ms": 1}).encode(), "", "")
    found = stock.version(probe)
    assert found.status == status, found.summary
    assert version in found.summary and bool(found.fix) == (status != "ok")


@pytest.mark.parametrize(("version", "status", "code"), [("3.5.0", "problem", 3), ("4.0.0", "warning", 3)])
def test_a_package_of_another_release(checks, tmp_path, version, status, code):
    found = checks(code, env=package(tmp_path / "at", f"__version__ = {version!r}", version))
    assert found["triton"]["status"] == "ok" and version in found["triton"]["summary"]
    assert found["triton-import"]["status"] == "ok"
    assert found["triton-version"]["status"] == status
    # It has no compiler: the kernel's way is a line, not an exception.
    assert found["crossing"]["status"] == "problem" and "Error" in found["crossing"]["detail"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os; os._exit(7)", "ended with exit code 7"),
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("raise SystemExit('no licence')", "SystemExit: no licence"),
        ("import no_such_thing", "No module named 'no_such_thing'"),
        ("print('noise'); import os; os.write(2, b'Fatal: broken'); os.abort()", "Fatal: broken"),
    ],
)
def test_an_import_that_goes_wrong_does_not_take_the_doctor_down(checks, tmp_path, text, said):
    found = checks(3, env=package(tmp_path / "at", text))
    assert found["triton-import"]["status"] == "problem"
    assert said in found["triton-import"]["summary"] + found["triton-import"]["detail"]
    assert found["worker"]["status"] == "ok", "what has nothing to do with Triton is looked at all the same"


def test_an_import_that_hangs_is_not_waited_for(checks, tmp_path):
    text = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep({HANGS})'])"
    started = time.monotonic()
    found = checks(3, "--time-limit=1", env=package(tmp_path / "at", text, "3.9.0"))
    assert time.monotonic() - started < HANGS / 10
    assert "did not end within 1 s" in found["triton-import"]["summary"]
    assert found["triton-version"]["status"] == "ok", "the version is that of the distribution then"


def test_a_folder_that_hides_the_installed_one_is_warned_of(checks, tmp_path):
    env = package(tmp_path / "source", "__version__ = '3.9.0'")
    package(tmp_path / "site", "", "3.8.0")
    env["PYTHONPATH"] += os.pathsep + str(tmp_path / "site")
    found = checks(3, env=env)["triton"]
    assert found["status"] == "warning"
    assert f"{tmp_path}/source/triton hides the installed triton 3.8.0" == found["summary"]


def test_several_distributions_are_warned_of(checks, tmp_path):
    env = package(tmp_path / "site", "__version__ = '3.9.0'", "3.9.0")
    distribution(tmp_path / "site", "pytorch-triton", "3.8.0")
    distribution(tmp_path / "site", "triton-kernels-of-mine", "1.0")
    (tmp_path / "site" / "triton_kernels_of_mine-1.0.dist-info" / "RECORD").write_text("mine/__init__.py,,\n")
    found = checks(3, env=env)["triton"]
    assert found["status"] == "warning" and found["summary"].startswith("2 distributions")
    assert "pytorch-triton 3.8.0" in found["detail"] and "pip uninstall" in found["fix"]


def test_a_distribution_without_its_package_is_a_problem(checks, tmp_path):
    distribution(tmp_path / "site", "triton", "3.9.0")
    found = checks(3, env={"PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{PACKAGE.parent}"})["triton"]
    assert found["status"] == "problem" and "no package triton" in found["summary"]


def test_a_folder_without_init_is_no_triton(checks, tmp_path):
    (tmp_path / "clone" / "triton").mkdir(parents=True)
    found = checks(0, env={"PYTHONPATH": f"{tmp_path / 'clone'}{os.pathsep}{PACKAGE.parent}"})["triton"]
    assert found["status"] == "warning" and f"{tmp_path}/clone/triton is no package" in found["summary"]


def test_the_working_directory_is_not_searched(checks, tmp_path):
    package(tmp_path, "import os; os._exit(7)")
    assert checks(0, cwd=tmp_path, env={"PYTHONPATH": str(PACKAGE.parent)})["triton-import"]["status"] == "none"


def test_hooks_and_variables_of_others_are_named():
    probe = Result(
        json.dumps({"stage": "hooks", "set": ["triton.knobs.runtime.x_hook"], "manager": "a.B"}).encode(), "", ""
    )
    environment = {"TRITON_INTERPRET": "1", "TRITON_KERNEL_OVERRIDE": "0", "TRITON_PLUGIN_PATHS": "/p.so"}
    found = stock.hooks(probe, environment)
    assert found.status == "warning" and found.fix
    assert [row.split()[0] for row in found.detail.splitlines()] == [
        "triton.knobs.runtime.x_hook",
        "triton.knobs.cache.manager_class",
        "TRITON_INTERPRET=1:",
        "TRITON_PLUGIN_PATHS=/p.so:",
    ]


# The library and its worker -----------------------------------------------------------------------------------------


def test_no_library_is_lines_not_an_exception(checks, tmp_path):
    found = checks(3, env={"TRITON_EXT_LIBRARY": tmp_path / "none.so"})
    assert found["library"]["status"] == "problem"
    assert "TRITON_EXT_LIBRARY" in found["library"]["summary"] and "none.so" in found["library"]["detail"]
    for each in ("build", "worker", "protections"):
        assert found[each]["status"] == "none", found[each]


def test_a_text_file_is_no_library(checks, tmp_path):
    (tmp_path / "text.so").write_text("not a library\n")
    found = checks(3, env={"TRITON_EXT_LIBRARY": tmp_path / "text.so"})["library"]
    assert found["status"] == "problem" and "cannot load" in found["detail"] and found["fix"]


def test_another_library_is_no_library_of_ours(checks):
    libc = next(each for each in pathlib.Path("/proc/self/maps").read_text().split() if "libc.so" in each)
    found = checks(3, env={"TRITON_EXT_LIBRARY": libc})["library"]
    assert found["status"] == "problem" and "not a triton_ext library" in found["detail"]


def compiled(folder, source):
    """A shared library of this C text."""
    (folder / "planted.c").write_text(source)
    made = folder / "planted.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", made, folder / "planted.c"], check=True)
    return made


def test_a_library_that_crashes_when_loaded_does_not_take_the_doctor_down(checks, tmp_path):
    source = "#include <stdlib.h>\n__attribute__((constructor)) static void start(void) { abort(); }\n"
    found = checks(3, env={"TRITON_EXT_LIBRARY": compiled(tmp_path, source)})["library"]
    assert found["status"] == "problem" and "signal 6" in found["summary"]


def test_a_library_that_hangs_when_loaded_is_not_waited_for(checks, tmp_path):
    source = f"#include <unistd.h>\n__attribute__((constructor)) static void start(void) {{ sleep({HANGS}); }}\n"
    started = time.monotonic()
    found = checks(3, "--time-limit=1", env={"TRITON_EXT_LIBRARY": compiled(tmp_path, source)})["library"]
    assert time.monotonic() - started < HANGS / 10
    assert found["status"] == "problem" and "did not end within 1 s" in found["summary"]


def test_the_library_says_where_it_came_from(monkeypatch):
    for path, environment, origin in (
        ("/x/lib.so", {"TRITON_EXT_LIBRARY": "/x/lib.so"}, "TRITON_EXT_LIBRARY"),
        (str(PACKAGE / "lib" / "lib.so"), {}, "the package"),
        (str(ROOT / "build" / "dev" / "lib" / "lib.so"), {}, "this checkout"),
    ):
        assert library._origin(path, environment) == origin


def test_further_libraries_are_named(checks, build):
    assert checks(0)["libraries"]["summary"] == "no other library is added"
    mine = build / "lib" / "libTritonExtMine.so"
    own = build / "lib" / "libTritonExtPassInfra.so"
    found = checks(0, env={"TRITON_EXT_LIBRARY": f"{own}:{mine}"})["libraries"]
    assert (found["status"], found["summary"]) == ("ok", "1 is added")
    assert re.fullmatch(rf"mine [\d.]+: {re.escape(str(mine))}", found["detail"])


def test_a_further_library_that_is_none_is_a_problem(checks, build, tmp_path):
    own = build / "lib" / "libTritonExtPassInfra.so"
    found = checks(3, env={"TRITON_EXT_LIBRARY": f"{own}:{tmp_path / 'none.so'}"})["library"]
    assert found["status"] == "problem" and "none.so" in found["detail"]


def test_an_installed_library_that_cannot_be_added_is_warned_of(checks, tmp_path):
    distribution(tmp_path, "mine-passes", "1.0")
    entry_points = tmp_path / "mine_passes-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[triton_ext.libraries]\nmine = no_such_package\n")
    found = checks(0, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{PACKAGE.parent}"})["libraries"]
    assert found["status"] == "warning" and "no_such_package" in found["detail"] and found["fix"]


@pytest.mark.parametrize(
    ("named", "said"),
    [("/bin/false", "exit code 1"), ("text", "text"), ("none", "none"), ("/bin/cat", "/bin/cat")],
)
def test_a_wrong_worker_is_a_problem(checks, tmp_path, named, said):
    (tmp_path / "text").write_text("not executable\n")
    assert not (tmp_path / "text").stat().st_mode & stat.S_IXUSR
    found = checks(3, env={"TRITON_EXT_WORKER": named if named.startswith("/") else tmp_path / named})
    assert found["worker"]["status"] == "problem"
    assert said in found["worker"]["detail"] and "TRITON_EXT_WORKER" in found["worker"]["fix"]
    assert found["protections"]["status"] == found["crossing"]["status"] == "none"


def test_the_worker_is_named_and_timed(checks, build):
    found = checks(0)["worker"]["summary"]
    assert re.fullmatch(r"\S+/triton-ext-opt starts in \d+ ms, answers in [\d.]+ ms", found), found
    named = checks(0, env={"TRITON_EXT_WORKER": build / "bin" / "triton-ext-opt"})["worker"]["summary"]
    assert named.startswith(str(build)) and named.endswith("named by TRITON_EXT_WORKER")


def worker_status(**status):
    return Result(json.dumps({"stage": "worker", "status": status}).encode(), "", "")


def test_protections_that_are_lacking_are_warned_of(monkeypatch):
    monkeypatch.setattr(library, "landlock_version", lambda: 4)
    assert library.protections(worker_status(NoNewPrivs="1", Seccomp="2")).status == "ok"
    found = library.protections(worker_status(NoNewPrivs="1", Seccomp="0"))
    assert found.status == "warning" and "seccomp" in found.summary and "landlock" in found.detail
    monkeypatch.setattr(library, "landlock_version", lambda: 0)
    assert "landlock" in library.protections(worker_status(NoNewPrivs="1", Seccomp="2")).summary
    assert library.protections(worker_status()).status == "none"


# Whether the build is of today --------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A checkout with one pass, and what its build leaves: the pass's file, and the line of its library."""
    source = tmp_path / "passes" / "Some" / "Some.cpp"
    source.parent.mkdir(parents=True)
    source.write_text("int one;\n")
    (tmp_path / "registry.yaml").write_text("")
    (tmp_path / "CMakeLists.txt").write_text("")
    generated = tmp_path / "build" / "generated" / "TritonExtSome"
    generated.mkdir(parents=True)
    (generated / "sources.txt").write_text(f"{source}\n")
    recipe = [
        "cmake",
        f"-DLIST={generated}/sources.txt",
        f"-DOUTPUT={generated}/Version.cpp",
        f"-DTEMPLATE={ROOT}/infra/support/Version.cpp.in",
        "-DTRITON_EXT_VERSION=1",
        '"-DSALT=TritonExtSome GNU 12"',
        "-P",
        f"{ROOT}/cmake/TritonExtBuildHash.cmake",
    ]
    (tmp_path / "build" / "build.ninja").write_text(f"build x:\n  COMMAND = cd {tmp_path} && {' '.join(recipe)}\n")
    (tmp_path / "build" / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={tmp_path}\n")
    monkeypatch.chdir(tmp_path / "passes")
    path = str(tmp_path / "build" / "lib" / "libTritonExtSome.so")
    first = sources._hash_now(sources.Build.of(path), "TritonExtSome")
    assert re.fullmatch("[0-9a-f]{16}", first)
    facts = {"stage": "load", "path": path, "build_hash": first}
    return source, lambda: sources.build(Result(json.dumps(facts).encode(), "", ""))


def test_a_build_of_other_sources_is_warned_of(made, tmp_path):
    source, line_now = made
    assert line_now().status == "ok"
    os.utime(source)
    assert line_now().status == "ok", "a file that is newer and says the same changes nothing"
    source.write_text("int two;\n")
    found = line_now()
    assert found.status == "warning" and str(source) in found.detail
    assert found.fix == f"cmake --build {tmp_path / 'build'}"
    source.unlink()
    assert line_now().status == "warning"


def test_a_new_source_is_warned_of(made, tmp_path):
    (tmp_path / "passes" / "Other").mkdir()
    (tmp_path / "passes" / "Other" / "Other.cpp").write_text("")
    found = made[1]()
    assert found.status == "warning" and "Other.cpp is not in the build" in found.detail


def test_only_recipes_of_checkouts_that_we_stand_in_are_followed(made, tmp_path, monkeypatch):
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(sources, "ask", None)
    found = made[1]()
    assert found.status == "none" and "not a build of the checkout" in found.summary


def test_a_recipe_that_cannot_be_followed_is_said(made, tmp_path):
    (tmp_path / "build" / "build.ninja").write_text("build x:\n  COMMAND = true\n")
    assert made[1]().status == "none"


def test_the_recipe_of_the_real_build_is_found(checks, build):
    """A change of the build must not make the check say nothing."""
    found = sources._hash_now(sources.Build.of(build / "lib" / "libTritonExtPassInfra.so"), "TritonExtPassInfra")
    assert re.fullmatch("[0-9a-f]{16}", found)
    assert len(sources._listed(sources.Build(build, ROOT), "TritonExtPassInfra")) > 50
    assert checks(0)["build"]["status"] in ("ok", "warning")


def test_an_installed_library_is_of_no_build(tmp_path):
    facts = {"stage": "load", "path": str(tmp_path / "lib" / "lib.so"), "build_hash": "0"}
    assert sources.build(Result(json.dumps(facts).encode(), "", "")).status == "none"


# Exchange and cache -------------------------------------------------------------------------------------------------


def test_without_memfd_a_folder_serves(monkeypatch, tmp_path):
    assert system.exchange(str(tmp_path)).status == "ok"
    monkeypatch.setattr(os, "memfd_create", None, raising=False)
    monkeypatch.delattr(os, "memfd_create")
    found = system.exchange(str(tmp_path))
    assert found.status == "warning" and "files in " in found.summary
    monkeypatch.setattr(system, "can_write", lambda folder: folder == str(tmp_path))
    assert str(tmp_path) in system.exchange(str(tmp_path)).summary
    monkeypatch.setattr(system, "can_write", lambda folder: False)
    assert system.exchange(None).status == "problem"


def test_a_file_in_place_of_the_cache_is_a_problem(checks, tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        found = checks(3, env={"TRITON_CACHE_DIR": path})["cache"]
        assert found["status"] == "problem" and "TRITON_CACHE_DIR" in found["fix"]
        assert found["summary"] == f"{tmp_path / 'file'} is no folder"


def test_a_cache_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(cache, "can_write", lambda folder: False)
    assert cache.cache(str(tmp_path)).status == "problem"


def test_the_cache_is_measured_for_a_bounded_time(monkeypatch, tmp_path):
    for number in range(20):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "kernel.cubin").write_bytes(b"x" * 1000)
    assert "20 files, 20.0 kB" in cache.cache(str(tmp_path)).summary
    monkeypatch.setattr(cache, "SCAN_SECONDS", -1)
    assert "more than 1 files" in cache.cache(str(tmp_path)).summary


def test_little_room_is_warned_of(monkeypatch, tmp_path):
    monkeypatch.setattr(cache, "LITTLE", 1 << 62)
    assert cache.cache(str(tmp_path)).status == "warning"


def test_a_noexec_cache_is_warned_of(monkeypatch, tmp_path):
    real = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda _: type("V", (), {"f_flag": os.ST_NOEXEC, "f_bavail": real.f_bavail})())
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("U", (), {"free": 1 << 40})())
    found = cache.cache(str(tmp_path))
    assert found.status == "warning" and "noexec" in found.detail


def test_the_cache_folder_is_the_one_that_triton_takes(monkeypatch):
    assert cache.folder("/told") == "/told"
    monkeypatch.setenv("TRITON_CACHE_DIR", "/named")
    assert cache.folder(None) == "/named"
    monkeypatch.delenv("TRITON_CACHE_DIR")
    monkeypatch.setenv("TRITON_HOME", "/home-of-triton")
    assert cache.folder(None) == "/home-of-triton/.triton/cache"


# Settings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TRITON_EXT_PASES", "TRITON_EXT_PASSES"),
        ("TRITON_EXT_LIBARY", "TRITON_EXT_LIBRARY"),
        ("TRITON_EXTPASSES", "TRITON_EXT_PASSES"),
        ("triton_ext_mode", "TRITON_EXT_MODE"),
    ],
)
def test_a_misspelt_variable_is_warned_of_with_the_nearest(checks, name, nearest):
    found = checks(0, env={name: "1"})["settings"]
    assert found["status"] == "warning"
    assert found["detail"] == f"{name}: no such variable; nearest: {nearest}"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRITON_EXT_MODE", "inlined", 'expects "isolated" or "inline"'),
        ("TRITON_EXT_ON_FAILURE", "rise", 'expects "stock" or "raise"'),
        ("TRITON_EXT_TIME_LIMIT_MS", "-5", "positive whole number"),
        ("TRITON_EXT_MEMORY_LIMIT_MB", "much", "positive whole number"),
    ],
)
def test_a_wrong_value_is_a_problem(checks, name, value, said):
    found = checks(3, env={name: value})["settings"]
    assert found["status"] == "problem" and name in found["detail"] and said in found["detail"]


def test_what_is_in_force_is_listed(checks):
    found = checks(0, env={"TRITON_EXT_MODE": "inline"})["settings"]
    assert found["status"] == "ok" and "TRITON_EXT_MODE=inline" in found["detail"]


def test_a_switch_that_switches_nothing_is_warned_of(checks):
    assert checks(0, env={"TRITON_EXT_DISABLE": "yes"})["settings"]["status"] == "warning"


def test_a_wrong_pipeline_is_a_problem_with_its_caret(checks):
    found = checks(3, env={"TRITON_EXT_PASSES": "loop-split{max-splits=9}"})["passes"]
    assert found["status"] == "problem"
    assert found["detail"].splitlines()[-2:] == ["  loop-split{max-splits=9}", "                        ^"]


def test_a_pipeline_that_is_in_force_is_named(checks):
    found = checks(0, env={"TRITON_EXT_PASSES": "loop-split"})["passes"]
    assert found["status"] == "ok" and "loop-split" in found["summary"]
    off = checks(0, env={"TRITON_EXT_PASSES": "loop-split", "TRITON_EXT_DISABLE": "1"})["passes"]
    assert off["status"] == "warning" and "TRITON_EXT_DISABLE" in off["summary"]


def test_every_variable_that_something_reads_is_known():
    read = set()
    for path in PACKAGE.rglob("*.py"):
        if "_doctor" not in path.parts:
            read |= set(re.findall(r"""["'](TRITON_EXT_[A-Z_]+)["']""", path.read_text()))
    for path in (ROOT / "infra").rglob("*.cpp"):
        read |= set(re.findall(r'getenv\("(TRITON_EXT_[A-Z_]+)"', path.read_text()))
    assert len(read) >= 9
    assert read - set(settings.VARIABLES) == set()


# The probes ---------------------------------------------------------------------------------------------------------


def test_a_probe_tells_where_it_died():
    probe = Result(
        b'{"begin": "one"}\n{"stage": "one", "x": 1}\nnoise\n{"begin": "two"}\n{"sta', "ended", "last\nwords"
    )
    assert probe.stages == {"one": {"x": 1}} and probe.last_words() == "words"
    assert (probe.died_in("one"), probe.died_in("two"), probe.died_in("three")) == ("", "ended", "")


def test_what_a_probe_started_ends_with_it(tmp_path):
    left = tmp_path / "pid"
    text = f"import os, subprocess; open({str(left)!r}, 'w').write(str(subprocess.Popen(['sleep', '1000']).pid))"
    env = {**os.environ, **package(tmp_path / "at", text)}
    Child("probe_triton", env).result(10)
    until = time.monotonic() + 60
    while running(left.read_text()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not running(left.read_text())


def running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_nothing_of_the_users_settings_reaches_the_crossing():
    environment = {"TRITON_EXT_MODE": "x", "TRITON_EXT_LIBRARY": "l", "TRITON_INTERPRET": "1", "HOME": "/"}
    assert doctor._without_settings(environment) == {"TRITON_EXT_LIBRARY": "l", "HOME": "/"}
