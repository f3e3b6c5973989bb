"""Books follow what they quantise; frames come back as they were kept; their figures say so."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

from exercise_lib.codes import book, plots, residual_books, widgets
from exercise_lib.codes.book import Book
from exercise_lib.codes.frames import Frames, error_by_books, packed, read_frames, unpacked
from exercise_lib.codes.residual_books import ResidualBooks, fit_books
from exercise_lib.figures import in_words
from exercise_lib.files.unusable import UnusableData
from solutions.exercise_lib import quantization


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (book, residual_books):
        monkeypatch.setattr(module, "quantization", quantization)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def frames() -> Frames:
    return read_frames()


def vectors(n: int = 600, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(seed))


def test_a_book_begins_with_vectors_and_its_dead_codes_begin_anew():
    torch.manual_seed(0)
    far, its = Book(8, 6, decay=0.5, least=1.0), vectors() + 50
    assert not torch.isin(far.codebook, its).any()
    codes = quantization.nearest(its, far.codebook)
    assert len(codes.unique()) < 8
    far.learn(its, codes)
    assert len(quantization.nearest(its, far.codebook).unique()) > len(codes.unique())
    begun = Book(8, 6)
    begun.begin_from(its)
    assert torch.isin(begun.codebook, its).all()
    torch.testing.assert_close(begun.sums / begun.counts[:, None], begun.codebook)


def test_without_a_limit_no_code_begins_anew_and_by_loss_nothing_follows():
    torch.manual_seed(0)
    its = vectors() + 50
    codes = torch.zeros(len(its), dtype=torch.int64)
    for one in (Book(8, 6, least=0.0), Book(8, 6, by_loss=True)):
        before = one.codebook.detach().clone()
        one.learn(its, codes)
        torch.testing.assert_close(one.codebook[1:].detach(), before[1:])
        assert torch.equal(one.codebook[0], before[0]) == one.by_loss


def test_books_are_state_and_only_training_moves_them():
    torch.manual_seed(0)
    books, its = ResidualBooks(3, 16, 6), vectors()
    books.begin_from(its)
    assert {"books.2.codebook", "books.2.counts", "books.2.sums"} <= books.state_dict().keys()
    assert not list(books.parameters())
    before = [it.clone() for it in books.codebooks]
    books.eval()(its)
    assert all(map(torch.equal, books.codebooks, before))
    first = books.train()(its)[2]
    assert not any(map(torch.equal, books.codebooks, before))
    for _ in range(60):
        last = books(its)[2]
    assert (last < first).all() and (last[1:] < last[:-1]).all()


def test_each_book_follows_what_those_before_it_left():
    torch.manual_seed(0)
    books, left = ResidualBooks(3, 16, 6, decay=0.0, least=0.0), vectors()
    books.begin_from(left)
    before = [it.clone() for it in books.codebooks]
    codes = books(left)[1]
    for i, now in enumerate(books.codebooks):
        code = codes[0, i]
        torch.testing.assert_close(now[code], left[codes[:, i] == code].mean(0))
        left = left - before[i][codes[:, i]]


def test_a_book_follows_only_those_who_use_it():
    torch.manual_seed(0)
    books, its = ResidualBooks(3, 16, 6, least=0.0), vectors()
    books.begin_from(its)
    before = [it.clone() for it in books.codebooks]
    used = torch.ones(len(its), dtype=torch.int64)
    y, codes, _ = books(its, used)
    torch.testing.assert_close(y, before[0][codes[:, 0]])
    same = [torch.equal(a, b) for a, b in zip(before, books.codebooks, strict=True)]
    assert same == [False, True, True]


def test_fitting_follows_from_its_seed_and_leaves_torchs_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    a, b = (fit_books(vectors(), 2, 8, steps=3, batch=64) for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert all(map(torch.equal, a.codebooks, b.codebooks)) and not a.training


def test_more_books_lose_less_of_sentences_not_seen(frames):
    books = fit_books(frames.train, 8, 32, steps=15)
    errors = error_by_books(frames.test, books)
    assert errors == sorted(errors, reverse=True) and len(set(errors)) == 8
    assert errors[7] < errors[0] / 2 < 0.5


def test_frames_have_mean_0_variance_1_and_the_sentences_are_the_test_frames(frames):
    assert frames.train.mean(0).abs().max() < 1e-4
    assert float(frames.train.square().mean()) == pytest.approx(1, abs=1e-3)
    assert torch.equal(torch.cat([*frames.sentences.values()]), frames.test)
    first = next(iter(frames.sentences.values()))
    assert frames.log_mel(first).shape == (80, len(first))
    assert frames.log_mel(first).min() > -11.7 and frames.log_mel(first).max() < 3


def test_packing_is_right_to_half_a_step():
    true = np.random.default_rng(0).uniform(-11.5, 2, (30, 80)).astype(np.float32)
    assert np.abs(unpacked(packed(true)).numpy() - true).max() <= 0.0601


def test_missing_and_damaged_frames_are_said(tmp_path):
    for _ in range(2):
        with pytest.raises(UnusableData, match="Copy data/codebooks"):
            read_frames(tmp_path)
        (tmp_path / "frames.npz").write_bytes(b"damaged")


def test_figures_show_the_numbers_they_are_given(frames):
    ax = plots.by_books({"these": [0.5, 0.2, 0.1], "others": [0.5, 0.5, 0.5]})
    assert ax.get_yscale() == "log" and ax.get_xticks().tolist() == [1, 2, 3]
    rows = [plots.Measured(8, 256, 0.06), plots.Measured(10, 1024, 0.04)]
    figure = plots.cost_and_error({"one book": rows})
    left, right = (ax.lines[0].get_xdata().tolist() for ax in figure.axes)
    assert (left, right) == ([8, 10], [256, 1024])
    assert "8 bits, 256 vectors, error 0.060" in in_words(figure)
    text, its = next(iter(frames.sentences.items()))
    shown = plots.spectrograms({text: frames.log_mel(its), "again": frames.log_mel(its)})
    assert text in in_words(shown)


@pytest.mark.slow
def test_the_explorer_draws_and_plays_some_books(frames):
    asked = []

    def quantized(its, used):
        asked.append(used)
        return its

    box = widgets.books_explorer(frames, quantized, n_books=4, bits_per_book=8)
    assert asked == [4, 4]
    sentence, used = box.children[0].children
    used.value = 2
    assert asked == [4, 4, 2, 2] and len(sentence.options) == len(frames.sentences)
