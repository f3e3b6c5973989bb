"""Settings that are checked when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, NonNegativeInt, PositiveInt, ValidationError
from pydantic.dataclasses import dataclass

# no text for a number, no NaN, no unknown name
CHECKED = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")

Settings = TypeVar("Settings")


class TrainingError(RuntimeError):
    """Training can't begin or go on; the message says why and what is kept."""


@dataclass(frozen=True, config=CHECKED)
class RunSettings:
    """How long and where; the task's own settings are in its config."""

    folder: Path
    steps: PositiveInt
    seed: NonNegativeInt = 0
    evaluate_every: PositiveInt = 100  # steps
    checkpoint_every: PositiveInt = 100  # steps
    devices: PositiveInt = 1
    precision: str = "32-true"  # "bf16-mixed" on a GPU


def make_settings(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Return settings of a kind.

    Raises: TrainingError: there is no such setting, or a value that can't be; a sentence for each.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        raise TrainingError(" ".join(_sentence(it) for it in error.errors())) from error
    except TypeError as error:  # of a kind that isn't checked
        raise TrainingError(f"{error}.") from error


def _sentence(error: Mapping[str, Any]) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "unexpected_keyword_argument":
        return f"There is no setting {name}."
    return f"{name} is {error['input']!r}: {error['msg'][0].lower()}{error['msg'][1:]}."
