"""Dynamic time warping: the path."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import warping
from .shared import distances_of

exercise = Exercise(
    id="warping.warping_path",
    title="Dynamic time warping: the path",
    target="exercise_lib.warping:warping_path",
    solution=warping.warping_path,
    todo="7.7",
    points=2,
    difficulty=2,
    minutes=10,
)


PAUSE = 4  # frames
ALIKE = "nearly all ways are as cheap"
BESIDE = "up and left are as cheap, and the diagonal is dearer"


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, m = (8, 11) if hidden else (7, 9)
    lone, many = (1, 6 if hidden else 4), (5 if hidden else 3, 1)
    distances = {
        "slower": with_pauses(rng, distances_of(rng, n, m), axis=1),
        "faster": with_pauses(rng, distances_of(rng, m, n), axis=0),
        "one frame against many": distances_of(rng, *lone),
        "many frames against one": distances_of(rng, *many),
    }
    costs = {name: warping.accumulated_cost(its) for name, its in distances.items()}
    alike = torch.zeros(4, 6) if hidden else torch.zeros(3, 5)
    alike[-2, -1] = 1  # above the end: there going left is as cheap as the diagonal
    costs[ALIKE] = warping.accumulated_cost(alike)
    n = 6 if hidden else 5
    costs[BESIDE] = torch.arange(n)[:, None] + torch.arange(n + 2).float()
    costs[BESIDE][-2, -2] = costs[BESIDE][-4, -3:-1] = 3 * n  # further on, only left is cheap
    weights = {ALIKE: 2.0, BESIDE: 1.5}
    return [
        Case(name, args={"cost": c}, weight=weights.get(name, 0.5 if 1 in c.shape else 1.0))
        for name, c in costs.items()
    ]


def with_pauses(rng: np.random.Generator, distances: Tensor, axis: int) -> Tensor:
    """Let one sound wait at both ends, so that the path runs along borders there."""
    n = distances.shape[axis]
    held = torch.arange(-PAUSE, n + PAUSE).clamp(0, n - 1)
    longer = distances.index_select(axis, held)
    return longer * torch.from_numpy(rng.uniform(0.9, 1.1, longer.shape)).float()


Cell = tuple[int, int]


def walk(
    cost: Tensor,
    order: Callable[[int, int], list[Cell]] = lambda i, j: [(i - 1, j - 1), (i - 1, j), (i, j - 1)],
    start: Cell | None = None,
    worth: Callable[[float], float] = lambda c: c,
) -> list[Cell]:
    """Go back to (0, 0); the first of the equally good neighbours in `order` is taken."""
    i, j = start or (cost.shape[0] - 1, cost.shape[1] - 1)
    found = [(i, j)]
    while i > 0 or j > 0:
        inside = [cell for cell in order(i, j) if min(cell) >= 0]
        inside = inside or [(max(i - 1, 0), max(j - 1, 0))]
        i, j = min(inside, key=lambda cell: worth(float(cost[cell])))
        found.append((i, j))
    return found[::-1]


@exercise.misconception("The path runs from the end to the beginning: reverse it.")
def path_backwards(cost):
    return torch.tensor(walk(cost)[::-1])


@exercise.misconception("The columns are exchanged: (i, j), the row of C first.")
def path_turned(cost):
    return torch.tensor(walk(cost)).flip(1)


@exercise.misconception("The pairs lie side by side: return `(steps, 2)`, a pair in each row.")
def path_transposed(cost):
    return torch.tensor(walk(cost)).T.contiguous()


@exercise.misconception(
    "The last pair (N-1, M-1) is missing: put it into the path before you walk."
)
def path_without_end(cost):
    return torch.tensor(walk(cost)[:-1])


@exercise.misconception(
    "The first pair (0, 0) is missing: the frames of both beginnings belong together."
)
def path_without_start(cost):
    return torch.tensor(walk(cost)[1:])


@exercise.misconception("You stop at the first border: walk along it until both i and j are 0.")
def path_stops_at_the_border(cost):
    found = walk(cost)
    last = max(k for k, cell in enumerate(found) if min(cell) == 0)
    return torch.tensor(found[last:])


@exercise.misconception(
    "Where neighbours are as cheap, you go straight: take the diagonal first, it moves on in both."
)
def straight_first(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j), (i, j - 1), (i - 1, j - 1)]))


@exercise.neighbour(straight_first)
def first_sound_first(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j), (i - 1, j - 1), (i, j - 1)]))


@exercise.neighbour(straight_first)
def second_sound_first(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i, j - 1), (i - 1, j), (i - 1, j - 1)]))


@exercise.misconception(
    "Where (i-1, j) and (i, j-1) are equally cheap, you take (i, j-1): the docstring has (i-1, j) "
    "before it."
)
def left_before_up(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j - 1), (i, j - 1), (i - 1, j)]))


@exercise.misconception(
    "The diagonal is always taken where it fits: that is a straight line with a rest. Follow the "
    "smallest cost."
)
def always_diagonal(cost):
    return torch.tensor(walk(cost, worth=lambda c: 0.0))


@exercise.misconception(
    "You walk forwards from (0, 0), each time to the cheapest next pair: what is cheap now may "
    "lead to a dear end. Walk back from the end."
)
def path_forwards(cost):
    turned = walk(cost.flip(0, 1))
    n, m = cost.shape
    return torch.tensor([(n - 1 - i, m - 1 - j) for i, j in turned[::-1]])


@exercise.misconception(
    "The path ends at the cheapest pair of the last row: that searches for a part, here both "
    "sounds are whole. Start from (N-1, M-1)."
)
def path_ends_anywhere(cost):
    return torch.tensor(walk(cost, start=(cost.shape[0] - 1, int(cost[-1].argmin()))))


@exercise.misconception(
    "The path ends at the cheapest pair of the last column: here both sounds are whole. Start from"
    " (N-1, M-1)."
)
def path_ends_anywhere_in_the_first(cost):
    return torch.tensor(walk(cost, start=(int(cost[:, -1].argmin()), cost.shape[1] - 1)))


@exercise.misconception(
    "You go to the largest neighbour: the cheapest way comes from the smallest."
)
def dearest_path(cost):
    return torch.tensor(walk(cost, worth=lambda c: -c))


@exercise.misconception("The diagonal is left out: take the smallest of three neighbours.")
def path_without_diagonal(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j), (i, j - 1)]))


@exercise.misconception("One side is left out: take the smallest of three neighbours.")
def path_without_left(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j - 1), (i - 1, j)]))


@exercise.neighbour(path_without_left)
def path_without_above(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j - 1), (i, j - 1)]))


@exercise.misconception(
    "You take the cheapest pair of each row or column: the path may hold a frame."
)
def cheapest_of_each_row(cost):
    return torch.stack([torch.arange(len(cost)), cost.argmin(1)], dim=1)


@exercise.neighbour(cheapest_of_each_row)
def cheapest_of_each_column(cost):
    return torch.stack([cost.argmin(0), torch.arange(cost.shape[1])], dim=1)


@exercise.misconception("Frames are counted from 1: the first is 0.")
def path_from_one(cost):
    return torch.tensor(walk(cost)) + 1


@exercise.misconception("You return what the pairs cost: return the pairs.")
def costs_of_path(cost):
    return torch.stack([cost[cell] for cell in walk(cost)])


@exercise.misconception(
    "At the border you jump to (0, 0): walk along it, pair by pair, until both are 0."
)
def path_jumps_home(cost):
    i, j = cost.shape[0] - 1, cost.shape[1] - 1
    found = [(i, j)]
    while i > 0 and j > 0:
        cells = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        i, j = min(cells, key=lambda cell: float(cost[cell]))
        found.append((i, j))
    if found[-1] != (0, 0):
        found.append((0, 0))
    return torch.tensor(found[::-1])


@exercise.misconception("You round the costs before you compare them: fractions decide, too.")
def costs_rounded_down(cost):
    return torch.tensor(walk(cost, worth=int))


@exercise.neighbour(costs_rounded_down)
def costs_rounded(cost):
    return torch.tensor(walk(cost, worth=round))


@exercise.also_correct
def path_with_border(cost):
    c = torch.nn.functional.pad(cost, (1, 0, 1, 0), value=math.inf)
    i, j = cost.shape
    found = []
    while (i, j) != (1, 1):
        found.append([i - 1, j - 1])
        square = torch.stack([c[i - 1, j - 1], c[i - 1, j], c[i, j - 1]])
        step = int(square.argmin())
        i, j = i - (step != 2), j - (step != 1)
    return torch.tensor([*found, [0, 0]]).flip(0)


@exercise.also_correct
def path_by_recursion(cost):
    def back_from(i: int, j: int) -> list[Cell]:
        if i == 0 or j == 0:
            return [(k, n) for k in range(i + 1) for n in range(j + 1)]
        best = min(cost[i - 1, j - 1], cost[i - 1, j], cost[i, j - 1])
        if cost[i - 1, j - 1] == best:
            return [*back_from(i - 1, j - 1), (i, j)]
        return [*(back_from(i - 1, j) if cost[i - 1, j] == best else back_from(i, j - 1)), (i, j)]

    return torch.tensor(back_from(cost.shape[0] - 1, cost.shape[1] - 1))
