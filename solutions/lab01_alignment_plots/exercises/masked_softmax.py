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
    large[0, :, 2] = 300.0  # the padding's energies are larger still
    large[1, 0, 0] = 100.0
    large[0, 1] -= 2000.0  # far below a fill value of -1000
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


@exercise.neighbour(inverted_mask)
def inverted_mask_after_softmax(energies, memory_lengths):
    return energies.softmax(-1).masked_fill(~_padding(energies, memory_lengths), 0.0)


@exercise.misconception(
    "The softmax runs over the decoder steps: each decoder step must spread a weight of one over "
    "the characters, so take the last axis."
)
def softmax_over_queries(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -math.inf).softmax(1)


@exercise.neighbour(softmax_over_queries)
def softmax_over_queries_masked_after(energies, memory_lengths):
    return energies.softmax(1).masked_fill(_padding(energies, memory_lengths), 0.0)


@exercise.neighbour(softmax_over_queries)
def softmax_over_queries_without_mask(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return energies.softmax(1)


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
    "The padding keeps some weight: to take a number off its energies makes it small, not 0. Fill "
    "with -inf."
)
def penalty(energies, memory_lengths):
    return (energies - 10.0 * _padding(energies, memory_lengths)).softmax(-1)


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
    "Lengths that can't be are let through, 0 (which gives NaN) or more than T_enc: raise a "
    "ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_guard(energies, memory_lengths):
    mask = torch.arange(energies.shape[-1]) >= memory_lengths[:, None, None]
    return energies.masked_fill(mask, -math.inf).softmax(-1)


@exercise.neighbour(no_guard, mild=FORMULA_IS_RIGHT)
def no_lower_guard(energies, memory_lengths):
    if memory_lengths.max() > energies.shape[-1]:
        raise ValueError("lengths")
    return no_guard(energies, memory_lengths)


@exercise.neighbour(no_guard, mild=FORMULA_IS_RIGHT)
def no_upper_guard(energies, memory_lengths):
    if memory_lengths.min() < 1:
        raise ValueError("lengths")
    return no_guard(energies, memory_lengths)


@exercise.misconception(
    "The exponential leaves the range of float32, and NaN comes of it: subtract the largest energy "
    "of the row that is no padding first, or fill with -inf and call softmax."
)
def naive_exponentials(energies, memory_lengths):
    numerators = energies.exp().masked_fill(_padding(energies, memory_lengths), 0.0)
    return numerators / numerators.sum(-1, keepdim=True)


@exercise.misconception(
    "What you fill the padding with is too large, so that it keeps some weight: fill with -inf."
)
def fill_with_minus_one(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -1.0).softmax(-1)


@exercise.neighbour(fill_with_minus_one)
def fill_with_one(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), 1.0).softmax(-1)


@exercise.neighbour(fill_with_minus_one)
def fill_with_minus_ten(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -10.0).softmax(-1)


@exercise.neighbour(fill_with_minus_one)
def fill_with_minus_hundred(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -100.0).softmax(-1)


@exercise.misconception(
    "The minus is missing: padding is filled with -inf, or it gets all of the weight."
)
def padding_filled_with_infinity(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), math.inf).softmax(-1)


@exercise.neighbour(padding_filled_with_infinity)
def padding_filled_with_much(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), 1e9).softmax(-1)


@exercise.misconception(
    "The softmax runs over several axes at once: over the characters alone, the last axis."
)
def softmax_over_the_whole_sentence(energies, memory_lengths):
    masked = energies.masked_fill(_padding(energies, memory_lengths), -math.inf)
    return masked.flatten(1).softmax(-1).reshape(energies.shape)


@exercise.neighbour(softmax_over_the_whole_sentence)
def softmax_over_everything(energies, memory_lengths):
    masked = energies.masked_fill(_padding(energies, memory_lengths), -math.inf)
    return masked.flatten().softmax(-1).reshape(energies.shape)


@exercise.misconception(
    "A length of T_enc is refused, but the longest sentence of a batch has it: only lengths above "
    "T_enc can't be."
)
def longest_refused(energies, memory_lengths):
    if memory_lengths.max() >= energies.shape[-1]:
        raise ValueError("lengths")
    return attention.masked_softmax(energies, memory_lengths)


@exercise.misconception(
    "One length masks the whole batch: each sentence has its own, memory_lengths[:, None, None]."
)
def first_length_for_all(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return attention.masked_softmax(energies, memory_lengths[:1].expand(len(energies)))


@exercise.neighbour(first_length_for_all)
def longest_for_all(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return attention.masked_softmax(energies, memory_lengths.max().expand(len(energies)))


@exercise.neighbour(first_length_for_all)
def shortest_for_all(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return attention.masked_softmax(energies, memory_lengths.min().expand(len(energies)))


@exercise.neighbour(first_length_for_all)
def last_length_for_all(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return attention.masked_softmax(energies, memory_lengths[-1:].expand(len(energies)))


@exercise.misconception(
    "The mask lies on the decoder steps: the padding is among the characters, the last axis."
)
def mask_of_steps(energies, memory_lengths):
    _padding(energies, memory_lengths)
    is_padding = torch.arange(energies.shape[1])[:, None] >= memory_lengths[:, None, None]
    return energies.masked_fill(is_padding, -math.inf).softmax(-1)


@exercise.neighbour(mask_of_steps)
def mask_of_steps_after_softmax(energies, memory_lengths):
    _padding(energies, memory_lengths)
    is_padding = torch.arange(energies.shape[1])[:, None] >= memory_lengths[:, None, None]
    return energies.softmax(-1).masked_fill(is_padding, 0.0)


@exercise.misconception(
    "You return logarithms: weights are between 0 and 1, so softmax, not log_softmax."
)
def log_weights(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -math.inf).log_softmax(-1)


@exercise.misconception(
    "You take a sigmoid of each energy: the characters share a weight of one, so softmax."
)
def sigmoids(energies, memory_lengths):
    return energies.sigmoid().masked_fill(_padding(energies, memory_lengths), 0.0)


@exercise.neighbour(sigmoids)
def sigmoids_that_sum_to_one(energies, memory_lengths):
    weights = sigmoids(energies, memory_lengths)
    return weights / weights.sum(-1, keepdim=True)


@exercise.misconception(
    "You divide the energies by their sum: they may be negative, so take their exponentials first."
)
def share_of_energies(energies, memory_lengths):
    kept = energies.masked_fill(_padding(energies, memory_lengths), 0.0)
    return kept / kept.sum(-1, keepdim=True)


@exercise.misconception(
    "Energies below zero are cut off or lose their sign: they are of any sign, exp handles that."
)
def positive_energies_only(energies, memory_lengths):
    return attention.masked_softmax(energies.relu(), memory_lengths)


@exercise.neighbour(positive_energies_only)
def sizes_of_energies(energies, memory_lengths):
    return attention.masked_softmax(energies.abs(), memory_lengths)


@exercise.misconception("The sign is turned round: the largest energy gets the largest weight.")
def smallest_wins(energies, memory_lengths):
    return attention.masked_softmax(-energies, memory_lengths)


@exercise.misconception(
    "All the weight goes to the largest energy: softmax spreads it, and lets gradients through."
)
def hard_maximum(energies, memory_lengths):
    masked = energies.masked_fill(_padding(energies, memory_lengths), -math.inf)
    return F.one_hot(masked.argmax(-1), energies.shape[-1]).float()


@exercise.misconception(
    "You scale the energies: additive energies go into the softmax as they stand."
)
def scaled_softmax(energies, memory_lengths):
    return attention.masked_softmax(energies / energies.shape[-1] ** 0.5, memory_lengths)


@exercise.misconception("You take the softmax twice: once, after the padding is filled with -inf.")
def softmax_twice(energies, memory_lengths):
    return attention.masked_softmax(energies.softmax(-1), memory_lengths)


@exercise.misconception(
    "0 times infinity is NaN: don't multiply a mask by -inf, use masked_fill or torch.where."
)
def mask_times_infinity(energies, memory_lengths):
    is_padding = _padding(energies, memory_lengths).float()
    return (energies + is_padding * -math.inf).softmax(-1)


@exercise.misconception(
    "The weights don't sum to one: softmax divides by the sum of the exponentials."
)
def exponentials_without_sum(energies, memory_lengths):
    return energies.exp().masked_fill(_padding(energies, memory_lengths), 0.0)


@exercise.neighbour(exponentials_without_sum)
def exponentials_by_the_largest(energies, memory_lengths):
    masked = energies.masked_fill(_padding(energies, memory_lengths), -math.inf)
    return (masked - masked.amax(-1, keepdim=True)).exp()


@exercise.neighbour(naive_exponentials)
def largest_of_the_padding(energies, memory_lengths):
    weights = (energies - energies.amax(-1, keepdim=True)).exp()
    weights = weights * ~_padding(energies, memory_lengths)
    return weights / weights.sum(-1, keepdim=True)


@exercise.neighbour(naive_exponentials)
def largest_of_the_whole_batch(energies, memory_lengths):
    weights = (energies - energies.max()).exp() * ~_padding(energies, memory_lengths)
    return weights / weights.sum(-1, keepdim=True)


@exercise.neighbour(naive_exponentials)
def exponentials_times_mask(energies, memory_lengths):
    numerators = energies.exp() * ~_padding(energies, memory_lengths)
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
