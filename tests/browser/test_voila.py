"""The lecture demo as `make lecture` starts it: no code, large pictures, players that answer."""

import pytest

from autograder.paths import REPOSITORY

pytestmark = pytest.mark.slow


def test_the_lecture_demo_answers_under_voila(page, serve, screenshots):
    page.goto(serve(["autograder", "lecture"], REPOSITORY.root))
    page.locator(".speaking-player .stage").first.wait_for()
    sentence = page.locator(".sentence")
    sentence.fill("A bird slept.")
    sentence.press("Enter")
    page.wait_for_function("document.querySelector('.speaking-player audio').ended")
    assert page.locator(".text").first.get_attribute("aria-label") == "A bird slept."

    player = page.locator(".alignment-player").nth(2)  # behind the speaking player's two
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
        "Number(document.querySelectorAll('.stage')[2].getAttribute('aria-valuenow')) > 3"
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
