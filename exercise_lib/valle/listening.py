"""What is heard in speech: which digits, and whose voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from exercise_lib.codec.speakers import voice_features
from exercise_lib.files.unusable import UnusableData
from exercise_lib.speech.recognise import Recogniser
from exercise_lib.valle.digits import words_of_digits
from exercise_lib.valle.places import folder_of


def digit_recogniser() -> Recogniser:
    """Return a recogniser that knows the ten digits, each as likely behind any other."""
    pairs = (f"{a}{b}" for a in range(10) for b in range(10))
    return Recogniser(words_of_digits(pair) for pair in pairs)


@dataclass(frozen=True, eq=False)
class VoiceOracle:
    """A linear classifier of voices that it has been shown, by `voice_features`."""

    names: list[str]
    weights: np.ndarray  # (voices, features)
    offsets: np.ndarray  # (voices,)

    @classmethod
    def fitted(cls, waveforms: Sequence[Tensor], names: Sequence[str]) -> VoiceOracle:
        """Fit it to speech `(samples,)` at 16 kHz: discriminant analysis, a shrunk covariance."""
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        model.fit(np.stack([voice_features(it) for it in waveforms]), names)
        return cls(model.classes_.tolist(), model.coef_, model.intercept_)

    def scores(self, waveform: Tensor) -> np.ndarray:
        """Return how much a waveform `(samples,)` is like each voice, `(voices,)`."""
        return self.weights @ voice_features(waveform) + self.offsets

    def __call__(self, waveform: Tensor) -> str:
        """Return whose voice it is most like."""
        return self.names[int(self.scores(waveform).argmax())]

    def save(self, path: Path) -> None:
        weights, offsets = self.weights.astype(np.float32), self.offsets.astype(np.float32)
        np.savez_compressed(path, names=np.array(self.names), weights=weights, offsets=offsets)


def load_oracle(folder: Path | None = None) -> VoiceOracle:
    """Return the kept oracle of the 28 voices.

    Raises: UnusableData: it is missing or damaged.
    """
    path = (folder or folder_of("digits")) / "oracle.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return VoiceOracle(file["names"].tolist(), file["weights"], file["offsets"])
    except (OSError, ValueError, KeyError) as error:
        raise UnusableData(f"{path} cannot be read ({error}). Restore it.") from error
