"""Tacotron 2 as NVIDIA names it: `model.load_state_dict(renamed(checkpoint["state_dict"]))`.

NVIDIA wraps each convolution and each linear layer in a module of its own, which adds a part to the
name; ours are torchaudio's names, without it.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

WRAPPED = (".conv.", ".linear_layer.")


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return NVIDIA's state dict under the names of `exercise_lib.tacotron2`."""
    ours = {}
    for name, tensor in state.items():
        for part in WRAPPED:
            name = name.replace(part, ".")
        ours[name] = tensor
    return ours
