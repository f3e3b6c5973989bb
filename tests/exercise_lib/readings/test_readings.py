"""MELLE in small: it begins as a Tacotron, draws when it reads, and is trained and kept."""

import math
from pathlib import Path

import librosa
import pytest
import torch
import toy_tacotron
from lightning_fabric import Fabric
from matplotlib import pyplot as plt
from torch import Tensor

from benchmarks.melle import c4, differences
from exercise_lib.files.unusable import UnusableData
from exercise_lib.models import pretrained, tacotron_training
from exercise_lib.readings import melle_training, network, plots, speaking, widgets
from exercise_lib.readings.melle_training import MelleTask, MelleTrainingConfig
from exercise_lib.readings.network import Melle, MelleConfig, load_melle
from exercise_lib.readings.pitch import SAMPLE_RATE, contours
from exercise_lib.readings.speaking import Reader, Reading
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.text import SYMBOLS
from exercise_lib.train import session
from exercise_lib.train.session import find_task
from solutions.exercise_lib import attention, mel, melle, tacotron2

SECONDS = 1.5


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    monkeypatch.setattr(network, "tacotron2", tacotron2)
    monkeypatch.setattr(network, "melle", melle)
    monkeypatch.setattr(melle_training, "melle", melle)
    monkeypatch.setattr(speaking, "mel", mel)
    monkeypatch.setattr(pretrained, "tacotron2", tacotron2)
    for name, module in {"attention": attention, "mel": mel, "tacotron2": tacotron2}.items():
        monkeypatch.setattr(tacotron_training, name, module)


@pytest.fixture
def small(monkeypatch) -> Melle:
    monkeypatch.setattr(tacotron2, "laptop", lambda *_: toy_tacotron.TINY)
    torch.manual_seed(0)
    return Melle(MelleConfig(len(SYMBOLS), 2, hidden=5)).eval()


def tokens(n: int = 6) -> Tensor:
    return torch.arange(1, n + 1)


def test_a_melle_that_starts_from_a_tacotron_reads_as_it_does_at_temperature_0(small):
    torch.manual_seed(1)
    tacotron = tacotron2.Tacotron2(toy_tacotron.TINY).eval()
    small.start_from(tacotron)
    with speaking.prenet_dropout(tacotron, False), speaking.prenet_dropout(small, False):
        theirs = tacotron.infer(tokens(), 7)
        ours = small.infer(tokens(), 7, temperature=0.0)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


def test_with_true_frames_it_predicts_what_it_is_fed_back(small):
    lengths, spectrogram = torch.tensor([6, 4]), torch.randn(2, 4, 10)
    its = small(torch.stack([tokens(), tokens()]), lengths, spectrogram)
    assert its.mu.shape == its.log_variance.shape == its.after.shape == (2, 4, 10)
    assert its.gates.shape == (2, 5) and its.weights.shape == (2, 5, 6)


def test_readings_differ_by_their_seed_alone_and_only_where_something_is_drawn(small):
    def read(seed: int, temperature: float, dropout: bool) -> Tensor:
        torch.manual_seed(seed)
        with speaking.prenet_dropout(small, dropout):
            return small.infer(tokens(), 5, temperature)[0]

    assert torch.equal(read(0, 0.0, False), read(1, 0.0, False))
    assert torch.equal(read(0, 1.0, True), read(0, 1.0, True))
    for temperature, dropout in ((1.0, False), (0.0, True)):
        assert not torch.equal(read(0, temperature, dropout), read(1, temperature, dropout))


def test_what_was_drawn_is_heard_by_the_next_step(small):
    def weights(seed: int) -> Tensor:
        torch.manual_seed(seed)
        with speaking.prenet_dropout(small, False):
            return small.infer(tokens(), 5)[2]

    first, other = weights(0), weights(1)
    assert torch.equal(first[0], other[0]) and not torch.equal(first[1:], other[1:])


def test_the_prenet_speaks_with_dropout_again_afterwards(small):
    prenet = small.tacotron.decoder.prenet
    x = torch.ones(50, 4)
    with pytest.raises(KeyError), speaking.prenet_dropout(small, False):
        assert torch.equal(prenet(x), prenet(x))
        raise KeyError
    assert not torch.equal(prenet(x), prenet(x))


def test_a_task_begins_with_the_kept_tacotron_and_learns_from_all_losses(monkeypatch):
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    config = MelleTrainingConfig(reduction_factor=2, steps=4, batch=2, start="kept")
    assert find_task("melle") is MelleTask
    task = MelleTask(config, corpus, Fabric(accelerator="cpu"))
    before = {name: it.detach().clone() for name, it in task.network.named_parameters()}
    scores = task.training_step(0, Fabric(accelerator="cpu"))
    assert scores.keys() == {"loss", "mel", "kl", "flux", "gate", "sigma"}
    assert scores["mel"] < 0.6 and scores["flux"] < 0 < scores["kl"]
    assert scores["sigma"] == pytest.approx(math.exp(network.QUIET / 2), abs=0.05)
    stayed = {k for k, it in task.network.named_parameters() if torch.equal(it, before[k])}
    assert stayed <= {"mlp.0.weight", "mlp.0.bias"}  # behind them are zeros yet


def test_weights_that_are_missing_are_told(tmp_path):
    with pytest.raises(UnusableData, match=r"no melle.safetensors. Copy data/melle"):
        load_melle(tmp_path)


def test_the_kept_melle_reads_and_stops():
    reader = Reader(load_melle(LOCAL_DATA / "melle"), pretrained.load_vocoder())
    text = "That blue bird listened, but George feared a poem."
    first, again, other = (reader.read(text, seed) for seed in (0, 0, 1))
    assert first.stopped and 2 < first.seconds < 3.5
    assert torch.equal(first.waveform, again.waveform)
    assert first.log_mel.shape != other.log_mel.shape or not first.log_mel.equal(other.log_mel)
    assert 70 < float(contours([first.waveform, other.waveform])[0].nanmean()) < 140
    assert sum(it.numel() for it in reader.network.parameters()) < 1.5e6
    assert Path(LOCAL_DATA / "melle" / "melle.safetensors").stat().st_size < 3e6


def tone(hertz: float) -> Reading:
    seconds = torch.arange(int(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = [torch.sin(2 * math.pi * k * hertz * seconds) / k for k in range(1, 6)]
    spectrogram = torch.full((80, int(SECONDS * 62.5)), -5.0)
    return Reading(spectrogram, 0.3 * torch.stack(harmonics).sum(0), True)


def test_readings_of_tones_are_as_far_apart_as_the_tones():
    f0, shared = contours([tone(110.0).waveform, tone(114.0).waveform[:-2000]])
    assert f0.nanmedian(dim=1).values.tolist() == pytest.approx([110, 114], rel=0.01)
    assert f0.shape == (2, len(shared)) and 109 < float(shared.median()) < 115
    assert float((f0[0] / shared).log().nan_to_num().std()) < 0.02


def test_a_reading_far_from_the_others_is_looked_for_near_them():
    f0, _ = contours([tone(100.0).waveform] * 3 + [tone(150.0).waveform])
    assert float(f0[3].nan_to_num(100).max()) < 113


@pytest.mark.slow  # pYIN compiles itself
def test_pitch_is_that_of_probabilistic_yin_where_both_hear_a_voice():
    waveform = SpeechCorpus(LOCAL_DATA / "mini")[0].waveform
    ours = contours([waveform])[0][0]
    heard = librosa.pyin(
        waveform.numpy(), fmin=60, fmax=400, sr=SAMPLE_RATE, frame_length=1024, hop_length=256
    )
    theirs = torch.from_numpy(heard[0])[: len(ours)]
    both = (ours / theirs).log2()
    both = both[~both.isnan()]
    assert len(both) > 0.2 * len(ours)
    assert (both.abs() < 0.1).float().mean() > 0.9


def test_noise_has_no_pitch():
    noise = 0.1 * torch.randn(8000, generator=torch.Generator().manual_seed(0))
    assert contours([noise])[0].isnan().float().mean() > 0.7


def test_figures_say_what_they_show():
    readings = [tone(100.0), tone(120.0)]
    assert "1.49, 1.49 s" in plots.spectrograms(readings).get_label()
    assert "per cent apart" in plots.pitches({"toy": readings}).get_label()
    row = {"pitch": 0.02, "pitch error": 0.001, "length": 0.01}
    assert "toy: pitch 2.0, length 1.0" in plots.spreads({"toy": row}).get_label()
    assert "wide" in plots.drowned(readings[0].log_mel, {"wide": readings[1].log_mel}).get_label()
    widgets.draw_reading(readings[0], readings)
    plt.close("all")


def test_few_readings_are_no_less_spread_than_many():
    assert c4(2) == pytest.approx(math.sqrt(2 / math.pi))
    generator = torch.Generator().manual_seed(0)
    for n in (2, 10):
        drawn = 0.03 * torch.randn(2000, n, 2, generator=generator)
        row = differences([[tuple(it) for it in its] for its in drawn.tolist()])
        assert row["pitch"] == pytest.approx(0.03, abs=0.002)
        assert row["texts"] == 2000


def test_a_task_is_found_where_other_folders_were_not_handed_out(monkeypatch):
    monkeypatch.setattr(session, "PLACES", ("images_that_are_not_there", "readings"))
    assert find_task("melle") is MelleTask
