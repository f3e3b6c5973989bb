"""Widgets by keyboard alone, in JupyterLab: Tab reaches each control, keys move and press it."""

import nbformat
import pytest
from toy_course import PYTHON_PATH

pytestmark = pytest.mark.slow

FIRST = (
    "import torch\n"
    "from solutions.exercise_lib import attention, discriminators, losses, mel\n"
    "from exercise_lib.speech import widgets\n"
    "from exercise_lib.train.background import BackgroundRun\n"
    "from toy_background import ToyConfig\n"
    "wave = 0.5 * torch.sin(torch.arange(4000) / 9)"
)
EXPLORERS = {  # a cell -> its sliders
    "widgets.attention_explorer(torch.randn(12, 5), 'hello', torch.linspace(0, 4, 12),\n"
    "                           attention.masked_softmax, {})": 2,
    "widgets.mel_explorer(wave, mel.MelConfig(), mel.log_mel_spectrogram)": 4,
    "widgets.loss_explorer(losses.discriminator_loss, losses.generator_loss)": 2,
    "widgets.period_explorer(wave, 16000, discriminators.fold)": 1,
}
RUN = "BackgroundRun('toy_background:ToyTask', 'kept', ToyConfig(steps=10**9)).widget"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
FOCUSED = "document.activeElement.classList.contains('noUi-handle')"
PLACE = "[...document.querySelectorAll('.noUi-handle')].indexOf(document.activeElement)"
VALUE = "document.activeElement.getAttribute('aria-valuenow')"
SHOWN = "[...it.querySelectorAll('img.widget-image, audio')].map(shown => shown.src).join()"
MOST_TABS = 30


@pytest.fixture
def notebook(page, open_in_lab, tmp_path):
    """An opened notebook with the widgets; the first cell is run."""
    cells = [nbformat.v4.new_code_cell(it) for it in (FIRST, *EXPLORERS, RUN)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), tmp_path / "keys.ipynb")
    open_in_lab(tmp_path, "keys.ipynb", PYTHON_PATH)
    page.keyboard.press("Shift+Enter")
    return page


def run_next(page, number: int):
    """Run the chosen cell by keyboard; return it."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
    page.keyboard.press("Control+Enter")
    cell.locator(".jupyter-widgets").first.wait_for()
    return cell


def move(page, cell) -> None:
    """Move the slider that has the focus; the picture, or the sound, has to change."""
    before, value = cell.evaluate(f"it => {SHOWN}"), page.evaluate(VALUE)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"value => {VALUE} != value", arg=value)
    cell.evaluate(
        "(it, before) => new Promise(done => { const look = () => "
        f"{SHOWN} != before ? done() : setTimeout(look, 100); look() }})",
        before,
    )


def test_tab_reaches_every_control_and_keys_move_it(notebook):
    page = notebook
    for number, sliders in enumerate(EXPLORERS.values(), start=1):
        cell = run_next(page, number)
        cell.locator("img.widget-image").wait_for()
        assert cell.get_by_role("img", name="; across ").count() == 1
        assert cell.locator(".noUi-handle").count() == sliders
        moved = []
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED):
                moved.append(page.evaluate(PLACE))
                move(page, cell)
            if len(moved) == sliders:
                break
        assert len(set(moved)) == sliders, (moved, cell.inner_text())
        page.keyboard.press("Shift+Enter")  # on to the next cell

    cell = run_next(page, len(EXPLORERS) + 1)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText.trim()") == "Start":
            break
    page.keyboard.press("Space")
    cell.locator("button:not([disabled])", has_text="Stop").wait_for()
