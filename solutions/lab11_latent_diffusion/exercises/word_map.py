"""Map of a word."""

from __future__ import annotations

import numpy as np

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.word_map",
    title="Map of a word",
    target="exercise_lib.diffusion:word_map",
    solution=diffusion.word_map,
    todo="11.13",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    h, n = (4, 6) if hidden else (3, 5)

    def case(name: str, heads: int, h: int, w: int, length: int, word: int) -> Case:
        weights = (1.5 * normal(rng, heads, h * w, length)).softmax(-1)
        args = {"weights": weights, "word": word, "height": h, "width": w}
        return Case(name, args=args, rtol=1e-4, atol=1e-6)

    return [
        case("the third word of four heads", 4, h, h + 1, n + 1, 2),
        case("the first word", 3, h, h, n, 0),
        case("a square map, the last word before <end>", 2, h, h, n, n - 3),
        case("one head", 1, 2, h + 2, n, 1),
    ]


def column(weights, word):
    return weights.mean(0)[:, word + 1]


@exercise.misconception(
    "That is the map of a word beside it: the first column belongs to <start>, so the word's is "
    "word + 1."
)
def start_forgotten(weights, word, height, width):
    its = weights.mean(0)[:, word]
    return (its / its.sum()).reshape(height, width)


@exercise.neighbour(start_forgotten)
def from_the_end(weights, word, height, width):
    its = weights.mean(0)[:, word + 2]
    return (its / its.sum()).reshape(height, width)


@exercise.misconception(
    "Rows and columns of the map are exchanged: places come row by row, `reshape(height, width)`. "
    "On real maps it would point rightly only near the diagonal."
)
def transposed(weights, word, height, width):
    its = column(weights, word)
    return (its / its.sum()).reshape(width, height).T


@exercise.misconception(
    "The sum of the map is not 1: divide by it, so that maps of several words can be compared."
)
def not_normalised(weights, word, height, width):
    return column(weights, word).reshape(height, width)


@exercise.neighbour(not_normalised)
def by_the_largest(weights, word, height, width):
    its = column(weights, word)
    return (its / its.max()).reshape(height, width)


@exercise.neighbour(not_normalised)
def by_the_number_of_places(weights, word, height, width):
    return (column(weights, word) / (height * width)).reshape(height, width)


@exercise.misconception(
    "A second softmax makes the map flat: the weights are shares already; divide by their sum."
)
def softmax_again(weights, word, height, width):
    return column(weights, word).softmax(0).reshape(height, width)


@exercise.misconception(
    "You take one head, or the largest of all: one that looks away decides then. Take the mean."
)
def largest_head(weights, word, height, width):
    its = weights.max(0).values[:, word + 1]
    return (its / its.sum()).reshape(height, width)


@exercise.neighbour(largest_head)
def first_head(weights, word, height, width):
    its = weights[0][:, word + 1]
    return (its / its.sum()).reshape(height, width)


@exercise.misconception(
    "Each head is divided by its own sum first, so heads that hardly hear the word count as much as"
    " those that do: take the mean, then one sum."
)
def each_head_normalised(weights, word, height, width):
    its = weights[:, :, word + 1]
    return (its / its.sum(1, keepdim=True)).mean(0).reshape(height, width)


@exercise.misconception("That is the mean over all words: take one column, that of the word.")
def all_words(weights, word, height, width):
    its = weights.mean((0, 2))
    return (its / its.sum()).reshape(height, width)


@exercise.misconception(
    "You take a row, that of one place: what a word gets from all places is a column."
)
def row_of_a_place(weights, word, height, width):
    its = weights.mean(0)[word + 1].repeat(height * width)[: height * width]
    return (its / its.sum()).reshape(height, width)


@exercise.misconception(
    "The map is squared or stretched so that it looks sharper: what is scored is attention itself."
)
def squared(weights, word, height, width):
    its = column(weights, word).square()
    return (its / its.sum()).reshape(height, width)


@exercise.neighbour(squared)
def stretched(weights, word, height, width):
    its = column(weights, word)
    its = its - its.min()
    return (its / its.sum()).reshape(height, width)


@exercise.also_correct
def reshaped_first(weights, word, height, width):
    its = weights.reshape(len(weights), height, width, -1)[..., word + 1].sum(0)
    return its / its.sum()


@exercise.also_correct
def by_einsum(weights, word, height, width):
    its = weights.new_zeros(weights.shape[-1])
    its[word + 1] = 1
    summed = (weights @ its).sum(0)
    return summed.unflatten(0, (height, width)) / summed.sum()
