"""Multi-scale discriminator."""

from __future__ import annotations

from itertools import chain
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
from .shared import DEEP, LOUD, REJECTED, SMALL, TINY, audio, judge_all

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
    y, y_hat = audio(rng, batch, samples), LOUD * audio(rng, batch, samples)
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


@exercise.neighbour(NewerSpectralNorm)
class NewerSpectralEverywhere(WithNorms):
    norms = (parametrizations.spectral_norm,) * 3


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
    "Samples are left out, not averaged: high frequencies fold down. Pool, as pooled_scales does."
)
class EverySecondSample(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = ([it[..., :: 2**k] for k in range(3)] for it in (y, y_hat))
        return judge_scales(self.discriminators, ys, y_hats)


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


@exercise.misconception(
    "Spectral norm is on a member for pooled audio: it belongs to the first, the one for raw audio."
)
class SpectralSecond(WithNorms):
    norms = (weight_norm, spectral_norm, weight_norm)


@exercise.neighbour(SpectralSecond)
class SpectralOnPooled(WithNorms):
    norms = (weight_norm, spectral_norm, spectral_norm)


@exercise.misconception(
    "Spectral norm is on two members: only the one for raw audio, the first, has it."
)
class SpectralTwice(WithNorms):
    norms = (spectral_norm, spectral_norm, weight_norm)


@exercise.misconception("The last member judges all scales: each scale has its own.")
class LastMemberOnly(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = discriminators.pooled_scales(y), discriminators.pooled_scales(y_hat)
        return judge_scales([self.discriminators[-1]] * 3, ys, y_hats)


@exercise.misconception(
    "A norm is missing: spectral norm on the first member, weight norm on the others."
)
class NoNorms(WithNorms):
    norms = (lambda conv: conv, lambda conv: conv, lambda conv: conv)


@exercise.misconception(
    "There is another number of members: three, for raw, x2 and x4 pooled audio."
)
class TwoMembers(discriminators.MultiScaleDiscriminator):
    def __init__(self, width=1.0):
        super().__init__(width)
        del self.discriminators[2]

    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = discriminators.pooled_scales(y, 2), discriminators.pooled_scales(y_hat, 2)
        return judge_scales(self.discriminators, ys, y_hats)


@exercise.misconception(
    "One member stands in the list more than once: make three, each with weights of its own."
)
class OneMemberThrice(discriminators.MultiScaleDiscriminator):
    def __init__(self, width=1.0):
        super().__init__(width)
        self.discriminators[1] = self.discriminators[2] = self.discriminators[0]


@exercise.neighbour(OneMemberThrice)
class OneWeightNormedMemberTwice(discriminators.MultiScaleDiscriminator):
    def __init__(self, width=1.0):
        super().__init__(width)
        self.discriminators[2] = self.discriminators[1]


@exercise.misconception("Both halves of the result judge y: judge y_hat the second time.")
class ScalesOfRealTwice(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y)


@exercise.misconception("Both halves of the result judge y_hat: judge y the first time.")
class ScalesOfGeneratedTwice(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y_hat)


@exercise.misconception(
    "The four lists are in another order: logits of y, logits of y_hat, feature maps of y, feature "
    "maps of y_hat."
)
class ScaleListsInterleaved(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, fmaps_real, logits_fake, fmaps_fake


@exercise.neighbour(ScaleListsInterleaved)
class ScaleMapsFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return fmaps_real, fmaps_fake, logits_real, logits_fake


@exercise.neighbour(ScaleListsInterleaved)
class ScaleGeneratedMapsFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_fake, fmaps_real


@exercise.neighbour(ScaleListsInterleaved)
class ScaleGeneratedLogitsFirst(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_fake, logits_real, fmaps_real, fmaps_fake


@exercise.misconception(
    "Only the first member's judgement is returned: `return` stands in the loop, take it out."
)
class FirstScaleReturned(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        return tuple(judged[:1] for judged in super().forward(y, y_hat))


@exercise.misconception(
    "Only the last member's judgement is returned: append to the lists inside the loop."
)
class LastScaleReturned(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        return tuple(judged[-1:] for judged in super().forward(y, y_hat))


@exercise.misconception(
    "One list has several names (a = b = []) and holds what belongs apart: make each a list of its "
    "own."
)
class ScalesInOneList(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        judged = super().forward(y, y_hat)
        everything = [it for member in zip(*judged, strict=True) for it in member]
        return everything, everything, everything, everything


@exercise.neighbour(ScalesInOneList)
class ScaleLogitsInOneList(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        logits = [it for pair in zip(logits_real, logits_fake, strict=True) for it in pair]
        fmaps = [it for pair in zip(fmaps_real, fmaps_fake, strict=True) for it in pair]
        return logits, logits, fmaps, fmaps


@exercise.misconception(
    "The feature maps stand in one flat list: append each member's list as it is."
)
class ScaleMapsInOneList(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, list(chain(*fmaps_real)), list(chain(*fmaps_fake))


@exercise.misconception("The audio is pooled once more: member 0 judges raw audio, y itself.")
class PooledOnceMore(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = discriminators.pooled_scales(y, 4), discriminators.pooled_scales(y_hat, 4)
        return judge_scales(self.discriminators, ys[1:], y_hats[1:])


@exercise.neighbour(PooledOnceMore)
class AllPooledOnce(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        ys, y_hats = discriminators.pooled_scales(y), discriminators.pooled_scales(y_hat)
        return judge_scales(self.discriminators, [ys[1]] * 3, [y_hats[1]] * 3)


@exercise.misconception(
    "A plain list hides the members from torch: nn.ModuleList registers their weights."
)
class MembersInAPlainList(discriminators.MultiScaleDiscriminator):
    def __init__(self, width=1.0):
        super().__init__(width)
        members = list(self.discriminators)  # type: ignore[has-type]
        del self.discriminators  # type: ignore[has-type]
        self.discriminators = members  # type: ignore[assignment]


@exercise.misconception("One side is appended to the other's list: four lists, each with its own.")
class ScaleMapsInTheRealList(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        both = list(chain(*zip(fmaps_real, fmaps_fake, strict=True)))
        return logits_real, logits_fake, both, []


@exercise.misconception("A list stays empty: append the feature maps of y and of y_hat too.")
class ScaleGeneratedMapsForgotten(discriminators.MultiScaleDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, _ = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_real, []


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
