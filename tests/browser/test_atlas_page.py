"""The atlas in Chromium: in JupyterLab with a kernel, and as a page without one."""

import nbformat
import pytest

from autograder.builder.solved import assemble_solved
from autograder.paths import REPOSITORY
from exercise_lib.systems.page import write_page
from exercise_lib.systems.table import COLUMNS, SYSTEMS

pytestmark = pytest.mark.slow
CELL = "from exercise_lib.systems.page import Atlas\nAtlas()"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SIZES = [(1280, 720), (1920, 1080), (800, 900)]


@pytest.fixture
def atlas(page, tmp_path):
    """Return the page that was written, offline; a script error fails."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    write_page(tmp_path / "atlas.html")
    page.context.set_offline(True)
    page.goto((tmp_path / "atlas.html").as_uri())
    page.locator(".atlas svg").wait_for()
    page.locator(".atlas").focus()
    yield page
    assert errors == []


def test_each_system_is_shown_by_keys_and_what_it_made(atlas, screenshots):
    for key, system in SYSTEMS.items():
        assert atlas.locator("h2").inner_text() == system.name
        atlas.screenshot(path=screenshots / f"atlas_{key}.png")
        if atlas.locator(".made img").count():
            assert atlas.evaluate("document.querySelector('.made img').naturalWidth") == 134
        elif atlas.locator(".made audio").count():
            atlas.wait_for_function("document.querySelector('.made audio').duration > 1")
        atlas.keyboard.press(".")
    assert atlas.locator("h2").inner_text() == next(iter(SYSTEMS.values())).name


def test_all_are_there_and_one_is_opened_by_a_click(atlas, screenshots):
    atlas.keyboard.press("a")
    assert atlas.locator(".card").count() == 16
    for width, height in SIZES:
        atlas.set_viewport_size({"width": width, "height": height})
        assert atlas.evaluate("document.documentElement.scrollWidth") <= width
        atlas.screenshot(path=screenshots / f"atlas_all_{width}.png")
    atlas.locator(".card", has_text="VALL-E").click()
    assert atlas.locator("h2").inner_text() == "VALL-E"


def test_a_phone_shows_it_without_scrolling_to_the_side(atlas, screenshots):
    atlas.set_viewport_size({"width": 390, "height": 844})
    for view in "aco":
        atlas.keyboard.press(view)
        assert atlas.evaluate("document.documentElement.scrollWidth") <= 390, view
        assert atlas.locator(".picture").first.bounding_box()["width"] > (
            150 if view == "a" else 300
        )
        atlas.screenshot(path=screenshots / f"atlas_phone_{view}.png")


def choose(page, **kinds):
    for column, kind in kinds.items():
        page.locator(f".choice.{column} select").select_option(kind)


def test_parts_are_put_together_by_hand(atlas, screenshots):
    atlas.keyboard.press("c")
    verdict = atlas.locator(".verdict")
    assert "this is Stable Audio" in verdict.inner_text()
    choose(atlas, data="picture")
    assert "this is Latent diffusion" in verdict.inner_text()
    choose(atlas, generator="AR, softmax")
    assert "generator and latent" in verdict.inner_text()
    assert atlas.locator(".wrong").count() == 1
    atlas.screenshot(path=screenshots / "atlas_misfit.png")
    choose(atlas, latent="codes", decoder="codebook")
    assert "no system of the lecture; nearest" in verdict.inner_text()
    for system in SYSTEMS.values():  # as Python says
        choose(atlas, **{it: system.composition[it] for it in COLUMNS})
        assert f"this is {system.name}" in verdict.inner_text()


def test_a_kernel_runs_what_is_asked_and_says_what_it_cannot(open_in_lab, page, tmp_path):
    folder = tmp_path / "own"
    assemble_solved(REPOSITORY, folder)
    for name in ("dit", "atlas"):
        if not (folder / "data" / name).exists():
            (folder / "data" / name).symlink_to(REPOSITORY.data / name)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)], metadata=KERNEL)
    nbformat.write(notebook, folder / "atlas.ipynb")
    open_in_lab(folder, "atlas.ipynb")
    page.keyboard.press("Shift+Enter")
    page.locator(".atlas svg").wait_for()
    page.locator(".atlas .list button", has_text="Stable Diffusion 3").click()
    page.locator(".atlas .prompt").fill("a blue star on plain black")
    page.locator(".atlas .run").click()
    page.locator(".made p", has_text="a blue star on plain black").wait_for()
    page.locator(".atlas .prompt").fill("a purple cow")
    page.locator(".atlas .run").click()
    page.locator(".problem", has_text="cow").or_(
        page.locator(".problem", has_text="purple")
    ).wait_for()
