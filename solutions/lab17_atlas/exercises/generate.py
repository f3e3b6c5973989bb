"""A prompt through a chain."""

from __future__ import annotations

import numpy as np

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import atlas
from .shared import (
    CODEC,
    LANGUAGE_MODEL,
    LOOK_UP,
    NETWORK,
    READ,
    UNSCALE,
    VAE,
    caption,
    diffusion_chain,
    language_chain,
)

exercise = Exercise(
    id="atlas.generate",
    title="A prompt through a chain",
    target="exercise_lib.atlas:generate",
    solution=atlas.generate,
    todo="17.2",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, chain: list, **more) -> Case:
        return Case(name, args={"prompt": caption(rng), "chain": chain}, **more)

    refused = [READ, LANGUAGE_MODEL, CODEC] if hidden else [READ, NETWORK, VAE]
    return [
        case("latent diffusion", diffusion_chain()),
        case("a language model of codes", language_chain()),
        case(
            "three parts", [READ, NETWORK, UNSCALE] if hidden else [READ, LANGUAGE_MODEL, LOOK_UP]
        ),
        case("a part left out", refused, raises=("TypeError",), says=refused[-1][0]),
        case("no text", [NETWORK, UNSCALE, VAE], raises=("TypeError",), says=NETWORK[0]),
    ]


@exercise.misconception(
    "Each part gets the prompt: give it what the part before made, `data = call(data)`."
)
def each_gets_the_prompt(prompt, chain):
    data = prompt
    for _, takes, _, call in chain:
        data = call(prompt if takes == "text" else atlas.generate(prompt, [chain[0]]))
    return data


@exercise.neighbour(each_gets_the_prompt)
def called_with_the_prompt(prompt, chain):
    data, kind = prompt, "text"
    for name, takes, gives, call in chain:
        if takes != kind:
            raise TypeError(f"{name} takes {takes}, not {kind}")
        data, kind = call(prompt), gives
    return data


@exercise.misconception("The last part is left out.")
def without_the_last(prompt, chain):
    return atlas.generate(prompt, chain[:-1])


@exercise.misconception("Only the first part runs: `return` stands inside the loop.")
def first_alone(prompt, chain):
    return atlas.generate(prompt, chain[:1])


@exercise.misconception("You return what all parts gave: the last one's result alone is asked for.")
def all_results(prompt, chain):
    return [atlas.generate(prompt, chain[: n + 1]) for n in range(len(chain))]


@exercise.misconception("You return the kind: the data is asked for.")
def the_kind(prompt, chain):
    atlas.generate(prompt, chain)
    return chain[-1][2]


@exercise.neighbour(the_kind)
def data_and_kind(prompt, chain):
    return atlas.generate(prompt, chain), chain[-1][2]


@exercise.misconception("Each part runs twice: call it once and keep what it gives.")
def twice(prompt, chain):
    data, kind = prompt, "text"
    for name, takes, gives, call in chain:
        if takes != kind:
            raise TypeError(f"{name} takes {takes}")
        data, kind = call(data), gives
        if kind != "words" and kind != "vectors" and kind != "codes":
            data = call(data)
    return data if kind != "vectors" else call(call(data))


@exercise.misconception(
    "The kind is not brought up to date, so the second part is refused: after a part it is what "
    "that part *gives*, `kind = gives`."
)
def kind_stays(prompt, chain):
    data, kind = prompt, "text"
    for name, takes, _, call in chain:
        if takes != kind:
            raise TypeError(f"{name} takes {takes}, not {kind}")
        data = call(data)
    return data


@exercise.misconception(
    "A part that takes something else is passed over: say so, with a TypeError. A system without "
    "one of its parts is another system.",
    mild=FORMULA_IS_RIGHT,
)
def passed_over(prompt, chain):
    data, kind = prompt, "text"
    for _, takes, gives, call in chain:
        if takes == kind:
            data, kind = call(data), gives
    return data


@exercise.misconception(
    "No kind is compared: latents that are still scaled, or codes that nobody looked up, give "
    "something, and nobody is told.",
    mild=FORMULA_IS_RIGHT,
)
def unchecked(prompt, chain):
    data = prompt
    for _, _, _, call in chain:
        data = call(data)
    return data


@exercise.misconception(
    'What the first part takes is not compared before the call: a prompt is of the kind "text".',
    mild=FORMULA_IS_RIGHT,
)
def first_unchecked(prompt, chain):
    if atlas.misfits(chain):
        raise TypeError(atlas.misfits(chain)[0][1])
    return unchecked(prompt, chain)


@exercise.misconception(
    "The message lacks the name of the part that is refused: write it into the TypeError.",
    mild=FORMULA_IS_RIGHT,
)
def without_its_name(prompt, chain):
    kinds = ["text", *(it[2] for it in chain)]
    if any(part[1] != kind for part, kind in zip(chain, kinds, strict=False)):
        raise TypeError("a part takes something else than it would get")
    return unchecked(prompt, chain)


@exercise.also_correct
def all_compared_first(prompt, chain):
    kinds = ["text", *(it[2] for it in chain)]
    for part, kind in zip(chain, kinds, strict=False):
        if part[1] != kind:
            raise TypeError(f"{part[0]}: {part[1]} is not {kind}")
    data = prompt
    for part in chain:
        data = part[3](data)
    return data


@exercise.also_correct
def from_the_end(prompt, chain):
    def up_to(n):
        if n == 0:
            return prompt, "text"
        name, takes, gives, call = chain[n - 1]
        data, kind = up_to(n - 1)
        if takes != kind:
            raise TypeError(f"no {takes} for {name}")
        return call(data), gives

    return up_to(len(chain))[0]
