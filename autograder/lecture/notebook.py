"""The lecture's notebook with modules that read: a copy of the assignment, solved."""

import shutil
from pathlib import Path

from autograder.builder.solved import assemble_solved
from autograder.errors import BuildError
from autograder.labs import Lab
from autograder.paths import Repository


def lecture_lab(repository: Repository) -> Lab:
    """Return the lab that is shown in the lecture.

    Raises: BuildError: no lab declares that it is.
    """
    lab = next((it for it in repository.labs if it.lecture), None)
    if lab is None:
        raise BuildError("no lab.toml says with which data it is shown: lecture = [...]")
    return lab


def assemble_lecture(repository: Repository, folder: Path) -> None:
    """Write the lecture notebook, solved modules, the few utterances and the kept weights.

    Raises: BuildError: the masters cannot be used.
    """
    lab = lecture_lab(repository)
    assemble_solved(repository, folder, lab.notebook)
    for name in lab.lecture:
        shutil.copytree(repository.data / name, folder / "data" / name)
