"""nbgrader's formgrader in a real browser: the cohort, and one student's submission."""

import re

import pytest
from toy_course import ASSIGNMENT

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import build_references, hidden_seed
from autograder.builder.exercises import load_exercises
from autograder.grading.run import grade
from autograder.nbgrader_setup.exchange import collect, fetch, release, submit
from autograder.paths import REPOSITORY, Course
from autograder.samples.cohort import make_cohort

pytestmark = pytest.mark.slow

STUDENTS = ["anna", "bilal", "fatima", "gustav"]


@pytest.fixture
def graded(tmp_path) -> Course:
    """A course with four of the sample cohort, graded."""
    exercises = load_exercises(REPOSITORY)
    assignment, course = (
        read_assignment(REPOSITORY, exercises),
        Course(tmp_path / "course", ASSIGNMENT),
    )
    seed = hidden_seed(REPOSITORY.hidden)
    build_references(exercises, REPOSITORY.hidden / ASSIGNMENT, seed, hidden=True)
    write_course(REPOSITORY, course, assignment)
    release(REPOSITORY, course)
    for member in make_cohort(assignment, exercises):
        if member.student in STUDENTS:
            home = tmp_path / "home" / member.student
            member.work(fetch(REPOSITORY, course, member.student, home))
            submit(REPOSITORY, course, member.student, home)
    grade(REPOSITORY, course, collect(REPOSITORY, course))
    return course


def test_the_formgrader_shows_the_cohort_and_a_submission(page, serve, screenshots, graded):
    address = serve(["jupyter", "lab", "--ServerApp.token=", "--allow-root"], graded.root)
    page.goto(f"{address}/formgrader/manage_submissions/{ASSIGNMENT}")
    rows = page.locator("table tbody tr")
    rows.nth(len(STUDENTS) - 1).wait_for()
    shown = rows.all_inner_texts()
    assert [name for name in STUDENTS if any(name in row for row in shown)] == STUDENTS
    [row] = [row for row in shown if "bilal" in row]
    assert "0 / " in row and "graded" in row
    page.screenshot(path=screenshots / "formgrader_cohort.png")

    page.goto(f"{address}/formgrader/gradebook/{ASSIGNMENT}/03_hifigan_losses")
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
            assert "detach" in code.inner_text()  # fatima's mistake
            assert page.locator("math").count()
    assert len(mistaken) == 1
