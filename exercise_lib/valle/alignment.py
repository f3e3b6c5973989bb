"""When does the autoregressive model look at which phoneme?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule
from exercise_lib.valle.batches import Batch
from exercise_lib.valle.networks import BOS, EOS, Reader

if TYPE_CHECKING:
    from exercise_lib import codec_lm
else:
    codec_lm = StudentModule("codec_lm")

HOP = 320  # samples a frame


@torch.inference_mode()
def text_maps(reader: Reader, batch: Batch) -> Tensor:
    """Return the attention to the text while each code is said, the codes before it true.

    Returns: `(blocks, B, heads, T, L)`, its share of the text alone, so that rows sum to 1
    """
    inputs, _ = codec_lm.shift_codes(batch.codes[:, 0], batch.lengths, BOS, EOS)
    maps: list[Tensor] = []
    reader(batch.symbols, batch.prompt, batch.prompt_lengths, inputs, maps)
    n_text, n_said = batch.symbols.shape[1], inputs.shape[1]
    to_text = torch.stack([it[:, :, -n_said:-1, :n_text] for it in maps])
    return to_text / to_text.sum(-1, keepdim=True).clamp(min=1e-9)


def truth_of(ends: Tensor, n_frames: int) -> Tensor:
    """Return which phoneme sounds at the centre of each frame, `(n_frames,)`.

    Args: ends: of the phonemes, samples; frames after the last belong to the last
    """
    centres = (torch.arange(n_frames) + 0.5) * HOP
    found = torch.searchsorted(ends.to(centres.dtype), centres, right=True)
    return found.clamp(max=len(ends) - 1)


def rhythm(weights: Tensor, truth: Tensor) -> float:
    """Return how well attention follows the speaker's rhythm, not just a straight line.

    rc = corr(centroid - line, truth - line), centroid_t = sum_j j A_tj, as in notebook 01

    Args:
        weights: A, `(T, L)` of the phonemes alone
        truth: the phoneme that sounds at each frame, `(T,)`
    """
    weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-9)
    line = torch.linspace(0, weights.shape[1] - 1, len(weights))
    centroid = weights @ torch.arange(float(weights.shape[1]))
    pair = torch.stack([centroid - line, truth - line])
    return float(torch.corrcoef(pair)[0, 1].nan_to_num())
