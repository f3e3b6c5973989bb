"""What the scene asks: prompts, painted by the kept networks."""

from __future__ import annotations

from collections.abc import Callable

from exercise_lib.picture_player.studio import Studio


def load(say: Callable[[str], None], recorded: bool) -> Studio:
    """Return what answers the scene."""
    say("loading the networks that paint")
    return Studio(recorded=recorded)
