"""The lecture demo as Voilà serves it: no code, large pictures, explorers that answer."""

import pytest

from autograder.assemble import assemble
from autograder.assignment import read_assignment
from autograder.exercises import all_exercises
from autograder.repository import REPOSITORY

pytestmark = pytest.mark.slow


def test_the_lecture_demo_answers_under_voila(page, serve, screenshots, tmp_path):
    assignment = read_assignment(REPOSITORY, all_exercises())
    folder = tmp_path / "lecture7"
    assemble(REPOSITORY, folder, assignment.student_notebooks, assignment.student_modules)
    address = serve(["voila", "lecture_alignment.ipynb", "--Voila.ip=127.0.0.1"], folder)

    page.goto(address)
    picture = page.locator("img.widget-image").first
    picture.wait_for()
    page.wait_for_timeout(2000)
    assert page.locator("audio").count() >= 1
    assert page.locator("img").count() >= 6
    assert "import" not in page.locator("body").inner_text()
    page.screenshot(path=screenshots / "voila.png", full_page=True)

    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    page.locator(".noUi-handle").first.focus()
    for _ in range(25):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "src => document.querySelector('img.widget-image').src != src", arg=before
    )
    page.wait_for_timeout(3000)
    page.screenshot(path=screenshots / "voila_earlier.png")

    before = picture.get_attribute("src")
    page.locator("select").first.select_option("guided attention left on")
    page.wait_for_function(
        "src => document.querySelector('img.widget-image').src != src", arg=before
    )
    page.wait_for_timeout(1000)
    page.screenshot(path=screenshots / "voila_fake.png")
