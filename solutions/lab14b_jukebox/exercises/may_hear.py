"""Who hears whom."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import vq_music

exercise = Exercise(
    id="vq_music.may_hear",
    title="Who hears whom",
    target="exercise_lib.vq_music:may_hear",
    solution=vq_music.may_hear,
    todo="14.14",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, lengths: list[int], n_words: int, n_codes: int) -> Case:
        is_word = torch.arange(n_words) < torch.tensor(lengths)[:, None]
        return Case(name, args={"is_word": is_word, "n_codes": n_codes})

    t = int(rng.integers(5, 9)) if hidden else 4
    some = rng.permutation([1, 2, 3]).tolist() if hidden else [1, 3, 2]
    return [
        case("two captions", [3, some[0]] if hidden else [3, 1], 4, t),
        case("as many captions as words and codes", some, 3, 3),
        case("no padding", [2, 2], 2, t),
        case("more words than codes", [6, 2 + some[1] if hidden else 4], 6, 2),
        case("no words", [0, 0], 0, t),
    ]


def parts(is_word, n_codes):
    """Return whether rows and columns are words, and the order of places."""
    n = is_word.shape[1] + n_codes
    places = torch.arange(n)
    return places < is_word.shape[1], places


def joined(is_word, n_codes, of_words, of_codes):
    """Return a mask of its columns: those of words `(B, N, W)` and those of codes `(N, T)`."""
    b, w = is_word.shape
    n = w + n_codes
    return torch.cat([of_words.expand(b, n, w), of_codes.expand(b, n, n_codes)], 2)


def columns_of_codes(is_word, n_codes, diagonal=0):
    n = is_word.shape[1] + n_codes
    return torch.ones(n, n, dtype=torch.bool).tril(diagonal)[:, is_word.shape[1] :]


@exercise.misconception(
    "Words hear only the words before them: a caption is there as a whole from the beginning, so "
    "every place hears all of its words."
)
def causal_words(is_word, n_codes):
    mask = vq_music.may_hear(is_word, n_codes)
    n = mask.shape[1]
    return mask & torch.ones(n, n, dtype=torch.bool).tril()


@exercise.misconception(
    "Padding is heard: a column of the caption that is no word is False for every row."
)
def padding_heard(is_word, n_codes):
    return vq_music.may_hear(torch.ones_like(is_word), n_codes)


@exercise.misconception("Only padding is heard: is_word is True where there is a word.")
def padding_alone(is_word, n_codes):
    return vq_music.may_hear(~is_word, n_codes)


@exercise.misconception(
    "A code hears all codes, also those that it shall say: column j of the codes is True for "
    "rows from j on."
)
def not_causal(is_word, n_codes):
    is_column_of_word, _ = parts(is_word, n_codes)
    of_codes = (~is_column_of_word)[:, None].expand(-1, n_codes)
    return joined(is_word, n_codes, is_word[:, None], of_codes)


@exercise.neighbour(not_causal)
def all_hear_all(is_word, n_codes):
    n = is_word.shape[1] + n_codes
    of_codes = torch.ones(n, n_codes, dtype=torch.bool)
    return joined(is_word, n_codes, is_word[:, None], of_codes)


@exercise.misconception(
    "Words hear codes: nothing of the piece is there when they are read. The rows of words are "
    "False in all columns of codes."
)
def words_hear_codes(is_word, n_codes):
    of_codes = columns_of_codes(is_word, n_codes).clone()
    of_codes[: is_word.shape[1]] = True
    return joined(is_word, n_codes, is_word[:, None], of_codes)


@exercise.misconception(
    "A code does not hear its own place: place t was given u_t, the code before, and has to hear "
    "it. The diagonal belongs to the mask."
)
def without_itself(is_word, n_codes):
    of_codes = columns_of_codes(is_word, n_codes, -1)
    return joined(is_word, n_codes, is_word[:, None], of_codes)


@exercise.misconception(
    "Each code hears the place behind it, which was given the code that it shall say: .tril() "
    "without 1."
)
def one_too_many(is_word, n_codes):
    of_codes = columns_of_codes(is_word, n_codes, 1)
    return joined(is_word, n_codes, is_word[:, None], of_codes)


@exercise.misconception(
    "The mask is turned: rows hear, columns are heard. What comes later must not be heard by what "
    "comes before."
)
def turned(is_word, n_codes):
    return vq_music.may_hear(is_word, n_codes).mT


@exercise.neighbour(turned)
def later_codes(is_word, n_codes):
    n = is_word.shape[1] + n_codes
    of_codes = torch.ones(n, n, dtype=torch.bool).triu()[:, is_word.shape[1] :]
    is_code = torch.arange(n)[:, None] >= is_word.shape[1]
    return joined(is_word, n_codes, is_word[:, None], of_codes & is_code)


@exercise.misconception(
    "Codes do not hear the words at all: then the caption says nothing to them."
)
def deaf_to_words(is_word, n_codes):
    mask = vq_music.may_hear(is_word, n_codes)
    mask[:, is_word.shape[1] :, : is_word.shape[1]] = False
    return mask


@exercise.misconception(
    "Rows of padding hear nothing, and a softmax over nothing is not a number: padding may hear, "
    "it must only not be heard."
)
def padding_is_deaf(is_word, n_codes):
    mask = vq_music.may_hear(is_word, n_codes)
    mask[:, : is_word.shape[1]] &= is_word[:, :, None]
    return mask


@exercise.misconception(
    "Words hear nothing: they hear all words, so that each knows its neighbours."
)
def deaf_words(is_word, n_codes):
    mask = vq_music.may_hear(is_word, n_codes)
    mask[:, : is_word.shape[1]] = False
    return mask


@exercise.neighbour(deaf_words)
def words_hear_themselves(is_word, n_codes):
    mask = vq_music.may_hear(is_word, n_codes)
    w = is_word.shape[1]
    mask[:, :w, :w] &= torch.eye(w, dtype=torch.bool)
    return mask


@exercise.misconception(
    "The first caption's padding is used for all: each row of the batch has its own mask."
)
def first_caption(is_word, n_codes):
    return vq_music.may_hear(is_word[:1], n_codes).expand(len(is_word), -1, -1)


@exercise.neighbour(first_caption)
def words_of_any(is_word, n_codes):
    any_word = is_word.any(0, keepdim=True)
    return vq_music.may_hear(any_word, n_codes).expand(len(is_word), -1, -1)


@exercise.misconception("The mask is upside down: True is where a row may hear, False where not.")
def negated(is_word, n_codes):
    return ~vq_music.may_hear(is_word, n_codes)


@exercise.also_correct
def by_places(is_word, n_codes):
    b, w = is_word.shape
    n = w + n_codes
    mask = torch.zeros(b, n, n, dtype=torch.bool)
    for j in range(w):
        mask[:, :, j] = is_word[:, j : j + 1]
    for j in range(w, n):
        mask[:, j:, j] = True
    return mask


@exercise.also_correct
def by_logic(is_word, n_codes):
    b, w = is_word.shape
    there = torch.cat([is_word, is_word.new_ones(b, n_codes)], dim=1)[:, None, :]
    places = torch.arange(w + n_codes)
    early = (places[None, :] <= places[:, None]) | (places < w)[None, :]
    return there & early
