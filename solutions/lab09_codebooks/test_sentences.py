"""What notebook 09 says of its figures, worked out again or looked up in what was recorded."""

import json
import math

import pytest
import torch
import torch.nn.functional as F

from exercise_lib.codes import book
from exercise_lib.codes.book import Book
from exercise_lib.images import vqvae, vqvae_training
from exercise_lib.images.render import render
from exercise_lib.images.scenes import draw_scenes
from exercise_lib.images.vqvae import KEPT
from exercise_lib.images.vqvae_training import VqvaeConfig
from exercise_lib.train import train
from solutions.exercise_lib import quantization

SCORES = json.loads((KEPT / "scores.json").read_text())
FRAMES = SCORES["frames"]


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (book, vqvae, vqvae_training):
        monkeypatch.setattr(module, "quantization", quantization)


def test_ten_times_as_many_codes_are_in_use_after_ten_batches_with_restarts():
    pictures = render(draw_scenes(400, seed=20))[8:] / 255
    every = F.pixel_unshuffle(pictures, 4).permute(0, 2, 3, 1).reshape(-1, 48)
    found = []
    for least in (1.0, 0.0):
        torch.manual_seed(0)
        one = Book(256, 48, decay=0.9, least=least)
        for _ in range(10):
            batch = every[torch.randint(len(every), (2048,))]
            codes = quantization.nearest(batch, one.codebook)
            one.learn(batch, codes)
        found.append(float(quantization.perplexity(codes, 256)))
    assert found[0] > 9 * found[1] and found[0] < 64


def test_eight_codes_a_picture_row_are_192_384_and_512_bits():
    assert [64 * math.log2(k) for k in (8, 64, 256)] == [192, 384, 512]


def test_the_error_falls_with_every_book_and_means_gain_little():
    in_a_row, alone = ([*it.values()] for it in SCORES["by books"].values())
    assert in_a_row == sorted(in_a_row, reverse=True) and in_a_row[7] < 0.9 * in_a_row[6]
    assert in_a_row[7] < 0.25 * in_a_row[0] and 0.7 < alone[7] / alone[0] < 0.8


def test_bit_for_bit_one_book_loses_less_as_long_as_frames_suffice():
    error = {name: it["error"] for name, it in FRAMES.items()}
    assert error["1 of 2^8"] < 0.9 * error["2 of 2^4"]
    assert (error["1 of 2^10"], error["2 of 2^5"]) == pytest.approx((0.053, 0.066), abs=0.001)
    assert error["1 of 2^12"] > 0.99 * error["1 of 2^10"]
    assert FRAMES["1 of 2^12"]["of those seen"] < 0.7 * error["1 of 2^12"]


def test_vector_for_vector_residual_books_win():
    few, many = FRAMES["8 of 2^6"], FRAMES["1 of 2^12"]
    assert (few["stored vectors"], many["stored vectors"]) == (512, 4096)
    assert few["error"] < 0.5 * many["error"]
    assert (
        FRAMES["8 of 2^10"]["stored vectors"] == 8192 and FRAMES["8 of 2^10"]["bits a frame"] == 80
    )


def test_the_kept_one_is_better_than_its_beginning():
    kept, begun, *_ = SCORES["pictures"].values()
    assert kept["psnr"] > 30 and kept["psnr"] > begun["psnr"] + 5
    assert kept["read rightly"] > 0.8


@pytest.mark.slow
def test_live_training_is_healthy_and_the_other_run_collapses(tmp_path):
    _, log = train("vqvae", tmp_path / "a", VqvaeConfig(), evaluate_every=300)
    assert log[-1]["psnr"] > 26 and log[-1]["perplexity"] > 80
    wrong = VqvaeConfig(steps=160, by_loss=True, from_chance=True, least=0.0)
    _, log = train("vqvae", tmp_path / "b", wrong, evaluate_every=160)
    assert log[-1]["psnr"] < 18 and log[-1]["perplexity"] < 10
