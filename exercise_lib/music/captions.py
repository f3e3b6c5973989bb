"""The grammar of captions: what is said of a piece, and whether it is true.

    a [TEMPO] [CONTOUR] INSTRUMENT NOUN [in the REGISTER register] [DRUMS]

All but the instrument is said in seven of ten captions, each in one of several words. So one piece
has many true captions, and one caption may be true of many pieces.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from exercise_lib.images.captions import END, PAD, START, encode_words
from exercise_lib.images.scenes import choose
from exercise_lib.music.pieces import Kind, Piece

# What is said -> the words for each value, the plainest one first
SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "tempo": {"slow": ("slow", "calm"), "fast": ("fast", "quick")},
    "contour": {
        "rising": ("rising", "ascending"),
        "falling": ("falling", "descending"),
        "repeated": ("repeated", "level"),
    },
    "instrument": {
        "plucked": ("plucked", "guitar", "harp"),
        "flute": ("flute", "recorder"),
        "organ": ("organ", "church organ"),
        "bell": ("bell", "chime"),
        "brass": ("brass", "trumpet", "horn"),
    },
    "register": {
        "low": ("low", "deep"),
        "middle": ("middle", "medium"),
        "high": ("high", "treble"),
    },
    "drums": {
        "none": ("without drums", "alone"),
        "kick": ("with a kick drum", "over a bass drum"),
        "hats": ("with cymbals", "over hi-hats"),
    },
}
NOUNS = ("melody", "tune")
MEANING = {
    slot: {words: value for value, every in values.items() for words in every}
    for slot, values in SYNONYMS.items()
}
PHRASES = [*NOUNS, *(words for its in MEANING.values() for words in its)]
WORDS = tuple(
    dict.fromkeys([PAD, START, END, "a", "an", "in", "the", "register", *" ".join(PHRASES).split()])
)
LONGEST = 16  # words of the longest caption, with <start> and <end>
SAID = 0.7  # share of the captions that say the tempo; and so on


def one_of(slot: str) -> str:
    return rf"(?P<{slot}>{'|'.join(MEANING[slot])})"


GRAMMAR = re.compile(
    rf"an? (?:{one_of('tempo')} )?(?:{one_of('contour')} )?{one_of('instrument')} "
    rf"(?P<noun>{'|'.join(NOUNS)})(?: in the {one_of('register')} register)?"
    rf"(?: {one_of('drums')})?"
)


@dataclass(frozen=True)
class Caption:
    """What a caption says, in its words, "" where nothing is said; `str(caption)` is all of it."""

    instrument: str
    contour: str = ""
    register: str = ""
    tempo: str = ""
    drums: str = ""
    noun: str = NOUNS[0]

    def __str__(self) -> str:
        register = f"in the {self.register} register" if self.register else ""
        parts = self.tempo, self.contour, self.instrument, self.noun, register, self.drums
        words = " ".join(filter(None, parts))
        return f"an {words}" if words[0] in "aeiou" else f"a {words}"

    def holds(self, piece: Piece | Kind) -> bool:
        """Say whether it is true of a piece; one may have more than is said."""
        return bool(truth([self], [piece]))


def caption(piece: Piece, rng: random.Random) -> Caption:
    """Say something true of a piece: its instrument, and by chance all else."""
    kind = asdict(piece.kind)
    said = {
        slot: choose(rng, SYNONYMS[slot][kind[slot]])
        for slot in MEANING
        if slot == "instrument" or rng.random() < SAID
    }
    return Caption(**said, noun=choose(rng, NOUNS))


def full_caption(kind: Kind) -> Caption:
    """Say all of a kind, in the plainest words."""
    return Caption(**{slot: SYNONYMS[slot][its][0] for slot, its in asdict(kind).items()})


def parse(text: str) -> Caption:
    """Return what a caption says.

    Raises: ValueError: it is none of the grammar; the message says where it departs from that.
    """
    words = " ".join(text.lower().split())
    if unknown := [it for it in words.split() if it not in WORDS]:
        raise ValueError(f"{unknown[0]!r} is no word of the captions, which are {', '.join(WORDS)}")
    found = GRAMMAR.fullmatch(words)
    if not found:
        raise ValueError(
            f"{text!r} is no caption. One is: a [slow] [rising] INSTRUMENT melody [in the low "
            "register] [with cymbals]"
        )
    return Caption(**{slot: its or "" for slot, its in found.groupdict().items()})


def truth(captions: Sequence[Caption], pieces: Sequence[Piece | Kind]) -> Tensor:
    """Return which caption is true of which piece, `(pieces, captions)` bool."""
    kinds = [it.kind if isinstance(it, Piece) else it for it in pieces]
    said = [[MEANING[slot].get(getattr(it, slot), "") for slot in MEANING] for it in captions]
    true = [[getattr(it, slot) for slot in MEANING] for it in kinds]
    words = np.array(said, dtype=str).reshape(1, -1, len(MEANING))
    fits = (words == np.array(true, dtype=str).reshape(-1, 1, len(MEANING))) | (words == "")
    return torch.from_numpy(fits.all(2))


def encode(texts: Iterable[str | Caption]) -> Tensor:
    """Return captions as numbers of words, `(B, 16)` int64: <start> ... <end>, then <pad>.

    Raises: ValueError: a word is unknown, or a caption too long.
    """
    return encode_words(texts, WORDS, LONGEST)
