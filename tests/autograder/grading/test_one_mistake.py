"""In the course itself: a mistake costs its own points, and later exercises say why they failed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass

import pytest
from nbgrader.utils import determine_grade
from toy_sandbox import needs_bubblewrap

from autograder.builder.assignment import Assignment, read_assignment, solved_modules
from autograder.builder.exercises import LoadExercises
from autograder.builder.folder import assemble
from autograder.cells import checked_exercise, is_check_cell, output_text
from autograder.exercise import Exercise
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

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("one mistake")]
PLANS = read_plans(REPOSITORY)
FIRST = next(iter(PLANS))
EXERCISES = {
    name: {it.id: it for it in LoadExercises(REPOSITORY, plan.labs)()}
    for name, plan in PLANS.items()
}


def callers_in(exercises: Iterable[str]) -> dict[str, list[str]]:
    """Return which later exercises call an earlier one."""
    found = defaultdict(list)
    for later in exercises:
        for earlier in read_bundle(later, REFERENCES).calls:
            found[earlier].append(later)
    return {it: found[it] for it in exercises if it in found}


CALLERS = {name: callers_in(exercises) for name, exercises in EXERCISES.items()}


@dataclass(frozen=True)
class Course:
    """An assignment whose sandbox runs."""

    assignment: Assignment
    exercises: Mapping[str, Exercise]
    grader: Grader

    def grade(
        self, module: str, text: str, wanted: set[str]
    ) -> tuple[dict[str, float], dict[str, str]]:
        """Grade work with one mistake; return what is lost where, and what is said."""
        files = {name: text.encode() for name, text in self.assignment.solved_modules.items()}
        files[module] = text.encode()
        lost, said = {}, {}
        for name in sorted({self.exercises[it].notebook for it in wanted}):
            notebook = deepcopy(self.assignment.solved_notebooks[name])
            notebook.cells = [
                it
                for it in notebook.cells
                if not is_check_cell(it) or checked_exercise(it) in wanted
            ]
            self.grader.grade([notebook], files)
            for cell in filter(is_check_cell, notebook.cells):
                points, most = determine_grade(cell)
                lost[checked_exercise(cell)] = most - (points or 0)
                shown = cell.outputs[0].get("data", {}).get("text/html", "")
                said[checked_exercise(cell)] = f"{output_text(cell)} {shown}"
        return {name: it for name, it in lost.items() if it}, said


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """Return a function that gives an assignment's course; one of them runs at a time."""
    with ExitStack() as stack:
        running = {}

        def course(name: str) -> Course:
            if name not in running:
                stack.close()
                running.clear()
                exercises, release = EXERCISES[name], tmp_path_factory.mktemp("release")
                assignment = read_assignment(REPOSITORY, list(exercises.values()), PLANS[name])
                assemble(REPOSITORY, release, assignment)
                modules, imports = student_modules(release), imported_modules(release)
                sandbox = stack.enter_context(Sandbox(release, modules, imports))
                grader = Grader(sandbox, FreshBundles(exercises.values()))
                running[name] = Course(assignment, exercises, grader)
            return running[name]

        yield course


def mistaken(exercise: Exercise, misconception: str) -> tuple[str, str]:
    """Return the module of an exercise, and its text with that mistake in it."""
    module = module_of(exercise)
    solved = solved_modules(REPOSITORY)[module]
    return module, mistaken_module(solved, exercise, misconception)


def test_a_wrong_masked_softmax_is_named_in_later_exercises(courses):
    course, wrong = courses(FIRST), "attention.masked_softmax"
    callers = CALLERS[FIRST][wrong]
    mistake = mistaken(course.exercises[wrong], "mask_after_softmax")
    lost, said = course.grade(*mistake, {wrong, *callers})
    assert list(lost) == [wrong] and lost[wrong] <= 2
    later = ["attention.multi_head_attention", "tacotron.attend", "tacotron.teacher_forcing"]
    assert {*later} <= {*callers}
    for name in later:
        assert "`masked_softmax` (TODO 1.2), which does not pass yet: mend that first" in said[name]


@pytest.mark.parametrize(
    ("plan", "exercise"), [(plan, it) for plan, callers in CALLERS.items() for it in callers]
)
def test_one_mistake_costs_its_own_points(courses, plan, exercise):
    course = courses(plan)
    wrong = course.exercises[exercise]
    lost, _ = course.grade(
        *mistaken(wrong, wrong.misconceptions[0].name), {exercise, *CALLERS[plan][exercise]}
    )
    assert list(lost) == [exercise]


@pytest.mark.parametrize(
    "text",
    ["def mel_filterbank(:\n", pytest.param("while True:\n    pass\n", marks=pytest.mark.slow)],
    ids=["syntax error", "endless loop"],
)
def test_a_module_that_cannot_be_imported_costs_notebooks_nothing(courses, text):
    """A cell that imports it with others has none of them then."""
    course = courses(FIRST)
    later = {it.id for it in course.exercises.values() if it.notebook == "03_hifigan_losses"}
    assert any(course.exercises[it].target == "notebook" for it in later)
    lost, said = course.grade("exercise_lib/mel.py", text, later)
    assert lost == {}, said


def test_a_module_that_cannot_be_imported_costs_its_own_points(courses):
    course, module = courses(FIRST), "exercise_lib/attention.py"
    later = {it.id for it in course.exercises.values() if it.notebook == "06_tacotron"}
    lost, said = course.grade(module, "def masked_softmax(:\n", later)
    assert lost == {}
    assert "and 7 more, which do not pass yet: mend them first" in said["tacotron.Highway"]
