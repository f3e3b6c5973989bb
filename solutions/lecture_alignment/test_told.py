"""What is told of an alignment, and its words in time."""

import pytest
import torch
from solutions.exercise_lib.synthesis import reading_errors

from solutions.lecture_alignment.scenes.told import in_words, timed_words

TEXT = "A bird slept well."
N = len(TEXT)


def told(positions, sharpness=1.0):
    alignment = torch.full((N, len(positions)), (1 - sharpness) / N)
    alignment[positions, range(len(positions))] += sharpness
    return in_words(TEXT, alignment, 0.1, reading_errors(alignment))


def test_words_are_timed_in_the_order_in_which_they_are_read():
    positions = [0, 1, 2, 3, 5, 6, 7, 2, 4]  # a blank belongs to the word before it
    assert timed_words(TEXT, positions, 0.5) == [
        (0, 1, 0.0, 1.0),
        (2, 6, 1.0, 3.0),
        (7, 12, 3.0, 3.5),
        (2, 6, 3.5, 4.5),
    ]


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        (range(N), ["rises from the beginning of the text to its end", "Nothing is skipped"]),
        ([*range(3), *range(11, N)], ["Skipped: \u201cird slep\u201d."]),
        (range(8), ["ends at the middle of the text. The end is not read: \u201clept well.\u201d"]),
        ([*range(12), 5, *range(6, N)], ["Jumps back at 1.2 s."]),
        ([0, 1] * 9, ["stays at the beginning"]),
        ([0, 17, 3, 15, 2, 16, 4], ["jumps to and fro"]),
    ],
)
def test_a_path_is_told(positions, said):
    for part in said:
        assert part in told(list(positions))


def test_of_a_blur_no_path_is_told():
    assert told(list(range(N)), sharpness=0.1).startswith("No path")
