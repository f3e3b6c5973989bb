"""Watch a run: a progress bar with the time left, TensorBoard, live plots in a notebook."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

from exercise_lib.figures import colours
from exercise_lib.figures.draw import LINE_STYLES
from exercise_lib.train.engine import Scores, Task

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

PLOT_EVERY = 25  # steps
SPEED = "times_real_time"  # no score of what was learned
LARGE = 10  # scores above it, such as a perplexity, would flatten the others: a panel of their own


class ProgressBar:
    """A bar over the steps with the newest numbers; starts where a resumed run goes on."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.bar: tqdm | None = None

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, step: int, scores: Scores) -> None:
        if self.bar is None:
            self.bar = tqdm(total=self.steps, initial=step - 1, unit="step", file=sys.stdout)
        self.bar.update(step - self.bar.n)
        self.bar.set_postfix({name: f"{value:.3g}" for name, value in scores.items()})


class EventFile:
    """All numbers of a run for TensorBoard, where that is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer: SummaryWriter | None = None

    @staticmethod
    def is_possible() -> bool:
        return find_spec("tensorboard") is not None

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()

    def __call__(self, step: int, scores: Scores) -> None:
        if self.writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self.writer = SummaryWriter(str(self.folder), purge_step=step)  # what was lost
        for name, value in scores.items():
            self.writer.add_scalar(name, value, step)


def in_notebook() -> bool:
    """Say whether a notebook's kernel runs this, so that there is a cell to draw below."""
    shells = sys.modules.get("IPython")
    return shells is not None and hasattr(shells.get_ipython(), "kernel")


class LivePlot:
    """Loss, scores and the task's own pictures, redrawn in place below the cell."""

    def __init__(self, task: Task) -> None:
        from IPython.display import display

        self.task = task
        self.history: dict[str, list[tuple[int, float]]] = {}
        self.handle = display(display_id=True)

    def __call__(self, step: int, scores: Scores) -> None:
        for name, value in scores.items():
            self.history.setdefault(name, []).append((step, value))
        if step % PLOT_EVERY == 0:
            self.draw()

    def draw(self) -> None:
        """Draw what is known so far."""
        from matplotlib.figure import Figure

        losses = {name for name in self.history if name.startswith("loss") or "mel" in name}
        scores = self.history.keys() - losses - {SPEED}
        large = {name for name in scores if max(dict(self.history[name]).values()) > LARGE}
        panels = [losses, scores - large, *filter(None, [large])]
        pictures = self.task.pictures()
        figure = Figure(figsize=(11, 3.2), layout="constrained")
        axes = figure.subplots(1, len(panels) + len(pictures))
        for ax, names in zip(axes, panels, strict=False):
            styles = zip(sorted(names), cycle(colours.LINES), cycle(LINE_STYLES), strict=False)
            for name, colour, style in styles:
                ax.plot(*zip(*self.history[name], strict=True), style, color=colour, label=name)
            ax.set(xlabel="training step", ylabel="score")
            if names:
                ax.legend(fontsize="small")
        axes[0].set(ylabel="loss", yscale="log")
        for draw, ax in zip(pictures, axes[len(panels) :], strict=True):
            draw(ax)
        self.handle.update(figure)
