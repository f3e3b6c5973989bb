"""Straight-through estimator."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization

exercise = Exercise(
    id="quantization.straight_through",
    title="Straight-through",
    target="exercise_lib.quantization:straight_through",
    solution=quantization.straight_through,
    todo="9.2",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, d = (5, 3) if hidden else (4, 2)

    def case(name: str, *shape: int) -> Case:
        args = {"vectors": normal(rng, *shape), "quantized": normal(rng, *shape)}
        return Case(name, args=args, grad=("vectors", "quantized"))

    return [
        case("with gradients", n, d),
        case("vectors of pictures, with gradients", 2, d, n, n),
        case("a single one, with gradients", 1, d),
    ]


@exercise.misconception(
    "The value is right, but the gradient goes to the codes and none to the encoder, which would "
    "never learn: z + sg[q - z], with detach() around the bracket."
)
def quantized_alone(vectors, quantized):
    return quantized.clone()


@exercise.misconception(
    "No gradient passes at all: detach the step q - z only, and leave the z before it as it is."
)
def all_detached(vectors, quantized):
    return (vectors + quantized - vectors).detach()


@exercise.misconception(
    "The decoder gets z itself: on the way forward it has to see the codes, q, or there is no "
    "quantisation."
)
def not_quantized(vectors, quantized):
    return vectors.clone()


@exercise.neighbour(not_quantized)
def exchanged(vectors, quantized):
    return quantized + (vectors - quantized).detach()


@exercise.misconception(
    "The codes get the decoder's gradient as well: they learn by their own loss, so stop the whole "
    "step q - z."
)
def both_get_it(vectors, quantized):
    return quantized + vectors - vectors.detach()


@exercise.misconception(
    "You detach the wrong z: the encoder gets the gradient with the wrong sign. Detach the one "
    "inside the bracket, with its q."
)
def first_detached(vectors, quantized):
    return vectors.detach() + quantized - vectors


@exercise.misconception("The step goes from z to q: it is q - z, and not z - q.")
def step_back(vectors, quantized):
    return vectors + (vectors - quantized).detach()


@exercise.misconception("You add the code to z: add what leads from z to it, q - z.")
def code_added(vectors, quantized):
    return vectors + quantized.detach()


class Passing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, quantized):
        return quantized.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


@exercise.also_correct
def with_a_function(vectors, quantized):
    return Passing.apply(vectors, quantized)


@exercise.also_correct
def from_the_code(vectors, quantized):
    return quantized.detach() + vectors - vectors.detach()
