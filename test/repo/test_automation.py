# SPDX-License-Identifier: MIT
"""Workflows, pre-commit and the dev container call what there is: the make targets that people run."""

import ast
import json
import re

import pytest
import tree
import yaml

TOOLS = "infra/setup/tools.txt"
PRE_COMMIT = ".pre-commit-config.yaml"


def workflows():
    return [path for path in tree.present() if path.startswith(".github/workflows/")]


def jobs(path):
    return yaml.safe_load(tree.text_of(path))["jobs"].items()


def steps(path):
    return [step for _, job in jobs(path) for step in job["steps"]]


def makefile_targets():
    return set(re.findall(r"^([a-z][\w-]*):", tree.text_of("Makefile"), re.MULTILINE))


def make_targets(script):
    """Of the `make` commands of a shell script."""
    script = re.sub(r"\${{.*?}}", "", script)
    return {
        word
        for command in re.findall(r"(?:^|&&|;)\s*make ([^\n;&|]*)", script, re.MULTILINE)
        for word in command.split()
        if "=" not in word and not word.startswith(("-", "$"))
    }


def suites():
    """SUITES of test/run.py."""
    listed = re.search(r"^SUITES = (\(.*\))$", tree.text_of("test/run.py"), re.MULTILINE)
    return ast.literal_eval(listed[1])


def pins(lines):
    return dict(line.split("==") for line in lines if "==" in line)


def without_comments(jsonc):
    """JSON of a file with `//` comments on lines of their own."""
    return re.sub(r"^\s*//.*$", "", jsonc, flags=re.MULTILINE)


def test_there_are_workflows():
    assert {path.split("/")[-1] for path in workflows()} == {"pull-request.yml", "newest-triton.yml", "release.yml"}


@pytest.mark.parametrize("path", workflows())
def test_workflow_calls_targets_that_there_are(path):
    called = set().union(*(make_targets(step.get("run", "")) for step in steps(path)))
    assert called, f"{path} runs nothing"
    unknown = called - makefile_targets()
    assert not unknown, f"{path} calls make {sorted(unknown)}; `make help` lists what there is"


@pytest.mark.parametrize("path", workflows())
def test_workflow_may_do_little(path):
    workflow = yaml.safe_load(tree.text_of(path))
    assert workflow["permissions"] == {"contents": "read"}, f"{path}: permissions: contents: read"
    writers = [name for name, job in jobs(path) if "write" in str(job.get("permissions", ""))]
    assert writers == (["publish"] if path.endswith("/release.yml") else []), f"{path}: {writers} may write"
    for name, job in jobs(path):
        assert job["timeout-minutes"] <= 120, f"{path}: {name}: timeout-minutes"


@pytest.mark.parametrize("path", workflows())
def test_actions_are_pinned_by_major_version(path):
    for step in steps(path):
        used = step.get("uses")
        assert used is None or re.fullmatch(r"actions/[\w/-]+@v\d+", used), f"{path}: uses {used}; pin it: @v4"


def test_pull_requests_run_every_suite():
    called = set().union(*(make_targets(step.get("run", "")) for step in steps(".github/workflows/pull-request.yml")))
    wanted = {"format-check", "build", *(f"test-{suite}" for suite in suites())}
    assert wanted <= called, f".github/workflows/pull-request.yml does not run make {sorted(wanted - called)}"


def test_pull_requests_run_every_supported_triton():
    workflow = yaml.safe_load(tree.text_of(".github/workflows/pull-request.yml"))
    scripts = [step["run"] for step in workflow["jobs"]["repo"]["steps"] if step.get("id") == "versions"]
    assert len(scripts) == 1 and "TRITON_VERSIONS=all infra/setup/versions" in scripts[0]
    matrix = workflow["jobs"]["python"]["strategy"]["matrix"]
    assert matrix == {"triton": "${{ fromJSON(needs.repo.outputs.triton) }}"}


def test_the_newest_triton_is_tried():
    scripts = [step.get("run", "") for step in steps(".github/workflows/newest-triton.yml")]
    assert "make test-python TRITON_VERSIONS=newest" in scripts
    assert "newest)" in tree.text_of("infra/setup/versions")


def test_pre_commit_has_the_tools_of_the_checkout():
    ours = pins(tree.text_of(TOOLS).splitlines())
    hooks = [hook for repo in yaml.safe_load(tree.text_of(PRE_COMMIT))["repos"] for hook in repo["hooks"]]
    theirs = {}
    for hook in hooks:
        theirs.update(pins(hook.get("additional_dependencies", [])))
    assert theirs.keys() == {"clang-format", "ruff"}
    for name, version in theirs.items():
        assert version == ours[name], f"{PRE_COMMIT}: {name}=={ours[name]}, as {TOOLS}"
    entries = "\n".join(hook["entry"] for hook in hooks)
    assert "test-repo" in make_targets(entries) <= makefile_targets()
    for hook in hooks:
        if hook["language"] == "python":
            tool = hook["entry"].split()[0]
            assert list(pins(hook["additional_dependencies"])) == [tool], f"{PRE_COMMIT}: {hook['id']} pins {tool}"


def test_dev_container_sets_up():
    container = json.loads(without_comments(tree.text_of(".devcontainer/devcontainer.json")))
    assert container["image"].endswith(":bookworm")
    assert "setup" in make_targets(container["postCreateCommand"]) <= makefile_targets()
    cache = container["containerEnv"]["CCACHE_DIR"]
    assert any(f"target={cache},type=volume" in mount for mount in container["mounts"])


def test_the_helpers_see_mistakes():
    assert make_targets("make a b=${{ c.d }}\ncd x && make d-e; make f | cat\nremake g") == {"a", "d-e", "f"}
    assert json.loads(without_comments('// no\n{"a": "https://x"}')) == {"a": "https://x"}
    assert pins(["a==1", "# b", "c>=2"]) == {"a": "1"}
