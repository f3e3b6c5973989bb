"""Players, WAV bytes and Griffin-Lim: what they make, and what they refuse with which words."""

import io

import librosa
import numpy as np
import pytest
import soundfile
import torch
from solutions.exercise_lib.mel import MelConfig, log_mel_spectrogram

from exercise_lib.speech import audio, data

CONFIG = MelConfig()


@pytest.fixture(scope="module")
def speech() -> torch.Tensor:
    return data.SpeechCorpus(data.LOCAL_DATA / "mini")[0].waveform[: 100 * 256]


def test_wav_bytes_hold_the_same_samples(speech):
    samples, rate = soundfile.read(io.BytesIO(audio.wav_bytes(speech, 16_000)), dtype="float32")
    assert rate == 16_000 and samples.shape == speech.shape
    np.testing.assert_allclose(samples, speech.numpy(), atol=1 / 32767)  # 16-bit rounding


def test_players_show_every_waveform_at_its_own_level(speech):
    assert "audio/wav" in audio.play(speech, 16_000)._repr_html_()
    page = audio.play_all({"loud <b>": speech, "quiet": speech / 4}, 16_000).data
    assert page.count("<audio") == 2 and "loud &lt;b&gt;" in page
    quiet, _ = soundfile.read(io.BytesIO(audio.wav_bytes(speech / 4, 16_000)))
    assert abs(np.abs(quiet).max() - float(speech.abs().max()) / 4) < 1e-4


def test_save_writes_a_file_that_can_be_read(speech, tmp_path):
    audio.save(tmp_path / "speech.wav", speech[None], 16_000)
    assert soundfile.info(tmp_path / "speech.wav").frames == len(speech)


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (torch.zeros(0), "empty"),
        (torch.zeros(100), "silent"),
        (torch.tensor([0.1, float("nan"), float("inf")]), "2 NaN or infinite"),
        (torch.full((10,), 1.5), "peak is 1.5"),
        (torch.rand(2, 100), r"mono waveform.*\(2, 100\)"),
        (torch.tensor(0.5), "mono waveform"),
    ],
)
def test_unplayable_waveforms_are_refused_with_the_reason(waveform, message):
    with pytest.raises(ValueError, match=message):
        audio.play(waveform, 16_000)


@pytest.mark.parametrize("rate", [0, -1, 16_000.5])
def test_sample_rates_are_positive_and_whole(speech, rate):
    with pytest.raises(ValueError, match="sample_rate"):
        audio.play(speech, rate)


def test_log_mel_is_the_one_students_write(speech):
    theirs = log_mel_spectrogram(speech[None], CONFIG)[0]
    loud = theirs > -7  # where the 1e-9 under their square root does not count
    assert torch.allclose(audio.log_mel(speech, CONFIG)[loud], theirs[loud], atol=1e-3)


def test_griffin_lim_gets_closer_with_every_round(speech):
    target = audio.log_mel(speech, CONFIG)

    def distance(n_iter: int) -> float:
        copy = audio.griffin_lim(target, CONFIG, n_iter)
        assert copy.shape == speech.shape and torch.isfinite(copy).all()
        return float((audio.log_mel(copy, CONFIG) - target).abs().mean())

    rounds = [distance(n) for n in (1, 8, 32)]
    assert rounds[0] > rounds[1] > rounds[2]
    assert rounds[2] < 0.2  # measured 0.15; noise of the same level gives more than 0.5


def test_griffin_lim_keeps_the_length_for_other_hops(speech):
    config = MelConfig(hop_length=128, n_mels=40, fmax=6000)
    copy = audio.griffin_lim(audio.log_mel(speech, config), config, 2)
    assert copy.shape == speech.shape


def test_copy_synthesis_can_be_played(speech):
    loud = speech / speech.abs().max()
    assert audio.copy_synthesis(loud, CONFIG, 2).abs().max() <= 1


@pytest.mark.parametrize(
    ("log_mel", "n_iter", "message"),
    [
        (torch.zeros(40, 10), 8, r"\(80, frames\), got \(40, 10\)"),
        (torch.zeros(80), 8, r"\(80, frames\)"),
        (torch.zeros(80, 0), 8, r"\(80, frames\)"),
        (torch.full((80, 10), float("nan")), 8, "NaN"),
        (torch.zeros(80, 10), 0, "n_iter"),
    ],
)
def test_griffin_lim_refuses_what_is_no_log_mel(log_mel, n_iter, message):
    with pytest.raises(ValueError, match=message):
        audio.griffin_lim(log_mel, CONFIG, n_iter)


def test_the_filterbank_behind_griffin_lim_is_the_students(speech):
    from solutions.exercise_lib.mel import mel_filterbank

    reference = librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=80, fmin=0.0, fmax=8000.0)
    np.testing.assert_allclose(mel_filterbank(CONFIG).numpy(), reference, atol=1e-7)
