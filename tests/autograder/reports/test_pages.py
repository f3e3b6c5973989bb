"""The pages on a cohort are written where they would differ."""

import pytest

from autograder.paths import REPOSITORY, Course
from autograder.reports import pages
from exercise_lib.files import write_text


@pytest.fixture
def course(tmp_path, monkeypatch):
    course = Course(tmp_path, "first")
    for step in ("intake", "autograded"):
        course.step(step, "anna").mkdir(parents=True)
    write_text(course.report("anna"), "3 of 4")
    write_text(course.prints("anna"), "some hashes")
    for name in ("cohort", "similarity"):
        monkeypatch.setattr(pages, name, lambda *_, name=name: [write(course, name)])
    return course


def write(course, name):
    """Write a page that counts how often it was written."""
    path = course.reports / f"{name}.html"
    return write_text(path, f"{path.read_text() if path.exists() else ''}+")


def often(course, grading="as ever"):
    """Return how often each page was written, once more is asked for them."""
    return [len(it.read_text()) for it in pages.write_cohort(REPOSITORY, course, grading)]


def test_what_stays_is_not_written_again(course):
    assert often(course) == often(course) == [1, 1]


def test_other_points_change_the_page_of_the_cohort_alone(course):
    assert often(course) == [1, 1]
    write_text(course.report("anna"), "4 of 4")
    assert often(course) == [2, 1]


def test_another_submission_changes_what_looks_alike(course):
    assert often(course) == [1, 1]
    write_text(course.prints("anna"), "other hashes")
    assert often(course) == [1, 2]


def test_a_page_that_is_gone_is_written_and_so_are_all_by_another_grader(course):
    assert often(course) == [1, 1]
    (course.reports / "similarity.html").unlink()
    assert often(course) == [1, 1]
    assert often(course, "another") == [2, 2]


@pytest.mark.parametrize("kept", ["", "[]", '["a", []]', '{"cohort": 3}'])
def test_a_note_that_can_not_be_read_counts_for_nothing(course, kept):
    write_text(course.reports / pages.MADE_OF, kept)
    assert often(course) == often(course) == [1, 1]
