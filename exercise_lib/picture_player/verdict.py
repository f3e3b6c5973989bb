"""What a prompt says, word by word, beside what the oracle reads in the picture."""

from __future__ import annotations

import itertools
from typing import Any

from torch import Tensor

from exercise_lib.images.captions import Caption, Named, parse
from exercise_lib.images.flow_widget import in_words
from exercise_lib.images.oracle import read
from exercise_lib.images.scenes import Scene, Thing

NOTHING = "nothing"
Said = tuple[str, str, bool]  # what is said, what is read there, whether that is right


def verdict(prompt: str, picture: Tensor) -> dict[str, Any]:
    """Return what the oracle reads in a picture, and what of the prompt is right.

    Args: picture: `(3, 32, 32)`, from 0 to 1.

    Returns: "read", in words; "said": `Said` of each attribute; "right", of all of it. Where the
        prompt is no sentence of the captions, nothing is said and "right" is None.
    """
    (scene,) = read(picture[None])
    try:
        asked = parse(prompt)
    except ValueError:
        return {"read": in_words(scene), "said": [], "right": None}
    return {"read": in_words(scene), "said": compare(asked, scene), "right": asked.holds(scene)}


def compare(asked: Caption, scene: Scene) -> list[Said]:
    """Return each attribute that is said, and what it is of the thing that is the most alike."""
    found = nearest(asked, scene)
    said: list[Said] = []
    for named, thing in zip(asked.things, found, strict=True):
        said += [(a, b, a == b) for a, b in attributes(named, thing) if a]
    if asked.relation:
        first, second = found
        relation = scene.relation(scene.things.index(first)) if first and second else NOTHING
        said.append((asked.relation, relation, asked.relation == relation))
    if asked.ground:
        grounds = zip(asked.ground, (scene.texture, scene.tone), strict=True)
        said += [(a, b, a == b) for a, b in grounds]
    return said


def attributes(named: Named, thing: Thing | None) -> list[tuple[str, str]]:
    """Return size, colour and shape as they are said and as they are."""
    is_read = (thing.size, thing.colour, thing.shape) if thing else (NOTHING,) * 3
    return list(zip((named.size, named.colour, named.shape), is_read, strict=True))


def nearest(asked: Caption, scene: Scene) -> tuple[Thing | None, ...]:
    """Return the things that are most like those asked for, None where one is missing."""
    things = [*scene.things, *[None] * len(asked.things)]

    def alike(found: tuple[Thing | None, ...]) -> tuple[int, int]:
        pairs = zip(asked.things, found, strict=True)
        same = [a == b for named, thing in pairs for a, b in attributes(named, thing)]
        return sum(same), sum(it is not None for it in found)

    return max(itertools.permutations(things, len(asked.things)), key=alike)
