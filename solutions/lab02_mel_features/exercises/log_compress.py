"""Log compression."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel
from ...exercise_lib.mel import log_compress

exercise = Exercise(
    id="mel.log_compress",
    title="Log compression",
    target="exercise_lib.mel:log_compress",
    solution=mel.log_compress,
    todo="2.5",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shape = (2, 3, 2) if hidden else (2, 4)
    magnitude = torch.from_numpy(rng.uniform(0.1, 9.0, size=shape)).float()
    quiet = torch.tensor([0.0, 1e-7, 5e-6, 3e-5, 2e-4] if hidden else [0.0, 1e-6, 2e-5, 1e-3])
    negative = torch.tensor([[0.5, -0.2]] if hidden else [1.0, -3.0])
    return [
        Case("magnitudes", args={"magnitude": magnitude}),
        Case(
            "silence and values near the floor, and their gradient",
            args={"magnitude": quiet},
            grad=("magnitude",),
            atol=1e-4,
            why="a float32 logarithm near -11.5",
            weight=2.0,
        ),
        Case("rejects a negative value", args={"magnitude": negative}, raises=("ValueError",)),
        Case(
            "rejects NaN",
            args={"magnitude": torch.tensor([1.0, torch.nan])},
            raises=("ValueError",),
        ),
    ]


def reject_negative(magnitude: Tensor) -> Tensor:
    if (magnitude < 0).any() or magnitude.isnan().any():
        raise ValueError("a magnitude is not negative")
    return magnitude


@exercise.misconception(
    "You take the logarithm to base 10: HiFi-GAN's is natural (torch.log), so silence is -11.5129."
)
def base_ten(magnitude):
    return reject_negative(magnitude).clamp(min=1e-5).log10()


@exercise.misconception(
    "These are decibels, 20 log10 or 10 log10: here it is the natural logarithm without a factor "
    "(torch.log)."
)
def decibels(magnitude):
    return 20 * reject_negative(magnitude).clamp(min=1e-5).log10()


@exercise.neighbour(decibels)
def decibels_of_power(magnitude):
    return 10 * reject_negative(magnitude).clamp(min=1e-5).log10()


@exercise.misconception(
    "You take ln(1 + x): it flattens everything quiet to 0. Clamp at 1e-5 and take torch.log."
)
def log_one_plus(magnitude):
    return torch.log1p(reject_negative(magnitude))


@exercise.neighbour(log_one_plus)
def log_one_plus_clamped(magnitude):
    return torch.log1p(reject_negative(magnitude).clamp(min=1e-5))


@exercise.misconception(
    "Your floor is 1e-10: HiFi-GAN's is 1e-5, so that silence is -11.5129, not -23."
)
def floor_too_low(magnitude):
    return reject_negative(magnitude).clamp(min=1e-10).log()


@exercise.misconception(
    "There is no floor: the logarithm of silence is minus infinity. Clamp at 1e-5 first."
)
def no_log_floor(magnitude):
    return reject_negative(magnitude).log()


@exercise.misconception(
    "You add 1e-5 where it should be clamped: max(x, 1e-5) leaves values above the floor as they "
    "are."
)
def added_floor(magnitude):
    return (reject_negative(magnitude) + 1e-5).log()


@exercise.misconception(
    "You clamp after the logarithm: the values agree, but in silence the gradient is NaN. Clamp "
    "first, then take the logarithm."
)
def clamped_after(magnitude):
    return reject_negative(magnitude).log().clamp(min=math.log(1e-5))


@exercise.misconception("This is the logarithm of the power, 2 ln x: take ln of the magnitude.")
def log_of_power(magnitude):
    return 2 * log_compress(magnitude)


@exercise.neighbour(log_of_power)
def log_of_square(magnitude):
    return reject_negative(magnitude).square().clamp(min=1e-5).log()


@exercise.misconception(
    "Negative and NaN magnitudes pass: raise a ValueError, for they mean that something before "
    "went wrong.",
    mild=FORMULA_IS_RIGHT,
)
def no_magnitude_guard(magnitude):
    return magnitude.clamp(min=1e-5).log()


@exercise.misconception(
    "NaN passes your test: every comparison with NaN is False. Ask `not (x >= 0).all()`, or use "
    "torch.isnan.",
    mild=FORMULA_IS_RIGHT,
)
def nan_slips_through(magnitude):
    if (magnitude < 0).any():
        raise ValueError("negative")
    return magnitude.clamp(min=1e-5).log()


@exercise.misconception(
    "You take the logarithm to base 2: HiFi-GAN's is natural (torch.log), so silence is -11.5129."
)
def base_two(magnitude):
    return reject_negative(magnitude).clamp(min=1e-5).log2()


@exercise.misconception("Your floor is too low: HiFi-GAN's is 1e-5, so that silence is -11.5129.")
def floor_of_a_millionth(magnitude):
    return reject_negative(magnitude).clamp(min=1e-6).log()


@exercise.neighbour(floor_of_a_millionth)
def floor_of_a_hundred_millionth(magnitude):
    return reject_negative(magnitude).clamp(min=1e-8).log()


@exercise.misconception(
    "You add a small number where it should be clamped: max(x, 1e-5) leaves values above the floor"
    " as they are."
)
def added_hundred_millionth(magnitude):
    return (reject_negative(magnitude) + 1e-8).log()


@exercise.neighbour(added_hundred_millionth)
def added_millionth(magnitude):
    return (reject_negative(magnitude) + 1e-6).log()


@exercise.misconception("The floor is too high: it is 1e-5, so that silence is -11.5129.")
def floor_too_high(magnitude):
    return reject_negative(magnitude).clamp(min=1e-3).log()


@exercise.neighbour(floor_too_high)
def floor_of_ten_thousandth(magnitude):
    return reject_negative(magnitude).clamp(min=1e-4).log()


@exercise.misconception(
    "You clamp the logarithm at -5: the floor 1e-5 is of the magnitude, its logarithm is -11.5129."
)
def logarithm_clamped(magnitude):
    return reject_negative(magnitude).log().clamp(min=-5)


@exercise.misconception(
    "You clamp the logarithm, so that nothing is below 0: clamp the magnitude at 1e-5, then take "
    "its logarithm."
)
def logarithm_clamped_at_five_hundredths(magnitude):
    return reject_negative(magnitude).log().clamp(min=1e-5)


@exercise.misconception("You clamp from above: `min=` is the smallest value that may stay.")
def clamped_from_above(magnitude):
    return reject_negative(magnitude).clamp(max=1e-5).log()


@exercise.misconception(
    "You refuse 0 as well: silence is a magnitude, its logarithm is that of the floor."
)
def zero_refused(magnitude):
    if not (magnitude > 0).all():
        raise ValueError("not positive")
    return mel.log_compress(magnitude)


@exercise.misconception(
    "math.log takes one number: use torch.log, which takes a tensor of any shape."
)
def of_one_number(magnitude):
    return math.log(max(reject_negative(magnitude), 1e-5))  # type: ignore[arg-type]


@exercise.neighbour(of_one_number)
def of_one_number_clamped(magnitude):
    return math.log(reject_negative(magnitude).clamp(min=1e-5))


@exercise.misconception("The sign is turned round: silence is the smallest value, -11.5129.")
def negative_logarithm(magnitude):
    return -mel.log_compress(magnitude)


@exercise.misconception("The logarithm is missing: end with torch.log.")
def only_clamped(magnitude):
    return reject_negative(magnitude).clamp(min=1e-5)


@exercise.misconception("Silence is set to 0, which is a magnitude of 1: clamp at 1e-5 first.")
def silence_becomes_zero(magnitude):
    reject_negative(magnitude)
    return torch.where(magnitude > 0, magnitude.clamp(min=1e-30).log(), 0.0)


@exercise.misconception(
    "You scale the magnitude or the result: the logarithm is taken of the magnitude, and nothing "
    "more."
)
def scaled_to_largest(magnitude):
    logarithm = mel.log_compress(magnitude)
    return logarithm - logarithm.max()


@exercise.neighbour(scaled_to_largest)
def scaled_to_unit(magnitude):
    return mel.log_compress(magnitude / magnitude.max())


@exercise.neighbour(floor_of_a_millionth)
def floor_of_a_billionth(magnitude):
    return reject_negative(magnitude).clamp(min=1e-9).log()


@exercise.also_correct
def with_maximum(magnitude):
    reject_negative(magnitude)
    return torch.maximum(magnitude, torch.tensor(1e-5)).log()


@exercise.also_correct
def with_where(magnitude):
    if not bool((magnitude >= 0).all()):
        raise ValueError("negative or NaN")
    floor = torch.full_like(magnitude, 1e-5)
    return torch.log10(torch.where(magnitude > floor, magnitude, floor)) * math.log(10)
