"""Piano rolls of what was asked beside what is heard, shares that are heard, and books in use."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from exercise_lib import figures
from exercise_lib.codec.spectra import magnitude
from exercise_lib.figures.colours import BLACK, BLUE, LINES, VERMILLION
from exercise_lib.music.jukebox_level_training import ATTRIBUTES
from exercise_lib.music.pieces import REGISTERS, SECONDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exercise_lib.music.oracle import Reading
    from exercise_lib.music.pieces import Piece

CHANCE = {"instrument": 1 / 5, "contour": 1 / 3, "register": 1 / 3, "tempo": 1 / 2, "drums": 1 / 3}
PITCHES = 36, 84  # MIDI numbers shown
WRAP = 30  # characters of a line above a spectrogram


def spectrograms(sounds: Mapping[str, Tensor]) -> Figure:
    """Log-magnitude spectrograms of sounds `(samples,)`, side by side on one colour scale."""
    import matplotlib.pyplot as plt

    n = len(sounds)
    figure, axes = plt.subplots(
        1, n, figsize=(3.6 * n, 3), layout="constrained", squeeze=False, sharey=True
    )
    for ax, (title, sound) in zip(axes[0], sounds.items(), strict=True):
        levels = 20 * magnitude(sound[None], 2048, 256)[0].clamp(min=1e-3).log10()
        last = ax is axes[0, -1]
        ends = 0, len(sound) / 16_000, 0, 8
        scale = "level (dB)" if last else ""
        figures.image(
            levels, ax, cmap=figures.colours.MEL, limits=(-60, 20), extent=ends, scale=scale
        )
        ax.set(title=textwrap.fill(title, WRAP), xlabel="time (s)", ylim=(0, 4))
    axes[0, 0].set_ylabel("frequency (kHz)")
    figures.describe(figure, f"Spectrograms: {', '.join(sounds)}")
    return figure


def piano_rolls(pieces: Sequence[Piece], readings: Mapping[str, Sequence[Reading]]) -> Figure:
    """A row for each piece: what was asked, one piece of that kind, beside what is heard.

    Args: readings: title of a column -> what is heard for each piece.
    """
    import matplotlib.pyplot as plt

    n_rows, n_columns = len(pieces), 1 + len(readings)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(3.7 * n_columns, 2.1 * n_rows),
        layout="constrained",
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    said = []
    for row, piece in zip(range(n_rows), pieces, strict=True):
        asked = " ".join(getattr(piece.kind, it) for it in ATTRIBUTES)
        notes = [(it.start, it.seconds, it.pitch) for it in piece.notes]
        roll(axes[row, 0], notes, piece.strikes, BLACK)
        axes[row, 0].set_title(f"asked: {asked}", fontsize=8)
        for column, (title, its) in enumerate(readings.items(), 1):
            reading = its[row]
            heard = " ".join(getattr(reading.kind, it) for it in ATTRIBUTES)
            right = reading.kind == piece.kind
            starts = reading.starts
            apart = starts[1] - starts[0] if len(starts) > 1 else SECONDS
            notes = [(at, 0.9 * apart, it) for at, it in zip(starts, reading.pitches, strict=False)]
            strikes = starts if reading.kind.drums != "none" else ()
            roll(axes[row, column], notes, strikes, BLUE if right else VERMILLION)
            axes[row, column].set_title(f"{title}: {heard}", fontsize=8)
            said.append(f"asked {asked}, {title} {heard}")
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    for ax in axes[:, 0]:
        ax.set_ylabel("pitch (MIDI)")
    figures.describe(figure, "; ".join(said))
    return figure


def roll(
    ax: Axes,
    notes: Sequence[tuple[float, float, float]],
    strikes: Sequence[float],
    colour: str,
) -> None:
    """Notes (start, seconds, pitch) as bars, strikes of a drum as triangles below."""
    for middle in REGISTERS.values():
        ax.axhline(middle, color="lightgrey", linewidth=0.7, zorder=0)
    for start, seconds, pitch in notes:
        ax.plot([start, start + seconds], [pitch, pitch], color=colour, linewidth=4)
    ax.plot(strikes, [PITCHES[0] + 1] * len(strikes), "^", color=colour, markersize=4)
    ax.set(xlim=(0, SECONDS), ylim=PITCHES)


def heard_rightly(rows: Mapping[str, Mapping[str, float]], n: int, ax: Axes | None = None) -> Axes:
    """Shares of n pieces of which an attribute is heard as asked, a group of bars for each.

    Args: rows: name -> share for each attribute, and "all".
    """
    ax = ax or figures.new_figure(10, 3.8)[1]
    names = [*ATTRIBUTES, "all"]
    width = 0.8 / len(rows)
    for index, (name, row) in enumerate(rows.items()):
        places = [it + (index - (len(rows) - 1) / 2) * width for it in range(len(names))]
        heights = [row[it] for it in names]
        errors = [math.sqrt(it * (1 - it) / n) for it in heights]
        drawn = ax.bar(
            places, heights, width, yerr=errors, label=name, color=LINES[index % 7], capsize=2
        )
        ax.bar_label(drawn, [f"{it:.2f}" for it in heights], fontsize=7, padding=1)
    for place, name in enumerate(names):
        if name in CHANCE:
            ax.plot([place - 0.45, place + 0.45], [CHANCE[name]] * 2, ":", color=BLACK)
    ax.set_xticks(range(len(names)), names)
    ax.set(ylim=(0, 1.12), ylabel=f"share of {n} heard rightly")
    ax.set_xlabel("dotted: chance; thin lines: standard error")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=8)
    said = (
        f"{name}: " + ", ".join(f"{it} {row[it]:.2f}" for it in names) for name, row in rows.items()
    )
    figures.describe(ax, "; ".join(said))
    return ax


def who_hears_whom(mask: Tensor, names: Sequence[str], ax: Axes | None = None) -> Axes:
    """A mask `(N, N)`: in rows who hears, from the top; in columns who is heard."""
    ax = ax or figures.new_figure(5.4, 4.8)[1]
    figures.image(mask.float(), ax, limits=(0, 1), origin="upper")
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set(xlabel="is heard", ylabel="hears", aspect="equal")
    figures.describe(ax, f"Light where a row hears a column, of {', '.join(names)}")
    return ax


def by_temperature(
    temperatures: Sequence[float],
    perplexities: Sequence[float],
    of_data: float,
    shares: Sequence[float],
) -> Figure:
    """Perplexity of samples beside that of data, and the share of what was asked that is heard."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.plot(temperatures, perplexities, "o-", color=LINES[0], label="samples")
    left.axhline(of_data, color=BLACK, linestyle=":", label=f"data, {of_data:.0f}")
    left.set(xlabel="temperature", ylabel="perplexity of the codes")
    left.set_ylim(bottom=0)
    left.legend()
    right.plot(temperatures, shares, "s-", color=LINES[1])
    right.set(xlabel="temperature", ylabel="share of attributes heard as asked", ylim=(0, 1))
    for ax in (left, right):
        ax.grid(alpha=0.3)
    rows = zip(temperatures, perplexities, shares, strict=True)
    told = "; ".join(f"{t:g}: perplexity {p:.0f}, share {s:.2f}" for t, p, s in rows)
    figures.describe(figure, f"By temperature: {told}; perplexity of data {of_data:.0f}")
    return figure
