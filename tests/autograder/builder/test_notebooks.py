"""Every lab's notebook, solved, runs and shows what is declared; if not, it stops at a TODO."""

import functools
import re
import shutil
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from toy_lecture import NOTEBOOK, assemble_lecture

from autograder.builder.answers import code_as_of
from autograder.builder.assignment import Assignment, read_assignment, solved_modules
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.builder.masters import read_master
from autograder.builder.needs import find_needs
from autograder.labs import Lab
from autograder.paths import REPOSITORY
from autograder.plan import Plan, read_plans
from autograder.regions import as_handed_out, without_marks

LABS = {lab.notebook: lab for lab in REPOSITORY.labs}
GRADED = [name for name, lab in LABS.items() if lab.exercises]
EACH_GRADED_LAB = [  # by one worker each, which reads its assignment once
    pytest.param(it, marks=pytest.mark.xdist_group(it)) for it in GRADED
]
FIRST = next(iter(read_plans(REPOSITORY).values())).labs[:4]
EACH_SOLVED_LAB = [  # all but the first ones where there is time: the build runs them too
    pytest.param(
        it,
        marks=[pytest.mark.xdist_group(it), *([] if lab in FIRST else [pytest.mark.slow])],
    )
    for it, lab in LABS.items()
]
MIME = {"picture": "image/png", "widget": "application/vnd.jupyter.widget-view+json"}
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


def assert_shows(notebook: NotebookNode, lab: Lab) -> None:
    """Assert that nothing was written to stderr, and that what is shown is what is declared."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    found = {name for name, kind in MIME.items() if kind in kinds}
    if any("<audio" in page for cell in code for page in shown(cell, "text/html")):
        found.add("sound")
    assert found == set(lab.shows), f"{lab.name}/lab.toml"


def test_a_lab_shows_neither_more_nor_less_than_it_declares(tmp_path):
    (tmp_path / "lab.toml").write_text('shows = ["picture"]')
    picture = new_output("display_data", data={"image/png": ""})
    sound = new_output("display_data", data={"text/html": "<audio controls>"})
    assert_shows(new_notebook(cells=[new_code_cell(outputs=[picture])]), Lab(tmp_path))
    for outputs in ([], [sound], [picture, sound]):
        with pytest.raises(AssertionError, match=r"/lab\.toml"):
            assert_shows(new_notebook(cells=[new_code_cell(outputs=outputs)]), Lab(tmp_path))


@functools.cache
def assignment_of(name: str) -> Assignment:
    """Return the assignment of a single lab, to which modules of others are given solved."""
    lab, solved = LABS[name], solved_modules(REPOSITORY)
    needs = find_needs([read_master(lab.master)], solved, REPOSITORY.exercise_lib)
    own = {f"exercise_lib/{it.name}" for it in lab.modules}
    given = tuple(sorted(Path(it).stem for it in needs.modules - own))
    plan = Plan(lab.name, (lab,), given=given)
    return read_assignment(REPOSITORY, load_exercises(REPOSITORY), plan)


def assemble_for(lab: Lab, folder: Path, solved: bool = False) -> NotebookNode:
    """Write an assignment with what one lab needs and no more, and return the lab's notebook."""
    assignment = assignment_of(lab.notebook)
    if solved:
        masters = assignment.solved_notebooks, assignment.solved_modules
        assemble(REPOSITORY, folder, assignment, *masters)
    else:
        assemble(REPOSITORY, folder, assignment)
    return read(folder, lab.notebook)


@pytest.mark.parametrize("name", EACH_SOLVED_LAB)
def test_the_solved_notebook_earns_its_points_and_shows_what_is_declared(name, tmp_path):
    notebook = execute(assemble_for(LABS[name], tmp_path, solved=True), tmp_path)
    for cell in filter(is_check, notebook.cells):
        assert float(shown(cell, "text/plain")[0]) == cell.metadata.nbgrader.points, cell.source
    assert_shows(notebook, LABS[name])


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [k for k, v in LABS.items() if "find_data()" in v.master.read_text()]
)
def test_the_solved_notebook_shows_it_of_speech_without_alignments(name, tmp_path, monkeypatch):
    own = shutil.copytree(REPOSITORY.data / "mini", tmp_path / "own")
    (own / "alignments.jsonl").unlink()
    (tmp_path / "pretrained").symlink_to(REPOSITORY.data / "pretrained")
    monkeypatch.setenv("EXERCISE_DATA", str(own))
    folder = tmp_path / "lab"
    assert_shows(execute(assemble_for(LABS[name], folder, solved=True), folder), LABS[name])


@pytest.mark.slow  # the build runs them too
@pytest.mark.parametrize("name", EACH_GRADED_LAB)
def test_the_student_notebook_stops_at_its_first_todo(name, tmp_path):
    notebook = assemble_for(LABS[name], tmp_path)
    with pytest.raises(CellExecutionError) as stop:
        execute(notebook, tmp_path)
    first = f"TODO {load_exercises(REPOSITORY, [LABS[name]])[0].todo}: "
    assert stop.value.ename == "NotImplementedError" and stop.value.evalue.startswith(first)
    checks = [cell for cell in filter(is_check, notebook.cells) if cell.execution_count]
    assert checks, "no check ran before the stop"
    for cell in checks:
        assert float(shown(cell, "text/plain")[0]) == 0
        assert first in shown(cell, "text/html")[0]


def test_the_lecture_demo_runs_without_a_solved_module(assignment, tmp_path):
    lab = LABS[NOTEBOOK]
    assemble(REPOSITORY, tmp_path, assignment)
    notebook = read(tmp_path, lab.notebook)
    shutil.copytree(REPOSITORY.data / "pretrained", tmp_path / "data" / "pretrained")
    assert_shows(execute(notebook, tmp_path), lab)
    [cell] = [cell for cell in notebook.cells if "speaking_player()" in cell.source]
    [said] = shown(cell, "text/html")
    assert "TODO 6." in said and "make lecture" in said


def test_the_lecture_demo_runs_with_solved_modules(tmp_path):
    assemble_lecture(tmp_path / "lecture")
    notebook = execute(read(tmp_path / "lecture", NOTEBOOK), tmp_path / "lecture")
    assert_shows(notebook, LABS[NOTEBOOK])
    [cell] = [cell for cell in notebook.cells if "speaking_player()" in cell.source]
    assert "SpeakingPlayer" in shown(cell, "text/plain")[0]


def read_by_students(source: str) -> list[str]:
    """Return a solved cell as it is; the two versions of a debugging task stand apart."""
    broken = as_handed_out(source)
    return [source] if broken == source else [broken, without_marks(source)]


@pytest.mark.parametrize("name", LABS)
def test_cells_are_short(name, assignment):
    for cell in assignment.solved_notebooks[name].cells:
        if cell.cell_type == "code":
            for text in read_by_students(cell.source):
                assert len(text.splitlines()) <= MOST_LINES, text
            assert max(map(len, cell.source.splitlines())) <= 100, cell.source
        elif "SOLUTION" not in cell.source:
            prose = re.sub(r"\$\$.*?\$\$", "", cell.source, flags=re.DOTALL)
            assert len(prose.split()) <= MOST_WORDS, cell.source


@pytest.mark.parametrize("name", LABS)
def test_each_notebook_has_the_parts_its_lab_declares(name, assignment):
    solved = assignment.solved_notebooks[name]
    first, text = solved.cells[0].source, "\n".join(cell.source for cell in solved.cells)
    has = {
        "goal": "**Goal.**" in first,
        "time": "**Time:** about" in first,
        "what to see": text.count("**What to see") >= 2,
        "equations": has_numbered_equations(text),
        "question": ends_in_a_question(solved),
        "needs": "**Needs:**" in first,
        "hints": has_hints(solved),
        "prediction": "**Predict" in text and "<details><summary>Answer</summary>" in text,
        "experiment": "## Experiment" in text,
    }
    assert [part for part in LABS[name].parts if not has[part]] == []
    assert ("**Points:**" in first) == (name in GRADED)


def has_numbered_equations(text: str) -> bool:
    """Whether there are equations, tagged (2.1), (2.2), ... without a gap.

    Of two notebooks of one number, the second goes on behind the first one's.
    """
    tags = re.findall(r"\\tag{(\d+)\.(\d+)}", text)
    first = int(tags[0][1]) if tags else 0
    counted = [str(n) for n in range(first, first + len(tags))]
    return first in (1, 11) and tags == [(tags[0][0], it) for it in counted]


def has_hints(solved: NotebookNode) -> bool:
    """Whether each TODO's text is followed by two or three folded hints."""
    sources = [cell.source for cell in solved.cells]
    after = [hints for text, hints in pairwise(sources) if text.startswith("## TODO")]
    numbers = [re.findall(r"<details><summary>Hint (\d)</summary>\n\n", it) for it in after]
    return all(it in (["1", "2"], ["1", "2", "3"]) for it in numbers)


def test_a_todo_without_folded_hints_has_none():
    todo, hints = new_markdown_cell("## TODO 1.1 · A"), "<details><summary>Hint {}</summary>\n\n"
    folded = new_markdown_cell(hints.format(1) + hints.format(2))
    assert has_hints(new_notebook(cells=[todo, folded]))
    assert not has_hints(new_notebook(cells=[todo, new_markdown_cell(hints.format(1))]))
    assert not has_hints(new_notebook(cells=[folded, todo, new_code_cell("check()")]))


def ends_in_a_question(solved: NotebookNode) -> bool:
    """Whether the last answer, and no other, is in words and has a rubric."""
    answers = [c for c in solved.cells if c.metadata.get("nbgrader", {}).get("solution")]
    types = [cell.cell_type for cell in answers]
    in_words = types[-1:] == ["markdown"] and "markdown" not in types[:-1]
    return in_words and "**Rubric.**" in answers[-1].source


@pytest.mark.parametrize("name", GRADED)
def test_students_see_neither_solution_nor_rubric(name, assignment):
    text = "\n".join(cell.source for cell in assignment.student_notebooks[name].cells)
    assert "Rubric" not in text and "SOLUTION" not in text
    assert re.search(r"raise NotImplementedError\(\"TODO \d+\.\d+: ", text)


def test_a_lab_s_code_is_that_of_its_notebook_but_for_magics():
    for lab in REPOSITORY.labs:
        cells = [it.source for it in read_master(lab.master).cells if it.cell_type == "code"]
        magics_as_written = [re.sub("^%", "# %", it, flags=re.MULTILINE) for it in cells]
        assert list(code_as_of(lab.master, 0)) == magics_as_written
