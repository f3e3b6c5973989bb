"""The quantisation master against trusted libraries, hand-computed values and gradients."""

import math

import numpy as np
import pytest
import torch
from scipy.cluster.vq import vq
from scipy.stats import entropy
from solutions.exercise_lib.quantization import (
    bit_rate,
    decode_codes,
    draw_books,
    ema_update,
    nearest,
    perplexity,
    residual_quantize,
    restart_dead,
    straight_through,
    vq_loss,
)
from torch import Tensor
from torch.autograd import grad


def randn(*shape: int, seed: int = 0, needs_grad: bool = False) -> Tensor:
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return x.requires_grad_(needs_grad)


def close(got: Tensor, expected: float | Tensor) -> None:
    expected = torch.as_tensor(expected, dtype=got.dtype)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)


def test_nearest_equals_scipys_and_torchs():
    vectors, book = randn(200, 5), 2 * randn(30, 5, seed=1) + 1
    codes = nearest(vectors, book)
    found, distances = vq(vectors.numpy(), book.numpy())
    assert codes.dtype == torch.int64 and np.array_equal(codes.numpy(), found)
    assert torch.equal(codes, torch.cdist(vectors, book).argmin(1))
    close((vectors - book[codes]).norm(dim=1), torch.from_numpy(distances))


def test_straight_through_has_the_codes_values_and_the_vectors_gradient():
    z, q = randn(3, 4, needs_grad=True), randn(3, 4, seed=1, needs_grad=True)
    y = straight_through(z, q)
    close(y, q)
    by_z, by_q = grad((y * torch.arange(12.0).reshape(3, 4)).sum(), (z, q), allow_unused=True)
    assert torch.equal(by_z, torch.arange(12.0).reshape(3, 4)) and by_q is None


def test_vq_loss_pulls_codes_and_vectors_as_its_terms_say():
    z, q = randn(6, 2, needs_grad=True), randn(6, 2, seed=1, needs_grad=True)
    loss = vq_loss(z, q, beta=0.3)
    close(loss, 1.3 * torch.nn.functional.mse_loss(z, q))
    by_z, by_q = grad(loss, (z, q))
    close(by_q, 2 * (q - z) / 12)
    close(by_z, 0.3 * 2 * (z - q) / 12)


def test_moving_averages_come_to_the_means_of_what_is_repeated():
    vectors, codes = randn(40, 3), torch.arange(40) % 4
    counts, sums, book = torch.ones(5), randn(5, 3), randn(5, 3)
    for _ in range(200):
        counts, sums, book = ema_update(counts, sums, vectors, codes, 0.9)
    close(counts[:4], torch.full((4,), 10.0))
    close(book[:4], torch.stack([vectors[codes == k].mean(0) for k in range(4)]))
    assert counts[4] < 1e-8 and book[4].isfinite().all()


def test_one_update_by_hand():
    counts, sums = torch.tensor([2.0, 4.0]), torch.tensor([[2.0], [8.0]])
    vectors, codes = torch.tensor([[3.0], [5.0]]), torch.tensor([0, 0])
    new = ema_update(counts, sums, vectors, codes, 0.5)
    for got, expected in zip(new, ([2.0, 2.0], [[5.0], [4.0]], [[2.5], [2.0]]), strict=True):
        close(got, torch.tensor(expected))
    assert counts.tolist() == [2, 4]


def test_perplexity_equals_scipys():
    codes = torch.randint(7, (3, 50), generator=torch.Generator().manual_seed(0)) ** 2 % 7
    shares = np.bincount(codes.flatten().numpy(), minlength=9)
    close(perplexity(codes, 9), math.exp(entropy(shares)))
    close(perplexity(torch.arange(256), 256), 256.0)
    close(perplexity(torch.full((9,), 3), 256), 1.0)


def test_a_dead_code_begins_at_its_candidate_and_stays_there_for_a_batch_of_its_share():
    counts, candidates = torch.tensor([5.0, 0.1, 2.0]), randn(3, 2, seed=2)
    sums = randn(3, 2)
    new_counts, new_sums, book = restart_dead(counts, sums, candidates, 2.0)
    assert new_counts.tolist() == [5, 2, 2]
    close(book[1], candidates[1])
    close(book[[0, 2]], (sums / counts[:, None])[[0, 2]])
    vectors, codes = candidates[[1, 1]], torch.tensor([1, 1])
    kept = ema_update(new_counts, new_sums, vectors, codes, 0.9)
    close(kept[0][1], 2.0)
    close(kept[2][1], candidates[1])


def test_residual_quantisation_equals_scipys_book_by_book():
    vectors = randn(50, 4)
    books = torch.stack([0.6**i * randn(16, 4, seed=i + 1) for i in range(5)])
    y, codes, commitments = residual_quantize(vectors, books)
    residual = vectors.numpy()
    for i, book in enumerate(books.numpy()):
        found, distances = vq(residual, book)
        assert np.array_equal(codes[:, i].numpy(), found)
        close(commitments[i], float((distances**2).mean() / 4))
        residual = residual - book[found]
    close(vectors - y, torch.from_numpy(residual))
    close(y, decode_codes(codes, books))


def test_each_books_commitment_pulls_the_vectors_by_its_own_residual():
    z, books = randn(9, 3, needs_grad=True), randn(4, 6, 3, seed=1, needs_grad=True)
    y, codes, commitments = residual_quantize(z, books)
    left = z.detach()
    for i in range(4):
        left = left - books[i][codes[:, i]].detach()
        by_z, by_books = grad(commitments[i], (z, books), retain_graph=True, allow_unused=True)
        close(by_z, 2 * left / 27)
        assert by_z.abs().sum() > 0.1 and by_books is None
    by_z, by_books = grad(y.sum(), (z, books), allow_unused=True)
    assert torch.equal(by_z, torch.ones(9, 3)) and by_books is None


def test_fewer_books_are_the_sum_of_the_first_ones():
    books, codes = randn(3, 5, 2), torch.tensor([[0, 1, 2], [3, 4, 0]])
    close(decode_codes(codes, books, torch.tensor([1, 2]))[0], books[0, 0])
    close(decode_codes(codes, books, torch.tensor([1, 2]))[1], books[0, 3] + books[1, 4])
    close(decode_codes(codes, [*books]), decode_codes(codes, books, torch.tensor([3, 3])))


@pytest.mark.parametrize("n", [1, 5, 6, 7, 8, 9, 32])
def test_each_number_of_books_is_drawn_equally_often(n):
    draws = torch.linspace(0, 1, 1000 * n + 1)[:-1]
    counts = torch.bincount(draw_books(draws, n), minlength=n + 1)
    assert counts[0] == 0 and len(counts) == n + 1
    assert (counts[1:] - 1000).abs().max() <= 1
    largest = torch.nextafter(torch.tensor([1.0]), torch.tensor([0.0]))
    assert draw_books(largest, n).item() == n


def test_encodecs_published_rates():
    """Défossez et al. (2022): 75 frames per second of books of 1024 codes, 1.5 to 24 kbit/s."""
    rates = [bit_rate(n, 1024, 320, 24_000) for n in (2, 4, 8, 16, 32)]
    assert rates == [1500, 3000, 6000, 12_000, 24_000]
