"""Alignment from the heads' weights."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention

exercise = Exercise(
    id="attention.alignment_from_heads",
    title="Alignment from the heads' weights",
    target="exercise_lib.attention:alignment_from_heads",
    solution=attention.alignment_from_heads,
    todo="1.5",
    points=2,
    difficulty=2,
    minutes=5,
)


@exercise.cases
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
        Case(
            "rejects a batch of weights",
            args={"weights": square[None], "memory_length": 4, "decoder_length": 4},
            raises=("ValueError",),
        ),
    ]


def _demand_heads(weights):
    if weights.dim() != 3:
        raise ValueError("no head axis")


@exercise.misconception(
    "The picture lies on its side: an alignment is (T_enc, T_dec), so transpose at the end."
)
def untransposed(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:decoder_length, :memory_length]


@exercise.neighbour(untransposed)
def untransposed_with_swapped_lengths(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:memory_length, :decoder_length]


@exercise.misconception("You add the heads: average them, so that a column still sums to one.")
def summed_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.sum(0)[:decoder_length, :memory_length].T


@exercise.misconception("You take the largest weight over the heads: the picture is their average.")
def maximum_of_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.amax(0)[:decoder_length, :memory_length].T


@exercise.misconception("You show the first head only: average over all of them.")
def first_head(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights[0, :decoder_length, :memory_length].T


@exercise.misconception(
    "Padding is still in the picture: cut to decoder_length and to memory_length, both."
)
def padding_kept(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0).T


@exercise.neighbour(padding_kept)
def padding_of_characters_kept(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:decoder_length].T


@exercise.neighbour(padding_kept)
def padding_of_steps_kept(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:, :memory_length].T


@exercise.neighbour(padding_kept)
def padding_zeroed(weights, memory_length, decoder_length):
    _demand_heads(weights)
    picture = weights.mean(0).T.clone()
    picture[memory_length:] = 0
    picture[:, decoder_length:] = 0
    return picture


@exercise.neighbour(padding_kept)
def one_kept_too_many(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[: decoder_length + 1, : memory_length + 1].T


@exercise.misconception(
    "The two lengths are swapped: before the transpose the first axis is the decoder's."
)
def swapped_lengths(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[:memory_length, :decoder_length].T


@exercise.misconception("You average over the decoder steps: the heads are the first axis.")
def average_over_time(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(1)[:decoder_length, :memory_length].T


@exercise.misconception(
    "Weights without a head axis are let through: averaging them loses the decoder steps. Raise a "
    "ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_rank_guard(weights, memory_length, decoder_length):
    return weights.mean(0)[..., :decoder_length, :memory_length].T


@exercise.misconception(
    "You merge the heads by their median, minimum or product: the picture is their average."
)
def median_of_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.median(0).values[:decoder_length, :memory_length].T


@exercise.neighbour(median_of_heads)
def minimum_of_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.amin(0)[:decoder_length, :memory_length].T


@exercise.neighbour(median_of_heads)
def product_of_heads(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.prod(0)[:decoder_length, :memory_length].T


@exercise.misconception("You show the last head only: average over all of them.")
def last_head(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights[-1, :decoder_length, :memory_length].T


@exercise.misconception("You average over the characters: the heads are the first axis.")
def average_over_characters(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(-1)[:decoder_length, :memory_length].T


@exercise.neighbour(average_over_characters)
def average_over_characters_of_each_step(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(-1)[:, :decoder_length].T


@exercise.neighbour(average_over_characters)
def average_over_characters_of_each_head(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(-1)[:, :decoder_length]


@exercise.misconception(
    "The picture is turned round: character 0 and step 0 come first; a plot's `origin` decides "
    "what is at the bottom."
)
def upside_down(weights, memory_length, decoder_length):
    return attention.alignment_from_heads(weights, memory_length, decoder_length).flip(0)


@exercise.neighbour(upside_down)
def right_to_left(weights, memory_length, decoder_length):
    return attention.alignment_from_heads(weights, memory_length, decoder_length).flip(1)


@exercise.misconception(
    "You cut at the front: the padding is at the end, so keep the first steps and characters."
)
def cut_at_the_front(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[-decoder_length:, -memory_length:].T


@exercise.misconception("You cut one too many: `[:n]` keeps n of them.")
def one_cut_too_many(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.mean(0)[: decoder_length - 1, : memory_length - 1].T


@exercise.misconception(
    "You normalise the picture again: it is the average of the heads' weights, as they are."
)
def scaled_to_one(weights, memory_length, decoder_length):
    picture = attention.alignment_from_heads(weights, memory_length, decoder_length)
    return picture / picture.max()


@exercise.neighbour(scaled_to_one)
def scaled_by_step(weights, memory_length, decoder_length):
    picture = attention.alignment_from_heads(weights, memory_length, decoder_length)
    return picture / picture.sum(0, keepdim=True)


@exercise.neighbour(scaled_to_one)
def scaled_by_character(weights, memory_length, decoder_length):
    picture = attention.alignment_from_heads(weights, memory_length, decoder_length)
    return picture / picture.sum(1, keepdim=True)


@exercise.neighbour(scaled_to_one)
def softmax_of_the_picture(weights, memory_length, decoder_length):
    return attention.alignment_from_heads(weights, memory_length, decoder_length).softmax(0)


@exercise.misconception("The head axis stays: a picture has two axes, average it away.")
def head_axis_kept(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights[:, :decoder_length, :memory_length].transpose(1, 2)


@exercise.neighbour(head_axis_kept)
def head_axis_of_length_one(weights, memory_length, decoder_length):
    _demand_heads(weights)
    average = weights.mean(0, keepdim=True)
    return average[:, :decoder_length, :memory_length].transpose(1, 2)


@exercise.misconception(
    "A reshape gives the right shape but scrambles the weights: exchange the axes by a transpose."
)
def reshaped_picture(weights, memory_length, decoder_length):
    _demand_heads(weights)
    picture = weights.mean(0)[:decoder_length, :memory_length]
    return picture.reshape(memory_length, decoder_length)


@exercise.also_correct
def transpose_first(weights, memory_length, decoder_length):
    _demand_heads(weights)
    return weights.transpose(1, 2)[:, :memory_length, :decoder_length].sum(0) / len(weights)


@exercise.also_correct
def heads_by_loop(weights, memory_length, decoder_length):
    _demand_heads(weights)
    total = torch.zeros(memory_length, decoder_length)
    for head in weights:
        total = total + head.t()[:memory_length, :decoder_length] / weights.shape[0]
    return total
