"""Canvas: names in its download of submissions, and the columns that its gradebook imports.

Who came with a download has Canvas's own id; of others the login is the student's id here.
Not tried on a server; it follows what is published. A grade that waits for a person stays empty.
"""

import re
from pathlib import Path

from autograder.lms.graded import grade_of, graded_reports
from autograder.lms.system import System
from autograder.paths import Course, Repository
from autograder.submissions.participants import read_participants
from autograder.tables import write_csv

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")  # and the assignment


class Canvas(System):
    layout = re.compile(
        r"(?P<name>[^_]+)_(?:LATE_)?(?P<number>[0-9]+)_(?:[0-9]+_(?P<file>.+)|text\.html)"
    )

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades_canvas.csv`."""
        reports = graded_reports(course)
        most = f"{reports[0].max_score:g}" if reports else ""
        head = [*COLUMNS, course.assignment]
        possible = ["    Points Possible", "", "", "", "", most]
        known = {it["student"]: it for it in read_participants(course, "canvas")}
        rows = [[*identity(it.student, known), grade_of(it)] for it in reports]
        return [write_csv(course.exports / "grades_canvas.csv", [head, possible, *rows])]


def identity(student: str, known: dict[str, dict[str, str]]) -> list[str]:
    """Return the columns that say who a student is."""
    if student in known:
        return [known[student]["name"], known[student]["participant"], "", "", ""]
    return [student, "", "", student, ""]


CANVAS = Canvas()
