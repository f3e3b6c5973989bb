"""Whether maps point at their thing."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.pointing",
    title="Pointing",
    target="exercise_lib.diffusion:pointing",
    solution=diffusion.pointing,
    todo="11.14",
    points=2,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    h, n = (5, 24) if hidden else (4, 20)

    def case(name: str, n: int, h: int, w: int, share: float, cell: int = 4) -> Case:
        maps = torch.from_numpy(rng.random((n, h, w))).float().square()
        maps /= maps.sum((1, 2), keepdim=True)  # as word_map makes them, peaks around 0.15
        near = rng.random((n, cell, cell)) < share
        near[::5] = True
        # Of half of the maps, the thing lies around the peak; of the others anywhere.
        masks = torch.zeros(n, h * cell, w * cell, dtype=torch.bool)
        for i in range(n):
            peak = int(maps[i].argmax()) if i % 2 else int(rng.integers(h * w))
            y, x = cell * (peak // w), cell * (peak % w)
            masks[i, y : y + cell, x : x + cell] = torch.from_numpy(near[i])
            masks[i, max(0, y - 2) : y, max(0, x - 2) : x] = True
        return Case(name, args={"maps": maps, "masks": masks})

    return [
        case("things at the peak or elsewhere", n, h, h, 0.5),
        case("maps that are not square", n, h, h + 2, 0.4),
        case("things that hardly cover a cell", 2 * n, h, h, 0.16),
        case("large cells, not square", n, h - 1, h, 0.3, cell=8),
    ]


def at_the_peak(maps, values):
    return values.flatten(1).gather(1, maps.flatten(1).argmax(1, keepdim=True))[:, 0]


def covered(masks, cell):
    return F.avg_pool2d(masks[:, None].float(), cell)[:, 0]


@exercise.misconception(
    "One pixel of the peak's cell decides, its corner or its middle: at least 15 % of the cell has "
    "to be covered."
)
def corner_of_the_cell(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    return at_the_peak(maps, masks[:, ::cell, ::cell])


@exercise.neighbour(corner_of_the_cell)
def middle_of_the_cell(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    return at_the_peak(maps, masks[:, cell // 2 :: cell, cell // 2 :: cell])


@exercise.misconception(
    "Any pixel of the thing in the peak's cell suffices for you: at least 15 % have to be covered."
)
def any_pixel(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    return at_the_peak(maps, covered(masks, cell)) > 0


@exercise.misconception(
    "You ask for more than is needed: 15 % of the peak's cell are enough, for things have edges."
)
def half_of_the_cell(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    return at_the_peak(maps, covered(masks, cell)) >= 0.5


@exercise.neighbour(half_of_the_cell)
def all_of_the_cell(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    return at_the_peak(maps, covered(masks, cell)) >= 1


@exercise.misconception("You read how much is covered: asked for is whether it is 15 % or more.")
def share_returned(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    return at_the_peak(maps, covered(masks, cell))


@exercise.misconception(
    "The peak is that of one row, or of rows and columns by themselves: a map's peak is one place "
    "of all, so flatten before `argmax`."
)
def rows_by_themselves(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    rows, columns = maps.mean(2).argmax(1), maps.mean(1).argmax(1)
    return covered(masks, cell)[torch.arange(len(maps)), rows, columns] >= 0.15


@exercise.neighbour(rows_by_themselves)
def first_row(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    peaks = maps[:, 0].argmax(1)
    return covered(masks, cell)[torch.arange(len(maps)), 0, peaks] >= 0.15


@exercise.misconception(
    "You ask how much of the map lies in the thing: asked for is where its peak is."
)
def mass(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    shares = maps / maps.sum((1, 2), keepdim=True)
    return (shares * covered(masks, cell)).sum((1, 2)) >= 0.15


@exercise.misconception(
    "You look where the map is high in the thing's cells: the one place that counts is the peak of "
    "the whole map."
)
def above_the_mean(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    own = covered(masks, cell) >= 0.15
    high = maps > maps.mean((1, 2), keepdim=True)
    return (own & high).any(2).any(1)


@exercise.misconception("You look for the lowest place of the map: the peak is its highest.")
def lowest(maps, masks):
    return diffusion.pointing(-maps, masks)


@exercise.misconception("Map and mask lie across each other: rows are rows in both.")
def transposed(maps, masks):
    cell = masks.shape[1] // maps.shape[1]
    peaks = maps.transpose(1, 2).flatten(1).argmax(1, keepdim=True)
    return covered(masks, cell).flatten(1).gather(1, peaks)[:, 0] >= 0.15


@exercise.misconception("The masks of all maps are put together: each map has its own thing.")
def union_of_masks(maps, masks):
    return diffusion.pointing(maps, masks.any(0, keepdim=True).expand_as(masks))


@exercise.misconception("One peak is taken for all maps: each has its own, `flatten(1).argmax(1)`.")
def one_peak_for_all(maps, masks):
    shares = covered(masks, masks.shape[1] // maps.shape[1]).flatten(1)
    return shares[:, maps.argmax() % shares.shape[1]] >= 0.15


@exercise.misconception(
    "Places are numbered row by row: divide by the width, not the height, for the row of the peak; "
    "the rest is its column."
)
def divided_by_the_height(maps, masks):
    n, h, w = maps.shape
    peaks = maps.flatten(1).argmax(1)
    rows, columns = (peaks // h) % h, (peaks % h) % w
    return covered(masks, masks.shape[1] // h)[torch.arange(n), rows, columns] >= 0.15


@exercise.misconception("Cells are not always 4 pixels wide: H / h says how many, `cell`.")
def always_four_pixels(maps, masks):
    peaks = maps.flatten(1).argmax(1, keepdim=True)
    return covered(masks, 4).flatten(1).gather(1, peaks)[:, 0] >= 0.15


@exercise.misconception(
    "You compare the map itself with 15 %: asked for is how much of the peak's cell the thing "
    "covers."
)
def weight_at_the_peak(maps, masks):
    shares = covered(masks, masks.shape[1] // maps.shape[1])
    return (at_the_peak(maps, shares) > 0) & (maps.amax((1, 2)) >= 0.15)


@exercise.neighbour(weight_at_the_peak)
def weight_alone(maps, masks):
    return maps.amax((1, 2)) >= 0.15


@exercise.misconception(
    "You ask whether the peak is where the thing covers most: any cell with 15 % or more will do."
)
def most_covered_cell(maps, masks):
    shares = covered(masks, masks.shape[1] // maps.shape[1])
    return maps.flatten(1).argmax(1) == shares.flatten(1).argmax(1)


@exercise.also_correct
def map_by_map(maps, masks):
    cell, found = masks.shape[1] // maps.shape[1], []
    for its, mask in zip(maps, masks, strict=True):
        y, x = divmod(int(its.argmax()), its.shape[1])
        inside = mask[cell * y : cell * (y + 1), cell * x : cell * (x + 1)]
        found.append(bool(inside.float().mean() >= 0.15))
    return torch.tensor(found)


@exercise.also_correct
def by_reshaping(maps, masks):
    n, h, w = maps.shape
    cell = masks.shape[1] // h
    counts = masks.reshape(n, h, cell, w, cell).sum((2, 4)).flatten(1)
    peaks = maps.reshape(n, -1).max(1).indices
    return counts[torch.arange(n), peaks] / cell**2 >= diffusion.COVERED
