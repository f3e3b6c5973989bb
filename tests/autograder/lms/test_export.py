"""Grades for Moodle, Canvas and Gradescope."""

import csv
import html
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from toy_cohort import SCORES, ToyCohort, toy_cohort
from toy_course import ASSIGNMENT, toy_exercises
from toy_sandbox import InKeptSandbox, needs_bubblewrap
from typer.testing import CliRunner

from autograder import cli, lms
from autograder.grading.run import grade, sandboxed
from autograder.lms import canvas, gradescope, moodle, read_name, systems
from autograder.lms.canvas import CANVAS
from autograder.lms.csv_files import CSV_FILES
from autograder.lms.graded import graded_reports
from autograder.lms.gradescope import FILES, GRADESCOPE, ZIP, grade_one, write_results, write_zip
from autograder.lms.moodle import MOODLE
from autograder.lms.system import System
from autograder.nbgrader_setup import feedback
from autograder.paths import Course
from autograder.reports.report import Report, read_report
from autograder.sandbox.limits import Limits
from autograder.submissions.collect import collect_submissions, confirm
from autograder.submissions.files import UNREADABLE
from autograder.submissions.participants import read_participants, write_participants
from autograder.tables import read_csv, write_csv
from exercise_lib.files import write_text

pytestmark = [pytest.mark.xdist_group("nbgrader"), needs_bubblewrap]


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> ToyCohort:
    cohort = toy_cohort(tmp_path_factory.mktemp("export"), [*SCORES, "dilara"])
    with sandboxed(cohort.repository, cohort.course, toy_exercises, start=InKeptSandbox) as checks:
        grade(cohort.repository, cohort.course, cohort.students, checks)
    with Gradebook(cohort.course.gradebook_url) as gradebook:  # anna's question is graded by hand
        found = gradebook.find_grade("question", "00_peak", ASSIGNMENT, "anna")
        found.manual_score, found.needs_manual_grade = 1.5, False
        said = gradebook.find_comment("question", "00_peak", ASSIGNMENT, "anna")
        said.manual_comment = "Loud & clear"
        gradebook.db.commit()
    cohort.course.participants("moodle").parent.mkdir(parents=True)
    cohort.course.participants("moodle").write_text(
        "participant,student,name\n4711,anna,Anna Virtanen\n", encoding="utf-8"
    )
    return cohort


def exported(system: System, graded: ToyCohort) -> list[dict[str, str]]:
    """Return the lines of the last file that a system's export writes."""
    *_, path = system.export(graded.repository, graded.course)
    return list(csv.DictReader(path.open(encoding="utf-8")))


def test_moodle_gets_participants_grades_and_comments(graded):
    rows = exported(MOODLE, graded)
    assert tuple(rows[0]) == moodle.COLUMNS
    needed = {"Identifier", "Grade", "Last modified (grade)"}  # or Moodle imports nothing
    assert needed < set(rows[0])
    by_name = {it["Full name"]: it for it in rows}
    anna = by_name["Anna Virtanen"]
    assert (anna["Identifier"], anna["Grade"], anna["Maximum Grade"]) == (
        "Participant 4711", "3.5", "4",
    )  # fmt: skip
    assert by_name["dilara"]["Grade"] == ""  # a person has not graded her question
    assert by_name["bilal"]["Grade"] == "0"
    assert "largest absolute one" in by_name["dilara"]["Feedback comments"]
    assert "question: 1.5 of 2. Loud &amp; clear" in anna["Feedback comments"]
    assert "question" not in by_name["dilara"]["Feedback comments"]


def test_moodle_gets_everybodys_feedback_in_folders_it_knows(tmp_path):
    course = Course(tmp_path, ASSIGNMENT)
    assert MOODLE.give_feedback(course) == []
    names = {
        "moodle-12": ("12", "Anna_Maria O'Neil/Berg"),
        "bo-7": ("7", "Bo Å"),
        "x-8": ("8", "X"),
    }
    write_participants(
        course,
        "moodle",
        [{"participant": n, "student": it, "name": name} for it, (n, name) in names.items()],
    )
    for student in ("moodle-12", "bo-7", "anna"):  # anna came another way, x-8 has no pages yet
        for page in ("00_peak.html", "01_double.html"):
            write_text(course.step("feedback", student) / page, student)
    [path] = MOODLE.give_feedback(course)
    with zipfile.ZipFile(path) as archive:
        found = {it: archive.read(it).decode() for it in archive.namelist()}
    assert found == {
        f"{folder}/{page}": student
        for folder, student in {
            "Bo Å_7_assignsubmission_file_": "bo-7",
            "Anna Maria O Neil Berg_12_assignsubmission_file_": "moodle-12",
        }.items()
        for page in ("00_peak.html", "01_double.html")
    }
    again, notes = collect_submissions(Course(tmp_path / "again", ASSIGNMENT), path, read_name)
    assert again == ["anna-maria-o-neil-berg-12", "bo-a-7"] and not notes


def test_canvas_gets_a_line_of_points_and_one_for_each_student(graded):
    rows = exported(CANVAS, graded)
    assert tuple(rows[0]) == (*canvas.COLUMNS, ASSIGNMENT)
    assert rows[0]["Student"].strip() == "Points Possible" and rows[0][ASSIGNMENT] == "4"
    assert {it["SIS Login ID"]: it[ASSIGNMENT] for it in rows[1:]}["anna"] == "3.5"


GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (77),Lecture 7 (78),Final Score
    Points Possible,,,,,10,{possible},(read only)
王小明,501,,,A,9,,
"O'Neil-Berg, Bo",502,,,A,8,,
"""


@pytest.fixture
def in_canvas(graded, tmp_path, monkeypatch):
    """The cohort; anna and bilal came with Canvas's download, which has names of its own."""
    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    monkeypatch.setattr(cli.here, "repository", graded.repository)
    folder = graded.course.participants("").parent
    shutil.copytree(folder, tmp_path / "kept")
    rows = [("501", "anna", "王小明"), ("502", "bilal", "oneilbergbo")]
    keys = ("participant", "student", "name")
    write_participants(graded.course, "canvas", [dict(zip(keys, it, strict=True)) for it in rows])
    yield graded
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "kept", folder)


def typed(*words: str) -> str:
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.output
    return done.output


def give(tmp_path: Path, text: str) -> None:
    """Give a list to the command for lists."""
    typed("students", str(write_text(tmp_path / "list.csv", text)))


def test_canvas_gets_names_and_the_heading_as_its_gradebook_has_them(in_canvas, tmp_path):
    said = typed("export")
    assert "Canvas knows a column by a heading such as lecture7 (4711)" in said
    assert exported(CANVAS, in_canvas)[1]["Student"] == "王小明"
    give(tmp_path, GRADEBOOK.format(possible=4))
    assert "Canvas" not in typed("export")
    _, anna, bilal, *_ = exported(CANVAS, in_canvas)
    told = {"Student": "王小明", "ID": "501", "Lecture 7 (78)": "3.5"}
    assert {key: it for key, it in anna.items() if it} == told
    assert bilal["Student"] == "O'Neil-Berg, Bo" and ASSIGNMENT not in bilal
    kept = (in_canvas.course.participants(canvas.GRADEBOOK)).read_text()
    assert ",9," not in kept, "grades of other assignments"


def test_a_name_that_a_group_set_wrote_without_a_space_stays_whole(in_canvas, tmp_path):
    head = "name,canvas_user_id,user_id,login_id,sections,group_name\n"
    give(tmp_path, f"{head}王小明,501,,,A,\nBo O'Neil-Berg,502,,,A,\n")
    _, anna, bilal, *_ = exported(CANVAS, in_canvas)
    assert (anna["Student"], bilal["Student"]) == ("王小明", "O'Neil-Berg, Bo")


def test_an_export_says_which_column_of_canvas_it_may_be(in_canvas, tmp_path):
    give(tmp_path, GRADEBOOK.format(possible=4).replace("Lecture 7", "Seven"))
    assert "in the place of lecture7, one of: Quiz (77), Seven (78)." in typed("export")
    give(tmp_path, GRADEBOOK.format(possible=4).replace("Quiz", "lecture7"))
    assert "has no single column for lecture7" in typed("export")
    assert ASSIGNMENT in exported(CANVAS, in_canvas)[0]


def test_an_export_says_where_a_system_has_another_maximum(in_canvas, tmp_path):
    give(tmp_path, GRADEBOOK.format(possible="100.00"))
    said = "grades_canvas.csv: Lecture 7 (78) has 100 points in Canvas, the course 4."
    assert said in typed("export")
    give(tmp_path, GRADEBOOK.format(possible="4.00"))
    worksheet = "Identifier,Full name,Grade,Maximum grade\nParticipant 4711,Anna Virtanen,,{}\n"
    for maximum, other in (("100.00", True), ("4.00", False), ("", False), ("Pass", False)):
        give(tmp_path, worksheet.format(maximum))
        said = typed("export")
        assert ("worksheet has 100 as maximum grade, the course 4 points" in said) == other
        assert ("Set the assignment's maximum grade in Moodle to 4" in said) == other
        assert "grades_canvas.csv:" not in said


def test_no_cell_is_a_formula(tmp_path):
    path = write_csv(tmp_path / "grades.csv", [["=1+1", "+x", "@y", "-z", "anna"]])
    assert path.read_text() == "'=1+1,'+x,'@y,'-z,anna\n"


def test_no_cell_hides_a_formula_behind_what_a_spreadsheet_skips(tmp_path):
    path = write_csv(tmp_path / "grades.csv", [[" =1", "\u202e=1", "\x1b[31m@x", "＝1", "\n+1"]])
    with path.open(newline="") as file:
        [row] = csv.reader(file)
    assert row == ["' =1", "'=1", "'@x", "'＝1", "'\n+1"]


@pytest.mark.parametrize("name", ["=1+1", "'=1+1", "-x", "'x", "Anna"])
def test_the_names_of_participants_come_back_as_they_were(tmp_path, name):
    course = Course(tmp_path, ASSIGNMENT)
    row = {"participant": "7", "student": "x-7", "name": name}
    write_participants(course, "moodle", [row])
    assert read_participants(course, "moodle") == [row]
    text = course.participants("moodle").read_text()
    assert not any(f",{it}" in text for it in "=+-@")


def test_spreadsheets_get_a_line_for_each_student_without_formulas(graded):
    by_exercise = {it["student_id"]: it for it in exported(CSV_FILES, graded)}
    anna = by_exercise["anna"]
    assert (anna["score"], anna["toy.double"], anna["question"]) == ("3.5", "1.0", "1.5")
    assert by_exercise["dilara"]["question"] == ""
    grades = graded.course.exports / "grades.csv"
    assert len(grades.read_text().splitlines()) == 1 + len(graded.students)
    with Gradebook(graded.course.gradebook_url) as gradebook:
        gradebook.update_or_create_student("anna", first_name="=1+1")
    exported(CSV_FILES, graded)
    [anna] = [it for it in grades.read_text().splitlines() if ",anna," in it]
    assert ",'=1+1," in anna and anna.endswith(",3.5,0.0,3.5,4.0")


def test_grades_are_those_of_nbgraders_export_whatever_names_have(graded, tmp_path):
    with Gradebook(graded.course.gradebook_url) as gradebook:
        odd = gradebook.add_student('a,b"c', last_name="Doe, J")
        theirs = tmp_path / "nbgrader.csv"
        CsvExportPlugin(to=str(theirs), assignment=[ASSIGNMENT]).export(gradebook)
        exported(CSV_FILES, graded)
        ours = (graded.course.exports / "grades.csv").read_text().splitlines()
        gradebook.remove_student(odd.id)
    [line] = [it for it in csv.DictReader(ours) if it["student_id"] == 'a,b"c']
    assert (line["last_name"], line["score"], line["max_score"]) == ("Doe, J", "0.0", "4.0")
    expected = [it.replace(",=1+1,", ",'=1+1,") for it in theirs.read_text().splitlines()]
    assert [it for it in ours if "Doe" not in it] == [it for it in expected if "Doe" not in it]


def test_no_exported_number_shows_how_computers_add(graded):
    given = {"check-double": 0.1, "question": 0.2}
    with Gradebook(graded.course.gradebook_url) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "hanna")
        grades = [grade for it in submission.notebooks for grade in it.grades]
        kept = {it.name: (it.manual_score, it.needs_manual_grade) for it in grades}
        for grade in grades:
            grade.manual_score, grade.needs_manual_grade = given.get(grade.name, 0.0), False
        gradebook.db.commit()
        assert len(str(submission.score)) > 6, "a sum with dust"
        exported(CSV_FILES, graded)
        moodle = {it["Full name"]: it["Grade"] for it in exported(MOODLE, graded)}["hanna"]
        result = write_results(graded.course) / "hanna" / "results.json"
        for grade in grades:
            grade.manual_score, grade.needs_manual_grade = kept[grade.name]
        gradebook.db.commit()
    for name in ("grades.csv", "grades_by_exercise.csv"):
        lines = {it["student_id"]: it for it in read_csv(graded.course.exports / name)}
        assert lines["hanna"]["score"] == "0.3"
    assert lines["hanna"]["question"] == "0.2" and moodle == "0.3"
    assert json.loads(result.read_text())["score"] == 0.3


ANOTHER = """
from autograder.lms.system import System
from autograder.submissions.participants import Participant

class Another(System):
    def read_name(self, name):
        owner, mark, file = name.partition("--")
        return (Participant("another", owner, owner), file) if mark else None

    def export(self, repository, course):
        return [course.exports / "another.csv"]

ANOTHER = Another()
"""


def test_another_system_is_one_file(tmp_path, monkeypatch):
    known = systems()
    assert [it for it in (CANVAS, CSV_FILES, GRADESCOPE, MOODLE) if it not in known] == []
    (tmp_path / "another.py").write_text(ANOTHER)
    monkeypatch.setattr(lms, "__path__", [*lms.__path__, str(tmp_path)])
    monkeypatch.setattr(lms, "systems", systems.__wrapped__)
    course = Course(tmp_path / "course", ASSIGNMENT)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("x y--01_double.ipynb", "{}")
        archive.writestr("z--/01_double.ipynb", "{}")
    students, notes = collect_submissions(course, tmp_path / "in.zip", read_name)
    assert notes == [] and len(students) == 2
    rows = read_participants(course, "another")
    assert [it["student"] for it in rows] == [students[1], students[0]]
    another = lms.systems()[0]
    assert another.export(None, course) == [course.exports / "another.csv"]
    assert another.give_feedback(course) == []


def test_the_commands_write_what_each_system_takes(graded, monkeypatch):
    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    monkeypatch.setattr(cli.here, "repository", graded.repository)
    written = {}
    for command in ("feedback", "export"):
        done = CliRunner().invoke(cli.app, [command])
        assert done.exit_code == 0, done.output
        paths = [Path(it) for it in done.output.splitlines() if not it.startswith(" ")]
        shown = [it.relative_to(graded.course.root).as_posix() for it in paths]
        written[command] = [it.removeprefix(f"exports/{ASSIGNMENT}/") for it in shown]
    assert written == {
        "feedback": ["feedback", "feedback_moodle.zip"],
        "export": [
            "grades_canvas.csv",
            "grades.csv",
            "grades_by_exercise.csv",
            "gradescope",
            "gradescope/autograder.zip",
            "grades_moodle.csv",
        ],
    }
    with zipfile.ZipFile(graded.course.exports / "feedback_moodle.zip") as archive:
        assert "Anna Virtanen_4711_assignsubmission_file_/00_peak.html" in archive.namelist()


def test_gradescope_gets_results_of_each_student(graded):
    path = write_results(graded.course) / "dilara" / "results.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    assert 1 < found["score"] < 2
    tests = {it["name"]: it for it in found["tests"]}
    assert tests["toy.double"]["status"] == "passed"
    assert tests["warmup.peak_normalise"]["status"] == "failed"
    assert "largest absolute one" in tests["warmup.peak_normalise"]["output"]


def test_a_student_may_be_named_as_a_file_of_the_export(graded, monkeypatch):
    reports = [Report(it) for it in (ZIP, ZIP.upper(), "grades.csv", "...", "a b", "anna")]
    monkeypatch.setattr(gradescope, "graded_reports", lambda _: reports)
    folder, path = GRADESCOPE.export(graded.repository, graded.course)
    assert zipfile.is_zipfile(path)
    for it in (f"{ZIP}-results", f"{ZIP.upper()}-results", "grades.csv", "...", "a b", "anna"):
        assert (folder / it / "results.json").is_file()


def test_a_damaged_report_is_said_and_stops_nobody(graded):
    path = graded.course.report("hanna")
    kept = path.read_bytes()
    for damage in (b"", b"[]", b'{"exercises": 3}', b"\xff", kept[:100], b'{"exercises": []}'):
        path.write_bytes(damage)
        reports = {it.student: it for it in graded_reports(graded.course)}
        assert "is damaged: grade again" in reports["hanna"].failures[0]
        assert reports["hanna"].score == SCORES["hanna"] and not reports["bilal"].failures
    path.write_bytes(kept)
    failures = {it.student: it.failures for it in graded_reports(graded.course) if it.failures}
    [broken] = failures.pop("gustav")
    assert "warmup.py can't be imported: SyntaxError" in broken and not failures
    assert broken in html.unescape(
        {it["Full name"]: it for it in exported(MOODLE, graded)}["gustav"]["Feedback comments"]
    )


def test_one_students_pages_and_one_systems_files_stop_no_others(graded, monkeypatch):
    def fail_for_anna(course, student, _):
        if student == "anna":
            raise ValueError("an odd notebook")
        return write_text(course.step("feedback", student) / "summary.html", "")

    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    monkeypatch.setattr(cli.here, "repository", graded.repository)
    shutil.rmtree(graded.course.root / "feedback", ignore_errors=True)  # or nothing would be made
    with monkeypatch.context() as patch:
        patch.setattr(feedback, "write_summary", fail_for_anna)
        done = CliRunner().invoke(cli.app, ["feedback"])
    lines = done.output.splitlines()
    assert "  anna: no feedback. an odd notebook" in lines and "  bilal" in lines
    assert done.exit_code == 1 and "All but that of anna is written." in lines
    assert any(it.endswith("feedback_moodle.zip") for it in lines)

    def fail(*_):
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(type(CANVAS), "export", fail)
        done = CliRunner().invoke(cli.app, ["export"])
    lines = done.output.splitlines()
    assert "Canvas: OSError: no room" in lines and any("grades_moodle.csv" in it for it in lines)
    assert done.exit_code == 1 and "All but that of Canvas is written." in lines


def test_the_zip_has_its_scripts_on_top_and_nothing_of_students_or_hidden_cases(graded):
    for name in FILES[:2]:
        (graded.repository.root / name).write_text("text\n")
    path = write_zip(graded.repository, graded.course)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert archive.getinfo("run_autograder").external_attr >> 16 == 0o100755
        assert archive.read("setup.sh").startswith(b"#!/usr/bin/env bash\n")
    assert {"release/00_peak.ipynb", "solutions/lab00_peak/warmup.py", "README.md"} < set(names)
    assert not any("hidden" in name or "anna" in name or "__pycache__" in name for name in names)


def test_the_zip_has_only_the_data_of_the_assignment_and_is_written_when_something_changed(graded):
    corpus = graded.repository.data / "corpus" / "large.flac"
    write_text(corpus, "large")
    path = write_zip(graded.repository, graded.course)
    before = path.stat().st_mtime_ns
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert not any(it.startswith("data/corpus") for it in names)
    assert "data/references/toy.double.safetensors" in names
    assert write_zip(graded.repository, graded.course).stat().st_mtime_ns == before
    master = graded.repository.labs[0].master
    text = master.read_text()
    try:
        master.write_text(f"{text}\n")
        assert write_zip(graded.repository, graded.course).stat().st_mtime_ns > before
    finally:
        master.write_text(text)
    path.write_bytes(b"damaged")
    assert zipfile.is_zipfile(write_zip(graded.repository, graded.course))


def test_what_nobody_could_read_has_no_score_in_any_file_until_somebody_confirms(graded):
    course, report = graded.course, read_report(graded.course.report("bilal"))
    write_results(course)
    results = course.exports / "gradescope" / "bilal" / "results.json"
    assert results.exists()
    kept = course.report("bilal").read_text()
    try:
        report.repairs.insert(0, UNREADABLE)
        report.write(course)
        moodle = {it["Full name"]: it["Feedback comments"] for it in exported(MOODLE, graded)}
        assert moodle["bilal"] == "<br>".join(report.repairs)
        by_exercise = {it["student_id"]: it for it in exported(CSV_FILES, graded)}
        told = {name: it for name, it in by_exercise["bilal"].items() if it}
        assert told == {"student_id": "bilal", "late_submission_penalty": "0.0", "max_score": "4.0"}
        grades = read_csv(course.exports / "grades.csv")
        scores = {it["student_id"]: (it["raw_score"], it["score"]) for it in grades}
        assert scores["bilal"] == ("", "") and scores["anna"] == ("3.5", "3.5")
        write_results(course)
        assert not results.exists()
        confirm(course, "bilal")
        assert exported(CSV_FILES, graded) and write_results(course)
        grades = read_csv(course.exports / "grades.csv")
        assert {it["student_id"]: it["score"] for it in grades}["bilal"] == "0.0"
        assert results.exists()
    finally:
        course.report("bilal").write_text(kept)


@pytest.mark.parametrize("student", ["anna", "dilara", "hanna"])
def test_what_the_zip_runs_gives_the_same_points(graded, student):
    course = graded.course
    submission = course.step("submitted", student)
    alone = grade_one(ASSIGNMENT, course.release, submission, toy_exercises, Limits())
    report = json.loads(course.report(student).read_text())
    assert alone.score == report["score"]
    assert [it.points for it in alone.exercises] == [it["points"] for it in report["exercises"]]
