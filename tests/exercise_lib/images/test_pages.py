"""Sheets, matrices and the zero-shot page show what they are given."""

import io
from datetime import datetime, timezone

import matplotlib.pyplot as plt
import pytest
import torch
from PIL import Image

from exercise_lib.figures import in_words
from exercise_lib.images import plots, widgets
from exercise_lib.images.render import render
from exercise_lib.images.scenes import ALONE, HELD_OUT, draw_scenes

SCENES = draw_scenes(6, 51, ALONE)
PICTURES = render(SCENES)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_sheet_has_a_picture_and_its_words_in_each_place():
    figure = plots.sheet(PICTURES, ["one", "two", "three", "four", "five", "six"], n_columns=4)
    drawn = [ax for ax in figure.axes if ax.images]
    assert len(figure.axes) == 8 and len(drawn) == 6
    assert [ax.texts[0].get_text() for ax in drawn][-1] == "six"
    assert (drawn[2].images[0].get_array() == PICTURES[2].permute(1, 2, 0).numpy()).all()
    assert "6 pictures" in in_words(figure) and "two" in in_words(figure)


def test_matrices_stand_upright_beside_each_other():
    true, found = torch.eye(6).bool(), torch.randn(6, 6)
    figure = plots.similarities({"true": true, "found": found}, [f"a {n}" for n in range(6)])
    left, right = (ax for ax in figure.axes if ax.get_title())
    assert left.get_ylim() == (5.5, -0.5)
    assert (right.images[0].get_array() == found.numpy()).all()
    assert left.get_yticklabels()[5].get_text() == "a 5  6"


def test_shares_by_pair_and_frames_around_the_held_out_ones():
    right = torch.ones(6, dtype=torch.bool)
    right[0] = False
    ax = plots.by_pair(SCENES, right)
    values = ax.images[0].get_array()
    assert values[~values.mask].tolist().count(0) == 1 and (~values.mask).sum() == 6
    assert len(ax.patches) == len(HELD_OUT)


def test_bars_say_their_numbers():
    ax = plots.bars({"a": 0.25, "b": 1.0}, xlabel="share", chance=0.5)
    assert "a 0.25; b 1.00" in in_words(ax.figure)
    assert [it.get_width() for it in ax.patches] == [0.25, 1.0]


def by_mean(pictures):
    """Embeddings of pictures: red, green and blue."""
    return pictures.float().mean((2, 3)) / 255


def by_colour(texts):
    known = {"red": (1.0, 0, 0), "green": (0, 1.0, 0), "blue": (0, 0, 1.0)}
    if unknown := [it for it in texts if it.split()[1] not in known]:
        raise ValueError(f"{unknown[0]!r} is unknown")
    return torch.tensor([known[it.split()[1]] for it in texts])


@pytest.fixture
def page():
    pictures = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    pictures[0, 0], pictures[1, 2] = 200, 200
    box = widgets.zero_shot_page(pictures, by_mean, by_colour)
    return box


def dropped(data: bytes) -> dict:
    """What the browser sends of a file."""
    now = datetime.now(timezone.utc)
    kind = {"name": "a.png", "type": "image/png", "size": len(data), "last_modified": now}
    return {**kind, "content": memoryview(data)}


def controls(page) -> list:
    return list(page.children[0].children)


def words(page) -> str:
    return page.children[1].children[0].value


@pytest.fixture(autouse=True)
def classes(monkeypatch):
    monkeypatch.setattr(widgets, "CLASSES", "red circle, green circle, blue circle")


def test_the_page_ranks_classes_of_a_picture_that_is_chosen_or_dropped_in(page):
    number, _, _, own = controls(page)
    assert "most like: red circle" in words(page)
    number.value = 1
    assert "most like: blue circle" in words(page)
    file = io.BytesIO()
    Image.new("RGB", (50, 40), (0, 180, 0)).save(file, "png")
    own.value = (dropped(file.getvalue()),)
    assert "most like: green circle" in words(page)


def test_what_is_wrong_is_said_under_the_picture(page):
    _, classes, sentence, own = controls(page)
    classes.value = "mauve circle"
    assert "mauve circle" in page.children[-1].value and "unknown" in page.children[-1].value
    classes.value = "red circle"
    assert page.children[-1].value == ""
    sentence.value = "a circle"
    assert "a sentence with {}" in page.children[-1].value
    sentence.value = "a {}"
    own.value = (dropped(b"no picture"),)
    assert "a.png cannot be read as a picture" in page.children[-1].value


def test_articles_fit_what_follows():
    assert widgets.with_article("a orange star on a plain grey") == "an orange star on a plain grey"
