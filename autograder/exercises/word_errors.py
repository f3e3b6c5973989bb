"""The exercises of word_errors.py: the edit table, the words paired, the rate over a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.speech.recognise import words_of
from solutions.exercise_lib import word_errors
from solutions.exercise_lib.word_errors import Pair, edit_table

TARGET = "exercise_lib.word_errors:"
NOTEBOOK = "07_text_to_speech"
WORDS = ["a", "the", "wise", "owl", "grey", "goat", "met", "saw", "our", "judge", "today", "here"]


def sentences(rng: np.random.Generator, hidden: bool) -> dict[str, tuple[list[str], list[str]]]:
    """Pairs of what was said and what was heard, by what happened in between."""
    words = [str(word) for word in rng.permutation(WORDS)]
    said, other = words[: 7 if hidden else 5], words[8:]
    k = 3 if hidden else 2
    return {
        "nothing wrong": (said, said),
        "a word replaced": (said, [*said[:k], other[0], *said[k + 1 :]]),
        "a word lost and one added": (said, [*said[:1], *said[2:], other[1]]),
        "a longer word at the beginning": (said, [other[0], other[1], *said[1:]]),
        "the last word twice": (said, [*said, said[-1]]),
        "all wrong, and fewer": (said, other[: k - 1]),
        "nothing heard": (said[:3], []),
        "much heard in silence": ([], other[:k]),
    }


# ------------------------------------------------------------------------------ edit table

table = Exercise(
    id="word_errors.edit_table",
    title="Edit distance of two sentences",
    target=TARGET + "edit_table",
    solution=word_errors.edit_table,
    notebook=NOTEBOOK,
    todo="7.3",
    points=2,
)


@table.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    return [
        Case(name, args={"reference": said, "heard": heard})
        for name, (said, heard) in sentences(rng, hidden).items()
        if name not in ("nothing wrong", "a word replaced")
    ]


def fill(
    reference: Sequence[str],
    heard: Sequence[str],
    substitution: int = 1,
    deletion: int = 1,
    insertion: int = 1,
    column: int = 1,
    row: int = 1,
    same: int = 0,
) -> Tensor:
    """Fill the table with other costs, `column` and `row` those of its borders."""
    n, m = len(reference), len(heard)
    d = torch.zeros(n + 1, m + 1, dtype=torch.int64)
    d[:, 0], d[0] = column * torch.arange(n + 1), row * torch.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            step = same if reference[i - 1] == heard[j - 1] else substitution
            d[i, j] = min(d[i - 1, j] + deletion, d[i, j - 1] + insertion, d[i - 1, j - 1] + step)
    return d


@table.misconception(
    "The borders are 0: then words lost at the beginning cost nothing. D_i0 = i and D_0j = j."
)
def borders_zero(reference, heard):
    return fill(reference, heard, column=0, row=0)


@table.misconception(
    "The first row is 0: words heard before the first one cost an insertion each, D_0j = j."
)
def row_zero(reference, heard):
    return fill(reference, heard, row=0)


@table.misconception(
    "The first column is 0: words lost at the beginning cost a deletion each, D_i0 = i."
)
def column_zero(reference, heard):
    return fill(reference, heard, column=0)


@table.misconception(
    "A replaced word costs 2 in your table, as a deletion and an insertion: a substitution is one "
    "error."
)
def substitution_costs_two(reference, heard):
    return fill(reference, heard, substitution=2)


@table.misconception(
    "The diagonal costs 1 for equal words too: where a_i = b_j nothing is wrong, add 0."
)
def equal_words_cost(reference, heard):
    return fill(reference, heard, same=1)


@table.misconception("Insertions are free in your table: they cost 1, as deletions do.")
def insertions_free(reference, heard):
    return fill(reference, heard, insertion=0)


@table.misconception("Deletions are free in your table: they cost 1, as insertions do.")
def deletions_free(reference, heard):
    return fill(reference, heard, deletion=0)


@table.misconception(
    "The table is transposed: rows belong to the reference, columns to what was heard."
)
def table_transposed(reference, heard):
    return fill(reference, heard).T.contiguous()


@table.misconception(
    "You compare letters: the errors are counted in words, so compare the items of the lists."
)
def table_of_letters(reference, heard):
    return fill("".join(reference), "".join(heard))


@table.misconception("The last word of each sentence is not reached: i and j run to n and m.")
def table_stops_early(reference, heard):
    d = fill(reference, heard)
    d[1:, 1:] = torch.where(torch.ones_like(d[1:, 1:]).cumsum(0) == len(reference), 0, d[1:, 1:])
    d[1:, 1:] = torch.where(torch.ones_like(d[1:, 1:]).cumsum(1) == len(heard), 0, d[1:, 1:])
    return d


@table.misconception(
    "Words are compared at the same place only: one lost word then makes all that follow wrong. "
    "Take the smallest of three neighbours."
)
def place_by_place(reference, heard):
    d = fill(reference, heard)
    for i in range(1, len(reference) + 1):
        for j in range(1, len(heard) + 1):
            d[i, j] = d[i - 1, j - 1] + int(reference[i - 1] != heard[j - 1])
    return d


@table.also_correct
def table_by_recursion(reference, heard):
    def errors(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        if reference[i - 1] == heard[j - 1]:
            return errors(i - 1, j - 1)
        return 1 + min(errors(i - 1, j), errors(i, j - 1), errors(i - 1, j - 1))

    n, m = len(reference), len(heard)
    return torch.tensor([[errors(i, j) for j in range(m + 1)] for i in range(n + 1)])


@table.also_correct
def table_by_rows(reference, heard):
    rows = [list(range(len(heard) + 1))]
    for word in reference:
        row = [rows[-1][0] + 1]
        for j, other in enumerate(heard):
            row.append(min(rows[-1][j + 1] + 1, row[-1] + 1, rows[-1][j] + (word != other)))
        rows.append(row)
    return torch.tensor(rows)


# ------------------------------------------------------------------------------ pairs of words

pairs = Exercise(
    id="word_errors.align_words",
    title="Which word was heard for which",
    target=TARGET + "align_words",
    solution=word_errors.align_words,
    notebook=NOTEBOOK,
    todo="7.4",
    points=2,
)


@pairs.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    return [
        Case(name, args={"reference": said, "heard": heard})
        for name, (said, heard) in sentences(rng, hidden).items()
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


@pairs.misconception("The pairs come last word first: reverse the list at the end.")
def from_the_end(reference, heard):
    return back(reference, heard, step_back)[::-1]


@pairs.misconception(
    "Deletion and insertion are exchanged: (word, None) is a word of the reference that nobody "
    "heard."
)
def sides_exchanged(reference, heard):
    return [
        (b, a) if a is None or b is None else (a, b) for a, b in back(reference, heard, step_back)
    ]


@pairs.misconception("The pairs are (heard, reference): the word of the reference comes first.")
def pairs_turned(reference, heard):
    return [(b, a) for a, b in back(reference, heard, step_back)]


@pairs.misconception(
    "You go to the smallest neighbour. It need not be where the entry comes from: test which "
    "neighbour plus its cost gives table[i, j]."
)
def smallest_neighbour(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        neighbours = {"delete": d[i - 1, j], "insert": d[i, j - 1], "pair": d[i - 1, j - 1]}
        return min(neighbours, key=lambda step: int(neighbours[step]))

    return back(reference, heard, choose)


@pairs.misconception(
    "You stop when one sentence is used up: the words left in the other are deletions or "
    "insertions. Go on until i and j are both 0."
)
def stops_at_the_border(reference, heard):
    found = back(reference, heard, step_back)
    while found and None in found[0]:
        found = found[1:]
    return found


@pairs.misconception("Only the errors are listed: pairs of equal words belong to the list too.")
def only_errors(reference, heard):
    return [(a, b) for a, b in back(reference, heard, step_back) if a != b]


@pairs.misconception(
    "Where several ways are as short, you take the gap first: pair two words where you can."
)
def gaps_first(reference, heard):
    def choose(d: Tensor, i: int, j: int, wrong: bool) -> str:
        if d[i, j] == d[i - 1, j] + 1:
            return "delete"
        return "insert" if d[i, j] == d[i, j - 1] + 1 else "pair"

    return back(reference, heard, choose)


@pairs.misconception(
    "A replaced word is listed as a deletion and an insertion: that is two errors, the table "
    "counts one."
)
def replacement_split(reference, heard):
    split: list[Pair] = []
    for a, b in back(reference, heard, step_back):
        split += [(a, b)] if a == b or a is None or b is None else [(a, None), (None, b)]
    return split


@pairs.misconception(
    "Words are paired by their place: after a lost word, everything is one off. Follow the table."
)
def paired_by_place(reference, heard):
    n = max(len(reference), len(heard))
    lists = [[*words, *[None] * (n - len(words))] for words in (reference, heard)]
    return list(zip(*lists, strict=True))


@pairs.also_correct
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


@pairs.also_correct
def pairs_as_lists(reference, heard):
    return [list(pair) for pair in back(reference, heard, step_back)]


# ------------------------------------------------------------------------------ word error rate

rate = Exercise(
    id="word_errors.word_error_rate",
    title="Word error rate",
    target=TARGET + "word_error_rate",
    solution=word_errors.word_error_rate,
    notebook=NOTEBOOK,
    todo="7.5",
    points=1,
)


@rate.cases
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
        )
        for name, keys in chosen.items()
    ]
    babble = {"texts": ["No!", "Yes."], "heard": [said["nothing wrong"][0], ["yes"]]}
    return [*cases, Case("much heard that nobody said", args=babble)]


def counted(texts: Sequence[str], heard: Sequence[Sequence[str]]) -> list[tuple[int, int, int]]:
    """Errors, words of the reference and words heard, for each sentence."""
    both = [(words_of(text), words) for text, words in zip(texts, heard, strict=True)]
    return [(int(edit_table(a, b)[-1, -1]), len(a), len(b)) for a, b in both]


@rate.misconception(
    "You average the rates of the sentences: a short sentence then counts as much as a long one. "
    "Add up the errors, add up the words, then divide."
)
def mean_of_rates(texts, heard):
    rows = counted(texts, heard)
    return sum(errors / n for errors, n, _ in rows) / len(rows)


@rate.misconception("You divide by the words heard: divide by those that were to be said.")
def by_words_heard(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / sum(m for _, _, m in rows)


@rate.misconception(
    "You divide by the longer of the two: that is a distance between 0 and 1. The rate is per word "
    "of the reference and may be above 1."
)
def by_the_longer(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / sum(max(n, m) for _, n, m in rows)


@rate.misconception("You divide by the number of sentences: it is errors per word.")
def by_sentences(texts, heard):
    rows = counted(texts, heard)
    return sum(errors for errors, _, _ in rows) / len(rows)


@rate.misconception("This is the share of right words: the rate counts the wrong ones.")
def accuracy(texts, heard):
    rows = counted(texts, heard)
    return 1 - sum(errors for errors, _, _ in rows) / sum(n for _, n, _ in rows)


@rate.misconception("This is in percent: return errors per word, .25 rather than 25.")
def percent(texts, heard):
    rows = counted(texts, heard)
    return 100 * sum(errors for errors, _, _ in rows) / sum(n for _, n, _ in rows)


@rate.misconception(
    "No sentence counts more errors than it has words in your function: insertions may bring more."
)
def capped(texts, heard):
    rows = counted(texts, heard)
    return sum(min(errors, n) for errors, n, _ in rows) / sum(n for _, n, _ in rows)


@rate.misconception(
    "This is the share of sentences with an error, the sentence error rate: count the words."
)
def sentence_error_rate(texts, heard):
    rows = counted(texts, heard)
    return sum(errors > 0 for errors, _, _ in rows) / len(rows)


@rate.misconception(
    "Capital letters and punctuation count as errors: compare the `pairs`, which are without."
)
def with_punctuation(texts, heard):
    said = [text.split() for text in texts]
    errors = sum(int(edit_table(a, b)[-1, -1]) for a, b in zip(said, heard, strict=True))
    return errors / sum(map(len, said))


@rate.also_correct
def rate_by_pairs(texts, heard):
    said = [words_of(text) for text in texts]
    found = [word_errors.align_words(a, list(b)) for a, b in zip(said, heard, strict=True)]
    return sum(a != b for one in found for a, b in one) / len([w for words in said for w in words])


@rate.also_correct
def rate_as_tensor(texts, heard):
    rows = torch.tensor([[errors, n] for errors, n, _ in counted(texts, heard)])
    errors, words = rows.sum(dim=0)
    return (errors / words).item()
