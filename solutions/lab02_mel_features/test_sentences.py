"""What notebook 02 says of its figures, worked out again."""

import re
from pathlib import Path

import librosa
import pytest
import torch
import torch.nn.functional as F

from exercise_lib.speech import audio, data
from solutions.exercise_lib import mel

MASTER = Path(__file__).with_name("notebook.py").read_text(encoding="utf-8")
TEXT = re.sub(r"\s+(# )?", " ", MASTER)
CONFIG = mel.MelConfig()
UTTERANCE = data.SpeechCorpus(data.LOCAL_DATA / "mini")[1]


@pytest.fixture(scope="module")
def log_mel() -> torch.Tensor:
    return mel.log_mel_spectrogram(UTTERANCE.waveform[None])[0]


def test_what_the_spectrum_of_the_loudest_frame_shows():
    frames = mel.frame(UTTERANCE.waveform[None], CONFIG.n_fft, CONFIG.hop_length)[0]
    loudest = int(frames.square().mean(-1).argmax())
    magnitude = mel.stft_magnitude(UTTERANCE.waveform[None], CONFIG)[0, :, loudest]
    hertz = torch.fft.rfftfreq(CONFIG.n_fft, 1 / CONFIG.sample_rate)
    assert magnitude.max() > 65 * magnitude[hertz > 4000].max() and "a seventieth" in TEXT
    peaks = [k for k in range(1, 44) if magnitude[k] > max(magnitude[k - 1], magnitude[k + 1], 4)]
    spacing = float(hertz[peaks].diff().mean())
    assert spacing == pytest.approx(130, abs=4) and "pitch, about 130 Hz" in TEXT
    hump, dip = (
        magnitude[(hertz > a) & (hertz < b)].mean() for a, b in ((5000, 7000), (4100, 4900))
    )
    assert hump > 1.2 * dip and magnitude[hertz > 7900].max() < 0.01 * hump


def test_a_low_triangle_has_four_or_five_bins():
    counts = (mel.mel_filterbank(CONFIG) > 0).sum(1)[:25]
    assert set(counts.tolist()) == {4, 5}


def test_where_librosa_differs(log_mel):
    padded = F.pad(UTTERANCE.waveform[None], (384, 384), mode="reflect")[0].numpy()
    settings = {"n_fft": 1024, "hop_length": 256, "n_mels": 80, "power": 1.0, "center": False}
    other = librosa.feature.melspectrogram(y=padded, sr=16_000, **settings)
    by_frame = (mel.log_compress(torch.tensor(other)) - log_mel).abs().amax(0)
    assert f"largest difference is .{100 * by_frame.max():02.0f}," in TEXT
    assert 1.25 < 0.016 * int(by_frame.argmax()) < 1.5  # the long pause
    assert by_frame.median() < 0.003 and "below .003" in TEXT


def test_which_sounds_have_their_strongest_band_at_thousands_of_hertz(log_mel):
    low, high = mel.hz_to_mel(torch.tensor([0.0, 8000.0])).tolist()
    centres = mel.mel_to_hz(torch.linspace(low, high, 82))[1:-1]
    high_at = (0.016 * (centres[log_mel.argmax(0)] > 2000).nonzero().flatten()).tolist()
    spans = {"s": (0.83, 0.95), "the pause": (1.24, 1.5), "G": (1.6, 1.7), "ge f": (1.88, 1.99)}
    for start, end in spans.values():
        assert any(start < t < end for t in high_at)
    assert all(any(start < t < end for start, end in spans.values()) for t in high_at)


def voicing(waveform: torch.Tensor) -> float:
    """The autocorrelation at the pitch (80 to 270 Hz), a share of that at 0, in loud frames."""
    frames = waveform.unfold(0, 1024, 256)
    energy = frames.square().mean(-1)
    loud = frames[energy > energy.quantile(0.6)]
    power = torch.fft.rfft(loud - loud.mean(-1, keepdim=True), 2048).abs() ** 2
    correlation = torch.fft.irfft(power)
    return float((correlation[:, 60:200].amax(-1) / correlation[:, 0]).mean())


def test_eight_bands_whisper():
    heard = {}
    for n_mels in (8, 80):
        config = mel.MelConfig(n_mels=n_mels)
        copy = mel.log_mel_spectrogram(UTTERANCE.waveform[None], config)[0]
        heard[n_mels] = voicing(audio.griffin_lim(copy, config, 32))
    assert heard[8] < 0.15 and heard[80] > 0.5 and "With 8 bands the voice whispers" in TEXT
