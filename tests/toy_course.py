"""A repository of one module and two notebooks, small enough to build, break and grade quickly."""

import dataclasses
import json
import shutil
from pathlib import Path

from autograder.exercise import Exercise
from autograder.exercises.warmup import peak_normalise
from autograder.paths import ROOT, Repository
from exercise_lib.check.case import Case


def metadata(grade_id: str, points: int | None = None, solution: bool = False) -> str:
    """Return nbgrader's metadata as a master's cell marker carries it."""
    fields = {"grade": points is not None, "grade_id": grade_id, "locked": not solution}
    if points is not None:
        fields["points"] = points
    return "nbgrader=" + json.dumps(
        {**fields, "schema_version": 3, "solution": solution, "task": False}
    )


PEAK = f"""\
# %% [markdown]
# # Peak
#
# **Points:** 3

# %%
from exercise_lib.check import check

# %% {metadata("check-peak", points=1)}
check("warmup.peak_normalise")

# %% [markdown] {metadata("question", points=2, solution=True)}
# ### BEGIN SOLUTION
# A model answer that no student may see.
# ### END SOLUTION
"""

DOUBLE = f"""\
# %% [markdown]
# # Double
#
# **Points:** 1

# %%
from exercise_lib.check import check

# %% {metadata("answer-double", solution=True)}
def double(x):
    ### BEGIN SOLUTION
    # TODO 1.1: twice x
    return 2 * x
    ### END SOLUTION

# %% {metadata("check-double", points=1)}
check("toy.double", double)
"""

PYPROJECT = """\
[project]
name = "toy"
dependencies = ["torch==2.13.0", "numpy==1.0; python_version < '3.11'"]
[project.optional-dependencies]
instructor = ["jupytext==1.19.6"]
"""


def solve_double(x):
    return 2 * x


def toy_exercises() -> list[Exercise]:
    """Return the real warm-up exercise and one of a notebook's answer cell."""
    double = Exercise(
        id="toy.double",
        title="Double",
        target="notebook",
        solution=solve_double,
        notebook="01_double",
        todo="1.1",
        points=1,
    )

    @double.cases
    def _(rng, hidden):
        return [Case("a number", args={"x": 3.0 if hidden else 2.0})]

    @double.misconception("You square: that doubles only 2 and 0.")
    def squared(x):
        return x * x + (0.5 if x == 2 else 0)

    return [dataclasses.replace(peak_normalise, notebook="00_peak"), double]


def toy_repository(root: Path) -> Repository:
    """Write the toy's masters and the real check engine into `root`."""
    package = root / "exercise_lib"
    shutil.copytree(ROOT / "exercise_lib" / "check", package / "check")
    shutil.copy(ROOT / "exercise_lib" / "__init__.py", package)
    masters = root / "solutions"
    (masters / "exercise_lib").mkdir(parents=True)
    (masters / "notebooks").mkdir()
    shutil.copy(ROOT / "solutions/exercise_lib/warmup.py", masters / "exercise_lib")
    (masters / "notebooks" / "00_peak.py").write_text(PEAK)
    (masters / "notebooks" / "01_double.py").write_text(DOUBLE)
    (root / "pyproject.toml").write_text(PYPROJECT)
    return Repository(root)
