"""Every notebook runs from top to bottom when solved, and stops at its first TODO when not."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from autograder.build.assignment import Assignment, read_assignment
from autograder.build.exercises import load_exercises
from autograder.build.folder import assemble
from autograder.lecture import assemble_lecture
from autograder.paths import REPOSITORY

GRADED = ["00_start_here", "01_alignment_plots", "02_mel_features", "03_hifigan_losses"]
GRADED += ["04_mpd_msd", "05_hifigan_generator", "06_tacotron", "07_text_to_speech"]
NOTEBOOKS = [*GRADED, "lecture_alignment"]
MOST_LINES, MOST_WORDS = 15, 80


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return read_assignment(REPOSITORY, load_exercises(REPOSITORY))


@pytest.fixture(autouse=True)
def kernels(monkeypatch):
    """One thread each, the corpus to train on, and a few training steps only."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("EXERCISE_DATA", str(REPOSITORY.data / "corpus"))
    monkeypatch.setenv("EXERCISE_QUICK", "1")
    monkeypatch.delenv("EXERCISE_HIDDEN", raising=False)


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=180, resources=resources).execute()
    return notebook


def read(folder: Path, name: str) -> NotebookNode:
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and cell.source.startswith("check(")


def shown(cell: NotebookNode, kind: str) -> list[str]:
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


def assert_shows_and_plays(notebook: NotebookNode) -> None:
    """Assert that nothing was written to stderr, and that there are figures and sound."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    assert any("<audio" in page for cell in code for page in shown(cell, "text/html"))


@pytest.mark.parametrize("name", GRADED)
def test_the_solved_notebook_runs_and_earns_its_points(name, assignment, tmp_path):
    assemble(
        REPOSITORY, tmp_path, assignment, assignment.solved_notebooks, assignment.solved_modules
    )
    notebook = execute(read(tmp_path, name), tmp_path)
    for cell in filter(is_check, notebook.cells):
        assert float(shown(cell, "text/plain")[0]) == cell.metadata.nbgrader.points, cell.source
    assert_shows_and_plays(notebook)


@pytest.mark.parametrize("name", GRADED)
def test_the_student_notebook_stops_at_its_first_todo(name, assignment, tmp_path):
    assemble(
        REPOSITORY, tmp_path, assignment, assignment.student_notebooks, assignment.student_modules
    )
    notebook = read(tmp_path, name)
    with pytest.raises(CellExecutionError) as stop:
        execute(notebook, tmp_path)
    first = f"TODO {int(name[:2])}.1: "
    assert stop.value.ename == "NotImplementedError" and stop.value.evalue.startswith(first)
    checks = [cell for cell in filter(is_check, notebook.cells) if cell.execution_count]
    assert checks, "no check ran before the stop"
    for cell in checks:
        assert float(shown(cell, "text/plain")[0]) == 0
        assert first in shown(cell, "text/html")[0]


def test_the_lecture_demo_runs_without_a_solved_module(assignment, tmp_path):
    assemble(
        REPOSITORY, tmp_path, assignment, assignment.student_notebooks, assignment.student_modules
    )
    shutil.copytree(REPOSITORY.data / "pretrained", tmp_path / "data" / "pretrained")
    notebook = execute(read(tmp_path, "lecture_alignment"), tmp_path)
    assert_shows_and_plays(notebook)
    [cell] = [cell for cell in notebook.cells if "speaking_player()" in cell.source]
    [said] = shown(cell, "text/html")
    assert "TODO 6." in said and "make lecture" in said


def test_the_lecture_demo_runs_with_solved_modules(tmp_path):
    assemble_lecture(REPOSITORY, tmp_path / "lecture")
    notebook = execute(read(tmp_path / "lecture", "lecture_alignment"), tmp_path / "lecture")
    assert_shows_and_plays(notebook)
    [cell] = [cell for cell in notebook.cells if "speaking_player()" in cell.source]
    assert "SpeakingPlayer" in shown(cell, "text/plain")[0]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_cells_are_short(name, assignment):
    for cell in assignment.solved_notebooks[name].cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
            assert max(map(len, cell.source.splitlines())) <= 100, cell.source
        elif "SOLUTION" not in cell.source:
            prose = re.sub(r"\$\$.*?\$\$", "", cell.source, flags=re.DOTALL)
            assert len(prose.split()) <= MOST_WORDS, cell.source


@pytest.mark.parametrize("name", GRADED)
def test_each_graded_notebook_has_its_parts(name, assignment):
    solved = assignment.solved_notebooks[name]
    text = "\n".join(cell.source for cell in solved.cells)
    for part in ("**Goal.**", "**Time:** about", "**Points:**"):
        assert part in solved.cells[0].source
    assert text.count("**What to see") >= 2
    number = int(name[:2])
    tags = [int(tag) for tag in re.findall(rf"\\tag{{{number}\.(\d+)}}", text)]
    assert tags == list(range(1, len(tags) + 1)) and tags
    answers = [c for c in solved.cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert {c.cell_type for c in answers[:-1]} == {"code"} and answers[-1].cell_type == "markdown"
    assert "**Rubric.**" in answers[-1].source and answers[-1].metadata.nbgrader.points == 2


@pytest.mark.parametrize("name", GRADED)
def test_students_see_neither_solution_nor_rubric(name, assignment):
    text = "\n".join(cell.source for cell in assignment.student_notebooks[name].cells)
    assert "Rubric" not in text and "SOLUTION" not in text
    assert re.search(r"raise NotImplementedError\(\"TODO \d+\.\d+: ", text)
