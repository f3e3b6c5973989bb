"""Probes: the ways a case uses the student's code. Each takes (target, args, case)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import torch

from exercise_lib.checking.case import Case
from exercise_lib.checking.toy_gan import ToyGan
from exercise_lib.checking.toy_speech import ToyTacotron, ToyVocoder
from exercise_lib.checking.tree import Tree


def call(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with the arguments."""
    return target(**args)


def module(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Construct the module with `init`, fill its parameters, call it in evaluation mode."""
    instance = target(**case.init).eval()
    fill_parameters(instance)
    return instance(**args)


def method(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Do as `module` does, but call `options["method"]`, and let every dropout pass its input.

    Dropout that is on in evaluation mode too would draw other numbers on another processor.
    """
    instance = target(**case.init).eval()
    fill_parameters(instance)
    with mock.patch.object(torch.nn.functional, "dropout", lambda input, *_, **__: input):
        return getattr(instance, case.options["method"])(**args)


def statistics(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Do as `module` does with `options["rows"]` copies of the inputs' first row.

    Returns the output's mean over the rows, and its share of zeros: what can be said of dropout.
    """
    rows = {name: x[:1].expand(case.options["rows"], *x.shape[1:]) for name, x in args.items()}
    output = module(target, rows, case)
    return {"mean over rows": output.mean(0), "share of zeros": (output == 0).float().mean(0)}


def training(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Let the function train a toy GAN for two steps; return its losses and what was learned."""
    gan = ToyGan(args["y"])
    players = gan.generator, gan.discriminator, gan.optimizer_g, gan.optimizer_d
    return {
        "losses": [target(*players, **args) for _ in range(2)],
        "gradients that reached the generated speech": gan.reached,
        "generated speech": gan.waveform,
        "discriminator's weight": gan.gain,
    }


def speech(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Let the function speak with toy models that nobody has put into evaluation mode yet."""
    spoken = target(tacotron=ToyTacotron(), vocoder=ToyVocoder(), **args)
    waveform, log_mel, alignment, stop = spoken
    return {
        "waveform": waveform,
        "log-mel": log_mel,
        "alignment": alignment,
        "stop probabilities": stop,
        "waveform has a gradient": waveform.requires_grad,
    }


def state_dict(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Return the names, as in an official checkpoint, and shapes in the module's state dict."""
    state = target(**case.init).state_dict()
    return {checkpoint_name(name): list(tensor.shape) for name, tensor in state.items()}


def figure(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with a fresh matplotlib Axes `ax` and read the one image drawn on it.

    `options["labels"]` maps "x" and "y" to the words of which one must be in the axis label.
    """
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    target(**args, ax=ax)
    images = ax.get_images()
    if len(images) != 1:
        raise ValueError(f"draw one image on the `ax` you are given; it holds {len(images)}")
    seen: dict[str, Tree] = {
        "image": torch.from_numpy(np.asarray(images[0].get_array()).astype(np.float32)),
        "origin": images[0].origin,
        "aspect": str(ax.get_aspect()),
        "interpolation": images[0].get_interpolation(),
        # The axis may have been turned round after the image was drawn.
        "y axis upwards": bool(ax.get_ylim()[1] > ax.get_ylim()[0]),
    }
    for axis, words in case.options.get("labels", {}).items():
        label = getattr(ax, f"get_{axis}label")()
        found = any(word in label.lower() for word in words)
        seen[f"{axis} label"] = f"names the {words[0]}" if found else f"reads {label!r}"
    return seen


PROBES: dict[str, Callable[[Any, dict[str, Tree], Case], Tree]] = {
    "call": call,
    "module": module,
    "method": method,
    "statistics": statistics,
    "training": training,
    "speech": speech,
    "state_dict": state_dict,
    "figure": figure,
}


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
            rng = np.random.default_rng(zlib.crc32(checkpoint_name(name).encode()))
            fan_in = max(1, tensor[0].numel()) if tensor.dim() > 1 else 1
            scale = (3 / fan_in) ** 0.5 if tensor.dim() > 1 else 0.1
            values = rng.uniform(-scale, scale, size=tuple(tensor.shape))
            # Scales of a norm stay positive and of the order of one.
            is_scale = tensor.dim() == 1 and name.endswith("weight")
            if is_scale or name.endswith(("original0", "weight_g", "running_var")):
                values = 0.5 + np.abs(values)
            tensor.copy_(torch.as_tensor(values, dtype=tensor.dtype))
        for name in state:
            if name.endswith("weight_orig"):
                _converge_spectral_norm(state, name.removesuffix("orig"))


def _converge_spectral_norm(state: dict[str, torch.Tensor], prefix: str) -> None:
    """Set a spectral norm's buffers to the singular vectors that its power iteration seeks."""
    u, _, vh = torch.linalg.svd(state[f"{prefix}orig"].flatten(1), full_matrices=False)
    state[f"{prefix}u"].copy_(u[:, 0])
    state[f"{prefix}v"].copy_(vh[0])
