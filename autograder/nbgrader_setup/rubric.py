"""A question's model answer with its rubric, below the student's answer in formgrader.

It is read from the course's source when somebody looks, so no file that students get has it.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode

from autograder.cells import is_graded_by_hand
from autograder.nbgrader_setup.offline import FormulaRenderer, markdown_to_html
from autograder.page import render
from autograder.paths import Course

MARK = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def with_rubrics(root: Path) -> Callable[[Context, str], str]:
    """Return `markdown_to_html`, which in formgrader adds what a good answer says.

    Args: root: the folder of the course.
    """

    @pass_context
    def markdown_with_rubrics(context: Context, source: str) -> str:
        html = markdown_to_html(context, source)
        cell: Any = context.get("cell", {})
        shown: Any = context.get("resources", {})  # as formgrader fills them
        if not (cell and is_graded_by_hand(cell) and "assignment_id" in shown):
            return html
        course = Course(root, shown["assignment_id"])
        answer = model_answer(course, shown["notebook_id"], cell)
        return html + (render("rubric.html.j2", answer=answer) if answer else "")

    return markdown_with_rubrics


def model_answer(course: Course, notebook: str, cell: NotebookNode) -> str:
    """Return the master's answer to a question as HTML, "" where the master has none."""
    path = course.source / f"{notebook}.ipynb"
    cells = nbformat.read(path, as_version=4).cells if path.exists() else []
    for it in cells:
        if it.metadata.get("nbgrader", {}).get("grade_id") == cell.metadata.nbgrader.grade_id:
            renderer = FormulaRenderer(escape=False, attachments=it.get("attachments", {}))
            return MarkdownWithMath(renderer=renderer).render(MARK.sub("", it.source))
    return ""
