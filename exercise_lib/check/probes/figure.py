"""Read the picture that a function drew."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.image import AxesImage

from exercise_lib.check.case import Case
from exercise_lib.check.probes import call
from exercise_lib.check.tree import Tree

UNSMOOTHED = "none", "nearest", "auto", "antialiased"  # the last two where pixels are enlarged


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with a fresh matplotlib Axes `ax` and read the one picture drawn on it.

    `options["labels"]` maps "x" and "y" to words that name the axis. A label may use any others,
    but not those of the other axis alone.
    """
    figure, (ax, _) = plt.subplots(1, 2)  # pyplot draws on the second unless it is told of `ax`
    try:
        call.probe(target, {**args, "ax": ax}, case)
        return _seen(ax, case)
    finally:
        plt.close(figure)


def _seen(ax: Any, case: Case) -> dict[str, Tree]:
    meshes = [it for it in ax.collections if hasattr(it, "get_coordinates")]
    pictures = [*ax.get_images(), *meshes]
    if len(pictures) != 1:
        raise ValueError(f"draw one image on the `ax` you are given; it holds {len(pictures)}")
    seen: dict[str, Tree] = {
        "interpolation": _interpolation(pictures[0]),
        "image": _visible(pictures[0], ax),
        "aspect": str(ax.get_aspect()),
        "x axis to the right": not ax.xaxis_inverted(),
        "y axis upwards": not ax.yaxis_inverted(),
    }
    labels = case.options.get("labels", {})
    for axis, words in labels.items():
        label = getattr(ax, f"get_{axis}label")()
        named = {it for it, them in labels.items() if any(word in label.lower() for word in them)}
        fits = label.strip() and (axis in named or not named)
        seen[f"{axis} label"] = f"names the {words[0]}" if fits else f"reads {label!r}"
    return seen


def _visible(picture: Any, ax: Any) -> torch.Tensor:
    """Return the weights within the axes' limits, ordered by their places along y and x."""
    values = np.asarray(picture.get_array(), dtype=np.float32)
    for axis, (places, limits) in enumerate(
        zip(_places(picture, values), (ax.get_ylim(), ax.get_xlim()), strict=True)
    ):
        order = np.argsort(places)
        inside = (places[order] >= min(limits)) & (places[order] <= max(limits))
        values = values.take(order[inside], axis)
    return torch.from_numpy(values)


def _places(picture: Any, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where along y the rows have their middles, and along x the columns."""
    if isinstance(picture, AxesImage):
        left, right, bottom, top = picture.get_extent()
        if picture.origin == "upper":
            bottom, top = top, bottom
        rows = np.linspace(bottom, top, len(values) + 1)
        columns = np.linspace(left, right, values.shape[1] + 1)
        return _middles(rows), _middles(columns)
    x, y = np.moveaxis(picture.get_coordinates(), -1, 0)
    if _interpolation(picture) == "gouraud":
        return y[:, 0], x[0]
    return _middles(y[:, 0]), _middles(x[0])


def _middles(edges: np.ndarray) -> np.ndarray:
    return (edges[1:] + edges[:-1]) / 2


def _interpolation(picture: Any) -> str:
    if isinstance(picture, AxesImage):
        name = picture.get_interpolation()
        return "none" if name in UNSMOOTHED else name
    return "none" if picture.get_coordinates().shape[:2] != picture.get_array().shape else "gouraud"
