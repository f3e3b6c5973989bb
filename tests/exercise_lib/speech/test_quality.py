"""PESQ and STOI: each where its package is, neither in the other's way."""

import sys

import pytest
import torch

from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.quality import perceived_quality


@pytest.fixture(scope="module")
def speech() -> torch.Tensor:
    return SpeechCorpus(LOCAL_DATA / "mini")[0].waveform


def test_the_recording_itself_is_perfect_and_noise_makes_it_worse(speech):
    pytest.importorskip("pesq")
    clean = perceived_quality(speech, speech)
    torch.manual_seed(0)
    noisy = perceived_quality(speech, speech + 0.05 * torch.randn_like(speech))
    assert clean["pesq"] > 4.5 and clean["stoi"] == pytest.approx(1, abs=1e-3)
    assert noisy["pesq"] < 2 and noisy["stoi"] < 0.95


@pytest.mark.parametrize(
    ("missing", "left"), [({"pesq"}, {"stoi"}), ({"pystoi"}, {"pesq"}), ({"pesq", "pystoi"}, set())]
)
def test_one_measure_does_without_the_other(speech, monkeypatch, missing, left):
    if "pesq" in left:
        pytest.importorskip("pesq")
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    assert set(perceived_quality(speech, speech)) == left
