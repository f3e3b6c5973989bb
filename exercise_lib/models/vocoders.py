"""The vocoders that can be trained, by name."""

from __future__ import annotations

from torch import nn

from exercise_lib.generator import LAPTOP, V1, V2, V3, Generator
from exercise_lib.models.vocos import Vocos, VocosConfig


def make_generator(name: str) -> nn.Module:
    """Return a new generator: "vocos", or HiFi-GAN's "laptop", "V1", "V2", "V3"."""
    if name == "vocos":
        return Vocos(VocosConfig())
    configs = {"laptop": LAPTOP, "V1": V1, "V2": V2, "V3": V3}
    if name not in configs:
        raise ValueError(f"no generator {name!r}; known: vocos, {', '.join(configs)}")
    return Generator(configs[name])
