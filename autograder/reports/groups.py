"""Work of a group: one submission counts for all its members."""

from datetime import datetime

from nbgrader.api import Gradebook

from autograder.paths import Course
from autograder.submissions.roster import groups_of, read_roster


def counted_for(course: Course) -> dict[str, str]:
    """Return each member of a group -> whose graded submission counts: the latest of the group."""
    groups = groups_of(read_roster(course))
    if not groups:
        return {}
    with Gradebook(course.gradebook_url) as gradebook:
        found = gradebook.assignment_submissions(course.assignment)
        times = {it.student.id: it.timestamp or datetime.min for it in found}
    counted = {}
    for members in groups:
        if graded := [it for it in members if it in times]:
            counted |= dict.fromkeys(members, max(graded, key=lambda it: times[it]))
    return counted
