"""A first alignment is the best path, finds letters by their spectra, and gets by without them."""

import itertools

import pytest
import torch

from exercise_lib.models.monotonic_search import first_alignments, line, search


def test_the_path_found_is_the_best_of_all():
    frames, letters = 7, 4
    draws = torch.Generator().manual_seed(0)
    some = [torch.rand(frames, letters, generator=draws) for _ in range(5)]
    for path, distances in zip(search(some), some, strict=True):
        ways = [
            torch.tensor([sum(t > it for it in moves) for t in range(frames)])
            for moves in itertools.combinations(range(frames - 1), letters - 1)
        ]
        best = min(ways, key=lambda way: distances.gather(1, way[:, None]).sum())
        assert torch.equal(path, best)


def test_utterances_of_other_lengths_change_nothing():
    draws = torch.Generator().manual_seed(1)
    some = [torch.rand(*shape, generator=draws) for shape in ((9, 3), (30, 11), (4, 4))]
    alone = [search([it])[0] for it in some]
    assert all(torch.equal(a, b) for a, b in zip(search(some), alone, strict=True))


def speech(n: int) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """Return texts, spectra in which each letter has its own shape, and when each sounds."""
    draws = torch.Generator().manual_seed(2)
    shapes = 3 * torch.randn(10, 80, generator=draws)
    texts, mels, truths = [], [], []
    for _ in range(n):
        text = torch.randint(1, 10, (int(torch.randint(8, 25, (), generator=draws)),))
        frames = torch.randint(1, 16, (len(text),), generator=draws)
        truth = torch.repeat_interleave(torch.arange(len(text)), frames)
        texts.append(text)
        mels.append(shapes[text[truth]] + torch.randn(len(truth), 80, generator=draws))
        truths.append(truth)
    return texts, mels, truths


def test_letters_are_found_by_their_spectra():
    texts, mels, truths = speech(60)
    found = first_alignments(texts, mels)
    right = [(a == b).float().mean() for a, b in zip(found, truths, strict=True)]
    straight = [
        (line(len(text), len(truth)) == truth).float().mean()
        for text, truth in zip(texts, truths, strict=True)
    ]
    assert torch.stack(straight).mean() < 0.6
    assert torch.stack(right).mean() > 0.9


def test_a_sentence_too_short_for_its_text_gets_a_line():
    texts, mels, _ = speech(3)
    texts.append(torch.ones(9, dtype=torch.long))
    mels.append(torch.zeros(4, 80))
    assert first_alignments(texts, mels)[-1].tolist() == [0, 2, 4, 6]


@pytest.mark.parametrize("n", [1, 2])
def test_very_little_data_is_enough_to_go_on(n):
    texts, mels, _ = speech(n)
    for text, mel, path in zip(texts, mels, first_alignments(texts, mels), strict=True):
        assert len(path) == len(mel) and path[0] == 0 and path[-1] == len(text) - 1
        assert set(path.diff().tolist()) <= {0, 1}
