"""Let a function speak with toy models."""

from __future__ import annotations

from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.speech import ToyTacotron, ToyVocoder
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Let the function speak with toy models that nobody has put into evaluation mode yet.

    With `options["modes"]`, return the modes it leaves them in, else what is spoken.
    """
    models = {"tacotron": ToyTacotron(), "vocoder": ToyVocoder()}
    spoken = called(target, {"text": args["text"], **models, **args})
    if case.options.get("modes"):
        return {name: "training" if it.training else "evaluation" for name, it in models.items()}
    waveform, log_mel, alignment, stop = spoken
    return {
        "waveform": waveform,
        "log-mel": log_mel,
        "alignment": alignment,
        "stop probabilities": stop,
        "waveform has a gradient": waveform.requires_grad,
    }
