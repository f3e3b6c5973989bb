"""nbgrader's SaveAutoGrades; points given by hand are flagged only for another answer."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import determine_grade, is_solution
from traitlets import Unicode

from autograder.decisions import read_decisions
from autograder.nbgrader_setup.answers import answers_in
from autograder.nbgrader_setup.ledger import DroppedCell, Ledger, names_of
from autograder.paths import Course, student_modules
from exercise_lib.files.names import MANIFEST


class SaveGrades(SaveAutoGrades):
    """Saves grades, of which answers they are, and what was decided on them."""

    root = Unicode("", help="The folder of the course.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        folder = Path(resources["metadata"]["path"])
        manifest = folder / MANIFEST  # an instructor may have other assignments in the course
        names = student_modules(folder) if manifest.exists() else []
        modules = {it: (folder / it).read_bytes() for it in names if (folder / it).exists()}
        self.answers = answers_in(nb, modules, manifest.parent)
        course = Course(Path(self.root), resources["nbgrader"]["assignment"])
        self.decisions = read_decisions(course)
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        name = cell.metadata.nbgrader.grade_id
        session = self.gradebook.db()
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        assignment = self.gradebook.find_assignment(self.assignment_id)
        if dropped := session.get(DroppedCell, grade.cell_id):
            cell = with_points(cell, dropped.max_score)
        points, _ = determine_grade(cell, self.log)
        names = names_of(assignment, self.decisions)
        Ledger(session, [grade], self.decisions, names).write(grade, points, self.answers[name])
        session.commit()


def with_points(cell: NotebookNode, points: float) -> NotebookNode:
    """Return a test cell that is worth other points; an answer's are a part of its checksum."""
    if is_solution(cell):
        return cell
    cell = deepcopy(cell)
    cell.metadata.nbgrader.points = points
    return cell
