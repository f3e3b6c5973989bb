"""The two tables: kinds of parts by column, and the lecture's systems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

HERE = Path(__file__).parent
COLUMNS = ("data", "condition", "alignment", "generator", "latent", "decoder")
LECTURE = "https://arxiv.org/abs/"

Composition = Mapping[str, str]  # column -> kind, of all six columns


class Kind(NamedTuple):
    """A kind of part: what a drawing calls it, and what it is."""

    label: str
    says: str


class Cell(NamedTuple):
    """A part of a system: its kind, what the drawing calls it, and what the paper has."""

    kind: str
    short: str
    says: str


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class System:
    """A system of the lecture."""

    key: str
    name: str
    year: int | None
    arxiv: str  # the paper's number, or "" where a slide is all there is
    slide: str  # of lecture 7, as its title begins
    labs: tuple[str, ...]  # the numbers of this kit's notebooks about it
    is_part: bool  # it generates nothing, and is a part of others
    data: str
    encoder: tuple[str, str]  # what the drawing calls it, and what it is
    condition: Cell
    alignment: Cell
    generator: Cell
    latent: Cell
    decoder: Cell
    losses: dict[str, str]  # by what learns from them

    @property
    def composition(self) -> dict[str, str]:
        """The kinds of its parts by column."""
        cells = {name: getattr(self, name).kind for name in COLUMNS[1:]}
        return {"data": self.data, **cells}

    @property
    def link(self) -> str:
        return LECTURE + self.arxiv if self.arxiv else ""


def read_columns() -> dict[str, dict[str, Kind]]:
    """Return the kinds of each column."""
    text = (HERE / "columns.json").read_text(encoding="utf-8")
    return {
        column: {kind: Kind(*it) for kind, it in kinds.items()}
        for column, kinds in json.loads(text).items()
    }


def read_systems() -> dict[str, System]:
    """Return the systems by their keys, in the lecture's order."""
    text = (HERE / "systems.json").read_text(encoding="utf-8")
    return {it["key"]: System(**it) for it in json.loads(text)}


KINDS = read_columns()
SYSTEMS = read_systems()


def checked(composition: Composition) -> dict[str, str]:
    """Return a composition with its columns in their order.

    Raises: ValueError: a column is missing or unknown, or a kind is not one of its column.
    """
    if set(composition) != set(COLUMNS):
        raise ValueError(f"The columns are {', '.join(COLUMNS)}, not {', '.join(composition)}.")
    for column, kind in composition.items():
        if kind not in KINDS[column]:
            kinds = ", ".join(map(repr, KINDS[column]))
            raise ValueError(f"{kind!r} is no kind of {column}. There are {kinds}.")
    return {column: composition[column] for column in COLUMNS}


def found(composition: Composition) -> System | None:
    """Return the lecture's system that has exactly these parts, if there is one."""
    asked = checked(composition)
    return next((it for it in SYSTEMS.values() if it.composition == asked), None)


def apart(one: Composition, other: Composition) -> list[str]:
    """Return the columns in which two compositions differ."""
    return [it for it in COLUMNS if one[it] != other[it]]


def nearest(composition: Composition) -> list[System]:
    """Return the lecture's systems that differ in the fewest columns."""
    asked = checked(composition)
    distances = {key: len(apart(asked, it.composition)) for key, it in SYSTEMS.items()}
    least = min(distances.values())
    return [SYSTEMS[key] for key, distance in distances.items() if distance == least]
