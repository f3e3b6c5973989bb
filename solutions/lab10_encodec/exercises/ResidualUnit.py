"""Residual unit of SEANet."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from torch import nn

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.ResidualUnit",
    title="Residual unit of SEANet",
    target="exercise_lib.encodec:ResidualUnit",
    solution=encodec.ResidualUnit,
    todo="10.4",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    size = 12 if hidden else 8

    def case(name: str, compress: int, kernel_size: int, n: int, **more) -> Case:
        return Case(
            name,
            probe="module",
            init={"channels": size, "kernel_size": kernel_size, "compress": compress},
            args={"x": normal(rng, 2, size, n)},
            atol=1e-4,
            why="sums of several convolutions in float32",
            **more,
        )

    return [
        case("half the channels inside", 2, 3, 11, grad=("x",)),
        case("a quarter inside, kernel 5", 4, 5, 9),
        case("all channels inside", 1, 3, 7, weight=0.5),
    ]


conv = encodec.CausalConv1d


@exercise.misconception("The shortcut is missing: add what it makes of x.")
class WithoutShortcut(encodec.ResidualUnit):
    def forward(self, x):
        return self.block(x)


@exercise.misconception(
    "x itself is added: in EnCodec the shortcut is a convolution of width 1, which learns."
)
class PlainShortcut(encodec.ResidualUnit):
    def forward(self, x):
        return x + self.block(x)


@exercise.misconception("Both are added, x and its shortcut: the shortcut takes the place of x.")
class BothShortcuts(encodec.ResidualUnit):
    def forward(self, x):
        return x + self.shortcut(x) + self.block(x)


@exercise.misconception("The shortcut comes behind the block: it begins at x, as the block does.")
class ShortcutBehind(encodec.ResidualUnit):
    def forward(self, x):
        return self.shortcut(self.block(x))


@exercise.neighbour(ShortcutBehind)
class ShortcutOfTheSum(encodec.ResidualUnit):
    def forward(self, x):
        return self.shortcut(x + self.block(x))


@exercise.misconception("The shortcut is activated: it is linear, ELU belongs in the block.")
class ActivatedShortcut(encodec.ResidualUnit):
    def forward(self, x):
        return self.shortcut(F.elu(x)) + self.block(x)


@exercise.misconception("The sum is activated: the next layer begins with an ELU of its own.")
class ActivatedAtTheEnd(encodec.ResidualUnit):
    def forward(self, x):
        return F.elu(self.shortcut(x) + self.block(x))


@exercise.misconception(
    "ELU comes after each convolution: here it comes before, so that a sum of any sign is "
    "passed on."
)
class ActivatedAfter(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + F.elu(second(F.elu(first(x))))


@exercise.misconception("The first ELU is missing, before the first convolution.")
class FirstNotActivated(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + second(F.elu(first(x)))


@exercise.misconception("The second ELU is missing, between the convolutions.")
class SecondNotActivated(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + second(first(F.elu(x)))


@exercise.misconception("There is no activation: without ELU the unit is one linear map.")
class NotActivated(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + second(first(x))


@exercise.misconception("The activation is another one than ELU.")
class WithReLU(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + second(F.relu(first(F.relu(x))))


@exercise.neighbour(WithReLU)
class WithLeakyReLU(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + second(F.leaky_relu(first(F.leaky_relu(x))))


@exercise.neighbour(WithReLU)
class WithGELU(encodec.ResidualUnit):
    def forward(self, x):
        first, second = self.block[1], self.block[3]
        return self.shortcut(x) + second(F.gelu(first(F.gelu(x))))


class WithLayers(nn.Module):
    """The right equation with layers from channels, hidden channels and kernel size."""

    def forward(self, x):
        return self.shortcut(x) + self.block(x)

    def make(self, first, second, shortcut):
        self.block = nn.Sequential(nn.ELU(), first, nn.ELU(), second)
        self.shortcut = shortcut


@exercise.misconception("The second convolution has the first one's kernel: its width is 1.")
class WideSecond(WithLayers):
    def __init__(self, channels, kernel_size=3, compress=2):
        super().__init__()
        hidden = channels // compress
        first, second = conv(channels, hidden, kernel_size), conv(hidden, channels, kernel_size)
        self.make(first, second, conv(channels, channels, 1))


@exercise.misconception(
    "The kernels are exchanged: the first convolution is wide, the second has width 1."
)
class KernelsExchanged(WithLayers):
    def __init__(self, channels, kernel_size=3, compress=2):
        super().__init__()
        hidden = channels // compress
        first, second = conv(channels, hidden, 1), conv(hidden, channels, kernel_size)
        self.make(first, second, conv(channels, channels, 1))


@exercise.misconception(
    "The middle is as wide as the outside: it has C / compress channels, `hidden`."
)
class NotCompressed(WithLayers):
    def __init__(self, channels, kernel_size=3, compress=2):
        super().__init__()
        first, second = conv(channels, channels, kernel_size), conv(channels, channels, 1)
        self.make(first, second, conv(channels, channels, 1))


@exercise.misconception("The shortcut has the first convolution's kernel: its width is 1.")
class WideShortcut(WithLayers):
    def __init__(self, channels, kernel_size=3, compress=2):
        super().__init__()
        hidden = channels // compress
        first, second = conv(channels, hidden, kernel_size), conv(hidden, channels, 1)
        self.make(first, second, conv(channels, channels, kernel_size))


@exercise.misconception("You subtract, or average, shortcut and block: add them.")
class Subtracted(encodec.ResidualUnit):
    def forward(self, x):
        return self.shortcut(x) - self.block(x)


@exercise.neighbour(Subtracted)
class Averaged(encodec.ResidualUnit):
    def forward(self, x):
        return (self.shortcut(x) + self.block(x)) / 2


@exercise.misconception("The block gets what the shortcut makes of x: both begin at x.")
class BlockBehindShortcut(encodec.ResidualUnit):
    def forward(self, x):
        beside = self.shortcut(x)
        return beside + self.block(beside)


@exercise.also_correct
class StepByStep(encodec.ResidualUnit):
    def forward(self, x):
        y = x
        for layer in self.block:
            y = layer(y)
        return y + self.shortcut(x)


@exercise.also_correct
class WithFunctions(encodec.ResidualUnit):
    def forward(self, x):
        y = self.block[1](F.elu(x))
        y = self.block[3](F.elu(y))
        return self.shortcut(x).add(y)
