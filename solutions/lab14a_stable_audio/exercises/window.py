"""A window into a piece."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.window",
    title="A window into a piece",
    target="exercise_lib.latent_audio:window",
    solution=latent_audio.window,
    todo="14.4",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    rate = 12 if hidden else 10

    def case(name: str, start: float, total: float, length: int, samples: int) -> Case:
        piece = normal(rng, samples * rate // 10)
        args = {"piece": piece, "start": start, "total": total, "length": length, "rate": rate}
        return Case(name, args=args)

    return [
        case("from the start, it ends early", 0.0, 1.7, 3 * rate, 40),
        case("from later on, it ends early", 0.8, 2.3, 3 * rate, 40),
        case("from later on, it goes on", 0.5, 3.9, 2 * rate, 45),
        case("it ends as the window does", 1.0, 3.0, 2 * rate, 40),
        case("it goes on for long", 0.9, 4.2, rate, 45),
        case("it goes on a little", 0.2, 2.4, 2 * rate, 30),
        case("only a little is left", 2.1, 2.5, 2 * rate, 26),
        case("one step before the end of all", 0.4, 2.0, 2 * rate, 20),
    ]


def ends(start, total, rate):
    return round(start * rate), round(total * rate)


def filled(sound, length):
    return F.pad(sound, (0, length - len(sound)))


@exercise.misconception(
    "Where the piece ends is not heeded: it sounds on to the window's end, and a network learns "
    "that `total` means nothing."
)
def total_ignored(piece, start, total, length, rate):
    begin, _ = ends(start, total, rate)
    return filled(piece[begin:][:length], length)


@exercise.misconception("The window begins at the piece's beginning: it should begin at `start`.")
def start_ignored(piece, start, total, length, rate):
    _, end = ends(start, total, rate)
    return filled(piece[:end][:length], length)


@exercise.misconception(
    "`total` is taken as seconds from the window's beginning: it counts from the piece's."
)
def total_from_the_start(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    return filled(piece[begin : begin + end][:length], length)


@exercise.misconception("There is no silence behind the end: every window has `length` samples.")
def not_filled(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    return piece[begin:end][:length]


@exercise.misconception("The window is longer than `length` where the piece goes on: cut it.")
def not_cut(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    return F.pad(piece[begin:end], (0, max(0, length - end + begin)))


@exercise.misconception("The silence stands before the sound: it belongs behind the end.")
def silence_first(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    sound = piece[begin:end][:length]
    return F.pad(sound, (length - len(sound), 0))


@exercise.misconception(
    "The piece stands in the window at its own place, with silence before `start`: the window "
    "begins at `start`."
)
def at_its_own_place(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    made = filled(piece[:end][:length], length)
    made[:begin] = 0
    return made


@exercise.misconception("The sound is repeated or held until the window is full: silence is asked.")
def repeated(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    sound = piece[begin:end]
    return sound.repeat(-(-length // len(sound)))[:length]


@exercise.neighbour(repeated)
def held(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    sound = piece[begin:end][:length]
    return torch.cat([sound, sound[-1:].expand(length - len(sound))])


@exercise.misconception("The sound is stretched over the window: its pace and pitch must stay.")
def stretched(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    return F.interpolate(piece[None, None, begin:end], length, mode="linear")[0, 0]


@exercise.misconception(
    "Seconds are taken for samples, or samples for seconds: `begin` and `end` are in samples."
)
def in_seconds(piece, start, total, length, rate):
    return filled(piece[int(start) : int(total)][:length], length)


@exercise.misconception("One sample too many or too few: the first silent one has number `end`.")
def one_too_many(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    return filled(piece[begin : end + 1][:length], length)


@exercise.neighbour(one_too_many)
def one_too_few(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    return filled(piece[begin : end - 1][:length], length)


@exercise.also_correct
def by_zeros(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    made = piece.new_zeros(length)
    n = min(length, end - begin)
    made[:n] = piece[begin : begin + n]
    return made


@exercise.also_correct
def by_numbers(piece, start, total, length, rate):
    begin, end = ends(start, total, rate)
    numbers = begin + torch.arange(length)
    return torch.where(numbers < end, piece[numbers.clamp(max=len(piece) - 1)], 0.0)
