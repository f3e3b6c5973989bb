"""Late work: from a download's dates through nbgrader's penalties to every file with grades."""

import csv
import zipfile
from datetime import datetime
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT
from toy_nbgrader import nbgrader

from autograder.lms import names_as
from autograder.lms.canvas import CANVAS
from autograder.lms.csv_files import CSV_FILES
from autograder.lms.gradescope import write_results
from autograder.lms.moodle import MOODLE
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.late_penalty import policy_of
from autograder.nbgrader_setup.lateness import update_penalties
from autograder.paths import OWN_CONFIG
from autograder.reports.summary import SUMMARY
from autograder.submissions.collect import collect_submissions
from autograder.submissions.roster import Listed, write_roster
from autograder.submissions.times import TIMESTAMP

pytestmark = pytest.mark.xdist_group("nbgrader")
POLICY = """
[lecture7.late]
due = 2026-07-01T23:59:00+02:00
grace_minutes = 10
per_day = 0.2
at_most = 0.5
"""
HANDED_IN = {  # local time, as a zip has it
    "early-1": (2026, 7, 2, 0, 8, 58),
    "late-2": (2026, 7, 2, 0, 9, 2),
    "later-3": (2026, 7, 9, 12, 0, 0),
    "ill-4": (2026, 7, 5, 12, 0, 0),
}
WORTH = 2  # points of each, before anything is taken off


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Four submissions of a Moodle download, graded by nbgrader's own command."""
    root = tmp_path_factory.mktemp("late")
    cohort = toy_cohort(root, ["anna"])
    repository, course = cohort.repository, cohort.course
    with (repository.solutions / "assignments.toml").open("a") as table:
        table.write(POLICY)
    release(repository, course)
    with zipfile.ZipFile(root / "in.zip", "w") as archive:
        for student, date in HANDED_IN.items():
            folder = f"{student.replace('-', '_').title()}_assignsubmission_file_"
            for path in course.step("submitted", "anna").rglob("*"):
                if path.suffix in (".py", ".ipynb"):
                    name = path.relative_to(course.step("submitted", "anna"))
                    info = zipfile.ZipInfo(f"{folder}/{name}", date)
                    archive.writestr(info, path.read_bytes())
    policy = policy_of(repository, ASSIGNMENT)
    students, notes = collect_submissions(course, root / "in.zip", names_as(""), policy=policy)
    assert students == sorted(HANDED_IN)
    assert notes == ["When it was handed in is known of 4 of 4 students."]
    nbgrader(course.root, "autograde", ASSIGNMENT)
    return SimpleNamespace(repository=repository, course=course)


def penalties(graded) -> dict[str, float]:
    with Gradebook(graded.course.gradebook_url) as gradebook:
        found = gradebook.assignment_submissions(ASSIGNMENT)
        return {it.student.id: it.late_submission_penalty for it in found}


def test_the_hand_in_time_is_written_as_nbgrader_reads_it(graded):
    path = graded.course.step("submitted", "late-2") / TIMESTAMP
    assert path.read_text() == "2026-07-01 22:09:02.000000 UTC"
    with Gradebook(graded.course.gradebook_url) as gradebook:
        assert gradebook.find_assignment(ASSIGNMENT).duedate == datetime(2026, 7, 1, 21, 59)
        submission = gradebook.find_submission(ASSIGNMENT, "late-2")
        assert submission.total_seconds_late == 602


def test_stock_nbgrader_takes_off_what_the_table_says(graded):
    late = {"late-2": 0.2 * WORTH, "later-3": 0.5 * WORTH, "ill-4": 0.5 * WORTH}
    assert penalties(graded) == {"anna": 0, "early-1": 0, **late}


def test_own_due_dates_and_later_points_by_hand_change_the_penalty(graded):
    repository, course = graded.repository, graded.course
    write_roster(course, [Listed("ill-4", due="2026-07-05 12:00 +0200")])
    before = {"early-1": 0, "late-2": 0.4, "later-3": 1.0}
    assert update_penalties(repository, course) == before
    assert penalties(graded) == {"anna": 0, "ill-4": 0, **before}
    write_roster(course, [Listed("ill-4", due="2026-07-05T11:40+02:00")])
    assert update_penalties(repository, course) == {**before, "ill-4": 0.2 * WORTH}
    with Gradebook(course.gradebook_url) as gradebook:
        given = gradebook.find_grade("question", "00_peak", ASSIGNMENT, "late-2")
        given.manual_score, given.needs_manual_grade = 2, False
        gradebook.db.commit()
    assert update_penalties(repository, course)["late-2"] == pytest.approx(0.2 * 4)


def test_every_export_and_the_summary_show_it(graded):
    repository, course = graded.repository, graded.course
    with Gradebook(course.gradebook_url) as gradebook:
        given = gradebook.find_grade("question", "00_peak", ASSIGNMENT, "late-2")
        given.manual_score, given.needs_manual_grade = 2, False
        gradebook.db.commit()
    update_penalties(repository, course)

    def lines(path, key):
        with path.open(encoding="utf-8") as file:
            return {it[key]: it for it in csv.DictReader(file)}

    moodle = lines(*MOODLE.export(repository, course), "Full name")["Late"]
    assert moodle["Grade"] == "3.2"
    said = (
        "0.8 of 4 points were taken off because it was late: it counts as handed in "
        "10 minutes and 2 seconds after 1 July 2026, 21:59 UTC."
    )
    assert said in moodle["Feedback comments"]
    canvas = lines(*CANVAS.export(repository, course), "SIS Login ID")
    assert canvas["late-2"][ASSIGNMENT] == "3.2"
    grades, by_exercise = (lines(it, "student_id") for it in CSV_FILES.export(repository, course))
    for found in (grades, by_exercise):
        assert float(found["late-2"]["late_submission_penalty"]) == pytest.approx(0.8)
    assert float(grades["late-2"]["score"]) == pytest.approx(3.2)
    result = (write_results(course) / "late-2" / "results.json").read_text()
    assert '"score": 3.2' in result and said in result
    give_feedback(repository, course)
    summary = (course.step("feedback", "late-2") / SUMMARY).read_text()
    assert "3.2 of 4 points" in summary and "0.8 points were taken off" in summary
    assert "it counts as handed in 10 minutes and 2 seconds after 1 July 2026" in summary


def test_without_a_policy_nbgraders_own_settings_decide(graded):
    repository, course = graded.repository, graded.course
    table = repository.solutions / "assignments.toml"
    kept = table.read_text()
    table.write_text(kept.replace(POLICY, ""))
    assert set(update_penalties(repository, course).values()) == {0}
    own = course.root / OWN_CONFIG
    own.write_text("c.LateSubmissionPlugin.penalty_method = 'zero'")
    assert update_penalties(repository, course)["later-3"] == WORTH
    own.unlink()
    table.write_text(kept)
