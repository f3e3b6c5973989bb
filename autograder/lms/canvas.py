"""Canvas: the columns that its gradebook imports; the login is the student's id here.

Not tried on a server; it follows what is published. A grade that waits for a person stays empty.
"""

from pathlib import Path

from autograder.lms.graded import grade_of, graded_reports
from autograder.lms.system import System
from autograder.paths import Course, Repository
from autograder.tables import write_csv

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")  # and the assignment


class Canvas(System):
    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades_canvas.csv`."""
        reports = graded_reports(course)
        most = f"{reports[0].max_score:g}" if reports else ""
        head = [*COLUMNS, course.assignment]
        possible = ["    Points Possible", "", "", "", "", most]
        rows = [[it.student, "", "", it.student, "", grade_of(it)] for it in reports]
        return [write_csv(course.exports / "grades_canvas.csv", [head, possible, *rows])]


CANVAS = Canvas()
