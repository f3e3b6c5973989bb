"""Count what a painter makes of prompts: how many are followed, and what else differs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from exercise_lib.images.captions import Caption, Named
from exercise_lib.images.oracle import read
from exercise_lib.images.painter import Painter
from exercise_lib.images.scenes import TONES, Scene, World, draw_scenes

Counts = dict[str, float]


def draw_prompts(n: int, seed: int, world: World, *, held_out: bool = False) -> list[Caption]:
    """Return prompts that name all things of scenes and leave size and ground open."""
    scenes = draw_scenes(n, seed, world, held_out=held_out)
    return [
        Caption(tuple(Named("", it.colour, it.shape) for it in scene.things), scene.relation())
        for scene in scenes
    ]


def follow(
    painter: Painter,
    prompts: Sequence[Caption],
    guidance_scale: float,
    n_steps: int = 20,
    seed: int = 0,
) -> Counts:
    """Paint each prompt, and count what the oracle reads in the pictures.

    Args: prompts: one that comes several times is painted from other noise each time.

    Returns:
        what `heeded` counts; error: standard error of the share that is right; tones: entropy of
        the ground's tone, which a prompt leaves open, over the pictures of the same prompt, 1 where
        all four are as frequent; spread: standard deviation of the place of lone things, pixels
    """
    readings = read(painter.paint(prompts, guidance_scale, n_steps, seed))
    found = shares_heeded(prompts, readings)
    right = found["right"]
    return found | {
        "error": math.sqrt(right * (1 - right) / len(prompts)),
        "tones": tones_of_prompts(prompts, readings),
        "spread": spread_of_places(readings),
    }


def heeded(captions: Sequence[Caption], pictures: Tensor) -> Counts:
    """Return the share of pictures in which the oracle finds each part of their captions.

    Returns: right: all that is said; colours: just the colours asked for; pairs: just the shapes of
    these colours; relation: how things lie, of the colours asked for
    """
    return shares_heeded(captions, read(pictures))


def shares_heeded(captions: Sequence[Caption], scenes: Sequence[Scene]) -> Counts:
    found = [parts(it, scene) for it, scene in zip(captions, scenes, strict=True)]
    return {name: sum(it[name] for it in found) / len(found) for name in found[0]}


def parts(caption: Caption, scene: Scene) -> dict[str, bool]:
    asked = [(it.shape, it.colour) for it in caption.things]
    seen = [it.pair for it in scene.things]
    colours, shown = [colour for _, colour in asked], [colour for _, colour in seen]
    is_coloured = sorted(colours) == sorted(shown)
    return {
        "right": caption.holds(scene),
        "colours": is_coloured,
        "pairs": sorted(asked) == sorted(seen),
        "relation": is_coloured and caption.relation == scene.relation(shown.index(colours[0])),
    }


def tones_of_prompts(prompts: Sequence[Caption], scenes: Sequence[Scene]) -> float:
    """Return the mean entropy of the tones of each prompt's scenes."""
    of_prompts = defaultdict(list)
    for prompt, scene in zip(prompts, scenes, strict=True):
        of_prompts[prompt].append(scene)
    return sum(map(entropy_of_tones, of_prompts.values())) / len(of_prompts)


def entropy_of_tones(scenes: Sequence[Scene]) -> float:
    counts = Counter(it.tone for it in scenes).values()
    return -sum(n / len(scenes) * math.log(n / len(scenes)) for n in counts) / math.log(len(TONES))


def spread_of_places(scenes: Sequence[Scene]) -> float:
    places = [(it.things[0].x, it.things[0].y) for it in scenes if len(it.things) == 1]
    if len(places) < 2:
        return 0.0
    return float(torch.tensor(places).var(0).mean().sqrt())


def by_guidance(
    painter: Painter, prompts: Sequence[Caption], scales: Sequence[float], n_steps: int = 20
) -> Mapping[float, Counts]:
    """Return what `follow` counts at each guidance scale, begun from the same noise."""
    return {scale: follow(painter, prompts, scale, n_steps) for scale in scales}
