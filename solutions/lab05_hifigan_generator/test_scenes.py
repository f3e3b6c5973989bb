"""What the scene of the folds asks: a recording and its copies, ready for a browser."""

import base64
import io

import numpy as np
import pytest
import soundfile

from solutions.lab05_hifigan_generator.scenes.source import LOUD, load


def test_a_recording_comes_with_its_copies_sample_for_sample():
    answers = load(str, recorded=True)
    question = next(answers.questions())
    found = answers.answer(question)
    labels = [it["label"] for it in found["sounds"]]
    assert labels == ["recording", "Griffin-Lim", "Vocos, no GAN", "Vocos, then GAN"]

    def heard(packed: str) -> np.ndarray:
        samples, rate = soundfile.read(io.BytesIO(base64.b64decode(packed)))
        assert rate == answers.facts["sample_rate"]
        return samples

    real, *copies = (heard(it["flac"]) for it in found["sounds"])
    waveform = answers.corpus[0].waveform[: len(real)].numpy()
    assert np.abs(real - waveform).max() < 1e-4 and len({len(it) for it in (real, *copies)}) == 1
    for it, copy in zip(found["sounds"][1:], copies, strict=True):
        alike = np.corrcoef(real, copy)[0, 1]
        assert f"correlate {alike:.2f}." in it["told"] and f"correlation {alike:.2f}" in it["note"]
    energies = np.convolve(real**2, np.ones(LOUD), "valid")
    assert energies[found["loudest"]] > 0.9 * energies.max()
    words = [word for word, _ in found["words"]]
    starts = [start for _, start in found["words"]]
    assert " ".join(words) == answers.corpus[0].text and starts == sorted(starts)


def test_what_no_scene_asks_is_refused():
    answers = load(str, recorded=False)
    for question in (["copies", "none"], ["copies"], ["other", 1], []):
        with pytest.raises(ValueError, match=r"ask \[\"copies\""):
            answers.answer(question)
