"""Log-mel spectrogram."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel
from ...exercise_lib.mel import DEFAULT_CONFIG, log_compress
from .shared import (
    SPECTRUM_WHY,
    config,
    htk_edges,
    slaney_edges,
    slaney_norm,
    tone_in_noise,
    triangles,
)

exercise = Exercise(
    id="mel.log_mel_spectrogram",
    title="Log-mel spectrogram",
    target="exercise_lib.mel:log_mel_spectrogram",
    solution=mel.log_mel_spectrogram,
    todo="2.6",
    points=3,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    small = config(n_fft=96, hop_length=24, n_mels=7) if hidden else config()
    speech = tone_in_noise(rng, 1, 830 if hidden else 1030)
    short = tone_in_noise(rng, 3 if hidden else 2, 150 if hidden else 100)
    falls_silent = short[:1].clone()
    falls_silent[:, 50:] = 0
    broken = short.clone()
    broken[-1, 20] = torch.nan
    endless = short.clone()
    endless[0, 7] = torch.inf
    rejected: dict[str, Any] = {"raises": ("ValueError",)}
    return [
        Case(
            "a tone in noise, the default settings",
            args={"waveform": speech},
            grad=("waveform",),
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
            "a tone that falls silent, with gradient",
            args={"waveform": falls_silent, "config": small},
            grad=("waveform",),
            rtol=1e-3,
            atol=1e-3,
            why="rounding is divided by the magnitude, small in some bands",
            weight=2.0,
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


def _checked_magnitude(waveform: Tensor, config) -> Tensor:
    if not waveform.isfinite().all():
        raise ValueError("NaN or infinite samples")
    return mel.stft_magnitude(waveform, config)


@exercise.misconception(
    "This is a power spectrogram: apply the filterbank to the magnitude, not to its square "
    "(power=1, not librosa's and torchaudio's default of 2)."
)
def of_the_power(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, root=False)


@exercise.misconception(
    "You take log10: HiFi-GAN takes the natural logarithm, so silence is -11.5129."
)
def log_ten(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x.clamp(min=1e-5).log10())


@exercise.misconception(
    "These are decibels (20 log10, power_to_db): HiFi-GAN takes the natural logarithm."
)
def in_decibels(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: 20 * x.clamp(min=1e-5).log10())


@exercise.neighbour(in_decibels)
def in_decibels_of_power(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: 10 * x.clamp(min=1e-5).log10())


@exercise.misconception(
    "You take ln(1 + x), which flattens everything quiet: compress with `log_compress`."
)
def with_log_one_plus(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=torch.log1p)


@exercise.misconception(
    "The floor is 1e-10: HiFi-GAN's is 1e-5, so silence is -11.5129. Only silence shows it."
)
def lower_floor(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x.clamp(min=1e-10).log())


@exercise.misconception(
    "The logarithm is missing: these are linear magnitudes. End with `log_compress`."
)
def without_logarithm(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x)


@exercise.neighbour(without_logarithm)
def without_logarithm_and_filterbank(waveform, config=DEFAULT_CONFIG):
    return _checked_magnitude(waveform, config)


@exercise.misconception(
    "You have one frame too many (33 from 8192 samples): center=True pads by n_fft / 2. Pad by "
    "(n_fft - hop) / 2 and pass center=False, as `stft_magnitude` does."
)
def center_true(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, n_pad=0, center=True)


@exercise.misconception(
    "The waveform is padded twice (36 frames from 8192 samples): with your own padding, "
    "center must be False."
)
def center_and_padding(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, center=True)


@exercise.misconception(
    "Frames are missing (29 from 8192 samples): reflect-pad (n_fft - hop) / 2 on both sides, as "
    "`frame` does."
)
def unpadded(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, n_pad=0)


@exercise.misconception(
    "Only the frames at the edges differ: the padding holds zeros where it should mirror the "
    "waveform (mode='reflect')."
)
def zeros_at_the_edges(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, pad_mode="constant")


@exercise.misconception(
    "The filterbank uses the HTK scale: HiFi-GAN's uses Slaney's (librosa's default, "
    "mel_scale='slaney' in torchaudio)."
)
def htk_filters(waveform, config=DEFAULT_CONFIG):
    edges = htk_edges(config)
    bank = (slaney_norm(edges) * triangles(config, edges)).float()
    return official(waveform, config, bank=bank)


@exercise.misconception(
    "The filters are not normalised: HiFi-GAN's have the Slaney norm, area 1 in Hz (norm='slaney')."
)
def filters_without_norm(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, bank=triangles(config, slaney_edges(config)).float())


@exercise.misconception(
    "These are the defaults of torchaudio's MelSpectrogram: power 2, HTK scale, no norm, centred "
    "frames. HiFi-GAN wants power=1, mel_scale='slaney', norm='slaney' and, after your own "
    "padding, center=False."
)
def defaults_of_torchaudio(waveform, config=DEFAULT_CONFIG):
    bank = triangles(config, htk_edges(config)).float()
    return official(waveform, config, n_pad=0, center=True, bank=bank, root=False)


@exercise.misconception(
    "You take the logarithm before the filterbank and average logarithms: sum the "
    "magnitudes in each band first, then compress."
)
def log_before_mel(waveform, config=DEFAULT_CONFIG):
    identity = torch.eye(config.n_fft // 2 + 1)
    return mel.mel_filterbank(config) @ official(waveform, config, bank=identity)


@exercise.neighbour(log_before_mel)
def log_on_both_sides(waveform, config=DEFAULT_CONFIG):
    logarithms = log_before_mel(waveform, config)
    return logarithms.clamp(min=1e-5).log()


@exercise.misconception(
    "The mel filterbank is missing: this is the log magnitude of all n_fft // 2 + 1 bins."
)
def without_filterbank(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, bank=torch.eye(config.n_fft // 2 + 1))


@exercise.misconception("The axes are (B, frames, n_mels): the mel bands come before time.")
def bands_last(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config).transpose(1, 2)


@exercise.misconception(
    "No gradient reaches the waveform (numpy, detach or no_grad): the mel loss would teach the "
    "generator nothing. Stay in torch."
)
def without_gradient(waveform, config=DEFAULT_CONFIG):
    with torch.no_grad():
        return mel.log_mel_spectrogram(waveform, config)


@exercise.misconception(
    "NaN and infinite samples pass: ask torch.isfinite(waveform).all() and raise a ValueError, or "
    "one bad sample spoils a whole training run.",
    mild=FORMULA_IS_RIGHT,
)
def no_finite_guard(waveform, config=DEFAULT_CONFIG):
    magnitude = mel.stft_magnitude(waveform, config)
    return (mel.mel_filterbank(config) @ magnitude).clamp(min=1e-5).log()


@exercise.neighbour(no_finite_guard, mild=FORMULA_IS_RIGHT)
def not_a_number_replaced(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform.nan_to_num(), config)


@exercise.neighbour(no_finite_guard, mild=FORMULA_IS_RIGHT)
def not_a_number_becomes_zero(waveform, config=DEFAULT_CONFIG):
    return no_finite_guard(waveform.nan_to_num(0.0, 0.0, 0.0), config)


@exercise.misconception(
    "Infinite samples pass your test: torch.isnan finds only NaN, torch.isfinite finds both.",
    mild=FORMULA_IS_RIGHT,
)
def only_nan_guard(waveform, config=DEFAULT_CONFIG):
    if waveform.isnan().any():
        raise ValueError("NaN")
    return no_finite_guard(waveform, config)


@exercise.misconception(
    "You take log2: HiFi-GAN takes the natural logarithm, so silence is -11.5129."
)
def log_two(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: x.clamp(min=1e-5).log2())


@exercise.misconception("You add 1e-5 where it should be clamped: compress with `log_compress`.")
def floor_added(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config, compress=lambda x: (x + 1e-5).log())


@exercise.misconception("The settings are fixed in your function: pass `config` on.")
def config_ignored(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform)


@exercise.neighbour(config_ignored)
def config_of_filterbank_ignored(waveform, config=DEFAULT_CONFIG):
    return log_compress(mel.mel_filterbank(DEFAULT_CONFIG) @ _checked_magnitude(waveform, config))


@exercise.misconception("Utterances or the batch axis are lost: the result is (B, n_mels, frames).")
def batch_squeezed(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config).squeeze(0)


@exercise.neighbour(batch_squeezed)
def first_of_the_batch(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config)[0]


@exercise.neighbour(batch_squeezed)
def first_of_the_batch_kept(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config)[:1]


@exercise.neighbour(batch_squeezed)
def mean_of_the_batch(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config).mean(0)


@exercise.misconception("You normalise the result: a vocoder is trained on the log-mel as it is.")
def zero_mean(waveform, config=DEFAULT_CONFIG):
    log_mel = mel.log_mel_spectrogram(waveform, config)
    return log_mel - log_mel.mean()


@exercise.neighbour(zero_mean)
def standardised(waveform, config=DEFAULT_CONFIG):
    log_mel = mel.log_mel_spectrogram(waveform, config)
    return (log_mel - log_mel.mean()) / log_mel.std().clamp(min=1e-5)


@exercise.neighbour(zero_mean)
def zero_mean_of_each_band(waveform, config=DEFAULT_CONFIG):
    log_mel = mel.log_mel_spectrogram(waveform, config)
    return log_mel - log_mel.mean(-1, keepdim=True)


@exercise.neighbour(zero_mean)
def largest_is_zero(waveform, config=DEFAULT_CONFIG):
    log_mel = mel.log_mel_spectrogram(waveform, config)
    return log_mel - log_mel.max()


@exercise.misconception(
    "You scale the waveform first: its level is part of what the vocoder hears."
)
def peak_normalised(waveform, config=DEFAULT_CONFIG):
    _checked_magnitude(waveform, config)
    return mel.log_mel_spectrogram(waveform / waveform.abs().max().clamp(min=1e-9), config)


@exercise.neighbour(peak_normalised)
def peak_of_each_utterance(waveform, config=DEFAULT_CONFIG):
    _checked_magnitude(waveform, config)
    peaks = waveform.abs().amax(1, keepdim=True).clamp(min=1e-9)
    return mel.log_mel_spectrogram(waveform / peaks, config)


@exercise.neighbour(peak_normalised)
def peak_of_095(waveform, config=DEFAULT_CONFIG):
    _checked_magnitude(waveform, config)
    peak = waveform.abs().max().clamp(min=1e-9)
    return mel.log_mel_spectrogram(0.95 * waveform / peak, config)


@exercise.misconception("You take the logarithm twice: `log_compress` takes it once, at the end.")
def logarithm_twice(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config).clamp(min=1e-5).log()


@exercise.neighbour(logarithm_twice)
def logarithm_of_logarithm(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config).log()


@exercise.neighbour(logarithm_twice)
def compressed_twice(waveform, config=DEFAULT_CONFIG):
    return log_compress(mel.log_mel_spectrogram(waveform, config))


@exercise.misconception(
    "The filterbank is on the wrong side: (n_mels, bins) @ (B, bins, frames) sums over the bins."
)
def filterbank_behind(waveform, config=DEFAULT_CONFIG):
    return log_compress(_checked_magnitude(waveform, config) @ mel.mel_filterbank(config).T)


@exercise.neighbour(filterbank_behind)
def filterbank_behind_untransposed(waveform, config=DEFAULT_CONFIG):
    return log_compress(_checked_magnitude(waveform, config) @ mel.mel_filterbank(config))


@exercise.neighbour(filterbank_behind)
def filterbank_transposed(waveform, config=DEFAULT_CONFIG):
    return log_compress(mel.mel_filterbank(config).T @ _checked_magnitude(waveform, config))


@exercise.misconception(
    "The waveform is changed before its spectrum (pre-emphasis, its mean taken off): HiFi-GAN "
    "takes it as it is."
)
def preemphasised(waveform, config=DEFAULT_CONFIG):
    _checked_magnitude(waveform, config)
    emphasised = torch.cat([waveform[:, :1], waveform[:, 1:] - 0.97 * waveform[:, :-1]], 1)
    return mel.log_mel_spectrogram(emphasised, config)


@exercise.neighbour(preemphasised)
def mean_taken_off(waveform, config=DEFAULT_CONFIG):
    _checked_magnitude(waveform, config)
    return mel.log_mel_spectrogram(waveform - waveform.mean(-1, keepdim=True), config)


@exercise.misconception("The last frame is cut off: samples // hop frames are right.")
def last_frame_cut(waveform, config=DEFAULT_CONFIG):
    return mel.log_mel_spectrogram(waveform, config)[..., :-1]


@exercise.also_correct
def with_stft_and_einsum(waveform, config=DEFAULT_CONFIG):
    return official(waveform, config)


@exercise.also_correct
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
