"""Batches of utterances, each with another one of the same voice as its prompt."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from exercise_lib.valle.spoken import Spoken

PROMPT = 75  # frames of the prompt at most: 1.5 s


@dataclass(frozen=True, eq=False)
class Batch:
    """What is to be said, and in which voice."""

    symbols: Tensor  # (B, L)
    prompt: Tensor  # (B, books, F) codes
    prompt_lengths: Tensor  # (B,) frames
    codes: Tensor  # (B, books, T)
    lengths: Tensor  # (B,) frames


class Drawer:
    """Utterances on one device, drawn at random with prompts.

    Args: same: whether the prompt is the utterance itself, a leak
    """

    def __init__(
        self, spoken: Spoken, device: torch.device | str = "cpu", same: bool = False
    ) -> None:
        self.spoken, self.same = spoken, same
        self.symbols, self.lengths = spoken.symbols.to(device), spoken.lengths.to(device)
        self.codes = spoken.codes.to(device)
        counts = torch.bincount(spoken.voices, minlength=len(spoken.names))
        firsts = counts.cumsum(0) - counts
        self.firsts, self.counts = (it[spoken.voices].to(device) for it in (firsts, counts))

    def draw(self, n: int) -> Batch:
        """Draw n utterances."""
        return self.batch(torch.randint(len(self.spoken), (n,), device=self.lengths.device))

    def batch(self, chosen: Tensor, prompts: Tensor | None = None) -> Batch:
        """Return chosen utterances `(B,)` with prompts, drawn among the others of the voice."""
        if prompts is None:
            prompts = chosen if self.same else self.others(chosen)
        longest, frames = int(self.lengths[chosen].max()), min(PROMPT, self.codes.shape[2])
        return Batch(
            self.symbols[chosen],
            self.codes[prompts][..., :frames],
            self.lengths[prompts].clamp(max=frames),
            self.codes[chosen][..., :longest],
            self.lengths[chosen],
        )

    def others(self, chosen: Tensor) -> Tensor:
        """Draw another utterance of the same voice for each."""
        first, count = self.firsts[chosen], self.counts[chosen]
        draws = torch.rand(len(chosen), device=chosen.device)
        shift = 1 + (draws * (count - 1)).long()
        return first + (chosen - first + shift) % count
