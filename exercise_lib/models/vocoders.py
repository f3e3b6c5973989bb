"""The vocoders that can be trained, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from exercise_lib.models.students import StudentModule
from exercise_lib.models.vocos import Vocos, VocosConfig

if TYPE_CHECKING:
    from exercise_lib import generator
else:
    generator = StudentModule("generator")

HIFI_GANS = ("laptop", "V1", "V2", "V3")


def make_generator(name: str) -> nn.Module:
    """Return a new generator: "vocos", or HiFi-GAN's "laptop", "V1", "V2", "V3".

    Raises:
        ValueError: there is no such generator.
        BrokenModule: generator.py, which HiFi-GAN is made of, can't be imported.
    """
    if name == "vocos":
        return Vocos(VocosConfig())
    if name not in HIFI_GANS:
        raise ValueError(f"no generator {name!r}; known: vocos, {', '.join(HIFI_GANS)}")
    return generator.Generator(getattr(generator, name.upper()))
