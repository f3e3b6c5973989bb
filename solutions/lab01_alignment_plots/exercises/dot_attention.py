"""Attention without weights: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.dot_attention",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "dot_attention"),
    todo="1.10",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, steps, letters = (3, 4, 6) if hidden else (2, 5, 3)

    def case(name: str, queries: torch.Tensor, weight: float = 1.0) -> Case:
        keys, values = normal(rng, batch, letters, 4), normal(rng, batch, letters, 5)
        args = {"queries": queries, "keys": keys, "values": values}
        return Case(name, args=args, weight=weight)

    loudness = torch.tensor([[1.0], [500.0], [-500.0]])
    return [
        case("a few steps", normal(rng, batch, steps, 4)),
        case("sharper", 4 * normal(rng, batch, steps + 2, 4)),
        case("one step", normal(rng, batch, 1, 4)),
        case("steps of different loudness", normal(rng, batch, 1, 4) * loudness),
        case("as many steps as characters, all alike", torch.zeros(batch, letters, 4), weight=0.5),
    ]


@exercise.misconception("No softmax is left: the weights of a step must be positive and sum to 1.")
def no_softmax(queries, keys, values):
    return queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5 @ values


@exercise.misconception(
    "One softmax over all steps and characters: each step has weights of its own."
)
def over_both(queries, keys, values):
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    return energies.flatten(1).softmax(dim=1).reshape(energies.shape) @ values


@exercise.misconception("The weights are shared out over the batch: the softmax goes over T_enc.")
def over_the_batch(queries, keys, values):
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    return energies.softmax(dim=0) @ values


@exercise.neighbour(over_the_batch)
def over_the_batch_without_overflow(queries, keys, values):
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    return (energies - energies.amax(dim=(1, 2), keepdim=True)).softmax(dim=0) @ values


@exercise.misconception(
    "You divide by the sums of both axes, one after the other: a softmax over T_enc is enough."
)
def divided_after(queries, keys, values):
    weights = (queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5).softmax(dim=1)
    return weights / weights.sum(dim=2, keepdim=True) @ values


@exercise.misconception(
    "The exponential leaves the range of float32: take off each step's own largest energy, not "
    "that of the whole sentence, or leave it to softmax."
)
def largest_of_the_sentence(queries, keys, values):
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    weights = (energies - energies.amax(dim=(1, 2), keepdim=True)).exp()
    return weights / weights.sum(dim=2, keepdim=True) @ values


@exercise.neighbour(largest_of_the_sentence)
def exponential_overflows(queries, keys, values):
    weights = (queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5).exp()
    return weights / weights.sum(dim=2, keepdim=True) @ values


@exercise.misconception("The division by the root of D went lost: it was right, keep it.")
def unscaled(queries, keys, values):
    return (queries @ keys.transpose(1, 2)).softmax(dim=2) @ values


@exercise.misconception(
    "The root is of D, the number of features: it was right, and has nothing to do with how many "
    "characters there are."
)
def scaled_by_characters(queries, keys, values):
    return (queries @ keys.transpose(1, 2) / keys.shape[1] ** 0.5).softmax(dim=2) @ values


@exercise.misconception(
    "You scale the contexts: it is the weights of a step that must sum to 1, along T_enc."
)
def contexts_scaled(queries, keys, values):
    weights = (queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5).softmax(dim=1)
    contexts = weights @ values
    return contexts / contexts.sum(dim=-1, keepdim=True) * values.shape[-1]


@exercise.neighbour(contexts_scaled)
def contexts_shared_out(queries, keys, values):
    weights = (queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5).softmax(dim=1)
    contexts = weights @ values
    return contexts / contexts.sum(dim=-1, keepdim=True)


@exercise.neighbour(contexts_scaled)
def contexts_scaled_by_weights(queries, keys, values):
    weights = (queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5).softmax(dim=1)
    return weights @ values / weights.sum(dim=-1).mean(dim=1)[:, None, None]


@exercise.neighbour(over_both)
def over_both_times_the_steps(queries, keys, values):
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    weights = energies.flatten(1).softmax(dim=1).reshape(energies.shape) * energies.shape[1]
    return weights @ values


@exercise.misconception(
    "The softmax still goes over the steps: another largest energy is taken off, no more."
)
def another_largest_taken_off(queries, keys, values):
    energies = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    return (energies - energies.amax(dim=2, keepdim=True)).softmax(dim=1) @ values


@exercise.also_correct
def written_out(queries, keys, values):
    energies = torch.einsum("btd,bjd->btj", queries, keys) / keys.shape[-1] ** 0.5
    weights = (energies - energies.amax(dim=-1, keepdim=True)).exp()
    return torch.einsum("btj,bjv->btv", weights / weights.sum(dim=-1, keepdim=True), values)


@exercise.also_correct
def of_torch(queries, keys, values):
    return torch.nn.functional.scaled_dot_product_attention(queries, keys, values)
