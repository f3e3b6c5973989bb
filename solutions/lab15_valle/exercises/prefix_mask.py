"""Who hears whom."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import codec_lm
from .shared import of_lengths

exercise = Exercise(
    id="codec_lm.prefix_mask",
    title="Who hears whom",
    target="exercise_lib.codec_lm:prefix_mask",
    solution=codec_lm.prefix_mask,
    todo="15.2",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, rows = 4, [2, 1, 2, 2]
    if hidden:
        n, rows = int(rng.integers(5, 9)), [2, *map(int, rng.integers(1, 3, 3))]

    def case(name: str, texts: list[int], prompts: list[int], n_audio: int) -> Case:
        """Text, padding, prompt, padding: as the lab's prefixes are."""
        parts = [of_lengths(*its, longest=max(its)) for its in (texts, prompts)]
        return Case(name, args={"is_prefix": torch.cat(parts, 1), "n_audio": n_audio})

    return [
        case("padding in the text", [3, 1], [2, 2], n),
        case("padding in the prompt", [2, 2, 2], [1, 3, 2], n),
        case("as many rows as places of the prefix", rows, [2, 2, 1, 2], n + 1),
        case("as much audio as prefix", [1, 2], [3, 1], 5),
        case("BOS alone", [2, 3], [2, 1], 1),
    ]


def size(is_prefix, n_audio):
    return is_prefix.shape[1], is_prefix.shape[1] + n_audio


def causal(is_prefix, n_audio, diagonal=0):
    p, n = size(is_prefix, n_audio)
    hears = torch.ones(n, n, dtype=torch.bool).tril(diagonal)
    hears[:, :p] = True
    return hears


def exists(is_prefix, n_audio):
    return F.pad(is_prefix, (0, n_audio), value=True)


def keys(is_prefix, n_audio):
    return exists(is_prefix, n_audio)[:, None, None]


@exercise.misconception(
    "Codes hear those behind them: training is easy and the loss falls far, but when the model "
    "speaks there is nothing behind. Codes hear the prefix and those before them."
)
def not_causal(is_prefix, n_audio):
    _, n = size(is_prefix, n_audio)
    return keys(is_prefix, n_audio).expand(-1, 1, n, n).clone()


@exercise.misconception(
    "The prefix is causal as well: its first places hear neither the rest of the text nor the "
    "prompt. All places of the prefix hear the whole prefix."
)
def prefix_causal(is_prefix, n_audio):
    _, n = size(is_prefix, n_audio)
    return torch.ones(n, n, dtype=torch.bool).tril() & keys(is_prefix, n_audio)


@exercise.misconception(
    "The prefix hears what is said: its tokens carry later codes back to earlier ones, and the "
    "target leaks through two layers. The prefix hears itself only."
)
def prefix_hears_audio(is_prefix, n_audio):
    p, _ = size(is_prefix, n_audio)
    hears = causal(is_prefix, n_audio)
    hears[:p] = True
    return hears & keys(is_prefix, n_audio)


@exercise.misconception(
    "Padding of the prefix is heard: text of another length changes what is said. Keys that are "
    "padding are heard by nobody."
)
def padding_heard(is_prefix, n_audio):
    return causal(is_prefix, n_audio).expand(len(is_prefix), 1, -1, -1).clone()


@exercise.misconception(
    "Nobody hears the codes: behind the prefix nothing is padding, so e is true there."
)
def audio_as_padding(is_prefix, n_audio):
    there = F.pad(is_prefix, (0, n_audio), value=False)
    return causal(is_prefix, n_audio) & there[:, None, None]


@exercise.misconception(
    "The mask of padding lies on those who hear: it belongs to those who are heard, the last axis."
)
def padding_on_the_rows(is_prefix, n_audio):
    return causal(is_prefix, n_audio) & exists(is_prefix, n_audio)[:, None, :, None]


@exercise.neighbour(padding_on_the_rows)
def padding_on_both(is_prefix, n_audio):
    there = exists(is_prefix, n_audio)
    return causal(is_prefix, n_audio) & there[:, None, :, None] & there[:, None, None]


@exercise.misconception(
    "The mask is turned round: at i, j stands whether i hears j, and i are the rows."
)
def transposed(is_prefix, n_audio):
    return causal(is_prefix, n_audio).mT & keys(is_prefix, n_audio)


@exercise.neighbour(transposed)
def all_transposed(is_prefix, n_audio):
    return (causal(is_prefix, n_audio) & keys(is_prefix, n_audio)).mT


@exercise.neighbour(transposed)
def upper_triangle(is_prefix, n_audio):
    p, n = size(is_prefix, n_audio)
    hears = torch.ones(n, n, dtype=torch.bool).triu()
    hears[:, :p] = True
    return hears & keys(is_prefix, n_audio)


@exercise.misconception(
    "Codes do not hear the text and the prompt: they would babble, in any voice. All hear the "
    "prefix."
)
def prefix_not_heard(is_prefix, n_audio):
    p, _ = size(is_prefix, n_audio)
    hears = causal(is_prefix, n_audio)
    hears[p:, :p] = False
    return hears & keys(is_prefix, n_audio)


@exercise.misconception("A place does not hear itself: the diagonal is true, .tril() without -1.")
def without_itself(is_prefix, n_audio):
    return causal(is_prefix, n_audio, -1) & keys(is_prefix, n_audio)


@exercise.misconception("A code hears the one behind it as well: .tril(), without 1.")
def one_too_many(is_prefix, n_audio):
    return causal(is_prefix, n_audio, 1) & keys(is_prefix, n_audio)


@exercise.misconception(
    "True means hidden here: at i, j it means that i hears j, as torch's own attention takes it."
)
def inverted(is_prefix, n_audio):
    return ~(causal(is_prefix, n_audio) & keys(is_prefix, n_audio))


@exercise.misconception("Either mask is enough to be heard: a key needs both, so join them by &.")
def either(is_prefix, n_audio):
    return causal(is_prefix, n_audio) | keys(is_prefix, n_audio)


@exercise.misconception("The axis of heads is missing: the mask is (B, 1, N, N).")
def no_heads(is_prefix, n_audio):
    return causal(is_prefix, n_audio) & exists(is_prefix, n_audio)[:, None]


@exercise.misconception("This adds minus infinities: a mask of true and false is asked for.")
def of_infinities(is_prefix, n_audio):
    heard = causal(is_prefix, n_audio) & keys(is_prefix, n_audio)
    return torch.zeros(heard.shape).masked_fill(~heard, -torch.inf)


@exercise.also_correct
def by_places(is_prefix, n_audio):
    p, n = size(is_prefix, n_audio)
    i, j = torch.arange(n)[:, None], torch.arange(n)[None]
    audio = torch.ones(len(is_prefix), n_audio, dtype=torch.bool)
    there = torch.cat([is_prefix, audio], dim=1)
    return there[:, None, None, :] & ((j < p) | (j <= i))


@exercise.also_correct
def in_four_blocks(is_prefix, n_audio):
    b, p = is_prefix.shape
    mask = torch.zeros(b, 1, p + n_audio, p + n_audio, dtype=torch.bool)
    mask[:, 0, :, :p] = is_prefix.unsqueeze(1)
    for time in range(n_audio):
        mask[:, :, p + time, p : p + 1 + time] = True
    return mask
