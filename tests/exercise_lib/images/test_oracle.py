"""The oracle reads pictures back: clean, blurred, noisy; and says nothing of empty ones."""

import random
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from exercise_lib.images.captions import caption
from exercise_lib.images.oracle import agreement, read, share_true
from exercise_lib.images.render import render
from exercise_lib.images.scenes import FULL, Scene, draw_scenes


def blurred(pictures: Tensor) -> Tensor:
    """Mean of 3 x 3 pixels."""
    return F.avg_pool2d(F.pad(pictures / 255, (1, 1, 1, 1), mode="replicate"), 3, 1)


def at_half_size(pictures: Tensor) -> Tensor:
    return F.interpolate(F.avg_pool2d(pictures / 255, 2), scale_factor=2, mode="bilinear")


def noisy(pictures: Tensor) -> Tensor:
    noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))
    return (pictures / 255 + 0.03 * noise).clamp(0, 1)


def right(scenes: list[Scene], pictures: Tensor) -> float:
    """Share of scenes of which everything is read rightly."""
    pairs = zip(scenes, read(pictures), strict=True)
    return fmean(agreement(scene, reading)["all"] for scene, reading in pairs)


def of_all_kinds(n: int) -> list[Scene]:
    return draw_scenes(n, 21) + draw_scenes(n, 22, held_out=True)


def test_some_scenes_are_read_rightly_clean_and_blurred():
    scenes = of_all_kinds(40)
    pictures = render(scenes)
    assert right(scenes, pictures) == 1
    assert right(scenes, blurred(pictures)) >= 0.97
    assert right(scenes[:20], noisy(pictures[:20])) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "least"),
    [(lambda it: it, 0.999), (blurred, 0.99), (at_half_size, 0.95), (noisy, 0.99)],
)
def test_4000_scenes_are_read_rightly(change, least):
    scenes = of_all_kinds(2000)
    assert right(scenes, change(render(scenes))) >= least


def test_places_and_radii_are_found_within_a_fraction_of_a_pixel():
    scenes = draw_scenes(40, 23)
    for scene, reading in zip(scenes, read(render(scenes)), strict=True):
        for thing in scene.things:
            [found] = [it for it in reading.things if it.colour == thing.colour]
            assert max(abs(found.x - thing.x), abs(found.y - thing.y)) < 0.6
            assert found.radius == pytest.approx(thing.radius, rel=0.1)


def test_a_caption_is_false_where_the_picture_shows_something_else():
    scenes = draw_scenes(30, 24, replace(FULL, of_two=1.0))
    rng = random.Random(0)
    captions = [caption(it, rng) for it in scenes]
    pictures = render(scenes)
    assert share_true(captions, pictures) == 1
    assert share_true([it.swapped() for it in captions], pictures) == 0
    assert share_true([it.turned() for it in captions], pictures) == 0
    assert share_true(captions, pictures.roll(1, 0)) < 0.2


def test_agreement_names_what_is_wrong():
    scene = next(it for it in draw_scenes(20, 25) if len(it.things) == 2)
    tone = "white" if scene.tone != "white" else "black"
    wrong = {
        "tone": replace(scene, tone=tone),
        "relation": scene.turned(),
        "shapes": scene.swapped(),
        "colours": replace(scene, things=scene.things[:1]),
    }
    assert all(agreement(scene, scene).values())
    for name, other in wrong.items():
        found = agreement(scene, other)
        assert not found[name] and not found["all"]
    assert agreement(scene, scene.turned())["shapes"]


def test_an_empty_picture_has_no_thing():
    grey = torch.full((2, 3, 32, 32), 0.45)
    assert [len(it.things) for it in read(grey)] == [0, 0]
    assert {it.tone for it in read(grey)} == {"grey"}
    assert read(torch.empty(0, 3, 32, 32)) == []


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 3, 28, 32), (1, 1, 32, 32)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"pictures are \(B, 3, 32, 32\)"):
        read(torch.zeros(shape))


def test_a_colour_that_lies_far_from_its_own_middle_is_read_without_a_warning():
    """Two patches of one colour at opposite corners: nothing of it is where its middle is."""
    picture = torch.full((1, 3, 32, 32), 0.72)
    for corner in (slice(0, 4), slice(28, 32)):
        picture[0, :, corner, corner] = torch.tensor((0.86, 0.10, 0.12))[:, None, None]
    with np.errstate(all="raise", under="ignore"):
        [scene] = read(picture)
    assert [it.colour for it in scene.things] == ["red"]
