"""What several exercises share."""

import torch

from autograder.draws import normal
from exercise_lib.check.case import Case


def vectors(rng, hidden, **fields) -> list[Case]:
    size = 4 if hidden else 3
    return [
        Case(f"vector {number}", args={"x": normal(rng, 2, size)}, **fields) for number in range(2)
    ]


WHOLE = Case("whole numbers", args={"x": torch.arange(3)}, raises=("ValueError",))
