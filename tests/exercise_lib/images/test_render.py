"""Pictures show their scenes: masks, grounds, colours, and the same bytes everywhere."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from exercise_lib.images.outlines import OUTLINES
from exercise_lib.images.render import BRIGHTNESS, PAINT, coverage, ground, masks, render
from exercise_lib.images.scenes import COLOURS, SHAPES, SIDE, TEXTURES, TONES, Thing, draw_scenes

SCENES = draw_scenes(200, 3)
SHA256 = "e0854c1dc87bcbb58b4fdcc5cbf6ce2de2b9b93fc0ddd22232c76e3853a42eb3"


def test_pictures_have_the_same_bytes_on_any_platform():
    pictures = render(draw_scenes(100, 0))
    assert pictures.shape == (100, 3, SIDE, SIDE) and pictures.dtype == torch.uint8
    assert hashlib.sha256(pictures.numpy().tobytes()).hexdigest() == SHA256


def test_a_picture_does_not_depend_on_the_others():
    together = render(SCENES)
    for index in (0, 7, 199):
        assert torch.equal(render(SCENES[index : index + 1])[0], together[index])
    assert render([]).shape == (0, 3, SIDE, SIDE)


def test_masks_are_where_the_picture_is_no_ground():
    for scene in SCENES:
        picture = render([scene])[0] / 255
        bare = torch.from_numpy(ground(scene).copy())
        differs = (picture - bare).abs().amax(0) > 0.01
        shown, covered = masks(scene), torch.from_numpy(coverage(scene.things))
        assert shown.shape == (len(scene.things), SIDE, SIDE) and shown.dtype == torch.bool
        assert differs[shown.any(0)].all()
        assert not differs[(covered == 0).all(0)].any()
        assert not shown.all(0).any() or len(shown) == 1  # no two things overlap
        for thing, mask in zip(scene.things, shown, strict=True):
            rows, columns = mask.nonzero().T + 0.5
            reach = torch.stack([columns - thing.x, rows - thing.y]).abs().max()
            assert reach <= thing.radius + 0.5
            hue = picture[:, mask].mean(1) / picture[:, mask].mean(1).max()
            paint = torch.tensor(PAINT[thing.colour])
            assert (hue - paint / paint.max()).abs().max() < 0.2


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_fills_its_circle_and_no_more(shape):
    steps = np.linspace(-1.2, 1.2, 241)
    x, y = np.meshgrid(steps, steps)
    inside = OUTLINES[shape](x, y) < 0
    reach = np.hypot(x, y)[inside].max()
    assert 0.9 < reach <= 1.14  # a square's corners stand out a little
    assert 1.2 < inside.mean() * 2.4**2 < 2.9  # area


def test_an_outlines_distance_grows_as_fast_as_the_way_at_most():
    """Or the edge would be smoothed over less than a pixel."""
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1.5, 1.5, (2, 2, 5000))
    for outline in OUTLINES.values():
        assert (np.abs(outline(*a) - outline(*b)) <= np.hypot(*(a - b)) + 1e-9).all()


def test_an_area_is_that_of_the_shape_however_it_lies_between_pixels():
    for x in (16.0, 16.3, 16.5):
        disc = Thing("circle", "red", "big", x, 15.8, 6.0)
        assert coverage([disc]).sum() == pytest.approx(np.pi * 5.7**2, rel=0.01)


def test_grounds_have_the_brightness_and_the_relief_they_are_named_for():
    scene = replace(SCENES[0], things=())
    for tone in TONES:
        for texture in TEXTURES:
            drawn = ground(replace(scene, tone=tone, texture=texture))
            assert drawn.mean() == pytest.approx(BRIGHTNESS[tone])
            assert (np.ptp(drawn) > 0) == (texture != "plain")
            assert (np.ptp(drawn, axis=0).max() > 0) == (texture == "checked")


def test_the_eight_colours_are_at_least_20_degrees_apart_in_hue():
    hues = []
    for colour in COLOURS:
        r, g, b = PAINT[colour]
        hues.append(np.degrees(np.arctan2(3**0.5 * (g - b), 2 * r - g - b)))
    gaps = np.diff(np.sort(np.mod(hues, 360)), append=360 + np.mod(hues, 360).min())
    assert gaps.min() > 20
