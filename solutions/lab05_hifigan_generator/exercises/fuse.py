"""Multi-receptive-field fusion."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import generator
from .shared import REJECTED, outputs

exercise = Exercise(
    id="generator.fuse",
    title="Multi-receptive-field fusion",
    target="exercise_lib.generator:fuse",
    solution=generator.fuse,
    todo="5.5",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    # Any function can stand in for a block: these bend their input, each in its own way.
    three = [F.elu, F.tanhshrink, F.relu] if hidden else [F.silu, F.relu, F.tanhshrink]
    two = [F.silu, F.elu] if hidden else [F.relu6, F.elu]
    x = normal(rng, 3, 2, 9) if hidden else normal(rng, 2, 3, 7)
    return [
        Case("three blocks, with gradient", args={"x": x, "blocks": three}, grad=("x",)),
        Case("two blocks", args={"x": 2 * x, "blocks": two}),
        Case("one block", args={"x": x, "blocks": three[:1]}),
        Case("a block that hands x on", args={"x": x, "blocks": [torch.atleast_1d, *two]}),
        Case("rejects no block", args={"x": x, "blocks": []}, **REJECTED),
    ]


@exercise.misconception(
    "The outputs are summed: divide by the number of blocks. The slide says that features are "
    "added, the official code averages."
)
def fused_by_sum(x, blocks):
    return outputs(x, blocks).sum(0)


@exercise.misconception(
    "The blocks run one after the other: every block gets the same x, side by side, so that each "
    "sees its own width."
)
def fused_in_series(x, blocks):
    outputs(x, blocks)
    for block in blocks:
        x = block(x)
    return x


@exercise.misconception(
    "Only the last block's output is returned: add them all up before dividing."
)
def fused_last_only(x, blocks):
    return outputs(x, blocks)[-1]


@exercise.misconception("You divide by 3, whatever the number of blocks: divide by len(blocks).")
def fused_by_three(x, blocks):
    return outputs(x, blocks).sum(0) / 3


@exercise.misconception(
    "You add x once more: the residual blocks have their residuals inside, the fusion has none."
)
def fused_with_residual(x, blocks):
    return x + outputs(x, blocks).mean(0)


@exercise.misconception(
    "You take the maximum over the blocks, which only one of them learns from: take the mean."
)
def fused_by_maximum(x, blocks):
    return outputs(x, blocks).amax(0)


@exercise.misconception(
    "The outputs are concatenated or stacked: the next stage expects as many channels as came in, "
    "average the outputs."
)
def fused_by_concatenation(x, blocks):
    return torch.cat(list(outputs(x, blocks)), dim=1)


@exercise.neighbour(fused_by_concatenation)
def fused_by_stacking(x, blocks):
    return outputs(x, blocks)


@exercise.misconception("Your total starts at x instead of zero, so x counts as one more block.")
def fused_from_x(x, blocks):
    return (x + outputs(x, blocks).sum(0)) / len(blocks)


@exercise.misconception(
    "You divide by the root of the number of blocks: divide by the number itself."
)
def fused_by_root(x, blocks):
    return outputs(x, blocks).sum(0) / len(blocks) ** 0.5


@exercise.misconception("You divide by 2, whatever the number of blocks: divide by len(blocks).")
def fused_by_another_number(x, blocks):
    return outputs(x, blocks).sum(0) / 2


@exercise.misconception("Only the first block's output is returned: `return` stands in the loop.")
def fused_first_only(x, blocks):
    return outputs(x, blocks)[0]


@exercise.neighbour(fused_first_only)
def fused_first_over_number(x, blocks):
    return outputs(x, blocks)[0] / len(blocks)


@exercise.misconception("Only the last output is divided: the sum of all is to be.")
def fused_last_over_number(x, blocks):
    return outputs(x, blocks)[-1] / len(blocks)


@exercise.misconception("You divide in each round of the loop: once, after all are added.")
def fused_divided_each_time(x, blocks):
    total = torch.zeros_like(x)
    for output in outputs(x, blocks):
        total = (total + output) / len(blocks)
    return total


@exercise.neighbour(fused_divided_each_time)
def fused_halved_each_time(x, blocks):
    total, *rest = outputs(x, blocks)
    for output in rest:
        total = (total + output) / 2
    return total


@exercise.misconception("The outputs are multiplied: average them.")
def fused_by_product(x, blocks):
    return outputs(x, blocks).prod(0)


@exercise.misconception("x changes from block to block: every block gets the x that came in.")
def fused_on_the_way(x, blocks):
    outputs(x, blocks)
    total = torch.zeros_like(x)
    for block in blocks:
        x = block(x)
        total = total + x
    return total / len(blocks)


@exercise.neighbour(fused_on_the_way)
def fused_with_what_is_summed(x, blocks):
    outputs(x, blocks)
    for block in blocks:
        x = x + block(x)
    return x / len(blocks)


@exercise.misconception("You average over the batch, channels or time: average over the blocks.")
def fused_over_all(x, blocks):
    return outputs(x, blocks).mean()


@exercise.neighbour(fused_over_all)
def fused_over_the_batch(x, blocks):
    return outputs(x, blocks).mean(1)


@exercise.misconception("An output's median is taken, or the smallest: take the mean.")
def fused_by_median(x, blocks):
    return outputs(x, blocks).median(0).values


@exercise.neighbour(fused_by_median)
def fused_by_minimum(x, blocks):
    return outputs(x, blocks).amin(0)


@exercise.misconception(
    "The sum is taken in place (+=): a block may return x itself, and then x changes."
)
def summed_in_place(x, blocks):
    outputs(x, blocks)
    total = blocks[0](x)
    for block in blocks[1:]:
        total += block(x)
    return total / len(blocks)


@exercise.neighbour(fused_in_series)
def fused_in_series_and_divided(x, blocks):
    return fused_in_series(x, blocks) / len(blocks)


@exercise.also_correct
def fused_by_mean(x, blocks):
    return outputs(x, blocks).mean(dim=0)


@exercise.also_correct
def fused_weighted(x, blocks):
    if len(blocks) == 0:
        raise ValueError("no block")
    first, *rest = [block(x) * (1 / len(blocks)) for block in blocks]
    for output in rest:
        first = first + output
    return first
