"""CLIP: what pulls pictures and their captions together, and what is asked of them afterwards.

Lecture 7, "Contrastive Language-Image Pre-training" and "Zero-shot classification with CLIP". An
embedding is the vector that an encoder makes of one picture or caption, of any length.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LARGEST_SCALE = 100.0  # Radford et al. (2021), section 2.5: more made training unstable


def end_feature(hidden: Tensor, tokens: Tensor, end: int) -> Tensor:
    """The transformer's output at the end mark, where a whole caption has been read (8.1).

    f_b = h_{b, e_b}, e_b the place with token `end`

    Args:
        hidden: outputs for every place, `(B, L, d)`
        tokens: numbers of words, `(B, L)`: start mark, words, end mark, then zeros (padding)
        end: the number of the end mark, not 0; it stands once in each row

    Returns:
        `(B, d)`
    """
    rows = torch.arange(len(tokens), device=tokens.device)
    # TODO 8.1: of each row the output at its end mark
    raise NotImplementedError("TODO 8.1: of each row the output at its end mark")


def similarity(images: Tensor, texts: Tensor, log_scale: Tensor) -> Tensor:
    """Scaled cosine of every picture with every caption (8.2).

    s_ij = min(e^l, 100) cos(I_i, T_j); an embedding of zeros has the cosine 0 with all others

    Args:
        images: embeddings of pictures, `(B, d)`
        texts: embeddings of captions, `(C, d)`
        log_scale: l, the logarithm of one over the temperature, a learned scalar

    Returns:
        `(B, C)`: a row for each picture, a column for each caption
    """
    largest = LARGEST_SCALE
    # TODO 8.2: equation 8.2; `largest` is the 100 in it
    raise NotImplementedError("TODO 8.2: equation 8.2; `largest` is the 100 in it")


def contrastive_loss(logits: Tensor) -> Tensor:
    """Symmetric InfoNCE: each picture picks its caption, each caption its picture (8.3).

    L = 1/2 (mean_i CE(s_i., i) + mean_i CE(s_.i, i))

    Args:
        logits: similarities `(B, B)`; picture i belongs to caption i

    Returns:
        scalar

    Raises:
        ValueError: `logits` is not square
    """
    if logits.dim() != 2 or logits.shape[0] != logits.shape[1]:
        raise ValueError(f"logits are (B, B), not {tuple(logits.shape)}")
    own = torch.arange(len(logits), device=logits.device)  # the index that is right
    # TODO 8.3: equation 8.3, from two cross entropies with `own`
    raise NotImplementedError("TODO 8.3: equation 8.3, from two cross entropies with `own`")


def zero_shot(images: Tensor, prompts: Tensor) -> Tensor:
    """Classify pictures by the embeddings of sentences that name the classes (8.4).

    c_k = n(mean_p n(t_kp)), class of i = argmax_k cos(I_i, c_k), n: divided by its length

    Args:
        images: embeddings of pictures, `(B, d)`
        prompts: embeddings of P sentences for each of K classes, `(K, P, d)`

    Returns:
        the class of each picture, `(B,)` int64
    """
    # TODO 8.4: equation 8.4
    raise NotImplementedError("TODO 8.4: equation 8.4")


def recall_at_k(scores: Tensor, truth: Tensor, k: int) -> Tensor:
    """Share of rows that have a true column among their k largest (8.5).

    R@k = mean_i [max of truth over the k columns with the largest scores of row i]

    Args:
        scores: `(B, C)`; those of a row all differ
        truth: which column is true of which row, `(B, C)` bool; several may be
        k: how many columns are looked at, 1 to C

    Returns:
        scalar from 0 to 1, float
    """
    # TODO 8.5: equation 8.5
    raise NotImplementedError("TODO 8.5: equation 8.5")


def hard_negative_loss(logits: Tensor) -> Tensor:
    """Loss (8.3) with further wrong captions, for which there is no picture (8.7).

    L = 1/2 (mean_i CE(s_i., i) over all columns + mean_i CE(s_.i, i) over the first B columns)

    Args:
        logits: similarities `(B, B + H)`: B captions in the pictures' order, then H >= 0 wrong ones

    Returns:
        scalar

    Raises:
        ValueError: there are fewer columns than rows
    """
    if logits.dim() != 2 or logits.shape[1] < logits.shape[0]:
        raise ValueError(f"logits are (B, B + H), not {tuple(logits.shape)}")
    own = torch.arange(len(logits), device=logits.device)
    # TODO 8.7: equation 8.7
    raise NotImplementedError("TODO 8.7: equation 8.7")


def initial_log_scale() -> Tensor:
    """Return l at the start of training: a temperature of 0.07."""
    return torch.tensor(math.log(1 / 0.07))
