"""The prior's tokens."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip

exercise = Exercise(
    id="unclip.prior_tokens",
    title="A row of tokens",
    target="exercise_lib.unclip:prior_tokens",
    solution=unclip.prior_tokens,
    todo="13.4",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, b: int, n_words: int, **more) -> Case:
        args = {
            "words": normal(rng, b, n_words, d),
            "text": normal(rng, b, d),
            "time": normal(rng, b, d),
            "noisy": normal(rng, b, d),
            "query": normal(rng, d),
            "places": normal(rng, n_words + 4, d),
        }
        return Case(name, args=args, **more)

    return [
        case("three words, with gradients", 2, 3, grad=("words", "noisy", "query", "places")),
        case("as many captions as tokens", 5, 1),
        case("as many captions as numbers", d, 2),
        case("no words", 3, 0),
    ]


def row_of(words, *single):
    batch = words[:, 0] if words.shape[1] else single[0]
    return torch.cat([words, torch.stack([it.expand_as(batch) for it in single], 1)], 1)


@exercise.misconception(
    "The query stands first, where a causal transformer hears nothing: it has to be the last "
    "token, to hear all."
)
def query_first(words, text, time, noisy, query, places):
    one = query.expand_as(text)[:, None]
    return torch.cat([one, words, torch.stack([text, time, noisy], 1)], 1) + places


@exercise.misconception(
    "There is no query: the prior would have to be read at the noisy embedding, which is not its "
    "own answer. One more token, the last."
)
def no_query(words, text, time, noisy, query, places):
    return row_of(words, text, time, noisy) + places[:-1]


@exercise.misconception(
    "The noisy embedding stands behind the query, which does not hear it then: the query is last."
)
def query_before_the_noisy(words, text, time, noisy, query, places):
    return row_of(words, text, time, query, noisy) + places


@exercise.misconception(
    "Places are missing: without them attention can't tell in which order the words came."
)
def without_places(words, text, time, noisy, query, places):
    return row_of(words, text, time, noisy, query)


@exercise.misconception("Only the words are told their places: all L + 4 tokens are.")
def places_of_words(words, text, time, noisy, query, places):
    heard = words + places[: words.shape[1]]
    return row_of(heard, text, time, noisy, query)


@exercise.neighbour(places_of_words)
def places_of_the_others(words, text, time, noisy, query, places):
    row = row_of(words, text, time, noisy, query)
    is_other = torch.arange(row.shape[1])[:, None] >= words.shape[1]
    return row + places * is_other


@exercise.misconception(
    "Places go along the batch: p has a vector for each token of a row, the same for all captions."
)
def places_over_the_batch(words, text, time, noisy, query, places):
    return row_of(words, text, time, noisy, query) + places[:, None]


@exercise.misconception(
    "The words stand behind the caption's embedding: they come first, then c, t, z and q."
)
def words_behind(words, text, time, noisy, query, places):
    return (
        torch.cat([torch.stack([text, time, noisy], 1), words, query.expand_as(text)[:, None]], 1)
        + places
    )


@exercise.neighbour(words_behind)
def words_last(words, text, time, noisy, query, places):
    single = torch.stack([text, time, noisy, query.expand_as(text)], 1)
    return torch.cat([single, words], 1) + places


@exercise.misconception(
    "Time and noisy embedding are exchanged: the order is caption, time, noisy embedding, query."
)
def noisy_before_time(words, text, time, noisy, query, places):
    return row_of(words, text, noisy, time, query) + places


@exercise.neighbour(noisy_before_time)
def time_before_text(words, text, time, noisy, query, places):
    return row_of(words, time, text, noisy, query) + places


@exercise.misconception(
    "The time is added to every token, as in other networks: here it is a token of its own."
)
def time_added(words, text, time, noisy, query, places):
    return row_of(words, text, noisy, query) + time[:, None] + places[:-1]


@exercise.neighbour(time_added)
def time_added_too(words, text, time, noisy, query, places):
    return row_of(words, text, time, noisy, query) + time[:, None] + places


@exercise.misconception(
    "The query is made from the noisy embedding: it is one learned vector, the same for all."
)
def noisy_in_the_query(words, text, time, noisy, query, places):
    return row_of(words, text, time, noisy, query + noisy) + places


@exercise.neighbour(noisy_in_the_query)
def noisy_as_query(words, text, time, noisy, query, places):
    return row_of(words, text, time, noisy, noisy) + places


@exercise.misconception("The caption's embedding is left out: it is the token behind the words.")
def no_text(words, text, time, noisy, query, places):
    return row_of(words, time, noisy, query) + places[:-1]


@exercise.also_correct
def one_after_another(words, text, time, noisy, query, places):
    row = words
    for it in (text, time, noisy, query.repeat(len(text), 1)):
        row = torch.cat((row, it.unsqueeze(1)), dim=1)
    return row + places.unsqueeze(0)


@exercise.also_correct
def filled(words, text, time, noisy, query, places):
    n = words.shape[1]
    row = places.expand(len(text), -1, -1).clone()
    for place, its in zip(range(n, n + 4), (text, time, noisy, query), strict=True):
        row[:, place] = row[:, place] + its
    return torch.cat([row[:, :n] + words, row[:, n:]], dim=1)
