"""Residual block of V3."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import generator
from ...exercise_lib.generator import SLOPE
from .shared import DEEP, lrelu

exercise = Exercise(
    id="generator.ResBlock2",
    title="Residual block of V3",
    target="exercise_lib.generator:ResBlock2",
    solution=generator.ResBlock2,
    todo="5.3",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    kernel_size, dilations = (5, [2, 6]) if hidden else (3, [1, 2])
    return [
        Case(
            f"kernel {kernel_size}, dilations {dilations}, with gradient",
            probe="module",
            init={"channels": 3, "kernel_size": kernel_size, "dilations": dilations},
            args={"x": normal(rng, 2, 3, 17 if hidden else 11)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "three convolutions",
            probe="module",
            init={"channels": 2, "kernel_size": 3, "dilations": [1, 4, 2] if hidden else [3, 1, 2]},
            args={"x": normal(rng, 1, 2, 14)},
            **DEEP,
        ),
    ]


@exercise.misconception(
    "The slope is torch's default 0.01: every leaky ReLU but the generator's last has 0.1, SLOPE."
)
class Single001(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.leaky_relu(x))
        return x


@exercise.misconception(
    "There is no activation: without the leaky ReLU before each convolution the block is one "
    "linear map."
)
class SingleNoActivation(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(x)
        return x


@exercise.misconception("The activation follows the convolution: here it comes before it.")
class SingleActivatedAfter(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + lrelu(conv(x))
        return x


@exercise.misconception(
    "The residual is missing: add the convolution's output to x instead of replacing x by it."
)
class SingleWithoutResidual(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = conv(lrelu(x))
        return x


@exercise.misconception(
    "The input is added once, at the end: each convolution adds to what came into it."
)
class SingleOneResidual(generator.ResBlock2):
    def forward(self, x):
        y = x
        for conv in self.convs:
            y = conv(lrelu(y))
        return x + y


@exercise.misconception(
    "The activated x is added: leaky_relu's result belongs in a new tensor (no inplace=True), the "
    "residual keeps x as it came."
)
class SingleActivatedResidual(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = lrelu(x)
            x = x + conv(x)
        return x


@exercise.misconception(
    "The convolutions stand side by side: within a block they follow each other; side by side are "
    "the blocks."
)
class SingleInParallel(generator.ResBlock2):
    def forward(self, x):
        return x + sum(conv(lrelu(x)) for conv in self.convs)


@exercise.misconception(
    "The sum is activated: the leaky ReLU comes before a convolution, the residual passes as it is."
)
class SingleActivatedAtTheEnd(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = lrelu(x + conv(x))
        return x


@exercise.misconception(
    "There is one activation too many, after the convolution: what is added can have any sign."
)
class SingleActivatedTwice(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + lrelu(conv(lrelu(x)))
        return x


@exercise.misconception("You use a plain ReLU, which passes no gradient below zero: use SLOPE.")
class SinglePlainReLU(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.relu(x))
        return x


@exercise.misconception("The slope is 0.2: it is 0.1, SLOPE.")
class Single02(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.leaky_relu(x, 0.2))
        return x


@exercise.misconception("Only the first convolution is used: `return` stands in the loop.")
class SingleFirstOnly(generator.ResBlock2):
    def forward(self, x):
        return x + self.convs[0](lrelu(x))


@exercise.misconception("The block's input is added each time: add what came into the convolution.")
class SingleInputAdded(generator.ResBlock2):
    def forward(self, x):
        y = x
        for conv in self.convs:
            y = x + conv(lrelu(y))
        return y


@exercise.misconception("Only the first convolution is activated: each one has its leaky ReLU.")
class SingleActivatedOnce(generator.ResBlock2):
    def forward(self, x):
        for number, conv in enumerate(self.convs):
            x = x + conv(x if number else lrelu(x))
        return x


@exercise.misconception(
    "The convolutions run in the opposite order: the first dilation comes first."
)
class SingleBackwards(generator.ResBlock2):
    def forward(self, x):
        for conv in reversed(self.convs):
            x = x + conv(lrelu(x))
        return x


@exercise.misconception("Only the last convolution counts: x = x + ... in every round of the loop.")
class SingleLastOnly(generator.ResBlock2):
    def forward(self, x):
        return x + self.convs[-1](lrelu(x))


@exercise.misconception("The residual is subtracted or averaged: add it to x as it is.")
class SingleSubtracted(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x - conv(lrelu(x))
        return x


@exercise.neighbour(SingleSubtracted)
class SingleAveraged(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = (x + conv(lrelu(x))) / 2
        return x


@exercise.also_correct
class SingleInPlace(generator.ResBlock2):
    def forward(self, x):
        activation = nn.LeakyReLU(SLOPE)
        for i in range(len(self.convs)):
            x = torch.add(self.convs[i](activation(x)), x)
        return x


@exercise.also_correct
class SingleRecursive(generator.ResBlock2):
    def forward(self, x):
        def after(x: Tensor, convs: Sequence[nn.Module]) -> Tensor:
            if not convs:
                return x
            return after(x + convs[0](torch.where(x > 0, x, x / 10)), convs[1:])

        return after(x, list(self.convs))
