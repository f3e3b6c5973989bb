"""Take a submission in: the release, with the student's answers and modules in their places."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.repository import Course, Repository

KEPT = ("timestamp.txt", "submission_secret.txt")  # nbgrader's, for lateness and feedback


def take_in(repository: Repository, course: Course, student: str) -> list[str]:
    """Write `intake/<student>` from `submitted/<student>`; return what had to be repaired.

    Every notebook, check and given file is the release's. Of the submission come the sources of
    the answer cells, found by their grade ids, and the student's modules.
    """
    submitted, taken = course.step("submitted", student), course.step("intake", student)
    shutil.rmtree(taken, ignore_errors=True)
    shutil.copytree(course.release, taken)
    repairs = take_notebooks(submitted, taken)
    for module in repository.student_modules:
        if (submitted / module).is_file():
            shutil.copyfile(submitted / module, taken / module)
        else:
            repairs.append(f"{module} is missing: graded as released.")
    for name in KEPT:
        if (submitted / name).is_file():
            shutil.copyfile(submitted / name, taken / name)
    return repairs + unused_files(submitted, taken, course.release)


def take_release(repository: Repository, course: Course, student: str) -> None:
    """Write `intake/<student>` as if nothing but the released files had been handed in."""
    for path in course.release.rglob("*.ipynb"):
        shutil.copyfile(path, course.step("intake", student) / path.name)
    for module in repository.student_modules:
        shutil.copyfile(course.release / module, course.step("intake", student) / module)


def take_notebooks(submitted: Path, taken: Path) -> list[str]:
    """Carry the answers over into the released notebooks in `taken`; return the repairs.

    A notebook without any answer or check is left out: there is nothing in it to grade.
    """
    repairs: list[str] = []
    found, unreadable = read_notebooks(submitted)
    repairs += [f"{name} can't be read ({why})." for name, why in unreadable.items()]
    released = {path.name: nbformat.read(path, as_version=4) for path in taken.glob("*.ipynb")}
    for name, notebook in released.items():
        ids = set(grade_ids(notebook.cells))
        if not ids:
            (taken / name).unlink()
            continue
        source = name if name in found else renamed(ids, found, released)
        if source is None:
            repairs.append(f"{name} is missing or unreadable: graded as released.")
            continue
        if source != name:
            repairs.append(f"{name} was taken from {source}, which has its cells.")
        repairs += [f"{name}: {repair}" for repair in carry_over(found[source], notebook)]
        nbformat.write(notebook, taken / name)
    return repairs


def read_notebooks(folder: Path) -> tuple[dict[str, NotebookNode], dict[str, str]]:
    """Return the notebooks in a folder by file name, and why others can't be read."""
    found, unreadable = {}, {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
            notebook.cells  # JSON, but a notebook?
        except Exception as error:  # whatever a broken file makes the JSON reader raise
            unreadable[path.name] = type(error).__name__
        else:
            found[path.name] = notebook
    return found, unreadable


def grade_ids(cells: Iterable[NotebookNode]) -> list[str]:
    """Return the grade ids of the cells that have one, in order."""
    ids = (grade_id(cell) for cell in cells)
    return [name for name in ids if name]


def grade_id(cell: NotebookNode) -> str:
    return str((cell.get("metadata", {}).get("nbgrader") or {}).get("grade_id", ""))


def renamed(
    ids: set[str], found: dict[str, NotebookNode], released: dict[str, NotebookNode]
) -> str | None:
    """Return the submitted notebook of another name that has most of these grade ids."""
    shared = {
        name: len(ids & set(grade_ids(notebook.cells)))
        for name, notebook in found.items()
        if name not in released
    }
    best = max(shared, key=lambda name: shared[name], default=None)
    return best if best is not None and shared[best] else None


def carry_over(submitted: NotebookNode, released: NotebookNode) -> list[str]:
    """Put the submitted answers into the released notebook; return what had to be repaired."""
    repairs = []
    first: dict[str, NotebookNode] = {}
    for cell in submitted.cells:
        first.setdefault(grade_id(cell), cell)
    count = grade_ids(submitted.cells).count
    for cell in released.cells:
        name = grade_id(cell)
        if not (is_solution(cell) or is_grade(cell)):
            continue
        kind = "answer" if is_solution(cell) else "check"
        if count(name) > 1:
            repairs.append(f"the {kind} {name} is there {count(name)} times: the first one counts.")
        if name not in first:
            repairs.append(f"the {kind} {name} was deleted: graded as released.")
        elif is_solution(cell):
            cell.source = first[name].source
        elif first[name].source != cell.source:
            repairs.append(f"the check {name} was changed: the released one is used.")
    own = [
        cell
        for cell in submitted.cells
        if cell.cell_type == "code" and not grade_id(cell) and cell.source not in sources(released)
    ]
    if any(cell.source.strip() for cell in own):
        repairs.append(
            "cells of the student's own are not run: what an answer needs must stand in its cell."
        )
    return repairs


def sources(notebook: NotebookNode) -> set[str]:
    return {cell.source for cell in notebook.cells}


def unused_files(submitted: Path, taken: Path, release: Path) -> list[str]:
    """Name the modules and notebooks that the student added and that grading does not use."""
    names = sorted(
        path.relative_to(submitted)
        for path in submitted.rglob("*")
        if path.suffix in {".py", ".ipynb"} and ".ipynb_checkpoints" not in path.parts
    )
    extra = [it for it in names if not (taken / it).exists() and not (release / it).exists()]
    return [f"{name.as_posix()} is not used." for name in extra]
