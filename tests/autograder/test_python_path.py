"""A PYTHONPATH from outside stands in for nothing: not in a command, not in what it starts."""

import os
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.builder.proof import execute
from autograder.nbgrader_setup.settings import prepare_environment
from autograder.paths import ROOT


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
