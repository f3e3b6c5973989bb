"""What the gradients of a wrong value say: which arguments are left out, which used rightly."""

from __future__ import annotations

import torch

from exercise_lib.check.case import SolvedCase
from exercise_lib.check.compare import agree
from exercise_lib.check.outcome import Outcome


def by_gradients(solved: SolvedCase, outcome: Outcome) -> str:
    """Say which arguments a wrong value does not depend on, or on which it depends as it should."""
    case, unreached, right, wrong = solved.case, [], [], []
    for name, expected in solved.expected.gradients.items():
        found = outcome.gradients.get(name)
        if not isinstance(found, list) or len(found) != len(expected):
            return ""
        for number, (e, g) in enumerate(zip(expected, found, strict=True)):
            shown = f"`{name}[{number}]`" if len(expected) > 1 else f"`{name}`"
            if not isinstance(g, torch.Tensor) or not e.any():
                continue
            if not g.any():
                unreached.append(shown)
            elif agree(e, g, case.rtol, case.atol):
                right.append(shown)
            else:
                wrong.append(shown)
    if unreached and (right or wrong):
        return f"the result does not depend on {' and '.join(unreached[:2])}"
    if right and wrong:
        return f"the part with {right[0]} is right, that with {wrong[0]} is not"
    return ""
