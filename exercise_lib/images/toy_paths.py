"""Points in a plane as data: the velocity that a perfect network would find, without training."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]

RADIUS = 1.6  # of the circle on which the points lie


def points(n: int = 5) -> Tensor:
    """Return points on a circle, `(n, 2)`, which are all the data there are."""
    angles = 2 * math.pi * (torch.arange(n) / n) + math.pi / 2
    return RADIUS * torch.stack([angles.cos(), angles.sin()], dim=1)


class Levels(NamedTuple):
    """Shares of data and noise at a time, z = a x + s eps, and their slopes."""

    a: Tensor
    s: Tensor
    a_slope: Tensor
    s_slope: Tensor


def straight_levels(t: Tensor) -> Levels:
    """Return those of a rectified flow: 1 - t and t."""
    one = torch.ones_like(t)
    return Levels(1 - t, t, -one, one)


def curved_levels(t: Tensor) -> Levels:
    """Return those of the cosine schedule: cos(pi t / 2), sin(pi t / 2)."""
    turn = math.pi / 2
    a, s = torch.cos(turn * t), torch.sin(turn * t)
    return Levels(a, s, -turn * s, turn * a)


def best_guess(data: Tensor, z: Tensor, a: Tensor, s: Tensor) -> Tensor:
    """Return the mean of the data that z = a x + s eps may come from, `(B, 2)`.

    Args: data: x, all that there are, `(n, 2)`; z: `(B, 2)`.
    """
    scores = -(z[:, None] - a * data).square().sum(2) / (2 * s.square())  # (B, n)
    return scores.softmax(1) @ data


def exact_noise(data: Tensor, levels: Callable[[Tensor], Levels]) -> Velocity:
    """Return what is the best prediction of the noise, in the place of a velocity."""

    def predict(z: Tensor, t: Tensor) -> Tensor:
        a, s, *_ = levels(t)
        return (z - a * best_guess(data, z, a, s)) / s

    return predict


def exact_velocity(data: Tensor, levels: Callable[[Tensor], Levels]) -> Velocity:
    """Return the velocity that has the least loss: the mean over all pairs that pass z at t.

    v = a' x + s' eps, with the mean of the data for x, and eps = (z - a x) / s

    Args: data: `(n, 2)`; levels: of a time, such as `straight_levels`.
    """

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        a, s, a_slope, s_slope = levels(t)
        guess = best_guess(data, z, a, s)
        return a_slope * guess + s_slope * (z - a * guess) / s

    return velocity


def follow(velocity: Velocity, noise: Tensor, n_steps: int) -> Tensor:
    """Return the places of Euler's method from t = 1 to 0, `(n_steps + 1, B, 2)`."""
    places, times = [noise], torch.linspace(1, 0, n_steps + 1)
    for now, then in pairwise(times):
        places.append(places[-1] + (then - now) * velocity(places[-1], now))
    return torch.stack(places)


def detour(places: Tensor) -> Tensor:
    """Return how much longer each way is than the straight line between its ends, `(B,)`.

    Args: places: `(n, B, ...)`.
    """
    steps = (places[1:] - places[:-1]).flatten(2).norm(dim=2).sum(0)
    return steps / (places[-1] - places[0]).flatten(1).norm(dim=1)
