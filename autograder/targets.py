"""What an exercise is about: a student's module, and the definition in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exercise_lib.check.bundle import BundleError, read_bundle


@dataclass(frozen=True)
class Target:
    """What an exercise checks: `exercise_lib/mel.py` and the name in it, or "" in a notebook."""

    module: str = ""
    name: str = ""


@cache
def target_of(exercise: str, references: Path) -> Target:
    """Return the target of an exercise; that of an unknown one is empty."""
    try:
        module, _, name = read_bundle(exercise, references).target.partition(":")
    except BundleError:
        return Target()
    return Target(f"{module.replace('.', '/')}.py", name) if name else Target()
