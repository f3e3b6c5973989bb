"""`assignments.toml`: what an instructor decides about each assignment."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

import tomllib

from autograder.errors import BuildError, unknown
from autograder.labs import Lab
from autograder.late import LatePolicy, read_late
from autograder.paths import Repository
from autograder.sandbox.limits import Limits

TABLE = "assignments.toml"  # in the folder of labs


@dataclass(frozen=True)
class Plan:
    """One assignment: what it is made of, and how it is graded."""

    name: str  # nbgrader's
    labs: tuple[Lab, ...]
    data: tuple[str, ...] = ()  # data sets besides those of the labs
    after: str = ""  # the assignment whose student modules are carried over
    given: tuple[str, ...] = ()  # student modules of other labs that are handed out solved
    largest_mb: float = 2.0  # a hub copies an assignment several times per student
    show_points: bool = True  # whether notebooks say how many points there are
    late: LatePolicy | None = None  # without one, it costs nothing to be late
    sandbox: Limits = field(default_factory=Limits)

    @property
    def modules(self) -> set[str]:
        """The student modules of its labs: `exercise_lib/mel.py`."""
        return {f"exercise_lib/{path.name}" for lab in self.labs for path in lab.modules}

    @property
    def data_sets(self) -> list[str]:
        """The folders of `data/` that are handed out."""
        return sorted({*self.data, *(name for lab in self.labs for name in lab.data)})


def read_plans(repository: Repository) -> dict[str, Plan]:
    """Return the assignments by name, in the order of the table.

    Raises: BuildError.
    """
    path = repository.solutions / TABLE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BuildError(f"there is no {path.name} in {path.parent.name}") from None
    except tomllib.TOMLDecodeError as error:
        raise BuildError(f"{path.name} is no TOML: {error}") from error
    labs = {lab.name: lab for lab in repository.labs}
    modules = [path.stem for lab in labs.values() for path in lab.modules]
    plans = {name: read_plan(name, table, labs, modules) for name, table in tables.items()}
    for plan in plans.values():
        if plan.after and plan.after not in plans:
            others = [it for it in plans if it != plan.name]
            raise BuildError(f"{plan.name}: after: {unknown('assignment', plan.after, others)}")
    if not plans:
        raise BuildError(f"{path.name} has no assignment: begin one with `[name]`")
    return plans


def read_plan(name: str, table: Any, labs: dict[str, Lab], modules: list[str]) -> Plan:
    """Return one assignment; raises BuildError for what is unknown or of the wrong kind.

    Args: modules: the student modules of all labs, such as `mel`.
    """
    kinds = {it.name: it for it in fields(Plan) if it.name != "name"}
    if not isinstance(table, dict):
        raise BuildError(f"{name} is no table: write `[{name}]`")
    values = dict(table)
    for key, value in table.items():
        if key not in kinds:
            raise BuildError(f"{name}: {unknown('setting', key, kinds)}")
        if key in ("labs", "data", "given"):
            if not isinstance(value, list) or not all(isinstance(it, str) for it in value):
                raise BuildError(f"{name}: {key} is a list of names")
            values[key] = tuple(value)
        elif key == "sandbox":
            values[key] = read_limits(name, value)
        elif key == "late":
            values[key] = read_late(name, value)
        elif type(value) not in {"after": (str,), "show_points": (bool,)}.get(key, (int, float)):
            raise BuildError(f"{name}: {key} can't be {value!r}")
    if not values.get("labs"):
        raise BuildError(f"{name}: there is no labs = [...]. There are: {', '.join(labs)}")
    for key, what, known in (("labs", "lab", list(labs)), ("given", "student module", modules)):
        for it in values.get(key, ()):
            if it not in known:
                raise BuildError(f"{name}: {key}: {unknown(what, it, known)}")
    values["labs"] = tuple(labs[it] for it in values["labs"])
    return Plan(name, **values)


def read_limits(name: str, table: Any) -> Limits:
    known = {it.name for it in fields(Limits)}
    if not isinstance(table, dict) or not table.keys() <= known:
        raise BuildError(f"{name}: the limits of the sandbox are {', '.join(sorted(known))}")
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise BuildError(f"{name}: {key} can't be {value!r}")
    return Limits(**table)


def all_labs(repository: Repository) -> Plan:
    """Return the plan of every lab together: what the repository shows, and no hub copies."""
    return Plan("", tuple(repository.labs), largest_mb=math.inf)
