"""Draw scenes as pictures of 32 x 32 pixels, their edges smoothed; the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from exercise_lib.images.outlines import OUTLINES
from exercise_lib.images.scenes import SIDE, Scene, Thing

# Red, green, blue
PAINT = {
    "red": (0.86, 0.10, 0.12),
    "orange": (0.97, 0.50, 0.05),
    "yellow": (0.96, 0.86, 0.10),
    "green": (0.10, 0.62, 0.22),
    "cyan": (0.10, 0.74, 0.80),
    "blue": (0.12, 0.26, 0.88),
    "purple": (0.50, 0.16, 0.74),
    "pink": (0.98, 0.48, 0.74),
}
BRIGHTNESS = {"white": 0.94, "silver": 0.72, "grey": 0.45, "black": 0.12}
RELIEF = 0.04  # by which a texture is lighter and darker than its tone
STRIPE = 4  # pixels
SHADE = 0.1  # by which a thing is lighter at its upper left and darker at its lower right
CHUNK = 512  # scenes drawn at a time

COLUMNS = np.arange(SIDE) + 0.5  # of pixel centres
ROWS = COLUMNS[:, None]


def render(scenes: Sequence[Scene]) -> Tensor:
    """Return the pictures of scenes, `(B, 3, 32, 32)` uint8: red, green and blue from 0 to 255."""
    chunks = [draw(scenes[start : start + CHUNK]) for start in range(0, len(scenes), CHUNK)]
    return torch.from_numpy(np.concatenate([np.empty((0, 3, SIDE, SIDE), np.uint8), *chunks]))


def masks(scene: Scene) -> Tensor:
    """Return which pixels each thing covers by half or more, `(things, 32, 32)` bool."""
    return torch.from_numpy(coverage(scene.things) >= 0.5)


def draw(scenes: Sequence[Scene]) -> ndarray:
    grounds = np.stack([ground(it) for it in scenes])  # (B, 32, 32)
    pictures = np.repeat(grounds[:, None], 3, axis=1)  # (B, 3, 32, 32)
    for number in range(max(len(it.things) for it in scenes)):
        index = [i for i, it in enumerate(scenes) if len(it.things) > number]
        things = [scenes[i].things[number] for i in index]
        covered = coverage(things)[:, None]
        pictures[index] += covered * (painted(things) - pictures[index])
    return np.rint(255 * pictures.clip(0, 1)).astype(np.uint8)


def ground(scene: Scene) -> ndarray:
    """Return a ground's brightness, `(32, 32)`."""
    relief = pattern(scene.texture, scene.phase)
    return np.broadcast_to(BRIGHTNESS[scene.tone] + RELIEF * relief, (SIDE, SIDE))


def pattern(texture: str, phase: tuple[int, int] = (0, 0)) -> ndarray:
    """Return where a texture is lighter, 1, and darker, -1; "plain" is 0."""
    across, down = (1 - 2 * ((np.arange(SIDE) + it) // STRIPE % 2) for it in phase)
    return {"plain": 0 * across, "striped": across, "checked": across * down[:, None]}[texture]


def coverage(things: Sequence[Thing]) -> ndarray:
    """Return how much of each pixel each thing covers, `(things, 32, 32)` from 0 to 1."""
    covered = np.empty((len(things), SIDE, SIDE))
    for shape, index in by_shape(things):
        x, y, radius = numbers([things[i] for i in index])
        distance = radius * OUTLINES[shape]((COLUMNS - x) / radius, (ROWS - y) / radius)
        covered[index] = (0.5 - distance).clip(0, 1)
    return covered


def painted(things: Sequence[Thing]) -> ndarray:
    """Return the colour each thing has at each pixel, `(things, 3, 32, 32)`."""
    x, y, radius = numbers(things)
    slope = (COLUMNS - x + ROWS - y) / (2 * radius)  # -1 at the upper left, 1 at the lower right
    light = np.array([it.light for it in things])[:, None, None] * (1 - SHADE * slope)
    return np.array([PAINT[it.colour] for it in things])[:, :, None, None] * light[:, None]


def by_shape(things: Sequence[Thing]) -> Iterator[tuple[str, list[int]]]:
    for shape in OUTLINES:
        if index := [i for i, it in enumerate(things) if it.shape == shape]:
            yield shape, index


def numbers(things: Sequence[Thing]) -> ndarray:
    """Return x, y and radius of things, `(3, things, 1, 1)`."""
    return np.array([(it.x, it.y, it.radius) for it in things]).T[:, :, None, None]
