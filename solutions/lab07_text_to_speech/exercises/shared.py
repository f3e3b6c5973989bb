"""What several exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def distances_of(rng: np.random.Generator, n: int, m: int) -> Tensor:
    """Distances as of two signals that say the same at different speeds, `(n, m)`."""
    shape = rng.standard_normal(5).cumsum()
    signals = [np.interp(np.linspace(0, 4, k), range(5), shape) for k in (n, m)]
    noisy = [signal + 0.3 * rng.standard_normal(signal.shape) for signal in signals]
    return torch.from_numpy(np.abs(noisy[0][:, None] - noisy[1])).float()


WORDS = ["a", "the", "wise", "owl", "grey", "goat", "met", "saw", "our", "judge", "today", "here"]

ALL_WRONG = "all wrong, and fewer", "nothing heard", "much heard in silence"  # no word is right


def sentences(rng: np.random.Generator, hidden: bool) -> dict[str, tuple[list[str], list[str]]]:
    """Pairs of what was said and what was heard, by what happened in between."""
    words = [str(word) for word in rng.permutation(WORDS)]
    said, other = words[: 7 if hidden else 5], words[8:]
    k = 3 if hidden else 2
    return {
        "nothing wrong": (said, said),
        "a word replaced": (said, [*said[:k], other[0], *said[k + 1 :]]),
        "a word lost and one added": (said, [*said[:1], *said[2:], other[1]]),
        "a longer word at the beginning": (said, [other[0], other[1], *said[1:]]),
        "the last word twice": (said, [*said, said[-1]]),
        "all wrong, and fewer": (said, other[: k - 1]),
        "nothing heard": (said[:3], []),
        "much heard in silence": ([], other[:k]),
    }
