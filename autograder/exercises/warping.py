"""The exercises of warping.py: the accumulated cost and the path back through it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from solutions.exercise_lib import warping

TARGET = "exercise_lib.warping:"
NOTEBOOK = "07_text_to_speech"


def distances_of(rng: np.random.Generator, n: int, m: int) -> Tensor:
    """Distances as of two signals that say the same at different speeds, `(n, m)`."""
    shape = rng.standard_normal(5).cumsum()
    signals = [np.interp(np.linspace(0, 4, k), range(5), shape) for k in (n, m)]
    noisy = [signal + 0.3 * rng.standard_normal(signal.shape) for signal in signals]
    return torch.from_numpy(np.abs(noisy[0][:, None] - noisy[1])).float()


# ------------------------------------------------------------------------------ accumulated cost

cost = Exercise(
    id="warping.accumulated_cost",
    title="Dynamic time warping: the cost",
    target=TARGET + "accumulated_cost",
    solution=warping.accumulated_cost,
    notebook=NOTEBOOK,
    todo="7.6",
    points=2,
)


@cost.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = {
        "slower": (5, 9) if hidden else (4, 7),
        "faster": (8, 5) if hidden else (7, 5),
        "one frame against many": (1, 5),
        "many frames against one": (4, 1),
    }
    return [
        Case(name, args={"distances": distances_of(rng, *size)}) for name, size in sizes.items()
    ]


def accumulate(
    distances: Tensor,
    before: Callable[[Tensor, int, int], Iterable[Tensor]],
    diagonal: float = 0.0,
) -> Tensor:
    """Fill the cost; `before` gives the neighbours' costs from a matrix with a border of inf.

    `diagonal` is added, in units of d, to the neighbour that comes first.
    """
    n, m = distances.shape
    c = torch.full((n + 1, m + 1), math.inf)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = distances[i - 1, j - 1]
            first, *others = before(c, i, j)
            c[i, j] = d + (min(first + diagonal * d, *others) if i + j > 2 else 0.0)
    return c[1:, 1:]


def three(c: Tensor, i: int, j: int) -> tuple[Tensor, ...]:
    return c[i - 1, j - 1], c[i - 1, j], c[i, j - 1]


@cost.misconception(
    "The diagonal is not among the neighbours: two frames that go on together then cost twice."
)
def no_diagonal(distances):
    return accumulate(distances, lambda c, i, j: three(c, i, j)[1:])


@cost.misconception(
    "Only the diagonal and one side are tried: a frame may be held in either of the two sounds."
)
def one_side_only(distances):
    return accumulate(distances, lambda c, i, j: three(c, i, j)[:2])


@cost.misconception(
    "The first row and column hold the distances themselves: a path that begins late is then free. "
    "Add up along the borders too."
)
def borders_not_accumulated(distances):
    c = distances.clone()
    for i in range(1, len(c)):
        for j in range(1, c.shape[1]):
            c[i, j] = distances[i, j] + min(three(c, i, j))
    return c


@cost.misconception(
    "The first row is not added up, so the path may begin anywhere in the second sound: that "
    "searches for a part, here both are whole."
)
def begins_anywhere(distances):
    c = distances.cumsum(0)
    c[0] = distances[0]
    for i in range(1, len(c)):
        for j in range(1, c.shape[1]):
            c[i, j] = distances[i, j] + min(three(c, i, j))
    return c


@cost.misconception(
    "The distance of the pair itself is missing: add d_ij to the smallest neighbour."
)
def own_distance_missing(distances):
    n, m = distances.shape
    c = torch.full((n + 1, m + 1), math.inf)
    c[0, 0] = distances[0, 0]
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            c[i, j] = min(three(c, i, j))
    return c[1:, 1:]


@cost.misconception(
    "The diagonal step counts its distance twice. Sakoe and Chiba's symmetric form does so, and "
    "divides by N + M; here each pair on the path counts once."
)
def diagonal_twice(distances):
    return accumulate(distances, three, diagonal=1.0)


@cost.misconception("You take the largest neighbour: the cheapest path comes from the smallest.")
def largest_neighbour(distances):
    def before(c: Tensor, i: int, j: int) -> tuple[Tensor]:
        return (max(x for x in three(c, i, j) if x < math.inf),) if i + j > 2 else (c[0, 0],)

    return accumulate(distances, lambda c, i, j: (*before(c, i, j), torch.tensor(math.inf)))


@cost.misconception(
    "You add the smallest neighbouring distance, not the smallest cost: read from C, which holds "
    "the whole way so far."
)
def of_distances(distances):
    c = torch.full((distances.shape[0] + 1, distances.shape[1] + 1), math.inf)
    c[1:, 1:] = distances
    return accumulate(distances, lambda _, i, j: three(c, i, j))


@cost.misconception(
    "Every entry sums the whole rectangle before it: only one neighbour leads to a pair."
)
def all_summed(distances):
    return distances.cumsum(0).cumsum(1)


@cost.also_correct
def cost_with_border(distances):
    return accumulate(distances, three)


@cost.also_correct
def cost_by_recursion(distances):
    def along(i: int, j: int) -> float:
        if i < 0 or j < 0:
            return math.inf
        before = 0.0 if i == j == 0 else min(along(i - 1, j), along(i, j - 1), along(i - 1, j - 1))
        return float(distances[i, j]) + before

    n, m = distances.shape
    return torch.tensor([[along(i, j) for j in range(m)] for i in range(n)])


# ------------------------------------------------------------------------------ warping path

path = Exercise(
    id="warping.warping_path",
    title="Dynamic time warping: the path",
    target=TARGET + "warping_path",
    solution=warping.warping_path,
    notebook=NOTEBOOK,
    todo="7.7",
    points=2,
)


@path.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = {
        "slower": (5, 9) if hidden else (4, 7),
        "faster": (9, 6) if hidden else (8, 5),
        "one frame against many": (1, 6 if hidden else 4),
        "many frames against one": (5 if hidden else 3, 1),
    }
    costs = {
        name: warping.accumulated_cost(distances_of(rng, n, m)) for name, (n, m) in sizes.items()
    }
    flat = torch.zeros(4, 6) if hidden else torch.zeros(3, 5)
    costs["all ways are as cheap"] = warping.accumulated_cost(flat)
    return [Case(name, args={"cost": c}) for name, c in costs.items()]


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


@path.misconception("The path runs from the end to the beginning: reverse it.")
def path_backwards(cost):
    return torch.tensor(walk(cost)[::-1])


@path.misconception("The columns are exchanged: (i, j), the row of C first.")
def path_turned(cost):
    return torch.tensor(walk(cost)).flip(1)


@path.misconception("The pairs lie side by side: return `(steps, 2)`, a pair in each row.")
def path_transposed(cost):
    return torch.tensor(walk(cost)).T.contiguous()


@path.misconception("The last pair (N-1, M-1) is missing: put it into the path before you walk.")
def path_without_end(cost):
    return torch.tensor(walk(cost)[:-1])


@path.misconception(
    "The first pair (0, 0) is missing: the frames of both beginnings belong together."
)
def path_without_start(cost):
    return torch.tensor(walk(cost)[1:])


@path.misconception("You stop at the first border: walk along it until both i and j are 0.")
def path_stops_at_the_border(cost):
    found = walk(cost)
    last = max(k for k, cell in enumerate(found) if min(cell) == 0)
    return torch.tensor(found[last:])


@path.misconception(
    "Where neighbours are as cheap, you go straight: take the diagonal first, it moves on in both."
)
def straight_first(cost):
    return torch.tensor(walk(cost, lambda i, j: [(i - 1, j), (i, j - 1), (i - 1, j - 1)]))


@path.misconception(
    "The diagonal is always taken where it fits: that is a straight line with a rest. Follow the "
    "smallest cost."
)
def always_diagonal(cost):
    return torch.tensor(walk(cost, worth=lambda c: 0.0))


@path.misconception(
    "You walk forwards from (0, 0), each time to the cheapest next pair: what is cheap now may "
    "lead to a dear end. Walk back from the end."
)
def path_forwards(cost):
    turned = walk(cost.flip(0, 1))
    n, m = cost.shape
    return torch.tensor([(n - 1 - i, m - 1 - j) for i, j in turned[::-1]])


@path.misconception(
    "The path ends at the cheapest pair of the last row: that searches for a part, here both "
    "sounds are whole. Start from (N-1, M-1)."
)
def path_ends_anywhere(cost):
    return torch.tensor(walk(cost, start=(cost.shape[0] - 1, int(cost[-1].argmin()))))


@path.also_correct
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


@path.also_correct
def path_by_recursion(cost):
    def back_from(i: int, j: int) -> list[Cell]:
        if i == 0 or j == 0:
            return [(k, n) for k in range(i + 1) for n in range(j + 1)]
        best = min(cost[i - 1, j - 1], cost[i - 1, j], cost[i, j - 1])
        if cost[i - 1, j - 1] == best:
            return [*back_from(i - 1, j - 1), (i, j)]
        return [*(back_from(i - 1, j) if cost[i - 1, j] == best else back_from(i, j - 1)), (i, j)]

    return torch.tensor(back_from(cost.shape[0] - 1, cost.shape[1] - 1))
