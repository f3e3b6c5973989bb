"""CLAP: CLIP for sounds: what its encoder hears, and a loss for several true captions.

Lecture 7, "Contrastive Language-Audio Pre-training". A sound is heard as an image of its loudness,
bands of frequencies upwards and time across.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

FAINTEST = 1e-10  # power below which nothing is told apart; keeps the logarithm finite
RANGE = 80.0  # decibels below a sound's loudest place that are heard


def log_mel(power: Tensor, filters: Tensor) -> Tensor:
    """Loudness in mel bands, from 0 to 1, whatever the level of the recording (8.8).

    L = 10 log10(max(M P, 1e-10)), y = 1 + max(L - max L, -80) / 80, max L of each sound alone

    Args:
        power: squared magnitudes of the STFT, `(B, bins, frames)`
        filters: M, a row of weights for each mel band, `(n_mels, bins)`

    Returns:
        `(B, n_mels, frames)`, 1 where a sound is loudest, 0 where it is 80 dB fainter or more; of
        silence, which is equally loud everywhere, all is 1
    """
    faintest, reach = FAINTEST, RANGE
    # TODO 8.8: equation 8.8; `faintest` is the 1e-10 and `reach` the 80 in it
    raise NotImplementedError("TODO 8.8: equation 8.8; `faintest` is the 1e-10 and `reach` the 80 in it")


def many_true_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Contrastive loss where the true columns of a row share its probability (8.9).

    L = 1/2 (mean_i sum_j q_ij (-log softmax_j s_ij) + mean_j sum_i r_ij (-log softmax_i s_ij)),
    q_ij = t_ij / sum_j t_ij, r_ij = t_ij / sum_i t_ij

    Args:
        logits: similarities `(B, B)`; sound i belongs to caption i
        truth: which caption is true of which sound, `(B, B)` bool; the diagonal is

    Returns:
        scalar
    """
    # TODO 8.9: equation 8.9
    raise NotImplementedError("TODO 8.9: equation 8.9")
