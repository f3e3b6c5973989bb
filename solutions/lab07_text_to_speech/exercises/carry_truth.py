"""The truth, carried over."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="warping.carry_truth",
    title="The truth, carried over",
    target="notebook",
    solution=answer(__package__, "carry_truth"),
    todo="7.8",
    points=2,
    difficulty=3,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, counts: list[int], moves: list[int], weight: float = 1.0) -> Case:
        """`counts` frames of each character; at each step i, t or both (1, 2, 3) move on."""
        truth = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
        steps = torch.tensor([[0, 0], *([m & 1, m >> 1] for m in moves)]).cumsum(0)
        n_frames = int(steps[-1, 1]) + 1
        return Case(name, args={"truth": truth, "path": steps, "n_frames": n_frames}, weight=weight)

    k = int(rng.integers(1, 5)) if hidden else 0
    more = [3] * k
    return [
        case("at the same pace", [2, 1, 3 + k], [3] * (5 + k), 0.5),
        case("slower, then faster", [2, 3, 1, 2 + k], [3, 2, 2, 3, 1, 1, 3, 1, 3, *more]),
        case("twice as fast", [1, 2, 2, 1 + k], [1, 3, 1, 3, 1, *more]),
        case("four times as fast", [1, 1, 1, 2, 3 + k], [1, 1, 1, 3, 1, 1, 1, *more]),
        case("waits at the end", [2, 2 + k], [3, 3, 3, 2, 2, *more], 0.5),
    ]


@exercise.misconception(
    "The columns of the path are exchanged: the first is the recording's frame, the second that of "
    "the new speech."
)
def carried_the_other_way(truth, path, n_frames):
    frames = torch.full((n_frames,), float(truth.max()))
    for t in range(min(n_frames, int(path[-1, 0]) + 1)):
        partners = path[path[:, 0] == t, 1].clamp(max=len(truth) - 1)
        frames[t] = truth[partners].float().mean()
    return frames


@exercise.misconception(
    "Each frame takes the character of its last partner: take the mean over all its partners."
)
def last_partner(truth, path, n_frames):
    return torch.stack([truth[path[path[:, 1] == t, 0][-1]] for t in range(n_frames)]).float()


@exercise.misconception(
    "Each frame takes the character of its first partner: take the mean over all its partners."
)
def first_partner(truth, path, n_frames):
    return torch.stack([truth[path[path[:, 1] == t, 0][0]] for t in range(n_frames)]).float()


@exercise.misconception(
    "The path is not used: the recording's truth is stretched evenly or cut to length. The two "
    "sounds run neither at one pace nor at paces that differ by one factor."
)
def stretched(truth, path, n_frames):
    places = torch.linspace(0, len(truth) - 1, n_frames)
    return truth[places.round().long()].float()


@exercise.neighbour(stretched)
def stretched_by_repeating(truth, path, n_frames):
    places = torch.arange(n_frames) * len(truth) // n_frames
    return truth[places].float()


@exercise.neighbour(stretched)
def cut_to_length(truth, path, n_frames):
    return torch.cat([truth, truth[-1:].expand(n_frames)])[:n_frames].float()


@exercise.misconception(
    "The characters of the partners are added up: divide by the number of partners."
)
def sum_over_partners(truth, path, n_frames):
    return torch.zeros(n_frames).index_add(0, path[:, 1], truth[path[:, 0]].float())


@exercise.misconception(
    "The mean is rounded to a whole character: a frame between two characters lies between them."
)
def rounded(truth, path, n_frames):
    return exercise.solution(truth, path, n_frames).round()


@exercise.neighbour(rounded)
def rounded_down(truth, path, n_frames):
    return exercise.solution(truth, path, n_frames).floor()


@exercise.misconception(
    "This is the mean number of the partner frames: look up which character each has, truth[i]."
)
def frames_instead_of_characters(truth, path, n_frames):
    return exercise.solution(torch.arange(len(truth)), path, n_frames)


@exercise.misconception(
    "You divide by one number for all frames: divide by how many partners each has."
)
def divided_by_pairs(truth, path, n_frames):
    return sum_over_partners(truth, path, n_frames) / len(path)


@exercise.neighbour(divided_by_pairs)
def divided_by_frames(truth, path, n_frames):
    return sum_over_partners(truth, path, n_frames) / n_frames


@exercise.misconception(
    "One entry for each pair is returned: one for each frame of the new speech."
)
def one_for_each_pair(truth, path, n_frames):
    return truth[path[:, 0]].float()


@exercise.misconception(
    "One partner in the middle stands for all: average the partners' characters."
)
def character_of_mean_frame(truth, path, n_frames):
    frames = frames_instead_of_characters(truth, path, n_frames)
    return truth[frames.round().long()].float()


@exercise.neighbour(character_of_mean_frame)
def character_of_mean_frame_rounded_down(truth, path, n_frames):
    return truth[frames_instead_of_characters(truth, path, n_frames).long()].float()


@exercise.misconception("Characters are counted from 1: as in `truth`, from 0.")
def characters_from_one(truth, path, n_frames):
    return exercise.solution(truth, path, n_frames) + 1


@exercise.neighbour(carried_the_other_way)
def carried_the_other_way_or_zero(truth, path, n_frames):
    t, i = path[:, 0], path[:, 1]
    total = torch.zeros(max(n_frames, int(t.max()) + 1))
    total = total.index_add(0, t, truth[i.clamp(max=len(truth) - 1)].float())
    return (total / torch.bincount(t, minlength=len(total)).clamp(min=1))[:n_frames]


@exercise.misconception(
    "You divide by the number of a frame's partners, but only one of them is in the sum: add up "
    "all, with index_add or `+=` in a loop."
)
def one_partner_counts(truth, path, n_frames):
    total = torch.zeros(n_frames)
    total[path[:, 1]] += truth[path[:, 0]].float()
    return total / torch.bincount(path[:, 1], minlength=n_frames)


@exercise.misconception(
    "You take the path's first n_frames steps: frame t's partners are those rows whose second "
    "number is t."
)
def first_steps_of_the_path(truth, path, n_frames):
    return truth[path[:n_frames, 0]].float()


@exercise.neighbour(carried_the_other_way)
def carried_the_other_way_as_far_as_it_fits(truth, path, n_frames):
    frames = path[:, 0].clamp(max=n_frames - 1)
    total = torch.zeros(n_frames)
    total.index_add_(0, frames, truth[path[:, 1].clamp(max=len(truth) - 1)].float())
    return total / frames.bincount(minlength=n_frames).clamp(min=1)


@exercise.also_correct
def carried_frame_by_frame(truth, path, n_frames):
    partners = [truth[path[path[:, 1] == t, 0]].float() for t in range(n_frames)]
    return torch.stack([characters.mean() for characters in partners])


@exercise.also_correct
def carried_by_matrix(truth, path, n_frames):
    pairs = torch.zeros(len(truth), n_frames)
    pairs[path[:, 0], path[:, 1]] = 1.0
    return truth.float() @ (pairs / pairs.sum(dim=0))
