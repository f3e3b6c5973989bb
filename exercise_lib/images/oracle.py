"""An oracle that reads a picture back to its scene, by drawing what it might be and comparing.

Colours are found by hue: a ground has none, and what is blurred keeps its hue. The sum of a
colour's strength is a thing's area, which blurring keeps as well. The shape is the one whose
drawing, of that area at that place and at one of several degrees of blur, is the most alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy import ndarray
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor

from exercise_lib.images.captions import Caption
from exercise_lib.images.outlines import OUTLINES
from exercise_lib.images.render import BRIGHTNESS, PAINT, RELIEF, pattern
from exercise_lib.images.scenes import COLOURS, SIDE, SIZES, TEXTURES, Scene, Thing

CHROMA = np.array([[2, -1, -1], [0, 3**0.5, -(3**0.5)]]) / 6**0.5  # red, green, blue to hue plane
FAINT = 0.1  # mean of a colour's full strength around a pixel: less is ground
SOLID = 0.4  # the same at some pixel of each thing
SMALLEST = 8.0  # pixels: less of a colour is no thing
GREY = 0.06  # chroma below which a pixel is surely ground
LIGHT = 0.94  # mean light on a thing, see `Thing.light`
LIMIT = (SIZES["small"][1] + SIZES["big"][0]) / 2  # radius between small and big, pixels
RADII = (0.94, 1.0, 1.06)  # tried, times the one that the area gives
BLURS = (0.0, 0.6, 0.9, 1.3)  # standard deviations tried, pixels
HALF = 10  # pixels from the middle of the window in which shapes are compared to its edge
CHUNK = 256  # pictures read at a time


def read(pictures: Tensor) -> list[Scene]:
    """Return what each picture shows; its things come with the largest first.

    Args: pictures: `(B, 3, 32, 32)`, uint8, or floating point from 0 to 1.
    Raises: ValueError: another shape.
    """
    if pictures.dim() != 4 or pictures.shape[1:] != (3, SIDE, SIDE):
        raise ValueError(f"pictures are (B, 3, {SIDE}, {SIDE}), not {tuple(pictures.shape)}")
    values = pictures.detach().cpu().numpy()
    if not pictures.is_floating_point():
        values = values / 255
    values = values.astype(np.float32)
    starts = range(0, len(values), CHUNK)
    return [scene for start in starts for scene in read_chunk(values[start : start + CHUNK])]


def share_true(captions: Sequence[Caption], pictures: Tensor) -> float:
    """Return the share of pictures of which the oracle says that their caption is true.

    Print beside it the share for the scenes' own pictures, drawn or decoded: that is the ceiling.
    """
    readings = zip(captions, read(pictures), strict=True)
    return float(np.mean([caption.holds(scene) for caption, scene in readings]))


def agreement(scene: Scene, reading: Scene) -> dict[str, bool]:
    """Say what of a scene was read rightly; "all" of it, to the relation and the ground."""
    found = {
        "colours": {it.colour for it in scene.things} == {it.colour for it in reading.things},
        "shapes": {it.pair for it in scene.things} == {it.pair for it in reading.things},
        "sizes": {(*it.pair, it.size) for it in scene.things}
        == {(*it.pair, it.size) for it in reading.things},
        "relation": relations(scene) == relations(reading),
        "texture": scene.texture == reading.texture,
        "tone": scene.tone == reading.tone,
    }
    return found | {"all": all(found.values())}


def relations(scene: Scene) -> set[tuple[str, str]]:
    """Return how each thing, named by its colour, lies to the other one."""
    return {(thing.colour, scene.relation(index)) for index, thing in enumerate(scene.things)}


def read_chunk(pictures: ndarray) -> list[Scene]:
    chroma = np.einsum("dc,bchw->bdhw", CHROMA, pictures)
    strengths = colour_strengths(chroma)
    shown = neighbourhoods(strengths).max((2, 3)) >= SOLID
    strengths = colour_strengths(chroma, shown)
    strengths *= neighbourhoods(strengths) > FAINT
    owners, colours = np.nonzero(shown & (strengths.sum((2, 3)) >= SMALLEST))
    things = read_things(strengths[owners, colours], colours)
    grounds = read_grounds(pictures.mean(1), np.hypot(*chroma.swapaxes(0, 1)) < GREY)
    scenes = []
    for number, (texture, tone) in enumerate(grounds):
        own = [thing for thing, owner in zip(things, owners, strict=True) if owner == number]
        own.sort(key=lambda it: -it.radius)
        scenes.append(Scene(tuple(own), texture, tone))
    return scenes


def colour_strengths(chroma: ndarray, shown: ndarray | bool = True) -> ndarray:
    """Return how much of each colour is at each pixel, `(B, 8, 32, 32)`, 1 for a thing's inside.

    A pixel has the colour whose hue is the nearest, and no other.

    Args: shown: which colours there are, `(B, 8)`; default: all.
    """
    paint = np.array([PAINT[it] for it in COLOURS]) @ CHROMA.T  # (8, 2)
    full = np.hypot(*paint.T)
    along = np.einsum("kd,bdhw->bkhw", paint / full[:, None], chroma)
    along = np.where(np.broadcast_to(shown, along.shape[:2])[:, :, None, None], along, -np.inf)
    nearest = along.argmax(1)[:, None] == np.arange(len(COLOURS))[:, None, None]
    return np.where(nearest & np.isfinite(along), along / full[:, None, None], 0)


def neighbourhoods(strengths: ndarray) -> ndarray:
    """Return the means over 3 x 3 pixels, which have little noise."""
    padded = np.pad(strengths, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return sliding_window_view(padded, (3, 3), axis=(2, 3)).mean((4, 5))


def read_grounds(brightness: ndarray, is_ground: ndarray) -> list[tuple[str, str]]:
    """Return texture and tone of each ground, from `(B, 32, 32)` and where it is seen."""
    n_seen = is_ground.sum((1, 2)).clip(1)
    mean = (brightness * is_ground).sum((1, 2)) / n_seen
    tones = np.abs(mean[:, None] - np.array(list(BRIGHTNESS.values()))).argmin(1)
    relief = (brightness - mean[:, None, None]) * is_ground
    found = [np.abs((relief * pattern(it)).sum((1, 2))) / n_seen for it in TEXTURES]
    found[0] += RELIEF / 4  # what a texture must exceed, or the ground is plain
    scores = np.stack(found, axis=1)
    names = list(BRIGHTNESS)
    return [(TEXTURES[a], names[b]) for a, b in zip(scores.argmax(1), tones, strict=True)]


def read_things(strengths: ndarray, colours: ndarray) -> list[Thing]:
    """Return the thing of each map of strengths, `(M, 32, 32)`."""
    if not len(strengths):
        return []
    area = strengths.sum((1, 2)) / LIGHT
    pixels = np.arange(SIDE) + 0.5
    x = (strengths.sum(1) @ pixels) / (LIGHT * area)
    y = (strengths.sum(2) @ pixels) / (LIGHT * area)
    seen, left, top = windows(strengths, x, y)
    seen = seen / np.linalg.norm(seen, axis=(1, 2), keepdims=True).clip(1e-6)
    likeness, places = [], []
    for shape in OUTLINES:
        unit_area, *centre = measures(shape)
        for factor in RADII:
            radius = factor * np.sqrt(area / unit_area)
            place = x - centre[0] * radius, y - centre[1] * radius, radius
            drawn = window_drawings(shape, place[0] - left, place[1] - top, radius)
            likeness.append(np.einsum("mhw,nmhw->mn", seen, drawn).max(1))
            places.append(place)
    best = np.argmax(likeness, axis=0)
    shapes = list(OUTLINES)
    things = []
    for number, choice in enumerate(best):
        at_x, at_y, radius = (float(it[number]) for it in places[choice])
        size = "big" if radius > LIMIT else "small"
        shape = shapes[choice // len(RADII)]
        things.append(Thing(shape, COLOURS[colours[number]], size, at_x, at_y, radius))
    return things


def windows(strengths: ndarray, x: ndarray, y: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """Return a window around each centre, `(M, 21, 21)`, and its left and top edge, pixels."""
    padded = np.pad(strengths, ((0, 0), (HALF, HALF), (HALF, HALF)))
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)  # in the padded map
    steps = np.arange(2 * HALF + 1)
    rows, columns = top[:, None, None] + steps[:, None], left[:, None, None] + steps
    window = padded[np.arange(len(padded))[:, None, None], rows, columns]
    return window, left - HALF, top - HALF


def window_drawings(shape: str, x: ndarray, y: ndarray, radius: ndarray) -> ndarray:
    """Draw a shape in windows at each degree of blur, `(blurs, M, 21, 21)`, each of norm 1."""
    pixels = np.arange(2 * HALF + 1, dtype=np.float32) + 0.5
    x, y, radius = (it.astype(np.float32)[:, None, None] for it in (x, y, radius))
    distance = radius * OUTLINES[shape]((pixels - x) / radius, (pixels[:, None] - y) / radius)
    sharp = (0.5 - distance).clip(0, 1).astype(np.float32)
    drawn = np.stack([blur @ sharp @ blur for blur in blurring()])
    return drawn / np.linalg.norm(drawn, axis=(2, 3), keepdims=True).clip(1e-6)


@cache
def blurring() -> list[ndarray]:
    """Return a matrix that blurs along one axis of a window, for each degree."""
    steps = np.arange(2 * HALF + 1)
    apart = (steps[:, None] - steps).astype(np.float32)
    made = [np.exp(-((apart / max(it, 1e-3)) ** 2) / 2) for it in BLURS]
    return [it / it.sum(1, keepdims=True) for it in made]


@cache
def measures(shape: str) -> tuple[float, float, float]:
    """Return area and centroid of a shape of radius 1."""
    steps = (np.arange(400) + 0.5) / 200 - 1
    inside = OUTLINES[shape](steps[None], steps[:, None]) < 0
    area = float(inside.sum()) / 200**2
    centre = [float((inside * it).sum() / inside.sum()) for it in (steps[None], steps[:, None])]
    return area, centre[0], centre[1]
