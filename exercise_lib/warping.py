"""Dynamic time warping: compare two spectrograms that say the same at different speeds.

Sakoe and Chiba (1978), without weights and slope constraints. The warping path is an alignment
again: of frames with frames.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def frame_distances(mel: Tensor, other: Tensor) -> Tensor:
    """Return the mean absolute difference of every pair of frames.

    d_ij = 1 / n_mels sum_m |a_mi - b_mj|

    Args: mel: natural-log magnitudes a, `(n_mels, N)`; other: b, `(n_mels, M)`.
    Returns: `(N, M)`, natural-log magnitude.
    """
    return torch.cdist(mel.T, other.T, p=1) / len(mel)


def accumulated_cost(distances: Tensor) -> Tensor:
    """Return the cost of the cheapest path from the first pair of frames to every other pair.

    C_ij = d_ij + min(C_i-1,j-1, C_i-1,j, C_i,j-1), C_00 = d_00, and infinity outside

    Args: distances: d, `(N, M)`.
    Returns: C, `(N, M)`.
    """
    n, m = distances.shape
    d = distances.tolist()  # lists: a loop over a tensor's numbers is slow
    # TODO 7.6: equation 7.5
    raise NotImplementedError("TODO 7.6: equation 7.5")


def warping_path(cost: Tensor) -> Tensor:
    """Return the cheapest path from the first pair of frames to the last.

    From (N-1, M-1) back to (0, 0), always to the neighbour with the smallest C; where two are
    equal, first the diagonal (i-1, j-1), then (i-1, j), then (i, j-1).

    Args: cost: C, `(N, M)`.
    Returns: `(steps, 2)`, int64: the pairs (i, j) from (0, 0) to (N-1, M-1).
    """
    i, j = cost.shape[0] - 1, cost.shape[1] - 1
    path = [(i, j)]
    # TODO 7.7: the path from the first pair to the last
    raise NotImplementedError("TODO 7.7: the path from the first pair to the last")


def mel_distance(mel: Tensor, other: Tensor) -> float:
    """Return the mean distance of the frames that the warping path pairs.

    Args: mel: natural-log magnitudes, `(n_mels, N)`; other: `(n_mels, M)`.
    Returns: natural-log magnitude; 0 for the same speech at any two speeds.
    """
    distances = frame_distances(mel, other)
    i, j = warping_path(accumulated_cost(distances)).T
    return float(distances[i, j].mean())
