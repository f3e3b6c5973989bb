"""Fill a module's parameters with numbers that depend only on their names and shapes."""

from __future__ import annotations

import functools
import math
import zlib

import numpy as np
import torch

KEPT = 1000  # tensors that are not drawn again: the cases of an exercise have the same ones


def checkpoint_name(name: str) -> str:
    """Return a state-dict name with a weight norm's parts called `weight_g` and `weight_v`.

    Older checkpoints and torch.nn.utils.weight_norm use these names; the parametrization of the
    same name loads them.
    """
    name = name.replace("parametrizations.weight.original0", "weight_g")
    return name.replace("parametrizations.weight.original1", "weight_v")


def fill_parameters(instance: torch.nn.Module) -> None:
    """Fill parameters and buffers with numbers that depend only on their names and shapes."""
    state = instance.state_dict(keep_vars=True)
    with torch.no_grad():
        for name, tensor in state.items():
            if not tensor.is_floating_point():
                continue
            tensor.copy_(numbers(checkpoint_name(name), tuple(tensor.shape)))
        for name in state:
            if name.endswith("weight_orig"):
                _converge_spectral_norm(state, name.removesuffix("orig"))


@functools.lru_cache(KEPT)
def numbers(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Return what a parameter or buffer of this name and shape is filled with."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    fan_in = max(1, math.prod(shape[1:]))
    scale = (3 / fan_in) ** 0.5 if len(shape) > 1 else 0.1
    values = rng.uniform(-scale, scale, size=shape)
    # Scales of a norm stay positive and of the order of one.
    is_scale = len(shape) == 1 and name.endswith("weight")
    if is_scale or name.endswith(("original0", "weight_g", "running_var")):
        values = 0.5 + np.abs(values)
    return torch.from_numpy(np.asarray(values))


def _converge_spectral_norm(state: dict[str, torch.Tensor], prefix: str) -> None:
    """Set a spectral norm's buffers to the singular vectors that its power iteration seeks."""
    u, _, vh = torch.linalg.svd(state[f"{prefix}orig"].flatten(1), full_matrices=False)
    state[f"{prefix}u"].copy_(u[:, 0])
    state[f"{prefix}v"].copy_(vh[0])
