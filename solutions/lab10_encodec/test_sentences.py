"""What notebook 10 says of its figures, worked out again or looked up in what was recorded."""

import json

import pytest
import torch

from exercise_lib.codec import codec_training, networks, opus, seanet, spectra
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from solutions.exercise_lib import encodec

KEPT = LOCAL_DATA / "encodec"


@pytest.fixture(scope="module")
def speech() -> torch.Tensor:
    return SpeechCorpus(LOCAL_DATA / "mini")[1].waveform


def test_eight_books_of_1024_codes_are_6_kilobits():
    assert encodec.bit_rate(24_000, (2, 4, 5, 8), 8, 1024) == 6000
    assert encodec.bit_rate(16_000, (4, 4, 4, 5), 1, 256) == networks.CodecConfig().bits_per_second


def test_frame_37_is_the_first_that_hears_a_change_at_sample_12000(monkeypatch):
    monkeypatch.setattr(seanet, "encodec", encodec)
    torch.manual_seed(0)
    encoder, wave = seanet.SeanetEncoder().eval(), 0.1 * torch.randn(1, 1, 16_000)
    changed = wave.clone()
    changed[..., 12_000:] = 0
    with torch.inference_mode():
        differs = (encoder(wave) - encoder(changed)).abs().amax((0, 1)) > 1e-5
    assert int(differs.nonzero()[0]) == 37 == 12_000 // 320


def test_a_shift_of_a_millisecond_costs_the_waveform_all_and_the_spectra_little(speech):
    moved, backwards = speech.roll(16), speech.flip(0)

    def spectral(x: torch.Tensor) -> float:
        return float(encodec.spectral_loss(speech[None], x[None], spectra.SCALES))

    of_waveforms = (moved - speech).abs().mean() / (backwards - speech).abs().mean()
    assert 0.95 < of_waveforms < 1.1
    assert spectral(moved) / spectral(backwards) == pytest.approx(1 / 30, rel=0.1)


def test_one_book_after_1400_steps_is_as_good_as_eight_after_400():
    lines = (KEPT / "codec-live.jsonl").read_text().splitlines()
    log = {it["step"]: it for it in map(json.loads, lines)}
    assert log[1400]["stoi_1"] == pytest.approx(log[400]["stoi_8"], abs=0.005)
    gains = [log[1400][f"stoi_{n}"] for n in (1, 2, 8)]
    assert gains[1] - gains[0] > (gains[2] - gains[1]) / 6 > 0


def test_opus_is_better_by_pesq_and_worse_by_words():
    live = json.loads((KEPT / "codec-live.jsonl").read_text().splitlines()[-1])
    books = json.loads((KEPT / "scores.json").read_text())["books"]
    recorded = json.loads((KEPT / "scores.json").read_text())["Opus"]
    lowest = recorded["6"]
    assert 8 < lowest["kbps"] < 9 and 8 < opus.recorded()["6"]["kbps"] < 9
    assert max(it["pesq"] for it in books.values()) < lowest["pesq"]
    assert live["pesq_8"] < lowest["pesq"] and live["stoi_8"] < lowest["stoi"]
    assert books["1"]["wer"] < lowest["wer"]


def test_the_balancers_weights_add_up_to_7_1():
    assert codec_training.WEIGHTS == {
        "time": 0.1,
        "spectral": 1.0,
        "adversarial": 3.0,
        "features": 3.0,
    }


def test_in_500_steps_the_discriminator_has_learned_next_to_nothing():
    lines = (KEPT / "codec-adversarial.jsonl").read_text().splitlines()
    log = list(map(json.loads, lines))
    assert log[-1]["step"] == 500
    assert all(abs(it["loss_discriminator"] - 2) < 0.01 for it in log)
