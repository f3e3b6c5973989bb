"""Scaled dot-product attention with several heads."""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention

exercise = Exercise(
    id="attention.multi_head_attention",
    title="Scaled dot-product attention with several heads",
    target="exercise_lib.attention:multi_head_attention",
    solution=attention.multi_head_attention,
    todo="1.4",
    points=2,
    difficulty=3,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def arguments(b: int, t_dec: int, t_enc: int, d: int, n_heads: int, lengths: list[int]) -> dict:
        return {
            "query": normal(rng, b, t_dec, d),
            "key": normal(rng, b, t_enc, d),
            "value": normal(rng, b, t_enc, d),
            "n_heads": n_heads,
            "memory_lengths": torch.tensor(lengths),
        }

    one_head, more = (2, 3, 4, 5, 1, [4, 2]), (2, 3, 5, 8, 2, [5, 3])
    if hidden:
        one_head, more = (1, 4, 3, 7, 1, [3]), (3, 2, 4, 9, 3, [4, 1, 2])
    return [
        Case("one head", args=arguments(*one_head)),
        Case(
            "several heads, with gradients",
            args=arguments(*more),
            grad=("query", "key"),
            weight=2.0,
        ),
        Case("as many heads as features", args=arguments(1, 4, 4, 4, 4, [3])),
    ]


def _heads(query, key, value, n_heads, memory_lengths, scale=None, softmax=None):
    d_head = query.shape[-1] // n_heads
    softmax = softmax or attention.masked_softmax
    q, k, v = (x.unflatten(-1, (n_heads, d_head)).transpose(1, 2) for x in (query, key, value))
    energies = q @ k.transpose(-1, -2) / (scale or math.sqrt(d_head))
    weights = torch.stack([softmax(e, memory_lengths) for e in energies.unbind(1)], dim=1)
    return (weights @ v).transpose(1, 2).flatten(2), weights


@exercise.misconception(
    "The energies are not divided by sqrt(d / H): dot products grow with the number of features "
    "and the softmax saturates."
)
def no_scale(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths, scale=1.0)


@exercise.misconception(
    "You divide by the square root of all d features: each head sees only d / H of them."
)
def scale_of_whole_width(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths, scale=math.sqrt(query.shape[-1]))


@exercise.misconception("You divide by d / H: the variance asks for its square root.")
def scale_without_root(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths, scale=query.shape[-1] // n_heads)


@exercise.misconception(
    "The padding is not masked in the heads: use your masked_softmax with memory_lengths."
)
def heads_without_mask(query, key, value, n_heads, memory_lengths):
    return _heads(
        query, key, value, n_heads, memory_lengths, softmax=lambda e, _: torch.softmax(e, -1)
    )


@exercise.misconception(
    "The features are dealt out to the heads like cards: head 0 has the first d / H features, so "
    "the head axis comes first when you split."
)
def interleaved_heads(query, key, value, n_heads, memory_lengths):
    d_head = query.shape[-1] // n_heads
    order = torch.arange(query.shape[-1]).reshape(d_head, n_heads).T.flatten()
    query, key, value = (x[..., order] for x in (query, key, value))
    return _heads(query, key, value, n_heads, memory_lengths)


@exercise.misconception(
    "The contexts are added up: put the heads' contexts side by side, (B, T_dec, d)."
)
def summed_contexts(query, key, value, n_heads, memory_lengths):
    context, weights = _heads(query, key, value, n_heads, memory_lengths)
    return context.unflatten(-1, (n_heads, -1)).sum(2), weights


@exercise.misconception(
    "You return the average over the heads: keep them apart, (B, H, T_dec, T_enc); averaging is "
    "for the picture."
)
def averaged_weights(query, key, value, n_heads, memory_lengths):
    context, weights = _heads(query, key, value, n_heads, memory_lengths)
    return context, weights.mean(1)


@exercise.misconception("The context is made from the keys: the weights average the values.")
def context_from_keys(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, key, n_heads, memory_lengths)


@exercise.misconception(
    "The energies are averaged over the heads before the softmax, so all heads look alike: each "
    "head has a softmax of its own."
)
def average_before_softmax(query, key, value, n_heads, memory_lengths):
    d_head = query.shape[-1] // n_heads
    q, k, v = (x.unflatten(-1, (n_heads, d_head)).transpose(1, 2) for x in (query, key, value))
    energies = (q @ k.transpose(-1, -2) / math.sqrt(d_head)).mean(1)
    weights = attention.masked_softmax(energies, memory_lengths)[:, None]
    weights = weights.expand(-1, n_heads, -1, -1)
    return (weights @ v).transpose(1, 2).flatten(2), weights


@exercise.also_correct
def heads_at_once(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths)


@exercise.also_correct
def heads_by_einsum(query, key, value, n_heads, memory_lengths):
    b, _, d = query.shape
    q, k, v = (x.reshape(b, x.shape[1], n_heads, d // n_heads) for x in (query, key, value))
    energies = torch.einsum("bihd,bjhd->bhij", q, k) * (d // n_heads) ** -0.5
    mask = torch.arange(key.shape[1])[None] < memory_lengths[:, None]
    weights = energies.masked_fill(~mask[:, None, None], -1e9).softmax(-1)
    return torch.einsum("bhij,bjhd->bihd", weights, v).reshape(b, -1, d), weights


@exercise.also_correct
def heads_by_torch(query, key, value, n_heads, memory_lengths):
    q, k, v = (x.unflatten(-1, (n_heads, -1)).transpose(1, 2) for x in (query, key, value))
    mask = (torch.arange(key.shape[1])[None] < memory_lengths[:, None])[:, None, None]
    context = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    identity = torch.eye(key.shape[1]).expand(*k.shape[:2], -1, -1)
    weights = F.scaled_dot_product_attention(q, k, identity, attn_mask=mask)
    return context.transpose(1, 2).flatten(2), weights


Attended = namedtuple("Attended", ["contexts", "weights"])


@exercise.also_correct
def by_torch_itself(query, key, value, n_heads, memory_lengths):
    """PyTorch's own multi-head attention, its projections the identity."""
    d = query.shape[-1]
    layer = torch.nn.MultiheadAttention(d, n_heads, bias=False, batch_first=True)
    layer.in_proj_weight.data = torch.eye(d).repeat(3, 1)
    layer.out_proj.weight.data = torch.eye(d)
    is_padding = torch.arange(key.shape[1]) >= memory_lengths[:, None]
    contexts, weights = layer(
        query, key, value, key_padding_mask=is_padding, average_attn_weights=False
    )
    return Attended(contexts, weights)
