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
    "The outputs are concatenated along the channels: the next stage expects as many as came in, "
    "average them."
)
def fused_by_concatenation(x, blocks):
    return torch.cat(list(outputs(x, blocks)), dim=1)


@exercise.misconception("Your total starts at x instead of zero, so x counts as one more block.")
def fused_from_x(x, blocks):
    return (x + outputs(x, blocks).sum(0)) / len(blocks)


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
