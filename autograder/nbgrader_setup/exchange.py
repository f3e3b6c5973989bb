"""Hand work out and back through nbgrader's exchange, as instructor and as student."""

from pathlib import Path

from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeSubmit
from nbgrader.utils import temp_attrs

from autograder.nbgrader_setup.api import open_api, succeed
from autograder.nbgrader_setup.lateness import write_due_date
from autograder.nbgrader_setup.release import generate
from autograder.paths import Course, Repository


def release(repository: Repository, course: Course) -> tuple[Path, list[str]]:
    """Generate the students' version from the course's source and put it into the exchange.

    What was released before is replaced there; students keep what they have fetched. Grades of
    what stays in the assignment stay.

    Returns: the folder of the exchange; what became of decisions, see `generate`.
    Raises: NbgraderError with its log; then what was released is as it was.
    """
    api = open_api(repository, course)
    api.config.ExchangeReleaseAssignment.force = True
    notes = generate(api, course)
    write_due_date(repository, course)
    succeed(api.release_assignment(course.assignment))
    return Path(api.config.Exchange.root), notes


def fetch(repository: Repository, course: Course, student: str, home: Path) -> Path:
    """Fetch the assignment into a student's home; return its folder there."""
    home.mkdir(parents=True)
    transfer(repository, course, ExchangeFetchAssignment, student, home)
    return home / course.assignment


def submit(repository: Repository, course: Course, student: str, home: Path) -> None:
    """Submit the assignment from a student's home."""
    transfer(repository, course, ExchangeSubmit, student, home)


def transfer(
    repository: Repository,
    course: Course,
    step: type[ExchangeFetchAssignment] | type[ExchangeSubmit],
    student: str,
    home: Path,
) -> None:
    api = open_api(repository, course)
    with temp_attrs(api.coursedir, assignment_id=course.assignment, student_id=student):
        step(
            coursedir=api.coursedir,
            authenticator=api.authenticator,
            parent=api,
            assignment_dir=str(home),
        ).start()


def collect(repository: Repository, course: Course) -> list[str]:
    """Collect the newest submissions into `submitted/`; return who has handed in."""
    succeed(open_api(repository, course).collect(course.assignment))
    return course.students("submitted")
