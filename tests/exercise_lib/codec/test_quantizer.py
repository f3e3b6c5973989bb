"""The residual quantiser: errors, gradients, moving averages, dropout."""

import pytest
import torch
from torch import Tensor

from exercise_lib.codec.quantizer import (
    DECAY,
    ResidualQuantizer,
    draw_books,
    nearest,
    perplexity,
)


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def started() -> ResidualQuantizer:
    """Four books of 16 codes that have seen 40 batches."""
    torch.manual_seed(0)
    quantizer = ResidualQuantizer(4, 16, 3)
    for seed in range(40):
        quantizer(randn(2, 3, 50, seed=seed), torch.full((2,), 4))
    return quantizer


def test_the_nearest_code_is_torchs_nearest():
    vectors, book = randn(30, 5), randn(7, 5, seed=1)
    assert torch.equal(nearest(vectors, book), torch.cdist(vectors, book).argmin(1))


def test_the_error_falls_with_every_book(started):
    z = randn(3, 3, 60, seed=99)
    codes = started.eval().encode(z)
    errors = [float((started.decode(codes[:, :n]) - z).square().mean()) for n in range(1, 5)]
    assert errors == sorted(errors, reverse=True) and errors[3] < errors[0] / 3


def test_encoding_and_the_forward_pass_agree_for_any_number_of_books(started):
    z = randn(4, 3, 20, seed=5)
    used = torch.tensor([1, 2, 3, 4])
    quantized, _ = started.eval()(z, used)
    codes = started.encode(z)
    for row, n in enumerate(used.tolist()):
        expected = started.decode(codes[row : row + 1, :n])[0]
        torch.testing.assert_close(quantized[row], expected, atol=1e-5, rtol=1e-5)


def test_gradients_pass_straight_through_and_every_book_commits(started):
    z = randn(1, 3, 30, seed=6).requires_grad_()
    quantized, commitment = started.eval()(z, torch.tensor([4]))
    (gradient,) = torch.autograd.grad(quantized.sum(), z, retain_graph=True)
    assert torch.equal(gradient, torch.ones_like(z))
    residual, expected = z.detach(), torch.zeros_like(z)
    for book, codes in zip(started.books, started.encode(z)[0], strict=True):
        residual = residual - book[codes].T
        expected += 2 * residual / z.numel() / 4
    (gradient,) = torch.autograd.grad(commitment, z)
    torch.testing.assert_close(gradient, expected, atol=1e-5, rtol=1e-4)


def test_a_code_moves_by_a_hundredth_towards_what_chose_it():
    quantizer = ResidualQuantizer(1, 1, 2)
    quantizer.started.fill_(True)
    quantizer.counts.fill_(8.0)
    quantizer(torch.full((1, 2, 8), 3.0), torch.tensor([1]))
    assert quantizer.books.flatten().tolist() == pytest.approx([3 * (1 - DECAY)] * 2)


def test_codes_that_nobody_chooses_begin_anew(started):
    started.books[0, 3] = 1e3
    started.counts[0, 3] = 0.0
    z = randn(2, 3, 50, seed=7)
    started(z, torch.full((2,), 4))
    assert (z.mT.flatten(0, 1) == started.books[0, 3]).all(1).any()


def test_dropout_draws_every_number_of_books_alike():
    torch.manual_seed(0)
    counts = torch.bincount(draw_books(8000, 8))
    assert counts[0] == 0 and len(counts) == 9 and (counts[1:] - 1000).abs().max() < 150


def test_perplexity_counts_codes_in_equal_use():
    assert perplexity(torch.arange(12) % 4, 256) == pytest.approx(4)
    assert perplexity(torch.zeros(9, dtype=torch.int64), 256) == pytest.approx(1)
