"""nbgrader's Execute; where a notebook kills its kernel, the checks left get a reason and a 0."""

import os
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from nbgrader.utils import is_grade, is_solution
from traitlets import Unicode

from autograder.cells import not_run
from exercise_lib.environment.variables import HIDDEN_VARIABLE


class ExecuteOrExplain(Execute):
    """Execute a notebook; when its kernel dies or hangs, explain that in every check left.

    nbgrader gives 0 to a test cell that holds an error. Without this, the whole run of a student
    is dropped, and the gradebook keeps the score of an earlier one.
    """

    hidden = Unicode("", help="The hidden cases, in a folder for each assignment.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        assignment = resources.get("nbgrader", {}).get("assignment", "")
        if self.hidden and assignment:
            os.environ[HIDDEN_VARIABLE] = str(Path(self.hidden, assignment))
        try:
            try:
                return super().preprocess(nb, resources, km=km)
            except JSONDecodeError:  # a kernel's address, read while the kernel was writing it
                return super().preprocess(nb, resources, km=km)
        except (RuntimeError, TimeoutError, UnresponsiveKernelError) as error:
            reason = (
                f"The notebook could not be run to its end ({type(error).__name__}: {error}). "
                "Look for calls of exit, endless loops and very large tensors."
            )
            explain(nb, reason)
            return nb, resources


def explain(notebook: NotebookNode, reason: str) -> None:
    """Put an error with the reason into every test cell that has no output."""
    for cell in notebook.cells:
        if is_grade(cell) and not is_solution(cell) and not cell.outputs:
            cell.outputs = [not_run(reason)]
