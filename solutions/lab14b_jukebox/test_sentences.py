"""What notebook 14b says of its figures, worked out again or looked up in what was recorded."""

import json
from pathlib import Path

import torch

from exercise_lib.music.pieces import draw_pieces
from exercise_lib.music.render import render
from solutions.exercise_lib import vq_music

SCORES = json.loads((Path(__file__).parents[2] / "data" / "jukebox" / "scores.json").read_text())
ATTRIBUTES = ("instrument", "contour", "register", "tempo", "drums")


def mean(row: dict[str, float]) -> float:
    return sum(row[it] for it in ATTRIBUTES) / len(ATTRIBUTES)


def test_the_spectral_loss_hears_what_samples_do_not_show():
    x = render(draw_pieces(8, 21, held_out=True))
    spectrum = torch.fft.rfft(x)
    spectrum[:, 6000:] = 0
    dull, later = torch.fft.irfft(spectrum, x.shape[1]), x.roll(32, 1)

    def errors(x_hat: torch.Tensor) -> tuple[float, float]:
        of_samples = (x - x_hat).square().mean() / x.square().mean()
        return float(of_samples), float(vq_music.multi_resolution_stft(x, x_hat, (512, 1024, 2048)))

    (error_later, heard_later), (error_dull, heard_dull) = errors(later), errors(dull)
    assert error_later > 1 and error_dull < 0.02
    assert 8 * heard_later < heard_dull < 11 * heard_later


def test_copies_of_both_levels_keep_what_the_oracle_asks_for():
    copies = SCORES["copies"]
    for name in ("top", "bottom", "top codes, upsampled"):
        assert min(copies[name][it] for it in ATTRIBUTES) > 0.95 and copies[name]["all"] > 0.9
    error = copies["top"]["largest standard error"] + copies["bottom"]["largest standard error"]
    assert abs(copies["top"]["all"] - copies["bottom"]["all"]) < error


def test_a_book_that_is_left_dead_lives_on_few_codes():
    alive, dead = (
        [float(it) for it in SCORES["collapse"][name]["perplexity, 3 seeds"].split()]
        for name in ("restarted", "left dead")
    )
    assert min(alive) > 300 and max(dead) < 70


def test_a_cold_prior_uses_fewer_codes_than_data_and_a_warm_one_more():
    rows = SCORES["temperatures"]
    data, cold, mild, warm = (
        rows[it] for it in ("data", *(f"temperature {it}" for it in ("0.05", "1", "1.3")))
    )
    assert 0.6 < cold["perplexity"] / data["perplexity"] < 0.75
    assert mild["perplexity"] < data["perplexity"] < warm["perplexity"]
    assert mean(cold) > mean(mild) > mean(warm) + 0.03


def test_what_is_asked_is_played_on_both_levels():
    for name, row in SCORES["prompts"].items():
        if name.startswith("both"):
            assert min(row[it] for it in ATTRIBUTES) > 0.9
            assert row["all"] > SCORES["copies"]["top codes, upsampled"]["all"] - 0.1
    live = SCORES["prompts"]["live prior, top level"]
    assert {"contour", "tempo"} == set(sorted(ATTRIBUTES, key=live.__getitem__)[:2])


def test_an_opening_says_contour_tempo_register_and_drums():
    given, nothing = (SCORES["openings"][it] for it in ("a second given", "nothing given"))
    for it in ("contour", "tempo", "register", "drums"):
        assert given[it] > nothing[it] + 0.3


def test_upper_codes_tell_the_lower_ones_nearly_all():
    upsampler = SCORES["codes"]["upsampler"]
    assert upsampler["own"] < 0.1 * 6.93 < upsampler["another's"]
