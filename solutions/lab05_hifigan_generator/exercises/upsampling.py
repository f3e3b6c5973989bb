"""Upsampling by a transposed convolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import generator
from ...exercise_lib.generator import initialised
from .shared import REJECTED

exercise = Exercise(
    id="generator.upsampling",
    title="Upsampling by a transposed convolution",
    target="exercise_lib.generator:upsampling",
    solution=generator.upsampling,
    todo="5.1",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels, rate = (6, 8) if hidden else (4, 4)
    odd, odd_kernel, odd_rate = (4, 11, 5) if hidden else (4, 7, 3)
    return [
        Case(
            f"kernel {2 * rate}, rate {rate}, with gradient",
            probe="module",
            init={"channels": channels, "kernel_size": 2 * rate, "rate": rate},
            args={"input": normal(rng, 2, channels, 7 if hidden else 5)},
            grad=("input",),
        ),
        Case(
            f"kernel {odd_kernel}, rate {odd_rate}",
            probe="module",
            init={"channels": odd, "kernel_size": odd_kernel, "rate": odd_rate},
            args={"input": normal(rng, 1, odd, 9 if hidden else 6)},
        ),
        Case(
            "official names and shapes of V3's last stage, made narrower",
            probe="state_dict",
            init={"channels": 16 if hidden else 32, "kernel_size": 8, "rate": 4},
            weight=0.5,
        ),
        Case(
            "rejects a kernel shorter than the rate",
            probe="module",
            init={"channels": 4, "kernel_size": 3, "rate": 5},
            args={"input": normal(rng, 1, 4, 6)},
            **REJECTED,
        ),
    ]


def transposed(
    channels: int, kernel_size: int, rate: int, norm: Callable = weight_norm, **changes: Any
) -> nn.Module:
    """The solution with other settings of the transposed convolution."""
    generator.upsampling(channels, kernel_size, rate)  # rejects what the solution rejects
    settings = {
        "out_channels": channels // 2,
        "kernel_size": kernel_size,
        "stride": rate,
        "padding": (kernel_size - rate) // 2,
        **changes,
    }
    return norm(initialised(nn.ConvTranspose1d(channels, **settings)))


@exercise.misconception(
    "The padding is missing: the output is kernel_size - rate samples too long, and every stage "
    "adds some. Pad (kernel_size - rate) // 2."
)
def up_unpadded(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=0)


@exercise.misconception(
    "The padding is kernel_size // 2, as for an ordinary convolution: with a stride that loses "
    "samples. A transposed convolution needs (kernel_size - rate) // 2."
)
def up_padded_like_a_convolution(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=kernel_size // 2)


@exercise.misconception(
    "The padding is rate // 2, which is right only where the kernel is twice the rate: it is "
    "(kernel_size - rate) // 2."
)
def up_padded_by_the_rate(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=rate // 2)


@exercise.misconception(
    "The length is mended with output_padding, so everything sounds too early: the padding "
    "(kernel_size - rate) // 2 alone gives T * rate, in place."
)
def up_with_output_padding(channels, kernel_size, rate):
    padding = (kernel_size - 1) // 2
    output_padding = rate - kernel_size + 2 * padding
    return transposed(channels, kernel_size, rate, padding=padding, output_padding=output_padding)


@exercise.misconception(
    "The channels stay as many: each stage halves them, out_channels = channels // 2."
)
def up_channels_kept(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, out_channels=channels)


@exercise.misconception("The stride is missing: without stride=rate nothing gets longer.")
def up_without_stride(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, stride=1)


@exercise.misconception(
    "Kernel size and rate are exchanged: the rate is the stride, the kernel is the longer one."
)
def up_kernel_and_rate_exchanged(channels, kernel_size, rate):
    generator.upsampling(channels, kernel_size, rate)
    padding = (kernel_size - rate) // 2
    return weight_norm(nn.ConvTranspose1d(channels, channels // 2, rate, kernel_size, padding))


@exercise.misconception(
    "This is an ordinary convolution, whose stride makes the signal shorter: use ConvTranspose1d."
)
def up_by_a_convolution(channels, kernel_size, rate):
    generator.upsampling(channels, kernel_size, rate)
    padding = (kernel_size - rate) // 2
    return weight_norm(nn.Conv1d(channels, channels // 2, kernel_size, rate, padding))


@exercise.misconception(
    "You repeat samples and then convolve: the length is right, but the official layer is one "
    "ConvTranspose1d, whose kernel decides what stands between two samples."
)
def up_by_nearest(channels, kernel_size, rate):
    generator.upsampling(channels, kernel_size, rate)

    class Repeated(nn.Conv1d):
        def forward(self, input):
            return super().forward(input.repeat_interleave(rate, dim=-1))

    return weight_norm(Repeated(channels, channels // 2, kernel_size, padding="same"))


@exercise.misconception(
    "The layer is not weight-normed: wrap it, weight_norm(...), so that it has the official "
    "weight_g and weight_v."
)
def up_without_norm(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, norm=lambda conv: conv)


@exercise.misconception("The bias is switched off: leave torch's default, the official has one.")
def up_without_bias(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, bias=False)


@exercise.misconception("The padding is another: (kernel_size - rate) // 2 makes T * rate samples.")
def up_padded_by_all(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=kernel_size - rate)


@exercise.neighbour(up_padded_by_all)
def up_padded_to_the_same_length(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=(kernel_size - 1) // 2)


@exercise.misconception("The channels are doubled: each stage halves them, channels // 2.")
def up_channels_doubled(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, out_channels=2 * channels)


@exercise.misconception("One channel comes out: each stage halves them, channels // 2.")
def up_one_channel(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, out_channels=1)


@exercise.misconception("The kernel is 2 * rate, whatever was asked: use kernel_size.")
def up_kernel_of_the_rate(channels, kernel_size, rate):
    return transposed(channels, 2 * rate, rate, padding=rate // 2 + rate % 2)


@exercise.misconception("The rate is a dilation in your layer: it is the stride.")
def up_dilated(channels, kernel_size, rate):
    return transposed(channels, kernel_size, 1, dilation=rate, padding=0)


@exercise.misconception("The layer is grouped: leave groups as it is.")
def up_grouped(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, groups=channels // 2)


@exercise.misconception("These weights have spectral norm: use weight_norm.")
def up_spectral_norm(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, norm=torch.nn.utils.spectral_norm)


@exercise.misconception("Weight norm runs over another axis: leave dim as it is, weight_norm(...).")
def up_norm_of_another_axis(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, norm=lambda conv: weight_norm(conv, dim=1))


@exercise.neighbour(up_dilated)
def up_dilated_and_padded(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, stride=1, dilation=rate)


@exercise.misconception("The padding is no whole number: halve with //, not with /.")
def up_padded_by_a_fraction(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=(kernel_size - rate) / 2)


@exercise.also_correct
def up_older_weight_norm(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, norm=torch.nn.utils.weight_norm)


@exercise.also_correct
def up_zeros_between(channels, kernel_size, rate):
    """rate - 1 zeros after every sample, then a convolution with the kernel turned round."""
    generator.upsampling(channels, kernel_size, rate)

    class ZerosBetween(nn.ConvTranspose1d):
        def forward(self, input):  # type: ignore[override]
            spread = torch.stack([input, *[torch.zeros_like(input)] * (rate - 1)], dim=-1)
            spread = spread.flatten(-2)[..., : 1 - rate or None]
            edge = kernel_size - 1 - (kernel_size - rate) // 2
            turned = self.weight.transpose(0, 1).flip(-1)
            return F.conv1d(F.pad(spread, (edge, edge)), turned, self.bias)

    return weight_norm(ZerosBetween(channels, channels // 2, kernel_size, rate))
