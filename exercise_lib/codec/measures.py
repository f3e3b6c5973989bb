"""How good copies are: PESQ, STOI, and which words are still heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from exercise_lib.speech.quality import perceived_quality
from exercise_lib.speech.recognise import words_of

Recognise = Callable[[Tensor], list[str]]


def word_error_rate(texts: Sequence[str], heard: Sequence[list[str]]) -> float:
    """Return the words that are wrong, missing or too many, per word that was said."""
    from rapidfuzz.distance import Levenshtein

    said = [words_of(text) for text in texts]
    wrong = sum(Levenshtein.distance(a, b) for a, b in zip(said, heard, strict=True))
    return wrong / sum(map(len, said))


def measure(
    copies: Sequence[Tensor],
    recordings: Sequence[Tensor],
    texts: Sequence[str],
    recognise: Recognise,
) -> dict[str, float]:
    """Compare copies with recordings.

    Args: copies, recordings: `(samples,)` each, at 16 kHz; a copy may be longer than its recording.
    Returns: means of PESQ and STOI, where their packages are there, and the word error rate
    """
    rows = [
        perceived_quality(recording, copy[: len(recording)])
        for copy, recording in zip(copies, recordings, strict=True)
    ]
    scores = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
    return scores | {"wer": word_error_rate(texts, [recognise(it) for it in copies])}
