"""Hand-ins of groups: one counts, and all members get its points, comments and pages."""

import csv
import zipfile
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT
from toy_nbgrader import nbgrader
from typer.testing import CliRunner

from autograder import cli
from autograder.decisions import read_decisions
from autograder.late import LatePolicy
from autograder.lms import names_as, read_row
from autograder.lms.csv_files import CSV_FILES
from autograder.lms.graded import graded_reports
from autograder.lms.moodle import MOODLE
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.lateness import own_due_date
from autograder.reports.summary import SUMMARY
from autograder.submissions.collect import HandedIn, collect_submissions, is_confirmed, join_groups
from autograder.submissions.lists import take_list
from autograder.submissions.roster import Listed, groups_of, read_roster
from autograder.submissions.times import read_time

pytestmark = pytest.mark.xdist_group("nbgrader")
WORKSHEET = """\
Identifier,Full name,Email address,Group
Participant 1,Anna Virtanen,,Team 1
Participant 2,李 静,,Team 1
Participant 3,Иван Петров,,Team 1
Participant 4,Bo Alone,,
"""
HEADED = "Anna Virtanen (anna-virtanen-1); 静, 李 (participant-2); Петров, Иван (participant-3)"
TEAM = ["anna-virtanen-1", "participant-2", "participant-3"]


def pack(path, course, works):
    """Write Moodle's download of a team assignment: a copy for each member."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, work in works.items():
            folder = course.step("submitted", work)
            for file in folder.rglob("*"):
                if file.suffix in (".py", ".ipynb"):
                    place = f"{name}_assignsubmission_file_/{file.relative_to(folder)}"
                    archive.write(file, place)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A team of three and one alone, graded by nbgrader's own command, one answer by hand."""
    root = tmp_path_factory.mktemp("groups")
    cohort = toy_cohort(root, ["anna", "bilal"])
    course = cohort.course
    (root / "list.csv").write_text(WORKSHEET, encoding="utf-8")
    assert len(take_list(course, root / "list.csv", read_row)) == 4
    works = {"Team 1-李 静_2": "anna", "Team 1-Иван Петров_3": "anna", "Bo Alone_4": "bilal"}
    pack(root / "in.zip", course, works)
    students, notes = collect_submissions(course, root / "in.zip", names_as(""))
    assert students == [TEAM[0], "bo-alone-4"]
    assert notes == [
        "Of groups with several hand-ins the latest known counts: "
        "participant-2's of participant-2, participant-3."
    ]
    nbgrader(course.root, "autograde", ASSIGNMENT)
    with Gradebook(course.gradebook_url) as gradebook:
        given = gradebook.find_grade("question", "00_peak", ASSIGNMENT, TEAM[0])
        given.manual_score, given.needs_manual_grade = 1.5, False
        comment = gradebook.find_comment("question", "00_peak", ASSIGNMENT, TEAM[0])
        comment.manual_comment = "Well argued."
        gradebook.db.commit()
    return SimpleNamespace(repository=cohort.repository, course=course)


def test_the_gradebook_has_a_group_once(graded):
    with Gradebook(graded.course.gradebook_url) as gradebook:
        found = {it.student.id for it in gradebook.assignment_submissions(ASSIGNMENT)}
    assert found == {"anna", "bilal", "bo-alone-4", TEAM[0]}


def test_all_members_get_the_same_points_in_every_file(graded):
    repository, course = graded.repository, graded.course
    scores = {it.student: it.score for it in graded_reports(course)}
    assert {it: scores[it] for it in TEAM} == dict.fromkeys(TEAM, 3.5)
    for path in CSV_FILES.export(repository, course):
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        found = {it["student_id"]: it for it in rows}
        assert len(found) == len(rows) == 6
        assert {found[it]["score"] for it in TEAM} == {"3.5"}
    [grades] = course.exports.glob("grades.csv")
    ivan = next(
        it for it in csv.DictReader(grades.open(encoding="utf-8")) if TEAM[2] in it.values()
    )
    assert (ivan["last_name"], ivan["first_name"]) == ("Петров", "Иван")
    [path] = MOODLE.export(repository, course)
    moodle = {it["Identifier"]: it["Grade"] for it in csv.DictReader(path.open(encoding="utf-8"))}
    assert [moodle[f"Participant {n}"] for n in "123"] == ["3.5"] * 3


def test_all_members_get_the_pages(graded):
    course = graded.course
    give_feedback(graded.repository, course)
    with zipfile.ZipFile(*MOODLE.give_feedback(course)) as archive:
        pages = {it: archive.read(it) for it in archive.namelist()}
    for number in "123":
        [summary] = [it for it in pages if f"_{number}_" in it and it.endswith(SUMMARY)]
        text = pages[summary].decode()
        assert "Well argued." in text and f">{HEADED}</p>" in text
    assert len(pages) == 4 * 3


@pytest.mark.parametrize("member", TEAM)
def test_a_command_on_any_member_means_the_groups_submission(graded, monkeypatch, member):
    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    monkeypatch.setattr(cli.here, "repository", graded.repository)
    monkeypatch.setattr(cli, "write_pages", lambda _: None)
    again = []
    monkeypatch.setattr(cli, "run_grading", lambda _, who, *rest, **options: again.extend(who))

    def typed(*words: str) -> str:
        done = CliRunner().invoke(cli.app, words)
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split())

    told = [typed(*it, member) for it in (["regrade", "--student"], ["confirm"])]
    assert again == TEAM[:1] and is_confirmed(graded.course, TEAM[0])
    told.append(typed("accept", member, "toy.double"))
    assert read_decisions(graded.course).accepted == {"toy.double": TEAM[:1]}
    told.append(typed("unaccept", member, "toy.double"))
    assert read_decisions(graded.course).accepted == {}
    said = f"{member} is in a group, for which the submission of {TEAM[0]} counts."
    assert [said in it for it in told] == [member != TEAM[0]] * 4


def test_the_latest_of_a_group_counts_and_stands_in_the_same_place():
    times = {"b": "2026-07-01", "c": "2026-07-02", "d": "", "e": "2026-07-09"}
    submissions = {it: HandedIn(time=read_time(time)) for it, time in times.items()}
    latest = submissions["c"]
    assert len(join_groups(submissions, [["a", "b", "c", "d"], ["x", "y"]])) == 1
    assert submissions.keys() == {"a", "e"} and submissions["a"] is latest
    assert join_groups(submissions, [["a", "b"]]) == []


def test_the_latest_own_due_date_of_a_group_is_that_of_all():
    lines = [
        Listed("a", group="1"),
        Listed("b", group="1", due="2026-07-05"),
        Listed("c", group="1", due="2026-07-04"),
        Listed("d", due="2026-07-09"),
        Listed("e"),
    ]
    roster = {it.student: it for it in lines}  # fmt: skip
    policy = LatePolicy(read_time("2026-07-01"))
    due = {it: own_due_date(roster, it, policy.due.tzinfo) for it in roster}
    assert due["a"] == due["b"] == due["c"] == read_time("2026-07-05")
    assert due["d"] == read_time("2026-07-09") and due["e"] is None
    assert groups_of(roster) == [["a", "b", "c"]]


def test_without_groups_nothing_is_joined(graded):
    path = graded.course.participants("students")
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept.replace("Team 1", ""), encoding="utf-8")
    assert groups_of(read_roster(graded.course)) == []
    assert TEAM[1] not in {it.student for it in graded_reports(graded.course)}
    path.write_text(kept, encoding="utf-8")
