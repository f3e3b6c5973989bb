"""Multi-period discriminator."""

from __future__ import annotations

from itertools import chain

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import discriminators
from ...exercise_lib.discriminators import check_pair
from .shared import DEEP, REJECTED, SLIM, audio, judge_all

exercise = Exercise(
    id="discriminators.MultiPeriodDiscriminator",
    title="Multi-period discriminator",
    target="exercise_lib.discriminators:MultiPeriodDiscriminator",
    solution=discriminators.MultiPeriodDiscriminator,
    todo="4.3",
    points=2,
    difficulty=2,
    minutes=5,
)


@exercise.cases
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
            "rejects y and y_hat of different length",
            probe="module",
            init=init,
            args={"y": y, "y_hat": y_hat[..., :-4]},
            **REJECTED,
        ),
    ]


@exercise.misconception(
    "Real and generated are exchanged in the result: logits of y come first, then those of y_hat, "
    "and so do the feature maps."
)
class FakeFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y)


@exercise.misconception(
    "The four lists are in another order, or in pairs: logits of y, logits of y_hat, feature maps "
    "of y, feature maps of y_hat."
)
class ListsInterleaved(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, fmaps_real, logits_fake, fmaps_fake


@exercise.neighbour(ListsInterleaved)
class MapsFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return fmaps_real, fmaps_fake, logits_real, logits_fake


@exercise.neighbour(ListsInterleaved)
class GeneratedMapsFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_fake, fmaps_real


@exercise.neighbour(ListsInterleaved)
class GeneratedLogitsFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_fake, logits_real, fmaps_real, fmaps_fake


@exercise.neighbour(ListsInterleaved)
class PairsOfLists(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return (logits_real, logits_fake), (fmaps_real, fmaps_fake)


@exercise.misconception(
    "No gradient reaches y_hat: neither detach nor no_grad here. The caller detaches, in the "
    "discriminator's step only; the generator learns through this path."
)
class GeneratedDetached(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y_hat.detach())


@exercise.neighbour(GeneratedDetached)
class GeneratedWithoutGradient(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        with torch.no_grad():
            return super().forward(y, y_hat)


@exercise.misconception(
    "Real audio is judged under no_grad: the discriminators then never learn from it."
)
class RealWithoutGradient(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        with torch.no_grad():
            real = [member(y) for member in self.discriminators]
        return judge_all(real, [member(y_hat) for member in self.discriminators])


@exercise.misconception(
    "Both halves of the result judge y: pass y_hat to the discriminator the second time."
)
class RealTwice(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y, y)


@exercise.misconception(
    "Both halves of the result judge y_hat: pass y to the discriminator the first time."
)
class GeneratedTwice(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        return super().forward(y_hat, y_hat)


@exercise.misconception("The first period judges every time: use the discriminator of the loop.")
class FirstPeriodOnly(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        first = self.discriminators[0]
        n = len(self.discriminators)
        return judge_all([first(y)] * n, [first(y_hat)] * n)


@exercise.misconception(
    "The feature maps stand in one flat list: append each discriminator's list as it is "
    "(append, not +=)."
)
class MapsInOneList(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, list(chain(*fmaps_real)), list(chain(*fmaps_fake))


@exercise.neighbour(MapsInOneList)
class RealMapsInOneList(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, list(chain(*fmaps_real)), fmaps_fake


@exercise.neighbour(MapsInOneList)
class GeneratedMapsInOneList(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_real, list(chain(*fmaps_fake))


@exercise.misconception(
    "The logits of all periods are concatenated: keep a list, one tensor for each, because the "
    "losses take each one's mean."
)
class LogitsConcatenated(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return torch.cat(logits_real, 1), torch.cat(logits_fake, 1), fmaps_real, fmaps_fake


@exercise.misconception(
    "Only the last period's judgement is returned: append to the lists inside the loop, return "
    "after it."
)
class LastPeriodOnly(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        return tuple(judged[-1:] for judged in super().forward(y, y_hat))


@exercise.misconception("The last period judges every time: use the discriminator of the loop.")
class LastPeriodEveryTime(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        last = self.discriminators[-1]
        n = len(self.discriminators)
        return judge_all([last(y)] * n, [last(y_hat)] * n)


@exercise.misconception(
    "The feature maps of one period are kept: append each discriminator's list."
)
class LastMapsOnly(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_real[-1], fmaps_fake[-1]


@exercise.misconception(
    "Only the first period's judgement is returned: `return` stands in the loop, take it out."
)
class FirstPeriodReturned(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        return tuple(judged[:1] for judged in super().forward(y, y_hat))


@exercise.misconception(
    "One list has several names (a = b = []) and holds what belongs apart: make each a list of its "
    "own."
)
class OneListForAll(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        everything = []
        for member in self.discriminators:
            for heard in (y, y_hat):
                everything += member(heard)
        return everything, everything, everything, everything


@exercise.neighbour(OneListForAll)
class OneListForLogits(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        logits = list(chain(*zip(logits_real, logits_fake, strict=True)))
        fmaps = list(chain(*zip(fmaps_real, fmaps_fake, strict=True)))
        return logits, logits, fmaps, fmaps


@exercise.neighbour(OneListForAll)
class OneListForEachSide(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        real = list(chain(*zip(logits_real, fmaps_real, strict=True)))
        fake = list(chain(*zip(logits_fake, fmaps_fake, strict=True)))
        return real, fake, real, fake


@exercise.misconception("The periods stand in the opposite order: the first one comes first.")
class LastPeriodFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        return tuple(judged[::-1] for judged in super().forward(y, y_hat))


@exercise.misconception("The judgements are averaged or added: keep a list, an entry a period.")
class LogitsAveraged(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        real, fake = ([it.mean() for it in logits] for logits in (logits_real, logits_fake))
        return real, fake, fmaps_real, fmaps_fake


@exercise.neighbour(LogitsAveraged)
class LogitsSummed(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        real, fake = (sum(it.mean() for it in logits) for logits in (logits_real, logits_fake))
        return real, fake, fmaps_real, fmaps_fake


@exercise.misconception(
    "What you append as logits is the whole pair, or the maps: unpack it, `logits, fmaps = "
    "discriminator(y)`."
)
class PairsAppended(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        real = [member(y) for member in self.discriminators]
        fake = [member(y_hat) for member in self.discriminators]
        return real, fake, real, fake


@exercise.neighbour(PairsAppended)
class MapsForLogits(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        _logits_real, _logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return fmaps_real, fmaps_fake, fmaps_real, fmaps_fake


@exercise.misconception("One side is appended to the other's list: four lists, each with its own.")
class MapsInTheRealList(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        both = list(chain(*zip(fmaps_real, fmaps_fake, strict=True)))
        return logits_real, logits_fake, both, []


@exercise.neighbour(MapsInTheRealList)
class LogitsInTheRealList(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, fmaps_fake = super().forward(y, y_hat)
        return list(chain(*zip(logits_real, logits_fake, strict=True))), [], fmaps_real, fmaps_fake


@exercise.misconception("A list stays empty: append the feature maps of y and of y_hat too.")
class GeneratedMapsForgotten(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, _ = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_real, []


@exercise.neighbour(GeneratedMapsForgotten)
class AllMapsForgotten(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, _, _ = super().forward(y, y_hat)
        return logits_real, logits_fake, [], []


@exercise.misconception(
    "The feature maps of one signal are returned for both: the last list holds those of y_hat."
)
class MapsOfRealTwice(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, fmaps_real, _ = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_real, fmaps_real


@exercise.neighbour(MapsOfRealTwice)
class MapsOfGeneratedTwice(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        logits_real, logits_fake, _, fmaps_fake = super().forward(y, y_hat)
        return logits_real, logits_fake, fmaps_fake, fmaps_fake


@exercise.also_correct
class OneBatchForBoth(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        real, fake = [], []
        for discriminator in self.discriminators:
            logits, fmaps = discriminator(torch.cat([y, y_hat]))
            real.append((logits[: len(y)], [fmap[: len(y)] for fmap in fmaps]))
            fake.append((logits[len(y) :], [fmap[len(y) :] for fmap in fmaps]))
        return judge_all(real, fake)


@exercise.also_correct
class RealSideFirst(discriminators.MultiPeriodDiscriminator):
    def forward(self, y, y_hat):
        check_pair(y, y_hat)
        logits_real, fmaps_real = zip(*[member(y) for member in self.discriminators], strict=True)
        logits_fake, fmaps_fake = zip(
            *[member(y_hat) for member in self.discriminators], strict=True
        )
        return list(logits_real), list(logits_fake), list(fmaps_real), list(fmaps_fake)


@exercise.also_correct
class BothInOneBatch(discriminators.MultiPeriodDiscriminator):
    def forward(self, real, generated):
        discriminators.check_pair(real, generated)
        judged = [member(torch.cat([real, generated])) for member in self.discriminators]
        n = len(real)
        halves = [
            (logits[:n], logits[n:], [it[:n] for it in maps], [it[n:] for it in maps])
            for logits, maps in judged
        ]
        return tuple(zip(*halves, strict=True))
