"""A notebook's sections: each `## ` heading with the graded cells below it."""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbgrader.utils import is_grade

from autograder.cells import is_check_cell

HEADING = re.compile(r"^## .*$", re.MULTILINE)


@dataclass
class Section:
    """A heading, where in its cell it ends, and the cells with points up to the next heading."""

    cell: NotebookNode
    heading: str
    end: int
    graded: list[NotebookNode] = field(default_factory=list)

    @property
    def checks(self) -> list[NotebookNode]:
        return [it for it in self.graded if is_check_cell(it)]


def sections(notebook: NotebookNode) -> list[Section]:
    """Return the sections in their order; what is above the first heading belongs to none."""
    found: list[Section] = []
    for cell in notebook.cells:
        if is_grade(cell):
            if found:
                found[-1].graded.append(cell)
        elif cell.cell_type == "markdown":
            headings = HEADING.finditer(cell.source)
            found += [Section(cell, heading[0], heading.end()) for heading in headings]
    return found
