"""One case of a check: named inputs, and what is asked of the student's code with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exercise_lib.check.outcome import Outcome
from exercise_lib.check.tree import Tree


@dataclass(frozen=True)
class Case:
    """Inputs for one call of an exercise's target, and how its result is compared.

    `probe` names the way the target is used, a file of `probes/`. With `grad`, the gradients of the
    result with respect to these arguments are compared too. With `raises`, the call must raise
    one of these exception types. `|got - expected| <= atol + rtol |expected|` passes, and `why`
    says why the tolerance is what it is.
    """

    name: str
    args: dict[str, Tree] = field(default_factory=dict)
    probe: str = "call"
    init: dict[str, Tree] = field(default_factory=dict)
    grad: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    rtol: float = 1e-4
    atol: float = 1e-5
    why: str = "float32 sums taken in any order"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SolvedCase:
    """A case with the solution's outcome and those misconceptions' outcomes that differ from it."""

    case: Case
    expected: Outcome
    wrong: dict[str, Outcome]
    hidden: bool = False
    known: bool = False  # whether students have this very case, and so its answer
