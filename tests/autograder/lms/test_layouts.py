"""Whose a submission is: the layouts of downloads, and names made to be taken for another's."""

import zipfile

import pytest
from toy_course import ASSIGNMENT

from autograder.lms import canvas, names_as
from autograder.lms.canvas import CANVAS
from autograder.paths import Course
from autograder.reports.report import Report
from autograder.submissions.collect import collect_submissions, refused_of
from autograder.submissions.roster import Listed, write_roster

NOTEBOOK = b'{"cells": []}'


@pytest.fixture
def collect(tmp_path):
    """Return a function that collects files as a zip: students, notes, what was recognised."""
    course = Course(tmp_path / "course", ASSIGNMENT)

    def collect(files, layout=""):
        path = tmp_path / "in.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        said = []
        students, notes = collect_submissions(course, path, names_as(layout), said.append)
        return students, notes, said

    collect.course = course
    return collect


def held(collect, student):
    folder = collect.course.step("submitted", student)
    return {it.name: it.read_bytes() for it in folder.rglob("*") if it.is_file()}


def packed(tmp_path, files):
    path = tmp_path / "part.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path.read_bytes()


@pytest.mark.parametrize("attacker", ["Aaron", "Mallory"])
@pytest.mark.parametrize("anna_is_there", [True, False])
def test_a_file_name_gives_nobody_elses_submission_away(collect, attacker, anna_is_there):
    anna = {"Anna_48201_assignsubmission_file_01.ipynb": b"anna"} if anna_is_there else {}
    crafted = f"{attacker}_666_assignsubmission_file_x_48201_assignsubmission_file_01.ipynb"
    own = {f"{attacker}_666_assignsubmission_file_own.ipynb": b"own"}
    students, notes, _ = collect({**anna, **own, crafted: b"planted"})
    wanted = [f"{attacker.lower()}-666", *(["anna-48201"] if anna_is_there else [])]
    assert students == sorted(wanted)
    assert notes == [f"{crafted} was refused: its name could be that of two participants."]
    assert held(collect, f"{attacker.lower()}-666") == {"own.ipynb": b"own"}
    if anna_is_there:
        assert held(collect, "anna-48201") == {"01.ipynb": b"anna"}


LAYOUTS = {
    "Moodle": [
        ("Anna_1_assignsubmission_file_/01.ipynb", "Bo_2_assignsubmission_file_/01.ipynb"),
        ("Anna_1_assignsubmission_file_01.ipynb", "Bo_2_assignsubmission_file_01.ipynb"),
    ],
    "Canvas": [("svenssonanna_1_91_01.ipynb", "ahmadbo_LATE_2_92_01.ipynb")],
    "Blackboard": [
        ("hw_anna_attempt_2026-01-02-10-00-00_01.ipynb", "hw_bo_attempt_2026-01-02-10-00-00.txt")
    ],
    "Gradescope": [("e/submission_1/01.ipynb", "e/submission_2/01.ipynb")],
    "Ilias": [("hw/Sven_Anna_anna_1/01.ipynb", "hw/Ahmad_Bo_b_o_2/01.ipynb")],
    "folders": [
        ("anna/01.ipynb", "bo/exercise_lib/mel.py"),  # GitHub Classroom's, too
        ("anna/hw/01.ipynb", "bo/hw/01.ipynb"),  # nbgrader's
    ],
}


@pytest.mark.parametrize(
    ("system", "names"), [(it, names) for it in LAYOUTS for names in LAYOUTS[it]]
)
def test_layouts_are_recognised_and_said_before_anything_is_copied(collect, system, names):
    wrapper, slash, _ = names[0].partition("/") if system in ("Gradescope", "Ilias") else [""] * 3
    stray = {f"{wrapper}{slash}readme.md": b""}
    students, notes, [said] = collect({**dict.fromkeys(names, NOTEBOOK), **stray})
    layout = "folders and zips" if system == "folders" else f"a download of {system}"
    assert len(students) == 2 and said == f"Recognised: {layout}, 2 students."
    assert notes == ["readme.md is not used."]


def test_somebody_can_say_of_which_system_a_download_is(collect):
    names = ["svenssonanna_1_91_01.zip", "a_b_c_2/01.ipynb", "d_e_f_3/01.ipynb"]
    assert collect(dict.fromkeys(names, NOTEBOOK), "ilias")[0] == ["a-b-2", "d-e-3"]
    assert collect(dict.fromkeys(names, NOTEBOOK), "folders")[0] == [
        "a_b_c_2",
        "d_e_f_3",
        "svenssonanna_1_91_01",
    ]
    with pytest.raises(KeyError):
        names_as("pigeon")


@pytest.mark.parametrize("stray", ["notes.ipynb", "exercise_lib/mel.py", ".venv/x.ipynb"])
def test_a_cohort_is_never_one_student(collect, tmp_path, stray):
    work = packed(tmp_path, {"01.ipynb": NOTEBOOK})
    assert collect({"anna.zip": work, "bilal.zip": work, stray: NOTEBOOK})[0] == ["anna", "bilal"]
    moodle = [f"{it}_assignsubmission_file_l.zip" for it in ("Anna_1", "Bo_2")]
    assert collect({**dict.fromkeys(moodle, work), stray: NOTEBOOK})[0] == ["anna-1", "bo-2"]
    if not stray.startswith("."):
        with pytest.raises(ValueError, match=r"anna\.zip beside it could be a student's"):
            collect({"anna.zip": work, stray: NOTEBOOK})


def test_the_latest_attempt_counts_and_is_named(collect, tmp_path):
    old, new = (packed(tmp_path, {"01.ipynb": it}) for it in (b"old", b"new"))
    files = {"anna_1_91_hw.zip": old, "anna_1_95_hw-1.zip": new, "bo_2_92_hw-1.zip": new}
    _, notes, _ = collect(files)
    assert held(collect, "anna-1") == held(collect, "bo-2") == {"01.ipynb": b"new"}
    assert notes == ["anna-1: hw-1.zip counts, the latest of 2 of hw.zip."]
    dates = "2026-01-09-10-00-00", "2026-01-10-10-00-00"
    files = {f"hw_anna_attempt_{it}_{it}.ipynb": NOTEBOOK for it in dates}
    [anna], [note], _ = collect(files)
    assert list(held(collect, anna)) == [f"{dates[1]}.ipynb"]
    assert note == f"{anna}: the attempt of {dates[1]} counts, the latest of 2."


def dated(tmp_path, files, year):
    path = tmp_path / "dated.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), data)
    return path.read_bytes()


@pytest.mark.parametrize("years", [(2024, 2025), (2025, 2024)])
def test_two_archives_of_one_student_are_not_mixed(collect, tmp_path, years):
    works = [{f"hw{year}/01.ipynb": b"%d" % year, f"hw{year}/02_{year}.ipynb": b""}
             for year in years]  # fmt: skip
    zips = [dated(tmp_path, work, year) for work, year in zip(works, years, strict=True)]
    part = dated(tmp_path, {"hw/09.ipynb": b"part"}, 2020)
    folder = "Anna_1_assignsubmission_file_"
    files = {f"{folder}/a.zip": zips[0], f"{folder}/b.zip": zips[1], f"{folder}/c.zip": part}
    collect(files)
    found = held(collect, "anna-1")
    assert found == {"01.ipynb": b"2025", "02_2025.ipynb": b"", "09.ipynb": b"part"}
    [said] = refused_of(collect.course, "anna-1")
    old, new = ("a.zip", "b.zip") if years[0] == 2024 else ("b.zip", "a.zip")
    assert said == f"{old} was refused: {new} is a later archive of the same work."


def test_canvas_gets_names_as_its_own_list_has_them(collect, monkeypatch):
    collect({"svenssonanna_48201_9901_01.ipynb": NOTEBOOK, "bo_2_92_01.ipynb": NOTEBOOK})
    write_roster(collect.course, [Listed("svenssonanna-48201", "Anna", "Svensson")])
    reports = [Report("bo-2"), Report("svenssonanna-48201"), Report("kaisa")]
    monkeypatch.setattr(canvas, "graded_reports", lambda _: reports)
    [path] = CANVAS.export(None, collect.course)
    _, _, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = ["bo,2,,,,0", '"Svensson, Anna",48201,,,,0', "kaisa,,,kaisa,,0"]
    assert lines == rows


def test_canvas_gets_its_own_ids_back(collect):
    collect({"svenssonanna_48201_9901_01.ipynb": NOTEBOOK, "bo_2_92_01.ipynb": NOTEBOOK})
    known = canvas.names_of(collect.course)
    row = ["svenssonanna", "48201", "", "", ""]
    assert canvas.identity("svenssonanna-48201", known) == row
    assert canvas.identity("kaisa", known) == ["kaisa", "", "", "kaisa", ""]
