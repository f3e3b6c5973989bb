"""The site of all solved notebooks, run with few training steps, opened in Chromium from disk."""

import pytest

from autograder.paths import REPOSITORY
from autograder.solved_site import running
from autograder.solved_site.site import INDEX, LARGEST_MB, MB, Site

pytestmark = pytest.mark.slow
LOOK = """() => {
  const images = [...document.images], players = [...document.querySelectorAll(".player canvas")];
  return {
    wide: document.documentElement.scrollWidth > innerWidth,
    unnamed: images.filter((it) => !it.alt).length,
    broken: images.filter((it) => !it.naturalWidth).length,
    silent: [...document.querySelectorAll("audio")].filter((it) => it.error).length,
    empty: players.filter((it) => !it.width).length,
  };
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("EXERCISE_QUICK", "1")
        patch.setattr(running, "OF_CHECKS", "EXERCISE_DATA")
        made = Site(REPOSITORY, tmp_path_factory.mktemp("site"))
        said: list[str] = []
        made.write(said.append)
    assert made.failed == [], said
    return made


def test_each_page_is_small_and_shows_all_without_a_network(site, page, screenshots):
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda it: problems.append(it.text) if it.type == "error" else None)
    page.on(
        "request",
        lambda it: problems.append(it.url) if not it.url.startswith(("file:", "data:")) else None,
    )
    page.goto((site.folder / INDEX).as_uri())
    names = page.locator("tbody a").evaluate_all("all => all.map((it) => it.href)")
    assert len(names) == len(REPOSITORY.labs)
    page.screenshot(path=screenshots / "solved_index.png")
    for lab in REPOSITORY.labs:
        path = site.page(lab.notebook)
        assert path.stat().st_size < LARGEST_MB * MB, lab.name
        page.goto(path.as_uri())
        for width in (1280, 700):
            page.set_viewport_size({"width": width, "height": 1000})
            found = page.evaluate(LOOK)
            nothing = {"unnamed": 0, "broken": 0, "silent": 0, "empty": 0}
            assert found == {"wide": False, **nothing}, (lab.name, width)
        page.screenshot(path=screenshots / f"solved_{lab.notebook}.png", full_page=True)
    assert problems == []


def test_the_player_of_a_page_plays(site, page):
    with_player = [it for it in site.labs if 'class="player"' in site.page(it.name).read_text()]
    assert with_player
    for solved in with_player:
        page.goto(site.page(solved.name).as_uri())
        player = page.locator(".player").first
        player.locator(".play").click()
        moved = player.locator(".now").filter(has_not_text=", 0.00 s")
        moved.wait_for()  # no `wait_for_function`: the page's policy forbids its `eval`


def test_a_second_time_nothing_runs(site):
    said: list[str] = []
    Site(REPOSITORY, site.folder).write(said.append)
    assert all(it.endswith(": unchanged") for it in said) and len(said) == len(site.labs)
