import os

import pytest

from autograder.grading.autograded import Autograded
from autograder.paths import Course

GIVEN, MODULE = "exercise_lib/check/run.py", "exercise_lib/mel.py"


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path, "home")
    put(course.source / GIVEN, "given")
    put(course.source / MODULE, "released")
    put(course.source / "notebook.ipynb", "the source's")
    for student in ("anna", "bert"):
        put(course.step("intake", student) / MODULE, f"{student}'s")
        put(course.step("intake", student) / "notebook.ipynb", "not graded yet")
    return course


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def written(course, *students):
    autograded = Autograded(course)
    return [autograded.write(it, {"notebook": f"{it}'s, graded"}) for it in students]


def texts(folder):
    paths = [it for it in folder.rglob("*") if it.is_file()]
    return {str(it.relative_to(folder)): it.read_text() for it in paths}


def test_each_has_what_is_given_and_what_is_of_the_student(course):
    for student, folder in zip(("anna", "bert"), written(course, "anna", "bert"), strict=True):
        assert texts(folder) == {
            GIVEN: "given",
            MODULE: f"{student}'s",
            "notebook.ipynb": f"{student}'s, graded",
        }
        assert all(it.stat().st_mode & 0o777 == 0o444 for it in folder.rglob("*.*"))
    assert texts(course.source)[MODULE] == "released"
    assert (course.source / GIVEN).stat().st_mode & 0o200  # which a link to it would have lost


def test_what_is_given_lies_on_the_disk_once(course):
    anna, bert = written(course, "anna", "bert")
    assert anna.joinpath(GIVEN).samefile(bert / GIVEN)
    assert not anna.joinpath(GIVEN).samefile(course.source / GIVEN)
    assert not anna.joinpath(MODULE).samefile(bert / MODULE)


def test_a_folder_goes_without_the_others(course):
    anna, bert = written(course, "anna", "bert")
    autograded = Autograded(course)
    autograded.write("anna", {"notebook": "again"})
    assert texts(bert)[GIVEN] == "given" and texts(anna)["notebook.ipynb"] == "again"


def test_where_the_first_folder_is_gone_or_there_are_no_links_it_is_copied(course, monkeypatch):
    autograded = Autograded(course)
    anna = autograded.write("anna", {})
    (anna / GIVEN).unlink()
    bert = autograded.write("bert", {})
    assert texts(bert)[GIVEN] == "given"

    def refused(*_):
        raise OSError("Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    anna = autograded.write("anna", {})
    assert texts(anna)[GIVEN] == "given" and not anna.joinpath(GIVEN).samefile(bert / GIVEN)
