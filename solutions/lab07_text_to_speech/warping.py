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
    ### BEGIN SOLUTION
    # TODO 7.6: equation 7.5
    cost = [[math.inf] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            diagonal = cost[i - 1][j - 1] if i > 0 and j > 0 else math.inf
            above = cost[i - 1][j] if i > 0 else math.inf
            left = cost[i][j - 1] if j > 0 else math.inf
            cost[i][j] = d[i][j] + (min(diagonal, above, left) if i + j > 0 else 0.0)
    return torch.tensor(cost, dtype=distances.dtype)
    ### END SOLUTION


def warping_path(cost: Tensor) -> Tensor:
    """Return the cheapest path from the first pair of frames to the last.

    From (N-1, M-1) back to (0, 0), always to the neighbour with the smallest C; where two are
    equal, first the diagonal (i-1, j-1), then (i-1, j), then (i, j-1).

    Args: cost: C, `(N, M)`.
    Returns: `(steps, 2)`, int64: the pairs (i, j) from (0, 0) to (N-1, M-1).
    """
    i, j = cost.shape[0] - 1, cost.shape[1] - 1
    path = [(i, j)]
    ### BEGIN SOLUTION
    # TODO 7.7: the path from the first pair to the last
    while i > 0 or j > 0:
        before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        inside = [(k, n) for k, n in before if k >= 0 and n >= 0]
        i, j = min(inside, key=lambda pair: float(cost[pair]))
        path.append((i, j))
    return torch.tensor(path[::-1])
    ### END SOLUTION


def mel_distance(mel: Tensor, other: Tensor) -> float:
    """Return the mean distance of the frames that the warping path pairs.

    Args: mel: natural-log magnitudes, `(n_mels, N)`; other: `(n_mels, M)`.
    Returns: natural-log magnitude; 0 for the same speech at any two speeds.
    """
    distances = frame_distances(mel, other)
    i, j = warping_path(accumulated_cost(distances)).T
    return float(distances[i, j].mean())
