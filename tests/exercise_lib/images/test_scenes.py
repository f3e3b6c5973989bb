"""Scenes are what they say: held-out pairs kept apart, things inside, relations clear."""

import itertools
from collections import Counter

import pytest

from exercise_lib.images.scenes import (
    ALONE,
    CENTRED,
    COLOURS,
    FULL,
    GAP,
    HELD_OUT,
    NURSERY,
    OPPOSITE,
    RELATIONS,
    SHAPES,
    SIDE,
    SIZES,
    SLANT,
    TEXTURES,
    TONES,
    Scene,
    draw_scenes,
)

N = 2000


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return draw_scenes(N, 0)


def test_one_pair_of_each_shape_and_of_each_colour_is_held_out():
    assert len(HELD_OUT) == len(SHAPES) == len(COLOURS) == 8
    assert {shape for shape, _ in HELD_OUT} == set(SHAPES)
    assert {colour for _, colour in HELD_OUT} == set(COLOURS)


@pytest.mark.parametrize("world", [FULL, ALONE, NURSERY, CENTRED])
def test_held_out_pairs_are_in_no_training_scene_and_all_others_are(world):
    pairs = Counter(it.pair for scene in draw_scenes(N, 1, world) for it in scene.things)
    every = set(itertools.product(world.shapes, COLOURS))
    assert pairs.keys() == every - HELD_OUT
    held_out = draw_scenes(N, 1, world, held_out=True)
    assert {it.pair for scene in held_out for it in scene.things} == every & HELD_OUT


def test_everything_that_can_be_said_occurs_about_as_often_as_anything_of_its_kind(scenes):
    things = [it for scene in scenes for it in scene.things]
    for names, kinds in (
        ([it.shape for it in things], SHAPES),
        ([it.colour for it in things], COLOURS),
        ([it.size for it in things], SIZES),
        ([it.texture for it in scenes], TEXTURES),
        ([it.tone for it in scenes], TONES),
        ([it.relation() for it in scenes if len(it.things) == 2], RELATIONS),
    ):
        count = Counter(names)
        assert count.keys() == set(kinds)
        assert max(count.values()) < 1.35 * min(count.values()), count
    assert 0.47 < sum(len(it.things) == 2 for it in scenes) / N < 0.53


def test_things_lie_inside_and_apart_and_their_relation_is_clear(scenes):
    for scene in scenes:
        for it in scene.things:
            low, high = SIZES[it.size]
            assert low <= it.radius <= high
            for place in (it.x, it.y):
                assert it.radius + GAP <= place + 1e-9 and place <= SIDE - it.radius - GAP + 1e-9
        if len(scene.things) == 2:
            a, b = scene.things
            assert a.shape != b.shape and a.colour != b.colour
            near, far = sorted((abs(a.x - b.x), abs(a.y - b.y)))
            assert far >= a.radius + b.radius + GAP - 1e-9 and near <= SLANT + 1e-9
            assert scene.relation(0) == OPPOSITE[scene.relation(1)]


def test_relations_by_hand():
    def relation(dx, dy):
        a, b = draw_scenes(9, 0)[0].things[0], None
        b = type(a)("star", "red", "small", a.x + dx, a.y + dy, 4.0)
        return Scene((a, b), "plain", "grey").relation()

    assert relation(9, 2) == "left of" and relation(-9, 2) == "right of"
    assert relation(2, 9) == "above" and relation(2, -9) == "below"


def test_the_nursery_has_one_big_thing_on_plain_grounds_and_the_centred_one_in_the_middle():
    for scene in draw_scenes(300, 2, NURSERY):
        [it] = scene.things
        assert it.size == "big" and scene.texture == "plain" and it.shape in SHAPES[:4]
    for scene in draw_scenes(300, 2, CENTRED):
        [it] = scene.things
        assert max(abs(it.x - SIDE / 2), abs(it.y - SIDE / 2)) <= 1.5


def test_same_seed_same_scenes_and_more_begin_with_the_same(scenes):
    assert draw_scenes(50, 0) == scenes[:50]
    assert draw_scenes(50, 1) != scenes[:50]
    assert not {*draw_scenes(200, 0)} & {*draw_scenes(200, 1)}


def test_swapped_exchanges_colours_and_turned_the_relation(scenes):
    for scene in [it for it in scenes if len(it.things) == 2][:100]:
        a, b = scene.things
        assert [it.colour for it in scene.swapped().things] == [b.colour, a.colour]
        assert scene.swapped().relation() == scene.relation()
        turned = scene.turned()
        assert turned.relation() == OPPOSITE[scene.relation()]
        assert [it.pair for it in turned.things] == [a.pair, b.pair]
        assert turned.turned().relation() == scene.relation()
