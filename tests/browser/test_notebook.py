"""A student's notebook in a real JupyterLab: a check shows its table, a slider moves a picture."""

import pytest

from autograder.builder.assignment import read_assignment
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.paths import REPOSITORY

pytestmark = pytest.mark.slow


def test_a_check_and_an_explorer_work_in_jupyterlab(page, open_in_lab, screenshots, tmp_path):
    assignment = read_assignment(REPOSITORY, load_exercises(REPOSITORY))
    folder = tmp_path / "lecture7"
    assemble(
        REPOSITORY, folder, assignment, assignment.student_notebooks, assignment.solved_modules
    )
    open_in_lab(folder, "04_mpd_msd.ipynb")
    cells = assignment.student_notebooks["04_mpd_msd"].cells
    explorer = next(i for i, cell in enumerate(cells) if "period_explorer" in cell.source)
    for _ in range(explorer + 1):
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(300)

    check = page.locator(".jp-OutputArea", has_text="Fold").locator("table").first
    check.wait_for()
    assert "2" in check.inner_text()
    picture = page.locator("img.widget-image").first
    picture.wait_for()
    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    page.screenshot(path=screenshots / "jupyterlab_before.png")

    handle = page.locator(".noUi-handle").first
    handle.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "src => document.querySelector('img.widget-image').src != src", arg=before
    )
    page.wait_for_timeout(3000)
    page.screenshot(path=screenshots / "jupyterlab_after.png")
    assert page.locator(".widget-readout").first.inner_text() != "11"
