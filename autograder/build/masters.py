"""Read a py:percent master into a notebook whose text is always the same, or say what is wrong."""

import re
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.cells import is_code_answer

# What looks like the start of a cell, rightly written or not. `# %matplotlib inline` does not.
MARKER = re.compile(r"^#\s*%+(\s|\[|$)")
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = ("nbgrader", "tags")


class BuildError(Exception):
    """The masters cannot be built; the message names the file and what to mend."""


def read_master(path: Path) -> NotebookNode:
    """Return a master notebook with the kernel of the course and cell ids that stay the same.

    An nbgrader cell's id is its grade id; any other's is its place in the notebook.

    Raises: BuildError for a cell marker jupytext would swallow, nbgrader metadata it could not
        read, a code answer without a solution region, and an id that occurs twice.
    """
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    check_markers(path, text, notebook)
    notebook.metadata = NotebookNode(KERNEL)
    for index, cell in enumerate(notebook.cells):
        cell.metadata = NotebookNode(
            {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
        )
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{index:02}")
        cell.id = re.sub(r"[^A-Za-z0-9_-]", "-", grade_id)[:64]
        if is_code_answer(cell) and "BEGIN SOLUTION" not in cell.source:
            raise BuildError(f"{path.name}: the answer cell {grade_id} has no BEGIN SOLUTION")
    check_unique(path, "grade id", [cell.metadata.nbgrader.grade_id for cell in graded(notebook)])
    check_unique(path, "cell id", [cell.id for cell in notebook.cells])
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """Return the notebook as JSON, the same text for the same content."""
    return nbformat.writes(notebook, version=4) + "\n"


def graded(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells nbgrader knows: answers, checks and locked cells."""
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


def check_markers(path: Path, text: str, notebook: NotebookNode) -> None:
    """Raise BuildError unless every line that looks like a cell marker made a cell."""
    header = re.match(r"# ---\n(#.*\n)*?# ---\n", text)
    markers = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if MARKER.match(line) and not (header and number <= header[0].count("\n"))
    ]
    malformed = [f"line {n}: {line}" for n, line in markers if not line.startswith("# %%")]
    if malformed or len(markers) != len(notebook.cells):
        raise BuildError(
            f"{path.name}: {len(markers)} cell markers but {len(notebook.cells)} cells. "
            f"A cell starts with `# %%` or `# %% [markdown]`. {'; '.join(malformed)}"
        )
    stated = sum("nbgrader=" in line for _, line in markers)
    if stated != len(graded(notebook)):
        raise BuildError(
            f"{path.name}: {stated} cell markers carry nbgrader metadata, but only "
            f"{len(graded(notebook))} could be read. Is one not valid JSON?"
        )


def check_unique(path: Path, what: str, ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise BuildError(f"{path.name}: {what} used twice: {', '.join(twice)}")
