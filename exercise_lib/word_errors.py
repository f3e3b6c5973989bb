"""Word error rate: how many words of a sentence did a listener get wrong?

Two word lists of different length are aligned with the fewest errors (Levenshtein 1966; by
dynamic programming, Wagner and Fischer 1974).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from exercise_lib.speech.recognise import words_of

Pair = tuple[str | None, str | None]  # (word of the reference, word heard)


def edit_table(reference: Sequence[str], heard: Sequence[str]) -> Tensor:
    """Return the fewest errors between the beginnings of two word lists.

    D_i0 = i, D_0j = j,
    D_ij = min(D_i-1,j + 1, D_i,j-1 + 1, D_i-1,j-1 + [a_i != b_j])   (deletion, insertion, word)

    Args: reference: words a, what was to be said; heard: words b.
    Returns: D, `(len(reference) + 1, len(heard) + 1)`, int64; the last entry counts all errors.
    """
    n, m = len(reference), len(heard)
    table = torch.zeros(n + 1, m + 1, dtype=torch.int64)
    # TODO 7.3: the table of equation 7.3
    raise NotImplementedError("TODO 7.3: the table of equation 7.3")


def align_words(reference: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """Go back through the table from its end and pair the words.

    Where several ways back are as short, the first that fits is taken: two words paired, then a
    word deleted, then one inserted.

    Args: reference: what was to be said; heard: words.
    Returns: pairs in the order of the sentence: (word, word), (word, None) for a deletion,
        (None, word) for an insertion.
    """
    table = edit_table(reference, heard)
    i, j = len(reference), len(heard)
    pairs: list[Pair] = []
    # TODO 7.4: the pairs on the way back, in the order of the words
    raise NotImplementedError("TODO 7.4: the pairs on the way back, in the order of the words")


def word_error_rate(texts: Sequence[str], heard: Sequence[Sequence[str]]) -> float:
    """Return the errors of all sentences together, per word that was to be said.

    WER = sum_k (S_k + D_k + I_k) / sum_k N_k: substitutions, deletions, insertions, words

    Args: texts: what was to be said, with punctuation, each a word at least; heard: for each text,
        the words heard.
    Returns: 0 for no error; above 1 where much was heard that nobody said.
    Raises: ValueError where there is not one list of words for each text.
    """
    pairs = [(words_of(text), words) for text, words in zip(texts, heard, strict=True)]
    # TODO 7.5: equation 7.4
    raise NotImplementedError("TODO 7.5: equation 7.4")
