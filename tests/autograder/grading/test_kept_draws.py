"""Who is graded again has the cases of before; what was handed in since has cases of its own."""

import stat

import pytest
from toy_graded import run
from toy_sandbox import needs_bubblewrap

from autograder.grading import kept_draws
from autograder.grading.kept_draws import NOTE, draw_for
from autograder.paths import Course

OF_TWO = {"anna": "1", "bilal": "2"}


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path, "toy")


def test_all_or_some_of_a_run_have_its_cases_again(course):
    first = draw_for(course, OF_TWO)
    assert draw_for(course, OF_TWO) == draw_for(course, {"bilal": "2"}) == first
    assert stat.S_IMODE(first.folder.stat().st_mode) == 0o700 and first.seed not in repr(first)


@pytest.mark.parametrize(
    "later",
    [{"anna": "3"}, {"anna": "2"}, {"chen": "1"}, OF_TWO | {"anna": "3"}, OF_TWO | {"chen": "1"}],
    ids=["another", "a neighbour's", "new", "one of two", "one more"],
)
def test_what_was_handed_in_since_has_cases_of_its_own(course, later):
    first = draw_for(course, OF_TWO)
    second = draw_for(course, later)
    assert second.seed != first.seed and second.folder != first.folder
    assert draw_for(course, later) == second and draw_for(course, OF_TWO) in (first, second)


def test_some_draws_are_kept_and_what_cannot_be_read_is_none(course):
    first = draw_for(course, OF_TWO)
    (first.folder / NOTE).write_text("[")
    second = draw_for(course, OF_TWO)
    assert second.seed != first.seed
    for number in range(9):
        draw_for(course, {"anna": str(number)})
    assert len(list(course.draws.iterdir())) == kept_draws.MOST and not second.folder.exists()


@needs_bubblewrap
@pytest.mark.xdist_group("grade")
def test_a_regrade_has_the_cases_of_the_run_and_a_new_submission_others(cohort, checks):
    def cases_of(students, **options):
        run(cohort, checks, students, **options)
        return checks.settings.draw

    both = cases_of(["anna", "bilal"], again=True)
    assert cases_of(["anna"], again=True) == both
    cohort.hand_in("bilal", like="gustav")
    assert cases_of(["bilal"]).seed != both.seed
    assert cases_of(["anna"], again=True) == both
