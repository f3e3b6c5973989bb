"""Teach the kept Tacotron on, its attention drawn to where letters were found to sound."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from exercise_lib import mel
from exercise_lib.models.pretrained import load_tacotron
from exercise_lib.models.tacotron_training import Example, TacotronConfig, TacotronTask
from exercise_lib.speech.data import Alignment, Span, SpeechCorpus

if TYPE_CHECKING:
    from lightning_fabric import Fabric

PRETRAINED = Path(__file__).resolve().parent / "pretrained"
FOUND = PRETRAINED / "found.jsonl"  # written by find_alignments.py
START = 5000  # the step whose kept weights go on


class AlignedTacotronTask(TacotronTask):
    """A Tacotron that has learned to speak, guided for a while by the alignments of `FOUND`."""

    def __init__(
        self, config: TacotronConfig, corpus: SpeechCorpus, fabric: Fabric, skip_bad: bool = False
    ) -> None:
        super().__init__(config, corpus, fabric, skip_bad)
        self.network.load_state_dict(load_tacotron(START, PRETRAINED).state_dict())
        found = read_found(FOUND)
        self.train = [
            dataclasses.replace(example, guess=self.guess(example, found[key]))
            for key, example in zip(corpus.split("train").ids, self.train, strict=True)
        ]

    def guess(self, example: Example, ends: list[int]) -> torch.Tensor:
        """Return the character that sounds at each decoder step, `(T_dec,)`.

        Args: ends: of each character, in samples.
        """
        spans = tuple(Span("", *it) for it in zip([0, *ends[:-1]], ends, strict=True))
        r = self.config.reduction_factor
        hop = mel.MelConfig().hop_length * r
        return Alignment((), spans).character_truth(hop, len(example.mel) // r).float()


def read_found(path: Path) -> dict[str, list[int]]:
    """Return where each character ends, in samples, for each id."""
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {it["id"]: it["ends"] for it in entries}
