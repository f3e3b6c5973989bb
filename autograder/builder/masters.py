"""Read a py:percent master into a notebook whose text is always the same, or say what is wrong."""

import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.cells import CHECK
from autograder.errors import BuildError

__all__ = ["BuildError", "read_master"]

# What looks like the start of a cell, rightly written or not. `# %matplotlib inline` does not.
MARKER = re.compile(r"^#\s*%+(\s|\[|$)")
DEFINITION = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
STATED = ("cell", "points", "question", "tags")  # what a marker may state
LAYOUT = ("cell_marker", "lines_to_end_of_cell_marker", "lines_to_next_cell")  # jupytext's notes
SCHEMA = {"schema_version": 3, "task": False}


def read_master(path: Path) -> NotebookNode:
    """Return a master notebook with the kernel of the course and ids that stay the same.

    A code cell that ends in `check("an.exercise")` is a test cell, whose points are still to be
    set; one with a solution region is an answer, and so is a text whose marker states `question`
    and `points`. `cell` in a marker states another grade id than the one made of those names.
    A graded cell's id is its grade id; any other's is its place in the notebook.

    Raises: BuildError for a cell marker that cannot be read or contradicts its cell, and an id
        that occurs twice.
    """
    text, where = path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}"
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = NotebookNode(KERNEL)
    for index, line in enumerate(marker_lines(where, text, notebook)):
        cell = notebook.cells[index]
        try:
            marks = grading_marks(cell)
        except ValueError as error:
            raise BuildError(f"{where}, line {line}: {error}") from error
        tags = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
        cell.metadata = NotebookNode(tags)
        if marks:
            cell.metadata["nbgrader"] = NotebookNode(sorted(marks.items()))
        cell.id = re.sub(r"[^A-Za-z0-9_-]", "-", marks.get("grade_id", f"cell-{index:02}"))[:64]
    check_unique(where, "grade id", [cell.metadata.nbgrader.grade_id for cell in graded(notebook)])
    check_unique(where, "cell id", [cell.id for cell in notebook.cells])
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """Return the notebook as JSON, the same text for the same content."""
    return nbformat.writes(notebook, version=4) + "\n"


def graded(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells nbgrader knows: answers and checks."""
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


def marker_lines(where: str, text: str, notebook: NotebookNode) -> list[int]:
    """Return the line of each cell's marker.

    Raises: BuildError unless every line that looks like a cell marker made a cell.
    """
    header = re.match(r"# ---\n(#.*\n)*?# ---\n", text)
    markers = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if MARKER.match(line) and not (header and number <= header[0].count("\n"))
    ]
    malformed = [f"line {n}: {line}" for n, line in markers if not line.startswith("# %%")]
    if malformed or len(markers) != len(notebook.cells):
        raise BuildError(
            f"{where}: {len(markers)} cell markers but {len(notebook.cells)} cells. "
            f"A cell starts with `# %%` or `# %% [markdown]`. {'; '.join(malformed)}"
        )
    return [number for number, _ in markers]


def grading_marks(cell: NotebookNode) -> dict[str, Any]:
    """Return what nbgrader is to know of a master's cell, but for a check's points; {} if nothing.

    Raises: ValueError: the marker cannot be read, or contradicts the cell.
    """
    stated = {key: value for key, value in cell.metadata.items() if key not in LAYOUT}
    check_stated(stated)
    region = "BEGIN SOLUTION" in cell.source
    if "END SOLUTION" in cell.source and not region:
        raise ValueError("an END SOLUTION, but no BEGIN SOLUTION")
    if ("question" in stated) != (region and cell.cell_type == "markdown"):
        raise ValueError(
            "an answer in words has a BEGIN SOLUTION in its text and a name and points in its "
            'marker: `# %% [markdown] question="why" points=2`'
        )
    if "points" in stated and "question" not in stated:
        raise ValueError("only a question states its points, a check's are those of its exercise")
    if "question" in stated:
        name = stated.get("cell", f"question-{stated['question']}")
        return {"grade": True, "grade_id": name, "locked": False, "points": stated["points"],
                "solution": True, **SCHEMA}  # fmt: skip
    if region:
        name = stated.get("cell") or f"answer-{answer_name(cell.source)}"
        return {"grade": False, "grade_id": name, "locked": False, "solution": True, **SCHEMA}
    if cell.cell_type == "code" and re.search(r"^check\(", cell.source, re.MULTILINE):
        name = stated.get("cell", f"check-{checked(cell.source)}")
        return {"grade": True, "grade_id": name, "locked": True, "solution": False, **SCHEMA}
    if "cell" in stated:
        raise ValueError("`cell` names a check, an answer or a question, and this is none")
    return {}


def check_stated(stated: dict[str, Any]) -> None:
    """Raise ValueError for what a cell marker must not state."""
    unread = str(stated.get("incorrectly_encoded_metadata", ""))
    if "nbgrader" in stated or "nbgrader" in unread:
        raise ValueError("the build writes nbgrader's metadata: leave it out of the marker")
    if unread:
        raise ValueError(f"not valid JSON in the marker, which is written key=value: {unread}")
    if unknown := sorted(set(stated) - set(STATED)):
        raise ValueError(f"a marker states {', '.join(STATED)}, not {', '.join(unknown)}")
    for key in {"cell", "question"} & set(stated):
        if not (isinstance(stated[key], str) and stated[key]):
            raise ValueError(f'`{key}` is a name: {key}="name"')
    points = stated.get("points")
    if "question" in stated and (isinstance(points, bool) or not isinstance(points, (int, float))):
        raise ValueError(f"question {stated['question']}: its points are a number: points=2")


def answer_name(source: str) -> str:
    """Return the function or class with the solution region, as a part of a grade id."""
    names = DEFINITION.findall(source[: source.index("BEGIN SOLUTION")])
    if not names:
        raise ValueError(
            'the answer is in no function: name its cell in the marker, `# %% cell="answer-name"`'
        )
    return names[-1].replace("_", "-")


def checked(source: str) -> str:
    """Return the exercise that a test cell checks, as a part of a grade id."""
    found = CHECK.search(source)
    if not found:
        raise ValueError(f'a test cell must end in check("<a declared exercise>"), not {source!r}')
    return found[1].replace(".", "-").replace("_", "-")


def check_unique(where: str, what: str, ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise BuildError(f"{where}: {what} used twice: {', '.join(twice)}")
