"""How many parameters a block has: an answer in the notebook."""

from __future__ import annotations

import numpy as np

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="count.block_parameters",
    title="Parameters of a block",
    target="notebook",
    solution=answer(__package__, "block_parameters"),
    todo="12.7",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, width: int, ratio: int) -> Case:
        return Case(name, args={"width": width, "ratio": ratio})

    if hidden:
        widths = 64 * rng.integers(9, 17), 16 * rng.integers(5, 9), 10 * rng.integers(2, 7)
        large, narrow, wide = map(int, widths)
        return [case("large", large, 4), case("a narrow MLP", narrow, 2), case("a wide", wide, 7)]
    return [case("DiT-S", 384, 4), case("a narrow MLP", 64, 3), case("a wide one", 10, 6)]


def linear(n_in, n_out):
    return n_in * n_out + n_out


def mlp(width, ratio):
    return linear(width, ratio * width) + linear(ratio * width, width)


def attention(width):
    return linear(width, 3 * width) + linear(width, width)


@exercise.misconception("Biases are left out: a linear layer has n m weights and m biases.")
def without_biases(width, ratio):
    return (4 + 2 * ratio + 6) * width**2


@exercise.misconception(
    "A bias is as long as what comes out of a layer: from n to m it has n m weights and m biases."
)
def biases_of_the_input(width, ratio):
    return (4 + 2 * ratio + 6) * width**2 + (4 + ratio) * width


@exercise.neighbour(biases_of_the_input)
def a_bias_of_d_each(width, ratio):
    return (4 + 2 * ratio + 6) * width**2 + 5 * width


@exercise.misconception(
    "The norms are counted: in (12.4) they have no weights, since the condition brings these."
)
def with_norms(width, ratio):
    return block_of(width, ratio) + 4 * width


@exercise.neighbour(with_norms)
def with_one_norm(width, ratio):
    return block_of(width, ratio) + 2 * width


def block_of(width, ratio):
    return attention(width) + mlp(width, ratio) + linear(width, 6 * width)


@exercise.misconception("The modulation is left out: a linear layer from d to 6 d.")
def without_modulation(width, ratio):
    return attention(width) + mlp(width, ratio)


@exercise.misconception(
    "The modulation is too small: it makes six vectors of d of the condition, from d to 6 d."
)
def one_vector(width, ratio):
    return attention(width) + mlp(width, ratio) + linear(width, width)


@exercise.neighbour(one_vector)
def three_vectors(width, ratio):
    return attention(width) + mlp(width, ratio) + linear(width, 3 * width)


@exercise.misconception("The MLP has two layers, up and down again: you count one.")
def one_layer(width, ratio):
    return attention(width) + linear(width, ratio * width) + linear(width, 6 * width)


@exercise.neighbour(one_layer)
def the_other_layer(width, ratio):
    return attention(width) + linear(ratio * width, width) + linear(width, 6 * width)


@exercise.misconception("Behind attention comes one more layer, `proj`, from d to d.")
def without_proj(width, ratio):
    return block_of(width, ratio) - linear(width, width)


@exercise.misconception("Attention has three layers from d to d, for queries, keys and values.")
def one_for_all_three(width, ratio):
    return block_of(width, ratio) - linear(width, 3 * width) + linear(width, width)


@exercise.misconception("The ratio is an argument: 4 is only what DiT takes.")
def always_four(width, ratio):
    return block_of(width, 4)


@exercise.misconception("You count in millions: return the number itself, not rounded.")
def rounded_millions(width, ratio):
    return round(block_of(width, ratio) / 1e6, 1)


@exercise.neighbour(rounded_millions)
def millions(width, ratio):
    return block_of(width, ratio) / 1e6


@exercise.also_correct
def in_one_line(width, ratio):
    return (10 + 2 * ratio) * width * width + (11 + ratio) * width


@exercise.also_correct
def with_modules(width, ratio):
    from torch import nn

    layers = [
        nn.Linear(width, 3 * width, device="meta"),
        nn.Linear(width, width, device="meta"),
        nn.Linear(width, ratio * width, device="meta"),
        nn.Linear(ratio * width, width, device="meta"),
        nn.Linear(width, 6 * width, device="meta"),
    ]
    return sum(it.numel() for layer in layers for it in layer.parameters())
