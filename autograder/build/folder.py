"""Put one assignment folder together: notebooks, exercise_lib and data side by side."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.build.masters import BuildError
from autograder.paths import Repository

DATA = ("mini", "attention", "references")
LIMIT = 2_000_000  # bytes; a hub copies an assignment several times per student


def assemble(
    repository: Repository,
    folder: Path,
    notebooks: Mapping[str, NotebookNode],
    modules: Mapping[str, str],
) -> None:
    """Write an assignment into `folder`, which is emptied first.

    Args:
        notebooks: name without suffix -> notebook, solved or stripped.
        modules: student module, such as `exercise_lib/mel.py` -> its text, solved or stripped.

    Raises: BuildError when the assignment is larger than a hub should copy.
    """
    shutil.rmtree(folder, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints", "*.png")
    shutil.copytree(repository.exercise_lib, folder / "exercise_lib", ignore=unwanted)
    for name in DATA:
        if (repository.data / name).is_dir():
            shutil.copytree(repository.data / name, folder / "data" / name, ignore=unwanted)
    for path, text in modules.items():
        (folder / path).write_text(text, encoding="utf-8")
    for name, notebook in notebooks.items():
        (folder / f"{name}.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > LIMIT:
        raise BuildError(f"the assignment has {size / 1e6:.2f} MB, more than {LIMIT / 1e6:g} MB")


def notebook_text(notebook: NotebookNode) -> str:
    """Return the notebook as JSON, the same text for the same content."""
    return nbformat.writes(notebook, version=4) + "\n"
