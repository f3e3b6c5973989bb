"""What notebook 03 says of its figures, worked out again."""

import re
from pathlib import Path

import pytest
import torch

from exercise_lib.speech import audio, data
from solutions.exercise_lib import losses, mel

MASTER = Path(__file__).with_name("notebook.py").read_text(encoding="utf-8")
TEXT = re.sub(r"\s+(# )?", " ", MASTER)
CONFIG = mel.MelConfig()


@pytest.fixture(scope="module")
def speech() -> torch.Tensor:
    waveform = data.SpeechCorpus(data.LOCAL_DATA / "mini")[2].waveform
    return waveform[: len(waveform) // 256 * 256]


def mel_loss(y: torch.Tensor, y_hat: torch.Tensor) -> float:
    return float(losses.mel_l1_loss(y[None], y_hat[None], mel.log_mel_spectrogram))


def test_more_iterations_lower_the_mel_loss_but_not_to_zero(speech):
    by_iteration = [
        mel_loss(speech, audio.copy_synthesis(speech, CONFIG, n)) for n in (1, 4, 16, 32)
    ]
    assert by_iteration == sorted(by_iteration, reverse=True)
    assert by_iteration[-1] > 0.9 * mel_loss(speech, audio.copy_synthesis(speech, CONFIG, 64))
    assert 7 < 45 * by_iteration[2] < 8  # the bar: seven eighths of a total near 8.4


def test_what_the_mel_loss_notices_and_what_it_does_not(speech):
    noise = 0.003 * torch.randn(len(speech), generator=torch.Generator().manual_seed(0))
    changed = {
        "upside down": -speech,
        "late": speech.roll(160),
        "half": speech / 2,
        "hiss": speech + noise,
    }
    order = [mel_loss(speech, it) for it in changed.values()]
    assert order == sorted(order) and order[0] == 0
    by_sample = {name: float((speech - it).abs().mean()) for name, it in changed.items()}
    assert min(by_sample, key=by_sample.__getitem__) == "hiss"


def test_the_tenth_of_a_second_is_of_the_word_white():
    utterance = data.SpeechCorpus(data.LOCAL_DATA / "mini")[2]
    start = int(utterance.waveform.square().unfold(0, 1600, 400).mean(-1).argmax()) * 400
    truth = utterance.alignment.character_truth(256, len(utterance.waveform) // 256)
    heard = "".join(utterance.text[j] for j in truth[start // 256 : (start + 1600) // 256].unique())
    assert heard == "hi" and "white" in utterance.text
    power = torch.fft.rfft(utterance.waveform[start : start + 1600], 4096).abs() ** 2
    lag = 60 + int(torch.fft.irfft(power)[60:260].argmax())  # of the pitch, 60 to 270 Hz
    assert f"pitch pulses, {1000 * lag / 16_000:.0f} ms apart" in TEXT
