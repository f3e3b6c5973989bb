"""Multi-scale discriminator."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, spectral_norm
from torch.nn.utils.parametrizations import weight_norm

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import discriminators
from ...exercise_lib.discriminators import Judged, check_pair
from .pooled_scales import coarsest_first, not_cascaded
from .shared import DEEP, REJECTED, SMALL, TINY, audio, judge_all

exercise = Exercise(
    id="discriminators.MultiScaleDiscriminator",
    title="Multi-scale discriminator",
    target="exercise_lib.discriminators:MultiScaleDiscriminator",
    solution=discriminators.MultiScaleDiscriminator,
    todo="4.6",
    points=2,
    difficulty=2,
    minutes=5,
)


@exercise.cases
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
            weight=0.5,
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


@exercise.misconception(
    "Spectral norm is everywhere: only the member for raw audio, the first, has it."
)
class SpectralEverywhere(WithNorms):
    norms = (spectral_norm, spectral_norm, spectral_norm)


@exercise.misconception("Spectral norm is nowhere: the member for raw audio, the first, has it.")
class SpectralNowhere(WithNorms):
    norms = (weight_norm, weight_norm, weight_norm)


@exercise.misconception(
    "Spectral norm is on the last member: it belongs to the first, the one for raw audio."
)
class SpectralLast(WithNorms):
    norms = (weight_norm, weight_norm, spectral_norm)


@exercise.misconception(
    "This is the newer spectral norm of torch.nn.utils.parametrizations: its names differ from the "
    "official checkpoint's. Use the one imported at the top of the file."
)
class NewerSpectralNorm(WithNorms):
    norms = (parametrizations.spectral_norm, weight_norm, weight_norm)


@exercise.misconception(
    "Only the generated audio is pooled: both must be, or the discriminators tell them apart by "
    "their length."
)
class OnlyGeneratedPooled(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return judge_scales(self.discriminators, [y] * 3, discriminators.pooled_scales(y_hat))


@exercise.misconception(
    "Only the real audio is pooled: both must be, or the discriminators tell them apart by their "
    "length."
)
class OnlyRealPooled(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return judge_scales(self.discriminators, discriminators.pooled_scales(y), [y_hat] * 3)


@exercise.misconception(
    "Nothing is pooled: all three members judge raw audio. Give member k scale k."
)
class NothingPooled(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return judge_scales(self.discriminators, [y] * 3, [y_hat] * 3)


@exercise.misconception(
    "The scales are not cascaded: the second and third member judge the same halved audio."
)
class HalvedTwice(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = not_cascaded(y), not_cascaded(y_hat)
        return judge_scales(self.discriminators, ys, y_hats)


@exercise.misconception(
    "The members and the scales run in opposite order: the first member, with spectral norm, "
    "judges raw audio."
)
class CoarsestFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = coarsest_first(y), coarsest_first(y_hat)
        return judge_scales(self.discriminators, ys, y_hats)


@exercise.misconception("The first member judges all scales: each scale has its own.")
class FirstMemberOnly(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = discriminators.pooled_scales(y), discriminators.pooled_scales(y_hat)
        return judge_scales([self.discriminators[0]] * 3, ys, y_hats)


@exercise.misconception(
    "Real and generated are exchanged in the result: logits of y come first, then those of y_hat, "
    "and so do the feature maps."
)
class GeneratedFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y)


@exercise.misconception(
    "No gradient reaches y_hat: do not detach here. The caller does, in the discriminator's step "
    "only; the generator learns through this path."
)
class ScalesDetached(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y_hat.detach())


@exercise.also_correct
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


@exercise.also_correct
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
