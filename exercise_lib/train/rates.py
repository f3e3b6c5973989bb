"""Learning rates over a run."""

from __future__ import annotations

import math

WARM = 0.1  # share of the steps in which a learning rate rises


def warmed(highest: float, done: float, one: float) -> float:
    """Return a learning rate that goes up along a line, then down along a cosine to 0.

    Args: done: share of the steps that are done; one: what one step is of them.
    """
    if done < WARM:
        return highest * (done + one) / WARM
    return highest * 0.5 * (1 + math.cos(math.pi * (done - WARM) / (1 - WARM)))
