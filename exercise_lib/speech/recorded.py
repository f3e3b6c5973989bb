"""Attention energies recorded while small synthesisers were trained (see data/README.md)."""

from __future__ import annotations

import json
from pathlib import Path

from torch import Tensor

from exercise_lib.speech.data import LOCAL_DATA, DataError

RECORDING = LOCAL_DATA / "attention" / "recorded.safetensors"


class RecordedAttention:
    """What the attention of several training runs looked at, for the utterances of data/mini.

    Args:
        path: the recording, written by data/record_attention.py.

    Raises:
        DataError: the file is missing or damaged.
    """

    def __init__(self, path: Path = RECORDING) -> None:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt") as file:
                about = json.loads(file.metadata()["recording"])
                self._energies = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, TypeError, KeyError) as error:
            raise DataError(f"{path} cannot be read ({error}). Restore it.") from error
        self.texts: dict[str, str] = about["utterances"]  # utterance id -> text
        self.steps: dict[str, list[int]] = about["runs"]  # run -> training steps recorded
        self.hop_length: int = about["hop_length"] * about["reduction_factor"]  # samples per step
        self.seconds_per_step: float = self.hop_length / about["sample_rate"]
        self._scores: dict[str, dict[str, float]] = about["scores"]

    def energies(self, utterance_id: str, run: str, step: int) -> Tensor:
        """Energies before the softmax, `(T_dec, T_enc)`; `(heads, T_dec, T_enc)` of "multihead".

        Raises:
            DataError: nothing was recorded under this utterance, run and step.
        """
        key = f"{utterance_id}/{run}/{step}/energies"
        if key not in self._energies:
            raise DataError(
                f"nothing is recorded for {utterance_id!r}, run {run!r}, step {step}. "
                f"Utterances: {', '.join(self.texts)}. Runs and their steps: {self.steps}."
            )
        return self._energies[key]

    def scores(self, utterance_id: str, run: str, step: int) -> dict[str, float]:
        """The scores "mass_within_1" and "rc" of these energies against the true alignment."""
        return self._scores[f"{utterance_id}/{run}/{step}"]
