"""Every figure and sound of a notebook has words, and nbconvert and the feedback page show them."""

import logging

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from autograder.paths import ROOT
from exercise_lib import figures
from exercise_lib.figures.shown import as_bundle
from exercise_lib.speech import plots

SOURCES = (
    "from unittest.mock import patch\n"
    "from matplotlib.backend_bases import FigureCanvasBase as Canvas\n"
    "from exercise_lib import figures\nprint_figure = patch.object(\n"
    "    Canvas, 'print_figure', autospec=True, side_effect=Canvas.print_figure\n"
    ").start()\n"
    "ax = figures.curves({'real': [1, 2], '<i>fake</i>': [2, 1]}, title='losses')",
    "figures.image([[1, 2], [3, 4]], scale='a \"weight\"');",
    "import numpy as np\nfrom exercise_lib.speech import audio\n"
    "wave = 0.5 * np.sin(np.arange(4000.0))\naudio.play(wave, 8000)",
    "audio.play_all({'one & other': wave}, 8000)",
    "print(print_figure.call_count)",
)
WORDS = [
    "losses; 2 curves; across training step from -0.01 to 1.01; upwards loss from 0.95 to 2.05; "
    "legend real, <i>fake</i>. real begins at 1, ends at 2 and lies between 1 and 2. "
    "<i>fake</i> begins at 2, ends at 1 and lies between 1 and 2.",
    'image; colours a "weight".',
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def executed():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(it) for it in SOURCES])
    return NotebookClient(notebook, resources={"metadata": {"path": str(ROOT)}}).execute()


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_nbconvert_misses_no_alternative_text(executed, template, caplog):
    with caplog.at_level(logging.WARNING):
        page, _ = HTMLExporter(template_name=template).from_notebook_node(executed)
    assert "Alternative text" not in caplog.text
    soup = BeautifulSoup(page, "html.parser")
    assert [it["alt"] for it in soup.select(".jp-Cell img, .cell img")] == WORDS
    sounds = [it["aria-label"] for it in soup.select("audio")]
    assert sounds == ["sound, 0.5 s", "one & other, 0.5 s"]


def test_a_figure_is_drawn_once_for_all_its_formats(executed):
    assert executed.cells[-1].outputs[0].text == "2\n"  # both of them


def test_an_image_stays_for_those_who_show_no_html(executed):
    for cell, words in zip(executed.cells, WORDS, strict=False):
        [shown] = [it for it in cell.outputs if "image/png" in it.get("data", {})]
        assert shown.data["image/png"].strip() in shown.data["text/html"]
        assert shown.metadata["image/png"] == {"alt": words}


def test_panels_are_told_one_by_one_without_their_colour_bars():
    figure = plots.alignments({"a\nb": np.eye(3), "late": np.eye(3)[::-1]}, n_columns=2)
    figure.suptitle("two of them")
    words = figures.in_words(figure)
    assert words.startswith("two of them. 2 panels. Panel 1: a b; image; across decoder step")
    assert "Panel 2: late; image" in words and "Panel 3" not in words
    assert "colours attention weight" in words
    assert (
        "a: The largest weight goes from character 0 to 2 of 3, and moves back at 0 of 3" in words
    )
    assert "late: The largest weight goes from character 2 to 0 of 3, and moves back at 2" in words


def test_ticks_with_texts_are_told_by_them():
    ax = plots.alignment(np.eye(3), characters="abc")
    assert "upwards encoder step (character) from a to c" in figures.in_words(ax.figure)


def test_an_author_adds_a_sentence():
    ax = figures.curves({"loss": [3, 1]})
    figures.describe(ax, "It falls.")
    figures.describe(ax.figure, "Fast.")
    assert figures.in_words(ax.figure).endswith("between 1 and 3. It falls. Fast.")


def test_an_empty_figure_is_not_shown():
    assert as_bundle(plt.figure()) is None
