# SPDX-License-Identifier: MIT
"""TRITON_EXT_PASSES reaches any process that imports triton, costs the others nothing, and breaks none."""

import shutil
import sys
import zipapp

import pytest
from environments import HERE, PROGRAM

ON = {"TRITON_EXT_PASSES": "planted-change{value=3}"}


@pytest.mark.parametrize("options", [[], ["-I"], ["-E", "-s"], ["-O", "-X", "dev"]])
def test_reaches_a_program_that_imports_triton(environment, program, options):
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import program; print(program.compiled())"
    assert program(environment.python, *options, "-c", code, **ON).words == ["3"]


def test_reaches_children_of_every_kind(environment, program):
    ran = program(environment.python, PROGRAM, "spawn", "fork", "forkserver", "subprocess", "shell", "here", **ON)
    assert ran.words == ["3"] * 6, ran.stderr


def test_reaches_a_zipapp(environment, program, tmp_path):
    (tmp_path / "app").mkdir()
    shutil.copy(HERE / "kernels_of_program.py", tmp_path / "app")
    shutil.copy(PROGRAM, tmp_path / "app" / "program.py")
    (tmp_path / "app" / "__main__.py").write_text(
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import program; print(program.compiled())"
    )
    zipapp.create_archive(tmp_path / "app")
    assert program(environment.python, tmp_path / "app.pyz", **ON).words == ["3"]


@pytest.mark.parametrize("settings", [{}, {"TRITON_EXT_PASSES": " "}, {**ON, "TRITON_EXT_DISABLE": "1"}])
def test_nothing_is_read_where_nothing_is_enabled(environment, program, settings):
    code = "import sys, triton; print('triton_ext' in sys.modules, len(sys.meta_path))"
    without = program(environment.python, "-c", code, TRITON_EXT_PASSES="").words
    assert program(environment.python, "-c", code, **settings).words == without
    assert without[0] == "False"


def test_waits_for_triton_and_reads_nothing_until_then(environment, program):
    code = (
        "import sys, importlib.util\n"
        "print('triton_ext' in sys.modules)\n"
        "importlib.util.find_spec('triton')\n"
        "print('triton_ext' in sys.modules)\n"
        "import triton\n"
        "print('triton_ext' in sys.modules, vars(triton.__loader__).get('exec_module'))\n"
        "print(sum(hasattr(each, 'triton_ext_waits_for') for each in sys.meta_path))"
    )
    assert program(environment.python, "-c", code, **ON).words == ["False", "False", "True", "None", "1"]


def test_where_the_package_is_imported_first(environment, program):
    code = f"import triton_ext, sys; sys.path.insert(0, {str(HERE)!r}); import program; print(program.compiled())"
    assert program(environment.python, "-c", code, **ON).words == ["3"]


def test_an_import_of_triton_that_fails_is_its_own_affair(environment, program, tmp_path):
    (tmp_path / "triton").mkdir()
    (tmp_path / "triton" / "__init__.py").write_text("raise ImportError('my own reason')")
    code = (
        "import sys\n"
        "try:\n    import triton\nexcept ImportError as error:\n    print(str(error).replace(' ', '-'))\n"
        f"sys.path.remove({str(tmp_path)!r}); sys.path.insert(0, {str(HERE)!r})\n"
        "import program; print(program.compiled())"
    )
    ran = program(environment.python, "-c", code, PYTHONPATH=str(tmp_path), **ON)
    assert ran.words == ["my-own-reason", "3"] and not ran.stderr


def test_no_triton_at_all(environment, program):
    code = "try:\n    import triton\nexcept ImportError as error:\n    print(error.name)"
    (environment.site / "triton").rename(environment.site / "away")
    try:
        ran = program(environment.python, "-c", code, **ON)
    finally:
        (environment.site / "away").rename(environment.site / "triton")
    assert ran.words == ["triton"] and not ran.stderr


# What goes wrong is a warning, and stock.


@pytest.mark.parametrize("options", [[], ["-W", "error"], ["-W", "ignore"]])
def test_a_mistake_is_one_warning(environment, program, options):
    ran = program(environment.python, *options, PROGRAM, "here", "here", TRITON_EXT_PASSES="planted-chagne")
    assert ran.status == 0 and ran.words == ["stock", "stock"]
    assert ran.stderr.count("TRITON_EXT_PASSES is ignored") == ("ignore" not in options)
    assert "ignore" in options or "planted-chagne\n  ^" in ran.stderr


def test_a_missing_library_is_one_warning(environment, program):
    ran = program(environment.python, PROGRAM, TRITON_EXT_LIBRARY="/no/such.so", TRITON_EXT_ON_FAILURE="raise", **ON)
    assert ran.status == 0 and ran.words == ["stock"]
    assert ran.stderr.count("TRITON_EXT_PASSES is ignored") == 1 and "/no/such.so" in ran.stderr


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("__init__.py", "what is this"),
        ("__init__.py", "raise SystemExit(3)"),
        ("_programs/_environment.py", "import no_such_module"),
        ("_programs/_startup.py", "what is this"),
        ("_programs/_startup.py", None),
        ("", None),
    ],
)
def test_a_broken_package_is_one_sentence(installed, program, file, text):
    path = installed.site / "triton_ext" / file
    if text is not None:
        path.write_text(text)
    elif file:
        path.unlink()
    else:
        shutil.rmtree(path)
    ran = program(installed.python, PROGRAM, **ON)
    assert ran.status == 0 and ran.words == ["stock"]
    assert ran.stderr.count("TRITON_EXT_PASSES is ignored") == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    assert program(installed.python, PROGRAM).stderr == ""


def test_a_closed_stderr_is_no_error(environment, program):
    ran = program("sh", "-c", '"$0" "$1" 2>&-', environment.python, PROGRAM, TRITON_EXT_PASSES="planted-chagne")
    assert ran.status == 0 and ran.words == ["stock"]


# Where it cannot work.


def test_python_without_site(environment, program):
    path = f"import sys; sys.path[:0] = [{str(environment.site)!r}, {str(HERE)!r}]\n"
    ask = "import program; print(program.compiled())"
    assert program(environment.python, "-S", "-c", path + ask, **ON).words == ["stock"]
    assert program(environment.python, "-S", "-c", path + "import triton_ext\n" + ask, **ON).words == ["3"]


def test_folder_of_pip_target(environment, program, tmp_path):
    for name in ("triton_ext", "triton_ext.pth"):
        (tmp_path / name).symlink_to(environment.site / name)
    ran = program(sys.executable, PROGRAM, PYTHONPATH=str(tmp_path), **ON)
    assert ran.words == ["stock"] and not ran.stderr
    code = f"import triton_ext, sys; sys.path.insert(0, {str(HERE)!r}); import program; print(program.compiled())"
    assert program(sys.executable, "-c", code, PYTHONPATH=str(tmp_path), **ON).words == ["3"]


# What it costs.


def test_costs_little_of_a_start(environment, program):
    """What Python does about the line, beside all that it did before: processor time, the least of ten of each."""
    code = (
        "import os, site, sys, time\n"
        f"folder = {str(environment.site)!r}; sys.path.append(folder); started = time.process_time()\n"
        "site.addpackage(folder, 'triton_ext.pth', set())\n"
        "print(time.process_time() - started, started, 'triton_ext_startup' in sys.modules)"
    )

    def least(**settings):
        ran = [program(environment.python, "-S", "-c", code, **settings).words for _ in range(10)]
        assert {loaded for _, _, loaded in ran} == {str(bool(settings))}
        return tuple(1e3 * min(float(each[at]) for each in ran) for at in (0, 1))

    (off, start), (on, _) = least(), least(**ON)
    print(f"off {off:.3f} ms, on {on:.3f} ms, of a start of {start:.3f} ms")
    assert off < start / 20 and on < start / 5
