"""A repository of one module and two notebooks, small enough to build, break and grade quickly."""

import shutil
from pathlib import Path

from autograder.build.exercises import load_exercises
from autograder.exercise import Exercise
from autograder.paths import ROOT, Repository

LABS = Path(__file__).parent / "toy_labs"
MODULE = ROOT / "solutions" / "lab00_start_here" / "warmup.py"

PYPROJECT = """\
[project]
name = "toy"
dependencies = ["torch==2.13.0", "numpy==1.0; python_version < '3.11'"]
[project.optional-dependencies]
instructor = ["jupytext==1.19.6"]
"""


def toy_exercises() -> list[Exercise]:
    """Return the real warm-up exercise and one of a notebook's answer cell."""
    return load_exercises(Repository(ROOT, LABS))


def toy_repository(root: Path, labs: Path = LABS) -> Repository:
    """Write toy labs, the first with the real warm-up module, and the check engine into `root`."""
    for folder in ("check", "figures"):
        shutil.copytree(ROOT / "exercise_lib" / folder, root / "exercise_lib" / folder)
    shutil.copy(ROOT / "exercise_lib" / "__init__.py", root / "exercise_lib")
    shutil.copytree(labs, root / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(PYPROJECT)
    repository = Repository(root)
    shutil.copy(MODULE, repository.labs[0].folder)
    return repository
