"""Speaking code by code."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.codes import N_CODES

from ...exercise_lib import codec_lm

exercise = Exercise(
    id="codec_lm.speak",
    title="Speak until the end",
    target="exercise_lib.codec_lm:speak",
    solution=codec_lm.speak,
    todo="15.6",
    points=2,
    difficulty=2,
    minutes=15,
)

LONG, SHORT = 40, 4


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    longer = int(rng.integers(1, 9)) if hidden else 0

    def case(name: str, most: int, **more) -> Case:
        return Case(name, args={"eos": N_CODES, "most": most}, probe="codes", **more)

    return [
        case("until the end is said", LONG + longer),
        case("until there are too many", SHORT - bool(longer)),
        case("one code at most", 1, weight=0.5),
        case("drawn by turns", LONG + 20, weight=1.5, options={"turns": 2 if hidden else 3}),
        case(
            "the end would be one more",
            6 if hidden else 7,
            weight=1.25,
            options={"turns": 1} if hidden else {},
        ),
    ]


def spoken(say, draw, eos, most, hears=lambda codes: codes):
    codes = []
    while len(codes) < most:
        code = draw(say(hears(codes)))
        if code == eos:
            return codes, True
        codes.append(code)
    return codes, False


@exercise.misconception(
    "EOS is returned among the codes: the codec has no such code. Stop before it is put to them."
)
def end_among_codes(say, draw, eos, most):
    codes = []
    while len(codes) < most:
        codes.append(draw(say(codes)))
        if codes[-1] == eos:
            return codes, True
    return codes, False


@exercise.misconception(
    "Nothing stops at EOS: the model speaks on behind its own end. Return as soon as it is drawn."
)
def never_ends(say, draw, eos, most):
    codes = []
    while len(codes) < most:
        codes.append(draw(say(codes)))
    return codes, eos in codes


@exercise.neighbour(never_ends)
def end_passed_over(say, draw, eos, most):
    codes, stopped = [], False
    for _ in range(most):
        code = draw(say(codes))
        if code == eos:
            stopped = True
        else:
            codes.append(code)
    return codes, stopped


@exercise.misconception(
    "Speech stops where EOS is the likeliest code: `draw` decides when it comes, as with any code."
)
def ends_where_likely(say, draw, eos, most):
    codes = []
    while len(codes) < most:
        logits = say(codes)
        if int(logits.argmax()) == eos:
            return codes, True
        codes.append(draw(logits))
    return codes, False


@exercise.misconception(
    "A code more is drawn behind the last: after `most` codes nothing is drawn any more, and the "
    "second result is False."
)
def end_one_too_late(say, draw, eos, most):
    codes = []
    code = draw(say(codes))
    while code != eos and len(codes) < most:
        codes.append(code)
        code = draw(say(codes))
    return codes, code == eos


@exercise.misconception("A softmax stands before `draw`: it takes the logits as `say` gives them.")
def softmax_before(say, draw, eos, most):
    return spoken(lambda codes: say(codes).softmax(-1), draw, eos, most)


@exercise.misconception(
    "Codes are chosen by argmax: `draw` is to choose, or the model says one code again and again."
)
def greedy(say, draw, eos, most):
    return spoken(say, lambda logits: int(logits.argmax()), eos, most)


@exercise.misconception(
    "The model hears only the last code: it has to hear all codes so far, in their order."
)
def hears_the_last(say, draw, eos, most):
    return spoken(say, draw, eos, most, lambda codes: codes[-1:])


@exercise.neighbour(hears_the_last)
def hears_them_backwards(say, draw, eos, most):
    return spoken(say, draw, eos, most, lambda codes: codes[::-1])


@exercise.misconception(
    "The model hears nothing of what was said: each code is drawn as the first. Give it the codes "
    "so far."
)
def hears_nothing(say, draw, eos, most):
    return spoken(say, draw, eos, most, lambda codes: [])


@exercise.misconception("It says whether it was cut off: True stands for an end that was said.")
def inverted(say, draw, eos, most):
    codes, stopped = spoken(say, draw, eos, most)
    return codes, not stopped


@exercise.misconception("It always says that it stopped: at `most` codes it was cut off, False.")
def always_stopped(say, draw, eos, most):
    return spoken(say, draw, eos, most)[0], True


@exercise.neighbour(always_stopped)
def never_stopped(say, draw, eos, most):
    return spoken(say, draw, eos, most)[0], False


@exercise.misconception(
    "Nothing stops it at `most` codes: a model that never says EOS would speak for ever."
)
def without_limit(say, draw, eos, most):
    return spoken(say, draw, eos, 200)


@exercise.misconception("There is one code too many or too few: at most `most` of them.")
def one_more(say, draw, eos, most):
    return spoken(say, draw, eos, most + 1)


@exercise.neighbour(one_more)
def one_fewer(say, draw, eos, most):
    return spoken(say, draw, eos, most - 1)


@exercise.misconception(
    "The model is asked twice for each code: draw once, compare that with EOS, and keep it."
)
def drawn_twice(say, draw, eos, most):
    codes = []
    while len(codes) < most:
        if draw(say(codes)) == eos:
            return codes, True
        codes.append(draw(say([*codes, 0])))
    return codes, False


@exercise.misconception("The end is taken for code 0: it is the number `eos`.")
def zero_ends(say, draw, eos, most):
    return spoken(say, draw, 0, most)


@exercise.misconception("Speech begins with a code that nobody drew: begin with no code.")
def begins_with_a_code(say, draw, eos, most):
    codes = [0]
    while len(codes) < most:
        code = draw(say(codes))
        if code == eos:
            return codes, True
        codes.append(code)
    return codes, False


@exercise.also_correct
def with_for(say, draw, eos, most):
    codes = []
    for _ in range(most):
        code = draw(say(codes))
        if code == eos:
            break
        codes += [code]
    else:
        return codes, False
    return codes, True


@exercise.also_correct
def recursive(say, draw, eos, most):
    def go_on(codes):
        if len(codes) == most:
            return codes, False
        code = draw(say(codes))
        return (codes, True) if code == eos else go_on([*codes, code])

    return go_on([])
