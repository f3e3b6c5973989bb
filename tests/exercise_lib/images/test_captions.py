"""Captions: true of their pictures, read back, and false once they are swapped or turned."""

import random

import pytest
import torch

from exercise_lib.images.captions import (
    LONGEST,
    WORDS,
    Caption,
    Named,
    caption,
    encode,
    parse,
    truth,
)
from exercise_lib.images.scenes import HELD_OUT, draw_scenes

SCENES = draw_scenes(400, 5)
RNG = random.Random(0)
CAPTIONS = [caption(it, RNG) for it in SCENES]


def test_a_caption_is_true_and_is_read_back_as_it_was_said():
    for scene, said in zip(SCENES, CAPTIONS, strict=True):
        assert said.holds(scene) and parse(str(said)) == said


def test_swapped_and_turned_captions_are_false_and_twice_is_the_caption_again():
    for scene, said in zip(SCENES, CAPTIONS, strict=True):
        if said.relation:
            for wrong in (said.swapped(), said.turned()):
                assert not wrong.holds(scene) and parse(str(wrong)) == wrong
            assert said.swapped().holds(scene.swapped())
            assert said.turned().holds(scene.turned())
            assert said.swapped().swapped() == said.turned().turned() == said


def test_sizes_and_ground_are_said_in_half_of_the_captions_and_either_thing_comes_first():
    n = len(CAPTIONS)
    assert 0.42 < sum(it.things[0].size != "" for it in CAPTIONS) / n < 0.58
    assert 0.42 < sum(it.ground is not None for it in CAPTIONS) / n < 0.58
    first = [
        (said.things[0].shape, scene.things[0].shape)
        for scene, said in zip(SCENES, CAPTIONS, strict=True)
        if said.relation
    ]
    assert 0.4 < sum(a == b for a, b in first) / len(first) < 0.6


def test_words_by_hand():
    red, orange = Named("", "red", "square"), Named("big", "orange", "heart")
    assert str(Caption((red,))) == "a red square"
    assert str(Caption((Named("", "orange", "moon"),))) == "an orange moon"
    both = Caption((red, orange), "left of", ("striped", "grey"))
    assert str(both) == "a red square left of a big orange heart on striped grey"
    assert str(both.swapped()).startswith("an orange square left of a big red heart")
    assert str(both.turned()).startswith("a red square right of a big orange heart")


def test_a_caption_may_say_less_than_is_shown_but_nothing_false():
    scene = next(it for it in SCENES if len(it.things) == 2 and it.things[0].size == "small")
    thing = scene.things[0]
    assert Caption((Named("", thing.colour, thing.shape),)).holds(scene)
    assert not Caption((Named("big", thing.colour, thing.shape),)).holds(scene)
    other = "plain" if scene.texture != "plain" else "striped"
    assert not Caption((Named("", *thing.pair[::-1]),), ground=(other, scene.tone)).holds(scene)


def test_one_caption_in_two_is_true_of_another_picture_of_a_batch():
    batch = slice(0, 128)
    table = truth(CAPTIONS[batch], SCENES[batch])
    assert table.shape == (128, 128) and table.diagonal().all()
    for row in (0, 5, 77):
        assert table[row].tolist() == [it.holds(SCENES[row]) for it in CAPTIONS[batch]]
    assert 0.3 < (table.sum(1) > 1).float().mean() < 0.7


def test_captions_as_numbers_begin_and_end_and_are_filled_up():
    tokens = encode(["a red square", str(max(CAPTIONS, key=lambda it: len(str(it).split())))])
    assert tokens.shape == (2, LONGEST) and tokens.dtype == torch.int64
    words = [WORDS[it] for it in tokens[0]]
    assert words[:5] == ["<start>", "a", "red", "square", "<end>"] and {*words[5:]} == {"<pad>"}
    assert WORDS[tokens[1, -1]] == "<end>"
    assert encode([]).shape == (0, LONGEST)
    assert len(set(WORDS)) == len(WORDS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a mauve square", "'mauve' is no word"),
        ("a square red", "is no caption"),
        ("a red square left a blue circle", "is no caption"),
        ("a red square on striped", "is no caption"),
        ("", "is no caption"),
    ],
)
def test_what_is_no_caption_is_refused(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse(text)


def test_unknown_words_and_long_texts_have_no_numbers():
    with pytest.raises(ValueError, match="'dog' is no word"):
        encode(["a red dog"])
    with pytest.raises(ValueError, match="more than 13 words"):
        encode(["a " * 14])


def test_held_out_pairs_can_be_said():
    assert all(parse(str(Caption((Named("", colour, shape),)))) for shape, colour in HELD_OUT)
