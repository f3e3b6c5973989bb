"""The lecture's notebook, solved, in a folder with solved modules and the kept weights."""

import shutil
from pathlib import Path

from autograder.builder.solved import assemble_solved
from autograder.paths import REPOSITORY

NOTEBOOK = "lecture_alignment"


def assemble_lecture(folder: Path) -> None:
    """Write all that the notebook speaks with."""
    assemble_solved(REPOSITORY, folder, NOTEBOOK)
    shutil.copytree(REPOSITORY.data / "pretrained", folder / "data" / "pretrained")
