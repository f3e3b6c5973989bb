"""The exercises, a file for each student module and one for the notebooks' answer cells."""

from __future__ import annotations

from importlib import import_module

from autograder.exercise import Exercise

MODULES = (
    "warmup",
    "attention",
    "mel",
    "losses",
    "discriminators",
    "generator",
    "tacotron",
    "synthesis",
    "word_errors",
    "warping",
    "notebook_cells",
)


def all_exercises() -> list[Exercise]:
    """Return every declared exercise in the order of the lecture."""
    return [
        exercise
        for module in MODULES
        for exercise in vars(import_module(f"{__name__}.{module}")).values()
        if isinstance(exercise, Exercise)
    ]
