"""Vector quantisation: one book of codes, how it is learned, and several books in a row.

Lecture 7, "Vector-quantized variational autoencoder (VQ-VAE)" and "Residual vector quantization".
A codebook holds K vectors; a vector is stored as the number of the nearest one, its code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

LEAST_COUNT = 1e-5  # by which a code that no vector ever chose is divided


def nearest(vectors: Tensor, codebook: Tensor) -> Tensor:
    """Return the number of the nearest code of every vector (9.1).

    k_n = argmin_k ||z_n - e_k||^2

    Args:
        vectors: z, `(N, d)`
        codebook: e, `(K, d)`

    Returns:
        `(N,)` int64
    """
    # TODO 9.1: equation 9.1, from ||z||^2 - 2 z e + ||e||^2 of all pairs, (N, K)
    raise NotImplementedError("TODO 9.1: equation 9.1, from ||z||^2 - 2 z e + ||e||^2 of all pairs, (N, K)")


def straight_through(vectors: Tensor, quantized: Tensor) -> Tensor:
    """Return the quantised vectors, with the gradient that the vectors get (9.2).

    y = z + sg[q - z], sg: stop-gradient, a constant on the backward pass

    Args:
        vectors: z, what the encoder gave, any shape
        quantized: q, its codes' vectors, the same shape

    Returns:
        the same shape: the values of q, the gradient of z
    """
    # TODO 9.2: equation 9.2; detach() stops a gradient
    raise NotImplementedError("TODO 9.2: equation 9.2; detach() stops a gradient")


def vq_loss(vectors: Tensor, quantized: Tensor, beta: float = 0.25) -> Tensor:
    """Loss that pulls codes to vectors, and vectors to codes a little (9.3).

    L = mean (sg[z] - q)^2 + beta mean (z - sg[q])^2; van den Oord et al. (2017), equation 3

    Args:
        vectors: z, what the encoder gave, any shape
        quantized: q, its codes' vectors, the same shape
        beta: weight of the commitment, the second term

    Returns:
        scalar
    """
    # TODO 9.3: equation 9.3
    raise NotImplementedError("TODO 9.3: equation 9.3")


def ema_update(
    counts: Tensor, sums: Tensor, vectors: Tensor, codes: Tensor, decay: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Move every code to the moving average of the vectors that chose it (9.4).

    N_k <- g N_k + (1 - g) n_k, m_k <- g m_k + (1 - g) sum of k's vectors, e_k = m_k / N_k

    Args:
        counts: N, the moving average of how many vectors of a batch choose each code, `(K,)`
        sums: m, that of the sum of these vectors, `(K, d)`
        vectors: z, a batch, `(N, d)`
        codes: the code of each, `(N,)` int64
        decay: g, from 0 to 1

    Returns:
        counts `(K,)`, sums `(K, d)` and codebook `(K, d)` after this batch
    """
    least = LEAST_COUNT
    chosen = F.one_hot(codes, len(counts)).to(vectors)  # (N, K)
    # TODO 9.4: equation 9.4; a count below `least` divides as `least`
    raise NotImplementedError("TODO 9.4: equation 9.4; a count below `least` divides as `least`")


def perplexity(codes: Tensor, n_codes: int) -> Tensor:
    """Return how many codes are in use, if all that are were used equally often (9.5).

    exp(-sum_k p_k ln p_k), p_k the share of code k, and 0 ln 0 = 0

    Args:
        codes: from 0 to n_codes - 1, int64, any shape
        n_codes: K

    Returns:
        scalar float, from 1 to n_codes
    """
    # TODO 9.5: equation 9.5
    raise NotImplementedError("TODO 9.5: equation 9.5")


def restart_dead(
    counts: Tensor, sums: Tensor, candidates: Tensor, least: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Put each code that hardly any vector chooses where a vector is (9.6).

    where N_k < least: N_k <- least, m_k <- least c_k; e_k = m_k / N_k

    Args:
        counts: N, the moving averages of (9.4), `(K,)`
        sums: m, `(K, d)`
        candidates: c, vectors of the encoder drawn by chance, one for each code, `(K, d)`
        least: a code with a smaller count is dead; above 0

    Returns:
        counts `(K,)`, sums `(K, d)` and codebook `(K, d)`, dead codes begun anew
    """
    # TODO 9.6: equation 9.6
    raise NotImplementedError("TODO 9.6: equation 9.6")


def residual_quantize(
    vectors: Tensor, codebooks: Tensor | Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Quantise vectors with the first book, what is left with the second, and so on (9.7).

    r_1 = z; q_i = sg[e^i_k], k nearest to r_i; r_{i+1} = r_i - q_i; y = z + sg[sum q_i - z]

    Args:
        vectors: z, `(N, d)`
        codebooks: e^1 ... e^n, `(n, K, d)`, or a list of `(K, d)`; learned by (9.4)

    Returns:
        y `(N, d)`, straight-through; the codes `(N, n)` int64; the commitment of each book,
        mean (r_i - q_i)^2, `(n,)`
    """
    residual, total = vectors, torch.zeros_like(vectors)
    codes, commitments = [], []
    for codebook in codebooks:
        # TODO 9.7: quantise `residual` with this book: add to `total`, `codes` and `commitments`,
        raise NotImplementedError("TODO 9.7: quantise `residual` with this book: add to `total`, `codes` and `commitments`,")
    return straight_through(vectors, total), torch.stack(codes, 1), torch.stack(commitments)


def decode_codes(
    codes: Tensor, codebooks: Tensor | Sequence[Tensor], used: Tensor | None = None
) -> Tensor:
    """Return the sum of the codes' vectors, for each row of its first books only (9.8).

    q_n = sum_i [i <= u_n] e^i_{k_ni}, i = 1 ... n

    Args:
        codes: k, `(N, n)` int64
        codebooks: e^1 ... e^n, `(n, K, d)`, or a list of `(K, d)`
        used: u, how many books each row uses, `(N,)` int64; default: all n

    Returns:
        `(N, d)`
    """
    if used is None:
        used = torch.full((len(codes),), codes.shape[1], device=codes.device)
    total = torch.zeros(len(codes), codebooks[0].shape[1]).to(codebooks[0])
    for i, codebook in enumerate(codebooks):
        # TODO 9.8: add this book's vectors to `total`, in the rows that use it; i counts from 0
        raise NotImplementedError("TODO 9.8: add this book's vectors to `total`, in the rows that use it; i counts from 0")
    return total


def draw_books(draws: Tensor, n_books: int) -> Tensor:
    """Quantiser dropout: draw how many books an example uses, 1 to n equally often (9.9).

    u = 1 + floor(n x)

    Args:
        draws: x, uniform numbers, 0 <= x < 1, `(B,)`
        n_books: n

    Returns:
        `(B,)` int64
    """
    # TODO 9.9: equation 9.9
    raise NotImplementedError("TODO 9.9: equation 9.9")


def bit_rate(n_books: int, n_codes: int, hop_length: int, sample_rate: int) -> float:
    """Return what the codes of a signal take (9.10).

    R = (f / h) n log2 K

    Args:
        n_books: n, codes a frame
        n_codes: K, codes a book
        hop_length: h, samples from one frame to the next
        sample_rate: f, samples per second (Hz)

    Returns:
        bits per second
    """
    # TODO 9.10: equation 9.10
    raise NotImplementedError("TODO 9.10: equation 9.10")
