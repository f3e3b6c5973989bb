"""In the course itself: a mistake costs its own points, and later exercises say why they failed."""

from collections import defaultdict
from copy import deepcopy

import pytest
from nbgrader.utils import determine_grade
from toy_sandbox import needs_bubblewrap

from autograder.builder.assignment import read_assignment, solved_modules
from autograder.builder.exercises import LoadExercises
from autograder.builder.folder import assemble
from autograder.cells import checked_exercise, is_check_cell, output_text
from autograder.grading.fresh_cases import FreshBundles
from autograder.grading.imports import imported_modules
from autograder.grading.notebook import Grader
from autograder.paths import REPOSITORY, student_modules
from autograder.plan import read_plans
from autograder.samples.cohort import module_of
from autograder.samples.mistakes import mistaken_module
from autograder.sandbox.sandbox import Sandbox
from exercise_lib.check.bundle import read_bundle
from exercise_lib.check.verdict import REFERENCES

pytestmark = [pytest.mark.slow, needs_bubblewrap, pytest.mark.xdist_group("one mistake")]
PLAN = next(iter(read_plans(REPOSITORY).values()))
EXERCISES = {it.id: it for it in LoadExercises(REPOSITORY, PLAN.labs)()}
CALLERS = defaultdict(list)
for later in EXERCISES:
    for earlier in read_bundle(later, REFERENCES).calls:
        CALLERS[earlier].append(later)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a function that grades work with one mistake: what is lost where, and what is said."""
    release = tmp_path_factory.mktemp("release")
    assignment = read_assignment(REPOSITORY, list(EXERCISES.values()), PLAN)
    assemble(REPOSITORY, release, assignment)

    def grade(module: str, text: str, wanted: set[str]) -> tuple[dict[str, float], dict[str, str]]:
        files = {name: text.encode() for name, text in assignment.solved_modules.items()}
        files[module] = text.encode()
        lost, said = {}, {}
        for name in sorted({EXERCISES[it].notebook for it in wanted}):
            notebook = deepcopy(assignment.solved_notebooks[name])
            notebook.cells = [
                it
                for it in notebook.cells
                if not is_check_cell(it) or checked_exercise(it) in wanted
            ]
            grader.grade([notebook], files)
            for cell in filter(is_check_cell, notebook.cells):
                points, most = determine_grade(cell)
                lost[checked_exercise(cell)] = most - (points or 0)
                shown = cell.outputs[0].get("data", {}).get("text/html", "")
                said[checked_exercise(cell)] = f"{output_text(cell)} {shown}"
        return {name: it for name, it in lost.items() if it}, said

    with Sandbox(release, student_modules(release), imported_modules(release)) as sandbox:
        grader = Grader(sandbox, FreshBundles(EXERCISES.values()))
        yield grade


def mistaken(exercise: str, misconception: str) -> tuple[str, str]:
    """Return the module of an exercise, and its text with that mistake in it."""
    of = EXERCISES[exercise]
    module = module_of(of)
    solved = solved_modules(REPOSITORY)[module]
    return module, mistaken_module(solved, of, misconception)


def test_a_wrong_masked_softmax_is_named_in_later_exercises(course):
    wrong = "attention.masked_softmax"
    lost, said = course(*mistaken(wrong, "mask_after_softmax"), {wrong, *CALLERS[wrong]})
    assert list(lost) == [wrong] and lost[wrong] <= 2
    later = ["attention.multi_head_attention", "tacotron.attend", "tacotron.teacher_forcing"]
    assert {*later} <= {*CALLERS[wrong]}
    for name in later:
        assert "`masked_softmax` (TODO 1.2), which does not pass yet: mend that first" in said[name]


@pytest.mark.parametrize("exercise", CALLERS)
def test_one_mistake_costs_its_own_points(course, exercise):
    misconception = EXERCISES[exercise].misconceptions[0].name
    lost, _ = course(*mistaken(exercise, misconception), {exercise, *CALLERS[exercise]})
    assert list(lost) == [exercise]


def test_a_module_that_cannot_be_imported_costs_its_own_points(course):
    module = "exercise_lib/attention.py"
    later = {it.id for it in EXERCISES.values() if it.notebook == "06_tacotron"}
    lost, said = course(module, "def masked_softmax(:\n", later)
    assert lost == {}
    assert "and 7 more, which do not pass yet: mend them first" in said["tacotron.Highway"]
