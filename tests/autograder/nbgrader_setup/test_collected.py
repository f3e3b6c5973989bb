"""What students submit to nbgrader's exchange, from `nbgrader collect` to grades by the command."""

import csv
import re
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc
from toy_cohort import ToyCohort, toy_cohort
from toy_course import ASSIGNMENT
from toy_nbgrader import make_home, nbgrader
from toy_sandbox import needs_bubblewrap
from typer.testing import CliRunner

from autograder import cli
from autograder.lms.csv_files import CSV_FILES
from autograder.nbgrader_setup.settings import COURSE_ID
from autograder.submissions.roster import Listed, write_roster
from autograder.submissions.times import TIMESTAMP

pytestmark = [pytest.mark.xdist_group("nbgrader"), needs_bubblewrap]
POLICY = "\n[lecture7.late]\ndue = {due}\nper_day = 0.25\n"
ON_TIME, LATE, ILL = "anna", "Bo.Ek@uni.example", "chen li"  # as a hub may call them
TEAM = ["dana", "eli"]


class Exchange:
    """A course that is handed out and in by nbgrader's own commands."""

    def __init__(self, cohort: ToyCohort, root: Path) -> None:
        self.cohort, self.course, self.root = cohort, cohort.course, root
        self.works = (self.course.root / "submitted").rename(root / "works")
        self.times: dict[str, datetime] = {}  # of the last submission, as nbgrader said

    def submit(self, student: str, like: str) -> None:
        """Let a student hand in what another one did."""
        home = self.root / "home" / student
        if not home.exists():
            nbgrader(make_home(self.course, home), "fetch_assignment", ASSIGNMENT)
        shutil.copytree(self.works / like / ASSIGNMENT, home / ASSIGNMENT, dirs_exist_ok=True)
        said = nbgrader(home, "submit", ASSIGNMENT, f"--CourseDirectory.student_id={student}")
        stamped = re.search(rf"Submitted as: {COURSE_ID} {ASSIGNMENT} (.*)", said)
        self.times[student] = parse_utc(stamped[1])

    def grades(self) -> dict[str, tuple[float, float, datetime]]:
        """Return each student's points, how many of them are taken off, and the time."""
        with Gradebook(self.course.gradebook_url) as gradebook:
            return {
                it.student.id: (it.score, it.late_submission_penalty, it.timestamp)
                for it in gradebook.assignment_submissions(ASSIGNMENT)
            }


@pytest.fixture(scope="module")
def exchange(tmp_path_factory) -> Exchange:
    """Five who handed in around the due date, one of them twice, two of them a team."""
    root = tmp_path_factory.mktemp("exchange")
    found = Exchange(toy_cohort(root, ["anna", "gustav"]), root)
    nbgrader(found.course.root, "release_assignment", ASSIGNMENT, "--force")
    for student, like in [(ON_TIME, "anna"), (LATE, "gustav"), (TEAM[0], "gustav")]:
        found.submit(student, like)
    now = datetime.now(timezone.utc)
    for student in (LATE, ILL, TEAM[1]):
        found.submit(student, "anna")
    with (found.cohort.repository.solutions / "assignments.toml").open("a") as table:
        table.write(POLICY.format(due=now.isoformat()))
    later = (now + timedelta(days=1)).isoformat()
    names = [Listed(ON_TIME, "Anna", "Virtanen"), Listed(ILL, "Li", "Chen", due=later)]
    write_roster(found.course, [*names, *(Listed(it, group="Team 1") for it in TEAM)])
    return found


@pytest.fixture
def grade(exchange, monkeypatch):
    """Return a function that grades, as the command does, what nbgrader collected."""
    monkeypatch.setattr(cli, "courses", lambda _="": [exchange.course])
    monkeypatch.setattr(cli.here, "repository", exchange.cohort.repository)

    def run() -> str:
        done = CliRunner().invoke(cli.app, ["grade", "--workers", "1"])
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split())

    return run


def test_what_was_collected_has_its_times_names_and_points(exchange, grade):
    course, times = exchange.course, exchange.times
    nbgrader(course.root, "collect", ASSIGNMENT)
    assert course.students("submitted") == sorted(times)
    for student, time in times.items():
        assert parse_utc((course.step("submitted", student) / TIMESTAMP).read_text()) == time
    said = grade()
    assert f"Late, and the points taken off: {LATE} (0.5), {TEAM[1]} (0.5)." in said
    assert exchange.grades() == {
        ON_TIME: (2, 0, times[ON_TIME]),
        LATE: (2, 0.5, times[LATE]),
        ILL: (2, 0, times[ILL]),
        TEAM[0]: (1, 0, times[TEAM[0]]),
        TEAM[1]: (2, 0.5, times[TEAM[1]]),
    }
    [grades, _] = CSV_FILES.export(exchange.cohort.repository, course)
    with grades.open(encoding="utf-8") as file:
        rows = {it["student_id"]: it for it in csv.DictReader(file)}
    assert {rows[it]["score"] for it in TEAM} == {"1.5"}, "the later one counts for both"
    assert [rows[it]["last_name"] for it in (ON_TIME, ILL, LATE)] == ["Virtanen", "Chen", ""]


def test_a_later_submission_counts_once_it_is_collected(exchange, grade):
    course = exchange.course
    exchange.submit(ON_TIME, "gustav")
    before = exchange.grades()
    nbgrader(course.root, "collect", ASSIGNMENT)
    grade()
    assert exchange.grades() == before
    nbgrader(course.root, "collect", ASSIGNMENT, "--update")
    assert "anna (0.25)" in grade()
    assert exchange.grades() == {**before, ON_TIME: (1, 0.25, exchange.times[ON_TIME])}
