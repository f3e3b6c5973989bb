"""Whose prompt: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.other_utterance",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "other_utterance"),
    todo="15.9",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, counts: list[int], draws: str) -> Case:
        """One row for each utterance of voices that have so many."""
        n = torch.tensor(counts)
        firsts = (n.cumsum(0) - n).repeat_interleave(n)
        chosen = torch.arange(int(n.sum()))
        chosen = chosen[torch.from_numpy(rng.permutation(len(chosen)))]
        made = {
            "any": rng.uniform(0, 1, len(chosen)),
            "low": rng.uniform(0, 0.02, len(chosen)),
            "high": rng.uniform(0.985, 0.999, len(chosen)),
        }
        args = {
            "chosen": chosen,
            "first": firsts[chosen],
            "count": n.repeat_interleave(n)[chosen],
            "draws": torch.from_numpy(made[draws]).float(),
        }
        return Case(name, args=args)

    return [
        case("any draws", [5, 3, 7] if hidden else [4, 6, 3], "any"),
        case("two utterances a voice", [2, 2, 2], "any"),
        case("low draws", [5, 4], "low"),
        case("high draws", [6, 3], "high"),
    ]


def moved(chosen, first, count, shift):
    return first + (chosen - first + shift) % count


@exercise.misconception(
    "An utterance can still be its own prompt: with draws near 0 nothing is added. Of `count` "
    "utterances count - 1 are others, at distances 1 to count - 1."
)
def itself_after_all(chosen, first, count, draws):
    return moved(chosen, first, count, (draws * (count - 1)).long())


@exercise.misconception(
    "Distance count is reached, which is the utterance itself: draw of count - 1 distances, from 1."
)
def one_too_far(chosen, first, count, draws):
    return moved(chosen, first, count, 1 + (draws * count).long())


@exercise.misconception("It is always the next utterance: the draw has to decide among all others.")
def the_next(chosen, first, count, draws):
    return moved(chosen, first, count, torch.ones_like(chosen))


@exercise.misconception(
    "One of the others is never drawn: there are count - 1 of them, at distances 1 to count - 1."
)
def one_never(chosen, first, count, draws):
    return moved(chosen, first, count, 1 + (draws * (count - 2)).long())


@exercise.misconception(
    "The voice is lost: go round among the utterances of the voice, first ... first + count - 1."
)
def of_any_voice(chosen, first, count, draws):
    total = int((first + count).max())
    return (chosen + 1 + (draws * (count - 1)).long()) % total


@exercise.neighbour(of_any_voice)
def of_the_first_voice(chosen, first, count, draws):
    return (chosen - first + 1 + (draws * (count - 1)).long()) % count


@exercise.neighbour(of_any_voice)
def beyond_the_voice(chosen, first, count, draws):
    return chosen + 1 + (draws * (count - 1)).long()


@exercise.misconception(
    "The place is drawn anew and may be that of the utterance itself: keep the distance, above 0."
)
def any_place(chosen, first, count, draws):
    return first + (draws * count).long()


@exercise.neighbour(any_place)
def any_other_place(chosen, first, count, draws):
    return first + 1 + (draws * (count - 1)).long()


@exercise.misconception("Draws are rounded: the ends come half as often, `.long()` cuts them off.")
def rounded(chosen, first, count, draws):
    return moved(chosen, first, count, 1 + (draws * (count - 2)).round().long())


@exercise.neighbour(of_any_voice)
def round_from_zero(chosen, first, count, draws):
    return (chosen + 1 + (draws * (count - 1)).long()) % count


@exercise.misconception(
    "The next utterance comes twice as often as any other: draw of count - 1 distances, then add 1."
)
def next_twice(chosen, first, count, draws):
    return moved(chosen, first, count, (draws * count).long().clamp(min=1))


@exercise.also_correct
def past_itself(chosen, first, count, draws):
    shift = 1 + torch.floor(draws * (count - 1)).to(chosen.dtype)
    place = chosen - first + shift
    return first + torch.where(place >= count, place - count, place)


@exercise.also_correct
def one_by_one(chosen, first, count, draws):
    found = []
    for i, start, n, draw in zip(
        chosen.tolist(), first.tolist(), count.tolist(), draws, strict=True
    ):
        shift = int(draw * (n - 1)) + 1
        found.append(start + (i - start + shift) % n)
    return torch.tensor(found)
