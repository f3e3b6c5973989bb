"""The spectral distance of one resolution."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.spectral_distance",
    title="The spectral distance",
    target="exercise_lib.latent_audio:spectral_distance",
    solution=latent_audio.spectral_distance,
    todo="14.1",
    points=2,
    difficulty=2,
    minutes=15,
)


def magnitudes(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw magnitudes of clips of which each is less loud than the one before."""
    quieter = torch.tensor([0.4**n for n in range(shape[0])])
    return quieter[:, None, None] * (1.2 * normal(rng, *shape)).exp()


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, n, t = (3, 6, 4) if hidden else (3, 5, 7)

    def case(name: str, floor: float, silent: bool, *shape: int) -> Case:
        real, fake = magnitudes(rng, *shape), magnitudes(rng, *shape)
        if silent:
            fake[-1], real[0, :, -1] = 0, 0
        args = {"real": real, "fake": fake, "floor": floor}
        return Case(name, args=args, grad=("fake",))

    return [
        case("a floor amid the levels", 0.5 if hidden else 0.4, False, b, n, t),
        case("digital silence in both", 0.2, True, b, n, t),
        case("one clip", 0.3, False, 1, n, 2 * t),
        case("a high floor", 0.9, True, 2, n + 2, t),
    ]


def both(real, fake, floor):
    return real.clamp(min=floor), fake.clamp(min=floor)


def of_logs(x, y):
    return (x.log() - y.log()).abs().mean()


def convergence(x, y):
    return (x - y).norm() / x.norm()


@exercise.misconception(
    "There is no floor: digital silence has a level of minus infinity, and a loss that tries to "
    "reach it learns of little else."
)
def no_floor(real, fake, floor):
    return convergence(real, fake) + of_logs(real + 1e-5, fake + 1e-5)


@exercise.misconception(
    "The floor is added: what is louder than it must stay as it is, so take the larger of both."
)
def floor_added(real, fake, floor):
    return convergence(real + floor, fake + floor) + of_logs(real + floor, fake + floor)


@exercise.neighbour(floor_added)
def floor_added_in_logs(real, fake, floor):
    return convergence(real, fake) + of_logs(real + floor, fake + floor)


@exercise.misconception(
    "One side alone has the floor: where both are silent the distance has to be 0."
)
def floor_for_the_real(real, fake, floor):
    x, y = real.clamp(min=floor), fake + 1e-5
    return convergence(x, y) + of_logs(x, y)


@exercise.neighbour(floor_for_the_real)
def floor_for_the_fake(real, fake, floor):
    x, y = real + 1e-5, fake.clamp(min=floor)
    return convergence(x, y) + of_logs(x, y)


@exercise.misconception("The first term has no floor: X' and Y' of (14.1) are those of both terms.")
def floor_in_logs_alone(real, fake, floor):
    return convergence(real, fake) + of_logs(*both(real, fake, floor))


@exercise.neighbour(floor_in_logs_alone)
def floor_below_alone(real, fake, floor):
    x, y = both(real, fake, floor)
    return (real - fake).norm() / x.norm() + of_logs(x, y)


@exercise.misconception(
    "These are squared lengths: ||.||_F is the root of the sum of squares, above and below."
)
def squared_lengths(real, fake, floor):
    x, y = both(real, fake, floor)
    return (x - y).square().sum() / x.square().sum() + of_logs(x, y)


@exercise.misconception(
    "Each clip is divided by its own length: (14.1) takes one length of the whole batch, so that "
    "a silent clip counts no more than a loud one."
)
def clip_by_clip(real, fake, floor):
    x, y = both(real, fake, floor)
    lengths = [it.flatten(1).norm(dim=1) for it in (x - y, x)]
    return (lengths[0] / lengths[1]).mean() + of_logs(x, y)


@exercise.neighbour(clip_by_clip)
def frame_by_frame(real, fake, floor):
    x, y = both(real, fake, floor)
    return ((x - y).norm(dim=1) / x.norm(dim=1)).mean() + of_logs(x, y)


@exercise.misconception(
    "You divide by the length of the decoded sounds: a decoder could make the loss small by being "
    "loud. The true ones are the measure."
)
def by_the_fake(real, fake, floor):
    x, y = both(real, fake, floor)
    return (x - y).norm() / y.norm() + of_logs(x, y)


@exercise.misconception("The logarithm is natural, without a factor: no decibels, no log10.")
def in_tens(real, fake, floor):
    x, y = both(real, fake, floor)
    return convergence(x, y) + (x.log10() - y.log10()).abs().mean()


@exercise.neighbour(in_tens)
def in_decibels(real, fake, floor):
    x, y = both(real, fake, floor)
    return convergence(x, y) + 20 * (x.log10() - y.log10()).abs().mean()


@exercise.misconception("Differences of logs are squared: (14.1) takes their absolute values.")
def squared_logs(real, fake, floor):
    x, y = both(real, fake, floor)
    return convergence(x, y) + (x.log() - y.log()).square().mean()


@exercise.misconception("The logs' differences are summed: their mean is asked for.")
def summed_logs(real, fake, floor):
    x, y = both(real, fake, floor)
    return convergence(x, y) + (x.log() - y.log()).abs().sum()


@exercise.misconception("The second term is missing: quiet partials would count for nothing.")
def no_logs(real, fake, floor):
    return convergence(*both(real, fake, floor))


@exercise.misconception("The first term is missing: the loud parts count more by it.")
def logs_alone(real, fake, floor):
    return of_logs(*both(real, fake, floor))


@exercise.misconception(
    "Only the gradient is wrong: below the floor a decoder must not be pulled anywhere, and here "
    "the floor hands its gradient on."
)
def gradient_below_the_floor(real, fake, floor):
    x = real.clamp(min=floor)
    y = fake + (floor - fake).clamp(min=0).detach()
    return convergence(x, y) + of_logs(x, y)


@exercise.misconception("Only the gradient is wrong: the decoded sounds are detached in a term.")
def convergence_detached(real, fake, floor):
    x, y = both(real, fake, floor)
    return convergence(x, y.detach()) + of_logs(x, y)


@exercise.neighbour(convergence_detached)
def logs_detached(real, fake, floor):
    x, y = both(real, fake, floor)
    return convergence(x, y) + of_logs(x, y.detach())


@exercise.also_correct
def by_sums(real, fake, floor):
    least = torch.tensor(floor)
    x, y = torch.maximum(real, least), torch.maximum(fake, least)
    first = torch.sqrt(((y - x) ** 2).sum() / (x**2).sum())
    return first + (y / x).log().abs().sum() / x.numel()


@exercise.also_correct
def in_two_lines(real, fake, floor):
    x, y = real.clamp_min(floor), fake.clamp_min(floor)
    logs = torch.nn.functional.l1_loss(y.log(), x.log())
    return torch.linalg.vector_norm(y - x) / torch.linalg.vector_norm(x) + logs
