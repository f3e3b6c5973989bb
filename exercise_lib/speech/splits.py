"""Which utterances a model learns from, and on which it is judged."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from exercise_lib.speech.data import DataError, SpeechCorpus, Utterance

HELD_OUT = 20  # utterances


def split_corpus(corpus: SpeechCorpus) -> tuple[list[Utterance], list[Utterance]]:
    """Return the utterances to train on and those to judge by.

    A folder without splits/train.txt keeps the last twentieth of its utterances for the latter,
    at least one and at most 20.

    Raises: DataError: there are fewer than two utterances.
    """
    if (corpus.root / "splits" / "train.txt").is_file():
        return list(corpus.split("train")), list(corpus.split("validation"))[:HELD_OUT]
    utterances = list(corpus)
    if len(utterances) < 2:
        raise DataError(f"{corpus.root} has one utterance; training needs at least two.")
    n = min(HELD_OUT, max(1, len(utterances) // 20))
    return utterances[:-n], utterances[-n:]


def describe_data(root: Path, utterances: list[Utterance]) -> str:
    """Return a folder's name and a checksum of the texts, which a run keeps to."""
    checksum = crc32("".join(f"{it.id}|{it.text}\n" for it in utterances).encode())
    return f"{root.resolve().name} ({len(utterances)} utterances, {checksum:08x})"
