"""The explorers by keyboard, in JupyterLab: Tab reaches every slider, arrows move it."""

import nbformat
import pytest

from autograder.builder.assignment import read_assignment
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.paths import REPOSITORY

pytestmark = pytest.mark.slow

FIRST = (
    "import torch\n"
    "from exercise_lib import attention, discriminators, losses, mel\n"
    "from exercise_lib.speech import widgets\n"
    "wave = 0.5 * torch.sin(torch.arange(4000) / 9)"
)
EXPLORERS = {  # a cell -> its sliders
    "widgets.attention_explorer(torch.randn(12, 5), 'hello', torch.linspace(0, 4, 12),\n"
    "                           attention.masked_softmax, {})": 2,
    "widgets.mel_explorer(wave, mel.MelConfig(), mel.log_mel_spectrogram)": 4,
    "widgets.loss_explorer(losses.discriminator_loss, losses.generator_loss)": 2,
    "widgets.period_explorer(wave, 16000, discriminators.fold)": 1,
}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
FOCUSED = "document.activeElement.classList.contains('noUi-handle')"
VALUE = "document.activeElement.getAttribute('aria-valuenow')"


def test_tab_reaches_every_slider_and_arrows_move_the_picture(page, serve, tmp_path):
    assignment = read_assignment(REPOSITORY, load_exercises(REPOSITORY))
    folder = tmp_path / "lecture7"
    assemble(REPOSITORY, folder, assignment, {}, assignment.solved_modules)
    cells = [nbformat.v4.new_code_cell(it) for it in (FIRST, *EXPLORERS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), folder / "keys.ipynb")
    address = serve(["jupyter", "lab", "--ServerApp.token=", "--allow-root"], folder)
    page.goto(f"{address}/lab/tree/keys.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.locator("[data-status=idle]").first.wait_for()
    page.keyboard.press("Shift+Enter")

    for number, sliders in enumerate(EXPLORERS.values(), start=1):
        cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
        cell.locator(".cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        picture = cell.locator("img.widget-image")
        page.locator(".jp-OutputArea-output").nth(number - 1).wait_for()
        assert picture.count(), cell.inner_text()
        assert "across" in picture.get_attribute("title")
        handles = cell.locator(".noUi-handle")
        assert handles.count() == sliders
        handles.first.focus()
        seen = 0
        for _ in range(4 * sliders):
            if page.evaluate(FOCUSED):
                before, value = picture.get_attribute("src"), page.evaluate(VALUE)
                page.keyboard.press("ArrowLeft")
                page.wait_for_function(f"value => {VALUE} != value", arg=value)
                picture.evaluate(
                    "(it, src) => new Promise(done => { const look = () => "
                    "it.src != src ? done() : setTimeout(look, 100); look() })",
                    before,
                )
                seen += 1
            page.keyboard.press("Tab")
            if seen == sliders:
                break
        assert seen == sliders, cell.inner_text()
