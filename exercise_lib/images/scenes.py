"""Scenes: one or two things on a ground, drawn from a seed; the same numbers on any platform."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

SIDE = 32  # pixels of a picture's width and height

SHAPES = ("circle", "square", "triangle", "star", "cross", "ring", "moon", "heart")
COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
SIZES = {"small": (3.8, 4.6), "big": (6.0, 6.8)}  # radii, pixels
RELATIONS = ("left of", "right of", "above", "below")
OPPOSITE = dict(zip(RELATIONS, ("right of", "left of", "below", "above"), strict=True))
TEXTURES = ("plain", "striped", "checked")
TONES = ("white", "silver", "grey", "black")

# One of each shape and one of each colour: no training picture shows these.
HELD_OUT = frozenset((shape, COLOURS[(3 * i + 1) % 8]) for i, shape in enumerate(SHAPES))

GAP = 1.0  # pixels between two things, and from a thing to the edge
SLANT = 4.0  # pixels that two things may be apart across their relation

Item = TypeVar("Item")


@dataclass(frozen=True)
class Thing:
    """One thing in a picture; x runs to the right, y downwards, both in pixels from the corner."""

    shape: str
    colour: str
    size: str
    x: float
    y: float
    radius: float  # pixels, from the centre to the outermost point
    light: float = 1.0  # factor on its colour

    @property
    def pair(self) -> tuple[str, str]:
        """Its shape and colour."""
        return self.shape, self.colour


@dataclass(frozen=True)
class Scene:
    """What is in a picture: one or two things of different shapes and colours, and the ground."""

    things: tuple[Thing, ...]
    texture: str
    tone: str
    phase: tuple[int, int] = (0, 0)  # pixels by which the texture is moved

    def relation(self, first: int = 0) -> str:
        """Return how the first thing lies to the other one, "" where it is alone."""
        if len(self.things) < 2:
            return ""
        a, b = self.things[first], self.things[1 - first]
        across, down = b.x - a.x, b.y - a.y
        if abs(across) > abs(down):
            return "left of" if across > 0 else "right of"
        return "above" if down > 0 else "below"

    def swapped(self) -> Scene:
        """Return it with the colours of its two things exchanged."""
        a, b = self.things
        return replace(self, things=(replace(a, colour=b.colour), replace(b, colour=a.colour)))

    def turned(self) -> Scene:
        """Return it with the relation of its two things turned round: their places are mirrored."""
        sideways = self.relation() in ("left of", "right of")
        things = (
            replace(it, x=SIDE - it.x) if sideways else replace(it, y=SIDE - it.y)
            for it in self.things
        )
        return replace(self, things=tuple(things))


@dataclass(frozen=True)
class World:
    """Which scenes there are."""

    shapes: tuple[str, ...] = SHAPES
    colours: tuple[str, ...] = COLOURS
    sizes: tuple[str, ...] = tuple(SIZES)
    textures: tuple[str, ...] = TEXTURES
    of_two: float = 0.5  # share of scenes with two things
    wander: float = SIDE  # pixels that a lone thing may be away from the middle

    def pairs(self, held_out: bool) -> list[tuple[str, str]]:
        """Return the pairs of shape and colour that are held out, or all others."""
        every = itertools.product(self.shapes, self.colours)
        return [pair for pair in every if (pair in HELD_OUT) == held_out]


FULL = World()
ALONE = World(of_two=0.0)
NURSERY = World(shapes=SHAPES[:4], sizes=("big",), textures=("plain",), of_two=0.0)
CENTRED = replace(NURSERY, wander=1.5)
MIDDLE = replace(NURSERY, of_two=1.0)
# of training tasks, by the name in their settings
WORLDS = {"centred": CENTRED, "anywhere": NURSERY, "two things": MIDDLE, "full": FULL}


def draw_scenes(n: int, seed: int, world: World = FULL, *, held_out: bool = False) -> list[Scene]:
    """Draw scenes; more of them begin with the same ones.

    Args: held_out: show held-out pairs of shape and colour only, in place of none.
    """
    return list(itertools.islice(scenes(f"scenes {seed} {held_out}", world, held_out), n))


def draw_mixed(n: int, seed: int, worlds: Sequence[World]) -> list[Scene]:
    """Draw scenes of several worlds, equally many of each, in turn."""
    each = [draw_scenes(-(-n // len(worlds)), seed, it) for it in worlds]
    return [scene for together in zip(*each, strict=True) for scene in together][:n]


def scenes(seed: str, world: World, held_out: bool) -> Iterator[Scene]:
    rng = random.Random(seed)  # whose random() is the same in every version of Python
    pairs = world.pairs(held_out)
    while True:
        of_two = rng.random() < world.of_two
        yield draw_scene(rng, world, pairs, of_two)


def draw_scene(
    rng: random.Random, world: World, pairs: Sequence[tuple[str, str]], of_two: bool
) -> Scene:
    """Draw one scene from the pairs of shape and colour that are allowed."""
    first = choose(rng, pairs)
    chosen = [first]
    if of_two:
        chosen.append(choose(rng, [it for it in pairs if it[0] != first[0] and it[1] != first[1]]))
    sizes = [choose(rng, world.sizes) for _ in chosen]
    radii = [between(rng, *SIZES[size]) for size in sizes]
    places = two_places(rng, radii) if of_two else [one_place(rng, radii[0], world.wander)]
    things = tuple(
        Thing(shape, colour, size, x, y, radius, between(rng, 0.92, 1.0))
        for (shape, colour), size, radius, (x, y) in zip(chosen, sizes, radii, places, strict=True)
    )
    texture, tone = choose(rng, world.textures), choose(rng, TONES)
    return Scene(things, texture, tone, (choose(rng, (0, 4)), choose(rng, (0, 4))))


def one_place(rng: random.Random, radius: float, wander: float) -> tuple[float, float]:
    reach = min(wander, SIDE / 2 - radius - GAP)
    middle = SIDE / 2
    return middle + between(rng, -reach, reach), middle + between(rng, -reach, reach)


def two_places(rng: random.Random, radii: Sequence[float]) -> list[tuple[float, float]]:
    """Place two things side by side or one above the other, so that their relation is clear."""
    (low_a, low_b), (high_a, high_b) = (
        [radius + GAP for radius in radii],
        [SIDE - radius - GAP for radius in radii],
    )
    apart = sum(radii) + GAP
    a = between(rng, low_a, high_b - apart)
    b = between(rng, a + apart, high_b)
    across = between(rng, low_a, high_a)
    slanted = between(rng, max(low_b, across - SLANT), min(high_b, across + SLANT))
    places = [(a, across), (b, slanted)]
    if rng.random() < 0.5:  # the first one at the right, or below
        places = [(SIDE - x, y) for x, y in places]
    return [(y, x) for x, y in places] if rng.random() < 0.5 else places


def between(rng: random.Random, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def choose(rng: random.Random, items: Sequence[Item]) -> Item:
    return items[int(rng.random() * len(items))]
