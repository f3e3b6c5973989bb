"""The lecture demo as Voilà serves it: no code, large pictures, a player that answers."""

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
    player = page.locator(".alignment-player").first
    player.wait_for()
    page.wait_for_timeout(2000)
    assert page.locator("audio").count() >= 1
    assert page.locator("img").count() >= 5
    assert "import" not in page.locator("body").inner_text()
    page.screenshot(path=screenshots / "voila.png", full_page=True)

    stage = player.locator(".stage")
    stage.focus()
    page.keyboard.press("8")
    page.keyboard.press("Space")
    page.wait_for_function(
        "Number(document.querySelector('.stage').getAttribute('aria-valuenow')) > 3"
    )
    page.keyboard.press("Space")
    stopped = stage.get_attribute("aria-valuenow")
    page.wait_for_timeout(500)
    assert stage.get_attribute("aria-valuenow") == stopped
    page.screenshot(path=screenshots / "voila_learned.png")

    player.locator("button", has_text="guided attention left on").click()
    player.locator(".truth").check()
    assert "guided attention left on: mass within" in player.locator(".score").inner_text()
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "voila_fake.png")
