"""Causal attention."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip

exercise = Exercise(
    id="unclip.causal_attention",
    title="Causal attention",
    target="exercise_lib.unclip:causal_attention",
    solution=unclip.causal_attention,
    todo="13.5",
    points=3,
    difficulty=2,
    minutes=20,
)

VERY_LOW = -1e9  # a score in place of minus infinity, for rows where nothing would be left


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, lengths: list[int], heads: int, n: int, last: int, **more) -> Case:
        """Rows have so many words, then padding, and `last` tokens behind it."""
        shape = len(lengths), heads, n, d
        places = torch.arange(n)
        is_word = places < torch.tensor(lengths)[:, None]
        args = {name: 1.5 * normal(rng, *shape) for name in ("queries", "keys", "values")}
        return Case(name, args=args | {"is_token": is_word | (places >= n - last)}, **more)

    every = ("queries", "keys", "values")
    return [
        case("no padding, with gradients", [4, 4], 2, 4, 0, grad=every),
        case("padding in the middle", [3, 1], 2, 6, 2, grad=every),
        case("more padding", [1, 2, 4], 1, 7, 3),
        case("all axes alike", [d - 3] * d, d, d, 1),
    ]


def scores_of(queries, keys, scale=None):
    scale = 1 / math.sqrt(queries.shape[-1]) if scale is None else scale
    return scale * queries @ keys.mT


def before(queries, diagonal=0):
    n = queries.shape[2]
    return torch.ones(n, n, dtype=torch.bool).tril(diagonal)


def attended(scores, heard, values):
    return scores.masked_fill(~heard, VERY_LOW).softmax(-1) @ values


@exercise.misconception(
    "The mask is the wrong way round: tokens hear those behind them. What may be heard is the "
    "lower triangle, m <= n."
)
def later_ones(queries, keys, values, is_token):
    heard = before(queries).mT & is_token[:, None, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.neighbour(later_ones)
def later_ones_without_itself(queries, keys, values, is_token):
    heard = ~before(queries) & is_token[:, None, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.neighbour(later_ones)
def what_may_be_heard_masked(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return scores_of(queries, keys).masked_fill(heard, -math.inf).softmax(-1) @ values


@exercise.misconception(
    "Every token hears all: nothing keeps a token from those behind it. Mask the scores above the "
    "diagonal."
)
def not_causal(queries, keys, values, is_token):
    return attended(scores_of(queries, keys), is_token[:, None, None], values)


@exercise.misconception(
    "A token does not hear itself: the diagonal belongs to what is heard, .tril() without -1."
)
def without_itself(queries, keys, values, is_token):
    heard = before(queries, -1) & is_token[:, None, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.neighbour(without_itself)
def nothing_left_to_hear(queries, keys, values, is_token):
    heard = before(queries, -1) & is_token[:, None, None]
    return scores_of(queries, keys).masked_fill(~heard, -math.inf).softmax(-1) @ values


@exercise.misconception("A token hears the one behind it as well: .tril(), without 1.")
def one_too_many(queries, keys, values, is_token):
    heard = before(queries, 1) & is_token[:, None, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.misconception(
    "Padding is heard: a key that is no token gets minus infinity too, whatever its place."
)
def padding_heard(queries, keys, values, is_token):
    return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)


@exercise.misconception(
    "The mask of padding is turned round: is_token is true where there is something to hear."
)
def padding_alone(queries, keys, values, is_token):
    heard = before(queries) & ~is_token[:, None, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.misconception(
    "The mask of padding lies on those who ask: it belongs to the keys, the last axis, "
    "is_token[:, None, None, :]."
)
def mask_on_queries(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, :, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.misconception(
    "Weights are set to 0 behind the softmax, so that the others no longer sum to 1: mask the "
    "scores before."
)
def masked_behind(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return (scores_of(queries, keys).softmax(-1) * heard) @ values


@exercise.misconception(
    "Masked scores are 0, and e^0 is a weight as any other: they have to be minus infinity."
)
def masked_with_zero(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return (scores_of(queries, keys) * heard).softmax(-1) @ values


@exercise.neighbour(masked_with_zero)
def mask_added(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return (scores_of(queries, keys) + heard).softmax(-1) @ values


@exercise.misconception("Either mask is enough to be heard: a key needs both, so join them by &.")
def either_mask(queries, keys, values, is_token):
    heard = before(queries) | is_token[:, None, None]
    return attended(scores_of(queries, keys), heard, values)


@exercise.misconception(
    "The softmax goes along those who ask: each token that asks hands out 1, over the last axis."
)
def softmax_over_queries(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return scores_of(queries, keys).masked_fill(~heard, VERY_LOW).softmax(-2) @ values


@exercise.neighbour(softmax_over_queries)
def softmax_over_queries_of_infinities(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return scores_of(queries, keys).masked_fill(~heard, -math.inf).softmax(-2) @ values


@exercise.misconception("The scores given are divided by the root of d already: not once more.")
def divided_twice(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return attended(scores_of(queries, keys, 1 / queries.shape[-1]), heard, values)


@exercise.neighbour(divided_twice)
def not_divided(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None]
    return attended(scores_of(queries, keys, 1.0), heard, values)


@exercise.also_correct
def by_torch(queries, keys, values, is_token):
    heard = before(queries) & is_token[:, None, None, :]
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=heard)


@exercise.also_correct
def by_exponentials(queries, keys, values, is_token):
    n = queries.shape[2]
    places = torch.arange(n)
    heard = (places[None] <= places[:, None]) * is_token.float()[:, None, None]
    weights = (queries @ keys.transpose(2, 3) / queries.shape[-1] ** 0.5).exp() * heard
    return weights / weights.sum(-1, keepdim=True) @ values


@exercise.also_correct
def by_added_infinities(queries, keys, values, is_token):
    n = queries.shape[2]
    late = torch.full((n, n), -torch.inf).triu(1)
    padded = torch.zeros(is_token.shape).masked_fill(is_token.logical_not(), -torch.inf)
    scores = scores_of(queries, keys) + late + padded[:, None, None]
    return torch.einsum("bhnm,bhme->bhne", scores.softmax(dim=3), values)
