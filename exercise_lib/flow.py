"""Rectified flow: straight paths from data to noise, and how they are walked back.

Lecture 7, "Stable Diffusion 3"; Liu et al. (2022), Lipman et al. (2022), Esser et al. (2024). At
time 0 there is data, at time 1 there is noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]  # z `(B, ...)`, t a scalar -> v `(B, ...)`


def interpolate(data: Tensor, noise: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Return a point of the straight path from data to noise, and its velocity (12.5).

    z_t = (1 - t) x + t eps, v = dz/dt = eps - x; Esser et al. (2024), equation 13

    Args:
        data: x, `(B, ...)`
        noise: eps, the same shape
        times: t, from 0 to 1, one for each row, `(B,)`

    Returns:
        z_t and v, both the shape of the data
    """
    # TODO 12.8: equation 12.5; give `times` as many axes as the data have
    raise NotImplementedError("TODO 12.8: equation 12.5; give `times` as many axes as the data have")


def draw_times(draws: Tensor, mean: float = 0.0, spread: float = 1.0) -> Tensor:
    """Make logit-normal times of normal numbers (12.6).

    t = 1 / (1 + exp(-(m + s u))); Esser et al. (2024), section 3.1

    Args:
        draws: u, standard normal numbers, `(B,)`
        mean: m, of the logit of t; above 0: more noise
        spread: s, the standard deviation of the logit

    Returns:
        `(B,)`, between 0 and 1
    """
    # TODO 12.9: equation 12.6
    raise NotImplementedError("TODO 12.9: equation 12.6")


def shift_times(times: Tensor, shift: float) -> Tensor:
    """Move times towards the noise, and leave 0 and 1 where they are (12.7).

    t' = a t / (1 + (a - 1) t); Esser et al. (2024), equation 23, a = sqrt(m / n)

    Args:
        times: t, from 0 to 1, any shape
        shift: a, above 0; 1: nothing is moved

    Returns:
        the same shape
    """
    # TODO 12.10: equation 12.7
    raise NotImplementedError("TODO 12.10: equation 12.7")


@torch.no_grad()
def euler(velocity: Velocity, noise: Tensor, steps: int, shift: float = 1.0) -> Tensor:
    """Walk from noise at t = 1 to data at t = 0 in straight steps (12.8).

    t_i = shift_times(1 - i / n), z_{i+1} = z_i + (t_{i+1} - t_i) v(z_i, t_i), i = 0 ... n - 1

    Args:
        velocity: v(z, t), with t a tensor `()`; asked n times
        noise: z_0, where the walk begins, `(B, ...)`
        steps: n
        shift: a of (12.7)

    Returns:
        z_n, the shape of the noise
    """
    z = noise
    # TODO 12.11: the n + 1 times, then n steps
    raise NotImplementedError("TODO 12.11: the n + 1 times, then n steps")


def joint_attention(picture: Tensor, text: Tensor, is_word: Tensor) -> tuple[Tensor, Tensor]:
    """Attention of picture and text together: all ask, all answer, in one softmax (12.9).

    [p; w] = softmax([q_p; q_w] [k_p; k_w]^T / sqrt(d)) [v_p; v_w]
    Padding is asked by nobody (it has no weight), and itself asks like every token.

    Args:
        picture: q_p, k_p and v_p, `(3, B, heads, N, d)`
        text: q_w, k_w and v_w, `(3, B, heads, L, d)`
        is_word: which places of the text hold a word, not padding, `(B, L)` bool

    Returns:
        p `(B, heads, N, d)` and w `(B, heads, L, d)`
    """
    n = picture.shape[3]
    heard = torch.cat([is_word.new_ones(len(is_word), n), is_word], dim=1)  # (B, N + L)
    # TODO 12.12: equation 12.9; join tokens, one softmax over those heard, split again
    raise NotImplementedError("TODO 12.12: equation 12.9; join tokens, one softmax over those heard, split again")
