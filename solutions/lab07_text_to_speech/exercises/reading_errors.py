"""What was skipped or repeated."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import synthesis

exercise = Exercise(
    id="synthesis.reading_errors",
    title="What was skipped or repeated",
    target="exercise_lib.synthesis:reading_errors",
    solution=synthesis.reading_errors,
    todo="7.2",
    points=2,
    difficulty=2,
    minutes=15,
)


def alignment_of(rng: np.random.Generator, t_enc: int, peaks: list[int]) -> Tensor:
    """An alignment `(T_enc, T_dec)` with these peaks, a little blurred."""
    energies = torch.from_numpy(rng.uniform(0, 1, (t_enc, len(peaks)))).float()
    energies[peaks, range(len(peaks))] += 3.0
    return torch.softmax(energies, dim=0)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 2 if hidden else 0  # more characters
    paths = {
        "all is well": ([0, 1, 1, 2, 4, 3, 4 + k, 6 + k], 7 + k, {}),
        "a stretch is left out": ([0, 1, 2, 2, 9 + k, 10 + k, 11 + k], 12 + k, {}),
        "the beginning is left out": ([7 + k, 7 + k, 8 + k, 10 + k, 11 + k], 12 + k, {}),
        "the end is left out": ([0, 1, 2, 4, 5], 12 + k, {}),
        "a word is said twice": ([0, 2, 4, 6, 8, 2 - k // 2, 3, 5, 7, 8 + k], 9 + k, {}),
        "a leap of just 5, and one back": ([0, 5, 10, 9, 10, 15, 17], 18, {}),
        "a leap of 3 at most": ([0, 2, 5, 3, 6, 2, 5, 9, 12 + k], 13 + k, {"leap": 3}),
        "a bad reading": (
            [8, 9, 13, 12, 14 + k, 11 + k, 13 + k, 18 + k, 24 + k],
            32 + k,
            {"leap": 4},
        ),
    }
    return [
        Case(
            name,
            args={"alignment": alignment_of(rng, t_enc, peaks), **more},
            weight=4.0 if name == "a bad reading" else 1.0,
        )
        for name, (peaks, t_enc, more) in paths.items()
    ]


def moves_between(alignment: Tensor, before: list[int], behind: list[int]) -> Tensor:
    """The peaks with something put before and behind them."""
    return torch.tensor(before + alignment.argmax(dim=0).tolist() + behind)


def errors_on(path: Tensor, leap: int, back: int = -1) -> tuple[list[list[int]], list[int]]:
    """The reading errors of a path that begins before the first step."""
    skipped, repeated = [], []
    for t, (start, end) in enumerate(zip(path[:-1].tolist(), path[1:].tolist(), strict=True)):
        if end - start > leap:
            skipped.append([start + 1, end - 1])
        if end - start < back:
            repeated.append(t)
    return skipped, repeated


@exercise.misconception(
    "The peak is taken over the wrong axis: for each decoder step (a column), ask which character."
)
def peaks_of_characters(alignment, leap=5):
    return errors_on(moves_between(alignment.T, [-1], [len(alignment)]), leap)


@exercise.misconception(
    "The start is not looked at: a first peak far into the text has skipped what lies before it. "
    "Put -1 before the peaks."
)
def start_ignored(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [], [len(alignment)]), leap)
    return skipped, [t + 1 for t in repeated]


@exercise.misconception(
    "The path comes from 0: put -1 before the peaks, the place before the text."
)
def start_at_zero(alignment, leap=5):
    return errors_on(moves_between(alignment, [0], [len(alignment)]), leap)


@exercise.misconception(
    "The end is not looked at: a model that stops in the middle has left out the rest. Put T_enc "
    "behind the peaks."
)
def end_ignored(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], []), leap)


@exercise.misconception(
    "The path goes to the last character: put T_enc behind the peaks, the place behind the text."
)
def end_at_the_last(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment) - 1]), leap)


@exercise.misconception(
    "A jump back counts as skipped in your function: what lies between was read before. Skipped "
    "is only what is leapt over forwards."
)
def back_is_skipped(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    skipped = [
        [min(a, b) + 1, max(a, b) - 1]
        for a, b in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)
        if abs(b - a) > leap
    ]
    return skipped, errors_on(path, leap)[1]


@exercise.neighbour(back_is_skipped)
def every_jump_back_is_skipped(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    skipped = [
        [min(a, b) + 1, max(a, b) - 1]
        for a, b in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)
        if b - a > leap or b - a < -1
    ]
    return skipped, errors_on(path, leap)[1]


@exercise.misconception(
    "One character back counts as a repetition: that much an attention wavers. More than one does."
)
def wavering_is_repeated(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), leap, back=0)


@exercise.misconception(
    "The characters on both sides of the gap were read: what is skipped lies between them."
)
def gap_with_its_ends(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [[first - 1, last + 1] for first, last in skipped], repeated


@exercise.neighbour(gap_with_its_ends)
def gap_with_its_first(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [[first - 1, last] for first, last in skipped], repeated


@exercise.neighbour(gap_with_its_ends)
def gap_with_its_last(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [[first, last + 1] for first, last in skipped], repeated


@exercise.misconception("A move of just `leap` characters is allowed: skipped is above it.")
def leap_itself_counts(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), leap - 1)


@exercise.misconception("The leap is fixed at 5 in your function: use the argument.")
def leap_fixed(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), 5)


@exercise.misconception(
    "The step before the jump is returned: a repetition begins at the step at which the peak is "
    "back."
)
def step_before_the_jump(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return skipped, [t - 1 for t in repeated]


@exercise.misconception(
    "Each skipped character is listed by itself: return the first and the last of each stretch."
)
def characters_listed(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [j for first, last in skipped for j in range(first, last + 1)], repeated


@exercise.neighbour(characters_listed)
def characters_listed_by_stretch(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [list(range(first, last + 1)) for first, last in skipped], repeated


@exercise.misconception(
    "No repetition is found: list the steps at which the peak jumps back by more than one."
)
def never_repeated(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    return errors_on(path, leap)[0], []


@exercise.misconception("Nothing skipped is found: list the stretches that the peak leaps over.")
def never_skipped(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    return [], errors_on(path, leap)[1]


@exercise.misconception("The two lists are exchanged: what was skipped comes first.")
def lists_exchanged(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return repeated, skipped


@exercise.misconception("A repetition is listed by its character: return the decoder step.")
def characters_repeated(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    skipped, repeated = errors_on(path, leap)
    return skipped, [int(path[t + 1]) for t in repeated]


@exercise.misconception("Skipped stretches are listed by the decoder step: return the characters.")
def steps_skipped(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    skipped = [[t, t + 1] for t, move in enumerate(path.diff().tolist()) if move > leap]
    return skipped, errors_on(path, leap)[1]


@exercise.misconception(
    "Neither start nor end is looked at: put -1 before the peaks and T_enc behind."
)
def both_ends_ignored(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [], []), leap)
    return skipped, [t + 1 for t in repeated]


@exercise.misconception("Only large jumps back count: more than one character is a repetition.")
def back_by_leap(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), leap, back=-leap)


@exercise.misconception(
    "The step after the jump is returned: a repetition begins with the jump itself."
)
def step_after_the_jump(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return skipped, [t + 1 for t in repeated]


@exercise.misconception(
    "The stretches hold the peaks on both sides, which were read: they run from start + 1 to "
    "end - 1."
)
def stretches_with_their_peaks(alignment, leap=5):
    t_enc = len(alignment)
    skipped, repeated = errors_on(moves_between(alignment, [-1], [t_enc]), leap)
    return [[max(a - 1, 0), min(b + 1, t_enc - 1)] for a, b in skipped], repeated


@exercise.misconception(
    "Both ends are one character off: the path comes from -1, before the text, and goes to T_enc, "
    "behind it."
)
def from_the_first_to_the_last(alignment, leap=5):
    return errors_on(moves_between(alignment, [0], [len(alignment) - 1]), leap)


@exercise.misconception(
    "You compare with the furthest peak so far: a move is from one step to the next."
)
def from_the_furthest_peak(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    skipped, repeated, furthest = [], [], -1
    for t, peak in enumerate(path[1:].tolist()):
        if peak - furthest > leap:
            skipped.append([furthest + 1, peak - 1])
        elif peak - furthest < -1:
            repeated.append(t)
        furthest = max(furthest, peak)
    return skipped, repeated


@exercise.also_correct
def reading_errors_by_cat(alignment, leap=5):
    ends = torch.tensor([-1]), torch.tensor([alignment.shape[0]])
    path = torch.cat([ends[0], alignment.max(dim=0).indices, ends[1]])
    leaps = (path[1:] - path[:-1] > leap).nonzero().flatten()
    skipped = torch.stack([path[leaps] + 1, path[leaps + 1] - 1], dim=1).tolist()
    return skipped, (path.diff() <= -2).nonzero().flatten().tolist()


@exercise.also_correct
def reading_errors_by_loop(alignment, leap=5):
    before, skipped, repeated = -1, [], []
    for t, column in enumerate(F.pad(alignment, (0, 1, 0, 1)).T):
        is_end = t == alignment.shape[1]
        now = len(alignment) if is_end else int(column[:-1].argmax())
        if now > before + leap:
            skipped.append((before + 1, now - 1))
        if now < before - 1:
            repeated.append(t)
        before = now
    return skipped, repeated
