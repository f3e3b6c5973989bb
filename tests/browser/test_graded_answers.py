"""Chromium on what is made of a hostile answer: formgrader's page, and the feedback page."""

import base64
import io
import wave

import nbformat
import pytest
from IPython.display import Audio
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_output
from nbgrader.api import Gradebook
from toy_cohort import ToyCohort, toy_cohort
from toy_course import ASSIGNMENT
from toy_hostile import WAYS
from toy_nbgrader import nbgrader

from autograder.grading.run import grade
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.students import enter_names
from autograder.reports.summary import SUMMARY
from autograder.submissions.roster import Listed, write_roster

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nbgrader")]
RUBRIC = "A model answer that no student may see."
SPY = """
window.ran = 0;
window.pwned = () => { window.ran += 1 };
window.refused = [];
document.addEventListener("securitypolicyviolation", it => refused.push(it.violatedDirective));
"""


def picture() -> str:
    """Return a figure as Base64 of PNG."""
    figure, data = Figure(figsize=(2, 1)), io.BytesIO()
    figure.subplots().plot([1, 2, 3])
    figure.savefig(data, format="png")
    return base64.b64encode(data.getvalue()).decode()


def sound() -> str:
    """Return a player as the grader writes it."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\0" * 800)
    return Audio(data=data.getvalue())._repr_html_()


@pytest.fixture(params=["our grading", "nbgrader autograde"])
def graded(request, tmp_path) -> ToyCohort:
    """The toy course; anna's answer attacks, and 李静 wrote it."""
    cohort = toy_cohort(tmp_path, ["anna"])
    course = cohort.course
    path = course.step("submitted", "anna") / "00_peak.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [answer] = [it for it in notebook.cells if it.id == "question"]
    answer.source = "\n\n".join(["My answer: $x_1 = 3$", "![](attachment:p.png)", *WAYS])
    answer.attachments = {"p.png": {"image/png": picture()}}
    nbformat.write(notebook, path)
    if request.param == "our grading":
        grade(cohort.repository, course, ["anna"])
    else:
        nbgrader(course.root, "autograde", ASSIGNMENT)
    write_roster(course, [Listed("anna", "静", "李")])
    enter_names(course, ["anna"])
    return cohort


def click_all(page) -> None:
    page.evaluate("document.querySelectorAll('#notebook-container a').forEach(it => it.click())")
    page.wait_for_timeout(500)


def test_formgrader_runs_nothing_hides_the_name_and_shows_the_rubric(
    page, serve, screenshots, graded
):
    with Gradebook(graded.course.gradebook_url) as gradebook:
        [notebook] = gradebook.notebook_submissions("00_peak", ASSIGNMENT)
        submission = notebook.id
    address = serve(["jupyter", "lab", "--ServerApp.token=", "--allow-root"], graded.course.root)
    page.add_init_script(SPY)
    page.goto(f"{address}/formgrader/gradebook/{ASSIGNMENT}/00_peak")
    page.locator("table tbody tr a", has_text="Submission #1").first.wait_for()
    shown = page.locator("body").inner_text()
    assert "anna" not in shown and "李" not in shown

    page.goto(f"{address}/formgrader/submissions/{submission}/")
    page.get_by_text("My answer").wait_for()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text(RUBRIC).is_visible()
    assert page.locator(".nbgrader_cell math").count()
    shown = page.locator("body").inner_text()
    assert "anna" not in shown and "李" not in shown
    page.locator(".glyphicon-eye-open").click()
    assert "李, 静" in page.locator("body").inner_text()
    page.screenshot(path=screenshots / "formgrader_rubric.png", full_page=True)
    click_all(page)
    assert page.evaluate("window.ran") == 0


def test_a_feedback_page_shows_its_formulas_figures_and_styles_and_runs_nothing(
    page, screenshots, graded
):
    course = graded.course
    path = course.step("autograded", "anna") / "00_peak.ipynb"
    notebook = nbformat.read(path, as_version=4)
    outputs = [
        new_output("display_data", data={"image/png": picture()}),
        new_output("display_data", data={"text/html": sound()}),
        new_output("display_data", data={"text/html": "<script>pwned()</script>"}),
    ]
    notebook.cells.append(new_code_cell("import torch  # a comment", outputs=outputs))
    nbformat.write(notebook, path)
    give_feedback(graded.repository, course)
    page.add_init_script(SPY)
    folder = course.step("feedback", "anna")
    page.goto((folder / "00_peak.html").as_uri())
    page.get_by_text("My answer").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "feedback_page.png", full_page=True)
    assert RUBRIC not in page.content()
    sizes = page.evaluate("[...document.images].map(it => it.naturalWidth)")
    assert len([it for it in sizes if it == 200]) == 2, "the figure and the picture pasted"
    assert page.locator("math").first.bounding_box()["width"] > 10
    assert page.locator("audio").evaluate("it => it.error") is None
    colour = "it => getComputedStyle(it).color"
    comment = page.locator(".highlight .c1").first.evaluate(colour)
    assert comment != page.locator("body").evaluate(colour), "code is highlighted"
    border = page.locator(".panel").first.evaluate("it => getComputedStyle(it).borderTopStyle")
    assert border == "solid", "Bootstrap's styles hold"
    click_all(page)
    assert page.evaluate("window.ran") == 0
    refused = set(page.evaluate("window.refused"))
    assert refused == {"script-src-elem", "font-src"}, (
        "the script, and a file of icons that is none"
    )
    page.goto((folder / SUMMARY).as_uri())
    click_all(page)
    assert page.evaluate("[window.ran, window.refused]") == [0, []]
