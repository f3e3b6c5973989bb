"""Lists of participants: Moodle's worksheet, Canvas's gradebook and group set, one's own edits."""

import zipfile
from datetime import datetime

import pytest
from toy_course import ASSIGNMENT

from autograder.late import LatePolicy
from autograder.lms import names_as, read_row
from autograder.paths import Course
from autograder.submissions.collect import collect_submissions
from autograder.submissions.lists import take_list
from autograder.submissions.participants import read_participants
from autograder.submissions.roster import Listed, read_roster, split_name, write_roster
from autograder.submissions.times import TIMESTAMP

MOODLE = """\
Identifier,Full name,Email address,Status,Group,Grade,Last modified (submission)
Participant 48201,Anna Virtanen,anna@uni.example,Submitted for grading,Team 1,,-
Participant 48202,李静,li@uni.example,Submitted for grading,Default group,,-
Participant 48203,"Иван Петров",,No submission,Team 1,,-
"""
ALONE = MOODLE.replace("Team 1", "Default group")
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Home exercise (77)
Points Possible,,,,,126
"Groß, Jürgen",48201,s1,jg,A,
"欧阳, 静",48202,s2,lj,A,
"""
CANVAS_GROUPS = """\
name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id
Jürgen Groß,48201,s1,jg,A,Team 7,3,
"""


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path / "course", ASSIGNMENT)


def take(course, text, encoding="utf-8"):
    path = course.root.parent / "list.csv"
    path.write_bytes(text.encode(encoding))
    return take_list(course, path, read_row)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_moodles_worksheet(course, encoding, delimiter):
    students = take(course, MOODLE.replace(",", delimiter), encoding)
    assert students == ["anna-virtanen-48201", "participant-48202", "participant-48203"]
    anna, li, ivan = read_roster(course).values()
    assert anna == Listed(students[0], "Anna", "Virtanen", "anna@uni.example", "Team 1")
    assert (li.last_name, li.first_name, li.group) == ("李", "静", "")
    assert (ivan.first_name, ivan.last_name, ivan.group) == ("Иван", "Петров", "Team 1")


def test_canvas_gradebook_and_groups_go_into_one_list(course):
    assert take(course, CANVAS) == ["gross-jurgen-48201", "participant-48202"]
    assert take(course, CANVAS_GROUPS) == ["gross-jurgen-48201"]
    jurgen, other = read_roster(course).values()
    assert (jurgen.first_name, jurgen.last_name, jurgen.group) == ("Jürgen", "Groß", "Team 7")
    assert (other.first_name, other.last_name, other.group) == ("静", "欧阳", "")


def test_a_list_and_a_download_name_the_same_students_in_either_order(course, tmp_path):
    folder = tmp_path / "in/Anna Virtanen_48201_assignsubmission_file_"
    folder.mkdir(parents=True)
    (folder / "01.ipynb").write_text("{}")
    [known], _ = collect_submissions(course, tmp_path / "in", names_as(""))
    married = ALONE.replace("Anna Virtanen", "Anna Korhonen")
    assert take(course, married)[0] == known == "anna-virtanen-48201"
    assert read_roster(course)[known].last_name == "Korhonen"
    folder.rename(folder.with_name("Иван Петров_48203_assignsubmission_file_"))
    assert collect_submissions(course, tmp_path / "in", names_as(""))[0] == ["participant-48203"]
    assert len(read_participants(course, "moodle")) == 3


def test_the_worksheet_dates_what_the_zip_brings(course, tmp_path):
    policy = LatePolicy(datetime.fromisoformat("2026-07-01T23:59:00+02:00"))
    take(course, ALONE.replace(",-\n", ',"Thursday, 2 July 2026, 12:05 AM"\n', 1))
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("Anna Virtanen_48201", "Иван Петров_48203", "Bo LATE_48204"):
            archive.writestr(
                f"{name}_assignsubmission_file_/{TIMESTAMP}", "2020-01-01 00:00:00 UTC"
            )
            archive.writestr(f"{name}_assignsubmission_file_/01.ipynb", "{}")
    _, notes = collect_submissions(course, tmp_path / "in.zip", names_as(""), policy=policy)
    assert notes == ["When it was handed in is known of 1 of 3 students."]
    stamps = {it.parts[-3]: it.read_text() for it in course.root.rglob(TIMESTAMP)}
    assert stamps == {"anna-virtanen-48201": "2026-07-01 22:05:00.000000 UTC"}, "no student's own"


def test_canvas_marks_late_work(course, tmp_path):
    policy = LatePolicy(datetime.fromisoformat("2026-07-01T23:59:00+02:00"))
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("ahmadbo_LATE_2_92_01.ipynb", "svenssonanna_1_91_01.ipynb"):
            archive.writestr(name, "{}")
    _, notes = collect_submissions(course, tmp_path / "in.zip", names_as(""), policy=policy)
    assert notes[1] == "Marked late, and a day is assumed: ahmadbo-2."
    [stamp] = course.root.rglob(TIMESTAMP)
    assert stamp.read_text() == "2026-07-02 21:59:00.000000 UTC"


def test_a_newer_list_keeps_what_was_written_by_hand(course):
    take(course, MOODLE)
    lines = read_roster(course)
    own = "2026-07-08T23:59:00+02:00"
    lines["participant-48202"] = lines["participant-48202"].updated(Listed(due=own, group="A"))
    write_roster(course, lines.values())
    take(course, MOODLE.replace("li@uni", "jing@uni"))
    line = read_roster(course)["participant-48202"]
    assert (line.due, line.group, line.email) == (own, "A", "jing@uni.example")


def test_a_list_by_hand_needs_one_column(course):
    path = course.participants("students")
    path.parent.mkdir(parents=True)
    path.write_text("student,due,remark\nanna,2026-07-08,ill\n,,\n")
    assert read_roster(course) == {"anna": Listed("anna", due="2026-07-08")}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "PK\x03\x04\x00\x00", "Identifier\n-\n"])
def test_what_is_no_list_changes_nothing(course, text):
    assert take(course, text) == []
    assert not course.root.exists()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Anna Virtanen", ("Anna", "Virtanen")),
        ("Virtanen, Anna Maria", ("Anna Maria", "Virtanen")),
        ("Jean-Luc de la Rue", ("Jean-Luc de la", "Rue")),
        ("Пётр Иванович Чайковский", ("Пётр Иванович", "Чайковский")),
        ("王小明", ("小明", "王")),
        ("김철수", ("철수", "김")),
        ("virtanenanna", ("", "")),
        ("李", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_name_has_two_parts_or_none(name, parts):
    assert split_name(name) == parts
