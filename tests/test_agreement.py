"""Honest work scores the same whoever grades it: stock nbgrader, the sandbox, a Dask cluster."""

import ast
import random
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from test_dask import cluster  # noqa: F401
from test_nbgrader import nbgrader
from toy_sandbox import needs_bubblewrap

from autograder.assignment import Assignment, read_assignment
from autograder.audit import checked_exercise, is_check_cell
from autograder.build import write_course
from autograder.cohort import Member, Sample, make_cohort, module_of
from autograder.exchange import release
from autograder.exercise import Exercise
from autograder.exercises import all_exercises
from autograder.grade import grade, sandboxed
from autograder.journal import read_gradebook
from autograder.mistaken import stand_alone
from autograder.references import build_references, hidden_seed
from autograder.repository import ASSIGNMENT, REPOSITORY, Course
from autograder.verdict import checked_name
from autograder.workers import dask_workers

pytestmark = [pytest.mark.slow, needs_bubblewrap]
# Stock nbgrader gives no score to doubled checks, damaged JSON and a kernel that ends.
NOT_FOR_STOCK = {"hanna", "ivan", "jing"}
SEEDS = (1, 2, 3)


def stub(name: str) -> str:
    return f"def {name}(*_, **__):\n    raise NotImplementedError('TODO')\n"


def is_complete(text: str) -> bool:
    """Whether a definition that was taken out of the grader needs nothing of it."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return "autograder" not in text and "solutions." not in text


def choose(exercise: Exercise, name: str, random_: random.Random) -> str:
    """Return what a student wrote for an exercise, or "" for the solution."""
    mistakes = [it.variant for it in exercise.misconceptions]
    found = random_.choice([None, exercise.variants, mistakes, mistakes, stub])
    if found is stub:
        return stub(name)
    if not found:
        return ""
    module = exercise.target.partition(":")[0]
    text = stand_alone(random_.choice(found), name, f"solutions.{module}")
    return text if is_complete(text) else ""


def mixed(assignment: Assignment, exercises: list[Exercise], seed: int) -> Member:
    """Return a student who solves, mistakes and leaves out exercises at random."""
    random_ = random.Random(seed)
    modules: dict[str, str] = {}
    cells: dict[tuple[str, str], str] = {}
    for exercise in exercises:
        if module := module_of(exercise):
            text = choose(exercise, exercise.target.partition(":")[2], random_)
            modules[module] = modules.get(module, "") + f"\n\n{text}"
            continue
        notebook = assignment.solved_notebooks[exercise.notebook]
        checks = filter(is_check_cell, notebook.cells)
        name = next(checked_name(it) for it in checks if checked_exercise(it) == exercise.id)
        [answer] = [it.id for it in notebook.cells if it.source.startswith(f"def {name}(")]
        if text := choose(exercise, name, random_):
            cells[exercise.notebook, answer] = text

    def work(folder: Path) -> None:
        Sample(assignment, exercises, "k00").solve(folder)
        for module, text in modules.items():
            with (folder / module).open("a", encoding="utf-8") as file:
                file.write(text)
        for (name, answer), text in cells.items():
            path = folder / f"{name}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            next(it for it in notebook.cells if it.id == answer).source = text
            nbformat.write(notebook, path)

    return Member(f"mixed{seed}", "a bit of everything", work)


def points(course: Course) -> dict[str, dict[str, Any]]:
    """Return what each cell of each student got."""
    return {student: it.scores for student, it in read_gradebook(course).items()}


def test_honest_work_scores_the_same_everywhere(tmp_path, cluster):  # noqa: F811
    exercises = all_exercises()
    assignment, course = read_assignment(REPOSITORY, exercises), Course(tmp_path / "course")
    build_references(exercises, REPOSITORY.hidden, hidden_seed(REPOSITORY.hidden), hidden=True)
    write_course(REPOSITORY, course, assignment)
    release(REPOSITORY, course)
    members = make_cohort(assignment, exercises)
    members += [mixed(assignment, exercises, seed) for seed in SEEDS]
    for member in members:
        shutil.copytree(course.release, course.step("submitted", member.student))
        member.work(course.step("submitted", member.student))

    everybody = course.students("submitted")
    for student in sorted(set(everybody) - NOT_FOR_STOCK):
        nbgrader(course.root, "autograde", ASSIGNMENT, f"--student={student}")
    stock = points(course)
    assert set(stock) == set(everybody) - NOT_FOR_STOCK
    totals = {name: sum(filter(None, it.values())) for name, it in stock.items()}
    assert totals["bilal"] == 0 < min(totals[f"mixed{it}"] for it in SEEDS)
    assert max(totals[f"mixed{it}"] for it in SEEDS) < totals["anna"]

    found = []
    address, _ = cluster
    for count, start in [(1, None), (2, None), (2, lambda: dask_workers(address)[0])]:
        with sandboxed(REPOSITORY, course, all_exercises, count=count, start=start) as checks:
            reports = grade(REPOSITORY, course, everybody, checks, again=True)
        found.append(points(course))
        assert len(reports) == len(everybody)
    assert {name: found[0][name] for name in stock} == stock
    assert found[1] == found[0] and found[2] == found[0]
