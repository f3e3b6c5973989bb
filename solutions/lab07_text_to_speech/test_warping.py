"""Dynamic time warping: librosa's cost and path, brute force, speech against slower speech."""

import numpy as np
import pytest
import torch
from solutions.exercise_lib.mel import MelConfig
from solutions.exercise_lib.warping import (
    accumulated_cost,
    frame_distances,
    mel_distance,
    warping_path,
)

from exercise_lib.speech import audio
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus

SIZES = [(7, 7), (5, 12), (12, 5), (1, 6), (6, 1), (1, 1), (40, 33)]


def distances(n: int, m: int) -> torch.Tensor:
    return torch.rand(n, m, generator=torch.Generator().manual_seed(n * m))


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_cost_and_path_are_librosas(n, m):
    librosa = pytest.importorskip("librosa")
    d = distances(n, m)
    theirs, their_path = librosa.sequence.dtw(C=d.double().numpy())
    cost = accumulated_cost(d)
    np.testing.assert_allclose(cost, theirs, rtol=1e-5)
    np.testing.assert_array_equal(warping_path(cost), their_path[::-1])


def cheapest(d: torch.Tensor, i: int = 0, j: int = 0) -> float:
    """The cheapest of all ways from (i, j) to the last pair, each tried."""
    ways = [
        cheapest(d, i + di, j + dj)
        for di, dj in ((1, 1), (1, 0), (0, 1))
        if i + di < len(d) and j + dj < d.shape[1]
    ]
    return float(d[i, j]) + (min(ways) if ways else 0.0)


@pytest.mark.parametrize(("n", "m"), [(4, 6), (6, 4), (1, 3)])
def test_no_way_is_cheaper(n, m):
    d = distances(n, m)
    cost = accumulated_cost(d)
    assert float(cost[-1, -1]) == pytest.approx(cheapest(d), rel=1e-5)
    i, j = warping_path(cost).T
    assert float(d[i, j].sum()) == pytest.approx(cheapest(d), rel=1e-5)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_path_moves_on_by_one_and_leaves_nothing_out(n, m):
    path = warping_path(accumulated_cost(distances(n, m)))
    assert path.dtype == torch.int64
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [n - 1, m - 1]
    moves = path.diff(dim=0)
    assert moves.numel() == 0 or (moves.min() >= 0 and moves.max() <= 1 and moves.sum(1).min() >= 1)


def test_frame_distances_by_loops():
    a, b = torch.randn(3, 4), torch.randn(3, 5)
    found = frame_distances(a, b)
    for i in range(4):
        for j in range(5):
            assert found[i, j].item() == pytest.approx((a[:, i] - b[:, j]).abs().mean().item())


def test_slower_speech_is_the_same_speech():
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    first, second = (audio.log_mel(corpus[i].waveform, MelConfig()) for i in (0, 5))
    slower = first.repeat_interleave(torch.arange(first.shape[1]) % 3 + 1, dim=1)
    assert mel_distance(first, slower) == pytest.approx(0, abs=1e-5)
    assert mel_distance(slower, first) == pytest.approx(0, abs=1e-5)
    assert mel_distance(first, second) > 0.5
