"""The masters, read, compared with the exercises and stripped."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from nbformat import NotebookNode

from autograder.build.consistency import audit
from autograder.build.environment import environment_yml
from autograder.build.folder import notebook_text
from autograder.build.masters import BuildError, read_master
from autograder.build.points import set_points, with_points
from autograder.build.todos import audit_todos
from autograder.exercise import Exercise
from autograder.nbgrader_setup.strip import strip_module, strip_notebook
from autograder.paths import Repository
from exercise_lib.doctor.released import MANIFEST, fingerprint, grade_id, outline

Master = TypeVar("Master")


@dataclass(frozen=True)
class Assignment:
    """Notebooks by name without suffix, modules by path such as `exercise_lib/mel.py`."""

    solved_notebooks: dict[str, NotebookNode]
    student_notebooks: dict[str, NotebookNode]
    solved_modules: dict[str, str]
    student_modules: dict[str, str]
    files: dict[str, str]  # what is generated in the repository: path -> text


def read_assignment(repository: Repository, exercises: list[Exercise]) -> Assignment:
    """Read the masters, compare them with the exercises and strip the solutions.

    Raises: BuildError with the file and what to mend.
    """
    check_data(repository)
    masters = {lab.notebook: read_master(lab.master) for lab in repository.labs}
    audit(masters, exercises)
    solved = solved_modules(repository)
    solved_notebooks = {
        name: with_points(set_points(master, exercises)) for name, master in masters.items()
    }
    student_notebooks = {
        name: stripped(name, strip_notebook, notebook)
        for name, notebook in solved_notebooks.items()
    }
    student_modules = {name: stripped(name, strip_module, text) for name, text in solved.items()}
    audit_todos(masters, solved, exercises)
    pyproject = (repository.root / "pyproject.toml").read_text(encoding="utf-8")
    files = {"environment.yml": environment_yml(pyproject), **student_modules}
    for name, notebook in student_notebooks.items():
        files[f"notebooks/{name}.ipynb"] = notebook_text(notebook)
    files[MANIFEST] = manifest(student_notebooks, student_modules)
    return Assignment(solved_notebooks, student_notebooks, solved, student_modules, files)


def check_data(repository: Repository) -> None:
    """Raise BuildError for a data set that a lab needs and the repository lacks."""
    for lab in repository.labs:
        for name in lab.data:
            if not (repository.data / name).is_dir():
                raise BuildError(f"{lab.name}/lab.toml: there is no folder data/{name}")


def solved_modules(repository: Repository) -> dict[str, str]:
    """Return the masters of the student modules: `exercise_lib/mel.py` -> its text."""
    return {
        f"exercise_lib/{path.name}": path.read_text(encoding="utf-8")
        for path in repository.master_modules
    }


def manifest(notebooks: Mapping[str, NotebookNode], modules: Mapping[str, str]) -> str:
    """Return what the student's doctor has to know of the release, as JSON."""
    outlines = {f"{name}.ipynb": outline(it) for name, it in notebooks.items() if is_graded(it)}
    stubs = {name: fingerprint(text) for name, text in modules.items()}
    return json.dumps({"notebooks": outlines, "modules": stubs}, separators=(",", ":")) + "\n"


def is_graded(notebook: NotebookNode) -> bool:
    return any(map(grade_id, notebook.cells))


def stripped(name: str, strip: Callable[[Master], Master], master: Master) -> Master:
    """Return `strip(master)`; what is wrong with its regions becomes a BuildError."""
    try:
        return strip(master)
    except (ValueError, RuntimeError) as error:
        raise BuildError(f"{name}: {error}") from error
