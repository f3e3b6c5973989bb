"""Let a function walk through a toy field of velocities."""

from __future__ import annotations

from functools import partial
from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.field import toy_field, toy_field_of_tensors
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with the field and the arguments.

    Options: times: "tensors" where the field takes no other times.
    """
    field = toy_field_of_tensors if case.options.get("times") == "tensors" else toy_field
    return called(partial(target, field), args)
