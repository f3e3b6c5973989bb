"""The outlines of the eight shapes, as signed distances: negative inside, in units of the radius.

Outside a corner a distance may be too small, which moves no outline. x runs to the right and y
downwards from the centre; each shape lies within the unit circle.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy import ndarray

Outline = Callable[[ndarray, ndarray], ndarray]


def circle(x: ndarray, y: ndarray) -> ndarray:
    return np.hypot(x, y) - 0.95


def square(x: ndarray, y: ndarray) -> ndarray:
    return np.maximum(np.abs(x), np.abs(y)) - 0.8


def triangle(x: ndarray, y: ndarray) -> ndarray:
    sides = 0.75**0.5 * np.abs(x) - 0.5 * y
    return np.maximum(sides, y) - 0.5


def star(x: ndarray, y: ndarray) -> ndarray:
    """Five tips on the unit circle, the notches between them at .45."""
    step = np.pi / 5
    angle = np.abs(np.mod(np.arctan2(x, -y) + step, 2 * step) - step)  # 0 at a tip
    size = np.hypot(x, y)
    along = np.array([0.45 * np.sin(step), 0.45 * np.cos(step) - 1])  # from tip to notch
    normal = np.array([-along[1], along[0]]) / np.hypot(*along)
    return size * np.sin(angle) * normal[0] + (size * np.cos(angle) - 1) * normal[1]


def cross(x: ndarray, y: ndarray) -> ndarray:
    long, wide = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    return np.maximum(long - 0.95, wide - 0.3)


def ring(x: ndarray, y: ndarray) -> ndarray:
    return np.abs(np.hypot(x, y) - 0.72) - 0.24


def moon(x: ndarray, y: ndarray) -> ndarray:
    return np.maximum(np.hypot(x, y) - 1, 0.8 - np.hypot(x - 0.55, y))


def heart(x: ndarray, y: ndarray) -> ndarray:
    """A square on its corner, with two half circles on its upper sides."""
    x, y = 1.15 * np.abs(x), 1.15 * y - 0.1
    diamond = (x + np.abs(y)) * 0.5**0.5 - 0.6
    centre = 0.6 * 0.5**0.5
    half = np.hypot(x - centre, y + centre) - 0.6
    return np.minimum(diamond, half) / 1.15


OUTLINES: dict[str, Outline] = {
    it.__name__: it for it in (circle, square, triangle, star, cross, ring, moon, heart)
}
