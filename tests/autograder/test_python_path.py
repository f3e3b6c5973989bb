"""What an environment says: no PYTHONPATH stands in for anything, and no PATH is needed."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from autograder import cli
from autograder.builder.proof import execute
from autograder.nbgrader_setup.settings import prepare_environment
from autograder.paths import ROOT, Course

COURSE = "__import__('autograder.paths').paths.Course(__import__('pathlib').Path(FOLDER), 'toy')"


def test_a_command_imports_what_is_installed(tmp_path):
    for name in ("typer", "exercise_lib", "solutions"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('from outside')\n")
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "--help"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "from outside" not in done.stderr, done.stderr


def test_a_kernel_finds_nothing_there(tmp_path, monkeypatch):
    (tmp_path / "from_outside.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    prepare_environment(tmp_path)
    cell = new_code_cell("import from_outside")
    executed = execute(nbformat.from_dict(new_notebook(cells=[cell])), tmp_path.parent)
    assert executed.cells[0].outputs[0].ename == "ModuleNotFoundError"


def test_nbgraders_own_command_is_found_where_the_environment_is_not_active(tmp_path):
    opened = f"from autograder.grading.moves import read_totals; print(read_totals({COURSE}))"
    done = subprocess.run(
        [sys.executable, "-c", opened.replace("FOLDER", repr(str(tmp_path)))],
        cwd=ROOT,
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "{}\n", done.stderr


@pytest.mark.parametrize("command", ["grade", "regrade"])
def test_what_is_not_released_is_not_graded(tmp_path, monkeypatch, command):
    monkeypatch.setattr(cli, "courses", lambda _="": [Course(tmp_path, "lecture7")])
    done = CliRunner().invoke(cli.app, [command])
    assert done.exit_code == 1 and done.output.startswith("Nothing is released yet: ")
    assert not (tmp_path / "reports").exists()
