"""Latent diffusion: a latent space, noise in it, words that guide it, and where words look.

Lecture 7, "Latent diffusion for image synthesis (basis for Stable Diffusion 1.0)".
Latents z_0 are what a variational autoencoder makes of pictures; diffusion learns to undo noise.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

COVERED = 0.15  # share of a cell that a thing covers, for the cell to count as its own


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """How far the encoder's normal distributions are from N(0, 1) (11.2).

    KL = 1/2 sum (mean^2 + variance - 1 - ln variance), over all numbers of a picture

    Args:
        mean: `(B, C, h, w)`
        log_variance: natural logarithm of the variance, the same shape

    Returns:
        scalar, nats, the mean over the batch
    """
    # TODO 11.2: equation 11.2; sum over all axes but the first, then the mean
    raise NotImplementedError("TODO 11.2: equation 11.2; sum over all axes but the first, then the mean")


def reparametrise(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Draw from the encoder's distributions so that gradients pass to mean and variance (11.3).

    z = mean + sigma eps, sigma the standard deviation

    Args:
        mean: any shape
        log_variance: natural logarithm of the variance, the same shape
        noise: eps, drawn from N(0, 1), the same shape

    Returns:
        the same shape
    """
    # TODO 11.3: equation 11.3
    raise NotImplementedError("TODO 11.3: equation 11.3")


def latent_scale(latents: Tensor) -> Tensor:
    """Return the one number by which latents are multiplied to have variance 1 (11.4).

    s = 1 / std(z), over all pictures, channels and places, as `Tensor.std` counts it

    Args: latents: z, `(B, C, h, w)`
    Returns: scalar
    """
    # TODO 11.4: equation 11.4
    raise NotImplementedError("TODO 11.4: equation 11.4")


def alpha_bars(n_times: int, first: float = 0.00085, last: float = 0.012) -> Tensor:
    """Return how much of the signal's variance is left at each time, as in Stable Diffusion (11.5).

    beta_t: a line of square roots from sqrt(first) to sqrt(last), squared
    alpha_bar_t = (1 - beta_0) (1 - beta_1) ... (1 - beta_t)

    Args:
        n_times: T, how many times there are, at least 2
        first, last: beta_0 and beta_{T-1}, variance of the noise that a time adds

    Returns:
        `(T,)` float32, falling
    """
    # TODO 11.5: equation 11.5
    raise NotImplementedError("TODO 11.5: equation 11.5")


def add_noise(latents: Tensor, noise: Tensor, alpha_bar: Tensor) -> Tensor:
    """Return latents as they are at a time of the noising, each at its own (11.6).

    z_t = sqrt(alpha_bar) z_0 + sqrt(1 - alpha_bar) eps

    Args:
        latents: z_0, `(B, C, h, w)`
        noise: eps, drawn from N(0, 1), the same shape
        alpha_bar: from 0 to 1, `(B,)`

    Returns:
        z_t, `(B, C, h, w)`
    """
    # TODO 11.6: equation 11.6; alpha_bar has to become (B, 1, 1, 1)
    raise NotImplementedError("TODO 11.6: equation 11.6; alpha_bar has to become (B, 1, 1, 1)")


def diffusion_loss(noise: Tensor, predicted: Tensor, weights: Tensor) -> Tensor:
    """Loss of the noise that was predicted, each example with its weight (11.7).

    L = mean over b of w_b mean (eps_b - eps'_b)^2; Stable Diffusion has w_b = 1

    Args:
        noise: eps, `(B, C, h, w)`
        predicted: eps', what the network says of it, the same shape
        weights: w, `(B,)`

    Returns:
        scalar
    """
    # TODO 11.7: equation 11.7
    raise NotImplementedError("TODO 11.7: equation 11.7")


def cross_attention(
    queries: Tensor, keys: Tensor, values: Tensor, is_word: Tensor
) -> tuple[Tensor, Tensor]:
    """Let each place of a picture ask the words (11.8).

    A = softmax over words (Q K^T / sqrt(d)), 0 where there is no word; output A V

    Args:
        queries: Q, of the places, `(B, P, d)`
        keys: K, of the words, `(B, L, d)`
        values: V, of the words, `(B, L, e)`
        is_word: false at the padding, `(B, L)` bool; each row has a word

    Returns:
        output `(B, P, e)`; A `(B, P, L)`
    """
    # TODO 11.8: equation 11.8
    raise NotImplementedError("TODO 11.8: equation 11.8")


def drop_captions(tokens: Tensor, empty: Tensor, draws: Tensor, share: float) -> Tensor:
    """Return captions, some of them replaced by the empty one, to learn both (11.9).

    c <- the empty caption where u < share

    Args:
        tokens: numbers of words, `(B, L)` int64
        empty: those of the empty caption, `(L,)` int64
        draws: uniform numbers, 0 <= u < 1, `(B,)`
        share: an example's caption is dropped where u < share

    Returns:
        `(B, L)` int64; `tokens` stays as it is
    """
    # TODO 11.9: where u < share, the whole row is `empty`
    raise NotImplementedError("TODO 11.9: where u < share, the whole row is `empty`")


def guided(with_words: Tensor, without: Tensor, guidance_scale: float) -> Tensor:
    """Go from the noise predicted without words towards, and beyond, that with words (11.10).

    eps' = eps(no words) + w (eps(words) - eps(no words))

    Args:
        with_words, without: predicted noise, `(B, C, h, w)`
        guidance_scale: w; 0: words are ignored, 1: taken as they are, above: stressed

    Returns:
        `(B, C, h, w)`
    """
    # TODO 11.10: equation 11.10
    raise NotImplementedError("TODO 11.10: equation 11.10")


def ddim_step(latents: Tensor, noise: Tensor, alpha_bar: Tensor, next_alpha_bar: Tensor) -> Tensor:
    """Go to a time with less noise, by the noise that was predicted (11.11).

    z_0' = (z_t - sqrt(1 - alpha_bar) eps') / sqrt(alpha_bar)
    z_next = sqrt(next_alpha_bar) z_0' + sqrt(1 - next_alpha_bar) eps'

    Args:
        latents: z_t, `(B, C, h, w)`
        noise: eps', predicted, the same shape
        alpha_bar, next_alpha_bar: of this time and of the next, `()`

    Returns:
        z_next, `(B, C, h, w)`
    """
    # TODO 11.11: equation 11.11
    raise NotImplementedError("TODO 11.11: equation 11.11")


def sample(
    predict: Callable[[Tensor, int], tuple[Tensor, Tensor]],
    latents: Tensor,
    levels: Tensor,
    n_steps: int,
    guidance_scale: float,
) -> Tensor:
    """Make latents of noise in few steps, guided by words (11.12).

    z <- ddim_step(z, guided(predict(z, t)), alpha_bar of t, alpha_bar of the next time)

    Args:
        predict: takes z_t and the time t, returns the noise with words and without
        latents: noise to begin from, `(B, C, h, w)`
        levels: alpha_bar of every time, `(T,)`
        n_steps: how many of the times are visited
        guidance_scale: w of (11.10)

    Returns:
        z_0, `(B, C, h, w)`
    """
    times = torch.linspace(len(levels) - 1, 0, n_steps + 1).long()[:-1]  # T - 1 is the first
    visited = torch.cat([levels[times], torch.ones(1)])  # n_steps + 1 values; the last: no noise
    for i, t in enumerate(times.tolist()):
        # TODO 11.12: predict at `t`, guide, and step from `visited[i]` to the one after it
        raise NotImplementedError("TODO 11.12: predict at `t`, guide, and step from `visited[i]` to the one after it")
    return latents


def word_map(weights: Tensor, word: int, height: int, width: int) -> Tensor:
    """Return where a word is heard: its share of attention at each place (11.13).

    Args:
        weights: A of (11.8) of one picture, of several heads and layers, `(N, P, L)`; places come
            row by row from the upper left
        word: number of the word in the caption, from 0; the first column is of <start>
        height, width: places, P = height width

    Returns:
        `(height, width)`, of sum 1
    """
    # TODO 11.13: mean over N, the word's column, as a map of sum 1
    raise NotImplementedError("TODO 11.13: mean over N, the word's column, as a map of sum 1")


def pointing(maps: Tensor, masks: Tensor) -> Tensor:
    """Say of maps whether their peak lies on the thing (11.14).

    hit where c_p >= 0.15 at the peak p, c the share of each cell that the thing covers

    Args:
        maps: `(N, h, w)`
        masks: which pixels the thing covers, `(N, H, W)` bool; H / h and W / w are one whole number

    Returns:
        whether the thing covers at least 15 % of the peak's cell, `(N,)` bool
    """
    cell = masks.shape[1] // maps.shape[1]  # pixels
    # TODO 11.14: share of each cell that is covered, by F.avg_pool2d; read it at the peak
    raise NotImplementedError("TODO 11.14: share of each cell that is covered, by F.avg_pool2d; read it at the peak")
