"""A figure in words, for those who hear a notebook: what its panels show, from their own labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MOST_PANELS = 12


def describe(of: Axes | Figure, sentence: str) -> None:
    """Add a sentence to the words of a figure, where its labels say too little."""
    figure = of.get_figure(root=True)
    assert figure is not None
    figure.set_label(f"{figure.get_label()} {sentence}".strip())


def in_words(figure: Figure) -> str:
    """Return what a figure shows, for its alternative text."""
    bars = {it.colorbar.ax for ax in figure.axes for it in coloured(ax)}
    panels = [ax for ax in figure.axes if ax not in bars and (ax.has_data() or ax.get_title())]
    told = [panel_in_words(ax) for ax in panels[:MOST_PANELS]]
    if len(panels) > 1:
        told = [f"Panel {number}: {it}" for number, it in enumerate(told, start=1)]
        told.insert(0, f"{len(panels)} panels.")
    heading = figure.get_suptitle()
    parts = [f"{one_line(heading)}." if heading else "", *told, one_line(str(figure.get_label()))]
    return " ".join(filter(None, parts))


def curves_in_words(curves: Mapping[str, np.ndarray]) -> str:
    """Return where named curves begin, end and lie."""
    told = [
        f"{one_line(name)} begins at {its[0]:.3g}, ends at {its[-1]:.3g} and lies between "
        f"{its.min():.3g} and {its.max():.3g}."
        for name, its in list(curves.items())[:MOST_PANELS]
        if len(its)
    ]
    return " ".join(told)


def panel_in_words(ax: Axes) -> str:
    """Return title, kind, axes, colours and legend of one panel."""
    parts = [one_line(ax.get_title()), kind(ax)]
    for axis, way in ((ax.xaxis, "across"), (ax.yaxis, "upwards")):
        if label := one_line(axis.get_label_text()):
            reach = " to ".join(ends(axis))
            parts.append(f"{way} {label} from {reach}" if reach else f"{way} {label}")
    parts += [
        f"colours {one_line(it.colorbar.ax.get_ylabel())}" for it in coloured(ax) if it.colorbar
    ]
    names = [one_line(str(it)) for it in ax.get_legend_handles_labels()[1]]
    if names:
        parts.append(f"legend {', '.join(names)}")
    return f"{'; '.join(filter(None, parts))}."


def ends(axis: Axis) -> list[str]:
    """Return what stands at both ends of an axis: its numbers, or the texts it was given."""
    from matplotlib.ticker import FuncFormatter

    low, high = sorted(axis.get_view_interval())
    if isinstance(axis.get_major_formatter(), FuncFormatter):
        texts = [text for it in axis.get_ticklabels() if (text := it.get_text())]
        return [texts[0], texts[-1]] if texts else []
    return [f"{low:.3g}", f"{high:.3g}"]


def kind(ax: Axes) -> str:
    """Return what a panel is made of: an image, curves, bars or points."""
    counted = [
        (len(ax.images) + len(ax.collections), "image" if ax.images else "marks"),
        (len(ax.lines), "curve"),
        (len(ax.containers), "group of bars"),
    ]
    return ", ".join(
        name if number == 1 or name == "marks" else f"{number} {name}s"
        for number, name in counted
        if number
    )


def coloured(ax: Axes) -> Iterator:
    """Yield what a panel shows with a colour bar."""
    yield from (it for it in (*ax.images, *ax.collections) if it.colorbar is not None)


def one_line(text: str) -> str:
    """Return a label without line breaks and the dollars of formulas."""
    return " ".join(text.replace("$", "").split())
