"""Captions fall into phrases, of which each word is told how its thing lies."""

import torch

from exercise_lib.images.captions import PAD, WORDS, encode
from exercise_lib.images.phrases import leave_unsaid, phrases, roles, things
from exercise_lib.images.scenes import RELATIONS

LONG = "a big red square below an orange circle on plain white"


def by_word(text: str, its) -> list[int]:
    """Return the numbers of <start>, of the words and of <end>."""
    return its(encode([text]))[0, : len(text.split()) + 2].tolist()


def test_words_that_belong_together_have_one_number():
    assert by_word("a red square", phrases) == [0, 1, 1, 1, 2]
    assert by_word(LONG, phrases) == [0, 1, 1, 1, 1, 2, 3, 3, 3, 4, 4, 4, 5]
    assert by_word("a red square left of a blue ring", phrases) == [0, 1, 1, 1, 2, 2, 3, 3, 3, 4]


def test_words_say_something_of_the_first_thing_of_the_second_or_of_none():
    assert by_word(LONG, things) == [0, 1, 1, 1, 1, 0, 2, 2, 2, 0, 0, 0, 0]
    assert by_word("an orange star on plain grey", things) == [0, 1, 1, 1, 0, 0, 0, 0]
    assert by_word("", things) == [0, 0]


def test_each_thing_is_told_how_it_lies_to_the_other():
    turned = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
    for number, relation in enumerate(RELATIONS, 1):
        found = by_word(f"a red square {relation} a blue ring", roles)
        other = 1 + RELATIONS.index(turned[relation])
        between = [0] * len(relation.split())
        assert found == [0, number, number, number, *between, other, other, other, 0]
    assert by_word("a red square on plain white", roles) == [0] * 8


def test_what_a_thing_is_can_be_left_unsaid():
    said = leave_unsaid(encode([LONG] * 3), torch.tensor([1, 2, 0]))
    texts = [" ".join(WORDS[it] for it in row if WORDS[it] != PAD) for row in said.tolist()]
    assert texts == [
        "<start> a below an orange circle on plain white <end>",
        "<start> a big red square below an on plain white <end>",
        f"<start> {LONG} <end>",
    ]
    assert said.shape == (3, 15)
