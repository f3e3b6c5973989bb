"""Residual block of V1 and V2."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import generator
from ...exercise_lib.generator import SLOPE, convolution
from .shared import DEEP, lrelu

exercise = Exercise(
    id="generator.ResBlock1",
    title="Residual block of V1 and V2",
    target="exercise_lib.generator:ResBlock1",
    solution=generator.ResBlock1,
    todo="5.2",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    kernel_size, dilations = (5, [1, 2, 4]) if hidden else (3, [1, 3, 5])
    return [
        Case(
            f"kernel {kernel_size}, dilations {dilations}, with gradient",
            probe="module",
            init={"channels": 2, "kernel_size": kernel_size, "dilations": dilations},
            args={"x": normal(rng, 2, 2, 19 if hidden else 13)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "one pair",
            probe="module",
            init={"channels": 2, "kernel_size": 7, "dilations": [3 if hidden else 2]},
            args={"x": normal(rng, 1, 2, 17)},
            weight=0.5,
            **DEEP,
        ),
        Case(
            "official names and shapes, made narrower",
            probe="state_dict",
            init={"channels": 8 if hidden else 16, "kernel_size": 11, "dilations": [1, 3, 5]},
            weight=0.5,
        ),
    ]


@exercise.misconception(
    "The slope is torch's default 0.01: every leaky ReLU but the generator's last has 0.1, SLOPE."
)
class Pairs001(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(F.leaky_relu(conv1(F.leaky_relu(x))))
        return x


@exercise.misconception(
    "You use a plain ReLU, which passes no gradient below zero: use leaky_relu with SLOPE."
)
class PairsPlainReLU(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(F.relu(conv1(F.relu(x))))
        return x


@exercise.misconception("The leaky ReLU before the first convolution of each pair is missing.")
class PairsFirstNotActivated(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(lrelu(conv1(x)))
        return x


@exercise.misconception(
    "The leaky ReLU between the two convolutions of a pair is missing: without it they are one "
    "linear map."
)
class PairsSecondNotActivated(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(conv1(lrelu(x)))
        return x


@exercise.misconception(
    "The activation follows each convolution: here it comes before it, so that what is added to x "
    "can have any sign."
)
class PairsActivatedAfter(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + lrelu(conv2(lrelu(conv1(x))))
        return x


@exercise.misconception(
    "The residual is missing: add the pair's output to x instead of replacing x by it."
)
class PairsWithoutResidual(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = conv2(lrelu(conv1(lrelu(x))))
        return x


@exercise.misconception(
    "The input is added once, at the end: each pair adds to what came into that pair."
)
class PairsOneResidual(generator.ResBlock1):
    def forward(self, x):
        y = x
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = conv2(lrelu(conv1(lrelu(y))))
        return x + y


@exercise.misconception(
    "The activated x is added: leaky_relu's result belongs in a new tensor (no inplace=True), the "
    "residual keeps x as it came."
)
class PairsActivatedResidual(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = lrelu(x)
            x = x + conv2(lrelu(conv1(x)))
        return x


@exercise.misconception(
    "Each convolution has a residual of its own: only the pair as a whole has one."
)
class PairsTwoResiduals(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv1(lrelu(x))
            x = x + conv2(lrelu(x))
        return x


@exercise.misconception(
    "All of convs1 run before convs2: zip them, conv1 and conv2 of a pair follow each other."
)
class PairsTornApart(generator.ResBlock1):
    def forward(self, x):
        y = x
        for conv in [*self.convs1, *self.convs2]:
            y = conv(lrelu(y))
        return x + y


@exercise.neighbour(PairsTornApart)
class PairsTornApartWithResiduals(generator.ResBlock1):
    def forward(self, x):
        for conv in [*self.convs1, *self.convs2]:
            x = x + conv(lrelu(x))
        return x


@exercise.misconception(
    "The second convolutions are dilated as well: theirs is always 1, convs2 fills the gaps that "
    "convs1 leaves."
)
class BothDilated(generator.ResBlock1):
    def __init__(self, channels, kernel_size, dilations):
        super().__init__(channels, kernel_size, dilations)
        self.convs2 = nn.ModuleList(convolution(channels, kernel_size, d) for d in dilations)


@exercise.misconception(
    "No convolution is dilated: pass the dilation to convs1, it is what widens the receptive field."
)
class NoneDilated(generator.ResBlock1):
    def __init__(self, channels, kernel_size, dilations):
        super().__init__(channels, kernel_size, [1] * len(dilations))


@exercise.misconception("The dilations are on the wrong list: convs1 is dilated, convs2 is not.")
class DilationsExchanged(generator.ResBlock1):
    def __init__(self, channels, kernel_size, dilations):
        super().__init__(channels, kernel_size, dilations)
        self.convs1, self.convs2 = self.convs2, self.convs1  # type: ignore[has-type]


@exercise.misconception(
    "The residual is inside the pair: add the whole pair's output to what came into it."
)
class PairsFirstResidualOnly(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = x + conv1(lrelu(x))
            x = conv2(lrelu(y))
        return x


@exercise.misconception(
    "The sum is activated: the leaky ReLU comes before a convolution, the residual passes as it is."
)
class PairsActivatedAtTheEnd(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = lrelu(x + conv2(lrelu(conv1(x))))
        return x


@exercise.misconception(
    "There is one activation too many, after the second convolution: what is added can have any "
    "sign."
)
class PairsActivatedAfterToo(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + lrelu(conv2(lrelu(conv1(lrelu(x)))))
        return x


@exercise.misconception(
    "One of the activations is a plain ReLU: use leaky_relu with SLOPE for both."
)
class PairsHalfReLU(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(F.relu(conv1(lrelu(x))))
        return x


@exercise.misconception(
    "There is no activation in the pairs: without the leaky ReLUs they are one linear map."
)
class PairsNotActivated(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(conv1(x))
        return x


@exercise.misconception("The slope is 0.2: it is 0.1, SLOPE.")
class Pairs02(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(F.leaky_relu(conv1(F.leaky_relu(x, 0.2)), 0.2))
        return x


@exercise.misconception("Only the first pair is used: `return` stands in the loop, take it out.")
class PairsFirstOnly(generator.ResBlock1):
    def forward(self, x):
        return x + self.convs2[0](lrelu(self.convs1[0](lrelu(x))))


@exercise.misconception("Every pair reads the block's input: each reads what the one before made.")
class PairsInParallel(generator.ResBlock1):
    def forward(self, x):
        pairs = zip(self.convs1, self.convs2, strict=True)
        return x + sum(conv2(lrelu(conv1(lrelu(x)))) for conv1, conv2 in pairs)


@exercise.misconception("Only the last pair counts: x = x + ... in every round of the loop.")
class PairsLastOfTheInput(generator.ResBlock1):
    def forward(self, x):
        return x + self.convs2[-1](lrelu(self.convs1[-1](lrelu(x))))


@exercise.misconception("The block's input is added after every pair: add what came into the pair.")
class PairsInputAdded(generator.ResBlock1):
    def forward(self, x):
        y = x
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = x + conv2(lrelu(conv1(lrelu(y))))
        return y


@exercise.misconception("The second convolution of each pair is left out.")
class PairsOfOne(generator.ResBlock1):
    def forward(self, x):
        for conv1 in self.convs1:
            x = x + conv1(lrelu(x))
        return x


@exercise.misconception(
    "The two convolutions of a pair are exchanged: conv1, dilated, comes first."
)
class PairsExchanged(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv1(lrelu(conv2(lrelu(x))))
        return x


@exercise.misconception("The residual is subtracted or averaged: add it to x as it is.")
class PairsSubtracted(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x - conv2(lrelu(conv1(lrelu(x))))
        return x


@exercise.neighbour(PairsSubtracted)
class PairsAveraged(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = (x + conv2(lrelu(conv1(lrelu(x))))) / 2
        return x


@exercise.also_correct
class PairsAsOfficial(nn.Module):
    """Padding written out, torch.nn.utils.weight_norm and modules for the activation."""

    def __init__(self, channels, kernel_size, dilations):
        super().__init__()

        def normed(dilation: int) -> nn.Module:
            padding = (kernel_size * dilation - dilation) // 2
            conv = nn.Conv1d(channels, channels, kernel_size, 1, padding, dilation)
            return torch.nn.utils.weight_norm(conv)

        self.convs1 = nn.ModuleList([normed(d) for d in dilations])
        self.convs2 = nn.ModuleList([normed(1) for _ in dilations])
        self.activation = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        for i in range(len(self.convs1)):
            residual = x
            x = self.activation(x)
            x = self.activation(self.convs1[i](x))
            x = self.convs2[i](x) + residual
        return x


@exercise.also_correct
class PairsInFloat64(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = x.double()
            conv: Any
            for conv in (conv1, conv2):
                y = torch.maximum(y, SLOPE * y)
                padding, dilation = conv.padding, conv.dilation
                y = F.conv1d(y, conv.weight.double(), conv.bias.double(), 1, padding, dilation)
            x = x + y.float()
        return x
