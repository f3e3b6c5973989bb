"""What an alignment shows, for those who can't see it, and the words as they are read, in time."""

from __future__ import annotations

import re
from itertools import groupby

from torch import Tensor

BLURRED = 0.25  # a largest weight, on average, below which no path is to be seen
RISES = 0.8  # of the text, so that it counts as the whole of it
MOST_TIMES = 4  # of jumps, told one by one


def timed_words(
    text: str, positions: list[int], seconds_per_step: float
) -> list[tuple[int, int, float, float]]:
    """Return each word that is read: its first character, the one behind it, start and end (s).

    A word that is read twice stands there twice; what is between two words belongs to the first.

    Args: positions: the character that each decoder step reads.
    """
    spans = [it.span() for it in re.finditer(r"\S+", text)]
    read = [max((span for span in spans if span[0] <= it), default=spans[0]) for it in positions]
    found, step = [], 0
    for (first, behind), steps in groupby(read):
        until = step + len(list(steps))
        found.append((first, behind, step * seconds_per_step, until * seconds_per_step))
        step = until
    return found


def in_words(
    text: str,
    alignment: Tensor,
    seconds_per_step: float,
    errors: tuple[list[list[int]], list[int]],
) -> str:
    """Return in a few sentences what an alignment shows.

    Args:
        alignment: `(T_enc, T_dec)`.
        errors: what `reading_errors` finds in it.
    """
    focus = float(alignment.amax(0).mean())
    if focus < BLURRED:
        return f"No path: the attention is spread, {focus:.2f} at its largest on average."
    skipped, repeated = errors
    peaks = alignment.argmax(0).tolist()
    said = [course(peaks, len(text), repeated)]
    inside = [it for it in skipped if it[1] < len(text) - 1]
    if inside:
        said.append(f"Skipped: {', '.join(quoted(text, first, last) for first, last in inside)}.")
    if skipped and skipped[-1][1] == len(text) - 1:
        said.append(f"The end is not read: {quoted(text, *skipped[-1])}.")
    if repeated:
        times = [f"{step * seconds_per_step:.1f} s" for step in repeated[:MOST_TIMES]]
        more = " and more often" if len(repeated) > MOST_TIMES else ""
        said.append(f"Jumps back at {', '.join(times)}{more}.")
    if not skipped and not repeated:
        said.append("Nothing is skipped and nothing is read twice.")
    return " ".join(said)


def course(peaks: list[int], n_encoder: int, repeated: list[int]) -> str:
    """Return how the path goes from its first step to its last."""
    least, most = min(peaks), max(peaks)
    reach = (most - least) / max(n_encoder - 1, 1)
    if reach < 1 - RISES:
        return f"The path stays at the {place((least + most) / 2, n_encoder)} of the text."
    if len(repeated) > len(peaks) / 4:
        return "The path jumps to and fro."
    if reach >= RISES and peaks.index(most) > peaks.index(least):
        return "The path rises from the beginning of the text to its end."
    return f"The path rises and ends at the {place(peaks[-1], n_encoder)} of the text."


def place(position: float, n_encoder: int) -> str:
    share = position / max(n_encoder - 1, 1)
    return "beginning" if share < 1 / 3 else "middle" if share < 2 / 3 else "end"


def quoted(text: str, first: int, last: int) -> str:
    return f"\u201c{text[first : last + 1].strip()}\u201d"
