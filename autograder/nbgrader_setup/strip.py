"""From solved masters to what students get: nbgrader's own preprocessors, one TODO a region."""

import json
import re
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
    SaveCells,
)
from traitlets.config import Config

from autograder.regions import HANDED_OUT, as_handed_out

PLACEHOLDER = "<TODO>"
TODO_LINE = re.compile(r"BEGIN SOLUTION[^\n]*\n[ \t]*# (TODO \d+\.\d+[a-z]?: [^\n]+)")


class ClearRegions(ClearSolutions):
    """nbgrader's ClearSolutions with a stub of its own for each region of code.

    A region's first line is `# TODO 1.1: a short hint`. The stub repeats it and raises
    NotImplementedError with the same words, so that a student reads which TODO stopped them. In a
    debugging task it is the code that the region hands out.
    """

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type != "code":
            return super()._replace_solution_region(cell, language)
        master, cell.source = cell.source, as_handed_out(cell.source)
        todos = iter(TODO_LINE.findall(cell.source))
        replaced = super()._replace_solution_region(cell, language) or cell.source != master

        def stub(match: re.Match) -> str:
            todo = next(todos, None)
            if todo is None:
                raise ValueError(
                    "each BEGIN SOLUTION of code must be followed by a line "
                    f"`# TODO n.m: a short hint`:\n{cell.source}"
                )
            indent = match[1]
            return f"{indent}# {todo}\n{indent}raise NotImplementedError({json.dumps(todo)})"

        cell.source = re.sub(rf"^([ \t]*){PLACEHOLDER}$", stub, cell.source, flags=re.MULTILINE)
        return replaced


# The order of nbgrader's GenerateAssignment. SaveCells writes the gradebook.
RELEASE_STEPS = [
    LockCells,
    ClearRegions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]


def configure_stripping(config: Config) -> None:
    """Set the texts that stand in for solutions, and ClearRegions for nbgrader's ClearSolutions."""
    config.ClearSolutions.code_stub = {"python": PLACEHOLDER}
    config.ClearSolutions.text_stub = "*Your answer here.*"
    config.GenerateAssignment.preprocessors = RELEASE_STEPS


def strip_notebook(master: NotebookNode) -> NotebookNode:
    """Return the student's version of a solved notebook, the same that nbgrader releases.

    Raises: ValueError where a solution region lacks its TODO line, and nbgrader's own errors.
    """
    config = Config()
    configure_stripping(config)
    notebook = deepcopy(master)
    for step in RELEASE_STEPS:
        if step is not SaveCells:
            notebook, _ = step(config=config).preprocess(notebook, {})
    return notebook


def strip_module(master: str) -> str:
    """Return a student module's text: every solution region replaced by its TODO.

    Raises: ValueError for a module without a solution region or a region without a TODO line.
    """
    if "BEGIN SOLUTION" not in master:
        raise ValueError("a student module needs at least one `### BEGIN SOLUTION` region")
    if HANDED_OUT in master:
        raise ValueError(f"`{HANDED_OUT}` is for answers in notebooks, not for modules")
    config = Config()
    configure_stripping(config)
    cell = new_code_cell(master, metadata={"nbgrader": {"solution": True}})
    ClearRegions(config=config).preprocess(new_notebook(cells=[cell]), {})
    return cell.source
