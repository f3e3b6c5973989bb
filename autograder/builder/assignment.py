"""The masters of an assignment, read, compared with the exercises and stripped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nbformat import NotebookNode

from autograder.builder.consistency import audit
from autograder.builder.environment import environment_yml
from autograder.builder.masters import notebook_text, read_master
from autograder.builder.needs import Needs, find_needs
from autograder.builder.points import set_points, with_effort
from autograder.builder.todos import audit_todos
from autograder.errors import BuildError
from autograder.exercise import Exercise
from autograder.nbgrader_setup.strip import strip_module, strip_notebook
from autograder.paths import ROOT, Repository
from autograder.plan import Plan, all_labs, read_plans
from autograder.regions import without_marks
from exercise_lib.doctor.released import fingerprint, grade_id, outline
from exercise_lib.files.names import MANIFEST

Master = TypeVar("Master")


@dataclass(frozen=True)
class Assignment:
    """Notebooks by name without suffix, modules by path such as `exercise_lib/mel.py`."""

    plan: Plan
    exercises: list[Exercise]
    solved_notebooks: dict[str, NotebookNode]
    student_notebooks: dict[str, NotebookNode]
    solved_modules: dict[str, str]
    student_modules: dict[str, str]  # those of its labs, and those that are carried over
    given_modules: dict[str, str]  # solved, of other labs
    folders: frozenset[str]  # of `exercise_lib`
    manifest: str


def read_assignment(
    repository: Repository, exercises: list[Exercise], plan: Plan | None = None
) -> Assignment:
    """Read the masters, compare them with the exercises and strip the solutions.

    Args: plan: which labs; default: all.

    Raises: BuildError with the file and what to mend.
    """
    plan = plan or all_labs(repository)
    check_data(repository, plan)
    masters = {lab.notebook: read_master(lab.master) for lab in plan.labs}
    own_exercises = [it for it in exercises if it.notebook in masters or not plan.name]
    audit(masters, own_exercises)
    notebooks = {name: set_points(it, own_exercises) for name, it in masters.items()}
    notebooks = {
        name: with_effort(it, own_exercises, plan.show_points) for name, it in notebooks.items()
    }
    students = {
        name: stripped(name, strip_notebook, notebook) for name, notebook in notebooks.items()
    }
    solved = solved_modules(repository)
    needs = find_needs(notebooks.values(), solved, given_package(repository))
    own = plan.modules
    given = {f"exercise_lib/{name}.py" for name in plan.given}
    carried = carried_over(repository, plan, needs, own, given)
    edited = [it for it in solved if it in own | carried]
    modules = {name: stripped(name, strip_module, solved[name]) for name in edited}
    audit_todos(masters, {it: solved[it] for it in sorted(own)}, own_exercises)
    return Assignment(
        plan,
        own_exercises,
        notebooks,
        students,
        {name: solved[name] for name in edited},
        modules,
        {name: without_marks(solved[name]) for name in sorted(given)},
        needs.folders,
        manifest(students, modules, plan.after, sorted(carried)),
    )


def check_data(repository: Repository, plan: Plan) -> None:
    """Raise BuildError for a data set that is asked for and that the repository lacks."""
    asked = [(f"{lab.name}/lab.toml", name) for lab in plan.labs for name in lab.data]
    asked += [(plan.name, name) for name in plan.data]
    for where, name in asked:
        if not (repository.data / name).is_dir():
            raise BuildError(f"{where}: there is no folder data/{name}")


def carried_over(
    repository: Repository, plan: Plan, needs: Needs, own: set[str], given: set[str]
) -> set[str]:
    """Return the student modules that come from the assignment before.

    Raises: BuildError where a module is needed and comes from nowhere, or is given for nothing.
    """
    needed = set(needs.modules) - own
    for name in sorted(given - needed):
        raise BuildError(f"{plan.name}: {name} is given, but nothing needs it")
    missing = needed - given
    before = all_before(repository, plan)
    for name in sorted(missing - before):
        raise BuildError(
            f"{plan.name}: its labs need {name} of another lab. In the table of assignments, name "
            f'in `after` the assignment that has it, or hand it out solved: given = ["..."].'
        )
    return missing


def all_before(repository: Repository, plan: Plan) -> set[str]:
    """Return the student modules of the assignment that a plan comes after."""
    if not plan.after:
        return set()
    before = read_plans(repository)[plan.after]
    return before.modules | all_before(repository, before)


def given_package(repository: Repository) -> Path:
    """Return where the given folders are: in the repository, or else in this one."""
    own = repository.exercise_lib
    return own if (own / "check").is_dir() else ROOT / "exercise_lib"


def generated_files(repository: Repository, everything: Assignment) -> dict[str, str]:
    """Return what a build writes into the repository: path -> text."""
    files = dict(everything.student_modules)
    pyproject = repository.root / "pyproject.toml"
    if pyproject.exists():
        files["environment.yml"] = environment_yml(pyproject.read_text(encoding="utf-8"))
    for name, notebook in everything.student_notebooks.items():
        files[f"notebooks/{name}.ipynb"] = notebook_text(notebook)
    files[MANIFEST] = everything.manifest
    return files


def solved_modules(repository: Repository) -> dict[str, str]:
    """Return the masters of all student modules: `exercise_lib/mel.py` -> its text."""
    paths = sorted((it for lab in repository.labs for it in lab.modules), key=lambda it: it.name)
    return {f"exercise_lib/{path.name}": path.read_text(encoding="utf-8") for path in paths}


def manifest(
    notebooks: Mapping[str, NotebookNode],
    modules: Mapping[str, str],
    after: str = "",
    carried: list[str] | None = None,
) -> str:
    """Return what the student's doctor and the grader have to know of the release, as JSON."""
    outlines = {f"{name}.ipynb": outline(it) for name, it in notebooks.items() if is_graded(it)}
    stubs = {name: fingerprint(text) for name, text in modules.items()}
    told: dict[str, Any] = {"notebooks": outlines, "modules": stubs}
    if carried:
        told |= {"after": after, "carried": carried}
    return json.dumps(told, separators=(",", ":")) + "\n"


def is_graded(notebook: NotebookNode) -> bool:
    return any(map(grade_id, notebook.cells))


def stripped(name: str, strip: Callable[[Master], Master], master: Master) -> Master:
    """Return `strip(master)`; what is wrong with its regions becomes a BuildError."""
    try:
        return strip(master)
    except (ValueError, RuntimeError) as error:
        raise BuildError(f"{name}: {error}") from error
