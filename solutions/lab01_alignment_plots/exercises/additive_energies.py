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
        Case("one sentence", args=one, grad=("query", "memory")),
        Case("a batch, with gradients", args=batch, grad=("query", "memory", "v")),
        Case("as many characters as steps", args=arguments(2, 4, 4, 4, 4, 4), grad=("W", "V")),
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


@exercise.neighbour(product_of_projections)
def dot_product_of_projections(query, memory, W, V, v):
    return (query @ W.T) @ (memory @ V.T).transpose(1, 2)


@exercise.neighbour(product_of_projections)
def tanh_of_dot_product(query, memory, W, V, v):
    return torch.tanh(dot_product_of_projections(query, memory, W, V, v))


@exercise.neighbour(product_of_projections)
def weighted_product_without_tanh(query, memory, W, V, v):
    return ((query @ W.T)[:, :, None] * (memory @ V.T)[:, None]) @ v


@exercise.neighbour(product_of_projections)
def scaled_dot_product_of_projections(query, memory, W, V, v):
    return dot_product_of_projections(query, memory, W, V, v) / len(v) ** 0.5


@exercise.misconception(
    "The axes are swapped: energies are (B, T_dec, T_enc), a row for each decoder step."
)
def swapped_axes(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).transpose(1, 2)


@exercise.misconception(
    "The softmax is taken already: it comes later, in masked_softmax, when the padding is known."
)
def already_softmax(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).softmax(-1)


@exercise.neighbour(already_softmax)
def already_log_softmax(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).log_softmax(-1)


@exercise.neighbour(already_softmax)
def already_softmax_over_steps(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).softmax(1)


@exercise.misconception("You use a sigmoid where the equation has tanh: tanh is centred at zero.")
def sigmoid(query, memory, W, V, v):
    return torch.sigmoid((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@exercise.misconception("You sum or average the features and leave out v, which says what matters.")
def without_v(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]).sum(-1)


@exercise.neighbour(without_v)
def mean_without_v(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]).mean(-1)


@exercise.misconception(
    "You take a second tanh, of the energies: one, of the summed projections, is in the equation."
)
def tanh_of_the_energies_too(query, memory, W, V, v):
    return torch.tanh(attention.additive_energies(query, memory, W, V, v))


@exercise.misconception(
    "Only one projection goes through the tanh: add both first, then tanh of the sum."
)
def tanh_of_the_query_only(query, memory, W, V, v):
    return (torch.tanh(query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@exercise.neighbour(tanh_of_the_query_only)
def tanh_of_the_memory_only(query, memory, W, V, v):
    return ((query @ W.T)[:, :, None] + torch.tanh(memory @ V.T)[:, None]) @ v


@exercise.misconception(
    "You compare by a dot product: that is Luong's attention. Bahdanau's adds and takes the tanh."
)
def weighted_dot_product_of_tanh(query, memory, W, V, v):
    return (torch.tanh(query @ W.T) * v) @ torch.tanh(memory @ V.T).transpose(1, 2)


@exercise.neighbour(weighted_dot_product_of_tanh)
def dot_product_of_tanh(query, memory, W, V, v):
    return torch.tanh(query @ W.T) @ torch.tanh(memory @ V.T).transpose(1, 2)


@exercise.neighbour(weighted_dot_product_of_tanh)
def plain_dot_product(query, memory, W, V, v):
    return query @ memory.transpose(1, 2)


@exercise.misconception("You take the exponentials: the softmax comes later, in masked_softmax.")
def already_exponential(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v).exp()


@exercise.misconception(
    "You use a ReLU where the equation has tanh: tanh keeps the sign and stays between -1 and 1."
)
def relu(query, memory, W, V, v):
    return torch.relu((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) @ v


@exercise.misconception("The two projections are subtracted: the equation adds them.")
def difference_of_projections(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] - (memory @ V.T)[:, None]) @ v


@exercise.neighbour(difference_of_projections)
def memory_minus_query(query, memory, W, V, v):
    return torch.tanh((memory @ V.T)[:, None] - (query @ W.T)[:, :, None]) @ v


@exercise.misconception(
    "W or V is the wrong way round: W is (d_att, d_query), so it is query @ W.T, and likewise for "
    "V."
)
def untransposed_projections(query, memory, W, V, v):
    return torch.tanh((query @ W)[:, :, None] + (memory @ V)[:, None]) @ v


@exercise.neighbour(untransposed_projections)
def untransposed_projection_of_the_memory(query, memory, W, V, v):
    return torch.tanh((query @ W.T)[:, :, None] + (memory @ V)[:, None]) @ v


@exercise.neighbour(untransposed_projections)
def untransposed_projection_of_the_query(query, memory, W, V, v):
    return torch.tanh((query @ W)[:, :, None] + (memory @ V.T)[:, None]) @ v


@exercise.misconception(
    "W and V are swapped: W projects the decoder states (query), V the encoder states (memory)."
)
def swapped_projections(query, memory, W, V, v):
    return torch.tanh((query @ V.T)[:, :, None] + (memory @ W.T)[:, None]) @ v


@exercise.misconception(
    "You add step i to character i: every step is compared with every character, so give each of "
    "the two an axis of length one at the other's place and let them broadcast."
)
def step_by_step(query, memory, W, V, v):
    return torch.tanh(query @ W.T + memory @ V.T) @ v


@exercise.misconception("The memory is left out: an energy compares a step with a character.")
def query_only(query, memory, W, V, v):
    energies = torch.tanh((query @ W.T)[:, :, None]) @ v
    return energies.expand(-1, -1, memory.shape[1])


@exercise.misconception("The query is left out: an energy compares a step with a character.")
def memory_only(query, memory, W, V, v):
    energies = torch.tanh((memory @ V.T)[:, None]) @ v
    return energies.expand(-1, query.shape[1], -1)


@exercise.misconception(
    "You divide by the number of features or its root: additive energies are v^T tanh(...) as it "
    "is; dot products alone are scaled, by the root."
)
def scaled_energies(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v) / len(v) ** 0.5


@exercise.neighbour(scaled_energies)
def energies_over_all_features(query, memory, W, V, v):
    return attention.additive_energies(query, memory, W, V, v) / len(v)


@exercise.misconception(
    "You make layers of your own, with weights of chance: use W, V and v as they are given."
)
def projections_missing(query, memory, W, V, v):
    rng = torch.Generator().manual_seed(0)
    W, V = (torch.randn(it.shape, generator=rng) for it in (W, V))
    return attention.additive_energies(query, memory, W, V, v)


@exercise.misconception("v is inside the tanh: squash each feature first, then weigh them with v.")
def v_inside_tanh(query, memory, W, V, v):
    return torch.tanh(((query @ W.T)[:, :, None] + (memory @ V.T)[:, None]) * v).sum(-1)


@exercise.misconception("One sentence's memory stands for the whole batch: each has its own.")
def memory_of_the_first(query, memory, W, V, v):
    pairs = (query @ W.T)[:, :, None] + (memory[:1] @ V.T)[:, None]
    return torch.tanh(pairs) @ v


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
