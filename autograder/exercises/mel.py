"""The exercises of mel.py: from the waveform to the log-mel spectrogram."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from solutions.exercise_lib import mel
from solutions.exercise_lib.mel import DEFAULT_CONFIG, hz_to_mel, log_compress, mel_to_hz

TARGET = "exercise_lib.mel:"
NOTEBOOK = "02_mel_features"
SPECTRUM_WHY = "float32 Fourier transforms round differently"


def config(**changes: float) -> SimpleNamespace:
    """Return settings small enough for a bundle; the student's own class is not needed."""
    small = {"sample_rate": 16_000, "n_fft": 64, "hop_length": 16, "n_mels": 8}
    return SimpleNamespace(**{**small, "fmin": 0.0, "fmax": 8000.0, **changes})


def tone_in_noise(rng: np.random.Generator, batch: int, samples: int) -> Tensor:
    """Return `(batch, samples)`: three partials of a random pitch in noise, at 16 kHz."""
    t = np.arange(samples) / 16_000
    pitch = rng.uniform(300, 900, size=(batch, 1))
    tone = sum(np.sin(2 * np.pi * k * pitch * t + k) / k for k in (1, 2, 4))
    noise = rng.standard_normal((batch, samples))
    return torch.from_numpy(0.2 * tone + 0.05 * noise).float()


# ------------------------------------------------------------------------------- Hann window

hann_window = Exercise(
    id="mel.hann_window",
    title="Hann window",
    target=TARGET + "hann_window",
    solution=mel.hann_window,
    notebook=NOTEBOOK,
    todo="2.1",
    points=1,
)


@hann_window.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    why = "a float32 cosine; the nearest wrong window is 0.01 away"
    return [
        Case(f"{n} samples", args={"n": n}, rtol=0, atol=1e-5, why=why)
        for n in ((12, 21) if hidden else (8, 15))
    ]


@hann_window.misconception(
    "You divide by n - 1: that is the symmetric window of filter design. Frames that overlap need "
    "the periodic one, which divides by n."
)
def symmetric(n):
    return torch.hann_window(n, periodic=False)


@hann_window.misconception(
    "This is the Hamming window (0.54 and 0.46): the Hann window has 1/2 twice and reaches 0."
)
def hamming(n):
    return torch.hamming_window(n)


@hann_window.misconception(
    "Your window is upside down, 1 at its edge: the cosine is subtracted from 1/2."
)
def plus_cosine(n):
    return 1 - torch.hann_window(n)


@hann_window.misconception(
    "This is the square root of the window, a sine: the Hann window is its square."
)
def sine(n):
    return torch.hann_window(n).sqrt()


@hann_window.misconception(
    "The cosine runs through half a period only, so the window never comes down: the phase is "
    "2 pi k / n, not pi k / n."
)
def half_period(n):
    return 0.5 - 0.5 * torch.cos(math.pi * torch.arange(n) / n)


@hann_window.misconception("You count k from 1 to n: the first sample is k = 0, where w is 0.")
def counts_from_one(n):
    return torch.hann_window(n).roll(-1)


@hann_window.also_correct
def squared_sine(n):
    return torch.sin(torch.linspace(0, math.pi, n + 1)[:-1]) ** 2


@hann_window.also_correct
def one_sample_at_a_time(n):
    return torch.tensor([(1 - math.cos(2 * math.pi * k / n)) / 2 for k in range(n)])


# ------------------------------------------------------------------------------------ frames

frame = Exercise(
    id="mel.frame",
    title="Framing",
    target=TARGET + "frame",
    solution=mel.frame,
    notebook=NOTEBOOK,
    todo="2.2",
    points=2,
)


@frame.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    ramp = torch.arange(14.0 if hidden else 12.0)[None]
    noise = torch.from_numpy(rng.standard_normal((3, 31) if hidden else (2, 25))).float()
    why = "copied samples: no rounding"
    exact: dict[str, Any] = {"rtol": 0, "atol": 1e-6, "why": why}
    return [
        Case("a ramp", args={"waveform": ramp, "n_fft": 6, "hop_length": 2}, **exact),
        Case(
            "noise, samples that fill no whole hop, and its gradient",
            args={"waveform": noise, "n_fft": 8, "hop_length": 4},
            grad=("waveform",),
            **exact,
        ),
        Case(
            "rejects a waveform without batch axis",
            args={"waveform": ramp[0], "n_fft": 6, "hop_length": 2},
            raises=("ValueError",),
        ),
    ]


def reject_rank(waveform: Tensor) -> None:
    if waveform.ndim != 2:
        raise ValueError("waveform must be (B, samples)")


def padded_frames(
    waveform: Tensor, pads: tuple[int, int], n_fft: int, hop_length: int, mode: str = "reflect"
) -> Tensor:
    reject_rank(waveform)
    return F.pad(waveform, pads, mode).unfold(1, n_fft, hop_length)


@frame.misconception(
    "The frames at the edges see zeros: mirror the waveform there (mode='reflect'), or every "
    "utterance seems to start with a click."
)
def zero_padding(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length, "constant")


@frame.misconception(
    "You cut the frames without padding: 8192 samples then give 29 frames, not 32. Pad both sides "
    "by n_pad first."
)
def no_padding(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, 0), n_fft, hop_length)


@frame.misconception(
    "You pad by n_fft / 2 as `center=True` does: 8192 samples then give 33 frames, not 32. Pad by "
    "n_pad = (n_fft - hop) / 2."
)
def centred(waveform, n_fft, hop_length):
    return padded_frames(waveform, (n_fft // 2, n_fft // 2), n_fft, hop_length)


@frame.misconception(
    "You pad by n_pad and then centre as well: 8192 samples then give 36 frames, not 32. Pad once."
)
def padded_twice(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2 + n_fft // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length)


@frame.misconception(
    "All the padding stands at the end: put n_pad samples on each side, so that a frame's centre "
    "keeps its time."
)
def padded_at_the_end(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, n_fft - hop_length), n_fft, hop_length)


@frame.misconception(
    "You repeat the edge sample: 'reflect' mirrors around it, so that the edge stands there once "
    "(2 1 0 1 2)."
)
def replicated(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length, "replicate")


@frame.misconception(
    "Your frames do not overlap: a new frame starts every hop_length samples, not every n_fft."
)
def hop_is_n_fft(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, n_fft)


@frame.misconception(
    "The axes are (B, n_fft, frames): here the frames come first, (B, frames, n_fft)."
)
def frames_last(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length).transpose(1, 2)


@frame.misconception(
    "No gradient reaches the waveform: stay in torch (no numpy, no detach), or the mel loss can "
    "teach the generator nothing."
)
def through_numpy(waveform, n_fft, hop_length):
    return mel.frame(waveform.detach(), n_fft, hop_length)


@frame.also_correct
def with_indices(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    samples = waveform.shape[1]
    index = torch.arange(-n_pad, samples + n_pad).abs()
    index = samples - 1 - (samples - 1 - index).abs()
    starts = torch.arange(0, len(index) - n_fft + 1, hop_length)
    return waveform[:, index][:, starts[:, None] + torch.arange(n_fft)]


@frame.also_correct
def frame_by_frame(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    left = waveform[:, 1 : n_pad + 1].flip(1)
    right = waveform[:, -n_pad - 1 : -1].flip(1)
    padded = torch.cat([left, waveform, right], dim=1)
    frames = []
    start = 0
    while start + n_fft <= padded.shape[1]:
        frames.append(padded[:, start : start + n_fft])
        start += hop_length
    return torch.stack(frames, dim=1)


# -------------------------------------------------------------------------------- magnitude

stft_magnitude = Exercise(
    id="mel.stft_magnitude",
    title="STFT magnitude",
    target=TARGET + "stft_magnitude",
    solution=mel.stft_magnitude,
    notebook=NOTEBOOK,
    todo="2.3",
    points=2,
)


@stft_magnitude.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    wave = tone_in_noise(rng, 3 if hidden else 2, 75 if hidden else 90)
    other = config(n_fft=24, hop_length=8) if hidden else config(n_fft=32, hop_length=8)
    silence = torch.zeros(1, 60 if hidden else 50)
    return [
        Case(
            "a tone in noise",
            args={"waveform": wave, "config": config(n_fft=40, hop_length=10)},
            atol=1e-4,
            why=SPECTRUM_WHY,
        ),
        Case(
            "its gradient, another window length",
            args={"waveform": wave, "config": other},
            grad=("waveform",),
            rtol=1e-3,
            atol=1e-3,
            why="rounding is divided by the magnitude, small in some bins",
        ),
        Case(
            "silence: the floor of the square root and a finite gradient",
            args={"waveform": silence, "config": other},
            grad=("waveform",),
            atol=1e-6,
            why="the floor itself is 3e-5",
        ),
    ]


def complex_spectrum(waveform: Tensor, config, window: Tensor | None = None) -> Tensor:
    """Return the spectrum `(B, frames, bins)` behind the magnitude."""
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return torch.fft.rfft(frames * (torch.hann_window(config.n_fft) if window is None else window))


def magnitude_of(spectrum: Tensor) -> Tensor:
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-9).transpose(1, 2)


@stft_magnitude.misconception(
    "This is the power spectrum: take the square root of re^2 + im^2. HiFi-GAN's mel is made of "
    "magnitudes."
)
def power(waveform, config):
    return mel.stft_magnitude(waveform, config) ** 2


@stft_magnitude.misconception(
    "The frames are not windowed: multiply them by the Hann window, or their cut edges smear over "
    "all frequencies."
)
def no_window(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config, torch.ones(config.n_fft)))


@stft_magnitude.misconception(
    "The window is applied twice: multiply the frames by it once, before the transform."
)
def windowed_twice(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config, torch.hann_window(config.n_fft) ** 2))


@stft_magnitude.misconception(
    "1e-9 is missing under the square root: in silence the root of 0 has an infinite slope and "
    "the gradient becomes NaN."
)
def no_floor(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2).transpose(1, 2)


@stft_magnitude.misconception(
    "The transform is normalised (norm='ortho'): HiFi-GAN's is not; leave `norm` alone."
)
def orthonormal(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config) / config.n_fft**0.5)


@stft_magnitude.misconception(
    "You keep all n_fft bins: for a real signal the upper half mirrors the lower. Use "
    "torch.fft.rfft, which returns n_fft // 2 + 1."
)
def two_sided(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return magnitude_of(torch.fft.fft(frames * torch.hann_window(config.n_fft)))


@stft_magnitude.misconception(
    "The result is (B, frames, bins): frequency comes before time, so transpose the last two axes."
)
def time_before_frequency(waveform, config):
    return mel.stft_magnitude(waveform, config).transpose(1, 2)


@stft_magnitude.misconception(
    "Only the real part is used, so the value depends on where in the period a frame starts: the "
    "magnitude is sqrt(re^2 + im^2)."
)
def real_part(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.real**2 + 1e-9).transpose(1, 2)


@stft_magnitude.misconception(
    "Your transform runs along the frames (axis 1): it belongs on the samples within each frame, "
    "the last axis."
)
def along_the_frames(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return magnitude_of(torch.fft.rfft(frames * torch.hann_window(config.n_fft), dim=1))


@stft_magnitude.misconception(
    "torch.stft centres the frames by default, which gives one frame too many: pad with `frame`, "
    "or pass center=False after your own padding."
)
def stft_centred(waveform, config):
    window = torch.hann_window(config.n_fft)
    spectrum = torch.stft(
        waveform, config.n_fft, config.hop_length, window=window, return_complex=True
    )
    return magnitude_of(spectrum.transpose(1, 2))


@stft_magnitude.also_correct
def with_torch_stft(waveform, config):
    n_pad = (config.n_fft - config.hop_length) // 2
    spectrum = torch.stft(
        F.pad(waveform, (n_pad, n_pad), "reflect"),
        config.n_fft,
        config.hop_length,
        window=torch.hann_window(config.n_fft),
        center=False,
        return_complex=True,
    )
    return (torch.view_as_real(spectrum).pow(2).sum(-1) + 1e-9).sqrt()


@stft_magnitude.also_correct
def with_fourier_matrix(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    n = torch.arange(config.n_fft, dtype=torch.float64)
    angle = 2 * math.pi * n[: config.n_fft // 2 + 1, None] * n / config.n_fft
    window = torch.hann_window(config.n_fft, dtype=torch.float64)
    real = torch.einsum("btn,fn->bft", frames.double(), torch.cos(angle) * window)
    imaginary = torch.einsum("btn,fn->bft", frames.double(), torch.sin(angle) * window)
    return torch.sqrt(real * real + imaginary * imaginary + 1e-9).float()


# ------------------------------------------------------------------------------- filterbank

mel_filterbank = Exercise(
    id="mel.mel_filterbank",
    title="Mel filterbank",
    target=TARGET + "mel_filterbank",
    solution=mel.mel_filterbank,
    notebook=NOTEBOOK,
    todo="2.4",
    points=3,
)


@mel_filterbank.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    tolerance: dict[str, Any] = {
        "rtol": 1e-4,
        "atol": 1e-7,
        "why": "float32 edges; peaks are of the order 1e-3",
    }
    full = config(n_fft=96, n_mels=9) if hidden else config(n_fft=128, n_mels=10)
    part = config(
        sample_rate=24_000 if hidden else 22_050,
        n_fft=80 if hidden else 64,
        n_mels=7 if hidden else 6,
        fmin=float(rng.integers(80, 200)),
        fmax=float(rng.integers(6000, 7500)),
    )
    return [
        Case("0 Hz to the Nyquist frequency", args={"config": full}, **tolerance),
        Case("a part of the band, another sample rate", args={"config": part}, **tolerance),
        Case(
            "rejects fmax above the Nyquist frequency",
            args={"config": config(fmax=9000.0)},
            raises=("ValueError",),
        ),
    ]


def htk_edges(config) -> Tensor:
    """Return the band edges `(n_mels + 2, 1)` in Hz on the HTK scale."""
    low, high = (2595 * math.log10(1 + f / 700) for f in (config.fmin, config.fmax))
    mels = torch.linspace(low, high, config.n_mels + 2, dtype=torch.float64)
    return (700 * (10 ** (mels / 2595) - 1))[:, None]


def slaney_edges(config) -> Tensor:
    """Return the band edges `(n_mels + 2, 1)` in Hz on the Slaney scale."""
    low, high = hz_to_mel(torch.tensor([config.fmin, config.fmax], dtype=torch.float64))
    return mel_to_hz(torch.linspace(low, high, config.n_mels + 2, dtype=torch.float64))[:, None]


def slopes(config, edges: Tensor) -> Tensor:
    """Return the triangles with peak 1, below zero outside their band."""
    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")
    bins = torch.arange(config.n_fft // 2 + 1, dtype=torch.float64)
    bins = bins * config.sample_rate / config.n_fft
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    return torch.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))


def triangles(config, edges: Tensor) -> Tensor:
    return slopes(config, edges).clamp(min=0)


def slaney_norm(edges: Tensor) -> Tensor:
    return 2 / (edges[2:] - edges[:-2])


@mel_filterbank.misconception(
    "These are HTK mels, 2595 log10(1 + f / 700): use the Slaney scale, linear below 1000 Hz, as "
    "`hz_to_mel` has it."
)
def htk_scale(config):
    edges = htk_edges(config)
    return (slaney_norm(edges) * triangles(config, edges)).float()


@mel_filterbank.misconception(
    "The triangles all have peak 1: multiply each by 2 / (right - left), the Slaney norm, or wide "
    "high bands outweigh the low ones."
)
def no_norm(config):
    return triangles(config, slaney_edges(config)).float()


@mel_filterbank.misconception(
    "HTK scale and no norm: these are torchaudio's defaults. HiFi-GAN uses librosa's, the Slaney "
    "scale with the Slaney norm."
)
def torchaudio_defaults(config):
    return triangles(config, htk_edges(config)).float()


@mel_filterbank.misconception(
    "Each filter is divided by the sum of its weights: the norm is the width in Hz, "
    "2 / (right - left), whatever bins fall inside."
)
def sums_to_one(config):
    weights = triangles(config, slaney_edges(config))
    return (weights / weights.sum(1, keepdim=True).clamp(min=1e-12)).float()


@mel_filterbank.misconception(
    "Every value is half as large: a triangle of area 1 has the height 2 / (right - left), not "
    "1 / (right - left)."
)
def half_the_height(config):
    return 0.5 * mel.mel_filterbank(config)


@mel_filterbank.misconception(
    "The edges are evenly spaced in Hz: space them evenly in mel and come back with `mel_to_hz`."
)
def linear_edges(config):
    edges = torch.linspace(config.fmin, config.fmax, config.n_mels + 2, dtype=torch.float64)
    return (slaney_norm(edges[:, None]) * triangles(config, edges[:, None])).float()


@mel_filterbank.misconception(
    "Outside its band a filter goes below zero: clamp the triangles at 0 (the max in the equation)."
)
def negative_tails(config):
    edges = slaney_edges(config)
    return (slaney_norm(edges) * slopes(config, edges)).float()


@mel_filterbank.misconception(
    "The filterbank is transposed: a row is a filter, (n_mels, n_fft // 2 + 1)."
)
def filters_in_columns(config):
    return mel.mel_filterbank(config).T


@mel_filterbank.misconception(
    "fmin and fmax are ignored: the edges run from config.fmin to config.fmax, not over the whole "
    "band up to the Nyquist frequency."
)
def whole_band(config):
    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")
    whole = mel.MelConfig(**{**vars(config), "fmin": 0.0, "fmax": config.sample_rate / 2})
    return mel.mel_filterbank(whole)


@mel_filterbank.misconception(
    "You round the edges to whole FFT bins, as many MFCC recipes do: keep them in Hz and evaluate "
    "the triangles at the bins' frequencies."
)
def edges_on_bins(config):
    hz_per_bin = config.sample_rate / config.n_fft
    edges = slaney_edges(config)
    rounded = torch.floor(edges / hz_per_bin) * hz_per_bin
    weights = torch.nan_to_num(triangles(config, rounded), nan=0.0, posinf=0.0)
    return (slaney_norm(edges) * weights).float()


@mel_filterbank.also_correct
def with_librosa(config):
    import librosa

    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")
    return torch.from_numpy(
        librosa.filters.mel(
            sr=config.sample_rate,
            n_fft=config.n_fft,
            n_mels=config.n_mels,
            fmin=config.fmin,
            fmax=config.fmax,
        )
    )


@mel_filterbank.also_correct
def filter_by_filter(config):
    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")
    edges = slaney_edges(config).flatten().tolist()
    bank = torch.zeros(config.n_mels, config.n_fft // 2 + 1)
    for m, (left, centre, right) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        for j in range(bank.shape[1]):
            f = j * config.sample_rate / config.n_fft
            if left < f <= centre:
                bank[m, j] = 2 * (f - left) / (centre - left) / (right - left)
            elif centre < f < right:
                bank[m, j] = 2 * (right - f) / (right - centre) / (right - left)
    return bank


# ------------------------------------------------------------------------- log compression

log_compression = Exercise(
    id="mel.log_compress",
    title="Log compression",
    target=TARGET + "log_compress",
    solution=mel.log_compress,
    notebook=NOTEBOOK,
    todo="2.5",
    points=1,
)


@log_compression.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shape = (2, 3, 2) if hidden else (2, 4)
    magnitude = torch.from_numpy(rng.uniform(0.1, 9.0, size=shape)).float()
    quiet = torch.tensor([0.0, 1e-7, 5e-6, 3e-5, 2e-4] if hidden else [0.0, 1e-6, 2e-5, 1e-3])
    negative = torch.tensor([[0.5, -0.2]] if hidden else [1.0, -3.0])
    return [
        Case("magnitudes", args={"magnitude": magnitude}),
        Case(
            "silence and values near the floor, and their gradient",
            args={"magnitude": quiet},
            grad=("magnitude",),
            atol=1e-4,
            why="a float32 logarithm near -11.5",
        ),
        Case("rejects a negative value", args={"magnitude": negative}, raises=("ValueError",)),
        Case(
            "rejects NaN",
            args={"magnitude": torch.tensor([1.0, torch.nan])},
            raises=("ValueError",),
        ),
    ]


def reject_negative(magnitude: Tensor) -> Tensor:
    if (magnitude < 0).any() or magnitude.isnan().any():
        raise ValueError("a magnitude is not negative")
    return magnitude


@log_compression.misconception(
    "You take the logarithm to base 10: HiFi-GAN's is natural (torch.log), so silence is -11.5129."
)
def base_ten(magnitude):
    return reject_negative(magnitude).clamp(min=1e-5).log10()


@log_compression.misconception(
    "These are decibels, 20 log10: here it is the natural logarithm without a factor (torch.log)."
)
def decibels(magnitude):
    return 20 * reject_negative(magnitude).clamp(min=1e-5).log10()


@log_compression.misconception(
    "You take ln(1 + x): it flattens everything quiet to 0. Clamp at 1e-5 and take torch.log."
)
def log_one_plus(magnitude):
    return torch.log1p(reject_negative(magnitude))


@log_compression.misconception(
    "Your floor is 1e-10: HiFi-GAN's is 1e-5, so that silence is -11.5129, not -23."
)
def floor_too_low(magnitude):
    return reject_negative(magnitude).clamp(min=1e-10).log()


@log_compression.misconception(
    "There is no floor: the logarithm of silence is minus infinity. Clamp at 1e-5 first."
)
def no_log_floor(magnitude):
    return reject_negative(magnitude).log()


@log_compression.misconception(
    "You add 1e-5 where it should be clamped: max(x, 1e-5) leaves values above the floor as they "
    "are."
)
def added_floor(magnitude):
    return (reject_negative(magnitude) + 1e-5).log()


@log_compression.misconception(
    "You clamp after the logarithm: the values agree, but in silence the gradient is NaN. Clamp "
    "first, then take the logarithm."
)
def clamped_after(magnitude):
    return reject_negative(magnitude).log().clamp(min=math.log(1e-5))


@log_compression.misconception(
    "Every value is doubled: this is the logarithm of the power, 2 ln x. Take ln of the magnitude."
)
def log_of_power(magnitude):
    return 2 * log_compress(magnitude)


@log_compression.misconception(
    "Negative and NaN magnitudes pass: raise a ValueError, for they mean that something before "
    "went wrong."
)
def no_magnitude_guard(magnitude):
    return magnitude.clamp(min=1e-5).log()


@log_compression.misconception(
    "NaN passes your test: every comparison with NaN is False. Ask `not (x >= 0).all()`, or use "
    "torch.isnan."
)
def nan_slips_through(magnitude):
    if (magnitude < 0).any():
        raise ValueError("negative")
    return magnitude.clamp(min=1e-5).log()


@log_compression.also_correct
def with_maximum(magnitude):
    reject_negative(magnitude)
    return torch.maximum(magnitude, torch.tensor(1e-5)).log()


@log_compression.also_correct
def with_where(magnitude):
    if not bool((magnitude >= 0).all()):
        raise ValueError("negative or NaN")
    floor = torch.full_like(magnitude, 1e-5)
    return torch.log10(torch.where(magnitude > floor, magnitude, floor)) * math.log(10)


# -------------------------------------------------------------------------- the whole log-mel

log_mel_spectrogram = Exercise(
    id="mel.log_mel_spectrogram",
    title="Log-mel spectrogram",
    target=TARGET + "log_mel_spectrogram",
    solution=mel.log_mel_spectrogram,
    notebook=NOTEBOOK,
    todo="2.6",
    points=3,
)


@log_mel_spectrogram.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    small = config(n_fft=96, hop_length=24, n_mels=7) if hidden else config()
    speech = tone_in_noise(rng, 1, 830 if hidden else 1030)
    short = tone_in_noise(rng, 3 if hidden else 2, 150 if hidden else 100)
    silence = torch.zeros(1, 110 if hidden else 70)
    broken = short.clone()
    broken[-1, 20] = torch.nan
    endless = short.clone()
    endless[0, 7] = torch.inf
    rejected: dict[str, Any] = {"raises": ("ValueError",)}
    return [
        Case(
            "a tone in noise, the default settings",
            args={"waveform": speech},
            rtol=1e-4,
            atol=1e-3,
            why=f"{SPECTRUM_WHY}; ln magnifies it in quiet bands",
        ),
        Case(
            "small settings, with gradient",
            args={"waveform": short, "config": small},
            grad=("waveform",),
            rtol=1e-3,
            atol=1e-3,
            why="rounding is divided by the magnitude, small in some bands",
        ),
        Case(
            "silence, with gradient",
            args={"waveform": silence, "config": small},
            grad=("waveform",),
            atol=1e-4,
            why="a float32 logarithm near -11.5",
        ),
        Case(
            "rejects a waveform without batch axis",
            args={"waveform": short[0], "config": small},
            **rejected,
        ),
        Case("rejects NaN", args={"waveform": broken, "config": small}, **rejected),
        Case("rejects infinity", args={"waveform": endless, "config": small}, **rejected),
        Case(
            "rejects too few samples",
            args={"waveform": short[:, :12], "config": small},
            **rejected,
        ),
    ]


def official(
    waveform: Tensor,
    config=DEFAULT_CONFIG,
    *,
    pad_mode: str = "reflect",
    n_pad: int | None = None,
    center: bool = False,
    bank: Tensor | None = None,
    root: bool = True,
    compress=lambda x: x.clamp(min=1e-5).log(),
) -> Tensor:
    """HiFi-GAN's recipe with one step changed: the wrong variants below say which."""
    if waveform.ndim != 2 or waveform.shape[1] <= (config.n_fft - config.hop_length) // 2:
        raise ValueError("waveform must be (B, samples), long enough")
    if not waveform.isfinite().all():
        raise ValueError("NaN or infinite samples")
    n_pad = (config.n_fft - config.hop_length) // 2 if n_pad is None else n_pad
    spectrum = torch.stft(
        F.pad(waveform, (n_pad, n_pad), pad_mode),
        config.n_fft,
        config.hop_length,
        window=torch.hann_window(config.n_fft),
        center=center,
        return_complex=True,
    )
    magnitude = torch.view_as_real(spectrum).pow(2).sum(-1) + 1e-9
    if root:
        magnitude = magnitude.sqrt()
    bank = mel.mel_filterbank(config) if bank is None else bank
    return compress(torch.einsum("mf,bft->bmt", bank, magnitude))


@log_mel_spectrogram.misconception(
    "This is a power spectrogram: apply the filterbank to the magnitude, not to its square "
    "(power=1, not librosa's and torchaudio's default of 2)."
)
def of_the_power(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, root=False)


@log_mel_spectrogram.misconception(
    "You take log10: HiFi-GAN takes the natural logarithm, so silence is -11.5129."
)
def log_ten(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x.clamp(min=1e-5).log10())


@log_mel_spectrogram.misconception(
    "These are decibels (20 log10, power_to_db): HiFi-GAN takes the natural logarithm."
)
def in_decibels(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: 20 * x.clamp(min=1e-5).log10())


@log_mel_spectrogram.misconception(
    "You take ln(1 + x), which flattens everything quiet: compress with `log_compress`."
)
def with_log_one_plus(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=torch.log1p)


@log_mel_spectrogram.misconception(
    "The floor is 1e-10: HiFi-GAN's is 1e-5, so silence is -11.5129. Only silence shows it."
)
def lower_floor(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x.clamp(min=1e-10).log())


@log_mel_spectrogram.misconception(
    "The logarithm is missing: these are linear magnitudes. End with `log_compress`."
)
def without_logarithm(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x)


@log_mel_spectrogram.misconception(
    "You have one frame too many (33 from 8192 samples): center=True pads by n_fft / 2. Pad by "
    "(n_fft - hop) / 2 and pass center=False, as `stft_magnitude` does."
)
def center_true(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, n_pad=0, center=True)


@log_mel_spectrogram.misconception(
    "The waveform is padded twice (36 frames from 8192 samples): with your own padding, "
    "center must be False."
)
def center_and_padding(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, center=True)


@log_mel_spectrogram.misconception(
    "Frames are missing (29 from 8192 samples): reflect-pad (n_fft - hop) / 2 on both sides, as "
    "`frame` does."
)
def unpadded(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, n_pad=0)


@log_mel_spectrogram.misconception(
    "Only the frames at the edges differ: the padding holds zeros where it should mirror the "
    "waveform (mode='reflect')."
)
def zeros_at_the_edges(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, pad_mode="constant")


@log_mel_spectrogram.misconception(
    "The filterbank uses the HTK scale: HiFi-GAN's uses Slaney's (librosa's default, "
    "mel_scale='slaney' in torchaudio)."
)
def htk_filters(waveform, config=DEFAULT_CONFIG):
    edges = htk_edges(config)
    bank = (slaney_norm(edges) * triangles(config, edges)).float()
    return official(waveform, config, bank=bank)


@log_mel_spectrogram.misconception(
    "The filters are not normalised: HiFi-GAN's have the Slaney norm, area 1 in Hz (norm='slaney')."
)
def filters_without_norm(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, bank=triangles(config, slaney_edges(config)).float())


@log_mel_spectrogram.misconception(
    "These are the defaults of torchaudio's MelSpectrogram: power 2, HTK scale, no norm, centred "
    "frames. HiFi-GAN wants power=1, mel_scale='slaney', norm='slaney' and, after your own "
    "padding, center=False."
)
def defaults_of_torchaudio(waveform, config=DEFAULT_CONFIG):
    bank = triangles(config, htk_edges(config)).float()
    return official(waveform, config, n_pad=0, center=True, bank=bank, root=False)


@log_mel_spectrogram.misconception(
    "You take the logarithm before the filterbank and average logarithms: sum the "
    "magnitudes in each band first, then compress."
)
def log_before_mel(waveform, config=DEFAULT_CONFIG):
    identity = torch.eye(config.n_fft // 2 + 1)
    return mel.mel_filterbank(config) @ official(waveform, config, bank=identity)


@log_mel_spectrogram.misconception(
    "The mel filterbank is missing: this is the log magnitude of all n_fft // 2 + 1 bins."
)
def without_filterbank(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, bank=torch.eye(config.n_fft // 2 + 1))


@log_mel_spectrogram.misconception(
    "The axes are (B, frames, n_mels): the mel bands come before time."
)
def bands_last(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config).transpose(1, 2)


@log_mel_spectrogram.misconception(
    "No gradient reaches the waveform (numpy, detach or no_grad): the mel loss would teach the "
    "generator nothing. Stay in torch."
)
def without_gradient(waveform, config=DEFAULT_CONFIG):
    with torch.no_grad():
        return mel.log_mel_spectrogram(waveform, config)


@log_mel_spectrogram.misconception(
    "NaN and infinite samples pass: ask torch.isfinite(waveform).all() and raise a ValueError, or "
    "one bad sample spoils a whole training run."
)
def no_finite_guard(waveform, config=DEFAULT_CONFIG):
    magnitude = mel.stft_magnitude(waveform, config)
    return (mel.mel_filterbank(config) @ magnitude).clamp(min=1e-5).log()


@log_mel_spectrogram.misconception(
    "Infinite samples pass your test: torch.isnan finds only NaN, torch.isfinite finds both."
)
def only_nan_guard(waveform, config=DEFAULT_CONFIG):
    if waveform.isnan().any():
        raise ValueError("NaN")
    return no_finite_guard(waveform, config)


@log_mel_spectrogram.also_correct
def with_stft_and_einsum(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config)


@log_mel_spectrogram.also_correct
def with_librosa_filters_in_float64(waveform, config=DEFAULT_CONFIG):
    import librosa

    bank = librosa.filters.mel(
        sr=config.sample_rate,
        n_fft=config.n_fft,
        n_mels=config.n_mels,
        fmin=config.fmin,
        fmax=config.fmax,
    )
    if waveform.isnan().any() or waveform.isinf().any():
        raise ValueError("NaN or infinity in the waveform")
    magnitude = mel.stft_magnitude(waveform.double(), config)
    return log_compress(torch.from_numpy(bank).double().matmul(magnitude)).float()


# -------------------------------------------------------------------------- frames <-> samples

samples_to_frames = Exercise(
    id="mel.samples_to_frames",
    title="Samples to frames",
    target=TARGET + "samples_to_frames",
    solution=mel.samples_to_frames,
    notebook=NOTEBOOK,
    todo="2.7a",
    points=1,
)


@samples_to_frames.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    pairs = (
        [(16_000, 256), (2999, 300), (0, 80)] if hidden else [(8192, 256), (8191, 256), (0, 200)]
    )
    exact: dict[str, Any] = {"rtol": 0, "atol": 0, "why": "whole numbers"}
    return [
        *(
            Case(f"{n} samples, hop {hop}", args={"n_samples": n, "hop_length": hop}, **exact)
            for n, hop in pairs
        ),
        Case(
            "rejects a negative number of samples",
            args={"n_samples": -512, "hop_length": 256},
            raises=("ValueError",),
        ),
        Case("rejects hop 0", args={"n_samples": 8192, "hop_length": 0}, raises=("ValueError",)),
    ]


def reject_counts(count: int, hop_length: int) -> None:
    if count < 0 or hop_length <= 0:
        raise ValueError("negative count or a hop below 1")


@samples_to_frames.misconception(
    "You round up: a frame counts once all of its hop is there, so round down (//)."
)
def rounds_up(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return math.ceil(n_samples / hop_length)


@samples_to_frames.misconception(
    "You count one frame too many, as center=True does (33 for 8192 samples): HiFi-GAN's padding "
    "gives samples // hop."
)
def one_frame_more(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples // hop_length + 1


@samples_to_frames.misconception(
    "That is the number of frames without padding (29 for 8192 samples): with HiFi-GAN's padding "
    "it is samples // hop, whatever the window."
)
def without_padding(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return max(0, 1 + (n_samples - 4 * hop_length) // hop_length)


@samples_to_frames.misconception(
    "The result has decimals: a number of frames is an int. Divide with //."
)
def true_division(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples / hop_length


@samples_to_frames.misconception(
    "Bad input passes or raises another error: ask for n_samples >= 0 and hop_length >= 1 first "
    "and raise a ValueError."
)
def no_count_guard(n_samples, hop_length):
    return n_samples // hop_length


@samples_to_frames.also_correct
def with_divmod(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    whole, _ = divmod(n_samples, hop_length)
    return whole


@samples_to_frames.also_correct
def with_floor(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return math.floor(n_samples / hop_length)


frames_to_samples = Exercise(
    id="mel.frames_to_samples",
    title="Frames to samples",
    target=TARGET + "frames_to_samples",
    solution=mel.frames_to_samples,
    notebook=NOTEBOOK,
    todo="2.7b",
    points=1,
)


@frames_to_samples.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    pairs = [(63, 256), (7, 320)] if hidden else [(32, 256), (5, 200)]
    exact: dict[str, Any] = {"rtol": 0, "atol": 0, "why": "whole numbers"}
    return [
        *(
            Case(f"{n} frames, hop {hop}", args={"n_frames": n, "hop_length": hop}, **exact)
            for n, hop in [*pairs, (0, 256)]
        ),
        Case(
            "rejects a negative number of frames",
            args={"n_frames": -2, "hop_length": 256},
            raises=("ValueError",),
        ),
        Case("rejects hop 0", args={"n_frames": 32, "hop_length": 0}, raises=("ValueError",)),
    ]


@frames_to_samples.misconception(
    "That is how far the last frame starts, (frames - 1) hop: the generator makes hop samples of "
    "every frame, the last included."
)
def last_frame_missing(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return max(0, n_frames - 1) * hop_length


@frames_to_samples.misconception(
    "You count the window's length too, as overlap-add does: the generator's upsampling gives "
    "exactly hop x frames."
)
def overlap_add(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return (n_frames - 1) * hop_length + 1024 if n_frames else 0


@frames_to_samples.misconception(
    "You always multiply by 256: use hop_length, it is not the same in every configuration."
)
def fixed_hop(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return 256 * n_frames


@frames_to_samples.misconception(
    "Bad input passes: ask for n_frames >= 0 and hop_length >= 1 first and raise a ValueError."
)
def no_frame_guard(n_frames, hop_length):
    return n_frames * hop_length


@frames_to_samples.also_correct
def by_adding(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return sum(hop_length for _ in range(n_frames))


@frames_to_samples.also_correct
def length_of_a_grid(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return torch.zeros(n_frames, hop_length).numel()
