"""nbgrader's formgrader in a real browser: the cohort, and one student's submission."""

import re

import pytest

from autograder.grading.run import grade
from autograder.nbgrader_setup.exchange import collect, fetch, submit
from autograder.paths import REPOSITORY, Course
from autograder.samples.cohort import make_cohort
from autograder.samples.released import release_first

pytestmark = pytest.mark.slow

STUDENTS = ["anna", "bilal", "fatima", "gustav"]
MISTAKES = [("fatima", "losses.feature_matching_loss", "detached_fakes")]


@pytest.fixture
def graded(tmp_path) -> Course:
    """A course with four of the sample cohort, graded."""
    assignment, course = release_first(REPOSITORY, tmp_path / "course")
    exercises = assignment.exercises
    for member in make_cohort(assignment, exercises, MISTAKES):
        if member.student in STUDENTS:
            home = tmp_path / "home" / member.student
            member.work(fetch(REPOSITORY, course, member.student, home))
            submit(REPOSITORY, course, member.student, home)
    grade(REPOSITORY, course, collect(REPOSITORY, course))
    return course


def test_the_formgrader_shows_the_cohort_and_a_submission(page, serve, screenshots, graded):
    address = serve(["jupyter", "lab", "--ServerApp.token=", "--allow-root"], graded.root)
    page.goto(f"{address}/formgrader/manage_submissions/{graded.assignment}")
    rows = page.locator("table tbody tr")
    rows.nth(len(STUDENTS) - 1).wait_for()
    shown = rows.all_inner_texts()
    assert [name for name in STUDENTS if any(name in row for row in shown)] == STUDENTS
    [row] = [row for row in shown if "bilal" in row]
    assert "0 / " in row and "graded" in row
    page.screenshot(path=screenshots / "formgrader_cohort.png")

    page.goto(f"{address}/formgrader/gradebook/{graded.assignment}/03_hifigan_losses")
    page.locator("table tbody tr").nth(len(STUDENTS) - 1).wait_for()
    page.screenshot(path=screenshots / "formgrader_notebook.png")
    pages = page.locator("table tbody tr a", has_text=re.compile("Submission"))
    links = [pages.nth(index).get_attribute("href") for index in range(pages.count())]
    assert len(links) == len(STUDENTS)

    mistaken = []
    for link in links:
        page.goto(f"{address}{link}" if link.startswith("/") else link)
        page.locator("#notebook, #notebook-container").first.wait_for()
        if page.locator("text=Likely mistake").count():
            mistaken.append(link)
            page.locator("text=Likely mistake").first.scroll_into_view_if_needed()
            page.screenshot(path=screenshots / "formgrader_submission.png")
            code = page.locator("pre", has_text="def feature_matching_loss").last
            code.scroll_into_view_if_needed()
            page.screenshot(path=screenshots / "formgrader_module.png")
            assert "detach" in code.inner_text()  # the mistake
            assert page.locator("math").count()
    assert len(mistaken) == 1
