"""Students' names in nbgrader's gradebook, where formgrader shows them."""

from collections.abc import Iterable

from autograder.gradebook import ask
from autograder.paths import Course
from autograder.submissions.names import KEYS, names_of


def enter_names(course: Course, students: Iterable[str]) -> None:
    """Write into the gradebook what the course knows of students' names and addresses.

    The list comes first, then the name that a download has for somebody. Who has none, and what
    was typed into formgrader for them, stays as it is.
    """
    rows = ask(course, f"SELECT id, {', '.join(KEYS)} FROM student")
    there = {student: dict(zip(KEYS, told, strict=True)) for student, *told in rows}
    told = names_of(course, students)
    changed = {it: told[it] for it in told if not told[it].items() <= there.get(it, {}).items()}
    if not changed:
        return
    from nbgrader.api import Gradebook

    with Gradebook(course.gradebook_url) as gradebook:
        for student, known in changed.items():
            gradebook.update_or_create_student(student, **known)
