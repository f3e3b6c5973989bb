"""Moodle: names in its download of submissions, its grading worksheet, its feedback files.

The worksheet has the columns that an assignment with "Offline grading worksheet" imports. It
refuses one without "Last modified (grade)"; as that is empty, a grade which Moodle has already is
replaced only where its form is told to. The participant numbers come from the download that the
submissions were taken from. Nothing was tried on a server; it follows what is published. A grade
that waits for a person stays empty.
"""

import re
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import BinaryIO

from autograder.lms.graded import as_text, grade_of, graded_reports, maximum, taken_off
from autograder.lms.system import System, is_other
from autograder.paths import Course, Repository
from autograder.reports.report import Report
from autograder.submissions.files import Refused
from autograder.submissions.participants import Participant, read_participants
from autograder.submissions.roster import Listed, split_name
from autograder.tables import read_csv, write_csv
from exercise_lib.files import replace_file

SYSTEM = "moodle"
WORKSHEET = "moodle_worksheet"  # what is kept of it
MAXIMUM = "Maximum Grade"
IDENTIFIER = re.compile(r"\D*([0-9]{1,12})")
NO_GROUP = "Default group"  # of those who are in none
OWNER = re.compile(r"_[0-9]{1,12}_assignsubmission_")
COLUMNS = (
    "Identifier",
    "Full name",
    "Grade",
    MAXIMUM,
    "Last modified (grade)",
    "Feedback comments",
)


class Moodle(System):
    numbers_anew = True
    layout = re.compile(
        r"(?P<name>.+?)_(?P<number>[0-9]{1,12})_assignsubmission_[a-z]+(?:_(?P<file>.*))?"
    )

    def read_name(self, name: str) -> tuple[Participant, str] | None:
        if len(OWNER.findall(name)) > 1:
            raise Refused("its name could be that of two participants")
        return super().read_name(name)

    def read_row(self, row: Mapping[str, str]) -> tuple[Participant, Listed] | None:
        """Read a line of the grading worksheet, as Moodle gives it out in English."""
        number = IDENTIFIER.fullmatch(row.get("Identifier", ""))
        if number is None:
            return None
        name, group = row.get("Full name", ""), row.get("Group", "")
        first, last = split_name(name)
        listed = Listed(
            first_name=first,
            last_name=last,
            email=row.get("Email address", ""),
            handed_in=row.get("Last modified (submission)", "").strip("-"),
            group="" if group == NO_GROUP else group,
        )
        return Participant(SYSTEM, number[1], name or row["Identifier"]), listed

    def keep_list(self, course: Course, rows: list[dict[str, str]]) -> None:
        """Keep the maximum grade that a worksheet has."""
        lines = [it for it in rows if self.read_row(it)]
        found = [it for row in lines for key, it in row.items() if key.lower() == MAXIMUM.lower()]
        if found:
            write_csv(course.participants(WORKSHEET), [[MAXIMUM], found[:1]])

    def remarks(self, course: Course) -> list[str]:
        """Return whether the worksheet had another maximum than the assignment has."""
        path = course.participants(WORKSHEET)
        [theirs] = [it[MAXIMUM] for it in read_csv(path)] if path.exists() else [""]
        if not theirs or not is_other(theirs, ours := maximum(course)):
            return []
        theirs, most = as_text(float(theirs)), as_text(ours)
        return [
            f"grades_moodle.csv: Moodle's worksheet has {theirs} as maximum grade, the course "
            f"{most} points. There a grade counts as one of {theirs}, and more is refused or cut. "
            f"Set the assignment's maximum grade in Moodle to {most} and give its new worksheet to "
            "`python -m autograder students`; then upload."
        ]

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades_moodle.csv`."""
        participants = {it["student"]: it for it in read_participants(course, SYSTEM)}
        rows = []
        for report in graded_reports(course):
            known = participants.get(report.student, {})
            number = known.get("participant")
            identifier = f"Participant {number}" if number else report.student
            name = known.get("name", report.student)
            most = as_text(report.max_score)
            rows.append([identifier, name, grade_of(report), most, "", comment(report)])
        return [write_csv(course.exports / "grades_moodle.csv", [COLUMNS, *rows])]

    def give_feedback(self, course: Course) -> list[Path]:
        """Write `feedback_moodle.zip` where someone who came with Moodle's download has pages.

        Its folders are named as the download's are, by which Moodle's "Upload multiple feedback
        files in a zip" finds whose they are: between the first two underscores is the
        participant's number. Of nbgrader's pages, what all students have stays out.
        """
        from autograder.reports.short_page import shorten

        students = {it["student"]: it for it in read_participants(course, SYSTEM)}
        pages = {it: sorted(course.step("feedback", it).glob("*.html")) for it in students}
        if not any(pages.values()):
            return []

        def write(zipped: BinaryIO) -> None:
            with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
                for student, it in students.items():
                    name = re.sub(r"[\W_]+", " ", it["name"]).strip() or student
                    folder = f"{name}_{it['participant']}_assignsubmission_file_"
                    for page in pages[student]:
                        text = shorten(page.read_text(encoding="utf-8"))
                        archive.writestr(f"{folder}/{page.name}", text)

        return [replace_file(course.exports / "feedback_moodle.zip", write)]


def comment(report: Report) -> str:
    """Return what a student is told, as HTML: points, mistakes, comments, what failed."""
    if report.unseen:
        return "<br>".join(map(escape, report.repairs))
    lines = [f"{it.id}: {it.points:g} of {it.max_points:g}" for it in report.exercises]
    lines += [f"Likely mistake in {name}: {it}" for name, it in report.misconceptions.items()]
    lines += [*report.by_hand, *taken_off(report)]
    return "<br>".join(map(escape, [*lines, *report.failures, *report.repairs]))


MOODLE = Moodle()
