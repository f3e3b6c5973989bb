"""Sheets, tables and the page for sounds show what they are given."""

import io
from datetime import datetime, timezone

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
import torch

from exercise_lib.figures import in_words
from exercise_lib.music import plots, widgets
from exercise_lib.music.pieces import INSTRUMENTS
from exercise_lib.music.render import SAMPLES

RATE = 16_000


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_sheet_has_a_spectrogram_and_its_words_in_each_place():
    values = torch.rand(5, 64, 151)
    figure = plots.sheet(values, ["one", "two", "three", "four", "five"])
    drawn = [ax for ax in figure.axes if ax.images]
    assert len(figure.axes) == 8 and len(drawn) == 5 and drawn[4].get_title() == "five"
    assert (drawn[2].images[0].get_array() == values[2].numpy()).all()
    assert drawn[0].get_xlim() == (0, 3) and drawn[0].images[0].origin == "lower"
    assert "5 sounds" in in_words(figure) and "two" in in_words(figure)


def test_tables_say_the_share_that_is_named_rightly():
    figure = plots.confusions({"live": 4 * torch.eye(5), "kept": torch.ones(5, 5)})
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles == ["live: 1.00 named rightly", "kept: 0.20 named rightly"]
    assert "organ 0.20" in in_words(figure)
    assert [it.get_text() for it in figure.axes[0].get_yticklabels()] == [*INSTRUMENTS]


def tone(hz: float, seconds: float = 3) -> torch.Tensor:
    t = torch.arange(int(RATE * seconds)) / RATE
    return 0.5 * torch.sin(2 * torch.pi * hz * t)


def by_pitch(sounds: torch.Tensor) -> torch.Tensor:
    """Embeddings: whether a sound is high."""
    high = torch.fft.rfft(sounds).abs().argmax(1) > 1000 * SAMPLES / RATE
    return torch.stack([high.float(), 1 - high.float()], 1)


def by_word(texts) -> torch.Tensor:
    known = {"flute": (1.0, 0.0), "organ": (0.0, 1.0)}
    if unknown := [it for it in texts if it.split()[1] not in known]:
        raise ValueError(f"{unknown[0]!r} is unknown")
    return torch.tensor([known[it.split()[1]] for it in texts])


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(widgets, "CLASSES", "flute, organ")
    sounds = torch.stack([tone(2000), tone(200)])
    picture = lambda its: its[:, : 64 * 151].reshape(-1, 64, 151)  # noqa: E731
    return widgets.zero_shot_page(sounds, ["high", "low"], picture, by_pitch, by_word)


def controls(page) -> list:
    return list(page.children[0].children)


def words(page) -> str:
    return page.children[1].children[0].value


def dropped(data: bytes) -> dict:
    """What the browser sends of a file."""
    now = datetime.now(timezone.utc)
    kind = {"name": "a.wav", "type": "audio/wav", "size": len(data), "last_modified": now}
    return {**kind, "content": memoryview(data)}


def test_the_page_ranks_classes_of_a_sound_that_is_chosen_or_dropped_in_and_plays_it(page):
    number, _, _, own = controls(page)
    player = page.children[3]
    assert "most like: flute" in words(page) and bytes(player.value[:4]) == b"RIFF"
    before = bytes(player.value)
    number.value = 1
    assert "most like: organ" in words(page) and bytes(player.value) != before
    file = io.BytesIO()
    soundfile.write(file, np.asarray(tone(3000, 1)), RATE, format="wav")
    own.value = (dropped(file.getvalue()),)
    assert "most like: flute" in words(page)


def test_what_is_wrong_is_said_under_the_picture(page):
    _, classes, sentence, own = controls(page)
    message = page.children[-1]
    classes.value = "violin"
    assert "violin" in message.value and "unknown" in message.value
    classes.value = "flute"
    assert message.value == ""
    sentence.value = "a melody"
    assert "a sentence with {}" in message.value
    sentence.value = "a {} melody"
    own.value = (dropped(b"no sound"),)
    assert "a.wav cannot be read as audio" in message.value
