"""What there is to say of a call besides its result: what it set, and what it warned of."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from exercise_lib.check.own_modules import REMARKS, said
from exercise_lib.check.places import is_given
from exercise_lib.check.tree import text_of

FOR_AUTHORS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


def remarks_on(target: Any, before: list[str], changed: list[str]) -> list[str]:
    """Say what there is to say of the target's module, and of settings before and in a call."""
    module, name = text_of(target, module_of), text_of(target, name_of)
    remarks = list(REMARKS.get(module, []))
    if changed:
        remarks.append(f"`{name}` sets {said(changed)}.")
    if before:
        remarks.append(
            f"{' and '.join(before)} had been set for all of Python: a check begins without that, "
            "as grading does."
        )
    return remarks


def module_of(target: Any) -> str:
    return str(target.__module__)


def name_of(target: Any) -> str:
    return str(target.__name__)


def to_act_on(caught: Sequence[warnings.WarningMessage]) -> list[warnings.WarningMessage]:
    """Return the warnings that a student can do something about.

    What becomes outdated in a library's own code is for its authors.
    """
    return [
        it for it in caught if not (issubclass(it.category, FOR_AUTHORS) and is_given(it.filename))
    ]
