"""The mel master against librosa, torch.stft, torchaudio and closed forms."""

import math

import librosa
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from solutions.exercise_lib.mel import (
    MelConfig,
    frame,
    frames_to_samples,
    hann_window,
    hz_to_mel,
    log_compress,
    log_mel_spectrogram,
    mel_filterbank,
    mel_to_hz,
    samples_to_frames,
    stft_magnitude,
)
from torch import Tensor

CONFIG = MelConfig()
CONFIGS = [
    CONFIG,
    MelConfig(sample_rate=22050, fmax=11025.0),
    MelConfig(n_fft=512, hop_length=128, n_mels=40, fmin=60.0, fmax=7600.0),
    MelConfig(sample_rate=8000, n_fft=256, hop_length=80, n_mels=23, fmin=300.0, fmax=800.0),
]
FILTERBANK_TOLERANCE = 1e-6  # of a peak near 0.03: librosa casts to float32 before the Slaney norm


def speechlike(batch: int, samples: int, seed: int = 0) -> Tensor:
    """A gliding harmonic tone in noise, `(batch, samples)` at 16 kHz."""
    rng = np.random.default_rng(seed)
    t = np.arange(samples) / 16000
    f0 = 120 + 60 * rng.random((batch, 1)) + 200 * t
    phase = 2 * np.pi * np.cumsum(f0, axis=1) / 16000
    tone = sum(np.sin(k * phase) / k for k in range(1, 20))
    return torch.tensor(0.1 * tone + 0.01 * rng.standard_normal(tone.shape), dtype=torch.float32)


def librosa_filters(config: MelConfig) -> Tensor:
    return torch.from_numpy(
        librosa.filters.mel(
            sr=config.sample_rate,
            n_fft=config.n_fft,
            n_mels=config.n_mels,
            fmin=config.fmin,
            fmax=config.fmax,
        )
    )


def official_log_mel(waveform: Tensor, config: MelConfig) -> Tensor:
    """HiFi-GAN's recipe written with torch.stft and librosa, in float64."""
    pad = (config.n_fft - config.hop_length) // 2
    padded = F.pad(waveform.double()[:, None], (pad, pad), mode="reflect")[:, 0]
    window = torch.hann_window(config.n_fft, dtype=torch.float64)
    spectrum = torch.stft(
        padded, config.n_fft, config.hop_length, window=window, center=False, return_complex=True
    )
    magnitude = torch.sqrt(torch.view_as_real(spectrum).pow(2).sum(-1) + 1e-9)
    return torch.log(torch.clamp(librosa_filters(config).double() @ magnitude, min=1e-5))


@pytest.mark.parametrize("n", [2, 7, 512, 1024])
def test_hann_window_is_periodic(n: int) -> None:
    torch.testing.assert_close(hann_window(n), torch.hann_window(n), rtol=0, atol=1e-6)


def test_hann_window_overlaps_to_a_constant() -> None:
    w = hann_window(1024)
    torch.testing.assert_close(w[:512] + w[512:], torch.ones(512), rtol=0, atol=1e-6)


def test_frames_of_a_ramp_by_hand() -> None:
    """n_fft 4, hop 2: one sample of padding, mirrored without repeating the edge."""
    expected = [[1, 0, 1, 2], [1, 2, 3, 4], [3, 4, 5, 4]]
    frames = frame(torch.arange(6.0)[None], n_fft=4, hop_length=2)
    assert frames.tolist() == [expected]


@pytest.mark.parametrize("samples", [640, 8192, 8191, 8447])
def test_frames_equal_librosas(samples: int) -> None:
    waveform = speechlike(2, samples)
    padded = np.pad(waveform.numpy(), ((0, 0), (384, 384)), mode="reflect")
    expected = librosa.util.frame(padded, frame_length=1024, hop_length=256)  # (B, n_fft, frames)
    frames = frame(waveform, 1024, 256)
    np.testing.assert_array_equal(frames.numpy(), expected.transpose(0, 2, 1))
    assert frames.shape[1] == samples // 256


@pytest.mark.parametrize(("n_fft", "hop"), [(1024, 256), (9, 4), (8, 3), (7, 7)])
def test_as_many_frames_as_the_docstring_says(n_fft: int, hop: int) -> None:
    for samples in range(1024, 1024 + 2 * hop):
        frames = frame(torch.zeros(1, samples), n_fft, hop).shape[1]
        assert frames == (samples - (n_fft - hop) % 2) // hop


@pytest.mark.parametrize("config", CONFIGS)
def test_magnitude_equals_torch_stft(config: MelConfig) -> None:
    waveform = speechlike(2, 4000)
    pad = (config.n_fft - config.hop_length) // 2
    spectrum = torch.stft(
        F.pad(waveform, (pad, pad), mode="reflect"),
        config.n_fft,
        config.hop_length,
        window=torch.hann_window(config.n_fft),
        center=False,
        return_complex=True,
    )
    expected = torch.sqrt(spectrum.abs() ** 2 + 1e-9)
    torch.testing.assert_close(stft_magnitude(waveform, config), expected, rtol=1e-4, atol=1e-5)


def test_magnitude_of_a_cosine_on_a_bin_is_half_the_window_sum() -> None:
    """cos at bin 64: |X| = sum(w) / 2 = n_fft / 4 = 256, in every frame away from the edges."""
    waveform = torch.cos(2 * math.pi * 1000.0 * torch.arange(8192) / 16000)[None]
    magnitude = stft_magnitude(waveform, CONFIG)[0, :, 2:-2]
    assert magnitude.argmax(0).unique().tolist() == [64]
    torch.testing.assert_close(magnitude[64], torch.full((28,), 256.0), rtol=1e-4, atol=0)


@pytest.mark.parametrize("config", [*CONFIGS, MelConfig(n_fft=255, n_mels=20)])
def test_filterbank_equals_librosas(config: MelConfig) -> None:
    torch.testing.assert_close(
        mel_filterbank(config), librosa_filters(config), rtol=0, atol=FILTERBANK_TOLERANCE
    )


def test_filterbank_has_unit_area_in_hz() -> None:
    """Slaney's norm: every triangle that spans many bins integrates to 1 over Hz."""
    config = MelConfig(n_fft=16384)
    area = mel_filterbank(config).sum(1) * config.sample_rate / config.n_fft
    torch.testing.assert_close(area, torch.ones(80), rtol=0, atol=0.01)


def test_mel_scale_equals_librosas_and_inverts() -> None:
    hz = torch.linspace(0, 8000, 500, dtype=torch.float64)
    np.testing.assert_allclose(hz_to_mel(hz).numpy(), librosa.hz_to_mel(hz.numpy()), atol=1e-9)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hz)).numpy(), hz.numpy(), atol=1e-9)


def test_log_compress_by_hand() -> None:
    values = torch.tensor([0.0, 1e-7, 1e-5, 1.0, math.e])
    expected = torch.tensor([-11.5129, -11.5129, -11.5129, 0.0, 1.0])
    torch.testing.assert_close(log_compress(values), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("samples", [4000, 8192])
def test_log_mel_equals_the_official_recipe(config: MelConfig, samples: int) -> None:
    waveform = speechlike(2, samples)
    log_mel = log_mel_spectrogram(waveform, config)
    expected = official_log_mel(waveform, config).float()
    torch.testing.assert_close(log_mel, expected, rtol=1e-4, atol=1e-3)


def test_log_mel_gradient_equals_the_official_recipes() -> None:
    """Silence included: the square root's 1e-9 and the clamp keep its gradient finite."""
    waveform = speechlike(2, 4096)
    waveform[1, 1000:] = 0
    weights = torch.randn(2, 80, 16, generator=torch.Generator().manual_seed(0))
    gradients = []
    for log_mel in (log_mel_spectrogram, lambda x: official_log_mel(x, CONFIG)):
        x = waveform.clone().requires_grad_()
        (log_mel(x) * weights).sum().backward()
        gradients.append(x.grad)
    assert gradients[0].isfinite().all()
    assert gradients[0][0].abs().min() > 0
    scale = gradients[1].abs().max().item()
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-3, atol=1e-4 * scale)


def test_log_mel_equals_torchaudios() -> None:
    try:
        from torchaudio.transforms import MelSpectrogram
    except (ImportError, OSError) as error:
        pytest.skip(f"torchaudio does not import here: {error}")
    transform = MelSpectrogram(
        sample_rate=16000,
        n_fft=1024,
        hop_length=256,
        n_mels=80,
        f_min=0.0,
        f_max=8000.0,
        power=1,
        norm="slaney",
        mel_scale="slaney",
        center=False,
    )
    waveform = speechlike(2, 8192)
    mel = transform(F.pad(waveform, (384, 384), mode="reflect"))
    expected = torch.log(mel.clamp(min=1e-5))
    torch.testing.assert_close(log_mel_spectrogram(waveform), expected, rtol=1e-4, atol=1e-3)


def test_8192_samples_give_32_frames_and_silence_the_floor() -> None:
    log_mel = log_mel_spectrogram(torch.zeros(3, 8192))
    assert log_mel.shape == (3, 80, 32)
    torch.testing.assert_close(log_mel, torch.full((3, 80, 32), -11.5129), rtol=0, atol=1e-4)


def test_log_mel_keeps_double_precision() -> None:
    assert log_mel_spectrogram(speechlike(1, 2048).double()).dtype == torch.float64


@pytest.mark.parametrize("samples", [0, 255, 256, 8191, 8192, 16000])
def test_samples_and_frames(samples: int) -> None:
    frames = samples_to_frames(samples, 256)
    assert isinstance(frames, int)
    assert frames_to_samples(frames, 256) <= samples < frames_to_samples(frames + 1, 256)
    if samples > 384:
        assert log_mel_spectrogram(torch.zeros(1, samples)).shape[-1] == frames


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (hann_window, (0,)),
        (frame, (torch.zeros(8192), 1024, 256)),
        (frame, (torch.zeros(1, 8192, 2), 1024, 256)),
        (frame, (torch.zeros(1, 8192, dtype=torch.int16), 1024, 256)),
        (frame, (torch.zeros(1, 8192), 1024, 0)),
        (frame, (torch.zeros(1, 8192), 1024, -256)),
        (frame, (torch.zeros(1, 8192), 256, 1024)),
        (frame, (torch.zeros(1, 384), 1024, 256)),
        (frame, (torch.zeros(1, 255), 256, 256)),
        (frame, (torch.zeros(1, 0), 1024, 256)),
        (stft_magnitude, (torch.zeros(8192), CONFIG)),
        (mel_filterbank, (MelConfig(fmax=9000.0),)),
        (mel_filterbank, (MelConfig(fmin=-1.0),)),
        (mel_filterbank, (MelConfig(fmin=8000.0),)),
        (mel_filterbank, (MelConfig(n_mels=0),)),
        (log_compress, (torch.tensor([1.0, -0.1]),)),
        (log_compress, (torch.tensor([1.0, torch.nan]),)),
        (log_mel_spectrogram, (torch.zeros(8192),)),
        (log_mel_spectrogram, (torch.zeros(1, 300),)),
        (log_mel_spectrogram, (torch.ones(1, 8192, dtype=torch.int16),)),
        (samples_to_frames, (-1, 256)),
        (samples_to_frames, (8192, 0)),
        (frames_to_samples, (-1, 256)),
        (frames_to_samples, (32, -256)),
    ],
)
def test_bad_input_is_a_value_error(function, arguments) -> None:
    with pytest.raises(ValueError):
        function(*arguments)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_one_bad_sample_is_named_at_the_door(value: float) -> None:
    waveform = speechlike(2, 2048)
    waveform[1, 700] = value
    with pytest.raises(ValueError, match="waveform holds NaN or infinite"):
        log_mel_spectrogram(waveform)
