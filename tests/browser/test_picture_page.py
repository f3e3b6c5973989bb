"""The picture player in Chromium: in notebooks with a kernel, and exported without one."""

import subprocess
import sys

import nbformat
import pytest

from autograder.builder.solved import assemble_solved
from autograder.paths import REPOSITORY

pytestmark = pytest.mark.slow
CELLS = (
    "from exercise_lib.picture_player import picture_player\nplayer = picture_player()\nplayer",
    "player.export_html('pictures.html', ['a red circle', 'a blue star on plain black'])",
)
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with all that is painted with, and a notebook."""
    folder = tmp_path / "lecture"
    assemble_solved(REPOSITORY, folder)
    for name in ("diffusion", "dit"):
        (folder / "data" / name).symlink_to(REPOSITORY.data / name)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    nbformat.write(notebook, folder / "pictures.ipynb")
    return folder


class Painter:
    """The picture player on a page."""

    def __init__(self, page):
        self.page, self.root = page, page.locator(".picture-player")
        self.prompt, self.problem = self.root.locator(".prompt"), self.root.locator(".problem")

    def type(self, text):
        self.prompt.fill(text)
        self.prompt.press("Enter")

    def wait_until_played(self):
        self.root.locator(".pair[data-step='16']").wait_for()
        self.root.locator(".play", has_text="play").wait_for()

    def wait_for_words(self, text):
        self.page.wait_for_function(
            "text => [...document.querySelectorAll('.word')].map(it => it.textContent)"
            ".join(' ') === text",
            arg=text,
        )

    def word(self, number):
        return self.root.locator(".word").nth(number)

    @property
    def pictures(self):
        return self.page.evaluate(
            "[...document.querySelectorAll('.frame canvas')].map(it => it.toDataURL())"
        )

    @property
    def told(self):
        canvases = self.root.locator(".frame canvas").all()
        return [it.get_attribute("aria-label") for it in canvases]

    @property
    def verdicts(self):
        return [it.all_inner_texts() for it in self.lists("li")]

    @property
    def wrong(self):
        return [it.all_inner_texts() for it in self.lists("li.wrong")]

    def lists(self, what):
        return [it.locator(what) for it in self.root.locator(".verdict").all()]


def run_first_cell(page):
    page.locator(".jp-Notebook .jp-CodeCell").first.locator(".cm-content").click()
    page.locator("[data-status=idle]").first.wait_for()
    page.keyboard.press("Shift+Enter")


@pytest.mark.parametrize("server", ["lab", "notebook"])
def test_a_prompt_is_typed_painted_compared_and_exported(page, serve, folder, screenshots, server):
    address = serve(["jupyter", server, "--ServerApp.token=", "--allow-root"], folder)
    path = "lab/tree" if server == "lab" else "notebooks"
    page.goto(f"{address}/{path}/pictures.ipynb?reset")
    run_first_cell(page)
    painter = Painter(page)
    painter.wait_until_played()
    page.wait_for_timeout(500)  # the notebook moves the focus to the next cell

    # painted, step by step, from noise
    painter.type("a blue star on plain black")
    painter.wait_for_words("a blue star on plain black")
    painter.root.locator(".play", has_text="pause").wait_for()
    page.screenshot(path=screenshots / f"pictures_{server}_playing.png")
    painter.wait_until_played()
    early, late = painter.pictures
    assert early != late
    assert painter.wrong[1] == [] and painter.verdicts[1] == ["blue", "star", "plain", "black"]
    assert "The oracle reads a big blue star on plain black, as asked." in painter.told[1]

    # where a word is heard
    painter.word(1).hover()
    assert painter.pictures != [early, late] and not painter.root.locator(".scale.unused").count()
    assert "\u201cblue\u201d is heard most in row" in painter.told[1]
    page.screenshot(path=screenshots / f"pictures_{server}_word.png")
    painter.prompt.hover()
    assert painter.pictures == [early, late] and painter.root.locator(".scale.unused").count()

    # by keyboard alone
    painter.root.locator(".play").focus()
    page.keyboard.press(",")
    assert painter.root.locator(".pair").get_attribute("data-step") == "15"
    noisy = painter.pictures
    page.keyboard.press("g")
    assert painter.pictures != noisy
    page.keyboard.press("g")
    page.keyboard.press("3")
    assert painter.word(2).get_attribute("aria-pressed") == "true"
    fine = painter.pictures
    page.keyboard.press("m")
    assert painter.pictures != fine
    page.keyboard.press("m")
    page.keyboard.press("0")
    assert painter.pictures == noisy
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert painter.pictures == [early, late]
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    painter.wait_until_played()

    # another network, other settings
    painter.root.locator(".network").first.select_option("dit")
    page.wait_for_function(
        "before => document.querySelector('.frame canvas').toDataURL() !== before", arg=early
    )
    painter.root.locator("input.steps").press("Home")
    painter.root.locator(".now", has_text="step 1 of 1,").wait_for()
    assert "step 1 of 1." in painter.told[0]
    guided = painter.pictures
    painter.root.locator("input.guidance").press("Home")
    page.wait_for_function(
        "before => document.querySelector('.frame canvas').toDataURL() !== before", arg=guided[0]
    )

    # what can't be painted
    for bad, said in (
        ("a redd circle", "Did you mean \u201cred\u201d?"),
        ("", "Type a prompt, such as"),
        ("a " * 20, "Too long: 20 words, 13 at most."),
    ):
        painter.type(bad)
        painter.problem.get_by_text(said).wait_for()
    page.screenshot(path=screenshots / f"pictures_{server}_problem.png")
    painter.wait_for_words("a blue star on plain black")
    painter.type("a red circle")
    painter.wait_for_words("a red circle")
    assert painter.problem.is_hidden()

    page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    while not (folder / "pictures.html").exists():
        page.wait_for_timeout(300)


def test_what_was_painted_stays_when_the_kernel_is_gone(page, serve, folder, screenshots):
    painter = Painter(page)
    address = serve(["jupyter", "lab", "--ServerApp.token=", "--allow-root"], folder)
    page.goto(f"{address}/lab/tree/pictures.ipynb?reset")
    run_first_cell(page)
    painter.wait_until_played()
    [kernel] = page.request.get(f"{address}/api/kernels").json()
    [xsrf] = [it["value"] for it in page.context.cookies() if it["name"] == "_xsrf"]
    headers = {"X-XSRFToken": xsrf}
    assert page.request.delete(f"{address}/api/kernels/{kernel['id']}", headers=headers).ok
    painter.type("a green square")
    painter.problem.get_by_text("the kernel is busy, or gone").wait_for()
    page.screenshot(path=screenshots / "pictures_gone.png")
    painter.root.locator(".play").click()
    painter.root.locator(".play", has_text="pause").wait_for()
    painter.wait_until_played()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a page that was exported with few prompts."""
    path = tmp_path_factory.mktemp("exported") / "pictures.html"
    code = (
        "from autograder.lecture.scenes import import_solved\n"
        "from autograder.paths import REPOSITORY\n"
        "import_solved(REPOSITORY)\n"
        "from exercise_lib.picture_player import PicturePlayer\n"
        f"PicturePlayer().export_html({str(path)!r})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY.root, check=True)
    return path


def test_the_exported_page_fits_a_phone(page, exported, screenshots):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(exported.as_uri())
    Painter(page).wait_until_played()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cut = "[...document.querySelectorAll('.verdict')].map(it => it.scrollWidth - it.clientWidth)"
    assert max(page.evaluate(cut)) <= 0
    page.screenshot(path=screenshots / "pictures_phone.png")


def test_the_exported_page_plays_without_a_kernel_or_a_network(page, exported, screenshots):
    assert exported.stat().st_size < 3e6
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.set_offline(True)
    page.goto(exported.as_uri())
    painter = Painter(page)
    painter.wait_until_played()
    prompts = painter.prompt.locator("option").all_inner_texts()
    seen = set()
    for prompt in prompts:
        painter.prompt.select_option(prompt)
        painter.wait_for_words(prompt)
        painter.root.locator(".network").first.select_option("dit")
        painter.wait_until_played()
        seen.add(tuple(painter.pictures))
        painter.word(1).hover()
        assert "is heard most in row" in painter.told[0]
        page.screenshot(path=screenshots / f"pictures_exported_{len(seen)}.png")
        painter.prompt.hover()
    assert len(seen) == len(prompts) == 5
    for _ in range(3):  # every guidance
        painter.root.locator("input.guidance").press("ArrowLeft")
        page.wait_for_timeout(200)
        seen.add(tuple(painter.pictures))
    assert len(seen) == 5 + 2  # from 2 to 1 and 0, and no further
    assert painter.problem.is_hidden() and errors == []


def test_who_wants_less_motion_sees_the_last_step_at_once(browser, exported):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(exported.as_uri())
    page.locator(".pair[data-step='16']").wait_for()
    steps = "window.steps = []; new MutationObserver(() => window.steps.push("
    steps += "document.querySelector('.pair').dataset.step)).observe("
    page.evaluate(f"{steps}document.querySelector('.pair'), {{attributes: true}})")
    page.locator(".prompt").select_option("a big green triangle")
    page.locator(".word", has_text="triangle").wait_for()
    page.wait_for_timeout(500)
    assert set(page.evaluate("window.steps")) == {"16"}
    page.close()
