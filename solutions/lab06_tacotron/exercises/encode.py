"""Characters to numbers."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="tacotron.encode",
    title="Characters to numbers",
    target="notebook",
    solution=answer(__package__, "encode"),
    todo="6.0",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    letters = "".join(rng.permutation(list("nostrdam" if hidden else "hiatuesr")))
    capitals = "".join(rng.permutation(list("NOT" if hidden else "HEIR")))
    texts = ("to march on", "To dare, not", "don!") if hidden else ("the hat", "Heat, his", "us!")
    small = f"_ ,!'{letters}chen"
    small = "".join(dict.fromkeys(small))
    both = "".join(dict.fromkeys(f"_{capitals} ,{small[1:]}"))
    lower, mixed, marked = texts
    return [
        Case("a text in small letters", args={"text": lower, "symbols": small}),
        Case("capital letters without a symbol", args={"text": mixed, "symbols": small}),
        Case("capital letters with a symbol", args={"text": mixed, "symbols": both}),
        Case("marks", args={"text": marked, "symbols": small}),
        Case(
            "a character without a symbol",
            args={"text": f"{lower} 2", "symbols": small},
            raises=("ValueError",),
            says="2",
        ),
        Case(
            "the padding's own symbol",
            args={"text": f"{lower}_", "symbols": both},
            raises=("ValueError",),
        ),
    ]


def places(text: str, symbols: str) -> list[int]:
    """The right numbers, without a look at what has none."""
    return [symbols.find(it if it in symbols else it.lower()) for it in text]


@exercise.misconception(
    "You count without the padding: it has number 0, and the next symbol of the table number 1."
)
def without_padding(text, symbols):
    return exercise.solution(text, symbols) - 1


@exercise.misconception("You count from 1: the padding is at place 0.")
def from_one(text, symbols):
    return exercise.solution(text, symbols) + 1


@exercise.misconception(
    "These are the characters' Unicode numbers: ask at which place of the table a symbol is."
)
def code_points(text, symbols):
    exercise.solution(text, symbols)
    return torch.tensor([ord(it if it in symbols else it.lower()) for it in text])


@exercise.misconception("The numbers are those of the alphabet: the table has an order of its own.")
def of_the_alphabet(text, symbols):
    exercise.solution(text, symbols)
    return torch.tensor([ord(it.lower()) - ord("a") + 1 for it in text])


@exercise.misconception("You sort the table: its order is what the network has learned.")
def sorted_table(text, symbols):
    return exercise.solution(text, symbols[0] + "".join(sorted(symbols[1:])))


@exercise.misconception("Every capital is made small: one that the table has keeps its own number.")
def always_small(text, symbols):
    return exercise.solution(text.lower(), symbols)


@exercise.misconception("Capitals that the table lacks are refused: read them as small letters.")
def capitals_are_unknown(text, symbols):
    if unknown := set(text) - set(symbols[1:]):
        raise ValueError(f"no symbol for {unknown}")
    return torch.tensor([symbols.index(it) for it in text])


@exercise.misconception("A capital without a symbol becomes padding: its small letter has one.")
def capitals_are_padding(text, symbols):
    exercise.solution(text, symbols)
    return torch.tensor([max(0, symbols.find(it)) for it in text])


@exercise.misconception("Capitals without a symbol are left out: read them as small letters.")
def without_capitals(text, symbols):
    exercise.solution(text, symbols)
    return torch.tensor([symbols.index(it) for it in text if it in symbols])


@exercise.misconception(
    "What has no symbol is left out, or gets a number all the same: raise a ValueError, or nobody "
    "knows what was not said.",
    mild=FORMULA_IS_RIGHT,
)
def left_out(text, symbols):
    return torch.tensor([it for it in places(text, symbols) if it > 0])


@exercise.neighbour(left_out, mild=FORMULA_IS_RIGHT)
def unknown_is_padding(text, symbols):
    return torch.tensor([max(0, it) for it in places(text, symbols)])


@exercise.misconception(
    "The padding's symbol is taken for a character: a text must not have it.",
    mild=FORMULA_IS_RIGHT,
)
def padding_is_a_character(text, symbols):
    found = places(text, symbols)
    if -1 in found:
        raise ValueError(f"no symbol for {text[found.index(-1)]}")
    return torch.tensor(found)


@exercise.misconception(
    "The ValueError does not say which character has no symbol: put it into the message.",
    mild=FORMULA_IS_RIGHT,
)
def unnamed(text, symbols):
    try:
        return exercise.solution(text, symbols)
    except ValueError as error:
        raise ValueError("a character has no symbol") from error


@exercise.neighbour(unnamed, mild=FORMULA_IS_RIGHT)
def unnamed_by_index(text, symbols):
    return torch.tensor([symbols.index(it if it in symbols[1:] else it.lower(), 1) for it in text])


@exercise.misconception("These are rows of zeros and a one: return one number a character.")
def one_hot(text, symbols):
    return torch.nn.functional.one_hot(exercise.solution(text, symbols), len(symbols))


@exercise.misconception("Blanks are left out: the space is a symbol as any other.")
def without_blanks(text, symbols):
    return exercise.solution(text.replace(" ", ""), symbols)


@exercise.misconception("The numbers are right, and backwards: keep the order of the text.")
def backwards(text, symbols):
    return exercise.solution(text, symbols).flip(0)


@exercise.misconception("Characters are sorted, or each is there once: keep the text as it is.")
def each_once(text, symbols):
    return exercise.solution(text, symbols).unique()


@exercise.neighbour(each_once)
def sorted_numbers(text, symbols):
    return exercise.solution(text, symbols).sort().values


@exercise.also_correct
def by_dictionary(text, symbols):
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    del numbers[symbols[0]]
    try:
        return torch.tensor([numbers.get(it) or numbers[it.lower()] for it in text])
    except KeyError as error:
        raise ValueError(f"no symbol for {error}") from error


@exercise.also_correct
def by_loop(text, symbols):
    numbers = []
    for it in text:
        place = symbols.find(it, 1)
        if place < 1:
            place = symbols.find(it.lower(), 1)
        if place < 1:
            raise ValueError(f"no symbol for {it}")
        numbers.append(place)
    return torch.LongTensor(numbers)
