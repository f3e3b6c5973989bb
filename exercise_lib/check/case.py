"""One case of a check: named inputs, and what is asked of the student's code with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch

from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.tree import Tree, leaves

HANDED_OUT = "handed out"  # the broken code of a debugging task, among the wrong outcomes of a case


@dataclass(frozen=True)
class Case:
    """Inputs for one call of an exercise's target, and how its result is compared.

    `probe` names the way the target is used, a file of `probes/`. With `grad`, the gradients of the
    result with respect to these arguments are compared too. With `raises`, the call must raise
    one of these exception types, with `says` in its message. `|got - expected| <= atol + rtol
    |expected|` passes, and `why` says why the tolerance is what it is. A case counts by its
    `weight`, see `score`.
    """

    name: str
    args: dict[str, Tree] = field(default_factory=dict)
    probe: str = "call"
    init: dict[str, Tree] = field(default_factory=dict)
    grad: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    says: str = ""
    rtol: float = 1e-4
    atol: float = 1e-5
    why: str = "float32 sums taken in any order"
    options: dict[str, Any] = field(default_factory=dict)
    weight: float = 1.0

    def is_refused(self, raised: Raised | None) -> bool:
        """Whether an exception is the one asked for."""
        return raised is not None and self.has_type(raised) and self.says in raised.message

    def has_type(self, raised: Raised) -> bool:
        """Whether an exception is of a type asked for."""
        return any(name in self.raises for name in raised.types)


@dataclass(frozen=True)
class SolvedCase:
    """A case with the solution's outcome and those misconceptions' outcomes that differ from it."""

    case: Case
    expected: Outcome
    wrong: Mapping[str, Outcome]
    hidden: bool = False
    known: bool = False  # whether students have this very case, and so its answer
    is_named: bool = False  # whether it is hidden and a public case has the same name

    @cached_property
    def is_minor(self) -> bool:
        """Whether it asks for an exception, or for a result that is zero within its tolerance."""
        results = leaves([self.expected.value, self.expected.gradients])
        return bool(self.case.raises) or all(_is_zero(it, self.case.atol) for it in results)


def named_like(public: Iterable[Case], hidden: Iterable[SolvedCase]) -> list[SolvedCase]:
    """Return hidden cases, marked where public cases have the same names."""
    names = {it.name for it in public}
    return [replace(it, is_named=it.case.name in names) for it in hidden]


def _is_zero(leaf: Any, atol: float) -> bool:
    if isinstance(leaf, torch.Tensor):
        return bool((leaf.to(torch.complex128).abs() <= atol).all())
    return isinstance(leaf, (int, float)) and abs(leaf) <= atol
