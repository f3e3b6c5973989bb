"""The oracle for voices, on speech that is played at other speeds."""

import soxr
import torch

from exercise_lib.codec.speakers import SpeakerOracle
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus


def test_voices_of_other_sizes_are_told_apart_on_other_sentences():
    speech = [it.waveform.numpy() for it in SpeechCorpus(LOCAL_DATA / "mini")]
    voices = {"small": 1.3, "as it was": 1.0, "large": 0.8}

    def said(number: int, factor: float) -> torch.Tensor:
        return torch.from_numpy(soxr.resample(speech[number], 16_000 * factor, 16_000))

    shown = [(said(n, factor), name) for name, factor in voices.items() for n in range(4)]
    whose = SpeakerOracle(*zip(*shown, strict=True))
    for name, factor in voices.items():
        assert [whose(said(n, factor)) for n in (4, 5)] == [name, name]
