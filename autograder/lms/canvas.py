"""Canvas: names in its download of submissions, and the columns that its gradebook imports.

Who came with a download has Canvas's own id; of others the login is the student's id here. Names
and the assignment's heading are written as the gradebook's export has them, where it was given.
Not tried on a server; it follows what is published. A grade that waits for a person stays empty.
"""

import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from autograder.lms.graded import as_text, grade_of, graded_reports, maximum
from autograder.lms.system import System, is_other
from autograder.paths import Course, Repository
from autograder.submissions.participants import Participant, read_participants
from autograder.submissions.roster import Listed, read_roster, split_name
from autograder.tables import read_csv, write_csv

NUMBER = re.compile("[0-9]{1,18}")
ASSIGNMENT = re.compile(r"(?P<title>.+) \([0-9]{1,18}\)", re.DOTALL)  # a heading of the gradebook
GRADEBOOK = "canvas_gradebook"  # what is kept of its export
POSSIBLE = "Points Possible"
MOST_NAMED = 10  # headings
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

    def keep_list(self, course: Course, rows: list[dict[str, str]]) -> None:
        """Keep names, assignments and their points as the gradebook's export writes them."""
        lines = [it for it in rows if "Student" in it and self.read_row(it)]
        if not lines:
            return
        headings = list(filter(ASSIGNMENT.fullmatch, dict.fromkeys(chain(*rows))))
        possible = next((it for it in rows if it.get("Student") == POSSIBLE), {})
        kept = [[POSSIBLE, "", *(possible.get(it, "") for it in headings)]]
        kept += [[it["Student"], it["ID"], *("" for _ in headings)] for it in lines]
        write_csv(course.participants(GRADEBOOK), [["Student", "ID", *headings], *kept])

    def remarks(self, course: Course) -> list[str]:
        """Return where the file does not fit Canvas's gradebook, as far as that is known."""
        name, headings = course.assignment, headings_in(course)
        if heading := heading_of(course):
            theirs = headings[heading]
            if not is_other(theirs, ours := maximum(course)):
                return []
            return [
                f"grades_canvas.csv: {heading} has {as_text(float(theirs))} points in Canvas, the "
                f"course {as_text(ours)}. Set the points of the assignment in Canvas."
            ]
        if headings:
            named = ", ".join(list(headings)[:MOST_NAMED])
            return [
                f"grades_canvas.csv: Canvas's gradebook has no single column for {name}. Put the "
                f"assignment's heading in the place of {name}, one of: {named}."
            ]
        if not read_participants(course, "canvas"):
            return []
        return [
            f"grades_canvas.csv: Canvas knows a column by a heading such as {name} (4711), "
            "and the number is not known. Give Canvas's gradebook export to `python -m autograder "
            f"students` and export again, or put its heading in the place of {name}."
        ]

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades_canvas.csv`."""
        reports = graded_reports(course)
        most = as_text(reports[0].max_score) if reports else ""
        head = [*COLUMNS, heading_of(course) or course.assignment]
        possible = [f"    {POSSIBLE}", "", "", "", "", most]
        names = names_of(course)
        rows = [[*identity(it.student, names), grade_of(it)] for it in reports]
        return [write_csv(course.exports / "grades_canvas.csv", [head, possible, *rows])]


def read_gradebook(course: Course) -> list[dict[str, str]]:
    """Return what is kept of the gradebook's export; its first line has the points."""
    path = course.participants(GRADEBOOK)
    return read_csv(path) if path.exists() else []


def headings_in(course: Course) -> dict[str, str]:
    """Return the headings of Canvas's assignments, with their points."""
    [possible, *_] = read_gradebook(course) or [{}]
    return {key: it for key, it in possible.items() if ASSIGNMENT.fullmatch(key)}


def heading_of(course: Course) -> str:
    """Return the heading that is called as the assignment, "" where none is, or several are."""
    found = [
        it
        for it in headings_in(course)
        if (match := ASSIGNMENT.fullmatch(it))
        and simple(match["title"]) == simple(course.assignment)
    ]
    return found[0] if len(found) == 1 else ""


def simple(title: str) -> str:
    """Return a title's letters and digits: `Lecture 7` is `lecture7`."""
    return re.sub(r"[\W_]", "", title).casefold()


def names_of(course: Course) -> dict[str, tuple[str, str]]:
    """Return student -> Canvas's id and name.

    The name is the gradebook's; else that of the course's list, as Canvas sorts it. One without
    a space stays as Canvas has it, though the list knows its parts.
    """
    exact = {it["ID"]: it["Student"] for it in read_gradebook(course)}
    roster, found = read_roster(course), {}
    for row in read_participants(course, "canvas"):
        listed, number, name = roster.get(row["student"], Listed()), row["participant"], row["name"]
        if name != listed.last_name + listed.first_name:
            name = listed.sorted_name or name
        found[row["student"]] = (number, exact.get(number, name))
    return found


def identity(student: str, names: dict[str, tuple[str, str]]) -> list[str]:
    """Return the columns that say who a student is."""
    if student in names:
        number, name = names[student]
        return [name, number, "", "", ""]
    return [student, "", "", student, ""]


CANVAS = Canvas()
