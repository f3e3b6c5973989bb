"""STFT magnitude."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel
from .shared import SPECTRUM_WHY, config, tone_in_noise

exercise = Exercise(
    id="mel.stft_magnitude",
    title="STFT magnitude",
    target="exercise_lib.mel:stft_magnitude",
    solution=mel.stft_magnitude,
    todo="2.3",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    wave = tone_in_noise(rng, 3 if hidden else 2, 75 if hidden else 90)
    other = config(n_fft=24, hop_length=8) if hidden else config(n_fft=32, hop_length=12)
    falls_silent = wave[:1].clone()
    falls_silent[:, 30:] = 0
    return [
        Case(
            "a tone in noise",
            args={"waveform": wave, "config": config(n_fft=40, hop_length=10)},
            grad=("waveform",),
            rtol=1e-3,
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
            "a tone that falls silent: the floor of the square root and a finite gradient",
            args={"waveform": falls_silent, "config": other},
            grad=("waveform",),
            rtol=1e-3,
            atol=2e-5,
            why="the floor itself is 3e-5",
            weight=2.0,
        ),
    ]


def complex_spectrum(waveform: Tensor, config, window: Tensor | None = None) -> Tensor:
    """Return the spectrum `(B, frames, bins)` behind the magnitude."""
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return torch.fft.rfft(frames * (torch.hann_window(config.n_fft) if window is None else window))


def magnitude_of(spectrum: Tensor) -> Tensor:
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-9).transpose(1, 2)


@exercise.misconception(
    "This is the power spectrum: take the square root of re^2 + im^2. HiFi-GAN's mel is made of "
    "magnitudes."
)
def power(waveform, config):
    return mel.stft_magnitude(waveform, config) ** 2


@exercise.misconception(
    "The frames are not windowed: multiply them by the Hann window, or their cut edges smear over "
    "all frequencies."
)
def no_window(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config, torch.ones(config.n_fft)))


@exercise.neighbour(no_window)
def no_window_and_no_floor(waveform, config):
    return complex_spectrum(waveform, config, torch.ones(config.n_fft)).abs().transpose(1, 2)


@exercise.misconception(
    "The window is applied twice: multiply the frames by it once, before the transform."
)
def windowed_twice(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config, torch.hann_window(config.n_fft) ** 2))


@exercise.misconception(
    "1e-9 is missing under the square root (abs() takes one too): at 0 its slope is infinite, and "
    "silence gets a gradient of NaN, or of 0 where abs() is used."
)
def no_floor(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2).transpose(1, 2)


@exercise.neighbour(no_floor)
def absolute_value(waveform, config):
    return complex_spectrum(waveform, config).abs().transpose(1, 2)


@exercise.misconception(
    "The transform is normalised (norm='ortho'): HiFi-GAN's is not; leave `norm` alone."
)
def orthonormal(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config) / config.n_fft**0.5)


@exercise.misconception(
    "You keep all n_fft bins: for a real signal the upper half mirrors the lower. Use "
    "torch.fft.rfft, which returns n_fft // 2 + 1."
)
def two_sided(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return magnitude_of(torch.fft.fft(frames * torch.hann_window(config.n_fft)))


@exercise.misconception(
    "The result is (B, frames, bins): frequency comes before time, so transpose the last two axes."
)
def time_before_frequency(waveform, config):
    return mel.stft_magnitude(waveform, config).transpose(1, 2)


@exercise.neighbour(time_before_frequency)
def time_before_frequency_without_floor(waveform, config):
    return complex_spectrum(waveform, config).abs()


@exercise.misconception(
    "Only the real part is used, so the value depends on where in the period a frame starts: the "
    "magnitude is sqrt(re^2 + im^2)."
)
def real_part(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.real**2 + 1e-9).transpose(1, 2)


@exercise.neighbour(real_part)
def size_of_real_part(waveform, config):
    return complex_spectrum(waveform, config).real.abs().transpose(1, 2)


@exercise.neighbour(real_part)
def signed_real_part(waveform, config):
    return complex_spectrum(waveform, config).real.transpose(1, 2)


@exercise.misconception(
    "Your transform runs along the frames (axis 1): it belongs on the samples within each frame, "
    "the last axis."
)
def along_the_frames(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return magnitude_of(torch.fft.rfft(frames * torch.hann_window(config.n_fft), dim=1))


@exercise.misconception(
    "torch.stft centres the frames by default, which gives one frame too many: pad with `frame`, "
    "or pass center=False after your own padding."
)
def stft_centred(waveform, config):
    window = torch.hann_window(config.n_fft)
    spectrum = torch.stft(
        waveform, config.n_fft, config.hop_length, window=window, return_complex=True
    )
    return magnitude_of(spectrum.transpose(1, 2))


@exercise.misconception("Only the imaginary part is used: the magnitude is sqrt(re^2 + im^2).")
def imaginary_part(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.imag**2 + 1e-9).transpose(1, 2)


@exercise.misconception(
    "Your transform runs along the batch: it belongs on the samples within each frame, the last "
    "axis."
)
def along_the_batch(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    return magnitude_of(torch.fft.rfft(frames * torch.hann_window(config.n_fft), dim=0))


@exercise.misconception(
    "The constant under the root is another one: 1e-9, as in HiFi-GAN, changes no value that "
    "counts."
)
def floor_of_a_millionth(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-6).transpose(1, 2)


@exercise.neighbour(floor_of_a_millionth)
def floor_of_a_hundred_thousandth(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-5).transpose(1, 2)


@exercise.misconception(
    "You scale the transform by n_fft or the sum of the window: HiFi-GAN's is not scaled."
)
def divided_by_n_fft(waveform, config):
    return mel.stft_magnitude(waveform, config) / config.n_fft


@exercise.neighbour(divided_by_n_fft)
def divided_by_half_n_fft(waveform, config):
    return 2 * mel.stft_magnitude(waveform, config) / config.n_fft


@exercise.neighbour(divided_by_n_fft)
def normalised_forward(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config) / config.n_fft)


@exercise.misconception(
    "re and im are joined in another way: the magnitude is the root of the sum of their squares."
)
def sum_of_sizes(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return (spectrum.real.abs() + spectrum.imag.abs()).transpose(1, 2)


@exercise.neighbour(sum_of_sizes)
def sum_of_parts(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt((spectrum.real + spectrum.imag) ** 2 + 1e-9).transpose(1, 2)


@exercise.neighbour(sum_of_sizes)
def difference_of_squares(waveform, config):
    spectrum = complex_spectrum(waveform, config)
    return torch.sqrt((spectrum.real**2 - spectrum.imag**2).abs() + 1e-9).transpose(1, 2)


@exercise.misconception("The logarithm is taken already: `log_compress` does that, after the mel.")
def logarithm_too_early(waveform, config):
    return mel.stft_magnitude(waveform, config).log()


@exercise.neighbour(logarithm_too_early)
def decibels(waveform, config):
    return 20 * mel.stft_magnitude(waveform, config).log10()


@exercise.misconception(
    "You leave out a bin: a real signal has n_fft // 2 + 1, from 0 Hz to the Nyquist frequency."
)
def without_nyquist(waveform, config):
    return mel.stft_magnitude(waveform, config)[:, :-1]


@exercise.neighbour(without_nyquist)
def without_zero_hertz(waveform, config):
    return mel.stft_magnitude(waveform, config)[:, 1:]


@exercise.misconception("Another window is used: HiFi-GAN's is the Hann window, `window` above.")
def symmetric_window(waveform, config):
    window = torch.hann_window(config.n_fft, periodic=False)
    return magnitude_of(complex_spectrum(waveform, config, window))


@exercise.neighbour(symmetric_window)
def hamming_window(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config, torch.hamming_window(config.n_fft)))


@exercise.neighbour(symmetric_window)
def root_of_window(waveform, config):
    return magnitude_of(complex_spectrum(waveform, config, torch.hann_window(config.n_fft).sqrt()))


@exercise.misconception(
    "The window lies on the spectrum: multiply the frames by it, before the transform."
)
def window_after_transform(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    windowed = torch.fft.fft(frames) * torch.hann_window(config.n_fft)
    return magnitude_of(windowed[..., : config.n_fft // 2 + 1])


@exercise.neighbour(window_after_transform)
def window_on_the_magnitude(waveform, config):
    magnitude = magnitude_of(complex_spectrum(waveform, config, torch.ones(config.n_fft)))
    return magnitude * torch.hann_window(config.n_fft // 2 + 1)[:, None]


@exercise.misconception(
    "This is the phase or the complex spectrum: the magnitude is sqrt(re^2 + im^2 + 1e-9)."
)
def phase(waveform, config):
    return complex_spectrum(waveform, config).angle().transpose(1, 2)


@exercise.neighbour(phase)
def complex_numbers(waveform, config):
    return complex_spectrum(waveform, config).transpose(1, 2)


@exercise.misconception(
    "The hop or the window length is written into your code: use those of config."
)
def default_settings(waveform, config):
    default = SimpleNamespace(n_fft=config.n_fft, hop_length=config.n_fft // 4)
    return mel.stft_magnitude(waveform, default)


@exercise.neighbour(default_settings)
def default_hop(waveform, config):
    return mel.frame(waveform, config.n_fft, 256)


@exercise.misconception(
    "No gradient reaches the waveform: stay in torch, without no_grad, detach or numpy."
)
def detached_waveform(waveform, config):
    return mel.stft_magnitude(waveform.detach(), config)


@exercise.misconception(
    "The waveform is cut without `frame`: its padding makes samples // hop frames."
)
def unpadded_frames(waveform, config):
    frames = waveform.unfold(1, config.n_fft, config.hop_length)
    return magnitude_of(torch.fft.rfft(frames * torch.hann_window(config.n_fft)))


@exercise.neighbour(divided_by_n_fft)
def divided_by_sum_of_window(waveform, config):
    window = torch.hann_window(config.n_fft)
    return magnitude_of(complex_spectrum(waveform, config) / window.sum())


@exercise.also_correct
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


@exercise.also_correct
def with_fourier_matrix(waveform, config):
    frames = mel.frame(waveform, config.n_fft, config.hop_length)
    n = torch.arange(config.n_fft, dtype=torch.float64)
    angle = 2 * math.pi * n[: config.n_fft // 2 + 1, None] * n / config.n_fft
    window = torch.hann_window(config.n_fft, dtype=torch.float64)
    real = torch.einsum("btn,fn->bft", frames.double(), torch.cos(angle) * window)
    imaginary = torch.einsum("btn,fn->bft", frames.double(), torch.sin(angle) * window)
    return torch.sqrt(real * real + imaginary * imaginary + 1e-9).float()
