"""Canvas: names in its download of submissions, and the columns that its gradebook imports.

Who came with a download has Canvas's own id; of others the login is the student's id here.
Not tried on a server; it follows what is published. A grade that waits for a person stays empty.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from autograder.lms.graded import as_text, grade_of, graded_reports
from autograder.lms.system import System
from autograder.paths import Course, Repository
from autograder.submissions.participants import Participant, read_participants
from autograder.submissions.roster import Listed, read_roster, split_name
from autograder.tables import write_csv

NUMBER = re.compile("[0-9]{1,18}")
COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")  # and the assignment


class Canvas(System):
    layout = re.compile(
        r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>[0-9]+)_(?:[0-9]+_(?P<file>.+)|text\.html)"
    )

    def read_row(self, row: Mapping[str, str]) -> tuple[Participant, Listed] | None:
        """Read a line of the gradebook's export, or of a group set's."""
        number = row.get("ID") or row.get("canvas_user_id", "")
        name = row.get("Student") or row.get("name", "")
        if not (NUMBER.fullmatch(number) and name):
            return None
        first, last = split_name(name)
        listed = Listed(first_name=first, last_name=last, group=row.get("group_name", ""))
        return Participant("canvas", number, name), listed

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades_canvas.csv`."""
        reports = graded_reports(course)
        most = as_text(reports[0].max_score) if reports else ""
        head = [*COLUMNS, course.assignment]
        possible = ["    Points Possible", "", "", "", "", most]
        known = {it["student"]: it for it in read_participants(course, "canvas")}
        for student, listed in read_roster(course).items():
            if student in known and (name := listed.sorted_name):
                known[student]["name"] = name
        rows = [[*identity(it.student, known), grade_of(it)] for it in reports]
        return [write_csv(course.exports / "grades_canvas.csv", [head, possible, *rows])]


def identity(student: str, known: dict[str, dict[str, str]]) -> list[str]:
    """Return the columns that say who a student is."""
    if student in known:
        return [known[student]["name"], known[student]["participant"], "", "", ""]
    return [student, "", "", student, ""]


CANVAS = Canvas()
