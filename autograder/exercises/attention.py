"""Attention, alignments and their scores."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from autograder.exercises.draws import normal
from exercise_lib.check.case import Case
from solutions.exercise_lib import attention

NOTEBOOK = "01_alignment_plots"


def _alignment(rng: np.random.Generator, t_enc: int, t_dec: int) -> torch.Tensor:
    """A soft path from the first to the last character with a rhythm of its own."""
    steps = rng.uniform(0.2, 2.0, size=t_dec).cumsum()
    path = torch.from_numpy((t_enc - 1) * (steps - steps[0]) / (steps[-1] - steps[0]))
    energies = -((torch.arange(t_enc)[:, None] - path) ** 2) / 0.8
    return torch.softmax(energies + 0.5 * normal(rng, t_enc, t_dec), dim=0).float()


# ---------------------------------------------------------------- 1.1 additive energies

additive_energies = Exercise(
    id="attention.additive_energies",
    title="Additive energies",
    target="exercise_lib.attention:additive_energies",
    solution=attention.additive_energies,
    notebook=NOTEBOOK,
    todo="1.1",
    points=2,
)


@additive_energies.cases
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


@additive_energies.misconception(
    "The tanh is missing: without it the energies are linear and the query drops out of the "
    "softmax, so that every decoder step attends alike."
)
def no_tanh(query, memory, W, V, v):
    return ((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@additive_energies.misconception(
    "The tanh stands outside v^T: squash each feature first, then weigh them with v."
)
def tanh_outside(query, memory, W, V, v):
    return torch.tanh(no_tanh(query, memory, W, V, v))


@additive_energies.misconception(
    "You take the tanh of the two projections one by one: add them first, tanh of the sum."
)
def tanh_before_sum(query, memory, W, V, v):
    return (torch.tanh(query @ W.T)[:, :, None] + torch.tanh(memory @ V.T)[:, None]) @ v


@additive_energies.misconception(
    "You multiply the projections where they should be added: that is a third kind of attention, "
    "not Bahdanau's."
)
def product_of_projections(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] * (memory @ V.T)[:, None]) @ v


@additive_energies.misconception(
    "The axes are swapped: energies are (B, T_dec, T_enc), a row for each decoder step."
)
def swapped_axes(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).transpose(1, 2)


@additive_energies.misconception(
    "You return weights: the softmax comes later, in masked_softmax, when the padding is known."
)
def already_softmax(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).softmax(-1)


@additive_energies.misconception(
    "You use a sigmoid where the equation has tanh: tanh is centred at zero."
)
def sigmoid(query, memory, W, V, v):
    return torch.sigmoid((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@additive_energies.misconception(
    "You sum the features and leave out v: v says which features matter."
)
def without_v(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]).sum(-1)


@additive_energies.also_correct
def energies_by_einsum(query, memory, W, V, v):
    q = torch.einsum("bid,ad->bia", query, W)
    k = torch.einsum("bjd,ad->bja", memory, V)
    return torch.einsum("bija,a->bij", (q.unsqueeze(2) + k.unsqueeze(1)).tanh(), v)


@additive_energies.also_correct
def energies_by_loops(query, memory, W, V, v):
    q, k = F.linear(query, W), F.linear(memory, V)
    rows = [(torch.tanh(q[:, i : i + 1] + k) * v).sum(-1) for i in range(q.shape[1])]
    return torch.stack(rows, dim=1)


# ---------------------------------------------------------------- 1.2 masked softmax

masked_softmax = Exercise(
    id="attention.masked_softmax",
    title="Masked softmax",
    target="exercise_lib.attention:masked_softmax",
    solution=attention.masked_softmax,
    notebook=NOTEBOOK,
    todo="1.2",
    points=2,
)


@masked_softmax.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shape, lengths = ((2, 3, 5), [5, 3]) if not hidden else ((3, 4, 7), [2, 7, 4])
    energies = 2 * normal(rng, *shape)
    low = energies - 3
    zero = torch.tensor([0, *lengths[1:]])
    return [
        Case(
            "a batch with padding",
            args={"energies": energies, "memory_lengths": torch.tensor(lengths)},
            grad=("energies",),
        ),
        Case(
            "all energies below zero",
            args={"energies": low, "memory_lengths": torch.tensor(lengths[::-1])},
        ),
        Case(
            "square, with large energies",
            args={"energies": 60 * normal(rng, 2, 4, 4), "memory_lengths": torch.tensor([2, 4])},
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


@masked_softmax.misconception(
    "You mask after the softmax: what is left no longer sums to one. Mask the energies instead."
)
def mask_after_softmax(energies, memory_lengths):
    return energies.softmax(-1).masked_fill(_padding(energies, memory_lengths), 0.0)


@masked_softmax.misconception(
    "You fill padded energies with 0, which still gives them exp(0) = 1 in the sum: fill with -inf."
)
def fill_with_zero(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), 0.0).softmax(-1)


@masked_softmax.misconception(
    "The mask is the wrong way round: you leave out the real characters and keep the padding."
)
def inverted_mask(energies, memory_lengths):
    return energies.masked_fill(~_padding(energies, memory_lengths), -math.inf).softmax(-1)


@masked_softmax.misconception(
    "The softmax runs over the decoder steps: each decoder step must spread a weight of one over "
    "the characters, so take the last axis."
)
def softmax_over_queries(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -math.inf).softmax(1)


@masked_softmax.misconception(
    "The softmax runs over the batch: sentences must not compete with each other."
)
def softmax_over_batch(energies, memory_lengths):
    return energies.masked_fill(_padding(energies, memory_lengths), -math.inf).softmax(0)


@masked_softmax.misconception(
    "The padding is not masked at all: memory_lengths says how many characters are real."
)
def no_mask(energies, memory_lengths):
    _padding(energies, memory_lengths)
    return energies.softmax(-1)


@masked_softmax.misconception(
    "The mask is one character short or long: positions 0 .. length - 1 are real, so padding is "
    "position >= length."
)
def off_by_one(energies, memory_lengths):
    _padding(energies, memory_lengths)
    mask = torch.arange(energies.shape[-1]) > memory_lengths[:, None, None]
    return energies.masked_fill(mask, -math.inf).softmax(-1)


@masked_softmax.misconception(
    "Lengths that can't be are let through: a length of 0 leaves nothing to attend to and gives "
    "NaN. Raise a ValueError."
)
def no_guard(energies, memory_lengths):
    mask = torch.arange(energies.shape[-1]) >= memory_lengths[:, None, None]
    return energies.masked_fill(mask, -math.inf).softmax(-1)


@masked_softmax.misconception(
    "exp overflows for large energies and gives NaN: subtract the maximum first, or use softmax."
)
def naive_exponentials(energies, memory_lengths):
    numerators = energies.exp().masked_fill(_padding(energies, memory_lengths), 0.0)
    return numerators / numerators.sum(-1, keepdim=True)


@masked_softmax.also_correct
def masked_by_large_negative(energies, memory_lengths):
    mask = _padding(energies, memory_lengths)
    return torch.where(mask, torch.finfo(energies.dtype).min, energies).softmax(-1)


@masked_softmax.also_correct
def sentence_by_sentence(energies, memory_lengths):
    _padding(energies, memory_lengths)
    rows = []
    for e, length in zip(energies, memory_lengths.tolist(), strict=True):
        kept = e[:, :length]
        numerators = (kept - kept.max(-1, keepdim=True).values).exp()
        weights = numerators / numerators.sum(-1, keepdim=True)
        rows.append(F.pad(weights, (0, e.shape[-1] - length)))
    return torch.stack(rows)


# ---------------------------------------------------------------- 1.3 context vectors

context_vectors = Exercise(
    id="attention.context_vectors",
    title="Context vectors",
    target="exercise_lib.attention:context_vectors",
    solution=attention.context_vectors,
    notebook=NOTEBOOK,
    todo="1.3",
    points=1,
)


@context_vectors.cases
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
        Case("all axes alike", args=square),
        Case(
            "rejects a memory of another length",
            args={"weights": weights, "memory": memory[:, 1:]},
            raises=("ValueError",),
        ),
    ]


def _demand_fit(weights, memory):
    if weights.shape[0] != memory.shape[0] or weights.shape[-1] != memory.shape[1]:
        raise ValueError("don't fit")


@context_vectors.misconception(
    "You average over the decoder steps: sum over the characters j, the last axis of the weights."
)
def transposed_weights(weights, memory):
    _demand_fit(weights, memory)
    return weights.transpose(1, 2) @ memory


@context_vectors.misconception(
    "You divide by the number of characters too: the weights already sum to one."
)
def mean_of_products(weights, memory):
    _demand_fit(weights, memory)
    return weights @ memory / memory.shape[1]


@context_vectors.misconception(
    "You pick the character with the largest weight: the context is the weighted sum of all, and "
    "an argmax lets no gradient through to the weights."
)
def hard_attention(weights, memory):
    _demand_fit(weights, memory)
    index = weights.argmax(-1)[..., None].expand(-1, -1, memory.shape[-1])
    return memory.gather(1, index)


@context_vectors.misconception(
    "Shapes that don't fit are not answered with a ValueError: compare B and T_enc of the two "
    "first, so that the caller reads what is wrong."
)
def no_shape_guard(weights, memory):
    return weights @ memory


@context_vectors.misconception(
    "The result is detached from the weights: without their gradient attention can't be learned."
)
def detached_weights(weights, memory):
    _demand_fit(weights, memory)
    return weights.detach() @ memory


@context_vectors.also_correct
def context_by_einsum(weights, memory):
    _demand_fit(weights, memory)
    return torch.einsum("bij,bjd->bid", weights, memory)


@context_vectors.also_correct
def context_by_sum(weights, memory):
    _demand_fit(weights, memory)
    return (weights[..., None] * memory[:, None]).sum(dim=2)


# ---------------------------------------------------------------- 1.4 several heads

multi_head_attention = Exercise(
    id="attention.multi_head_attention",
    title="Scaled dot-product attention with several heads",
    target="exercise_lib.attention:multi_head_attention",
    solution=attention.multi_head_attention,
    notebook=NOTEBOOK,
    todo="1.4",
    points=2,
)


@multi_head_attention.cases
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
        Case("several heads, with gradients", args=arguments(*more), grad=("query", "key")),
        Case("as many heads as features", args=arguments(1, 4, 4, 4, 4, [3])),
    ]


def _heads(query, key, value, n_heads, memory_lengths, scale=None, softmax=None):
    d_head = query.shape[-1] // n_heads
    softmax = softmax or attention.masked_softmax
    q, k, v = (x.unflatten(-1, (n_heads, d_head)).transpose(1, 2) for x in (query, key, value))
    energies = q @ k.transpose(-1, -2) / (scale or math.sqrt(d_head))
    weights = torch.stack([softmax(e, memory_lengths) for e in energies.unbind(1)], dim=1)
    return (weights @ v).transpose(1, 2).flatten(2), weights


@multi_head_attention.misconception(
    "The energies are not divided by sqrt(d / H): dot products grow with the number of features "
    "and the softmax saturates."
)
def no_scale(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths, scale=1.0)


@multi_head_attention.misconception(
    "You divide by the square root of all d features: each head sees only d / H of them."
)
def scale_of_whole_width(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths, scale=math.sqrt(query.shape[-1]))


@multi_head_attention.misconception("You divide by d / H: the variance asks for its square root.")
def scale_without_root(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths, scale=query.shape[-1] // n_heads)


@multi_head_attention.misconception(
    "The padding is not masked in the heads: use your masked_softmax with memory_lengths."
)
def heads_without_mask(query, key, value, n_heads, memory_lengths):
    return _heads(
        query, key, value, n_heads, memory_lengths, softmax=lambda e, _: torch.softmax(e, -1)
    )


@multi_head_attention.misconception(
    "The features are dealt out to the heads like cards: head 0 has the first d / H features, so "
    "the head axis comes first when you split."
)
def interleaved_heads(query, key, value, n_heads, memory_lengths):
    d_head = query.shape[-1] // n_heads
    order = torch.arange(query.shape[-1]).reshape(d_head, n_heads).T.flatten()
    query, key, value = (x[..., order] for x in (query, key, value))
    return _heads(query, key, value, n_heads, memory_lengths)


@multi_head_attention.misconception(
    "The contexts are added up: put the heads' contexts side by side, (B, T_dec, d)."
)
def summed_contexts(query, key, value, n_heads, memory_lengths):
    context, weights = _heads(query, key, value, n_heads, memory_lengths)
    return context.unflatten(-1, (n_heads, -1)).sum(2), weights


@multi_head_attention.misconception(
    "You return the average over the heads: keep them apart, (B, H, T_dec, T_enc); averaging is "
    "for the picture."
)
def averaged_weights(query, key, value, n_heads, memory_lengths):
    context, weights = _heads(query, key, value, n_heads, memory_lengths)
    return context, weights.mean(1)


@multi_head_attention.misconception(
    "The context is made from the keys: the weights average the values."
)
def context_from_keys(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, key, n_heads, memory_lengths)


@multi_head_attention.misconception(
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


@multi_head_attention.also_correct
def heads_at_once(query, key, value, n_heads, memory_lengths):
    return _heads(query, key, value, n_heads, memory_lengths)


@multi_head_attention.also_correct
def heads_by_einsum(query, key, value, n_heads, memory_lengths):
    b, _, d = query.shape
    q, k, v = (x.reshape(b, x.shape[1], n_heads, d // n_heads) for x in (query, key, value))
    energies = torch.einsum("bihd,bjhd->bhij", q, k) * (d // n_heads) ** -0.5
    mask = torch.arange(key.shape[1])[None] < memory_lengths[:, None]
    weights = energies.masked_fill(~mask[:, None, None], -1e9).softmax(-1)
    return torch.einsum("bhij,bjhd->bihd", weights, v).reshape(b, -1, d), weights


@multi_head_attention.also_correct
def heads_by_torch(query, key, value, n_heads, memory_lengths):
    q, k, v = (x.unflatten(-1, (n_heads, -1)).transpose(1, 2) for x in (query, key, value))
    mask = (torch.arange(key.shape[1])[None] < memory_lengths[:, None])[:, None, None]
    context = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    identity = torch.eye(key.shape[1]).expand(*k.shape[:2], -1, -1)
    weights = F.scaled_dot_product_attention(q, k, identity, attn_mask=mask)
    return context.transpose(1, 2).flatten(2), weights


# ---------------------------------------------------------------- 1.5 alignment

alignment_from_heads = Exercise(
    id="attention.alignment_from_heads",
    title="Alignment from the heads' weights",
    target="exercise_lib.attention:alignment_from_heads",
    solution=attention.alignment_from_heads,
    notebook=NOTEBOOK,
    todo="1.5",
    points=2,
)


@alignment_from_heads.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def weights(h: int, t_dec: int, t_enc: int) -> torch.Tensor:
        return normal(rng, h, t_dec, t_enc).softmax(-1)

    several, lengths = (weights(3, 7, 6), (4, 5)) if not hidden else (weights(4, 6, 8), (7, 3))
    square = weights(2, 5, 5)
    return [
        Case(
            "several heads with padding",
            args={"weights": several, "memory_length": lengths[0], "decoder_length": lengths[1]},
        ),
        Case(
            "one head, no padding",
            args={"weights": weights(1, 4, 6), "memory_length": 6, "decoder_length": 4},
        ),
        Case(
            "as many heads as steps",
            args={"weights": weights(5, 5, 5), "memory_length": 4, "decoder_length": 4},
        ),
        Case(
            "rejects weights without a head axis",
            args={"weights": square[0], "memory_length": 4, "decoder_length": 4},
            raises=("ValueError",),
        ),
    ]


def _demand_heads(weights):
    if weights.dim() != 3:
        raise ValueError("no head axis")


@alignment_from_heads.misconception(
    "The picture lies on its side: an alignment is (T_enc, T_dec), so transpose at the end."
)
def untransposed(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:decoder_length, :memory_length]


@alignment_from_heads.misconception(
    "You add the heads: average them, so that a column still sums to one."
)
def summed_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.sum(0)[:decoder_length, :memory_length].T


@alignment_from_heads.misconception(
    "You take the largest weight over the heads: the picture is their average."
)
def maximum_of_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.amax(0)[:decoder_length, :memory_length].T


@alignment_from_heads.misconception("You show the first head only: average over all of them.")
def first_head(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights[0, :decoder_length, :memory_length].T


@alignment_from_heads.misconception(
    "The padding is still in the picture: cut to decoder_length and memory_length."
)
def padding_kept(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0).T


@alignment_from_heads.misconception(
    "The two lengths are swapped: before the transpose the first axis is the decoder's."
)
def swapped_lengths(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:memory_length, :decoder_length].T


@alignment_from_heads.misconception(
    "You average over the decoder steps: the heads are the first axis."
)
def average_over_time(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(1)[:decoder_length, :memory_length].T


@alignment_from_heads.misconception(
    "Weights without a head axis are let through: averaging them loses the decoder steps. Raise a "
    "ValueError."
)
def no_rank_guard(weights, memory_length, decoder_length):
    return weights.mean(0)[..., :decoder_length, :memory_length].T


@alignment_from_heads.also_correct
def transpose_first(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.transpose(1, 2)[:, :memory_length, :decoder_length].sum(0) / len(weights)


@alignment_from_heads.also_correct
def heads_by_loop(weights, memory_length, decoder_length):
    _demand_heads(weights)
    total = torch.zeros(memory_length, decoder_length)
    for head in weights:
        total = total + head.t()[:memory_length, :decoder_length] / weights.shape[0]
    return total


# ---------------------------------------------------------------- 1.6 scores of an alignment

monotonicity = Exercise(
    id="attention.monotonicity",
    title="Monotonicity",
    target="exercise_lib.attention:monotonicity",
    solution=attention.monotonicity,
    notebook=NOTEBOOK,
    todo="1.6a",
    points=1,
)


@monotonicity.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 9) if not hidden else (9, 14)
    staircase = torch.eye(t_enc).repeat_interleave(2, dim=1)
    return [
        Case("a staircase that never goes back", args={"alignment": staircase}),
        Case("noise", args={"alignment": normal(rng, t_enc, t_dec).softmax(0)}),
        Case("a soft path", args={"alignment": _alignment(rng, t_dec, t_enc)}),
        Case("reads backwards", args={"alignment": staircase.flip(1)}),
    ]


@monotonicity.misconception(
    "You demand that the peak moves on at every step: staying on a character is fine, so >= 0."
)
def strictly_forward(alignment):
    return (alignment.argmax(0).diff() > 0).float().mean()


@monotonicity.misconception(
    "You take the argmax over time: the peak of a decoder step is along the characters, dim=0."
)
def argmax_over_time(alignment):
    return (alignment.argmax(1).diff() >= 0).float().mean()


@monotonicity.misconception(
    "You count the steps: divide by their number (T_dec - 1) to get a share."
)
def count_not_share(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum()


@monotonicity.misconception("You divide by T_dec: there are T_dec - 1 moves between T_dec steps.")
def divided_by_steps(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum() / alignment.shape[1]


@monotonicity.misconception(
    "All or nothing: you return 1 only if no step moves back. Return the share of steps."
)
def all_or_nothing(alignment):
    return (alignment.argmax(0).diff() >= 0).all().float()


@monotonicity.also_correct
def monotonicity_by_slices(alignment):
    peaks = alignment.max(dim=0).indices
    return torch.ge(peaks[1:], peaks[:-1]).to(torch.float32).mean()


@monotonicity.also_correct
def monotonicity_by_loop(alignment):
    peaks = [int(column.argmax()) for column in alignment.T]
    forward = [b >= a for a, b in pairwise(peaks)]
    return torch.tensor(sum(forward) / len(forward))


focus = Exercise(
    id="attention.focus",
    title="Focus",
    target="exercise_lib.attention:focus",
    solution=attention.focus,
    notebook=NOTEBOOK,
    todo="1.6b",
    points=1,
)


@focus.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 9) if not hidden else (9, 5)
    return [
        Case("spread evenly", args={"alignment": torch.full((t_enc, t_dec), 1 / t_enc)}),
        Case("a soft path", args={"alignment": _alignment(rng, t_enc, t_dec)}),
        Case("noise", args={"alignment": normal(rng, t_dec, t_enc).softmax(0)}),
    ]


@focus.misconception(
    "You take each character's largest weight: the focus is of the decoder steps, so dim=0."
)
def focus_of_characters(alignment):
    return alignment.amax(1).mean()


@focus.misconception("You average all weights: take the largest of each step before the mean.")
def mean_of_everything(alignment):
    return alignment.mean()


@focus.misconception("You return the one largest weight: average the steps' largest weights.")
def largest_of_all(alignment):
    return alignment.max()


@focus.misconception("You add up the steps' largest weights: their mean does not grow with time.")
def sum_over_steps(alignment):
    return alignment.amax(0).sum()


@focus.also_correct
def focus_by_sorting(alignment):
    return alignment.sort(dim=0, descending=True).values[0].mean()


@focus.also_correct
def focus_by_loop(alignment):
    return torch.stack([column.max() for column in alignment.unbind(1)]).sum() / alignment.shape[1]


coverage = Exercise(
    id="attention.coverage",
    title="Coverage",
    target="exercise_lib.attention:coverage",
    solution=attention.coverage,
    notebook=NOTEBOOK,
    todo="1.6c",
    points=1,
)


@coverage.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 11) if not hidden else (8, 13)
    skipping = torch.cat([torch.eye(t_enc)[:, :2], torch.eye(t_enc)[:, 4:]], dim=1)
    slow = _alignment(rng, t_enc, t_dec)
    # Every character adds up to half, and none ever has it in a single step.
    half = torch.full((4, 8), 0.0625)
    return [
        Case("skips two characters", args={"alignment": skipping}),
        Case("a soft path", args={"alignment": slow}),
        Case("a high threshold", args={"alignment": slow, "threshold": 2.0}),
        Case("exactly the threshold", args={"alignment": half}),
    ]


@coverage.misconception("You sum over the characters: a character's total is its row, so dim=1.")
def coverage_of_steps(alignment, threshold=0.5):
    return (alignment.sum(0) >= threshold).float().mean()


@coverage.misconception(
    "You ask for one step above the threshold: a character counts by its weight summed over time."
)
def largest_step(alignment, threshold=0.5):
    return (alignment.amax(1) >= threshold).float().mean()


@coverage.misconception("The threshold is written into your code: use the argument.")
def fixed_threshold(alignment, threshold=0.5):
    return (alignment.sum(1) >= 0.5).float().mean()


@coverage.misconception("A total of exactly the threshold counts as read: compare with >=.")
def strictly_above(alignment, threshold=0.5):
    return (alignment.sum(1) > threshold).float().mean()


@coverage.misconception("You count the characters: divide by T_enc to get a share.")
def count_of_characters(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).float().sum()


@coverage.also_correct
def coverage_by_loop(alignment, threshold=0.5):
    return torch.tensor([float(row.sum() >= threshold) for row in alignment]).mean()


@coverage.also_correct
def coverage_by_matmul(alignment, threshold=0.5):
    totals = alignment @ torch.ones(alignment.shape[1])
    return torch.count_nonzero(totals.ge(threshold)) / alignment.shape[0]


# ---------------------------------------------------------------- 1.7, 1.8 against the truth

mass_near_truth = Exercise(
    id="attention.mass_near_truth",
    title="Mass near the truth",
    target="exercise_lib.attention:mass_near_truth",
    solution=attention.mass_near_truth,
    notebook=NOTEBOOK,
    todo="1.7",
    points=1,
)


def _truth(alignment: torch.Tensor) -> torch.Tensor:
    return alignment.argmax(0).cummax(0).values


@mass_near_truth.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (7, 12) if not hidden else (9, 8)
    soft = _alignment(rng, t_enc, t_dec)
    noise = normal(rng, t_dec, t_enc).softmax(0)
    square = _alignment(rng, 6, 6)
    return [
        Case("a soft path", args={"alignment": soft, "truth": _truth(soft)}),
        Case("a wider radius", args={"alignment": noise, "truth": _truth(noise), "radius": 2}),
        Case("the very character", args={"alignment": soft, "truth": _truth(soft), "radius": 0}),
        Case("square", args={"alignment": square, "truth": _truth(square)}),
        Case(
            "rejects a truth of another length",
            args={"alignment": soft, "truth": torch.zeros(1, dtype=torch.long)},
            raises=("ValueError",),
        ),
    ]


def _near(alignment, truth, radius):
    if truth.shape != (alignment.shape[1],):
        raise ValueError("truth")
    return (torch.arange(alignment.shape[0])[:, None] - truth).abs() <= radius


@mass_near_truth.misconception(
    "You count only the characters closer than the radius: a distance of exactly `radius` is near."
)
def open_radius(alignment, truth, radius=1):
    return (alignment * (_near(alignment, truth, radius - 1))).sum(0).mean()


@mass_near_truth.misconception(
    "You average over the characters as well: sum the near weights of a step, then average steps."
)
def mean_of_both(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).mean()


@mass_near_truth.misconception(
    "Only characters after the true one count: take the absolute distance, before and after."
)
def one_sided(alignment, truth, radius=1):
    near = _near(alignment, truth, radius)
    after = torch.arange(alignment.shape[0])[:, None] >= truth
    return (alignment * (near & after)).sum(0).mean()


@mass_near_truth.misconception(
    "You ask whether the peak is near: that is an accuracy; sum the weight that is near instead."
)
def accuracy_of_peak(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    return ((alignment.argmax(0) - truth).abs() <= radius).float().mean()


@mass_near_truth.misconception(
    "The sum over the steps is not divided by their number: return the mean over time."
)
def total_mass(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).sum()


@mass_near_truth.misconception(
    "A truth of another length is let through: broadcasting then compares the wrong steps. Raise "
    "a ValueError."
)
def no_truth_guard(alignment, truth, radius=1):
    near = (torch.arange(alignment.shape[0])[:, None] - truth).abs() <= radius
    return (alignment * near).sum(0).mean()


@mass_near_truth.also_correct
def mass_by_loop(alignment, truth, radius=1):
    if len(truth) != alignment.shape[1]:
        raise ValueError("truth")
    total = 0.0
    for t, j in enumerate(truth.tolist()):
        total = total + alignment[max(0, j - radius) : j + radius + 1, t].sum()
    return total / len(truth)


@mass_near_truth.also_correct
def mass_by_where(alignment, truth, radius=1):
    if len(truth) != alignment.shape[1]:
        raise ValueError("truth")
    distance = torch.arange(alignment.shape[0]).unsqueeze(1) - truth.unsqueeze(0)
    kept = torch.where((distance >= -radius) & (distance <= radius), alignment, 0.0)
    return kept.sum() / alignment.shape[1]


centroid_correlation = Exercise(
    id="attention.centroid_correlation",
    title="Correlation with the speaker's rhythm",
    target="exercise_lib.attention:centroid_correlation",
    solution=attention.centroid_correlation,
    notebook=NOTEBOOK,
    todo="1.8",
    points=2,
)


@centroid_correlation.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (9, 15) if not hidden else (12, 11)
    soft, noise = _alignment(rng, t_enc, t_dec), normal(rng, t_enc, t_dec).softmax(0)
    line = torch.linspace(0, t_enc - 1, t_dec)
    straight = (1 - (torch.arange(t_enc)[:, None] - line).abs()).clamp_min(0)
    return [
        Case("a soft path", args={"alignment": soft, "truth": _truth(soft)}),
        Case("noise", args={"alignment": noise, "truth": _truth(soft)}),
        Case(
            "a straight line knows no rhythm", args={"alignment": straight, "truth": _truth(soft)}
        ),
    ]


def _correlation(a, b):
    a, b = a - a.mean(), b - b.mean()
    norms = a.norm() * b.norm()
    return a @ b / norms if norms > 1e-3 else torch.zeros(())


def _positions_and_line(alignment):
    t_enc, t_dec = alignment.shape
    return torch.arange(t_enc, dtype=alignment.dtype), torch.linspace(0, t_enc - 1, t_dec)


@centroid_correlation.misconception(
    "The line is not subtracted: then any line that rises, a fake one too, correlates with speech."
)
def without_line(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    return _correlation(positions @ alignment, truth.float())


@centroid_correlation.misconception(
    "You take the peak in place of the centroid: weigh every position by its attention."
)
def peak_not_centroid(alignment, truth):
    _, line = _positions_and_line(alignment)
    return _correlation(alignment.argmax(0) - line, truth - line)


@centroid_correlation.misconception(
    "The means are not taken off: a Pearson correlation compares deviations from the mean."
)
def uncentred(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = positions @ alignment - line, truth - line
    norms = a.norm() * b.norm()
    return a @ b / norms if norms > 1e-3 else torch.zeros(())


@centroid_correlation.misconception(
    "The line is subtracted from the centroid only: the truth must lose it too."
)
def line_from_one(alignment, truth):
    positions, line = _positions_and_line(alignment)
    return _correlation(positions @ alignment - line, truth.float())


@centroid_correlation.misconception(
    "The sign is turned round: it is centroid minus line, and truth minus line."
)
def one_sign_flipped(alignment, truth):
    positions, line = _positions_and_line(alignment)
    return _correlation(line - positions @ alignment, truth - line)


@centroid_correlation.also_correct
def correlation_by_corrcoef(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = (alignment * positions[:, None]).sum(0) - line, truth - line
    if a.std() * b.std() < 1e-4:
        return torch.tensor(0.0)
    return torch.corrcoef(torch.stack([a, b]))[0, 1]


@centroid_correlation.also_correct
def correlation_by_cosine(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = torch.einsum("j,jt->t", positions, alignment) - line, truth.float() - line
    a, b = a - a.mean(), b - b.mean()
    return F.cosine_similarity(a, b, dim=0) if float(a.norm()) > 1e-3 else torch.tensor(0.0)
