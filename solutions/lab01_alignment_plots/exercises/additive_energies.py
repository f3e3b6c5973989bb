"""Additive energies."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention

exercise = Exercise(
    id="attention.additive_energies",
    title="Additive energies",
    target="exercise_lib.attention:additive_energies",
    solution=attention.additive_energies,
    todo="1.1",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def arguments(b: int, t_dec: int, t_enc: int, d_query: int, d_memory: int, d_att: int) -> dict:
        return {
            "query": normal(rng, b, t_dec, d_query),
            "memory": normal(rng, b, t_enc, d_memory),
            "W": normal(rng, d_att, d_query),
            "V": normal(rng, d_att, d_memory),
            "v": normal(rng, d_att),
        }

    shapes = [(1, 3, 5, 4, 6, 7), (2, 4, 3, 5, 2, 3)]
    if hidden:
        shapes = [(3, 2, 6, 3, 5, 4), (1, 5, 5, 4, 4, 4)]
    one, batch = (arguments(*shape) for shape in shapes)
    return [
        Case("one sentence", args=one),
        Case("a batch, with gradients", args=batch, grad=("query", "memory", "v")),
        Case("as many characters as steps", args=arguments(2, 4, 4, 4, 4, 4)),
    ]


@exercise.misconception(
    "The tanh is missing: without it the energies are linear and the query drops out of the "
    "softmax, so that every decoder step attends alike."
)
def no_tanh(query, memory, W, V, v):
    return ((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@exercise.misconception(
    "The tanh stands outside v^T: squash each feature first, then weigh them with v."
)
def tanh_outside(query, memory, W, V, v):
    return torch.tanh(no_tanh(query, memory, W, V, v))


@exercise.misconception(
    "You take the tanh of the two projections one by one: add them first, tanh of the sum."
)
def tanh_before_sum(query, memory, W, V, v):
    return (torch.tanh(query @ W.T)[:, :, None] + torch.tanh(memory @ V.T)[:, None]) @ v


@exercise.misconception(
    "You multiply the projections where they should be added: that is a third kind of attention, "
    "not Bahdanau's."
)
def product_of_projections(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] * (memory @ V.T)[:, None]) @ v


@exercise.misconception(
    "The axes are swapped: energies are (B, T_dec, T_enc), a row for each decoder step."
)
def swapped_axes(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).transpose(1, 2)


@exercise.misconception(
    "You return weights: the softmax comes later, in masked_softmax, when the padding is known."
)
def already_softmax(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).softmax(-1)


@exercise.misconception("You use a sigmoid where the equation has tanh: tanh is centred at zero.")
def sigmoid(query, memory, W, V, v):
    return torch.sigmoid((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@exercise.misconception("You sum the features and leave out v: v says which features matter.")
def without_v(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]).sum(-1)


@exercise.also_correct
def energies_by_einsum(query, memory, W, V, v):
    q = torch.einsum("bid,ad->bia", query, W)
    k = torch.einsum("bjd,ad->bja", memory, V)
    return torch.einsum("bija,a->bij", (q.unsqueeze(2) + k.unsqueeze(1)).tanh(), v)


@exercise.also_correct
def energies_by_loops(query, memory, W, V, v):
    q, k = F.linear(query, W), F.linear(memory, V)
    rows = [(torch.tanh(q[:, i : i + 1] + k) * v).sum(-1) for i in range(q.shape[1])]
    return torch.stack(rows, dim=1)
