"""The sample cohort: its members, and student modules made from misconceptions."""

from types import ModuleType

import nbformat
import pytest

from autograder.builder.assignment import Assignment, read_assignment
from autograder.builder.bundles import hidden_cases
from autograder.builder.exercises import load_exercises
from autograder.nbgrader_setup.strip import strip_notebook
from autograder.paths import REPOSITORY
from autograder.samples.cohort import (
    NUMBER_OF_MASTER,
    Sample,
    make_cohort,
    module_of,
    number_for,
    sample_mistakes,
)
from autograder.samples.mistakes import mistaken_module
from exercise_lib.check.bundle import read_bundle
from exercise_lib.check.personal import PERSONAL, variant
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import REFERENCES, judge

MISTAKES = list(sample_mistakes(load_exercises(REPOSITORY)))


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return read_assignment(REPOSITORY, load_exercises(REPOSITORY))


def test_the_cohort_has_what_the_demo_promises(assignment):
    cohort = make_cohort(assignment, load_exercises(REPOSITORY))
    assert len({member.student for member in cohort}) == len(cohort) >= 8
    assert len(MISTAKES) == 3 and len({name for _, _, name in MISTAKES}) == 3


def test_the_first_half_of_one_notebook_is_half_of_its_exercises(assignment, tmp_path):
    exercises = [it for it in load_exercises(REPOSITORY) if it.notebook == "10_encodec"]
    notebook = nbformat.from_dict(assignment.solved_notebooks["10_encodec"])
    (tmp_path / "exercise_lib").mkdir()
    nbformat.write(strip_notebook(notebook), tmp_path / "10_encodec.ipynb")
    Sample(assignment, exercises, "chen").solve_first_half(tmp_path)
    module = (tmp_path / "exercise_lib" / "encodec.py").read_text()
    left = {it.todo for it in exercises if f"TODO {it.todo}" in module}
    assert left == {"10.7", "10.8", "10.9"} and "### " not in module
    cells = nbformat.read(tmp_path / "10_encodec.ipynb", as_version=4).cells
    assert sum("raise NotImplementedError" in it.source for it in cells) == 1


def test_a_students_own_number_has_the_inputs_that_the_master_answers():
    personal = [it for it in load_exercises(REPOSITORY) if it.target == PERSONAL]
    numbers = {number_for(student, personal) for student in ("anna", "chen", "hanna")}
    assert len(numbers) == 3 and len(personal) >= 3
    for exercise in personal:
        drawn = len(hidden_cases(exercise, 0))
        assert {variant(it, drawn) for it in numbers} == {variant(NUMBER_OF_MASTER, drawn)}


@pytest.mark.parametrize(
    "exercise", [it for it in load_exercises(REPOSITORY) if module_of(it)], ids=lambda it: it.id
)
def test_a_mistaken_module_makes_its_mistake(assignment, exercise):
    name = {it: name for _, it, name in MISTAKES}.get(exercise.id, exercise.misconceptions[-1].name)
    solved = assignment.solved_modules[module_of(exercise)]
    module = ModuleType("solutions.exercise_lib.of_a_student")
    module.__package__ = "solutions.exercise_lib"
    exec(compile(mistaken_module(solved, exercise, name), "student.py", "exec"), vars(module))
    target = getattr(module, exercise.target.partition(":")[2])

    bundle = read_bundle(exercise.id, REFERENCES)
    outcomes = [run_case(target, solved.case) for solved in bundle.cases]
    result = judge(bundle, bundle.cases, outcomes)
    [wrong] = [it for it in exercise.misconceptions if it.name == name]
    assert list(result.misconceptions) == [wrong.reported_as]
    assert result < exercise.points
