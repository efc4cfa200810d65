# SPDX-License-Identifier: MIT
"""`triton-ext run`: passes reach a program and its children; the program is otherwise as without."""

import json
import os
import signal
import stat
import subprocess
import sys

import pytest
from environments import HERE, LANGUAGE, PROGRAM

CHANGE = ("--passes", "planted-change{value=3}")


def test_reaches_a_program_and_its_children(run, python):
    ran = run(*CHANGE, "--", python, PROGRAM, "here", "fork", "spawn", "forkserver", "subprocess", "shell")
    assert ran.status == 0 and ran.words == ["3"] * 6, ran.stderr


def test_scripts_and_modules(run, python):
    assert run(*CHANGE, PROGRAM, "subprocess").words == ["3"]
    assert run(*CHANGE, "--", PROGRAM).words == ["3"]
    assert run(*CHANGE, "-m", "program", "spawn", PYTHONPATH=str(HERE)).words == ["3"]
    assert run(*CHANGE, "--", "sh", "-c", f"{python} {PROGRAM}").words == ["3"]


def test_kernel_patterns(run, python):
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r}); from program import compiled\n"
        "print(compiled('add'), compiled('scale'))"
    )
    text = "sc*: planted-change{value=4}; add: planted-change{value=5}"
    assert run("--passes", text, "--", python, "-c", code).words == ["5", "4"]
    assert run("--passes", "add: planted-change", "--", python, "-c", code).words == ["1", "stock"]


def test_passes_of_the_environment(run, python):
    code = "import os; print(os.environ['TRITON_EXT_PASSES'].replace(' ', '_'))"
    wide = {"TRITON_EXT_PASSES": "planted-change"}
    assert run("--", python, "-c", code, **wide).words == ["planted-change"]
    added = run("--passes", "+planted-fail", "--", python, "-c", code, **wide)
    assert added.words == ["planted-change,planted-fail"]
    assert run("--passes", "planted-fail", "--", python, "-c", code, **wide).words == ["planted-fail"]


def test_on_failure(run, python):
    ran = run("--passes", "planted-crash", "--on-failure", "raise", "--", python, PROGRAM)
    assert ran.status == 1 and "PassError" in ran.stderr
    ran = run("--passes", "planted-crash", "--", python, PROGRAM)
    assert ran.status == 0 and ran.words == ["stock"] and "planted-crash" in ran.stderr


def test_report(run, tmp_path, monkeypatch):
    ran = run(*CHANGE, "--report", tmp_path / "a" / "b", PROGRAM, "here", "spawn", RANK="1", WORLD_SIZE="2")
    assert ran.words == ["3", "3"]
    from triton_ext._programs import _merged

    data = _merged.merged(tmp_path / "a" / "b")
    assert len(data["processes"]) == 2 and {each["rank"] for each in data["processes"]} == {1}
    (row,) = data["passes"]
    assert (row["pass"], row["kernel"], row["fired"], row["cached"]) == ("planted-change", "add", 2, 1)
    assert data["warnings"] == ["no report of rank 0 of 2"] and data["us"] > 0


# The program is as without.


def test_input_output_and_exit_code_are_its_own(base):
    command = [sys.executable, "-m", "triton_ext", "run", *CHANGE, "--", "sh", "-c", "cat; echo err >&2; exit 41"]
    data = bytes(range(256)) * 1000
    done = subprocess.run(command, env={**base, "PYTHONPATH": str(LANGUAGE)}, input=data, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (41, data, b"err\n")


def test_signals_are_its_own(base):
    code = "import os, signal, sys; print(os.getpid(), flush=True); signal.pause()"
    command = [sys.executable, "-m", "triton_ext", "run", *CHANGE, "--", sys.executable, "-c", code]
    process = subprocess.Popen(command, env={**base, "PYTHONPATH": str(LANGUAGE)}, stdout=subprocess.PIPE, text=True)
    assert int(process.stdout.readline()) == process.pid
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == -signal.SIGTERM
    ignored = "import signal; print(signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN)"
    shell = f"trap '' PIPE; trap - PIPE; grep SigIgn /proc/self/status; {sys.executable} -c \"{ignored}\" >/dev/null"
    plain = subprocess.run(["sh", "-c", shell], env=base, capture_output=True, text=True).stdout
    words = [sys.executable, "-m", "triton_ext", "run", *CHANGE, "--", "sh", "-c", shell]
    done = subprocess.run(words, env={**base, "PYTHONPATH": str(LANGUAGE)}, capture_output=True, text=True)
    assert done.stdout == plain


def test_a_program_that_is_not_there(run, tmp_path):
    assert run(*CHANGE, "--", "no-such-program").status == 127
    assert run(*CHANGE, "--", tmp_path).status == 126
    assert run(*CHANGE, "--", "no-such.py").status == 127
    script = tmp_path / "script"
    script.write_text("echo hello\n")  # no shebang
    script.chmod(stat.S_IRWXU)
    assert run(*CHANGE, "--", script).status in (0, 126)
    assert "no such program" in run(*CHANGE, "--", "no-such-program").stderr


# Mistakes stop before the program starts.


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--passes", "planted-chagne"], 2, "  planted-chagne\n  ^"),
        (["--passes", "planted-change{value=x}"], 2, "^"),
        ([], 2, "neither --passes nor TRITON_EXT_PASSES"),
        (["--passes", "planted-change", "--on-failure", "maybe"], 2, "maybe"),
        (["--passes", "planted-change", "--report", "/proc/no"], 2, "/proc/no cannot be made"),
    ],
)
def test_mistakes(run, tmp_path, words, status, said):
    ran = run(*words, "--", "touch", tmp_path / "started")
    assert ran.status == status and said in ran.stderr, ran.stderr
    assert not (tmp_path / "started").exists()


def test_a_stock_name_that_is_not_there(run, tmp_path, python):
    (tmp_path / "python3").symlink_to(python)
    for each in (python, tmp_path / "python3"):
        ran = run("--passes", "planted-change@before=ttir.loop_unrol", "--", each, PROGRAM)
        assert ran.status == 2 and "'ttir.loop_unroll'" in ran.stderr and "^" in ran.stderr, ran.stderr
    assert run("--passes", "planted-change@before=ttir.loop_unroll", "--", python, PROGRAM).words == ["1"]


def test_no_program_and_no_library(run):
    assert run(*CHANGE).status == 2
    assert run(*CHANGE, "-m").status == 2
    assert run(*CHANGE, "--", "true", TRITON_EXT_LIBRARY="/no/such.so").status == 3


def test_as_json(run):
    ran = run("--json", "--passes", "planted-chagne", "--", "true", "--yaml")
    assert json.loads(" ".join(ran.words))["error"]["code"] == "unknown-pass"
    ran = run(*CHANGE, "--dry-run", "--json", "--", "echo", "--yaml")
    assert json.loads(" ".join(ran.words))["command"] == ["echo", "--yaml"]


# Ways in.


def test_another_sitecustomize_is_read_too(run, tmp_path, python):
    (tmp_path / "sitecustomize.py").write_text("import os; os.environ['SEEN'] = __file__\n")
    code = f"import os, sitecustomize, sys; sys.path.insert(0, {str(HERE)!r}); import program\n"
    code += "print(os.environ['SEEN'], sitecustomize.__file__, program.compiled())"
    ran = run(*CHANGE, "--", python, "-c", code, PYTHONPATH=str(tmp_path))
    assert ran.words == [str(tmp_path / "sitecustomize.py")] * 2 + ["3"], ran.stderr


def test_a_sitecustomize_that_fails_is_said_as_ever(run, program, tmp_path, python):
    (tmp_path / "sitecustomize.py").write_text("raise ValueError('mine')\n")
    plain = program(python, "-c", "", PYTHONPATH=str(tmp_path))
    ran = run(*CHANGE, "--", python, PROGRAM, PYTHONPATH=str(tmp_path))
    assert "mine" in plain.stderr and "mine" in ran.stderr and ran.words == ["3"]


def test_folder_of_pip_target(environment, program, tmp_path, python):
    """Nothing of ours is on the program's path: the package is taken from where `run` lies."""
    (tmp_path / "triton_ext").symlink_to(environment.site / "triton_ext")
    command = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from triton_ext.cli import main; sys.exit(main())"
    ran = program(python, "-c", command, "run", *CHANGE, "--", python, PROGRAM, "here", "spawn")
    assert ran.words == ["3", "3"], ran.stderr
    # As Inductor starts its processes.
    child = "[sys.executable, '-c', 'import triton_ext; print(1)'], env={'PYTHONPATH': os.pathsep.join(sys.path)}"
    code = f"import os, subprocess, sys, triton; subprocess.run({child})"
    ran = program(python, "-c", command, "run", *CHANGE, "--", python, "-c", code)
    assert ran.words == ["1"], ran.stderr


def test_run_within_run(run, python):
    words = [
        python,
        "-c",
        "from triton_ext.cli import main; main()",
        "run",
        "--passes",
        "planted-change{value=4}",
    ]
    ran = run(*CHANGE, "--", *words, PROGRAM, PYTHONPATH=str(LANGUAGE))
    assert ran.words == ["4"], ran.stderr
    code = "import os; print(os.environ['PYTHONPATH'].count('_site'))"
    assert run(*CHANGE, "--", *words, "--", python, "-c", code, PYTHONPATH=str(LANGUAGE)).words == ["1"]


def test_where_it_cannot_work_is_said(run, environment, tmp_path):
    said = {
        ("-S",): "python -S reads no site-packages",
        ("-IS",): "python -S reads no site-packages",
        ("-I",): "python -I ignores PYTHONPATH",
        ("-W", "ignore", "-E"): "python -E ignores PYTHONPATH",
        ("-s",): "",
        ("-c", "pass", "-S"): "",
    }
    for options, sentence in said.items():
        ran = run(*CHANGE, "--dry-run", "--", sys.executable, *options, "x")
        assert (sentence in " ".join(ran.words)) if sentence else "warning" not in " ".join(ran.words), options
    script = tmp_path / "script"
    script.write_text(f"#!{sys.executable} -I\nprint('ran')\n")
    script.chmod(stat.S_IRWXU)
    ran = run(*CHANGE, "--", script)
    assert ran.words == ["ran"] and "warning: python -I ignores PYTHONPATH" in ran.stderr
    # With the line of the wheel -I works, and nothing is said.
    ran = run(*CHANGE, "--", environment.python, "-I", PROGRAM)
    assert ran.words == ["3"] or "kernels_of_program" in ran.stderr
    assert "warning" not in ran.stderr
    assert "TRITON_EXT_DISABLE=1" in run(*CHANGE, "--", "true", TRITON_EXT_DISABLE="1").stderr


def test_other_pythons_are_left_alone(run, tmp_path):
    """A Python too old for us reads the other sitecustomize only."""
    site = LANGUAGE / "triton_ext" / "_programs" / "_site" / "sitecustomize.py"
    code = (
        f"import sys; sys.version_info = (3, 6); sys.modules['sitecustomize'] = sys\nexec(open({str(site)!r}).read())\n"
    )
    code += "print(any(hasattr(each, 'triton_ext_waits_for') for each in sys.meta_path))"
    code = f"__file__ = {str(site)!r}\n" + code
    environment = {"TRITON_EXT_PASSES": "planted-change", "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
