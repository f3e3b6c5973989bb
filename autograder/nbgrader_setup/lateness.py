"""Due dates, hand-in times and late penalties in nbgrader's gradebook.

nbgrader takes penalties off while it grades. What they depend on changes later as well: points
given by hand, a due date, an extension. So they are worked out again, by nbgrader's own
rules, before grades are shown or given back.
"""

from collections.abc import Mapping
from datetime import datetime, timezone, tzinfo

from nbgrader.api import Gradebook

from autograder.nbgrader_setup.api import quiet
from autograder.nbgrader_setup.gradebook import late_penalties, penalty
from autograder.nbgrader_setup.late_penalty import policy_of
from autograder.nbgrader_setup.settings import course_config
from autograder.paths import Course, Repository
from autograder.submissions.roster import Listed, members_of, read_roster
from autograder.submissions.times import TIMESTAMP, read_time


def write_due_date(repository: Repository, course: Course) -> None:
    """Write the due date into the gradebook; without one in the table, what is there stays."""
    if policy := policy_of(repository, course.assignment):
        with Gradebook(course.gradebook_url) as gradebook:
            gradebook.find_assignment(course.assignment).duedate = in_utc(policy.due)
            gradebook.db.commit()


def update_penalties(repository: Repository, course: Course) -> dict[str, float]:
    """Bring times and penalties of all submissions in the gradebook up to date.

    Returns: whoever is late -> how many points are taken off.
    """
    quiet()
    policy, roster = policy_of(repository, course.assignment), read_roster(course)
    write_due_date(repository, course)
    with Gradebook(course.gradebook_url) as gradebook:
        if gradebook.find_assignment(course.assignment).duedate is None:
            return {}
        for it in gradebook.assignment_submissions(course.assignment):
            it.timestamp = time_of(course, it.student.id)
            if policy:
                due = own_due_date(roster, it.student.id, policy.due.tzinfo or timezone.utc)
                it.extension = due - policy.due if due else None
        late = late_penalties(course, course_config(repository, course))
        for it in gradebook.assignment_submissions(course.assignment):
            if it.total_seconds_late > 0 or it.late_submission_penalty:
                for notebook in it.notebooks:
                    notebook.late_submission_penalty = penalty(late, it, notebook)
        gradebook.db.commit()
        return {
            it.student.id: it.late_submission_penalty
            for it in gradebook.assignment_submissions(course.assignment)
            if it.total_seconds_late > 0
        }


def own_due_date(roster: Mapping[str, Listed], student: str, zone: tzinfo) -> datetime | None:
    """Return the due date that the list has for a student, or the latest one for their group."""
    written = [roster[it].due for it in members_of(roster, student) if it in roster]
    return max(filter(None, (read_time(it, zone) for it in written)), default=None)


def time_of(course: Course, student: str) -> datetime | None:
    """Return when a submission was handed in, in UTC as the gradebook has it."""
    path = course.step("submitted", student) / TIMESTAMP
    if path.is_symlink() or not path.is_file():
        return None
    time = read_time(path.read_text(encoding="utf-8", errors="replace"))
    return in_utc(time) if time else None


def in_utc(time: datetime) -> datetime:
    """Return a time as the gradebook has it."""
    return time.astimezone(timezone.utc).replace(tzinfo=None)
