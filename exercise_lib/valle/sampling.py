"""Say whole batches: codes of the first book one by one, those of the others book by book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from exercise_lib.models.students import StudentModule
from exercise_lib.valle.batches import Batch
from exercise_lib.valle.networks import EOS, Filler, Reader

if TYPE_CHECKING:
    from exercise_lib import codec_lm
else:
    codec_lm = StudentModule("codec_lm")

TEMPERATURE, SHARE = 0.8, 0.9  # of the nucleus that codes are drawn from


@torch.inference_mode()
def say_codes(
    reader: Reader,
    batch: Batch,
    most: int,
    temperature: float = TEMPERATURE,
    share: float = SHARE,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Say the first book's codes of a batch, as `codec_lm.speak` does of one text.

    Returns: codes `(B, most)` with 0 behind the end, lengths `(B,)`, and who stopped, `(B,)` bool
    """
    state = reader.begin(batch.symbols, batch.prompt, batch.prompt_lengths)
    n = len(batch.symbols)
    codes = torch.zeros(n, most, dtype=torch.long, device=batch.symbols.device)
    lengths = torch.full_like(batch.lengths, most)
    stopped = torch.zeros(n, dtype=torch.bool, device=batch.symbols.device)
    for time in range(most):
        probabilities = codec_lm.nucleus(state.logits.float(), temperature, share)
        drawn = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
        ends = (drawn == EOS) & ~stopped
        lengths[ends] = time
        stopped |= ends
        if stopped.all():
            break
        drawn = drawn.masked_fill(stopped, 0)
        codes[:, time] = drawn
        state = reader.proceed(state, drawn)
    return codes, lengths, stopped


@torch.inference_mode()
def fill_codes(filler: Filler, batch: Batch, first: Tensor, lengths: Tensor) -> Tensor:
    """Add the other books to the first one's codes `(B, T)`: `(B, books, T)`."""
    n_books = filler.config.n_books
    codes = first[:, None]
    for book in range(1, n_books):
        known = F.pad(codes, (0, 0, 0, n_books - book))
        logits = filler(
            batch.symbols, batch.prompt, batch.prompt_lengths, known, lengths.clamp(min=1), book
        )
        codes = torch.cat([codes, logits.argmax(-1)[:, None]], dim=1)
    return codes
