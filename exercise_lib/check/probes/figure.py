"""Read the image that a function drew."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from exercise_lib.check.case import Case
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with a fresh matplotlib Axes `ax` and read the one image drawn on it.

    `options["labels"]` maps "x" and "y" to the words of which one must be in the axis label.
    """
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    target(**args, ax=ax)
    images = ax.get_images()
    if len(images) != 1:
        raise ValueError(f"draw one image on the `ax` you are given; it holds {len(images)}")
    seen: dict[str, Tree] = {
        "image": torch.from_numpy(np.asarray(images[0].get_array()).astype(np.float32)),
        "origin": images[0].origin,
        "aspect": str(ax.get_aspect()),
        "interpolation": images[0].get_interpolation(),
        # The axis may have been turned round after the image was drawn.
        "y axis upwards": bool(ax.get_ylim()[1] > ax.get_ylim()[0]),
    }
    for axis, words in case.options.get("labels", {}).items():
        label = getattr(ax, f"get_{axis}label")()
        found = any(word in label.lower() for word in words)
        seen[f"{axis} label"] = f"names the {words[0]}" if found else f"reads {label!r}"
    return seen
