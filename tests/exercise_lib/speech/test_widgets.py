"""Explorers: they draw at once, redraw when a control moves, and show a student's error."""

import io

import pytest
import soundfile
import torch
from ipywidgets import HTML, Audio, Image, Widget

from exercise_lib.speech import data, widgets
from solutions.exercise_lib import attention, discriminators, losses, mel

TEXT = "A bird."
TRUTH = torch.tensor([0, 0, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6])
ENERGIES = -0.5 * (torch.arange(len(TEXT)) - TRUTH[:, None]).float() ** 2


@pytest.fixture(scope="module")
def speech() -> torch.Tensor:
    return data.SpeechCorpus(data.LOCAL_DATA / "mini")[0].waveform[6400 : 6400 + 64 * 256]


def part(panel: Widget, kind: type) -> Widget:
    [found] = [child for child in panel.children if isinstance(child, kind)]
    return found


def control(panel: Widget, description: str) -> Widget:
    [found] = [child for child in panel.children[0].children if child.description == description]
    return found


def attention_explorer(softmax=attention.masked_softmax) -> Widget:
    scores = {"mass": attention.mass_near_truth, "rc": attention.centroid_correlation}
    return widgets.attention_explorer(ENERGIES, TEXT, TRUTH, softmax, scores)


def explorers(speech: torch.Tensor) -> list[tuple[Widget, str, object]]:
    """Return each explorer with one of its controls and a value to move it to."""
    config = mel.MelConfig()
    return [
        (attention_explorer(), "temperature", 4.0),
        (attention_explorer(), "decoder step", 2),
        (widgets.mel_explorer(speech, config, mel.log_mel_spectrogram), "n_mels", 16),
        (
            widgets.loss_explorer(losses.discriminator_loss, losses.generator_loss),
            "D(G(s))",
            1.0,
        ),
        (widgets.period_explorer(speech, 16_000, discriminators.fold), "period", 130),
    ]


def test_the_picture_changes_when_a_control_moves(speech):
    for panel, description, value in explorers(speech):
        picture = part(panel, Image)
        before = bytes(picture.value)
        assert before.startswith(b"\x89PNG")
        control(panel, description).value = value
        assert bytes(picture.value) != before, description
        [words] = panel.children[1].children
        assert 'role="img" aria-label="' in words.value and "; across " in words.value
        assert part(panel, HTML).value == ""


def test_the_mel_explorer_plays_what_is_drawn(speech):
    panel = widgets.mel_explorer(speech, mel.MelConfig(), mel.log_mel_spectrogram)
    player = part(panel, Audio)
    before, rate = soundfile.read(io.BytesIO(player.value))
    assert rate == 16_000 and len(before) == len(speech)
    control(panel, "iterations").value = 1
    after, _ = soundfile.read(io.BytesIO(player.value))
    assert abs(after - before).max() > 1e-3


def test_an_unfinished_todo_stops_the_cell():
    def unfinished(energies, lengths):
        raise NotImplementedError("TODO 1.2: softmax")

    with pytest.raises(NotImplementedError, match=r"TODO 1\.2"):
        attention_explorer(unfinished)


def test_a_later_error_is_shown_and_goes_away_again():
    def fails_when_sharp(energies, lengths):
        if energies.min() < -100:
            raise ValueError("too <sharp>")
        return attention.masked_softmax(energies, lengths)

    panel = attention_explorer(fails_when_sharp)
    control(panel, "temperature").value = 0.1
    assert part(panel, HTML).value == "ValueError: too &lt;sharp&gt;"
    control(panel, "temperature").value = 1.0
    assert part(panel, HTML).value == ""


def test_no_figure_is_left_open(speech):
    import matplotlib.pyplot as plt

    plt.close("all")
    explorers(speech)
    assert plt.get_fignums() == []
