"""The gap between pictures and captions, who hears whom, and what decoders make of embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures.colours import BLACK, BLUE, GREEN, SKY, VERMILLION
from exercise_lib.images.unclip_scores import BOUND, error

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def gap(images: Tensor, texts: Tensor, ax: Axes | None = None) -> Axes:
    """Embeddings of pictures and of their captions, each pair joined by a line.

    To the right runs the line from the captions' middle to the pictures', upwards the direction
    across it in which both differ most.

    Args: images, texts: `(B, d)`, of any length; row i of both belong together.
    """
    ax = ax or figures.new_figure(7, 4.6)[1]
    images, texts = (F.normalize(it, dim=-1) for it in (images, texts))
    middles = images.mean(0), texts.mean(0)
    along = F.normalize(middles[0] - middles[1], dim=0)
    every = torch.cat([images, texts])
    rest = every - every.mean(0)
    rest = rest - torch.outer(rest @ along, along)
    across = torch.linalg.svd(rest, full_matrices=False).Vh[0]
    plane = torch.stack([along, across])  # (2, d)
    for image, text in zip(images @ plane.T, texts @ plane.T, strict=True):
        ax.plot(*zip(image.tolist(), text.tolist(), strict=True), color="lightgrey", linewidth=0.7)
    for its, colour, marker, name in (
        (images, BLUE, "o", "pictures"),
        (texts, VERMILLION, "^", "captions"),
    ):
        ax.plot(*(its @ plane.T).T, marker, color=colour, markersize=4, label=name)
        ax.plot(*plane @ its.mean(0), "X", color=BLACK, markersize=9)
    size = float((middles[0] - middles[1]).norm())
    ax.set(xlabel="along the gap", ylabel="across it, where embeddings differ most")
    ax.set_title(f"gap {size:.2f}; X: the two middles", fontsize=10)
    ax.legend()
    figures.describe(ax, f"{len(images)} pairs of pictures and captions, gap {size:.2f}")
    return ax


def heard(weights: Tensor, tokens: Sequence[str], ax: Axes | None = None) -> Axes:
    """Who hears whom: weights `(N, N)`, the token that asks in rows, from the top."""
    ax = ax or figures.new_figure(5.6, 4.6)[1]
    figures.image(weights, ax, limits=(0, 1), origin="upper", scale="weight")
    ax.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=8)
    ax.set_yticks(range(len(tokens)), tokens, fontsize=8)
    ax.set(xlabel="token that answers", ylabel="token that asks")
    return ax


def right(
    shares: Mapping[str, float], n: int, ceiling: float | None = None, ax: Axes | None = None
) -> Axes:
    """Shares of n prompts as bars with their standard errors; the ceiling is a dotted line."""
    ax = ax or figures.new_figure(7, 0.8 + 0.4 * len(shares))[1]
    values = list(shares.values())
    errors = [error(it, n) for it in values]
    drawn = ax.barh(list(shares), values, xerr=errors, color=SKY, capsize=3)
    ax.bar_label(drawn, [f"{it:.2f}" for it in values], padding=6)
    if ceiling is not None:
        ax.axvline(ceiling, color="grey", linewidth=1, linestyle=":")
    dotted = "" if ceiling is None else "; dotted: ceiling"
    ax.set(xlim=(0, 1.12), xlabel=f"share of {n} prompts right, as the oracle reads{dotted}")
    ax.invert_yaxis()
    figures.describe(ax, "; ".join(f"{name} {value:.2f}" for name, value in shares.items()))
    return ax


def bound(rows: Mapping[str, Mapping[str, float]], ax: Axes | None = None) -> Axes:
    """What the pictures nearest to embeddings show of what was said, as stacked bars."""
    ax = ax or figures.new_figure(8, 1.0 + 0.42 * len(rows))[1]
    begin = [0.0] * len(rows)
    for name, colour in zip(BOUND, (GREEN, VERMILLION, "lightgrey"), strict=True):
        widths = [row[name] for row in rows.values()]
        drawn = ax.barh(list(rows), widths, left=begin, color=colour, label=name)
        ax.bar_label(
            drawn, [f"{it:.2f}" if it > 0.04 else "" for it in widths], label_type="center"
        )
        begin = [a + b for a, b in zip(begin, widths, strict=True)]
    ax.set(xlim=(0, 1), xlabel="share of the captions")
    ax.invert_yaxis()
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, title="the nearest picture shows")
    said = (
        f"{name}: " + ", ".join(f"{kind} {row[kind]:.2f}" for kind in BOUND)
        for name, row in rows.items()
    )
    figures.describe(ax, "; ".join(said))
    return ax
