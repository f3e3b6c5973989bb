"""Mel filterbank."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel
from .shared import config, htk_edges, slaney_edges, slaney_norm, slopes, triangles

exercise = Exercise(
    id="mel.mel_filterbank",
    title="Mel filterbank",
    target="exercise_lib.mel:mel_filterbank",
    solution=mel.mel_filterbank,
    todo="2.4",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
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
        Case("0 Hz to the Nyquist frequency", args={"config": full}, weight=0.5, **tolerance),
        Case("a part of the band, another sample rate", args={"config": part}, **tolerance),
        Case(
            "rejects fmax above the Nyquist frequency",
            args={"config": config(fmax=9000.0)},
            raises=("ValueError",),
        ),
    ]


@exercise.misconception(
    "These are HTK mels, 2595 log10(1 + f / 700): use the Slaney scale, linear below 1000 Hz, as "
    "`hz_to_mel` has it."
)
def htk_scale(config):
    edges = htk_edges(config)
    return (slaney_norm(edges) * triangles(config, edges)).float()


@exercise.misconception(
    "The triangles all have peak 1: multiply each by 2 / (right - left), the Slaney norm, or wide "
    "high bands outweigh the low ones."
)
def no_norm(config):
    return triangles(config, slaney_edges(config)).float()


@exercise.misconception(
    "HTK scale and no norm: these are torchaudio's defaults. HiFi-GAN uses librosa's, the Slaney "
    "scale with the Slaney norm."
)
def torchaudio_defaults(config):
    return triangles(config, htk_edges(config)).float()


@exercise.misconception(
    "Each filter is divided by the sum of its weights: the norm is the width in Hz, "
    "2 / (right - left), whatever bins fall inside."
)
def sums_to_one(config):
    weights = triangles(config, slaney_edges(config))
    return (weights / weights.sum(1, keepdim=True).clamp(min=1e-12)).float()


@exercise.misconception(
    "Every value is half as large: a triangle of area 1 has the height 2 / (right - left), not "
    "1 / (right - left)."
)
def half_the_height(config):
    return 0.5 * mel.mel_filterbank(config)


@exercise.misconception(
    "The edges are evenly spaced in Hz: space them evenly in mel and come back with `mel_to_hz`."
)
def linear_edges(config):
    edges = torch.linspace(config.fmin, config.fmax, config.n_mels + 2, dtype=torch.float64)
    return (slaney_norm(edges[:, None]) * triangles(config, edges[:, None])).float()


@exercise.misconception(
    "Outside its band a filter goes below zero: clamp the triangles at 0 (the max in the equation)."
)
def negative_tails(config):
    edges = slaney_edges(config)
    return (slaney_norm(edges) * slopes(config, edges)).float()


@exercise.misconception(
    "The filterbank is transposed: a row is a filter, (n_mels, n_fft // 2 + 1)."
)
def filters_in_columns(config):
    return mel.mel_filterbank(config).T


@exercise.misconception(
    "fmin and fmax are ignored: the edges run from config.fmin to config.fmax, not over the whole "
    "band up to the Nyquist frequency."
)
def whole_band(config):
    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")
    whole = mel.MelConfig(**{**vars(config), "fmin": 0.0, "fmax": config.sample_rate / 2})
    return mel.mel_filterbank(whole)


@exercise.misconception(
    "You round the edges to whole FFT bins, as many MFCC recipes do: keep them in Hz and evaluate "
    "the triangles at the bins' frequencies."
)
def edges_on_bins(config):
    hz_per_bin = config.sample_rate / config.n_fft
    edges = slaney_edges(config)
    rounded = torch.floor(edges / hz_per_bin) * hz_per_bin
    weights = torch.nan_to_num(triangles(config, rounded), nan=0.0, posinf=0.0)
    return (slaney_norm(edges) * weights).float()


@exercise.neighbour(edges_on_bins)
def edges_on_bins_of_a_tutorial(config):
    edges = slaney_edges(config)
    bins = torch.floor((config.n_fft + 1) * edges / config.sample_rate)
    left, centre, right = bins[:-2], bins[1:-1], bins[2:]
    k = torch.arange(config.n_fft // 2 + 1)
    rising, falling = (k - left) / (centre - left), (right - k) / (right - centre)
    weights = torch.where(k < centre, rising, falling).clamp(min=0)
    return (slaney_norm(edges) * torch.nan_to_num(weights, nan=0.0, posinf=0.0)).float()


@exercise.also_correct
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


@exercise.also_correct
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


@exercise.also_correct
@functools.cache
def computed_once(config):
    return mel.mel_filterbank(config)
