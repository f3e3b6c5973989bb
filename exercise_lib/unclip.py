"""DALL-E 2 in parts: embeddings of unit variance, a prior that draws them, and what it is fed.

Lecture 7, "Hierarchical Text-Conditional Image Generation with CLIP Latents (DALL-E 2)"; Ramesh et
al. (2022), where the whole is called unCLIP. An embedding is what CLIP makes of a picture or a
caption. At time 0 there is the embedding, at time 1 there is noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Predict = Callable[[Tensor, Tensor], Tensor]  # z_t `(B, d)`, t `(B,)` -> x', the clean embedding


def scaled(embeddings: Tensor) -> Tensor:
    """Give embeddings the length at which their numbers have variance 1, as noise has (13.1).

    x = sqrt(d) e / ||e||

    Args: embeddings: e, of any length above 0, `(..., d)`
    Returns: the same shape
    """
    # TODO 13.1: equation 13.1
    raise NotImplementedError("TODO 13.1: equation 13.1")


def levels(times: Tensor) -> tuple[Tensor, Tensor]:
    """Return the shares of data and noise at times t: a_t = cos(pi t / 2), s_t = sin(pi t / 2)."""
    angles = times * math.pi / 2
    return angles.cos(), angles.sin()


def noised(images: Tensor, noise: Tensor, times: Tensor) -> Tensor:
    """Return embeddings as they are at a time of the noising, each at its own (13.3).

    z_t = a_t x + s_t eps, a and s as `levels` has them; a^2 + s^2 = 1

    Args:
        images: x, scaled embeddings of pictures, `(B, d)`
        noise: eps, drawn from N(0, 1), the same shape
        times: t, from 0 to 1, one for each row, `(B,)`

    Returns:
        `(B, d)`
    """
    # TODO 13.3: equation 13.3; the levels have to become (B, 1)
    raise NotImplementedError("TODO 13.3: equation 13.3; the levels have to become (B, 1)")


def prior_tokens(
    words: Tensor, text: Tensor, time: Tensor, noisy: Tensor, query: Tensor, places: Tensor
) -> Tensor:
    """Put the prior's tokens into a row, the query last, and tell it their places (13.4).

    h_b = [w_b1 ... w_bL, c_b, t_b, z_b, q] + p

    Args:
        words: w, a token for each word, `(B, L, d)`; L may be 0
        text: c, the caption's embedding as a token, `(B, d)`
        time: t, the features of the time, `(B, d)`
        noisy: z, the noisy embedding of the picture as a token, `(B, d)`
        query: q, the same learned token for all, `(d,)`
        places: p, a learned vector for each place, `(L + 4, d)`

    Returns:
        `(B, L + 4, d)`
    """
    # TODO 13.4: equation 13.4
    raise NotImplementedError("TODO 13.4: equation 13.4")


def causal_attention(queries: Tensor, keys: Tensor, values: Tensor, is_token: Tensor) -> Tensor:
    """Let every token ask itself and those before it, but no padding (13.5).

    A_nm = softmax over m of q_n k_m / sqrt(d), 0 where m > n or m is padding; output A V

    Args:
        queries, keys, values: `(B, heads, N, d)`
        is_token: which places hold a token, not padding, `(B, N)` bool; the first of a row does

    Returns:
        `(B, heads, N, d)`
    """
    n, d = queries.shape[2:]
    scores = queries @ keys.mT / math.sqrt(d)  # (B, heads, N that ask, N that answer)
    # TODO 13.5: equation 13.5, from the scores on
    raise NotImplementedError("TODO 13.5: equation 13.5, from the scores on")


def prior_loss(predict: Predict, images: Tensor, noise: Tensor, times: Tensor) -> Tensor:
    """Squared error of the clean embedding that is predicted from the noisy one (13.6).

    L = mean over all numbers of (f(z_t, t) - x)^2; Ramesh et al. (2022), equation 2

    Args:
        predict: f(z_t, t), the prior
        images: x, scaled embeddings of pictures, `(B, d)`
        noise: eps, drawn from N(0, 1), the same shape
        times: t, `(B,)`

    Returns:
        scalar
    """
    # TODO 13.6: equation 13.6, with `noised`
    raise NotImplementedError("TODO 13.6: equation 13.6, with `noised`")


def clean_step(noisy: Tensor, clean: Tensor, now: Tensor, then: Tensor) -> Tensor:
    """Go to a time with less noise, by the clean embedding that was predicted (13.7).

    eps' = (z_t - a_t x') / s_t, z_next = a_next x' + s_next eps'

    Args:
        noisy: z_t, `(B, d)`
        clean: x', predicted, the same shape
        now: t, above 0, a scalar
        then: the next time, below t, a scalar

    Returns:
        z_next, `(B, d)`
    """
    data_share, noise_share = levels(now)
    next_data_share, next_noise_share = levels(then)
    # TODO 13.7: equation 13.7
    raise NotImplementedError("TODO 13.7: equation 13.7")


def best_of(candidates: Tensor, texts: Tensor) -> Tensor:
    """Keep of several embeddings the one with the largest dot product with its caption's (13.8).

    best_b = x_kb, k = argmax_k x_kb . c_b; Ramesh et al. (2022) draw K = 2

    Args:
        candidates: x, K embeddings for each caption, scaled, `(K, B, d)`
        texts: c, the captions' embeddings, `(B, d)`

    Returns:
        `(B, d)`
    """
    rows = torch.arange(len(texts), device=texts.device)
    # TODO 13.8: equation 13.8
    raise NotImplementedError("TODO 13.8: equation 13.8")
