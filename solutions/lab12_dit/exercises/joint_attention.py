"""Joint attention."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import flow

exercise = Exercise(
    id="flow.joint_attention",
    title="Joint attention",
    target="exercise_lib.flow:joint_attention",
    solution=flow.joint_attention,
    todo="12.12",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def args(batch: int, heads: int, n: int, lengths: list[int], longest: int) -> dict:
        return {
            "picture": 1.5 * normal(rng, 3, batch, heads, n, d),
            "text": 1.5 * normal(rng, 3, batch, heads, longest, d),
            "is_word": torch.arange(longest) < torch.tensor(lengths)[:, None],
        }

    both = ("picture", "text")
    return [
        Case("with gradients", args=args(2, 2, 3, [4, 2], 5), grad=both),
        Case("as many words as places", args=args(3, 2, 4, [4, 1, 3], 4)),
        Case("no padding", args=args(2, 1, 5, [3, 3], 3), grad=both),
        Case("all axes alike", args=args(d, d, d, [d - 1] * d, d)),
    ]


def heard_of(picture, is_word):
    places = is_word.new_ones(len(is_word), picture.shape[3])
    return torch.cat([places, is_word], dim=1)[:, None, None]


def attended(its, heard, scale=None):
    queries, keys, values = its
    scale = 1 / math.sqrt(queries.shape[-1]) if scale is None else scale
    scores = (scale * queries @ keys.mT).masked_fill(~heard, -math.inf)
    return scores.softmax(-1) @ values


def split(joined, n):
    return joined[..., :n, :], joined[..., n:, :]


@exercise.misconception(
    "Two separate attentions: the picture never hears the text. Join both along the tokens first."
)
def separate(picture, text, is_word):
    words = attended(text, is_word[:, None, None])
    return F.scaled_dot_product_attention(*picture), words


@exercise.misconception(
    "The picture hears the text alone, and no place hears another: there is no layout. Both hear "
    "both."
)
def cross_only(picture, text, is_word):
    p = attended((picture[0], text[1], text[2]), is_word[:, None, None])
    return p, F.scaled_dot_product_attention(text[0], picture[1], picture[2])


@exercise.neighbour(cross_only)
def picture_hears_text_only(picture, text, is_word):
    keys = is_word[:, None, None]
    return attended((picture[0], text[1], text[2]), keys), attended(text, keys)


@exercise.misconception(
    "The text hears itself alone: in joint attention words ask places too, so that text features "
    "change with the picture."
)
def text_hears_itself(picture, text, is_word):
    joined = attended(torch.cat([picture, text], 3), heard_of(picture, is_word))
    return joined[:, :, : picture.shape[3]], attended(text, is_word[:, None, None])


@exercise.misconception(
    "Two softmaxes, added or averaged: then places and words each have a share that is fixed. One "
    "softmax over both."
)
def two_softmaxes(picture, text, is_word):
    queries = torch.cat([picture[0], text[0]], 2)
    keys = is_word[:, None, None]
    of_both = F.scaled_dot_product_attention(queries, picture[1], picture[2])
    return split(of_both + attended((queries, text[1], text[2]), keys), picture.shape[3])


@exercise.neighbour(two_softmaxes)
def two_softmaxes_averaged(picture, text, is_word):
    p, w = two_softmaxes(picture, text, is_word)
    return p / 2, w / 2


@exercise.misconception(
    "Padding is heard: give its keys a score of minus infinity before the softmax."
)
def padding_heard(picture, text, is_word):
    return flow.joint_attention(picture, text, torch.ones_like(is_word))


@exercise.neighbour(padding_heard)
def padding_zero_score(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    scores = queries @ keys.mT / math.sqrt(queries.shape[-1])
    weights = (scores * heard_of(picture, is_word)).softmax(-1)
    return split(weights @ values, picture.shape[3])


@exercise.misconception(
    "The weights of padding are set to 0 behind the softmax: the others no longer sum to 1."
)
def masked_behind(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    weights = (queries @ keys.mT / math.sqrt(queries.shape[-1])).softmax(-1)
    return split(weights * heard_of(picture, is_word) @ values, picture.shape[3])


@exercise.misconception("The mask is turned round: True is what is heard.")
def mask_inverted(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    places = is_word.new_ones(len(is_word), picture.shape[3])
    heard = torch.cat([places, ~is_word], dim=1)[:, None, None]
    return split(attended((queries, keys, values), heard), picture.shape[3])


@exercise.neighbour(mask_inverted)
def all_of_the_mask_inverted(picture, text, is_word):
    heard = ~heard_of(picture, is_word)
    return split(attended(torch.cat([picture, text], 3), heard), picture.shape[3])


@exercise.neighbour(mask_inverted)
def all_inverted_by_a_large_number(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    scores = queries @ keys.mT / math.sqrt(queries.shape[-1])
    scores = scores.masked_fill(heard_of(picture, is_word), -1e9)
    return split(scores.softmax(-1) @ values, picture.shape[3])


@exercise.misconception(
    "The mask is laid on those who ask: padding may ask, but nobody may hear it. It belongs to the "
    "keys, the last axis."
)
def mask_on_queries(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    scores = queries @ keys.mT / math.sqrt(queries.shape[-1])
    scores = scores.masked_fill(~heard_of(picture, is_word).mT, -1e9)
    return split(scores.softmax(-1) @ values, picture.shape[3])


@exercise.misconception(
    "The scores have to be divided by the root of d, the width of one head, and by nothing else."
)
def not_scaled(picture, text, is_word):
    its = torch.cat([picture, text], 3)
    return split(attended(its, heard_of(picture, is_word), 1.0), picture.shape[3])


@exercise.neighbour(not_scaled)
def divided_by_d(picture, text, is_word):
    its = torch.cat([picture, text], 3)
    scale = 1 / picture.shape[-1]
    return split(attended(its, heard_of(picture, is_word), scale), picture.shape[3])


@exercise.neighbour(not_scaled)
def divided_by_the_root_of_all_heads(picture, text, is_word):
    its = torch.cat([picture, text], 3)
    scale = (its.shape[2] * its.shape[4]) ** -0.5
    return split(attended(its, heard_of(picture, is_word), scale), picture.shape[3])


@exercise.neighbour(not_scaled)
def divided_by_the_root_of_tokens(picture, text, is_word):
    its = torch.cat([picture, text], 3)
    scale = its.shape[3] ** -0.5
    return split(attended(its, heard_of(picture, is_word), scale), picture.shape[3])


@exercise.misconception("Picture and text are exchanged as you split: places came first.")
def streams_exchanged(picture, text, is_word):
    joined = attended(torch.cat([picture, text], 3), heard_of(picture, is_word))
    return split(joined, picture.shape[3])[::-1]


@exercise.neighbour(streams_exchanged)
def split_as_if_text_came_first(picture, text, is_word):
    joined = attended(torch.cat([picture, text], 3), heard_of(picture, is_word))
    n = text.shape[3]
    return joined[:, :, n:], joined[:, :, :n]


@exercise.misconception(
    "The softmax goes along those who ask: each token that asks hands out 1, over those it hears, "
    "the last axis."
)
def softmax_over_queries(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    scores = queries @ keys.mT / math.sqrt(queries.shape[-1])
    scores = scores.masked_fill(~heard_of(picture, is_word), -1e9)
    return split(scores.softmax(-2) @ values, picture.shape[3])


@exercise.misconception(
    "The values are right, but no gradient reaches the words: the text's weights would never learn."
)
def text_detached(picture, text, is_word):
    return flow.joint_attention(picture, text.detach(), is_word)


@exercise.neighbour(text_detached)
def heard_words_detached(picture, text, is_word):
    keys = torch.cat([text[:1], text[1:].detach()])
    return flow.joint_attention(picture, keys, is_word)


@exercise.misconception("Keys and values are exchanged.")
def keys_for_values(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], 3)
    return split(attended((queries, values, keys), heard_of(picture, is_word)), picture.shape[3])


@exercise.misconception(
    "You split at the number of words: places come first, so split at theirs, `n`."
)
def split_at_the_words(picture, text, is_word):
    joined = attended(torch.cat([picture, text], 3), heard_of(picture, is_word))
    return split(joined, text.shape[3])


@exercise.misconception(
    "You join words before places, while mask and split take places for the first: join picture "
    "and text in this order."
)
def joined_the_other_way(picture, text, is_word):
    joined = attended(torch.cat([text, picture], 3), heard_of(picture, is_word))
    return split(joined, picture.shape[3])


@exercise.misconception(
    "Words don't ask, and their values come back as they were: join queries too, so that words "
    "hear places and words."
)
def words_as_they_were(picture, text, is_word):
    return flow.joint_attention(picture, text, is_word)[0], text[2]


@exercise.also_correct
def by_torch(picture, text, is_word):
    queries, keys, values = torch.cat([picture, text], dim=-2)
    mask = heard_of(picture, is_word)
    joined = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    return split(joined, picture.shape[3])


@exercise.also_correct
def by_exponentials(picture, text, is_word):
    queries, keys, values = (torch.cat([a, b], dim=2) for a, b in zip(picture, text, strict=True))
    scores = torch.einsum("bhqd,bhkd->bhqk", queries, keys) / queries.shape[-1] ** 0.5
    weights = (scores - scores.amax(-1, keepdim=True)).exp() * heard_of(picture, is_word)
    joined = torch.einsum("bhqk,bhkd->bhqd", weights / weights.sum(-1, keepdim=True), values)
    return tuple(joined.split([picture.shape[3], text.shape[3]], dim=2))
