"""Students' names in nbgrader's gradebook, where formgrader shows them."""

from collections.abc import Iterable

from nbgrader.api import Gradebook

from autograder.paths import Course
from autograder.submissions.participants import all_names
from autograder.submissions.roster import Listed, read_roster, split_name


def enter_names(course: Course, students: Iterable[str]) -> None:
    """Write into the gradebook what the course knows of students' names and addresses.

    The list comes first, then the name that a download has for somebody. Who has none, and what
    was typed into formgrader for them, stays as it is.
    """
    roster, names = read_roster(course), all_names(course)
    with Gradebook(course.gradebook_url) as gradebook:
        there = {it.id: it for it in gradebook.students}
        for student in students:
            first, last = split_name(names.get(student, ""))
            listed = Listed(first_name=first, last_name=last).updated(roster.get(student, Listed()))
            told = {it: getattr(listed, it) for it in ("first_name", "last_name", "email")}
            told = {  # commas would part them in nbgrader's CSV export
                key: " ".join(it.replace(",", " ").split()) for key, it in told.items() if it
            }
            known = there.get(student)
            if told and (known is None or any(getattr(known, it) != told[it] for it in told)):
                gradebook.update_or_create_student(student, **told)
