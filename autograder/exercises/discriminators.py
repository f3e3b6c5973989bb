"""The exercises of discriminators.py: folding, MPD, the pooling cascade, MSD."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, spectral_norm
from torch.nn.utils.parametrizations import weight_norm

from autograder.exercise import Exercise
from autograder.exercises.draws import normal
from exercise_lib.check.case import Case
from solutions.exercise_lib import discriminators
from solutions.exercise_lib.discriminators import (
    SLOPE,
    Judged,
    check_audio,
    check_pair,
    scale_channels,
)

TARGET = "exercise_lib.discriminators:"
NOTEBOOK = "04_mpd_msd"
REJECTED: dict[str, Any] = {"raises": ("ValueError",)}
EXACT: dict[str, Any] = {"rtol": 0, "atol": 1e-6, "why": "copied samples: no rounding"}
DEEP: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-5, "why": "float32 through eight layers"}
TINY = 1 / 256  # width: MSD's layers have 1 to 4 channels, its maps fit into a bundle
SLIM = 1 / 64  # width: MPD's layers have 1 to 16 channels
SMALL = 1 / 32  # width: layers have up to 32 channels in up to 16 groups


def audio(rng: np.random.Generator, batch: int, samples: int) -> Tensor:
    return normal(rng, batch, 1, samples)


# ----------------------------------------------------------------------------------- folding

fold = Exercise(
    id="discriminators.fold",
    title="Folding by a period",
    target=TARGET + "fold",
    solution=discriminators.fold,
    notebook=NOTEBOOK,
    todo="4.1",
    points=2,
)


@fold.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    whole, period = (20, 5) if hidden else (12, 3)
    ramp = torch.arange(float(whole))[None, None]
    odd, odd_period = (23, 7) if hidden else (10, 4)
    short, short_period = (19, 11) if hidden else (13, 5)
    noise = audio(rng, 3 if hidden else 2, short)
    return [
        Case(
            f"0 ... {whole - 1} by {period}: column 0 is 0, {period}, {2 * period}",
            args={"x": ramp, "period": period},
            **EXACT,
        ),
        Case(
            f"0 ... {odd - 1} by {odd_period}: the end is mirrored",
            args={"x": torch.arange(float(odd))[None, None], "period": odd_period},
            **EXACT,
        ),
        Case(
            "noise, with gradient",
            args={"x": noise, "period": short_period},
            grad=("x",),
            **EXACT,
        ),
        Case("one whole period", args={"x": ramp, "period": whole}, **EXACT),
        Case(
            "rejects audio without channel axis",
            args={"x": ramp[0], "period": period},
            **REJECTED,
        ),
        Case("rejects period 0", args={"x": ramp, "period": 0}, **REJECTED),
    ]


def demand_foldable(x: Tensor, period: int) -> None:
    check_audio(x)
    if not 1 <= period <= x.shape[-1]:
        raise ValueError("period must be from 1 to the number of samples")


def padded(x: Tensor, period: int, mode: str = "reflect") -> Tensor:
    """Pad the end to the next multiple of the period."""
    demand_foldable(x, period)
    return F.pad(x, (0, -x.shape[-1] % period), mode)


def rows(x: Tensor, period: int) -> Tensor:
    return x.reshape(len(x), 1, x.shape[-1] // period, period)


@fold.misconception(
    "The two sizes are exchanged, view(B, 1, p, T / p): neighbouring samples land in one row and "
    "no column holds every p-th sample. The last axis has p elements."
)
def sizes_exchanged(x, period):
    x = padded(x, period)
    return x.reshape(len(x), 1, period, x.shape[-1] // period)


@fold.misconception(
    "The shape is right, but the columns hold neighbouring samples: view(B, 1, p, T / p) and a "
    "transpose is not a fold. Reshape to (B, 1, T / p, p) at once; column 0 must be 0, p, 2p."
)
def transposed_view(x, period):
    return sizes_exchanged(x, period).transpose(2, 3)


@fold.misconception(
    "Rows and columns are exchanged: the period runs along the last axis, (B, 1, T / p, p)."
)
def columns_first(x, period):
    return discriminators.fold(x, period).transpose(2, 3)


@fold.misconception(
    "The end is padded with zeros: mirror it (mode='reflect'), or the discriminator hears a cut."
)
def zeros_at_the_end(x, period):
    return rows(padded(x, period, "constant"), period)


@fold.misconception(
    "You repeat the last sample: 'reflect' mirrors around it (7 8 9 | 8 7), 'replicate' does not."
)
def last_sample_repeated(x, period):
    return rows(padded(x, period, "replicate"), period)


@fold.misconception(
    "You pad on the left, which shifts every sample into another column: pad the end, (0, n_pad)."
)
def padded_on_the_left(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (-x.shape[-1] % period, 0), "reflect"), period)


@fold.misconception("You add a whole period where none is missing: pad only if T % p is not 0.")
def extra_period(x, period):
    demand_foldable(x, period)
    n_pad = period - x.shape[-1] % period
    mirrored = x.flip(-1)[..., 1 : n_pad + 1]
    mirrored = F.pad(mirrored, (0, n_pad - mirrored.shape[-1]))
    return rows(torch.cat([x, mirrored], dim=-1), period)


@fold.misconception(
    "You drop the samples that fill no whole period: pad the end instead, nothing may be lost."
)
def truncated(x, period):
    demand_foldable(x, period)
    return rows(x[..., : x.shape[-1] // period * period], period)


@fold.misconception(
    "The padding is missing, so the reshape fails: if p does not divide T, reflect-pad the end "
    "first."
)
def fold_unpadded(x, period):
    demand_foldable(x, period)
    return rows(x, period)


@fold.misconception("You pad by T % p, the samples left over: missing are p - T % p.")
def padded_by_the_remainder(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (0, x.shape[-1] % period), "reflect"), period)


@fold.misconception("The channel axis is gone: a Conv2d wants (B, 1, T / p, p).")
def channel_lost(x, period):
    return discriminators.fold(x, period).squeeze(1)


@fold.misconception("No gradient reaches x: stay in torch, or MPD can teach the generator nothing.")
def fold_detached(x, period):
    return discriminators.fold(x.detach(), period)


@fold.also_correct
def with_unflatten(x, period):
    return padded(x, period).unflatten(-1, (-1, period))


@fold.also_correct
def column_by_column(x, period):
    demand_foldable(x, period)
    n_pad = (period - x.shape[-1]) % period
    if n_pad:
        x = torch.cat([x, x[..., -n_pad - 1 : -1].flip(-1)], dim=-1)
    return torch.stack([x[..., column::period] for column in range(period)], dim=-1)


@fold.also_correct
def with_unfold(x, period):
    return padded(x, period).unfold(2, period, period)


# ------------------------------------------------------------------------ period discriminator

period_discriminator = Exercise(
    id="discriminators.PeriodDiscriminator",
    title="Period discriminator",
    target=TARGET + "PeriodDiscriminator",
    solution=discriminators.PeriodDiscriminator,
    notebook=NOTEBOOK,
    todo="4.2",
    points=3,
)


@period_discriminator.cases
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
            args={"x": audio(rng, 1, 250 if hidden else 170)},
            **DEEP,
        ),
        Case(
            "official names, and official shapes made narrower",
            probe="state_dict",
            init={"period": second, "width": 1 / 8 if hidden else 1 / 4},
        ),
    ]


def judge(
    self: Any,
    x: Tensor,
    activation=lambda x: F.leaky_relu(x, SLOPE),
    keep=lambda before, after: after,
    finish=lambda x: x,
) -> tuple[Tensor, list[Tensor]]:
    """The forward pass of a sub-discriminator with one step changed, without folding."""
    fmaps = []
    for conv in self.convs:
        before = conv(x)
        x = activation(before)
        fmaps.append(keep(before, x))
    x = finish(self.conv_post(x))
    fmaps.append(keep(x, x))
    return x.flatten(1), fmaps


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


@period_discriminator.misconception(
    "The slope is torch's default 0.01: HiFi-GAN's discriminators use 0.1, here SLOPE."
)
class DefaultSlope(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), F.leaky_relu)


@period_discriminator.misconception(
    "You use a plain ReLU, which passes no gradient below zero: use leaky_relu with SLOPE."
)
class PlainReLU(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), F.relu)


@period_discriminator.misconception(
    "There is no activation between the layers: without one, five convolutions are one linear map."
)
class NoActivation(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), lambda x: x)


@period_discriminator.misconception(
    "conv_post is followed by an activation: its output is the raw logits."
)
class ActivatedLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), finish=lambda x: F.leaky_relu(x, SLOPE))


@period_discriminator.misconception(
    "The logits go through a sigmoid: least squares wants them raw, any real number."
)
class SigmoidLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), finish=torch.sigmoid)


@period_discriminator.misconception(
    "You keep the feature maps before the activation: append x after leaky_relu."
)
class MapsBeforeActivation(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), keep=lambda before, after: before)


@period_discriminator.misconception(
    "There are 5 feature maps: the output of conv_post is the sixth."
)
class MapsWithoutLogits(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[:-1]


@period_discriminator.misconception(
    "The folded audio stands among the feature maps: the first map is the first layer's output, "
    "after leaky_relu."
)
class MapsWithInput(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, [folded(self, x), *fmaps]


@period_discriminator.misconception(
    "The feature maps are detached: feature matching then has no gradient. Append x itself."
)
class DetachedMaps(discriminators.PeriodDiscriminator):
    def forward(self, x):
        return judge(self, folded(self, x), keep=lambda before, after: after.detach())


@period_discriminator.misconception(
    "The logits still have four axes: flatten all but the batch, x.flatten(1)."
)
class LogitsNotFlat(discriminators.PeriodDiscriminator):
    def forward(self, x):
        _, fmaps = super().forward(x)
        return fmaps[-1], fmaps


@period_discriminator.misconception(
    "The logits are flattened over the batch too: keep the first axis, x.flatten(1)."
)
class BatchFlattened(discriminators.PeriodDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits.flatten(), fmaps


@period_discriminator.misconception(
    "The convolutions are not weight-normed: wrap each one, weight_norm(nn.Conv2d(...)), so that "
    "it has the official weight_g and weight_v."
)
class WithoutNorm(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, norm=lambda conv: conv)


@period_discriminator.misconception(
    "These convolutions have spectral norm: in HiFi-GAN only MSD's first member has it. Use "
    "weight_norm."
)
class SpectralNorm(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, norm=spectral_norm)


@period_discriminator.misconception(
    "All five layers have stride 3: the last one has stride 1 (see `strides`)."
)
class FiveStrides(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(3, 1)] * 5)


@period_discriminator.misconception(
    "No layer has a stride: the first four step by 3 along the rows, stride (3, 1)."
)
class NoStrides(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(1, 1)] * 5)


@period_discriminator.misconception(
    "The stride acts across the columns as well: it is (stride, 1), so that the p columns stay."
)
class StridesBothWays(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, stride=[(3, 3)] * 4 + [(1, 1)])


@period_discriminator.misconception(
    "The kernel is 5 wide in both directions and mixes the columns: with (5, 1) each of the p "
    "phases is judged on its own."
)
class ColumnsMixed(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, kernel_size=(5, 5), padding=(2, 2))


@period_discriminator.misconception(
    "The kernel has 3 rows: the five strided layers have (5, 1), only conv_post has (3, 1)."
)
class KernelOfThree(discriminators.PeriodDiscriminator):
    def __init__(self, period, width=1.0):
        super().__init__(period, width)
        rebuild(self, width, kernel_size=(3, 1), padding=(1, 0))


@period_discriminator.also_correct
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


@period_discriminator.also_correct
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


# ---------------------------------------------------------------------------------------- MPD

multi_period_discriminator = Exercise(
    id="discriminators.MultiPeriodDiscriminator",
    title="Multi-period discriminator",
    target=TARGET + "MultiPeriodDiscriminator",
    solution=discriminators.MultiPeriodDiscriminator,
    notebook=NOTEBOOK,
    todo="4.3",
    points=2,
)


@multi_period_discriminator.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, samples = (1, 31) if hidden else (2, 24)
    y, y_hat = audio(rng, batch, samples), audio(rng, batch, samples)
    periods = [3, 5] if hidden else [2, 3]
    init = {"width": SLIM, "periods": periods}
    return [
        Case(
            f"periods {periods[0]} and {periods[1]}, with gradients",
            probe="module",
            init=init,
            args={"y": y, "y_hat": y_hat},
            grad=("y", "y_hat"),
            **DEEP,
        ),
        Case(
            "official names, and official shapes made narrower",
            probe="state_dict",
            init={"width": 1 / 64 if hidden else SMALL},
        ),
        Case(
            "rejects y and y_hat of different length",
            probe="module",
            init=init,
            args={"y": y, "y_hat": y_hat[..., :-4]},
            **REJECTED,
        ),
    ]


def judge_all(real_side: list[Any], fake_side: list[Any]) -> Judged:
    """Sort (logits, feature maps) pairs of real and generated audio into the four lists."""
    return (
        [logits for logits, _ in real_side],
        [logits for logits, _ in fake_side],
        [fmaps for _, fmaps in real_side],
        [fmaps for _, fmaps in fake_side],
    )


@multi_period_discriminator.misconception(
    "Real and generated are exchanged in the result: logits of y come first, then those of y_hat, "
    "and so do the feature maps."
)
class FakeFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y)


@multi_period_discriminator.misconception(
    "The four lists are in another order: logits of y, logits of y_hat, feature maps of y, feature "
    "maps of y_hat."
)
class ListsInterleaved(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, fmaps_real, logits_fake, fmaps_fake


@multi_period_discriminator.misconception(
    "No gradient reaches y_hat: do not detach here. The caller does, in the discriminator's step "
    "only; the generator learns through this path."
)
class GeneratedDetached(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y_hat.detach())


@multi_period_discriminator.misconception(
    "Real audio is judged under no_grad: the discriminators then never learn from it."
)
class RealWithoutGradient(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        with torch.no_grad():
            real = [member(y) for member in self.discriminators]
        return judge_all(real, [member(y_hat) for member in self.discriminators])


@multi_period_discriminator.misconception(
    "Both halves of the result judge y: pass y_hat to the discriminator the second time."
)
class RealTwice(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y)


@multi_period_discriminator.misconception(
    "Both halves of the result judge y_hat: pass y to the discriminator the first time."
)
class GeneratedTwice(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y_hat)


@multi_period_discriminator.misconception(
    "The first period judges every time: use the discriminator of the loop."
)
class FirstPeriodOnly(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        first = self.discriminators[0]
        n = len(self.discriminators)
        return judge_all([first(y)] * n, [first(y_hat)] * n)


@multi_period_discriminator.misconception(
    "The feature maps stand in one flat list: append each discriminator's list as it is "
    "(append, not +=)."
)
class MapsInOneList(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, list(chain(*fmaps_real)), list(chain(*fmaps_fake))


@multi_period_discriminator.misconception(
    "The logits of all periods are concatenated: keep a list, one tensor for each, because the "
    "losses take each one's mean."
)
class LogitsConcatenated(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return torch.cat(logits_real, 1), torch.cat(logits_fake, 1), fmaps_real, fmaps_fake


@multi_period_discriminator.misconception(
    "Only the last period's judgement is returned: append to the lists inside the loop, return "
    "after it."
)
class LastPeriodOnly(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        return tuple(judged[-1:] for judged in super().forward(y, y_hat))


@multi_period_discriminator.also_correct
class OneBatchForBoth(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        real, fake = [], []
        for discriminator in self.discriminators:
            logits, fmaps = discriminator(torch.cat([y, y_hat]))
            real.append((logits[: len(y)], [fmap[: len(y)] for fmap in fmaps]))
            fake.append((logits[len(y) :], [fmap[len(y) :] for fmap in fmaps]))
        return judge_all(real, fake)


@multi_period_discriminator.also_correct
class RealSideFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        logits_real, fmaps_real = zip(*[member(y) for member in self.discriminators], strict=True)
        logits_fake, fmaps_fake = zip(
            *[member(y_hat) for member in self.discriminators], strict=True
        )
        return list(logits_real), list(logits_fake), list(fmaps_real), list(fmaps_fake)


# ------------------------------------------------------------------------- scale discriminator

scale_discriminator = Exercise(
    id="discriminators.ScaleDiscriminator",
    title="Scale discriminator",
    target=TARGET + "ScaleDiscriminator",
    solution=discriminators.ScaleDiscriminator,
    notebook=NOTEBOOK,
    todo="4.4",
    points=3,
)


@scale_discriminator.cases
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
            args={"x": audio(rng, 1, 150 if hidden else 129)},
            **DEEP,
        ),
        Case(
            "official names, and official shapes made narrower",
            probe="state_dict",
            init={"width": 1 / 8 if hidden else 1 / 4},
        ),
        Case(
            "the same with spectral norm",
            probe="state_dict",
            init={"width": 1 / 16 if hidden else SMALL, "norm": spectral_norm},
        ),
    ]


@scale_discriminator.misconception(
    "The slope is torch's default 0.01: HiFi-GAN's discriminators use 0.1, here SLOPE."
)
class ScaleDefaultSlope(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, F.leaky_relu)


@scale_discriminator.misconception(
    "You use a plain ReLU, which passes no gradient below zero: use leaky_relu with SLOPE."
)
class ScalePlainReLU(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, F.relu)


@scale_discriminator.misconception(
    "There is no activation between the layers: without one, the convolutions are one linear map."
)
class ScaleNoActivation(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, lambda x: x)


@scale_discriminator.misconception(
    "conv_post is followed by an activation: its output is the raw logits."
)
class ScaleActivatedLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, finish=lambda x: F.leaky_relu(x, SLOPE))


@scale_discriminator.misconception(
    "The logits go through a sigmoid: least squares wants them raw, any real number."
)
class ScaleSigmoidLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, finish=torch.sigmoid)


@scale_discriminator.misconception(
    "You keep the feature maps before the activation: append x after leaky_relu."
)
class ScaleMapsBeforeActivation(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, keep=lambda before, after: before)


@scale_discriminator.misconception(
    "There are 7 feature maps: the output of conv_post is the eighth."
)
class ScaleMapsWithoutLogits(discriminators.ScaleDiscriminator):
    def forward(self, x):
        logits, fmaps = super().forward(x)
        return logits, fmaps[:-1]


@scale_discriminator.misconception(
    "The feature maps are detached: feature matching then has no gradient. Append x itself."
)
class ScaleDetachedMaps(discriminators.ScaleDiscriminator):
    def forward(self, x):
        return judge(self, x, keep=lambda before, after: after.detach())


@scale_discriminator.misconception(
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


@scale_discriminator.misconception(
    "The convolutions have no groups: pass groups=groups, without them MSD has several times the "
    "official weights."
)
class WithoutGroups(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, groups=1)


@scale_discriminator.misconception(
    "The convolutions have no stride: pass the layer's stride, the signal gets 64 times shorter on "
    "its way."
)
class ScaleNoStrides(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, stride=1)


@scale_discriminator.misconception(
    "The convolutions have no bias: the official ones do, leave torch's default."
)
class WithoutBias(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, norm, bias=False)


@scale_discriminator.misconception(
    "Weight norm is fixed: wrap the convolution with the argument, norm(conv), for MSD's first "
    "member asks for spectral norm."
)
class NormIgnored(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, weight_norm)


@scale_discriminator.misconception("The convolutions are not normed: wrap each one, norm(conv).")
class NormForgotten(discriminators.ScaleDiscriminator):
    def __init__(self, width=1.0, norm=weight_norm):
        super().__init__(width, norm)
        rebuild_scale(self, width, lambda conv: conv)


@scale_discriminator.also_correct
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


@scale_discriminator.also_correct
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


# ---------------------------------------------------------------------------- pooling cascade

pooled_scales = Exercise(
    id="discriminators.pooled_scales",
    title="Pooling cascade",
    target=TARGET + "pooled_scales",
    solution=discriminators.pooled_scales,
    notebook=NOTEBOOK,
    todo="4.5",
    points=1,
)


@pooled_scales.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    ones = torch.ones(1, 1, 20 if hidden else 16)
    noise = audio(rng, 3 if hidden else 2, 29 if hidden else 21)
    return [
        Case("ones: the padding counts, the edges read 0.5", args={"x": ones}),
        Case("noise of odd length, with gradient", args={"x": noise}, grad=("x",)),
        Case("four scales", args={"x": noise, "n_scales": 4}),
        Case("one scale", args={"x": noise, "n_scales": 1}),
        Case("rejects 0 scales", args={"x": ones, "n_scales": 0}, **REJECTED),
        Case("rejects audio without channel axis", args={"x": ones[0]}, **REJECTED),
    ]


def cascade(x: Tensor, n_scales: int, pool) -> list[Tensor]:
    """Return x, pool(x), pool(pool(x)), ... for another pool."""
    check_audio(x)
    if n_scales < 1:
        raise ValueError("n_scales must be at least 1")
    scales = [x]
    while len(scales) < n_scales:
        scales.append(pool(scales[-1]))
    return scales


@pooled_scales.misconception(
    "You keep every second sample: without averaging, high frequencies fold down into the low "
    "ones. Pool with avg_pool1d."
)
def decimated(x, n_scales=3):
    return cascade(x, n_scales, lambda x: x[..., ::2])


@pooled_scales.misconception(
    "Every scale is pooled from the raw audio, so all but the first are the same: pool the scale "
    "before."
)
def not_cascaded(x, n_scales=3):
    raw, *rest = discriminators.pooled_scales(x, n_scales)
    return [raw, *(F.avg_pool1d(raw, 4, 2, padding=2) for _ in rest)]


@pooled_scales.misconception(
    "You pool the raw audio with a longer stride for each scale: the official cascade pools the "
    "scale before, always by AvgPool1d(4, 2, padding=2)."
)
def longer_strides(x, n_scales=3):
    raw, *rest = discriminators.pooled_scales(x, n_scales)
    pools = (2 ** (k + 1) for k in range(len(rest)))
    return [raw, *(F.avg_pool1d(raw, 2 * s, s, padding=s) for s in pools)]


@pooled_scales.misconception(
    "You average 2 samples every 2: the official kernel is 4 samples long, its averages overlap."
)
def kernel_of_two(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 2, 2, padding=1))


@pooled_scales.misconception(
    "The padding is missing: with 2 samples on each side, 8192 become 4097, not 4095."
)
def pooled_unpadded(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, 2))


@pooled_scales.misconception(
    "The padding is 1: it is 2, so that 8192 samples become 4097, not 4096."
)
def padding_of_one(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, 2, padding=1))


@pooled_scales.misconception(
    "The padded zeros are left out of the mean: the official pool counts them "
    "(count_include_pad=True), so a signal of ones reads 0.5 at its edges."
)
def padding_not_counted(x, n_scales=3):
    def pool(x):
        return F.avg_pool1d(x, 4, 2, padding=2, count_include_pad=False)

    return cascade(x, n_scales, pool)


@pooled_scales.misconception(
    "You take the maximum: it distorts the waveform. MSD averages (avg_pool1d)."
)
def maximum(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.max_pool1d(x, 4, 2, padding=2))


@pooled_scales.misconception(
    "The stride is 4, the length of the kernel (torch's default): pass stride=2, each scale halves "
    "the rate."
)
def stride_of_kernel(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, padding=2))


@pooled_scales.misconception("The raw audio is missing: the first scale is x itself.")
def raw_missing(x, n_scales=3):
    cascade(x, n_scales, lambda x: x)
    return discriminators.pooled_scales(x, n_scales + 1)[1:]


@pooled_scales.misconception("There is one scale too many: n_scales counts the raw audio too.")
def one_too_many(x, n_scales=3):
    cascade(x, n_scales, lambda x: x)
    return discriminators.pooled_scales(x, n_scales + 1)


@pooled_scales.misconception("The scales are in the opposite order: the raw audio comes first.")
def coarsest_first(x, n_scales=3):
    return discriminators.pooled_scales(x, n_scales)[::-1]


@pooled_scales.also_correct
def with_pool_module(x, n_scales=3):
    return cascade(x, n_scales, nn.AvgPool1d(kernel_size=4, stride=2, padding=2))


@pooled_scales.also_correct
def as_convolution(x, n_scales=3):
    kernel = torch.full((1, 1, 4), 0.25)
    return cascade(x, n_scales, lambda x: F.conv1d(x, kernel, stride=2, padding=2))


@pooled_scales.also_correct
def with_windows(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.pad(x, (2, 2)).unfold(-1, 4, 2).sum(-1) / 4)


# ---------------------------------------------------------------------------------------- MSD

multi_scale_discriminator = Exercise(
    id="discriminators.MultiScaleDiscriminator",
    title="Multi-scale discriminator",
    target=TARGET + "MultiScaleDiscriminator",
    solution=discriminators.MultiScaleDiscriminator,
    notebook=NOTEBOOK,
    todo="4.6",
    points=2,
)


@multi_scale_discriminator.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, samples = (1, 27) if hidden else (2, 18)
    y, y_hat = audio(rng, batch, samples), audio(rng, batch, samples)
    return [
        Case(
            "real and generated audio, with gradients",
            probe="module",
            init={"width": TINY},
            args={"y": y, "y_hat": y_hat},
            grad=("y", "y_hat"),
            **DEEP,
        ),
        Case(
            "official names, and official shapes made narrower",
            probe="state_dict",
            init={"width": 1 / 64 if hidden else SMALL},
        ),
        Case(
            "rejects y and y_hat of different length",
            probe="module",
            init={"width": TINY},
            args={"y": y, "y_hat": y_hat[..., :-4]},
            **REJECTED,
        ),
    ]


def judge_scales(members, ys: list[Tensor], y_hats: list[Tensor]) -> Judged:
    """Let member k judge scale k of both signals."""
    real = [member(y) for member, y in zip(members, ys, strict=True)]
    return judge_all(real, [member(y) for member, y in zip(members, y_hats, strict=True)])


class WithNorms(discriminators.MultiScaleDiscriminator):
    """An MSD whose members have these norms."""

    norms: tuple[Any, Any, Any] = (spectral_norm, weight_norm, weight_norm)

    def __init__(self, width=1.0):
        super().__init__(width)
        members = [discriminators.ScaleDiscriminator(width, norm) for norm in self.norms]
        self.discriminators = nn.ModuleList(members)


@multi_scale_discriminator.misconception(
    "Spectral norm is everywhere: only the member for raw audio, the first, has it."
)
class SpectralEverywhere(WithNorms):
    norms = (spectral_norm, spectral_norm, spectral_norm)


@multi_scale_discriminator.misconception(
    "Spectral norm is nowhere: the member for raw audio, the first, has it."
)
class SpectralNowhere(WithNorms):
    norms = (weight_norm, weight_norm, weight_norm)


@multi_scale_discriminator.misconception(
    "Spectral norm is on the last member: it belongs to the first, the one for raw audio."
)
class SpectralLast(WithNorms):
    norms = (weight_norm, weight_norm, spectral_norm)


@multi_scale_discriminator.misconception(
    "This is the newer spectral norm of torch.nn.utils.parametrizations: its names differ from the "
    "official checkpoint's. Use the one imported at the top of the file."
)
class NewerSpectralNorm(WithNorms):
    norms = (parametrizations.spectral_norm, weight_norm, weight_norm)


@multi_scale_discriminator.misconception(
    "Only the generated audio is pooled: both must be, or the discriminators tell them apart by "
    "their length."
)
class OnlyGeneratedPooled(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return judge_scales(self.discriminators, [y] * 3, discriminators.pooled_scales(y_hat))


@multi_scale_discriminator.misconception(
    "Only the real audio is pooled: both must be, or the discriminators tell them apart by their "
    "length."
)
class OnlyRealPooled(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return judge_scales(self.discriminators, discriminators.pooled_scales(y), [y_hat] * 3)


@multi_scale_discriminator.misconception(
    "Nothing is pooled: all three members judge raw audio. Give member k scale k."
)
class NothingPooled(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return judge_scales(self.discriminators, [y] * 3, [y_hat] * 3)


@multi_scale_discriminator.misconception(
    "The scales are not cascaded: the second and third member judge the same halved audio."
)
class HalvedTwice(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = not_cascaded(y), not_cascaded(y_hat)
        return judge_scales(self.discriminators, ys, y_hats)


@multi_scale_discriminator.misconception(
    "The members and the scales run in opposite order: the first member, with spectral norm, "
    "judges raw audio."
)
class CoarsestFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = coarsest_first(y), coarsest_first(y_hat)
        return judge_scales(self.discriminators, ys, y_hats)


@multi_scale_discriminator.misconception(
    "The first member judges all scales: each scale has its own."
)
class FirstMemberOnly(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = discriminators.pooled_scales(y), discriminators.pooled_scales(y_hat)
        return judge_scales([self.discriminators[0]] * 3, ys, y_hats)


@multi_scale_discriminator.misconception(
    "Real and generated are exchanged in the result: logits of y come first, then those of y_hat, "
    "and so do the feature maps."
)
class GeneratedFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y)


@multi_scale_discriminator.misconception(
    "No gradient reaches y_hat: do not detach here. The caller does, in the discriminator's step "
    "only; the generator learns through this path."
)
class ScalesDetached(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y_hat.detach())


@multi_scale_discriminator.also_correct
class WithMeanPools(discriminators.MultiScaleDiscriminator):
    """As in the official code: pools as modules, applied from the second member on."""

    def __init__(self, width=1.0):
        super().__init__(width)
        self.meanpools = nn.ModuleList([nn.AvgPool1d(4, 2, padding=2) for _ in range(2)])

    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        real, fake = [], []
        for i, discriminator in enumerate(self.discriminators):
            if i > 0:
                y, y_hat = self.meanpools[i - 1](y), self.meanpools[i - 1](y_hat)
            real.append(discriminator(y))
            fake.append(discriminator(y_hat))
        return judge_all(real, fake)


@multi_scale_discriminator.also_correct
class BothInOneBatch(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        real, fake = [], []
        scales = discriminators.pooled_scales(torch.cat([y, y_hat]))
        for discriminator, both in zip(self.discriminators, scales, strict=True):
            logits, fmaps = discriminator(both)
            real.append((logits.chunk(2)[0], [fmap.chunk(2)[0] for fmap in fmaps]))
            fake.append((logits.chunk(2)[1], [fmap.chunk(2)[1] for fmap in fmaps]))
        return judge_all(real, fake)
