"""Put one assignment folder together: notebooks, exercise_lib and data side by side."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.builder.assignment import Assignment, given_package
from autograder.builder.masters import notebook_text
from autograder.builder.strangers import leave_out_strangers, leave_out_unused
from autograder.errors import BuildError
from autograder.paths import Repository
from exercise_lib.files.names import MANIFEST

UNWANTED = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints", "*.png")
MB = 1_000_000


def assemble(
    repository: Repository,
    folder: Path,
    assignment: Assignment,
    notebooks: Mapping[str, NotebookNode] | None = None,
    modules: Mapping[str, str] | None = None,
) -> None:
    """Write an assignment into `folder`, which is emptied first.

    Args:
        notebooks: name without suffix -> notebook; default: the students'.
        modules: student module, such as `exercise_lib/mel.py` -> its text; default: the students'.

    Raises: BuildError when the assignment is larger than a hub should copy.
    """
    notebooks = assignment.student_notebooks if notebooks is None else notebooks
    modules = assignment.student_modules if modules is None else modules
    wanted = {**assignment.given_modules, **modules}
    put_together(
        repository,
        folder,
        assignment.folders,
        assignment.plan.data_sets,
        wanted,
        notebooks,
    )
    leave_out_unused(folder / "exercise_lib", wanted, notebooks.values())
    references = folder / MANIFEST
    references.parent.mkdir(parents=True, exist_ok=True)
    references.write_text(assignment.manifest, encoding="utf-8")
    for exercise in assignment.exercises:
        bundle = repository.references / f"{exercise.id}.safetensors"
        if bundle.exists():
            shutil.copy(bundle, references.parent)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    largest = assignment.plan.largest_mb
    if size > largest * MB:
        raise BuildError(f"the assignment has {size / MB:.2f} MB, more than {largest:g} MB")


def put_together(
    repository: Repository,
    folder: Path,
    folders: Iterable[str],
    data: Iterable[str],
    modules: Mapping[str, str],
    notebooks: Mapping[str, NotebookNode],
) -> None:
    """Write given folders, data sets, modules and notebooks into `folder`, emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    given = given_package(repository)
    for name in folders:
        shutil.copytree(given / name, folder / "exercise_lib" / name, ignore=UNWANTED)
    shutil.copy(given / "__init__.py", folder / "exercise_lib")
    leave_out_strangers(folder / "exercise_lib", modules, notebooks.values())
    for name in data:
        shutil.copytree(repository.data / name, folder / "data" / name, ignore=UNWANTED)
    for path, text in modules.items():
        (folder / path).write_text(text, encoding="utf-8")
    for name, notebook in notebooks.items():
        (folder / f"{name}.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
