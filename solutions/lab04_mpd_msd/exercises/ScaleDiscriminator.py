"""Scale discriminator."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import spectral_norm
from torch.nn.utils.parametrizations import weight_norm

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import discriminators
from ...exercise_lib.discriminators import SLOPE
from .shared import DEEP, LOUD, SMALL, TINY, audio, judge

exercise = Exercise(
    id="discriminators.ScaleDiscriminator",
    title="Scale discriminator",
    target="exercise_lib.discriminators:ScaleDiscriminator",
    solution=discriminators.ScaleDiscriminator,
    todo="4.4",
    points=3,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    return [
        Case(
            "a narrow one, with gradient",
            probe="module",
            init={"width": TINY},
            args={"x": audio(rng, 3 if hidden else 2, 97 if hidden else 66)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "one utterance of another length",
            probe="module",
            init={"width": TINY},
            args={"x": LOUD * audio(rng, 1, 150 if hidden else 129)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "official names, and official shapes made narrower",
            probe="state_dict",
            init={"width": 1 / 16 if hidden else 1 / 8},
            weight=0.5,
        ),
        Case(
            "the same with spectral norm",
            probe="state_dict",
            init={"width": 1 / 16 if hidden else SMALL, "norm": spectral_norm},
        ),
    ]


@exercise.misconception(
    "The slope is 0.01, torch's default, or 0.1 that acts twice on a map (inplace=True): these "
    "discriminators use 0.1, SLOPE, once."
)
class ScaleDefaultSlope(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, F.leaky_relu)


@exercise.misconception(
    "You use a plain ReLU, which passes no gradient below zero: use leaky_relu with SLOPE."
)
class ScalePlainReLU(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, F.relu)


@exercise.misconception(
    "There is no activation between the layers: without one, the convolutions are one linear map."
)
class ScaleNoActivation(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, lambda x: x)


@exercise.misconception("conv_post is followed by an activation: its output is the raw logits.")
class ScaleActivatedLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, finish=lambda x: F.leaky_relu(x, SLOPE))


@exercise.neighbour(ScaleActivatedLogits)
class ScaleRectifiedLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, finish=torch.relu)


@exercise.neighbour(ScaleActivatedLogits)
class ScaleLogitsActivatedLater(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return F.leaky_relu(logits, SLOPE), fmaps


@exercise.misconception(
    "The logits go through a sigmoid: least squares wants them raw, any real number."
)
class ScaleSigmoidLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, finish=torch.sigmoid)


@exercise.neighbour(ScaleSigmoidLogits)
class ScaleSigmoidLater(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.sigmoid(), fmaps


@exercise.misconception(
    "You keep the feature maps before the activation: append x after leaky_relu."
)
class ScaleMapsBeforeActivation(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, keep=lambda before, after: before)


@exercise.misconception("There are 7 feature maps: the output of conv_post is the eighth.")
class ScaleMapsWithoutLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[:-1]


@exercise.misconception(
    "The feature maps are detached: feature matching then has no gradient. Append x itself."
)
class ScaleDetachedMaps(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, keep=lambda before, after: after.detach())


@exercise.misconception(
    "The logits still have a channel axis: flatten all but the batch, x.flatten(1)."
)
class ScaleLogitsNotFlat(discriminators.ScaleDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-1], fmaps


def rebuild_scale(self: Any, width: float, norm, **changes: Any) -> None:
    """Replace the seven convolutions by ones with another setting."""
    official: Any = discriminators.ScaleDiscriminator(width).convs
    for i, conv in enumerate(official):
        settings = {
            "kernel_size": conv.kernel_size,
            "stride": conv.stride,
            "padding": conv.padding,
            "groups": conv.groups,
            **changes,
        }
        self.convs[i] = norm(nn.Conv1d(conv.in_channels, conv.out_channels, **settings))


@exercise.misconception(
    "The convolutions have no groups: pass groups=groups, without them MSD has several times the "
    "official weights."
)
class WithoutGroups(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, groups=1)


@exercise.misconception(
    "The convolutions have no stride: pass the layer's stride, the signal gets 64 times shorter on "
    "its way."
)
class ScaleNoStrides(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, stride=1)


@exercise.misconception(
    "The convolutions have no bias: the official ones do, leave torch's default."
)
class WithoutBias(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, bias=False)


@exercise.misconception(
    "Weight norm is fixed: wrap the convolution with the argument, norm(conv), for MSD's first "
    "member asks for spectral norm."
)
class NormIgnored(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, weight_norm)


@exercise.misconception("The convolutions are not normed: wrap each one, norm(conv).")
class NormForgotten(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, lambda conv: conv)


@exercise.misconception("The slope is 0.2: HiFi-GAN's discriminators use 0.1, here SLOPE.")
class ScaleSlopeOfAFifth(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, lambda x: F.leaky_relu(x, 0.2))


@exercise.misconception("You use another activation: leaky_relu with SLOPE.")
class ScaleTanh(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, torch.tanh)


@exercise.misconception(
    "The activation stands before each layer: it comes after, and the map is what it makes."
)
class ScaleActivatedBeforeEachLayer(discriminators.ScaleDiscriminator):
    def forward(self, x):
        fmaps = []
        for conv in self.convs:
            x = conv(F.leaky_relu(x, SLOPE))
            fmaps.append(x)
        x = self.conv_post(F.leaky_relu(x, SLOPE))
        return x.flatten(1), [*fmaps, x]


@exercise.misconception(
    "The logits are flattened over the batch too: keep the first axis, x.flatten(1)."
)
class ScaleLogitsAllFlat(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.flatten(), fmaps


@exercise.misconception("One convolution is not normed: wrap each one, norm(conv).")
class NormForgottenInOneLayer(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        plain = discriminators.ScaleDiscriminator(width, lambda conv: conv)
        self.convs[-1] = plain.convs[-1]


@exercise.misconception(
    "Spectral norm is fixed: wrap the convolution with the argument, norm(conv)."
)
class SpectralNormForAll(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, spectral_norm)


@exercise.misconception(
    "The padding is missing or another: (kernel - 1) // 2, as given, keeps the length but for the "
    "stride."
)
class ScaleWithoutPadding(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, padding=0)


@exercise.neighbour(ScaleWithoutPadding)
class ScalePaddingOfTwo(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, padding=2)


@exercise.neighbour(ScaleWithoutPadding)
class ScalePaddingOfTheKernel(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        for i, it in enumerate(discriminators.ScaleDiscriminator(width).convs):
            settings = {"padding": it.kernel_size[0] // 2 + 1, "groups": it.groups}
            conv = nn.Conv1d(it.in_channels, it.out_channels, it.kernel_size, it.stride, **settings)
            self.convs[i] = norm(conv)


@exercise.misconception(
    "Every layer expects one channel: at the end of the loop c_in is what c_out was, c_in = c_out."
)
class ChannelsForgotten(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        for i, it in enumerate(discriminators.ScaleDiscriminator(width).convs):
            conv = nn.Conv1d(1, it.out_channels, it.kernel_size, it.stride, padding=it.padding)
            self.convs[i] = norm(conv)
        self.conv_post = norm(nn.Conv1d(1, 1, 3, padding=1))


@exercise.misconception("The stride is 2 everywhere: each layer has its own, in SCALE_LAYERS.")
class StrideOfTwo(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, stride=2)


@exercise.misconception(
    "The official number of groups is used: it has to divide the channels, so use `groups`."
)
class OfficialGroups(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        for conv, (_, _, _, groups) in zip(self.convs, discriminators.SCALE_LAYERS, strict=True):
            nn.Conv1d(conv.in_channels, conv.out_channels, 1, groups=groups)


@exercise.misconception("conv_post is left out: the logits are its output, one channel.")
class ScaleWithoutPost(discriminators.ScaleDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-2].flatten(1), fmaps[:-1]


@exercise.misconception(
    "The audio stands among the feature maps: the first map is the first layer's."
)
class ScaleMapsWithInput(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [x, *fmaps]


@exercise.neighbour(ScaleMapsWithInput)
class ScaleMapsOfInputs(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [x, *fmaps[:-1]]


@exercise.misconception(
    "The feature maps stand in the opposite order: the first layer's comes first."
)
class ScaleMapsBackwards(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[::-1]


@exercise.misconception("Maps are missing: append each layer's in the loop, and conv_post's.")
class ScaleLastMapOnly(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[-1:]


@exercise.neighbour(ScaleLastMapOnly)
class ScaleLastTwoMaps(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[-2:]


@exercise.misconception("The logits are averaged or added up: keep all, the losses take the mean.")
class ScaleMeanLogit(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.mean(1), fmaps


@exercise.neighbour(ScaleMeanLogit)
class ScaleSumLogit(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.sum(), fmaps


@exercise.neighbour(ScaleMeanLogit)
class ScaleOneMeanLogit(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.mean(), fmaps


@exercise.misconception("The maps are flattened: keep them as they are, (B, C, n).")
class ScaleFlatMaps(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [it.flatten(1) for it in fmaps]


@exercise.neighbour(ScaleFlatMaps)
class ScaleFlatLastMap(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [*fmaps[:-1], logits]


@exercise.misconception(
    "The logits go through a tanh: least squares wants them raw, any real number."
)
class ScaleTanhLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, finish=torch.tanh)


@exercise.misconception("You multiply by SLOPE: it is leaky_relu's second argument.")
class ScaleSlopeOutside(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, lambda x: F.leaky_relu(x) * SLOPE)


@exercise.misconception("The channels are exchanged: a layer goes from c_in to c_out.")
class ScaleChannelsExchanged(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        for i, it in enumerate(discriminators.ScaleDiscriminator(width).convs):
            settings = {"padding": it.padding, "groups": it.groups}
            conv = nn.Conv1d(it.out_channels, it.in_channels, it.kernel_size, it.stride, **settings)
            self.convs[i] = norm(conv)


@exercise.also_correct
class ScaleOlderWeightNorm(nn.Module):
    """As in the official code: torch.nn.utils.weight_norm and modules for the activation."""

    def __init__(self, width=1.0, norm=torch.nn.utils.weight_norm):
        super().__init__()
        plain = discriminators.ScaleDiscriminator(width, norm=lambda conv: conv)
        self.convs = nn.ModuleList([norm(conv) for conv in plain.convs])
        self.conv_post = norm(plain.conv_post)
        self.activation = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        fmaps = []
        for conv in self.convs:
            x = self.activation(conv(x))
            fmaps += [x]
        x = self.conv_post(x)
        return torch.flatten(x, 1, -1), [*fmaps, x]


@exercise.also_correct
class GroupByGroup(discriminators.ScaleDiscriminator):
    """Grouped convolutions written as several small ones, in float64."""

    def forward(self, x):
        fmaps = []
        x = x.double()
        for layer in [*self.convs, self.conv_post]:
            weights = layer.weight.double().chunk(layer.groups)
            biases = layer.bias.double().chunk(layer.groups)
            parts = zip(x.chunk(layer.groups, dim=1), weights, biases, strict=True)
            x = torch.cat(
                [F.conv1d(part, w, b, layer.stride, layer.padding) for part, w, b in parts], dim=1
            )
            if layer is not self.conv_post:
                x = torch.where(x > 0, x, SLOPE * x)
            fmaps.append(x.float())
        return fmaps[-1].squeeze(1), fmaps
