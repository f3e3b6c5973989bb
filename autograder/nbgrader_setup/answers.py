"""What a graded cell is about: a student's text, their code in the notebook, or their module."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.cells import checked_exercise, is_code_answer
from autograder.own_notebooks import read_own
from autograder.targets import target_of


def answers_in(
    notebook: NotebookNode, modules: Mapping[str, bytes], references: Path
) -> dict[str, str]:
    """Return grade id -> digest of the answer, for a notebook's graded cells.

    Args:
        modules: the student's, such as `exercise_lib/mel.py`.
        references: the folder of the bundles that students have.
    """
    code = [it.source for it in filter(is_code_answer, notebook.cells)]
    answers = {}
    for cell in filter(is_grade, notebook.cells):
        if is_solution(cell):
            answer = [cell.source, cell.get("attachments", {})]
        elif module := target_of(checked_exercise(cell), references).module:
            answer = [modules.get(module, b"").decode("latin-1")]
        else:
            answer = code
        text = json.dumps(answer, sort_keys=True)
        answers[cell.metadata.nbgrader.grade_id] = hashlib.sha256(text.encode()).hexdigest()
    return answers


def stubs_in(release: Path) -> set[tuple[str, str, str]]:
    """Return notebook, grade id and digest of the text in whose place students write an answer."""
    found = set()
    for path in release.glob("*.ipynb"):
        notebook = read_own(path)
        notebook.cells = list(filter(is_solution, notebook.cells))
        answers = answers_in(notebook, {}, release)
        found |= {(path.stem, grade_id, digest) for grade_id, digest in answers.items()}
    return found
