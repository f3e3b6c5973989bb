"""Students at random: whatever they draw is a definition of its own."""

import ast

import pytest

from autograder.builder.exercises import load_exercises
from autograder.paths import REPOSITORY
from autograder.samples.cohort import module_of
from autograder.samples.mistakes import stand_alone
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
