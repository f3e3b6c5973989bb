"""The lecture demo with modules that read: a copy of the assignment, solved, under Voilà."""

import shutil
import tempfile
from contextlib import chdir
from pathlib import Path

from autograder.build.solved import assemble_solved
from autograder.paths import Repository

NOTEBOOK = "lecture_alignment"
WEIGHTS = "pretrained"


def lecture(repository: Repository, options: list[str]) -> None:
    """Show the lecture notebook until Voilà is stopped.

    Args: options: for Voilà, such as `--port=8900`.
    Raises: BuildError: the masters cannot be used.
    """
    from voila.app import Voila

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "lecture"
        assemble_lecture(repository, folder)
        with chdir(folder):
            Voila.launch_instance([f"{NOTEBOOK}.ipynb", *options])


def assemble_lecture(repository: Repository, folder: Path) -> None:
    """Write the lecture notebook, solved modules, the few utterances and the kept weights.

    Raises: BuildError: the masters cannot be used.
    """
    assemble_solved(repository, folder, NOTEBOOK)
    shutil.copytree(repository.data / WEIGHTS, folder / "data" / WEIGHTS)
