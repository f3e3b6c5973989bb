"""The nearest systems: an answer in the notebook."""

from __future__ import annotations

import numpy as np

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.systems.table import COLUMNS, KINDS, SYSTEMS

exercise = Exercise(
    id="table.nearest",
    title="Which systems are nearest?",
    target="notebook",
    solution=answer(__package__, "nearest"),
    todo="17.6",
    points=2,
    difficulty=2,
    minutes=15,
)
TABLE = {it.name: it.composition for it in SYSTEMS.values()}


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def drawn() -> dict[str, str]:
        return {column: str(rng.choice(list(KINDS[column]))) for column in COLUMNS}

    def changed(name: str, n: int) -> dict[str, str]:
        other = drawn()
        columns = rng.permutation(COLUMNS)[:n]
        return TABLE[name] | {it: other[it] for it in map(str, columns)}

    def telling(n: int, systems: dict[str, dict[str, str]]) -> dict[str, str]:
        """Draw a composition of which several systems are nearest, and others by wrong counts."""
        while True:
            parts = changed(str(rng.choice(list(systems))), n)
            near = least(systems, parts)
            if len(near) > 1 and all(it(parts, systems) != near for it in HARD_TO_TELL):
                return parts

    chosen = list(map(str, rng.choice(list(TABLE), 8, replace=False)))
    some = {name: TABLE[name] for name in chosen}
    return [
        Case("a system of the table", args={"parts": TABLE[chosen[3]], "systems": TABLE}),
        Case("two parts changed", args={"parts": telling(2, TABLE), "systems": TABLE}),
        Case("three parts changed", args={"parts": telling(3, TABLE), "systems": TABLE}),
        Case("parts of all sorts", args={"parts": telling(6, TABLE), "systems": TABLE}),
        Case("a smaller table", args={"parts": telling(4, some), "systems": some}),
        Case("all the same", args={"parts": drawn(), "systems": dict.fromkeys("abc", drawn())}),
    ]


def distances(parts, systems):
    return {
        name: sum(its[column] != kind for column, kind in parts.items())
        for name, its in systems.items()
    }


@exercise.misconception(
    "Only systems that are the same in every column are named: take the smallest number of "
    "differences, whatever it is."
)
def equal_alone(parts, systems):
    return [name for name, its in systems.items() if its == parts]


@exercise.misconception("These are the farthest: the fewest columns should differ.")
def farthest(parts, systems):
    found = distances(parts, systems)
    return [name for name, it in found.items() if it == max(found.values())]


@exercise.misconception("One of several is returned: name all that are equally near.")
def first_alone(parts, systems):
    found = distances(parts, systems)
    return [min(found, key=found.get)]


@exercise.neighbour(first_alone)
def last_alone(parts, systems):
    found = distances(parts, systems)
    return [min(reversed(list(found)), key=found.get)]


@exercise.misconception("A name is returned: a list of names is asked for, even of one.")
def a_name(parts, systems):
    found = distances(parts, systems)
    return min(found, key=found.get)


@exercise.misconception("You return how many columns differ: the names are asked for.")
def how_many(parts, systems):
    found = distances(parts, systems)
    return min(found.values())


@exercise.neighbour(how_many)
def all_distances(parts, systems):
    return distances(parts, systems)


@exercise.neighbour(how_many)
def list_of_distances(parts, systems):
    return list(distances(parts, systems).values())


@exercise.misconception(
    "Kinds are compared without their columns: `diffusion` as a decoder is not `diffusion` as a "
    "generator, and `none` is many things. Compare column by column."
)
def as_sets(parts, systems):
    found = {name: -len(set(its.values()) & set(parts.values())) for name, its in systems.items()}
    return [name for name, it in found.items() if it == min(found.values())]


@exercise.neighbour(as_sets)
def as_sorted(parts, systems):
    pairs = {
        name: zip(sorted(its.values()), sorted(parts.values()), strict=True)
        for name, its in systems.items()
    }
    found = {name: sum(a != b for a, b in its) for name, its in pairs.items()}
    return [name for name, it in found.items() if it == min(found.values())]


@exercise.misconception("The comparison stops at the first column that differs: count all of them.")
def from_the_left(parts, systems):
    def same(its):
        columns = list(parts)
        return next((i for i, it in enumerate(columns) if its[it] != parts[it]), len(columns))

    found = {name: -same(its) for name, its in systems.items()}
    return [name for name, it in found.items() if it == min(found.values())]


@exercise.misconception("A column is left out of the count: all six of them differ or not.")
def without_data(parts, systems):
    return least(
        {name: {k: v for k, v in its.items() if k != "data"} for name, its in systems.items()},
        parts,
    )


@exercise.neighbour(without_data)
def without_decoder(parts, systems):
    return least(
        {name: {k: v for k, v in its.items() if k != "decoder"} for name, its in systems.items()},
        parts,
    )


def least(systems, parts):
    found = {
        name: sum(parts[column] != kind for column, kind in its.items())
        for name, its in systems.items()
    }
    return [name for name, it in found.items() if it == min(found.values())]


@exercise.misconception("All systems are returned: those with the fewest differences alone.")
def sorted_all(parts, systems):
    found = distances(parts, systems)
    return sorted(found, key=found.get)


@exercise.misconception(
    "The parts are returned: the names of the systems are asked for.",
)
def the_parts(parts, systems):
    return [systems[it] for it in least(systems, parts)]


# Most compositions do not tell these from the right one.
HARD_TO_TELL = (as_sets, as_sorted, from_the_left, without_data, without_decoder)


@exercise.also_correct
def by_sorting(parts, systems):
    ranked = sorted(systems, key=lambda name: len(systems[name].items() - parts.items()))
    best = len(systems[ranked[0]].items() - parts.items())
    return [name for name in systems if len(systems[name].items() - parts.items()) == best]


@exercise.also_correct
def by_loop(parts, systems):
    names, fewest = [], len(parts) + 1
    for name in systems:
        differ = sum(1 for column in parts if systems[name][column] != parts[column])
        if differ < fewest:
            names, fewest = [], differ
        if differ == fewest:
            names.append(name)
    return names
