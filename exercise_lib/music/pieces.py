"""Pieces: one melody on one instrument, with or without drums; the score is drawn from a seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exercise_lib.images.scenes import between, choose

SECONDS = 3.0  # of a piece

INSTRUMENTS = ("plucked", "flute", "organ", "bell", "brass")
CONTOURS = ("rising", "falling", "repeated")
REGISTERS = {"low": 48.0, "middle": 60.0, "high": 72.0}  # middle of a melody, MIDI (60 is c')
TEMPOS = {"slow": (0.55, 0.7), "fast": (0.27, 0.34)}  # seconds from one note to the next
DRUMS = ("none", "kick", "hats")

AWAY = 2.0  # semitones that a melody's middle may be from its register's
LEAD = (0.02, 0.12)  # seconds before the first note
STEPS = {"slow": (2.0, 3.0), "fast": (1.0, 2.0)}  # semitones from one note of a scale to the next
LONGEST_RING = 1.5  # seconds
CENTS = 20.0  # by which an instrument is out of tune, at most


@dataclass(frozen=True)
class Kind:
    """What a caption can say of a piece."""

    instrument: str
    contour: str
    register: str
    tempo: str
    drums: str


KINDS = tuple(
    Kind(*its) for its in itertools.product(INSTRUMENTS, CONTOURS, REGISTERS, TEMPOS, DRUMS)
)


def is_held_out(kind: Kind) -> bool:
    """Say whether a kind is one of the fifth that no training shows.

    Of each contour, register, tempo and drums together it is one instrument's. So every two values
    are heard together in training, never all five of these.
    """
    places = (
        CONTOURS.index(kind.contour),
        list(REGISTERS).index(kind.register),
        list(TEMPOS).index(kind.tempo),
        DRUMS.index(kind.drums),
    )
    number = sum(factor * place for factor, place in zip((1, 2, 3, 1), places, strict=True))
    return INSTRUMENTS.index(kind.instrument) == number % len(INSTRUMENTS)


HELD_OUT = frozenset(filter(is_held_out, KINDS))


@dataclass(frozen=True)
class Note:
    """One note of a melody."""

    start: float  # seconds
    seconds: float
    pitch: float  # MIDI number: 69 is 440 Hz, 1 is a semitone


@dataclass(frozen=True)
class Tone:
    """How an instrument sounds; each number is from 0 to 1, the middle is the usual one."""

    brightness: float = 0.5
    attack: float = 0.5
    decay: float = 0.5
    wobble: float = 0.5  # vibrato, breath or beating
    mixture: float = 0.5  # of partials: another string, pipe or metal
    ring: float = 0.0  # seconds that a note sounds on after its end
    wild: int = 0  # seed of irregular partials, further players and other drums; 0: none


@dataclass(frozen=True)
class Piece:
    """The score of a piece."""

    kind: Kind
    notes: tuple[Note, ...]
    strikes: tuple[float, ...]  # when the drum is struck, seconds
    tone: Tone
    loudness: float  # peak of the waveform
    seed: int  # of its noise


@dataclass(frozen=True)
class World:
    """Which pieces there are."""

    instruments: tuple[str, ...] = INSTRUMENTS
    drums: tuple[str, ...] = DRUMS
    variety: float = 0.2  # how far a tone may be from the usual one, 0 to 1
    wild: bool = False  # whether notes ring on, and partials and drums are irregular

    def kinds(self, held_out: bool) -> list[Kind]:
        """Return the kinds that are held out, or all others."""
        return [
            it
            for it in KINDS
            if it.instrument in self.instruments
            and it.drums in self.drums
            and (it in HELD_OUT) == held_out
        ]


FULL = World()
VARIED = World(variety=1.0, wild=True)


def draw_pieces(n: int, seed: int, world: World = FULL, *, held_out: bool = False) -> list[Piece]:
    """Draw pieces; more of them begin with the same ones.

    Args: held_out: held-out kinds only, in place of none.
    """
    return list(itertools.islice(pieces(f"pieces {seed} {held_out}", world, held_out), n))


def pieces(seed: str, world: World, held_out: bool) -> Iterator[Piece]:
    rng = random.Random(seed)  # whose random() is the same in every version of Python
    kinds = world.kinds(held_out)
    while True:
        yield draw_piece(rng, choose(rng, kinds), world)


def draw_piece(rng: random.Random, kind: Kind, world: World = FULL) -> Piece:
    """Draw a score of a kind."""
    apart = between(rng, *TEMPOS[kind.tempo])
    lead = between(rng, *LEAD)
    starts = [lead + number * apart for number in range(int((SECONDS - lead) / apart))]
    pitches = draw_pitches(rng, kind, len(starts))
    length = apart * between(rng, 0.85, 0.98)
    notes = tuple(Note(at, length, pitch) for at, pitch in zip(starts, pitches, strict=True))
    brightness, attack, decay, wobble, mixture = (
        0.5 + world.variety * between(rng, -0.5, 0.5) for _ in range(5)
    )
    tone = Tone(brightness, attack, decay, wobble, mixture)
    strikes = tuple(starts) if kind.drums != "none" else ()
    loudness, seed = between(rng, 0.4, 0.9), int(rng.random() * 2**31)
    if world.wild:
        tone = replace(tone, ring=LONGEST_RING * rng.random() ** 2, wild=seed + 1)
    return Piece(kind, notes, strikes, tone, loudness, seed)


def draw_pitches(rng: random.Random, kind: Kind, n: int) -> Sequence[float]:
    """Return n pitches around the middle of the register, up, down or all alike."""
    steps = [0.0] * (n - 1)
    if kind.contour != "repeated":
        sign = 1 if kind.contour == "rising" else -1
        steps = [sign * choose(rng, STEPS[kind.tempo]) for _ in steps]
    melody = list(itertools.accumulate(steps, initial=0.0))
    middle = REGISTERS[kind.register] + round(between(rng, -AWAY, AWAY))
    move = round(middle - (max(melody) + min(melody)) / 2) + between(rng, -CENTS, CENTS) / 100
    return [it + move for it in melody]
