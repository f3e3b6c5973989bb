"""A toy course of one notebook, whose exercise is personal: 3x + 1 of one's own x."""

from pathlib import Path

from toy_course import metadata, toy_repository

from autograder.exercise import Exercise
from autograder.paths import Repository
from exercise_lib.check.case import Case
from exercise_lib.check.personal import PERSONAL

VARIANTS = 8

OWN = f"""\
# %% [markdown]
# # Own
#
# **Points:** 1

# %%
from exercise_lib.check import check
from exercise_lib.check.personal import student_number, variant

# %% {metadata("answer-own", solution=True)}
def own():
    ### BEGIN SOLUTION
    # TODO 2.1: your student number, and 3x + 1
    student = "123456"
    x = variant(student_number(student), {VARIANTS})
    return student, 3.0 * x + 1.0
    ### END SOLUTION

# %% {metadata("check-own", points=1)}
check("toy.own", own)
"""


def answer_to(x: float) -> float:
    return 3.0 * x + 1.0


def own_exercise() -> Exercise:
    own = Exercise(
        id="toy.own",
        title="Own",
        target=PERSONAL,
        solution=answer_to,
        notebook="02_own",
        todo="2.1",
        points=1,
    )

    @own.cases
    def _(rng, hidden):
        inputs = [float(x) for x in range(VARIANTS)] if hidden else [100.0]
        return [
            Case(f"x = {x:g}", args={"x": x}, rtol=0.0, atol=0.1, options={"range": [0, 999]})
            for x in inputs
        ]

    @own.misconception("You forgot to add 1.")
    def nothing_added(x):
        return 3.0 * x

    return own


def personal_exercises() -> list[Exercise]:
    return [own_exercise()]


def personal_repository(root: Path) -> Repository:
    """Write the toy's repository into `root`, with this notebook in place of its own ones."""
    repository = toy_repository(root)
    for path in repository.master_notebooks:
        path.unlink()
    (repository.root / "solutions" / "notebooks" / "02_own.py").write_text(OWN)
    return repository
