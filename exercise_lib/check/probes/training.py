"""Let a function train a toy GAN."""

from __future__ import annotations

from functools import partial
from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.gan import ToyGan
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Let the function train a toy GAN for two steps; return its losses and what was learned."""
    gan = ToyGan(args["y"])
    step = partial(target, gan.generator, gan.discriminator, gan.optimizer_g, gan.optimizer_d)
    return {
        "losses": [called(step, args) for _ in range(2)],
        "gradient that reached the generated speech": gan.generator.reached,
        "generated speech": gan.generator.waveform,
        "discriminator's weight": gan.discriminator.gain,
    }
