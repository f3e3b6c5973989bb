"""Masked softmax."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention

exercise = Exercise(
    id="attention.masked_softmax",
    title="Masked softmax",
    target="exercise_lib.attention:masked_softmax",
    solution=attention.masked_softmax,
    todo="1.2",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shape, lengths = ((2, 3, 5), [5, 3]) if not hidden else ((3, 4, 7), [2, 7, 4])
    energies = 2 * normal(rng, *shape)
    low, large = energies - 3, 60 * normal(rng, 2, 4, 4)
    large[0, 0, 0] = 100.0  # its exponential is more than float32 holds
    zero = torch.tensor([0, *lengths[1:]])
    return [
        Case(
            "a batch with padding",
            args={"energies": energies, "memory_lengths": torch.tensor(lengths)},
            grad=("energies",),
        ),
        Case(
            "all energies below zero",
            args={"energies": low, "memory_lengths": torch.tensor(lengths[::-1]) - 1},
        ),
        Case(
            "square, with large energies",
            args={"energies": large, "memory_lengths": torch.tensor([2, 4])},
            weight=2.0,
        ),
        Case(
            "rejects a length of 0",
            args={"energies": energies, "memory_lengths": zero},
            raises=("ValueError",),
        ),
        Case(
            "rejects a length above T_enc",
            args={"energies": energies, "memory_lengths": torch.tensor(lengths) + 3},
            raises=("ValueError",),
        ),
    ]


def _padding(energies, memory_lengths):
    if memory_lengths.min() < 1 or memory_lengths.max() > energies.shape[-1]:
        raise ValueError("lengths")
    return torch.arange(energies.shape[-1]) >= memory_lengths[:, None, None]


@exercise.misconception(
    "You mask after the softmax: what is left no longer sums to one. Mask the energies instead."
)
def mask_after_softmax(energies, memory_lengths):
    return energies.softmax(-1).masked_fill(_padding(energies, memory_lengths), 0.0)


@exercise.misconception(
    "You fill padded energies with 0, which still gives them exp(0) = 1 in the sum: fill with -inf."
)
def fill_with_zero(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), 0.0).softmax(-1)


@exercise.misconception(
    "The mask is the wrong way round: you leave out the real characters and keep the padding."
)
def inverted_mask(energies, memory_lengths):
    return energies.masked_fill(~_padding(energies, memory_lengths), -math.inf).softmax(-1)


@exercise.misconception(
    "The softmax runs over the decoder steps: each decoder step must spread a weight of one over "
    "the characters, so take the last axis."
)
def softmax_over_queries(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -math.inf).softmax(1)


@exercise.misconception(
    "The softmax runs over the batch: sentences must not compete with each other."
)
def softmax_over_batch(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -math.inf).softmax(0)


@exercise.misconception(
    "The padding is not masked at all: memory_lengths says how many characters are real."
)
def no_mask(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return energies.softmax(-1)


@exercise.misconception(
    "The mask is one character short or long: positions 0 .. length - 1 are real, so padding is "
    "position >= length."
)
def off_by_one(energies, memory_lengths):
    _padding(energies, memory_lengths)
    mask = torch.arange(energies.shape[-1]) > memory_lengths[:, None, None]
    return energies.masked_fill(mask, -math.inf).softmax(-1)


@exercise.neighbour(off_by_one)
def off_by_one_short(energies, memory_lengths):
    _padding(energies, memory_lengths)
    mask = torch.arange(energies.shape[-1]) >= memory_lengths[:, None, None] - 1
    return energies.masked_fill(mask, -math.inf).softmax(-1)


@exercise.misconception(
    "Lengths that can't be are let through: a length of 0 leaves nothing to attend to and gives "
    "NaN. Raise a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_guard(energies, memory_lengths):
    mask = torch.arange(energies.shape[-1]) >= memory_lengths[:, None, None]
    return energies.masked_fill(mask, -math.inf).softmax(-1)


@exercise.misconception(
    "exp overflows for large energies and gives NaN: subtract the maximum first, or use softmax."
)
def naive_exponentials(energies, memory_lengths):
    numerators = energies.exp().masked_fill(_padding(energies, memory_lengths), 0.0)
    return numerators / numerators.sum(-1, keepdim=True)


@exercise.also_correct
def masked_by_large_negative(energies, memory_lengths):
    mask = _padding(energies, memory_lengths)
    return torch.where(mask, torch.finfo(energies.dtype).min, energies).softmax(-1)


@exercise.also_correct
def sentence_by_sentence(energies, memory_lengths):
    _padding(energies, memory_lengths)
    rows = []
    for e, length in zip(energies, memory_lengths.tolist(), strict=True):
        kept = e[:, :length]
        numerators = (kept - kept.max(-1, keepdim=True).values).exp()
        weights = numerators / numerators.sum(-1, keepdim=True)
        rows.append(F.pad(weights, (0, e.shape[-1] - length)))
    return torch.stack(rows)
