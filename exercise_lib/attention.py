"""Attention, the alignment it gives, and how good that alignment is.

Shapes: B sentences, T_dec decoder steps (audio frames or groups of them), T_enc encoder steps
(characters), H heads. Attention weights are (B, T_dec, T_enc): each decoder step spreads a
weight of one over the encoder steps. An alignment is the picture of it, (T_enc, T_dec).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F


def additive_energies(
    query: torch.Tensor,
    memory: torch.Tensor,
    W: torch.Tensor,
    V: torch.Tensor,
    v: torch.Tensor,
) -> torch.Tensor:
    """Compare every decoder state with every encoder state by a small network.

    e_ij = v^T tanh(W d_i + V h_j)   (Bahdanau et al. 2015; slide "Tacotron 1")

    Args:
        query: decoder states d, (B, T_dec, d_query).
        memory: encoder states h, (B, T_enc, d_memory).
        W: (d_att, d_query).
        V: (d_att, d_memory).
        v: (d_att,).

    Returns:
        Energies e, (B, T_dec, T_enc), of any sign.
    """
    # TODO 1.1: equation (1.1), for every pair of a decoder and an encoder state
    raise NotImplementedError("TODO 1.1: equation (1.1), for every pair of a decoder and an encoder state")


def masked_softmax(energies: torch.Tensor, memory_lengths: torch.Tensor) -> torch.Tensor:
    """Turn energies into weights that sum to one and leave out the padding.

    alpha_ij = exp(e_ij) / sum_k exp(e_ik), k < length   (Bahdanau et al. 2015)

    Args:
        energies: (B, T_dec, T_enc).
        memory_lengths: number of encoder steps that are not padding, (B,), integers.

    Returns:
        Weights alpha, (B, T_dec, T_enc); zero where j >= length.

    Raises:
        ValueError: a length is below 1 or above T_enc.
    """
    # TODO 1.2: equation (1.2); reject impossible lengths
    raise NotImplementedError("TODO 1.2: equation (1.2); reject impossible lengths")


def context_vectors(weights: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
    """Average the memory by the attention weights.

    c_i = sum_j alpha_ij h_j   (Bahdanau et al. 2015)

    Args:
        weights: alpha, (B, T_dec, T_enc).
        memory: encoder states h, (B, T_enc, d_memory).

    Returns:
        Context vectors c, (B, T_dec, d_memory).

    Raises:
        ValueError: weights and memory disagree on B or T_enc.
    """
    # TODO 1.3: equation (1.3); reject shapes that don't fit
    raise NotImplementedError("TODO 1.3: equation (1.3); reject shapes that don't fit")


def multi_head_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    n_heads: int,
    memory_lengths: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attend with scaled dot products, each head on its own slice of the features.

    head = softmax(Q K^T / sqrt(d / H)) V   (Vaswani et al. 2017, equation 1)

    Args:
        query: (B, T_dec, d); head 0 has the first d / H features.
        key: (B, T_enc, d).
        value: (B, T_enc, d).
        n_heads: H.
        memory_lengths: number of encoder steps that are not padding, (B,).

    Returns:
        The heads' contexts side by side, (B, T_dec, d), and the weights (B, H, T_dec, T_enc).

    Raises:
        ValueError: d is not a multiple of n_heads.
    """
    if query.shape[-1] % n_heads != 0:
        raise ValueError(f"{query.shape[-1]} features can't be split into {n_heads} heads")
    # TODO 1.4: equation (1.4) for every head, with your masked_softmax
    raise NotImplementedError("TODO 1.4: equation (1.4) for every head, with your masked_softmax")


def alignment_from_heads(
    weights: torch.Tensor, memory_length: int, decoder_length: int
) -> torch.Tensor:
    """Make the picture of one sentence's attention: average the heads, cut the padding, transpose.

    A = (1/H sum_h alpha_h)^T   (slide "Tacotron 1": average activations in the attention map)

    Args:
        weights: one sentence's weights after the softmax, (H, T_dec, T_enc).
        memory_length: encoder steps that are not padding.
        decoder_length: decoder steps that are not padding.

    Returns:
        Alignment, (memory_length, decoder_length): a column is one decoder step.

    Raises:
        ValueError: the weights are not (H, T_dec, T_enc).
    """
    # TODO 1.5: equation (1.5), without the padding; reject any other rank
    raise NotImplementedError("TODO 1.5: equation (1.5), without the padding; reject any other rank")


def _require_alignment(alignment: torch.Tensor) -> None:
    if alignment.dim() != 2 or alignment.shape[1] < 2:
        shape = tuple(alignment.shape)
        raise ValueError(f"expected an alignment (T_enc, T_dec), T_dec at least 2, got {shape}")


def _cosine(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a b / (|a| |b|), and 0 where one of them is next to nothing."""
    norms = a.norm() * b.norm()
    return a @ b / norms if norms > 1e-3 else torch.zeros(())


def monotonicity(alignment: torch.Tensor) -> torch.Tensor:
    """Return the share of decoder steps at which the attention's peak does not move back.

    mean_t [ argmax_j A_j,t+1 >= argmax_j A_j,t ]

    Args:
        alignment: (T_enc, T_dec).

    Returns:
        A scalar between 0 and 1; speech is read from left to right, so 1 is wanted.

    Raises:
        ValueError: not an alignment with at least two decoder steps.
    """
    _require_alignment(alignment)
    # TODO 1.6a: equation (1.6)
    raise NotImplementedError("TODO 1.6a: equation (1.6)")


def focus(alignment: torch.Tensor) -> torch.Tensor:
    """Return how sharp the attention is: the largest weight of a decoder step, on average.

    mean_t max_j A_jt

    Args:
        alignment: (T_enc, T_dec).

    Returns:
        A scalar between 1 / T_enc (spread evenly) and 1 (one character at a time).

    Raises:
        ValueError: not an alignment with at least two decoder steps.
    """
    _require_alignment(alignment)
    # TODO 1.6b: equation (1.7)
    raise NotImplementedError("TODO 1.6b: equation (1.7)")


def coverage(alignment: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Return the share of characters that were read: total weight of at least `threshold`.

    mean_j [ sum_t A_jt >= threshold ]

    Args:
        alignment: (T_enc, T_dec).
        threshold: weight summed over time, in decoder steps.

    Returns:
        A scalar between 0 and 1; a skipped word lowers it.

    Raises:
        ValueError: not an alignment with at least two decoder steps.
    """
    _require_alignment(alignment)
    # TODO 1.6c: equation (1.8)
    raise NotImplementedError("TODO 1.6c: equation (1.8)")


def mass_near_truth(alignment: torch.Tensor, truth: torch.Tensor, radius: int = 1) -> torch.Tensor:
    """Return the attention weight that falls within `radius` characters of the true one.

    mean_t sum_{|j - truth_t| <= radius} A_jt

    Args:
        alignment: (T_enc, T_dec).
        truth: the encoder step really spoken at each decoder step, (T_dec,), integers.
        radius: in characters.

    Returns:
        A scalar between 0 and 1.

    Raises:
        ValueError: `truth` has another number of decoder steps than the alignment.
    """
    _require_alignment(alignment)
    # TODO 1.7: equation (1.9); reject a truth of another length
    raise NotImplementedError("TODO 1.7: equation (1.9); reject a truth of another length")


def centroid_correlation(alignment: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return how well the attention follows the speaker's rhythm, not just a straight line.

    rc = corr(centroid - line, truth - line), centroid_t = sum_j j A_jt, and the line runs
    evenly from the first character to the last

    Args:
        alignment: (T_enc, T_dec).
        truth: the encoder step really spoken at each decoder step, (T_dec,), integers.

    Returns:
        A scalar between -1 and 1; 0 for a straight line, which knows nothing of the rhythm.

    Raises:
        ValueError: not an alignment with at least two decoder steps.
    """
    _require_alignment(alignment)
    t_enc, t_dec = alignment.shape
    line = torch.linspace(0, t_enc - 1, t_dec)
    # TODO 1.8: equation (1.10)
    raise NotImplementedError("TODO 1.8: equation (1.10)")
