"""Word error rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.speech.recognise import words_of

from ...exercise_lib import word_errors
from ...exercise_lib.word_errors import edit_table
from .shared import sentences

exercise = Exercise(
    id="word_errors.word_error_rate",
    title="Word error rate",
    target="exercise_lib.word_errors:word_error_rate",
    solution=word_errors.word_error_rate,
    todo="7.5",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    said = sentences(rng, hidden)
    chosen = {
        "one sentence": ["a word replaced"],
        "sentences of different length": ["nothing heard", "a word replaced", "nothing wrong"],
        "more heard than said": ["the last word twice", "nothing heard", "a word replaced"],
    }
    cases = [
        Case(
            name,
            args={
                "texts": [" ".join(said[key][0]).capitalize() + ", no!" for key in keys],
                "heard": [[*said[key][1], "no"] for key in keys],
            },
            weight=0.5 if len(keys) == 1 else 1.0,
        )
        for name, keys in chosen.items()
    ]
    babble = {"texts": ["No!", "Yes."], "heard": [said["nothing wrong"][0], ["yes"]]}
    first, second, third = said["nothing wrong"][0][:3]
    late = {
        "texts": [f"{first} {second}.", f"{third}."],
        "heard": [[first], [second, third]],
    }
    return [
        *cases,
        Case("much heard that nobody said", args=babble, weight=1.5),
        Case("a word heard too late, in the next sentence", args=late),
    ]


def counted(texts: Sequence[str], heard: Sequence[Sequence[str]]) -> list[tuple[int, int, int]]:
    """Errors, words of the reference and words heard, for each sentence."""
    both = [(words_of(text), words) for text, words in zip(texts, heard, strict=True)]
    return [(int(edit_table(a, b)[-1, -1]), len(a), len(b)) for a, b in both]


@exercise.misconception(
    "You average the rates of the sentences: a short sentence then counts as much as a long one. "
    "Add up the errors, add up the words, then divide."
)
def mean_of_rates(texts, heard):
    rows = counted(texts, heard)
    return sum(errors / n for errors, n, _ in rows) / len(rows)


@exercise.misconception("You divide by the words heard: divide by those that were to be said.")
def by_words_heard(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / sum(m for _, _, m in rows)


@exercise.misconception(
    "You divide by the longer of the two: that is a distance between 0 and 1. The rate is per word "
    "of the reference and may be above 1."
)
def by_the_longer(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / sum(max(n, m) for _, n, m in rows)


@exercise.misconception("You divide by the number of sentences: it is errors per word.")
def by_sentences(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / len(rows)


@exercise.misconception("This is the share of right words: the rate counts the wrong ones.")
def accuracy(texts, heard):
    rows = counted(texts, heard)
    return 1 - sum(errors for errors, _, _ in rows) / sum(n for _, n, _ in rows)


@exercise.misconception("This is in percent: return errors per word, .25 rather than 25.")
def percent(texts, heard):
    rows = counted(texts, heard)
    return 100 * sum(errors for errors, _, _ in rows) / sum(n for _, n, _ in rows)


@exercise.misconception(
    "No sentence counts more errors than it has words in your function: insertions may bring more."
)
def capped(texts, heard):
    rows = counted(texts, heard)
    return sum(min(errors, n) for errors, n, _ in rows) / sum(n for _, n, _ in rows)


@exercise.misconception(
    "This is the share of sentences with an error, the sentence error rate: count the words."
)
def sentence_error_rate(texts, heard):
    rows = counted(texts, heard)
    return sum(errors > 0 for errors, _, _ in rows) / len(rows)


@exercise.misconception(
    "Capital letters and punctuation count as errors: compare the `pairs`, which are without."
)
def with_punctuation(texts, heard):
    said = [text.split() for text in texts]
    errors = sum(int(edit_table(a, b)[-1, -1]) for a, b in zip(said, heard, strict=True))
    return errors / sum(map(len, said))


@exercise.misconception(
    "You add the rates of the sentences: add up the errors, add up the words, then divide."
)
def sum_of_rates(texts, heard):
    return sum(errors / n for errors, n, _ in counted(texts, heard))


@exercise.misconception("The errors are not divided: it is errors per word.")
def number_of_errors(texts, heard):
    return float(sum(errors for errors, _, _ in counted(texts, heard)))


@exercise.misconception(
    "Errors are counted place by place: a lost word is one error, follow the table."
)
def place_by_place(texts, heard):
    said = [words_of(text) for text in texts]
    errors = sum(
        sum(a != b for a, b in zip(a, b, strict=False)) + abs(len(a) - len(b))
        for a, b in zip(said, heard, strict=True)
    )
    return errors / sum(map(len, said))


@exercise.misconception("Letters are counted: that is the character error rate.")
def character_error_rate(texts, heard):
    both = [(" ".join(words_of(a)), " ".join(b)) for a, b in zip(texts, heard, strict=True)]
    return sum(int(edit_table(a, b)[-1, -1]) for a, b in both) / sum(len(a) for a, _ in both)


@exercise.misconception("Only one sentence counts: add up those of all.")
def first_sentence(texts, heard):
    errors, n, _ = counted(texts, heard)[0]
    return errors / n


@exercise.neighbour(first_sentence)
def last_sentence(texts, heard):
    errors, n, _ = counted(texts, heard)[-1]
    return errors / n


@exercise.misconception("Insertions don't count in your function: they are errors too.")
def without_insertions(texts, heard):
    said = [words_of(text) for text in texts]
    pairs = [word_errors.align_words(a, list(b)) for a, b in zip(said, heard, strict=True)]
    errors = sum(a is not None and a != b for one in pairs for a, b in one)
    return errors / sum(map(len, said))


@exercise.misconception("Only replaced words count in your function: lost and added ones too.")
def replacements_only(texts, heard):
    said = [words_of(text) for text in texts]
    pairs = [word_errors.align_words(a, list(b)) for a, b in zip(said, heard, strict=True)]
    errors = sum(None not in (a, b) and a != b for one in pairs for a, b in one)
    return errors / sum(map(len, said))


@exercise.misconception("You divide by the words of both: divide by those that were to be said.")
def by_words_of_both(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / sum(n + m for _, n, m in rows)


@exercise.misconception("The largest rate is returned: add up errors and words, then divide.")
def worst_rate(texts, heard):
    return max(errors / n for errors, n, _ in counted(texts, heard))


@exercise.misconception("The rate is cut off at 1: with many insertions it is above.")
def cut_off_at_one(texts, heard):
    rows = counted(texts, heard)
    return min(1.0, sum(errors for errors, _, _ in rows) / sum(n for _, n, _ in rows))


@exercise.misconception(
    "The sentences are joined into one: a word that was heard in the next sentence then counts as "
    "right. Count the errors of each sentence, then add."
)
def sentences_joined(texts, heard):
    said = [word for text in texts for word in words_of(text)]
    found = [word for words in heard for word in words]
    return int(edit_table(said, found)[-1, -1]) / len(said)


@exercise.neighbour(place_by_place)
def place_by_place_while_both_last(texts, heard):
    said = [words_of(text) for text in texts]
    pairs = zip(said, heard, strict=True)
    errors = sum(a != b for one, other in pairs for a, b in zip(one, other, strict=False))
    return errors / sum(map(len, said))


@exercise.also_correct
def rate_by_pairs(texts, heard):
    said = [words_of(text) for text in texts]
    found = [word_errors.align_words(a, list(b)) for a, b in zip(said, heard, strict=True)]
    return sum(a != b for one in found for a, b in one) / len([w for words in said for w in words])


@exercise.also_correct
def rate_as_tensor(texts, heard):
    rows = torch.tensor([[errors, n] for errors, n, _ in counted(texts, heard)])
    errors, words = rows.sum(dim=0)
    return (errors / words).item()
