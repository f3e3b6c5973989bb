"""Which utterances a model learns from, and on which it is judged."""

from __future__ import annotations

from zlib import crc32

from exercise_lib.speech.data import DataError, SpeechCorpus, Utterance

HELD_OUT = 20  # utterances


def split_corpus(corpus: SpeechCorpus) -> tuple[SpeechCorpus, list[Utterance]]:
    """Return the part to train on, and the few utterances to judge by; see `divide`."""
    train, held_out = divide(*listed_ids(corpus))
    return corpus.part(train), list(corpus.part(held_out))


def listed_ids(corpus: SpeechCorpus) -> tuple[list[str], list[str]]:
    """Return the ids of the training and the validation split; without lists all are the first's.

    Raises: DataError: a list can't be read.
    """
    if (corpus.root / "splits" / "train.txt").is_file():
        return corpus.split("train").ids, corpus.split("validation").ids
    return corpus.ids, []


def divide(train: list[str], held_out: list[str]) -> tuple[list[str], list[str]]:
    """Return the ids to train on, and at most 20 to judge by.

    Where none are listed for the latter, they are the last twentieth of the former, at least one.

    Raises: DataError: there are fewer than two utterances.
    """
    if len(train) + len(held_out) < 2 or not train:
        raise DataError(f"{len(train)} utterances to train on: there must be at least two.")
    if not held_out:
        n = min(HELD_OUT, max(1, len(train) // 20))
        train, held_out = train[:-n], train[-n:]
    return train, held_out[:HELD_OUT]


def describe_data(corpus: SpeechCorpus) -> str:
    """Return a folder's name and a checksum of the texts, which a run keeps to."""
    entries = corpus.metadata.entries
    checksum = crc32("".join(f"{key}|{entries[key].text}\n" for key in corpus.ids).encode())
    return f"{corpus.root.resolve().name} ({len(corpus)} utterances, {checksum:08x})"
