"""A world of two numbers in which the generator is known exactly: three words, a cloud for each.

Data are points of three clouds. Latents are points times `SCALE`. What a perfectly trained network
of a rectified flow would predict has a closed form, with a word and without one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WORDS = ("left", "right", "top")
CENTRES = torch.tensor([[-2.6, -1.5], [2.6, -1.5], [0.0, 3.0]])
SPREAD = 0.9  # standard deviation of a cloud
SCALE = 0.4  # of latents
N_STEPS = 40


def parts() -> dict[str, Any]:
    """Return the parts as arguments of `paint`."""
    return {
        "read": read,
        "network": network,
        "walk": walk,
        "decode": lambda latents: latents,
        "noise": noise,
        "latent_scale": SCALE,
    }


def read(captions: list[str]) -> Tensor:
    """Return the weights of the three clouds, `(B, 3)`; all are alike where nothing is said."""
    rows = [[1.0 if not it or it == word else 0.0 for word in WORDS] for it in captions]
    weights = torch.tensor(rows)
    return weights / weights.sum(1, keepdim=True)


def network(z: Tensor, time: Tensor, heard: Tensor) -> Tensor:
    """Return the mean of noise - x over all x and noises that lead to z `(B, 2)` at a time."""
    centres, variance = SCALE * CENTRES, (SCALE * SPREAD) ** 2
    total = (1 - time) ** 2 * variance + time**2  # variance of z in a cloud
    away = z[:, None] - (1 - time) * centres  # (B, 3, 2)
    share = (heard.log() - away.square().sum(2) / (2 * total)).softmax(1)
    clean = (share[..., None] * (centres + (1 - time) * variance / total * away)).sum(1)
    return (z - clean) / time


def walk(predict: Callable[[Tensor, Tensor], Tensor], noise: Tensor) -> Tensor:
    """Follow the velocity from time 1 to 0 in straight steps."""
    z = noise
    for now, then in pairwise(torch.linspace(1, 0, N_STEPS + 1)):
        z = z + (then - now) * predict(z, now)
    return z


def noise(n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def scatter(rows: Mapping[str, Tensor]) -> list[Axes]:
    """Draw points side by side, with the three clouds they may come from."""
    import matplotlib.pyplot as plt

    from exercise_lib.figures import colours

    figure, axes = plt.subplots(
        1, len(rows), sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    figure.set_size_inches(3.1 * len(rows), 3.4)
    drawn = list(axes[0])
    angles = torch.linspace(0, 2 * math.pi, 60)
    circle = 2 * SPREAD * torch.stack([angles.cos(), angles.sin()], 1)
    for axis, (name, points) in zip(drawn, rows.items(), strict=True):
        for word, centre in zip(WORDS, CENTRES, strict=True):
            axis.plot(*(centre + circle).T, color=colours.BLACK, linewidth=1, linestyle=":")
            axis.annotate(
                word, (float(centre[0]), float(centre[1]) - 2.7), ha="center", va="center"
            )
        axis.scatter(points[:, 0], points[:, 1], s=6, alpha=0.6, color=colours.BLUE)
        axis.set(title=name, xlabel="first number", aspect="equal", xlim=(-7, 7), ylim=(-6, 8))
    drawn[0].set_ylabel("second number")
    return drawn
