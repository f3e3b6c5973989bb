"""The lecture demo with modules that read: a copy of the assignment, solved, under Voilà."""

import shutil
import tempfile
from contextlib import chdir
from pathlib import Path

from autograder.assemble import assemble
from autograder.assignment import read_assignment
from autograder.exercise import Exercise
from autograder.repository import Repository

NOTEBOOK = "lecture_alignment"
WEIGHTS = "pretrained"


def lecture(repository: Repository, exercises: list[Exercise], options: list[str]) -> None:
    """Show the lecture notebook until Voilà is stopped.

    Args: options: for Voilà, such as `--port=8900`.
    Raises: BuildError: the masters cannot be used.
    """
    from voila.app import Voila

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "lecture"
        assemble_lecture(repository, exercises, folder)
        with chdir(folder):
            Voila.launch_instance([f"{NOTEBOOK}.ipynb", *options])


def assemble_lecture(repository: Repository, exercises: list[Exercise], folder: Path) -> None:
    """Write the lecture notebook, solved modules, the few utterances and the kept weights.

    Raises: BuildError: the masters cannot be used.
    """
    assignment = read_assignment(repository, exercises)
    notebooks = {NOTEBOOK: assignment.solved_notebooks[NOTEBOOK]}
    assemble(repository, folder, notebooks, assignment.solved_modules)
    shutil.copytree(repository.data / WEIGHTS, folder / "data" / WEIGHTS)
