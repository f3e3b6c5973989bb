"""Students at random: whatever they draw is a definition of its own."""

import ast
from types import ModuleType

import pytest

from autograder.builder.assignment import read_assignment
from autograder.builder.exercises import load_exercises
from autograder.paths import REPOSITORY
from autograder.samples.cohort import module_of
from autograder.samples.mistakes import mistaken_module, stand_alone
from autograder.samples.random_student import is_complete


@pytest.mark.parametrize(
    "exercise",
    [it for it in load_exercises(REPOSITORY) if not module_of(it)],
    ids=lambda it: it.id,
)
def test_a_mistaken_answer_cell_stands_alone(exercise):
    texts = [stand_alone(it.variant, "answer", "notebook") for it in exercise.misconceptions]
    complete = list(filter(is_complete, texts))
    assert complete
    for text in complete:
        assert "answer" in {getattr(it, "name", "") for it in ast.parse(text).body}


def test_two_mistakes_in_one_module_do_not_call_each_other_for_ever():
    exercises = load_exercises(REPOSITORY)
    scale, both = (
        next(it for it in exercises if it.id == f"discriminators.{name}")
        for name in ("ScaleDiscriminator", "MultiScaleDiscriminator")
    )
    text = read_assignment(REPOSITORY, exercises).solved_modules[module_of(scale)]
    text = mistaken_module(text, scale, "WithoutBias")
    text = mistaken_module(text, both, "FirstMemberOnly")
    module = ModuleType("solutions.exercise_lib.of_a_student")
    module.__package__ = "solutions.exercise_lib"
    exec(compile(text, "student.py", "exec"), vars(module))
    assert module.ScaleDiscriminator().convs[0].bias is None
    assert module.MultiScaleDiscriminator()


@pytest.mark.parametrize("exercise", load_exercises(REPOSITORY), ids=lambda it: it.id)
def test_whatever_is_declared_can_be_taken_out(exercise):
    module, _, name = exercise.target.rpartition(":")
    for function in [*exercise.variants, *(it.variant for it in exercise.misconceptions)]:
        assert stand_alone(function, name.partition(".")[0] or "answer", module or "notebook")
