"""Dynamic time warping: the cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import warping
from .shared import distances_of

exercise = Exercise(
    id="warping.accumulated_cost",
    title="Dynamic time warping: the cost",
    target="exercise_lib.warping:accumulated_cost",
    solution=warping.accumulated_cost,
    todo="7.6",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = {
        "slower": (5, 7) if hidden else (4, 6),
        "faster": (7, 4) if hidden else (6, 5),
        "one frame against many": (1, 5),
        "many frames against one": (4, 1),
    }
    distances = {name: distances_of(rng, *size) for name, size in sizes.items()}
    distances["slower"][0, 1:] += 2.0  # beginnings that nothing later fits
    distances["faster"][1:, 0] += 2.0
    return [
        Case(name, args={"distances": its}, weight=0.5 if 1 in its.shape else 1.0)
        for name, its in distances.items()
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


@exercise.misconception(
    "The diagonal is not among the neighbours: two frames that go on together then cost twice."
)
def no_diagonal(distances):
    return accumulate(distances, lambda c, i, j: three(c, i, j)[1:])


@exercise.misconception(
    "Only the diagonal and one side are tried: a frame may be held in either of the two sounds."
)
def one_side_only(distances):
    return accumulate(distances, lambda c, i, j: three(c, i, j)[:2])


@exercise.neighbour(one_side_only)
def other_side_only(distances):
    def before(c, i, j):
        diagonal, _, left = three(c, i, j)
        return diagonal, left

    return accumulate(distances, before)


@exercise.misconception(
    "The first row and column hold the distances themselves: a path that begins late is then free. "
    "Add up along the borders too."
)
def borders_not_accumulated(distances):
    c = distances.clone()
    for i in range(1, len(c)):
        for j in range(1, c.shape[1]):
            c[i, j] = distances[i, j] + min(three(c, i, j))
    return c


@exercise.misconception(
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


@exercise.misconception(
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


@exercise.misconception(
    "The diagonal step counts its distance twice. Sakoe and Chiba's symmetric form does so, and "
    "divides by N + M; here each pair on the path counts once."
)
def diagonal_twice(distances):
    return accumulate(distances, three, diagonal=1.0)


@exercise.misconception(
    "You take the largest neighbour: the cheapest path comes from the smallest."
)
def largest_neighbour(distances):
    def before(c: Tensor, i: int, j: int) -> tuple[Tensor]:
        return (max(x for x in three(c, i, j) if x < math.inf),) if i + j > 2 else (c[0, 0],)

    return accumulate(distances, lambda c, i, j: (*before(c, i, j), torch.tensor(math.inf)))


@exercise.misconception(
    "You add the smallest neighbouring distance, not the smallest cost: read from C, which holds "
    "the whole way so far."
)
def of_distances(distances):
    c = torch.full((distances.shape[0] + 1, distances.shape[1] + 1), math.inf)
    c[1:, 1:] = distances
    return accumulate(distances, lambda _, i, j: three(c, i, j))


@exercise.misconception(
    "Every entry sums the whole rectangle before it: only one neighbour leads to a pair."
)
def all_summed(distances):
    return distances.cumsum(0).cumsum(1)


@exercise.misconception(
    "You add up along one axis only: the cheapest of three neighbours leads to a pair."
)
def summed_along_the_second(distances):
    return distances.cumsum(1)


@exercise.neighbour(summed_along_the_second)
def summed_along_the_first(distances):
    return distances.cumsum(0)


def _borders(distances: Tensor) -> Tensor:
    """Return the distances with the borders added up."""
    c = distances.clone()
    c[0], c[:, 0] = distances[0].cumsum(0), distances[:, 0].cumsum(0)
    return c


@exercise.misconception("Only the diagonal is tried: frames may also be held.")
def only_diagonal(distances):
    c = _borders(distances)
    for i in range(1, len(c)):
        for j in range(1, c.shape[1]):
            c[i, j] = distances[i, j] + c[i - 1, j - 1]
    return c


@exercise.misconception(
    "The first column is not added up, so the path may begin anywhere in the first sound: here "
    "both are whole."
)
def begins_anywhere_in_the_first(distances):
    return begins_anywhere(distances.T).T


@exercise.misconception("The neighbours are averaged or added: take the smallest.")
def mean_of_neighbours(distances):
    c = _borders(distances)
    for i in range(1, len(c)):
        for j in range(1, c.shape[1]):
            c[i, j] = distances[i, j] + sum(three(c, i, j)) / 3
    return c


@exercise.neighbour(mean_of_neighbours)
def sum_of_neighbours(distances):
    c = _borders(distances)
    for i in range(1, len(c)):
        for j in range(1, c.shape[1]):
            c[i, j] = distances[i, j] + sum(three(c, i, j))
    return c


@exercise.misconception("The border of infinities is still there: return C of the pairs alone.")
def border_left(distances):
    c = torch.full((distances.shape[0] + 1, distances.shape[1] + 1), math.inf)
    c[1:, 1:] = accumulate(distances, three)
    c[0, 0] = 0.0
    return c


@exercise.misconception("The distances are squared or the cost is rooted: add them up as they are.")
def of_squares(distances):
    return accumulate(distances.square(), three)


@exercise.neighbour(of_squares)
def root_of_squares(distances):
    return accumulate(distances.square(), three).sqrt()


@exercise.misconception("The pair (0, 0) costs nothing in your function: C_00 is d_00.")
def first_pair_free(distances):
    changed = distances.clone()
    changed[0, 0] = 0.0
    return accumulate(changed, three)


@exercise.misconception("The cost is divided by the lengths: return the sums.")
def divided_by_lengths(distances):
    return accumulate(distances, three) / sum(distances.shape)


@exercise.misconception("Only the last cost is returned: return all of C.")
def last_cost_only(distances):
    return accumulate(distances, three)[-1, -1]


@exercise.misconception("C is transposed: rows belong to the first sound.")
def cost_transposed(distances):
    return accumulate(distances, three).T


@exercise.misconception("The distances are returned as they are: add them up along the path.")
def only_distances(distances):
    return distances.clone()


@exercise.misconception("The sides cost their distance twice: each pair on the path counts once.")
def sides_twice(distances):
    def before(c, i, j):
        diagonal, above, left = three(c, i, j)
        d = distances[i - 1, j - 1]
        return diagonal, above + d, left + d

    return accumulate(distances, before)


@exercise.misconception(
    "At the border index -1 reads from the other end: treat row and column 0 apart."
)
def borders_read_from_the_end(distances):
    c = distances.clone()
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            if i + j:
                c[i, j] = c[i, j] + min(three(c, i, j))
    return c


@exercise.misconception(
    "You divide by how far the path has come: C holds sums, the length is taken off later."
)
def divided_by_steps(distances):
    n, m = distances.shape
    return accumulate(distances, three) / (torch.arange(n)[:, None] + torch.arange(m) + 1)


@exercise.misconception(
    "Outside of the matrix you read its other end, which is what the index -1 means: there the "
    "cost is infinite."
)
def read_at_the_other_end(distances):
    n, m = distances.shape
    c = torch.full((n, m), math.inf)
    c[0, 0] = distances[0, 0]
    for j in range(m):
        for i in range(n):
            if i or j:
                c[i, j] = distances[i, j] + min(three(c, i, j))
    return c


@exercise.neighbour(read_at_the_other_end)
def read_at_the_other_end_row_by_row(distances):
    n, m = distances.shape
    c = torch.full((n, m), math.inf)
    c[0, 0] = distances[0, 0]
    for i in range(n):
        for j in range(m):
            if i or j:
                c[i, j] = distances[i, j] + min(three(c, i, j))
    return c


@exercise.misconception(
    "A step to the side costs 1 in your table, as in (7.3): here every pair on the path costs its "
    "distance."
)
def sides_cost_one(distances):
    cost = torch.full_like(distances, math.inf)
    cost[0, 0] = distances[0, 0]
    for i in range(distances.shape[0]):
        for j in range(distances.shape[1]):
            ways = [cost[i, j]]
            ways += [cost[i - 1, j - 1] + distances[i, j]] if i and j else []
            ways += [cost[i - 1, j] + 1] if i else []
            ways += [cost[i, j - 1] + 1] if j else []
            cost[i, j] = min(ways)
    return cost


@exercise.misconception(
    "Everything is infinite: (0, 0) has no neighbour, its cost is its own distance."
)
def start_is_infinite(distances):
    return accumulate(distances, three) + math.inf


@exercise.also_correct
def cost_with_border(distances):
    return accumulate(distances, three)


@exercise.also_correct
def cost_by_recursion(distances):
    def along(i: int, j: int) -> float:
        if i < 0 or j < 0:
            return math.inf
        before = 0.0 if i == j == 0 else min(along(i - 1, j), along(i, j - 1), along(i - 1, j - 1))
        return float(distances[i, j]) + before

    n, m = distances.shape
    return torch.tensor([[along(i, j) for j in range(m)] for i in range(n)])


@exercise.also_correct
def in_float64(distances):
    d = distances.double().numpy()
    cost = np.pad(d, ((1, 0), (1, 0)), constant_values=np.inf)
    cost[0, 0] = 0
    for i, j in np.ndindex(*d.shape):
        cost[i + 1, j + 1] += min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
    return torch.from_numpy(cost[1:, 1:]).float()
