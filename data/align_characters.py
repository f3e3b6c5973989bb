"""When each written character sounds: letter-to-phoneme EM and Viterbi over whole utterances.

Every character emits no phoneme, one, or two: P(characters, phonemes) is a product of
P(emission | character) along a monotone path, as in Damper et al. (2005) and Jiampojamarn et al.
(2007). EM (Baum-Welch) fits the table on all utterances; Viterbi then gives each one its path.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

SPACE = " "  # the engine's word boundary; only a written space may emit it
SILENCE = "sil"  # a pause; only punctuation may emit it
PUNCTUATION = ",.?!"


class LetterToPhoneme:
    """P(emission | character), fitted by EM on pairs (characters, phonemes)."""

    def __init__(self, pairs: Sequence[tuple[str, Sequence[str]]], iterations: int = 10) -> None:
        self.characters = {
            c: i for i, c in enumerate(sorted({c for text, _ in pairs for c in text}))
        }
        phonemes = sorted({p for _, sequence in pairs for p in sequence})
        twos = sorted({two for _, sequence in pairs for two in pairwise(sequence)})
        self.ones = {p: i for i, p in enumerate(phonemes)}
        self.twos = {two: i for i, two in enumerate(twos)}

        # three tables: a character emits nothing, one phoneme, or two
        n = len(self.characters)
        self.p0, self.p1, self.p2 = (
            np.full((n, 1), 0.2),
            np.ones((n, len(phonemes))),
            np.ones((n, len(twos))),
        )
        for c, row in self.characters.items():
            self.p1[row] *= [may_emit(c, p) for p in phonemes]
            self.p2[row] *= [c.isalpha() and may_emit(c, p) and may_emit(c, q) for p, q in twos]
        self.p1 *= 0.7 / np.maximum(self.p1.sum(axis=1, keepdims=True), 1)
        self.p2 *= 0.1 / np.maximum(self.p2.sum(axis=1, keepdims=True), 1)
        for _ in range(iterations):
            self._reestimate(pairs)

    def _indices(self, text: str, sequence: Sequence[str]) -> tuple[list[int], ...]:
        """Rows (characters) and columns (phonemes; pairs of phonemes) of one utterance's tables."""
        return (
            [self.characters[c] for c in text],
            [self.ones[p] for p in sequence],
            [self.twos[two] for two in pairwise(sequence)],
        )

    def _reestimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> None:
        counts = [np.zeros_like(p) for p in (self.p0, self.p1, self.p2)]
        for text, sequence in pairs:
            rows, ones, twos = self._indices(text, sequence)
            e0, e1, e2 = self.p0[rows, 0], self.p1[rows][:, ones], self.p2[rows][:, twos]
            n, m = len(text), len(sequence)
            forward, backward = np.zeros((n + 1, m + 1)), np.zeros((n + 1, m + 1))
            forward[0, 0] = backward[n, m] = 1
            for i in range(n):
                forward[i + 1] = forward[i] * e0[i]
                forward[i + 1, 1:] += forward[i, :-1] * e1[i]
                forward[i + 1, 2:] += forward[i, :-2] * e2[i]
            for i in reversed(range(n)):
                backward[i] = backward[i + 1] * e0[i]
                backward[i, :-1] += backward[i + 1, 1:] * e1[i]
                backward[i, :-2] += backward[i + 1, 2:] * e2[i]
            if not (total := forward[n, m]):
                raise ValueError(f"no monotone path between {text!r} and {list(sequence)}")
            g0 = (forward[:-1] * backward[1:]).sum(axis=1) * e0 / total
            np.add.at(counts[0], (rows, 0), g0)
            np.add.at(
                counts[1], np.ix_(rows, ones), forward[:-1, :-1] * e1 * backward[1:, 1:] / total
            )
            np.add.at(
                counts[2], np.ix_(rows, twos), forward[:-1, :-2] * e2 * backward[1:, 2:] / total
            )
        total = sum(c.sum(axis=1, keepdims=True) for c in counts)
        self.p0, self.p1, self.p2 = (c / total for c in counts)

    def viterbi(self, text: str, sequence: Sequence[str]) -> list[int]:
        """Number of phonemes (0, 1 or 2) that each character emits on the most probable path."""
        n, m = len(text), len(sequence)
        best = np.full((n + 1, m + 1), -np.inf)
        best[0, 0] = 0
        taken = np.zeros((n + 1, m + 1), dtype=int)
        rows, ones, twos = self._indices(text, sequence)
        with np.errstate(divide="ignore"):
            e0, e1, e2 = np.log(self.p0[rows, 0]), np.log(self.p1[rows]), np.log(self.p2[rows])
        for i in range(n):
            options = np.full((3, m + 1), -np.inf)
            options[0] = best[i] + e0[i]
            options[1, 1:] = best[i, :-1] + e1[i, ones]
            options[2, 2:] = best[i, :-2] + e2[i, twos]
            taken[i + 1] = options.argmax(axis=0)
            best[i + 1] = options.max(axis=0)
        emitted, j = [0] * n, m
        for i in reversed(range(n)):
            emitted[i] = int(taken[i + 1, j])
            j -= emitted[i]
        return emitted


def may_emit(character: str, phoneme: str) -> bool:
    """Written spaces emit word boundaries, punctuation emits pauses, letters emit phonemes."""
    if character == SPACE:
        return phoneme == SPACE
    if character in PUNCTUATION:
        return phoneme == SILENCE
    return phoneme not in (SPACE, SILENCE)


def character_spans(text: str, emitted: list[int], edges: list[int]) -> list[tuple[str, int, int]]:
    """Spread the phonemes' time over the characters.

    A silent letter shares, in equal parts, the time of the letter before it in the word (of the
    next one at the beginning of a word): "igh" of "light" divides /aɪ/ in three.

    Args:
        text: n characters
        emitted: phonemes that each of them emits
        edges: n_phonemes + 1 boundaries in samples, from 0 to the end of the audio

    Returns:
        n spans (character, start, end), contiguous; spaces without a pause have length zero
    """
    spans: list[tuple[str, int, int]] = []
    j = 0
    for group in groups(text, emitted):
        start = edges[j]
        j += sum(emitted[i] for i in group)
        cuts = [start + (edges[j] - start) * k // len(group) for k in range(len(group) + 1)]
        spans += [(text[i], a, b) for i, (a, b) in zip(group, pairwise(cuts), strict=True)]
    return spans


def groups(text: str, emitted: list[int]) -> list[list[int]]:
    """Positions of characters that share their phonemes: a sounding letter and its silent ones."""
    runs: list[list[int]] = []
    for i, character in enumerate(text):
        same_word = runs and character.isalpha() and text[i - 1].isalpha()
        if same_word and (emitted[i] == 0 or not any(emitted[k] for k in runs[-1])):
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs
