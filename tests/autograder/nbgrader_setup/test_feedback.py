"""Feedback pages: the same as nbgrader's, and written again only where they would differ."""

import json
import shutil
import time
from functools import partial

import nbformat
import pytest
from nbgrader.api import Gradebook
from toy_cohort import ToyCohort, toy_cohort
from toy_course import ASSIGNMENT, toy_exercises
from toy_sandbox import InKeptSandbox, needs_bubblewrap

from autograder.grading.run import grade, sandboxed
from autograder.nbgrader_setup import feedback
from autograder.nbgrader_setup.api import open_api, succeed
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.feedback_pages import FeedbackPages
from autograder.submissions.roster import Listed, write_roster

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("summary")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> ToyCohort:
    cohort = toy_cohort(tmp_path_factory.mktemp("graded"), ["anna", "bilal", "dilara"])
    course = cohort.course
    with sandboxed(cohort.repository, course, toy_exercises, start=InKeptSandbox) as checks:
        grade(cohort.repository, course, cohort.students, checks)
    return cohort


def written(cohort: ToyCohort, **options) -> list[str]:
    """Give feedback; return for whom pages were written."""
    said: list[str] = []
    give_feedback(cohort.repository, cohort.course, said.append, **options)
    return [it.strip() for it in said]


def comment_on(cohort: ToyCohort, student: str, text: str) -> None:
    with Gradebook(cohort.course.gradebook_url) as gradebook:
        found = gradebook.find_comment("question", "00_peak", ASSIGNMENT, student)
        found.manual_comment = text
        gradebook.db.commit()


def test_pages_are_those_of_nbgrader_and_written_where_they_would_differ(graded, monkeypatch):
    course = graded.course
    comment_on(graded, "dilara", "Nearly.")
    assert written(graded) == ["anna", "bilal", "dilara"]
    pages = {it: it.read_text() for it in sorted((course.root / "feedback").rglob("0*.html"))}
    assert len(pages) == 6
    assert written(graded) == []

    comment_on(graded, "dilara", "Well said.")
    assert written(graded) == ["dilara"]
    path = course.step("feedback", "dilara") / "00_peak.html"
    assert "Well said." in path.read_text() and "Nearly." not in path.read_text()
    path.unlink()
    assert written(graded) == ["dilara"] and path.exists()
    roster = [Listed("dilara", group="7"), Listed("hanna", group="7")]
    write_roster(course, roster)
    assert written(graded) == ["dilara"], "the summary names all of a group"
    write_roster(course, [])
    assert written(graded) == ["dilara"]

    comment_on(graded, "dilara", "Nearly.")
    shutil.rmtree(course.root / "feedback")
    for student in graded.students:
        succeed(open_api(graded.repository, course).generate_feedback(ASSIGNMENT, student))
    for path, page in pages.items():
        assert page == path.read_text(), path.name
    monkeypatch.setattr(feedback, "fingerprint_of_grading", lambda *_: "another version")
    assert written(graded) == ["anna", "bilal", "dilara"]


def test_a_page_that_can_not_be_made_stops_nobody_elses(graded):
    broken = graded.course.step("autograded", "bilal") / "00_peak.ipynb"
    kept = broken.read_bytes()
    broken.chmod(0o644)
    notebook = nbformat.read(broken, as_version=4)
    notebook.cells[0].attachments = {"a.webp": "no mapping"}
    notebook.cells[0].source = "![picture](attachment:a.webp)"
    broken.write_text(json.dumps(notebook))
    comment_on(graded, "anna", "One.")
    comment_on(graded, "dilara", "Two.")
    said = written(graded)
    assert [it.partition(":")[0] for it in said] == ["anna", "bilal", "dilara"]
    assert "no feedback" in said[1]
    for student, comment in (("anna", "One."), ("dilara", "Two.")):
        assert comment in (graded.course.step("feedback", student) / "00_peak.html").read_text()
    broken.write_bytes(kept)
    assert "bilal" in written(graded)


def test_an_answer_that_takes_too_long_to_be_set_is_shown_as_it_was_typed(graded, monkeypatch):
    html = FeedbackPages.html

    def slow(self, notebook, *args, **more):
        if any(it.cell_type == "markdown" and it.source == "*slow*" for it in notebook.cells):
            time.sleep(60)
        return html(self, notebook, *args, **more)

    path = graded.course.step("autograded", "bilal") / "00_peak.ipynb"
    kept = path.read_bytes()
    path.chmod(0o644)
    notebook = nbformat.read(path, as_version=4)
    [answer] = [it for it in notebook.cells if it.id == "question"]
    answer.source = "*slow*"
    path.write_text(json.dumps(notebook))
    with monkeypatch.context() as patch:
        patch.setattr(FeedbackPages, "html", slow)
        patch.setattr(feedback, "limited", partial(feedback.limited, seconds=3))
        [said] = [it for it in written(graded) if it.startswith("bilal")]
        assert "as it was typed" in said
        page = (graded.course.step("feedback", "bilal") / "00_peak.html").read_text()
        assert "*slow*" in page and "<em>slow</em>" not in page
        assert written(graded) == [], "the time is taken once"
    path.write_bytes(kept)
    written(graded)


def test_control_characters_of_an_answer_are_not_on_its_page(graded):
    broken = graded.course.step("autograded", "bilal") / "00_peak.ipynb"
    broken.chmod(0o644)
    notebook = nbformat.read(broken, as_version=4)
    notebook.cells[0].source += "\nred \x1b[31m and \x00 and \u202e reversed"
    broken.write_text(json.dumps(notebook))
    comment_on(graded, "bilal", "Three.")
    assert "bilal" in written(graded)
    page = (graded.course.step("feedback", "bilal") / "00_peak.html").read_text()
    assert "red  and  and  reversed" in page
