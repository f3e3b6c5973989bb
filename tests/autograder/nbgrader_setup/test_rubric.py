"""The rubric is beside the answer for who grades it, and nowhere that a student looks."""

import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader.handlers import template_path
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT
from toy_nbgrader import nbgrader
from traitlets.config import PyFileConfigLoader

from autograder.nbgrader_setup.feedback import give_feedback

pytestmark = pytest.mark.xdist_group("nbgrader")
RUBRIC = "A model answer that no student may see."


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The toy cohort, graded by nbgrader's own command."""
    cohort = toy_cohort(tmp_path_factory.mktemp("rubric"), ["anna"])
    nbgrader(cohort.course.root, "autograde", ASSIGNMENT)
    return cohort


def formgraders_page(course, notebook: str) -> str:
    """Return the page that formgrader shows of anna's notebook, made as formgrader makes it."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [template_path]
    resources = {"assignment_id": ASSIGNMENT, "notebook_id": notebook, "index": 0, "total": 1}
    path = course.step("autograded", "anna") / f"{notebook}.ipynb"
    page, _ = HTMLExporter(config=config).from_filename(str(path), resources=resources)
    return page


def test_formgrader_shows_the_rubric_below_the_answer(graded):
    page = formgraders_page(graded.course, "00_peak")
    answer, rubric = page.index("A student's answer in words"), page.index(RUBRIC)
    assert answer < rubric < page.index('id="question-comment"')
    assert page.count(RUBRIC) == 1 and "SOLUTION" not in page
    assert RUBRIC not in formgraders_page(graded.course, "01_double")


def test_a_question_that_the_master_has_no_longer_is_shown_without(graded):
    master = graded.course.source / "00_peak.ipynb"
    kept = master.read_text()
    master.write_text(kept.replace('"grade_id": "question"', '"grade_id": "other"'))
    assert RUBRIC not in formgraders_page(graded.course, "00_peak")
    master.unlink()
    assert "A student's answer" in formgraders_page(graded.course, "00_peak")
    master.write_text(kept)


def test_students_never_get_the_rubric(graded):
    course = graded.course
    give_feedback(graded.repository, course)
    nbgrader(course.root, "generate_feedback", ASSIGNMENT, "--force")
    pages = list(course.step("feedback", "anna").glob("*.html"))
    assert len(pages) >= 2
    steps = [course.release, course.step("autograded", "anna"), course.exchange]
    files = [path for it in steps for path in it.rglob("*") if path.is_file()]
    for path in [*pages, *files]:
        assert RUBRIC.encode() not in path.read_bytes(), path
