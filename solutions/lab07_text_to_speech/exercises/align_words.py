"""Which word was heard for which."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import word_errors
from ...exercise_lib.word_errors import Pair, edit_table
from .shared import WORDS, sentences

exercise = Exercise(
    id="word_errors.align_words",
    title="Which word was heard for which",
    target="exercise_lib.word_errors:align_words",
    solution=word_errors.align_words,
    todo="7.4",
    points=2,
    difficulty=3,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    a, b, c, d, e = (str(word) for word in rng.permutation(WORDS)[:5])
    end = [e] if hidden else []
    pairs = {
        **sentences(rng, hidden),
        "several ways as short": ([a, b, a, c, *end], [b, a, b, d, *end]),
    }
    return [
        Case(
            name,
            args={"reference": said, "heard": heard},
            weight=0.5 if len(said) == len(heard) or not (said and heard) else 1.0,
        )
        for name, (said, heard) in pairs.items()
    ]


def back(
    reference: Sequence[str],
    heard: Sequence[str],
    choose: Callable[[Tensor, int, int, bool], str],
) -> list[Pair]:
    """Go back through the table; `choose` names the next step where i, j > 0."""
    d = edit_table(reference, heard)
    i, j = len(reference), len(heard)
    found: list[Pair] = []
    while i > 0 or j > 0:
        wrong = i > 0 and j > 0 and reference[i - 1] != heard[j - 1]
        step = choose(d, i, j, wrong) if i > 0 and j > 0 else "delete" if i > 0 else "insert"
        i -= step != "insert"
        j -= step != "delete"
        found.append(
            (reference[i] if step != "insert" else None, heard[j] if step != "delete" else None)
        )
    return found[::-1]


def step_back(d: Tensor, i: int, j: int, wrong: bool) -> str:
    if d[i, j] == d[i - 1, j - 1] + wrong:
        return "pair"
    return "delete" if d[i, j] == d[i - 1, j] + 1 else "insert"


@exercise.misconception("The pairs come last word first: reverse the list at the end.")
def from_the_end(reference, heard):
    return back(reference, heard, step_back)[::-1]


@exercise.misconception(
    "Deletion and insertion are exchanged: (word, None) is a word of the reference that nobody "
    "heard."
)
def sides_exchanged(reference, heard):
    return [
        (b, a) if a is None or b is None else (a, b) for a, b in back(reference, heard, step_back)
    ]


@exercise.misconception("The pairs are (heard, reference): the word of the reference comes first.")
def pairs_turned(reference, heard):
    return [(b, a) for a, b in back(reference, heard, step_back)]


@exercise.misconception(
    "You go to the smallest neighbour. It need not be where the entry comes from: test which "
    "neighbour plus its cost gives table[i, j]."
)
def smallest_neighbour(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        neighbours = {"delete": d[i - 1, j], "insert": d[i, j - 1], "pair": d[i - 1, j - 1]}
        return min(neighbours, key=lambda step: int(neighbours[step]))

    return back(reference, heard, choose)


@exercise.misconception(
    "You stop when one sentence is used up: the words left in the other are deletions or "
    "insertions. Go on until i and j are both 0."
)
def stops_at_the_border(reference, heard):
    found = back(reference, heard, step_back)
    while found and None in found[0]:
        found = found[1:]
    return found


@exercise.misconception("Only the errors are listed: pairs of equal words belong to the list too.")
def only_errors(reference, heard):
    return [(a, b) for a, b in back(reference, heard, step_back) if a != b]


@exercise.misconception(
    "Where several ways are as short, you take the gap first: pair two words where you can."
)
def gaps_first(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        if d[i, j] == d[i - 1, j] + 1:
            return "delete"
        return "insert" if d[i, j] == d[i, j - 1] + 1 else "pair"

    return back(reference, heard, choose)


@exercise.misconception(
    "A replaced word is listed as a deletion and an insertion: that is two errors, the table "
    "counts one."
)
def replacement_split(reference, heard):
    split: list[Pair] = []
    for a, b in back(reference, heard, step_back):
        split += [(a, b)] if a == b or a is None or b is None else [(a, None), (None, b)]
    return split


@exercise.misconception(
    "Words are paired by their place: after a lost word, everything is one off. Follow the table."
)
def paired_by_place(reference, heard):
    n = max(len(reference), len(heard))
    lists = [[*words, *[None] * (n - len(words))] for words in (reference, heard)]
    return list(zip(*lists, strict=True))


@exercise.misconception(
    "Words of the reference are missing: deletions belong to the list, (word, None)."
)
def without_deletions(reference, heard):
    return [(a, b) for a, b in back(reference, heard, step_back) if b is not None]


@exercise.misconception(
    "Words are missing: insertions belong to the list, (None, word), and deletions, (word, None)."
)
def without_insertions(reference, heard):
    return [(a, b) for a, b in back(reference, heard, step_back) if a is not None]


@exercise.neighbour(without_insertions)
def only_pairs(reference, heard):
    return [(a, b) for a, b in back(reference, heard, step_back) if None not in (a, b)]


@exercise.misconception("Replaced words are left out: (said, heard) is a pair of the list.")
def without_replacements(reference, heard):
    return [(a, b) for a, b in back(reference, heard, step_back) if a == b or None in (a, b)]


@exercise.misconception("Gaps are empty strings: a missing word is None.")
def empty_strings(reference, heard):
    return [(a or "", b or "") for a, b in back(reference, heard, step_back)]


@exercise.misconception("You return the numbers of the words: return the words.")
def numbers_of_words(reference, heard):
    i = j = 0
    found: list[tuple[int | None, int | None]] = []
    for a, b in back(reference, heard, step_back):
        found.append((None if a is None else i, None if b is None else j))
        i, j = i + (a is not None), j + (b is not None)
    return found


@exercise.misconception(
    "Insertions are tried before deletions: where both are as cheap, the deletion is taken.",
    mild="Both ways have as few errors: the order alone is another.",
)
def insertions_first(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        if d[i, j] == d[i - 1, j - 1] + wrong:
            return "pair"
        return "insert" if d[i, j] == d[i, j - 1] + 1 else "delete"

    return back(reference, heard, choose)


@exercise.neighbour(smallest_neighbour, mild="The smallest neighbour is often the right one.")
def smallest_neighbour_diagonal_first(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        neighbours = {"pair": d[i - 1, j - 1], "delete": d[i - 1, j], "insert": d[i, j - 1]}
        return min(neighbours, key=lambda step: int(neighbours[step]))

    return back(reference, heard, choose)


@exercise.misconception(
    "Only equal words are paired: a replaced word is one pair (said, heard), not a deletion and an "
    "insertion."
)
def substitutions_taken_apart(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        return "pair" if not wrong and d[i, j] == d[i - 1, j - 1] else "delete"

    return back(reference, heard, choose)


@exercise.also_correct
def pairs_by_recursion(reference, heard):
    def walk(i: int, j: int) -> list[Pair]:
        if i == 0 and j == 0:
            return []
        d = word_errors.edit_table(reference, heard)
        if i and j and d[i, j] - d[i - 1, j - 1] == (reference[i - 1] != heard[j - 1]):
            return [*walk(i - 1, j - 1), (reference[i - 1], heard[j - 1])]
        if i and d[i, j] > d[i - 1, j]:
            return [*walk(i - 1, j), (reference[i - 1], None)]
        return [*walk(i, j - 1), (None, heard[j - 1])]

    return walk(len(reference), len(heard))


@exercise.also_correct
def pairs_as_lists(reference, heard):
    return [list(pair) for pair in back(reference, heard, step_back)]
