"""From a list and a zip to returned grades, by the commands: late work, a group, and names."""

import csv
import zipfile

import pytest
from nbgrader.api import Gradebook
from toy_cohort import ToyCohort, toy_cohort
from toy_course import ASSIGNMENT
from toy_sandbox import needs_bubblewrap
from typer.testing import CliRunner

from autograder import cli
from autograder.nbgrader_setup.exchange import release
from autograder.paths import Course
from autograder.reports.summary import SUMMARY
from autograder.submissions.roster import Listed, read_roster, write_roster

pytestmark = [pytest.mark.xdist_group("nbgrader"), needs_bubblewrap]
POLICY = "\n[lecture7.late]\ndue = 2026-07-01T23:59:00+02:00\nper_day = 0.25\n"
WORKSHEET = """\
Identifier,Full name,Group,Last modified (submission)
Participant 1,Anna Virtanen,Team 1,"Thursday, 2 July 2026, 8:00 AM"
Participant 2,李 静,Team 1,"Thursday, 2 July 2026, 8:00 AM"
Participant 3,Иван Петров,,"Wednesday, 1 July 2026, 8:00 AM"
"""
ANNA, LI, IVAN = "anna-virtanen-1", "participant-2", "participant-3"


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> ToyCohort:
    cohort = toy_cohort(tmp_path_factory.mktemp("returned"), ["anna"])
    with (cohort.repository.solutions / "assignments.toml").open("a") as table:
        table.write(POLICY)
    release(cohort.repository, cohort.course)
    return cohort


@pytest.fixture
def command(cohort, monkeypatch):
    """Return a function that runs a command of the kit on the toy course."""
    monkeypatch.setattr(cli, "courses", lambda _="": [cohort.course])
    monkeypatch.setattr(cli.here, "repository", cohort.repository)

    def run(*arguments: object) -> str:
        done = CliRunner().invoke(cli.app, [str(it) for it in arguments])
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split())

    return run


def grades(cohort) -> dict[str, str]:
    with (cohort.course.exports / "grades_moodle.csv").open(encoding="utf-8") as file:
        return {it["Identifier"][-1]: it["Grade"] for it in csv.DictReader(file)}


def test_the_way_of_a_teaching_assistant(cohort, command, tmp_path):
    course = cohort.course
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("Team 1-李 静_2", "Default group-Иван Петров_3"):
            for path in course.step("submitted", "anna").rglob("*.*"):
                place = path.relative_to(course.step("submitted", "anna"))
                archive.write(path, f"{name}_assignsubmission_file_/{place}")
    assert command("students", tmp_path / "worksheet.csv").startswith("3 students: ")
    said = command("grade", tmp_path / "in.zip", "--workers", 1)
    assert "When it was handed in is known of 2 of 2 students." in said
    assert f"Late, and the points taken off: {ANNA} (0.5)." in said
    with Gradebook(course.gradebook_url) as gradebook:
        ivan = gradebook.find_student(IVAN)
        assert (ivan.first_name, ivan.last_name) == ("Иван", "Петров")
        for student in (ANNA, IVAN):
            given = gradebook.find_grade("question", "00_peak", ASSIGNMENT, student)
            given.manual_score, given.needs_manual_grade = 2, False
        gradebook.db.commit()
    command("export")
    assert grades(cohort) == {"1": "3", "2": "3", "3": "4"}, "25 % off, of points by hand too"

    roster = read_roster(course)
    roster[LI] = roster[LI].updated(Listed(due="2026-07-02 12:00 +0200"))
    write_roster(course, roster.values())
    command("feedback")
    for student in (ANNA, LI, IVAN):
        summary = (course.step("feedback", student) / SUMMARY).read_text(encoding="utf-8")
        assert "4 of 4 points" in summary and "taken off" not in summary
    assert "Late" not in command("regrade", "--student", ANNA, "--workers", 1)


def test_a_due_date_that_can_not_be_read_stops_what_depends_on_it(cohort, command, tmp_path):
    write_roster(cohort.course, [Listed("anna", due="01/07/2026")])
    for words in (["grade", cohort.course.step("submitted", "anna")], ["export"], ["feedback"]):
        done = CliRunner().invoke(cli.app, [str(it) for it in words])
        assert done.exit_code == 1 and "no due date can be read in anna: 01/07/2026." in done.output
    write_roster(cohort.course, [Listed("anna", due="2026-07-01 12:00 +0200")])
    command("export")


def test_a_list_of_one_assignment_is_not_taken_for_another(cohort, monkeypatch, tmp_path):
    """Moodle numbers participants anew in each assignment, and says when each was handed in."""
    both = [cohort.course, Course(tmp_path / "course", "second_half")]
    monkeypatch.setattr(
        cli, "courses", lambda name="": [it for it in both if not name or it.assignment == name]
    )
    lists = {"worksheet.csv": WORKSHEET, "canvas.csv": 'Student,ID\n"Ek, Ada",7\n'}
    for name, text in lists.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def typed(*words: str):
        return CliRunner().invoke(cli.app, ["students", *words])

    done = typed(str(tmp_path / "worksheet.csv"))
    assert done.exit_code == 1 and "Which assignment is this list of?" in done.output
    assert not both[1].participants("students").exists()
    done = typed(str(tmp_path / "worksheet.csv"), "--assignment", "second_half")
    assert done.exit_code == 0 and len(read_roster(both[1])) == 3
    assert typed(str(tmp_path / "canvas.csv")).output.count("1 student: ") == 2
