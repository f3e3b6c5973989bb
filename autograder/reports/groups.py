"""Work of a group: one submission counts for all its members."""

from autograder.gradebook import ask
from autograder.paths import Course
from autograder.submissions.roster import groups_of, members_of, read_roster

HANDED_IN = """
    SELECT submitted_assignment.student_id, COALESCE(submitted_assignment.timestamp, '')
    FROM submitted_assignment JOIN assignment ON submitted_assignment.assignment_id = assignment.id
    WHERE assignment.name = ?"""


def counted_for(course: Course) -> dict[str, str]:
    """Return each member of a group -> whose graded submission counts: the latest of the group."""
    groups = groups_of(read_roster(course))
    if not groups:
        return {}
    times = dict(ask(course, HANDED_IN, course.assignment))
    counted = {}
    for members in groups:
        if graded := [it for it in members if it in times]:
            counted |= dict.fromkeys(members, max(graded, key=lambda it: times[it]))
    return counted


def owner_of(course: Course, student: str, step: str) -> str:
    """Return under whose name the submission stands that counts for a student, "" for none.

    Args: step: at which there is one, such as `submitted`.
    """
    counted = counted_for(course)
    if student in counted:
        return counted[student]
    there = course.students(step)
    members = [student, *members_of(read_roster(course), student)]
    return next((it for it in members if it in there), "")
