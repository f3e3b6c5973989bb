"""The debugging task: finer codes that follow another moment than they should."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys import parts

exercise = Exercise(
    id="mend.fill_in",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "fill_in"),
    todo="17.9",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, n: int, ratio: int) -> Case:
        codes = rng.integers(0, parts.N_CODES, n)
        codes[: parts.N_CODES] = rng.permutation(parts.N_CODES)[: len(codes)]
        args = {
            "top_codes": torch.from_numpy(codes),
            "ratio": ratio,
            "look_up": parts.toy_look_up,
            "refine": parts.toy_refine,
            "decode": parts.toy_sound,
        }
        return Case(name, args=args)

    return [
        case("four finer codes for each", 7 if hidden else 6, 4),
        case("three for each of three", 3, 3),
        case("two for each", 8, 2),
        case("five for each of four", 4, 5),
    ]


def sound(guide, refine, decode):
    return decode(refine(guide))


@exercise.misconception(
    "The guide is not stretched: there are `ratio` fine codes for each coarse one, so the sound is "
    "too short."
)
def not_stretched(top_codes, ratio, look_up, refine, decode):
    return sound(look_up(top_codes), refine, decode)


@exercise.misconception(
    "The coarse codes are decoded: the decoder is the finest level's, and takes its codes."
)
def coarse_decoded(top_codes, ratio, look_up, refine, decode):
    return decode(top_codes.repeat_interleave(ratio))


@exercise.neighbour(coarse_decoded)
def coarse_decoded_short(top_codes, ratio, look_up, refine, decode):
    return decode(top_codes)


@exercise.misconception(
    "The fine codes are stretched: stretch the guide, before `refine` writes a code for each row."
)
def stretched_behind(top_codes, ratio, look_up, refine, decode):
    return decode(refine(look_up(top_codes)).repeat_interleave(ratio))


@exercise.neighbour(stretched_behind)
def sound_stretched(top_codes, ratio, look_up, refine, decode):
    return sound(look_up(top_codes), refine, decode).repeat_interleave(ratio)


@exercise.misconception(
    "The numbers within each vector are repeated, not the vectors: repeat along the time, dim=0."
)
def along_the_numbers(top_codes, ratio, look_up, refine, decode):
    vectors = look_up(top_codes)
    mixed = vectors.repeat_interleave(ratio, dim=1).reshape(-1, vectors.shape[1])
    return sound(mixed, refine, decode)


@exercise.neighbour(along_the_numbers)
def longer_vectors(top_codes, ratio, look_up, refine, decode):
    return sound(look_up(top_codes).repeat_interleave(ratio, dim=1), refine, decode)


@exercise.misconception(
    "Vectors between two codes are interpolated: each coarse code stays as it is for its time."
)
def interpolated(top_codes, ratio, look_up, refine, decode):
    rows = look_up(top_codes).T[None]
    guide = torch.nn.functional.interpolate(rows, scale_factor=ratio, mode="linear")[0].T
    return sound(guide, refine, decode)


@exercise.misconception(
    "The guide has zeros between the coarse codes: each of them stays until the next one begins."
)
def with_zeros(top_codes, ratio, look_up, refine, decode):
    vectors = look_up(top_codes)
    guide = vectors.new_zeros(ratio * len(vectors), vectors.shape[1])
    guide[::ratio] = vectors
    return sound(guide, refine, decode)


@exercise.misconception("The guide stands in reverse order.")
def in_reverse(top_codes, ratio, look_up, refine, decode):
    return sound(look_up(top_codes.flip(0)).repeat_interleave(ratio, 0), refine, decode)


@exercise.misconception("The guide is one code too late: code t begins at fine frame t ratio.")
def one_late(top_codes, ratio, look_up, refine, decode):
    return sound(look_up(top_codes).repeat_interleave(ratio, 0).roll(ratio, 0), refine, decode)


@exercise.neighbour(one_late)
def one_frame_late(top_codes, ratio, look_up, refine, decode):
    return sound(look_up(top_codes).repeat_interleave(ratio, 0).roll(1, 0), refine, decode)


@exercise.misconception("The fine codes are returned: decode them.")
def not_decoded(top_codes, ratio, look_up, refine, decode):
    return refine(look_up(top_codes).repeat_interleave(ratio, 0))


@exercise.misconception(
    "The guide is decoded: `refine` writes the finest codes with it, and these are decoded."
)
def not_refined(top_codes, ratio, look_up, refine, decode):
    return decode(look_up(top_codes).repeat_interleave(ratio, 0))


@exercise.misconception("Times are divided by the number of codes: divide them by `ratio`.")
def divided_by_length(top_codes, ratio, look_up, refine, decode):
    times = torch.arange(len(top_codes) * ratio)
    which = (times // len(top_codes)).clamp(max=len(top_codes) - 1)
    return sound(look_up(top_codes)[which], refine, decode)


@exercise.misconception("Times are rounded up, so each code begins too soon: round them down.")
def rounded_up(top_codes, ratio, look_up, refine, decode):
    times = torch.arange(len(top_codes) * ratio)
    which = ((times + ratio - 1) // ratio).clamp(max=len(top_codes) - 1)
    return sound(look_up(top_codes)[which], refine, decode)


@exercise.also_correct
def by_index(top_codes, ratio, look_up, refine, decode):
    which = torch.arange(len(top_codes) * ratio) // ratio
    return decode(refine(look_up(top_codes)[which]))


@exercise.also_correct
def codes_first(top_codes, ratio, look_up, refine, decode):
    longer = top_codes[:, None].expand(-1, ratio).reshape(-1)
    return decode(refine(look_up(longer)))
