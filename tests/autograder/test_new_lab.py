"""`solutions/README.md`, "Add a lab in ten minutes", followed to the letter in an empty folder."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from toy_sandbox import needs_bubblewrap

from autograder.builder.assignment import read_assignment
from autograder.builder.bundles import PUBLIC_SEED, build_references
from autograder.builder.exercises import load_exercises
from autograder.paths import ROOT, Repository

README = ROOT / "solutions" / "README.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`(solutions/[\w/]+\.py)`")
WRONG = "def mirror(pictures):\n    return pictures.flip(-2)\n"


def steps(text: str) -> list[tuple[str, str, str]]:
    """Return the blocks of a text: what file the words before name, the language, the block."""
    found, end = [], 0
    for block in FENCE.finditer(text):
        named = FILE.findall(text[end : block.start()])
        found.append((named[-1] if named else "", block[1], block[2]))
        end = block.end()
    return found


def run(folder: Path, line: str) -> str:
    """Run a command as it is written, with this Python, on the labs in `folder`."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AUTOGRADER_SOLUTIONS": str(folder / "solutions"),
    }
    command = line.replace("python ", f"{shlex.quote(os.sys.executable)} ", 1)
    options: dict[str, Any] = {"cwd": folder, "env": environment, "text": True}
    done = subprocess.run(command, shell=True, capture_output=True, check=False, **options)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_template_is_a_lab_once_it_is_copied(tmp_path):
    labs = tmp_path / "labs"
    shutil.copytree(ROOT / "solutions" / "_template", labs / "_template")
    repository = Repository(tmp_path, labs)
    assert repository.labs == []
    shutil.copytree(labs / "_template", labs / "lab99_example")
    assignment = read_assignment(repository, load_exercises(repository))
    assert [it.id for it in assignment.exercises] == ["example.double"]
    build_references(assignment.exercises, tmp_path / "bundles", PUBLIC_SEED, hidden=False)


@needs_bubblewrap
@pytest.mark.xdist_group("new lab")
@pytest.mark.slow  # the test above has a lab built, too
def test_a_lab_is_added_in_its_own_folder_and_one_line(tmp_path):
    solutions = tmp_path / "solutions"
    solutions.mkdir()
    shutil.copytree(ROOT / "solutions" / "_template", solutions / "_template")
    table = solutions / "assignments.toml"
    table.write_text("# The table of another course.\n")
    before = {it for it in tmp_path.rglob("*") if it.is_file()}

    text = README.read_text()
    text = text[text.index("## Add a lab in ten minutes") : text.index("## More")]
    commands: list[str] = []
    for file, language, block in steps(text):
        if language == "python":
            (tmp_path / file).write_text(block)
        elif language == "toml":
            assert len(block.splitlines()) == 1
            table.write_text(block + table.read_text())
        elif "autograder" in block:
            commands = block.splitlines()
        else:
            run(tmp_path, block)
    new = {it for it in tmp_path.rglob("*") if it.is_file()} - before
    assert new and all(it.is_relative_to(solutions / "lab90_pictures") for it in new)

    build, release, grade = commands
    run(tmp_path, build)
    run(tmp_path, release)
    released = tmp_path / "course" / "release" / "pictures"
    stub = (released / "exercise_lib" / "pictures.py").read_text()
    assert "TODO 90.1" in stub and "flip" not in stub
    assert {it.name for it in (released / "exercise_lib").glob("*.py")} == {
        "__init__.py",
        "pictures.py",
    }
    notebook = (released / "90_pictures.ipynb").read_text()
    assert "## TODO 90.1 · Mirror (2 points · ●○○ · 5 minutes)" in notebook
    solved = (solutions / "lab90_pictures" / "pictures.py").read_text()
    for student, module in {"anna": solved, "bilal": stub, "chen": WRONG}.items():
        folder = tmp_path / "submissions" / student
        shutil.copytree(released, folder)
        (folder / "exercise_lib" / "pictures.py").write_text(module)
    said = run(tmp_path, grade)
    reports = {
        it.stem: json.loads(it.read_text())
        for it in (tmp_path / "course" / "reports" / "pictures").glob("*.json")
    }
    assert {name: it["score"] for name, it in reports.items()} == {"anna": 2, "bilal": 0, "chen": 0}
    assert list(reports["chen"]["exercises"][0]["misconceptions"]) == ["upside_down"]
    assert "You exchange top and bottom" in " ".join(said.split())
