"""What the scene knows and asks: the table of systems, and those that this kit runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exercise_lib.systems.page import answer, facts
from exercise_lib.systems.stock import RUNS


class Source:
    """Answers the scene."""

    def __init__(self, recorded: bool) -> None:
        self.facts = facts(has_kernel=not recorded)

    def answer(self, question: list[Any]) -> dict[str, Any]:
        """Run a system, [key, prompt], and return what it made.

        Raises: ValueError: it can't be run, or not so.
        """
        key, prompt = question
        found = answer(str(key), str(prompt)) if key in RUNS else {"failed": f"no {key} here"}
        if "failed" in found:
            raise ValueError(found["failed"])
        return found

    def questions(self) -> list[list[Any]]:
        """Return nothing: what was recorded is in the facts."""
        return []


def load(say: Callable[[str], None], recorded: bool) -> Source:
    """Return what answers the scene."""
    say("reading the atlas")
    return Source(recorded)
