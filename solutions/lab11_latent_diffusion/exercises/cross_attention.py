"""Cross-attention."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.cross_attention",
    title="Cross-attention",
    target="exercise_lib.diffusion:cross_attention",
    solution=diffusion.cross_attention,
    todo="11.8",
    points=3,
    difficulty=2,
    minutes=20,
)

ASKED = ("queries", "keys", "values")


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    p, n, d = (6, 5, 3) if hidden else (5, 4, 2)

    def case(name: str, b: int, p: int, n: int, d: int, e: int, words: list[int]) -> Case:
        args = {
            "queries": 2 * normal(rng, b, p, d),
            "keys": 2 * normal(rng, b, n, d),
            "values": normal(rng, b, n, e),
            "is_word": torch.arange(n) < torch.tensor(words)[:, None],
        }
        return Case(name, args=args, grad=ASKED)

    return [
        case("captions of several lengths, with gradients", 3, p, n, d, 4, [2, n, 3]),
        case("as many places as words", 2, n, n, 4, 3, [3, 2]),
        case("no padding", 2, p, n, 5, 2, [n, n]),
        case("one word", 1, p, 3, d, 3, [1]),
    ]


def scores(queries, keys):
    return queries @ keys.mT / queries.shape[-1] ** 0.5


def heard(scores, values, is_word):
    weights = scores.masked_fill(~is_word[:, None, :], -torch.inf).softmax(-1)
    return weights @ values, weights


@exercise.misconception(
    "The softmax runs over places: then each word hands out one unit, and a place may hear nothing."
    " Each place asks, so its weights over the words sum to 1, `softmax(dim=-1)`."
)
def over_places(queries, keys, values, is_word):
    weights = scores(queries, keys).softmax(1) * is_word[:, None, :]
    return weights @ values, weights


@exercise.neighbour(over_places)
def over_places_of_masked(queries, keys, values, is_word):
    weights = scores(queries, keys).masked_fill(~is_word[:, None, :], -torch.inf).softmax(1)
    return weights @ values, weights


@exercise.neighbour(over_places)
def over_places_without_mask(queries, keys, values, is_word):
    weights = scores(queries, keys).softmax(1)
    return weights @ values, weights


@exercise.misconception(
    "Padding is heard: set its scores to -inf before the softmax, where `is_word` is false."
)
def padding_heard(queries, keys, values, is_word):
    weights = scores(queries, keys).softmax(-1)
    return weights @ values, weights


@exercise.neighbour(padding_heard)
def padding_scores_zero(queries, keys, values, is_word):
    weights = (scores(queries, keys) * is_word[:, None, :]).softmax(-1)
    return weights @ values, weights


@exercise.misconception(
    "Padding is taken away after the softmax, and the weights that are left don't sum to 1: mask "
    "the scores before it."
)
def masked_after(queries, keys, values, is_word):
    weights = scores(queries, keys).softmax(-1) * is_word[:, None, :]
    return weights @ values, weights


@exercise.misconception("The mask is turned round: `is_word` is true where there is a word.")
def mask_inverted(queries, keys, values, is_word):
    masked = scores(queries, keys).masked_fill(is_word[:, None, :], -1e9)
    weights = masked.softmax(-1)
    return weights @ values, weights


@exercise.neighbour(mask_inverted)
def mask_inverted_to_infinity(queries, keys, values, is_word):
    return heard(scores(queries, keys), values, ~is_word)


@exercise.misconception(
    "The scores have to be divided by sqrt(d), d the width of a query, and by nothing else: "
    "otherwise the softmax becomes harder or softer with d."
)
def not_scaled(queries, keys, values, is_word):
    return heard(queries @ keys.mT, values, is_word)


@exercise.neighbour(not_scaled)
def divided_by_d(queries, keys, values, is_word):
    return heard(queries @ keys.mT / queries.shape[-1], values, is_word)


@exercise.neighbour(not_scaled)
def multiplied_by_the_root(queries, keys, values, is_word):
    return heard(queries @ keys.mT * queries.shape[-1] ** 0.5, values, is_word)


@exercise.neighbour(not_scaled)
def by_the_width_of_values(queries, keys, values, is_word):
    return heard(queries @ keys.mT / values.shape[-1] ** 0.5, values, is_word)


@exercise.neighbour(not_scaled)
def by_the_number_of_words(queries, keys, values, is_word):
    return heard(queries @ keys.mT / keys.shape[1] ** 0.5, values, is_word)


@exercise.misconception(
    "The output is divided by sqrt(d), and not the scores: divide before the softmax."
)
def values_scaled(queries, keys, values, is_word):
    output, weights = heard(queries @ keys.mT, values, is_word)
    return output / queries.shape[-1] ** 0.5, weights


@exercise.misconception("There is no softmax: weights are positive and sum to 1.")
def no_softmax(queries, keys, values, is_word):
    weights = scores(queries, keys) * is_word[:, None, :]
    return weights @ values, weights


@exercise.misconception(
    "The caption's end is heard alone, or the loudest word: a place hears a mixture of all words."
)
def loudest_word(queries, keys, values, is_word):
    masked = scores(queries, keys).masked_fill(~is_word[:, None, :], -torch.inf)
    weights = F.one_hot(masked.argmax(-1), keys.shape[1]).to(values)
    return weights @ values, weights


@exercise.misconception("Both are right, but exchanged: first the output, then the weights.")
def exchanged(queries, keys, values, is_word):
    output, weights = diffusion.cross_attention(queries, keys, values, is_word)
    return weights, output


@exercise.misconception(
    "The second result are the scores, not the weights that the softmax makes of them."
)
def scores_returned(queries, keys, values, is_word):
    output, _ = diffusion.cross_attention(queries, keys, values, is_word)
    return output, scores(queries, keys)


@exercise.misconception(
    "The weights are right and have no gradient to queries and keys: leave out detach() and "
    "no_grad()."
)
def detached(queries, keys, values, is_word):
    _, weights = diffusion.cross_attention(queries, keys, values, is_word)
    return weights.detach() @ values, weights.detach()


@exercise.misconception(
    "One caption's padding is taken for that of all: each example has its own row of `is_word`."
)
def padding_of_the_first(queries, keys, values, is_word):
    return diffusion.cross_attention(queries, keys, values, is_word[:1].expand_as(is_word))


@exercise.neighbour(padding_of_the_first)
def words_of_any_caption(queries, keys, values, is_word):
    return diffusion.cross_attention(queries, keys, values, is_word.any(0).expand_as(is_word))


@exercise.also_correct
def by_einsum(queries, keys, values, is_word):
    dots = torch.einsum("bpd,bld->bpl", queries * queries.shape[-1] ** -0.5, keys)
    dots = dots + torch.where(is_word, 0.0, -1e9)[:, None]
    weights = F.softmax(dots, dim=2)
    return torch.einsum("bpl,ble->bpe", weights, values), weights


@exercise.also_correct
def normalised_by_hand(queries, keys, values, is_word):
    dots = scores(queries, keys)
    powers = (dots - dots.max(-1, keepdim=True).values.detach()).exp() * is_word[:, None]
    weights = powers / powers.sum(-1, keepdim=True)
    return weights @ values, weights
