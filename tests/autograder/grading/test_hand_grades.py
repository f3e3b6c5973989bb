"""Points and comments given by hand hold until the answer they were given for changes."""

import csv

import pytest
from toy_by_hand import change_answer, give, in_gradebook, seen, waiting
from toy_graded import run
from toy_sandbox import needs_bubblewrap

from autograder.grading.run import grade
from autograder.lms.moodle import MOODLE
from autograder.nbgrader_setup.hand_grades import waits_for_a_person

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("grade")]
BY_HAND = ("anna", "bilal")


@pytest.mark.parametrize(
    ("manual", "auto", "given_for", "answer", "waits"),
    [
        (None, 1.0, None, "a", False),
        (None, None, None, "a", True),
        (None, None, "a", "a", True),
        (1.5, None, "a", "a", False),
        (0.0, 0.3, "a", "a", False),
        (1.5, None, "a", "b", True),
        (0.5, 0.3, "a", "b", True),
        (1.5, None, None, "a", True),
    ],
)
def test_points_given_by_hand_hold_for_one_answer(manual, auto, given_for, answer, waits):
    assert waits_for_a_person(manual, auto, given_for, answer) == waits


@pytest.fixture
def by_hand(cohort, checks):
    """The cohort after a question was graded by hand, and a check given a part of its points."""
    run(cohort, checks, BY_HAND)
    assert waiting(cohort) == {("anna", "question")}
    give(cohort, "anna", "question", 1.5, "Nearly: say why.")
    give(cohort, "bilal", "check-peak", 0.5)
    return cohort


def moodle_grades(cohort) -> dict[str, str]:
    [path] = MOODLE.export(cohort.repository, cohort.course)
    return {it["Identifier"]: it["Grade"] for it in csv.DictReader(path.open(encoding="utf-8"))}


def test_regrades_change_nothing_that_was_given_by_hand(by_hand, checks):
    run(by_hand, checks, BY_HAND)
    before = seen(by_hand)
    assert moodle_grades(by_hand) == {"anna": "3.5", "bilal": "0.5"}
    assert before[0]["anna", "question"]["comments"] == ["Nearly: say why."]

    for options in ({"only": "toy.double"}, {"only": "warmup.peak_normalise"}, {"again": True}, {}):
        run(by_hand, checks, BY_HAND, **options)
        assert seen(by_hand) == before
    grade(by_hand.repository, by_hand.course, BY_HAND, again=True)  # nbgrader's own autograder
    assert seen(by_hand)[:2] == before[:2]


def test_the_same_answer_handed_in_again_keeps_its_points_and_another_one_waits(by_hand, checks):
    run(by_hand, checks, BY_HAND)
    before = seen(by_hand)
    folder = by_hand.course.step("submitted", "anna")
    answer = change_answer(folder, "00_peak", "question", "")
    change_answer(folder, "00_peak", "question", answer)
    (folder / "notes.txt").write_text("One file more.")
    run(by_hand, checks, BY_HAND)
    assert seen(by_hand) == before

    change_answer(folder, "00_peak", "question", "Another answer.")
    run(by_hand, checks, BY_HAND)
    assert waiting(by_hand) == {("anna", "question")}
    assert in_gradebook(by_hand)["anna", "question"]["manual_score"] == 1.5
    assert moodle_grades(by_hand) == {"anna": "", "bilal": "0.5"}
    run(by_hand, checks, BY_HAND, again=True)
    assert waiting(by_hand) == {("anna", "question")}

    change_answer(folder, "00_peak", "question", answer)
    run(by_hand, checks, BY_HAND)
    assert seen(by_hand) == before

    change_answer(folder, "00_peak", "question", "A third answer.")
    run(by_hand, checks, BY_HAND)
    give(by_hand, "anna", "question", 2.0)
    run(by_hand, checks, BY_HAND, again=True)
    assert waiting(by_hand) == set() and moodle_grades(by_hand)["anna"] == "4"


def test_points_given_by_hand_for_a_check_wait_when_its_module_is_another(by_hand, checks):
    path = by_hand.course.step("submitted", "bilal") / "exercise_lib" / "warmup.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# another try\n", encoding="utf-8")
    run(by_hand, checks, BY_HAND)
    assert waiting(by_hand) == {("bilal", "check-peak")}
    assert in_gradebook(by_hand)["bilal", "check-peak"]["score"] == 0.5


def test_a_submission_that_cannot_be_graded_for_once_keeps_its_points(by_hand, checks, monkeypatch):
    run(by_hand, checks, BY_HAND)
    before = seen(by_hand)

    def fail(course, student):
        raise ValueError("a fault of the grader")

    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.worker.take_in", fail)
        run(by_hand, checks, BY_HAND, again=True)
    assert waiting(by_hand) == {("anna", "question")}  # bilal's module is the released one
    run(by_hand, checks, BY_HAND, again=True)
    assert seen(by_hand) == before
