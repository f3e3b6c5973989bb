"""Jukebox in parts: sound as codes, codes as a text that is continued, and codes of finer codes.

Lecture 7, "Jukebox"; Dhariwal et al. (2020), whose sections are named. A level is a VQ-VAE of its
own: the upper one has few codes a second, the lower one has many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from exercise_lib.codec.spectra import magnitude

FLOOR = 1e-3  # magnitude that counts as silence: played music is silent between its notes
Predict = Callable[[Tensor], Tensor]  # codes so far `(B, t)` -> logits of the next `(B, K)`
Choose = Callable[[Tensor], Tensor]  # logits `(B, K)` -> codes `(B,)`


def bottleneck(z: Tensor, codebook: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Put the nearest code in the place of every latent of a sound (14.11; section 3).

    k_bt = argmin_k ||z_bt - e_k||, q = e_k, y = z + sg[q - z], L = mean (z - sg[q])^2

    Args:
        z: latents, `(B, d, T)`
        codebook: e, `(K, d)`; it follows its latents by moving averages, so L is no loss of e

    Returns:
        y `(B, d, T)`: the values of q, the gradient of z; the codes `(B, T)` int64; L, a scalar
    """
    # TODO 14.11: equation 14.11; torch.cdist takes rows of d numbers
    raise NotImplementedError("TODO 14.11: equation 14.11; torch.cdist takes rows of d numbers")


def multi_resolution_stft(x: Tensor, x_hat: Tensor, sizes: Sequence[int]) -> Tensor:
    """Distance of spectra whose windows have several lengths (14.12; section 3.3).

    S_i(x): magnitudes with n_fft = sizes_i, plus FLOOR; hop n_fft / 4; M sizes
    l = 1/M sum_i (mean_b ||S_i(x) - S_i(x_hat)|| / ||S_i(x)|| + mean |ln S_i(x) - ln S_i(x_hat)|)

    Args:
        x, x_hat: sounds and their copies, `(B, samples)`
        sizes: n_fft of each transform, samples

    Returns:
        scalar; the norms are over all of a sound's spectrum, one norm for each sound
    """
    loss = torch.zeros((), device=x.device)
    for n_fft in sizes:
        s, s_hat = (magnitude(it, n_fft, n_fft // 4) + FLOOR for it in (x, x_hat))  # (B, F, T)
        # TODO 14.12: add both terms of equation 14.12 to `loss`
        raise NotImplementedError("TODO 14.12: add both terms of equation 14.12 to `loss`")
    return loss / len(sizes)


def shifted(codes: Tensor, start: int) -> Tensor:
    """Return what a model hears that shall say each code from those before it (14.13).

    u_1 = start, u_t = k_{t-1}

    Args:
        codes: k, what it shall say, `(B, T)` int64
        start: the number that stands for "nothing yet", which no code has

    Returns:
        u, `(B, T)` int64
    """
    # TODO 14.13: equation 14.13
    raise NotImplementedError("TODO 14.13: equation 14.13")


def may_hear(is_word: Tensor, n_codes: int) -> Tensor:
    """Return who may hear whom in a sequence of W words, then T codes (14.14).

    M_bij = 1 if j is a word that is no padding; or if j is a code, i too, and j <= i

    Args:
        is_word: which of the W places before the codes have a word, `(B, W)` bool; the others are
            padding
        n_codes: T

    Returns:
        `(B, W + T, W + T)` bool: row i hears column j where it is True
    """
    # TODO 14.14: equation 14.14
    raise NotImplementedError("TODO 14.14: equation 14.14")


def code_loss(logits: Tensor, codes: Tensor, n_words: int) -> Tensor:
    """Return how many nats a code costs: what the transformer is trained for (14.15).

    L = -mean ln p(k_bt), p = softmax of the logits at the place of code t, which is W + t

    Args:
        logits: of every place, words and codes, `(B, W + T, K)`; place t of the codes was given
            u_t and shall say k_t
        codes: k, `(B, T)` int64
        n_words: W

    Returns:
        scalar
    """
    # TODO 14.15: equation 14.15
    raise NotImplementedError("TODO 14.15: equation 14.15")


def upsample_condition(lower: Tensor, upper: Tensor) -> Tensor:
    """Tell each place of the lower level which upper code it is below (14.16).

    h_t = lower_t + upper_floor(t / r), r = T / N, counted from 0

    Args:
        lower: what the lower level's places hear so far, `(B, T, d)`
        upper: features of the upper codes, `(B, N, d)`; N divides T

    Returns:
        `(B, T, d)`; place t, which shall say lower code t, hears the upper code of the same moment
    """
    # TODO 14.16: equation 14.16
    raise NotImplementedError("TODO 14.16: equation 14.16")


def top_k(logits: Tensor, k: int, temperature: float) -> Tensor:
    """Return the probabilities of the next code, of the k most likely ones only (14.17).

    p_j = exp(l_j / tau) / sum over the k largest of exp(l / tau); 0 for all others

    Args:
        logits: l, `(B, K)`; no two are equal
        k: how many codes may be chosen, at least 1
        temperature: tau, above 0

    Returns:
        `(B, K)`; each row's sum is 1
    """
    # TODO 14.17: equation 14.17
    raise NotImplementedError("TODO 14.17: equation 14.17")


def continued(predict: Predict, opening: Tensor, n: int, choose: Choose) -> Tensor:
    """Continue an opening code by code until there are n (14.18; "primed sampling").

    k_t = choose(predict(k_1 ... k_{t-1})) for t = P + 1 ... n

    Args:
        predict: codes so far `(B, t)` -> logits of the next one `(B, K)`
        opening: k_1 ... k_P, which stay as they are, `(B, P)` int64; P may be 0
        n: codes in all, at least P
        choose: logits `(B, K)` -> codes `(B,)` int64

    Returns:
        `(B, n)` int64
    """
    codes = opening
    # TODO 14.18: equation 14.18
    raise NotImplementedError("TODO 14.18: equation 14.18")
