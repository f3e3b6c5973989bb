"""Exercises that call earlier ones."""

from torch import Tensor, nn


def square(x: Tensor) -> Tensor:
    """x^2. Raises: ValueError for integers."""
    ### BEGIN SOLUTION
    # TODO 3.1: x times x
    if not x.is_floating_point():
        raise ValueError("whole numbers")
    return x * x
    ### END SOLUTION


def energy(x: Tensor) -> Tensor:
    """The sum of all squares, and of those of the differences. Raises: ValueError as `square`."""
    ### BEGIN SOLUTION
    # TODO 3.2: square x and its differences, add up
    return square(x).sum() + square(x.diff()).sum()
    ### END SOLUTION


def power(x: Tensor) -> Tensor:
    """x^2 once more."""
    ### BEGIN SOLUTION
    # TODO 3.3: the square is the power
    return square(x)
    ### END SOLUTION


class Walk(nn.Module):
    """Steps, one after the other."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.gain = nn.Linear(size, size)

    def step(self, x: Tensor) -> Tensor:
        """x and the gain of its square."""
        ### BEGIN SOLUTION
        # TODO 3.4: add the gain of the square
        return x + self.gain(square(x))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Two steps, and the sign turned."""
        ### BEGIN SOLUTION
        # TODO 3.5: step, step, minus
        return -self.step(self.step(x))
        ### END SOLUTION


class Half(nn.Module):
    """Half of a linear layer."""

    def __init__(self, size: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        # TODO 3.6a: one linear layer
        self.layer = nn.Linear(size, size)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Half of what the layer makes of x."""
        ### BEGIN SOLUTION
        # TODO 3.6b: half of it
        return self.layer(x) / 2
        ### END SOLUTION
