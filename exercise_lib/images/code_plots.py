"""A codebook drawn as what its codes paint, how often each is used, and what a loss pulls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from exercise_lib.images.vqvae import Vqvae

ACROSS = 32  # codes in a row
UNUSED = 0.92  # brightness, for a cross to be seen on


@torch.inference_mode()
def painted_patches(model: Vqvae) -> Tensor:
    """Return the patch that each code paints among codes of its own kind, `(K, 3, p, p)`."""
    k, p, cells = len(model.book), model.config.patch, model.cells
    pictures = model.draw(torch.arange(k)[:, None, None].expand(k, cells, cells))
    middle = slice(cells // 2 * p, (cells // 2 + 1) * p)
    return pictures[:, :, middle, middle]


def codebook(model: Vqvae, codes: Tensor, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Every code as the patch that it paints, the most frequent first; unused ones are crossed out.

    Args: codes: of pictures, any shape: how often each code is used.
    """
    k, p = len(model.book), model.config.patch
    counts = torch.bincount(codes.flatten(), minlength=k)
    order = counts.argsort(descending=True, stable=True)
    patches = painted_patches(model)[order].permute(0, 2, 3, 1)
    rows, step = -(-k // ACROSS), p + 1
    sheet = torch.ones(rows * step, ACROSS * step, 3)
    ax = ax or figures.new_figure(9, 0.32 * rows + 0.8)[1]
    for n, patch in enumerate(patches):
        y, x = n // ACROSS * step, n % ACROSS * step
        is_used = bool(counts[order[n]])
        sheet[y : y + p, x : x + p] = patch if is_used else UNUSED
        if not is_used:
            ends = [x - 0.5, x + p - 0.5], [y - 0.5, y + p - 0.5]
            ax.plot(*ends, color=figures.colours.BAD, linewidth=1)
    figures.image(sheet, ax, origin="upper")
    used = int((counts > 0).sum())
    ax.set(xticks=[], yticks=[], aspect="equal", title=f"{title}: {used} of {k} codes used")
    ax.set_xlabel("codes, the most frequent at the upper left; crossed out: never used")
    return ax


def use_of_codes(codes: Mapping[str, Tensor], n_codes: int, ax: Axes | None = None) -> Axes:
    """How often each code is used, the most frequent first; dotted: if all were used alike."""
    lines = {}
    for name, its in codes.items():
        counts = torch.bincount(its.flatten(), minlength=n_codes).sort(descending=True).values
        lines[name] = counts / counts.sum()
    rank = torch.arange(1, n_codes + 1)
    ylabel = "share of patches"
    ax = figures.curves(lines, ax, x=rank, xlabel="code, by how often it is used", ylabel=ylabel)
    ax.axhline(1 / n_codes, color="grey", linestyle=":", linewidth=1)
    ax.set(yscale="log", ylim=(1e-4, 1.2))
    return ax


def pulls(
    vectors: Tensor, chosen: Tensor, by_vectors: Tensor, by_codes: Tensor, ax: Axes | None = None
) -> Axes:
    """Vectors, their codes, and where a loss pulls both: against its gradient.

    Args:
        vectors, chosen: z and the code of each, `(N, 2)`.
        by_vectors, by_codes: gradients of the loss, `(N, 2)`.
    """
    ax = ax or figures.new_figure(6, 4.2)[1]
    kinds = (
        ("encoder's vectors", vectors, by_vectors, "o", figures.colours.BLUE),
        ("their codes", chosen, by_codes, "s", figures.colours.VERMILLION),
    )
    for name, places, gradients, marker, colour in kinds:
        x, y = places.detach().T.numpy()
        ax.scatter(x, y, marker=marker, color=colour, label=name, zorder=3)
        dx, dy = -gradients.detach().T.numpy()
        # Lengths in units of the axes, all enlarged alike.
        ax.quiver(
            x, y, dx, dy, angles="xy", scale_units="xy", scale=0.25, color=colour, width=0.005
        )
    ax.set(xlabel="first number of a vector", ylabel="second number of a vector", aspect="equal")
    ax.margins(0.2)
    ax.legend(fontsize="small")
    ax.grid(alpha=0.3)
    return ax
