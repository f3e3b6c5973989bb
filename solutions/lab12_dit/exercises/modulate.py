"""Modulation by a condition."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import dit

exercise = Exercise(
    id="dit.modulate",
    title="Modulation by a condition",
    target="exercise_lib.dit:modulate",
    solution=dit.modulate,
    todo="12.4",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, n, d = (2, 6, 5) if hidden else (3, 4, 6)

    def case(name: str, b: int, n: int, d: int, **more) -> Case:
        args = {"x": normal(rng, b, n, d), "shift": normal(rng, b, d), "scale": normal(rng, b, d)}
        return Case(name, args=args, **more)

    return [
        case("a batch, with gradients", b, n, d, grad=("x", "shift", "scale")),
        case("as many pictures as tokens", n, n, d),
        case("as many tokens as features", b, d, d),
        case("all three alike", d, d, d),
    ]


@exercise.misconception(
    "The 1 is missing: with a scale of 0, as training begins, nothing of x would pass. It is "
    "1 + scale."
)
def without_one(x, shift, scale):
    return x * scale[:, None] + shift[:, None]


@exercise.misconception("Shift and scale are exchanged.")
def exchanged(x, shift, scale):
    return x * (1 + shift[:, None]) + scale[:, None]


@exercise.misconception("You shift first, so that the shift is scaled too: scale, then shift.")
def shifted_first(x, shift, scale):
    return (x + shift[:, None]) * (1 + scale[:, None])


@exercise.misconception(
    "Each token gets another picture's numbers: `(B, d)` is broadcast over tokens, not over the "
    "batch. Give it an axis of tokens, [:, None]."
)
def over_tokens(x, shift, scale):
    return x * (1 + scale) + shift


@exercise.misconception(
    "The numbers belong to features, the last axis, and yours go along the tokens: [:, None], and "
    "not [..., None]."
)
def over_features(x, shift, scale):
    return x * (1 + scale[..., None]) + shift[..., None]


@exercise.misconception("The shift is missing.")
def not_shifted(x, shift, scale):
    return x * (1 + scale[:, None])


@exercise.misconception("The scale is missing.")
def not_scaled(x, shift, scale):
    return x + shift[:, None]


@exercise.misconception("The factor is 1 + scale itself, with no function around it.")
def exponential(x, shift, scale):
    return x * scale[:, None].exp() + shift[:, None]


@exercise.neighbour(exponential)
def sigmoid(x, shift, scale):
    return x * (1 + scale[:, None].tanh()) + shift[:, None]


@exercise.misconception("You divide by 1 + scale: multiply.")
def divided(x, shift, scale):
    return x / (1 + scale[:, None]) + shift[:, None]


@exercise.misconception("The whole batch gets the same numbers: each picture has its own.")
def of_the_first(x, shift, scale):
    return x * (1 + scale[:1, None]) + shift[:1, None]


@exercise.neighbour(of_the_first)
def of_the_mean(x, shift, scale):
    return x * (1 + scale.mean(0)) + shift.mean(0)


@exercise.misconception(
    "The einsum adds up the numbers of all pictures: their letter is that of the batch, "
    "`bnd,bd->bnd`."
)
def scales_added_up(x, shift, scale):
    return torch.einsum("bnd,cd->bnd", x, 1 + scale) + shift[:, None]


@exercise.also_correct
def with_unsqueeze(x, shift, scale):
    return x + x * scale.unsqueeze(1) + shift.unsqueeze(1)


@exercise.also_correct
def picture_by_picture(x, shift, scale):
    rows = zip(x, shift, scale, strict=True)
    return torch.stack([(1 + its) * tokens + by for tokens, by, its in rows])
