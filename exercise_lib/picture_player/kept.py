"""The networks that can be compared: another one is another row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exercise_lib.images.flow_painter import load_dit, make_painter
from exercise_lib.images.painter import load_painter
from exercise_lib.picture_player.walks import DitWalker, UnetWalker, Walker
from exercise_lib.speech.data import find_kept


@dataclass(frozen=True)
class Kept:
    """A network whose weights are kept in a folder of data/, as `<name>.safetensors`."""

    folder: str
    name: str
    label: str  # for the hall
    load: Callable[[str], Walker]  # by its name; raises UnusableData
    is_recorded: bool = True  # in pages that need no kernel, which are to stay small

    @property
    def is_there(self) -> bool:
        return (find_kept(self.folder) / f"{self.name}.safetensors").exists()


def unet(name: str) -> Walker:
    return UnetWalker(load_painter(name))


def transformer(name: str) -> Walker:
    return DitWalker(make_painter(load_dit(name)))


KEPT = (
    Kept("diffusion", "early", "U-Net, early: 500 steps", unet),
    Kept("diffusion", "late", "U-Net, late: 13 000 steps", unet),
    Kept("diffusion", "two", "U-Net, by phrase: two things", unet),
    Kept("diffusion", "full", "U-Net, by phrase: full world", unet, is_recorded=False),
    Kept("diffusion", "centred", "U-Net, centred things", unet, is_recorded=False),
    Kept("dit", "dit", "DiT, flow, centred things", transformer),
    # of equal training, each with one thing changed
    Kept("dit", "joint", "DiT: flow, joint attention", transformer, is_recorded=False),
    Kept("dit", "cross", "DiT: flow, cross-attention", transformer, is_recorded=False),
    Kept("dit", "noise", "DiT: noise, joint attention", transformer, is_recorded=False),
)
