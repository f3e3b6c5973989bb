"""Stable Audio in parts: sound as latents, seconds as a condition, diffusion that predicts v.

Lecture 7, "Latent diffusion for music generation (Stable Audio)"; Evans et al. (2024). A latent
is what the encoder makes of 40 ms of sound: C numbers. At time 0 there are latents of sound, at
time 1 there is noise.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def spectral_distance(real: Tensor, fake: Tensor, floor: float) -> Tensor:
    """Compare magnitudes of a short-time Fourier transform, loud parts and all levels (14.1).

    X' = max(X, f), Y' = max(Y, f)
    L = ||X' - Y'||_F / ||X'||_F + mean |ln X' - ln Y'|
    Yamamoto et al. (2020), equations 4 to 6; both terms are taken over the whole batch

    Args:
        real: X, magnitudes of the true sounds, `(B, bins, frames)`
        fake: Y, those of the decoded ones, the same shape
        floor: f, above 0: what is below it counts as silence

    Returns:
        scalar
    """
    # TODO 14.1: equation 14.1
    raise NotImplementedError("TODO 14.1: equation 14.1")


def bottleneck(mean: Tensor, raw: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Draw latents from what the encoder says, and measure how far that is from N(0, 1) (14.2).

    s = softplus(raw) + 1e-4, z = m + s eps
    KL = mean over b and t of 1/2 sum_c (m^2 + s^2 - ln s^2 - 1)

    Args:
        mean: m, `(B, C, T)`
        raw: what the standard deviation s is made of, the same shape
        noise: eps, drawn from N(0, 1), the same shape

    Returns:
        z `(B, C, T)` and KL, a scalar
    """
    # TODO 14.2: equation 14.2
    raise NotImplementedError("TODO 14.2: equation 14.2")


def latent_scale(latents: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of each channel over all clips and frames (14.3).

    m_c = mean over n and t of z_nct, s_c = sqrt(mean over n and t of (z_nct - m_c)^2)

    Args: latents: z of the training set, `(N, C, T)`
    Returns: m and s, `(C, 1)` each, so that (z - m) / s has mean 0 and deviation 1 in each channel
    """
    # TODO 14.3: equation 14.3
    raise NotImplementedError("TODO 14.3: equation 14.3")


def window(piece: Tensor, start: float, total: float, length: int, rate: int) -> Tensor:
    """Cut what a network learns from: a window of fixed length into a piece that ends (14.4).

    w_n = x_{n + round(start rate)} where n + round(start rate) < round(total rate), otherwise 0

    Args:
        piece: x, at least `total` seconds of it, `(samples,)`
        start: where the window begins, seconds into the piece
        total: where the piece ends, seconds from its beginning; above `start`
        length: of the window, samples
        rate: samples a second

    Returns:
        `(length,)`; silence, exact zeros, behind the end
    """
    begin, end = round(start * rate), round(total * rate)
    # TODO 14.4: equation 14.4
    raise NotImplementedError("TODO 14.4: equation 14.4")


def seconds_features(seconds: Tensor, frequencies: Tensor, longest: float) -> Tensor:
    """Say a number of seconds in waves of several frequencies (14.5).

    u = min(max(seconds, 0), longest) / longest
    [u, sin(2 pi u w_1) ... sin(2 pi u w_K), cos(2 pi u w_1) ... cos(2 pi u w_K)]

    Args:
        seconds: `(B,)`
        frequencies: w, which are learned, `(K,)`
        longest: seconds at which u is 1

    Returns:
        `(B, 1 + 2 K)`
    """
    # TODO 14.5: equation 14.5
    raise NotImplementedError("TODO 14.5: equation 14.5")


def levels(times: Tensor) -> tuple[Tensor, Tensor]:
    """Return the shares of data and noise at times t: a_t = cos(pi t / 2), s_t = sin(pi t / 2)."""
    angles = times * math.pi / 2
    return angles.cos(), angles.sin()


def noised(latents: Tensor, noise: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Return noisy latents and the v that is to be predicted from them (14.6).

    z_t = a_t x + s_t eps, v_t = a_t eps - s_t x; Salimans and Ho (2022), appendix D

    Args:
        latents: x, scaled, `(B, C, T)`
        noise: eps, drawn from N(0, 1), the same shape
        times: t, from 0 to 1, one for each clip, `(B,)`

    Returns:
        z_t and v_t, `(B, C, T)` each
    """
    # TODO 14.6: equation 14.6; the levels have to become (B, 1, 1)
    raise NotImplementedError("TODO 14.6: equation 14.6; the levels have to become (B, 1, 1)")


def v_step(noisy: Tensor, v: Tensor, now: Tensor, then: Tensor) -> Tensor:
    """Go to a time with less noise, by the v that was predicted (14.7).

    x' = a_t z_t - s_t v, eps' = s_t z_t + a_t v, z_next = a_next x' + s_next eps'

    Args:
        noisy: z_t, `(B, C, T)`
        v: predicted, the same shape
        now: t, a scalar
        then: the next time, below t, a scalar

    Returns:
        z_next, `(B, C, T)`
    """
    a, s = levels(now)
    next_a, next_s = levels(then)
    # TODO 14.7: equation 14.7
    raise NotImplementedError("TODO 14.7: equation 14.7")


def guided(told: Tensor, untold: Tensor, scale: float, rescale: float) -> Tensor:
    """Push a prediction towards the caption, and keep its spread from growing (14.8).

    g = u + w (c - u), r = g std(c) / std(g), result = phi r + (1 - phi) g
    Ho and Salimans (2022), equation 6; Lin et al. (2024), equations 15 and 16

    Args:
        told: c, v predicted with the caption, `(B, C, T)`
        untold: u, v predicted without one, the same shape
        scale: w; 1 gives c
        rescale: phi, from 0 to 1

    Returns:
        `(B, C, T)`; each clip has its own std, over channels and frames
    """
    # TODO 14.8: equation 14.8
    raise NotImplementedError("TODO 14.8: equation 14.8")
