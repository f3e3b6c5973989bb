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
        Case(
            "rejects the memory of one sentence for all",
            args={"weights": weights, "memory": memory[:1]},
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


@exercise.neighbour(transposed_weights)
def sum_over_the_wrong_axis(weights, memory):
    _demand_fit(weights, memory)
    return torch.einsum("bij,bid->bjd", weights, memory)


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


@exercise.neighbour(hard_attention)
def hard_attention_kept_weight(weights, memory):
    return hard_attention(weights, memory) * weights.amax(-1, keepdim=True)


@exercise.misconception(
    "Shapes that don't fit are not answered with a ValueError: compare B and T_enc of the two "
    "first, so that the caller reads what is wrong.",
    mild=FORMULA_IS_RIGHT,
)
def no_shape_guard(weights, memory):
    return weights @ memory


@exercise.neighbour(no_shape_guard, mild=FORMULA_IS_RIGHT)
def assertion_of_shapes(weights, memory):
    assert weights.shape[-1] == memory.shape[1]
    return weights @ memory


@exercise.misconception(
    "The result is detached from the weights: without their gradient attention can't be learned."
)
def detached_weights(weights, memory):
    _demand_fit(weights, memory)
    return weights.detach() @ memory


@exercise.neighbour(detached_weights)
def both_detached(weights, memory):
    _demand_fit(weights, memory)
    return (weights @ memory).detach()


@exercise.misconception("The memory is detached: its gradient is how the encoder learns.")
def detached_memory(weights, memory):
    _demand_fit(weights, memory)
    return weights @ memory.detach()


@exercise.misconception("All sentences read one memory: each has its own, keep the batch axis.")
def first_memory_for_all(weights, memory):
    _demand_fit(weights, memory)
    return weights @ memory[0]


@exercise.neighbour(first_memory_for_all)
def mean_memory_for_all(weights, memory):
    _demand_fit(weights, memory)
    return weights @ memory.mean(0)


@exercise.neighbour(first_memory_for_all)
def last_memory_for_all(weights, memory):
    _demand_fit(weights, memory)
    return weights @ memory[-1]


@exercise.misconception("You take another softmax: the weights already sum to one.")
def softmax_of_weights(weights, memory):
    _demand_fit(weights, memory)
    return weights.softmax(-1) @ memory


@exercise.misconception("The result is (B, d, T_dec): a context vector for each step comes first.")
def features_first(weights, memory):
    _demand_fit(weights, memory)
    return (weights @ memory).transpose(1, 2)


@exercise.misconception("Every step gets the plain average of the memory: weigh it by the weights.")
def unweighted_average(weights, memory):
    _demand_fit(weights, memory)
    return memory.mean(1, keepdim=True).expand(-1, weights.shape[1], -1)


@exercise.misconception("You take the largest product: the context is their sum over characters.")
def largest_product(weights, memory):
    _demand_fit(weights, memory)
    return (weights[..., None] * memory[:, None]).amax(2)


@exercise.misconception(
    "You sum or average over the decoder steps too: there is one context for each step."
)
def one_context_for_all(weights, memory):
    _demand_fit(weights, memory)
    return (weights @ memory).sum(1)


@exercise.neighbour(one_context_for_all)
def mean_context_for_all(weights, memory):
    _demand_fit(weights, memory)
    return (weights @ memory).mean(1)


@exercise.neighbour(one_context_for_all)
def one_context_repeated(weights, memory):
    _demand_fit(weights, memory)
    return (weights @ memory).sum(1, keepdim=True).expand(-1, weights.shape[1], -1)


@exercise.also_correct
def context_by_einsum(weights, memory):
    _demand_fit(weights, memory)
    return torch.einsum("bij,bjd->bid", weights, memory)


@exercise.also_correct
def context_by_sum(weights, memory):
    _demand_fit(weights, memory)
    return (weights[..., None] * memory[:, None]).sum(dim=2)
