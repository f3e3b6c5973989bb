"""The laptop's codec: shapes, training that resumes exactly, what is measured of copies."""

import shutil
from pathlib import Path

import librosa
import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from exercise_lib.codec import codec_training, discriminator, measures, networks, opus, spectra
from exercise_lib.codec.codec_training import CodecTask, CodecTrainingConfig
from exercise_lib.codec.networks import Codec, CodecConfig, load_codec
from exercise_lib.files.unusable import UnusableData
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import encodec

TINY = {"segment": 4160, "batch": 1, "quantized_from": 1}
MINI = LOCAL_DATA / "mini"
SMALL = CodecConfig(channels=8, hidden=8, encoder_blocks=1, decoder_blocks=1, dimensions=4)


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (codec_training, discriminator):
        monkeypatch.setattr(module, "encodec", encodec)
    monkeypatch.setattr(codec_training, "Codec", lambda: Codec(SMALL))
    monkeypatch.setattr(codec_training, "JUDGED", 1)


@pytest.fixture
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def test_log_mels_equal_librosas():
    x = 0.1 * torch.randn(2, 4000, generator=torch.Generator().manual_seed(0))
    n_fft = 512
    padded = np.pad(x[0].numpy(), ((n_fft - 128) // 2,) * 2, mode="reflect")
    magnitudes = np.abs(librosa.stft(padded, n_fft=n_fft, hop_length=128, center=False))
    window = librosa.filters.get_window("hann", n_fft)
    filters = librosa.filters.mel(sr=16_000, n_fft=n_fft, n_mels=64)
    filters /= filters.sum(1, keepdims=True)
    expected = np.log(np.maximum(filters @ magnitudes / np.linalg.norm(window), spectra.FLOOR))
    found = spectra.log_mel(x, n_fft)[0]
    torch.testing.assert_close(found, torch.from_numpy(expected).float(), atol=1e-3, rtol=1e-3)


def test_fifty_frames_a_second_and_back_for_any_number_of_books():
    codec = Codec(SMALL).eval()
    codes = codec.encode(torch.randn(16_001) / 10)
    assert codes.shape == (8, 51) and codes.dtype == torch.int64
    assert codec.decode(codes).shape == codec.decode(codes, 1).shape == (51 * 320,)
    assert CodecConfig().bits_per_second == 400


def test_stopped_and_resumed_equals_uninterrupted_with_the_discriminator(tmp_path):
    config = CodecTrainingConfig(**TINY, steps=4, adversarial_from=1)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("codec", tmp_path / "whole", config, MINI, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("codec", half, config, MINI, **every)
    assert [it["step"] for it in log] == [2, 4] and "loss_features" in log[1]
    runs = [load_checkpoint(it)["modules"] for it in (tmp_path / "whole", half)]
    for name in ("codec", "discriminators"):
        a, b = (it[name] for it in runs)
        assert all(torch.equal(a[key], b[key]) for key in a)
    start = CodecTrainingConfig(**TINY, steps=1, start=str(half))
    task = CodecTask(start, SpeechCorpus(MINI), Fabric(accelerator="cpu"))
    assert all(
        torch.equal(value, b)
        for value, b in zip(
            task.network.state_dict().values(), runs[1]["codec"].values(), strict=True
        )
    )


def test_a_start_that_is_not_there_is_told(tmp_path, fabric):
    config = CodecTrainingConfig(**TINY, start=str(tmp_path))
    with pytest.raises(UnusableData, match="no checkpoint to start from"):
        CodecTask(config, SpeechCorpus(MINI), fabric)


def test_kept_weights_that_are_missing_or_damaged_are_told(tmp_path):
    with pytest.raises(UnusableData, match="Copy data/encodec"):
        load_codec(tmp_path)
    (tmp_path / "codec.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_codec(tmp_path)


def test_words_wrong_missing_and_too_many_are_counted():
    heard = [["the", "bat", "sat"], ["on", "a", "a", "mat"]]
    assert measures.word_error_rate(["The cat sat.", "On a mat"], heard) == pytest.approx(2 / 6)


def test_opus_is_recorded_and_where_installed_it_copies():
    recorded = opus.recorded()
    assert [int(it) for it in recorded] == list(opus.RATES)
    assert all(row["kbps"] > int(asked) for asked, row in recorded.items())
    if not opus.is_installed():
        pytest.skip("needs opusenc")
    speech = SpeechCorpus(MINI)[0].waveform
    (copy,), kbps = opus.opus_copies([speech], 16)
    assert len(copy) == len(speech) and 14 < kbps < 22
    assert torch.corrcoef(torch.stack([copy, speech]))[0, 1] > 0.8


def test_the_kept_codec_is_understood_by_its_size():
    path = Path(networks.find_kept("encodec")) / "codec.safetensors"
    assert path.stat().st_size < 8e6
    codec = load_codec()
    speech = SpeechCorpus(MINI)[0].waveform
    copy = codec.decode(codec.encode(speech))[: len(speech)]
    distance = encodec.spectral_loss(speech[None], copy[None], spectra.SCALES)
    assert distance < 1.2
