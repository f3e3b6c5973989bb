"""What a cell of a notebook is to the course: a test cell, an answer, or one that is only run."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_solution, is_task

CHECK = re.compile(r"""^check\(["']([\w.]+)["'](?:, *(\w+))?\)\s*\Z""", re.MULTILINE)
RESULT = "application/vnd.exercise-check+json"  # the type under which a check shows its result
SKIP_TAG = "skip-when-grading"  # of cells that only show something and take long
NOT_RUN = "NotRun"


def is_check_cell(cell: NotebookNode) -> bool:
    """Whether this is a test cell in nbgrader's sense: graded by its output, not an answer."""
    return is_grade(cell) and not is_solution(cell)


def is_graded_by_hand(cell: NotebookNode) -> bool:
    """Whether somebody gives points to what stands in this cell."""
    return is_task(cell) or (is_grade(cell) and is_solution(cell))


def checked_exercise(cell: NotebookNode) -> str:
    """Return the id of the exercise that a test cell's last line checks, or ""."""
    found = CHECK.search(cell.source)
    return found[1] if found else ""


def checked_name(cell: NotebookNode) -> str:
    """Return the function that a test cell hands to its check, or "" where there is none."""
    found = CHECK.search(cell.source)
    return found[2] or "" if found else ""


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is run before the checks below it."""
    tags = cell.metadata.get("tags", [])
    return cell.cell_type == "code" and not is_check_cell(cell) and SKIP_TAG not in tags


def is_code_answer(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution", False)


def not_run(reason: str) -> NotebookNode:
    """Return the output of a test cell that gives no points, and why."""
    return new_output("error", ename=NOT_RUN, evalue=reason, traceback=[reason])


def output_text(cell: NotebookNode) -> str:
    """Return what a cell showed as plain text, an error's last line included."""
    lines = []
    for output in cell.outputs:
        if output.output_type == "error":
            lines.append(f"{output.ename}: {output.evalue}")
        elif output.output_type == "stream":
            lines.append(output.text)
        else:
            data = output.data.get(RESULT, {})
            lines.append(f"{output.data.get('text/plain', '')} {describe_check(data)}")
    return "\n".join(lines)


def describe_check(data: dict) -> str:
    failed = [row["case"] for row in data.get("cases", []) if not row["passed"]]
    parts = [data.get("message", ""), *data.get("misconceptions", {}).values()]
    if failed:
        parts.append(f"failed: {', '.join(failed)}")
    return " ".join(part for part in parts if part)
