"""The gradebook's notebooks and cells follow a release, with the grades of what stays.

nbgrader refuses that once there are submissions. A cell is the same while its notebook, its id and
its kind are: its grades and comments stay. Where its points change, grades change in proportion.
"""

from itertools import chain

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy.orm import Session

from autograder.cells import checked_exercise

SOURCE = ("name", "cell_type", "locked", "source", "checksum")


def follow(session: Session, assignment: Assignment, released: Assignment) -> None:
    """Give an assignment the notebooks and cells of a released one; nothing is committed.

    Args: released: the assignment in a gradebook of its own.
    """
    old = {it.name: it for it in assignment.notebooks}
    for made in released.notebooks:
        notebook = old.pop(made.name, None) or add_notebook(session, assignment, made.name)
        notebook.kernelspec = made.kernelspec
        update_cells(session, notebook, made)
    for notebook in old.values():
        remove_notebook(session, notebook)


def add_notebook(session: Session, assignment: Assignment, name: str) -> Notebook:
    """Add a notebook, to submissions too."""
    notebook = Notebook(name=name, assignment=assignment)
    session.add(notebook)
    for submission in assignment.submissions:
        session.add(SubmittedNotebook(notebook=notebook, assignment=submission))
    return notebook


def remove_notebook(session: Session, notebook: Notebook) -> None:
    for cell in cells(notebook):
        remove_cell(session, cell)
    for row in chain(notebook.source_cells, notebook.submissions):
        session.delete(row)
    session.delete(notebook)


def cells(notebook: Notebook) -> list[BaseCell]:
    return [*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells]


def update_cells(session: Session, notebook: Notebook, made: Notebook) -> None:
    """Give a notebook the cells of a released one."""
    old = {(type(it), it.name): it for it in cells(notebook)}
    for new in cells(made):
        cell = old.pop((type(new), new.name), None)
        if isinstance(new, (GradeCell, TaskCell)):
            if cell is None:
                kinds = {"cell_type": new.cell_type, "max_score": new.max_score}
                cell = type(new)(name=new.name, notebook=notebook, **kinds)
                add_cell(session, cell)
            change_points(cell, new.max_score)
            cell.cell_type = new.cell_type
        elif cell is None:
            add_cell(session, SolutionCell(name=new.name, notebook=notebook))
    for cell in old.values():
        remove_cell(session, cell)
    for source in list(notebook.source_cells):
        session.delete(source)
    session.flush()  # names are unique; the rows' order is that of the cells
    for source in made.source_cells:
        values = {name: getattr(source, name) for name in SOURCE}
        session.add(SourceCell(notebook=notebook, **values))


def add_cell(session: Session, cell: BaseCell) -> None:
    """Add a cell, to submissions too: there it is to be graded."""
    session.add(cell)
    for submitted in cell.notebook.submissions:
        if isinstance(cell, (GradeCell, TaskCell)):
            session.add(Grade(cell=cell, notebook=submitted))
        if isinstance(cell, (SolutionCell, TaskCell)):
            session.add(Comment(cell=cell, notebook=submitted))


def remove_cell(session: Session, cell: BaseCell) -> None:
    for row in chain(cell.grades, cell.comments):
        session.delete(row)
    session.delete(cell)


def change_points(cell: GradeCell | TaskCell, points: float) -> None:
    """Let a cell be worth other points; where it was worth none, it is to be graded again."""
    if cell.max_score == points:
        return
    for grade in cell.grades:
        if cell.max_score:
            grade.auto_score = scaled(grade.auto_score, points / cell.max_score)
            grade.manual_score = scaled(grade.manual_score, points / cell.max_score)
        else:
            grade.needs_manual_grade = True
    cell.max_score = points


def scaled(score: float | None, factor: float) -> float | None:
    return None if score is None else score * factor


def graded_cells(assignment: Assignment) -> list[tuple[str, GradeCell]]:
    """Return each graded cell with the exercise that it checks, or its id where people grade."""
    found = []
    for notebook in assignment.notebooks:
        sources = {it.name: it for it in notebook.source_cells}
        for cell in notebook.grade_cells:
            found.append((checked_exercise(sources[cell.name]) or cell.name, cell))
    return found
