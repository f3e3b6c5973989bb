"""Period discriminator."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import spectral_norm
from torch.nn.utils.parametrizations import weight_norm

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import discriminators
from ...exercise_lib.discriminators import SLOPE, scale_channels
from .shared import DEEP, LOUD, SLIM, TINY, audio, judge

exercise = Exercise(
    id="discriminators.PeriodDiscriminator",
    title="Period discriminator",
    target="exercise_lib.discriminators:PeriodDiscriminator",
    solution=discriminators.PeriodDiscriminator,
    todo="4.2",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    first, second = (5, 3) if hidden else (3, 2)
    return [
        Case(
            f"period {first}, with gradient",
            probe="module",
            init={"period": first, "width": SLIM},
            args={"x": audio(rng, 2, 61 if hidden else 40)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            f"period {second}, one utterance",
            probe="module",
            init={"period": second, "width": TINY},
            args={"x": LOUD * audio(rng, 1, 250 if hidden else 170)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "official names, and official shapes made narrower",
            probe="state_dict",
            init={"period": second, "width": 1 / 8 if hidden else 1 / 4},
            weight=0.5,
        ),
    ]


def folded(self: Any, x: Tensor) -> Tensor:
    return discriminators.fold(x, self.period)


def rebuild(self: Any, width: float, norm=weight_norm, **changes: Any) -> None:
    """Replace the five convolutions by ones with another setting; `stride` names all five."""
    sizes = [1] + [scale_channels(c, width) for c in discriminators.PERIOD_CHANNELS]
    strides = changes.pop("stride", [(3, 1)] * 4 + [(1, 1)])
    settings = {"kernel_size": (5, 1), "padding": (2, 0), **changes}
    self.convs = nn.ModuleList(
        norm(nn.Conv2d(sizes[i], sizes[i + 1], stride=stride, **settings))
        for i, stride in enumerate(strides)
    )


@exercise.misconception(
    "The slope is 0.01, torch's default, or 0.1 that acts twice on a map (inplace=True): these "
    "discriminators use 0.1, SLOPE, once."
)
class DefaultSlope(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), F.leaky_relu)


@exercise.misconception(
    "You use a plain ReLU, which passes no gradient below zero: use leaky_relu with SLOPE."
)
class PlainReLU(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), F.relu)


@exercise.misconception(
    "There is no activation between the layers: without one, five convolutions are one linear map."
)
class NoActivation(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), lambda x: x)


@exercise.misconception("conv_post is followed by an activation: its output is the raw logits.")
class ActivatedLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), finish=lambda x: F.leaky_relu(x, SLOPE))


@exercise.neighbour(ActivatedLogits)
class RectifiedLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), finish=torch.relu)


@exercise.neighbour(ActivatedLogits)
class LogitsActivatedLater(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return F.leaky_relu(logits, SLOPE), fmaps


@exercise.misconception(
    "The logits go through a sigmoid: least squares wants them raw, any real number."
)
class SigmoidLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), finish=torch.sigmoid)


@exercise.neighbour(SigmoidLogits)
class SigmoidLater(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.sigmoid(), fmaps


@exercise.misconception(
    "You keep the feature maps before the activation: append x after leaky_relu."
)
class MapsBeforeActivation(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), keep=lambda before, after: before)


@exercise.misconception("There are 5 feature maps: the output of conv_post is the sixth.")
class MapsWithoutLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[:-1]


@exercise.misconception(
    "The folded audio stands among the feature maps: the first map is the first layer's output, "
    "after leaky_relu."
)
class MapsWithInput(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [folded(self, x), *fmaps]


@exercise.neighbour(MapsWithInput)
class MapsOfInputs(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [folded(self, x), *fmaps[:-1]]


@exercise.misconception(
    "The feature maps are detached: feature matching then has no gradient. Append x itself."
)
class DetachedMaps(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), keep=lambda before, after: after.detach())


@exercise.misconception(
    "The logits have more than two axes: flatten all but the batch, x.flatten(1)."
)
class LogitsNotFlat(discriminators.PeriodDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-1], fmaps


@exercise.neighbour(LogitsNotFlat)
class LogitsHalfFlat(discriminators.PeriodDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-1].flatten(2), fmaps


@exercise.neighbour(LogitsNotFlat)
class LogitsWithoutChannel(discriminators.PeriodDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-1].squeeze(1), fmaps


@exercise.misconception(
    "The logits are flattened over the batch too: keep the first axis, x.flatten(1)."
)
class BatchFlattened(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.flatten(), fmaps


@exercise.neighbour(BatchFlattened)
class BatchFlattenedInARow(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.reshape(1, -1), fmaps


@exercise.misconception(
    "Convolutions lack weight norm: wrap each one, weight_norm(nn.Conv2d(...)), so that it has the "
    "official weight_g and weight_v."
)
class WithoutNorm(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, norm=lambda conv: conv)


@exercise.misconception(
    "These convolutions have spectral norm: in HiFi-GAN only MSD's first member has it. Use "
    "weight_norm."
)
class SpectralNorm(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, norm=spectral_norm)


@exercise.misconception("All five layers have stride 3: the last one has stride 1 (see `strides`).")
class FiveStrides(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(3, 1)] * 5)


@exercise.misconception(
    "No layer has a stride: the first four step by 3 along the rows, stride (3, 1)."
)
class NoStrides(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(1, 1)] * 5)


@exercise.misconception(
    "The stride acts across the columns: it is (stride, 1), so that the p columns stay."
)
class StridesBothWays(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(3, 3)] * 4 + [(1, 1)])


@exercise.neighbour(StridesBothWays)
class StridesAcross(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(1, 3)] * 4 + [(1, 1)])


@exercise.misconception(
    "The kernel reaches across the columns and mixes them: with (5, 1) each of the p phases is "
    "judged on its own."
)
class ColumnsMixed(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, kernel_size=(5, 5), padding=(2, 2))


@exercise.neighbour(ColumnsMixed)
class KernelAcross(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, kernel_size=(1, 5), padding=(0, 2))


@exercise.neighbour(ColumnsMixed)
class KernelAcrossPaddedAlong(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, kernel_size=(1, 5), padding=(2, 2))


@exercise.neighbour(ColumnsMixed)
class KernelAndStrideAcross(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        strides = [(1, 3)] * 4 + [(1, 1)]
        rebuild(self, width, kernel_size=(1, 5), padding=(0, 2), stride=strides)


@exercise.misconception(
    "The kernel has 3 rows: the five strided layers have (5, 1), only conv_post has (3, 1)."
)
class KernelOfThree(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, kernel_size=(3, 1), padding=(1, 0))


@exercise.misconception("The slope is 0.2: HiFi-GAN's discriminators use 0.1, here SLOPE.")
class SlopeOfAFifth(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), lambda x: F.leaky_relu(x, 0.2))


@exercise.misconception("You use another activation: leaky_relu with SLOPE.")
class Elu(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), F.elu)


@exercise.neighbour(Elu)
class Gelu(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), F.gelu)


@exercise.neighbour(Elu)
class Tanh(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), torch.tanh)


@exercise.misconception(
    "The logits go through a tanh: least squares wants them raw, any real number."
)
class TanhLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), finish=torch.tanh)


@exercise.misconception(
    "The activation stands before each layer: it comes after, and the map is what it makes."
)
class ActivatedBeforeEachLayer(discriminators.PeriodDiscriminator):
    def forward(self, x):
        x, fmaps = folded(self, x), []
        for conv in self.convs:
            x = conv(F.leaky_relu(x, SLOPE))
            fmaps.append(x)
        x = self.conv_post(F.leaky_relu(x, SLOPE))
        return x.flatten(1), [*fmaps, x]


@exercise.neighbour(ActivatedBeforeEachLayer)
class ActivationAfterTheMap(discriminators.PeriodDiscriminator):
    """The input of conv_post is not activated."""

    def forward(self, x):
        x, fmaps = folded(self, x), []
        for conv in self.convs:
            x = conv(F.leaky_relu(x, SLOPE)) if fmaps else conv(x)
            fmaps.append(x)
        x = self.conv_post(x)
        return x.flatten(1), [*fmaps, x]


@exercise.misconception(
    "Weight norm runs over another axis: leave dim as it is, weight_norm(conv)."
)
class NormOfAnotherAxis(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, norm=lambda conv: weight_norm(conv, dim=1))


@exercise.misconception(
    "The fourth layer has no stride: the first four step by 3, the last by 1 (see `strides`)."
)
class LastStrideOfTwo(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(3, 1)] * 3 + [(1, 1)] * 2)


@exercise.misconception(
    "The padding of the strided layers is missing or another: (2, 0) keeps as many rows as the "
    "stride leaves, and no column is added."
)
class WithoutPadding(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, padding=(0, 0))


@exercise.neighbour(WithoutPadding)
class PaddingBothWays(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, padding=(2, 2))


@exercise.neighbour(WithoutPadding)
class PaddingOfOne(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, padding=(1, 0))


@exercise.neighbour(WithoutPadding)
class PaddingOfFour(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, padding=(4, 0))


@exercise.misconception(
    "The convolutions have no bias: the official ones do, leave torch's default."
)
class WithoutBias(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, bias=False)


@exercise.misconception("A layer is missing: there are five, one for each of the strides.")
class FourLayers(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(3, 1)] * 4)


@exercise.neighbour(FourLayers)
class NoLayers(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        self.convs = nn.ModuleList()


@exercise.misconception("conv_post is left out: the logits are its output, one channel.")
class WithoutPost(discriminators.PeriodDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-2].flatten(1), fmaps[:-1]


@exercise.misconception("The audio is not folded by the period, or by another one.")
class Unfolded(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, x[..., None])


@exercise.misconception(
    "The feature maps stand in the opposite order: the first layer's comes first."
)
class MapsBackwards(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[::-1]


@exercise.misconception("Maps are missing: append each layer's in the loop, and conv_post's.")
class LastMapOnly(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[-1:]


@exercise.neighbour(LastMapOnly)
class LastTwoMaps(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[-2:]


@exercise.misconception("The maps are flattened or averaged: keep them as they are.")
class FlatMaps(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [it.flatten(1) for it in fmaps]


@exercise.neighbour(FlatMaps)
class FlatLastMap(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [*fmaps[:-1], logits]


@exercise.misconception("The logits are averaged or added up: keep all, the losses take the mean.")
class MeanLogit(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.mean(1), fmaps


@exercise.neighbour(MeanLogit)
class MeanLogitKept(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.mean(1, keepdim=True), fmaps


@exercise.neighbour(MeanLogit)
class SumLogit(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.sum(), fmaps


@exercise.neighbour(MeanLogit)
class OneMeanLogit(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.mean(), fmaps


@exercise.misconception(
    "Every layer reads the folded audio: each one reads what the one before made, x = ..."
)
class LayersInParallel(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        for index, it in enumerate(self.convs):
            conv = nn.Conv2d(1, it.out_channels, (5, 1), it.stride, padding=(2, 0))
            self.convs[index] = weight_norm(conv)


@exercise.misconception(
    "The channels don't follow each other: layer i goes from sizes[i] to sizes[i + 1]."
)
class ChannelsExchanged(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        for index, it in enumerate(self.convs):
            conv = nn.Conv2d(it.out_channels, it.in_channels, (5, 1), it.stride, padding=(2, 0))
            self.convs[index] = weight_norm(conv)


@exercise.neighbour(ChannelsExchanged)
class ChannelsNeverGrow(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        self.convs = nn.ModuleList(
            weight_norm(
                nn.Conv2d(it.in_channels, it.in_channels, (5, 1), it.stride, padding=(2, 0))
            )
            for it in self.convs  # type: ignore[has-type]
        )


@exercise.neighbour(ChannelsExchanged)
class ChannelsAllLarge(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        self.convs = nn.ModuleList(
            weight_norm(
                nn.Conv2d(it.out_channels, it.out_channels, (5, 1), it.stride, padding=(2, 0))
            )
            for it in self.convs  # type: ignore[has-type]
        )


@exercise.misconception("You multiply by SLOPE: it is leaky_relu's second argument.")
class SlopeOutside(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), lambda x: F.leaky_relu(x) * SLOPE)


@exercise.also_correct
class OneColumnAtATime(discriminators.PeriodDiscriminator):
    """Every column goes through Conv1d's of the same weights."""

    def forward(self, x):
        columns = list(discriminators.fold(x, self.period).unbind(-1))  # p times (B, 1, rows)
        fmaps = []
        for layer in [*self.convs, self.conv_post]:
            weight, (stride, _), (padding, _) = layer.weight[..., 0], layer.stride, layer.padding
            columns = [F.conv1d(c, weight, layer.bias, stride, padding) for c in columns]
            if layer is not self.conv_post:
                columns = [torch.maximum(c, SLOPE * c) for c in columns]
            fmaps.append(torch.stack(columns, dim=-1))
        return fmaps[-1].reshape(len(x), -1), fmaps


@exercise.also_correct
class OlderWeightNorm(nn.Module):
    """As in the official code: torch.nn.utils.weight_norm, every layer written out."""

    def __init__(self, period, width=1.0):
        super().__init__()
        self.period = period
        c1, c2, c3, c4, c5 = (round(width * c) or 1 for c in (32, 128, 512, 1024, 1024))
        norm = torch.nn.utils.weight_norm
        self.convs = nn.ModuleList(
            [
                norm(nn.Conv2d(1, c1, (5, 1), (3, 1), padding=(2, 0))),
                norm(nn.Conv2d(c1, c2, (5, 1), (3, 1), padding=(2, 0))),
                norm(nn.Conv2d(c2, c3, (5, 1), (3, 1), padding=(2, 0))),
                norm(nn.Conv2d(c3, c4, (5, 1), (3, 1), padding=(2, 0))),
                norm(nn.Conv2d(c4, c5, (5, 1), 1, padding=(2, 0))),
            ]
        )
        self.conv_post = norm(nn.Conv2d(c5, 1, (3, 1), 1, padding=(1, 0)))
        self.activation = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        x = discriminators.fold(x, self.period)
        fmaps = []
        for conv in self.convs:
            x = self.activation(conv(x))
            fmaps.append(x)
        fmaps.append(self.conv_post(x))
        return torch.flatten(fmaps[-1], 1, -1), fmaps
