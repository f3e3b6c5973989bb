"""Context vectors."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention

exercise = Exercise(
    id="attention.context_vectors",
    title="Context vectors",
    target="exercise_lib.attention:context_vectors",
    solution=attention.context_vectors,
    todo="1.3",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, t_dec, t_enc, d = (2, 3, 5, 4) if not hidden else (3, 6, 4, 2)
    weights = normal(rng, b, t_dec, t_enc).softmax(-1)
    memory = normal(rng, b, t_enc, d)
    square = {"weights": normal(rng, 2, 4, 4).softmax(-1), "memory": normal(rng, 2, 4, 4)}
    return [
        Case(
            "a batch, with gradients",
            args={"weights": weights, "memory": memory},
            grad=("weights", "memory"),
        ),
        Case("all axes alike", args=square, grad=("weights",)),
        Case(
            "rejects a memory of another length",
            args={"weights": weights, "memory": memory[:, 1:]},
            raises=("ValueError",),
        ),
    ]


def _demand_fit(weights, memory):
    if weights.shape[0] != memory.shape[0] or weights.shape[-1] != memory.shape[1]:
        raise ValueError("don't fit")


@exercise.misconception(
    "You average over the decoder steps: sum over the characters j, the last axis of the weights."
)
def transposed_weights(weights, memory):
    _demand_fit(weights, memory)
    return weights.transpose(1, 2) @ memory


@exercise.misconception(
    "You divide by the number of characters too: the weights already sum to one."
)
def mean_of_products(weights, memory):
    _demand_fit(weights, memory)
    return weights @ memory / memory.shape[1]


@exercise.misconception(
    "You pick the character with the largest weight: the context is the weighted sum of all, and "
    "an argmax lets no gradient through to the weights."
)
def hard_attention(weights, memory):
    _demand_fit(weights, memory)
    index = weights.argmax(-1)[..., None].expand(-1, -1, memory.shape[-1])
    return memory.gather(1, index)


@exercise.misconception(
    "Shapes that don't fit are not answered with a ValueError: compare B and T_enc of the two "
    "first, so that the caller reads what is wrong.",
    mild=FORMULA_IS_RIGHT,
)
def no_shape_guard(weights, memory):
    return weights @ memory


@exercise.misconception(
    "The result is detached from the weights: without their gradient attention can't be learned."
)
def detached_weights(weights, memory):
    _demand_fit(weights, memory)
    return weights.detach() @ memory


@exercise.also_correct
def context_by_einsum(weights, memory):
    _demand_fit(weights, memory)
    return torch.einsum("bij,bjd->bid", weights, memory)


@exercise.also_correct
def context_by_sum(weights, memory):
    _demand_fit(weights, memory)
    return (weights[..., None] * memory[:, None]).sum(dim=2)
