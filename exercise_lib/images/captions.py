"""The grammar of captions: what is said of a scene, and whether it is true.

    a [SIZE] COLOUR SHAPE [RELATION a [SIZE] COLOUR SHAPE] [on TEXTURE TONE]

Sizes and ground are said in half of the captions, and either thing may be named first. So one
picture has many true captions, and one caption may be true of many pictures.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from exercise_lib.images.scenes import (
    COLOURS,
    OPPOSITE,
    RELATIONS,
    SHAPES,
    SIZES,
    TEXTURES,
    TONES,
    Scene,
    Thing,
)

PAD, START, END = "<pad>", "<start>", "<end>"
WORDS = (
    *(PAD, START, END, "a", "an"),
    *SIZES,
    *COLOURS,
    *SHAPES,
    *("left", "right", "of", "above", "below", "on"),
    *TEXTURES,
    *TONES,
)
LONGEST = 15  # words of the longest caption, with <start> and <end>
SAID = 0.5  # share of the captions that say sizes, and share that say the ground

NAMED = rf"an? (?:({'|'.join(SIZES)}) )?({'|'.join(COLOURS)}) ({'|'.join(SHAPES)})"
GRAMMAR = re.compile(
    rf"{NAMED}(?: ({'|'.join(RELATIONS)}) {NAMED})?"
    rf"(?: on ({'|'.join(TEXTURES)}) ({'|'.join(TONES)}))?"
)


@dataclass(frozen=True)
class Named:
    """What a caption says of one thing; the size is "" where it is not said."""

    size: str
    colour: str
    shape: str

    def __str__(self) -> str:
        words = " ".join(filter(None, (self.size, self.colour, self.shape)))
        return f"an {words}" if words[0] in "aeiou" else f"a {words}"

    def fits(self, thing: Thing) -> bool:
        """Say whether it is true of a thing."""
        return thing.pair == (self.shape, self.colour) and self.size in ("", thing.size)


@dataclass(frozen=True)
class Caption:
    """What a caption says; `str(caption)` are its words."""

    things: tuple[Named, ...]
    relation: str = ""  # of the first thing to the second, "" where there is one thing
    ground: tuple[str, str] | None = None  # texture and tone

    def __str__(self) -> str:
        on = f"on {' '.join(self.ground)}" if self.ground else ""
        first, *second = map(str, self.things)
        return " ".join(filter(None, (first, self.relation, *second, on)))

    def holds(self, scene: Scene) -> bool:
        """Say whether it is true of a scene; one may show more than is said."""
        if self.ground not in (None, (scene.texture, scene.tone)):
            return False
        for first, thing in enumerate(scene.things):
            if self.things[0].fits(thing):
                if len(self.things) == 1:
                    return True
                others = [it for it in scene.things if it is not thing]
                fits = bool(others) and self.things[1].fits(others[0])
                return fits and scene.relation(first) == self.relation
        return False

    def swapped(self) -> Caption:
        """Return it with both colours exchanged: "a red square left of a blue circle"."""
        first, second = self.things
        return replace(
            self,
            things=(replace(first, colour=second.colour), replace(second, colour=first.colour)),
        )

    def turned(self) -> Caption:
        """Return it with the opposite relation: right of in place of left of."""
        return replace(self, relation=OPPOSITE[self.relation])


def caption(scene: Scene, rng: random.Random) -> Caption:
    """Say something true of a scene: all its things, and by chance sizes and ground."""
    sizes, ground = rng.random() < SAID, rng.random() < SAID
    first = int(rng.random() * len(scene.things))
    things = scene.things[first:] + scene.things[:first]
    return Caption(
        tuple(Named(it.size if sizes else "", it.colour, it.shape) for it in things),
        scene.relation(first),
        (scene.texture, scene.tone) if ground else None,
    )


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
            f"{text!r} is no caption. One is: a [size] COLOUR SHAPE [RELATION a [size] COLOUR "
            "SHAPE] [on TEXTURE TONE]"
        )
    size, colour, shape, relation, other_size, other_colour, other_shape, texture, tone = (
        it or "" for it in found.groups()
    )
    things = [Named(size, colour, shape)]
    if relation:
        things.append(Named(other_size, other_colour, other_shape))
    return Caption(tuple(things), relation, (texture, tone) if tone else None)


def truth(captions: Sequence[Caption], scenes: Sequence[Scene]) -> Tensor:
    """Return which caption is true of which picture, `(pictures, captions)` bool."""
    return torch.tensor([[it.holds(scene) for it in captions] for scene in scenes])


def encode(texts: Iterable[str | Caption]) -> Tensor:
    """Return captions as numbers of words, `(B, 15)` int64: <start> ... <end>, then <pad>.

    Raises: ValueError: a word is unknown, or a caption too long.
    """
    return encode_words(texts, WORDS, LONGEST)


def encode_words(texts: Iterable[object], vocabulary: Sequence[str], longest: int) -> Tensor:
    """Return texts as numbers of a vocabulary's words, `(B, longest)` int64, see `encode`."""
    number = {word: index for index, word in enumerate(vocabulary)}
    rows = []
    for text in map(str, texts):
        words = [START, *text.lower().split(), END]
        if len(words) > longest:
            raise ValueError(f"{text!r} has more than {longest - 2} words")
        if unknown := [it for it in words if it not in number]:
            raise ValueError(f"{unknown[0]!r} is no word of the captions")
        rows.append([number[it] for it in words] + [number[PAD]] * (longest - len(words)))
    return torch.tensor(rows, dtype=torch.int64).reshape(-1, longest)
