"""Students' names as the course knows them, and as pages are headed."""

from collections.abc import Iterable

from autograder.paths import Course
from autograder.submissions.participants import all_names
from autograder.submissions.roster import Listed, read_roster, split_name

KEYS = ("first_name", "last_name", "email")


def headed(course: Course, students: Iterable[str]) -> list[str]:
    """Return each student as their pages are headed: the name with the id, or the id alone.

    The name is as a download writes it; where the list has another, as formgrader shows that.
    """
    written = all_names(course)
    heads = []
    for student, told in names_of(course, students).items():
        listed, name = Listed(**told), written.get(student, "")
        if split_name(name) != (listed.first_name, listed.last_name):
            name = listed.sorted_name
        heads.append(f"{name} ({student})" if listed.sorted_name else student)
    return heads


def names_of(course: Course, students: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what the course knows of each student, without commas.

    They would part names in nbgrader's CSV export.
    """
    roster, names = read_roster(course), all_names(course)
    found = {}
    for student in students:
        first, last = split_name(names.get(student, ""))
        listed = Listed(first_name=first, last_name=last).updated(roster.get(student, Listed()))
        told = {it: " ".join(getattr(listed, it).replace(",", " ").split()) for it in KEYS}
        found[student] = {key: it for key, it in told.items() if it}
    return found
