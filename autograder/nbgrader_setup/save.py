"""nbgrader's SaveAutoGrades; points given by hand are flagged only for another answer."""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import determine_grade

from autograder.nbgrader_setup.answers import answers_in
from autograder.nbgrader_setup.hand_grades import graded_answers, write_score
from autograder.paths import student_modules
from exercise_lib.files.names import MANIFEST


class SaveGrades(SaveAutoGrades):
    """Saves grades, and of which answers they are."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        folder = Path(resources["metadata"]["path"])
        manifest = folder / MANIFEST  # an instructor may have other assignments in the course
        names = student_modules(folder) if manifest.exists() else []
        modules = {it: (folder / it).read_bytes() for it in names if (folder / it).exists()}
        self.answers = answers_in(nb, modules, manifest.parent)
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        points, _ = determine_grade(cell, self.log)
        [graded] = graded_answers(self.gradebook.db(), [grade]).values()
        write_score(grade, graded, points, self.answers[name])
        self.gradebook.db.commit()
