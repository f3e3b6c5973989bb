"""The sample cohort: its members, and student modules made from misconceptions."""

import pytest

from autograder.assignment import Assignment, read_assignment
from autograder.cohort import MISTAKES, make_cohort, module_of
from autograder.exercises import all_exercises
from autograder.mistaken import mistaken_module
from autograder.references import PUBLIC_SEED, solve
from autograder.repository import REPOSITORY
from exercise_lib.check import judge
from exercise_lib.checking.run import run_case


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return read_assignment(REPOSITORY, all_exercises())


def test_the_cohort_has_what_the_demo_promises(assignment):
    cohort = make_cohort(assignment, all_exercises())
    assert len({member.student for member in cohort}) == len(cohort) >= 8
    assert len(MISTAKES) == 3 and len({name for _, _, name in MISTAKES}) == 3


@pytest.mark.parametrize(("student", "exercise_id", "name"), MISTAKES)
def test_a_mistaken_module_makes_its_mistake(assignment, student, exercise_id, name):
    exercise = next(it for it in all_exercises() if it.id == exercise_id)
    solved = assignment.solved_modules[module_of(exercise)]
    module = {"__name__": "a_students_module"}
    exec(compile(mistaken_module(solved, exercise, name), "student.py", "exec"), module)
    target = module[exercise.target.partition(":")[2]]

    bundle = solve(exercise, PUBLIC_SEED, hidden=False)
    outcomes = [run_case(target, solved.case) for solved in bundle.cases]
    result = judge(bundle, bundle.cases, outcomes)
    assert list(result.misconceptions) == [name]
    assert result < exercise.points
