"""Item statistics: difficulty, discrimination and misconceptions of each exercise, as CSV."""

import pytest
from toy_course import ASSIGNMENT

from autograder.paths import Course
from autograder.reports.items import find_items, write_items
from autograder.reports.report import ExerciseReport, Report
from autograder.submissions.files import UNREADABLE
from autograder.tables import read_csv


def report(student: str, *points: float, mistake: str = "") -> Report:
    named = {mistake: f"About {mistake}."} if mistake else {}
    exercises = [
        ExerciseReport(f"toy.e{n}", it, 2.0, named if it < 2 else {}, "")
        for n, it in enumerate(points)
    ]
    return Report(student, sum(points), 2.0 * len(points), exercises=exercises)


def test_an_exercise_that_the_good_fail_discriminates_the_wrong_way():
    cohort = [report("a", 2, 0, 2), report("b", 1, 1, 1), report("c", 0, 2, 0)]
    easy, odd, _ = find_items(cohort)
    assert easy.difficulty == odd.difficulty == 0.5
    assert easy.discrimination is None, "the points of the others are the same for all"
    assert odd.discrimination == pytest.approx(-1)


def test_the_item_itself_is_not_in_the_total_it_is_compared_with():
    cohort = [report("a", 2, 1, 1), report("b", 0, 1, 2), report("c", 0, 1, 0)]
    first, same_for_all, _ = find_items(cohort)
    assert first.discrimination == pytest.approx(0)
    assert same_for_all.discrimination is None and same_for_all.difficulty == 0.5


def test_the_tables_count_who_was_graded_and_leave_out_who_waits(tmp_path):
    course = Course(tmp_path, ASSIGNMENT)
    unread = report("ivan", 0, 0)
    unread.repairs = [UNREADABLE]
    cohort = [report("a", 2, 2), report("b", 0, 2, mistake="off"), report("c", 1, 0, mistake="off")]
    for it in [*cohort, unread]:
        it.write(course)
        course.step("autograded", it.student).mkdir(parents=True)
    items, misconceptions = map(read_csv, write_items(course))
    assert [(it["exercise"], it["students"], it["difficulty"]) for it in items] == [
        ("toy.e0", "3", "0.5"), ("toy.e1", "3", "0.667"),
    ]  # fmt: skip
    assert float(items[0]["discrimination"]) == pytest.approx(0)
    assert misconceptions[0] == {
        "exercise": "toy.e0", "misconception": "off", "students": "2", "share": "0.667",
        "sentence": "About off.",
    }  # fmt: skip


def test_too_few_students_say_nothing_of_discrimination():
    assert [it.discrimination for it in find_items([report("a", 2, 0), report("b", 0, 2)])] == [
        None, None,
    ]  # fmt: skip
    assert find_items([]) == []
