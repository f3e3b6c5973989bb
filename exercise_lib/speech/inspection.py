"""Look through a corpus before the first step of training, and take what can be used."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from tqdm.auto import tqdm

from exercise_lib.speech.data import SpeechCorpus, Utterance
from exercise_lib.speech.normalisation import normalise_text
from exercise_lib.speech.problems import (
    CLIPPED,
    MISALIGNED,
    SHORT,
    SILENT,
    UNREADABLE_TEXT,
    DataError,
    Problem,
    page_of,
    short,
)
from exercise_lib.speech.recordings import Recording
from exercise_lib.speech.splits import divide, listed_ids
from exercise_lib.speech.text import spell

SHORTEST = 0.1  # s
FASTEST = 40  # characters a second; people read about 15
LONG = 15.0  # s; the memory of a training step grows with its longest recording
QUIETEST = 1e-3  # peak, 60 dB below full scale
LOUD = 0.5  # peak from which samples that stay there are clipped
STEP = 2.0**-15  # of 16-bit samples
CLIPPED_SHARE = 1e-3  # of the samples
SHOWN = 3  # names
WAYS_ON = "Mend it, or train without the bad ones: --skip-bad, in a notebook skip_bad=True."

Made = TypeVar("Made")


def take_usable(
    corpus: SpeechCorpus,
    make: Callable[[Utterance], Made],
    symbols: str | None = None,
    skip_bad: bool = False,
    say: Callable[[str], object] = print,
) -> tuple[list[Made], list[Made]]:
    """Read the utterances to train on and to judge by once, and look at each before it is used.

    Args:
        make: turns a good utterance into what is trained on.
        symbols: the table that texts are read with; None where they are not read.
        skip_bad: go on without the bad ones.
        say: is told what is left out, and what may be a surprise.

    Raises: DataError: something is wrong; one page says all of it. Or too little is left.
    """
    train, held_out = (list(dict.fromkeys(it)) for it in listed_ids(corpus))
    made: dict[str, Made] = {}
    problems, stereo, long = list(corpus.problems), [], []
    for key in tqdm(dict.fromkeys(train + held_out), "Reading", delay=5, file=sys.stdout):
        entry = corpus.metadata.entries[key]
        found = list(look_at_text(corpus, key, symbols)) if symbols is not None else []
        try:
            recording = corpus.recording(key)
            n = 0 if symbols is None else len(normalise_text(entry.text, symbols))
            found += look_at_sound(recording, n)
            utterance = corpus.utterance(key, recording)
            stereo += [recording.path.name] if recording.channels > 1 else []
            seconds = len(recording.samples) / recording.rate
            long += [recording.path.name] if symbols is not None and seconds > LONG else []
        except DataError as error:
            if error.problem is None:
                raise
            found.append(error.problem)
        problems += [it.met_in(entry.line) for it in found]
        if not found and (skip_bad or not problems):
            made[key] = make(utterance)
    notes = [*corpus.metadata.notes, *note_on_stereo(stereo), *note_on_long(long)]
    if problems:
        page = "\n".join([page_of(problems, corpus.root), *(f"Note: {it}." for it in notes)])
        if not skip_bad:
            raise DataError(f"{corpus.root} cannot be trained on as it is.\n{page}\n{WAYS_ON}")
        say(f"Left out of {corpus.root}:\n{page}\n{len(made)} utterances are left.")
    else:
        for note in notes:
            say(f"Note: {note}.")
    train, held_out = divide(*([key for key in keys if key in made] for keys in (train, held_out)))
    return [made[key] for key in train], [made[key] for key in held_out]


def look_at_text(corpus: SpeechCorpus, key: str, symbols: str) -> Iterator[Problem]:
    """Yield what keeps a text from being read."""
    path, text = corpus.metadata.path, corpus.metadata.entries[key].text
    said = normalise_text(text, symbols)
    unknown = sorted(set(spell(said, symbols)) - set(symbols[1:]))
    if unknown:
        names = [f"{it!r} ({unicodedata.name(it, 'no name').lower()})" for it in unknown]
        yield Problem(UNREADABLE_TEXT, path, f"no symbol for {enumerate_first(names)}")
    elif not any(map(str.isalpha, said)):
        yield Problem(UNREADABLE_TEXT, path, f"{short(text)} has no word")
    elif corpus.is_aligned(key) and len(said) != len(text):
        yield Problem(MISALIGNED, path, f"aligned is {short(text)}, read is {short(said)}")


def look_at_sound(recording: Recording, n_characters: int) -> Iterator[Problem]:
    """Yield what keeps a recording from being learned from."""
    size = np.abs(recording.samples)
    seconds, peak = len(size) / recording.rate, size.max()
    at_peak = size > peak - STEP
    clipped = (at_peak[1:] & at_peak[:-1]).mean() if len(size) > 1 else 0.0
    if seconds < SHORTEST:
        yield Problem(SHORT, recording.path, f"has {seconds:.3f} s")
    elif n_characters / seconds > FASTEST:
        yield Problem(SHORT, recording.path, f"has {seconds:.2f} s for {n_characters} characters")
    if peak < QUIETEST:
        yield Problem(SILENT, recording.path, f"has a peak of {peak:.1g}")
    elif peak > LOUD and clipped > CLIPPED_SHARE:
        yield Problem(CLIPPED, recording.path, f"is at its peak in {clipped:.1%} of its samples")


def note_on_stereo(names: list[str]) -> Iterator[str]:
    """Yield what is done with recordings of several channels, where there are any."""
    if names:
        said = "recordings have" if len(names) > 1 else "recording has"
        which = enumerate_first(names)
        yield f"{len(names)} {said} several channels, which are mixed down to one: {which}"


def note_on_long(names: list[str]) -> Iterator[str]:
    """Yield what long recordings need, where there are any that are read with their texts."""
    if names:
        said = "recordings are" if len(names) > 1 else "recording is"
        yield (
            f"{len(names)} {said} longer than {LONG:g} s: {enumerate_first(names)}. A batch is "
            "padded to its longest one: where memory runs out, cut these at pauses, or choose a "
            "smaller --batch"
        )


def enumerate_first(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
