"""Text to speech: let the Tacotron read a sentence, the vocoder say it, and see what was left out.

Lecture 7, case study: text -> mel spectrogram -> waveform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercise_lib.speech.scaling import denormalise
from exercise_lib.speech.text import encode_text

from .warmup import peak_normalise

if TYPE_CHECKING:
    from .tacotron2 import Tacotron2


def synthesise(
    text: str, tacotron: Tacotron2, vocoder: nn.Module, max_steps: int = 400
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Say a sentence.

    mel, stop, alpha = Tacotron(tokens),   s = denormalise(mel),   y = 0.95 vocoder(s) / max|.|

    Args:
        text: letters and punctuation, see `encode_text`.
        tacotron: its `infer(tokens (T_enc,), max_steps)` returns the mel on the scale it was
            trained on `(n_mels, frames)`, stop probabilities `(T_dec,)`, weights `(T_dec, T_enc)`.
        vocoder: natural-log mel magnitudes `(B, n_mels, frames)` to waveforms `(B, 1, samples)`.
        max_steps: decoder steps after which the Tacotron is stopped.

    Returns:
        Waveform `(samples,)` with peak 0.95, natural-log mel magnitudes `(n_mels, frames)`,
        alignment `(T_enc, T_dec)` and stop probabilities `(T_dec,)`, none with a gradient. Both
        models are left in evaluation mode.

    Raises: ValueError for a text that can't be encoded.
    """
    tokens = encode_text(text)
    # TODO 7.1: equation 7.1, both models in evaluation mode, without gradients
    raise NotImplementedError("TODO 7.1: equation 7.1, both models in evaluation mode, without gradients")


def reading_errors(alignment: Tensor, leap: int = 5) -> tuple[list[list[int]], list[int]]:
    """Find where the attention left characters out or jumped back; no ground truth is needed.

    p_t = argmax_j A_jt, between p_-1 = -1, before the text, and p_T_dec = T_enc, behind it.
    Skipped where p_t - p_t-1 > leap, repeated where p_t - p_t-1 < -1.

    Args:
        alignment: `(T_enc, T_dec)`.
        leap: how many characters further the peak may move in one decoder step.

    Returns:
        The first and the last character of every stretch that was skipped, [[first, last], ...],
        and the decoder steps t at which the peak is back by more than one character.
    """
    t_enc = len(alignment)
    peaks = alignment.argmax(dim=0)  # (T_dec,)
    # TODO 7.2: both lists of equation 7.2
    raise NotImplementedError("TODO 7.2: both lists of equation 7.2")
