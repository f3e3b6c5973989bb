"""Receptive field."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import generator
from .shared import REJECTED

exercise = Exercise(
    id="generator.receptive_field",
    title="Receptive field",
    target="exercise_lib.generator:receptive_field",
    solution=generator.receptive_field,
    todo="5.4",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    kernel_size, dilations, alone = 7, [1, 1, 3, 1, 5, 1], 3
    other, others = 4, [2, 6]
    if hidden:
        kernel_size, alone = (int(rng.choice(it)) for it in ((9, 11, 13), (5, 9, 15)))
        other, others = int(rng.choice((6, 8))), [int(it) for it in rng.integers(2, 13, 2)]

    def case(name: str, kernel_size: int, dilations: list[int], weight: float = 1.0) -> Case:
        args = {"kernel_size": kernel_size, "dilations": dilations}
        return Case(name, args=args, weight=weight)

    return [
        case(f"kernel {kernel_size}, dilations {dilations}", kernel_size, dilations),
        case(f"kernel {other}, dilations {others}", other, others),
        case("one layer without dilation", alone, [1], weight=0.5),
        case("kernel 1 sees one sample", 1, [1, 5], weight=0.5),
        case("no layer", kernel_size, [], weight=0.5),
        Case("rejects kernel 0", args={"kernel_size": 0, "dilations": [1]}, **REJECTED),
    ]


def reach(
    kernel_size: int, dilations: Sequence[int], total: Callable[[int, Sequence[int]], int]
) -> int:
    """Another sum, behind the solution's checks."""
    generator.receptive_field(kernel_size, dilations)
    return total(kernel_size, dilations)


@exercise.misconception("The 1 is missing: the output's own position counts, start at 1.")
def field_without_itself(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: (k - 1) * sum(ds))


@exercise.neighbour(field_without_itself)
def field_without_itself_of_whole_kernels(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: k * sum(ds))


@exercise.misconception(
    "The dilations are left out: a layer with dilation d reaches (kernel_size - 1) d further."
)
def field_undilated(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * len(ds))


@exercise.neighbour(field_undilated)
def field_of_number_of_layers(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: k * len(ds))


@exercise.misconception(
    "Each layer adds kernel_size * d: k samples have k - 1 gaps, so it adds (kernel_size - 1) d."
)
def field_whole_kernels(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + k * sum(ds))


@exercise.misconception(
    "Only the widest layer counts in yours: the layers follow each other, so their reaches add up."
)
def field_of_the_widest(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * max(ds, default=0))


@exercise.misconception(
    "You count one side only: a centred kernel reaches (kernel_size - 1) d / 2 both ways."
)
def field_of_one_side(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + sum((k - 1) * d // 2 for d in ds))


@exercise.neighbour(field_of_one_side)
def field_of_one_side_and_itself_missing(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: sum((k - 1) * d // 2 for d in ds))


@exercise.neighbour(field_of_one_side)
def field_of_half_kernels(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + sum((k - 1) // 2 * d for d in ds))


@exercise.misconception(
    "You multiply the layers' fields: without a stride each layer adds its reach."
)
def field_multiplied(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: int(np.prod([1 + (k - 1) * d for d in ds])))


@exercise.misconception(
    "The 1 is added for every layer: it is the output's own position and counts once."
)
def field_one_per_layer(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: sum(1 + (k - 1) * d for d in ds))


@exercise.misconception(
    "The dilations are exponents in yours: d is the distance between two samples of the kernel."
)
def field_of_powers(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * sum(2**d for d in ds))


@exercise.misconception(
    "Both sides count twice: (kernel_size - 1) d is the reach of both together."
)
def field_of_both_sides_twice(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + 2 * (k - 1) * sum(ds))


@exercise.misconception("You start at the kernel size: the first layer is then counted twice.")
def field_from_the_kernel(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: k + (k - 1) * sum(ds))


@exercise.misconception("You start at 0 or at another number: the output's own position is 1.")
def field_from_two(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 2 + (k - 1) * sum(ds))


@exercise.misconception("Only the last layer counts: `field = ...` overwrites, use +=.")
def field_of_the_last(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * ds[-1] if len(ds) else 1)


@exercise.misconception("Only the first layer counts: `return` stands in the loop.")
def field_of_the_first(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * ds[0] if len(ds) else 1)


@exercise.misconception("The dilations are multiplied: the layers' reaches add up.")
def field_of_the_product(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * int(np.prod(ds)))


@exercise.misconception("A layer's reach is another: k samples at a distance of d span (k - 1) d.")
def field_of_dilated_kernels(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + sum(k * d - 1 for d in ds))


@exercise.neighbour(field_of_dilated_kernels)
def field_of_sums(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + sum(k - 1 + d for d in ds))


@exercise.misconception("Each layer's dilation is one less: d is the distance of two samples.")
def field_of_gaps(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + sum((k - 1) * (d - 1) for d in ds))


@exercise.misconception("You multiply by the number of layers too: each counts once.")
def field_times_layers(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * sum(ds) * len(ds))


@exercise.misconception(
    "You round half the kernel and double it: an even kernel then loses a dilation a layer. Add "
    "(kernel_size - 1) d."
)
def field_of_rounded_halves(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + 2 * sum((k - 1) // 2 * d for d in ds))


@exercise.neighbour(field_of_rounded_halves)
def field_of_whole_halves(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + 2 * sum(k // 2 * d for d in ds))


@exercise.neighbour(field_one_per_layer)
def field_one_per_layer_and_for_none(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: sum(1 + (k - 1) * d for d in ds) or 1)


@exercise.also_correct
def field_in_one_line(kernel_size, dilations):
    if kernel_size < 1 or min(dilations, default=1) < 1:
        raise ValueError("both start at 1")
    return 1 + (kernel_size - 1) * sum(dilations)


@exercise.also_correct
def field_by_trying(kernel_size, dilations):
    """The positions that reach the output, found layer by layer."""
    generator.receptive_field(kernel_size, dilations)
    positions = {0}
    for dilation in reversed(dilations):
        positions = {p + i * dilation for p in positions for i in range(kernel_size)}
    return max(positions) + 1
