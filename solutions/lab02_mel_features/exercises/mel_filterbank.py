"""Mel filterbank."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

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
        n_mels=full.n_mels,  # a filterbank kept by its number of bands would be the one above
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


def _reject_fmax(config) -> None:
    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")


def _changed(config, **settings: float) -> Tensor:
    """Return the filterbank of other settings."""
    _reject_fmax(config)
    return mel.mel_filterbank(mel.MelConfig(**{**vars(config), **settings}))


def _edges(config, number: int) -> Tensor:
    """Return that many edges in Hz, evenly spaced in mel from fmin to fmax."""
    low, high = mel.hz_to_mel(torch.tensor([config.fmin, config.fmax], dtype=torch.float64))
    return mel.mel_to_hz(torch.linspace(low, high, number, dtype=torch.float64))


def _with_edges(config, edges: Tensor, bins: Tensor | None = None) -> Tensor:
    """Return the filterbank between other edges, or on other bins."""
    _reject_fmax(config)
    if bins is None:
        nyquist = config.sample_rate / 2
        bins = torch.linspace(0, nyquist, config.n_fft // 2 + 1, dtype=torch.float64)
    edges = edges[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    peaks = torch.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    return (slaney_norm(edges) * peaks.clamp(min=0)).float()


def _slopes_and_norm(config) -> tuple[Tensor, Tensor, Tensor]:
    _reject_fmax(config)
    edges = slaney_edges(config)
    bins = torch.linspace(0, config.sample_rate / 2, config.n_fft // 2 + 1, dtype=torch.float64)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    return rising, falling, slaney_norm(edges)


def _triangles_in_mel(config) -> Tensor:
    _reject_fmax(config)
    edges = mel.hz_to_mel(slaney_edges(config))
    bins = torch.linspace(0, config.sample_rate / 2, config.n_fft // 2 + 1, dtype=torch.float64)
    bins = mel.hz_to_mel(bins)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    return torch.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)).clamp(
        min=0
    )


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


@exercise.neighbour(no_norm)
def peaks_of_one(config):
    weights = triangles(config, slaney_edges(config))
    return (weights / weights.amax(1, keepdim=True).clamp(min=1e-12)).float()


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


@exercise.neighbour(linear_edges)
def linear_edges_without_norm(config):
    edges = torch.linspace(config.fmin, config.fmax, config.n_mels + 2, dtype=torch.float64)
    return triangles(config, edges[:, None]).float()


@exercise.misconception(
    "Outside its band a filter goes below zero: clamp the triangles at 0 (the max in the equation)."
)
def negative_tails(config):
    edges = slaney_edges(config)
    return (slaney_norm(edges) * slopes(config, edges)).float()


@exercise.neighbour(negative_tails)
def negative_tails_without_norm(config):
    return slopes(config, slaney_edges(config)).float()


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


@exercise.misconception(
    "Each filter is divided by the root of its squares: the norm is the width in Hz, 2 / (right - "
    "left)."
)
def norm_of_one(config):
    weights = triangles(config, slaney_edges(config))
    return (weights / weights.norm(dim=1, keepdim=True).clamp(min=1e-12)).float()


@exercise.misconception(
    "Every value is doubled: a triangle of area 1 has the height 2 / (right - left)."
)
def twice_the_height(config):
    return 2 * mel.mel_filterbank(config)


@exercise.misconception(
    "Outside its band a filter rises again, |x|: clamp the triangles at 0 (the max in the "
    "equation)."
)
def sizes_of_tails(config):
    edges = slaney_edges(config)
    return (slaney_norm(edges) * slopes(config, edges).abs()).float()


@exercise.misconception(
    "The two slopes are not joined by their minimum: at each bin the lower one counts."
)
def larger_slope(config):
    rising, falling, norm = _slopes_and_norm(config)
    return (norm * torch.maximum(rising, falling).clamp(min=0)).float()


@exercise.neighbour(larger_slope)
def product_of_slopes(config):
    rising, falling, norm = _slopes_and_norm(config)
    return (norm * rising.clamp(min=0) * falling.clamp(min=0)).float()


@exercise.neighbour(larger_slope)
def sum_of_slopes(config):
    rising, falling, norm = _slopes_and_norm(config)
    return (norm * (rising.clamp(min=0) + falling.clamp(min=0))).float()


@exercise.neighbour(larger_slope)
def rising_slope_only(config):
    rising, _, norm = _slopes_and_norm(config)
    return (norm * rising.clamp(min=0)).float()


@exercise.neighbour(larger_slope)
def falling_slope_only(config):
    _, falling, norm = _slopes_and_norm(config)
    return (norm * falling.clamp(min=0)).float()


@exercise.misconception("The filters are rectangles: keep the slopes, and clamp what is below 0.")
def rectangles(config):
    rising, falling, norm = _slopes_and_norm(config)
    return (norm * (torch.minimum(rising, falling) > 0)).float()


@exercise.misconception(
    "The number of edges is wrong: n_mels filters have n_mels + 2, the first and the last included."
)
def one_edge_too_few(config):
    return _with_edges(config, _edges(config, config.n_mels + 1))


@exercise.neighbour(one_edge_too_few)
def two_edges_too_few(config):
    return _with_edges(config, _edges(config, config.n_mels))


@exercise.neighbour(one_edge_too_few)
def one_edge_too_many(config):
    return _with_edges(config, _edges(config, config.n_mels + 3))


@exercise.neighbour(one_edge_too_few)
def edges_that_leave_out_the_last(config):
    return _with_edges(config, _edges(config, config.n_mels + 3)[: config.n_mels + 2])


@exercise.misconception("The edges stay in mel: `mel_to_hz` brings them back to Hz.")
def edges_in_mel(config):
    low, high = mel.hz_to_mel(torch.tensor([config.fmin, config.fmax], dtype=torch.float64))
    mels = torch.linspace(low, high, config.n_mels + 2, dtype=torch.float64)
    return _with_edges(config, mels)


@exercise.misconception(
    "The triangles are straight in mel: make them straight in Hz, on the bins' frequencies."
)
def straight_in_mel(config):
    edges = slaney_edges(config)
    return (slaney_norm(edges) * _triangles_in_mel(config)).float()


@exercise.neighbour(straight_in_mel)
def straight_in_mel_and_normed_there(config):
    mels = mel.hz_to_mel(slaney_edges(config))
    return (slaney_norm(mels) * _triangles_in_mel(config)).float()


@exercise.neighbour(straight_in_mel)
def straight_in_mel_without_norm(config):
    return _triangles_in_mel(config).float()


@exercise.misconception("The settings are fixed in your function: use those of `config`.")
def settings_ignored(config):
    return mel.mel_filterbank(mel.DEFAULT_CONFIG)


@exercise.neighbour(settings_ignored)
def rate_and_window_ignored(config):
    return _changed(config, sample_rate=16_000, n_fft=1024)


@exercise.neighbour(settings_ignored)
def eighty_bands(config):
    return _changed(config, n_mels=80)


@exercise.neighbour(settings_ignored)
def rate_ignored(config):
    return _changed(config, sample_rate=16_000)


@exercise.neighbour(settings_ignored)
def window_ignored(config):
    return _changed(config, n_fft=1024)


@exercise.misconception(
    "One edge of the range is ignored: it runs from config.fmin to config.fmax."
)
def from_zero(config):
    return _changed(config, fmin=0.0)


@exercise.neighbour(from_zero)
def up_to_nyquist(config):
    _reject_fmax(config)
    return _changed(config, fmax=config.sample_rate / 2)


@exercise.misconception(
    "The norm is another one: 2 / (right - left), the width in Hz of the whole triangle."
)
def norm_of_half_the_width(config):
    edges = slaney_edges(config)
    return (2 / (edges[2:] - edges[1:-1]) * triangles(config, edges)).float()


@exercise.neighbour(norm_of_half_the_width)
def norm_of_the_rising_half(config):
    edges = slaney_edges(config)
    return (2 / (edges[1:-1] - edges[:-2]) * triangles(config, edges)).float()


@exercise.neighbour(norm_of_half_the_width)
def norm_turned_round(config):
    edges = slaney_edges(config)
    return ((edges[2:] - edges[:-2]) / 2 * triangles(config, edges)).float()


@exercise.neighbour(norm_of_half_the_width)
def norm_in_mel(config):
    edges = slaney_edges(config)
    return (slaney_norm(mel.hz_to_mel(edges)) * triangles(config, edges)).float()


@exercise.misconception(
    "The bins are not those of the transform: n_fft // 2 + 1, from 0 Hz to the Nyquist frequency."
)
def bins_up_to_the_rate(config):
    bins = torch.linspace(0, config.sample_rate, config.n_fft // 2 + 1, dtype=torch.float64)
    return _with_edges(config, slaney_edges(config).flatten(), bins)


@exercise.neighbour(bins_up_to_the_rate)
def bins_between_the_edges(config):
    bins = torch.linspace(config.fmin, config.fmax, config.n_fft // 2 + 1, dtype=torch.float64)
    return _with_edges(config, slaney_edges(config).flatten(), bins)


@exercise.neighbour(bins_up_to_the_rate)
def numbers_of_bins(config):
    bins = torch.arange(config.n_fft // 2 + 1, dtype=torch.float64)
    return _with_edges(config, slaney_edges(config).flatten(), bins)


@exercise.neighbour(bins_up_to_the_rate)
def without_the_last_bin(config):
    return mel.mel_filterbank(config)[:, :-1]


@exercise.neighbour(bins_up_to_the_rate)
def all_bins_of_n_fft(config):
    bins = torch.linspace(0, config.sample_rate / 2, config.n_fft, dtype=torch.float64)
    return _with_edges(config, slaney_edges(config).flatten(), bins)


@exercise.misconception("The bands stand in the opposite order: the lowest comes first.")
def highest_band_first(config):
    return mel.mel_filterbank(config).flip(0)


@exercise.misconception("A slope is divided by another width: centre - left, and right - centre.")
def slopes_of_whole_width(config):
    _reject_fmax(config)
    edges = slaney_edges(config)
    bins = torch.linspace(0, config.sample_rate / 2, config.n_fft // 2 + 1, dtype=torch.float64)
    left, right = edges[:-2], edges[2:]
    peaks = torch.minimum((bins - left) / (right - left), (right - bins) / (right - left))
    return (slaney_norm(edges) * peaks.clamp(min=0)).float()


@exercise.neighbour(slopes_of_whole_width)
def slopes_exchanged(config):
    _reject_fmax(config)
    edges = slaney_edges(config)
    bins = torch.linspace(0, config.sample_rate / 2, config.n_fft // 2 + 1, dtype=torch.float64)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    peaks = torch.minimum((bins - left) / (right - centre), (right - bins) / (centre - left))
    return (slaney_norm(edges) * peaks.clamp(min=0)).float()


@exercise.misconception(
    "You keep a filterbank and hand it out again for other settings: what is kept must be kept by "
    "all of `config`, not by n_mels alone."
)
def kept_by_its_bands(config):
    _reject_fmax(config)
    full = {"sample_rate": 16_000, "fmin": 0.0, "fmax": 8000.0}
    return _changed(config, **full, n_fft=128 if config.n_mels == 10 else 96)


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
